//! The rows of the demo's own shop. A parcel and a return hold a plan; what of it has happened is told by the clock.

use channel_contract::orders::{Address, LineQuantity, ReturnStatus, ShipmentStatus, SkuQuantity};
use serde::{Deserialize, Serialize};
use sqlx::types::Json;

use crate::model::Ts;

/// A product in one variant, with the stock as last counted and how it goes on from there.
#[derive(Clone, Debug, PartialEq, Serialize, sqlx::FromRow)]
pub struct ProductRow {
    /// The stock-keeping unit.
    pub sku: String,
    /// The name.
    pub title: String,
    /// Size, colour and so on.
    pub variant: String,
    /// The facts customers ask for.
    pub description: String,
    /// The price in minor units.
    pub price_minor: i64,
    /// The price's currency.
    pub currency: String,
    /// How many there were when they were counted.
    pub stock: i64,
    /// When they were counted.
    pub counted_at: Ts,
    /// One is sold every so many hours; 0 is none.
    pub sells_every_hours: i64,
    /// When more come.
    pub restock_at: Option<Ts>,
    /// How many come then.
    pub restock_quantity: i64,
}

/// A customer of the shop.
#[derive(Clone, Debug, PartialEq, Serialize, sqlx::FromRow)]
pub struct CustomerRow {
    /// Id.
    pub id: String,
    /// Full name.
    pub name: String,
    /// Address, in lower case.
    pub email: String,
    /// E.164.
    pub phone: String,
    /// The language they write.
    pub language: String,
    /// Where they live.
    pub address: Json<Address>,
}

/// An order to be written.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NewOrder {
    /// Id.
    pub id: String,
    /// The number that people use.
    pub number: String,
    /// The number's count.
    pub serial: i64,
    /// Who bought.
    pub customer_id: String,
    /// When it was placed.
    pub placed_at: Ts,
    /// When it was last changed by somebody.
    pub updated_at: Ts,
    /// When it was cancelled.
    pub cancelled_at: Option<Ts>,
    /// Where it goes.
    pub address: Address,
    /// What shipping cost.
    pub shipping_minor: i64,
    /// The currency of all its money.
    pub currency: String,
}

/// An order with its buyer.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct OrderRow {
    /// Id.
    pub id: String,
    /// The number that people use.
    pub number: String,
    /// The number's count.
    pub serial: i64,
    /// Who bought.
    pub customer_id: String,
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// Their phone number.
    pub phone: String,
    /// When it was placed.
    pub placed_at: Ts,
    /// When it was last changed by somebody.
    pub updated_at: Ts,
    /// When it was cancelled.
    pub cancelled_at: Option<Ts>,
    /// Where it goes.
    pub address: Json<Address>,
    /// What shipping cost.
    pub shipping_minor: i64,
    /// The currency of all its money.
    pub currency: String,
}

/// One line of an order.
#[derive(Clone, Debug, PartialEq, Serialize, sqlx::FromRow)]
pub struct LineRow {
    /// The order.
    pub order_id: String,
    /// Id in the order.
    pub id: String,
    /// The place in the order.
    pub position: i64,
    /// The stock-keeping unit.
    pub sku: String,
    /// The product's name.
    pub title: String,
    /// Size, colour and so on.
    pub variant: String,
    /// How many.
    pub quantity: i64,
    /// The price of one.
    pub unit_minor: i64,
}

impl LineRow {
    /// How many the customer wants.
    pub fn wanted(&self) -> u32 {
        u32::try_from(self.quantity).unwrap_or(0)
    }
}

/// A payment that was taken.
#[derive(Clone, Debug, PartialEq, Serialize, sqlx::FromRow)]
pub struct PaymentRow {
    /// The order.
    pub order_id: String,
    /// Id in the order.
    pub id: String,
    /// How it reads to the buyer.
    pub method: String,
    /// How much.
    pub amount_minor: i64,
    /// When.
    pub paid_at: Ts,
}

/// A refund: counts from when it was asked for, shows from when it is posted.
#[derive(Clone, Debug, PartialEq, Serialize, sqlx::FromRow)]
pub struct RefundRow {
    /// The order.
    pub order_id: String,
    /// Id.
    pub id: String,
    /// How much.
    pub amount_minor: i64,
    /// To which method.
    pub method: String,
    /// Why.
    pub reason: String,
    /// When it was asked for.
    pub asked_at: Ts,
    /// When it is posted.
    pub posted_at: Ts,
}

/// A scan that a parcel got or will get.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scan {
    /// When.
    pub at: Ts,
    /// How the parcel is doing from then on.
    pub status: ShipmentStatus,
    /// The carrier's words.
    pub text: String,
    /// Where.
    pub place: String,
    /// What the carrier thinks from then on, if it says so.
    pub estimate: Option<(Ts, Ts)>,
}

/// Everything that a parcel will go through, oldest scan first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShipmentPlan {
    /// The carrier's name.
    pub carrier: String,
    /// What the buyer was promised.
    pub promised: (Ts, Ts),
    /// What is in it.
    pub lines: Vec<LineQuantity>,
    /// The scans.
    pub scans: Vec<Scan>,
}

/// A parcel.
#[derive(Clone, Debug, PartialEq, Serialize, sqlx::FromRow)]
pub struct ShipmentRow {
    /// The order.
    pub order_id: String,
    /// Id.
    pub id: String,
    /// The tracking number.
    pub tracking_number: String,
    /// What it will go through.
    pub plan: Json<ShipmentPlan>,
}

/// Everything that a return will go through, in order of time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnPlan {
    /// What comes back.
    pub lines: Vec<LineQuantity>,
    /// Why.
    pub reason: String,
    /// When it was opened.
    pub opened_at: Ts,
    /// What follows.
    pub steps: Vec<(Ts, ReturnStatus)>,
    /// What is sent for it, where it is an exchange.
    #[serde(default)]
    pub exchange: Vec<SkuQuantity>,
}

/// A return.
#[derive(Clone, Debug, PartialEq, Serialize, sqlx::FromRow)]
pub struct ReturnRow {
    /// The order.
    pub order_id: String,
    /// Id.
    pub id: String,
    /// What it will go through.
    pub plan: Json<ReturnPlan>,
}

/// What was done under a key.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct PerformedRow {
    /// The key.
    pub idempotency_key: String,
    /// The order.
    pub order_id: String,
    /// What was asked for, as a document.
    pub command: String,
    /// What came of it.
    pub reference: String,
    /// When it was done.
    pub performed_at: Ts,
    /// When it shows.
    pub shows_at: Ts,
}

/// Rows to be written together.
#[derive(Clone, Debug, Default)]
pub struct NewRows {
    /// Products.
    pub products: Vec<ProductRow>,
    /// Customers.
    pub customers: Vec<CustomerRow>,
    /// Orders.
    pub orders: Vec<NewOrder>,
    /// Lines of orders.
    pub lines: Vec<LineRow>,
    /// Payments.
    pub payments: Vec<PaymentRow>,
    /// Refunds.
    pub refunds: Vec<RefundRow>,
    /// Parcels.
    pub shipments: Vec<ShipmentRow>,
    /// Returns.
    pub returns: Vec<ReturnRow>,
}

/// The parts of some orders.
#[derive(Clone, Debug, Default)]
pub struct Parts {
    /// Lines by place.
    pub lines: Vec<LineRow>,
    /// Payments, oldest first.
    pub payments: Vec<PaymentRow>,
    /// Refunds, oldest first.
    pub refunds: Vec<RefundRow>,
    /// Parcels by id.
    pub shipments: Vec<ShipmentRow>,
    /// Returns by id.
    pub returns: Vec<ReturnRow>,
    /// What was done, oldest first.
    pub performed: Vec<PerformedRow>,
}
