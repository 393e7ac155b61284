//! Mails in: how many are acknowledged and processed, at what cost, and how soon the agent has a draft.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use resolute::store::Db;

use super::figures::{Table, Times, milliseconds};
use super::http::Client;
use super::mails::{Generator, Mail, Thread};
use super::stage::{Options, Stage};

/// One mail in so many continues an earlier thread.
const CONTINUES: usize = 5;
/// Mails that are made at a time when a desk is filled.
const FILL: usize = 20_000;
/// Connections of a stream of mails.
const SENDERS: usize = 256;

/// Posts `options.mails` mails and waits until all are in conversations.
pub(crate) async fn measure(stage: &mut Stage, options: &Options, table: &mut Table) {
    let mails = mails(options.mails, CONTINUES, options.seed);
    let bytes: usize = mails.iter().map(|mail| mail.raw.len()).sum();
    let before = stage.program().cpu();
    let begun = Instant::now();
    let mut times = post(stage, mails, options.connections).await;
    let accepted = begun.elapsed();
    wait_until_received(stage).await;
    let processed = begun.elapsed();
    let cpu = stage.program().cpu().saturating_sub(before);
    let count = options.mails as f64;
    let what =
        format!("{} mails of {} bytes, {} connections", options.mails, bytes / options.mails, options.connections);
    table.row(
        &format!("accepted and on disk: {what}"),
        format!("{:.0} mails/s", count / accepted.as_secs_f64()),
        ">= 5 000 mails/s",
    );
    table.row("latency of that answer", times.words(), "");
    table.row("fully processed", format!("{:.0} mails/s", count / processed.as_secs_f64()), ">= 1 000 mails/s");
    table.row(
        "processor time of the server",
        format!("{:.2} ms a mail", cpu.as_secs_f64() * 1e3 / count),
        "<= 1 ms a mail",
    );
    let stored = stage.api().get("/api/v1/conversations/count").await.unwrap().json();
    table.row("conversations", stored["count"].to_string(), "");
}

/// Fills the desk with `options.conversations`, each with `options.messages` mails, round by round.
pub(crate) async fn fill(stage: &Stage, options: &Options) {
    let mut generator = Generator::new(options.seed);
    let mut threads: Vec<Thread> = (0..options.conversations).map(|_| generator.thread()).collect();
    for _ in 0..options.messages {
        for some in threads.chunks_mut(FILL) {
            let mails = some.iter_mut().map(|thread| generator.mail(thread)).collect();
            post(stage, mails, 64).await;
        }
        wait_until_received(stage).await;
    }
}

/// What a stream of mails cost whom.
pub(crate) struct Stream {
    /// How long the sender of each waited, from the moment that it was due.
    pub(crate) answers: Times,
    /// Until all were sent.
    pub(crate) sent: Duration,
    /// Until all were in their conversations.
    pub(crate) read: Duration,
}

/// Posts `rate` mails a second for so long, each at its time whether or not the ones before are answered, on as many
/// connections as that takes.
pub(crate) async fn stream(stage: &Stage, rate: u32, lasts: Duration, seed: u64) -> Stream {
    let count = (lasts.as_secs_f64() * f64::from(rate)) as usize;
    let mails = Arc::new(mails(count, CONTINUES, seed));
    let (begun, next) = (Instant::now(), Arc::new(AtomicUsize::new(0)));
    let mut senders = Vec::new();
    for _ in 0..SENDERS {
        let (mails, next) = (mails.clone(), next.clone());
        let (address, webhook) = (stage.launch.address(), stage.setup.webhook.clone());
        senders.push(tokio::spawn(async move {
            let (mut client, mut times) = (Client::new(address), Times::default());
            loop {
                let place = next.fetch_add(1, Ordering::Relaxed);
                let Some(mail) = mails.get(place) else { return times };
                let due = begun + Duration::from_secs_f64(place as f64 / f64::from(rate));
                tokio::time::sleep_until(due.into()).await;
                let answer = client.post(&webhook, "message/rfc822", &mail.raw).await.unwrap();
                assert_eq!(answer.status, 200, "{}", answer.text());
                times.add(due.elapsed());
            }
        }));
    }
    let mut answers = Times::default();
    for sender in senders {
        answers.join(sender.await.unwrap());
    }
    let sent = begun.elapsed();
    wait_until_received(stage).await;
    Stream { answers, sent, read: begun.elapsed() }
}

/// A calm day (200 mails a second: how soon the sender has the answer), and a rush (1 000 a second: whether reading keeps
/// up, and at what cost).
pub(crate) async fn steady(stage: &mut Stage, options: &Options, table: &mut Table) {
    let calm = Duration::from_secs(options.seconds);
    let mut seen = stream(stage, 200, calm, options.seed).await;
    let what = format!("answer to the sender, 200 mails/s for {} s", calm.as_secs());
    table.row(&what, seen.answers.words(), "p50 <= 2F + 2 ms, p99 <= 25 ms");
    let (rush, before) = (Duration::from_secs(options.seconds * 3), stage.program().cpu());
    let mut seen = stream(stage, 1_000, rush, options.seed + 1).await;
    let cpu = stage.program().cpu().saturating_sub(before);
    let count = rush.as_secs_f64() * 1e3;
    table.row(
        &format!("fully processed, 1 000 mails/s for {} s", rush.as_secs()),
        format!(
            "{:.0} mails/s, the last {} after it was sent",
            count / seen.read.as_secs_f64(),
            milliseconds(seen.read.saturating_sub(seen.sent))
        ),
        ">= 1 000 mails/s",
    );
    table.row("answer to the sender meanwhile", seen.answers.words(), "");
    let each = format!("{:.2} ms a mail", cpu.as_secs_f64() * 1e3 / count);
    table.row("processor time of the server", each, "<= 1 ms a mail");
    table.row("memory after it", format!("{:.0} MiB", stage.program().resident() as f64 / 1024.0), "<= 120 MiB");
}

/// From the stored message to the stored draft, mails coming one after the other.
pub(crate) async fn drafts(stage: &mut Stage, options: &Options, table: &mut Table) {
    let mails = mails(options.drafts, usize::MAX, options.seed);
    let before = stage.program().cpu();
    let mut client = Client::new(stage.launch.address());
    for mail in &mails {
        let answer = client.post(&stage.setup.webhook, "message/rfc822", &mail.raw).await.unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    wait_until_received(stage).await;
    let begun = Instant::now();
    while stage.jobs("agent_run").await > 0 && begun.elapsed() < Duration::from_mins(1) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let cpu = stage.program().cpu().saturating_sub(before);
    let mut times = Times::default();
    for microseconds in waits(&stage.db).await {
        times.add(Duration::from_micros(microseconds.max(0) as u64));
    }
    let what = format!("message stored to draft stored, {} of {} mails", times.len(), mails.len());
    table.row(&what, times.words(), "p99 <= 20 ms");
    table.row(
        "processor time with the agent",
        format!("{:.2} ms a mail", cpu.as_secs_f64() * 1e3 / mails.len() as f64),
        "",
    );
}

/// Drafts a second when many mails wait for one.
pub(crate) async fn many_drafts(stage: &mut Stage, options: &Options, table: &mut Table) {
    let begun = Instant::now();
    post(stage, mails(options.drafts * 10, usize::MAX, options.seed + 1), 64).await;
    wait_until_received(stage).await;
    let received = begun.elapsed();
    while stage.jobs("agent_run").await > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let per_second = (options.drafts * 10) as f64 / begun.elapsed().as_secs_f64();
    let what = format!("drafts of {} mails at once, all in after {}", options.drafts * 10, milliseconds(received));
    table.row(&what, format!("{per_second:.0} drafts/s"), ">= 300 drafts/s");
}

/// Microseconds between each first message and its first draft.
async fn waits(db: &Db) -> Vec<i64> {
    match db {
        Db::Sqlite { read, .. } => sqlx::query_scalar(
            "select min(d.created_at) - min(m.created_at) from drafts d join messages m
                on m.conversation_id = d.conversation_id group by d.conversation_id",
        )
        .fetch_all(&mut *read.get().await.unwrap())
        .await
        .unwrap(),
        Db::Postgres { write: pool, .. } => sqlx::query_scalar(
            "select (extract(epoch from min(d.created_at) - min(m.created_at)) * 1000000)::bigint from drafts d
                join messages m on m.conversation_id = d.conversation_id group by d.conversation_id",
        )
        .fetch_all(pool)
        .await
        .unwrap(),
    }
}

/// `count` mails, one in `continues` of them an answer in an earlier thread.
fn mails(count: usize, continues: usize, seed: u64) -> Vec<Mail> {
    let mut generator = Generator::new(seed);
    let mut threads = Vec::new();
    (1..=count)
        .map(|place| {
            if place.is_multiple_of(continues) && !threads.is_empty() {
                let old = place.wrapping_mul(7_919) % threads.len();
                return generator.mail(&mut threads[old]);
            }
            let mut thread = generator.thread();
            let mail = generator.mail(&mut thread);
            threads.push(thread);
            mail
        })
        .collect()
}

async fn post(stage: &Stage, mails: Vec<Mail>, connections: usize) -> Times {
    let (mails, next) = (Arc::new(mails), Arc::new(AtomicUsize::new(0)));
    let mut senders = Vec::new();
    for _ in 0..connections {
        let (mails, next) = (mails.clone(), next.clone());
        let (address, webhook) = (stage.launch.address(), stage.setup.webhook.clone());
        senders.push(tokio::spawn(async move {
            let (mut client, mut times) = (Client::new(address), Times::default());
            while let Some(mail) = mails.get(next.fetch_add(1, Ordering::Relaxed)) {
                let begun = Instant::now();
                let answer = client.post(&webhook, "message/rfc822", &mail.raw).await.unwrap();
                assert_eq!(answer.status, 200, "{}", answer.text());
                times.add(begun.elapsed());
            }
            times
        }));
    }
    let mut times = Times::default();
    for sender in senders {
        times.join(sender.await.unwrap());
    }
    times
}

async fn wait_until_received(stage: &Stage) {
    while stage.jobs("receive").await > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
