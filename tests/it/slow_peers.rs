//! Whoever sends half of a request and stays, sends a byte now and then, or takes nothing of what is sent keeps no
//! connection; whoever is only slow, or rests, keeps theirs.

use std::future::pending;
use std::time::Duration;

use resolute::config::HttpConfig;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{interval, sleep, timeout};
use uuid::Uuid;

use crate::support::chat::{Chat, message};
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::stream::Stream;

const PATIENCE: Duration = Duration::from_secs(20);
const FORM: &str = "content-type: application/x-www-form-urlencoded\r\n";
const JSON: &str = "content-type: application/json\r\n";
const MULTIPART: &str = "content-type: multipart/form-data; boundary=b\r\n";

/// A desk that waits for a second where it waits for the other side.
async fn hasty_desk() -> (TestDesk, Chat) {
    desk_with(HttpConfig { silent_seconds: 1, unread_seconds: 1, ..HttpConfig::default() }).await
}

async fn desk_with(http: HttpConfig) -> (TestDesk, Chat) {
    let desk = TestDesk::start(Wish { http, may_leave_work: true, ..Wish::lively(Engine::Sqlite) }).await;
    let chat = Chat::of(&desk).await;
    (desk, chat)
}

/// A connection on which this was sent.
async fn sent(desk: &TestDesk, bytes: &str) -> TcpStream {
    let mut stream = TcpStream::connect(desk.address).await.unwrap();
    stream.write_all(bytes.as_bytes()).await.unwrap();
    stream
}

/// What comes until the desk closes the connection.
async fn until_closed(mut stream: TcpStream) -> String {
    let mut came = Vec::new();
    // It may break off behind the answer.
    let _ = timeout(PATIENCE, stream.read_to_end(&mut came)).await.expect("the connection is closed");
    String::from_utf8_lossy(&came).into_owned()
}

/// Every kind of door that takes a body: where it is, and what else stands in the head.
async fn doors(desk: &TestDesk, chat: &Chat) -> Vec<(String, String)> {
    let session = resolute::web::guard::sign_in(&desk.desk, desk.setup.teammate).await.unwrap();
    let cookie = format!("cookie: {}={}\r\n", session.name(), session.value());
    let visitor = format!("authorization: Bearer {}\r\n", chat.begin(desk, &json!({})).await);
    let program = format!("authorization: Bearer {}\r\n", desk.setup.token);
    vec![
        ("/session".to_owned(), FORM.to_owned()),
        ("/account".to_owned(), format!("{FORM}{cookie}")),
        (desk.setup.webhook.clone(), "content-type: message/rfc822\r\n".to_owned()),
        (chat.path("/sessions"), JSON.to_owned()),
        (chat.path("/frames"), format!("{JSON}{visitor}")),
        (chat.path(&format!("/files?id={}&name=a.txt", Uuid::from_u128(1))), visitor),
        ("/api/v1/approvals/00000000-0000-0000-0000-000000000001/rejection".to_owned(), format!("{JSON}{program}")),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_never_comes_is_answered_and_its_connection_closed() {
    let (desk, chat) = hasty_desk().await;
    let mut waiting = Vec::new();
    for (path, more) in doors(&desk, &chat).await {
        let head = format!("POST {path} HTTP/1.1\r\nhost: desk\r\n{more}");
        let announced = sent(&desk, &format!("{head}content-length: 1000\r\n\r\na")).await;
        waiting.push((path.clone(), announced));
        // The desk takes a visitor's files one at a time.
        if !path.contains("/files") {
            waiting.push((path, sent(&desk, &format!("{head}transfer-encoding: chunked\r\n\r\n1\r\na\r\n")).await));
        }
    }
    for (path, stream) in waiting {
        let answer = until_closed(stream).await;
        assert!(answer.starts_with("HTTP/1.1 408"), "{path}: {answer}");
        assert!(answer.contains("did not come in time, so nothing of it was kept"), "{path}: {answer}");
        let is_page = !["/api/", "/webhooks/", "/widget/"].iter().any(|start| path.starts_with(start));
        assert_eq!(answer.contains("<!doctype html>"), is_page, "{path}: {answer}");
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{path}: {answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_with_files_that_never_comes_keeps_nothing() {
    let (desk, _) = hasty_desk().await;
    let raw = crate::mail_path::sofies_mail();
    assert_eq!(desk.post_mail(&raw).await.status, 200);
    let number = timeout(PATIENCE, async {
        loop {
            let listed = desk.api_get("/api/v1/conversations?limit=1").await;
            if let Some(number) = listed["items"][0]["number"].as_i64() {
                return number;
            }
            sleep(Duration::from_millis(25)).await;
        }
    });
    let number = number.await.expect("the mail is read");
    let session = resolute::web::guard::sign_in(&desk.desk, desk.setup.teammate).await.unwrap();
    let begun = "--b\r\nContent-Disposition: form-data; name=\"upload\"; filename=\"a.txt\"\r\n\r\nhalf of it";
    let head = format!(
        "POST /conversations/{number}/files HTTP/1.1\r\nhost: desk\r\n{MULTIPART}cookie: {}={}\r\n\
         content-length: 100000\r\n\r\n{begun}",
        session.name(),
        session.value()
    );
    let answer = until_closed(sent(&desk, &head).await).await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    let page = desk.browser().await.get(&format!("/conversations/{number}?view=all")).await.unwrap();
    assert_eq!(page.status, 200);
    assert!(!page.text().contains("a.txt"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_nobody_wants_is_not_waited_for() {
    let (desk, _) = desk_with(HttpConfig::default()).await;
    for body in ["transfer-encoding: chunked\r\n\r\n1\r\na\r\n", "content-length: 1000\r\n\r\na"] {
        let answer = until_closed(sent(&desk, &format!("POST /nowhere HTTP/1.1\r\nhost: desk\r\n{body}")).await).await;
        assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_further_request_that_does_not_come_to_its_head_is_not_waited_for() {
    let (desk, _) = desk_with(HttpConfig::default()).await;
    let mut stream = sent(&desk, "GET /health/live HTTP/1.1\r\nhost: desk\r\n\r\n").await;
    let mut answer = Vec::new();
    while !answer.ends_with(b"}") {
        let read = timeout(PATIENCE, stream.read_buf(&mut answer)).await.expect("an answer").unwrap();
        assert!(read > 0, "{}", String::from_utf8_lossy(&answer));
    }
    stream.write_all(b"G").await.unwrap();
    assert_eq!(until_closed(stream).await, "");
}

/// Sends a byte now and then, and reads until the desk closes the connection.
async fn trickled(mut stream: TcpStream) -> String {
    let (mut read, mut write) = stream.split();
    let mut came = Vec::new();
    let trickle = async {
        let mut now_and_then = interval(Duration::from_millis(100));
        loop {
            now_and_then.tick().await;
            if write.write_all(b"a").await.is_err() {
                // What was answered is still to be read.
                return pending::<()>().await;
            }
        }
    };
    let closed = async {
        tokio::select! {
            _ = read.read_to_end(&mut came) => {}
            () = trickle => {}
        }
    };
    timeout(PATIENCE, closed).await.expect("the connection is closed");
    String::from_utf8_lossy(&came).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_byte_now_and_then_is_no_body() {
    let (desk, chat) = hasty_desk().await;
    for (path, more) in doors(&desk, &chat).await {
        let head = format!("POST {path} HTTP/1.1\r\nhost: desk\r\n{more}content-length: 8000\r\n\r\n");
        let answer = trickled(sent(&desk, &head).await).await;
        assert!(answer.starts_with("HTTP/1.1 408"), "{path}: {answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_file_that_keeps_coming_arrives() {
    let slow = HttpConfig { silent_seconds: 2, slowest_bytes: 1_024, ..HttpConfig::default() };
    let (desk, chat) = desk_with(slow).await;
    let token = chat.begin(&desk, &json!({})).await;
    let path = chat.path(&format!("/files?id={}&name=a.txt", Uuid::from_u128(1)));
    let piece = "a".repeat(4 * 1024);
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: desk\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\
         content-length: {}\r\n\r\n",
        12 * piece.len()
    );
    let mut stream = sent(&desk, &head).await;
    // Together longer than nothing may come.
    let mut slowly = interval(Duration::from_millis(300));
    for _ in 0..12 {
        slowly.tick().await;
        stream.write_all(piece.as_bytes()).await.unwrap();
    }
    let answer = until_closed(stream).await;
    assert!(answer.starts_with("HTTP/1.1 204"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_takes_nothing_of_the_answers_is_cut_off() {
    let (desk, _) = hasty_desk().await;
    // Fifteen megabytes: more than the system keeps for a reader on either side.
    let stream = sent(&desk, &"GET /widget.js HTTP/1.1\r\nhost: desk\r\n\r\n".repeat(2_000)).await;
    let cut = async {
        // Nothing tells who does not read; who writes hears of it.
        while !stream.try_write(b" ").is_err_and(|error| error.kind() != std::io::ErrorKind::WouldBlock) {
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(PATIENCE, cut).await.expect("the connection is cut off");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_takes_the_answers_slowly_gets_them_all() {
    let (desk, _) = hasty_desk().await;
    let asked = 2_000;
    let head = "GET /widget.js HTTP/1.1\r\nhost: desk\r\n\r\n";
    let last = "GET /health/live HTTP/1.1\r\nhost: desk\r\nconnection: close\r\n\r\n";
    let mut stream = sent(&desk, &(head.repeat(asked) + last)).await;
    let mut came = Vec::new();
    let mut piece = vec![0; 64 * 1024];
    // Together longer than nothing may be taken.
    let mut slowly = interval(Duration::from_millis(100));
    for _ in 0..40 {
        slowly.tick().await;
        let length = stream.read(&mut piece).await.unwrap();
        came.extend_from_slice(&piece[..length]);
    }
    came.extend_from_slice(until_closed(stream).await.as_bytes());
    let answers = String::from_utf8_lossy(&came).matches("HTTP/1.1 200").count();
    assert_eq!(answers, asked + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_that_rest_go_on() {
    let (desk, chat) = hasty_desk().await;
    let token = chat.begin(&desk, &json!({})).await;
    let mut stream = Stream::open(desk.address, &chat.path("/feed?last_seq=0"), &token).await;
    stream.next_of("joined").await;
    let (mut line, _) = chat.join(&desk, &token, 0).await;
    // As long as others are waited for, and longer.
    for _ in 0..3 {
        let head = format!("POST /session HTTP/1.1\r\nhost: desk\r\n{FORM}content-length: 9\r\n\r\na");
        assert!(until_closed(sent(&desk, &head).await).await.starts_with("HTTP/1.1 408"));
    }
    line.send(&message(1, "Still here")).await;
    line.next_of("ack").await;
    assert_eq!(stream.next_of("message").await["text"], "Still here");
}
