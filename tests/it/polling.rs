//! Polling goes on as long as a mailbox is connected, and notes what its mails propose.

mod interrupted;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use platform_doubles::Double;
use platform_doubles::amazon::{Amazon, queue};
use resolute::jobs;
use resolute::jobs::poll;
use resolute::model::ChannelId;
use resolute::model::channel::ChannelState;
use resolute::model::event::EventKind;
use resolute::model::job::JobKind;
use resolute::model::message::Trust;
use resolute::store::channels::NewChannel;
use resolute::store::jobs::{Lease, NewJob};
use resolute::store::{channels, jobs as work, messages};
use serde_json::json;

use crate::support::desk::{Engine, MONDAY, TestDesk, Wish};
use crate::support::dovecot::{Dovecot, PASSWORD};
use crate::support::forms::{page, send, taken};
use crate::support::setup::{ImapAccount, Mailbox};
use crate::support::stores::{number_of, write};

fn with_imap(port: u16, engine: Engine) -> Wish {
    let imap = ImapAccount { port, user: "desk".to_owned(), password: PASSWORD.to_owned() };
    let mailbox = Mailbox { imap: Some(imap), ..Mailbox::default() };
    Wish { mailbox, may_leave_work: true, ..Wish::exact(engine) }
}

/// A port at which nothing answers.
fn closed_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Takes the one job of polling, as a worker does.
async fn claim(desk: &TestDesk) -> (resolute::model::job::Job, Lease) {
    let desk = &desk.desk;
    let lease = Lease { id: desk.clock.new_id(), until: desk.clock.now().plus(Duration::from_mins(1)) };
    let mut tx = desk.db.begin().await.unwrap();
    let job = work::claim(&mut tx, JobKind::Poll, lease, desk.clock.now(), 1).await.unwrap().remove(0);
    tx.commit().await.unwrap();
    (job, lease)
}

#[tokio::test(flavor = "multi_thread")]
async fn polling_that_was_given_up_begins_again() {
    for engine in Engine::all() {
        let desk = TestDesk::start(with_imap(closed_port(), engine)).await;
        poll::begin_channel(&desk.desk, desk.setup.channel).await.unwrap();
        let (job, lease) = claim(&desk).await;
        let mut tx = desk.desk.db.begin().await.unwrap();
        work::bury(&mut tx, &job, lease.id, "an older version gave it up").await.unwrap();
        tx.commit().await.unwrap();
        poll::begin_channel(&desk.desk, desk.setup.channel).await.unwrap();
        poll::begin_channel(&desk.desk, desk.setup.channel).await.unwrap();
        let counts = work::counts(&desk.desk.db).await.unwrap();
        assert_eq!((counts.ready, counts.dead), (1, 1), "once, however often it is asked for");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn polling_is_never_given_up_and_its_trouble_is_shown() {
    for engine in Engine::all() {
        let desk = TestDesk::start(with_imap(closed_port(), engine)).await;
        poll::begin_channel(&desk.desk, desk.setup.channel).await.unwrap();
        for _ in 0..11 {
            let (job, lease) = claim(&desk).await;
            let mut tx = desk.desk.db.begin().await.unwrap();
            work::retry(&mut tx, &job, lease.id, MONDAY, "a moment of trouble").await.unwrap();
            tx.commit().await.unwrap();
        }
        let stop = desk.desk.stop_token();
        let workers = jobs::start(&desk.desk, &stop).await.unwrap();
        let tried = async || {
            let due = work::is_due(&desk.desk.db, JobKind::Poll, desk.desk.clock.now()).await.unwrap();
            !due && work::counts(&desk.desk.db).await.unwrap().running == 0
        };
        while !tried().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let counts = work::counts(&desk.desk.db).await.unwrap();
        assert_eq!((counts.ready, counts.dead), (1, 0));
        let soon = desk.desk.clock.now().plus(Duration::from_mins(13));
        assert!(work::is_due(&desk.desk.db, JobKind::Poll, soon).await.unwrap(), "it waits minutes, not hours");
        let channel = channels::find(&desk.desk.db, desk.setup.channel).await.unwrap().unwrap();
        assert_eq!(channel.state, ChannelState::NeedsAttention);
        assert!(channel.state_reason.contains("nothing answers"), "{}", channel.state_reason);
        stop.cancel();
        for worker in workers {
            worker.await.unwrap();
        }
    }
}

/// A server that takes every connection and then says nothing: its port, and how often it was asked.
async fn mute() -> (u16, Arc<AtomicUsize>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    tokio::spawn(async move {
        let mut kept = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::SeqCst);
            kept.push(stream);
        }
    });
    (port, asked)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_does_not_answer_is_shown_at_once_and_asked_again() {
    for engine in Engine::all() {
        let (port, asked) = mute().await;
        let desk = TestDesk::start(with_imap(port, engine)).await;
        poll::begin_channel(&desk.desk, desk.setup.channel).await.unwrap();
        let stop = desk.desk.stop_token();
        let workers = jobs::start(&desk.desk, &stop).await.unwrap();
        let tried = async || {
            let due = work::is_due(&desk.desk.db, JobKind::Poll, desk.desk.clock.now()).await.unwrap();
            !due && work::counts(&desk.desk.db).await.unwrap().running == 0
        };
        let mut browser = desk.browser().await;
        for times in 1..=2 {
            while !tried().await {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            assert_eq!(asked.load(Ordering::SeqCst), times, "it is asked again, one time after the other");
            let channel = channels::find(&desk.desk.db, desk.setup.channel).await.unwrap().unwrap();
            assert_eq!(channel.state, ChannelState::NeedsAttention);
            let words = format!("No answer from 127.0.0.1:{port} since 09:00. It is asked again by itself");
            let shown = page(&mut browser, "/channels").await;
            assert!(shown.contains(&words), "since it was silent first: {shown}");
            desk.desk.clock.advance(Duration::from_mins(13));
        }
        stop.cancel();
        for worker in workers {
            worker.await.unwrap();
        }
    }
}

/// A mail that says of itself that this server proved its sender.
fn proved_by_itself(number: usize, from: &str) -> String {
    let (_, domain) = from.split_once('@').unwrap();
    format!(
        "Authentication-Results: mx.named.example; dmarc=pass header.from={domain}\r\nFrom: {from}\r\n\
         Message-ID: <{number}@{domain}>\r\nSubject: Hello {number}\r\n\r\nWhere is it?\r\n"
    )
}

/// How far every sender so far is believed, once there are so many conversations.
async fn trusts(desk: &TestDesk, conversations: usize) -> Vec<Trust> {
    while desk.api_get("/api/v1/conversations/count").await["count"] != conversations {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let shown = desk.api_get("/api/v1/conversations?limit=50").await;
    let mut trusts = Vec::new();
    for talk in shown["items"].as_array().unwrap() {
        let number = talk["number"].as_i64().unwrap();
        let talk = desk.talk(number).await;
        trusts.extend(messages::list(&desk.desk.db, talk.id, 9).await.unwrap().iter().map(|message| message.trust));
    }
    trusts
}

#[tokio::test(flavor = "multi_thread")]
async fn what_strangers_write_on_every_mail_is_proposed_and_proves_nobody() {
    for engine in Engine::all() {
        let Some(dovecot) = Dovecot::start() else { return };
        for number in 0..20 {
            let from = format!("s{number}@{}.example", if number % 2 == 0 { "one" } else { "two" });
            dovecot.deliver("desk", "INBOX", proved_by_itself(number, &from).as_bytes());
        }
        let desk = TestDesk::start(with_imap(dovecot.port, engine)).await;
        let mut tx = desk.desk.db.begin().await.unwrap();
        channels::add_settings(&mut tx, desk.setup.channel, &json!({ "authserv_id": "" })).await.unwrap();
        tx.commit().await.unwrap();
        desk.desk.connections.forget(desk.setup.channel);

        let stop = desk.desk.stop_token();
        let workers = jobs::start(&desk.desk, &stop).await.unwrap();
        assert_eq!(trusts(&desk, 20).await, [Trust::Claimed; 20]);
        let channel = channels::find(&desk.desk.db, desk.setup.channel).await.unwrap().unwrap();
        assert_eq!(channel.settings.0["authserv_id"], "");
        assert_eq!(channel.settings.0["authserv_id_seen"], "mx.named.example");
        dovecot.deliver("desk", "INBOX", proved_by_itself(20, "victim@post.example").as_bytes());
        assert_eq!(trusts(&desk, 21).await, [Trust::Claimed; 21], "nor does it prove anybody later");

        let mut admin = desk.browser().await;
        let here = format!("/channels/{}", desk.setup.channel);
        assert!(page(&mut admin, &here).await.contains("mx.named.example"));
        taken(&mut admin, &format!("{here}/sender-check"), &[("server", "mx.named.example")]).await;
        // Whoever read the settings just before asks again.
        desk.desk.clock.advance(Duration::from_secs(10));
        dovecot.deliver("desk", "INBOX", proved_by_itself(21, "ann@post.example").as_bytes());
        let proved = trusts(&desk, 22).await.into_iter().filter(|trust| *trust == Trust::Proved).count();
        assert_eq!(proved, 1, "from the next mail on");
        stop.cancel();
        for worker in workers {
            worker.await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_first_reading_says_how_far_it_is() {
    let Some(dovecot) = Dovecot::start() else { return };
    for number in 0..120 {
        let raw = format!(
            "From: c{number}@one.example\r\nMessage-ID: <{number}@one.example>\r\nSubject: Hello {number}\r\n\r\nHello\r\n"
        );
        dovecot.deliver("desk", "INBOX", raw.as_bytes());
    }
    for engine in Engine::all() {
        let desk = TestDesk::start(with_imap(dovecot.port, engine)).await;
        let stop = desk.desk.stop_token();
        let workers = jobs::start(&desk.desk, &stop).await.unwrap();
        while desk.api_get("/api/v1/conversations/count").await["count"] != 120 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let noted = async || {
            let all = resolute::store::events::list_after(&desk.desk.db, 0, 1_000).await.unwrap();
            let noted = all.into_iter().filter(|event| event.kind == EventKind::WorkProgressed);
            noted.map(|event| event.data.0["done"].as_i64().unwrap()).collect::<Vec<_>>()
        };
        while noted().await.len() < 3 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(noted().await, [50, 100, 0], "{engine:?}: two pages, and the end");
        assert!(work::list_under_way(&desk.desk.db).await.unwrap().is_empty());
        stop.cancel();
        for worker in workers {
            worker.await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bar_of_a_long_reading_stands_at_its_channel_and_under_work() {
    for engine in Engine::all() {
        let desk = TestDesk::start(with_imap(closed_port(), engine)).await;
        poll::begin_channel(&desk.desk, desk.setup.channel).await.unwrap();
        let mut browser = desk.browser().await;
        let bar = format!("/channels/{}/reading", desk.setup.channel);
        assert!(!page(&mut browser, "/channels").await.contains("<progress"));
        let (job, lease) = claim(&desk).await;
        let mut tx = desk.desk.db.begin().await.unwrap();
        work::progress(&mut tx, job.id, 1_240, 3_000).await.unwrap();
        tx.commit().await.unwrap();
        let words = "Mails read: 1,240 of 3,000";
        for path in ["/channels", &bar] {
            let shown = page(&mut browser, path).await;
            assert!(shown.contains(words) && shown.contains("value=\"1240\""), "{path}: {shown}");
        }
        // Also while the mailbox waits for its next turn.
        let mut tx = desk.desk.db.begin().await.unwrap();
        work::postpone(&mut tx, &job, lease.id, MONDAY, "the others' turn").await.unwrap();
        tx.commit().await.unwrap();
        for path in ["/jobs", "/jobs/under-way"] {
            let shown = page(&mut browser, path).await;
            assert!(shown.contains(" read: 1,240 of 3,000"), "{path}: {shown}");
        }
        let (job, _) = claim(&desk).await;
        let mut tx = desk.desk.db.begin().await.unwrap();
        work::progress(&mut tx, job.id, 0, 0).await.unwrap();
        tx.commit().await.unwrap();
        for path in ["/channels", &bar, "/jobs/under-way"] {
            assert!(!page(&mut browser, path).await.contains("<progress"), "{path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn trouble_of_a_queue_beside_a_mailbox_is_shown_and_holds_no_mail_up() {
    let Some(dovecot) = Dovecot::start() else { return };
    for number in 0..120 {
        let raw = format!("From: c{number}@one.example\r\nMessage-ID: <{number}@one.example>\r\n\r\nHello\r\n");
        dovecot.deliver("desk", "INBOX", raw.as_bytes());
    }
    let amazon = Double::start(Amazon::default()).await.unwrap();
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let (db, id) = (&desk.desk.db, desk.desk.clock.new_id::<ChannelId>());
        let auth = json!({ "kind": "password", "password": PASSWORD });
        let queue = json!({ "arn": queue::ARN, "key_id": queue::KEY_ID, "key": "another key", "url": amazon.url() });
        let new = NewChannel {
            id,
            brand_id: desk.setup.brand,
            kind: "amazon".to_owned(),
            name: "Amazon".to_owned(),
            address: "amazon@fjord.example".to_owned(),
            settings: json!({
                "address": "amazon@fjord.example",
                "imap": { "host": "127.0.0.1", "port": dovecot.port, "tls": "plain", "user": "desk", "auth": auth },
                "spapi": { "api_url": amazon.url(), "queue": queue },
            }),
            secrets: desk.desk.connections.seal(id, &json!({})).unwrap(),
            webhook_secret: "secret".to_owned(),
            created_at: desk.desk.clock.now(),
        };
        write(db, async |tx| channels::insert(tx, &new).await).await;
        let stop = desk.desk.stop_token();
        let workers = jobs::start(&desk.desk, &stop).await.unwrap();
        // The clock stands: nothing that is put off comes.
        for _ in 0..1_500 {
            if number_of(db, "select count(*) from raw_events").await == 120 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(number_of(db, "select count(*) from raw_events").await, 120, "{engine:?}: all pages");
        let channel = channels::find(db, id).await.unwrap().unwrap();
        assert_eq!(channel.state, ChannelState::NeedsAttention);
        assert!(channel.state_reason.contains("does not take the key for the queue"), "{}", channel.state_reason);
        stop.cancel();
        for worker in workers {
            worker.await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn more_mailboxes_than_workers_take_turns() {
    let Some(dovecot) = Dovecot::start() else { return };
    let desk = TestDesk::start(with_imap(dovecot.port, Engine::Sqlite)).await;
    let later = desk.desk.clock.now().plus(Duration::from_hours(9));
    let others: Vec<NewJob> = (0..16)
        .map(|number| NewJob {
            dedup_key: Some(format!("mailbox {number}")),
            ..NewJob::about(desk.desk.clock.new_id(), JobKind::Poll, "channel", &number, later)
        })
        .collect();
    let mut tx = desk.desk.db.begin().await.unwrap();
    work::enqueue(&mut tx, &others).await.unwrap();
    tx.commit().await.unwrap();

    let stop = desk.desk.stop_token();
    let workers = jobs::start(&desk.desk, &stop).await.unwrap();
    let now = desk.desk.clock.now();
    while work::is_due(&desk.desk.db, JobKind::Poll, now).await.unwrap()
        || work::counts(&desk.desk.db).await.unwrap().running > 0
    {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    stop.cancel();
    for worker in workers {
        worker.await.unwrap();
    }
    desk.desk.clock.advance(Duration::from_mins(1));
    assert_eq!(claim(&desk).await.0.last_error, "the others' turn");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_mailbox_cannot_be_connected_twice() {
    let desk = TestDesk::start(Wish::exact(Engine::Sqlite)).await;
    let mut browser = desk.browser().await;
    let address = crate::support::mails::DESK.to_uppercase();
    let fields = [("address", address.as_str()), ("smtp_host", "127.0.0.1"), ("check", "1")];
    let answer = send(&mut browser, "/channels", &fields).await;
    assert_eq!(answer.status, 422);
    assert!(answer.text().contains("connected already"), "{}", answer.text());
}
