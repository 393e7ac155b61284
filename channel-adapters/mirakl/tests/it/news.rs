//! Orders, incidents and returns become news of their order.

use std::time::Duration;

use channel_contract::MessageChannel as _;
use channel_contract::channel::{Cursor, Polled};
use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::inbound::{InboundEvent, OrderHappening};
use channel_mirakl::MiraklSettings;
use platform_doubles::{Fault, Response};
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;

use crate::marketplace::Marketplace;

const PATIENCE: Duration = Duration::from_mins(1);
/// How much time lies between two orders that are read by their number.
const MINUTE: Duration = Duration::from_mins(1);

fn now(market: &Marketplace) -> String {
    market.platform().now().format(&Rfc3339).unwrap()
}

/// An order in a state, with one line in another.
fn order(market: &Marketplace, state: &str, line: &str) -> Value {
    json!({
        "order_id": "O-7-A",
        "commercial_id": "O-7",
        "order_state": state,
        "last_updated_date": now(market),
        "customer": { "customer_id": "c-17", "firstname": "Ann", "lastname": "Berg" },
        "order_lines": [{
            "order_line_id": "O-7-A-1",
            "order_line_state": line,
            "order_line_state_reason_label": "Item not received",
            "last_updated_date": now(market),
        }],
    })
}

async fn poll(market: &Marketplace, cursor: Option<&Cursor>) -> Polled {
    market.platform().advance(Duration::from_secs(901));
    let polled = market.mirakl().poll(cursor).await.unwrap();
    assert!(polled.trouble.is_none() && polled.warning.is_none(), "{polled:?}");
    polled
}

/// What is told, and the keys of it.
fn told(market: &Marketplace, polled: &Polled) -> Vec<(String, OrderHappening, String)> {
    let events = polled.items.iter().flat_map(|item| {
        assert!(!String::from_utf8_lossy(&item.body).contains("Berg"), "nothing of the customer is stored");
        market.mirakl().parse(item).unwrap()
    });
    let news = events.map(|event| {
        let InboundEvent::Order(news) = event.event else { panic!("{:?}", event.event) };
        assert_eq!(
            (news.order_number.as_str(), news.thread.order_numbers),
            ("O-7-A", vec!["O-7-A".to_owned(), "O-7".to_owned()])
        );
        (event.external_id, news.what, news.words)
    });
    news.collect()
}

fn what(told: &[(String, OrderHappening, String)]) -> Vec<OrderHappening> {
    told.iter().map(|(_, what, _)| *what).collect()
}

#[tokio::test]
async fn an_order_is_told_from_its_placing_to_the_money_that_goes_back() {
    use OrderHappening::{Changed, Created, Delivered, Refunded, Shipped};
    let market = Marketplace::start(PATIENCE).await;
    let mut cursor = None;
    let mut keys = std::collections::HashSet::new();
    for (state, expected) in [
        ("STAGING", None),
        ("WAITING_ACCEPTANCE", Some((Created, "The order waits to be accepted."))),
        ("WAITING_DEBIT_PAYMENT", None),
        ("SHIPPING", Some((Changed, "The order waits to be shipped."))),
        ("SHIPPED", Some((Shipped, "The order was shipped."))),
        ("RECEIVED", Some((Delivered, "The order was received."))),
        ("LOST_IN_SPACE", Some((Changed, "The order is in a new state: Lost in space."))),
        ("CANCELED", Some((Changed, "The order was cancelled."))),
    ] {
        market.platform().put_order(order(&market, state, state));
        let polled = poll(&market, cursor.as_ref()).await;
        let told = told(&market, &polled);
        let shown = told.iter().map(|(_, what, words)| (*what, words.as_str())).next();
        assert_eq!(shown, expected, "{state}");
        assert!(told.iter().all(|(key, ..)| keys.insert(key.clone())), "each has a key of its own");
        cursor = Some(polled.cursor);
    }
    let mut refunded = order(&market, "CANCELED", "REFUNDED");
    refunded["order_lines"][0]["refunds"] = json!([
        { "id": "77", "refund_state": "REFUNDED", "reason_code": "ITEM_BROKEN", "transaction_date": now(&market) },
        { "id": "78", "refund_state": "WAITING_REFUND" }, null,
    ]);
    market.platform().put_order(refunded);
    let told = told(&market, &poll(&market, cursor.as_ref()).await);
    assert_eq!(what(&told), [Changed, Refunded], "what was told before is told under its old key");
    assert!(keys.contains(&told[0].0) && told[1].2 == "Money for the order went back: Item broken.", "{told:?}");
}

#[tokio::test]
async fn an_incident_is_told_once_when_it_begins_and_once_when_it_ends() {
    use OrderHappening::{ClaimClosed, ClaimOpened, Shipped};
    let market = Marketplace::start(PATIENCE).await;
    market.platform().put_order(order(&market, "SHIPPED", "SHIPPED"));
    let polled = poll(&market, None).await;
    assert_eq!(what(&told(&market, &polled)), [Shipped]);
    market.platform().put_order(order(&market, "SHIPPED", "INCIDENT_OPEN"));
    let opened = poll(&market, Some(&polled.cursor)).await;
    let told_opened = told(&market, &opened);
    assert_eq!(what(&told_opened), [Shipped, ClaimOpened]);
    assert_eq!(told_opened[1].2, "An incident was opened: Item not received.");
    // Something else about the order changes meanwhile.
    market.platform().put_order(order(&market, "SHIPPED", "INCIDENT_OPEN"));
    let same = poll(&market, Some(&opened.cursor)).await;
    assert_eq!(what(&told(&market, &same)), [Shipped]);
    market.platform().put_order(order(&market, "SHIPPED", "SHIPPED"));
    let ended = poll(&market, Some(&same.cursor)).await;
    assert_eq!(what(&told(&market, &ended)), [Shipped, ClaimClosed]);
    // The same reading once more, after its answer was lost.
    let again = poll(&market, Some(&same.cursor)).await;
    assert_eq!(told(&market, &again), told(&market, &ended));
    // Another incident of the same line is another.
    market.platform().put_order(order(&market, "SHIPPED", "INCIDENT_OPEN"));
    let second = told(&market, &poll(&market, Some(&ended.cursor)).await);
    assert_eq!(what(&second), [Shipped, ClaimOpened]);
    assert_ne!(second[1].0, told_opened[1].0);
}

#[tokio::test]
async fn a_return_is_told_when_it_is_opened_and_when_it_moves() {
    use OrderHappening::{Changed, ReturnOpened};
    let market = Marketplace::start(PATIENCE).await;
    let found = |state: &str| {
        json!({ "id": "r-1", "order_id": "O-7-A", "order_commercial_id": "O-7", "state": state,
                "reason_code": "RETURN_BROKEN_ITEM", "description": "Ann Berg, Hafenweg 3",
                "date_created": now(&market), "last_updated": now(&market) })
    };
    market.platform().put_return(found("WAITING_ACCEPTANCE"));
    let polled = poll(&market, None).await;
    let opened = told(&market, &polled);
    assert_eq!(what(&opened), [ReturnOpened]);
    assert_eq!(opened[0].2, "A return was opened: Broken item.");
    let (mut cursor, mut words) = (polled.cursor, Vec::new());
    for state in ["IN_PROGRESS", "RECEIVED", "CLOSED", "EATEN_BY_DOG"] {
        market.platform().put_return(found(state));
        let polled = poll(&market, Some(&cursor)).await;
        let told = told(&market, &polled);
        assert_eq!(told[0].0, opened[0].0, "it is opened once");
        words.extend(told.into_iter().skip(1).map(|(_, what, words)| {
            assert_eq!(what, Changed);
            words
        }));
        cursor = polled.cursor;
    }
    assert_eq!(
        words,
        ["What was sent back has arrived.", "The return was closed.", "The return is in a new state: Eaten by dog."]
    );
}

#[tokio::test]
async fn an_order_is_read_by_its_number_as_it_is_now() {
    let market = Marketplace::start(PATIENCE).await;
    let mut bought = order(&market, "SHIPPED", "SHIPPED");
    for (name, value) in [
        ("created_date", json!(now(&market))),
        ("currency_iso_code", json!("EUR")),
        ("total_price", json!(24.9)),
        ("shipping_tracking", json!("0034")),
    ] {
        bought[name] = value;
    }
    market.platform().put_order(bought);
    market.platform().put_order(json!({ "order_id": "O-8-A", "last_updated_date": now(&market) }));
    assert!(market.mirakl().reads_orders());
    let order = market.mirakl().order("O-7-A").await.unwrap().unwrap();
    assert_eq!((order.number.as_str(), order.total.decimal().as_str()), ("O-7-A", "24.90"));
    assert_eq!((order.buyer.name.as_str(), order.shipments[0].tracking_number.as_str()), ("Ann Berg", "0034"));
    market.platform().advance(MINUTE);
    assert_eq!(market.mirakl().order("O-9-A").await, Ok(None));
    assert_eq!(market.mirakl().order("O-7-A,O-8-A").await, Ok(None), "one is asked for");
    market.platform().advance(MINUTE);
    let failure = market.mirakl().order("O-8-A").await.unwrap_err();
    assert!(failure.to_string().contains("too little of this order"), "{failure}");
}

#[tokio::test]
async fn orders_are_asked_for_one_in_a_minute() {
    let market = Marketplace::start(PATIENCE).await;
    let readings = || market.double.calls().iter().filter(|call| call.path.ends_with("/orders")).count();
    assert_eq!(market.mirakl().order("O-7-A").await, Ok(None));
    assert_eq!(market.mirakl().order("O-7-A").await, Ok(None), "it was just told");
    let refused = market.mirakl().order("O-9-A").await.unwrap_err();
    assert!(refused.to_string().contains("Look again in 60 s."), "{refused}");
    let ChannelFailure::Retry { class: FailureClass::Rate, after, .. } = refused else { panic!("{refused}") };
    assert_eq!((after, readings()), (Some(MINUTE), 1));
    market.platform().advance(MINUTE);
    assert_eq!((market.mirakl().order("O-9-A").await, readings()), (Ok(None), 2));
}

#[tokio::test]
async fn a_question_that_got_no_answer_is_asked_anew_at_the_next_turn() {
    let market = Marketplace::start(PATIENCE).await;
    market.double.misbehave("GET", "/orders", Fault::Answer(Response::status(503)), 1);
    let lost = market.mirakl().order("O-7-A").await.unwrap_err();
    assert!(matches!(lost, ChannelFailure::Retry { class: FailureClass::Temporary, after: None, .. }), "{lost:?}");
    market.platform().advance(Duration::from_secs(20));
    let early = market.mirakl().order("O-7-A").await.unwrap_err();
    assert!(early.to_string().contains("Look again in 40 s."), "{early}");
    let ChannelFailure::Retry { class: FailureClass::Rate, after, .. } = early else { panic!("{early}") };
    assert_eq!((after, market.double.calls().len()), (Some(Duration::from_secs(40)), 0));
    market.platform().advance(Duration::from_secs(40));
    assert_eq!(market.mirakl().order("O-7-A").await, Ok(None));

    // A refusal is an answer: it is told as it came.
    market.platform().advance(MINUTE);
    market.double.misbehave("GET", "/orders", Fault::Answer(Response::status(403)), 1);
    for _ in 0..2 {
        let refused = market.mirakl().order("O-7-A").await.unwrap_err();
        assert_eq!(refused.class(), FailureClass::Permission, "{refused}");
    }
}

#[tokio::test]
async fn where_orders_are_not_read_none_is_asked_for() {
    let settings = MiraklSettings { orders: false, ..MiraklSettings::default() };
    let market = Marketplace::with(PATIENCE, settings).await;
    assert!(!market.mirakl().reads_orders());
    assert_eq!(market.mirakl().order("O-7-A").await, Ok(None));
    assert!(market.double.calls().is_empty());
}
