//! The documented JSON as serde types. Every field may be missing or null here: what must be there is decided in
//! [`crate::convert`], order by order, so that one bad entry never costs the whole list. Unknown fields are ignored.

use channel_contract::money::Money;
use channel_contract::orders::{
    ActionCommand, ActionKind, ActionReceipt, Address, Discount, LineChange, LineQuantity, OrderAction, RefundKind,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::format_description::well_known::Rfc3339;

/// Text; whole numbers pass too, because many shops number their orders.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "TextOrNumber")]
pub(crate) struct Text(pub(crate) String);

#[derive(Deserialize)]
#[serde(untagged)]
enum TextOrNumber {
    Text(String),
    Signed(i64),
    Unsigned(u64),
}

impl From<TextOrNumber> for Text {
    fn from(value: TextOrNumber) -> Self {
        Self(match value {
            TextOrNumber::Text(text) => text.trim().to_owned(),
            TextOrNumber::Signed(number) => number.to_string(),
            TextOrNumber::Unsigned(number) => number.to_string(),
        })
    }
}

/// A list whose entries may be null.
pub(crate) type List<T> = Option<Vec<Option<T>>>;

/// `GET /orders`. Entries stay raw so that each is read on its own.
#[derive(Debug, Deserialize)]
pub(crate) struct OrderPage {
    pub(crate) orders: Option<Vec<Value>>,
    pub(crate) next_cursor: Option<Text>,
}

/// `GET /products`.
#[derive(Debug, Deserialize)]
pub(crate) struct ProductPage {
    pub(crate) products: Option<Vec<Value>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct WireMoney {
    pub(crate) amount: Option<String>,
    pub(crate) currency: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct WireOrder {
    pub(crate) id: Option<Text>,
    pub(crate) number: Option<Text>,
    pub(crate) status: Option<Text>,
    pub(crate) placed_at: Option<Text>,
    pub(crate) updated_at: Option<Text>,
    pub(crate) buyer: Option<WireBuyer>,
    pub(crate) shipping_address: Option<WireAddress>,
    pub(crate) lines: List<WireLine>,
    pub(crate) shipping_price: Option<WireMoney>,
    pub(crate) total: Option<WireMoney>,
    pub(crate) payments: List<WirePayment>,
    pub(crate) refunds: List<WireRefund>,
    pub(crate) shipments: List<WireShipment>,
    pub(crate) returns: List<WireReturn>,
    pub(crate) entries: List<WireEntry>,
    pub(crate) invoice_url: Option<Text>,
    pub(crate) actions_allowed: List<WireAllowed>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct WireBuyer {
    pub(crate) id: Option<Text>,
    pub(crate) name: Option<Text>,
    pub(crate) email: Option<Text>,
    pub(crate) phone: Option<Text>,
    pub(crate) methods: List<WireMethod>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct WireMethod {
    pub(crate) id: Option<Text>,
    pub(crate) kind: Option<Text>,
    pub(crate) name: Option<Text>,
    pub(crate) brand: Option<Text>,
    pub(crate) ending: Option<Text>,
    pub(crate) balance: Option<WireMoney>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct WireAddress {
    pub(crate) name: Option<Text>,
    pub(crate) line1: Option<Text>,
    pub(crate) line2: Option<Text>,
    pub(crate) postal_code: Option<Text>,
    pub(crate) city: Option<Text>,
    pub(crate) region: Option<Text>,
    pub(crate) country: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct WireLine {
    pub(crate) id: Option<Text>,
    pub(crate) sku: Option<Text>,
    pub(crate) title: Option<Text>,
    pub(crate) variant: Option<Text>,
    pub(crate) ordered: Option<u32>,
    pub(crate) current: Option<u32>,
    pub(crate) fulfilled: Option<u32>,
    pub(crate) unit_price: Option<WireMoney>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct WirePayment {
    pub(crate) id: Option<Text>,
    pub(crate) method: Option<Text>,
    pub(crate) amount: Option<WireMoney>,
    pub(crate) at: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct WireRefund {
    pub(crate) id: Option<Text>,
    pub(crate) amount: Option<WireMoney>,
    pub(crate) method: Option<Text>,
    pub(crate) reason: Option<Text>,
    pub(crate) at: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct WireShipment {
    pub(crate) id: Option<Text>,
    pub(crate) carrier: Option<Text>,
    pub(crate) tracking_number: Option<Text>,
    pub(crate) tracking_url: Option<Text>,
    pub(crate) status: Option<Text>,
    pub(crate) shipped_at: Option<Text>,
    pub(crate) promised: Option<WireWindow>,
    pub(crate) estimated: Option<WireWindow>,
    pub(crate) delivered_at: Option<Text>,
    pub(crate) lines: List<WireQuantity>,
    pub(crate) events: List<WireEvent>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct WireWindow {
    pub(crate) from: Option<Text>,
    pub(crate) to: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct WireEvent {
    pub(crate) at: Option<Text>,
    pub(crate) text: Option<Text>,
    pub(crate) place: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct WireQuantity {
    pub(crate) line_id: Option<Text>,
    pub(crate) quantity: Option<u32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct WireReturn {
    pub(crate) id: Option<Text>,
    pub(crate) status: Option<Text>,
    pub(crate) lines: List<WireQuantity>,
    pub(crate) reason: Option<Text>,
    pub(crate) label_url: Option<Text>,
    pub(crate) opened_at: Option<Text>,
    pub(crate) exchange: List<WireSku>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct WireSku {
    pub(crate) sku: Option<Text>,
    pub(crate) quantity: Option<u32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct WireEntry {
    pub(crate) id: Option<Text>,
    pub(crate) at: Option<Text>,
    pub(crate) kind: Option<Text>,
    pub(crate) document: Option<Text>,
    pub(crate) code: Option<Text>,
    pub(crate) percent: Option<Value>,
    pub(crate) amount: Option<WireMoney>,
    pub(crate) expires_at: Option<Text>,
    pub(crate) text: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct WireAllowed {
    pub(crate) kind: Option<Text>,
    pub(crate) refused_because: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct WireProduct {
    pub(crate) sku: Option<Text>,
    pub(crate) title: Option<Text>,
    pub(crate) variant: Option<Text>,
    pub(crate) description: Option<Text>,
    pub(crate) price: Option<WireMoney>,
    pub(crate) in_stock: Option<u32>,
    pub(crate) restock_at: Option<Text>,
}

/// The body of `POST /orders/{id}/actions/{action}`. It repeats order, action and key, because only the body is signed.
#[derive(Debug, Default, Serialize)]
pub(crate) struct ActionBody<'a> {
    order_id: &'a str,
    action: &'static str,
    idempotency_key: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<MoneyBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lines: Option<&'a [LineQuantity]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gives_back: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<&'a Address>,
    #[serde(skip_serializing_if = "Option::is_none")]
    changes: Option<&'a [LineChange]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    document: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    percent: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    settled_by: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct MoneyBody {
    amount: String,
    currency: String,
}

impl From<Money> for MoneyBody {
    fn from(amount: Money) -> Self {
        Self { amount: amount.decimal(), currency: amount.currency.code().to_owned() }
    }
}

/// The kinds of action under the names of paths and bodies.
const ACTIONS: [(ActionKind, &str); 13] = [
    (ActionKind::Cancel, "cancel"),
    (ActionKind::Refund, "refund"),
    (ActionKind::Return, "return"),
    (ActionKind::Replace, "replace"),
    (ActionKind::ChangeAddress, "address"),
    (ActionKind::Exchange, "exchange"),
    (ActionKind::ChangeItems, "items"),
    (ActionKind::Resend, "document"),
    (ActionKind::DiscountCode, "code"),
    (ActionKind::Note, "note"),
    (ActionKind::CancelReturn, "return-cancellation"),
    (ActionKind::VoidCode, "code-cancellation"),
    (ActionKind::ChangePayment, "payment"),
];

/// The action's name in paths and bodies.
pub(crate) fn action_name(action: &OrderAction) -> &'static str {
    ACTIONS.iter().find(|(kind, _)| *kind == action.kind()).map_or("", |(_, name)| *name)
}

/// The kind of action behind a name.
pub(crate) fn action_kind(name: &str) -> Option<ActionKind> {
    ACTIONS.iter().find(|(_, known)| *known == name).map(|(kind, _)| *kind)
}

impl<'a> ActionBody<'a> {
    pub(crate) fn new(command: &'a ActionCommand) -> Self {
        let body = Self {
            order_id: &command.order_id,
            action: action_name(&command.action),
            idempotency_key: &command.idempotency_key,
            settled_by: command.action.settled_by(),
            ..Self::default()
        };
        match &command.action {
            OrderAction::Cancel { reason } => Self { reason: Some(reason), ..body },
            OrderAction::Refund { amount, lines, reason, gives_back } => Self {
                reason: Some(reason),
                amount: Some(MoneyBody::from(*amount)),
                lines: Some(lines),
                gives_back: gives_back.map(RefundKind::as_str),
                ..body
            },
            OrderAction::Return { lines, reason, .. } | OrderAction::Replace { lines, reason } => {
                Self { reason: Some(reason), lines: Some(lines), ..body }
            }
            OrderAction::ChangeAddress { address } => Self { address: Some(address), ..body },
            OrderAction::Exchange { changes, reason, .. } | OrderAction::ChangeItems { changes, reason, .. } => {
                Self { reason: Some(reason), changes: Some(changes), ..body }
            }
            OrderAction::Resend { document } => Self { document: Some(document.as_str()), ..body },
            OrderAction::DiscountCode { discount, expires_at, reason } => {
                let (percent, amount) = match discount {
                    Discount::Percent(percent) => (Some(*percent), None),
                    Discount::Amount(amount) => (None, Some(MoneyBody::from(*amount))),
                };
                let expires_at = expires_at.format(&Rfc3339).ok();
                Self { reason: Some(reason), percent, amount, expires_at, ..body }
            }
            OrderAction::Note { text } => Self { text: Some(text), ..body },
            OrderAction::CancelReturn { return_id, reason } => {
                Self { reason: Some(reason), id: Some(return_id), ..body }
            }
            OrderAction::VoidCode { entry_id, reason } => Self { reason: Some(reason), id: Some(entry_id), ..body },
            OrderAction::ChangePayment { .. } => body,
        }
    }
}

/// What the shop answers to an action it took.
#[derive(Debug, Deserialize)]
struct WireReceipt {
    reference: Option<Text>,
    complete: Option<bool>,
}

/// Reads a receipt; `None` if the answer is not one. `done` is false for 202.
pub(crate) fn read_receipt(body: &[u8], done: bool) -> Option<ActionReceipt> {
    let object: serde_json::Map<String, Value> = serde_json::from_slice(body).ok()?;
    let receipt: WireReceipt = serde_json::from_value(Value::Object(object)).ok()?;
    let reference = receipt.reference.unwrap_or_default().0;
    Some(ActionReceipt { reference, complete: done && receipt.complete.unwrap_or(true) })
}

/// What the shop says when it refuses, in its own words; `None` if it says nothing that a person could read.
pub(crate) fn read_reason(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Refusal {
        reason: Option<String>,
    }
    let reason = serde_json::from_slice::<Refusal>(body).ok()?.reason?;
    // It is shown to a person on one line; whatever else the shop sends stays out.
    let line: String = reason.chars().map(|c| if c.is_control() { ' ' } else { c }).take(300).collect();
    let line = line.trim();
    if line.is_empty() { None } else { Some(line.to_owned()) }
}
