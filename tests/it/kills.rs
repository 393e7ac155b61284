//! The program is killed again and again while mail comes in and replies go out: nothing that was acknowledged may be
//! lost, and nothing may be there twice.
//!
//! [`agent`] does the same while the agent answers, asks and gives money back, [`handovers`] while it gives everybody to a
//! person, [`actions`] with all that is asked of three
//! shops that misbehave, [`deliveries`] while every message comes
//! several times and out of order, [`webhooks`] with what platforms push, [`polled`] with what is fetched from one, [`parted`]
//! while replies of several parts leave, and [`two_processes`] with two processes of which one is killed. In [`outages`] the
//! database is slow or goes away instead, in [`at_once`] people get in each other's way, and in [`search`] an emptied index is
//! filled. The short forms run with all tests. The long ones, with a seed of your own:
//!
//! ```text
//! RESOLUTE_KILLS=20 RESOLUTE_KILL_MAILS=2000 RESOLUTE_DELIVERIES=10000 RESOLUTE_PARTED=300 RESOLUTE_ACTIONS=10000 \
//!     RESOLUTE_HANDOVERS=5000 RESOLUTE_OUTAGE_SECONDS=60 RESOLUTE_KILL_SEED=7 bin/with-postgres cargo test --test it kills -- --nocapture --test-threads 1
//! ```

mod actions;
mod agent;
mod at_once;
mod deliveries;
mod handovers;
mod ledger;
mod outages;
mod parted;
mod play;
mod polled;
mod replies;
mod search;
mod two_processes;
mod webhooks;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use resolute::model::brand::AgentLevel;

use self::play::{DELIVERERS, Plan, Play, Stage, customers, kill_at_random, settle};
use self::replies::{Fates, reply};
use crate::support::desk::Engine;
use crate::support::http::Client;
use crate::support::mails::{Generator, Mail, word_of};
use crate::support::stores::number_of;

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
    let play = Play::new(&stage, threads.into_values().collect());
    let mut people = customers(&play, seed);
    people.extend((0..TEAMMATES).map(|_| tokio::spawn(teammate(play.clone()))));
    let program = kill_at_random(&play, &stage.launch, wanted, total).await;
    for person in people {
        person.await.unwrap();
    }
    let db = stage.db().await;
    settle(&db, &stage.launch).await;
    drop(program);

    let replies = play.replies.lock().unwrap().clone();
    let (kept, fates) = (play.ledger.kept(&db).await, Fates::of(&db, &stage.smtp, &replies).await);
    let left = number_of(&db, "select count(*) from messages where direction = 'outbound'").await;
    db.close().await;
    eprintln!("{engine:?}: {}; {}, {:.1} s", kept.words(), fates.words(), begun.elapsed().as_secs_f32());
    kept.check();
    // A reply that was cut off before the mail server had it, or where there is no Sent folder to look into, waits
    // for a person: its fate cannot be told. That happens to those on their way at a kill, and to no others.
    fates.check(kills * DELIVERERS);
    assert_eq!(usize::try_from(left), Ok(replies.len()), "there are replies that nobody wrote");
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
    let (text, begun) = (reply(thread), Instant::now());
    loop {
        play.wait_since(begun, "a thread is neither found nor answered");
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
        if play.is_taken(client.post_json(&format!("{path}/messages"), &body).await, 201) {
            break;
        }
    }
    play.replies.lock().unwrap().push(text);
}
