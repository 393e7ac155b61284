//! A database that is locked, gone or out of room for a while, with mail servers, visitors of the chat and people at the
//! door.
//!
//! Meanwhile every mail, every message of the chat and every page is answered within [`BOUND`]: as asked, or with 503,
//! words and `Retry-After`. Pages on SQLite go on being shown. A reply may wait as long as somebody else holds its lock, and
//! is then taken or refused in the same way. Afterwards the desk goes on by itself: what was acknowledged is there once and
//! in turn, and every reply was sent once. Where the database is only slow, all of it goes on meanwhile.

use std::collections::BTreeMap;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use channel_contract::testkit::skip;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use resolute::model::brand::AgentLevel;
use serde_json::{Value, json};
use sqlx::{ConnectOptions as _, Connection as _, PgConnection};

use super::ledger::Ledger;
use super::play::{DELIVERERS, Plan, Stage, number, settle};
use super::replies::{Fates, reply};
use crate::support::chat::{Chat, SHOP, message};
use crate::support::desk::{Data, Engine};
use crate::support::forms::signed_in_at;
use crate::support::http::{Answer, Client};
use crate::support::mails::Generator;
use crate::support::own_postgres::Server;
use crate::support::postgres::Database;
use crate::support::program::Program;
use crate::support::setup::{EMAIL, PASSWORD, Setup};
use crate::support::wire::SlowWire;

/// How long a mail or a page waits for its answer at most: the desk gives up after ten seconds, and the machine has other
/// work.
const BOUND: Duration = Duration::from_secs(20);
/// How long a reply waits at most beside the outage: for its turn, and for the lock.
const BOUND_OF_REPLIES: Duration = Duration::from_mins(1);
/// The longest wait for anything that must come to be so.
const PATIENCE: Duration = Duration::from_mins(5);
const CUSTOMERS: usize = 4;
const VISITORS: usize = 2;
/// How often a visitor may write at most.
const PACE: Duration = Duration::from_secs(1);
/// How many mails come before the outage, and again after it.
const MAILS: usize = 30;
/// How many come while the database is slow.
const SLOWLY: usize = 8;
/// How much later than usual a slow database answers.
const LATE: Duration = Duration::from_millis(200);
/// How soon somebody who was refused comes again.
const AGAIN: Duration = Duration::from_millis(100);
/// After so many answers that are neither yes nor an honest no there is nothing to wait for.
const BROKEN: usize = 20;

/// What was asked for.
const MAIL: &str = "mail";
const CHAT: &str = "chat";
const PAGE: &str = "page";
const REPLY: &str = "reply";

/// How often each was answered with which status.
type Answers = BTreeMap<(&'static str, u16), usize>;

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_another_program_has_locked_loses_nothing() {
    let stage = Box::pin(Stage::new(Engine::Sqlite, AgentLevel::Off)).await;
    let chat = chat_of(&stage).await;
    let file = stage.launch.data_dir.join("resolute.db");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
    let outage = async |run: &Run| {
        let mut other = options.connect().await.unwrap();
        sqlx::query("begin immediate").execute(&mut other).await.unwrap();
        run.bear().await;
        sqlx::query("rollback").execute(&mut other).await.unwrap();
        other.close().await.unwrap();
    };
    let answers = Box::pin(endure(&stage, chat, stage.launch.start(), outage)).await;
    assert_eq!(answers.get(&(PAGE, 503)), None, "reading takes no lock");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_is_full_loses_nothing() {
    if Command::new("prlimit").arg("--version").output().is_err() {
        return skip("prlimit is not installed (it is part of util-linux)");
    }
    let stage = Box::pin(Stage::new(Engine::Sqlite, AgentLevel::Off)).await;
    let chat = chat_of(&stage).await;
    // The log lies on the same disk.
    let program = stage.launch.start_after("trap '' XFSZ");
    let id = program.id().to_string();
    let outage = async |run: &Run| {
        set_room(&id, "0");
        run.bear().await;
        set_room(&id, "unlimited");
    };
    let answers = Box::pin(endure(&stage, chat, program, outage)).await;
    assert_eq!(answers.get(&(PAGE, 503)), None, "reading takes no room");
}

/// Up to where a process may write into files from now on, in bytes.
fn set_room(process: &str, most: &str) {
    let status = Command::new("prlimit").args(["--pid", process, &format!("--fsize={most}:")]).status();
    assert!(status.expect("prlimit runs").success(), "a limit is set");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_somebody_has_locked_loses_nothing() {
    if !Engine::all().contains(&Engine::Postgres) {
        return;
    }
    let stage = Box::pin(Stage::new(Engine::Postgres, AgentLevel::Off)).await;
    let chat = chat_of(&stage).await;
    let url = stage.launch.database_url.clone();
    let outage = async |run: &Run| {
        let mut other = PgConnection::connect(&url).await.unwrap();
        sqlx::query("begin").execute(&mut other).await.unwrap();
        sqlx::query("lock table raw_events in exclusive mode").execute(&mut other).await.unwrap();
        run.bear().await;
        sqlx::query("rollback").execute(&mut other).await.unwrap();
        other.close().await.unwrap();
    };
    let answers = Box::pin(endure(&stage, chat, stage.launch.start(), outage)).await;
    assert_eq!(answers.get(&(PAGE, 503)), None, "a page does not read what came in raw");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_gone_for_a_while_loses_nothing() {
    let Some(mut server) = Server::start().await else { return };
    let folder = tempfile::tempdir().unwrap();
    let database = Some(Database::empty(&server.url()).await);
    let stage = Box::pin(Stage::on(Data { folder, database }, AgentLevel::Off)).await;
    let chat = chat_of(&stage).await;
    let outage = async |run: &Run| {
        server.stop();
        run.bear().await;
        server.run().await;
    };
    let answers = Box::pin(endure(&stage, chat, stage.launch.start(), outage)).await;
    assert!(answers.contains_key(&(PAGE, 503)), "no page was asked for: {answers:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_whose_answers_come_late_loses_nothing() {
    let Some(server) = Server::start().await else { return };
    let wire = SlowWire::to(server.address()).await;
    let folder = tempfile::tempdir().unwrap();
    let mut database = Database::empty(&server.url()).await;
    database.url = wire.way_to(&database.url);
    let stage = Box::pin(Stage::on(Data { folder, database: Some(database) }, AgentLevel::Off)).await;
    let chat = chat_of(&stage).await;
    let outage = async |run: &Run| {
        wire.set_late(LATE);
        run.go_on().await;
        wire.set_late(Duration::ZERO);
    };
    Box::pin(endure(&stage, chat, stage.launch.start(), outage)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_another_program_locks_again_and_again_loses_nothing() {
    let stage = Box::pin(Stage::new(Engine::Sqlite, AgentLevel::Off)).await;
    let chat = chat_of(&stage).await;
    let file = stage.launch.data_dir.join("resolute.db");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
    let outage = async |run: &Run| {
        let mut other = options.connect().await.unwrap();
        let keeps_busy = async {
            while !run.is_broken() {
                sqlx::query("begin immediate").execute(&mut other).await.unwrap();
                tokio::time::sleep(LATE).await;
                sqlx::query("rollback").execute(&mut other).await.unwrap();
                tokio::time::sleep(LATE / 2).await;
            }
        };
        tokio::select! {
            () = run.go_on() => {}
            () = keeps_busy => {}
        }
        // What it holds ends with it.
        other.close().await.unwrap();
    };
    let answers = Box::pin(endure(&stage, chat, stage.launch.start(), outage)).await;
    assert_eq!(answers.get(&(PAGE, 503)), None, "reading takes no lock");
}

/// A chat of the shop, connected before the program starts.
async fn chat_of(stage: &Stage) -> Chat {
    let desk = Box::pin(stage.desk()).await;
    let chat = Chat::connect(&desk, stage.setup.brand, &["shop.example"], &json!({})).await;
    desk.db.close().await;
    chat
}

/// Has mails posted, messages written in the chat, pages read and replies sent before, during and after the outage, and
/// looks what came of it.
async fn endure(stage: &Stage, chat: Chat, mut program: Program, outage: impl AsyncFnOnce(&Run)) -> Answers {
    let seed = Plan::asked().seed;
    let begun = Instant::now();
    program.ready().await;
    let run = Arc::new(Run::new(stage));
    let mut people = Vec::new();
    for place in 0..CUSTOMERS {
        people.push(tokio::spawn(customer(run.clone(), place, seed)));
    }
    run.until(|run| run.ledger.size() >= MAILS).await;
    // One by mail: nobody writes in the chat yet.
    let first = run.first_conversation().await;
    for place in 0..VISITORS {
        people.push(tokio::spawn(visitor(run.clone(), chat, place)));
    }
    for path in ["/inbox?view=all".to_owned(), format!("/conversations/{first}?view=all")] {
        let browser = signed_in_at(run.address, EMAIL, PASSWORD).await;
        people.push(tokio::spawn(reader(run.clone(), browser, path)));
    }
    people.push(tokio::spawn(teammate(run.clone(), first)));
    run.until(|run| run.count(PAGE, 200) > 1 && run.count(REPLY, 201) > 1 && run.count(CHAT, 200) > 1).await;
    let at_the_door: &Run = &run;
    outage(at_the_door).await;
    let (taken, replies, said) = (run.ledger.size(), run.count(REPLY, 201), run.count(CHAT, 200));
    let goes_on = |run: &Run| run.count(REPLY, 201) > replies && run.count(CHAT, 200) > said;
    run.until(|run| run.ledger.size() >= taken + MAILS && goes_on(run)).await;
    run.over.store(true, Ordering::Relaxed);
    for person in people {
        person.await.unwrap();
    }
    let answers = run.answers.lock().unwrap().clone();
    eprintln!("{answers:?}, seed {seed}");
    let odd = run.odd.lock().unwrap().clone();
    assert!(odd.is_empty(), "{odd:#?}\n{}", std::fs::read_to_string(stage.launch.log()).unwrap_or_default());

    program.ready().await;
    let db = stage.db().await;
    settle(&db, &stage.launch).await;
    drop(program);
    let texts = run.replies.lock().unwrap().clone();
    let (kept, fates) = (run.ledger.kept(&db).await, Fates::of(&db, &stage.smtp, &texts).await);
    db.close().await;
    eprintln!("{}; {}, {:.1} s", kept.words(), fates.words(), begun.elapsed().as_secs_f32());
    kept.check();
    fates.check(DELIVERERS);
    answers
}

/// What happens at the door.
struct Run {
    setup: Setup,
    address: SocketAddr,
    ledger: Ledger,
    /// Replies that were acknowledged.
    replies: Mutex<Vec<String>>,
    answers: Mutex<Answers>,
    /// What was neither answered as asked nor refused honestly and in time.
    odd: Mutex<Vec<String>>,
    over: AtomicBool,
}

impl Run {
    fn new(stage: &Stage) -> Self {
        Self {
            setup: stage.setup.clone(),
            address: stage.launch.address(),
            ledger: Ledger::default(),
            replies: Mutex::default(),
            answers: Mutex::default(),
            odd: Mutex::default(),
            over: AtomicBool::new(false),
        }
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed) || self.is_broken()
    }

    fn is_broken(&self) -> bool {
        self.odd.lock().unwrap().len() >= BROKEN
    }

    /// How often something was answered with a status.
    fn count(&self, what: &'static str, status: u16) -> usize {
        self.answers.lock().unwrap().get(&(what, status)).copied().unwrap_or(0)
    }

    /// Waits for an answer; gives it if it is the one that was asked for.
    async fn ask(
        &self,
        (what, wanted): (&'static str, u16),
        bound: Duration,
        answer: impl Future<Output = io::Result<Answer>>,
    ) -> Option<Answer> {
        let odd = match tokio::time::timeout(bound, answer).await {
            Ok(Ok(answer)) => {
                *self.answers.lock().unwrap().entry((what, answer.status)).or_default() += 1;
                if answer.status == wanted {
                    return Some(answer);
                }
                if is_honest(&answer) {
                    return None;
                }
                format!("{what}: {} {:?} {}", answer.status, answer.headers, answer.text())
            }
            Ok(Err(error)) => format!("{what}: {error}"),
            Err(_) => format!("{what}: no answer within {bound:?}"),
        };
        self.odd.lock().unwrap().push(odd);
        None
    }

    /// Waits until something is so, or nothing can be any more.
    async fn until(&self, is_so: impl Fn(&Self) -> bool) {
        let begun = Instant::now();
        while !is_so(self) && !self.is_broken() {
            assert!(begun.elapsed() < PATIENCE, "it never comes to be so: {:?}", self.answers.lock().unwrap());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Waits as long as the outage shall last, and until a mail and a visitor were refused.
    async fn bear(&self) {
        let (mails, said) = (self.count(MAIL, 503), self.count(CHAT, 503));
        tokio::time::sleep(outage_lasts()).await;
        self.until(|run| run.count(MAIL, 503) > mails && run.count(CHAT, 503) > said).await;
    }

    /// Waits until it has gone on for everybody.
    async fn go_on(&self) {
        let (taken, pages) = (self.ledger.size(), self.count(PAGE, 200));
        let (said, replies) = (self.count(CHAT, 200), self.count(REPLY, 201));
        let people_go_on = |run: &Self| run.count(PAGE, 200) > pages + 1 && run.count(REPLY, 201) > replies;
        self.until(|run| run.ledger.size() >= taken + SLOWLY && run.count(CHAT, 200) > said && people_go_on(run)).await;
    }

    /// The number of some conversation, once there is one.
    async fn first_conversation(&self) -> i64 {
        let (mut client, begun) = (Client::new(self.address).with_token(&self.setup.token), Instant::now());
        loop {
            assert!(begun.elapsed() < PATIENCE, "nothing of what was taken is read");
            let listed = client.get("/api/v1/conversations?limit=1").await.expect("an answer").json();
            if let Some(number) = listed.pointer("/items/0/number").and_then(Value::as_i64) {
                return number;
            }
            tokio::time::sleep(AGAIN).await;
        }
    }
}

/// A refusal that says what is wrong and when to come again.
fn is_honest(answer: &Answer) -> bool {
    let comes_again = answer.header("retry-after").is_some_and(|seconds| seconds.parse::<u32>().is_ok());
    answer.status == 503 && comes_again && answer.text().contains("database")
}

fn outage_lasts() -> Duration {
    Duration::from_secs(u64::try_from(number("RESOLUTE_OUTAGE_SECONDS", 2)).unwrap())
}

/// Posts threads of one to three mails, each mail until it is taken.
async fn customer(run: Arc<Run>, place: usize, seed: u64) {
    let own = seed * 10 + u64::try_from(place).unwrap();
    let (mut random, mut generator) = (StdRng::seed_from_u64(own), Generator::new(own));
    let mut client = Client::new(run.address);
    while !run.is_over() {
        let mut thread = generator.thread();
        for _ in 0..random.random_range(1..=3) {
            let mail = generator.mail(&mut thread);
            run.ledger.send(&mail.message_id, mail.thread * CUSTOMERS + place);
            while run
                .ask((MAIL, 200), BOUND, client.post(&run.setup.webhook, "message/rfc822", &mail.raw))
                .await
                .is_none()
            {
                if run.is_broken() {
                    return;
                }
                tokio::time::sleep(AGAIN).await;
            }
            run.ledger.acknowledge(&mail.message_id);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// Writes in the chat again and again, each message until it is acknowledged: the same id once more is the same message.
async fn visitor(run: Arc<Run>, chat: Chat, place: usize) {
    let mut client = Client::new(run.address).with("origin", SHOP);
    let begun = client.post_json(&chat.path("/sessions"), &json!({ "origin": SHOP })).await.expect("a session").json();
    let text = |name: &str| begun[name].as_str().expect("a text").to_owned();
    let (own, mut client) = (text("visitor"), Client::new(run.address).with_token(&text("token")));
    while !run.is_over() {
        let frame = message(rand::random(), "Do you have it in blue?");
        let key = format!("{own}.{}", frame["id"].as_str().expect("an id"));
        run.ledger.send(&key, usize::MAX - place);
        loop {
            let answer = run.ask((CHAT, 200), BOUND, client.post_json(&chat.path("/frames"), &frame)).await;
            tokio::time::sleep(PACE).await;
            match answer.map(|answer| answer.text()) {
                Some(said) if said.contains("\"t\":\"ack\"") => break,
                Some(said) => run.odd.lock().unwrap().push(format!("{CHAT}: {said}")),
                None => {}
            }
            if run.is_broken() {
                return;
            }
        }
        run.ledger.acknowledge(&key);
    }
}

/// Reads a page again and again.
async fn reader(run: Arc<Run>, mut browser: Client, path: String) {
    while !run.is_over() {
        run.ask((PAGE, 200), BOUND, browser.get(&path)).await;
        tokio::time::sleep(AGAIN).await;
    }
}

/// Replies in a conversation again and again, each time until it is taken: a request with the same key is the same reply.
async fn teammate(run: Arc<Run>, conversation: i64) {
    let path = format!("/api/v1/conversations/{conversation}/messages");
    let bound = BOUND_OF_REPLIES + outage_lasts();
    for turn in 0.. {
        let (text, key) = (reply(turn), format!("turn-{turn}"));
        let body = json!({ "body": text });
        let mut client = Client::new(run.address).with_token(&run.setup.token).with("idempotency-key", &key);
        while run.ask((REPLY, 201), bound, client.post_json(&path, &body)).await.is_none() {
            if run.is_broken() {
                return;
            }
            tokio::time::sleep(AGAIN).await;
        }
        run.replies.lock().unwrap().push(text);
        if run.is_over() {
            return;
        }
        tokio::time::sleep(AGAIN).await;
    }
}
