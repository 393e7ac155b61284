//! Mails in: how many are acknowledged and processed, at what cost, and how soon the agent has a draft.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use resolute::store::Db;

use super::figures::{Table, Times};
use super::http::Client;
use super::mails::{Generator, Mail};
use super::stage::{Options, Stage};

/// One mail in so many continues an earlier thread.
const CONTINUES: usize = 5;

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
    table.row(&format!("accepted and on disk: {what}"), format!("{:.0} mails/s", count / accepted.as_secs_f64()), "");
    table.row("latency of that answer", times.words(), "");
    table.row("fully processed", format!("{:.0} mails/s", count / processed.as_secs_f64()), ">= 200 mails/s");
    table.row("processor time of the server", format!("{:.2} ms a mail", cpu.as_secs_f64() * 1e3 / count), "");
    let stored = stage.api().get("/api/v1/conversations/count").await.unwrap().json();
    table.row("conversations", stored["count"].to_string(), "");
}

/// One mail for each of `conversations` new conversations.
pub(crate) async fn fill(stage: &Stage, conversations: usize, seed: u64) {
    let mails = mails(conversations, usize::MAX, seed);
    post(stage, mails, 64).await;
    wait_until_received(stage).await;
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
    table.row(&what, times.words(), "");
    table.row(
        "processor time with the agent",
        format!("{:.2} ms a mail", cpu.as_secs_f64() * 1e3 / mails.len() as f64),
        "",
    );
}

/// Microseconds between each first message and its first draft.
async fn waits(db: &Db) -> Vec<i64> {
    match db {
        Db::Sqlite { read, .. } => sqlx::query_scalar(
            "select min(d.created_at) - min(m.created_at) from drafts d join messages m
                on m.conversation_id = d.conversation_id group by d.conversation_id",
        )
        .fetch_all(read)
        .await
        .unwrap(),
        Db::Postgres(pool) => sqlx::query_scalar(
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
