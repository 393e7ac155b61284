//! Orders as the desk knows them: the contract's types, and which order a conversation is about.

pub use channel_contract::money::{Currency, Money};
pub use channel_contract::orders::{
    ActionKind, Address, AllowedAction, LineItem, LineQuantity, Order, OrderAction, OrderStatus, Product, Shipment,
    ShipmentStatus,
};

use super::text_enum::text_enum;
use super::{BrandId, OrderSourceId, Ts};

text_enum! {
    /// How an order was matched to a conversation.
    MatchedBy {
        /// The customer named the number, and the order is theirs.
        Number = "number",
        /// The only order that fits under the customer's proved address.
        Contact = "contact",
        /// A tracking number that the customer named.
        Tracking = "tracking",
        /// A teammate chose it.
        Teammate = "teammate",
    }
}

/// A connected shop. Secrets are not part of it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct OrderSourceRow {
    /// Id.
    pub id: OrderSourceId,
    /// Whose.
    pub brand_id: BrandId,
    /// `demo`, `http`, ...
    pub kind: String,
    /// Name as shown.
    pub name: String,
    /// Settings without secrets.
    pub settings: sqlx::types::Json<serde_json::Value>,
    /// `connected`, `paused`, `needs_attention`.
    pub state: String,
    /// Why not, in words.
    pub state_reason: String,
    /// The last successful read.
    pub last_read_at: Option<Ts>,
}

/// An order as last read, with where and when.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct KnownOrder {
    /// The shop it is from.
    pub source_id: OrderSourceId,
    /// The shop's name as shown.
    pub source_name: String,
    /// The order.
    pub order: Order,
    /// When it was read.
    pub read_at: Ts,
}
