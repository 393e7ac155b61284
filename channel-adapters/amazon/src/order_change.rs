//! Notifications of the kind `ORDER_CHANGE`. Amazon puts them into a queue, which is read; the channel's webhook takes them as
//! well, with or without the envelope of an event bus (`EventBridge`) around them.

use bytes::Bytes;
use channel_contract::failure::ParseError;
use channel_contract::inbound::{Inbound, InboundEvent, OrderHappening, OrderNews, ThreadHints};
use channel_contract::wire::{self, fingerprint};
use serde_json::Value;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Date, OffsetDateTime};

use crate::settings::AmazonSettings;
use crate::spapi::{self, Order};

/// Where a notification and the answer about its order stand, where they are stored together.
const NOTIFICATION: &str = "notification";
const ANSWER: &str = "answer";
/// How the keys of notifications begin.
pub(crate) const KEY: &str = "notification:";
/// The most items of an order that are named, and the most characters of a title.
const MOST_ITEMS: usize = 3;
const LONGEST_TITLE: usize = 80;

/// What stands in a notification. Everything may be missing, and what has another form is as if it were.
#[derive(Debug, Default)]
pub(crate) struct Notification {
    /// Its own id.
    pub(crate) id: Option<String>,
    /// Its kind.
    pub(crate) kind: String,
    /// When it happened.
    pub(crate) at: Option<OffsetDateTime>,
    /// What happened, where the kind is the one that is read.
    pub(crate) change: Option<Change>,
    /// The order, where Amazon was asked for it.
    order: Option<Order>,
}

/// A change of an order.
#[derive(Debug, Default)]
pub(crate) struct Change {
    seller: String,
    /// The number of the order.
    pub(crate) order: String,
    kind: String,
    /// Amazon's word for where the order is.
    pub(crate) status: String,
    asks_to_cancel: bool,
}

impl Notification {
    /// Reads a body; `None` if it is no JSON object.
    pub(crate) fn read(body: &[u8]) -> Option<Self> {
        let whole: Value = wire::document(body).ok().filter(Value::is_object)?;
        let order = whole.get(ANSWER).and_then(spapi::order);
        let whole = whole.get(NOTIFICATION).filter(|inner| inner.is_object()).cloned().unwrap_or(whole);
        let inner = whole.get("detail").filter(|detail| detail.is_object()).unwrap_or(&whole);
        let ids = [text(inner, "/NotificationMetadata/NotificationId"), text(&whole, "/id")];
        Some(Self {
            id: ids.into_iter().find(|id| !id.is_empty()),
            kind: text(inner, "/NotificationType"),
            at: OffsetDateTime::parse(&text(inner, "/EventTime"), &Rfc3339).ok(),
            change: inner
                .pointer("/Payload/OrderChangeNotification")
                .filter(|change| change.is_object())
                .map(Change::read),
            order,
        })
    }

    /// The key of the delivery: the id of the notification, so that a repetition is the same; else a hash of the body.
    pub(crate) fn key(&self, body: &Bytes) -> String {
        let hash = || format!("sha256:{}", fingerprint(body));
        let id = self.id.clone().filter(|id| id.len() <= 200).unwrap_or_else(hash);
        format!("{KEY}{id}")
    }
}

impl Change {
    fn read(change: &Value) -> Self {
        let items = change.pointer("/Summary/OrderItems").and_then(Value::as_array);
        let asks = |item: &Value| item.get("IsBuyerRequestedCancel").is_some_and(is_true);
        Self {
            seller: text(change, "/SellerId"),
            order: text(change, "/AmazonOrderId"),
            kind: text(change, "/OrderChangeType"),
            status: text(change, "/Summary/OrderStatus"),
            asks_to_cancel: items.is_some_and(|items| items.iter().any(asks)),
        }
    }

    fn happened(&self, order: Option<&Order>) -> (OrderHappening, String) {
        if self.asks_to_cancel && self.kind == "BuyerRequestedChange" {
            let words = "The buyer asks on Amazon to cancel the order.";
            return (OrderHappening::CancelRequested, words.to_owned());
        }
        if self.kind == "BuyerRequestedChange" {
            return (OrderHappening::Changed, "The buyer asks on Amazon to change the order.".to_owned());
        }
        if order.is_some_and(|order| order.has_arrived) {
            return (OrderHappening::Delivered, "The order arrived.".to_owned());
        }
        let status = match order {
            Some(order) if self.status.is_empty() => &order.status,
            _ => &self.status,
        };
        let status: String = status.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
        let (what, words) = match status.as_str() {
            "pending" | "pendingavailability" => (OrderHappening::Created, "The order was placed on Amazon."),
            "unshipped" => (OrderHappening::Changed, "The order is paid on Amazon and can be sent."),
            "partiallyshipped" => (OrderHappening::Changed, "A part of the order was sent."),
            "shipped" => (OrderHappening::Shipped, "The order was sent."),
            "canceled" | "cancelled" => (OrderHappening::Changed, "The order was cancelled on Amazon."),
            "unfulfillable" => (OrderHappening::Changed, "Amazon cannot send the order."),
            _ => (OrderHappening::Changed, "The order changed on Amazon."),
        };
        (what, words.to_owned())
    }
}

/// What was ordered and when it is promised, in words behind those of what happened; `""` where nothing is known.
fn details(order: &Order) -> String {
    let item = |(count, title): &(u64, String)| format!("{count} × {}", shortened(title));
    let items: Vec<String> = order.items.iter().take(MOST_ITEMS).map(item).collect();
    let items = items.join(", ");
    let ordered = match order.items.len().saturating_sub(MOST_ITEMS) {
        _ if items.is_empty() => String::new(),
        0 => format!(" Ordered: {items}."),
        further => format!(" Ordered: {items} and {further} more."),
    };
    let form = format_description!("[day padding:none] [month repr:long] [year]");
    let day = |day: Date| day.format(form).unwrap_or_default();
    let promised = match order.promised {
        Some((first, last)) if first == last => format!(" Promised for {}.", day(last)),
        Some((first, last)) => format!(" Promised from {} to {}.", day(first), day(last)),
        None => String::new(),
    };
    ordered + &promised
}

fn shortened(title: &str) -> String {
    let title = title.trim();
    let cut: String = title.chars().take(LONGEST_TITLE).collect();
    if cut.len() < title.len() { format!("{}…", cut.trim_end()) } else { cut }
}

/// A notification together with Amazon's answer about its order, each as it came.
pub(crate) fn with_order(notification: &Bytes, answer: &Bytes) -> Bytes {
    let (first, second) = (format!("{{\"{NOTIFICATION}\":"), format!(",\"{ANSWER}\":"));
    let parts: [&[u8]; 5] = [first.as_bytes(), notification, second.as_bytes(), answer, b"}"];
    let whole = Bytes::from(parts.concat());
    // Half an answer would make the notification unreadable.
    if serde_json::from_slice::<Value>(&whole).is_ok() { whole } else { notification.clone() }
}

/// Whether a body that was pushed is a notification; all others are mails, of which no head begins like this.
pub(crate) fn is_one(body: &[u8]) -> bool {
    body.trim_ascii_start().starts_with(b"{")
}

/// The event of a stored notification.
pub(crate) fn read(body: &Bytes, settings: &AmazonSettings) -> Result<Inbound, ParseError> {
    let unreadable = || ParseError("This notification of Amazon's is no JSON.".to_owned());
    let notification = Notification::read(body).ok_or_else(unreadable)?;
    let external_id = notification.key(body);
    let own = settings.spapi.as_ref().map_or("", |spapi| spapi.seller_id.as_str());
    let event = match notification.change {
        Some(change) if change.order.is_empty() => InboundEvent::Ignored("notification_without_order"),
        Some(change) if !own.is_empty() && change.seller != own => InboundEvent::Ignored("another_seller"),
        Some(change) => {
            let order = notification.order.filter(|order| order.number == change.order);
            let (what, mut words) = change.happened(order.as_ref());
            words.push_str(&order.as_ref().map(details).unwrap_or_default());
            let thread = ThreadHints { order_numbers: vec![change.order.clone()], ..ThreadHints::default() };
            InboundEvent::Order(OrderNews { order_number: change.order, what, due_at: None, words, thread })
        }
        None => InboundEvent::Ignored("other_notification"),
    };
    Ok(Inbound { external_id, occurred_at: notification.at, event })
}

fn text(value: &Value, place: &str) -> String {
    value.pointer(place).and_then(Value::as_str).unwrap_or_default().trim().to_owned()
}

/// Amazon writes it as a word in some versions.
fn is_true(value: &Value) -> bool {
    value.as_bool().unwrap_or_else(|| value.as_str().is_some_and(|word| word.eq_ignore_ascii_case("true")))
}
