//! What is done once stays done once: lost answers, calls at once, throttling, readings that are late.

use std::time::Duration;

use channel_contract::orders::{
    ActionCommand, ActionReceipt, Address, OrderAction, OrderFailure, OrderSource as _, OrderStatus,
};
use channel_shopify::Shopify;
use platform_doubles::shopify::{Shopify as Platform, erring, throttled};
use platform_doubles::{Double, Fault, Request, Response};
use serde_json::json;

use crate::shop::{MARA, command, double, one_of, order, refund, source, source_with, token, wish};

const KEY: &str = "0193a7c2-0000-7000-8000-000000000001";

/// How many calls a refund makes before the one that moves money: the order in two, and the suggestion.
const BEFORE_REFUND: usize = 3;

/// A shop with an order.
async fn shop() -> (Double<Platform>, Shopify, String) {
    let double = double().await;
    let id = double.platform.buy(&wish(MARA));
    let source = source(&double);
    (double, source, id)
}

/// Repeats a command as the desk does, until it is done.
async fn until_done(source: &Shopify, command: &ActionCommand) -> ActionReceipt {
    for _ in 0..20 {
        match source.perform(command).await {
            Ok(receipt) => return receipt,
            Err(OrderFailure::Retry { .. } | OrderFailure::Unknown { .. }) => {}
            Err(failure) => panic!("{failure:?}"),
        }
    }
    panic!("never done")
}

#[tokio::test]
async fn a_refund_whose_answer_was_lost_is_made_once() {
    let answers = |status| Fault::AnswerAfterBody(Response::status(status));
    for fault in [Fault::ResetAfterBody, Fault::BreakOffAfterBody, answers(502), answers(503)] {
        let (double, source, id) = shop().await;
        let action = command(KEY, &id, refund(1_000, &[]));
        double.misbehave_after(BEFORE_REFUND, fault.clone());
        let lost = source.perform(&action).await;
        assert!(matches!(lost, Err(OrderFailure::Unknown { .. })), "{fault:?}: {lost:?}");
        assert!(!double.means_to_misbehave(), "the fault met the refund");
        let (first, second) = (until_done(&source, &action).await, until_done(&source, &action).await);
        assert_eq!(first, second);
        let read = order(&source, &id).await;
        assert_eq!((read.refunds.len(), read.refunded().minor), (1, 1_000), "{fault:?}");
        assert_eq!(read.refunds.first().map(|refund| refund.reason.as_str()), Some("One cup broke."));
    }
}

#[tokio::test]
async fn a_refund_that_was_not_heard_is_made_once_when_it_comes_again() {
    for fault in [Fault::ResetBeforeBody, Fault::LoseAfterBody, Fault::Answer(erring("INTERNAL_SERVER_ERROR"))] {
        let (double, source, id) = shop().await;
        let action = command(KEY, &id, refund(1_000, &[]));
        double.misbehave_after(BEFORE_REFUND, fault.clone());
        let lost = source.perform(&action).await;
        assert!(matches!(lost, Err(OrderFailure::Unknown { .. })), "{fault:?}: {lost:?}");
        assert_eq!(order(&source, &id).await.refunds.len(), 0, "{fault:?}");
        until_done(&source, &action).await;
        assert_eq!(order(&source, &id).await.refunds.len(), 1, "{fault:?}");
    }
}

#[tokio::test]
async fn a_late_reading_does_not_make_a_second_refund() {
    let (double, source, id) = shop().await;
    let action = command(KEY, &id, refund(1_000, &[]));
    let receipt = until_done(&source, &action).await;
    double.platform.be_stale(2);
    assert_eq!(until_done(&source, &action).await.reference, receipt.reference, "Shopify knows the key");
    assert_eq!(order(&source, &id).await.refunded().minor, 1_000);
}

#[tokio::test]
async fn two_programs_at_once_refund_once() {
    let (double, one, id) = shop().await;
    let other = source(&double);
    let action = command(KEY, &id, refund(1_000, &[]));
    let (first, second) = futures_util::future::join(until_done(&one, &action), until_done(&other, &action)).await;
    assert_eq!(first.reference, second.reference);
    assert_eq!(order(&one, &id).await.refunds.len(), 1);
}

#[tokio::test]
async fn a_call_that_costs_too_much_now_waits_as_long_as_shopify_says() {
    let (double, source, id) = shop().await;
    let action = command(KEY, &id, refund(1_000, &[]));
    for calls in 0..=BEFORE_REFUND {
        double.misbehave_after(calls, Fault::Answer(throttled(9)));
        let refused = crate::shop::source(&double).perform(&action).await;
        let Err(OrderFailure::Retry { after, .. }) = refused else { panic!("{calls}: {refused:?}") };
        assert_eq!(after, Some(Duration::from_secs(9)), "{calls}");
        assert!(!double.means_to_misbehave());
    }
    assert_eq!(order(&source, &id).await.refunds.len(), 0);
    until_done(&source, &action).await;
    assert_eq!(order(&source, &id).await.refunds.len(), 1);
}

#[tokio::test]
async fn a_shop_that_answers_late_or_not_at_all_leaves_the_fate_open() {
    let (double, _, id) = shop().await;
    let hasty = source_with(&double, token(), Duration::from_secs(2));
    let action = command(KEY, &id, refund(1_000, &[]));
    double.misbehave_after(BEFORE_REFUND, Fault::HangAfterBody);
    let lost = hasty.perform(&action).await;
    assert!(matches!(lost, Err(OrderFailure::Unknown { .. })), "{lost:?}");
    let patient = source(&double);
    until_done(&patient, &action).await;
    assert_eq!(order(&patient, &id).await.refunds.len(), 1);
    double.misbehave("", "", Fault::Answer(Response::status(503)), 1);
    assert!(matches!(patient.get(&id).await, Err(OrderFailure::Retry { .. })));
    double.misbehave("", "", Fault::Answer(Response::status(402)), 1);
    assert!(matches!(patient.get(&id).await, Err(OrderFailure::Reconnect { .. })));
}

#[tokio::test]
async fn lines_are_named_where_the_amount_is_their_price() {
    let (double, source, id) = shop().await;
    let before = order(&source, &id).await;
    for (key, cents) in [("whole", 1_250), ("part", 300)] {
        until_done(&source, &command(key, &id, refund(cents, &one_of(&before)))).await;
    }
    let calls = double.calls();
    let inputs: Vec<_> =
        calls.iter().map(Request::json).filter(|call| call.to_string().contains("refundCreate(")).collect();
    let named: Vec<bool> =
        inputs.iter().map(|call| call.pointer("/variables/input/refundLineItems").is_some()).collect();
    assert_eq!(named, [true, false]);
}

#[tokio::test]
async fn more_than_is_left_is_refused_with_the_rest() {
    let (_double, source, id) = shop().await;
    until_done(&source, &command("first", &id, refund(6_000, &[]))).await;
    let refused = source.perform(&command("second", &id, refund(1_000, &[]))).await;
    assert!(matches!(&refused, Err(OrderFailure::Refused { reason }) if reason.contains("8.90 EUR")), "{refused:?}");
}

#[tokio::test]
async fn a_cancellation_whose_answer_was_lost_is_known_by_its_note() {
    let (double, source, id) = shop().await;
    let action = command(KEY, &id, OrderAction::Cancel { reason: "Ordered twice.".to_owned() });
    // The order in two calls comes before it.
    double.misbehave_after(2, Fault::ResetAfterBody);
    assert!(matches!(source.perform(&action).await, Err(OrderFailure::Unknown { .. })));
    let receipt = until_done(&source, &action).await;
    assert!(receipt.complete, "{receipt:?}");
    let read = order(&source, &id).await;
    assert_eq!((read.status, read.refundable().minor), (OrderStatus::Cancelled, 0));
    let other = source.perform(&command("another", &id, OrderAction::Cancel { reason: String::new() })).await;
    assert!(matches!(other, Err(OrderFailure::Refused { .. })), "{other:?}");
}

#[tokio::test]
async fn a_return_whose_answer_was_lost_is_opened_once() {
    let (double, source, id) = shop().await;
    double.platform.ship(&id, "00340434161094");
    let lines = one_of(&order(&source, &id).await);
    let action = command(
        KEY,
        &id,
        OrderAction::Return { lines: lines.clone(), reason: "Too small.".to_owned(), settled_by: None },
    );
    // The order in two calls and the reasons come before it.
    double.misbehave_after(3, Fault::ResetAfterBody);
    assert!(matches!(source.perform(&action).await, Err(OrderFailure::Unknown { .. })));
    let receipt = until_done(&source, &action).await;
    let read = order(&source, &id).await;
    assert_eq!(read.returns.iter().map(|back| back.id.as_str()).collect::<Vec<_>>(), [receipt.reference.as_str()]);
    assert_eq!(read.returns.first().map(|back| back.reason.as_str()), Some("Too small."));
    let more = lines.into_iter().map(|line| channel_contract::orders::LineQuantity { quantity: 2, ..line }).collect();
    let refused = source
        .perform(&command("more", &id, OrderAction::Return { lines: more, reason: String::new(), settled_by: None }))
        .await;
    assert!(
        matches!(&refused, Err(OrderFailure::Refused { reason }) if reason.contains("Only 1 of CUP")),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_replacement_is_one_order_wherever_an_answer_was_lost() {
    // The order in two calls, the claim that is looked for twice, draft, claim, what became of the draft, its completion.
    for calls in 0..8 {
        let (double, source, id) = shop().await;
        let lines = one_of(&order(&source, &id).await);
        let action = command(KEY, &id, OrderAction::Replace { lines, reason: "It broke.".to_owned() });
        double.misbehave_after(calls, Fault::ResetAfterBody);
        let lost = source.perform(&action).await;
        assert!(matches!(lost, Err(OrderFailure::Retry { .. } | OrderFailure::Unknown { .. })), "{calls}: {lost:?}");
        let (first, second) = (until_done(&source, &action).await, until_done(&source, &action).await);
        assert_eq!(first, second, "{calls}");
        assert_eq!(double.platform.count(), 2, "{calls}: the first order and its replacement");
        assert!(double.platform.open_drafts() <= 1, "{calls}: at most a draft that nobody knows");
    }
}

#[tokio::test]
async fn two_programs_at_once_send_one_replacement() {
    let (double, one, id) = shop().await;
    let other = source(&double);
    let lines = one_of(&order(&one, &id).await);
    let action = command(KEY, &id, OrderAction::Replace { lines, reason: "It broke.".to_owned() });
    let (first, second) = futures_util::future::join(until_done(&one, &action), until_done(&other, &action)).await;
    assert_eq!(first.reference, second.reference);
    assert_eq!((double.platform.count(), double.platform.open_drafts()), (2, 0));
}

#[tokio::test]
async fn an_address_that_is_there_already_is_not_written_again() {
    let (double, source, id) = shop().await;
    let address = Address { line1: "Hafenweg 4".to_owned(), ..order(&source, &id).await.shipping_address };
    let action = command(KEY, &id, OrderAction::ChangeAddress { address });
    double.misbehave_after(2, Fault::ResetAfterBody);
    assert!(matches!(source.perform(&action).await, Err(OrderFailure::Unknown { .. })));
    until_done(&source, &action).await;
    let writes = double.calls().iter().filter(|call| call.json().to_string().contains("orderUpdate(")).count();
    assert_eq!(writes, 1);
    let to = double.platform.order(&id);
    assert_eq!(to.pointer("/shippingAddress/phone"), Some(&json!("+4940123456")), "the carrier still has a number");
}
