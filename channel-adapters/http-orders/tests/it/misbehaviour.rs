//! Shops that answer late, broken, wrong or from elsewhere.

use channel_contract::orders::{OrderFailure, OrderQuery, OrderSource, OrderStatus, ReturnStatus, ShipmentStatus};
use reqwest::redirect::Policy;
use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{Ending, broken_server, money, order, source, source_for, source_with};

fn number() -> OrderQuery {
    OrderQuery::Number("FJ-1".to_owned())
}

async fn shop_answering(answer: ResponseTemplate) -> MockServer {
    let shop = MockServer::start().await;
    Mock::given(method("GET")).respond_with(answer).mount(&shop).await;
    shop
}

async fn find_in(answer: ResponseTemplate) -> Result<Vec<channel_contract::Order>, OrderFailure> {
    let shop = shop_answering(answer).await;
    source(&shop.uri()).find(&number()).await
}

async fn find_entry(entry: Value) -> Result<Vec<channel_contract::Order>, OrderFailure> {
    find_in(ResponseTemplate::new(200).set_body_json(json!({"orders": [entry]}))).await
}

#[tokio::test]
async fn bodies_that_are_not_the_documented_json_are_tried_again() {
    for body in
        ["<!doctype html><title>Back soon</title>", r#"{"orders":[{"id":"o1""#, "", "[]", "42", r#"{"orders":{}}"#]
    {
        let found = find_in(ResponseTemplate::new(200).set_body_string(body)).await;
        assert!(matches!(found, Err(OrderFailure::Retry { after: None, .. })), "{body}: {found:?}");
    }
}

#[tokio::test]
async fn nulls_and_unknown_fields_are_nothing() {
    for orders in [Value::Null, json!([]), json!([null, null])] {
        let found = find_in(ResponseTemplate::new(200).set_body_json(json!({"orders": orders, "more": 1}))).await;
        assert_eq!(found, Ok(Vec::new()));
    }
    let bare = json!({"id": 1, "number": "FJ-1", "placed_at": "2026-11-18T08:12:00Z", "total": money("1.00"),
        "status": null, "updated_at": null, "buyer": null, "shipping_address": null, "lines": [null], "payments": null,
        "refunds": [null], "shipments": [null, {}], "returns": [{"lines": [null]}], "actions_allowed": [null, {}],
        "colour": {"of": ["the", "sky"]}});
    let found = find_entry(bare).await.unwrap();
    assert_eq!((found[0].id.as_str(), found[0].status, found[0].lines.len()), ("1", OrderStatus::Open, 0));
    assert_eq!((found[0].shipments.len(), found[0].returns.len(), found[0].actions.len()), (1, 1, 0));
}

#[tokio::test]
async fn unknown_words_become_what_cannot_harm() {
    let mut entry = order("o1", "FJ-1", "mara@example.org");
    entry["status"] = json!("on_its_way_somehow");
    entry["lines"][0]["fulfilled"] = json!(2);
    entry["shipments"] = json!([
        {"id": "s1", "status": "teleported", "shipped_at": "2026-11-19T15:00:00Z", "tracking_url": "javascript:alert(1)"},
        {"id": "s2", "status": 7},
        {"id": "s3", "status": "arrived", "delivered_at": "2026-11-19T15:00:00Z"}]);
    entry["returns"] = json!([{"id": "b1", "status": "lost_in_thought"}]);
    entry["actions_allowed"] = json!([{"kind": "gift_wrap"}, {"kind": "refund"}]);
    let found = find_entry(entry).await.unwrap();
    let states: Vec<_> = found[0].shipments.iter().map(|parcel| parcel.status).collect();
    assert_eq!(states, [ShipmentStatus::InTransit, ShipmentStatus::Packed, ShipmentStatus::Delivered]);
    assert_eq!(found[0].status, OrderStatus::PartlyShipped);
    assert_eq!((found[0].returns[0].status, found[0].actions.len()), (ReturnStatus::Open, 1));
    assert_eq!(found[0].shipments[0].tracking_url, "", "a link goes to customers");
}

#[tokio::test]
async fn one_unreadable_order_costs_no_other() {
    let bad = json!({"id": "o2", "lines": "what?"});
    let list = json!({"orders": [bad, order("o1", "FJ-1", "mara@example.org"), 7]});
    let found = find_in(ResponseTemplate::new(200).set_body_json(list)).await.unwrap();
    assert_eq!(found.len(), 1);
}

#[tokio::test]
async fn an_unreadable_order_of_a_person_leaves_no_other_as_the_only_one() {
    let bad = json!({"id": "o2", "lines": "what?"});
    let list = json!({"orders": [bad, order("o1", "FJ-1", "mara@example.org")]});
    let shop = shop_answering(ResponseTemplate::new(200).set_body_json(list)).await;
    let found = source(&shop.uri()).find(&OrderQuery::Email("mara@example.org".to_owned())).await;
    assert!(matches!(found, Err(OrderFailure::Refused { .. })), "{found:?}");
}

#[tokio::test]
async fn an_unreadable_order_is_not_an_unknown_one() {
    let changes: [fn(&mut Value); 9] = [
        |order| order["total"] = Value::Null,
        |order| order["total"]["amount"] = json!("68,90"),
        |order| order["total"]["amount"] = json!("68.901"),
        |order| order["total"] = json!({"amount": 68.9, "currency": "EUR"}),
        |order| order["total"]["currency"] = json!("euro"),
        |order| order["total"] = json!({"amount": "-1.00", "currency": "EUR"}),
        |order| order["placed_at"] = json!("yesterday"),
        |order| order["refunds"] = json!([{"id": "r1"}]),
        |order| order["payments"][0]["amount"]["currency"] = json!("USD"),
    ];
    for (index, change) in changes.iter().enumerate() {
        let mut entry = order("o1", "FJ-1", "mara@example.org");
        change(&mut entry);
        let found = find_entry(entry).await;
        let Err(OrderFailure::Refused { reason }) = found else { panic!("change {index}: {found:?}") };
        assert!(!reason.contains("mara") && !reason.contains("68"), "{reason}");
    }
}

#[tokio::test]
async fn amounts_that_do_not_add_up_are_read_as_they_are() {
    let mut entry = order("o1", "FJ-1", "mara@example.org");
    entry["total"] = money("70.00");
    entry["refunds"] = json!([{"id": "r1", "amount": money("100.00")}]);
    let found = find_entry(entry).await.unwrap();
    assert_eq!((found[0].total.minor, found[0].refundable().minor), (7000, 0));
}

#[tokio::test]
async fn yen_have_no_decimals() {
    let mut entry = order("o1", "FJ-1", "mara@example.org");
    let yen = |amount: &str| json!({"amount": amount, "currency": "JPY"});
    entry["total"] = yen("4200");
    entry["shipping_price"] = yen("200.00");
    entry["payments"][0]["amount"] = yen("4200");
    entry["lines"] = json!([{"id": "l1", "ordered": 1, "unit_price": yen("4000")}]);
    let found = find_entry(entry.clone()).await.unwrap();
    assert_eq!((found[0].total.to_string().as_str(), found[0].shipping_price.minor), ("4200 JPY", 200));
    entry["total"] = yen("4200.5");
    assert!(find_entry(entry).await.is_err());
}

#[tokio::test]
async fn an_order_of_five_hundred_lines_is_read() {
    let mut entry = order("o1", "FJ-1", "mara@example.org");
    let lines: Vec<Value> = (0..500)
        .map(|index| json!({"id": format!("l{index}"), "title": "Cup", "ordered": 1, "unit_price": money("1.00")}))
        .collect();
    entry["lines"] = json!(lines);
    assert_eq!(find_entry(entry).await.unwrap()[0].lines.len(), 500);
}

#[tokio::test]
async fn huge_numbers_do_no_harm() {
    let mut entry = order("o1", "FJ-1", "mara@example.org");
    entry["lines"][0]["ordered"] = json!(u32::MAX);
    entry["lines"][0]["unit_price"] = money("92233720368547758.07");
    entry["refunds"] = json!([{"id": "r1", "amount": money("92233720368547758.07")},
                              {"id": "r2", "amount": money("92233720368547758.07")}]);
    entry["placed_at"] = json!("9999-12-31T23:59:59-23:59");
    // The time does not fit UTC, so the order has none.
    assert!(matches!(find_entry(entry.clone()).await, Err(OrderFailure::Refused { .. })));
    entry["placed_at"] = json!("2026-11-18T08:12:00Z");
    assert_eq!(find_entry(entry).await.unwrap()[0].refundable().minor, 0);
    let deep = format!("{{\"orders\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let found = find_in(ResponseTemplate::new(200).set_body_string(deep)).await;
    assert!(matches!(found, Err(OrderFailure::Retry { .. })), "{found:?}");
}

#[tokio::test]
async fn an_answer_over_the_limit_is_not_read() {
    let body = format!("{{\"orders\":[],\"more\":\"{}\"}}", "x".repeat(2 * 1024 * 1024));
    let found = find_in(ResponseTemplate::new(200).set_body_string(body)).await;
    assert!(matches!(found, Err(OrderFailure::Refused { .. })), "{found:?}");
}

#[tokio::test]
async fn broken_connections_are_tried_again() {
    let truncated = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"orders\":[";
    for ending in [Ending::Silence, Ending::Bytes(""), Ending::Bytes("nonsense"), Ending::Bytes(truncated)] {
        let base = broken_server(ending).await;
        let found = source_for(&base, ending).find(&number()).await;
        let Err(OrderFailure::Retry { reason, .. }) = found else { panic!("{found:?}") };
        assert!(!reason.contains("FJ-1") && !reason.contains("127.0.0.1"), "{reason}");
    }
    let nobody = source("http://127.0.0.1:1").find(&number()).await;
    assert!(matches!(nobody, Err(OrderFailure::Retry { .. })), "{nobody:?}");
}

#[tokio::test]
async fn every_status_of_a_read_says_what_to_do() {
    let refusal = ResponseTemplate::new(400).set_body_json(json!({"reason": "We do not look up by phone."}));
    let reason = find_in(refusal).await.unwrap_err().to_string();
    assert_eq!(reason, "We do not look up by phone.");
    let busy = find_in(ResponseTemplate::new(429).insert_header("Retry-After", "7")).await;
    assert!(matches!(busy, Err(OrderFailure::Retry { after: Some(wait), .. }) if wait.as_secs() == 7), "{busy:?}");
    for status in [408, 429, 500, 502, 503, 504] {
        let found = find_in(ResponseTemplate::new(status)).await;
        assert!(matches!(found, Err(OrderFailure::Retry { after: None, .. })), "{status}: {found:?}");
    }
    for status in [401, 403] {
        let found = find_in(ResponseTemplate::new(status)).await;
        assert!(matches!(found, Err(OrderFailure::Reconnect { .. })), "{status}: {found:?}");
    }
    for status in [204, 301, 400, 404, 410, 422] {
        let found = find_in(ResponseTemplate::new(status)).await;
        assert!(matches!(found, Err(OrderFailure::Refused { .. })), "{status}: {found:?}");
    }
}

#[tokio::test]
async fn redirects_do_not_leave_the_shop() {
    let page = ResponseTemplate::new(200).set_body_json(json!({"orders": [order("o1", "FJ-1", "mara@example.org")]}));
    let stranger = shop_answering(page.clone()).await;
    let away = format!("{}/orders", stranger.uri());
    let shop = shop_answering(ResponseTemplate::new(302).insert_header("Location", away.as_str())).await;
    let found = source(&shop.uri()).find(&number()).await;
    assert!(matches!(found, Err(OrderFailure::Refused { .. })), "{found:?}");
    assert!(stranger.received_requests().await.unwrap().is_empty());
    // A client that was built with another policy: what comes from elsewhere is not believed.
    let careless = source_with(&shop.uri(), Policy::limited(5)).find(&number()).await;
    assert!(matches!(careless, Err(OrderFailure::Refused { .. })), "{careless:?}");

    let moved = MockServer::start().await;
    let within = ResponseTemplate::new(307).insert_header("Location", "/v2/orders");
    Mock::given(path("/orders")).respond_with(within).mount(&moved).await;
    Mock::given(path("/v2/orders")).respond_with(page).mount(&moved).await;
    assert_eq!(source(&moved.uri()).find(&number()).await.unwrap().len(), 1);
}
