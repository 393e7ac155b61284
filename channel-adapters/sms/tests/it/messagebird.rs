//! A number at `MessageBird`: what customers write is read.

use std::time::Duration;

use channel_contract::MessageChannel as _;
use channel_contract::channel::WebhookRequest;
use channel_contract::failure::{ChannelFailure, FailureClass, VerifyError};
use channel_contract::inbound::{AccountChange, InboundEvent, InboundMessage};
use channel_sms::settings::{MessageBird, Provider, Secret};
use channel_sms::{SmsChannel, SmsSettings, list_messagebird};
use platform_doubles::messagebird;
use serde_json::json;
use time::OffsetDateTime;

use crate::number::{ANA, HOOK, NUMBER, outbound};
use crate::web::outside;

const KEY: &str = "signing-secret";
const NOW: i64 = 1_795_000_000;

fn channel(signing_key: &str) -> SmsChannel {
    channel_of(NUMBER, signing_key)
}

fn channel_of(number: &str, signing_key: &str) -> SmsChannel {
    let bird = MessageBird { signing_key: Secret::new(signing_key), former_signing_key: Secret::new("former-secret") };
    let settings = SmsSettings {
        number: number.to_owned(),
        webhook_url: HOOK.to_owned(),
        provider: Provider::MessageBird(if signing_key.is_empty() { MessageBird::default() } else { bird }),
        ..SmsSettings::default()
    };
    let patience = Duration::from_secs(1);
    SmsChannel::new(settings, outside(patience, "inside"))
}

/// A delivery as `MessageBird` signs it.
fn delivery(key: &str, body: &str) -> WebhookRequest {
    let bird = messagebird::MessageBird::new(key, NUMBER);
    bird.set_now(NOW);
    let delivery = bird.signed(HOOK, body.to_owned().into());
    WebhookRequest {
        headers: delivery.headers,
        query: Vec::new(),
        url: HOOK.to_owned(),
        body: delivery.body,
        received_at: OffsetDateTime::from_unix_timestamp(NOW).unwrap(),
    }
}

fn message(channel: &SmsChannel, body: &str) -> InboundMessage {
    let item = channel.verify(&delivery(KEY, body)).unwrap().remove(0);
    let event = channel.parse(&item).unwrap().remove(0).event;
    let InboundEvent::Message(message) = event else { panic!("{event:?} is no message") };
    *message
}

#[test]
fn a_message_is_read_from_a_form_and_from_an_object() {
    let channel = channel(KEY);
    let object = json!({
        "id": "b1", "recipient": "4790000001", "originator": "4791234567", "body": "Where is my jacket?",
        "createdDatetime": "2026-11-20T10:00:00+00:00"
    });
    let form = "id=b1&recipient=4790000001&originator=4791234567&body=Where+is+my+jacket%3F";
    for body in [object.to_string(), form.to_owned()] {
        let read = message(&channel, &body);
        assert_eq!((read.sender.value.as_str(), read.visible_text.as_str()), (ANA, "Where is my jacket?"));
        assert_eq!(read.own_ids, ["b1"]);
    }
    let listed = list_messagebird(object.to_string().as_bytes()).unwrap().remove(0);
    assert_eq!((listed.sender_id.as_deref(), listed.timestamp), (Some("4791234567"), Some(1_795_168_800)));
}

#[test]
fn what_is_not_a_message_for_the_number_is_passed_over() {
    let channel = channel(KEY);
    for body in [
        "id=b1&recipient=4790000002&originator=4791234567&body=Hello",
        "id=b1&recipient=4791234567&status=delivered&statusDatetime=2026-11-20T10:00:00Z",
    ] {
        let item = channel.verify(&delivery(KEY, body)).unwrap().remove(0);
        let event = channel.parse(&item).unwrap().remove(0).event;
        assert!(matches!(event, InboundEvent::Ignored(_)), "{body}: {event:?}");
    }
    assert!(list_messagebird(b"{\"mood\":\"fair\"}").is_err());
}

#[test]
fn a_message_without_its_writer_is_no_report_and_is_set_aside() {
    for body in [
        r#"{"id":"b1","recipient":"4790000001","originator":null,"body":"Where is it?"}"#,
        r#"{"id":"b1","recipient":"4790000001","originator":{},"payload":"Where is it?"}"#,
        "recipient=4790000001&originator=&body=Where+is+it%3F",
    ] {
        let item = channel(KEY).verify(&delivery(KEY, body)).unwrap().remove(0);
        assert!(channel(KEY).parse(&item).is_err() && list_messagebird(body.as_bytes()).is_err(), "{body}");
    }
    let report = "id=b1&recipient=4791234567&originator=&status=delivered&body=It+left";
    assert!(list_messagebird(report.as_bytes()).unwrap().is_empty());
}

#[test]
fn a_number_that_people_write_is_the_one_of_the_deliveries_and_another_one_is_told() {
    let body = "id=b1&recipient=4790000001&originator=4791234567&body=Hello";
    for typed in ["+47 90 00 00 01", "0047 90000001", "(+47) 90000001", "4790000001"] {
        assert_eq!(message(&channel_of(typed, KEY), body).visible_text, "Hello", "{typed}");
    }
    let unaddressed = r#"{"id":"b1","recipient":null,"originator":"4791234567","body":"Hello"}"#;
    assert_eq!(message(&channel(KEY), unaddressed).visible_text, "Hello", "it came to the number’s own address");
    let wrong = channel_of("90000001", KEY);
    let item = wrong.verify(&delivery(KEY, body)).unwrap().remove(0);
    let events: Vec<InboundEvent> = wrong.parse(&item).unwrap().into_iter().map(|inbound| inbound.event).collect();
    let [InboundEvent::Ignored(_), InboundEvent::Account(news)] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!(news.what, AccountChange::Note);
    assert!(news.words.contains("+4790000001") && news.words.contains("+90000001"), "{}", news.words);
}

#[tokio::test]
async fn what_is_no_number_is_refused_when_the_account_is_looked_at() {
    for wrong in ["Fjord", "+47 abc"] {
        let refused = channel_of(wrong, KEY).check().await.unwrap_err();
        assert!(refused.class() == FailureClass::Permission && refused.to_string().contains(wrong), "{refused}");
    }
    for fine in ["", "2131", "0047 90000001"] {
        assert_eq!(channel_of(fine, KEY).check().await, Ok(()), "{fine}");
    }
}

#[test]
fn only_what_is_signed_comes_in() {
    let body = "recipient=4790000001&originator=4791234567&body=Hello";
    let right = delivery(KEY, body);
    assert_eq!(channel(KEY).admit(&right), Ok(()));
    assert!(channel(KEY).verify(&right).is_ok());
    assert!(channel(KEY).verify(&delivery("former-secret", body)).is_ok());
    let verdict = |request: &WebhookRequest| channel(KEY).verify(request).map(|_| ());
    assert_eq!(verdict(&delivery("signing-secreT", body)), Err(VerifyError::Mismatch));
    assert_eq!(verdict(&WebhookRequest { headers: Vec::new(), ..right.clone() }), Err(VerifyError::Missing));
    let altered =
        WebhookRequest { body: "recipient=4790000001&originator=4791234568&body=Hello".into(), ..right.clone() };
    assert_eq!(verdict(&altered), Err(VerifyError::Mismatch));
    let late = OffsetDateTime::from_unix_timestamp(NOW + 3_600).unwrap();
    assert_eq!(verdict(&WebhookRequest { received_at: late, ..right }), Err(VerifyError::Expired));
}

#[tokio::test]
async fn nothing_is_sent_there() {
    let refused = channel(KEY).send(&outbound()).await.unwrap_err();
    assert!(matches!(refused, ChannelFailure::Refused { class: FailureClass::Permission, .. }), "{refused:?}");
    assert!(!channel(KEY).capabilities().agent_may_send);
    assert_eq!(
        channel(KEY).objections("It left on Saturday."),
        [refused.to_string()],
        "it is said while it is written"
    );
    assert_eq!(channel(KEY).check().await, Ok(()));
    let unsigned = channel("").check().await.unwrap_err();
    assert!(unsigned.class() == FailureClass::Permission && unsigned.lets_replies_leave(), "{unsigned}");
}
