//! Orders as every shop system gives them, and the trait that a connected shop implements.

use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::money::{Currency, Money};

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderStatus {
    /// Placed, nothing sent.
    Open,
    /// Some of it was handed to a carrier.
    PartlyShipped,
    /// All of it was handed to a carrier.
    Shipped,
    /// All of it arrived.
    Delivered,
    /// Cancelled as a whole.
    Cancelled,
}

/// The buyer, as the shop knows them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Buyer {
    /// The shop's own id.
    pub id: String,
    /// Full name.
    pub name: String,
    /// Address, `""` if the shop does not give it.
    pub email: String,
    /// E.164, `""` if unknown.
    pub phone: String,
}

/// A postal address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Address {
    /// The person or company.
    pub name: String,
    /// Street and number.
    pub line1: String,
    /// Anything more, `""` if nothing.
    pub line2: String,
    /// Postal code.
    pub postal_code: String,
    /// Town.
    pub city: String,
    /// State or province, `""` where there is none.
    pub region: String,
    /// ISO 3166 country code.
    pub country: String,
}

/// One line of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineItem {
    /// The shop's id of the line.
    pub id: String,
    /// The stock-keeping unit.
    pub sku: String,
    /// The product's name.
    pub title: String,
    /// Size, colour and so on, `""` if none.
    pub variant: String,
    /// How many were ordered.
    pub ordered: u32,
    /// How many are still wanted, after cancellations and changes.
    pub current: u32,
    /// How many were handed to a carrier.
    pub fulfilled: u32,
    /// The price of one, after discounts.
    pub unit_price: Money,
}

/// How a parcel is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShipmentStatus {
    /// Being packed.
    Packed,
    /// With the carrier.
    InTransit,
    /// In the van.
    OutForDelivery,
    /// Nobody was there.
    AttemptFailed,
    /// Waits at a pick-up point.
    AvailableForPickup,
    /// Arrived.
    Delivered,
    /// Comes back to the shop.
    Returning,
    /// The carrier reports trouble or a loss.
    Exception,
}

/// From when until when something should happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// The earliest moment.
    #[serde(with = "time::serde::rfc3339")]
    pub from: OffsetDateTime,
    /// The latest moment.
    #[serde(with = "time::serde::rfc3339")]
    pub to: OffsetDateTime,
}

/// A carrier's scan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackingEvent {
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// The carrier's words.
    pub text: String,
    /// Where, `""` if unknown.
    pub place: String,
}

/// How many of which line.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LineQuantity {
    /// The line's id.
    pub line_id: String,
    /// How many.
    pub quantity: u32,
}

/// A parcel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shipment {
    /// The shop's id.
    pub id: String,
    /// The carrier's name.
    pub carrier: String,
    /// The tracking number, `""` before there is one.
    pub tracking_number: String,
    /// Where the carrier shows the parcel, `""` if nowhere.
    pub tracking_url: String,
    /// How it is doing.
    pub status: ShipmentStatus,
    /// When it left.
    #[serde(with = "time::serde::rfc3339::option", default)]
    pub shipped_at: Option<OffsetDateTime>,
    /// What the buyer was promised.
    #[serde(default)]
    pub promised: Option<Window>,
    /// What the carrier thinks now.
    #[serde(default)]
    pub estimated: Option<Window>,
    /// When it arrived.
    #[serde(with = "time::serde::rfc3339::option", default)]
    pub delivered_at: Option<OffsetDateTime>,
    /// What is in it.
    pub lines: Vec<LineQuantity>,
    /// Scans, oldest first.
    pub events: Vec<TrackingEvent>,
}

impl Shipment {
    /// Late means: it is now later than what was promised, and it has not arrived.
    pub fn is_late(&self, now: OffsetDateTime) -> bool {
        self.delivered_at.is_none() && self.promised.is_some_and(|window| now > window.to)
    }
}

/// A payment that was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// The shop's id.
    pub id: String,
    /// How it reads to the buyer: `card ending 4421`, `PayPal`, `gift card`.
    pub method: String,
    /// How much.
    pub amount: Money,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

/// A refund that was posted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    /// The shop's id, or the idempotency key that made it.
    pub id: String,
    /// How much.
    pub amount: Money,
    /// To which method, as the buyer reads it.
    pub method: String,
    /// Why.
    pub reason: String,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

/// How a return is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReturnStatus {
    /// Opened; the goods are with the buyer.
    Open,
    /// On the way back.
    InTransit,
    /// Back in the shop.
    Received,
    /// Refunded or exchanged.
    Closed,
}

/// Goods that come back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Return {
    /// The shop's id, or the idempotency key that made it.
    pub id: String,
    /// How it is doing.
    pub status: ReturnStatus,
    /// What comes back.
    pub lines: Vec<LineQuantity>,
    /// Why.
    pub reason: String,
    /// Where the buyer finds the label, `""` if there is none.
    pub label_url: String,
    /// When it was opened.
    #[serde(with = "time::serde::rfc3339")]
    pub opened_at: OffsetDateTime,
}

/// The kinds of action on an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionKind {
    /// Stop the order before it ships.
    Cancel,
    /// Give money back.
    Refund,
    /// Take goods back.
    Return,
    /// Send goods again.
    Replace,
    /// Send to another address.
    ChangeAddress,
}

impl ActionKind {
    /// All kinds.
    pub const ALL: [Self; 5] = [Self::Cancel, Self::Refund, Self::Return, Self::Replace, Self::ChangeAddress];

    /// The name used in tables and documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cancel => "cancel",
            Self::Refund => "refund",
            Self::Return => "return",
            Self::Replace => "replace",
            Self::ChangeAddress => "change_address",
        }
    }
}

/// Whether the shop would do an action on this order now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllowedAction {
    /// Which action.
    pub kind: ActionKind,
    /// Why not, in words for a person; `None` when it is possible.
    pub refused_because: Option<String>,
}

/// An order, the same for every shop system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The shop's id.
    pub id: String,
    /// The number that people use: `FJ-20417`.
    pub number: String,
    /// Where it stands.
    pub status: OrderStatus,
    /// When it was placed.
    #[serde(with = "time::serde::rfc3339")]
    pub placed_at: OffsetDateTime,
    /// When the shop last changed it: grows with every change.
    #[serde(with = "time::serde::rfc3339")]
    pub updated_at: OffsetDateTime,
    /// Who bought.
    pub buyer: Buyer,
    /// Where it goes.
    pub shipping_address: Address,
    /// What was ordered.
    pub lines: Vec<LineItem>,
    /// What the buyer paid for shipping.
    pub shipping_price: Money,
    /// What the buyer paid in all.
    pub total: Money,
    /// Payments, oldest first.
    pub payments: Vec<Payment>,
    /// Refunds, oldest first.
    pub refunds: Vec<Refund>,
    /// Parcels, oldest first.
    pub shipments: Vec<Shipment>,
    /// Returns, oldest first.
    pub returns: Vec<Return>,
    /// Where the buyer finds the invoice, `""` if nowhere.
    pub invoice_url: String,
    /// What the shop would do now.
    pub actions: Vec<AllowedAction>,
}

impl Order {
    /// The order's currency.
    pub fn currency(&self) -> Currency {
        self.total.currency
    }

    /// What was refunded so far.
    pub fn refunded(&self) -> Money {
        let minor = self.refunds.iter().map(|refund| refund.amount.minor).fold(0_i64, i64::saturating_add);
        Money::new(minor, self.currency())
    }

    /// What could still be refunded.
    pub fn refundable(&self) -> Money {
        let paid = self.payments.iter().map(|payment| payment.amount.minor).fold(0_i64, i64::saturating_add);
        Money::new(paid.saturating_sub(self.refunded().minor).max(0), self.currency())
    }

    /// Why the shop refuses an action now; `None` when it is possible. An action that the shop does not list is refused.
    pub fn refusal(&self, kind: ActionKind) -> Option<String> {
        match self.actions.iter().find(|allowed| allowed.kind == kind) {
            Some(allowed) => allowed.refused_because.clone(),
            None => Some("The shop does not offer this.".to_owned()),
        }
    }

    /// The line with this id.
    pub fn line(&self, id: &str) -> Option<&LineItem> {
        self.lines.iter().find(|line| line.id == id)
    }
}

/// A product as sold now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// The stock-keeping unit.
    pub sku: String,
    /// The name.
    pub title: String,
    /// Size, colour and so on, `""` if none.
    pub variant: String,
    /// A short description with the facts customers ask for.
    pub description: String,
    /// The price now.
    pub price: Money,
    /// How many can be sold now; `None` when the shop does not say.
    pub in_stock: Option<u32>,
    /// When more will come.
    #[serde(with = "time::serde::rfc3339::option", default)]
    pub restock_at: Option<OffsetDateTime>,
}

/// Which orders to find. Exactly what the shop can answer from an index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrderQuery {
    /// By the number that people use; case and leading `#` do not matter.
    Number(String),
    /// By the buyer's address, newest first, at most 20.
    Email(String),
    /// By the buyer's phone number in E.164, newest first, at most 20.
    Phone(String),
    /// By tracking number.
    Tracking(String),
}

impl OrderQuery {
    /// Whether it asks for everything that a person ordered: an answer with a part missing would be another answer.
    pub fn is_by_contact(&self) -> bool {
        matches!(self, Self::Email(_) | Self::Phone(_))
    }
}

/// What to do with an order.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum OrderAction {
    /// Cancel the whole order and give the money back.
    Cancel {
        /// Why.
        reason: String,
    },
    /// Give money back the way it was paid.
    Refund {
        /// How much.
        amount: Money,
        /// For which lines; empty for goodwill or shipping.
        lines: Vec<LineQuantity>,
        /// Why.
        reason: String,
    },
    /// Open a return with a label.
    Return {
        /// What comes back.
        lines: Vec<LineQuantity>,
        /// Why.
        reason: String,
    },
    /// Send goods again at no cost.
    Replace {
        /// What to send again.
        lines: Vec<LineQuantity>,
        /// Why.
        reason: String,
    },
    /// Send to another address.
    ChangeAddress {
        /// The new address.
        address: Address,
    },
}

impl OrderAction {
    /// Which kind it is.
    pub fn kind(&self) -> ActionKind {
        match self {
            Self::Cancel { .. } => ActionKind::Cancel,
            Self::Refund { .. } => ActionKind::Refund,
            Self::Return { .. } => ActionKind::Return,
            Self::Replace { .. } => ActionKind::Replace,
            Self::ChangeAddress { .. } => ActionKind::ChangeAddress,
        }
    }

    /// The money that it names.
    pub fn amount(&self) -> Option<Money> {
        match self {
            Self::Refund { amount, .. } => Some(*amount),
            Self::Cancel { .. } | Self::Return { .. } | Self::Replace { .. } | Self::ChangeAddress { .. } => None,
        }
    }
}

/// An action to perform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionCommand {
    /// The same key never has an effect twice.
    pub idempotency_key: String,
    /// The shop's id of the order.
    pub order_id: String,
    /// What to do.
    pub action: OrderAction,
}

/// The shop took an action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionReceipt {
    /// The shop's id of what came of it (a refund id, a return id, the new order's number).
    pub reference: String,
    /// Whether the effect is already there; `false` when the shop works on it.
    pub complete: bool,
}

/// A call to the shop that failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OrderFailure {
    /// Try again, not before `after` if the shop named a time.
    #[error("{reason}")]
    Retry {
        /// How long the shop asked to wait.
        after: Option<Duration>,
        /// What happened.
        reason: String,
    },
    /// The order changed since it was read: read again and decide again.
    #[error("{reason}")]
    Changed {
        /// What happened.
        reason: String,
    },
    /// The shop refuses: a person decides.
    #[error("{reason}")]
    Refused {
        /// What happened.
        reason: String,
    },
    /// The connection must be renewed by a person.
    #[error("{reason}")]
    Reconnect {
        /// What happened.
        reason: String,
    },
    /// The action may have taken effect. Read back before you repeat it.
    #[error("{reason}")]
    Unknown {
        /// What happened.
        reason: String,
    },
}

/// A connected shop.
#[async_trait]
pub trait OrderSource: Send + Sync {
    /// Finds orders; an unknown number or address gives an empty list.
    async fn find(&self, query: &OrderQuery) -> Result<Vec<Order>, OrderFailure>;

    /// Reads one order by the shop's id.
    async fn get(&self, id: &str) -> Result<Option<Order>, OrderFailure>;

    /// Finds products by SKU or words of the title, best first, at most 10.
    async fn products(&self, words: &str) -> Result<Vec<Product>, OrderFailure>;

    /// Performs an action. The same idempotency key again gives the first result.
    async fn perform(&self, command: &ActionCommand) -> Result<ActionReceipt, OrderFailure>;

    /// Tries the connection.
    async fn check(&self) -> Result<(), OrderFailure>;
}
