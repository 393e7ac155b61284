//! News of messages that were sent, and of those that are not known yet.

use std::time::Duration;

use channel_contract::inbound::{AccountNews, Identity, Inbound, StatusUpdate, Watermark};
use channel_contract::outbound::DeliveryState;

use super::placer::Placer;
use super::{News, Received, clean, ids_told_of, usable};
use crate::inbox::{account, clean_line};
use crate::model::message::Delivery;
use crate::model::{ConversationId, Ts};
use crate::store::early_news::EarlyNews;
use crate::store::fates::Reach;

/// How many characters of a platform's words about an account are kept.
const NEWS: usize = 500;
/// What happened within a second of a moment may have happened before it: some platforms count in whole seconds.
const COUNTED_IN: Duration = Duration::from_secs(1);

impl<'a> Placer<'a> {
    /// News of the account itself.
    pub(super) fn place_account(&mut self, received: &Received, inbound: &Inbound, news: &AccountNews) {
        let at = inbound.occurred_at.map_or(received.received_at, Ts::from_datetime);
        let words = clean_line(&news.words).chars().take(NEWS).collect();
        let channel = received.channel.clone();
        self.batch.accounts.push(account::News { channel, what: news.what, words, at });
    }

    /// News about a message of ours, or about all until a moment; about anything else it is a message to be seen, or waits
    /// until what it is about is known.
    pub(super) fn place_status(&mut self, received: &'a Received, inbound: &'a Inbound, status: &StatusUpdate) {
        let (found, unknown): (Vec<String>, Vec<String>) =
            usable(&status.message_ids).partition(|id| self.find_key(received, id.clone()).is_some());
        let is_none_known = found.is_empty();
        let target = found.into_iter().filter_map(|id| self.find_key(received, id)).find(|(_, conversation)| {
            status.recipients.is_empty() || self.went_to_one_of(*conversation, &status.recipients)
        });
        if let Some((message, conversation)) = target {
            self.note_subject(received, message.0);
            let news = News {
                state: status.state,
                reason: status.reason.as_deref().map(clean).unwrap_or_default(),
                // Of a report that anybody can write no id is believed.
                ids: if status.recipients.is_empty() { unknown } else { Vec::new() },
                named: usable(&status.message_ids).collect(),
                and_before: status.and_before && status.recipients.is_empty(),
                at: inbound.occurred_at.map_or(received.received_at, Ts::from_datetime),
            };
            // What else is told in the same batch finds it by them too.
            for id in &news.ids {
                self.keys.entry((received.channel.id.0, id.clone())).or_insert((message, conversation));
            }
            self.batch.statuses.push((message, conversation, news));
        } else if let Some(until) = &status.until {
            self.place_reach(received, status.state, until);
        } else if let Some(report) = &status.report {
            self.place_new(received, inbound, report);
        } else if is_none_known && !unknown.is_empty() {
            self.waiting.push((received, inbound));
        }
    }

    /// How far a customer has got with what went to them.
    fn place_reach(&mut self, received: &Received, state: DeliveryState, until: &Watermark) {
        let who = received.identity(&until.recipient);
        let contact = self.contacts.get(&who).filter(|_| !who.value.is_empty()).map(|(id, _)| *id);
        if let (Some(contact_id), DeliveryState::Delivered | DeliveryState::Read) = (contact, state) {
            self.batch.reached.push(Reach {
                channel_id: received.channel.id,
                contact_id,
                state: Delivery::from(state),
                until: Ts::from_datetime(until.at).plus(COUNTED_IN),
            });
        }
    }

    fn went_to_one_of(&self, conversation: ConversationId, recipients: &[Identity]) -> bool {
        let Some(row) = self.conversations.get(&conversation) else { return false };
        recipients.iter().any(|wanted| row.participants.contains(&clean(&wanted.value)))
    }
}

/// News of a message that nobody knows yet, under each id that it names.
pub(super) fn early(received: &Received, inbound: &Inbound) -> Vec<EarlyNews> {
    let ids = ids_told_of(inbound);
    let under = |key| EarlyNews {
        channel_id: received.channel.id,
        key,
        raw_event_id: received.raw_event_id,
        received_at: received.received_at,
    };
    usable(ids).map(under).collect()
}
