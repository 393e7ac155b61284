//! Answers that are lost, late or old, and calls that come at once: money moves once.

use std::time::Duration;

use channel_contract::orders::{ActionCommand, OrderFailure, OrderSource as _};
use platform_doubles::{Fault, Response};
use serde_json::json;

use crate::support::{Bench, euros};

/// What happens to a call that the shop has taken.
fn lost() -> Vec<Fault> {
    vec![Fault::ResetAfterBody, Fault::AnswerAfterBody(Response::status(502)), Fault::BreakOffAfterBody]
}

/// The same key until the fate is known.
async fn until_known(bench: &Bench, command: &ActionCommand) -> String {
    for _ in 0..5 {
        match bench.source.perform(command).await {
            Ok(receipt) => return receipt.reference,
            Err(OrderFailure::Unknown { .. } | OrderFailure::Retry { .. }) => {}
            Err(failure) => panic!("{failure:?}"),
        }
    }
    panic!("the fate stays open");
}

#[tokio::test]
async fn an_answer_that_is_lost_after_a_refund_is_one_refund() {
    for fault in lost() {
        let bench = Bench::start().await;
        let refund = bench.cup("key-1").await;
        bench.shop.misbehave("POST", "/refunds", fault.clone(), 1);
        let reference = until_known(&bench, &refund).await;
        assert_eq!(until_known(&bench, &refund).await, reference);
        let order = bench.read().await;
        assert_eq!((order.refunds.len(), order.refunded()), (1, euros(1300)), "{fault:?}");
        assert_eq!(bench.asked("POST", "/refunds"), 1, "{fault:?}");
    }
}

#[tokio::test]
async fn a_refund_that_never_came_through_is_made_by_the_same_key() {
    for fault in [Fault::LoseAfterBody, Fault::ResetBeforeBody, Fault::Answer(Response::status(502))] {
        let bench = Bench::start().await;
        let refund = bench.cup("key-1").await;
        bench.shop.misbehave("POST", "/refunds", fault.clone(), 1);
        let first = bench.source.perform(&refund).await;
        assert!(matches!(first, Err(OrderFailure::Unknown { .. })), "{fault:?}: {first:?}");
        until_known(&bench, &refund).await;
        assert_eq!(bench.shop.platform.refunds(bench.order).len(), 1, "{fault:?}");
    }
}

#[tokio::test]
async fn a_refund_whose_answer_and_reading_are_lost_is_found_later() {
    let bench = Bench::start().await;
    let refund = bench.cup("key-1").await;
    bench.shop.misbehave("POST", "/refunds", Fault::ResetAfterBody, 1);
    bench.shop.misbehave("GET", "/refunds", Fault::ResetBeforeBody, 1);
    let first = bench.source.perform(&refund).await;
    assert!(matches!(first, Err(OrderFailure::Unknown { .. })), "{first:?}");
    until_known(&bench, &refund).await;
    assert_eq!(bench.asked("POST", "/refunds"), 1);
}

#[tokio::test]
async fn a_slow_shop_is_not_asked_twice() {
    let bench = Bench::start().await;
    let refund = bench.cup("key-1").await;
    let bench = bench.with_patience(Duration::from_secs(1));
    bench.shop.misbehave("POST", "/refunds", Fault::Slow(Duration::from_secs(5)), 1);
    until_known(&bench, &refund).await;
    assert_eq!(bench.asked("POST", "/refunds"), 1);
}

#[tokio::test]
async fn a_throttled_call_did_nothing_and_names_its_time() {
    let bench = Bench::start().await;
    let refund = bench.cup("key-1").await;
    for status in [429, 503] {
        let busy = Response::status(status).with("retry-after", "30");
        bench.shop.misbehave("POST", "/refunds", Fault::Answer(busy), 1);
        let failure = bench.source.perform(&refund).await.unwrap_err();
        let waits = matches!(&failure, OrderFailure::Retry { after: Some(after), .. } if after.as_secs() == 30);
        assert!(waits, "{failure:?}");
    }
    let busy = Response::status(429).with("retry-after", "7");
    bench.shop.misbehave("GET", "/orders", Fault::Answer(busy), 1);
    let reading = bench.source.get(&bench.id()).await;
    assert!(matches!(reading, Err(OrderFailure::Retry { after: Some(after), .. }) if after.as_secs() == 7));
    until_known(&bench, &refund).await;
    assert_eq!(bench.shop.platform.refunds(bench.order).len(), 1);
}

#[tokio::test]
async fn the_same_key_at_once_by_two_connections_is_one_refund() {
    let bench = Bench::start().await;
    let other =
        crate::support::source(&bench.shop.url(), platform_doubles::woocommerce::SECRET, Duration::from_mins(1));
    let refund = bench.cup("key-1").await;
    let (one, two, three) =
        tokio::join!(bench.source.perform(&refund), other.perform(&refund), bench.source.perform(&refund));
    assert_eq!(one.as_ref().unwrap(), two.as_ref().unwrap());
    assert_eq!(one.unwrap(), three.unwrap());
    assert_eq!(bench.asked("POST", "/refunds"), 1);
}

#[tokio::test]
async fn two_keys_at_once_give_back_no_more_than_was_paid() {
    let bench = Bench::start().await;
    let (one, two) = (bench.cancellation("key-1"), bench.cancellation("key-2"));
    let (one, two) = tokio::join!(bench.source.perform(&one), bench.source.perform(&two));
    assert!(one.is_ok() && two.is_ok(), "{one:?} {two:?}");
    assert_eq!(bench.read().await.refunded(), euros(6990));
}

#[tokio::test]
async fn a_cancellation_that_is_cut_off_between_its_steps_goes_on() {
    for fault in [Fault::ResetBeforeBody, Fault::Answer(Response::status(429)), Fault::ResetAfterBody] {
        let bench = Bench::start().await;
        let cancellation = bench.cancellation("key-1");
        bench.shop.misbehave("PUT", "/orders", fault.clone(), 1);
        until_known(&bench, &cancellation).await;
        assert_eq!(bench.asked("POST", "/refunds"), 1, "{fault:?}");
        assert_eq!(bench.shop.platform.order(bench.order)["status"], "cancelled", "{fault:?}");
    }
}

#[tokio::test]
async fn goods_are_sent_again_once_whatever_is_lost() {
    for fault in lost() {
        let bench = Bench::start().await;
        let again = bench.another_cup("key-1").await;
        bench.shop.misbehave("POST", "/orders", fault.clone(), 1);
        let number = until_known(&bench, &again).await;
        assert_eq!(until_known(&bench, &again).await, number);
        assert_eq!(bench.shop.platform.count(), 2, "{fault:?}");
    }
}

#[tokio::test]
async fn goods_that_may_be_under_way_are_not_sent_again_by_themselves() {
    let bench = Bench::start().await;
    let again = bench.another_cup("key-1").await;
    bench.shop.misbehave("POST", "/orders", Fault::LoseAfterBody, 1);
    for _ in 0..2 {
        let failure = bench.source.perform(&again).await;
        assert!(matches!(failure, Err(OrderFailure::Unknown { .. })), "{failure:?}");
    }
    assert_eq!((bench.shop.platform.count(), bench.asked("POST", "/orders")), (1, 0), "a person looks");
}

#[tokio::test]
async fn goods_that_the_shop_refused_to_send_can_be_sent_later() {
    let bench = Bench::start().await;
    let again = bench.another_cup("key-1").await;
    let busy = Response::json(400, &json!({ "code": "odd", "message": "Not today." }));
    bench.shop.misbehave("POST", "/orders", Fault::Answer(busy), 1);
    let refused = bench.source.perform(&again).await;
    assert!(matches!(&refused, Err(OrderFailure::Refused { reason }) if reason.contains("Not today.")), "{refused:?}");
    until_known(&bench, &again).await;
    assert_eq!(bench.shop.platform.count(), 2);
}

#[tokio::test]
async fn an_old_list_of_refunds_moves_no_money() {
    let bench = Bench::start().await;
    let refund = bench.cup("key-1").await;
    bench.shop.misbehave("POST", "/refunds", Fault::ResetAfterBody, 1);
    bench.shop.misbehave("GET", "/refunds", Fault::Answer(Response::json(200, &json!([]))), 2);
    let first = bench.source.perform(&refund).await;
    assert!(matches!(first, Err(OrderFailure::Unknown { .. })), "{first:?}");
    // The order names the refund, its list does not yet.
    let second = bench.source.perform(&refund).await;
    assert!(matches!(second, Err(OrderFailure::Unknown { .. })), "{second:?}");
    until_known(&bench, &refund).await;
    assert_eq!(bench.asked("POST", "/refunds"), 1);
}

#[tokio::test]
async fn a_shop_that_shows_old_orders_keeps_the_fate_of_an_action_open() {
    let bench = Bench::start().await;
    let cancellation = bench.cancellation("key-1");
    bench.shop.misbehave("PUT", "/orders", Fault::ResetAfterBody, 1);
    bench.shop.platform.show_old(true);
    let first = bench.source.perform(&cancellation).await;
    assert!(matches!(first, Err(OrderFailure::Unknown { .. })), "{first:?}");
    bench.shop.platform.show_old(false);
    until_known(&bench, &cancellation).await;
    assert_eq!(bench.asked("POST", "/refunds"), 1);
}
