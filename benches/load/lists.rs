//! What people and programs look at: lists, single conversations, search; and how soon the desk is back after a kill.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};

use super::figures::{Table, Times, milliseconds};
use super::http::Client;
use super::intake;
use super::mails::word_of;
use super::stage::{Options, Stage};

/// Words that many or few mails hold.
const WORDS: [&str; 6] = ["parcel", "refund", "wool", "broken mug", "carrier hotline", "invoice vat"];

pub(crate) async fn measure(stage: &mut Stage, options: &Options, table: &mut Table) {
    let numbers = numbers(stage).await;
    let mut random = StdRng::seed_from_u64(options.seed);
    let mut paths = |prefix: &str, kind: &str| -> Vec<String> {
        (0..options.requests)
            .map(|_| match kind {
                "list" => {
                    let view = ["open", "unassigned", "all"].choose(&mut random).unwrap();
                    let api = prefix.starts_with("/api");
                    if api {
                        format!("{prefix}/conversations?limit=50&view={view}")
                    } else {
                        format!("/inbox?view={view}")
                    }
                }
                "open" => format!("{prefix}/conversations/{}", numbers.choose(&mut random).unwrap()),
                "search for one" => {
                    format!("{prefix}/search?q={}&limit=50", word_of(random.random_range(0..options.conversations)))
                }
                _ => format!("{prefix}/search?q={}&limit=50", WORDS.choose(&mut random).unwrap().replace(' ', "+")),
            })
            .collect()
    };
    let conversations = numbers.len();
    for kind in ["list", "open", "search for one", "search for many"] {
        for (prefix, side) in [("/api/v1", "API"), ("", "page")] {
            if !format!("{kind}, {side}").starts_with(&options.only) {
                continue;
            }
            let paths = Arc::new(paths(prefix, kind));
            if !answers(stage, side, &paths[0]).await {
                table.row(&format!("{kind}, {side}"), "no such page yet", "");
                continue;
            }
            for concurrency in [1, 8] {
                let mut times = get_all(stage, side, &paths, concurrency).await;
                let target = target_of(kind, concurrency);
                let what = format!("{kind}, {side}, {concurrency} at a time, {conversations} conversations");
                table.row(&what, times.words(), target);
            }
        }
    }
}

fn target_of(kind: &str, concurrency: usize) -> &'static str {
    if concurrency == 1 && !kind.starts_with("search") { "p99 <= 5 ms" } else { "p99 <= 20 ms" }
}

/// How the list fares while mails come in, and how soon a reply is stored.
pub(crate) async fn beside(stage: &mut Stage, options: &Options, table: &mut Table) {
    let paths = Arc::new(vec!["/inbox?view=open".to_owned(); options.requests]);
    let mut alone = get_all(stage, "page", &paths, 1).await;
    let rush = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        get_all(stage, "page", &paths, 1).await
    };
    let lasts = alone.at(0.99).max(Duration::from_millis(5)) * u32::try_from(options.requests).unwrap();
    let (_, mut during) = tokio::join!(intake::stream(stage, 500, lasts, options.seed + 7), rush);
    let what = "list, page, 1 at a time, while 500 mails/s come in";
    let target = format!("p99 <= twice {}", milliseconds(alone.at(0.99)));
    table.row(what, during.words(), &target);

    let numbers = numbers(stage).await;
    let (mut client, mut times) = (stage.api(), Times::default());
    for number in numbers.iter().take(options.requests / 4) {
        let body = serde_json::json!({ "body": "Thank you for writing, it is on its way." });
        let begun = Instant::now();
        let answer = client.post_json(&format!("/api/v1/conversations/{number}/messages"), &body).await.unwrap();
        times.add(begun.elapsed());
        assert_eq!(answer.status, 201, "{}", answer.text());
    }
    table.row("reply stored, API, 1 at a time", times.words(), "p50 <= 2F");
}

/// Five starts after SIGKILL; the middle and the slowest.
pub(crate) async fn start(stage: &mut Stage, what: &str, table: &mut Table) {
    let mut times = Vec::new();
    for _ in 0..5 {
        times.push(stage.restart().await);
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    times.sort_unstable();
    let words = format!("middle {}, slowest {}", milliseconds(times[2]), milliseconds(times[4]));
    table.row(&format!("{what}, until ready"), words, "<= 500 ms");
}

fn client(stage: &Stage, side: &str) -> Client {
    if side == "API" { stage.api() } else { stage.browser() }
}

async fn answers(stage: &Stage, side: &str, path: &str) -> bool {
    client(stage, side).get(path).await.unwrap().status == 200
}

pub(crate) async fn get_all(stage: &Stage, side: &str, paths: &Arc<Vec<String>>, concurrency: usize) -> Times {
    let next = Arc::new(AtomicUsize::new(0));
    let mut tasks = Vec::new();
    for _ in 0..concurrency {
        let (mut client, paths, next) = (client(stage, side), paths.clone(), next.clone());
        tasks.push(tokio::spawn(async move {
            let mut times = Times::default();
            while let Some(path) = paths.get(next.fetch_add(1, Ordering::Relaxed)) {
                let begun = Instant::now();
                let answer = client.get(path).await.unwrap();
                assert_eq!(answer.status, 200, "{path}: {}", answer.text());
                times.add(begun.elapsed());
            }
            times
        }));
    }
    let mut times = Times::default();
    for task in tasks {
        times.join(task.await.unwrap());
    }
    times
}

/// The numbers of all conversations, by the API's own paging.
pub(crate) async fn numbers(stage: &Stage) -> Vec<i64> {
    let (mut client, mut numbers, mut cursor) = (stage.api(), Vec::new(), String::new());
    loop {
        let page = client.get(&format!("/api/v1/conversations?limit=200{cursor}")).await.unwrap().json();
        numbers.extend(page["items"].as_array().unwrap().iter().filter_map(|row| row["number"].as_i64()));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return numbers,
        }
    }
}
