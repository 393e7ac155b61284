//! An order as it stands: who bought what, what was paid, and what came of it.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::action::{ActionKind, AllowedAction, Discount, Document};
use super::shipment::{Shipment, ShipmentStatus};
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
    /// How they can pay at the shop, where it says so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub methods: Vec<PaymentMethod>,
}

/// The kinds of ways to pay that matter for where money may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MethodKind {
    /// A card of a bank.
    Card,
    /// Money that is kept at the shop.
    GiftCard,
    /// Anything else: an account at a payment service, an invoice.
    Other,
}

/// A way to pay that a buyer has at the shop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentMethod {
    /// The shop's id.
    pub id: String,
    /// What it is.
    pub kind: MethodKind,
    /// How it reads to the buyer, as in [`Payment::method`].
    pub name: String,
    /// The brand of a card, `""` if there is none or the shop does not say.
    #[serde(default)]
    pub brand: String,
    /// The last digits of a card, `""` if there are none or the shop does not say.
    #[serde(default)]
    pub ending: String,
    /// What is on it, for a gift card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub balance: Option<Money>,
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

impl LineItem {
    /// What lines cost as they were ordered, with their delivery; `None` where that cannot be added up.
    pub fn total(lines: &[Self], shipping: Money) -> Option<Money> {
        let prices = lines.iter().map(|line| line.unit_price.times(line.ordered));
        let prices = prices.collect::<Result<Vec<Money>, _>>().ok()?;
        Money::sum(prices.into_iter().chain([shipping]), shipping.currency).ok()
    }
}

/// How many of which line.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LineQuantity {
    /// The line's id.
    pub line_id: String,
    /// How many.
    pub quantity: u32,
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
    /// What is sent for it, where it is an exchange.
    #[serde(default)]
    pub exchange: Vec<SkuQuantity>,
}

/// How many of which product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkuQuantity {
    /// The stock-keeping unit.
    pub sku: String,
    /// How many.
    pub quantity: u32,
}

/// What was done for an order beside goods and money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The shop's id, or the idempotency key that made it.
    pub id: String,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// What.
    pub what: EntryKind,
}

/// The kinds of entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EntryKind {
    /// A document was sent to the buyer.
    Sent {
        /// Which.
        document: Document,
    },
    /// A discount code for the buyer. One that was ended is left out.
    Code {
        /// What the buyer types in.
        code: String,
        /// What it takes off.
        discount: Discount,
        /// Until when it counts.
        #[serde(with = "time::serde::rfc3339")]
        expires_at: OffsetDateTime,
    },
    /// A note of the shop's people.
    Note {
        /// What it says.
        text: String,
    },
    /// Its items were changed after it was placed.
    ItemsChanged,
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
    /// Returns, oldest first. One that was called off is left out.
    pub returns: Vec<Return>,
    /// What else was done for it, oldest first.
    #[serde(default)]
    pub entries: Vec<Entry>,
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

    /// Whether anything of it was handed to a carrier: one sign of that is enough.
    pub fn has_left(&self) -> bool {
        matches!(self.status, OrderStatus::PartlyShipped | OrderStatus::Shipped | OrderStatus::Delivered)
            || self.lines.iter().any(|line| line.fulfilled > 0)
            || self.shipments.iter().any(|parcel| parcel.has_arrived() || parcel.status != ShipmentStatus::Packed)
    }

    /// Why the shop refuses an action now; `None` when it is possible. An action that the shop does not list is refused.
    pub fn refusal(&self, kind: ActionKind) -> Option<String> {
        match self.actions.iter().find(|allowed| allowed.kind == kind) {
            Some(allowed) => allowed.refused_because.clone(),
            None => Some("The shop does not offer this.".to_owned()),
        }
    }

    /// Whether its items were changed after it was placed, as far as the shop says so.
    pub fn was_changed(&self) -> bool {
        self.entries.iter().any(|entry| entry.what == EntryKind::ItemsChanged)
    }

    /// The buyer's way to pay with this id.
    pub fn method(&self, id: &str) -> Option<&PaymentMethod> {
        self.buyer.methods.iter().find(|method| method.id == id)
    }

    /// The line with this id.
    pub fn line(&self, id: &str) -> Option<&LineItem> {
        self.lines.iter().find(|line| line.id == id)
    }
}
