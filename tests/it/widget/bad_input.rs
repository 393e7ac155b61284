//! Forged sessions, foreign pages, giants, floods, and lines that are dead without saying so.

use std::time::Duration;

use resolute::config::{ChatConfig, HttpConfig, Proxies};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use uuid::Uuid;

use super::talk::conversations;
use super::who::jwt_until;
use crate::support::chat::{Chat, SHOP, message};
use crate::support::desk::{Engine, MONDAY, TestDesk, Wish};
use crate::support::http::{Answer, Client};
use crate::support::setup::IDENTITY_SECRET;
use crate::support::socket::Socket;
use crate::support::stream::Stream;

const PATIENCE: Duration = Duration::from_secs(20);
/// The largest file that the chat takes, in bytes.
const MOST: usize = 10 * 1024 * 1024;

pub(super) async fn desk_with(engine: Engine, chat: ChatConfig) -> (TestDesk, Chat) {
    let desk = TestDesk::start(Wish { may_leave_work: true, chat, ..Wish::lively(engine) }).await;
    let chat = Chat::of(&desk).await;
    (desk, chat)
}

/// A desk on which no time passes: what may come in a minute, comes in one however slow the machine is.
async fn standing_desk(chat: ChatConfig) -> (TestDesk, Chat) {
    let desk = TestDesk::start(Wish { may_leave_work: true, chat, ..Wish::exact(Engine::Sqlite) }).await;
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
    assert_eq!(page.header("x-frame-options"), None, "it would forbid what the policy allows");
    assert!(page.header("set-cookie").is_none());
    for other in ["/session/new", "/nowhere"] {
        let page = desk.client().get(other).await.unwrap();
        assert_eq!(page.header("x-frame-options"), Some("DENY"), "{other}");
    }
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
    // One that is announced and never ends: its head says 2^40 bytes.
    let (mut endless, _) = chat.join(&desk, &token, 0).await;
    let _ = endless.send_bytes(&[0x81, 0xff, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]).await;
    let _ = endless.send_bytes(&vec![b'x'; 90_000]).await;
    assert_eq!(endless.end().await, Some(1009));
    other.send(&message(1, &"x".repeat(10_001))).await;
    assert_eq!(other.next_of("refused").await["why"], "invalid");
    other.send(&json!({ "t": "what" })).await;
    assert_eq!(other.next_of("refused").await["why"], "invalid");
    for unseen in ["\0 \0", "\u{200b}\u{200d}"] {
        other.send(&message(3, unseen)).await;
        assert_eq!(other.next_of("refused").await["why"], "invalid", "nothing of it would be seen");
    }
    other.send(&message(2, "Still here")).await;
    other.next_of("ack").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_giant_frame_before_the_join_ends_the_line() {
    let (desk, chat) = desk_with(Engine::Sqlite, ChatConfig::default()).await;
    // One that is there, and one that is announced with 2^40 bytes and never ends.
    let announced: &[u8] = &[0x81, 0xff, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let whole: &[u8] = &[0x81, 0xff, 0, 0, 0, 0, 0, 1, 0x11, 0x70, 0, 0, 0, 0];
    for (head, length) in [(whole, 70_000), (announced, 90_000)] {
        let mut line = chat.line(&desk).await;
        // The server may close before it has read everything.
        let _ = line.send_bytes(head).await;
        let _ = line.send_bytes(&vec![b'x'; length]).await;
        assert_eq!(line.end().await, Some(1009), "{length} bytes");
    }
    let token = chat.begin(&desk, &json!({})).await;
    let (mut other, _) = chat.join(&desk, &token, 0).await;
    other.send(&message(1, "Still here")).await;
    other.next_of("ack").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frame_in_pieces_or_of_bytes_ends_the_line() {
    let (desk, chat) = desk_with(Engine::Sqlite, ChatConfig::default()).await;
    let token = chat.begin(&desk, &json!({})).await;
    // The first piece of a text, masked with zeros, and a frame of bytes.
    for frame in [[0x01, 0x81, 0, 0, 0, 0, b'x'], [0x82, 0x81, 0, 0, 0, 0, b'x']] {
        let (mut line, _) = chat.join(&desk, &token, 0).await;
        line.send_bytes(&frame).await.unwrap();
        assert_eq!(line.end().await, Some(1003), "{frame:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pings_count_as_frames() {
    let (desk, chat) = standing_desk(ChatConfig::default()).await;
    let token = chat.begin(&desk, &json!({})).await;
    let (mut line, _) = chat.join(&desk, &token, 0).await;
    for _ in 0..200 {
        if line.send_raw(9, b"x").await.is_err() {
            break;
        }
    }
    assert_eq!(line.end().await, Some(4008));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_is_slowed_and_then_cut() {
    let (desk, chat) = standing_desk(ChatConfig::default()).await;
    let token = chat.begin(&desk, &json!({})).await;
    let (mut line, _) = chat.join(&desk, &token, 0).await;
    for id in 0..15 {
        line.send(&message(id + 1, "again")).await;
    }
    // An answer to each: what is told beside them, as how the chat stands, is passed over.
    let mut refused = 0;
    let mut answers = 0;
    while answers < 15 {
        let frame = line.next_of_any().await;
        answers += u32::from(frame["t"] == "ack" || frame["t"] == "refused");
        refused += u32::from(frame["t"] == "refused" && frame["why"] == "too_fast");
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
async fn whoever_is_late_with_the_join_is_to_come_back() {
    let (desk, chat) = desk_with(Engine::Sqlite, ChatConfig::default()).await;
    let mut line = chat.line(&desk).await;
    assert_eq!(line.end().await, Some(1013), "nothing is known of their session");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_is_dead_is_given_up() {
    let quick = ChatConfig { ping_seconds: 1, ..ChatConfig::default() };
    let (desk, chat) = desk_with(Engine::Sqlite, quick).await;
    let token = chat.begin(&desk, &json!({})).await;
    let (mut dead, _) = chat.join(&desk, &token, 0).await;
    let (mut alive, _) = chat.join(&desk, &token, 0).await;
    dead.answers = false;
    tokio::select! {
        ended = tokio::time::timeout(Duration::from_secs(15), dead.end()) => {
            ended.expect("nobody waits for the dead for long");
        }
        _ = alive.end() => panic!("the living one answers"),
    }
    alive.send(&json!({ "t": "ping" })).await;
    alive.next_of("pong").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn few_visitors_begin_from_one_address() {
    let few = ChatConfig { sessions_per_minute: 3, ..ChatConfig::default() };
    let (desk, chat) = standing_desk(few).await;
    for expected in [201, 201, 201, 429] {
        assert_eq!(chat.ask(&desk, &json!({})).await.status, expected);
    }
    // A proxy on this machine says for whom it asks.
    let mut client = desk.client().with("origin", SHOP).with("x-forwarded-for", "203.0.113.9");
    assert_eq!(client.post_json(&chat.path("/sessions"), &json!({ "origin": SHOP })).await.unwrap().status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_believed_proxies_each_visitor_has_an_address() {
    let proxies = Proxies::try_from("172.16.0.0/12".to_owned()).unwrap();
    let http = HttpConfig { proxies, ..HttpConfig::default() };
    let chat = ChatConfig { sessions_per_minute: 1, ..ChatConfig::default() };
    let desk = TestDesk::start(Wish { may_leave_work: true, chat, http, ..Wish::exact(Engine::Sqlite) }).await;
    let chat = Chat::of(&desk).await;
    for (forwarded, expected) in [
        ("203.0.113.9, 172.18.0.2", 201),
        // What stands before the visitor is invented.
        ("198.51.100.4, 203.0.113.9, 172.18.0.2", 429),
        ("203.0.113.10, 172.18.0.2", 201),
        // A proxy that nobody named is who asks.
        ("203.0.113.11, 192.0.2.7", 201),
        ("203.0.113.12, 192.0.2.7", 429),
    ] {
        let mut client = desk.client().with("origin", SHOP).with("x-forwarded-for", forwarded);
        let answer = client.post_json(&chat.path("/sessions"), &json!({ "origin": SHOP })).await.unwrap();
        assert_eq!(answer.status, expected, "{forwarded}: {}", answer.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_known_is_no_new_visitor() {
    let few = ChatConfig { sessions_per_minute: 2, joins_per_minute: 9, ..ChatConfig::default() };
    let desk = TestDesk::start(Wish { chat: few, ..Wish::exact(Engine::Sqlite) }).await;
    let chat = Chat::of(&desk).await;
    let begun = [chat.ask(&desk, &json!({})).await, chat.ask(&desk, &json!({})).await].map(|answer| answer.json());
    let strangers = [json!({}), json!({ "token": "x.y" })];
    for stranger in &strangers {
        let refused = chat.ask(&desk, stranger).await;
        assert_eq!(refused.status, 429, "{}", refused.text());
    }

    // Each page of the shop asks for the session of the customer who is signed in.
    let proof = jwt_until(IDENTITY_SECRET, "17", "", MONDAY.0 / 1_000_000 + 300);
    for _ in 0..4 {
        let answer = chat.ask(&desk, &json!({ "identity": { "jwt": proof } })).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
    }
    let back = chat.ask(&desk, &json!({ "token": begun[0]["token"] })).await;
    assert_eq!((back.status, &back.json()["visitor"]), (201, &begun[0]["visitor"]));

    // That was the ninth; by and by there are more.
    let known = json!({ "token": begun[1]["token"] });
    assert_eq!(chat.ask(&desk, &known).await.status, 429);
    desk.desk.clock.advance(Duration::from_secs(7));
    assert_eq!(chat.ask(&desk, &known).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_too_many_lines_of_a_visitor_the_oldest_ends() {
    let (desk, chat) = desk_with(Engine::Sqlite, ChatConfig::default()).await;
    let token = chat.begin(&desk, &json!({})).await;
    let mut stream = Stream::open(desk.address, &chat.path("/feed?last_seq=0"), &token).await;
    stream.next_of("joined").await;
    let mut lines = Vec::new();
    for _ in 0..8 {
        lines.push(chat.join(&desk, &token, 0).await.0);
    }
    assert_eq!(stream.next_of("end").await["code"], 4009, "streams count too");

    // Of a conversation as well, and of no one else's.
    lines[7].send(&message(1, "Hello?")).await;
    for line in &mut lines {
        line.next_of("message").await;
    }
    let (mut other, _) = chat.join(&desk, &chat.begin(&desk, &json!({})).await, 0).await;
    let mut newest = chat.join(&desk, &token, 0).await.0;
    assert_eq!(lines.remove(0).end().await, Some(4009));
    for line in lines.iter_mut().chain([&mut other, &mut newest]) {
        line.send(&json!({ "t": "ping" })).await;
        line.next_of("pong").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn few_lines_of_one_address_join_within_a_minute() {
    let few = ChatConfig { joins_per_minute: 3, ..ChatConfig::default() };
    let (desk, chat) = standing_desk(few).await;
    let token = chat.begin(&desk, &json!({})).await;
    for _ in 0..3 {
        chat.join(&desk, &token, 0).await;
    }
    let mut line = chat.line(&desk).await;
    line.send(&json!({ "t": "join", "token": token })).await;
    assert_eq!(line.end().await, Some(4008));
    let feed = chat.path("/feed?last_seq=0");
    let refused = desk.client().with_token(&token).get(&feed).await.unwrap();
    assert_eq!(refused.status, 429, "{}", refused.text());

    // Whoever comes from elsewhere joins.
    let mut elsewhere = TcpStream::connect(desk.address).await.unwrap();
    let head = format!(
        "GET {feed} HTTP/1.1\r\nhost: desk\r\nauthorization: Bearer {token}\r\nx-forwarded-for: 203.0.113.9\r\n\r\n"
    );
    elsewhere.write_all(head.as_bytes()).await.unwrap();
    let mut status = [0; 12];
    timeout(PATIENCE, elsewhere.read_exact(&mut status)).await.expect("an answer").unwrap();
    assert_eq!(status, *b"HTTP/1.1 200");
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
    let (desk, chat) = standing_desk(ChatConfig::default()).await;
    let token = chat.begin(&desk, &json!({})).await;
    let mut client = desk.client().with_token(&token);
    let mut refused = false;
    for id in 0..20 {
        refused |= client.post(&file(&chat, id), "text/plain", b"hello").await.unwrap().status == 429;
    }
    assert!(refused, "nobody sends that fast");
    let answer = answer_on(begun(&desk, &file(&chat, 99), (&token, "203.0.113.1"), 0).await).await;
    assert!(answer.starts_with("HTTP/1.1 429"), "{answer}");
}

/// Where a file goes.
fn file(chat: &Chat, id: u128) -> String {
    chat.path(&format!("/files?id={}&name=a.txt", Uuid::from_u128(id)))
}

/// A file of the largest size, of which so many bytes come and then no more.
async fn begun(desk: &TestDesk, path: &str, (token, from): (&str, &str), bytes: usize) -> TcpStream {
    let mut stream = TcpStream::connect(desk.address).await.unwrap();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: desk\r\nauthorization: Bearer {token}\r\nx-forwarded-for: {from}\r\n\
         content-length: {MOST}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    // Whoever is refused may be cut off.
    let _ = stream.write_all(&vec![b'a'; bytes]).await;
    stream
}

/// What is answered before the file is whole.
async fn answer_on(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    // The connection may break off behind the answer.
    let _ = timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("it waits for the file");
    String::from_utf8_lossy(&answer).into_owned()
}

/// Sends small files, a while apart as the desk's clock has it, and gives whether one of them is answered as wanted.
async fn is_answered(desk: &TestDesk, client: &mut Client, chat: &Chat, wanted: impl Fn(&Answer) -> bool) -> bool {
    for _ in 0..50 {
        desk.desk.clock.advance(Duration::from_secs(2));
        let id = desk.desk.clock.new_id::<Uuid>().as_u128();
        if wanted(&client.post(&file(chat, id), "text/plain", b"hello").await.unwrap()) {
            return true;
        }
    }
    false
}

/// The same, until it is.
async fn until_answered(desk: &TestDesk, client: &mut Client, chat: &Chat, wanted: impl Fn(&Answer) -> bool) {
    let answered = async { while !is_answered(desk, client, chat, &wanted).await {} };
    timeout(PATIENCE, answered).await.expect("it is answered as wanted some time");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_sends_one_file_at_a_time_and_an_address_few() {
    let (desk, chat) = desk_with(Engine::Sqlite, ChatConfig::default()).await;
    let token = chat.begin(&desk, &json!({})).await;
    let mut first = begun(&desk, &file(&chat, 1), (&token, "203.0.113.1"), 10).await;
    let mut client = desk.client().with_token(&token);
    let waits = |answer: &Answer| answer.status == 429 && answer.text().contains("still on its way");
    // A small one may have come before it, and it was refused then.
    while !is_answered(&desk, &mut client, &chat, waits).await {
        first = begun(&desk, &file(&chat, 1), (&token, "203.0.113.1"), 10).await;
    }
    drop(first);
    until_answered(&desk, &mut client, &chat, |answer| answer.status == 204).await;

    let from = "203.0.113.2";
    let mut slow = Vec::new();
    for id in 2..6 {
        let token = chat.begin(&desk, &json!({})).await;
        slow.push(begun(&desk, &file(&chat, id), (&token, from), 10).await);
    }
    let token = chat.begin(&desk, &json!({})).await;
    let mut near = desk.client().with_token(&token).with("x-forwarded-for", from);
    let too_many = |answer: &Answer| answer.status == 429 && answer.text().contains("from here at once");
    while !is_answered(&desk, &mut near, &chat, too_many).await {
        let token = chat.begin(&desk, &json!({})).await;
        slow.push(begun(&desk, &file(&chat, 7), (&token, from), 10).await);
    }
    let elsewhere = desk.client().with_token(&token).post(&file(&chat, 6), "text/plain", b"hello").await.unwrap();
    assert_eq!(elsewhere.status, 204, "{}", elsewhere.text());
    drop(slow);
    until_answered(&desk, &mut near, &chat, |answer| answer.status == 204).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_seven_strangers_that_never_end_keep_no_eighth_from_theirs() {
    let (desk, chat) = desk_with(Engine::Sqlite, ChatConfig::default()).await;
    let mut slow = Vec::new();
    for visitor in 0..7 {
        let token = chat.begin(&desk, &json!({})).await;
        let from = format!("203.0.113.{visitor}");
        slow.push(begun(&desk, &file(&chat, visitor), (&token, &from), MOST - 1).await);
    }
    let token = chat.begin(&desk, &json!({})).await;
    let whole = vec![b'a'; MOST];
    let sent = desk.client().with_token(&token).post(&file(&chat, 99), "text/plain", &whole).await.unwrap();
    assert_eq!(sent.status, 204, "{}", sent.text());
}
