//! Two processes on one PostgreSQL serve the same shop, and one of them, whichever, is killed again and again while mails
//! come in and replies go out through both.
//!
//! Who is not answered by one turns to either again, as behind a balancer; some mails are posted to both at once. At the
//! end every acknowledged mail is there once, in one conversation a thread, behind what was acknowledged before it was
//! sent; and every acknowledged reply was sent once, or waits for a person where nobody can tell.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use resolute::model::brand::AgentLevel;
use serde_json::{Value, json};

use super::play::{CONNECTIONS, DELIVERERS, Plan, Play, REPLIED, Stage, moments, ready, settle};
use super::replies::{Fates, reply};
use super::{TEAMMATES, threads};
use crate::support::desk::Engine;
use crate::support::http::Client;
use crate::support::mails::{Mail, word_of};
use crate::support::program::{Launch, Program};

/// How soon somebody turns to a process again.
const AGAIN: Duration = Duration::from_millis(20);

struct Run {
    play: Arc<Play>,
    addresses: [SocketAddr; 2],
    /// What each process has acknowledged.
    taken: [AtomicUsize; 2],
    /// Answers that are neither yes nor “come again”.
    odd: Mutex<Vec<String>>,
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_processes_one_may_die_at_any_time() {
    if Engine::all().contains(&Engine::Postgres) {
        Box::pin(run()).await;
    }
}

async fn run() {
    let wanted = Plan::asked();
    let Plan { kills, mails, seed } = wanted;
    eprintln!("two processes: {mails} mails, {kills} kills, seed {seed} (RESOLUTE_KILL_SEED={seed} repeats the plan)");
    let begun = Instant::now();
    let stage = Box::pin(Stage::new(Engine::Postgres, AgentLevel::Off)).await;
    let launches = [stage.launch.clone(), stage.beside()];
    let (threads, total) = threads(seed, mails);
    let run = Arc::new(Run {
        play: Play::new(&stage, threads.into_values().collect()),
        addresses: launches.each_ref().map(Launch::address),
        taken: [AtomicUsize::new(0), AtomicUsize::new(0)],
        odd: Mutex::default(),
    });
    let mut people = Vec::new();
    for place in (1_u64..).take(CONNECTIONS) {
        people.push(tokio::spawn(customer(run.clone(), seed ^ place)));
    }
    for place in (1_u64..).take(TEAMMATES) {
        people.push(tokio::spawn(teammate(run.clone(), seed ^ (place << 32))));
    }
    let programs = kill_either_at_random(&run.play, &launches, wanted, total).await;
    for person in people {
        person.await.unwrap();
    }
    let db = stage.db().await;
    settle(&db, &stage.launch).await;
    drop(programs);

    let replies = run.play.replies.lock().unwrap().clone();
    let (kept, fates) = (run.play.ledger.kept(&db).await, Fates::of(&db, &stage.smtp, &replies).await);
    db.close().await;
    let taken = run.taken.each_ref().map(|taken| taken.load(Ordering::Relaxed));
    let seconds = begun.elapsed().as_secs_f32();
    eprintln!("two processes, {taken:?} each: {}; {}, {seconds:.1} s", kept.words(), fates.words());
    let odd = run.odd.lock().unwrap();
    assert!(odd.is_empty(), "{odd:#?}");
    assert!(taken.iter().all(|taken| *taken > 0), "one process did nothing: {taken:?}");
    kept.check();
    // Whoever was killed may have been killed once more while it started.
    fates.check(2 * kills * DELIVERERS);
}

/// Somebody who may be led to either process.
struct Caller {
    clients: [Client; 2],
    random: StdRng,
}

impl Caller {
    fn new(run: &Run, seed: u64) -> Self {
        Self { clients: run.addresses.map(Client::new), random: StdRng::seed_from_u64(seed) }
    }

    fn toss(&mut self) -> usize {
        self.random.random_range(0..2)
    }
}

/// Posts whole threads, each mail until it is acknowledged, some of them again after that.
async fn customer(run: Arc<Run>, seed: u64) {
    let mut caller = Caller::new(&run, seed);
    loop {
        let Some(thread) = run.play.threads.lock().unwrap().pop_front() else { break };
        for mail in &thread {
            run.deliver(&mut caller, mail).await;
            if caller.random.random_bool(0.2) {
                run.deliver(&mut caller, mail).await;
            }
            run.play.progress.fetch_add(1, Ordering::Relaxed);
            let pause = caller.random.random_range(5..60);
            tokio::time::sleep(Duration::from_millis(pause)).await;
        }
        let number = thread.first().map_or(0, |mail| mail.thread);
        if number.is_multiple_of(REPLIED) {
            run.play.to_answer.lock().unwrap().push_back(number);
        }
    }
    run.play.customers_left.fetch_sub(1, Ordering::Relaxed);
}

/// Answers complete threads through the API.
async fn teammate(run: Arc<Run>, seed: u64) {
    let mut caller = Caller::new(&run, seed);
    loop {
        let next = run.play.to_answer.lock().unwrap().pop_front();
        if let Some(thread) = next {
            run.answer(&mut caller, thread).await;
        } else if run.play.customers_left.load(Ordering::Relaxed) == 0 {
            return;
        } else {
            tokio::time::sleep(AGAIN).await;
        }
    }
}

impl Run {
    async fn deliver(&self, caller: &mut Caller, mail: &Mail) {
        self.play.ledger.send(&mail.message_id, mail.thread);
        loop {
            let taken = if caller.random.random_bool(0.2) {
                let [one, two] = &mut caller.clients;
                tokio::join!(self.is_taken(0, one, mail), self.is_taken(1, two, mail))
            } else {
                let which = caller.toss();
                (self.is_taken(which, &mut caller.clients[which], mail).await, false)
            };
            for _ in [taken.0, taken.1].into_iter().filter(|taken| *taken) {
                self.play.ledger.acknowledge(&mail.message_id);
            }
            if taken.0 || taken.1 {
                return;
            }
            tokio::time::sleep(AGAIN).await;
        }
    }

    /// Posts a mail to one process; whether it need not be posted again.
    async fn is_taken(&self, which: usize, client: &mut Client, mail: &Mail) -> bool {
        let Ok(answer) = client.post(&self.play.setup.webhook, "message/rfc822", &mail.raw).await else { return false };
        match answer.status {
            200 => {
                self.taken[which].fetch_add(1, Ordering::Relaxed);
            }
            503 => return false,
            other => self.odd.lock().unwrap().push(format!("a mail: {other} {}", answer.text())),
        }
        true
    }

    /// Replies to a thread. A request that broke off may have been taken: the same key makes the same one of it.
    async fn answer(&self, caller: &mut Caller, thread: usize) {
        let number = self.number_of(caller, thread).await;
        let path = format!("/api/v1/conversations/{number}/messages");
        let (text, key) = (reply(thread), format!("thread-{thread}"));
        let body = json!({ "body": text });
        let mut acknowledged = 0;
        // Some are sent once more although they were taken.
        let wanted = if caller.random.random_bool(0.3) { 2 } else { 1 };
        while acknowledged < wanted {
            let client = Client::new(self.addresses[caller.toss()]).with_token(&self.play.setup.token);
            match client.with("idempotency-key", &key).post_json(&path, &body).await {
                Ok(answer) if answer.status == 201 => acknowledged += 1,
                Ok(answer) if answer.status != 503 => {
                    self.odd.lock().unwrap().push(format!("a reply: {} {}", answer.status, answer.text()));
                    return;
                }
                _ => tokio::time::sleep(AGAIN).await,
            }
        }
        self.play.replies.lock().unwrap().push(text);
    }

    /// The number of a thread's conversation, once it is found.
    async fn number_of(&self, caller: &mut Caller, thread: usize) -> i64 {
        let path = format!("/api/v1/search?q={}", word_of(thread));
        loop {
            let mut client = Client::new(self.addresses[caller.toss()]).with_token(&self.play.setup.token);
            let found = client.get(&path).await.ok().filter(|found| found.status == 200);
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
