//! The shipped reply templates, embedded, and the variables that templates may use.

use std::sync::LazyLock;

use serde_json::{Value, json};

macro_rules! shipped {
    ($($locale:literal: $($name:literal),+;)+) => {
        &[$($((
            $locale,
            $name,
            include_str!(concat!("../../templates/defaults/", $locale, "/", $name, ".tera")),
        )),+),+]
    };
}

/// Language, name and text.
pub(super) static DEFAULTS: &[(&str, &str, &str)] = shipped! {
    "en": "where_is_my_order", "late_or_lost", "damaged_or_wrong_item", "return_item", "exchange", "refund_status",
        "refund_request", "cancel_order", "change_address", "change_items", "stock", "delivery_time", "invoice",
        "product_question", "complaint", "thanks", "hand_over", "ask_order_number", "ask_which_order", "ask_identity",
        "ask_which_item", "ask_remedy", "ask_photo";
    "de": "where_is_my_order", "late_or_lost", "damaged_or_wrong_item", "return_item", "refund_status", "cancel_order",
        "thanks", "hand_over", "ask_order_number", "ask_which_order", "ask_identity", "ask_which_item", "ask_remedy",
        "ask_photo";
    "fr": "where_is_my_order", "late_or_lost", "damaged_or_wrong_item", "return_item", "refund_status", "cancel_order",
        "thanks", "hand_over", "ask_order_number", "ask_which_order", "ask_identity", "ask_which_item", "ask_remedy",
        "ask_photo";
    "es": "where_is_my_order", "late_or_lost", "damaged_or_wrong_item", "return_item", "refund_status", "cancel_order",
        "thanks", "hand_over", "ask_order_number", "ask_which_order", "ask_identity", "ask_which_item", "ask_remedy",
        "ask_photo";
    "it": "where_is_my_order", "late_or_lost", "damaged_or_wrong_item", "return_item", "refund_status", "cancel_order",
        "thanks", "hand_over", "ask_order_number", "ask_which_order", "ask_identity", "ask_which_item", "ask_remedy",
        "ask_photo";
    "nl": "where_is_my_order", "late_or_lost", "damaged_or_wrong_item", "return_item", "refund_status", "cancel_order",
        "thanks", "hand_over", "ask_order_number", "ask_which_order", "ask_identity", "ask_which_item", "ask_remedy",
        "ask_photo";
};

/// Every template: name and label for the desk.
pub const NAMES: [(&str, &str); 23] = [
    ("where_is_my_order", "Where is my order"),
    ("late_or_lost", "Late or lost parcel"),
    ("damaged_or_wrong_item", "Damaged or wrong item"),
    ("return_item", "Return"),
    ("exchange", "Exchange"),
    ("refund_status", "Refund status"),
    ("refund_request", "Money back"),
    ("cancel_order", "Cancel"),
    ("change_address", "New address"),
    ("change_items", "Change items"),
    ("stock", "Stock"),
    ("delivery_time", "Delivery time"),
    ("invoice", "Invoice"),
    ("product_question", "Product question"),
    ("complaint", "Complaint"),
    ("thanks", "Thanks"),
    ("hand_over", "A person takes over"),
    ("ask_order_number", "Asks for the order number"),
    ("ask_which_order", "Asks which order"),
    ("ask_identity", "Asks to write from the order's address"),
    ("ask_which_item", "Asks which item"),
    ("ask_remedy", "Asks: new one or money back"),
    ("ask_photo", "Asks for a photo"),
];

/// Every variable with a value for previews. The agent fills the same shape.
pub(super) static SAMPLE: LazyLock<Value> = LazyLock::new(|| {
    let parcel = json!({
        "number": 1, "carrier": "Nordpost", "tracking": "NP123456789", "url": "https://nordpost.example/NP123456789",
        "status": "in_transit", "shipped": "Saturday 21 November", "promised": "Friday 20 November",
        "estimated": "Tuesday 24 November", "delivered": "", "late_days": 3, "last_place": "Hamburg",
        "last_scan_on": "Saturday 21 November", "contents": "Tin cup",
    });
    let product = json!({
        "name": "Tin cup, blue", "price": "19.90 EUR", "in_stock": true, "restock": "", "description": "Holds 300 ml.",
    });
    let order = json!({
        "number": "AB-1042", "placed": "Monday 16 November", "total": "24.80 EUR", "status": "shipped",
        "lines": "Tin cup", "shipping": "4.90 EUR", "invoice_url": "https://shop.example/invoice/1042",
        "method": "card ending 1111",
    });
    let item = json!({"title": "Tin cup", "name": "Tin cup, blue", "price": "19.90 EUR"});
    json!({
        "customer": {"first_name": "Sam"},
        "brand": "Shop", "teammate": "Alex", "formal": false, "warm": true, "brief": false,
        "wants": "Where is my order?", "asks": "AB-1042",
        "order": order, "orders": [order], "several_parcels": false, "parcel_count": 1,
        "parcel": parcel, "parcels": [parcel], "item": item, "items": [item],
        "refund": {"amount": "", "method": "", "on": "", "days": 0},
        "return_parcel": {"status": "", "opened": "", "label_url": ""},
        "policy": {
            "return_days": 30, "return_until": "Monday 21 December", "parcel_paid_by": "customer",
            "exchange_paid_by": "us", "refund_days": 2, "bank_from": 3, "bank_to": 5, "bank_to_days": 7,
        },
        "done": {
            "refund": "", "refund_all": false, "shipping": true, "method": "", "cancel": false, "replace": false, "return": false,
            "keep": false, "address": "",
        },
        "refused": "",
        "product": product, "products": [product],
    })
});
