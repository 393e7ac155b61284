//! Open chats: how many the desk holds, at what cost, how soon each hears what concerns it, and what is lost when lines break.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::figures::{Table, Times};
use super::intake;
use super::socket::{Came, Socket};
use super::stage::{Options, Stage};

/// The origin of the shop's page.
const SHOP: &str = "https://shop.example";
/// Lines that are opened at the same time.
const AT_ONCE: usize = 64;
/// Visitors who write at a pace of one message a second each.
const WRITERS: usize = 200;
/// Messages of each of them.
const EACH: usize = 10;
/// Mails a second that come in beside open chats.
const MAILS: u32 = 500;
/// Replies that go out while lines are cut, and how far they are apart.
const REPLIES: u32 = 20;
const PAUSE: Duration = Duration::from_millis(500);
/// One line in so many is cut.
const CUT: usize = 5;
/// How long a line waits for what is missing when everything was sent.
const PATIENCE: Duration = Duration::from_secs(20);
/// The last of these replies.
const LAST: &str = "That was the last one.";

pub(crate) async fn measure(stage: &mut Stage, options: &Options, table: &mut Table) {
    let memory = stage.program().resident();
    let lines = visitors(stage, options.chats).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let each = stage.program().resident().saturating_sub(memory) as f64 / options.chats as f64;
    table.row(&format!("memory of {} open chats", options.chats), format!("{each:.1} KiB each"), "<= 16 KiB");
    let mut lines = beside(stage, options, lines, table).await;
    parties(stage, &mut lines, table).await;
    drop(lines);
    let talk = to_all(stage, options.chats, table).await;
    reconnects(stage, options, talk, table).await;
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

/// What the process takes while mails come in, a teammate reads the list again and again, and all these lines are open.
async fn beside(
    stage: &Stage,
    options: &Options,
    lines: Vec<(String, Socket)>,
    table: &mut Table,
) -> Vec<(String, Socket)> {
    let count = lines.len();
    let (done, wait) = watch::channel(false);
    let held: Vec<JoinHandle<(String, Socket)>> =
        lines.into_iter().map(|(token, line)| tokio::spawn(hold(token, line, wait.clone()))).collect();
    let lasts = Duration::from_secs(options.seconds);
    let (mut mails, (mut listed, most)) =
        tokio::join!(intake::stream(stage, MAILS, lasts, options.seed + 9), look(stage, lasts));
    done.send(true).unwrap();
    let mut lines = Vec::with_capacity(count);
    for line in held {
        lines.push(line.await.unwrap());
    }
    let what = format!("{count} open chats, {MAILS} mails/s and the list read without pause for {} s", lasts.as_secs());
    table.row(&format!("memory at most: {what}"), format!("{:.0} MiB", most as f64 / 1024.0), "<= 120 MiB");
    table.row("list, page, 1 at a time, meanwhile", listed.words(), "");
    table.row("answer to the sender meanwhile", mails.answers.words(), "");
    lines
}

/// Keeps a line that hears nothing until that is done; the desk must not end it.
async fn hold(token: String, mut line: Socket, mut wait: watch::Receiver<bool>) -> (String, Socket) {
    loop {
        tokio::select! {
            came = line.read() => if let Came::Closed(code) = came {
                panic!("a quiet line was closed ({code:?})");
            },
            _ = wait.changed() => return (token, line),
        }
    }
}

/// Reads the list for so long; gives how long that took each time, and the most memory in KiB that was seen.
async fn look(stage: &Stage, lasts: Duration) -> (Times, u64) {
    let (mut browser, mut times, mut most) = (stage.browser(), Times::default(), 0);
    let begun = Instant::now();
    while begun.elapsed() < lasts {
        let asked = Instant::now();
        let answer = browser.get("/inbox?view=open").await.unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text());
        times.add(asked.elapsed());
        most = most.max(stage.program().resident());
    }
    (times, most)
}

/// 200 messages a second, each heard by three: the line that sent it, another one of the same visitor, and a page of the
/// desk that a teammate has open.
async fn parties(stage: &Stage, lines: &mut Vec<(String, Socket)>, table: &mut Table) {
    let page = Page::open(stage).await;
    let writers: Vec<(String, Socket)> = lines.drain(..WRITERS.min(lines.len())).collect();
    let count = writers.len();
    let talks = writers.into_iter().enumerate().map(|(place, (token, first))| async move {
        let mut line = [first, join(stage, &token).await];
        // They do not all speak in the same moment.
        tokio::time::sleep(Duration::from_secs_f64(1.0 + place as f64 / count as f64)).await;
        let (mut times, mut sent) = (Times::default(), Vec::with_capacity(EACH));
        for _ in 0..EACH {
            let (id, begun) = (Uuid::from_u128(rand::random()), Instant::now());
            let text = format!("Where is my parcel? I wait at door {place}.");
            line[0].send(&json!({ "t": "message", "id": id, "text": text })).await;
            sent.push(begun);
            let heard = line.iter_mut().map(|line| async move {
                hear(line, id).await;
                begun.elapsed()
            });
            for time in futures_util::future::join_all(heard).await {
                times.add(time);
            }
            tokio::time::sleep(Duration::from_secs(1).saturating_sub(begun.elapsed())).await;
        }
        (times, sent)
    });
    let (mut times, mut sent) = (Times::default(), Vec::with_capacity(count));
    for (heard, of_one) in futures_util::future::join_all(talks).await {
        times.join(heard);
        sent.push(of_one);
    }
    let heard = page.until(count * EACH).await;
    let numbers = doors(stage).await;
    let mut on_page = Times::default();
    for (place, sent) in sent.iter().enumerate() {
        let heard = &heard[&numbers[&place]];
        assert_eq!(heard.len(), sent.len(), "the page hears each message once");
        for (begun, heard) in sent.iter().zip(heard) {
            let time = heard.saturating_duration_since(*begun);
            times.add(time);
            on_page.add(time);
        }
    }
    let what = format!("{count} messages/s to three parties each, beside {} open chats", lines.len());
    table.row(&what, times.words(), "p99 <= 25 ms");
    table.row("of these the page of a teammate", on_page.words(), "p99 <= 25 ms");
}

/// The conversation of each writer.
async fn doors(stage: &Stage) -> HashMap<usize, i64> {
    let (mut client, mut numbers, mut cursor) = (stage.api(), HashMap::new(), String::new());
    loop {
        let path = format!("/api/v1/conversations?limit=200&channel={}{cursor}", stage.chat);
        let page = client.get(&path).await.unwrap().json();
        for row in page["items"].as_array().unwrap() {
            let door: Option<usize> =
                row["gist"].as_str().and_then(|gist| gist.split("door ").nth(1)?.split('.').next()?.parse().ok());
            numbers.extend(door.zip(row["number"].as_i64()));
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return numbers,
        }
    }
}

/// When a page heard of each message of a conversation, by its number.
type OnPage = HashMap<i64, Vec<Instant>>;

/// A page of the desk that a teammate has open.
struct Page {
    heard: Arc<Mutex<OnPage>>,
    reading: JoinHandle<()>,
}

impl Page {
    async fn open(stage: &Stage) -> Self {
        let address = stage.launch.address();
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let request = format!("GET /live HTTP/1.1\r\nhost: {address}\r\ncookie: {}\r\n\r\n", stage.cookie());
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut lines = BufReader::new(stream).lines();
        while lines.next_line().await.unwrap().expect("the page hears the desk") != ": hello" {}
        let heard = Arc::<Mutex<OnPage>>::default();
        let known = heard.clone();
        let reading = tokio::spawn(async move {
            while let Some(line) = lines.next_line().await.unwrap() {
                let Some(news) = line.strip_prefix("data: ") else { continue };
                let news: Value = serde_json::from_str(news).unwrap();
                if news["kind"] == "message_received" {
                    let number = news["conversation"].as_i64().unwrap();
                    known.lock().unwrap().entry(number).or_default().push(Instant::now());
                }
            }
        });
        Self { heard, reading }
    }

    /// Waits until it has heard of so many messages.
    async fn until(self, count: usize) -> OnPage {
        let begun = Instant::now();
        while self.heard.lock().unwrap().values().map(Vec::len).sum::<usize>() < count {
            assert!(begun.elapsed() < PATIENCE, "the page hears all messages");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        self.reading.abort();
        std::mem::take(&mut *self.heard.lock().unwrap())
    }
}

/// Waits until a message is shown.
async fn hear(line: &mut Socket, id: Uuid) {
    while line.next_of("message").await["id"] != json!(id) {}
}

/// A conversation that many lines are open in.
struct Talk {
    number: i64,
    token: String,
    /// Each with the last event that it has.
    lines: Vec<(Socket, i64)>,
}

/// One reply that all lines of a conversation are to hear.
async fn to_all(stage: &Stage, count: usize, table: &mut Table) -> Talk {
    let token = begin(stage).await;
    let mut first = join(stage, &token).await;
    let id = Uuid::from_u128(rand::random());
    first.send(&json!({ "t": "message", "id": id, "text": "Is anybody there?" })).await;
    hear(&mut first, id).await;
    let mut lines = vec![(first, 0)];
    while lines.len() < count {
        let some = (0..AT_ONCE.min(count - lines.len())).map(|_| join(stage, &token));
        lines.extend(futures_util::future::join_all(some).await.into_iter().map(|line| (line, 0)));
    }
    let newest = format!("/api/v1/conversations?limit=1&channel={}", stage.chat);
    let newest = stage.api().get(&newest).await.unwrap().json();
    let number = newest["items"][0]["number"].as_i64().unwrap();
    let body = json!({ "body": "We are all here." });
    let begun = Instant::now();
    let answer = stage.api().post_json(&format!("/api/v1/conversations/{number}/messages"), &body).await.unwrap();
    assert_eq!(answer.status, 201, "{}", answer.text());
    let heard = lines.iter_mut().map(|(line, seq)| async move {
        loop {
            let frame = line.next_of("message").await;
            if frame["text"] == "We are all here." {
                *seq = frame["seq"].as_i64().unwrap();
                return begun.elapsed();
            }
        }
    });
    let mut times = Times::default();
    for time in futures_util::future::join_all(heard).await {
        times.add(time);
    }
    table.row(&format!("one reply to {count} lines, from its request on"), times.words(), "p99 <= 250 ms");
    Talk { number, token, lines }
}

/// Where a visitor's line is opened.
#[derive(Clone)]
struct Door {
    address: SocketAddr,
    path: String,
    token: String,
}

/// What a line has heard, over all its lives.
#[derive(Default)]
struct Heard {
    /// The last event.
    last: i64,
    messages: Vec<Uuid>,
    /// Whether the last reply is among them.
    all: bool,
    /// How often it joined again.
    again: usize,
}

impl Heard {
    /// Takes a frame as the chat's panel does.
    fn take(&mut self, frame: &Value) {
        self.last = self.last.max(frame["seq"].as_i64().unwrap_or(0));
        match frame["t"].as_str() {
            Some("message") => self.add(frame),
            // It takes the place of what was there.
            Some("resync") => {
                for message in frame["messages"].as_array().unwrap() {
                    let is_there = id_of(message).is_some_and(|id| self.messages.contains(&id));
                    if !is_there {
                        self.add(message);
                    }
                }
            }
            _ => {}
        }
    }

    fn add(&mut self, message: &Value) {
        self.messages.extend(id_of(message));
        self.all |= message["text"] == LAST;
    }
}

fn id_of(message: &Value) -> Option<Uuid> {
    message["id"].as_str()?.parse().ok()
}

/// When a line is cut, and how long it stays away.
type Break = (Instant, Duration);

/// Replies go out to all lines of a conversation; meanwhile some are cut and join again with the last event that they have.
/// Each line must hear each reply once.
async fn reconnects(stage: &Stage, options: &Options, talk: Talk, table: &mut Table) {
    let Talk { number, token, lines } = talk;
    let (begun, count) = (Instant::now(), lines.len());
    let lasts = PAUSE * REPLIES;
    let door = Door { address: stage.launch.address(), path: format!("/widget/{}/line", stage.chat), token };
    let mut random = StdRng::seed_from_u64(options.seed);
    let mut some = |place: usize| -> Option<Break> {
        let at = begun + lasts.mul_f64(random.random_range(0.0..0.8));
        let away = Duration::from_secs_f64(random.random_range(0.0..2.0));
        place.is_multiple_of(CUT).then_some((at, away))
    };
    let ears: Vec<JoinHandle<Heard>> = lines
        .into_iter()
        .enumerate()
        .map(|(place, (line, last))| {
            let heard = Heard { last, ..Heard::default() };
            tokio::spawn(listen(door.clone(), line, heard, some(place), begun + lasts + PATIENCE))
        })
        .collect();
    let sent = reply(stage, number, begun).await;
    let (mut lost, mut doubled, mut again) = (0, 0, 0);
    for ear in ears {
        let heard = ear.await.unwrap();
        again += heard.again;
        for id in &sent {
            match heard.messages.iter().filter(|known| *known == id).count() {
                0 => lost += 1,
                times => doubled += times - 1,
            }
        }
    }
    let what = format!("{REPLIES} replies to {count} lines, which were cut and joined again {again} times meanwhile");
    let measured = format!("{lost} lost, {doubled} doubled of {}", sent.len() * count);
    table.row(&what, measured, "0 lost, 0 doubled");
}

/// Sends the replies, each at its time; gives their ids.
async fn reply(stage: &Stage, number: i64, begun: Instant) -> Vec<Uuid> {
    let (mut client, mut sent) = (stage.api(), Vec::new());
    for place in 0..REPLIES {
        tokio::time::sleep_until((begun + PAUSE * place).into()).await;
        let text = if place + 1 == REPLIES { LAST.to_owned() } else { format!("Reply number {place}.") };
        let path = format!("/api/v1/conversations/{number}/messages");
        let answer = client.post_json(&path, &json!({ "body": text })).await.unwrap();
        assert_eq!(answer.status, 201, "{}", answer.text());
        sent.extend(id_of(&answer.json()));
    }
    sent
}

/// Listens until the last reply is there, or it is clear that it does not come.
async fn listen(door: Door, mut line: Socket, mut heard: Heard, mut cut: Option<Break>, end: Instant) -> Heard {
    while !heard.all {
        let until = cut.map_or(end, |(at, _)| at);
        match tokio::time::timeout_at(until.into(), line.read()).await {
            Ok(Came::Frame(frame)) => heard.take(&frame),
            Ok(Came::Closed(_)) => line = join_again(&door, &mut heard).await,
            Err(_) => {
                let Some((_, away)) = cut.take() else { break };
                drop(line);
                tokio::time::sleep(away).await;
                line = join_again(&door, &mut heard).await;
            }
        }
    }
    heard
}

/// Joins with the last event that a line has. What it missed comes before it is told that it has joined.
async fn join_again(door: &Door, heard: &mut Heard) -> Socket {
    loop {
        if let Ok(mut line) = Socket::open(door.address, &door.path, Some(SHOP)).await {
            line.send(&json!({ "t": "join", "token": door.token, "last_seq": heard.last })).await;
            while let Came::Frame(frame) = line.read().await {
                heard.take(&frame);
                if frame["t"] == "joined" {
                    heard.again += 1;
                    return line;
                }
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}
