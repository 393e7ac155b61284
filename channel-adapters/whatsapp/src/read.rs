//! A webhook's body as what it tells, in its own order. Pure; listings and the desk's events are made of the same.

use std::sync::Arc;

use channel_contract::failure::ParseError;
use channel_contract::wire::{self, Items, Word};
use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::people::Contacts;
use crate::wire::{Body, Change, Entry, Envelope, Fate, Message, Trouble};

/// The longest id of an account, in bytes.
const LONGEST_WORD: usize = 200;

/// Where something was told.
pub(crate) struct Place {
    /// The id of the account.
    pub(crate) account: String,
    /// The id of the number, `""` where none is named.
    pub(crate) number: String,
    /// The field of the account that changed.
    pub(crate) field: String,
    /// When the account told it, in seconds as it was written.
    pub(crate) time: Word,
}

/// One thing that was told.
pub(crate) struct Told {
    pub(crate) place: Arc<Place>,
    /// The same for the same thing told again.
    pub(crate) key: String,
    pub(crate) event: Event,
}

/// What was told.
pub(crate) enum Event {
    /// A customer wrote.
    Message(Box<Message>, Arc<Contacts>),
    /// The account wrote, in the app on its phone.
    Echo(Box<Message>, Arc<Contacts>),
    /// The fate of a message of ours.
    Status(Box<Fate>),
    /// Something went wrong at the platform.
    Errors(Vec<Trouble>),
    /// Anything else of a field: its value.
    Field(Value),
    /// An element that is no object.
    Senseless,
}

/// What a body tells. A body that is no JSON object, or none of WhatsApp's, is an error.
pub(crate) fn read(body: &[u8]) -> Result<Vec<Told>, ParseError> {
    let document = wire::document(body)?;
    let envelope: Envelope = wire::read(&document).ok_or_else(|| ParseError("the delivery is no object".to_owned()))?;
    if envelope.object.given().is_some_and(|object| object != "whatsapp_business_account") {
        return Err(ParseError("the delivery is of another product than WhatsApp".to_owned()));
    }
    let mut told = Vec::new();
    for entry in envelope.entry.read::<Entry>() {
        for change in entry.changes.read::<Change>() {
            changed(&entry, change, &mut told);
        }
    }
    Ok(told)
}

fn changed(entry: &Entry, change: Change, told: &mut Vec<Told>) {
    let body: Body = wire::read(&change.value).unwrap_or_default();
    // A delivery may hold very many messages: what they share is there once.
    let place = Arc::new(Place {
        account: short(&entry.id).to_owned(),
        number: body.metadata.get().map(|metadata| metadata.phone_number_id.as_str().to_owned()).unwrap_or_default(),
        field: change.field.as_str().to_owned(),
        time: Word::from(short(&entry.time)),
    });
    let contacts = Arc::new(Contacts::of(&body.contacts));
    let before = told.len();
    let mut tell = |key: String, event: Event| told.push(Told { place: place.clone(), key, event });
    each(&body.messages, &mut tell, |message: Message, value| {
        (id_of(&message.id, "message", value), Event::Message(Box::new(message), contacts.clone()))
    });
    each(&body.message_echoes, &mut tell, |message: Message, value| {
        (id_of(&message.id, "echo", value), Event::Echo(Box::new(message), contacts.clone()))
    });
    each(&body.statuses, &mut tell, |status: Fate, value| {
        let key = match (status.id.given(), status.status.given()) {
            (Some(id), Some(state)) => format!("status:{id}:{state}"),
            _ => format!("status:{}", digest(&[value])),
        };
        (key, Event::Status(Box::new(status)))
    });
    // The same trouble may come back months later, with no difference but the time of its telling.
    let at_the_time = |value: &Value| {
        let (account, time) = (Value::from(place.account.as_str()), Value::from(place.time.as_str()));
        digest(&[&account, &time, value])
    };
    let errors: Vec<Trouble> = body.errors.read().collect();
    if !errors.is_empty() {
        tell(format!("errors:{}", at_the_time(&change.value)), Event::Errors(errors));
    }
    if told.len() == before {
        let key = format!("{}:{}", place.field, at_the_time(&change.value));
        told.push(Told { place, key, event: Event::Field(change.value) });
    }
}

/// Reads each element by itself, so that one that is broken spoils no other.
fn each<T: DeserializeOwned>(
    items: &Items,
    tell: &mut impl FnMut(String, Event),
    event: impl Fn(T, &Value) -> (String, Event),
) {
    for value in items.values() {
        let (key, event) = match wire::read(value) {
            Some(element) => event(element, value),
            None => (format!("senseless:{}", digest(&[value])), Event::Senseless),
        };
        tell(key, event);
    }
}

/// A word, unless it is longer than any is: each change of an entry keeps it.
fn short(word: &Word) -> &str {
    word.given().filter(|word| word.len() <= LONGEST_WORD).unwrap_or_default()
}

fn id_of(id: &Word, kind: &str, value: &Value) -> String {
    id.owned().unwrap_or_else(|| format!("{kind}:{}", digest(&[value])))
}

/// A short name of what has none.
pub(crate) fn digest(values: &[&Value]) -> String {
    let mut hash = Sha256::new();
    for value in values {
        hash.update(value.to_string());
        hash.update(b"\n");
    }
    hex::encode(hash.finalize()).get(..32).unwrap_or_default().to_owned()
}
