//! Forged sessions, foreign pages, giants, floods, and lines that are dead without saying so.

use std::time::Duration;

use resolute::config::ChatConfig;
use serde_json::json;

use super::talk::conversations;
use crate::support::chat::{Chat, SHOP, message};
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::socket::Socket;

async fn desk_with(engine: Engine, chat: ChatConfig) -> (TestDesk, Chat) {
    let desk = TestDesk::start(Wish { may_leave_work: true, chat, ..Wish::lively(engine) }).await;
    let chat = Chat::of(&desk).await;
    (desk, chat)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_session_opens_nothing() {
    let (desk, chat) = desk_with(Engine::Sqlite, ChatConfig::default()).await;
    let token = chat.begin(&desk, &json!({})).await;
    let other = Chat::of(&desk).await;
    for (chat, token) in [(chat, "x.y"), (chat, ""), (chat, &token[1..]), (other, token.as_str())] {
        let mut line = chat.line(&desk).await;
        line.send(&json!({ "t": "join", "token": token })).await;
        assert_eq!(line.end().await, Some(4001), "{token}");
        let posted = desk.client().with_token(token).post_json(&chat.path("/frames"), &message(1, "x")).await.unwrap();
        assert_eq!(posted.status, 403);
        assert!(posted.json()["error"].is_string(), "{}", posted.text());
    }
    let mut line = chat.line(&desk).await;
    line.send(&message(1, "no join")).await;
    assert_eq!(line.end().await, Some(4001), "the first frame joins");
    assert!(conversations(&desk).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_page_gets_nothing() {
    let (desk, chat) = desk_with(Engine::Sqlite, ChatConfig::default()).await;
    let evil = "https://evil.example";
    assert_eq!(Socket::open(desk.address, &chat.path("/line"), Some(evil)).await.err(), Some(403));
    let own = format!("http://{}", desk.address);
    assert!(Socket::open(desk.address, &chat.path("/line"), Some(&own)).await.is_ok(), "the frame is ours");
    let mut client = desk.client().with("origin", evil);
    let start = json!({ "origin": SHOP });
    let refused = client.post_json(&chat.path("/sessions"), &start).await.unwrap();
    assert_eq!((refused.status, refused.json()["error"].as_str()), (403, Some("This page may not use the chat.")));
    assert_eq!(chat.ask(&desk, &json!({ "origin": evil })).await.status, 403, "nor for a foreign page");
    let page = desk.client().get(&chat.path(&format!("?origin={evil}"))).await.unwrap();
    assert_eq!(page.status, 403);

    let page = desk.client().get(&chat.path(&format!("?origin={SHOP}"))).await.unwrap();
    assert_eq!(page.status, 200);
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("frame-ancestors shop.example"), "{policy}");
    assert!(!policy.contains("unsafe-inline"), "{policy}");
    assert!(page.header("set-cookie").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_giant_frame_ends_the_line_and_harms_nobody() {
    let (desk, chat) = desk_with(Engine::Sqlite, ChatConfig::default()).await;
    let token = chat.begin(&desk, &json!({})).await;
    let (mut giant, _) = chat.join(&desk, &token, 0).await;
    let (mut other, _) = chat.join(&desk, &token, 0).await;
    // The server may close before it has read everything.
    let _ = giant.send_raw(1, &vec![b'x'; 70_000]).await;
    giant.end().await;
    other.send(&message(1, &"x".repeat(10_001))).await;
    assert_eq!(other.next_of("refused").await["why"], "invalid");
    other.send(&json!({ "t": "what" })).await;
    assert_eq!(other.next_of("refused").await["why"], "invalid");
    other.send(&message(2, "Still here")).await;
    other.next_of("ack").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_is_slowed_and_then_cut() {
    let (desk, chat) = desk_with(Engine::Sqlite, ChatConfig::default()).await;
    let token = chat.begin(&desk, &json!({})).await;
    let (mut line, _) = chat.join(&desk, &token, 0).await;
    for id in 0..15 {
        line.send(&message(id + 1, "again")).await;
    }
    let mut refused = 0;
    for _ in 0..15 {
        match line.next_of_any().await {
            frame if frame["t"] == "refused" && frame["why"] == "too_fast" => refused += 1,
            _ => {}
        }
        if refused > 0 {
            break;
        }
    }
    assert!(refused > 0, "ten at once, then one a second");
    for _ in 0..200 {
        if line.send_raw(1, br#"{"t":"ping"}"#).await.is_err() {
            break;
        }
    }
    assert_eq!(line.end().await, Some(4008));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_is_dead_is_given_up() {
    let quick = ChatConfig { ping_seconds: 1, ..ChatConfig::default() };
    let (desk, chat) = desk_with(Engine::Sqlite, quick).await;
    let token = chat.begin(&desk, &json!({})).await;
    let (mut dead, _) = chat.join(&desk, &token, 0).await;
    let (mut alive, _) = chat.join(&desk, &token, 0).await;
    dead.answers = false;
    tokio::time::timeout(Duration::from_secs(15), dead.end()).await.expect("nobody waits for the dead for long");
    alive.send(&json!({ "t": "ping" })).await;
    alive.next_of("pong").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn few_visitors_begin_from_one_address() {
    let few = ChatConfig { sessions_per_minute: 3, ..ChatConfig::default() };
    let (desk, chat) = desk_with(Engine::Sqlite, few).await;
    for expected in [201, 201, 201, 429] {
        assert_eq!(chat.ask(&desk, &json!({})).await.status, expected);
    }
    // A proxy on this machine says for whom it asks.
    let mut client = desk.client().with("origin", SHOP).with("x-forwarded-for", "203.0.113.9");
    assert_eq!(client.post_json(&chat.path("/sessions"), &json!({ "origin": SHOP })).await.unwrap().status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn chats_do_not_come_in_by_the_door_of_webhooks() {
    let (desk, chat) = desk_with(Engine::Sqlite, ChatConfig::default()).await;
    let token = chat.begin(&desk, &json!({})).await;
    let path = format!("/webhooks/live_chat/{}", chat.channel);
    let answer = desk.client().with_token(&token).post_json(&path, &message(1, "x")).await.unwrap();
    assert_eq!(answer.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_too_many_is_refused_before_its_bytes_are_read() {
    let (desk, chat) = desk_with(Engine::Sqlite, ChatConfig::default()).await;
    let token = chat.begin(&desk, &json!({})).await;
    let mut client = desk.client().with_token(&token);
    let mut refused = false;
    for id in 0..20 {
        let path = chat.path(&format!("/files?id={}&name=a.txt", uuid::Uuid::from_u128(id)));
        refused |= client.post(&path, "text/plain", b"hello").await.unwrap().status == 429;
    }
    assert!(refused, "nobody sends that fast");
    let path = chat.path(&format!("/files?id={}&name=b.txt", uuid::Uuid::from_u128(99)));
    let status = answer_to_head(&desk, &path, &token).await;
    assert!(status.starts_with("HTTP/1.1 429"), "{status}");
}

/// The first line of the answer to a file whose bytes never come.
async fn answer_to_head(desk: &TestDesk, path: &str, token: &str) -> String {
    use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
    let mut stream = tokio::net::TcpStream::connect(desk.address).await.unwrap();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: desk\r\nauthorization: Bearer {token}\r\ncontent-length: 9000000\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut line = String::new();
    let mut reader = BufReader::new(stream);
    let answered = reader.read_line(&mut line);
    tokio::time::timeout(Duration::from_secs(20), answered).await.expect("it waits for the file").unwrap();
    line
}
