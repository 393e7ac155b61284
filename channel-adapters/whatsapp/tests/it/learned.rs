//! What the platform tells of the connection itself: the end of the token, and the number as it is shown.

use channel_contract::MessageChannel as _;
use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::inbound::{AccountChange, Inbound, InboundEvent};
use channel_whatsapp::WhatsappSettings;
use channel_whatsapp::settings::Secret;
use platform_doubles::{Fault, Response};
use serde_json::{Value, json};

use crate::account::{NOW, Number, offline, opened};
use crate::settings;

/// The settings as the desk keeps them after it was told something.
fn kept(number: &Number) -> WhatsappSettings {
    let mut stored = serde_json::to_value(number.settings()).unwrap();
    let told = number.channel.renewed_secrets().unwrap();
    stored.as_object_mut().unwrap().extend(told.as_object().unwrap().clone());
    serde_json::from_value(stored).unwrap()
}

fn seconds(channel: &channel_whatsapp::WhatsappChannel) -> Option<i64> {
    channel.health().token_ends_at.map(time::OffsetDateTime::unix_timestamp)
}

#[tokio::test]
async fn the_end_of_a_token_is_told_before_it_comes_and_is_known_after_a_restart() {
    let number = Number::start(5).await;
    assert_eq!(seconds(&number.channel), None);
    number.platform().token_ends(NOW + 3_600);
    assert_eq!(number.channel.check().await, Ok(()));
    assert_eq!(seconds(&number.channel), Some(NOW + 3_600));
    let restarted = number.with(kept(&number));
    assert_eq!(seconds(&restarted), Some(NOW + 3_600), "known without asking");
    assert_eq!(number.channel.renewed_secrets(), None, "said once");
    assert_eq!(restarted.check().await, Ok(()));
    assert_eq!(restarted.renewed_secrets(), None, "what is kept is no news");
    number.platform().token_ends(0);
    assert_eq!(restarted.check().await, Ok(()));
    assert_eq!(seconds(&restarted), None, "one that has no end");
}

#[tokio::test]
async fn a_token_that_cannot_be_asked_about_is_as_good() {
    let number = Number::start(5).await;
    number.platform().token_ends(NOW + 3_600);
    let nameless = WhatsappSettings { app_id: String::new(), ..number.settings().clone() };
    let channel = number.with(nameless);
    assert_eq!((channel.check().await, seconds(&channel)), (Ok(()), None));
    let foreign = json!({ "error": { "code": 100, "message": "(#100) The App_id in the input_token did not match" } });
    number.double.misbehave("GET", "/debug_token", Fault::Answer(Response::json(400, &foreign)), 1);
    assert_eq!((number.channel.check().await, seconds(&number.channel)), (Ok(()), None));
    number.double.misbehave("GET", "/debug_token", Fault::Answer(Response::json(200, &json!({ "data": {} }))), 1);
    assert_eq!((number.channel.check().await, seconds(&number.channel)), (Ok(()), None));
}

#[tokio::test]
async fn a_check_finds_a_token_that_is_over_and_a_secret_that_is_not_the_apps() {
    let number = Number::start(5).await;
    let over = json!({ "data": { "is_valid": false, "expires_at": NOW - 1 } });
    number.double.misbehave("GET", "/debug_token", Fault::Answer(Response::json(200, &over)), 1);
    let outcome = number.channel.check().await;
    assert!(matches!(outcome, Err(ChannelFailure::Reconnect { .. })), "{outcome:?}");
    let wrong = WhatsappSettings { app_secret: Secret::new("another-secret"), ..number.settings().clone() };
    let outcome = number.with(wrong).check().await;
    assert_eq!(outcome.as_ref().map_err(ChannelFailure::class), Err(FailureClass::Permission), "{outcome:?}");
    let words = outcome.err().map(|failure| failure.to_string()).unwrap_or_default();
    assert!(words.contains("secret") && !words.contains("another-secret"), "{words}");
}

fn news(field: &str, value: &Value) -> Value {
    json!({ "field": field, "value": value })
}

#[tokio::test]
async fn news_of_another_number_of_the_account_is_not_of_this_channel() {
    let number = Number::start(5).await;
    number.platform().set_number("display_phone_number", "+49 30 900100");
    assert_eq!(number.channel.check().await, Ok(()));
    let told = opened(kept(&number));
    let flagged = |shown: &str| {
        let quality = json!({ "display_phone_number": shown, "event": "FLAGGED" });
        let name = json!({ "display_phone_number": shown, "decision": "APPROVED", "requested_verified_name": "Fjord" });
        let changes = [news("phone_number_quality_update", &quality), news("phone_number_name_update", &name)];
        let events: Vec<Inbound> = told.parse(&number.item(&changes)).unwrap();
        events.iter().map(|event| matches!(event.event, InboundEvent::Account(_))).collect::<Vec<bool>>()
    };
    assert_eq!(flagged("4930900100"), [true, true]);
    assert_eq!(flagged("+4930 900100"), [true, true]);
    assert_eq!(flagged("4930900200"), [false, false]);
    assert_eq!(flagged(""), [true, true], "what names no number is of the account");
}

#[tokio::test]
async fn the_end_of_a_flag_ends_no_other_trouble() {
    let number = Number::start(5).await;
    let value = json!({ "display_phone_number": "4930900100", "event": "UNFLAGGED", "current_limit": "TIER_1K" });
    let item = number.item(&[news("phone_number_quality_update", &value)]);
    let event = offline().parse(&item).unwrap().remove(0).event;
    let InboundEvent::Account(told) = event else { panic!("{event:?}") };
    assert_eq!(told.what, AccountChange::Eased, "a dead token stays dead");
    assert_eq!(settings().shown_number, "", "a number that was not told yet is not compared");
}
