//! eBay is told by the desk where to push, and a check finds it when it does not.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use channel_contract::channel::{MessageChannel as _, WebhookRequest};
use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_ebay::EbayChannel;
use channel_ebay::settings::{Access, EbaySettings, Notifications, Secret};
use platform_doubles::ebay::NARROW_REFRESH_TOKEN;
use platform_doubles::{Fault, Response};
use time::Duration as Span;

use crate::shop::{BUYER, ENDPOINT, LISTING, Shop};

const PATIENCE: Duration = Duration::from_secs(30);
const ALL: [&str; 4] = ["AUTHORIZATION_REVOCATION", "BUYER_QUESTION", "MARKETPLACE_ACCOUNT_DELETION", "NEW_MESSAGE"];

/// An account whose address answers eBay.
async fn shop(change: impl FnOnce(Notifications) -> Notifications) -> Shop {
    let shop = Shop::with(PATIENCE, |settings| {
        let wanted =
            Notifications { wanted: true, alert_email: "ops@fjord.example".to_owned(), ..settings.notifications };
        EbaySettings { notifications: change(wanted), ..settings }
    })
    .await;
    answer_by(&shop, shop.again());
    shop
}

fn answer_by(shop: &Shop, channel: EbayChannel) {
    let request = shop.request(Bytes::new(), None);
    let asked = move |code: &str| {
        let query = vec![("challenge_code".to_owned(), code.to_owned())];
        channel.handshake(&WebhookRequest { query, ..request.clone() }).map(|answer| answer.body)
    };
    shop.ebay.platform.ask_addresses(Arc::new(asked));
}

fn refusal(outcome: Result<(), ChannelFailure>) -> String {
    let failure = outcome.unwrap_err();
    assert_eq!(failure.class(), FailureClass::Permission, "{failure}");
    failure.to_string()
}

#[tokio::test]
async fn ebay_is_told_once_and_knows_from_then_on() {
    let shop = shop(|notifications| notifications).await;
    let words = refusal(shop.channel.check().await);
    assert!(words.contains("pushes nothing"), "{words}");
    for _ in 0..2 {
        shop.channel.begin(ENDPOINT).await.unwrap();
        assert_eq!(shop.ebay.platform.pushed_to(ENDPOINT), ALL);
    }
    assert_eq!(shop.ebay.platform.alert_email(), "ops@fjord.example");
    shop.channel.check().await.unwrap();
}

#[tokio::test]
async fn what_ebay_stopped_is_found_and_begun_anew() {
    let shop = shop(|notifications| notifications).await;
    let ebay = &shop.ebay.platform;
    shop.channel.begin(ENDPOINT).await.unwrap();
    ebay.disable("NEW_MESSAGE");
    let words = refusal(shop.channel.check().await);
    assert!(words.contains("does not push new messages.") && !words.contains("questions"), "{words}");
    ebay.mark_down();
    assert!(refusal(shop.channel.check().await).contains("pushes nothing"));
    shop.channel.begin(ENDPOINT).await.unwrap();
    assert_eq!(ebay.pushed_to(ENDPOINT), ALL);
    shop.channel.check().await.unwrap();
}

/// The same account with another address, which answers eBay from now on.
fn at_address(shop: &Shop, endpoint: &str) -> EbayChannel {
    let notifications = Notifications { endpoint: endpoint.to_owned(), ..shop.settings.notifications.clone() };
    let settings = EbaySettings { notifications, ..shop.settings.clone() };
    answer_by(shop, shop.with_settings(&settings));
    shop.with_settings(&settings)
}

#[tokio::test]
async fn what_is_for_the_program_comes_to_the_address_that_the_desk_has_now() {
    const MOVED: &str = "https://moved.example/webhooks/ebay/1";
    let shop = shop(|notifications| notifications).await;
    let ebay = &shop.ebay.platform;
    shop.channel.begin(ENDPOINT).await.unwrap();
    let moved = at_address(&shop, MOVED);
    assert!(refusal(moved.check().await).contains("pushes nothing"));
    moved.begin(MOVED).await.unwrap();
    assert_eq!(ebay.pushed_to(MOVED), ALL);
    moved.check().await.unwrap();
    let words = refusal(shop.channel.check().await);
    assert!(words.contains("deleted accounts") && !words.contains("new messages"), "{words}");
}

#[tokio::test]
async fn what_is_for_the_program_may_come_to_any_channel_of_the_desk_that_works() {
    const SECOND: &str = "https://desk.example/webhooks/ebay/2";
    let shop = shop(|notifications| notifications).await;
    let ebay = &shop.ebay.platform;
    shop.channel.begin(ENDPOINT).await.unwrap();
    let second = at_address(&shop, SECOND);
    second.begin(SECOND).await.unwrap();
    assert_eq!(ebay.pushed_to(SECOND), ALL, "the first may be one that was removed");
    assert_eq!(ebay.pushed_to(ENDPOINT), ["BUYER_QUESTION", "NEW_MESSAGE"]);
    shop.channel.check().await.unwrap();
    ebay.mark_down();
    answer_by(&shop, shop.again());
    shop.channel.begin(ENDPOINT).await.unwrap();
    assert_eq!(ebay.pushed_to(ENDPOINT), ALL, "the second answers eBay no more");
    shop.channel.check().await.unwrap();
}

#[tokio::test]
async fn polling_says_what_ebay_does_not_push_until_it_does() {
    let shop = shop(|notifications| notifications).await;
    let ebay = &shop.ebay.platform;
    let beside = async || {
        let polled = shop.channel.poll(None).await.unwrap();
        assert_eq!(polled.trouble, None);
        polled.beside.map(|failure| refusal(Err(failure))).unwrap_or_default()
    };
    let words = beside().await;
    assert!(words.contains("pushes nothing") && words.contains("Messages come and replies leave"), "{words}");
    assert_eq!(beside().await, words, "one poll does not end it");
    shop.channel.begin(ENDPOINT).await.unwrap();
    assert_eq!(beside().await, "");

    ebay.mark_down();
    assert_eq!(beside().await, "", "it is looked once an hour");
    ebay.set_now(ebay.now() + Span::hours(1));
    assert_eq!(beside().await, words, "nobody had to look");
    shop.ebay.misbehave("GET", "/topic", Fault::Answer(Response::status(500)), 1);
    ebay.set_now(ebay.now() + Span::minutes(5));
    assert_eq!(beside().await, words, "a moment of trouble says nothing else");
    shop.channel.begin(ENDPOINT).await.unwrap();
    assert_eq!(beside().await, "");

    ebay.mark_down();
    assert_eq!(refusal(shop.channel.check().await), words);
    assert_eq!(beside().await, words, "what a check finds stays");
}

#[tokio::test]
async fn an_address_that_does_not_answer_is_said_and_messages_come_all_the_same() {
    let shop = shop(|notifications| notifications).await;
    let other =
        Notifications { verification_token: Secret::new("another-word"), ..shop.settings.notifications.clone() };
    answer_by(&shop, shop.with_settings(&EbaySettings { notifications: other, ..shop.settings.clone() }));
    let words = refusal(shop.channel.begin(ENDPOINT).await);
    assert!(words.contains("does not take the desk"), "{words}");
    shop.ebay.platform.write(BUYER, LISTING, "Hello");
    let (items, _) = shop.poll(None).await;
    assert_eq!(items.len(), 1);
}

#[tokio::test]
async fn a_mail_address_for_alerts_is_asked_for_where_ebay_has_none() {
    let shop = shop(|notifications| Notifications { alert_email: String::new(), ..notifications }).await;
    let words = refusal(shop.channel.begin(ENDPOINT).await);
    assert!(words.contains("mail address"), "{words}");
}

#[tokio::test]
async fn nothing_is_told_where_nobody_wants_it_or_ebay_reaches_nobody() {
    let unwanted = shop(|notifications| Notifications { wanted: false, ..notifications }).await;
    let hidden =
        shop(|notifications| Notifications { endpoint: "http://10.0.0.1/hook".to_owned(), ..notifications }).await;
    for shop in [unwanted, hidden] {
        shop.channel.begin(ENDPOINT).await.unwrap();
        shop.channel.check().await.unwrap();
        assert!(shop.ebay.calls().iter().all(|call| !call.path.contains("/destination")));
    }
}

#[tokio::test]
async fn a_grant_that_knows_nothing_of_pushing_says_what_to_do() {
    let shop = shop(|notifications| notifications).await;
    let access = Access { refresh_token: Secret::new(NARROW_REFRESH_TOKEN), ..shop.settings.access.clone() };
    let narrow = shop.with_settings(&EbaySettings { access, ..shop.settings.clone() });
    let words = refusal(narrow.begin(ENDPOINT).await);
    assert!(words.contains("allow it anew"), "{words}");
}
