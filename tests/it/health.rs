//! What monitoring asks: is the desk ready, and how is it doing.

use std::time::Duration;

use resolute::model::JobId;
use resolute::model::conversation::Conversation;
use resolute::model::job::JobKind;
use resolute::store::jobs::{self, NewJob};
use resolute::store::raw_events::{self, NewRawEvent};
use resolute::store::{Db, conversations};
use serde_json::Value;

use crate::support::cast::Cast;
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::forms::page;
use crate::support::stores::write;

async fn ready(desk: &TestDesk) -> (u16, Value) {
    let answer = desk.client().get("/health/ready").await.unwrap();
    (answer.status, answer.json())
}

/// Stores raw bytes as the intake does; gives when.
async fn arrive(desk: &TestDesk, key: &str) -> NewRawEvent {
    let event = NewRawEvent {
        id: desk.desk.clock.new_id(),
        job_id: desk.desk.clock.new_id(),
        channel_id: desk.setup.channel,
        external_id: key.to_owned(),
        origin: "webhook",
        body: "x".into(),
        received_at: desk.desk.clock.now(),
    };
    write(&desk.desk.db, async |tx| raw_events::insert(tx, std::slice::from_ref(&event)).await).await;
    event
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_ready_as_long_as_what_came_in_is_being_read() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let clock = desk.desk.clock.clone();
        assert_eq!(ready(&desk).await.0, 200);
        let first = arrive(&desk, "1").await;
        arrive(&desk, "2").await;
        clock.advance(Duration::from_secs(59));
        assert_eq!(ready(&desk).await.0, 200);
        clock.advance(Duration::from_secs(2));
        let (status, body) = ready(&desk).await;
        assert_eq!((status, &body["status"]), (503, &"intake does not progress".into()));
        assert_eq!(body["oldest_unread_seconds"], 61);

        // The first is read: the second waits, but its turn comes.
        write(&desk.desk.db, async |tx| {
            raw_events::set_processed(tx, &[first.id], clock.now()).await?;
            assert!(jobs::finish_unclaimed(tx, &[first.job_id]).await?);
            Ok(())
        })
        .await;
        let (status, body) = ready(&desk).await;
        assert_eq!((status, &body["last_read_seconds_ago"]), (200, &0.into()));
        clock.advance(Duration::from_mins(1));
        assert_eq!(ready(&desk).await.0, 503);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_not_ready_without_its_database() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        desk.desk.db.close().await;
        let (status, body) = ready(&desk).await;
        assert_eq!((status, &body["status"]), (503, &"the database does not answer".into()));
        assert_eq!(desk.client().get("/health/live").await.unwrap().status, 200);
    }
}

/// Whether the writers of a database may write.
async fn set_writable(db: &Db, may: bool) {
    match db {
        Db::Sqlite { write, .. } => {
            let statement = if may { "pragma query_only = off" } else { "pragma query_only = on" };
            sqlx::query(statement).execute(write).await.unwrap();
        }
        Db::Postgres { write, .. } => {
            let statement =
                if may { "set default_transaction_read_only = off" } else { "set default_transaction_read_only = on" };
            let mut all = Vec::new();
            for _ in 0..write.options().get_max_connections() {
                let mut connection = write.acquire().await.unwrap();
                sqlx::query(statement).execute(&mut *connection).await.unwrap();
                all.push(connection);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_not_ready_while_nothing_can_be_written() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        assert_eq!(ready(&desk).await.0, 200);
        set_writable(&desk.desk.db, false).await;
        desk.desk.clock.advance(Duration::from_secs(1));
        let (status, body) = ready(&desk).await;
        assert_eq!((status, &body["status"]), (503, &"the database takes nothing that is written".into()));
        let mail = b"From: a@post.example\r\nTo: help@fjord.example\r\nMessage-ID: <m1@post.example>\r\n\r\nHi\r\n";
        assert_eq!(desk.post_mail(mail).await.status, 503, "the sender keeps it");
        set_writable(&desk.desk.db, true).await;
        assert_eq!(ready(&desk).await.0, 200);
        assert_eq!(desk.post_mail(mail).await.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_tell_what_waits_and_what_was_answered() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let raw = b"From: a@post.example\r\nTo: help@fjord.example\r\nMessage-ID: <m1@post.example>\r\n\r\nHi\r\n";
        assert_eq!(desk.post_mail(raw).await.status, 200);
        let unread = desk.client().get("/metrics").await.unwrap().text();
        assert!(unread.contains("resolute_jobs{kind=\"receive\",state=\"ready\"} 1\n"), "{unread}");
        assert!(unread.contains("# TYPE resolute_http_seconds histogram\n"));
        let route = "resolute_http_seconds_count{method=\"POST\",route=\"/webhooks/{kind}/{channel}\",status=\"2xx\"} ";
        assert!(unread.contains(route), "{unread}");
        desk.desk.clock.advance(Duration::from_secs(7));
        let later = desk.client().get("/metrics").await.unwrap().text();
        assert!(later.contains("resolute_intake_oldest_unread_seconds 7\n"), "{later}");
        desk.drain().await;
        let read = desk.client().get("/metrics").await.unwrap().text();
        assert!(!read.contains("kind=\"receive\""), "{read}");
        assert!(read.contains("resolute_intake_processed_total{outcome=\"read\"} "));
        // No address, no secret, no id: a label is a word of ours.
        for kept_out in ["post.example", "fjord.example", "secret", &desk.setup.channel.to_string()] {
            assert!(!read.contains(kept_out), "{kept_out} in {read}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_are_for_this_machine_or_for_who_has_the_token() {
    let desk = TestDesk::start(Wish::exact(Engine::Sqlite)).await;
    assert_eq!(desk.client().get("/metrics").await.unwrap().status, 200);
    let through_a_proxy = desk.client().with("x-forwarded-for", "192.0.2.7").get("/metrics").await.unwrap();
    assert_eq!(through_a_proxy.status, 404);

    let mut wish = Wish::exact(Engine::Sqlite);
    wish.metrics_token = "a long token".to_owned();
    let desk = TestDesk::start(wish).await;
    assert_eq!(desk.client().get("/metrics").await.unwrap().status, 404);
    assert_eq!(desk.client().with_token("a long tokem").get("/metrics").await.unwrap().status, 404);
    let answer = desk.client().with("x-forwarded-for", "192.0.2.7").with_token("a long token").get("/metrics").await;
    assert_eq!(answer.unwrap().status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_job_shows() {
    let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(Engine::Sqlite) }).await;
    let id: JobId = desk.desk.clock.new_id();
    // What it is about does not exist, so it is given up.
    let job = NewJob::about(id, JobKind::Deliver, "message", &id, desk.desk.clock.now());
    write(&desk.desk.db, async |tx| jobs::enqueue(tx, &[job]).await).await;
    desk.drain().await;
    let text = desk.client().get("/metrics").await.unwrap().text();
    assert!(text.contains("resolute_jobs{kind=\"deliver\",state=\"dead\"} 1\n"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_opens_while_nothing_can_be_written() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let db = &desk.desk.db;
        let cast = Cast::stored(db).await;
        let row = cast.open(db, 7).await;
        let unread = Conversation { unread: true, ..conversations::find(db, row.id).await.unwrap().unwrap() };
        write(db, async |tx| conversations::update(tx, &unread).await).await;
        let mut browser = desk.browser().await;

        let mut held = db.begin().await.unwrap();
        conversations::lock(&mut held, row.id).await.unwrap();
        let shown = page(&mut browser, "/conversations/7?view=all").await;
        assert!(shown.contains("id=\"composer\""), "{shown}");
        drop(held);
        assert!(conversations::find(db, row.id).await.unwrap().unwrap().unread, "nobody could note it");
        page(&mut browser, "/conversations/7?view=all").await;
        assert!(!conversations::find(db, row.id).await.unwrap().unwrap().unread);
    }
}
