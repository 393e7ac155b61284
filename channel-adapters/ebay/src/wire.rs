//! What eBay writes, read with patience: a field that is missing, empty or of another type is nothing, and spoils nothing
//! beside it. Words are kept as eBay writes them.

use channel_contract::wire::{fingerprint, list, text};
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

/// Conversations between members.
pub(crate) const FROM_MEMBERS: &str = "FROM_MEMBERS";
/// What eBay itself writes to its sellers.
pub(crate) const FROM_EBAY: &str = "FROM_EBAY";

/// A name of a person: a text, or an object that holds one.
pub(crate) fn person(value: &Value, names: &[&str]) -> String {
    let within = |name: &&str| value.get(*name).map(|person| text(person, &["username", "userName", "userId"]));
    let found = text(value, names);
    if found.is_empty() { names.iter().find_map(within).unwrap_or_default() } else { found }
}

/// A moment under the first of these names that holds one, written as a text or, as some interfaces do, as an object.
pub(crate) fn moment(value: &Value, names: &[&str]) -> Option<OffsetDateTime> {
    names.iter().find_map(|name| {
        let found = value.get(*name)?;
        let written = found.as_str().or_else(|| found.get("value")?.as_str())?;
        OffsetDateTime::parse(written, &Rfc3339).ok()
    })
}

/// A moment in milliseconds since 1970, as exact as eBay writes them.
pub(crate) fn millis(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or_default()
}

/// Milliseconds since 1970 as eBay wants to have them.
pub(crate) fn stamp(millis: i64) -> String {
    let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
    let at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000);
    at.ok().and_then(|at| at.format(&format).ok()).unwrap_or_default()
}

/// A file of a message.
pub(crate) struct Media {
    pub(crate) name: String,
    /// `IMAGE`, `PDF`, `DOC`, `TXT`, or a word of later times.
    pub(crate) kind: String,
    /// Where it lies, `""` where eBay does not say.
    pub(crate) address: String,
}

/// A message with what is told of its conversation.
pub(crate) struct Message {
    pub(crate) id: String,
    pub(crate) conversation: String,
    /// [`FROM_MEMBERS`], [`FROM_EBAY`], or a word of later times.
    pub(crate) kind: String,
    pub(crate) sender: String,
    pub(crate) recipient: String,
    pub(crate) subject: String,
    pub(crate) body: String,
    pub(crate) created: Option<OffsetDateTime>,
    pub(crate) is_read: bool,
    pub(crate) media: Vec<Media>,
}

impl Message {
    /// Reads a message, and of its conversation what stands there. One without an id is known by what it says.
    pub(crate) fn of(message: &Value, conversation: &Value) -> Self {
        let id = text(message, &["messageId"]);
        let media = list(message, "messageMedia").iter().map(|media| Media {
            name: text(media, &["mediaName"]),
            kind: text(media, &["mediaType"]),
            address: text(media, &["mediaUrl"]),
        });
        Self {
            id: if id.is_empty() { fingerprint(message.to_string().as_bytes()) } else { id },
            conversation: text(conversation, &["conversationId"]),
            kind: text(conversation, &["conversationType"]),
            sender: person(message, &["senderUsername", "senderUserName", "sender"]),
            recipient: person(message, &["recipientUsername", "recipientUserName", "recipient"]),
            subject: text(message, &["subject"]),
            body: text(message, &["messageBody", "messageText"]),
            created: moment(message, &["createdDate", "creationDate"]),
            is_read: message.get("readStatus").and_then(Value::as_bool).unwrap_or_default(),
            media: media.collect(),
        }
    }

    /// When it was written, in milliseconds; 0 where that is not known.
    pub(crate) fn at(&self) -> i64 {
        self.created.map(millis).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn odd_fields_are_nothing_and_spoil_nothing() {
        let message = json!({
            "messageId": 7, "messageBody": ["no"], "senderUserName": { "userId": "u1" }, "createdDate": "soon",
            "messageMedia": [null, { "mediaName": "a.png" }, "x"], "readStatus": "yes", "subject": null
        });
        let read = Message::of(&message, &Value::Null);
        assert_eq!((read.id.as_str(), read.sender.as_str(), read.body.as_str()), ("7", "u1", ""));
        assert_eq!((read.media.len(), read.is_read, read.at()), (3, false, 0));
    }

    #[test]
    fn a_message_without_an_id_is_known_by_what_it_says() {
        let id = |body: &str| Message::of(&json!({ "messageBody": body }), &Value::Null).id;
        assert!(id("a") == id("a") && id("a") != id("b") && !id("").is_empty());
    }

    #[test]
    fn moments_come_in_two_shapes() {
        let row = json!({ "a": { "value": "2026-11-22T10:00:00.250Z" }, "b": "2026-11-22T10:00:00Z", "c": 5 });
        assert_eq!(moment(&row, &["c", "a"]).map(millis), Some(1_795_341_600_250));
        assert_eq!(moment(&row, &["b"]).map(millis).map(stamp).as_deref(), Some("2026-11-22T10:00:00.000Z"));
        assert_eq!(moment(&row, &["c", "d"]), None);
    }
}
