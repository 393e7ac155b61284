//! What leaves, as the platform takes it.

use channel_contract::MessageChannel as _;
use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::inbound::{AccountChange, Choice, InboundEvent};
use channel_contract::outbound::{DeliveryState, Outbound, Reaction};
use channel_contract::testkit::SendHarness as _;
use channel_whatsapp::WhatsappSettings;
use channel_whatsapp::settings::Secret;
use platform_doubles::whatsapp::{Access, error, trouble_behind};
use platform_doubles::{Fault, Response};
use serde_json::{Value, json};

use crate::account::{NOW, Number, ana, ben};
use crate::files::file;

fn choices(titles: &[&str]) -> Vec<Choice> {
    titles.iter().map(|title| Choice { title: (*title).to_owned(), payload: String::new() }).collect()
}

async fn sent(number: &Number, message: &Outbound) -> Vec<Value> {
    let before = number.platform().sent().len();
    for piece in number.channel.split(message) {
        number.channel.send(&piece).await.unwrap();
    }
    number.platform().sent().into_iter().skip(before).map(|sent| sent.body).collect()
}

fn class(outcome: &Result<impl Sized, ChannelFailure>) -> Option<FailureClass> {
    outcome.as_ref().err().map(ChannelFailure::class)
}

#[tokio::test]
async fn a_text_is_sent_as_documented() {
    let number = Number::start(5).await;
    let message = number.message();
    let receipt = number.channel.send(&message).await.unwrap();
    let taken = number.platform().sent().remove(0);
    assert_eq!(receipt.external_id, taken.id);
    assert_eq!(receipt.also_known_as, [message.command_id.to_string()]);
    assert_eq!(
        taken.body,
        json!({
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "recipient": "DE.77812",
            "type": "text",
            "text": { "body": "It left on Saturday.", "preview_url": false },
            "context": { "message_id": "wamid.first" },
            "biz_opaque_callback_data": message.command_id.to_string(),
        })
    );
}

#[tokio::test]
async fn a_phone_number_is_written_to_without_its_plus() {
    let number = Number::start(5).await;
    for to in [ana().phone, format!("+{}", ana().phone)] {
        let message = Outbound { to: vec![to], in_reply_to: Some("call:1".to_owned()), ..number.message() };
        let bodies = sent(&number, &message).await;
        assert_eq!(bodies[0]["to"], ana().phone.as_str());
        assert_eq!((bodies[0].get("recipient"), bodies[0].get("context")), (None, None), "{bodies:?}");
    }
    for to in [vec![], vec![String::new()], vec!["ana@customer.example".to_owned()]] {
        let outcome = number.channel.send(&Outbound { to, ..number.message() }).await;
        assert_eq!(class(&outcome), Some(FailureClass::Recipient));
    }
}

#[tokio::test]
async fn up_to_three_choices_are_buttons_and_more_are_a_list() {
    let number = Number::start(5).await;
    let with = |titles: &[&str]| Outbound { choices: choices(titles), ..number.message() };
    let mut buttons = with(&["Yes", "No", "Ask me later"]);
    buttons.choices[0].payload = "yes-1".to_owned();
    let body = sent(&number, &buttons).await.remove(0);
    let wanted = json!([
        { "type": "reply", "reply": { "id": "yes-1", "title": "Yes" } },
        { "type": "reply", "reply": { "id": "choice-2", "title": "No" } },
        { "type": "reply", "reply": { "id": "choice-3", "title": "Ask me later" } },
    ]);
    assert_eq!(body.pointer("/interactive/action/buttons"), Some(&wanted), "{body}");
    let body = sent(&number, &with(&["1", "2", "3", "4"])).await.remove(0);
    assert_eq!(body.pointer("/interactive/type"), Some(&json!("list")));
    assert_eq!(body.pointer("/interactive/action/button"), Some(&json!("Choose")));
    let last = json!({ "id": "choice-4", "title": "4" });
    assert_eq!(body.pointer("/interactive/action/sections/0/rows/3"), Some(&last));
    for titles in [&["x"; 11][..], &["a title of more than twenty"]] {
        assert_eq!(class(&number.channel.send(&with(titles)).await), Some(FailureClass::Content), "{titles:?}");
    }
}

#[tokio::test]
async fn a_sign_is_put_on_a_message_and_taken_off() {
    let number = Number::start(5).await;
    let on = |message_id: &str, sign: &str| Reaction {
        to: number.message().to,
        thread_id: None,
        message_id: message_id.to_owned(),
        sign: sign.to_owned(),
    };
    for sign in ["👍", ""] {
        number.channel.react(&on("wamid.first", sign)).await.unwrap();
        let body = number.double.platform.sent().pop().unwrap().body;
        assert_eq!((&body["type"], &body["recipient"]), (&json!("reaction"), &json!(ana().user_id)));
        assert_eq!(body["reaction"], json!({ "message_id": "wamid.first", "emoji": sign }));
    }
    let refused = [number.channel.react(&on("m_1", "👍")).await, number.channel.react(&on("wamid.first", "x")).await];
    assert!(refused.iter().all(|outcome| outcome.as_ref().is_err_and(|it| it.class() == FailureClass::Content)));
    assert_eq!(number.double.platform.sent().len(), 2);
}

#[tokio::test]
async fn a_reply_leaves_in_as_few_messages_as_it_takes() {
    let number = Number::start(5).await;
    let picture = || file("cup.png", "image/png", b"\x89PNG");
    let voice = || file("hello.ogg", "audio/ogg", b"OggS");
    let paper = || file("receipt.pdf", "application/pdf", b"%PDF");
    let shape = |bodies: &[Value]| -> Vec<(String, String)> {
        let words = |body: &Value| {
            let kind = body["type"].as_str().unwrap();
            let content = &body[kind];
            let text = content.get("caption").or_else(|| content.pointer("/body/text")).or_else(|| content.get("body"));
            (kind.to_owned(), text.and_then(Value::as_str).unwrap_or_default().chars().take(9).collect())
        };
        bodies.iter().map(words).collect()
    };
    let long = format!("{}\n\nBelow it", "x".repeat(1200));
    for (text, files, titles, wanted) in [
        ("Hello", vec![picture(), paper()], &[][..], vec![("image", "Hello"), ("document", "")]),
        ("Hello", vec![voice(), picture()], &[], vec![("text", "Hello"), ("audio", ""), ("image", "")]),
        ("", vec![paper()], &[], vec![("document", "")]),
        ("Hello", vec![picture()], &["Yes"], vec![("image", ""), ("interactive", "Hello")]),
        (&long, vec![picture()], &[], vec![("text", "xxxxxxxxx"), ("image", "")]),
        (&long, vec![], &["Yes"], vec![("text", "xxxxxxxxx"), ("interactive", "Below it")]),
    ] {
        let message =
            Outbound { text: text.to_owned(), attachments: files, choices: choices(titles), ..number.message() };
        let bodies = sent(&number, &message).await;
        let wanted: Vec<(String, String)> =
            wanted.into_iter().map(|(kind, words)| (kind.to_owned(), words.to_owned())).collect();
        assert_eq!(shape(&bodies), wanted);
        assert!(bodies[0].get("context").is_some(), "the first answers");
        assert!(bodies.iter().skip(1).all(|body| body.get("context").is_none()), "and the others do not again");
        assert_eq!(number.channel.split(&message), number.channel.split(&message), "the same pieces each time");
        let mut commands: Vec<String> =
            bodies.iter().map(|body| body["biz_opaque_callback_data"].to_string()).collect();
        commands.sort();
        commands.dedup();
        assert_eq!(commands.len(), bodies.len(), "each has an id of its own");
    }
    let unsplit = Outbound { attachments: vec![picture(), paper()], ..number.message() };
    assert_eq!(class(&number.channel.send(&unsplit).await), Some(FailureClass::Content));
}

#[tokio::test]
async fn the_window_closes_a_day_after_the_customer_wrote() {
    let number = Number::start(5).await;
    let day = 24 * 60 * 60;
    // The desk does not know when the customer wrote, and the platform decides.
    let message = Outbound { last_inbound_at: None, ..number.message() };
    number.platform().set_time(NOW + day - 1);
    assert!(number.channel.send(&message).await.is_ok());
    number.platform().set_time(NOW + day);
    assert_eq!(class(&number.channel.send(&message).await), Some(FailureClass::Window));
    number.platform().said(&ana(), "wamid.again", &json!({ "type": "text", "text": { "body": "Hello?" } }));
    assert!(number.channel.send(&message).await.is_ok());
}

#[tokio::test]
async fn a_token_that_ends_asks_for_a_person_and_the_new_one_sends_what_waited() {
    let number = Number::start(5).await;
    for access in [Access::Expired, Access::Revoked] {
        number.platform().set_access(access);
        let outcome = number.channel.send(&number.message()).await;
        assert!(matches!(outcome, Err(ChannelFailure::Reconnect { .. })), "{outcome:?}");
    }
    number.platform().replace_token("the-next-token");
    let renewed = WhatsappSettings { access_token: Secret::new("the-next-token"), ..number.settings().clone() };
    assert!(number.with(renewed).send(&number.message()).await.is_ok());
    assert_eq!(number.platform().sent().len(), 1);
}

#[tokio::test]
async fn too_many_calls_are_tried_again_when_the_account_may() {
    let number = Number::start(5).await;
    number.platform().limit(Some((1, 7)));
    assert!(number.channel.send(&number.message()).await.is_ok());
    let outcome = number.channel.send(&number.message()).await;
    let Err(ChannelFailure::Retry { class: FailureClass::Rate, after: Some(after), .. }) = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(after.as_secs(), 7 * 60);
}

#[tokio::test]
async fn an_answer_without_an_id_is_an_unknown_outcome() {
    let number = Number::start(5).await;
    for answer in [json!({ "messages": [] }), json!({ "messages": [{ "id": "" }] }), json!("<html>")] {
        let fault = platform_doubles::Fault::Answer(platform_doubles::Response::json(200, &answer));
        number.double.misbehave("POST", "/messages", fault, 1);
        let outcome = number.channel.send(&number.message()).await;
        assert!(matches!(outcome, Err(ChannelFailure::Unknown { .. })), "{outcome:?}");
    }
}

#[tokio::test]
async fn news_of_a_message_names_its_command() {
    let number = Number::start(5).await;
    let message = Outbound { to: vec![ben().user_id], ..number.message() };
    let receipt = number.channel.send(&message).await.unwrap();
    for (word, state) in [("sent", DeliveryState::Sent), ("played", DeliveryState::Read)] {
        let item = number.item(&[number.platform().fate(&receipt.external_id, word, None)]);
        let event = number.channel.parse(&item).unwrap().remove(0).event;
        let InboundEvent::Status(status) = event else { panic!("{event:?}") };
        assert_eq!(status.state, state);
        assert_eq!(status.message_ids, [receipt.external_id.clone(), message.command_id.to_string()]);
    }
}

#[tokio::test]
async fn a_message_that_fails_because_of_the_account_tells_of_the_account() {
    let number = Number::start(5).await;
    let receipt = number.channel.send(&number.message()).await.unwrap();
    let told = |code: i64| {
        let item = number.item(&[number.platform().fate(&receipt.external_id, "failed", Some(code))]);
        let events = number.channel.parse(&item).unwrap();
        let InboundEvent::Status(status) = &events[0].event else { panic!("{events:?}") };
        assert_eq!(status.state, DeliveryState::Failed, "{code}");
        assert!(events.get(1).is_none_or(|other| other.external_id != events[0].external_id), "a key of its own");
        events.into_iter().nth(1).map(|other| other.event)
    };
    let stopped = [131_042, 131_031, 368, 133_010, 131_037].map(|code| (code, AccountChange::Suspended));
    let doubted = [190, 10, 200, 131_005].map(|code| (code, AccountChange::Doubted));
    for (code, what) in stopped.into_iter().chain(doubted) {
        let event = told(code);
        let Some(InboundEvent::Account(news)) = event else { panic!("{code}: {event:?}") };
        assert_eq!(news.what, what, "{code}");
        assert!(news.words.contains(&format!("(WhatsApp: {code})")), "{}", news.words);
    }
    for code in [131_026, 131_056, 131_047, 130_472, 999_999] {
        assert!(told(code).is_none(), "{code} is about the message");
    }
}

#[tokio::test]
async fn a_number_that_cannot_be_used_is_found() {
    let number = Number::start(5).await;
    let state = number.channel.number().await.unwrap();
    assert_eq!(
        (state.quality.as_str(), state.throughput.as_str(), state.name.as_str()),
        ("GREEN", "STANDARD", "Fjord")
    );
    for (status, wanted) in [
        ("FLAGGED", None),
        ("CONNECTED", None),
        ("BANNED", Some(FailureClass::Policy)),
        ("DISCONNECTED", Some(FailureClass::Permission)),
    ] {
        number.platform().set_number("status", status);
        let outcome = number.channel.check().await;
        assert_eq!(class(&outcome), wanted, "{status}");
        let words = outcome.err().map(|failure| failure.to_string()).unwrap_or_default();
        assert!(words.is_empty() || (words.contains(status) && words.contains("quality GREEN")), "{words}");
    }
}

#[tokio::test]
async fn a_message_that_a_gateway_lost_sight_of_is_never_sent_twice() {
    let number = Number::start(5).await;
    for status in [500, 502, 504] {
        let before = number.platform().sent().len();
        let gateway = Fault::AnswerAfterBody(Response::status(status));
        for (fault, taken) in [gateway, trouble_behind(status)].into_iter().zip(1..) {
            number.double.misbehave("POST", "/messages", fault, 1);
            let outcome = number.channel.send(&number.message()).await;
            assert!(matches!(outcome, Err(ChannelFailure::Unknown { .. })), "{status}: {outcome:?}");
            assert_eq!(number.platform().sent().len(), before + taken, "it was taken");
        }
    }
}

#[tokio::test]
async fn a_refusal_whose_reason_was_cut_off_is_tried_again() {
    let number = Number::start(5).await;
    for refusal in [error(400, 130_429, "(#130429) Rate limit hit"), error(404, 100, "(#100) Invalid parameter")] {
        number.double.misbehave("POST", "/messages", Fault::BreakOff(refusal), 1);
        let outcome = number.channel.send(&number.message()).await;
        let passes = matches!(&outcome, Err(ChannelFailure::Retry { class: FailureClass::Temporary, .. }));
        assert!(passes, "{outcome:?}");
    }
    number.double.misbehave("POST", "/messages", Fault::BreakOff(error(401, 190, "Session has expired")), 1);
    let outcome = number.channel.send(&number.message()).await;
    assert!(matches!(outcome, Err(ChannelFailure::Reconnect { .. })), "the status says enough: {outcome:?}");
    assert!(number.platform().sent().is_empty());
}

#[tokio::test]
async fn a_wait_until_a_date_is_as_long_as_that_date_is_away() {
    let number = Number::start(5).await;
    // 90 seconds after the moment of the test.
    let limited = || Fault::Answer(Response::status(429).with("retry-after", "Mon, 21 Sep 2026 14:14:50 +0000"));
    let message = Outbound { attachments: vec![file("cup.png", "image/png", b"\x89PNG")], ..number.message() };
    for path in ["/media", "/messages"] {
        number.double.misbehave("POST", path, limited(), 1);
        let outcome = number.channel.send(&message).await;
        let Err(ChannelFailure::Retry { after: Some(after), .. }) = outcome else { panic!("{outcome:?}") };
        assert_eq!(after.as_secs(), 90, "{path}");
    }
}

#[tokio::test]
async fn nothing_of_a_reply_leaves_before_a_piece_that_is_refused() {
    let number = Number::start(5).await;
    let attachments = vec![file("cup.png", "image/png", b"\x89PNG"), file("empty.png", "image/png", b"")];
    let message = Outbound { attachments, ..number.message() };
    let pieces = number.channel.split(&message);
    assert_eq!(pieces, std::slice::from_ref(&message));
    assert_eq!(class(&number.channel.send(&pieces[0]).await), Some(FailureClass::Content));
    assert!(number.platform().sent().is_empty());
}
