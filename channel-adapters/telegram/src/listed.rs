//! What was told in neutral words, as `resolute parse-webhook telegram` prints it.

use channel_contract::failure::ParseError;
use channel_contract::listing::{Listed, ListedFile, ListedKind};

use crate::content;
use crate::inbound::{name_of, sign_of, title_of};
use crate::place::Place;
use crate::read::{self, Event};
use crate::wire::{Message, Person, Pressed, Reacted};

/// The events of a webhook, in its order.
///
/// # Errors
/// Where the body is no update of Telegram's.
pub fn list(body: &[u8]) -> Result<Vec<Listed>, ParseError> {
    let told = read::read(body)?.into_iter();
    Ok(told.filter_map(|told| listed(told.event)).collect())
}

fn listed(event: Event) -> Option<Listed> {
    Some(match event {
        Event::Message(place, message) => said(ListedKind::Message, &place, &message),
        Event::Edited(place, message) => said(ListedKind::EditedMessage, &place, &message),
        Event::Pressed(place, pressed) => chosen(&place, &pressed),
        Event::Reacted(place, reacted) => signed(&place, &reacted),
        Event::Deleted(place, number) => Listed {
            what: ListedKind::Deleted,
            target_id: Some(number),
            chat_id: given(place.chat),
            ..Listed::default()
        },
        Event::Member(membership) => Listed {
            kind: Some("my_chat_member".to_owned()),
            chat_id: membership.chat.get().and_then(|chat| chat.id.owned()),
            timestamp: membership.date.0,
            status: membership.new_chat_member.get().and_then(|member| member.status.owned()),
            ..Listed::default()
        },
        Event::Connection(connection) => {
            Listed { kind: Some("business_connection".to_owned()), timestamp: connection.date.0, ..Listed::default() }
        }
        Event::Other(kind) => Listed { kind: Some(given(kind)?), ..Listed::default() },
    })
}

fn given(word: String) -> Option<String> {
    Some(word).filter(|word| !word.is_empty())
}

fn said(what: ListedKind, place: &Place, message: &Message) -> Listed {
    let (from, chat) = (message.from.get(), message.chat.get());
    let name_of_chat = || {
        let chat = chat?;
        chat.title
            .owned()
            .or_else(|| given(format!("{} {}", chat.first_name.as_str(), chat.last_name.as_str()).trim().to_owned()))
    };
    let cards: Vec<String> = message.contact.get().map(content::name_on).into_iter().collect();
    Listed {
        what,
        kind: kind_of(message),
        external_id: message.number.owned(),
        sender_id: from.and_then(|person| person.id.owned()).or_else(|| given(place.chat.clone())),
        sender_name: from.map(name_of).and_then(given).or_else(name_of_chat),
        chat_id: given(place.chat.clone()),
        timestamp: message.date.0,
        text: content::words(message).map(ToOwned::to_owned),
        attachments: attachments(message),
        contacts: Some(cards).filter(|cards| !cards.is_empty()),
        reply_to: message.answers.get().and_then(|answered| answered.message_id.owned()),
        ..Listed::default()
    }
}

fn kind_of(message: &Message) -> Option<String> {
    let kind = if message.text.given().is_some() {
        "text"
    } else if message.venue.get().is_some() {
        "venue"
    } else if message.location.get().is_some() {
        "location"
    } else if message.contact.get().is_some() {
        "contact"
    } else {
        content::files(message).first().map(|file| if file.what == "image" { "photo" } else { file.what })?
    };
    Some(kind.to_owned())
}

fn attachments(message: &Message) -> Option<Vec<ListedFile>> {
    let mut found: Vec<ListedFile> = content::files(message)
        .into_iter()
        .map(|file| ListedFile { what: file.what.to_owned(), id: Some(file.id), ..ListedFile::default() })
        .collect();
    found.extend(content::location(message).map(|location| ListedFile {
        what: "location".to_owned(),
        latitude: location.latitude.0,
        longitude: location.longitude.0,
        ..ListedFile::default()
    }));
    (!found.is_empty()).then_some(found)
}

fn chosen(place: &Place, pressed: &Pressed) -> Listed {
    let person: Option<&Person> = pressed.from.get();
    let above = pressed.message.get();
    let markup = above.and_then(|message| message.reply_markup.get());
    Listed {
        what: ListedKind::CallbackQuery,
        external_id: pressed.id.owned(),
        sender_id: person.and_then(|person| person.id.owned()),
        sender_name: person.map(name_of).and_then(given),
        chat_id: given(place.chat.clone()),
        text: markup.and_then(|markup| title_of(&markup.inline_keyboard, pressed.data.as_str())),
        payload: pressed.data.owned(),
        target_id: above.and_then(|message| message.number.owned()),
        ..Listed::default()
    }
}

fn signed(place: &Place, reacted: &Reacted) -> Listed {
    Listed {
        what: ListedKind::Reaction,
        sender_id: reacted.user.get().and_then(|person| person.id.owned()),
        sender_name: reacted.user.get().map(name_of).and_then(given),
        chat_id: given(place.chat.clone()),
        timestamp: reacted.date.0,
        text: sign_of(reacted),
        target_id: reacted.message_id.owned(),
        ..Listed::default()
    }
}
