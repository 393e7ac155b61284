//! What was told as events of the desk.

use channel_contract::failure::ParseError;
use channel_contract::inbound::{
    AccountChange, AccountNews, Automatic, Changed, Choice, Identity, Inbound, InboundEvent, InboundMessage,
    MessageChange, RawItem, ThreadHints, Trust, Writer,
};
use channel_contract::wire::{self, Items, Maybe, Word};
use time::OffsetDateTime;

use crate::accounts::Accounts;
use crate::content;
use crate::place::Place;
use crate::read::{self, Event, Told};
use crate::settings::TelegramSettings;
use crate::wire::{Button, Connection, Member, Membership, Message, Person, Pressed, Reacted, Sign};

/// How a person on Telegram is named: by an id that is the same for every bot.
const IDENTITY: &str = "telegram_user";

/// Reads a stored delivery.
pub(crate) fn events(
    raw: &RawItem,
    settings: &TelegramSettings,
    accounts: &Accounts,
) -> Result<Vec<Inbound>, ParseError> {
    let of_one = |told: Told| {
        accounts.learn(&told, settings);
        if accounts.is_strange(&told.event, settings) {
            let event = InboundEvent::Ignored("another_business_account");
            return Inbound { external_id: told.key, occurred_at: None, event };
        }
        event(told, settings)
    };
    Ok(read::read(&raw.body)?.into_iter().map(of_one).collect())
}

fn event(told: Told, settings: &TelegramSettings) -> Inbound {
    let Told { key, event } = told;
    let (occurred_at, event) = match event {
        Event::Message(place, message) => (moment(&message.date), written(&place, &message)),
        Event::Edited(place, message) => (moment(&message.edit_date), edited(&place, &message)),
        Event::Pressed(place, pressed) => (None, chosen(&place, &pressed)),
        Event::Reacted(place, reacted) => (moment(&reacted.date), signed(&place, &reacted)),
        Event::Deleted(place, number) => (None, taken_back(&place, &number)),
        Event::Member(membership) => (moment(&membership.date), member(&membership)),
        Event::Connection(connection) => (moment(&connection.date), connected(&connection, settings)),
        Event::Other(_) => (None, InboundEvent::Ignored("an_update_without_use")),
    };
    Inbound { external_id: key, occurred_at, event }
}

fn moment(seconds: &Maybe<i64>) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp(seconds.0?).ok()
}

fn identity(id: &str) -> Identity {
    Identity { kind: IDENTITY.to_owned(), value: id.to_owned() }
}

/// The name that a person gave themselves.
pub(crate) fn name_of(person: &Person) -> String {
    format!("{} {}", person.first_name.as_str(), person.last_name.as_str()).trim().to_owned()
}

/// Whether the account of a business wrote, and not its customer.
pub(crate) fn is_of_the_account(place: &Place, message: &Message) -> bool {
    let from = message.from.get().and_then(|person| person.id.given());
    !place.business.is_empty() && from.is_some_and(|id| id != place.chat)
}

fn written(place: &Place, message: &Message) -> InboundEvent {
    if place.is_public {
        return InboundEvent::Ignored("said_in_public");
    }
    if message.sender_business_bot.get().is_some() {
        return InboundEvent::Ignored("own_message");
    }
    let Some(text) = content::shown(message) else { return InboundEvent::Ignored("nothing_was_said") };
    InboundEvent::Message(Box::new(said(place, message, text)))
}

fn said(place: &Place, message: &Message, text: String) -> InboundMessage {
    let from = message.from.get();
    let is_theirs = !is_of_the_account(place, message);
    let sender = from.and_then(|person| person.id.given());
    // In a chat of two its id is that of the other one.
    let customer = if is_theirs { sender.unwrap_or(&place.chat) } else { place.chat.as_str() };
    let is_machine = from.is_some_and(|person| person.is_bot.is_set()) || message.is_from_offline.is_set();
    InboundMessage {
        writer: if is_theirs { Writer::Contact } else { Writer::Teammate },
        sender: identity(sender.unwrap_or(customer)),
        also_known_as: if is_theirs { own_number(message).into_iter().collect() } else { Vec::new() },
        sender_name: from.map(name_of).unwrap_or_default(),
        recipients: if is_theirs { Vec::new() } else { vec![identity(customer)] },
        thread: ThreadHints {
            message_ids: answered(place, message).into_iter().collect(),
            thread_id: Some(place.thread_id()),
            ..ThreadHints::default()
        },
        own_ids: message.number.given().map(|number| place.message_id(number)).into_iter().collect(),
        subject: String::new(),
        visible_text: text.clone(),
        text,
        only_quoted: false,
        html: None,
        choice: None,
        attachments: content::files(message).into_iter().map(content::File::attachment).collect(),
        automatic: if is_machine { Automatic::AutoReply } else { Automatic::No },
        // Telegram vouches for whom it names.
        trust: if sender.is_some() { Trust::Proved } else { Trust::Claimed },
        reply_to: None,
        loop_marks: Vec::new(),
    }
}

fn answered(place: &Place, message: &Message) -> Option<String> {
    Some(place.message_id(message.answers.get()?.message_id.given()?))
}

/// The phone number of the sender, where they showed the card of their own: Telegram says whose number it is.
fn own_number(message: &Message) -> Option<Identity> {
    let (card, sender) = (message.contact.get()?, message.from.get()?.id.given()?);
    let value = content::number_of(card);
    let is_own = card.user_id.given() == Some(sender) && !value.is_empty();
    is_own.then(|| Identity { kind: "phone".to_owned(), value })
}

fn change(place: &Place, number: &str, by: Option<Identity>, what: Changed) -> InboundEvent {
    InboundEvent::Change(MessageChange { message_ids: vec![place.message_id(number)], by, what })
}

fn edited(place: &Place, message: &Message) -> InboundEvent {
    if place.is_public {
        return InboundEvent::Ignored("said_in_public");
    }
    if message.sender_business_bot.get().is_some() {
        return InboundEvent::Ignored("own_message");
    }
    let (Some(number), Some(text)) = (message.number.given(), content::shown(message)) else {
        return InboundEvent::Ignored("nothing_was_said");
    };
    let by = (!is_of_the_account(place, message)).then(|| {
        let sender = message.from.get().and_then(|person| person.id.given());
        identity(sender.unwrap_or(&place.chat))
    });
    change(place, number, by, Changed::Edited(text))
}

/// A press is a message of its own. What stands on the button is told with the message above it.
fn chosen(place: &Place, pressed: &Pressed) -> InboundEvent {
    let Some(sender) = pressed.from.get().filter(|person| person.id.given().is_some()) else {
        return InboundEvent::Ignored("nothing_was_said");
    };
    if place.is_public {
        return InboundEvent::Ignored("said_in_public");
    }
    let above = pressed.message.get();
    let payload = pressed.data.as_str();
    let title = above.and_then(|message| title_of(&message.reply_markup.get()?.inline_keyboard, payload));
    let title = title.unwrap_or_else(|| payload.to_owned());
    let text = if title.is_empty() { "(A button was pressed)".to_owned() } else { title.clone() };
    // A button of a message that is not shown lies in the chat of the one who pressed it.
    let place = if place.chat.is_empty() {
        Place { chat: sender.id.as_str().to_owned(), ..Place::default() }
    } else {
        place.clone()
    };
    let number = above.and_then(|message| message.number.given());
    let base = said(&place, &Message { from: pressed.from.clone(), ..Message::default() }, text);
    let thread =
        ThreadHints { message_ids: number.map(|number| place.message_id(number)).into_iter().collect(), ..base.thread };
    let choice = Some(Choice { title, payload: payload.to_owned() });
    InboundEvent::Message(Box::new(InboundMessage { thread, choice, ..base }))
}

/// What stands on the button behind which this stands.
pub(crate) fn title_of(rows: &Items, payload: &str) -> Option<String> {
    let buttons = rows.values().filter_map(wire::items).flat_map(|row| row.read::<Button>().collect::<Vec<_>>());
    buttons.into_iter().find(|button| button.callback_data.as_str() == payload)?.text.owned()
}

fn signed(place: &Place, reacted: &Reacted) -> InboundEvent {
    let (Some(number), Some(user)) = (reacted.message_id.given(), reacted.user.get()) else {
        return InboundEvent::Ignored("an_update_without_use");
    };
    if place.is_public {
        return InboundEvent::Ignored("said_in_public");
    }
    let what = sign_of(reacted).map_or(Changed::Unreacted, Changed::Reacted);
    change(place, number, Some(identity(user.id.as_str())), what)
}

/// The sign that stands there now. A person without a subscription has one; of several the last is shown.
pub(crate) fn sign_of(reacted: &Reacted) -> Option<String> {
    let sign = reacted.new_reaction.read::<Sign>().last()?;
    Some(match (sign.kind.as_str(), sign.emoji.given()) {
        (_, Some(emoji)) => emoji.to_owned(),
        ("paid", None) => "⭐".to_owned(),
        _ => "(a sign of their own)".to_owned(),
    })
}

fn taken_back(place: &Place, number: &str) -> InboundEvent {
    if place.is_public {
        return InboundEvent::Ignored("said_in_public");
    }
    // It is not told who did it: the customer, or the account in another client.
    change(place, number, Some(identity(&place.chat)), Changed::Deleted)
}

fn member(membership: &Membership) -> InboundEvent {
    let is_public = membership.chat.get().is_some_and(|chat| Place::of(chat, &Word::default()).is_public);
    if is_public {
        return InboundEvent::Ignored("the_bot_in_a_group");
    }
    let was = |member: &Maybe<Member>| member.get().map(|member| member.status.as_str().to_owned()).unwrap_or_default();
    let words = match (was(&membership.old_chat_member).as_str(), was(&membership.new_chat_member).as_str()) {
        (_, "kicked" | "left") => "A customer has blocked the bot on Telegram: replies to them will be refused.",
        ("kicked" | "left", _) => "A customer who had blocked the bot on Telegram takes messages of it again.",
        _ => return InboundEvent::Ignored("an_update_without_use"),
    };
    InboundEvent::Account(AccountNews { what: AccountChange::Note, words: words.to_owned() })
}

/// Anybody with a business account may connect the bot to it: only that of the settings is news.
fn connected(connection: &Connection, settings: &TelegramSettings) -> InboundEvent {
    let user = connection.user.get().and_then(|person| person.id.given());
    if user.is_none() || user != Some(settings.business_user.trim()) {
        return InboundEvent::Ignored("another_business_account");
    }
    let (what, words) = match connection.is_enabled.0 {
        Some(true) => (AccountChange::Eased, "A business account on Telegram lets the bot answer for it."),
        Some(false) => {
            (AccountChange::Restricted, "A business account on Telegram no longer lets the bot answer for it.")
        }
        None => return InboundEvent::Ignored("an_update_without_use"),
    };
    InboundEvent::Account(AccountNews { what, words: words.to_owned() })
}
