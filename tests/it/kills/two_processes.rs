//! Two processes on one PostgreSQL serve the same shop, and one of them, whichever, is killed again and again while
//! messages come in and replies go out through both.
//!
//! What comes in is what [`super::deliveries`] brings to one process: mails and chats, each message one to five times,
//! shuffled. Who is not answered by one process turns to either again, as behind a balancer; some deliveries are made to
//! both at once. At the end every acknowledged message is there once, in one conversation a thread, behind what was
//! acknowledged before it was sent; and every acknowledged reply was sent once, or waits for a person where nobody can
//! tell.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use resolute::model::brand::AgentLevel;
use serde_json::{Value, json};

use super::TEAMMATES;
use super::deliveries::{Deliveries, all_is_read, carriers};
use super::play::{DELIVERERS, Plan, Play, REPLIED, Stage, moments, ready, settle};
use super::replies::{Fates, reply};
use crate::support::desk::Engine;
use crate::support::http::Client;
use crate::support::mails::word_of;
use crate::support::program::{Launch, Program};

/// How soon somebody turns to a process again.
const AGAIN: Duration = Duration::from_millis(20);

#[tokio::test(flavor = "multi_thread")]
async fn of_two_processes_one_may_die_at_any_time() {
    if Engine::all().contains(&Engine::Postgres) {
        Box::pin(run()).await;
    }
}

async fn run() {
    let wanted = Plan::asked();
    let Plan { kills, seed, .. } = wanted;
    let begun = Instant::now();
    let mut stage = Box::pin(Stage::new(Engine::Postgres, AgentLevel::Off)).await;
    let plan = Box::pin(Deliveries::plan(&mut stage, seed)).await;
    let launches = [stage.launch.clone(), stage.beside()];
    let all = Arc::new(plan.and_at(launches[1].address()));
    let deliveries = all.left();
    eprintln!(
        "two processes: {}, {kills} kills, seed {seed} (RESOLUTE_KILL_SEED={seed} repeats the plan)",
        all.words()
    );
    let answered = all.threads_of_mails().filter(|thread| thread.is_multiple_of(REPLIED));
    all.play.to_answer.lock().unwrap().extend(answered);
    let mut people = carriers(&all, seed);
    for place in (1_u64..).take(TEAMMATES) {
        people.push(tokio::spawn(teammate(all.clone(), seed ^ (place << 32))));
    }
    let programs = kill_either_at_random(&all.play, &launches, wanted, deliveries).await;
    for person in people {
        person.await.unwrap();
    }
    let db = stage.db().await;
    all_is_read(&db).await;
    settle(&db, &stage.launch).await;
    drop(programs);

    let replies = all.play.replies.lock().unwrap().clone();
    let (kept, fates) = (all.play.ledger.kept(&db).await, Fates::of(&db, &stage.smtp, &replies).await);
    db.close().await;
    eprintln!("two processes: {}; {}, {:.1} s", kept.words(), fates.words(), begun.elapsed().as_secs_f32());
    all.check();
    kept.check();
    // Whoever was killed may have been killed once more while it started.
    fates.check(2 * kills * DELIVERERS);
}

/// Somebody who may be led to either process.
struct Caller {
    all: Arc<Deliveries>,
    random: StdRng,
}

/// Answers threads through the API, each once everything in it was acknowledged.
async fn teammate(all: Arc<Deliveries>, seed: u64) {
    let mut caller = Caller { all: all.clone(), random: StdRng::seed_from_u64(seed) };
    loop {
        let Some(thread) = all.play.to_answer.lock().unwrap().pop_front() else { return };
        while !all.is_whole(thread) {
            tokio::time::sleep(AGAIN).await;
        }
        caller.answer(thread).await;
    }
}

impl Caller {
    /// A program of the teammate, at either door.
    fn client(&mut self) -> Client {
        let door = self.random.random_range(0..self.all.doors.len());
        Client::new(self.all.doors[door]).with_token(&self.all.play.setup.token)
    }

    /// Replies to a thread. A request that broke off may have been taken: the same key makes the same one of it.
    async fn answer(&mut self, thread: usize) {
        let number = self.number_of(thread).await;
        let path = format!("/api/v1/conversations/{number}/messages");
        let (text, key) = (reply(thread), format!("thread-{thread}"));
        let body = json!({ "body": text });
        let mut acknowledged = 0;
        // Some are sent once more although they were taken.
        let wanted = if self.random.random_bool(0.3) { 2 } else { 1 };
        while acknowledged < wanted {
            match self.client().with("idempotency-key", &key).post_json(&path, &body).await {
                Ok(answer) if answer.status == 201 => acknowledged += 1,
                Ok(answer) if answer.status != 503 => {
                    self.all.note_odd(format!("a reply: {} {}", answer.status, answer.text()));
                    return;
                }
                _ => tokio::time::sleep(AGAIN).await,
            }
        }
        self.all.play.replies.lock().unwrap().push(text);
    }

    /// The number of a thread's conversation, once it is found.
    async fn number_of(&mut self, thread: usize) -> i64 {
        let (path, begun) = (format!("/api/v1/search?q={}", word_of(thread)), Instant::now());
        loop {
            self.all.play.wait_since(begun, "a thread is not found");
            let found = self.client().get(&path).await.ok().filter(|found| found.status == 200);
            let number = found.and_then(|found| found.json().pointer("/items/0/number").and_then(Value::as_i64));
            if let Some(number) = number {
                return number;
            }
            tokio::time::sleep(AGAIN).await;
        }
    }
}

/// Kills one of the processes at random moments, spread over what there is to do, and starts it again each time; the
/// other one lives meanwhile.
async fn kill_either_at_random(
    play: &Play,
    launches: &[Launch; 2],
    wanted: Plan,
    total: usize,
) -> [Option<Program>; 2] {
    let mut random = StdRng::seed_from_u64(wanted.seed.wrapping_add(99));
    let mut programs = [Some(ready(&launches[0]).await), Some(ready(&launches[1]).await)];
    for moment in moments(&mut random, wanted.kills, total) {
        play.reach(moment, &mut random).await;
        let which: usize = random.random_range(0..2);
        programs[which].take().expect("it runs").kill();
        if random.random_bool(0.5) {
            // Sometimes it dies again while it starts.
            let again = launches[which].start();
            tokio::time::sleep(Duration::from_micros(random.random_range(0..200_000))).await;
            again.kill();
        }
        programs[which] = Some(ready(&launches[which]).await);
    }
    programs
}
