//! The program is killed again and again while mail comes in and replies go out: nothing that was acknowledged may be
//! lost, and nothing may be there twice.
//!
//! [`agent`] does the same while the agent answers, asks and gives money back, [`deliveries`] while every message comes
//! several times and out of order, [`two_processes`] with two processes of which one is killed. In [`outages`] the database
//! goes away instead, and in [`at_once`] people get in each other's way. The short forms run with all tests. The long
//! ones, with a seed of your own:
//!
//! ```text
//! RESOLUTE_KILLS=20 RESOLUTE_KILL_MAILS=2000 RESOLUTE_DELIVERIES=10000 RESOLUTE_OUTAGE_SECONDS=60 \
//!     RESOLUTE_KILL_SEED=7 bin/with-postgres cargo test --test it kills -- --nocapture --test-threads 1
//! ```

mod agent;
mod at_once;
mod deliveries;
mod ledger;
mod outages;
mod play;
mod replies;
mod two_processes;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use resolute::model::brand::AgentLevel;
use resolute::store::Db;

use self::play::{DELIVERERS, Plan, Play, Stage, customers, kill_at_random, settle};
use self::replies::{Fates, reply};
use crate::support::desk::Engine;
use crate::support::http::Client;
use crate::support::mails::{Generator, Mail, word_of};
use crate::support::smtp::SmtpDouble;

const TEAMMATES: usize = 2;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_or_doubled_on_sqlite() {
    Box::pin(run(Engine::Sqlite)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_or_doubled_on_postgres() {
    if Engine::all().contains(&Engine::Postgres) {
        Box::pin(run(Engine::Postgres)).await;
    }
}

async fn run(engine: Engine) {
    let wanted = Plan::asked();
    let Plan { kills, mails, seed } = wanted;
    eprintln!("{engine:?}: {mails} mails, {kills} kills, seed {seed} (RESOLUTE_KILL_SEED={seed} repeats the plan)");
    let begun = Instant::now();
    let stage = Box::pin(Stage::new(engine, AgentLevel::Off)).await;
    let (threads, total) = threads(seed, mails);
    let play = Play::new(&stage, threads.values().cloned().collect());
    let mut people = customers(&play, seed);
    people.extend((0..TEAMMATES).map(|_| tokio::spawn(teammate(play.clone()))));
    let program = kill_at_random(&play, &stage.launch, wanted, total).await;
    for person in people {
        person.await.unwrap();
    }
    let db = stage.db().await;
    settle(&db, &stage.launch).await;
    drop(program);

    let report = Report::of(&db, &play, &threads, &stage.smtp).await;
    eprintln!("{engine:?}: {}, {:.1} s", report.words(), begun.elapsed().as_secs_f32());
    db.close().await;
    report.check(kills);
}

/// Threads of one to five mails, `mails` in all.
fn threads(seed: u64, mails: usize) -> (BTreeMap<usize, Vec<Mail>>, usize) {
    let (mut random, mut generator) = (StdRng::seed_from_u64(seed), Generator::new(seed));
    let (mut threads, mut total) = (BTreeMap::new(), 0);
    while total < mails {
        let mut thread = generator.thread();
        let count = random.random_range(1..=5).min(mails - total);
        total += count;
        threads.insert(thread.number, (0..count).map(|_| generator.mail(&mut thread)).collect());
    }
    (threads, total)
}

/// Answers complete threads through the API.
async fn teammate(play: Arc<Play>) {
    let mut client = Client::new(play.address).with_token(&play.setup.token);
    loop {
        let next = play.to_answer.lock().unwrap().pop_front();
        let Some(thread) = next else {
            if play.customers_left.load(Ordering::Relaxed) == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        answer(&play, &mut client, thread).await;
        play.progress.fetch_add(1, Ordering::Relaxed);
    }
}

async fn answer(play: &Play, client: &mut Client, thread: usize) {
    let text = reply(thread);
    loop {
        tokio::time::sleep(Duration::from_millis(20)).await;
        let found = client.get(&format!("/api/v1/search?q={}", word_of(thread))).await;
        let Some(number) = found
            .ok()
            .filter(|found| found.status == 200)
            .and_then(|found| found.json().pointer("/items/0/number").and_then(serde_json::Value::as_i64))
        else {
            continue;
        };
        let path = format!("/api/v1/conversations/{number}");
        // A request that broke off may have been taken: look before it is repeated.
        match client.get(&path).await {
            Ok(shown) if shown.status == 200 && shown.text().contains(&text) => break,
            Ok(shown) if shown.status == 200 => {}
            _ => continue,
        }
        let body = serde_json::json!({ "body": text });
        if client.post_json(&format!("{path}/messages"), &body).await.is_ok_and(|posted| posted.status == 201) {
            break;
        }
    }
    play.replies.lock().unwrap().push(text);
}

/// What came of it.
#[derive(Debug, Default)]
struct Report {
    acknowledged: usize,
    posted_again: usize,
    lost: Vec<String>,
    doubled: Vec<String>,
    split_threads: Vec<usize>,
    out_of_order: Vec<usize>,
    messages_too_many: usize,
    replies: Fates,
}

/// A stored message: its order, its place, its id on the platform.
#[derive(Clone, Debug, sqlx::FromRow)]
struct Stored {
    conversation: String,
    external_id: String,
    direction: String,
    delivery: Option<String>,
    body: String,
}

const STORED: &str = "select cast(c.number as text) as conversation, m.external_id, m.direction, m.delivery, m.body
    from messages m join conversations c on c.id = m.conversation_id order by m.seq";

async fn stored(db: &Db) -> Vec<Stored> {
    match db {
        Db::Sqlite { read, .. } => sqlx::query_as(STORED).fetch_all(&mut *read.get().await.unwrap()).await.unwrap(),
        Db::Postgres { write: pool, .. } => sqlx::query_as(STORED).fetch_all(pool).await.unwrap(),
    }
}

impl Report {
    async fn of(db: &Db, play: &Play, threads: &BTreeMap<usize, Vec<Mail>>, smtp: &SmtpDouble) -> Self {
        let stored = stored(db).await;
        let acknowledged = play.acknowledged.lock().unwrap().clone();
        let replies = play.replies.lock().unwrap().clone();
        let mut report = Self {
            acknowledged: acknowledged.len(),
            posted_again: acknowledged.values().map(|times| times - 1).sum(),
            replies: Fates::of(db, smtp, &replies).await,
            ..Self::default()
        };
        let mut by_id: HashMap<&str, Vec<(usize, &Stored)>> = HashMap::new();
        for (place, row) in stored.iter().enumerate().filter(|(_, row)| row.direction == "inbound") {
            by_id.entry(&row.external_id).or_default().push((place, row));
        }
        for id in acknowledged.keys() {
            match by_id.get(id.as_str()).map_or(0, Vec::len) {
                0 => report.lost.push(id.clone()),
                1 => {}
                _ => report.doubled.push(id.clone()),
            }
        }
        for (number, mails) in threads {
            let found = mails.iter().filter_map(|mail| by_id.get(mail.message_id.as_str())?.first().copied());
            report.check_thread(*number, &found.collect::<Vec<_>>());
        }
        report.messages_too_many = stored.len().saturating_sub(acknowledged.len() + replies.len());
        report
    }

    fn words(&self) -> String {
        format!(
            "{} mails acknowledged ({} posted again): {} lost, {} doubled, {} threads split, {} out of order; {}",
            self.acknowledged,
            self.posted_again,
            self.lost.len(),
            self.doubled.len(),
            self.split_threads.len(),
            self.out_of_order.len(),
            self.replies.words()
        )
    }

    /// `rows` are the mails of a thread in the order they were written, with their places in the order of the store.
    fn check_thread(&mut self, number: usize, rows: &[(usize, &Stored)]) {
        if rows.iter().any(|(_, row)| row.conversation != rows[0].1.conversation) {
            self.split_threads.push(number);
        }
        if !rows.is_sorted_by_key(|(place, _)| *place) {
            self.out_of_order.push(number);
        }
    }

    fn check(&self, kills: usize) {
        assert!(self.lost.is_empty() && self.doubled.is_empty(), "mails were lost or doubled: {self:#?}");
        assert!(self.split_threads.is_empty() && self.out_of_order.is_empty(), "threads broke: {self:#?}");
        assert_eq!(self.messages_too_many, 0, "there are messages that nobody wrote: {self:#?}");
        // A reply that was cut off before the mail server had it, or where there is no Sent folder to look into, waits
        // for a person: its fate cannot be told. That happens to those on their way at a kill, and to no others.
        self.replies.check(kills * DELIVERERS);
    }
}
