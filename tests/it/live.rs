//! The feed of live pages: what a large transaction wrote reaches a page that has seen newer events already.

use std::time::Duration;

use resolute::events::{Events, Source};
use resolute::model::TeammateId;
use resolute::model::event::EventKind;
use resolute::model::teammate::Role;
use resolute::store::events::last_seq;
use resolute::store::intake::{self, NewEvent};
use resolute::store::wake::Wake;
use resolute::store::{Db, chats};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::mail_path::{answer, last_message, receive, sofies_mail};
use crate::support::cast::{Cast, NOW};
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::forms::taken;
use crate::support::smtp::SmtpDouble;
use crate::support::stores::{on_postgres, write};

fn events(cast: &Cast, actor: &str, count: usize) -> Vec<NewEvent> {
    let event = |_| NewEvent {
        id: cast.clock.new_id(),
        brand_id: cast.brand.id,
        conversation_id: None,
        kind: EventKind::Tagged,
        actor: actor.to_owned(),
        data: json!({}),
        at: NOW,
    };
    (0..count).map(event).collect()
}

/// An open feed.
struct Feed(BufReader<TcpStream>);

impl Feed {
    async fn open(desk: &TestDesk, teammate: TeammateId) -> Self {
        Self::open_at(desk, teammate, "/live").await
    }

    async fn open_at(desk: &TestDesk, teammate: TeammateId, path: &str) -> Self {
        let session = resolute::web::guard::sign_in(&desk.desk, teammate).await.unwrap();
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: {}\r\ncookie: {}={}\r\n\r\n",
            desk.address,
            session.name(),
            session.value()
        );
        let mut stream = TcpStream::connect(desk.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut feed = Self(BufReader::new(stream));
        feed.until(": hello", 1).await;
        feed
    }

    /// Reads on until words came so often.
    async fn until(&mut self, words: &str, mut times: usize) {
        while times > 0 {
            let mut line = String::new();
            assert!(self.0.read_line(&mut line).await.unwrap() > 0, "the feed ended");
            times -= line.matches(words).count();
        }
    }

    /// Reads on until something of this kind is told.
    async fn told(&mut self, kind: &str) -> Value {
        loop {
            let mut line = String::new();
            assert!(self.0.read_line(&mut line).await.unwrap() > 0, "the feed ended");
            let told: Option<Value> = line.strip_prefix("data: ").and_then(|data| serde_json::from_str(data).ok());
            if let Some(told) = told.filter(|told| told["kind"] == kind) {
                return told;
            }
        }
    }

    /// What comes next, or that nothing does.
    async fn next_event(&mut self) -> String {
        loop {
            let mut line = String::new();
            assert!(self.0.read_line(&mut line).await.unwrap() > 0, "the feed ended");
            if line.starts_with("event: ") || line.starts_with(": still here") {
                return line.trim_end().to_owned();
            }
        }
    }

    /// Reads on until the line ends, and fails where words come before that.
    async fn ends_before(&mut self, words: &str) {
        loop {
            let mut line = String::new();
            let read = self.0.read_line(&mut line).await.unwrap();
            // The last piece of an answer is an empty one.
            if read == 0 || line.trim_end() == "0" {
                return;
            }
            assert!(!line.contains(words), "{line}");
        }
    }
}

/// As it is with those that lie behind others: a browser has few connections to a desk.
#[tokio::test(flavor = "multi_thread")]
async fn live_a_page_that_nobody_looks_at_is_told_what_came_counts_as_open_and_keeps_no_line() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let db = &desk.desk.db;
        let cast = Cast::stored(db).await;
        let cursor = last_seq(db).await.unwrap();
        write(db, async |tx| intake::insert_events(tx, &events(&cast, "missed", 3)).await).await;
        let path = format!("/live?cursor={cursor}&once=true");
        let mut feed = Feed::open_at(&desk, desk.setup.teammate, &path).await;
        feed.until("\"missed\"", 3).await;
        timeout(Duration::from_secs(20), feed.ends_before("\"missed\"")).await.expect("it ends");
        let since = desk.desk.clock.now().minus(Duration::from_secs(1));
        assert_eq!(chats::people_here(db, since).await.unwrap(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn live_who_comes_back_to_a_conversation_is_told_who_is_there() {
    let desk = TestDesk::start(Wish::exact(Engine::Sqlite)).await;
    let noor = desk.joined("Noor", Role::Teammate).await;
    desk.desk.events.presence.note(3, (noor, 1), "Noor", false, desk.desk.clock.now());
    let mut feed = Feed::open_at(&desk, desk.setup.teammate, "/live?open=3").await;
    timeout(Duration::from_secs(20), feed.until("Noor is looking", 1)).await.expect("it is told");
}

#[tokio::test(flavor = "multi_thread")]
async fn live_news_of_a_large_transaction_come_after_newer_ones() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let db = &desk.desk.db;
        let cast = Cast::stored(db).await;
        let mut feed = Feed::open(&desk, desk.setup.teammate).await;
        // SQLite has one writer, so there the order of numbers is that of commits.
        let mut large = if matches!(db, Db::Postgres { .. }) { Some(db.begin().await.unwrap()) } else { None };
        if let Some(large) = &mut large {
            intake::insert_events(large, &events(&cast, "late", 300)).await.unwrap();
        }
        write(db, async |tx| intake::insert_events(tx, &events(&cast, "early", 300)).await).await;
        feed.until("\"early\"", 300).await;
        if let Some(large) = large {
            large.commit().await.unwrap();
            feed.until("\"late\"", 300).await;
        }
    }
}

/// Of a process that stopped a chat may come to one that starts, which is told of nothing but what it reads itself.
#[tokio::test(flavor = "multi_thread")]
async fn live_who_begins_to_read_waits_for_numbers_that_are_not_committed_yet() {
    on_postgres(async |db| {
        let cast = Cast::stored(&db).await;
        let mut large = db.begin().await.unwrap();
        intake::insert_events(&mut large, &events(&cast, "late", 1)).await.unwrap();
        write(&db, async |tx| intake::insert_events(tx, &events(&cast, "early", 1)).await).await;
        let (all, wake, stop) = (Events::default(), Wake::default(), CancellationToken::new());
        let mut heard = all.subscribe();
        all.start(Source { db: db.clone(), wake: wake.clone(), clock: cast.clock.clone() }, stop.clone());
        // It has begun once it tells of anything.
        while heard.is_empty() {
            write(&db, async |tx| intake::insert_events(tx, &events(&cast, "new", 1)).await).await;
            wake.event();
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        large.commit().await.unwrap();
        wake.event();
        let is_told = async { while !heard.recv().await.unwrap().iter().any(|event| event.actor == "late") {} };
        timeout(Duration::from_secs(20), is_told).await.expect("it is told of");
        stop.cancel();
    })
    .await;
}

/// By whom as an id, and not as a name: two people may bear one. What a program sends in their name they may know nothing of.
#[tokio::test(flavor = "multi_thread")]
async fn live_whoever_is_overtaken_hears_by_whom_with_which_reply_and_that_it_was_taken_back() {
    for engine in Engine::all() {
        let smtp = SmtpDouble::start().await;
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine).with_smtp(smtp.port) }).await;
        let number = receive(&desk, &sofies_mail()).await;
        let mut feed = Feed::open(&desk, desk.setup.teammate).await;
        let mut browser = desk.browser().await;
        let path = format!("/conversations/{number}/messages");
        taken(&mut browser, &path, &[("body", "It is on its way.")]).await;
        let reply = last_message(&desk, number).await["id"].clone();
        let told = feed.told("message_queued").await;
        assert_eq!((&told["teammate"], &told["message"]), (&json!(desk.setup.teammate), &reply));
        let cancellation = format!("/messages/{}/cancellation", reply.as_str().unwrap());
        taken(&mut browser, &cancellation, &[]).await;
        let told = feed.told("delivery_changed").await;
        assert_eq!((&told["message"], &told["delivery"]), (&reply, &json!("cancelled")));
        answer(&desk, number, "It is on its way.").await;
        assert_eq!(feed.told("message_queued").await["teammate"], Value::Null);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn live_a_page_from_before_a_restore_is_told_and_hears_what_comes() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let db = &desk.desk.db;
        let cast = Cast::stored(db).await;
        write(db, async |tx| intake::insert_events(tx, &events(&cast, "before", 1)).await).await;
        let last = last_seq(db).await.unwrap();

        let mut behind = Feed::open_at(&desk, desk.setup.teammate, &format!("/live?cursor={}", last - 1)).await;
        let next = behind.next_event().await;
        assert_eq!(next, "event: desk", "what is not ahead is told what it missed");
        let mut ahead = Feed::open_at(&desk, desk.setup.teammate, &format!("/live?cursor={}", last + 500)).await;
        assert_eq!(ahead.next_event().await, "event: anew");
        write(db, async |tx| intake::insert_events(tx, &events(&cast, "after", 1)).await).await;
        ahead.until("\"after\"", 1).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn live_whoever_may_not_look_any_more_hears_nothing_from_then_on() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let db = &desk.desk.db;
        let cast = Cast::stored(db).await;
        let mut admin = desk.browser().await;
        for (name, end) in [("Ada", "signed out"), ("Ben", "reset"), ("Cleo", "disabled"), ("Dora", "too long ago")] {
            let person = desk.joined(name, Role::Teammate).await;
            let mut feed = Feed::open(&desk, person).await;
            write(db, async |tx| intake::insert_events(tx, &events(&cast, "before", 1)).await).await;
            feed.until("\"before\"", 1).await;
            let own = format!("/teammates/{person}");
            match end {
                "signed out" => {
                    let mut elsewhere = desk.browser_of(person).await;
                    taken(&mut elsewhere, "/account/sessions/deletion", &[]).await;
                }
                "reset" => {
                    let password = [("password", "another long password")];
                    taken(&mut admin, &format!("{own}/password"), &password).await;
                }
                "disabled" => taken(&mut admin, &format!("{own}/suspension"), &[]).await,
                _ => desk.desk.clock.advance(Duration::from_hours(24 * 15)),
            }
            write(db, async |tx| intake::insert_events(tx, &events(&cast, "after", 1)).await).await;
            feed.ends_before("\"after\"").await;
        }
    }
}
