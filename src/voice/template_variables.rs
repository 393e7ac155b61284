//! The variables that reply templates may use: what each means, and an invented case that fills them all.

use std::sync::LazyLock;

use serde_json::{Value, json};
use time::macros::date;

use super::format;
use crate::model::order::{Currency, Money};

/// A variable with its meaning; those of a list are the same for each of its members.
pub const MEANINGS: &[(&str, &str)] = &[
    ("customer.first_name", "The customer’s first name, empty if it is not known"),
    ("brand", "Name of the shop"),
    ("teammate", "Whose name stands below the reply"),
    ("formal", "Yes if the voice is formal in this language"),
    ("warm", "Yes if the voice is warm"),
    ("brief", "Yes in chats and for short voices"),
    ("wants", "What the customer wants, in a line"),
    ("asks", "The number that the customer named; “terms” where those of a return are asked, “how_many” for pieces"),
    ("guest", "Yes in a live chat with a guest: nothing shows which orders are theirs"),
    ("mail", "Yes where the customer writes by mail"),
    ("code_to", "Where a code went that shows whose the order is, by first letters alone"),
    ("order.number", "Number of the order"),
    ("order.placed", "Day it was placed"),
    ("order.total", "What it cost"),
    ("order.status", "open, partly_shipped, shipped, delivered or cancelled"),
    ("order.lines", "What was ordered, up to four titles"),
    ("order.shipping", "What shipping cost"),
    ("order.invoice_url", "Link to the invoice, empty where links are not allowed"),
    ("order.method", "How it was paid, as the shop writes it"),
    ("orders", "The orders that fit, each with the same as order"),
    ("several_parcels", "Yes if the order comes in more than one parcel"),
    ("parcel_count", "How many parcels"),
    ("parcel.number", "1, 2, 3 …"),
    ("parcel.carrier", "Who brings it"),
    ("parcel.tracking", "Tracking number"),
    ("parcel.url", "Link to follow it, empty where links are not allowed"),
    (
        "parcel.status",
        "packed, in_transit, out_for_delivery, available_for_pickup, attempt_failed, delivered, returning or exception",
    ),
    ("parcel.shipped", "Day it left"),
    ("parcel.promised", "Day it was promised for"),
    ("parcel.estimated", "Day the carrier expects, empty if that is over or unknown"),
    ("parcel.delivered", "Day it was delivered"),
    ("parcel.late_days", "Days after the promised day, 0 if it is on time"),
    ("parcel.last_place", "Place of the last scan"),
    ("parcel.last_scan_on", "Day of the last scan"),
    ("parcel.contents", "Titles of what is in it"),
    ("parcels", "All parcels, each with the same as parcel"),
    ("item.title", "Title of the item in question"),
    ("item.name", "Its title with the variant"),
    ("item.price", "What one of it cost"),
    ("items", "The items to choose from, each with the same as item"),
    ("refund.amount", "Amount of the last refund, empty if there is none"),
    ("refund.method", "Where it went, as the shop writes it"),
    ("refund.on", "Day it was made"),
    ("refund.days", "Days since"),
    ("return_parcel.status", "open, in_transit, received or closed; empty if nothing comes back"),
    ("return_parcel.opened", "Day the return was opened"),
    ("return_parcel.label_url", "Link to its label, empty if there is none"),
    ("policy.return_days", "Days to return something"),
    ("policy.return_until", "Last day to return it, when that is over"),
    ("policy.parcel_paid_by", "Who pays a return: us or customer"),
    ("policy.exchange_paid_by", "Who pays the parcel of an exchange: us or customer"),
    ("policy.refund_days", "Working days until we refund"),
    ("policy.refund_starts", "From when they count: scanned by the carrier, or received by us"),
    ("policy.bank_from", "Working days until banks show a refund, at least"),
    ("policy.bank_to", "The same, at most"),
    ("policy.bank_to_days", "The same, at most, in calendar days"),
    ("done.refund", "Amount that this reply’s action refunds, empty if none"),
    ("done.refund_all", "Yes if it refunds a lost parcel"),
    ("done.shipping", "Yes if it refunds the shipping cost"),
    ("done.method", "Where that refund goes, as the shop writes it"),
    ("done.cancel", "Yes if the order is cancelled with this reply"),
    ("done.replace", "Yes if the goods are sent again with this reply"),
    ("done.return", "Yes if a return is opened with this reply"),
    ("done.keep", "Yes if the customer keeps the goods"),
    ("done.address", "The new address, if it is changed with this reply"),
    ("deed.number", "1, 2, 3 … of what is done with orders by this reply"),
    ("deed.kind", "cancel, return, exchange, change_items, change_address or change_payment"),
    ("deed.order", "Number of the order"),
    ("deed.goods", "The goods that come back or make room for others"),
    ("deed.to", "What takes their place; the new address; the new way to pay"),
    ("deed.refund", "Amount that goes back with it, empty if none"),
    ("deed.method", "Where that amount goes, as the shop writes it"),
    ("deeds", "All that is done with orders by this reply, each with the same as deed"),
    ("refused", "Why it cannot be done: shipped or too_late; empty if nothing is refused"),
    ("product.name", "Name of a product with its variant"),
    ("product.price", "What it costs"),
    ("product.in_stock", "Yes if it can be bought now"),
    ("product.restock", "Day when more comes, empty if unknown"),
    ("product.description", "What the shop says about it"),
    ("products", "The products that are asked about, each with the same as product"),
];

/// The case in English: the shape that templates are checked against.
pub(super) static SAMPLE: LazyLock<Value> = LazyLock::new(|| sample_in("en"));

/// An invented case as a language writes it: a parcel three days late, nothing decided.
pub fn sample_in(code: &str) -> Value {
    let today = date!(2026 - 11 - 23);
    let day = |day| format::date(day, code, today);
    let eur = |minor| format::money(Money::new(minor, Currency::EUR), code);
    let saturday = day(date!(2026 - 11 - 21));
    let parcel = json!({
        "number": 1, "carrier": "Nordpost", "tracking": "NP123456789", "url": "https://nordpost.example/NP123456789",
        "status": "in_transit", "shipped": saturday, "promised": day(date!(2026 - 11 - 20)),
        "estimated": day(date!(2026 - 11 - 24)), "delivered": "", "late_days": 3, "last_place": "Hamburg",
        "last_scan_on": saturday, "contents": "Tin cup",
    });
    let product = json!({
        "name": "Tin cup, blue", "price": eur(1_990), "in_stock": true, "restock": "", "description": "Holds 300 ml.",
    });
    let order = json!({
        "number": "AB-1042", "placed": day(date!(2026 - 11 - 16)), "total": eur(2_480), "status": "shipped",
        "lines": "Tin cup", "shipping": eur(490), "invoice_url": "https://shop.example/invoice/1042",
        "method": "card ending 1111",
    });
    let item = json!({"title": "Tin cup", "name": "Tin cup, blue", "price": eur(1_990)});
    let deed = json!({
        "number": 1, "kind": "change_items", "order": "AB-1042", "goods": "Tin cup, blue", "to": "Tin cup, green",
        "refund": "", "method": "",
    });
    json!({
        "customer": {"first_name": "Sam"},
        "brand": "Shop", "teammate": "Alex", "formal": false, "warm": true, "brief": false,
        "wants": "Where is my order?", "asks": "AB-1042", "guest": false, "mail": true, "code_to": "s…@p…",
        "order": order, "orders": [order], "several_parcels": false, "parcel_count": 1,
        "parcel": parcel, "parcels": [parcel], "item": item, "items": [item],
        "refund": {"amount": "", "method": "", "on": "", "days": 0},
        "return_parcel": {"status": "", "opened": "", "label_url": ""},
        "policy": {
            "return_days": 30, "return_until": day(date!(2026 - 12 - 21)), "parcel_paid_by": "customer",
            "exchange_paid_by": "us", "refund_days": 2, "refund_starts": "received",
            "bank_from": 3, "bank_to": 5, "bank_to_days": 7,
        },
        "done": {
            "refund": "", "refund_all": false, "shipping": false, "method": "", "cancel": false, "replace": false,
            "return": false, "keep": false, "address": "",
        },
        "deed": deed, "deeds": [deed], "refused": "",
        "product": product, "products": [product],
    })
}

/// The case as the agent would have settled it for this template.
pub fn sample_for(name: &str, code: &str) -> Value {
    let eur = |minor| format::money(Money::new(minor, Currency::EUR), code);
    let settled = match name {
        "late_or_lost" => json!({"refund": eur(490), "shipping": true, "method": "card ending 1111"}),
        "damaged_or_wrong_item" => json!({"refund": eur(1_990), "method": "card ending 1111", "keep": true}),
        "return_item" | "refund_request" | "exchange" => json!({"return": true}),
        "cancel_order" => json!({"cancel": true, "refund": eur(2_480), "method": "card ending 1111"}),
        "change_address" => json!({"address": "Hafenweg 4, 20457 Hamburg"}),
        _ => json!({}),
    };
    let mut sample = sample_in(code);
    if let (Some(Value::Object(done)), Value::Object(settled)) = (sample.get_mut("done"), settled) {
        done.extend(settled);
    }
    if let Some(refund) = sample.get_mut("refund").filter(|_| matches!(name, "refund_status" | "tell_refunded")) {
        let on = format::date(date!(2026 - 11 - 21), code, date!(2026 - 11 - 23));
        *refund = json!({"amount": eur(1_990), "method": "card ending 1111", "on": on, "days": 2});
    }
    if let Some(refused) = sample.get_mut("refused").filter(|_| name == "change_items") {
        *refused = "shipped".into();
    }
    sample
}
