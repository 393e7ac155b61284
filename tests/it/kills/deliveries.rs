//! Deliveries as platforms make them: each message comes one to five times, the deliveries are shuffled and come over
//! several connections, and the program is killed meanwhile. Mails come by the webhook, what visitors say by the chat.
//!
//! At the end every message is there once; those of a thread are in one conversation; and of two messages of a thread
//! the one that was acknowledged before the other was first sent stands before it. Of two whose first deliveries overlap
//! nothing is said: they may stand either way, for nobody who is believed tells when a mail or a line of a chat was
//! written. Within a thread all mails but the first are shuffled like everything else. The first one is acknowledged
//! before any other of its thread leaves, for nobody answers a mail that was not there: a mail that overtakes the one it
//! answers begins a conversation of its own.
//!
//! [`super::two_processes`] brings the same to two processes, and [`super::webhooks`] what platforms push.

use std::collections::{HashSet, VecDeque};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{Rng as _, SeedableRng as _};
use resolute::model::brand::AgentLevel;
use resolute::store::Db;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

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
/// Where there are two doors, one delivery in so many is made at both at once, ...
const AT_ONCE: f64 = 0.2;
/// ... and after each there is so long a rest, in milliseconds: while one process is started again the other one takes
/// everything, and the kills that remain would find nothing to do.
const REST: std::ops::Range<u64> = 5..15;

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
pub(super) struct Letter {
    /// Under which the desk keeps it.
    pub(super) id: String,
    pub(super) thread: usize,
    /// Which of its thread it is, where its platform says when it was written.
    pub(super) written: Option<usize>,
    /// The mail that begins its thread, unless it is that itself.
    pub(super) answers: Option<usize>,
    pub(super) door: Door,
}

pub(super) enum Door {
    /// A webhook takes what is pushed.
    Webhook { path: String, headers: Vec<(String, String)>, body: Bytes },
    /// The chat takes a frame of whoever has the token.
    Chat { path: String, token: String, frame: Value },
}

/// Who has a session of the chat.
struct Visitor {
    id: String,
    token: String,
    /// Where the chat takes frames.
    path: String,
}

/// What is brought, and to which doors.
pub(super) struct Deliveries {
    pub(super) play: Arc<Play>,
    /// Where a process listens.
    pub(super) doors: Vec<SocketAddr>,
    letters: Vec<Letter>,
    /// The deliveries that are left: which letter.
    order: Mutex<VecDeque<usize>>,
    /// How much was taken at each door.
    taken: Vec<AtomicUsize>,
    /// Answers that are neither yes nor “come again”.
    odd: Mutex<Vec<String>>,
}

async fn run(engine: Engine) {
    let wanted = Plan::asked();
    let mut stage = Box::pin(Stage::new(engine, AgentLevel::Off)).await;
    let all = Box::pin(Deliveries::plan(&mut stage, wanted.seed)).await;
    Box::pin(bring(engine, &stage, all, wanted)).await;
}

/// Brings everything while the program is killed, and looks at what was kept.
pub(super) async fn bring(engine: Engine, stage: &Stage, all: Deliveries, wanted: Plan) {
    let Plan { kills, seed, .. } = wanted;
    let (begun, deliveries, all) = (Instant::now(), all.left(), Arc::new(all));
    eprintln!("{engine:?}: {}, {kills} kills, seed {seed}", all.words());
    let carriers = carriers(&all, seed);
    let program = kill_at_random(&all.play, &stage.launch, wanted, deliveries).await;
    for carrier in carriers {
        carrier.await.unwrap();
    }
    let db = stage.db().await;
    all_is_read(&db).await;
    settle(&db, &stage.launch).await;
    drop(program);
    let kept = all.play.ledger.kept(&db).await;
    db.close().await;
    eprintln!("{engine:?}: {}, {:.1} s", kept.words(), begun.elapsed().as_secs_f32());
    all.check();
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
        visitors.push(Visitor { id: text("visitor"), token: text("token"), path: chat.path("/frames") });
    }
    program.kill();
    visitors
}

/// The threads of mails, for this webhook, and the chats, mixed.
fn letters(seed: u64, messages: usize, visitors: &[Visitor], webhook: &str) -> Vec<Letter> {
    let mut random = StdRng::seed_from_u64(seed.wrapping_add(1));
    let (mails, _) = threads(seed, messages - visitors.len() * SAID);
    let chats = mails.len()..;
    let mut talks: Vec<(usize, Vec<(String, Door)>)> = Vec::new();
    for (thread, written) in mails {
        let headers = vec![("content-type".to_owned(), "message/rfc822".to_owned())];
        let door =
            |raw: Vec<u8>| Door::Webhook { path: webhook.to_owned(), headers: headers.clone(), body: raw.into() };
        talks.push((thread, written.into_iter().map(|mail| (mail.message_id, door(mail.raw))).collect()));
    }
    for (thread, visitor) in chats.zip(visitors) {
        talks.push((thread, (0..SAID).map(|_| said(visitor, random.random())).collect()));
    }
    talks.shuffle(&mut random);
    let mut letters = Vec::new();
    for (thread, talk) in talks {
        let first = letters.len();
        for (place, (id, door)) in talk.into_iter().enumerate() {
            let answers = (place > 0 && matches!(door, Door::Webhook { .. })).then_some(first);
            letters.push(Letter { id, thread, written: None, answers, door });
        }
    }
    letters
}

fn said(visitor: &Visitor, id: u128) -> (String, Door) {
    let frame = message(id, "Do you have it in blue?");
    let key = format!("{}.{}", visitor.id, frame["id"].as_str().expect("an id"));
    (key, Door::Chat { path: visitor.path.clone(), token: visitor.token.clone(), frame })
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

/// People begin to bring what is to be delivered.
pub(super) fn carriers(all: &Arc<Deliveries>, seed: u64) -> Vec<JoinHandle<()>> {
    (1_u64..).take(CONNECTIONS).map(|place| tokio::spawn(carry(all.clone(), seed ^ place))).collect()
}

/// Delivers what is next, each until it is acknowledged.
async fn carry(all: Arc<Deliveries>, seed: u64) {
    let mut carrier =
        Carrier { clients: all.doors.iter().copied().map(Client::new).collect(), random: StdRng::seed_from_u64(seed) };
    loop {
        let Some(next) = all.order.lock().unwrap().pop_front() else { return };
        let letter = &all.letters[next];
        // The first mail was taken up before this one, so somebody is bringing it.
        while letter.answers.is_some_and(|first| !all.play.ledger.has(&all.letters[first].id)) {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        all.play.ledger.send_dated(&letter.id, letter.thread, letter.written);
        let mut times = all.bring(&mut carrier, letter).await;
        while times == 0 {
            tokio::time::sleep(AGAIN).await;
            times = all.bring(&mut carrier, letter).await;
        }
        for _ in 0..times {
            all.play.ledger.acknowledge(&letter.id);
        }
        all.play.progress.fetch_add(1, Ordering::Relaxed);
        if all.doors.len() > 1 {
            let rest = carrier.random.random_range(REST);
            tokio::time::sleep(Duration::from_millis(rest)).await;
        }
    }
}

/// Somebody who may be led to any of the doors.
struct Carrier {
    clients: Vec<Client>,
    random: StdRng,
}

/// While more comes in than is read, reading rests: of ten thousand messages most are read in the end.
pub(super) async fn all_is_read(db: &Db) {
    let begun = Instant::now();
    while number_of(db, "select count(*) from jobs where kind = 'receive'").await > 0 {
        assert!(begun.elapsed() < Duration::from_mins(10), "what came in is not read");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

impl Deliveries {
    /// Connects a chat, begins its sessions, and shuffles what is to be delivered.
    pub(super) async fn plan(stage: &mut Stage, seed: u64) -> Self {
        // All visitors come from one address.
        stage.launch.environment.push(("RESOLUTE_CHAT__SESSIONS_PER_MINUTE".to_owned(), "1000000".to_owned()));
        let desk = Box::pin(stage.desk()).await;
        let chat = Chat::connect(&desk, stage.setup.brand, &["shop.example"], &json!({})).await;
        desk.db.close().await;
        let messages = number("RESOLUTE_DELIVERIES", 200);
        let visitors = begin_chats(&stage.launch, chat, messages / VISITED).await;
        let letters = letters(seed, messages, &visitors, &stage.setup.webhook);
        Self::of(stage, seed, letters)
    }

    /// These letters, shuffled.
    pub(super) fn of(stage: &Stage, seed: u64, letters: Vec<Letter>) -> Self {
        Self {
            play: Play::new(stage, VecDeque::new()),
            doors: vec![stage.launch.address()],
            order: Mutex::new(shuffled(seed, &letters)),
            letters,
            taken: vec![AtomicUsize::new(0)],
            odd: Mutex::default(),
        }
    }

    /// Brings the same to a second door too.
    pub(super) fn and_at(mut self, door: SocketAddr) -> Self {
        self.doors.push(door);
        self.taken.push(AtomicUsize::new(0));
        self
    }

    /// How many deliveries are left.
    pub(super) fn left(&self) -> usize {
        self.order.lock().unwrap().len()
    }

    /// In a line.
    pub(super) fn words(&self) -> String {
        format!("{} messages, {} deliveries", self.letters.len(), self.left())
    }

    /// The threads of mails, in the order in which they begin: nothing else comes by a webhook where chats come too.
    pub(super) fn threads_of_mails(&self) -> impl Iterator<Item = usize> {
        let first = |letter: &&Letter| letter.answers.is_none() && matches!(letter.door, Door::Webhook { .. });
        self.letters.iter().filter(first).map(|letter| letter.thread)
    }

    /// Whether everything in a thread was acknowledged.
    pub(super) fn is_whole(&self, thread: usize) -> bool {
        let mut own = self.letters.iter().filter(|letter| letter.thread == thread);
        own.all(|letter| self.play.ledger.has(&letter.id))
    }

    /// Notes an answer that is neither yes nor “come again”.
    pub(super) fn note_odd(&self, odd: String) {
        self.odd.lock().unwrap().push(odd);
    }

    /// Every answer was yes or “come again”, and every door took something.
    pub(super) fn check(&self) {
        let odd = self.odd.lock().unwrap();
        assert!(odd.is_empty(), "{odd:#?}");
        assert!(
            self.taken.iter().all(|taken| taken.load(Ordering::Relaxed) > 0),
            "a process did nothing: {:?}",
            self.taken
        );
    }

    /// Brings a letter to one of the doors, or now and then to two at once; how often it was taken.
    async fn bring(&self, carrier: &mut Carrier, letter: &Letter) -> usize {
        let Carrier { clients, random } = carrier;
        if let [one, two] = clients.as_mut_slice()
            && random.random_bool(AT_ONCE)
        {
            let (one, two) = tokio::join!(self.is_taken(0, one, letter), self.is_taken(1, two, letter));
            return usize::from(one) + usize::from(two);
        }
        let door = random.random_range(0..clients.len());
        usize::from(self.is_taken(door, &mut clients[door], letter).await)
    }

    /// Brings a letter to a door; whether it need not be brought again.
    async fn is_taken(&self, door: usize, client: &mut Client, letter: &Letter) -> bool {
        let (status, said) = match &letter.door {
            Door::Webhook { path, headers, body } => match client.post_with(path, headers, body).await {
                Ok(answer) => (answer.status, answer.text()),
                Err(_) => return false,
            },
            Door::Chat { path, token, frame } => {
                let mut visitor = Client::new(self.doors[door]).with_token(token);
                match visitor.post_json(path, frame).await {
                    Ok(answer) => (answer.status, answer.text()),
                    Err(_) => return false,
                }
            }
        };
        let come_again = ["busy", "too_fast"].iter().any(|why| said.contains(&format!("\"why\":\"{why}\"")));
        match (status, &letter.door) {
            (200, Door::Chat { .. }) if come_again => return false,
            (503, _) | (429, Door::Chat { .. }) => return false,
            (200, Door::Chat { .. }) if !said.contains("\"t\":\"ack\"") => self.note_odd(format!("{status} {said}")),
            (200, _) => {
                self.taken[door].fetch_add(1, Ordering::Relaxed);
            }
            _ => self.note_odd(format!("{status} {said}")),
        }
        true
    }
}
