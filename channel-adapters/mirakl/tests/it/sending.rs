//! Answers, their readers, and what becomes of them.

use std::time::Duration;

use channel_contract::MessageChannel as _;
use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::outbound::{Outbound, Reconciliation};
use channel_mirakl::MiraklSettings;
use channel_mirakl::settings::Secret;
use platform_doubles::Fault as Wire;
use platform_doubles::mirakl::{Mirakl, Who};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::marketplace::{ANN, Marketplace};

const PATIENCE: Duration = Duration::from_mins(1);

async fn market() -> Marketplace {
    Marketplace::start(PATIENCE).await
}

/// The last message that the marketplace took, its readers first.
fn last(market: &Marketplace) -> (Vec<String>, String) {
    let taken = market.platform().taken().pop().unwrap();
    (taken.to, taken.text)
}

/// What is read in a thread when the desk answers it.
async fn last_read(market: &Marketplace) -> String {
    let polled = market.mirakl().poll(None).await.unwrap();
    let events = polled.items.iter().flat_map(|item| market.mirakl().parse(item).unwrap());
    let messages = events.filter(|event| event.event.clone().into_message().is_some());
    messages.last().unwrap().external_id
}

#[tokio::test]
async fn an_answer_reaches_whom_it_names_and_nobody_else_whoever_wrote_last() {
    let market = market().await;
    let thread = market.platform().open("O-1042-A", ANN);
    for who in [Who::Customer, Who::OperatorToShop, Who::Operator] {
        market.platform().says(&thread, who, "What about it?", &[]);
        let asked = last_read(&market).await;
        for (to, readers) in [
            (vec![], vec!["CUSTOMER"]),
            (vec!["market/customer/c-17"], vec!["CUSTOMER"]),
            (vec!["market/operator"], vec!["OPERATOR"]),
            (vec!["market/customer/c-17", "market/operator"], vec!["CUSTOMER", "OPERATOR"]),
            (vec!["market/operator", "market/customer/c-17"], vec!["CUSTOMER", "OPERATOR"]),
        ] {
            let to = to.iter().map(ToString::to_string).collect();
            let receipt = market.mirakl().send(&Outbound { to, ..market.answer_in(&thread, &asked) }).await.unwrap();
            let taken = market.platform().taken().pop().unwrap();
            assert_eq!(
                (taken.to, taken.thread, taken.id),
                (readers.iter().map(ToString::to_string).collect(), thread.clone(), receipt.external_id)
            );
        }
    }
}

#[tokio::test]
async fn the_operator_is_answered_in_a_thread_without_a_customer() {
    let market = market().await;
    let alone = market.platform().open_with_operator();
    let asked = market.platform().says(&alone, Who::OperatorToShop, "Your documents end soon.", &[]);
    let to = vec!["market/operator".to_owned()];
    market.mirakl().send(&Outbound { to, ..market.answer_in(&alone, &asked) }).await.unwrap();
    assert_eq!(last(&market).0, ["OPERATOR"]);
}

#[tokio::test]
async fn the_shop_writes_in_threads_that_are_there_and_begins_none() {
    let market = market().await;
    assert!(!market.mirakl().capabilities().can_initiate);
    assert!(!market.mirakl().capabilities_in(None).can_initiate);
    let first = Outbound { thread_id: None, ..market.answer_in("", "") };
    assert_eq!(market.mirakl().send(&first).await.map_err(|failure| failure.class()), Err(FailureClass::Policy));
    for nowhere in [None, Some(String::new())] {
        let answer = Outbound { thread_id: nowhere, ..market.answer_in("", "m-1") };
        let outcome = market.mirakl().send(&answer).await;
        assert_eq!(outcome.map_err(|failure| failure.class()), Err(FailureClass::Recipient));
    }
    assert!(market.double.calls().is_empty());

    // Begun by a teammate on the marketplace's own pages.
    let thread = market.platform().open("O-1042-A", ANN);
    let begun = market.platform().says(&thread, Who::Shop, "Your parcel is late.", &[]);
    assert!(market.mirakl().capabilities_in(Some(&thread)).can_initiate);
    let next = Outbound { references: vec![begun], ..market.answer_in(&thread, "") };
    market.mirakl().send(&next).await.unwrap();
    assert_eq!(last(&market).0, ["CUSTOMER"]);
}

#[tokio::test]
async fn no_customer_of_another_marketplace_and_nothing_that_leads_away() {
    use FailureClass::{Content, Policy, Recipient};
    let market = market().await;
    let thread = market.platform().open("O-1042-A", ANN);
    let asked = market.platform().says(&thread, Who::Customer, "Where is it?", &[]);
    let answer = |text: &str| Outbound { text: text.to_owned(), ..market.answer_in(&thread, &asked) };
    for (message, class) in [
        (answer("Hi"), Content),
        (answer("  a  "), Content),
        (answer("Look at www.fjord.example"), Policy),
        (answer("Write to ann@fjord.example, please"), Policy),
        (answer("Call +49 171 5557812"), Policy),
        (answer("Call 0151/77204421"), Policy),
        (answer("Look at fjord-shop.com"), Policy),
        (answer("Write to ann (at) fjord.example"), Policy),
        (answer("Write to ann at fjord dot com"), Policy),
        (answer("Look at www fjord com"), Policy),
        (answer("Look at fjord . de"), Policy),
        (Outbound { to: vec!["bazaar/customer/c-17".to_owned()], ..answer("It left.") }, Recipient),
        (Outbound { to: vec!["market/customer/c-99".to_owned()], ..answer("It left.") }, Recipient),
        (Outbound { thread_id: Some("..".to_owned()), ..answer("It left.") }, Content),
        (Outbound { thread_id: Some("gone".to_owned()), ..answer("It left.") }, Recipient),
    ] {
        let outcome = market.mirakl().send(&message).await;
        assert_eq!(outcome.map_err(|failure| failure.class()), Err(class), "{:?} {:?}", message.to, message.text);
    }
    assert!(market.platform().taken().is_empty());
    assert_eq!(market.mirakl().objections("See https://fjord.example or ann@fjord.example").len(), 2);

    let free = market.set_up(&MiraklSettings { links: true, ..market.settings.clone() });
    assert!(free.objections("See https://fjord.example").is_empty());
    free.send(&answer("See https://fjord.example or write to ann@fjord.example")).await.unwrap();
    assert_eq!(last(&market).1, "See https://fjord.example or write to ann@fjord.example");
}

#[tokio::test]
async fn a_refusal_says_what_to_do_and_nothing_of_the_customer() {
    use FailureClass::{Content, Permission, Recipient, Temporary};
    let market = market().await;
    let thread = market.platform().open("O-1042-A", ANN);
    let asked = market.platform().says(&thread, Who::Customer, "Where is it?", &[]);
    let message = market.answer_in(&thread, &asked);
    for (status, words, class) in [
        (400, "A recipient is not an authorized participant", Recipient),
        (400, "body: “It left on Saturday.” is not allowed", Content),
        (403, "Forbidden", Permission),
        (404, "Thread not found", Recipient),
        (413, "Payload too large", Content),
        (302, "", Permission),
        (503, "", Temporary),
    ] {
        market.double.misbehave("POST", "/message", Wire::Answer(Mirakl::refusal(status, words)), 1);
        let failure = market.mirakl().send(&message).await.unwrap_err();
        assert_eq!(failure.class(), class, "{status}");
        assert!(!failure.to_string().contains("Saturday"), "{failure}");
    }
    // Refused for another reason, in words that quote what was said.
    let quoting = Outbound { text: "The recipient signed for it.".to_owned(), ..message.clone() };
    let words = "body: “The recipient signed for it.” is too short";
    market.double.misbehave("POST", "/message", Wire::Answer(Mirakl::refusal(400, words)), 1);
    assert_eq!(market.mirakl().send(&quoting).await.unwrap_err().class(), Content);
    for status in [500, 502, 504] {
        market.double.misbehave("POST", "/message", Wire::Answer(Mirakl::refusal(status, "")), 1);
        let failure = market.mirakl().send(&message).await.unwrap_err();
        assert!(matches!(failure, ChannelFailure::Unknown { .. }), "it may have been taken: {failure:?}");
    }
    let no_id = platform_doubles::Response::json(201, &json!({}));
    market.double.misbehave("POST", "/message", Wire::Answer(no_id), 1);
    let failure = market.mirakl().send(&message).await.unwrap_err();
    assert!(
        matches!(failure, ChannelFailure::Unknown { .. }),
        "it was taken under an id that nobody knows: {failure:?}"
    );

    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let away = MiraklSettings { api_url: format!("http://{closed}"), ..market.settings.clone() };
    let failure = market.set_up(&away).send(&message).await.unwrap_err();
    assert!(matches!(failure, ChannelFailure::Retry { class: Temporary, .. }), "nothing left: {failure:?}");
    let odd_key = MiraklSettings { api_key: Secret::new("key\nof the shop"), ..market.settings.clone() };
    let failure = market.set_up(&odd_key).send(&message).await.unwrap_err();
    assert!(matches!(failure, ChannelFailure::Reconnect { .. }), "{failure:?}");
}

#[tokio::test]
async fn a_new_key_goes_on_where_the_old_one_ended() {
    let market = market().await;
    let thread = market.platform().open("O-1042-A", ANN);
    market.platform().says(&thread, Who::Customer, "Hello", &[]);
    let polled = market.mirakl().poll(None).await.unwrap();
    market.platform().renew_key("the-new-key");
    market.platform().advance(Duration::from_secs(301));
    market.platform().says(&thread, Who::Customer, "Where is it?", &[]);
    let refused = market.mirakl().poll(Some(&polled.cursor)).await.unwrap();
    assert!(matches!(refused.trouble, Some(ChannelFailure::Reconnect { .. })), "{:?}", refused.trouble);
    let renewed = MiraklSettings { api_key: Secret::new("the-new-key"), ..market.settings.clone() };
    let polled = market.set_up(&renewed).poll(Some(&refused.cursor)).await.unwrap();
    assert_eq!(polled.items.len(), 2, "nothing is lost meanwhile");
}

/// What the marketplace says became of a message.
async fn fate(market: &Marketplace, message: &Outbound) -> Reconciliation {
    market.mirakl().reconcile(message).await.unwrap()
}

#[tokio::test]
async fn what_became_of_a_message_is_read_in_its_thread() {
    let market = market().await;
    let thread = market.platform().open("O-1042-A", ANN);
    let earlier = market.platform().says(&thread, Who::Shop, "It left on Saturday.", &[]);
    let asked = market.platform().says(&thread, Who::Customer, "Are you sure?", &[]);
    let message = market.answer_in(&thread, &asked);
    assert_eq!(fate(&market, &message).await, Reconciliation::NotSent, "the same words before the question are others");
    market.platform().says(&thread, Who::Customer, "It left on Saturday.", &[]);
    assert_eq!(fate(&market, &message).await, Reconciliation::NotSent, "the customer's words are not the shop's");

    let sent = market.platform().says(&thread, Who::Shop, "It left \r\n on Saturday.", &[]);
    let Reconciliation::Sent(receipt) = fate(&market, &message).await else { panic!("it is there") };
    assert_eq!(receipt.external_id, sent);
    let once_more = Outbound { references: vec![earlier, asked, sent], ..message.clone() };
    assert_eq!(fate(&market, &once_more).await, Reconciliation::NotSent, "what the desk knows is another message");

    market.platform().says(&thread, Who::Shop, "It **** on Saturday.", &[]);
    assert_eq!(fate(&market, &once_more).await, Reconciliation::CannotTell, "some words may have been masked");
    assert_eq!(fate(&market, &market.answer_in("gone", "")).await, Reconciliation::NotSent);
}

#[tokio::test]
async fn the_same_words_of_somebody_else_are_not_taken_for_it() {
    let market = market().await;
    let thread = market.platform().open("O-1042-A", ANN);
    let asked = market.platform().says(&thread, Who::Customer, "Where is it?", &[]);
    let message = market.answer_in(&thread, &asked);
    market.platform().says(&thread, Who::Customer, "It left on Saturday.", &[]);
    assert_eq!(fate(&market, &message).await, Reconciliation::NotSent, "the customer's words are not the shop's");
    market.double.misbehave("POST", "/message", Wire::ResetAfterBody, 1);
    assert!(market.mirakl().send(&message).await.is_err());
    let own = market.platform().taken().pop().unwrap().id;
    market.platform().says(&thread, Who::Shop, "It left on Saturday.", &[]);
    assert_eq!(fate(&market, &message).await, Reconciliation::CannotTell, "one of them is a colleague's");
    let polled = Outbound { references: vec![own], ..message };
    assert!(matches!(fate(&market, &polled).await, Reconciliation::Sent(_)), "what the desk knows is another message");
}

#[tokio::test]
async fn words_without_a_date_prove_nothing() {
    let market = market().await;
    let thread = market.platform().open("O-1042-A", ANN);
    let asked = market.platform().says(&thread, Who::Customer, "Where is it?", &[]);
    market.platform().says(&thread, Who::Shop, "It left on Saturday.", &[]);
    let mut shown = market.platform().thread(&thread);
    shown["messages"][1]["date_created"] = Value::Null;
    let undated = Wire::Answer(platform_doubles::Response::json(200, &shown));
    market.double.misbehave("GET", &format!("/threads/{thread}"), undated, 1);
    assert_eq!(fate(&market, &market.answer_in(&thread, &asked)).await, Reconciliation::CannotTell);
}

#[tokio::test]
async fn the_same_words_before_the_command_are_another_message() {
    let market = market().await;
    let thread = market.platform().open("O-1042-A", ANN);
    let asked = market.platform().says(&thread, Who::Customer, "Where is it?", &[]);
    // Said in a conversation of the desk that is over, so that nobody names it now.
    market.platform().says(&thread, Who::Shop, "It left on Saturday.", &[]);
    let made_after = |market: &Marketplace| {
        let now = market.platform().now();
        let made = uuid::Timestamp::from_unix_time(now.unix_timestamp().try_into().unwrap(), 0, 0, 0);
        Outbound { command_id: uuid::Uuid::new_v7(made), now, ..market.answer_in(&thread, &asked) }
    };
    market.platform().advance(Duration::from_mins(2));
    let soon = made_after(&market);
    assert_eq!(fate(&market, &soon).await, Reconciliation::CannotTell, "it may be it, by another clock");
    market.platform().advance(Duration::from_hours(1));
    let later = made_after(&market);
    assert_eq!(fate(&market, &later).await, Reconciliation::NotSent);
    let sent = market.platform().says(&thread, Who::Shop, "It left on Saturday.", &[]);
    let Reconciliation::Sent(receipt) = fate(&market, &later).await else { panic!("it is there") };
    assert_eq!(receipt.external_id, sent);
}

#[tokio::test]
async fn masked_words_are_no_second_message() {
    let market = market().await;
    market.platform().mask();
    let free = market.set_up(&MiraklSettings { links: true, ..market.settings.clone() });
    let thread = market.platform().open("O-1042-A", ANN);
    let asked = market.platform().says(&thread, Who::Customer, "Where do I write to?", &[]);
    let text = "Write to ann@fjord.example then.".to_owned();
    let message = Outbound { text, ..market.answer_in(&thread, &asked) };
    market.double.misbehave("POST", "/message", Wire::ResetAfterBody, 1);
    let outcome = free.send(&message).await;
    assert!(matches!(outcome, Err(ChannelFailure::Unknown { .. })), "{outcome:?}");
    assert_eq!(free.reconcile(&message).await, Ok(Reconciliation::CannotTell));
}
