//! What a notification says, in neutral words.

use channel_contract::failure::ParseError;
use channel_contract::listing::{Listed, ListedFile, ListedKind};
use time::OffsetDateTime;

use crate::read::{Event, Found, read};
use crate::wire::{FROM_EBAY, Media, Message};

/// The events of a notification, in its own order: what `resolute parse-webhook ebay` prints.
pub fn list(body: &[u8]) -> Result<Vec<Listed>, ParseError> {
    Ok(read(body)?.into_iter().map(listed).collect())
}

fn listed(found: Found) -> Listed {
    let base = Listed {
        kind: given(&found.topic),
        external_id: given(&found.id),
        timestamp: found.at.map(OffsetDateTime::unix_timestamp),
        ..Listed::default()
    };
    match found.event {
        Event::Said { message, .. } => said(&message, base),
        Event::Read { message } => Listed { what: ListedKind::Read, mids: Some(vec![message]), ..base },
        Event::Happened(happening) => Listed { chat_id: given(&happening.order), ..base },
        Event::Erased(names) => Listed { sender_id: names.into_iter().next(), ..base },
        Event::Revoked { names, reason } => {
            Listed { sender_id: names.into_iter().next(), status: given(&reason), ..base }
        }
        Event::Ignored(_) => base,
    }
}

fn said(message: &Message, base: Listed) -> Listed {
    let files: Vec<ListedFile> = message.media.iter().map(file).collect();
    Listed {
        what: if message.kind == FROM_EBAY { ListedKind::System } else { ListedKind::Message },
        sender_id: given(&message.sender),
        recipient_id: given(&message.recipient),
        chat_id: given(&message.conversation),
        text: given(&message.body),
        attachments: Some(files).filter(|files| !files.is_empty()),
        ..base
    }
}

fn file(media: &Media) -> ListedFile {
    ListedFile {
        what: media.kind.to_lowercase(),
        url: given(&media.address),
        filename: given(&media.name),
        ..ListedFile::default()
    }
}

fn given(text: &str) -> Option<String> {
    Some(text.to_owned()).filter(|text| !text.is_empty())
}
