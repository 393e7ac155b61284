//! Finding and reading orders and products, who is let in, and webhooks that were stopped.

use std::collections::BTreeSet;
use std::time::Duration;

use channel_contract::orders::{ActionKind, ChangedOrders, OrderFailure, OrderQuery, OrderSource as _};
use platform_doubles::woocommerce::SECRET;
use serde_json::json;

use crate::support::{BUYER, Bench, HOOK_PATH, now, source, source_at};

#[tokio::test]
async fn a_customer_finds_their_own_orders_and_no_others() {
    let bench = Bench::start().await;
    // The shop's search finds what only names the address somewhere.
    let stranger = bench.shop.platform.buy("", "somebody.else@example.org");
    bench
        .shop
        .platform
        .change(stranger, &json!({ "customer_note": BUYER, "billing": { "email": "", "phone": "+1 415 12345678" } }));
    for query in [
        OrderQuery::Email(BUYER.to_uppercase()),
        OrderQuery::Phone("+4915112345678".to_owned()),
        OrderQuery::Number(bench.id()),
    ] {
        let found = bench.source.find(&query).await.unwrap();
        assert_eq!(found.iter().map(|order| order.id.clone()).collect::<Vec<_>>(), [bench.id()], "{query:?}");
    }
    let parcel =
        json!({ "meta_data": [{ "key": "_wc_shipment_tracking_items", "value": [{ "tracking_number": "00340-A" }] }] });
    bench.shop.platform.change(bench.order, &parcel);
    assert_eq!(bench.source.find(&OrderQuery::Tracking("00340-a".to_owned())).await.unwrap().len(), 1);
}

#[tokio::test]
async fn more_than_a_page_is_read_and_the_newest_20_are_given() {
    let bench = Bench::start().await;
    let mut newest = bench.order;
    for _ in 0..44 {
        newest = bench.shop.platform.buy("", BUYER);
    }
    let found = bench.source.find(&OrderQuery::Email(BUYER.to_owned())).await.unwrap();
    assert_eq!((found.len(), found[0].id.clone()), (20, newest.to_string()));
    let earlier = OrderQuery::Number(bench.id());
    assert_eq!(bench.source.find(&earlier).await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_order_with_500_lines_is_read_whole() {
    let bench = Bench::start().await;
    let line = |id: u32| json!({ "id": id, "name": "Cup", "product_id": 5, "quantity": 2, "total": "8.40", "total_tax": "1.60" });
    let lines: Vec<_> = (1..=500).map(line).collect();
    bench.shop.platform.change(bench.order, &json!({ "line_items": lines, "total": "5004.90" }));
    let order = bench.read().await;
    assert_eq!((order.lines.len(), order.refusal(ActionKind::Refund)), (500, None));
}

#[tokio::test]
async fn an_order_that_is_none_yet_is_not_there() {
    let bench = Bench::start().await;
    bench.shop.platform.change(bench.order, &json!({ "status": "checkout-draft" }));
    assert_eq!(bench.source.get(&bench.id()).await, Ok(None));
    assert_eq!(bench.source.find(&OrderQuery::Number(bench.id())).await, Ok(Vec::new()));
}

#[tokio::test]
async fn an_order_that_cannot_be_read_hides_behind_no_other() {
    let bench = Bench::start().await;
    let odd = bench.shop.platform.buy("", BUYER);
    bench.shop.platform.change(odd, &json!({ "total": "twelve" }));
    let by_mail = bench.source.find(&OrderQuery::Email(BUYER.to_owned())).await;
    assert!(matches!(by_mail, Err(OrderFailure::Refused { .. })), "{by_mail:?}");
    assert_eq!(bench.source.find(&OrderQuery::Number(bench.id())).await.unwrap().len(), 1);
}

#[tokio::test]
async fn keys_go_in_the_address_where_a_host_strips_the_header() {
    let bench = Bench::start().await;
    bench.shop.platform.strip_header();
    bench.read().await;
    bench.source.perform(&bench.cup("key-1").await).await.unwrap();
    let calls = bench.shop.calls();
    assert!(calls[0].query("consumer_key").is_empty() && !calls[1].query("consumer_key").is_empty());
    assert!(calls.iter().skip(1).all(|call| !call.query("consumer_secret").is_empty()), "asked as a stranger once");
    assert_eq!(bench.shop.platform.refunds(bench.order).len(), 1);
}

#[tokio::test]
async fn wrong_keys_stay_in_the_header_and_a_person_renews_them() {
    let bench = Bench::start().await;
    let wrong = source(&bench.shop.url(), "cs_of_another", Duration::from_mins(1));
    let failure = wrong.check().await.unwrap_err();
    assert!(matches!(&failure, OrderFailure::Reconnect { reason } if reason.contains("Read/Write")), "{failure:?}");
    assert!(bench.shop.calls().iter().all(|call| call.query("consumer_secret").is_empty()));
    bench.shop.platform.read_only();
    let refund = bench.cup("key-1").await;
    let failure = bench.source.perform(&refund).await.unwrap_err();
    assert!(matches!(&failure, OrderFailure::Reconnect { .. }), "{failure:?}");
    assert!(!failure.to_string().contains(SECRET));
}

#[tokio::test]
async fn a_webhook_that_the_shop_stopped_is_told() {
    let bench = Bench::start().await;
    assert_eq!(bench.source.check().await, Ok(()), "nobody has to have one");
    bench.shop.platform.put_webhook("https://elsewhere.example/hooks", "disabled");
    assert_eq!(bench.source.check().await, Ok(()), "it is not ours");
    let ours = format!("https://desk.example{HOOK_PATH}");
    bench.shop.platform.put_webhook(&ours, "active");
    assert_eq!(bench.source.check().await, Ok(()));
    bench.shop.platform.put_webhook(&ours, "disabled");
    let failure = bench.source.check().await.unwrap_err();
    assert!(matches!(&failure, OrderFailure::Refused { reason } if reason.contains("order.updated")), "{failure:?}");
}

#[tokio::test]
async fn what_changed_since_is_named() {
    let bench = Bench::start().await;
    let other = bench.shop.platform.buy("", BUYER);
    let all = bench.source.changed_since(now()).await.unwrap().unwrap();
    assert_eq!(all, ChangedOrders { orders: vec![other.to_string(), bench.id()], until: None });
    let later = now() + Duration::from_mins(10);
    assert_eq!(bench.source.changed_since(later).await, Ok(Some(ChangedOrders::default())));
}

#[tokio::test]
async fn what_does_not_fit_into_one_look_is_named_by_the_next() {
    let bench = Bench::start().await;
    // The shop's clock goes on by a second with each.
    let mut all: BTreeSet<String> = (0..2_050).map(|_| bench.shop.platform.buy("", BUYER).to_string()).collect();
    all.insert(bench.id());
    let source = source_at(&bench.shop.url(), SECRET, Duration::from_mins(1), || now() + Duration::from_mins(40));
    let first = source.changed_since(now()).await.unwrap().unwrap();
    let until = first.until.expect("there is more");
    assert!(first.orders.len() < all.len());
    let second = source.changed_since(until).await.unwrap().unwrap();
    assert_eq!(second.until, None);
    let named: BTreeSet<String> = first.orders.into_iter().chain(second.orders).collect();
    assert_eq!(named, all);
}

#[tokio::test]
async fn products_are_found_by_their_number_and_by_words() {
    let bench = Bench::start().await;
    let pot = json!({ "id": 7, "sku": "POT", "name": "Tea pot", "price": "39.00", "stock_status": "outofstock" });
    bench.shop.platform.put_product(pot);
    for words in ["POT", " tea"] {
        let found = bench.source.products(words).await.unwrap();
        assert_eq!(
            found.iter().map(|product| (product.sku.as_str(), product.in_stock)).collect::<Vec<_>>(),
            [("POT", Some(0))],
            "{words}"
        );
    }
    assert_eq!(bench.source.products("kettle").await, Ok(Vec::new()));
}
