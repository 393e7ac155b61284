//! A delivery as what it tells. Pure; listings and the desk's events are made of the same.

use channel_contract::failure::ParseError;
use channel_contract::wire::{self, Maybe, Word};

use crate::place::Place;
use crate::wire::{Connection, Membership, Message, Pressed, Reacted, Update};

/// One thing that was told.
pub(crate) struct Told {
    /// The same for the same thing told again.
    pub(crate) key: String,
    pub(crate) event: Event,
}

/// What was told.
pub(crate) enum Event {
    /// Somebody wrote.
    Message(Place, Box<Message>),
    /// Somebody changed what they wrote.
    Edited(Place, Box<Message>),
    /// Somebody pressed a button below a message of the bot.
    Pressed(Place, Box<Pressed>),
    /// Somebody put a sign on a message, or took one off.
    Reacted(Place, Reacted),
    /// Somebody took back what they wrote in a chat of a business account.
    Deleted(Place, String),
    /// What the bot may do in a chat is another now.
    Member(Membership),
    /// A business account lets the bot answer for it, or no longer.
    Connection(Connection),
    /// A kind of update that is of no use here, by its name; `""` where none is named.
    Other(String),
}

/// What a body tells. A body that is no update of Telegram's is an error.
pub(crate) fn read(body: &[u8]) -> Result<Vec<Told>, ParseError> {
    let document = wire::document(body)?;
    let update: Update = wire::read(&document).ok_or_else(|| ParseError("the delivery is no object".to_owned()))?;
    // Not the number of the update: after a quiet week Telegram begins to count anywhere.
    Ok(told(update, &format!("update:{}", wire::short_name(body))))
}

/// The id of the press of a button that a body tells, where it tells one.
pub(crate) fn press(body: &[u8]) -> Option<String> {
    let update: Update = wire::read(&wire::document(body).ok()?)?;
    update.callback_query.0?.id.owned()
}

fn told(update: Update, key: &str) -> Vec<Told> {
    let one = |event: Event| vec![Told { key: key.to_owned(), event }];
    let said = |message: Maybe<Box<Message>>| message.0;
    if let Some(message) =
        said(update.message).or(said(update.business_message)).or_else(|| in_public(update.channel_post))
    {
        let place = place_of(&message);
        let key = match message.number.given() {
            Some(number) => place.message_id(number),
            None => key.to_owned(),
        };
        return vec![Told { key, event: Event::Message(place, message) }];
    }
    if let Some(message) = said(update.edited_message)
        .or(said(update.edited_business_message))
        .or_else(|| in_public(update.edited_channel_post))
    {
        return one(Event::Edited(place_of(&message), message));
    }
    if let Some(pressed) = update.callback_query.0 {
        let place = pressed.message.get().map(|message| place_of(message)).unwrap_or_default();
        return one(Event::Pressed(place, pressed));
    }
    if let Some(reacted) = update.message_reaction.0 {
        let place = reacted.chat.get().map(|chat| Place::of(chat, &Word::default())).unwrap_or_default();
        return one(Event::Reacted(place, reacted));
    }
    if let Some(deleted) = update.deleted_business_messages.0 {
        let chat = deleted.chat.get();
        let place = chat.map(|chat| Place::of(chat, &deleted.business_connection_id)).unwrap_or_default();
        let numbers = deleted.message_ids.words();
        let events: Vec<Told> = numbers
            .map(|number| Told { key: format!("{key}:{number}"), event: Event::Deleted(place.clone(), number) })
            .collect();
        return if events.is_empty() { one(Event::Other("deleted_business_messages".to_owned())) } else { events };
    }
    if let Some(membership) = update.my_chat_member.0 {
        return one(Event::Member(membership));
    }
    if let Some(connection) = update.business_connection.0 {
        return one(Event::Connection(connection));
    }
    let unread = update.rest.into_iter().find(|(_, value)| value.is_object());
    one(Event::Other(unread.map(|(kind, _)| kind).unwrap_or_default()))
}

/// What was written in a channel: older payloads do not say that it is one.
fn in_public(post: Maybe<Box<Message>>) -> Option<Box<Message>> {
    let mut post = post.0?;
    if let Some(chat) = &mut post.chat.0
        && chat.kind.given().is_none()
    {
        chat.kind = Word::from("channel");
    }
    Some(post)
}

fn place_of(message: &Message) -> Place {
    let chat = message.chat.get();
    chat.map(|chat| Place::of(chat, &message.business_connection_id)).unwrap_or_default()
}
