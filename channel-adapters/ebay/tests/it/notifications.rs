//! What is special about notifications: keys that come later, and messages that polling brings too.

use std::time::Duration;

use channel_contract::channel::{MessageChannel as _, WebhookRequest};
use channel_contract::failure::VerifyError;
use channel_contract::inbound::{AccountChange, Inbound, InboundEvent};
use channel_ebay::settings::{EbaySettings, Notifications, Secret};
use platform_doubles::ebay::{Ebay, SELLER};
use platform_doubles::{Delivery, Fault, Response};
use serde_json::json;

use crate::shop::{BUYER, LISTING, Shop, messages};

const PATIENCE: Duration = Duration::from_secs(30);

fn arrived(shop: &Shop, delivery: Delivery) -> WebhookRequest {
    WebhookRequest { headers: delivery.headers, ..shop.request(delivery.body, None) }
}

async fn without_keys() -> Shop {
    Shop::with(PATIENCE, |settings| EbaySettings {
        notifications: Notifications { public_keys: [].into(), ..settings.notifications },
        ..settings
    })
    .await
}

#[tokio::test]
async fn a_key_that_is_not_known_is_asked_for_once_and_handed_on() {
    let shop = without_keys().await;
    let id = shop.ebay.platform.write(BUYER, LISTING, "Where is it?");
    let request = arrived(&shop, shop.ebay.platform.new_message(&id));
    assert_eq!(shop.channel.verify(&request), Err(VerifyError::Unchecked), "nobody knows the key yet");
    let (items, _) = shop.poll(None).await;
    assert_eq!(messages(shop.read(&items))[0].visible_text, "Where is it?", "polling brings the message anyway");
    assert_eq!(shop.channel.verify(&request).unwrap().len(), 1, "eBay pushes again what was not taken");
    shop.poll(None).await;
    let asked = shop.ebay.calls().into_iter().filter(|call| call.path.contains("/public_key/")).count();
    assert_eq!(asked, 1);
    let renewed = shop.channel.renewed_secrets().unwrap();
    let [in_use, _] = Ebay::key_ids();
    assert!(renewed["notifications"]["public_keys"][in_use]["key"].as_str().unwrap().starts_with("-----BEGIN"));
    assert_eq!(shop.channel.renewed_secrets(), None, "once is enough");
    let stored = serde_json::from_value(renewed["notifications"].clone()).unwrap();
    let settings = EbaySettings { notifications: stored, ..shop.settings.clone() };
    assert!(shop.with_settings(&settings).verify(&request).is_ok(), "it is known after a restart");
}

#[tokio::test]
async fn a_signed_delivery_without_anything_in_it_is_refused() {
    let shop = Shop::start(PATIENCE).await;
    let [in_use, _] = Ebay::key_ids();
    for empty in ["", " \n"] {
        let request = shop.request(empty.into(), Some(Ebay::signature(in_use, empty.as_bytes())));
        assert!(matches!(shop.channel.verify(&request), Err(VerifyError::Malformed(_))), "{empty:?}");
    }
}

#[tokio::test]
async fn keys_that_ebay_does_not_have_are_asked_for_once_and_open_nothing() {
    let shop = without_keys().await;
    let body: bytes::Bytes = Ebay::default().account_deletion("x", "y").body;
    for number in 0..20 {
        let header = Ebay::signature(&format!("made-up-{number}"), &body);
        assert_eq!(shop.channel.verify(&shop.request(body.clone(), Some(header))), Err(VerifyError::Unchecked));
    }
    shop.poll(None).await;
    let asked = || shop.ebay.calls().into_iter().filter(|call| call.path.contains("/public_key/")).count();
    assert_eq!(asked(), 4, "anybody can make up names of keys");
    for _ in 0..9 {
        let header = Ebay::signature("made-up-19", &body);
        let _ = shop.channel.verify(&shop.request(body.clone(), Some(header)));
        shop.poll(None).await;
    }
    assert_eq!(asked(), 20, "a few at a time, each once");
    for number in 0..20 {
        let forged = shop.request(body.clone(), Some(Ebay::signature(&format!("made-up-{number}"), &body)));
        assert_eq!(shop.channel.verify(&forged), Err(VerifyError::Mismatch), "eBay says that it has no such key");
    }
}

#[tokio::test]
async fn strangers_keep_no_key_from_being_learned() {
    let shop = without_keys().await;
    let body: bytes::Bytes = Ebay::default().account_deletion("x", "y").body;
    let strangers = |numbers: std::ops::Range<usize>| {
        for number in numbers {
            let header = Ebay::signature(&format!("made-up-{number}"), &body);
            let _ = shop.channel.verify(&shop.request(body.clone(), Some(header)));
        }
    };
    shop.ebay.misbehave("GET", "/public_key/made-up", Fault::Answer(Response::status(403)), 3);
    let id = shop.ebay.platform.write(BUYER, LISTING, "Where is it?");
    let request = arrived(&shop, shop.ebay.platform.new_message(&id));
    strangers(0..20);
    assert_eq!(shop.channel.verify(&request), Err(VerifyError::Unchecked), "nobody knows the key yet");
    let polled = shop.channel.poll(None).await.unwrap();
    assert!(polled.warning.is_some(), "trouble with a key is told");
    assert!(shop.channel.verify(&request).is_ok(), "it is learned all the same");
}

#[tokio::test]
async fn strangers_who_make_up_keys_do_not_drive_out_a_real_one() {
    let shop = without_keys().await;
    let request = arrived(&shop, shop.ebay.platform.account_deletion(BUYER, "u-9"));
    assert_eq!(shop.channel.verify(&request), Err(VerifyError::Unchecked), "nobody knows the key yet");
    for number in 0..500 {
        let header = Ebay::signature(&format!("made-up-{number}"), &request.body);
        let forged = shop.request(request.body.clone(), Some(header));
        assert_eq!(shop.channel.verify(&forged), Err(VerifyError::Unchecked));
    }
    shop.poll(None).await;
    assert!(shop.channel.verify(&request).is_ok(), "eBay pushes it again, and its key is known");
}

#[tokio::test]
async fn a_message_that_is_pushed_and_polled_says_the_same_under_one_id() {
    let shop = Shop::start(PATIENCE).await;
    let id = shop.ebay.platform.write(BUYER, LISTING, "Where is it?");
    let pushed = shop.channel.verify(&arrived(&shop, shop.ebay.platform.new_message(&id))).unwrap();
    let (polled, _) = shop.poll(None).await;
    assert_ne!(pushed[0].external_id, polled[0].external_id, "each raw item is kept");
    assert_eq!(shop.read(&pushed), shop.read(&polled));
    assert_eq!(shop.read(&pushed)[0].external_id, id);
}

#[tokio::test]
async fn a_notification_that_comes_again_is_the_same_delivery() {
    let shop = Shop::start(PATIENCE).await;
    let key = |attempt: u32| {
        let body = json!({ "metadata": { "topic": "NEW_MESSAGE" }, "notification": {
            "notificationId": "n-1", "publishAttemptCount": attempt, "data": {} } });
        let delivery = Ebay::signed(body.to_string().into());
        shop.channel.verify(&arrived(&shop, delivery)).unwrap()[0].external_id.clone()
    };
    assert_eq!(key(1), key(2), "only the count of attempts differs");
}

#[tokio::test]
async fn news_ends_the_wait_for_the_next_poll() {
    let shop = Shop::start(PATIENCE).await;
    let id = shop.ebay.platform.write(BUYER, LISTING, "Where is it?");
    shop.channel.verify(&arrived(&shop, shop.ebay.platform.new_message(&id))).unwrap();
    shop.channel.wait(Duration::from_hours(1)).await.unwrap();
}

#[tokio::test]
async fn a_closed_account_is_forgotten_and_is_no_news_of_the_channel() {
    let shop = Shop::start(PATIENCE).await;
    let delivery = shop.ebay.platform.account_deletion(BUYER, "u-9");
    let events = shop.read(&shop.channel.verify(&arrived(&shop, delivery)).unwrap());
    let [Inbound { event: InboundEvent::Erasure(names), .. }] = events.as_slice() else { panic!("{events:?}") };
    let names: Vec<(&str, &str)> = names.iter().map(|name| (name.kind.as_str(), name.value.as_str())).collect();
    assert_eq!(names, [("ebay_user", BUYER), ("ebay_user", "u-9")]);
}

#[tokio::test]
async fn access_taken_back_asks_for_a_person_if_it_is_this_account() {
    let shop = Shop::start(PATIENCE).await;
    for (seller, is_ours) in [(SELLER, true), ("another-shop", false)] {
        let delivery = shop.ebay.platform.revocation(seller);
        let events = shop.read(&shop.channel.verify(&arrived(&shop, delivery)).unwrap());
        let asks = matches!(&events[0].event, InboundEvent::Account(news) if news.what == AccountChange::Reconnect);
        assert_eq!(asks, is_ours, "{events:?}");
    }
}

#[tokio::test]
async fn a_question_is_answered_for_the_address_that_is_registered() {
    let shop = Shop::start(PATIENCE).await;
    let asked = |url: &str| WebhookRequest {
        query: vec![("challenge_code".to_owned(), "c1".to_owned())],
        url: url.to_owned(),
        ..shop.request(bytes::Bytes::new(), None)
    };
    let unnamed = EbaySettings {
        notifications: Notifications { endpoint: String::new(), ..shop.settings.notifications.clone() },
        ..shop.settings.clone()
    };
    let called = asked("https://other.example/hooks?challenge_code=c1");
    let answer = shop.with_settings(&unnamed).handshake(&called).unwrap();
    assert_eq!(answer.body, Ebay::challenge_answer("c1", "https://other.example/hooks"));
    assert_eq!(answer.content_type, "application/json");
    let closed = EbaySettings {
        notifications: Notifications { verification_token: Secret::default(), ..unnamed.notifications.clone() },
        ..unnamed
    };
    assert_eq!(shop.with_settings(&closed).handshake(&called), None, "without a word there is no answer");
}

#[tokio::test]
async fn what_is_too_large_or_without_form_is_refused() {
    let shop = Shop::start(PATIENCE).await;
    let odd = shop.request("{}".into(), Some("not base64!".to_owned()));
    assert!(matches!(shop.channel.verify(&odd), Err(VerifyError::Malformed(_))));
    let large = arrived(&shop, Ebay::signed(vec![b' '; 1024 * 1024 + 1].into()));
    assert_eq!(shop.channel.verify(&large), Err(VerifyError::TooLarge { limit: 1024 * 1024 }));
    let mut announced = shop.request(bytes::Bytes::new(), Some("x".to_owned()));
    announced.headers.push(("content-length".to_owned(), "10485760".to_owned()));
    assert_eq!(shop.channel.admit(&announced), Err(VerifyError::TooLarge { limit: 1024 * 1024 }));
}

#[tokio::test]
async fn what_something_in_between_answers_makes_no_key_wrong() {
    let shop = without_keys().await;
    let request = arrived(&shop, shop.ebay.platform.account_deletion(BUYER, "u-9"));
    let page = Response { body: "<html>Sign in</html>".into(), ..Response::status(200) };
    let strange = [302, 400, 404].map(Response::status).into_iter().chain([page]);
    for answer in strange {
        shop.ebay.misbehave("GET", "/public_key/", Fault::Answer(answer), 1);
        assert_eq!(shop.channel.verify(&request), Err(VerifyError::Unchecked), "nobody knows the key yet");
        let polled = shop.channel.poll(None).await.unwrap();
        assert!(polled.warning.is_some(), "trouble with a key is told");
    }
    assert_eq!(shop.channel.verify(&request), Err(VerifyError::Unchecked));
    shop.poll(None).await;
    assert!(shop.channel.verify(&request).is_ok(), "it is asked for again");
}
