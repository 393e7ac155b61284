//! Open chats: how many the desk holds, at what cost, and how soon each hears what concerns it.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use uuid::Uuid;

use super::figures::{Table, Times};
use super::socket::Socket;
use super::stage::{Options, Stage};

/// The origin of the shop's page.
const SHOP: &str = "https://shop.example";
/// Lines that are opened at the same time.
const AT_ONCE: usize = 64;
/// Visitors who write at a pace of one message a second each.
const WRITERS: usize = 200;
/// Messages of each of them.
const EACH: usize = 10;

pub(crate) async fn measure(stage: &mut Stage, options: &Options, table: &mut Table) {
    let memory = stage.program().resident();
    let mut lines = visitors(stage, options.chats).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let each = stage.program().resident().saturating_sub(memory) as f64 / options.chats as f64;
    table.row(&format!("memory of {} open chats", options.chats), format!("{each:.1} KiB each"), "<= 16 KiB");
    parties(stage, &mut lines, table).await;
    drop(lines);
    to_all(stage, options.chats, table).await;
}

/// So many visitors with a line each.
async fn visitors(stage: &Stage, count: usize) -> Vec<(String, Socket)> {
    let mut lines = Vec::with_capacity(count);
    while lines.len() < count {
        let some = (0..AT_ONCE.min(count - lines.len())).map(|_| async {
            let token = begin(stage).await;
            let line = join(stage, &token).await;
            (token, line)
        });
        lines.extend(futures_util::future::join_all(some).await);
    }
    lines
}

async fn begin(stage: &Stage) -> String {
    let mut client = super::http::Client::new(stage.launch.address()).with("origin", SHOP);
    let answer =
        client.post_json(&format!("/widget/{}/sessions", stage.chat), &json!({ "origin": SHOP })).await.unwrap();
    answer.json()["token"].as_str().unwrap().to_owned()
}

async fn join(stage: &Stage, token: &str) -> Socket {
    let path = format!("/widget/{}/line", stage.chat);
    let mut line = Socket::open(stage.launch.address(), &path, Some(SHOP)).await.unwrap();
    line.send(&json!({ "t": "join", "token": token, "last_seq": 0 })).await;
    line.next_of("joined").await;
    line
}

/// 200 messages a second, each heard by three lines: the one that sent it and two more of the same visitor.
async fn parties(stage: &Stage, lines: &mut Vec<(String, Socket)>, table: &mut Table) {
    let writers: Vec<(String, Socket)> = lines.drain(..WRITERS.min(lines.len())).collect();
    let count = writers.len();
    let talks = writers.into_iter().enumerate().map(|(place, (token, first))| async move {
        let mut line = [first, join(stage, &token).await, join(stage, &token).await];
        // They do not all speak in the same moment.
        tokio::time::sleep(Duration::from_secs_f64(1.0 + place as f64 / count as f64)).await;
        let mut times = Times::default();
        for _ in 0..EACH {
            let (id, begun) = (Uuid::from_u128(rand::random()), Instant::now());
            line[0].send(&json!({ "t": "message", "id": id, "text": "Where is my parcel?" })).await;
            let heard = line.iter_mut().map(|line| async move {
                hear(line, id).await;
                begun.elapsed()
            });
            for time in futures_util::future::join_all(heard).await {
                times.add(time);
            }
            tokio::time::sleep(Duration::from_secs(1).saturating_sub(begun.elapsed())).await;
        }
        times
    });
    let mut times = Times::default();
    for each in futures_util::future::join_all(talks).await {
        times.join(each);
    }
    let what = format!("{count} messages/s to three lines each, beside {} open chats", lines.len());
    table.row(&what, times.words(), "p99 <= 25 ms");
}

/// Waits until a message is shown.
async fn hear(line: &mut Socket, id: Uuid) {
    while line.next_of("message").await["id"] != json!(id) {}
}

/// One reply that all lines of a conversation are to hear.
async fn to_all(stage: &Stage, count: usize, table: &mut Table) {
    let token = begin(stage).await;
    let mut first = join(stage, &token).await;
    let id = Uuid::from_u128(rand::random());
    first.send(&json!({ "t": "message", "id": id, "text": "Is anybody there?" })).await;
    hear(&mut first, id).await;
    let mut lines = vec![first];
    while lines.len() < count {
        let some = (0..AT_ONCE.min(count - lines.len())).map(|_| join(stage, &token));
        lines.extend(futures_util::future::join_all(some).await);
    }
    let newest = stage.api().get("/api/v1/conversations?limit=1&view=all").await.unwrap().json();
    let number: &Value = &newest["items"][0]["number"];
    let body = json!({ "body": "We are all here." });
    let begun = Instant::now();
    let answer = stage.api().post_json(&format!("/api/v1/conversations/{number}/messages"), &body).await.unwrap();
    assert_eq!(answer.status, 201, "{}", answer.text());
    let heard = lines.iter_mut().map(|line| async move {
        while line.next_of("message").await["text"] != "We are all here." {}
        begun.elapsed()
    });
    let mut times = Times::default();
    for time in futures_util::future::join_all(heard).await {
        times.add(time);
    }
    table.row(&format!("one reply to {count} lines, from its request on"), times.words(), "p99 <= 250 ms");
}
