//! Reading orders and products: what is asked, what is kept.

use channel_contract::orders::{
    ActionKind, Discount, EntryKind, MethodKind, OrderQuery, OrderSource, OrderStatus, ReturnStatus, ShipmentStatus,
};
use channel_http_orders::signature;
use serde_json::{Value, json};
use wiremock::matchers::{method, path, query_param, query_param_is_missing};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{money, now, order, secrets, source};

/// A shop that answers every `GET` of `/orders` with these.
async fn shop_with(orders: Value) -> MockServer {
    let shop = MockServer::start().await;
    let page = ResponseTemplate::new(200).set_body_json(json!({"orders": orders, "next_cursor": null}));
    Mock::given(method("GET")).and(path("/orders")).respond_with(page).mount(&shop).await;
    shop
}

async fn find_one(entry: Value) -> channel_contract::Order {
    let shop = shop_with(json!([entry])).await;
    let found = source(&shop.uri()).find(&OrderQuery::Number("FJ-1".to_owned())).await.unwrap();
    assert_eq!(found.len(), 1);
    found.into_iter().next().unwrap()
}

#[tokio::test]
async fn asks_with_one_encoded_parameter_and_a_signature() {
    for (query, expected) in [
        (OrderQuery::Number(" #fj-1 ".to_owned()), "number=fj-1"),
        (OrderQuery::Email("m+x&y@example.org".to_owned()), "email=m%2Bx%26y%40example.org"),
        (OrderQuery::Phone("+4915112345678".to_owned()), "phone=%2B4915112345678"),
        (OrderQuery::Tracking("0034 04".to_owned()), "tracking=0034+04"),
    ] {
        let shop = shop_with(json!([])).await;
        assert_eq!(source(&shop.uri()).find(&query).await, Ok(Vec::new()));
        let requests = shop.received_requests().await.unwrap();
        assert_eq!(requests.len(), 1);
        assert_eq!(requests[0].url.query(), Some(expected));
        let header = requests[0].headers.get(signature::HEADER).unwrap().to_str().unwrap();
        assert_eq!(signature::verify(&secrets(), Some(header), b"", now()), Ok(()));
    }
}

#[tokio::test]
async fn asks_nothing_without_words() {
    let shop = MockServer::start().await;
    let source = source(&shop.uri());
    for query in [OrderQuery::Number(" # ".to_owned()), OrderQuery::Email(" ".to_owned())] {
        assert_eq!(source.find(&query).await, Ok(Vec::new()));
    }
    assert_eq!(source.products(" ").await, Ok(Vec::new()));
    assert!(shop.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn reads_every_field() {
    let mut entry = order("o1", "FJ-1", "mara@example.org");
    entry["status"] = json!("partly_shipped");
    entry["refunds"] = json!([{"id": "r1", "amount": money("5.00"), "method": "card", "reason": "late",
                               "at": "2026-11-19T10:00:00+02:00"}]);
    entry["shipments"] = json!([{"id": "s1", "carrier": "DHL", "tracking_number": "0034", "status": "in_transit",
        "tracking_url": "https://tracking.example/0034", "shipped_at": "2026-11-19T15:00:00Z",
        "promised": {"from": "2026-11-21T00:00:00Z", "to": "2026-11-22T20:00:00Z"},
        "estimated": {"to": "2026-11-21T14:00:00Z"}, "delivered_at": null,
        "lines": [{"line_id": "l1", "quantity": 2}],
        "events": [{"at": "2026-11-20T18:40:00Z", "text": "second", "place": ""},
                   {"at": "2026-11-19T18:40:00Z", "text": "first", "place": "Hamburg"}]}]);
    entry["returns"] = json!([{"id": "b1", "status": "received", "lines": [{"line_id": "l2", "quantity": 1}],
        "reason": "too small", "label_url": "https://shop.example/label", "opened_at": "2026-11-20T08:00:00Z",
        "exchange": [{"sku": "POT-2L", "quantity": 1}]}]);
    entry["entries"] = json!([
        {"id": "e1", "kind": "sent", "document": "invoice", "at": "2026-11-20T08:00:00Z"},
        {"id": "e2", "kind": "code", "code": "SORRY", "percent": 10, "expires_at": "2026-12-20T08:00:00Z"},
        {"id": "e3", "kind": "code", "code": "HALF", "percent": 7.5, "expires_at": "2026-12-20T08:00:00Z"},
        {"id": "e4", "kind": "note", "text": "Calls back."},
        {"id": "e5", "kind": "dance"},
        {"id": "e6", "kind": "items_changed"}
    ]);
    entry["buyer"]["methods"] = json!([
        {"id": "m1", "kind": "card", "name": "card ending 4421", "brand": "visa", "ending": "4421"},
        {"id": "m2", "kind": "gift_card", "name": "gift card", "balance": money("12.50")},
        {"kind": "card", "name": "card without an id"}
    ]);
    entry["actions_allowed"] = json!([{"kind": "cancel", "refused_because": "It has shipped."}, {"kind": "address"}]);
    let read = find_one(entry).await;
    assert_eq!((read.status, read.total.minor, read.shipping_price.minor), (OrderStatus::PartlyShipped, 6890, 490));
    assert_eq!((read.buyer.email.as_str(), read.shipping_address.city.as_str()), ("mara@example.org", "Hamburg"));
    assert_eq!((read.lines.len(), read.lines[0].unit_price.minor, read.lines[0].ordered), (2, 1250, 2));
    assert_eq!((read.refunds[0].amount.minor, read.refundable().minor), (500, 6390));
    assert_eq!(read.refunds[0].at.to_string(), "2026-11-19 8:00:00.0 +00:00:00");
    let parcel = &read.shipments[0];
    assert_eq!((parcel.status, parcel.lines[0].quantity), (ShipmentStatus::InTransit, 2));
    assert_eq!((parcel.events[0].text.as_str(), parcel.events[1].text.as_str()), ("first", "second"));
    let estimated = parcel.estimated.unwrap();
    assert_eq!((estimated.from, parcel.promised.is_some()), (estimated.to, true));
    assert_eq!((read.returns[0].status, read.returns[0].lines[0].quantity), (ReturnStatus::Received, 1));
    assert_eq!((read.returns[0].exchange[0].sku.as_str(), read.returns[0].exchange[0].quantity), ("POT-2L", 1));
    let told: Vec<&str> = read.entries.iter().map(|entry| entry.id.as_str()).collect();
    assert_eq!(told, ["e1", "e2", "e4", "e6"], "what is not read whole is left out");
    let EntryKind::Code { code, discount, .. } = &read.entries[1].what else { panic!("{:?}", read.entries[1]) };
    assert_eq!((code.as_str(), discount), ("SORRY", &Discount::Percent(10)));
    assert!(read.was_changed());
    let methods: Vec<_> = read.buyer.methods.iter().map(|method| (method.id.as_str(), method.kind)).collect();
    assert_eq!(methods, [("m1", MethodKind::Card), ("m2", MethodKind::GiftCard)]);
    assert_eq!(read.method("m2").and_then(|method| method.balance).map(|left| left.minor), Some(1_250));
    assert_eq!(read.refusal(ActionKind::Cancel).as_deref(), Some("It has shipped."));
    assert_eq!(read.refusal(ActionKind::ChangeAddress), None);
    assert!(read.refusal(ActionKind::Refund).is_some(), "what is not listed is refused");
}

#[tokio::test]
async fn orders_of_somebody_else_are_dropped() {
    let strange = order("o2", "FJ-2", "other@example.org");
    let mut silent = order("o3", "FJ-3", "");
    silent["buyer"] = Value::Null;
    let shop = shop_with(json!([order("o1", "FJ-1", "Mara@Example.org"), strange, silent])).await;
    let source = source(&shop.uri());
    let ids = async |query: OrderQuery| {
        source.find(&query).await.unwrap().into_iter().map(|order| order.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(OrderQuery::Email("mara@example.org".to_owned())).await, ["o1", "o3"]);
    assert_eq!(ids(OrderQuery::Number("#fj-2".to_owned())).await, ["o2"]);
    assert_eq!(ids(OrderQuery::Phone("+49 151 12345678".to_owned())).await, ["o1", "o2", "o3"]);
    assert_eq!(ids(OrderQuery::Phone("+49 151 99".to_owned())).await, ["o3"]);
    assert!(ids(OrderQuery::Tracking("-".to_owned())).await.is_empty());
}

#[tokio::test]
async fn pages_are_followed_and_end() {
    let shop = MockServer::start().await;
    let page = |orders: Value, cursor: &str| {
        ResponseTemplate::new(200).set_body_json(json!({"orders": orders, "next_cursor": cursor}))
    };
    let mut older = order("o2", "FJ-2", "mara@example.org");
    older["placed_at"] = json!("2026-10-01T00:00:00Z");
    let mut stale = order("o1", "FJ-1", "mara@example.org");
    stale["updated_at"] = json!("2026-11-18T09:00:00Z");
    stale["status"] = json!("shipped");
    let first = page(json!([older]), "two");
    Mock::given(query_param_is_missing("cursor")).respond_with(first).expect(1).mount(&shop).await;
    // The second page repeats an order in an older state, and points to itself.
    let second = page(json!([order("o1", "FJ-1", "mara@example.org"), stale]), "two");
    Mock::given(query_param("cursor", "two")).respond_with(second).expect(1).mount(&shop).await;
    let found = source(&shop.uri()).find(&OrderQuery::Email("mara@example.org".to_owned())).await.unwrap();
    let states: Vec<_> = found.iter().map(|order| (order.id.as_str(), order.status)).collect();
    assert_eq!(states, [("o1", OrderStatus::Open), ("o2", OrderStatus::Open)]);
}

#[tokio::test]
async fn at_most_twenty_orders_are_given() {
    let many: Vec<Value> =
        (0..60).map(|index| order(&format!("o{index}"), &format!("FJ-{index}"), "mara@example.org")).collect();
    let shop = shop_with(json!(many)).await;
    let found = source(&shop.uri()).find(&OrderQuery::Email("mara@example.org".to_owned())).await.unwrap();
    assert_eq!(found.len(), 20);
}

#[tokio::test]
async fn an_id_stays_one_segment_of_the_path() {
    let shop = MockServer::start().await;
    let source = source(&format!("{}/support/", shop.uri()));
    assert_eq!(source.get("a/../b?c#d %2F").await, Ok(None));
    for id in ["", ".", ".."] {
        assert_eq!(source.get(id).await, Ok(None));
    }
    let requests = shop.received_requests().await.unwrap();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].url.path(), "/support/orders/a%2F..%2Fb%3Fc%23d%20%252F");
}

#[tokio::test]
async fn get_gives_the_order_that_was_asked_for() {
    let shop = MockServer::start().await;
    let answer = ResponseTemplate::new(200).set_body_json(order("o1", "FJ-1", "mara@example.org"));
    Mock::given(method("GET")).respond_with(answer).mount(&shop).await;
    let source = source(&shop.uri());
    assert_eq!(source.get("o1").await.unwrap().unwrap().number, "FJ-1");
    let other = source.get("o2").await.unwrap_err();
    assert!(matches!(other, channel_contract::orders::OrderFailure::Refused { .. }), "{other:?}");
}

#[tokio::test]
async fn products_are_optional_and_limited() {
    let shop = MockServer::start().await;
    let product = |sku: &str| json!({"sku": sku, "title": "Pot", "price": money("39.00"), "in_stock": 4});
    let mut products: Vec<Value> = vec![Value::Null, json!({"title": "no SKU, no price"}), json!("text")];
    products.extend((0..12).map(|index| product(&format!("POT-{index}"))));
    let page = ResponseTemplate::new(200).set_body_json(json!({"products": products}));
    Mock::given(query_param("q", "tea pot")).respond_with(page).mount(&shop).await;
    let source = source(&shop.uri());
    let found = source.products(" tea pot ").await.unwrap();
    assert_eq!((found.len(), found[0].sku.as_str(), found[0].in_stock), (10, "POT-0", Some(4)));
    assert_eq!(source.products("cup").await, Ok(Vec::new()), "404: not offered");
}

#[tokio::test]
async fn the_connection_can_be_tried() {
    let shop = shop_with(json!([])).await;
    assert_eq!(source(&shop.uri()).check().await, Ok(()));
    let elsewhere = MockServer::start().await;
    assert!(source(&elsewhere.uri()).check().await.is_err(), "a wrong path must not pass for a shop without orders");
}
