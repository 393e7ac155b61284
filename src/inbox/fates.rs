//! What is told of messages that were sent: the news of a whole batch in a few statements. Late and doubled news change
//! nothing.

use std::collections::{BTreeMap, HashMap};

use channel_contract::outbound::DeliveryState;
use serde_json::json;

use super::event_of;
use super::place::News;
use super::receive::{Status, apply_status};
use crate::clock::Clock;
use crate::model::event::EventKind;
use crate::model::message::{Delivery, after_news};
use crate::model::{ConversationId, MessageId, Ts};
use crate::store::fates::{self, Fate, NewFate, Reach, Reached};
use crate::store::intake::{self, NewEvent, NewKey};
use crate::store::{self, Tx};

/// Applies the news of a batch. The conversations of the messages that it names are locked.
pub(super) async fn apply(
    tx: &mut Tx,
    clock: &Clock,
    statuses: &[(MessageId, ConversationId, News)],
    reached: &[Reach],
) -> store::Result<()> {
    if statuses.is_empty() && reached.is_empty() {
        return Ok(());
    }
    let mut ids: Vec<MessageId> = statuses.iter().map(|(message, _, _)| *message).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut told = Told::of(fates::lock(tx, &ids).await?);
    for (message, conversation, news) in statuses {
        told.hear(*message, *conversation, news);
    }
    for Reached { fate, state } in fates::lock_reached(tx, reached).await? {
        told.reach(fate, state);
    }
    let events = told.events(clock);
    let changed: Vec<NewFate> = told.changed.into_values().collect();
    fates::set(tx, &changed).await?;
    intake::insert_keys(tx, &told.keys).await?;
    intake::insert_events(tx, &events).await?;
    // What did not arrive brings its conversation back to a person; that is rare.
    for (message, conversation, reason) in told.failed {
        let status = Status { state: DeliveryState::Failed, reason: &reason };
        apply_status(tx, clock, message, conversation, &status).await?;
    }
    Ok(())
}

/// What the news of a batch comes to.
#[derive(Default)]
struct Told {
    fates: HashMap<MessageId, Fate>,
    changed: BTreeMap<MessageId, NewFate>,
    keys: Vec<NewKey>,
    failed: Vec<(MessageId, ConversationId, String)>,
}

impl Told {
    fn of(fates: Vec<Fate>) -> Self {
        Self { fates: fates.into_iter().map(|fate| (fate.id, fate)).collect(), ..Self::default() }
    }

    /// News that names a message.
    fn hear(&mut self, message: MessageId, conversation: ConversationId, news: &News) {
        let Some(fate) = self.fates.get_mut(&message) else { return };
        let Some(before) = fate.delivery else { return };
        let key = |id: &String| NewKey {
            channel_id: fate.channel_id,
            key: id.clone(),
            message_id: message,
            conversation_id: fate.conversation_id,
        };
        self.keys.extend(news.ids.iter().map(key));
        let Some(after) = after_news(before, news.state, (fate.parts_sent, fate.parts)) else { return };
        fate.delivery = Some(after);
        if after == Delivery::Failed {
            self.failed.push((message, conversation, news.reason.clone()));
            return;
        }
        let external_id = news.ids.first().cloned().unwrap_or_default();
        let new = NewFate { id: message, delivery: after, reason: news.reason.clone(), external_id, sent_at: news.at };
        self.changed.insert(message, new);
    }

    /// News that names a moment: whoever it is about has got to this message, as it was.
    fn reach(&mut self, fate: Fate, state: Delivery) {
        let message = fate.id;
        let known = self.fates.entry(message).or_insert(fate);
        let Some(before) = known.delivery else { return };
        let after = Delivery::from(DeliveryState::from(before).after(DeliveryState::from(state)));
        if after == before {
            return;
        }
        known.delivery = Some(after);
        let kept = self.changed.remove(&message);
        let (external_id, sent_at) = kept.map_or_else(|| (String::new(), Ts(0)), |new| (new.external_id, new.sent_at));
        let new = NewFate { id: message, delivery: after, reason: String::new(), external_id, sent_at };
        self.changed.insert(message, new);
    }

    fn events(&self, clock: &Clock) -> Vec<NewEvent> {
        let event = |new: &NewFate| {
            let fate = self.fates.get(&new.id)?;
            let data = json!({ "message": new.id.to_string(), "delivery": new.delivery.as_str() });
            let place = (fate.brand_id, fate.conversation_id);
            Some(event_of(clock, place, EventKind::DeliveryChanged, "system", data))
        };
        self.changed.values().filter_map(event).collect()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn id<T: From<Uuid>>(number: u128) -> T {
        T::from(Uuid::from_u128(number))
    }

    fn fate(delivery: Delivery) -> Fate {
        Fate {
            id: id(1),
            conversation_id: id(2),
            brand_id: id(3),
            channel_id: id(4),
            delivery: Some(delivery),
            external_id: String::new(),
            parts: 1,
            parts_sent: 0,
        }
    }

    fn news(state: DeliveryState) -> News {
        News { state, reason: format!("{state:?}"), ids: Vec::new(), at: Ts(7) }
    }

    /// Where a message is after all of these.
    fn end(before: Delivery, heard: &[DeliveryState]) -> (Option<Delivery>, usize) {
        let mut told = Told::of(vec![fate(before)]);
        for state in heard {
            told.hear(id(1), id(2), &news(*state));
        }
        (told.changed.get(&id(1)).map(|new| new.delivery), told.failed.len())
    }

    #[test]
    fn late_and_doubled_news_change_nothing_back() {
        use DeliveryState::{Delivered, Failed, Read, Sent};
        for (before, heard, expected) in [
            (Delivery::Unknown, &[Sent][..], (Some(Delivery::Sent), 0)),
            (Delivery::Sending, &[Delivered, Sent][..], (Some(Delivery::Delivered), 0)),
            (Delivery::Sent, &[Read, Delivered, Sent, Read][..], (Some(Delivery::Read), 0)),
            (Delivery::Read, &[Delivered, Failed][..], (None, 0)),
            (Delivery::Sent, &[Failed, Failed][..], (None, 1)),
            (Delivery::Sent, &[Failed, Delivered][..], (Some(Delivery::Delivered), 1)),
        ] {
            assert_eq!(end(before, heard), expected, "{before} {heard:?}");
        }
    }

    #[test]
    fn ids_that_news_brings_are_kept() {
        let mut told = Told::of(vec![fate(Delivery::Unknown)]);
        told.hear(id(1), id(2), &News { ids: vec!["wamid.1".to_owned()], ..news(DeliveryState::Sent) });
        told.reach(fate(Delivery::Sent), Delivery::Read);
        assert_eq!(told.keys.len(), 1);
        let new = told.changed.get(&id(1)).unwrap();
        assert_eq!((new.delivery, new.external_id.as_str(), new.sent_at), (Delivery::Read, "wamid.1", Ts(7)));
    }

    #[test]
    fn of_what_was_taken_in_nothing_is_told() {
        let mut told = Told::of(vec![Fate { delivery: None, ..fate(Delivery::Sent) }]);
        told.hear(id(1), id(2), &news(DeliveryState::Read));
        told.hear(id(9), id(2), &news(DeliveryState::Read));
        assert!(told.changed.is_empty() && told.failed.is_empty());
    }
}
