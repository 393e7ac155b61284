//! Answers on their way to a customer, whole.

use std::time::Duration;

use bytes::Bytes;
use channel_contract::MessageChannel as _;
use channel_contract::channel::{Quota, WebhookRequest};
use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::inbound::{Choice, FileReference, Identity, InboundEvent, InboundMessage};
use channel_contract::outbound::{Outbound, OutboundAttachment, Reconciliation};
use channel_line::LineSettings;
use platform_doubles::Fault;
use platform_doubles::line::{Line, Trial};
use serde_json::{Value, json};
use uuid::{NoContext, Timestamp, Uuid};

use crate::account::{ANA, HOOK, Shop, item, now, outbound, request};
use crate::web::NOW;

const PATIENCE: Duration = Duration::from_secs(20);

/// What a customer has just written, taken by the desk, and the answer to it so many seconds later.
fn asked(shop: &Shop, words: &str, later: u64) -> Outbound {
    let event = shop.double.platform.said(ANA, &json!({ "type": "text", "text": words }));
    let question = taken(shop, &event);
    let now = now() + Duration::from_secs(later);
    let made = u64::try_from(now.unix_timestamp()).unwrap();
    Outbound {
        command_id: Uuid::new_v7(Timestamp::from_unix(NoContext, made, 0)),
        in_reply_to: question.own_ids.first().cloned(),
        last_inbound_at: Some(crate::account::now()),
        now,
        ..outbound()
    }
}

fn taken(shop: &Shop, event: &Value) -> InboundMessage {
    let delivery = shop.double.platform.delivery(std::slice::from_ref(event));
    let request = WebhookRequest { headers: delivery.headers, ..request(delivery.body, None) };
    let item = shop.channel.verify(&request).unwrap().remove(0);
    let event = shop.channel.parse(&item).unwrap().remove(0).event;
    let InboundEvent::Message(message) = event else { panic!("{event:?} is no message") };
    *message
}

fn ways(shop: &Shop) -> Vec<(String, bool)> {
    shop.double.platform.sent().into_iter().map(|sent| (sent.text, sent.is_reply)).collect()
}

fn picture(size: usize) -> OutboundAttachment {
    let content = Bytes::from(vec![b'x'; size]);
    OutboundAttachment { name: "cup.png".to_owned(), content_type: "image/png".to_owned(), content }
}

#[tokio::test]
async fn what_another_program_answers_is_marked_as_that() {
    let shop = Shop::start(PATIENCE).await;
    let platform = &shop.double.platform;
    for is_on_standby in [true, false] {
        platform.stand_by(is_on_standby);
        let said = taken(&shop, &platform.said(ANA, &json!({ "type": "text", "text": "Hello" })));
        assert_eq!(said.thread.is_elsewhere, is_on_standby);
    }
}

#[tokio::test]
async fn the_first_answer_within_a_minute_is_a_reply_and_others_are_pushed() {
    let shop = Shop::start(PATIENCE).await;
    let soon = asked(&shop, "Where is it?", 5);
    shop.channel.send(&soon).await.unwrap();
    let more = Outbound { command_id: Uuid::from_u128(9), text: "It comes today.".to_owned(), ..soon.clone() };
    shop.channel.send(&more).await.unwrap();
    let late = asked(&shop, "Really?", 50);
    shop.channel.send(&late).await.unwrap();
    let words = |text: &str, is_reply| (text.to_owned(), is_reply);
    let expected = [words(&soon.text, true), words("It comes today.", false), words(&late.text, false)];
    assert_eq!(ways(&shop), expected);

    let again = shop.double.platform.said(ANA, &json!({ "type": "text", "text": "Hello?" }));
    let mut again = again.as_object().unwrap().clone();
    again.insert("deliveryContext".to_owned(), json!({ "isRedelivery": true }));
    let question = taken(&shop, &Value::Object(again));
    let answer = Outbound { in_reply_to: question.own_ids.first().cloned(), now: now(), ..more };
    shop.channel.send(&Outbound { command_id: Uuid::from_u128(10), ..answer }).await.unwrap();
    assert!(!ways(&shop)[3].1, "nobody knows how old the token of a repeated delivery is");
}

#[tokio::test]
async fn a_token_that_line_no_longer_takes_makes_the_answer_a_push() {
    let shop = Shop::start(PATIENCE).await;
    let answer = asked(&shop, "Where is it?", 5);
    shop.double.platform.set_now(NOW + 61);
    let receipt = shop.channel.send(&answer).await.unwrap();
    let sent = shop.double.platform.sent();
    assert_eq!((sent.len(), sent[0].is_reply, &sent[0].ids[0]), (1, false, &receipt.external_id));
}

#[tokio::test]
async fn a_reply_whose_answer_is_lost_is_never_sent_again() {
    let shop = Shop::start(PATIENCE).await;
    for (number, fault) in
        [Fault::ResetAfterBody, Fault::AnswerAfterBody(platform_doubles::Response::status(503))].into_iter().enumerate()
    {
        let answer = asked(&shop, "Where is it?", 5);
        shop.double.misbehave("POST", "/message/reply", fault, 1);
        let unclear = shop.channel.send(&answer).await.unwrap_err();
        assert!(matches!(unclear, ChannelFailure::Unknown { .. }), "{unclear:?}");
        assert_eq!(shop.channel.reconcile(&answer).await, Ok(Reconciliation::CannotTell));
        assert_eq!(shop.double.platform.sent().len(), number + 1, "it was taken, and nothing was pushed");
    }
}

#[tokio::test]
async fn a_push_whose_answer_is_lost_is_sent_again_and_is_one_message() {
    for (fault, is_taken) in [(Fault::ResetAfterBody, true), (Fault::LoseAfterBody, false)] {
        let shop = Shop::start(PATIENCE).await;
        let answer = asked(&shop, "Where is it?", 3_600);
        shop.double.misbehave("POST", "/message/push", fault, 1);
        let unclear = shop.channel.send(&answer).await.unwrap_err();
        assert!(matches!(unclear, ChannelFailure::Unknown { .. }), "{unclear:?}");
        assert_eq!(shop.double.platform.sent().len(), usize::from(is_taken));
        assert_eq!(shop.channel.reconcile(&answer).await, Ok(Reconciliation::NotSent));
        let receipt = shop.channel.send(&answer).await.unwrap();
        let sent = shop.double.platform.sent();
        assert_eq!((sent.len(), &sent[0].ids[0]), (1, &receipt.external_id));
        let days_later = Outbound { now: answer.now + Duration::from_hours(24), ..answer };
        assert_eq!(shop.channel.reconcile(&days_later).await, Ok(Reconciliation::CannotTell), "LINE forgets its keys");
    }
}

#[tokio::test]
async fn what_is_answered_by_something_else_than_line_is_not_known_to_be_taken() {
    let shop = Shop::start(PATIENCE).await;
    let page = platform_doubles::Response { body: "<html>".into(), ..platform_doubles::Response::status(200) };
    shop.double.misbehave("POST", "/message/push", Fault::Answer(page), 1);
    let unclear = shop.channel.send(&outbound()).await.unwrap_err();
    assert!(matches!(unclear, ChannelFailure::Unknown { .. }), "{unclear:?}");
    let bare = platform_doubles::Response::json(409, &json!({ "message": "The retry key is already accepted" }));
    shop.double.misbehave("POST", "/message/push", Fault::Answer(bare), 1);
    let receipt = shop.channel.send(&outbound()).await.unwrap();
    assert_eq!(receipt.external_id, outbound().command_id.to_string(), "it was taken, and LINE says no more");
}

#[tokio::test]
async fn a_month_that_is_used_up_is_said_and_too_many_at_once_wait() {
    let shop = Shop::start(PATIENCE).await;
    shop.double.platform.allow(Some(1));
    shop.channel.send(&outbound()).await.unwrap();
    let other = Outbound { command_id: Uuid::from_u128(5), ..outbound() };
    let refused = shop.channel.send(&other).await.unwrap_err();
    assert!(matches!(refused, ChannelFailure::Refused { class: FailureClass::Rate, .. }), "{refused:?}");
    assert!(shop.channel.health().quota.is_empty(), "nothing is known before it was asked");
    shop.channel.check().await.unwrap();
    assert_eq!(shop.channel.health().quota, [Quota { name: "Messages this month", used: 1, of: 1 }]);
    let reply = asked(&shop, "Where is it?", 5);
    shop.channel.send(&reply).await.unwrap();
    assert_eq!(ways(&shop).len(), 2, "a reply is not counted");

    shop.double.platform.allow(None);
    shop.double.platform.limit(Some(0));
    let limited = shop.channel.send(&other).await.unwrap_err();
    assert!(matches!(limited, ChannelFailure::Retry { class: FailureClass::Rate, .. }), "{limited:?}");
    shop.channel.check().await.unwrap();
    assert!(shop.channel.health().quota.is_empty(), "an account without a limit has none");
}

#[tokio::test]
async fn a_question_is_answered_by_a_button() {
    let shop = Shop::start(PATIENCE).await;
    let choices = [("FJ-1042", ""), ("FJ-1077", "order-2")]
        .map(|(title, payload)| Choice { title: title.to_owned(), payload: payload.to_owned() });
    let answer = Outbound { text: "Which one?".to_owned(), choices: choices.clone().into(), ..outbound() };
    shop.channel.send(&answer).await.unwrap();
    let pressed = taken(&shop, &shop.double.platform.pressed(ANA, 1));
    assert_eq!((pressed.choice.as_ref(), pressed.visible_text.as_str()), (Some(&choices[1]), "FJ-1077"));
    let pressed = taken(&shop, &shop.double.platform.pressed(ANA, 0));
    assert_eq!((pressed.choice.unwrap().title, pressed.thread.thread_id.as_deref()), ("FJ-1042".to_owned(), Some(ANA)));
}

#[tokio::test]
async fn words_and_pictures_are_one_call() {
    let shop = Shop::start(PATIENCE).await;
    let long = "🧥".repeat(5_000);
    let whole = Outbound { text: long.clone(), attachments: vec![picture(1), picture(2), picture(3)], ..outbound() };
    let receipt = shop.channel.send(&whole).await.unwrap();
    let sent = shop.double.platform.sent().remove(0);
    assert_eq!((sent.text, sent.ids.len(), receipt.also_known_as.len()), (long, 5, 4));
    let sizes: Vec<usize> = sent.pictures.iter().map(|address| shop.web.file(address).len()).collect();
    assert_eq!(sizes, [1, 2, 3]);

    shop.web.hide();
    let can = shop.channel.capabilities();
    assert!(can.attachments.is_none() && can.files_need_address, "LINE cannot reach the desk");
    let refused = shop.channel.send(&Outbound { attachments: vec![picture(1)], ..outbound() }).await.unwrap_err();
    assert_eq!(refused.class(), FailureClass::Content);
}

#[tokio::test]
async fn line_is_told_of_the_address_and_says_where_it_sends() {
    let shop = Shop::start(PATIENCE).await;
    shop.double.platform.set_webhook("");
    let lost = shop.channel.check().await.unwrap_err();
    assert!(lost.class() == FailureClass::Permission && lost.to_string().contains("somewhere else"), "{lost}");
    shop.channel.begin(HOOK).await.unwrap();
    assert_eq!((shop.double.platform.webhook().as_str(), shop.channel.check().await), (HOOK, Ok(())));
    shop.double.platform.switch_webhook_off(true);
    let off = shop.channel.check().await.unwrap_err();
    assert!(off.class() == FailureClass::Permission && off.to_string().contains("Use webhook"), "{off}");
    assert!(lost.lets_replies_leave() && off.lets_replies_leave(), "{lost} {off}");
    let open = shop.channel.begin("http://desk.example/x").await.unwrap_err();
    assert!(open.class() == FailureClass::Permission && open.to_string().contains("https://"), "{open}");
    let unset = shop.with(LineSettings { webhook_url: String::new(), ..shop.settings().clone() });
    assert_eq!(unset.check().await, Ok(()));
}

#[tokio::test]
async fn an_address_that_line_cannot_use_is_named_with_what_to_do() {
    let shop = Shop::start(PATIENCE).await;
    for (trial, words) in [
        (Trial::Unreachable, "See that it is on the web"),
        (Trial::Silent, "waited in vain"),
        (Trial::Refused(401), "Copy the secret"),
        (Trial::Refused(502), "refuses with 502"),
        (Trial::Unclear, "Press “Verify”"),
    ] {
        shop.double.platform.end_trials(trial);
        let found = shop.channel.check().await.unwrap_err();
        assert!(found.class() == FailureClass::Permission && found.to_string().contains(words), "{trial:?}: {found}");
        assert!(found.lets_replies_leave(), "{trial:?}: {found}");
    }
    for no_trial in [
        Fault::Answer(Line::refusal(429, "The API rate limit has been exceeded. Try again later.")),
        Fault::Answer(platform_doubles::Response::status(503)),
        Fault::ResetAfterBody,
    ] {
        shop.double.misbehave("POST", "/webhook/test", no_trial, 1);
        assert_eq!(shop.channel.check().await, Ok(()), "nothing is known to be wrong");
        assert!(!shop.double.means_to_misbehave(), "it was asked");
    }
    shop.double.platform.end_trials(Trial::Works);
    assert_eq!(shop.channel.check().await, Ok(()));
    let trial = shop.double.calls().into_iter().rev().find(|call| call.path.ends_with("/webhook/test")).unwrap();
    assert_eq!(trial.json(), json!({ "endpoint": HOOK }));
}

#[tokio::test]
async fn a_film_that_is_not_ready_is_asked_for_again() {
    let shop = Shop::start(PATIENCE).await;
    let file = FileReference { key: "77".to_owned(), sha256: None, size: None };
    shop.double.platform.put_file("77", Bytes::from_static(b"a film"));
    shop.double.platform.prepare("77", true);
    let early = shop.channel.fetch(&file, 1_000).await.unwrap_err();
    assert!(matches!(early, ChannelFailure::Retry { .. }), "{early:?}");
    shop.double.platform.prepare("77", false);
    assert_eq!(shop.channel.fetch(&file, 1_000).await.unwrap().content, "a film");
    let odd = FileReference { key: "..".to_owned(), sha256: None, size: None };
    assert_eq!(shop.channel.fetch(&odd, 1_000).await.unwrap_err().class(), FailureClass::Content);
}

#[tokio::test]
async fn somebody_is_called_as_their_profile_says() {
    const BEN: &str = "U00000000000000000000000000007002";
    let shop = Shop::start(PATIENCE).await;
    let name_of = async |value: &str| {
        let whom = Identity { kind: "line_user".to_owned(), value: value.to_owned() };
        shop.channel.name_of(&whom).await
    };
    assert!(shop.channel.tells_names());
    shop.double.platform.known_as(ANA, "Ana Lind");
    assert_eq!(name_of(ANA).await, Ok(Some("Ana Lind".to_owned())));
    assert_eq!(name_of(BEN).await, Ok(None), "who does not let it be seen is no trouble of the account");
    let calls = shop.double.calls().len();
    for odd in ["", "../info", "U1?a=b", "U1/../../info"] {
        assert_eq!(name_of(odd).await, Ok(None), "{odd}");
    }
    assert_eq!(shop.double.calls().len(), calls, "nothing but an id is asked for");
    shop.double.platform.set_token("another-token");
    assert!(matches!(name_of(ANA).await, Err(ChannelFailure::Reconnect { .. })), "it is asked for again");
}

#[tokio::test]
async fn a_delivery_that_comes_again_tells_the_same_events() {
    let shop = Shop::start(PATIENCE).await;
    let event = shop.double.platform.event(ANA, "postback", &json!({ "postback": { "data": "a" } }));
    let keys = |is_again: bool| {
        let mut event = event.as_object().unwrap().clone();
        event.insert("deliveryContext".to_owned(), json!({ "isRedelivery": is_again }));
        let body = json!({ "destination": "U1", "events": [event] }).to_string();
        shop.channel.parse(&item(body.into())).unwrap().remove(0).external_id
    };
    assert_eq!(keys(false), keys(true));
}
