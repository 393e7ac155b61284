//! Which connections to business accounts are those of the account that the bot answers for. Anybody may connect the bot to
//! theirs, and what their customers write is none of the desk's business.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use crate::inbound::is_of_the_account;
use crate::place::Place;
use crate::read::{Event, Told};
use crate::settings::TelegramSettings;
use crate::wire::Message;

/// How many connections are kept, the newest.
const MOST: usize = 20;

/// The connections that are known as the account's.
pub(crate) struct Accounts {
    known: Mutex<Known>,
}

struct Known {
    connections: Vec<String>,
    is_new: bool,
}

impl Accounts {
    pub(crate) fn new(settings: &TelegramSettings) -> Self {
        Self { known: Mutex::new(Known { connections: settings.business_connections.clone(), is_new: false }) }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a connection that Telegram says is of the account, or in which the account itself writes.
    pub(crate) fn learn(&self, told: &Told, settings: &TelegramSettings) {
        let own = settings.business_user.trim();
        let found = match &told.event {
            Event::Connection(connection) => {
                let user = connection.user.get().and_then(|person| person.id.given());
                connection.id.given().filter(|_| user == Some(own) && connection.is_enabled.is_set())
            }
            Event::Message(place, message) if writer_of(place, message) == Some(own) => Some(place.business.as_str()),
            _ => None,
        };
        let Some(found) = found.filter(|_| !own.is_empty()) else { return };
        let mut known = self.known();
        let found = named(own, found);
        if known.connections.contains(&found) {
            return;
        }
        let surplus = (known.connections.len() + 1).saturating_sub(MOST);
        known.connections.drain(..surplus);
        known.connections.push(found);
        known.is_new = true;
    }

    /// Whether something was said in chats of another account. As long as no connection of the account is known, only what
    /// another account writes itself tells.
    pub(crate) fn is_strange(&self, event: &Event, settings: &TelegramSettings) -> bool {
        let (place, writer) = match event {
            Event::Message(place, message) | Event::Edited(place, message) => (place, writer_of(place, message)),
            Event::Pressed(place, _) | Event::Reacted(place, _) | Event::Deleted(place, _) => (place, None),
            Event::Member(_) | Event::Connection(_) | Event::Other(_) => return false,
        };
        if place.business.is_empty() {
            return false;
        }
        let own = settings.business_user.trim();
        let known = self.known();
        let is_known = known.connections.iter().any(|connection| connection.starts_with(&named(own, "")));
        let is_other = is_known && !known.connections.contains(&named(own, &place.business));
        own.is_empty() || is_other || writer.is_some_and(|writer| writer != own)
    }

    /// What was learned since this was asked last, in the shape of the settings.
    pub(crate) fn take_new(&self) -> Option<Value> {
        let mut known = self.known();
        std::mem::take(&mut known.is_new).then(|| json!({ "business_connections": known.connections }))
    }
}

/// A connection with its account: another account may be set some day.
fn named(account: &str, connection: &str) -> String {
    format!("{account}:{connection}")
}

/// The business account that wrote, by its id; `None` where its customer or a bot did.
fn writer_of<'m>(place: &Place, message: &'m Message) -> Option<&'m str> {
    let is_its_own = is_of_the_account(place, message) && message.sender_business_bot.get().is_none();
    message.from.get().filter(|_| is_its_own)?.id.given()
}
