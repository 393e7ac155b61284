//! Reading what is new: how often, how far, and what is in the way.

use std::time::Duration;

use bytes::Bytes;
use channel_contract::MessageChannel as _;
use channel_contract::channel::{Cursor, Polled};
use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::inbound::RawOrigin;
use channel_mirakl::MiraklSettings;
use platform_doubles::mirakl::{Mirakl, Who};
use platform_doubles::{Fault as Wire, Response};
use serde_json::json;
use time::format_description::well_known::Rfc3339;

use crate::marketplace::{ANN, Marketplace};

const PATIENCE: Duration = Duration::from_mins(1);

async fn poll(market: &Marketplace, cursor: Option<&Cursor>) -> Polled {
    market.mirakl().poll(cursor).await.unwrap()
}

fn keys(polled: &Polled) -> Vec<&str> {
    polled.items.iter().map(|item| item.external_id.as_str()).collect()
}

/// How often each list was asked for.
fn asked(market: &Marketplace) -> [usize; 3] {
    let calls = market.double.calls();
    ["/api/inbox/threads", "/api/orders", "/api/returns"]
        .map(|path| calls.iter().filter(|call| call.path == path).count())
}

fn advance(market: &Marketplace, seconds: u64) {
    market.platform().advance(Duration::from_secs(seconds));
}

#[tokio::test]
async fn each_list_is_asked_for_as_often_as_its_rules_allow() {
    let market = Marketplace::start(PATIENCE).await;
    let mut polled = poll(&market, None).await;
    assert_eq!(asked(&market), [1, 1, 1]);
    for (seconds, expected) in [(0, [1, 1, 1]), (299, [1, 1, 1]), (1, [2, 2, 1]), (300, [3, 3, 1]), (300, [4, 4, 2])] {
        advance(&market, seconds);
        polled = poll(&market, Some(&polled.cursor)).await;
        assert_eq!(asked(&market), expected, "after {seconds} more seconds");
        assert!(polled.trouble.is_none() && !polled.more, "{:?}", polled.trouble);
    }
    let quiet = MiraklSettings { orders: false, returns: false, ..MiraklSettings::default() };
    let market = Marketplace::with(PATIENCE, quiet).await;
    poll(&market, None).await;
    assert_eq!(asked(&market), [1, 0, 0], "what is switched off is not read");
}

#[tokio::test]
async fn messages_come_page_by_page_oldest_first_and_each_reading_overlaps() {
    let market = Marketplace::start(PATIENCE).await;
    let threads: Vec<String> = (0..5).map(|at| market.platform().open(&format!("O-{at}"), ANN)).collect();
    for text in ["one", "two"] {
        for thread in &threads {
            market.platform().says(thread, Who::Customer, text, &[]);
        }
    }
    let polled = poll(&market, None).await;
    assert_eq!(polled.items.len(), 10);
    assert_eq!(asked(&market)[0], 3, "two threads a page");
    let calls = market.double.calls();
    let since = |at: usize| calls[at].query("updated_since").to_owned();
    assert!(since(0) == since(1) && !calls[1].query("page_token").is_empty(), "the pages of one reading ask the same");
    // Within a page by time.
    let times: Vec<_> =
        polled.items[..4].iter().map(|item| market.mirakl().parse(item).unwrap()[0].occurred_at).collect();
    assert!(times.is_sorted(), "{times:?}");

    advance(&market, 400);
    let again = poll(&market, Some(&polled.cursor)).await;
    let mut known = keys(&polled);
    known.sort_unstable();
    assert!(keys(&again).iter().all(|key| known.binary_search(key).is_ok()), "what is read again has the same keys");
    let asked_from = market.double.calls().iter().rev().find(|call| call.path.ends_with("threads")).cloned().unwrap();
    assert_ne!(asked_from.query("updated_since"), since(0), "the next reading begins later");
}

#[tokio::test]
async fn a_thread_with_more_than_a_page_holds_is_read_whole() {
    let market = Marketplace::start(PATIENCE).await;
    let thread = market.platform().open("O-1042-A", ANN);
    for at in 0..130 {
        market.platform().says(&thread, Who::Customer, &format!("Message {at}"), &[]);
    }
    let polled = poll(&market, None).await;
    assert_eq!(polled.items.len(), 130);
    market.platform().says(&thread, Who::Customer, "One more", &[]);
    advance(&market, 301);
    let whole = format!("/api/inbox/threads/{thread}");
    let times = || market.double.calls().iter().filter(|call| call.path == whole).count();
    let before = times();
    let next = poll(&market, Some(&polled.cursor)).await;
    assert!(keys(&next).iter().any(|key| !keys(&polled).contains(key)), "the new one is there");
    assert_eq!(times(), before, "a page that reaches back far enough is enough");
}

#[tokio::test]
async fn a_page_that_is_too_large_hides_no_thread() {
    let market = Marketplace::start(PATIENCE).await;
    let (small, large) = (market.platform().open("O-1", ANN), market.platform().open("O-2", ANN));
    market.platform().says(&small, Who::Customer, "Where is my order?", &[]);
    // In one thread more than a page may have.
    let long = "x".repeat(50_000);
    for _ in 0..100 {
        market.platform().says(&large, Who::Customer, &format!("{long}{long}"), &[]);
    }
    let (mut cursor, mut found) = (None, Vec::new());
    for _ in 0..6 {
        let polled = poll(&market, cursor.as_ref()).await;
        found.extend(polled.items.clone());
        let is_over = polled.trouble.is_none();
        cursor = Some(polled.cursor);
        if is_over {
            break;
        }
    }
    let texts: Vec<String> = found
        .iter()
        .flat_map(|item| market.mirakl().parse(item).unwrap())
        .filter_map(|event| event.event.into_message())
        .map(|message| message.text)
        .collect();
    assert_eq!(texts.len(), 2, "{texts:?}");
    assert!(
        texts.iter().any(|text| text == "Where is my order?") && texts.iter().any(|text| text.contains("too long"))
    );
    advance(&market, 301);
    market.platform().says(&small, Who::Customer, "Hello?", &[]);
    let limit = |market: &Marketplace| {
        let calls = market.double.calls();
        calls.iter().rfind(|call| call.path.ends_with("/inbox/threads")).unwrap().query("limit").to_owned()
    };
    let _ = poll(&market, cursor.as_ref()).await;
    assert_eq!(limit(&market), "2", "the next reading asks for as many as ever");
}

#[tokio::test]
async fn what_the_shop_wrote_rests_until_the_desk_knows_its_own() {
    let market = Marketplace::start(PATIENCE).await;
    let thread = market.platform().open("O-1042-A", ANN);
    market.platform().says(&thread, Who::Customer, "Where is it?", &[]);
    let own = market.platform().says(&thread, Who::Shop, "On its way.", &[]);
    market.platform().says(&thread, Who::Customer, "Thanks", &[]);
    let polled = poll(&market, None).await;
    assert_eq!(polled.items.len(), 2, "{:?}", keys(&polled));
    advance(&market, 700);
    let next = poll(&market, Some(&polled.cursor)).await;
    let sent: Vec<_> = next.items.iter().filter(|item| item.origin == RawOrigin::Sent).collect();
    assert_eq!(sent.len(), 1, "it comes later");
    let event = market.mirakl().parse(sent[0]).unwrap().remove(0);
    assert_eq!(event.event.into_message().unwrap().own_ids, [own]);
}

#[tokio::test]
async fn pages_of_returns_are_five_minutes_apart() {
    let market = Marketplace::start(PATIENCE).await;
    for at in 0..60 {
        let moment = market.platform().now().format(&Rfc3339).unwrap();
        market.platform().put_return(json!({
            "id": format!("r-{at}"), "order_id": "O-7-A", "state": "RECEIVED", "date_created": moment, "last_updated": moment,
        }));
    }
    let first = poll(&market, None).await;
    assert_eq!(asked(&market)[2], 1, "the second page has its own turn");
    let (mut cursor, mut items) = (first.cursor, first.items.len());
    for (seconds, calls) in [(60, 1), (241, 2), (301, 2)] {
        advance(&market, seconds);
        let polled = poll(&market, Some(&cursor)).await;
        assert_eq!(asked(&market)[2], calls, "{seconds}");
        items += polled.items.len();
        cursor = polled.cursor;
    }
    assert!(items >= 60, "all are read: {items}");
}

#[tokio::test]
async fn a_forgotten_page_begins_the_reading_anew() {
    let market = Marketplace::start(PATIENCE).await;
    for at in 0..3 {
        let thread = market.platform().open(&format!("O-{at}"), ANN);
        market.platform().says(&thread, Who::Customer, "Hello", &[]);
    }
    market.double.misbehave("GET", "/threads", Wire::Slow(Duration::ZERO), 1);
    market.double.misbehave("GET", "/threads", Wire::Answer(Mirakl::refusal(400, "page_token is not valid")), 1);
    let polled = poll(&market, None).await;
    assert_eq!(polled.items.len(), 2, "the first page counts");
    assert!(matches!(polled.trouble, Some(ChannelFailure::Retry { .. })), "{:?}", polled.trouble);
    let next = poll(&market, Some(&polled.cursor)).await;
    assert!(next.trouble.is_none());
    assert_eq!(next.items.len(), 3, "at once, and from the start");
}

#[tokio::test]
async fn trouble_with_orders_keeps_no_message_away() {
    let market = Marketplace::start(PATIENCE).await;
    let thread = market.platform().open("O-1042-A", ANN);
    market.platform().says(&thread, Who::Customer, "Hello", &[]);
    market.double.misbehave("GET", "/orders", Wire::Answer(Mirakl::refusal(403, "Forbidden")), 9);
    let polled = poll(&market, None).await;
    assert_eq!(polled.items.len(), 1);
    assert!(polled.trouble.is_none() && polled.warning.is_some_and(|words| words.contains("rights")));
    assert_eq!(asked(&market)[2], 1, "returns are read all the same");
    advance(&market, 60);
    let before = asked(&market);
    poll(&market, Some(&polled.cursor)).await;
    assert_eq!(asked(&market), before, "and nobody knocks again at once");
}

#[tokio::test]
async fn trouble_with_one_list_keeps_no_other_away() {
    let market = Marketplace::start(PATIENCE).await;
    for status in [500, 429] {
        let before = asked(&market)[2];
        market.double.misbehave("GET", "/orders", Wire::Answer(Mirakl::refusal(status, "")), 1);
        let polled = poll(&market, None).await;
        assert!(matches!(polled.trouble, Some(ChannelFailure::Retry { .. })), "{:?}", polled.trouble);
        assert_eq!(asked(&market)[2], before + 1, "returns are read all the same");
    }
}

#[tokio::test]
async fn trouble_says_how_long_to_wait() {
    let market = Marketplace::start(PATIENCE).await;
    let hinted = Mirakl::refusal(429, "Too many requests").with("retry-after", "7");
    for (answer, class, after) in [
        (Mirakl::refusal(429, "Too many requests"), FailureClass::Rate, Some(Duration::from_mins(5))),
        (hinted, FailureClass::Rate, Some(Duration::from_secs(7))),
        (Response::status(500), FailureClass::Temporary, None),
        (Response::json(200, &json!({ "data": 3 })), FailureClass::Protocol, None),
        (Response { body: Bytes::from_static(b"<html>"), ..Response::status(200) }, FailureClass::Protocol, None),
    ] {
        market.double.misbehave("GET", "/threads", Wire::Answer(answer), 1);
        let polled = poll(&market, None).await;
        let Some(ChannelFailure::Retry { class: found, after: wait, .. }) = polled.trouble else {
            panic!("{polled:?}")
        };
        assert_eq!((found, wait), (class, after));
    }
    market.double.misbehave("GET", "/threads", Wire::Answer(Response::status(404)), 1);
    let polled = poll(&market, None).await;
    assert!(matches!(polled.trouble, Some(ChannelFailure::Refused { .. })), "{polled:?}");
}

#[tokio::test]
async fn another_shop_of_the_same_key_is_named_in_each_call() {
    let settings = MiraklSettings { shop_id: " 2002 ".to_owned(), ..MiraklSettings::default() };
    let market = Marketplace::with(PATIENCE, settings).await;
    let thread = market.platform().open("O-1042-A", ANN);
    let asked = market.platform().says(&thread, Who::Customer, "Hello", &[]);
    market.mirakl().send(&market.answer_in(&thread, &asked)).await.unwrap();
    poll(&market, None).await;
    market.mirakl().check().await.unwrap();
    assert!(market.double.calls().iter().all(|call| call.query("shop_id") == "2002"));
}

#[tokio::test]
async fn pages_of_orders_are_as_far_apart_as_the_rules_want_each_call() {
    let market = Marketplace::start(PATIENCE).await;
    let changed = market.platform().now().format(&Rfc3339).unwrap();
    for number in 0..250 {
        market.platform().put_order(json!({ "order_id": format!("O-{number}"), "last_updated_date": changed }));
    }
    let mut polled = poll(&market, None).await;
    assert_eq!(asked(&market)[1], 1);
    let offsets = || {
        let calls = market.double.calls();
        let orders = calls.iter().filter(|call| call.path == "/api/orders");
        orders.map(|call| call.query("offset").to_owned()).collect::<Vec<_>>()
    };
    for (seconds, expected) in [(59, 1), (1, 2), (60, 3), (60, 3)] {
        advance(&market, seconds);
        polled = poll(&market, Some(&polled.cursor)).await;
        assert_eq!(offsets().len(), expected, "after {seconds} more seconds");
        assert!(polled.trouble.is_none() && !polled.more, "{:?}", polled.trouble);
    }
    assert_eq!(offsets(), ["", "100", "200"]);
}
