//! Actions: what the shop is told, what it may not do, and what counts as done.

use channel_contract::orders::{
    ActionKind, Address, Document, LineChange, LineQuantity, OrderAction, OrderFailure, OrderSource as _, OrderStatus,
};
use platform_doubles::woocommerce::Provider;
use serde_json::{Value, json};

use crate::support::{Bench, euros};

/// What the shop was sent last to this end of an address.
fn sent(bench: &Bench, method: &str, end: &str) -> Value {
    let calls = bench.shop.calls();
    calls.iter().rev().find(|call| call.method == method && call.path.ends_with(end)).unwrap().json()
}

#[tokio::test]
async fn a_refund_says_that_money_moves_and_what_it_is_for() {
    let bench = Bench::start().await;
    let receipt = bench.source.perform(&bench.cup("key-1").await).await.unwrap();
    let body = sent(&bench, "POST", "/refunds");
    assert_eq!(
        (&body["amount"], &body["api_refund"], &body["api_restock"]),
        (&json!("13.00"), &json!(true), &json!(false))
    );
    assert!(body["reason"].as_str().unwrap().starts_with("One cup broke. [R-"), "{body}");
    assert_eq!(body["meta_data"], json!([{ "key": "_resolute_key", "value": "key-1" }]));
    let line = &body["line_items"][0];
    assert_eq!((&line["quantity"], &line["refund_total"]), (&json!(1), &json!("10.924369")));
    assert_eq!(line["refund_tax"], json!([{ "id": 1, "refund_total": "2.075630" }]));
    let order = bench.read().await;
    assert_eq!(
        (order.refunds[0].id.clone(), order.refunds[0].amount, order.lines[0].current),
        (receipt.reference, euros(1300), 1)
    );
}

#[tokio::test]
async fn lines_that_do_not_come_to_the_amount_are_not_booked() {
    let bench = Bench::start().await;
    let lines = vec![LineQuantity { line_id: bench.read().await.lines[0].id.clone(), quantity: 1 }];
    let goodwill = OrderAction::Refund { amount: euros(500), lines, reason: "Sorry.".to_owned(), gives_back: None };
    bench.source.perform(&bench.command("key-1", goodwill)).await.unwrap();
    assert_eq!(sent(&bench, "POST", "/refunds")["line_items"], json!([]));
    assert_eq!(bench.read().await.lines[0].current, 2);
}

#[tokio::test]
async fn a_refund_that_is_only_booked_is_never_taken_for_money() {
    let bench = Bench::start().await;
    bench.shop.platform.set_provider(Provider::OnlyBooks);
    let refund = bench.cup("key-1").await;
    for _ in 0..3 {
        let failure = bench.source.perform(&refund).await.unwrap_err();
        assert!(
            matches!(&failure, OrderFailure::Unknown { reason } if reason.contains("payment provider")),
            "{failure:?}"
        );
    }
    assert_eq!(bench.asked("POST", "/refunds"), 1, "it is not sent again");
    let order = bench.read().await;
    assert!(order.refunds.is_empty() && order.refusal(ActionKind::Refund).unwrap().starts_with("13.00 EUR is booked"));
    let other = bench.source.perform(&bench.cup("key-2").await).await;
    assert!(matches!(other, Err(OrderFailure::Refused { .. })), "{other:?}");
}

#[tokio::test]
async fn what_somebody_booked_by_hand_stops_refunds_from_here() {
    let bench = Bench::start().await;
    bench.shop.platform.book_by_hand(bench.order, "13.00");
    let order = bench.read().await;
    assert_eq!(order.refunded(), euros(0));
    let refused = bench.source.perform(&bench.cup("key-1").await).await;
    assert!(matches!(refused, Err(OrderFailure::Refused { .. })), "{refused:?}");
}

#[tokio::test]
async fn a_provider_that_declines_is_a_refusal_in_its_words() {
    let bench = Bench::start().await;
    bench.shop.platform.set_provider(Provider::Declines);
    let failure = bench.source.perform(&bench.cup("key-1").await).await.unwrap_err();
    assert!(
        matches!(&failure, OrderFailure::Refused { reason } if reason.contains("Your card was declined.")),
        "{failure:?}"
    );
    assert!(bench.shop.platform.refunds(bench.order).is_empty());
}

#[tokio::test]
async fn a_way_to_pay_that_gives_nothing_back_is_said_before() {
    let bench = Bench::start().await;
    bench
        .shop
        .platform
        .change(bench.order, &json!({ "payment_method": "bacs", "payment_method_title": "Bank transfer" }));
    let refused = bench.source.perform(&bench.cup("key-1").await).await;
    assert!(
        matches!(&refused, Err(OrderFailure::Refused { reason }) if reason.contains("Bank transfer")),
        "{refused:?}"
    );
    assert_eq!(bench.asked("POST", "/refunds"), 0);
}

#[tokio::test]
async fn a_cancellation_gives_the_money_back_first() {
    let bench = Bench::start().await;
    bench.source.perform(&bench.cup("key-1").await).await.unwrap();
    bench.source.perform(&bench.cancellation("key-2")).await.unwrap();
    let order = bench.read().await;
    assert_eq!((order.status, order.refunded(), order.refundable()), (OrderStatus::Cancelled, euros(6990), euros(0)));
    assert_eq!(bench.shop.platform.order(bench.order)["status"], "cancelled");
    let note = &bench.shop.platform.notes(bench.order)[0];
    assert!(
        note["note"].as_str().unwrap().contains("Changed their mind.") && note["customer_note"] == json!(false),
        "{note}"
    );
}

#[tokio::test]
async fn a_cancellation_whose_money_stays_cancels_nothing() {
    let bench = Bench::start().await;
    bench.shop.platform.set_provider(Provider::Declines);
    let refused = bench.source.perform(&bench.cancellation("key-1")).await;
    assert!(matches!(refused, Err(OrderFailure::Refused { .. })), "{refused:?}");
    assert_eq!(bench.shop.platform.order(bench.order)["status"], "processing");
}

#[tokio::test]
async fn an_order_that_nobody_paid_is_cancelled_without_money() {
    let bench = Bench::start().await;
    bench.shop.platform.change(bench.order, &json!({ "status": "on-hold", "date_paid_gmt": null }));
    bench.source.perform(&bench.cancellation("key-1")).await.unwrap();
    assert_eq!((bench.asked("POST", "/refunds"), bench.read().await.status), (0, OrderStatus::Cancelled));
}

#[tokio::test]
async fn goods_are_sent_again_as_an_order_that_costs_nothing() {
    let bench = Bench::numbered("FJ-").await;
    let first = bench.read().await;
    let receipt = bench.source.perform(&bench.another_cup("key-1").await).await.unwrap();
    let body = sent(&bench, "POST", "/orders");
    assert_eq!((&body["line_items"][0]["total"], &body["status"]), (&json!("0"), &json!("processing")));
    assert_eq!(body["meta_data"][1], json!({ "key": "_resolute_replaces", "value": first.number }));
    assert_eq!((&body["billing"]["email"], &body["shipping"]["email"]), (&json!("mara@example.org"), &Value::Null));
    let new = bench.source.get(&receipt.reference).await.unwrap().unwrap();
    assert_eq!((new.total, new.lines[0].sku.as_str(), new.lines[0].ordered), (euros(0), "SKU-5", 1));
    let too_many = LineQuantity { line_id: first.lines[0].id.clone(), quantity: 3 };
    for lines in [vec![too_many], vec![LineQuantity { line_id: "0".to_owned(), quantity: 1 }], Vec::new()] {
        let action = OrderAction::Replace { lines, reason: String::new() };
        let refused = bench.source.perform(&bench.command("key-2", action)).await;
        assert!(matches!(refused, Err(OrderFailure::Refused { .. })), "{refused:?}");
    }
}

#[tokio::test]
async fn an_address_changes_within_its_country_and_before_the_order_leaves() {
    let bench = Bench::start().await;
    let before = bench.read().await.shipping_address;
    let to = |change: &dyn Fn(&mut Address)| {
        let mut address = before.clone();
        change(&mut address);
        bench.command("key-1", OrderAction::ChangeAddress { address })
    };
    let moved = to(&|address| {
        "Ole Johan Berg".clone_into(&mut address.name);
        "Kai 9".clone_into(&mut address.line1);
    });
    bench.source.perform(&moved).await.unwrap();
    let kept = bench.shop.platform.order(bench.order)["shipping"].clone();
    assert_eq!(
        (&kept["first_name"], &kept["last_name"], &kept["address_1"]),
        (&json!("Ole Johan"), &json!("Berg"), &json!("Kai 9"))
    );
    let refused = bench.source.perform(&to(&|address| "AT".clone_into(&mut address.country))).await;
    assert!(matches!(&refused, Err(OrderFailure::Refused { reason }) if reason.contains("taxes")), "{refused:?}");
    bench.shop.platform.change(bench.order, &json!({ "status": "completed" }));
    let refused = bench.source.perform(&to(&|address| "Kai 10".clone_into(&mut address.line1))).await;
    assert!(
        matches!(&refused, Err(OrderFailure::Refused { reason }) if reason.contains("already sent")),
        "{refused:?}"
    );
}

#[tokio::test]
async fn nothing_else_is_offered() {
    let bench = Bench::start().await;
    let line_id = bench.read().await.lines[0].id.clone();
    let changes = vec![LineChange { line_id: line_id.clone(), quantity: 1, sku: "SKU-7".to_owned() }];
    let calls = bench.shop.calls().len();
    for (index, action) in [
        OrderAction::Return {
            lines: vec![LineQuantity { line_id, quantity: 1 }],
            reason: String::new(),
            settled_by: None,
        },
        OrderAction::Exchange { changes: changes.clone(), reason: String::new(), settled_by: None },
        OrderAction::ChangeItems { changes, reason: String::new(), settled_by: None },
        OrderAction::Resend { document: Document::Invoice },
        OrderAction::Note { text: "Calls back.".to_owned() },
    ]
    .into_iter()
    .enumerate()
    {
        let refused = bench.source.perform(&bench.command(&format!("key-{index}"), action)).await;
        assert_eq!(refused, Err(OrderFailure::Refused { reason: "The shop does not offer this.".to_owned() }));
    }
    assert!(bench.shop.calls().iter().skip(calls).all(|call| call.method == "GET"), "nothing was changed");
}
