//! Answers on their way to a customer, whole.

use std::sync::Arc;
use std::time::Duration;

use channel_contract::MessageChannel as _;
use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::http::Outside;
use channel_contract::inbound::{AccountChange, AccountNews, Choice, InboundEvent, InboundMessage};
use channel_contract::outbound::{Outbound, OutboundAttachment, Reaction};
use channel_telegram::{TelegramChannel, TelegramSettings};
use platform_doubles::telegram::{Person, Standing};
use platform_doubles::{Fault, Response};
use serde_json::json;

use crate::bot::{ANA, Bot, TOKEN, WORD, item, outbound, request};
use crate::web::{Careless, NOW, outside};

const PATIENCE: Duration = Duration::from_secs(20);
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n a small picture";

fn ana() -> Person {
    Person { id: ANA, first_name: "Ana".to_owned(), last_name: String::new() }
}

fn file(name: &str, content_type: &str, content: &'static [u8]) -> OutboundAttachment {
    OutboundAttachment { name: name.to_owned(), content_type: content_type.to_owned(), content: content.into() }
}

fn message_of(bot: &Bot, body: bytes::Bytes) -> InboundMessage {
    let event = bot.channel.parse(&item(body)).unwrap().remove(0).event;
    let InboundEvent::Message(message) = event else { panic!("{event:?} is no message") };
    *message
}

#[tokio::test]
async fn a_question_is_answered_by_a_button() {
    let bot = Bot::start(PATIENCE).await;
    let asked = bot.double.platform.message(&ana(), &json!({ "text": "Where is my order?" }));
    let word = asked.headers.iter().find(|(name, _)| name.starts_with("x-telegram")).unwrap().1.clone();
    assert!(bot.channel.verify(&request(asked.body.clone(), Some(&word))).is_ok());
    let question = message_of(&bot, asked.body);

    let choices = ["FJ-1042", "FJ-1077"].map(|title| Choice { title: title.to_owned(), payload: String::new() });
    let answer = Outbound {
        text: "Which one?".to_owned(),
        in_reply_to: question.own_ids.first().cloned(),
        thread_id: question.thread.thread_id.clone(),
        choices: choices.into(),
        ..outbound()
    };
    let receipt = bot.channel.send(&answer).await.unwrap();
    let sent = bot.double.platform.sent().pop().unwrap();
    let number: i64 = question.own_ids[0].rsplit(':').next().unwrap().parse().unwrap();
    let reply: serde_json::Value = serde_json::from_str(&sent.fields["reply_parameters"]).unwrap();
    assert_eq!(reply, json!({ "message_id": number, "allow_sending_without_reply": true }));

    let pressed = message_of(&bot, bot.double.platform.pressed(&ana(), "FJ-1077").body);
    let choice = Choice { title: "FJ-1077".to_owned(), payload: "FJ-1077".to_owned() };
    assert_eq!((pressed.choice, pressed.visible_text.as_str()), (Some(choice), "FJ-1077"));
    assert_eq!(pressed.thread.message_ids, [receipt.external_id]);
    assert_eq!(pressed.thread.thread_id, question.thread.thread_id);
}

#[tokio::test]
async fn a_button_stops_turning_once_its_press_is_stored() {
    let bot = Bot::start(PATIENCE).await;
    bot.channel.send(&outbound()).await.unwrap();
    let pressed = bot.double.platform.pressed(&ana(), "FJ-1077");
    assert_eq!(bot.double.platform.turning().len(), 1);
    let answer = bot.channel.acknowledgement(&request(pressed.body, Some(WORD))).unwrap();
    assert_eq!(answer.content_type, "application/json");
    bot.double.platform.heard(answer.body.as_bytes());
    assert_eq!(bot.double.platform.turning(), Vec::<String>::new());
    let said = bot.double.platform.message(&ana(), &json!({ "text": "Hello" }));
    for body in [said.body, "{\"callback_query\":{\"data\":\"x\"}}".into(), "{".into(), bytes::Bytes::new()] {
        assert_eq!(bot.channel.acknowledgement(&request(body, Some(WORD))), None, "there is nothing to answer");
    }
}

#[tokio::test]
async fn a_later_wording_is_known_by_its_moment() {
    let bot = Bot::start(PATIENCE).await;
    let edited_at = |seconds: i64, text: &str| {
        bot.double.platform.set_now(seconds);
        let delivery = bot.double.platform.edited(&ana(), 5, &json!({ "text": text }));
        bot.channel.parse(&item(delivery.body)).unwrap().remove(0).occurred_at.unwrap()
    };
    let first = edited_at(1_790_000_000, "Two cups");
    assert_eq!(first.unix_timestamp(), 1_790_000_060, "as Telegram tells it");
    assert!(first < edited_at(1_790_000_300, "Three cups"));
}

#[tokio::test]
async fn only_the_business_account_of_the_settings_is_news() {
    let bot = Bot::start(PATIENCE).await;
    let news = |channel: &TelegramChannel, user: i64, is_enabled: bool| {
        let connection = json!({ "id": "bc-1", "user": { "id": user }, "date": 5, "is_enabled": is_enabled });
        let body = bot.double.platform.update("business_connection", &connection).body;
        channel.parse(&item(body)).unwrap().remove(0).event
    };
    for is_enabled in [true, false] {
        let known = news(&bot.channel, 5005, is_enabled);
        let InboundEvent::Account(AccountNews { what, .. }) = known else { panic!("{known:?} is no news") };
        let wanted = if is_enabled { AccountChange::Eased } else { AccountChange::Restricted };
        assert_eq!(what, wanted);
        let strange = InboundEvent::Ignored("another_business_account");
        assert_eq!(news(&bot.channel, 6006, is_enabled), strange);
        let unset = TelegramSettings { business_user: String::new(), ..bot.settings().clone() };
        assert_eq!(news(&bot.with(unset), 5005, is_enabled), strange);
    }
    let nobody = bot.double.platform.update("business_connection", &json!({ "id": "bc-1", "is_enabled": true }));
    let nobody = bot.channel.parse(&item(nobody.body)).unwrap().remove(0).event;
    assert_eq!(nobody, InboundEvent::Ignored("another_business_account"));
}

#[tokio::test]
async fn chats_of_other_business_accounts_are_left_out() {
    let bot = Bot::start(PATIENCE).await;
    let platform = &bot.double.platform;
    let read = |channel: &TelegramChannel, kind: &str, what: &serde_json::Value| {
        channel.parse(&item(platform.update(kind, what).body)).unwrap().remove(0).event
    };
    let said = |connection: &str, from: i64, text: &str| {
        json!({
            "business_connection_id": connection, "message_id": 5, "from": { "id": from },
            "chat": { "id": ANA, "type": "private" }, "date": 5, "text": text
        })
    };
    let is_taken = |event: &InboundEvent| matches!(event, InboundEvent::Message(_));
    let strange = InboundEvent::Ignored("another_business_account");
    let unset = bot.with(TelegramSettings { business_user: String::new(), ..bot.settings().clone() });
    assert_eq!(read(&unset, "business_message", &said("bc-1", ANA, "Hello")), strange, "it answers for none");

    assert!(is_taken(&read(&bot.channel, "business_message", &said("bc-1", ANA, "Hello"))), "nothing is known yet");
    assert_eq!(read(&bot.channel, "business_message", &said("bc-2", 6006, "Hello")), strange, "another one wrote");
    assert_eq!(bot.channel.renewed_secrets(), None);
    let connected = |id: &str, user: i64| json!({ "id": id, "user": { "id": user }, "date": 5, "is_enabled": true });
    read(&bot.channel, "business_connection", &connected("bc-2", 6006));
    read(&bot.channel, "business_connection", &connected("bc-1", 5005));
    let learned = json!({ "business_connections": ["5005:bc-1"] });
    assert_eq!(bot.channel.renewed_secrets(), Some(learned));
    assert_eq!(bot.channel.renewed_secrets(), None, "it is kept once");

    let known = TelegramSettings { business_connections: vec!["5005:bc-1".to_owned()], ..bot.settings().clone() };
    for channel in [&bot.channel, &bot.with(known)] {
        assert!(is_taken(&read(channel, "business_message", &said("bc-1", ANA, "Hello"))));
        let deleted =
            json!({ "business_connection_id": "bc-2", "chat": { "id": ANA, "type": "private" }, "message_ids": [5] });
        for (kind, what) in [
            ("business_message", said("bc-2", ANA, "Hello")),
            ("edited_business_message", said("bc-2", ANA, "Hello")),
            ("deleted_business_messages", deleted),
        ] {
            assert_eq!(read(channel, kind, &what), strange, "{kind}");
        }
    }
    assert!(is_taken(&read(&bot.channel, "business_message", &said("bc-3", 5005, "It is me"))));
    assert!(is_taken(&read(&bot.channel, "business_message", &said("bc-3", ANA, "Hello"))), "the account wrote there");
}

#[tokio::test]
async fn a_sign_is_put_on_a_message_and_taken_off() {
    let bot = Bot::start(PATIENCE).await;
    let on = |thread: &str, message_id: &str, sign: &str| Reaction {
        to: vec![ANA.to_string()],
        thread_id: Some(thread.to_owned()),
        message_id: message_id.to_owned(),
        sign: sign.to_owned(),
    };
    let (here, message) = (ANA.to_string(), format!("{ANA}:5"));
    bot.channel.react(&on(&here, &message, "👍")).await.unwrap();
    assert_eq!(bot.double.platform.signs_on(ANA, 5), ["👍"]);
    bot.channel.react(&on(&here, &message, "")).await.unwrap();
    assert!(bot.double.platform.signs_on(ANA, 5).is_empty());
    assert_eq!(bot.channel.signs_on(&message), bot.channel.signs());
    for refused in ["conn:77:5", "callback:5", "77", ""] {
        assert!(bot.channel.signs_on(refused).is_empty(), "what is refused is not offered: {refused}");
    }
    for (thread, message_id, sign) in
        [(here.as_str(), "12:5", "👍"), ("conn:77", "conn:77:5", "👍"), (here.as_str(), message.as_str(), "💡")]
    {
        let refused = bot.channel.react(&on(thread, message_id, sign)).await.unwrap_err();
        assert_eq!(refused.class(), FailureClass::Content, "{thread} {message_id} {sign}");
    }
}

#[tokio::test]
async fn long_words_go_before_their_files() {
    let bot = Bot::start(PATIENCE).await;
    let files = vec![file("a.png", "image/png", PNG), file("b.pdf", "application/pdf", b"%PDF")];
    let whole = Outbound { text: "ü".repeat(4_096), attachments: files, ..outbound() };
    let parts = bot.channel.split(&whole);
    assert_eq!(parts.len(), 2);
    let mut receipts = Vec::new();
    for part in &parts {
        receipts.push(bot.channel.send(part).await.unwrap());
    }
    let sent = bot.double.platform.sent();
    assert_eq!(sent.iter().map(|sent| sent.method.as_str()).collect::<Vec<_>>(), ["sendMessage", "sendMediaGroup"]);
    assert_eq!(sent[0].text.chars().count(), 4_096);
    assert_eq!(sent[1].files, [PNG, b"%PDF"]);
    assert_eq!(receipts[1].also_known_as.len(), 1, "each file is a message of its own there");
}

#[tokio::test]
async fn a_picture_that_cannot_be_shown_goes_as_a_file() {
    let bot = Bot::start(PATIENCE).await;
    let send = async |content: &'static [u8]| {
        let attachments = vec![file("a.png", "image/png", content)];
        bot.channel.send(&Outbound { attachments, ..outbound() }).await.unwrap();
        bot.double.platform.sent().pop().unwrap()
    };
    assert_eq!(send(PNG).await.method, "sendPhoto");
    let odd = send(b"no picture at all").await;
    assert_eq!((odd.method.as_str(), odd.text.as_str()), ("sendDocument", "It left on Saturday."));
    assert_eq!(bot.double.platform.sent().len(), 2, "what was refused is not there");
}

#[tokio::test]
async fn who_blocked_the_bot_is_not_written_to_again() {
    let bot = Bot::start(PATIENCE).await;
    for (standing, class) in [
        (Standing::Blocked, FailureClass::Recipient),
        (Standing::Gone, FailureClass::Recipient),
        (Standing::Silent, FailureClass::Policy),
    ] {
        bot.double.platform.stands(ANA, standing);
        let refused = bot.channel.send(&outbound()).await.unwrap_err();
        assert!(matches!(refused, ChannelFailure::Refused { class: found, .. } if found == class), "{refused:?}");
    }
}

#[tokio::test]
async fn a_bot_that_is_too_fast_hears_how_long_to_wait() {
    let bot = Bot::start(PATIENCE).await;
    bot.double.platform.limit(Some(1));
    bot.channel.send(&outbound()).await.unwrap();
    let refused = bot.channel.send(&outbound()).await.unwrap_err();
    let ChannelFailure::Retry { class: FailureClass::Rate, after, .. } = refused else { panic!("{refused:?}") };
    assert_eq!(after, Some(Duration::from_secs(1)));
    bot.double.platform.set_now(1_790_000_001);
    bot.channel.send(&outbound()).await.unwrap();
}

#[tokio::test]
async fn a_webhook_is_set_up_with_its_word_and_kinds() {
    let bot = Bot::start(PATIENCE).await;
    bot.double.platform.set_webhook("");
    let lost = bot.channel.check().await.unwrap_err();
    assert!(lost.to_string().contains("no longer sends") && lost.lets_replies_leave(), "{lost}");
    bot.channel.set_webhook().await.unwrap();
    assert_eq!(bot.channel.check().await, Ok(()));
    let (url, kinds) = bot.double.platform.webhook();
    assert_eq!(url, bot.settings().webhook_url);
    assert!(kinds.contains(&"message_reaction".to_owned()), "{kinds:?}");
    let unset = bot.with(TelegramSettings { webhook_url: String::new(), ..bot.settings().clone() });
    assert_eq!(unset.set_webhook().await.unwrap_err().class(), FailureClass::Permission);
}

#[tokio::test]
async fn an_answer_that_is_none_of_telegrams_is_never_sent_twice() {
    let bot = Bot::start(PATIENCE).await;
    for (status, times) in [200, 500, 502, 504].into_iter().zip(1..) {
        let gateway = Fault::AnswerAfterBody(Response::status(status));
        bot.double.misbehave("POST", "/send", gateway, 1);
        let unclear = bot.channel.send(&outbound()).await.unwrap_err();
        assert!(matches!(unclear, ChannelFailure::Unknown { .. }), "{status}: {unclear:?}");
        assert_eq!(bot.double.platform.sent().len(), times, "it was taken");
    }
}

#[tokio::test]
async fn a_path_that_leads_away_is_not_followed() {
    let bot = Bot::start(PATIENCE).await;
    for path in ["", "../../bot/getMe", "documents//x", "./x"] {
        let ready = json!({ "ok": true, "result": { "file_id": "cup", "file_path": path } });
        bot.double.misbehave("POST", "/getFile", Fault::Answer(Response::json(200, &ready)), 1);
        let file = channel_contract::inbound::FileReference { key: "cup".to_owned(), sha256: None, size: None };
        let refused = bot.channel.fetch(&file, 1_000).await.unwrap_err();
        assert!(matches!(refused, ChannelFailure::Refused { class: FailureClass::Content, .. }), "{path}: {refused:?}");
    }
    assert!(bot.double.calls().is_empty(), "no file was asked for");
}

#[tokio::test]
async fn what_could_not_be_fetched_stays_what_it_is_and_tells_no_token() {
    let bot = Bot::start(PATIENCE).await;
    let file = channel_contract::inbound::FileReference { key: "cup".to_owned(), sha256: None, size: None };
    bot.double.platform.put_file("cup", bytes::Bytes::from_static(PNG));
    for class in [FailureClass::Content, FailureClass::Permission] {
        let outside = Outside { web: Arc::new(Careless(class)), ..outside(PATIENCE) };
        let failure = TelegramChannel::new(bot.settings().clone(), outside).fetch(&file, 1_000).await.unwrap_err();
        assert!(matches!(failure, ChannelFailure::Refused { class: found, .. } if found == class), "{failure:?}");
        assert!(!failure.to_string().contains(TOKEN), "{failure}");
    }
}

#[tokio::test]
async fn the_same_number_of_an_update_after_a_quiet_week_is_another_event() {
    let bot = Bot::start(PATIENCE).await;
    let key = |number: i64, text: &str| {
        let chat = json!({ "id": ANA, "type": "private" });
        let message = json!({ "message_id": number, "chat": chat, "from": { "id": ANA }, "date": 5, "text": text });
        let update = json!({ "update_id": 7, "edited_message": message });
        bot.channel.parse(&item(update.to_string().into())).unwrap().remove(0).external_id
    };
    assert_eq!(key(1, "One"), key(1, "One"));
    assert!(key(1, "One") != key(2, "One") && key(1, "One") != key(1, "Two"));
}

#[tokio::test]
async fn a_wait_until_a_date_is_as_long_as_that_date_is_away() {
    let bot = Bot::start(PATIENCE).await;
    // 90 seconds after the moment of the test; what asks no customer has the same clock.
    let limited = || Response::status(429).with("retry-after", "Mon, 21 Sep 2026 14:14:50 +0000");
    bot.double.misbehave("POST", "/send", Fault::Answer(limited()), 1);
    bot.double.misbehave("POST", "/getWebhookInfo", Fault::Answer(limited()), 1);
    for outcome in [bot.channel.send(&outbound()).await.map(drop), bot.channel.check().await] {
        let Err(ChannelFailure::Retry { after, .. }) = outcome else { panic!("{outcome:?}") };
        assert_eq!(after, Some(Duration::from_secs(90)));
    }
}

#[tokio::test]
async fn a_token_of_another_bot_than_the_one_that_is_named_is_refused_with_both_names() {
    let bot = Bot::start(PATIENCE).await;
    bot.channel.check().await.unwrap();
    for (named, is_it) in [("https://t.me/Fjord_Bot", true), ("", true), ("@nord_bot", false)] {
        let channel = bot.with(TelegramSettings { bot: named.to_owned(), ..bot.settings().clone() });
        match channel.check().await {
            Ok(()) => assert!(is_it, "{named}"),
            Err(failure @ ChannelFailure::Refused { class: FailureClass::Auth, .. }) => {
                assert!(!is_it && failure.to_string().contains("@fjord_bot"), "{named}: {failure}");
            }
            Err(other) => panic!("{named}: {other:?}"),
        }
    }
    let called = TelegramSettings { bot: "Fjord Help".to_owned(), ..bot.settings().clone() };
    let failure = bot.with(called).check().await.unwrap_err();
    assert!(failure.to_string().contains("Enter @fjord_bot as its name."), "{failure}");
}

#[tokio::test]
async fn what_telegram_cannot_deliver_is_told_for_as_long_as_it_tries() {
    let bot = Bot::start(PATIENCE).await;
    let (telegram, failed) = (&bot.double.platform, "SSL error: certificate verify failed");
    telegram.cannot_deliver(3, failed);
    let failure = bot.channel.check().await.unwrap_err();
    assert!(matches!(failure, ChannelFailure::Retry { class: FailureClass::Temporary, .. }), "{failure:?}");
    let words = failure.to_string();
    assert!(words.contains("3 updates wait") && words.contains(failed) && words.contains("certificate"), "{words}");
    assert!(failure.lets_replies_leave());

    telegram.cannot_deliver(0, failed);
    assert_eq!(bot.channel.check().await, Ok(()), "the failure stays told once all has arrived");
    telegram.set_now(NOW - 2 * 86_400);
    telegram.cannot_deliver(1, failed);
    assert_eq!(bot.channel.check().await, Ok(()), "what waits now has met no failure");
}
