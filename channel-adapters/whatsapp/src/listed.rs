//! What a webhook says, in neutral words.

use channel_contract::failure::ParseError;
use channel_contract::listing::{Listed, ListedFile, ListedKind};
use channel_contract::wire::Items;
use serde_json::Value;
use time::OffsetDateTime;

use crate::content::{choice_of, media_of};
use crate::people::{Contacts, Person};
use crate::read::{Event, Told, read};
use crate::wire::{Card, Fate, Message, Trouble};

/// Lists the events of a webhook's body, in its order.
pub fn list(body: &[u8]) -> Result<Vec<Listed>, ParseError> {
    Ok(read(body)?.into_iter().map(listed).collect())
}

fn listed(told: Told) -> Listed {
    match told.event {
        Event::Message(message, contacts) => said(&message, &contacts, false),
        Event::Echo(message, contacts) => said(&message, &contacts, true),
        Event::Status(status) => fate(&status),
        Event::Errors(errors) => {
            let codes = errors.iter().filter_map(|trouble| trouble.code.get().copied()).collect();
            Listed { what: ListedKind::Error, error_codes: Some(codes), ..Listed::default() }
        }
        Event::Field(_) | Event::Senseless => {
            let field = Some(told.place.field.clone()).filter(|field| !field.is_empty());
            Listed { what: ListedKind::Other, field, ..Listed::default() }
        }
    }
}

fn said(message: &Message, contacts: &Contacts, is_echo: bool) -> Listed {
    let person = Person::of(&message.from, &message.from_user_id, contacts);
    let what = match message.kind.as_str() {
        _ if is_echo => ListedKind::Echo,
        "reaction" => ListedKind::Reaction,
        "system" => ListedKind::System,
        "unsupported" | "unknown" => ListedKind::Unsupported,
        _ => ListedKind::Message,
    };
    let interactive = message.interactive.get();
    let form = interactive.and_then(|interactive| interactive.nfm_reply.get());
    let answers = form.map(|form| form.response_json.as_str().map_or_else(String::new, ToOwned::to_owned));
    let pressed = choice_of(message).map(|choice| choice.payload).filter(|payload| !payload.is_empty());
    let cards = (message.kind.as_str() == "contacts").then(|| names(&message.contacts));
    Listed {
        what,
        kind: message.kind.owned(),
        external_id: message.id.owned(),
        sender_id: message.from.owned().or_else(|| message.from_user_id.owned()),
        sender_name: Some(person.name).filter(|name| !name.is_empty()),
        recipient_id: if is_echo { message.to.owned().or_else(|| message.to_user_id.owned()) } else { None },
        timestamp: message.timestamp.moment().map(OffsetDateTime::unix_timestamp),
        text: text(message),
        interactive: interactive.and_then(|interactive| interactive.kind.owned()),
        payload: pressed.or(answers).filter(|payload| !payload.is_empty()),
        attachments: attachments(message),
        contacts: cards,
        reply_to: message.context.get().and_then(|context| context.id.owned()),
        target_id: target(message),
        error_codes: codes(&message.errors),
        referral: Some(message.referral.clone()).filter(Value::is_object),
        ..Listed::default()
    }
}

fn text(message: &Message) -> Option<String> {
    if let Some((_, media)) = media_of(message) {
        return Some(media.caption.as_str().to_owned());
    }
    if let Some(choice) = choice_of(message) {
        return Some(choice.title);
    }
    match message.kind.as_str() {
        "text" => Some(message.text.get()?.body.as_str().to_owned()),
        "reaction" => Some(message.reaction.get()?.emoji.as_str().to_owned()),
        "system" => message.system.get()?.body.owned(),
        "order" => message.order.get()?.text.owned(),
        "interactive" => message.interactive.get()?.nfm_reply.get()?.body.owned(),
        "edit" => text(message.edit.get()?.message.get()?),
        _ => None,
    }
}

fn attachments(message: &Message) -> Option<Vec<ListedFile>> {
    if let Some((kind, media)) = media_of(message) {
        let (what, filename) = (kind.to_owned(), media.filename.owned());
        return Some(vec![ListedFile { what, id: media.id.owned(), filename, ..ListedFile::default() }]);
    }
    let place = message.location.get().filter(|_| message.kind.as_str() == "location")?;
    let (latitude, longitude) = (place.latitude.get().copied(), place.longitude.get().copied());
    Some(vec![ListedFile { what: "location".to_owned(), latitude, longitude, ..ListedFile::default() }])
}

fn names(cards: &Items) -> Vec<String> {
    let name = |card: Card| card.name.get()?.formatted_name.owned();
    cards.read::<Card>().filter_map(name).collect()
}

fn target(message: &Message) -> Option<String> {
    match message.kind.as_str() {
        "reaction" => message.reaction.get()?.message_id.owned(),
        "edit" => message.edit.get()?.original_message_id.owned(),
        "revoke" => message.revoke.get()?.original_message_id.owned(),
        _ => None,
    }
}

fn fate(status: &Fate) -> Listed {
    Listed {
        what: ListedKind::Status,
        external_id: status.id.owned(),
        recipient_id: status.recipient_id.owned().or_else(|| status.recipient_user_id.owned()),
        timestamp: status.timestamp.moment().map(OffsetDateTime::unix_timestamp),
        status: status.status.owned(),
        error_codes: codes(&status.errors),
        ..Listed::default()
    }
}

fn codes(errors: &Items) -> Option<Vec<i64>> {
    let codes: Vec<i64> = errors.read::<Trouble>().filter_map(|trouble| trouble.code.0).collect();
    (!codes.is_empty()).then_some(codes)
}
