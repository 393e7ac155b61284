//! A marketplace that pushes nothing: customers write there, the program looks again and again, and is killed meanwhile,
//! between what it has read and how far it has read too. Whatever was written there is there once, and a thread in its order.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use resolute::clock::Clock;
use resolute::model::brand::AgentLevel;
use resolute::store::Db;

use super::play::{Plan, Play, Stage, kill_at_random, number, settle};
use crate::support::desk::Engine;
use crate::support::platforms::{Line, Platforms};
use crate::support::stores::number_of;

/// So many customers write.
const CUSTOMERS: u32 = 30;
/// The marketplace's clock goes on by a second with each message, and begins so far back.
const BEHIND: Duration = Duration::from_hours(4);
/// The pause between two messages, in milliseconds: so long that the kills find the program looking.
const PAUSE: std::ops::Range<u64> = 5..45;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_fetched_is_kept_once_and_in_turn_on_sqlite() {
    Box::pin(run(Engine::Sqlite)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_fetched_is_kept_once_and_in_turn_on_postgres() {
    if Engine::all().contains(&Engine::Postgres) {
        Box::pin(run(Engine::Postgres)).await;
    }
}

async fn run(engine: Engine) {
    let wanted = Plan::asked();
    let Plan { kills, seed, .. } = wanted;
    let messages = number("RESOLUTE_DELIVERIES", 120);
    eprintln!("{engine:?}: {messages} messages to fetch, {kills} kills, seed {seed}");
    let begun = Instant::now();
    let mut stage = Box::pin(Stage::new(engine, AgentLevel::Off)).await;
    stage.launch.environment.push(("RESOLUTE_POLL_SECONDS".to_owned(), "1".to_owned()));
    let platforms = Arc::new(Platforms::start(Clock::system().now().datetime() - BEHIND).await);
    let desk = Box::pin(stage.desk()).await;
    let line = platforms.connect(&desk, stage.setup.brand, "mirakl").await;
    desk.db.close().await;
    let play = Play::new(&stage, [].into());
    let customers = tokio::spawn(write(play.clone(), platforms.clone(), line, messages, seed));
    let program = kill_at_random(&play, &stage.launch, wanted, messages).await;
    customers.await.unwrap();
    let db = stage.db().await;
    all_is_fetched(&db, messages).await;
    settle(&db, &stage.launch).await;
    drop(program);
    let kept = play.ledger.kept(&db).await;
    db.close().await;
    eprintln!("{engine:?}: {}, {:.1} s", kept.words(), begun.elapsed().as_secs_f32());
    kept.check();
}

/// Customers write one after the other. What the marketplace has, it has acknowledged.
async fn write(play: Arc<Play>, platforms: Arc<Platforms>, line: Line, messages: usize, seed: u64) {
    let mut random = StdRng::seed_from_u64(seed);
    for place in 0..messages {
        let person = random.random_range(0..CUSTOMERS);
        let said = platforms.says(&line, person, &format!("Do you have number {place} in blue?"));
        play.ledger.send(&said.id, usize::try_from(person).unwrap());
        play.ledger.acknowledge(&said.id);
        play.progress.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(random.random_range(PAUSE))).await;
    }
}

/// The program looks until nothing is new.
async fn all_is_fetched(db: &Db, messages: usize) {
    let begun = Instant::now();
    let here = async || number_of(db, "select count(*) from messages where direction = 'inbound'").await;
    while here().await < i64::try_from(messages).unwrap() {
        assert!(begun.elapsed() < Duration::from_mins(3), "what was written is not fetched");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
