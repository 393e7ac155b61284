//! Whether a message with a known id is the known message again.
//!
//! Where a platform gives out ids, one that is unique in the world says it alone: a delivery that comes once more may name
//! its writer otherwise, or say less. A mail's id is its writer's, and some programs use one twice; so are the ids of a
//! browser with the chat, and the numbers of a bot begin anew with the next bot. There the words are compared, and not the
//! bytes: the same mail comes on several ways and is encoded anew on some. What was stored by an earlier version is cleaned as
//! what comes in: marks of direction were left out of lines only later.

use channel_contract::inbound::{FileContent, InboundAttachment, InboundMessage, Writer};

use super::clean;
use crate::inbox::clean_line;
use crate::model::buttons::said;
use crate::model::channel::ChannelKind;
use crate::model::message::Direction;
use crate::store::files::Files;
use crate::store::intake::{Said, SaidFile};

/// What somebody wrote this time. A button of ours says all of its answer, however little stands on it.
pub(super) fn words_of(message: &InboundMessage) -> &str {
    message.choice.as_ref().and_then(said).unwrap_or(&message.visible_text)
}

/// Whether an id on a channel of this kind is that of one message alone.
pub(super) fn names_one(kind: ChannelKind) -> bool {
    match kind {
        ChannelKind::Whatsapp
        | ChannelKind::Messenger
        | ChannelKind::Instagram
        | ChannelKind::Ebay
        | ChannelKind::Mirakl
        | ChannelKind::Line
        | ChannelKind::Sms => true,
        ChannelKind::Email
        | ChannelKind::Amazon
        | ChannelKind::LiveChat
        | ChannelKind::Telegram
        | ChannelKind::Agent => false,
    }
}

/// Whether `message` is the known one that has its id on a channel of this kind: what that says, and its files.
pub(super) fn is_same(kind: ChannelKind, (known, files): (&Said, &[&SaidFile]), message: &InboundMessage) -> bool {
    if message.writer == Writer::Teammate {
        return true;
    }
    if known.direction == Direction::Outbound && known.sender_address.is_empty() {
        // Our own reply, back by way of a list or a forwarding: servers add lines below it.
        return joined(&message.text).contains(&joined(known.original()));
    }
    if names_one(kind) && known.direction == Direction::Inbound {
        return true;
    }
    known.sender_address == clean(&message.sender.value)
        && joined(&clean_line(&known.subject)) == joined(&clean_line(&message.subject))
        && joined(known.original()) == joined(words_of(message))
        && files.len() == message.attachments.len()
        && files.iter().zip(&message.attachments).all(|(known, file)| is_same_file(known, file))
}

/// Line ends of text are changed on the way, so a text is known by its name.
fn is_same_file(known: &SaidFile, file: &InboundAttachment) -> bool {
    let is_text = ["text/", "message/"].iter().any(|kind| file.content_type.starts_with(kind));
    let same_name = clean_line(&known.name) == clean_line(&file.name);
    let same_type = known.content_type == clean(&file.content_type);
    let same_bytes = match &file.content {
        FileContent::Here(content) => known.storage_key == Files::key_of(content),
        // Platforms that keep files use no id twice.
        FileContent::Elsewhere(_) => true,
    };
    same_bytes || (is_text && same_name && same_type)
}

/// Words with one blank between them.
fn joined(text: &str) -> String {
    clean(text).split_whitespace().collect::<Vec<_>>().join(" ")
}
