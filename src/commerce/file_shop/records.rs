//! Orders, buyers and products as the files hold them: what was read is written again as it was.

use std::collections::BTreeMap;

use channel_contract::money::{Currency, Money};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Number;

/// The currency of all amounts.
pub(super) fn currency() -> Currency {
    "USD".parse().unwrap_or(Currency::EUR)
}

/// An amount, which the files hold as a decimal number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Cents(pub(super) i64);

impl Cents {
    pub(super) fn money(self) -> Money {
        Money::new(self.0, currency())
    }
}

impl<'de> Deserialize<'de> for Cents {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = Number::deserialize(deserializer)?;
        let money = Money::parse_decimal(&number.to_string(), currency()).map_err(serde::de::Error::custom)?;
        Ok(Self(money.minor))
    }
}

impl Serialize for Cents {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let number: Number = self.money().decimal().parse().map_err(serde::ser::Error::custom)?;
        number.serialize(serializer)
    }
}

/// A postal address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct AddressRecord {
    pub(super) address1: String,
    pub(super) address2: String,
    pub(super) city: String,
    pub(super) country: String,
    pub(super) state: String,
    pub(super) zip: String,
}

/// Something that was ordered, once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ItemRecord {
    pub(super) name: String,
    pub(super) product_id: String,
    pub(super) item_id: String,
    pub(super) price: Cents,
    pub(super) options: BTreeMap<String, String>,
}

/// What was handed to a carrier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FulfillmentRecord {
    pub(super) tracking_id: Vec<String>,
    pub(super) item_ids: Vec<String>,
}

/// The kinds of transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Transaction {
    Payment,
    Refund,
}

/// Money that was taken or given back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct TransactionRecord {
    pub(super) transaction_type: Transaction,
    pub(super) amount: Cents,
    pub(super) payment_method_id: String,
}

/// An order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct OrderRecord {
    pub(super) order_id: String,
    pub(super) user_id: String,
    pub(super) address: AddressRecord,
    pub(super) items: Vec<ItemRecord>,
    pub(super) status: String,
    pub(super) fulfillments: Vec<FulfillmentRecord>,
    pub(super) payment_history: Vec<TransactionRecord>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) cancel_reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) return_items: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) return_payment_method_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) exchange_items: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) exchange_new_items: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) exchange_payment_method_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) exchange_price_difference: Option<Cents>,
}

impl OrderRecord {
    /// Nothing was changed and nothing has left.
    pub(super) fn is_pending(&self) -> bool {
        self.status == PENDING
    }

    /// Nothing has left, whatever was changed.
    pub(super) fn has_not_left(&self) -> bool {
        self.status.starts_with(PENDING)
    }

    /// With what it was paid first.
    pub(super) fn paid_with(&self) -> &str {
        self.payment_history.first().map_or("", |first| first.payment_method_id.as_str())
    }
}

pub(super) const PENDING: &str = "pending";
pub(super) const CHANGED: &str = "pending (item modified)";
pub(super) const DELIVERED: &str = "delivered";
pub(super) const CANCELLED: &str = "cancelled";
pub(super) const RETURN: &str = "return requested";
pub(super) const EXCHANGE: &str = "exchange requested";

/// What a buyer is called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct NameRecord {
    pub(super) first_name: String,
    pub(super) last_name: String,
}

/// A way to pay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct MethodRecord {
    pub(super) source: String,
    pub(super) id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) brand: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) last_four: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) balance: Option<Cents>,
}

impl MethodRecord {
    /// Whether it is money that is kept at the shop.
    pub(super) fn is_gift_card(&self) -> bool {
        self.source == "gift_card"
    }
}

/// A buyer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct UserRecord {
    pub(super) user_id: String,
    pub(super) name: NameRecord,
    pub(super) email: String,
    pub(super) address: AddressRecord,
    pub(super) payment_methods: BTreeMap<String, MethodRecord>,
    pub(super) orders: Vec<String>,
}

/// A variant of a product.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct VariantRecord {
    pub(super) item_id: String,
    pub(super) options: BTreeMap<String, String>,
    pub(super) available: bool,
    pub(super) price: Cents,
}

/// A product with its variants.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct ProductRecord {
    pub(super) name: String,
    pub(super) product_id: String,
    pub(super) variants: BTreeMap<String, VariantRecord>,
}
