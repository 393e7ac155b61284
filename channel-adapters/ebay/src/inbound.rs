//! The adapter's events as events of the desk.

use channel_contract::inbound::{
    AccountChange, AccountNews, Automatic, FileContent, FileReference, Identity, Inbound, InboundAttachment,
    InboundEvent, InboundMessage, OrderNews, StatusUpdate, ThreadHints, Trust, Writer, safe_name,
};
use channel_contract::outbound::DeliveryState;

use crate::happenings::Happening;
use crate::plain::plain;
use crate::read::{Event, Found};
use crate::settings::EbaySettings;
use crate::wire::{FROM_EBAY, Media, Message};

/// The sort of name that a user of eBay has.
pub(crate) const USER: &str = "ebay_user";

/// An event of the desk.
pub(crate) fn inbound(found: Found, settings: &EbaySettings) -> Inbound {
    let event = match found.event {
        Event::Said { message, orders, pushed } => said(&message, orders, pushed, settings),
        Event::Read { message } => InboundEvent::Status(StatusUpdate {
            message_ids: vec![message],
            state: DeliveryState::Read,
            until: None,
            and_before: false,
            reason: None,
            recipients: Vec::new(),
            report: None,
        }),
        Event::Happened(happening) => InboundEvent::Order(news(happening)),
        Event::Erased(names) => InboundEvent::Erasure(names.into_iter().map(user).collect()),
        Event::Revoked { names, .. } if !names.iter().any(|name| settings.is_own(name)) => {
            InboundEvent::Ignored("for_another_account")
        }
        Event::Revoked { reason, .. } => {
            InboundEvent::Account(AccountNews { what: AccountChange::Reconnect, words: revoked(&reason) })
        }
        Event::Ignored(why) => InboundEvent::Ignored(why),
    };
    Inbound { external_id: found.id, occurred_at: found.at, event }
}

fn user(value: String) -> Identity {
    Identity { kind: USER.to_owned(), value }
}

fn revoked(reason: &str) -> String {
    let why = match reason {
        "REVOKED_BY_USER" => "The seller took the access to this account back",
        "REVOKED_BY_EBAY" => "eBay took the access to this account back",
        "PASSWORD_CHANGE" => "The password of this account was changed, which ended the access to it",
        _ => "The access to this account was taken back",
    };
    format!("{why}. Connect the channel again; nothing is lost meanwhile.")
}

fn news(happening: Happening) -> OrderNews {
    OrderNews {
        thread: ThreadHints { order_numbers: vec![happening.order.clone()], ..ThreadHints::default() },
        order_number: happening.order,
        what: happening.what,
        due_at: happening.due,
        words: happening.words,
    }
}

fn said(message: &Message, orders: Vec<String>, pushed: bool, settings: &EbaySettings) -> InboundEvent {
    if pushed && settings.trading.is_used {
        // The older interface brings it under ids of its own, which alone can be answered there.
        return InboundEvent::Ignored("a_hint_of_a_message");
    }
    let of_ebay = message.kind == FROM_EBAY || message.sender.eq_ignore_ascii_case("ebay");
    if of_ebay && !settings.polling.from_ebay {
        return InboundEvent::Ignored("a_message_of_ebay");
    }
    let is_own = settings.is_own(&message.sender);
    if pushed && is_own {
        // Its sending may not be answered yet; polling waits for that.
        return InboundEvent::Ignored("own_message");
    }
    // What polling finds is of this account in any case, whatever eBay calls it.
    if pushed && !settings.is_own(&message.recipient) {
        return InboundEvent::Ignored("for_another_account");
    }
    let text = spoken(message, of_ebay);
    let vouched_for = !of_ebay && !message.sender.is_empty();
    let recipients =
        if is_own && !message.recipient.is_empty() { vec![user(message.recipient.clone())] } else { vec![] };
    InboundEvent::Message(Box::new(InboundMessage {
        writer: if is_own { Writer::Teammate } else { Writer::Contact },
        sender: user(message.sender.clone()),
        also_known_as: Vec::new(),
        sender_name: message.sender.clone(),
        recipients,
        thread: ThreadHints {
            thread_id: Some(message.conversation.clone()).filter(|id| !id.is_empty()),
            order_numbers: orders,
            ..ThreadHints::default()
        },
        own_ids: vec![message.id.clone()],
        subject: message.subject.clone(),
        visible_text: text.clone(),
        text,
        only_quoted: false,
        html: None,
        choice: None,
        attachments: message.media.iter().filter(|media| !media.address.is_empty()).map(attachment).collect(),
        automatic: if of_ebay { Automatic::Bulk } else { Automatic::No },
        trust: if vouched_for { Trust::Proved } else { Trust::Claimed },
        reply_to: None,
        loop_marks: Vec::new(),
    }))
}

/// The words, and a line for each file that cannot be had.
fn spoken(message: &Message, of_ebay: bool) -> String {
    let body = if of_ebay { plain(&message.body) } else { message.body.clone() };
    let lost = message.media.iter().filter(|media| media.address.is_empty());
    let mut lines: Vec<String> = Some(body).filter(|body| !body.is_empty()).into_iter().collect();
    lines.extend(lost.map(|media| match media.name.trim() {
        "" => "(A file that cannot be shown here.)".to_owned(),
        name => format!("(A file that cannot be shown here: {name})"),
    }));
    if lines.is_empty() && message.media.is_empty() {
        lines.push("(A message without words.)".to_owned());
    }
    lines.join("\n\n")
}

fn attachment(media: &Media) -> InboundAttachment {
    InboundAttachment {
        name: safe_name(&media.name),
        content_type: content_type(media).to_owned(),
        content_id: None,
        inline: false,
        content: FileContent::Elsewhere(FileReference { key: media.address.clone(), sha256: None, size: None }),
    }
}

/// eBay tells a family of types; the end of the name tells more.
fn content_type(media: &Media) -> &'static str {
    let end = media.name.rsplit_once('.').map(|(_, end)| end.to_lowercase()).unwrap_or_default();
    match (end.as_str(), media.kind.as_str()) {
        ("png", _) => "image/png",
        ("gif", _) => "image/gif",
        ("webp", _) => "image/webp",
        ("jpg" | "jpeg", _) | (_, "IMAGE") => "image/jpeg",
        ("pdf", _) | (_, "PDF") => "application/pdf",
        ("docx", _) => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ("doc", _) | (_, "DOC") => "application/msword",
        ("txt", _) | (_, "TXT") => "text/plain",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_as_exact_as_can_be() {
        let of = |name: &str, kind: &str| {
            content_type(&Media { name: name.to_owned(), kind: kind.to_owned(), address: String::new() })
        };
        assert_eq!(
            (of("a.PNG", "IMAGE"), of("a", "IMAGE"), of("a", "HOLOGRAM")),
            ("image/png", "image/jpeg", "application/octet-stream")
        );
    }
}
