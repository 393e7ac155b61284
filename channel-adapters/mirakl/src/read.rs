//! What is stored, read again; pure, and nothing vanishes without a word.

use channel_contract::failure::ParseError;
use channel_contract::inbound::RawItem;
use serde_json::Value;

use crate::news::{self, News};
use crate::wire::{self, Message, Thread};

/// What a stored item says.
#[derive(PartialEq, Eq)]
pub(crate) enum Event {
    /// Somebody wrote.
    Said(Box<Said>),
    /// Somebody wrote, in a thread too large to be read.
    Unread(Thread),
    /// Something happened to an order.
    News(News),
}

/// A message and its thread.
#[derive(PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) thread: Thread,
    pub(crate) message: Message,
    /// The ids of earlier messages of the thread, oldest first.
    pub(crate) earlier: Vec<String>,
}

/// Reads a stored item.
pub(crate) fn read(raw: &RawItem) -> Result<Event, ParseError> {
    let stored = wire::document(&raw.body)?;
    let part = |name: &str| stored.get(name).unwrap_or(&Value::Null);
    match wire::text(&stored, &["kind"]).as_str() {
        "message" => {
            let earlier = wire::list(&stored, "earlier").iter().filter_map(Value::as_str).map(str::to_owned).collect();
            let (thread, message) = (Thread::read(part("thread")), Message::read(part("message")));
            Ok(Event::Said(Box::new(Said { thread, message, earlier })))
        }
        "unread" => Ok(Event::Unread(Thread::read(part("thread")))),
        "order" | "return" => {
            news::read(&stored).map(Event::News).ok_or_else(|| ParseError("news of no order".to_owned()))
        }
        _ => Err(ParseError("this was not stored by a marketplace's channel".to_owned())),
    }
}
