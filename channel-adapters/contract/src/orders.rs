//! Orders as every shop system gives them, and the trait that a connected shop implements.

mod action;
mod order;
mod shipment;

use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

pub use self::action::{
    ActionCommand, ActionKind, ActionReceipt, AllowedAction, Discount, Document, LineChange, OrderAction, RefundKind,
};
pub use self::order::{
    Address, Buyer, Entry, EntryKind, LineItem, LineQuantity, MethodKind, Order, OrderStatus, Payment, PaymentMethod,
    Refund, Return, ReturnStatus, SkuQuantity,
};
pub use self::shipment::{Heard, Shipment, ShipmentStatus, TrackingEvent, Window};
use crate::failure::ChannelFailure;
use crate::money::Money;

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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

/// Orders that changed in a shop since a moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangedOrders {
    /// The shop's ids of them. More than changed may be named.
    pub orders: Vec<String>,
    /// Up to when all of them are named, where they were too many for one look: the next one asks since then.
    pub until: Option<OffsetDateTime>,
}

/// A call to the shop that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
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

/// A platform that is asked for orders fails as a shop does.
impl From<ChannelFailure> for OrderFailure {
    fn from(failure: ChannelFailure) -> Self {
        match failure {
            ChannelFailure::Retry { after, reason, .. } => Self::Retry { after, reason },
            ChannelFailure::Refused { reason, .. } => Self::Refused { reason },
            ChannelFailure::Reconnect { reason } => Self::Reconnect { reason },
            ChannelFailure::Unknown { reason } => Self::Unknown { reason },
        }
    }
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

    /// All variants of the product that has this title, in no order. A shop that has more of them than [`Self::products`] gives
    /// lists them here.
    async fn variants(&self, title: &str) -> Result<Vec<Product>, OrderFailure> {
        let mut found = self.products(title).await?;
        found.retain(|product| product.title == title);
        Ok(found)
    }

    /// Performs an action. The same idempotency key again gives the first result.
    async fn perform(&self, command: &ActionCommand) -> Result<ActionReceipt, OrderFailure>;

    /// Tries the connection.
    async fn check(&self) -> Result<(), OrderFailure>;

    /// The orders that changed since a moment, for a shop whose own news get lost; `None` where nobody has to ask.
    async fn changed_since(&self, since: OffsetDateTime) -> Result<Option<ChangedOrders>, OrderFailure> {
        let _ = since;
        Ok(None)
    }
}
