//! What was told in neutral words, as `resolute parse-webhook line` prints it. Events go by LINE's own words for them.

use channel_contract::failure::ParseError;
use channel_contract::inbound::FileContent;
use channel_contract::listing::{Listed, ListedFile, ListedKind};
use channel_contract::wire;

use crate::content;
use crate::read;
use crate::wire::{Event, Message};

/// The events of a webhook, in its order.
///
/// # Errors
/// Where the body is no delivery of LINE's.
pub fn list(body: &[u8]) -> Result<Vec<Listed>, ParseError> {
    Ok(read::read(body)?.into_iter().map(|told| listed(&told.event)).collect())
}

fn listed(event: &Event) -> Listed {
    let message = event.message.get();
    Listed {
        what: match event.kind.as_str() {
            "message" => ListedKind::Message,
            "postback" => ListedKind::Postback,
            "" => ListedKind::Other,
            other => ListedKind::Named(other.to_owned()),
        },
        kind: message.and_then(|message| message.kind.owned()),
        external_id: message.and_then(|message| message.id.owned()),
        sender_id: Some(event.user().to_owned()).filter(|user| !user.is_empty()),
        chat_id: event.place().map(ToOwned::to_owned),
        timestamp: event.timestamp.0.and_then(wire::moment_of).map(time::OffsetDateTime::unix_timestamp),
        text: message.and_then(|message| message.text.owned()),
        payload: event.postback.get().and_then(|postback| postback.data.owned()),
        attachments: message.and_then(attachment).map(|file| vec![file]),
        reply_to: message.and_then(|message| message.answers.owned()),
        target_id: event.unsend.get().and_then(|unsent| unsent.message_id.owned()),
        ..Listed::default()
    }
}

fn attachment(message: &Message) -> Option<ListedFile> {
    let what = message.kind.as_str().to_owned();
    if what == "location" {
        let (latitude, longitude) = (message.latitude.0, message.longitude.0);
        return Some(ListedFile { what, latitude, longitude, ..ListedFile::default() });
    }
    let FileContent::Elsewhere(place) = content::file(message)?.content else { return None };
    let is_at_line = message.id.given() == Some(place.key.as_str());
    let (id, url) = if is_at_line { (Some(place.key), None) } else { (None, Some(place.key)) };
    Some(ListedFile { what, id, url, filename: message.file_name.owned(), ..ListedFile::default() })
}
