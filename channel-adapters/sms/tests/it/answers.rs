//! Answers on their way to a customer, whole.

use std::time::Duration;

use channel_contract::MessageChannel as _;
use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::inbound::{
    AccountChange, Automatic, Consent, FileReference, InboundEvent, InboundMessage, RawItem, StatusUpdate,
};
use channel_contract::outbound::{DeliveryState, Outbound};
use channel_contract::testkit::MediaFault;
use channel_sms::SmsSettings;
use channel_sms::settings::Secret;
use platform_doubles::{Fault, Response};

use crate::number::{ANA, HOOK, NUMBER, Number, outbound};

const PATIENCE: Duration = Duration::from_secs(20);

fn event(number: &Number, item: &RawItem) -> InboundEvent {
    number.channel.parse(item).unwrap().remove(0).event
}

fn message(number: &Number, from: &str, text: &str) -> InboundMessage {
    let item = number.item(HOOK, number.double.platform.message(from, text, &[]));
    let event = event(number, &item);
    let InboundEvent::Message(message) = event else { panic!("{event:?} is no message") };
    *message
}

fn status(number: &Number, sid: &str, word: &str, code: Option<i64>) -> StatusUpdate {
    let (url, delivery) = number.double.platform.status(sid, word, code);
    let event = event(number, &number.item(&url, delivery));
    let InboundEvent::Status(status) = event else { panic!("{event:?} is no status") };
    status
}

#[tokio::test]
async fn a_question_is_answered_and_the_answer_arrives() {
    let number = Number::start(PATIENCE).await;
    let question = message(&number, ANA, "Where is my order?");
    let to = vec![question.sender.value.clone()];
    let receipt = number.channel.send(&Outbound { to, ..outbound() }).await.unwrap();
    let sent = number.double.platform.sent().pop().unwrap();
    assert_eq!((sent.to.as_str(), sent.from.as_str()), (ANA, NUMBER));
    for (word, state) in [("queued", DeliveryState::Sent), ("delivered", DeliveryState::Delivered)] {
        let status = status(&number, &receipt.external_id, word, None);
        assert_eq!((status.state, status.message_ids.first()), (state, Some(&receipt.external_id)));
    }
}

#[tokio::test]
async fn a_message_without_a_number_is_set_aside_with_the_reason() {
    let number = Number::start(PATIENCE).await;
    let item = number.item(HOOK, number.double.platform.message("", "Where is it?", &[]));
    let reason = number.channel.parse(&item).unwrap_err().to_string();
    assert_eq!(reason, "the message does not say from which number it came");
}

#[tokio::test]
async fn news_of_an_answer_whose_receipt_was_lost_names_its_command() {
    let number = Number::start(PATIENCE).await;
    number.double.misbehave("POST", "/Messages.json", Fault::ResetAfterBody, 1);
    let unclear = number.channel.send(&outbound()).await.unwrap_err();
    assert!(matches!(unclear, ChannelFailure::Unknown { .. }), "{unclear:?}");
    let sid = number.double.platform.sent().pop().unwrap().sid;
    let status = status(&number, &sid, "sent", None);
    assert_eq!(status.message_ids, [sid, outbound().command_id.to_string()]);
}

#[tokio::test]
async fn an_answer_that_fails_because_of_the_account_tells_of_the_account() {
    let number = Number::start(PATIENCE).await;
    let sid = number.channel.send(&outbound()).await.unwrap().external_id;
    for (code, expected) in [(30_002, Some(AccountChange::Suspended)), (30_003, None)] {
        let (url, delivery) = number.double.platform.status(&sid, "undelivered", Some(code));
        let events = number.channel.parse(&number.item(&url, delivery)).unwrap();
        assert!(matches!(&events[0].event, InboundEvent::Status(status) if status.state == DeliveryState::Failed));
        let told = events.get(1).map(|other| (&other.event, other.external_id != events[0].external_id));
        let what = told.map(|(event, is_its_own)| {
            let InboundEvent::Account(news) = event else { panic!("{event:?} is no news of the account") };
            assert!(is_its_own, "a key of its own");
            news.what
        });
        assert_eq!(what, expected, "{code}");
    }
}

#[tokio::test]
async fn an_address_for_reports_cannot_be_made_up() {
    let number = Number::start(PATIENCE).await;
    number.channel.send(&outbound()).await.unwrap();
    let sid = number.double.platform.sent().pop().unwrap().sid;
    let (url, delivery) = number.double.platform.status(&sid, "failed", None);
    let request = |url: &str, command: &str| channel_contract::channel::WebhookRequest {
        headers: delivery.headers.clone(),
        query: vec![("command".to_owned(), command.to_owned())],
        url: url.to_owned(),
        body: delivery.body.clone(),
        received_at: time::OffsetDateTime::UNIX_EPOCH,
    };
    let other = uuid::Uuid::from_u128(9).to_string();
    let forged = url.replace(&outbound().command_id.to_string(), &other);
    assert!(number.channel.verify(&request(&url, &outbound().command_id.to_string())).is_ok());
    assert!(number.channel.verify(&request(&forged, &other)).is_err());
}

#[tokio::test]
async fn who_wrote_stop_is_not_written_to() {
    let number = Number::start(PATIENCE).await;
    let stopped = message(&number, ANA, "Stop");
    assert_eq!(stopped.automatic, Automatic::Bulk, "Twilio has answered it");
    let refused = number.channel.send(&outbound()).await.unwrap_err();
    assert!(matches!(refused, ChannelFailure::Refused { class: FailureClass::OptedOut, .. }), "{refused:?}");
    assert!(refused.to_string().contains("STOP"), "{refused}");
    assert_eq!(number.channel.opted_out(None), Some(refused.to_string().as_str()), "said before the next one leaves");
    message(&number, ANA, "START");
    assert!(number.channel.send(&outbound()).await.is_ok());
    number.double.platform.is_a_landline("+4722222222");
    let refused =
        number.channel.send(&Outbound { to: vec!["+4722222222".to_owned()], ..outbound() }).await.unwrap_err();
    assert_eq!(refused.class(), FailureClass::Recipient);
}

#[tokio::test]
async fn whether_a_customer_may_be_written_to_is_told_as_twilio_tells_it() {
    let number = Number::start(PATIENCE).await;
    number.double.platform.name_opting_out(true);
    let told = |text: &str| {
        let item = number.item(HOOK, number.double.platform.message(ANA, text, &[]));
        number.channel.parse(&item).unwrap().into_iter().find_map(|inbound| match inbound.event {
            InboundEvent::Consent(consent) => Some((consent.who[0].value.clone(), consent.given)),
            _ => None,
        })
    };
    assert_eq!(told("STOP"), Some((ANA.to_owned(), false)));
    assert_eq!(told("START"), Some((ANA.to_owned(), true)));
    assert_eq!(told("Where is it?"), None);
    let receipt = number.channel.send(&outbound()).await.unwrap();
    let (url, report) = number.double.platform.status(&receipt.external_id, "failed", Some(21_610));
    let events = number.channel.parse(&number.item(&url, report)).unwrap();
    assert!(matches!(events[1].event, InboundEvent::Consent(Consent { given: false, .. })), "{events:?}");
}

#[tokio::test]
async fn what_twilio_has_answered_is_known_with_and_without_its_word_for_it() {
    let number = Number::start(PATIENCE).await;
    for is_named in [false, true] {
        number.double.platform.name_opting_out(is_named);
        for word in ["STOP", " stopall\n", "Unsubscribe", "cancel", "END", "quit", "START", "unstop", "Help", "INFO"] {
            assert_eq!(message(&number, ANA, word).automatic, Automatic::Bulk, "{word:?}, named: {is_named}");
        }
        message(&number, ANA, "START");
        for words in ["Yes", "Stop it, please", "Cancel my order", "help me", "infos", ""] {
            assert_eq!(message(&number, ANA, words).automatic, Automatic::No, "{words:?}, named: {is_named}");
        }
    }
    message(&number, ANA, "Stop");
    assert_eq!(message(&number, ANA, "Yes").automatic, Automatic::Bulk, "Twilio says that it has let them in again");
}

#[tokio::test]
async fn an_account_with_words_of_its_own_hears_the_usual_ones_as_any_other() {
    let mut number = Number::start(PATIENCE).await;
    let settings = number.of(|account| account.answered_words = vec!["Stopp".to_owned(), " avslutt ".to_owned()]);
    number.channel = number.with(settings);
    for (word, automatic) in [("Cancel", Automatic::No), (" stopp", Automatic::Bulk), ("AVSLUTT", Automatic::Bulk)] {
        assert_eq!(message(&number, ANA, word).automatic, automatic, "{word:?}");
    }
    number.double.platform.name_opting_out(true);
    assert_eq!(message(&number, ANA, "Stop").automatic, Automatic::Bulk, "Twilio says that it has answered it");
}

#[tokio::test]
async fn a_report_says_why_a_message_did_not_arrive() {
    let number = Number::start(PATIENCE).await;
    let receipt = number.channel.send(&outbound()).await.unwrap();
    let failed = status(&number, &receipt.external_id, "undelivered", Some(30_007));
    assert_eq!(failed.state, DeliveryState::Failed);
    assert!(failed.reason.unwrap().contains("held the message back"));
}

#[tokio::test]
async fn a_number_that_is_too_fast_hears_how_long_to_wait() {
    let number = Number::start(PATIENCE).await;
    number.double.platform.limit(Some(1));
    number.channel.send(&outbound()).await.unwrap();
    let refused = number.channel.send(&outbound()).await.unwrap_err();
    let ChannelFailure::Retry { class: FailureClass::Rate, after, .. } = refused else { panic!("{refused:?}") };
    assert_eq!(after, Some(Duration::from_secs(1)));
    number.double.platform.set_now(1);
    number.channel.send(&outbound()).await.unwrap();
}

#[tokio::test]
async fn a_pool_answers_in_place_of_the_number() {
    let number = Number::start(PATIENCE).await;
    let channel = number.with(number.of(|account| account.messaging_service = "MG01".to_owned()));
    channel.send(&outbound()).await.unwrap();
    assert_eq!(number.double.platform.sent().pop().unwrap().from, "MG01");
    assert_eq!(channel.check().await, Ok(()));
}

#[tokio::test]
async fn a_dear_text_is_refused_before_it_is_paid_for() {
    let number = Number::start(PATIENCE).await;
    let frugal = number.with(SmsSettings { most_segments: 2, ..number.settings().clone() });
    let text = |text: String| Outbound { text, ..outbound() };
    assert!(frugal.send(&text("x".repeat(306))).await.is_ok());
    assert_eq!(frugal.objections(&"x".repeat(306)), Vec::<String>::new());
    let objections = frugal.objections(&"🧥".repeat(80));
    assert!(
        matches!(objections.as_slice(), [words] if words.contains("in 3 parts, and this channel allows 2")),
        "{objections:?}"
    );
    let refused = frugal.send(&text("🧥".repeat(80))).await.unwrap_err();
    assert_eq!(refused.class(), FailureClass::Content);
    assert_eq!(number.double.platform.sent().len(), 1);
}

#[tokio::test]
async fn a_changed_secret_asks_for_a_person() {
    let number = Number::start(PATIENCE).await;
    number.double.platform.set_token("renewed");
    for _ in 0..2 {
        let refused = number.channel.send(&outbound()).await.unwrap_err();
        assert!(matches!(refused, ChannelFailure::Reconnect { .. }), "{refused:?}");
    }
    let again = number.with(number.of(|account| account.auth_token = Secret::new("renewed")));
    again.send(&outbound()).await.unwrap();
    assert_eq!(number.double.platform.sent().len(), 1, "nothing is lost and nothing doubled");
}

#[tokio::test]
async fn an_answer_that_is_none_of_twilios_is_never_sent_twice() {
    let number = Number::start(PATIENCE).await;
    for (status, times) in [200, 500, 502, 504].into_iter().zip(1..) {
        let gateway = Fault::AnswerAfterBody(Response::status(status));
        number.double.misbehave("POST", "/Messages.json", gateway, 1);
        let unclear = number.channel.send(&outbound()).await.unwrap_err();
        assert!(matches!(unclear, ChannelFailure::Unknown { .. }), "{status}: {unclear:?}");
        assert_eq!(number.double.platform.sent().len(), times, "it was taken");
    }
}

#[tokio::test]
async fn a_wait_until_a_date_is_as_long_as_that_date_is_away() {
    let number = Number::start(PATIENCE).await;
    let limited = || Response::status(429).with("retry-after", "Mon, 21 Sep 2026 14:14:50 +0000");
    number.double.misbehave("POST", "/Messages.json", Fault::Answer(limited()), 1);
    number.double.misbehave("GET", "/IncomingPhoneNumbers.json", Fault::Answer(limited()), 1);
    for outcome in [number.channel.send(&outbound()).await.map(drop), number.channel.check().await] {
        let Err(ChannelFailure::Retry { after, .. }) = outcome else { panic!("{outcome:?}") };
        assert_eq!(after, Some(Duration::from_secs(90)));
    }
}

#[tokio::test]
async fn credentials_go_to_twilios_own_host_alone() {
    let number = Number::start(PATIENCE).await;
    let file = |key: String| FileReference { key, sha256: None, size: None };
    let path = number.double.platform.put_file("ME1", "image/png", MediaFault::FILE.into());
    number.double.platform.set_shelf(&number.shelf.url());
    number.shelf.platform.put("ME1", MediaFault::FILE.into());
    let fetched = number.channel.fetch(&file(format!("{}{path}", number.double.url())), 1_000).await.unwrap();
    assert_eq!(fetched.content, MediaFault::FILE);
    number.channel.fetch(&file(format!("{}/ME1", number.shelf.url())), 1_000).await.unwrap();
    let shown = |request: &platform_doubles::Request| !request.header("authorization").is_empty();
    assert!(number.double.calls().iter().all(shown), "Twilio is shown who asks");
    assert_eq!(number.shelf.calls().iter().filter(|request| shown(request)).count(), 0, "nobody else is");
    assert_eq!(number.shelf.calls().len(), 2);
    let nowhere = number.channel.fetch(&file("cat.jpg".to_owned()), 1_000).await.unwrap_err();
    assert!(matches!(nowhere, ChannelFailure::Refused { class: FailureClass::Content, .. }), "{nowhere:?}");
}
