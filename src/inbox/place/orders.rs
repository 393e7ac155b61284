//! Orders that a platform names, and what it tells of them.
//!
//! A number that the platform names is evidence, one that somebody writes is none: everybody can write any.

use channel_contract::inbound::{InboundMessage, OrderHappening, OrderNews, ThreadHints, Trust, Writer};
use serde_json::json;

use super::parties::is_nobodys;
use super::placer::Placer;
use super::{Received, clean, key_of, thread_in, usable};
use crate::inbox::people::Vouched;
use crate::inbox::{clean_line, is_chat_kind};
use crate::model::conversation::{ConversationStatus, gist_of};
use crate::model::event::EventKind;
use crate::model::numbering::Numbering;
use crate::model::person::is_masked;
use crate::model::{ContactId, ConversationId, Ts};
use crate::store::intake::{About, ConversationRow, NewContact, NewNews, NewTold};

/// How many orders of one message count.
const MOST_TOLD: usize = 5;
/// How much of the platform's words is kept, in characters.
const LONGEST_WORDS: usize = 400;

/// The orders that the platform, and not the text, says a message is about. Only where it vouches for the message.
pub(super) fn told_in(message: &InboundMessage) -> Vec<String> {
    if message.trust == Trust::Proved { numbers_in(&message.thread) } else { Vec::new() }
}

fn numbers_in(hints: &ThreadHints) -> Vec<String> {
    let numbers = hints.order_numbers.iter().map(|number| number_of(number));
    numbers.filter(|number| !number.is_empty()).take(MOST_TOLD).collect()
}

/// A number as it is kept and looked up.
pub(super) fn number_of(told: &str) -> String {
    key_of(clean_line(told).trim())
}

/// Whether the shop has to do something about it.
fn asks(what: OrderHappening) -> bool {
    matches!(what, OrderHappening::CancelRequested | OrderHappening::ReturnOpened | OrderHappening::ClaimOpened)
}

/// The title of a case that news begins.
fn title_of(what: OrderHappening, number: &str) -> String {
    let asked = match what {
        OrderHappening::CancelRequested => "Cancellation asked for",
        OrderHappening::ReturnOpened => "Return opened",
        OrderHappening::ClaimOpened => "Claim opened",
        _ => "News",
    };
    format!("{asked}, order {number}")
}

impl Placer<'_> {
    /// Whether a message about the order of a conversation goes on there. On its own channel it is the same person's; from
    /// another one it has to be proved whose it is, and a live chat shows its visitor all that is in it, so it takes nothing
    /// from elsewhere. A case that news began belongs to whoever the platform names the order for.
    pub(super) fn goes_on(
        &self,
        received: &Received,
        message: &InboundMessage,
        contact: ContactId,
        (row, number): (&ConversationRow, &str),
    ) -> bool {
        let of_one = self.is_one(row.contact_id, contact);
        let is_proved = message.trust == Trust::Proved && message.writer == Writer::Contact;
        if row.channel_id == received.channel.id {
            let is_told = is_proved && told_in(message).iter().any(|told| told == number);
            return of_one || (is_told && is_nobodys(row));
        }
        let may_join = of_one && is_proved && !is_chat_kind(&received.channel.kind) && !is_chat_kind(&row.channel_kind);
        may_join && self.may_mean(received, message, (row, number))
    }

    /// Whether a message can mean the order of a conversation that is on another channel. What a platform names is an order of
    /// its own, and so is what is written on a marketplace; what somebody writes to the brand itself may be of any shop.
    fn may_mean(&self, received: &Received, message: &InboundMessage, of: (&ConversationRow, &str)) -> bool {
        let numbering = Numbering::on(received.channel.id, &received.channel.kind);
        let is_told = told_in(message).iter().any(|told| told == of.1);
        (numbering == Numbering::Own && !is_told) || self.has_number_of(of, numbering)
    }

    /// Whether a conversation is about the order that has this number here. Where nobody knows whose the number is, it is
    /// that of the conversation's channel.
    fn has_number_of(&self, (row, number): (&ConversationRow, &str), numbering: Numbering) -> bool {
        match self.ties.get(&(row.id, number.to_owned())) {
            Some(ties) => ties.contains(&numbering),
            None => Numbering::on(row.channel_id, &row.channel_kind) == numbering,
        }
    }

    /// Keeps the orders that the platform names for the writer, and the names that it vouches for.
    pub(super) fn note_told(
        &mut self,
        received: &Received,
        message: &InboundMessage,
        (id, contact): (ConversationId, ContactId),
    ) {
        if message.writer != Writer::Contact || message.trust != Trust::Proved {
            return;
        }
        for (place, number) in told_in(message).into_iter().enumerate() {
            if place == 0 {
                self.is_about(received, id, &number);
            }
            self.batch.told.push(NewTold {
                channel_id: received.channel.id,
                order_number: number,
                conversation_id: id,
                contact_id: contact,
                created_at: received.received_at,
            });
        }
        if !is_masked(&message.sender.kind) {
            let names = message.also_known_as.iter().filter(|name| !name.value.is_empty() && !is_masked(&name.kind));
            let names = names.map(|name| received.identity(name));
            self.batch.vouched.extend(names.map(|name| Vouched { contact, name }));
        }
    }

    fn is_about(&mut self, received: &Received, id: ConversationId, number: &str) {
        let known = self.by_order.entry((received.brand.id, number.to_owned())).or_default();
        if !known.contains(&id) {
            known.push(id);
        }
        let numbering = Numbering::on(received.channel.id, &received.channel.kind);
        self.ties.entry((id, number.to_owned())).or_default().push(numbering);
        self.batch.about.push(About { conversation_id: id, order_number: number.to_owned() });
    }

    /// News of an order stands in its conversation. What asks something of the shop begins a case where there is none, and
    /// is due by the platform's clock.
    pub(super) fn place_news(&mut self, received: &Received, external_id: &str, news: &OrderNews) {
        let number = number_of(&news.order_number);
        let key = key_of(external_id);
        let is_placed = self.news.contains(&(received.channel.id, key.clone()));
        if number.is_empty() || key.is_empty() {
            return;
        }
        let home = self.home_of(received, news, &number);
        if let Some(id) = home {
            self.note_subject(received, id.0);
        }
        if is_placed {
            return;
        }
        let id = match home {
            Some(id) => id,
            None if asks(news.what) => {
                let id = self.begin_case(received, news, &number);
                self.note_subject(received, id.0);
                id
            }
            None => return,
        };
        self.news.insert((received.channel.id, key.clone()));
        self.batch.news.push(NewNews { channel_id: received.channel.id, key, created_at: received.received_at });
        let called = asks(news.what) && self.ask(received, news, id);
        let words: String = clean_line(&news.words).chars().take(LONGEST_WORDS).collect();
        let data = json!({
            "order": number,
            "what": news.what,
            "words": words,
            "due": news.due_at.map(|due| Ts::from_datetime(due).rfc3339()),
            "agent": called,
        });
        self.event(received, id, EventKind::OrderNews, "system", data);
        self.batch.changed_orders.push(About { conversation_id: id, order_number: number });
    }

    /// The conversation of news: that of the platform's thread, that for which the platform named the order, or one about it.
    fn home_of(&self, received: &Received, news: &OrderNews, number: &str) -> Option<ConversationId> {
        let belongs = |row: &&ConversationRow| row.brand_id == received.brand.id;
        let keys = usable(&news.thread.message_ids).chain(thread_in(&news.thread));
        let by_thread = keys.filter_map(|key| self.find_key(received, key)).find_map(|(_, id)| self.standing(id));
        if let Some(row) = by_thread.filter(belongs) {
            return Some(row.id);
        }
        let told =
            self.told.iter().filter(|told| told.channel_id == received.channel.id && told.order_number == number);
        let told: Vec<&ConversationRow> =
            told.filter_map(|told| self.standing(told.conversation_id)).filter(belongs).collect();
        let open = told.iter().find(|row| row.resolved_at.is_none()).or(told.first());
        if let Some(row) = open {
            return Some(row.id);
        }
        let about = self.by_order.get(&(received.brand.id, number.to_owned()))?;
        // One with the same number may be about the order of another shop.
        let numbering = Numbering::on(received.channel.id, &received.channel.kind);
        let is_its = |row: &&ConversationRow| self.has_number_of((*row, number), numbering);
        let about: Vec<&ConversationRow> =
            about.iter().filter_map(|id| self.conversations.get(id)).filter(is_its).collect();
        let here = about.iter().find(|row| row.channel_id == received.channel.id);
        here.or(about.first()).map(|row| row.id)
    }

    fn begin_case(&mut self, received: &Received, news: &OrderNews, number: &str) -> ConversationId {
        let told = self.told.iter().find(|told| told.channel_id == received.channel.id && told.order_number == number);
        let known = told.map(|told| (told.contact_id, told.contact_name.clone()));
        let customer = known.unwrap_or_else(|| self.nobody(received, number));
        let mut row = self.begun(received, customer, title_of(news.what, number));
        row.gist = gist_of(&clean(&news.words));
        let id = row.id;
        self.conversations.insert(id, row);
        self.is_about(received, id, number);
        id
    }

    /// A buyer of whom the platform tells no more than the order: whoever writes about it first is them.
    fn nobody(&mut self, received: &Received, number: &str) -> (ContactId, String) {
        let id: ContactId = self.clock.new_id();
        let name = format!("Buyer of order {number}");
        self.batch.contacts.push(NewContact {
            id,
            brand_id: received.brand.id,
            name: name.clone(),
            kind: received.channel.kind.clone(),
            value: String::new(),
            proved: false,
            created_at: received.received_at,
        });
        (id, name)
    }

    /// The shop has to do something: the case is open, and due by the platform's clock where it has one. Gives whether the
    /// agent looks.
    fn ask(&mut self, received: &Received, news: &OrderNews, id: ConversationId) -> bool {
        let is_first = !self.changed.contains(&id);
        let Some(row) = self.conversations.get_mut(&id) else { return false };
        if is_first {
            self.changed.push(id);
        }
        row.revision += 1;
        row.unread = true;
        row.last_message_at = row.last_message_at.max(received.received_at);
        if row.resolved_at.take().is_some() {
            row.clocks.close();
            self.taken_over.remove(&id);
        }
        if row.status != ConversationStatus::Open || row.due_at.is_none() {
            let due = row.clocks.start(&received.times, &row.channel_kind, received.received_at);
            row.due_at = Some(row.window.no_later(due, received.received_at));
        }
        if let Some(due) = news.due_at.map(Ts::from_datetime) {
            row.due_at = row.due_at.into_iter().chain([due]).min();
        }
        row.status = ConversationStatus::Open;
        // Where nobody has written there is nobody to answer.
        let is_answered = row.last_inbound_at.is_some();
        is_answered && self.wake_agent(received, id)
    }
}
