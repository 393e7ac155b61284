//! A delivery as what it tells, in its own order. Pure; listings and the desk's events are made of the same.

use channel_contract::failure::ParseError;
use channel_contract::wire;

use crate::wire::{Delivery, Event};

/// One thing that was told.
pub(crate) struct Told {
    /// The same for the same thing told again: the id of a message, else that of the event.
    pub(crate) key: String,
    pub(crate) event: Event,
}

impl Event {
    /// The platform's id of who did it, `""` where it does not say.
    pub(crate) fn user(&self) -> &str {
        self.source.get().map(|source| source.user_id.as_str()).unwrap_or_default()
    }

    /// The group or room where it was, if it was in one.
    pub(crate) fn place(&self) -> Option<&str> {
        let source = self.source.get()?;
        source.group_id.given().or_else(|| source.room_id.given())
    }

    /// Whether others read along.
    pub(crate) fn is_public(&self) -> bool {
        let kind = self.source.get().map(|source| source.kind.as_str());
        matches!(kind, Some("group" | "room")) || self.place().is_some()
    }
}

/// What a body tells. A body that is no object is an error.
pub(crate) fn read(body: &[u8]) -> Result<Vec<Told>, ParseError> {
    let document = wire::document(body)?;
    let delivery: Delivery = wire::read(&document).ok_or_else(|| ParseError("the delivery is no object".to_owned()))?;
    let events = delivery.events.read::<Event>().zip(1_u32..);
    Ok(events.map(|(event, number)| Told { key: key(&event, number, body), event }).collect())
}

fn key(event: &Event, number: u32, body: &[u8]) -> String {
    let message = event.message.get().and_then(|message| message.id.owned());
    let event_id = || event.id.given().map(|id| format!("event:{id}"));
    // Deliveries of former years name no events.
    message.or_else(event_id).unwrap_or_else(|| format!("{}:{number}", wire::short_name(body)))
}
