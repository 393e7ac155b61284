//! What is said comes through, once and in order, whatever happens to the line.

use std::time::Duration;

use resolute::model::event::EventKind;
use resolute::model::message::{Delivery, Direction, MessageAuthor};
use resolute::store::intake::{self, ConversationRow, NewEvent, NewMessage};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::cast::{Cast, NOW, put};
use crate::support::chat::{Chat, message};
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::forms::page;
use crate::support::socket::Socket;
use crate::support::stores::write;

fn lively(engine: Engine) -> Wish {
    Wish { may_leave_work: true, ..Wish::lively(engine) }
}

/// A teammate answers through the API.
pub(super) async fn answer(desk: &TestDesk, number: i64, text: &str) {
    let path = format!("/api/v1/conversations/{number}/messages");
    let posted = desk.api().post_json(&path, &json!({ "body": text })).await.unwrap();
    assert_eq!(posted.status, 201, "{}", posted.text());
}

pub(super) async fn conversations(desk: &TestDesk) -> Vec<Value> {
    desk.api_get("/api/v1/conversations?view=all").await["items"].as_array().cloned().unwrap_or_default()
}

pub(super) async fn messages(desk: &TestDesk, number: i64) -> Vec<Value> {
    let shown = desk.api_get(&format!("/api/v1/conversations/{number}")).await;
    shown["messages"].as_array().cloned().expect("messages")
}

/// A visitor has said something first: their token, their line, the number of the event, and that of the conversation.
async fn begun(desk: &TestDesk, chat: &Chat, text: &str) -> (String, Socket, i64, i64) {
    let token = chat.begin(desk, &json!({})).await;
    let (mut line, _) = chat.join(desk, &token, 0).await;
    line.send(&message(1, text)).await;
    let seq = line.next_of("message").await["seq"].as_i64().unwrap();
    let number = conversations(desk).await[0]["number"].as_i64().unwrap();
    (token, line, seq, number)
}

fn texts(frames: &[Value]) -> Vec<&str> {
    frames.iter().filter_map(|frame| frame["text"].as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_becomes_a_conversation_and_the_reply_comes_back() {
    for engine in Engine::all() {
        let desk = TestDesk::start(lively(engine)).await;
        let chat = Chat::of(&desk).await;
        let token = chat.begin(&desk, &json!({})).await;
        let (mut line, joined) = chat.join(&desk, &token, 0).await;
        assert_eq!((joined["seq"].as_i64(), &joined["state"]["with"]), (Some(0), &json!("")));

        line.send(&message(1, "Do you have it in blue?")).await;
        assert_eq!(line.next_of("ack").await["id"], json!(Uuid::from_u128(1)));
        let placed = line.next_of("message").await;
        assert_eq!((&placed["from"], &placed["id"]), (&json!("visitor"), &json!(Uuid::from_u128(1))));

        let [row] = conversations(&desk).await.try_into().expect("one conversation");
        let number = row["number"].as_i64().unwrap();
        answer(&desk, number, "Yes, in M and L.").await;
        let reply = line.next_of("message").await;
        assert_eq!(
            (reply["from"].as_str(), reply["name"].as_str(), reply["text"].as_str()),
            (Some("person"), Some("Mara"), Some("Yes, in M and L."))
        );
        assert!(reply["seq"].as_i64() > placed["seq"].as_i64(), "events count up");

        line.send(&json!({ "t": "read", "ids": [reply["id"]] })).await;
        let read = async {
            while messages(&desk, number).await.last().unwrap()["delivery"] != "read" {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), read).await.expect("the reply is seen");
    }
}

/// As it is where the first word is placed and answered elsewhere, between two looks of this process.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_there_together_with_the_first_word_is_told() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let db = &desk.desk.db;
        let (chat, cast) = (Chat::of(&desk).await, Cast::stored(db).await);
        let begun = chat.ask(&desk, &json!({})).await.json();
        let (mut line, _) = chat.join(&desk, begun["token"].as_str().unwrap(), 0).await;

        let talk = ConversationRow {
            brand_id: desk.setup.brand,
            channel_id: chat.channel,
            channel_kind: "live_chat".into(),
            ..cast.conversation(1)
        };
        let asked = NewMessage {
            external_id: format!("{}.{}", begun["visitor"].as_str().unwrap(), Uuid::from_u128(1)),
            ..cast.message(&talk, "Hello?")
        };
        let reply = NewMessage {
            direction: Direction::Outbound,
            author: MessageAuthor::Agent,
            contact_id: None,
            delivery: Some(Delivery::Sent),
            ..cast.message(&talk, "Hello, what can I do for you?")
        };
        let event = |kind: EventKind, data: Value| NewEvent {
            id: desk.desk.clock.new_id(),
            brand_id: desk.setup.brand,
            conversation_id: Some(talk.id),
            kind,
            actor: "Sofie Keller".into(),
            data,
            at: NOW,
        };
        let events = [
            event(EventKind::MessageReceived, json!({ "message": asked.id.to_string(), "new": true })),
            event(EventKind::DeliveryChanged, json!({ "message": reply.id.to_string(), "delivery": "sent" })),
        ];
        put(db, std::slice::from_ref(&talk), &[asked, reply]).await;
        write(db, async |tx| intake::insert_events(tx, &events).await).await;
        for text in ["Hello?", "Hello, what can I do for you?"] {
            assert_eq!(line.next_of("message").await["text"], text);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repetition_is_the_same_message() {
    for engine in Engine::all() {
        let desk = TestDesk::start(lively(engine)).await;
        let chat = Chat::of(&desk).await;
        let token = chat.begin(&desk, &json!({})).await;
        let (mut line, _) = chat.join(&desk, &token, 0).await;
        for _ in 0..3 {
            line.send(&message(1, "Hello?")).await;
            line.next_of("ack").await;
        }
        line.send(&message(2, "Anybody there?")).await;
        while line.next_of("message").await["id"] != json!(Uuid::from_u128(2)) {}
        let [row] = conversations(&desk).await.try_into().expect("one conversation");
        let said = messages(&desk, row["number"].as_i64().unwrap()).await;
        assert_eq!(
            said.iter().map(|one| one["body"].as_str().unwrap()).collect::<Vec<_>>(),
            ["Hello?", "Anybody there?"]
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_missed_is_told_once_and_in_order() {
    for engine in Engine::all() {
        let desk = TestDesk::start(lively(engine)).await;
        let chat = Chat::of(&desk).await;
        let (token, line, seq, number) = begun(&desk, &chat, "First").await;
        drop(line);

        // Another window of the same browser writes, and a teammate answers, while this one is away.
        let (mut other, joined) = chat.join(&desk, &token, 0).await;
        assert!(joined["seq"].as_i64().unwrap() >= seq);
        for id in 2..8 {
            other.send(&message(id, &format!("Message {id}"))).await;
            while other.next_of("message").await["id"] != json!(Uuid::from_u128(id)) {}
        }
        answer(&desk, number, "Here I am.").await;
        other.next_of("message").await;

        let mut line = chat.line(&desk).await;
        line.send(&json!({ "t": "join", "token": token, "last_seq": seq })).await;
        let mut missed = Vec::new();
        loop {
            match line.next_of_any().await {
                frame if frame["t"] == "message" => missed.push(frame),
                frame if frame["t"] == "joined" => break,
                _ => {}
            }
        }
        let expected: Vec<String> = (2..8).map(|id| format!("Message {id}")).chain(["Here I am.".to_owned()]).collect();
        assert_eq!(texts(&missed), expected);

        // A widget that starts anew gets everything at once.
        let mut fresh = chat.line(&desk).await;
        fresh.send(&json!({ "t": "join", "token": token })).await;
        let all = fresh.next_of("resync").await;
        assert_eq!(all["messages"].as_array().map(Vec::len), Some(8));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_is_whole_however_often_its_order_was_read() {
    for engine in Engine::all() {
        let desk = TestDesk::start(lively(engine)).await;
        let chat = Chat::of(&desk).await;
        let (token, _line, seq, number) = begun(&desk, &chat, "Hello?").await;
        let talk = desk.talk(number).await;
        let reading = |_| NewEvent {
            id: desk.desk.clock.new_id(),
            brand_id: talk.brand_id,
            conversation_id: Some(talk.id),
            kind: EventKind::OrderRead,
            actor: "system".to_owned(),
            data: json!({ "order": "FJ-1001" }),
            at: desk.desk.clock.now(),
        };
        let readings: Vec<NewEvent> = (0..700).map(reading).collect();
        write(&desk.desk.db, async |tx| intake::insert_events(tx, &readings).await).await;
        let mut fresh = chat.line(&desk).await;
        fresh.send(&json!({ "t": "join", "token": token })).await;
        assert_eq!(texts(fresh.next_of("resync").await["messages"].as_array().unwrap()), ["Hello?"]);
        answer(&desk, number, "Here I am.").await;
        fresh.next_of("message").await;
        // A page that stood open all the time misses nothing but the answer.
        let mut open = chat.line(&desk).await;
        open.send(&json!({ "t": "join", "token": token, "last_seq": seq })).await;
        assert_eq!(open.next_of_any().await["text"], "Here I am.");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_from_before_a_restore_starts_anew() {
    for engine in Engine::all() {
        let desk = TestDesk::start(lively(engine)).await;
        let chat = Chat::of(&desk).await;
        let (token, _line, seq, number) = begun(&desk, &chat, "Hello?").await;
        let ahead = seq + 1_000;

        // It has numbers that the desk has not given out since.
        let mut late = chat.line(&desk).await;
        late.send(&json!({ "t": "join", "token": token, "last_seq": ahead })).await;
        assert_eq!(texts(late.next_of("resync").await["messages"].as_array().unwrap()), ["Hello?"]);
        assert!(late.next_of("joined").await["seq"].as_i64().unwrap() < ahead);
        let mut stream =
            crate::support::stream::Stream::open(desk.address, &chat.path(&format!("/feed?last_seq={ahead}")), &token)
                .await;
        stream.next_of("resync").await;
        answer(&desk, number, "Here I am.").await;
        assert_eq!(late.next_of("message").await["text"], "Here I am.");
        assert_eq!(stream.next_of("message").await["text"], "Here I am.");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_says_what_they_read_hears_whether_the_desk_has_it() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let chat = Chat::of(&desk).await;
        let token = chat.begin(&desk, &json!({})).await;
        let (mut line, _) = chat.join(&desk, &token, 0).await;
        line.send(&message(1, "Hello?")).await;
        line.next_of("ack").await;
        desk.drain().await;
        let number = conversations(&desk).await[0]["number"].as_i64().unwrap();
        answer(&desk, number, "Here I am.").await;
        desk.desk.clock.advance(Duration::from_secs(5));
        desk.drain().await;
        let reply = messages(&desk, number).await.pop().unwrap()["id"].clone();
        let mark = |id: u128, ids: &[&Value]| json!({ "t": "read", "id": Uuid::from_u128(id), "ids": ids });

        line.send(&mark(2, &[&reply])).await;
        assert_eq!(line.next_of("ack").await["id"], json!(Uuid::from_u128(2)));
        line.send(&mark(3, &[])).await;
        let refused = line.next_of("refused").await;
        assert_eq!((&refused["id"], &refused["why"]), (&json!(Uuid::from_u128(3)), &json!("invalid")));
        let mut client = desk.client().with_token(&token);
        let answers = client.post_json(&chat.path("/frames"), &mark(4, &[&reply])).await.unwrap();
        assert_eq!((answers.status, &answers.json()[0]["t"]), (200, &json!("ack")));
        desk.drain().await;
        assert_eq!(messages(&desk, number).await.pop().unwrap()["delivery"], "read");

        desk.desk.db.close().await;
        line.send(&mark(5, &[&reply])).await;
        let refused = line.next_of("refused").await;
        assert_eq!((&refused["id"], &refused["why"]), (&json!(Uuid::from_u128(5)), &json!("busy")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_sockets_do_not_get_through_posts_and_a_stream_do() {
    for engine in Engine::all() {
        let desk = TestDesk::start(lively(engine)).await;
        let chat = Chat::of(&desk).await;
        let token = chat.begin(&desk, &json!({})).await;
        let mut client = desk.client().with_token(&token);
        let answers = client.post_json(&chat.path("/frames"), &message(1, "By post")).await.unwrap();
        assert_eq!((answers.status, &answers.json()[0]["t"]), (200, &json!("ack")));

        let mut stream =
            crate::support::stream::Stream::open(desk.address, &chat.path("/feed?last_seq=0"), &token).await;
        let told = stream.next_of("joined").await;
        assert!(told["state"].is_object());
        client.post_json(&chat.path("/frames"), &message(2, "Again by post")).await.unwrap();
        while stream.next_of("message").await["text"] != "Again by post" {}
    }
}

/// What begins as a PNG of so many pixels, width before height.
fn picture(sides: [u8; 8]) -> Vec<u8> {
    [&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..], &sides, &[7; 2_000]].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_keeps_the_title_that_its_first_words_gave_it() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let chat = Chat::of(&desk).await;
        let token = chat.begin(&desk, &json!({})).await;
        let (mut line, _) = chat.join(&desk, &token, 0).await;

        // A picture says nothing.
        let path = chat.path(&format!("/files?id={}&name=lamp.png", Uuid::from_u128(1)));
        let png = picture(*b"\0\0\x02\x80\0\0\x01\xe0");
        assert_eq!(desk.client().with_token(&token).post(&path, "image/png", &png).await.unwrap().status, 204);
        desk.drain().await;
        let row = conversations(&desk).await.remove(0);
        assert_eq!((row["subject"].as_str(), row["gist"].as_str()), (Some(""), Some("lamp.png")), "{row}");

        for (id, text) in [(2, "Is the lamp dimmable?"), (3, "I mean the blue one."), (4, "Hello?")] {
            line.send(&message(id, text)).await;
            line.next_of("ack").await;
            desk.drain().await;
            let row = conversations(&desk).await.remove(0);
            let told = (row["subject"].as_str(), row["gist"].as_str());
            assert_eq!(told, (Some("Is the lamp dimmable?"), Some(text)), "{row}");
        }
        let mut browser = desk.browser().await;
        let shown = page(&mut browser, "/inbox?view=all").await;
        let both = "dir=\"auto\">Is the lamp dimmable?</b> <span class=\"clip\" dir=\"auto\">Hello?</span>";
        assert!(shown.contains(both), "{shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_come_and_go_by_what_they_are() {
    for engine in Engine::all() {
        let desk = TestDesk::start(lively(engine)).await;
        let chat = Chat::of(&desk).await;
        let token = chat.begin(&desk, &json!({})).await;
        let (mut line, _) = chat.join(&desk, &token, 0).await;
        let mut client = desk.client().with_token(&token);
        let path = |id: u128, name: &str| chat.path(&format!("/files?id={}&name={name}", Uuid::from_u128(id)));
        let png = picture(*b"\0\0\x02\x80\0\0\x01\xe0");
        let sent = client.post(&path(1, "broken.exe"), "application/octet-stream", &png).await.unwrap();
        assert_eq!(sent.status, 204, "{}", sent.text());
        let shown = line.next_of("message").await;
        let file = &shown["files"][0];
        assert_eq!((file["name"].as_str(), file["type"].as_str()), (Some("broken.png"), Some("image/png")));

        let url = file["url"].as_str().unwrap();
        let got = desk.client().get(url).await.unwrap();
        assert_eq!((got.status, got.header("x-content-type-options")), (200, Some("nosniff")));
        assert_eq!(got.body, png);
        assert!(got.header("content-security-policy").unwrap().contains("sandbox"));
        assert_eq!(desk.client().get(&url.replace("key=", "key=x")).await.unwrap().status, 404);

        // Few bytes that claim 65 000 times 65 000 pixels are shown nowhere.
        let huge = picture(*b"\0\0\xfd\xe8\0\0\xfd\xe8");
        assert_eq!(client.post(&path(4, "huge.png"), "image/png", &huge).await.unwrap().status, 204);
        let mut shown = line.next_of("message").await;
        while shown["files"][0]["name"] != "huge.png" {
            shown = line.next_of("message").await;
        }
        let file = &shown["files"][0];
        assert_eq!(file["type"], "application/octet-stream");
        let got = desk.client().get(file["url"].as_str().unwrap()).await.unwrap();
        assert_eq!((got.status, got.header("content-type")), (200, Some("application/octet-stream")));
        assert!(got.header("content-disposition").unwrap().starts_with("attachment"));

        let page = client.post(&path(2, "page.png"), "image/png", b"<html><script>alert(1)</script>").await.unwrap();
        assert_eq!(page.status, 422);
        let large = vec![b'a'; 10 * 1024 * 1024 + 1];
        let refused = client.post(&path(3, "large.txt"), "text/plain", &large).await;
        assert!(refused.is_err() || refused.unwrap().status == 422, "too large is refused");
    }
}
