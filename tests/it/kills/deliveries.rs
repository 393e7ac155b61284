//! Deliveries as platforms make them: each message comes one to five times, the deliveries are shuffled and come over
//! several connections, and the program is killed meanwhile. Mails come by the webhook, what visitors say by the chat.
//!
//! At the end every message is there once; those of a thread are in one conversation; and of two messages of a thread
//! the one that was acknowledged before the other was first sent stands before it. Of two whose first deliveries overlap
//! nothing is said: they may stand either way. Within a thread all mails but the first are shuffled like everything else.
//! The first one is acknowledged before any other of its thread leaves, for nobody answers a mail that was not there: a
//! mail that overtakes the one it answers begins a conversation of its own.

use std::collections::{HashSet, VecDeque};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{Rng as _, SeedableRng as _};
use resolute::model::brand::AgentLevel;
use resolute::store::Db;
use serde_json::{Value, json};

use super::play::{CONNECTIONS, Plan, Play, Stage, kill_at_random, number, ready, settle};
use super::threads;
use crate::support::chat::{Chat, SHOP, message};
use crate::support::desk::Engine;
use crate::support::http::Client;
use crate::support::program::Launch;
use crate::support::stores::number_of;

/// Most deliveries of one message.
const COPIES: usize = 5;
/// A delivery comes so many places later at most than it would without shuffling: about twenty threads.
const DISPLACED: usize = 200;
/// A visitor for so many messages, ...
const VISITED: usize = 8;
/// ... and what each says: all copies fit into what a visitor may send at once.
const SAID: usize = 2;
/// How soon a delivery that was not acknowledged comes again.
const AGAIN: Duration = Duration::from_millis(20);

#[tokio::test(flavor = "multi_thread")]
async fn shuffled_deliveries_are_kept_once_and_in_turn_on_sqlite() {
    Box::pin(run(Engine::Sqlite)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn shuffled_deliveries_are_kept_once_and_in_turn_on_postgres() {
    if Engine::all().contains(&Engine::Postgres) {
        Box::pin(run(Engine::Postgres)).await;
    }
}

/// A message, and how it comes in.
struct Letter {
    /// Under which the desk keeps it.
    id: String,
    thread: usize,
    /// The mail that begins its thread, unless it is that itself.
    answers: Option<usize>,
    door: Door,
}

enum Door {
    /// The webhook takes the bytes of a mail.
    Webhook(Vec<u8>),
    /// The chat takes a frame of whoever has the token.
    Chat { token: String, frame: Value },
}

/// Who has a session of the chat.
struct Visitor {
    id: String,
    token: String,
}

struct Run {
    play: Arc<Play>,
    chat: Chat,
    letters: Vec<Letter>,
    /// The deliveries that are left: which letter.
    order: Mutex<VecDeque<usize>>,
    /// Answers that are neither yes nor “come again”.
    odd: Mutex<Vec<String>>,
}

async fn run(engine: Engine) {
    let (wanted, messages) = (Plan::asked(), number("RESOLUTE_DELIVERIES", 200));
    let Plan { kills, seed, .. } = wanted;
    let begun = Instant::now();
    let mut stage = Box::pin(Stage::new(engine, AgentLevel::Off)).await;
    // All visitors come from one address.
    stage.launch.environment.push(("RESOLUTE_CHAT__SESSIONS_PER_MINUTE".to_owned(), "1000000".to_owned()));
    let desk = Box::pin(stage.desk()).await;
    let chat = Chat::connect(&desk, stage.setup.brand, &["shop.example"], &json!({})).await;
    desk.db.close().await;

    let visitors = begin_chats(&stage.launch, chat, messages / VISITED).await;
    let letters = letters(seed, messages, &visitors);
    let order = shuffled(seed, &letters);
    let deliveries = order.len();
    eprintln!("{engine:?}: {messages} messages, {deliveries} deliveries, {kills} kills, seed {seed}");
    let play = Play::new(&stage, VecDeque::new());
    let run = Run { play, chat, letters, order: Mutex::new(order), odd: Mutex::default() };
    let run = Arc::new(run);
    let carriers: Vec<_> = (0..CONNECTIONS).map(|_| tokio::spawn(carry(run.clone()))).collect();
    let program = kill_at_random(&run.play, &stage.launch, wanted, deliveries).await;
    for carrier in carriers {
        carrier.await.unwrap();
    }
    let db = stage.db().await;
    all_is_read(&db).await;
    settle(&db, &stage.launch).await;
    drop(program);
    let kept = run.play.ledger.kept(&db).await;
    db.close().await;
    eprintln!("{engine:?}: {}, {:.1} s", kept.words(), begun.elapsed().as_secs_f32());
    let odd = run.odd.lock().unwrap();
    assert!(odd.is_empty(), "{odd:#?}");
    kept.check();
}

/// Sessions outlive the process that began them.
async fn begin_chats(launch: &Launch, chat: Chat, count: usize) -> Vec<Visitor> {
    let program = ready(launch).await;
    let mut client = Client::new(launch.address()).with("origin", SHOP);
    let mut visitors = Vec::new();
    for _ in 0..count {
        let begun = client.post_json(&chat.path("/sessions"), &json!({ "origin": SHOP })).await.expect("an answer");
        assert_eq!(begun.status, 201, "{}", begun.text());
        let begun = begun.json();
        let text = |name: &str| begun[name].as_str().expect("a text").to_owned();
        visitors.push(Visitor { id: text("visitor"), token: text("token") });
    }
    program.kill();
    visitors
}

/// The threads of mails and the chats, mixed.
fn letters(seed: u64, messages: usize, visitors: &[Visitor]) -> Vec<Letter> {
    let mut random = StdRng::seed_from_u64(seed.wrapping_add(1));
    let (mails, _) = threads(seed, messages - visitors.len() * SAID);
    let mut talks: Vec<Vec<(String, Door)>> = Vec::new();
    for thread in mails.into_values() {
        talks.push(thread.into_iter().map(|mail| (mail.message_id, Door::Webhook(mail.raw))).collect());
    }
    for visitor in visitors {
        talks.push((0..SAID).map(|_| said(visitor, random.random())).collect());
    }
    talks.shuffle(&mut random);
    let mut letters = Vec::new();
    for (thread, talk) in talks.into_iter().enumerate() {
        let first = letters.len();
        for (place, (id, door)) in talk.into_iter().enumerate() {
            let answers = (place > 0 && matches!(door, Door::Webhook(_))).then_some(first);
            letters.push(Letter { id, thread, answers, door });
        }
    }
    letters
}

fn said(visitor: &Visitor, id: u128) -> (String, Door) {
    let frame = message(id, "Do you have it in blue?");
    let key = format!("{}.{}", visitor.id, frame["id"].as_str().expect("an id"));
    (key, Door::Chat { token: visitor.token.clone(), frame })
}

/// The deliveries in the order in which they are taken up.
fn shuffled(seed: u64, letters: &[Letter]) -> VecDeque<usize> {
    let mut random = StdRng::seed_from_u64(seed.wrapping_add(2));
    let mut copies: Vec<(usize, usize)> = Vec::new();
    for letter in 0..letters.len() {
        for _ in 0..random.random_range(1..=COPIES) {
            let place = copies.len() + random.random_range(0..DISPLACED);
            copies.push((place, letter));
        }
    }
    copies.sort_by_key(|(place, _)| *place);
    let mut order: Vec<usize> = copies.into_iter().map(|(_, letter)| letter).collect();
    let mut begun = HashSet::new();
    for place in 0..order.len() {
        let letter = order[place];
        let first = letters[letter].answers.unwrap_or(letter);
        if begun.insert(first) && first != letter {
            let earliest = (place..order.len()).find(|later| order[*later] == first).expect("it is delivered");
            order.swap(place, earliest);
        }
    }
    order.into()
}

/// Delivers what is next, each until it is acknowledged.
async fn carry(run: Arc<Run>) {
    let mut client = Client::new(run.play.address);
    loop {
        let Some(next) = run.order.lock().unwrap().pop_front() else { return };
        let letter = &run.letters[next];
        // The first mail was taken up before this one, so somebody is bringing it.
        while letter.answers.is_some_and(|first| !run.play.ledger.has(&run.letters[first].id)) {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        run.play.ledger.send(&letter.id, letter.thread);
        while !run.is_taken(&mut client, letter).await {
            tokio::time::sleep(AGAIN).await;
        }
        run.play.ledger.acknowledge(&letter.id);
        run.play.progress.fetch_add(1, Ordering::Relaxed);
    }
}

/// While more comes in than is read, reading rests: of ten thousand messages most are read in the end.
async fn all_is_read(db: &Db) {
    let begun = Instant::now();
    while number_of(db, "select count(*) from jobs where kind = 'receive'").await > 0 {
        assert!(begun.elapsed() < Duration::from_mins(10), "what came in is not read");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

impl Run {
    /// Brings a letter; whether it need not be brought again.
    async fn is_taken(&self, client: &mut Client, letter: &Letter) -> bool {
        let (status, said) = match &letter.door {
            Door::Webhook(raw) => match client.post(&self.play.setup.webhook, "message/rfc822", raw).await {
                Ok(answer) => (answer.status, answer.text()),
                Err(_) => return false,
            },
            Door::Chat { token, frame } => {
                let mut visitor = Client::new(self.play.address).with_token(token);
                match visitor.post_json(&self.chat.path("/frames"), frame).await {
                    Ok(answer) => (answer.status, answer.text()),
                    Err(_) => return false,
                }
            }
        };
        let come_again = ["busy", "too_fast"].iter().any(|why| said.contains(&format!("\"why\":\"{why}\"")));
        match (status, &letter.door) {
            (200, Door::Webhook(_)) => true,
            (200, Door::Chat { .. }) if said.contains("\"t\":\"ack\"") => true,
            (200, Door::Chat { .. }) if come_again => false,
            (503, _) | (429, Door::Chat { .. }) => false,
            _ => {
                self.odd.lock().unwrap().push(format!("{status} {said}"));
                true
            }
        }
    }
}
