//! What the shop answers, as far as it is read here. Every field may be missing, null or of another form: what must be there is
//! decided in [`crate::convert`], order by order.

use channel_contract::wire::{Items, Maybe, Word};
use serde::Deserialize;
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// An order.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct WireOrder {
    pub(crate) id: Word,
    pub(crate) number: Word,
    pub(crate) status: Word,
    pub(crate) currency: Word,
    pub(crate) date_created_gmt: Word,
    pub(crate) date_modified_gmt: Word,
    pub(crate) date_paid_gmt: Word,
    pub(crate) date_completed_gmt: Word,
    pub(crate) customer_id: Word,
    pub(crate) total: Word,
    pub(crate) shipping_total: Word,
    pub(crate) shipping_tax: Word,
    pub(crate) payment_method: Word,
    pub(crate) payment_method_title: Word,
    pub(crate) transaction_id: Word,
    pub(crate) billing: Maybe<WireAddress>,
    pub(crate) shipping: Maybe<WireAddress>,
    pub(crate) line_items: Items,
    pub(crate) fee_lines: Items,
    pub(crate) tax_lines: Items,
    pub(crate) refunds: Items,
    pub(crate) meta_data: Items,
}

/// An address; that of the bill has mail and phone beside it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct WireAddress {
    pub(crate) first_name: Word,
    pub(crate) last_name: Word,
    pub(crate) company: Word,
    pub(crate) address_1: Word,
    pub(crate) address_2: Word,
    pub(crate) city: Word,
    pub(crate) state: Word,
    pub(crate) postcode: Word,
    pub(crate) country: Word,
    pub(crate) email: Word,
    pub(crate) phone: Word,
}

/// A line of an order, a fee, or a line that was refunded.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct WireLine {
    pub(crate) id: Word,
    pub(crate) name: Word,
    pub(crate) parent_name: Word,
    pub(crate) product_id: Word,
    pub(crate) variation_id: Word,
    pub(crate) quantity: Word,
    pub(crate) total: Word,
    pub(crate) total_tax: Word,
    pub(crate) taxes: Items,
    pub(crate) sku: Word,
    pub(crate) meta_data: Items,
}

/// The tax of one rate on a line.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct WireTax {
    pub(crate) id: Word,
    pub(crate) total: Word,
}

/// A refund; within an order only its id, its reason and its total.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct WireRefund {
    pub(crate) id: Word,
    pub(crate) date_created_gmt: Word,
    pub(crate) amount: Word,
    pub(crate) reason: Word,
    pub(crate) refunded_payment: Maybe<bool>,
    pub(crate) line_items: Items,
    pub(crate) meta_data: Items,
}

/// What plugins and the desk keep beside an order.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct WireMeta {
    pub(crate) key: Word,
    pub(crate) value: Value,
}

/// A way to pay.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct WireGateway {
    pub(crate) id: Word,
    pub(crate) method_supports: Items,
}

/// A webhook of the shop.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct WireHook {
    pub(crate) status: Word,
    pub(crate) topic: Word,
    pub(crate) delivery_url: Word,
}

/// A product.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct WireProduct {
    pub(crate) id: Word,
    pub(crate) sku: Word,
    pub(crate) name: Word,
    pub(crate) short_description: Word,
    pub(crate) price: Word,
    pub(crate) manage_stock: Maybe<bool>,
    pub(crate) stock_quantity: Maybe<i64>,
    pub(crate) stock_status: Word,
}

/// The value kept under a key.
pub(crate) fn meta(kept: &Items, key: &str) -> Option<Value> {
    kept.read::<WireMeta>().find(|meta| meta.key.as_str() == key).map(|meta| meta.value)
}

/// A moment; the shop writes those in UTC without saying so.
pub(crate) fn moment(written: &Word) -> Option<OffsetDateTime> {
    let written = written.as_str().trim();
    OffsetDateTime::parse(&format!("{}Z", written.trim_end_matches('Z')), &Rfc3339).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn moments_are_in_utc() {
        for written in ["2026-11-20T09:30:00", "2026-11-20T09:30:00Z", " 2026-11-20T09:30:00 "] {
            assert_eq!(
                moment(&Word::from(written)).map(OffsetDateTime::unix_timestamp),
                Some(1_795_167_000),
                "{written}"
            );
        }
        for written in ["", "null", "Friday", "2026-11-20"] {
            assert_eq!(moment(&Word::from(written)), None, "{written}");
        }
    }

    #[test]
    fn what_is_kept_is_found_by_its_key() {
        let order: WireOrder = serde_json::from_value(json!({
            "meta_data": [null, "x", { "key": "a", "value": { "b": 1 } }, { "id": 4, "key": "c" }]
        }))
        .unwrap();
        assert_eq!(meta(&order.meta_data, "a"), Some(json!({ "b": 1 })));
        assert_eq!(meta(&order.meta_data, "c"), Some(Value::Null));
        assert_eq!(meta(&order.meta_data, "d"), None);
    }
}
