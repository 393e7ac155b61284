use channel_contract::orders::OrderStatus;
use serde_json::{Value, json};

use super::*;

fn refund(id: u64, amount: &str, moved: bool) -> Value {
    json!({
        "id": id, "date_created_gmt": "2026-11-21T10:00:00", "amount": amount, "reason": "Late", "refunded_payment": moved,
        "line_items": [{ "id": 90, "quantity": -1, "meta_data": [{ "key": "_refunded_item_id", "value": "11" }] }]
    })
}

/// Two cups with a variation and one pot, both with tax, delivery, and a fee.
fn document() -> Value {
    json!({
        "id": 727, "number": "727", "status": "processing", "currency": "EUR",
        "date_created_gmt": "2026-11-18T08:12:00", "date_modified_gmt": "2026-11-20T09:30:00",
        "date_paid_gmt": "2026-11-18T08:12:05", "date_completed_gmt": null, "customer_id": 0,
        "total": "69.900000", "shipping_total": "4.117647", "shipping_tax": "0.782353",
        "payment_method": "stripe", "payment_method_title": "Card", "transaction_id": "pi_1",
        "billing": { "first_name": "Mara", "last_name": "Lind", "company": "", "address_1": "Hafenweg 3", "address_2": "",
            "city": "Hamburg", "state": "", "postcode": "20457", "country": "DE", "email": "mara@example.org",
            "phone": "0151 12345678" },
        "shipping": { "first_name": "Mara", "last_name": "Lind", "company": "Fjell GmbH", "address_1": "Kai 1",
            "address_2": "", "city": "Hamburg", "state": "", "postcode": "20459", "country": "DE", "phone": "" },
        "line_items": [
            { "id": 11, "name": "Cup - Blue", "parent_name": "Cup", "product_id": 5, "variation_id": 6, "quantity": 2,
              "total": "21.008403", "total_tax": "3.991597", "taxes": [{ "id": 1, "total": "3.991597" }], "sku": "CUP-B",
              "price": 10.504_201_5 },
            { "id": 12, "name": "Pot", "parent_name": null, "product_id": 7, "variation_id": 0, "quantity": 1,
              "total": "32.773109", "total_tax": "6.226891", "taxes": [{ "id": 1, "total": "6.226891" }], "sku": null }
        ],
        "fee_lines": [{ "id": 13, "name": "Gift wrap", "total": "0.840336", "total_tax": "0.159664" }],
        "tax_lines": [{ "id": 14, "rate_id": 1 }], "refunds": [], "meta_data": []
    })
}

fn read_with(change: impl FnOnce(&mut Value), refunds: &[Value]) -> Result<(Order, Warnings), Unreadable> {
    let mut order = document();
    change(&mut order);
    let refunds: Vec<WireRefund> =
        refunds.iter().map(|refund| serde_json::from_value(refund.clone()).unwrap()).collect();
    read_order(&serde_json::from_value(order).unwrap(), &refunds, Some(true))
}

fn read(change: impl FnOnce(&mut Value)) -> (Order, Warnings) {
    read_with(change, &[]).unwrap()
}

fn possible(order: &Order) -> Vec<ActionKind> {
    ActionKind::ALL.into_iter().filter(|kind| order.refusal(*kind).is_none()).collect()
}

#[test]
fn an_order_is_read_with_its_taxes_and_without_a_warning() {
    let (order, warnings) = read(|_| {});
    assert_eq!(warnings, Warnings::default());
    assert_eq!((order.id.as_str(), order.number.as_str(), order.status), ("727", "727", OrderStatus::Open));
    let lines: Vec<_> =
        order.lines.iter().map(|line| (line.title.as_str(), line.variant.as_str(), line.unit_price.minor)).collect();
    assert_eq!(lines, [("Cup", "Blue", 1250), ("Pot", "", 3900), ("Gift wrap", "", 100)]);
    assert_eq!((order.shipping_price.minor, order.total.minor, order.refundable().minor), (490, 6990, 6990));
    assert_eq!((order.buyer.id.as_str(), order.buyer.phone.as_str()), ("", "+4915112345678"));
    assert_eq!(
        (order.shipping_address.name.as_str(), order.shipping_address.line1.as_str()),
        ("Mara Lind (Fjell GmbH)", "Kai 1")
    );
    assert_eq!(order.payments[0].method, "Card");
    let all_but_returns = [ActionKind::Cancel, ActionKind::Refund, ActionKind::Replace, ActionKind::ChangeAddress];
    assert_eq!(possible(&order), all_but_returns);
    assert_eq!(order.refusal(ActionKind::Return).unwrap(), "The shop does not offer this.");
}

#[test]
fn without_an_address_of_its_own_it_goes_where_the_bill_goes() {
    let (order, _) = read(|order| order["shipping"] = json!({ "first_name": "", "address_1": "" }));
    assert_eq!(order.shipping_address.line1, "Hafenweg 3");
}

#[test]
fn a_refund_counts_where_money_moved_and_nowhere_else() {
    let embedded = |order: &mut Value| order["refunds"] = json!([{ "id": 801, "reason": "Late", "total": "-12.50" }]);
    let (order, warnings) = read_with(embedded, &[refund(801, "12.50", true)]).unwrap();
    assert_eq!(warnings, Warnings::default());
    assert_eq!((order.refunded().minor, order.lines[0].current), (1250, 1));
    assert!(possible(&order).contains(&ActionKind::Refund));

    let (order, warnings) = read_with(embedded, &[refund(801, "12.50", false)]).unwrap();
    assert_eq!((order.refunds.len(), order.refunded().minor), (0, 0));
    assert_eq!(warnings.notes, ["a refund is booked and no money moved"]);
    let why = order.refusal(ActionKind::Refund).unwrap();
    assert!(why.starts_with("12.50 EUR is booked") && order.refusal(ActionKind::Cancel) == Some(why));

    let (order, warnings) = read_with(embedded, &[]).unwrap();
    assert!(warnings.doubts_money && !possible(&order).contains(&ActionKind::Refund), "a stale list");
}

#[test]
fn amounts_that_do_not_add_up_move_no_money() {
    let off = |total: &'static str| read(move |order| order["total"] = json!(total));
    assert_eq!(off("69.91").1, Warnings::default(), "rounding of one tax");
    for total in ["69.93", "0.00", "500.00"] {
        let (order, warnings) = off(total);
        assert_eq!(warnings.notes, ["lines and delivery do not add up to the total"], "{total}");
        assert!(order.refusal(ActionKind::Refund).is_some(), "{total}");
    }
    let (order, warnings) = read_with(|_| {}, &[refund(801, "70.00", true)]).unwrap();
    assert_eq!(warnings.notes, ["more was refunded than was paid"]);
    assert!(order.refusal(ActionKind::Refund).is_some());
    let (_, warnings) = read(|order| order["line_items"][0]["quantity"] = json!(1.5));
    assert_eq!(warnings.notes, ["a line's quantity is no whole number"]);
}

#[test]
fn what_can_be_done_follows_from_where_it_stands() {
    use ActionKind::{Cancel, ChangeAddress, Refund, Replace};
    for (status, expected) in [
        ("processing", vec![Cancel, Refund, Replace, ChangeAddress]),
        ("on-hold", vec![Cancel, Refund, ChangeAddress]),
        ("completed", vec![Refund, Replace]),
        ("partial-shipped", vec![Refund, Replace]),
        ("cancelled", vec![Refund]),
        ("refunded", vec![Refund]),
        ("packing", vec![Refund, Replace]),
    ] {
        let (order, _) = read(|order| order["status"] = json!(status));
        assert_eq!(possible(&order), expected, "{status}");
    }
    let (sent, _) = read(|order| {
        order["meta_data"] = json!([{ "key": "_wc_shipment_tracking_items", "value": [{ "tracking_number": "1Z" }] }]);
    });
    assert_eq!(possible(&sent), [Refund, Replace]);
    let (unpaid, _) = read(|order| order["date_paid_gmt"] = json!(null));
    assert!(unpaid.payments.is_empty());
    assert_eq!(possible(&unpaid), [Cancel, Replace, ChangeAddress]);
    let wire: WireOrder = serde_json::from_value(document()).unwrap();
    let (by_bank, _) = read_order(&wire, &[], Some(false)).unwrap();
    assert_eq!(possible(&by_bank), [Replace, ChangeAddress], "a bank transfer gives nothing back by itself");
    let (untold, _) = read_order(&wire, &[], None).unwrap();
    assert!(possible(&untold).contains(&Refund));
}

#[test]
fn odd_fields_spoil_no_order_and_missing_ones_hide_nothing() {
    for field in
        ["status", "billing", "shipping", "meta_data", "tax_lines", "refunds", "customer_id", "payment_method_title"]
    {
        for odd in [json!(null), json!([]), json!({}), json!(7), json!("x")] {
            assert!(read_with(|order| order[field] = odd.clone(), &[]).is_ok(), "{field} {odd}");
        }
    }
    for (field, odd) in [
        ("id", json!(null)),
        ("currency", json!("EURO")),
        ("total", json!("12,50")),
        ("total", json!("-1")),
        ("total", json!("1.005")),
        ("date_created_gmt", json!("yesterday")),
        ("shipping_total", json!("free")),
    ] {
        assert!(read_with(|order| order[field] = odd.clone(), &[]).is_err(), "{field} {odd}");
    }
    assert!(read_with(|_| {}, &[json!({ "id": 1, "refunded_payment": true })]).is_err(), "a refund without an amount");
}

#[test]
fn an_order_of_500_lines_is_one_order() {
    let (order, warnings) = read(|order| {
        let lines: Vec<Value> = (1..=500)
            .map(|id| json!({ "id": id, "name": "Cup", "quantity": 3, "total": "8.40", "total_tax": "1.60" }))
            .collect();
        order["line_items"] = json!(lines);
        order["total"] = json!("5005.90");
    });
    assert_eq!(warnings, Warnings::default());
    assert_eq!((order.lines.len(), order.lines[499].unit_price.minor), (501, 333), "the fee is a line, too");
}
