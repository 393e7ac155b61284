//! People who get in each other's way: two who send on one conversation at the same moment, and a merge while mails
//! arrive. On PostgreSQL they do it by way of two processes.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use resolute::clock::Clock;
use resolute::credentials::hash_password;
use resolute::model::TeammateId;
use resolute::model::brand::AgentLevel;
use resolute::model::teammate::Role;
use resolute::store::{Db, teammates};
use serde_json::Value;

use super::ledger::Ledger;
use super::play::{Stage, ready, settle};
use super::replies::{Fates, reply};
use crate::mail_path::mail;
use crate::support::desk::Engine;
use crate::support::forms::{page, send, signed_in_at, taken, value_of};
use crate::support::http::{Answer, Client};
use crate::support::program::Program;
use crate::support::setup::{EMAIL, PASSWORD};
use crate::support::stores::write;

/// The second teammate.
const OTHER: &str = "noor@fjord.example";
/// In how many conversations two people send at once.
const CONVERSATIONS: usize = 12;
/// How many answers arrive, at least, while conversations are merged and come apart again.
const ANSWERS: usize = 40;

/// A running shop with two teammates, each at a door of their own where there are two.
struct Shop {
    programs: Vec<Program>,
    doors: [SocketAddr; 2],
    stage: Stage,
}

impl Shop {
    async fn start(engine: Engine) -> Self {
        let stage = Box::pin(Stage::new(engine, AgentLevel::Off)).await;
        let (clock, db) = (Clock::system(), stage.db().await);
        let (id, now): (TeammateId, _) = (clock.new_id(), clock.now());
        let password = hash_password(PASSWORD).expect("the password is hashed");
        write(&db, async |tx| teammates::insert(tx, id, OTHER, "Noor Haddad", Role::Admin, &password, now).await).await;
        db.close().await;
        let mut programs = vec![ready(&stage.launch).await];
        let mut doors = [stage.launch.address(); 2];
        if engine == Engine::Postgres {
            let other = stage.beside();
            programs.push(ready(&other).await);
            doors[1] = other.address();
        }
        Self { programs, doors, stage }
    }

    /// Posts a mail at one of the doors.
    async fn post(&self, door: usize, raw: &[u8]) {
        let answer = Client::new(self.doors[door % 2]).post(&self.stage.setup.webhook, "message/rfc822", raw).await;
        let answer = answer.expect("an answer");
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    async fn api(&self, path: &str) -> Value {
        let answer = Client::new(self.doors[0]).with_token(&self.stage.setup.token).get(path).await.expect("an answer");
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.json()
    }

    /// The numbers of the conversations, newest first, once there are so many.
    async fn numbers(&self, count: usize) -> Vec<i64> {
        for _ in 0..1_500 {
            let listed = self.api("/api/v1/conversations?limit=200").await;
            let items = listed["items"].as_array().expect("items");
            if items.len() == count {
                return items.iter().map(|item| item["number"].as_i64().expect("a number")).collect();
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("there are never {count} conversations");
    }

    /// Ends when all work is done; gives the store, which nobody changes any more.
    async fn rest(&mut self) -> Db {
        let db = self.stage.db().await;
        settle(&db, &self.stage.launch).await;
        self.programs.clear();
        db
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_send_at_once_one_is_asked_first_on_sqlite() {
    Box::pin(two_send(Engine::Sqlite)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_send_at_once_one_is_asked_first_on_postgres() {
    if Engine::all().contains(&Engine::Postgres) {
        Box::pin(two_send(Engine::Postgres)).await;
    }
}

async fn two_send(engine: Engine) {
    let mut shop = Box::pin(Shop::start(engine)).await;
    for place in 0..CONVERSATIONS {
        let (id, from) = (format!("m{place}@post.example"), format!("customer{place}@post.example"));
        shop.post(place, &mail(&id, &from, "Where is my parcel?", "", "It should be here by now.")).await;
    }
    let numbers = shop.numbers(CONVERSATIONS).await;
    let mut mara = signed_in_at(shop.doors[0], EMAIL, PASSWORD).await;
    let mut noor = signed_in_at(shop.doors[1], OTHER, PASSWORD).await;
    let mut sent = Vec::new();
    for (place, number) in numbers.iter().enumerate() {
        let (here, path) = (format!("/conversations/{number}?view=all"), format!("/conversations/{number}/messages"));
        let seen = value_of(&page(&mut mara, &here).await, "seen");
        assert_eq!(seen, value_of(&page(&mut noor, &here).await, "seen"), "both see the same");
        let texts = [reply(2 * place), reply(2 * place + 1)];
        let [one, two] =
            texts.each_ref().map(|text| [("body", text.as_str()), ("seen", seen.as_str()), ("back", here.as_str())]);
        let (one, two) = tokio::join!(send(&mut mara, &path, &one), send(&mut noor, &path, &two));
        let [first, second] = texts;
        let (text, asked, who) = match (is_asked(&one), is_asked(&two)) {
            (false, true) => (first, second, &mut noor),
            (true, false) => (second, first, &mut mara),
            both => panic!("who was asked: {both:?}"),
        };
        let shown = page(who, &format!("{here}&overtaken=1")).await;
        assert!(shown.contains("sent a reply before yours."), "{shown}");
        assert!(shown.contains(&format!("{asked}</textarea>")), "what they wrote is kept: {shown}");
        sent.push(text);
    }
    let db = shop.rest().await;
    let fates = Fates::of(&db, &shop.stage.smtp, &sent).await;
    db.close().await;
    fates.check(0);
    assert_eq!(shop.stage.smtp.taken().len(), CONVERSATIONS, "nobody got two answers");
}

/// Whether the one who sent is asked first, because somebody else was faster.
fn is_asked(answer: &Answer) -> bool {
    assert_eq!(answer.status, 303, "{}", answer.text());
    answer.header("location").expect("a way back").contains("overtaken=1")
}

#[tokio::test(flavor = "multi_thread")]
async fn mails_that_arrive_during_merges_are_kept_once_and_in_turn_on_sqlite() {
    Box::pin(merge_and_receive(Engine::Sqlite)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mails_that_arrive_during_merges_are_kept_once_and_in_turn_on_postgres() {
    if Engine::all().contains(&Engine::Postgres) {
        Box::pin(merge_and_receive(Engine::Postgres)).await;
    }
}

/// A customer writes on in two conversations, which a teammate merges and takes apart meanwhile, and merges in the end.
async fn merge_and_receive(engine: Engine) {
    let mut shop = Box::pin(Shop::start(engine)).await;
    let ledger = Ledger::default();
    for root in ["a", "b"] {
        write_on(&shop, &ledger, 0, root, "").await;
    }
    let numbers = shop.numbers(2).await;
    let (target, source) = (numbers[0], numbers[1]);
    let mut mara = signed_in_at(shop.doors[1], EMAIL, PASSWORD).await;
    let merged_once = AtomicBool::new(false);
    let all_written = AtomicBool::new(false);
    let writing = async {
        for place in 0_usize.. {
            if place >= ANSWERS && merged_once.load(Ordering::Relaxed) {
                break;
            }
            let root = if place.is_multiple_of(2) { "a" } else { "b" };
            let answers = format!("In-Reply-To: <{root}@post.example>\r\n");
            write_on(&shop, &ledger, place, &format!("answer{place}"), &answers).await;
        }
        all_written.store(true, Ordering::Relaxed);
    };
    let merging = async {
        while !all_written.load(Ordering::Relaxed) {
            merge(&mut mara, source, target).await;
            take_back(&mut mara, source, target).await;
            merged_once.store(true, Ordering::Relaxed);
        }
    };
    tokio::join!(writing, merging);
    merge(&mut mara, source, target).await;
    for root in ["a", "b"] {
        write_on(&shop, &ledger, 1, &format!("last-{root}"), &format!("In-Reply-To: <{root}@post.example>\r\n")).await;
    }
    let db = shop.rest().await;
    let kept = ledger.kept(&db).await;
    db.close().await;
    eprintln!("{engine:?}: {}", kept.words());
    // All of it is one thread by now.
    kept.check();
}

/// The customer writes a mail, at one of the doors.
async fn write_on(shop: &Shop, ledger: &Ledger, door: usize, name: &str, more: &str) {
    let id = format!("{name}@post.example");
    ledger.send(&id, 0);
    shop.post(door, &mail(&id, "sofie@post.example", "Where is my parcel?", more, &format!("It is about {name}.")))
        .await;
    ledger.acknowledge(&id);
}

async fn merge(browser: &mut Client, source: i64, target: i64) {
    let (source, path) = (source.to_string(), format!("/conversations/{target}/merges"));
    taken(browser, &path, &[("source", source.as_str())]).await;
    let old = browser.get(&format!("/conversations/{source}?view=all")).await.expect("an answer");
    assert_eq!(old.status, 303, "#{source} went into #{target}");
}

async fn take_back(browser: &mut Client, source: i64, target: i64) {
    let shown = page(browser, &format!("/conversations/{target}?view=all")).await;
    let ways: BTreeSet<&str> =
        shown.split("action=\"/merges/").skip(1).filter_map(|behind| behind.split("/deletion\"").next()).collect();
    assert_eq!(ways.len(), 1, "one merge can be taken back: {shown}");
    let back = format!("/conversations/{target}?view=all");
    for id in ways {
        taken(browser, &format!("/merges/{id}/deletion"), &[("back", back.as_str())]).await;
    }
    page(browser, &format!("/conversations/{source}?view=all")).await;
}
