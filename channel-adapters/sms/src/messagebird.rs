//! What `MessageBird` tells of messages of customers.

pub(crate) mod signature;

use channel_contract::failure::ParseError;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::fields::Fields;
use crate::read::{Event, Said};

/// Reads the fields of a delivery. Its kinds of deliveries name the same things differently.
pub(crate) fn read(fields: &Fields) -> Result<Event, ParseError> {
    let first = |names: &[&str]| names.iter().find_map(|name| fields.given(name)).unwrap_or_default().to_owned();
    let (from, to) = (first(&["originator", "sender"]), first(&["recipient", "receiver"]));
    if from.is_empty() && to.is_empty() {
        return Err(ParseError("the delivery is none of MessageBird's: it names nobody".to_owned()));
    }
    // A report about an answer: nothing is sent there.
    if fields.given("status").is_some() {
        return Ok(Event::Other);
    }
    let text = first(&["body", "payload", "incomingMessage", "message"]);
    if from.is_empty() && !text.is_empty() {
        return Err(ParseError("the message does not say from which number it came".to_owned()));
    }
    if from.is_empty() {
        return Ok(Event::Other);
    }
    let written = OffsetDateTime::parse(fields.get("createdDatetime"), &Rfc3339).ok();
    Ok(Event::Message(Box::new(Said {
        id: first(&["id", "message_id"]),
        from,
        to,
        text,
        at: written.map(OffsetDateTime::unix_timestamp),
        ..Said::default()
    })))
}
