//! Stored bytes as the adapter's own events, in the order in which they stand there. Pure.
//!
//! There are notifications, as eBay pushes them, and pieces of what polling was answered: one message with its
//! conversation, or one row about an order.

use channel_contract::failure::ParseError;
use channel_contract::wire::{self, fingerprint, list, text};
use serde_json::Value;
use time::OffsetDateTime;

use crate::happenings::{Happening, Subject, created, shipped};
use crate::wire::{Message, moment, person};

/// One event.
pub(crate) struct Found {
    /// The same each time it comes.
    pub(crate) id: String,
    pub(crate) at: Option<OffsetDateTime>,
    /// The topic, where eBay pushed it.
    pub(crate) topic: String,
    pub(crate) event: Event,
}

/// What happened.
pub(crate) enum Event {
    /// Somebody wrote; and the orders that it is about, as far as they are known.
    Said { message: Box<Message>, orders: Vec<String>, pushed: bool },
    /// The buyer has read a message of the account.
    Read { message: String },
    /// Something happened to an order.
    Happened(Happening),
    /// The account of a user of these names is gone: what is kept of them has to go. eBay tells it of all its users.
    Erased(Vec<String>),
    /// A seller took back access: their names, and eBay's word for why.
    Revoked { names: Vec<String>, reason: String },
    /// Nothing that anybody needs.
    Ignored(&'static str),
}

/// Reads stored bytes.
pub(crate) fn read(body: &[u8]) -> Result<Vec<Found>, ParseError> {
    let document = wire::document(body)?;
    if document.get("notification").is_some_and(Value::is_object) {
        return Ok(notification(&document, body));
    }
    if let Some(message) = document.get("message").filter(|message| message.is_object()) {
        return Ok(vec![polled(message, &document)]);
    }
    let row = Subject::ALL.into_iter().find_map(|subject| Some((subject, document.get(subject.name())?)));
    let Some((subject, row)) = row else {
        return Err(ParseError("This is neither a notification of eBay nor a piece of one of its lists.".to_owned()));
    };
    let wanted = text(&document, &["as"]);
    let happened = subject.happenings(row).into_iter().filter(|found| wanted.is_empty() || found.key == wanted);
    let found: Vec<Found> = happened.map(|happening| happened_found(happening, "")).collect();
    let nothing = || vec![ignored(fingerprint(body), "a_row_without_order")];
    Ok(if found.is_empty() { nothing() } else { found })
}

/// The key of a delivery: a second one of the same notification has the same.
pub(crate) fn delivery_key(body: &[u8]) -> String {
    let document = wire::document(body).unwrap_or_default();
    notification_key(document.get("notification").unwrap_or(&Value::Null), body)
}

fn notification_key(notification: &Value, body: &[u8]) -> String {
    let id = text(notification, &["notificationId"]);
    if id.is_empty() { format!("body:{}", fingerprint(body)) } else { format!("notification:{id}") }
}

fn ignored(id: String, why: &'static str) -> Found {
    Found { id, at: None, topic: String::new(), event: Event::Ignored(why) }
}

fn happened_found(happening: Happening, topic: &str) -> Found {
    let (id, at) = (happening.key.clone(), happening.at);
    Found { id, at, topic: topic.to_owned(), event: Event::Happened(happening) }
}

fn polled(message: &Value, document: &Value) -> Found {
    let conversation = document.get("conversation").unwrap_or(&Value::Null);
    let message = Message::of(message, conversation);
    if text(document, &["as"]) == "read" {
        let id = format!("read:{}", message.id);
        return Found { id, at: None, topic: String::new(), event: Event::Read { message: message.id } };
    }
    let orders = list(document, "orders").iter().filter_map(|order| Some(order.as_str()?.to_owned())).collect();
    let (id, at) = (message.id.clone(), message.created);
    Found { id, at, topic: String::new(), event: Event::Said { message: Box::new(message), orders, pushed: false } }
}

fn notification(document: &Value, body: &[u8]) -> Vec<Found> {
    let metadata = document.get("metadata").unwrap_or(&Value::Null);
    let notification = document.get("notification").unwrap_or(&Value::Null);
    let data = notification.get("data").unwrap_or(&Value::Null);
    let (key, topic) = (notification_key(notification, body), text(metadata, &["topic"]));
    let at = moment(notification, &["eventDate", "publishDate"]);
    let found = |id: String, event| Found { id, at, topic: topic.clone(), event };
    let names = [text(data, &["username"]), text(data, &["userId"])];
    let names: Vec<String> = names.into_iter().filter(|name| !name.is_empty()).collect();
    match topic.as_str() {
        "MARKETPLACE_ACCOUNT_DELETION" if names.is_empty() => {
            vec![found(key, Event::Ignored("a_closed_account_without_name"))]
        }
        "MARKETPLACE_ACCOUNT_DELETION" => vec![found(key, Event::Erased(names))],
        "AUTHORIZATION_REVOCATION" => {
            let reason = text(data, &["revokeReason"]);
            vec![found(key, Event::Revoked { names, reason })]
        }
        "ORDER_CONFIRMATION" | "ITEM_MARKED_SHIPPED" => {
            let order = order_in(data);
            if order.is_empty() {
                return vec![found(key, Event::Ignored("an_order_without_number"))];
            }
            let placed = topic == "ORDER_CONFIRMATION";
            let happening = if placed { created(order, at, None) } else { shipped(order, at) };
            vec![happened_found(happening, &topic)]
        }
        _ if says_all(data) => {
            let message = Box::new(Message::of(data, data));
            let orders = Some(order_in(data)).filter(|order| !order.is_empty()).into_iter().collect();
            let (id, at) = (message.id.clone(), message.created);
            vec![Found { at, ..found(id, Event::Said { message, orders, pushed: true }) }]
        }
        "NEW_MESSAGE" | "BUYER_QUESTION" => vec![found(key, Event::Ignored("a_hint_of_a_message"))],
        _ => vec![found(key, Event::Ignored("a_topic_without_use"))],
    }
}

/// The number of an order in the data itself or in an object there.
fn order_in(data: &Value) -> String {
    let number = text(data, &["orderId"]);
    let within = || data.as_object()?.values().map(|inner| text(inner, &["orderId"])).find(|id| !id.is_empty());
    if number.is_empty() { within().unwrap_or_default() } else { number }
}

/// Whether a notification says all of a message that its conversation says. One that says less is only a hint: shown by
/// itself, the message would be there a second time when polling brings it whole.
fn says_all(data: &Value) -> bool {
    let has = |names: &[&str]| !text(data, names).is_empty();
    let speaks = has(&["messageBody", "messageText"]) || !list(data, "messageMedia").is_empty();
    let has_subject = data.get("subject").is_some();
    let sender = person(data, &["senderUsername", "senderUserName", "sender"]);
    let is_dated = moment(data, &["createdDate", "creationDate"]).is_some();
    has(&["messageId"]) && has(&["conversationId"]) && speaks && has_subject && !sender.is_empty() && is_dated
}
