//! From what the marketplace answers to what is stored: each message beside what its thread says, so that it can be read
//! alone and is stored once, however often its thread comes.

use channel_contract::failure::ParseError;
use channel_contract::inbound::{RawItem, RawOrigin};
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::wire::{self, Message, SHOP_USER};

/// How many earlier messages of its thread a message names.
const EARLIER: usize = 20;

/// One page of a list.
pub(crate) struct Page {
    /// What it lists, as the marketplace wrote it.
    pub(crate) entries: Vec<Value>,
    /// Where the next page is.
    pub(crate) next: Option<String>,
    /// How many there are in all, where the marketplace says it.
    pub(crate) total: u64,
    /// How many entries are none.
    pub(crate) odd: usize,
}

/// Reads a page whose list has this name; `None` where the answer is none.
pub(crate) fn page(body: &[u8], list: &str) -> Option<Page> {
    let answer = wire::document(body).ok()?;
    let found = answer.get(list)?.as_array()?;
    let entries: Vec<Value> = found.iter().filter(|entry| entry.is_object()).cloned().collect();
    Some(Page {
        odd: found.iter().filter(|entry| !entry.is_null()).count() - entries.len(),
        entries,
        next: Some(wire::text(&answer, &["next_page_token"])).filter(|token| !token.is_empty()),
        total: answer.get("total_count").and_then(Value::as_u64).unwrap_or_default(),
    })
}

/// A message that was found in a thread.
pub(crate) struct Found {
    /// When it was written.
    pub(crate) at: Option<OffsetDateTime>,
    /// What is stored of it.
    pub(crate) item: RawItem,
}

impl Found {
    /// Whether the shop wrote it.
    pub(crate) fn is_of_the_shop(&self) -> bool {
        self.item.origin == RawOrigin::Sent
    }
}

/// The messages of a thread, oldest first.
pub(crate) fn of_thread(thread: &Value) -> Vec<Found> {
    let told = told(thread);
    let mut messages: Vec<&Value> = wire::list(thread, "messages").iter().filter(|entry| !entry.is_null()).collect();
    messages.sort_by_key(|message| wire::moment(message, &["date_created"]));
    let mut earlier: Vec<String> = Vec::new();
    let mut found = Vec::with_capacity(messages.len());
    for written in messages {
        let message = Message::read(written);
        let before = earlier.get(earlier.len().saturating_sub(EARLIER)..).unwrap_or_default();
        let body = json!({ "kind": "message", "thread": told, "earlier": before, "message": written });
        let origin = if message.writer == SHOP_USER { RawOrigin::Sent } else { RawOrigin::Inbox };
        let key = key_of(&message.id, &[&told, written]);
        found.push(Found { at: message.at, item: item(format!("message/{key}"), origin, &body) });
        if !message.id.is_empty() {
            earlier.push(message.id);
        }
    }
    found
}

/// What stands for the messages of a thread that is too large to be read, as it was told without them.
pub(crate) fn of_unread_thread(thread: &Value) -> Found {
    let last = thread.get("metadata").map(|metadata| wire::text(metadata, &["last_message_date"])).unwrap_or_default();
    let key = key_of(&wire::text(thread, &["id"]), &[thread]);
    let body = json!({ "kind": "unread", "thread": told(thread) });
    Found {
        at: wire::moment(thread, &["date_updated"]),
        item: item(format!("unread/{key}/{last}"), RawOrigin::Inbox, &body),
    }
}

/// What a poll stores of an answer: of a page of threads, or of one thread.
pub fn items(body: &[u8]) -> Result<Vec<RawItem>, ParseError> {
    let answer = wire::document(body)?;
    let threads = match answer.get("data") {
        Some(Value::Array(threads)) => threads.as_slice(),
        _ => std::slice::from_ref(&answer),
    };
    Ok(threads.iter().flat_map(of_thread).map(|found| found.item).collect())
}

/// Whether a thread came without messages that nobody has read yet: a page holds the last ones alone.
pub(crate) fn is_cut(thread: &Value, read_until: i64) -> bool {
    let messages = wire::list(thread, "messages");
    let counted = thread.get("metadata").and_then(|metadata| metadata.get("total_count")).and_then(Value::as_u64);
    let all = counted.and_then(|count| usize::try_from(count).ok()).unwrap_or_default();
    let oldest = messages.iter().map(|message| wire::seconds(message, "date_created")).min();
    messages.len() < all && oldest.is_none_or(|at| at > read_until)
}

/// What is stored under a key.
pub(crate) fn item(external_id: String, origin: RawOrigin, body: &Value) -> RawItem {
    RawItem { external_id, origin, body: body.to_string().into() }
}

/// The thread without its messages.
fn told(thread: &Value) -> Value {
    let mut told = thread.clone();
    if let Some(fields) = told.as_object_mut() {
        fields.remove("messages");
    }
    told
}

/// An id, or else one that is made of what was said.
fn key_of(id: &str, said: &[&Value]) -> String {
    if !id.is_empty() {
        return id.to_owned();
    }
    let said: String = said.iter().map(ToString::to_string).collect();
    wire::fingerprint(said.as_bytes())
}
