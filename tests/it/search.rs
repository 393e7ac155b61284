//! A search index that was emptied: the worker fills it beside everything else, and people see how far it is.

mod unspaced;

use std::time::Duration;

use resolute::config::Config;
use resolute::doctor::{self, Finding, State};
use resolute::jobs::{drain, index_messages};
use resolute::model::event::EventKind;
use resolute::model::job::{Job, JobKind};
use resolute::store::intake::ConversationRow;
use resolute::store::jobs::{self, JobCounts, Lease};
use resolute::store::search::{self, rebuild};
use resolute::store::{Db, events, raw_events};

use crate::mail_path::sofies_mail;
use crate::support::cast::{Cast, put};
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::forms::page;
use crate::support::setup::open;
use crate::support::stores::{self, number_of, text_of, write};

const MESSAGES: i64 = 900;
/// What open pages are told of so many: how far it is after each batch, and at the end.
const TOLD: [i64; 6] = [200, 400, 600, 800, 900, 900];

/// A desk of so many conversations, the newest with the highest number, each of one message with a word of its own.
async fn filled(engine: Engine) -> (TestDesk, Cast, Vec<ConversationRow>) {
    let desk = TestDesk::start(Wish::exact(engine)).await;
    let cast = Cast::stored(&desk.desk.db).await;
    let rows: Vec<ConversationRow> = (1..=MESSAGES).map(|number| cast.conversation(number)).collect();
    let said = rows.iter().map(|row| cast.message(row, &format!("a lamp{:04} of brass", row.number)));
    put(&desk.desk.db, &rows, &said.collect::<Vec<_>>()).await;
    (desk, cast, rows)
}

/// Leaves the index as a change of it does.
pub(crate) async fn empty(db: &Db) {
    match db {
        Db::Sqlite { write, .. } => {
            let change = include_str!("../../migrations/sqlite/0029_search_by_part.sql");
            sqlx::raw_sql(change).execute(write).await.unwrap();
        }
        Db::Postgres { write, .. } => {
            sqlx::query("update messages set search = null").execute(write).await.unwrap();
        }
    }
}

/// How many messages have their entry.
pub(crate) async fn entries(db: &Db) -> i64 {
    let statement = match db {
        Db::Sqlite { .. } => "select count(*) from message_search_docsize",
        Db::Postgres { .. } => "select count(*) from messages where search is not null",
    };
    number_of(db, statement).await
}

/// The numbers of the conversations with these words.
pub(crate) async fn found(db: &Db, words: &str) -> Vec<i64> {
    let found = search::conversations(db, words, None, 50).await.unwrap();
    found.conversations.iter().map(|talk| talk.number).collect()
}

/// How far it was, each time that open pages were told.
pub(crate) async fn told(db: &Db) -> Vec<i64> {
    let all = events::list_after(db, 0, 1_000).await.unwrap();
    let told = all.into_iter().filter(|event| event.kind == EventKind::WorkProgressed);
    told.map(|event| event.data.0["done"].as_i64().unwrap()).collect()
}

/// Takes the work, as a worker does.
async fn claim(desk: &TestDesk) -> (Job, Lease) {
    let clock = &desk.desk.clock;
    let lease = Lease { id: clock.new_id(), until: clock.now().plus(Duration::from_secs(15)) };
    let kind = JobKind::IndexMessages;
    let jobs = write(&desk.desk.db, async |tx| jobs::claim(tx, kind, lease, clock.now(), 1).await).await;
    (jobs.into_iter().next().expect("the work waits"), lease)
}

#[tokio::test(flavor = "multi_thread")]
async fn long_texts_are_read_few_at_a_time() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let db = &desk.desk.db;
        let cast = Cast::stored(db).await;
        let talk = cast.conversation(1);
        let long = "lamp ".repeat(40_000);
        let said: Vec<_> = (0..5).map(|_| cast.message(&talk, &long)).collect();
        put(db, std::slice::from_ref(&talk), &said).await;
        empty(db).await;
        let mut counts = Vec::new();
        let mut below = i64::MAX;
        loop {
            let batch = rebuild::next(db, below).await.unwrap();
            let Some(oldest) = batch.oldest() else { break };
            counts.push(batch.count());
            below = oldest;
        }
        assert_eq!(counts, [3, 2], "half a megabyte, and the one that fills it");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_emptied_index_is_filled_once() {
    for engine in Engine::all() {
        let (desk, _, _) = filled(engine).await;
        let db = &desk.desk.db;
        index_messages::begin(&desk.desk).await.unwrap();
        assert_eq!(jobs::counts(db).await.unwrap(), JobCounts::default(), "nothing is missing");
        empty(db).await;
        assert!(found(db, "lamp").await.is_empty());

        for _ in 0..3 {
            index_messages::begin(&desk.desk).await.unwrap();
        }
        assert_eq!(jobs::counts(db).await.unwrap().ready, 1, "however often it is asked for");
        desk.drain().await;
        assert_eq!((entries(db).await, told(db).await), (MESSAGES, TOLD.to_vec()), "{engine:?}");
        assert_eq!(found(db, "brass lamp").await, (851..=900).rev().collect::<Vec<_>>());
        for number in [1, 2, 450, 899] {
            assert_eq!(found(db, &format!("lamp{number:04}")).await, [number]);
        }
        index_messages::begin(&desk.desk).await.unwrap();
        assert_eq!(jobs::counts(db).await.unwrap(), JobCounts::default(), "it is whole");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_come_first_and_what_is_cut_off_goes_on() {
    for engine in Engine::all() {
        let (desk, cast, rows) = filled(engine).await;
        let (db, clock) = (&desk.desk.db, &desk.desk.clock);
        empty(db).await;
        index_messages::begin(&desk.desk).await.unwrap();

        // A worker is killed within its third transaction.
        let (job, _) = claim(&desk).await;
        let (mut below, mut done) = (i64::MAX, 0);
        for _ in 0..2 {
            let batch = rebuild::next(db, below).await.unwrap();
            done += batch.count();
            write(db, async |tx| {
                assert_eq!(rebuild::index(tx, &batch).await?, batch.count());
                jobs::progress(tx, job.id, done, MESSAGES).await
            })
            .await;
            below = batch.oldest().unwrap();
        }
        let lost = rebuild::next(db, below).await.unwrap();
        let mut tx = db.begin().await.unwrap();
        assert_eq!(rebuild::index(&mut tx, &lost).await.unwrap(), 200);
        drop(tx);

        assert_eq!(entries(db).await, 400);
        for (number, there) in [(900, true), (501, true), (500, false), (1, false)] {
            assert_eq!(!found(db, &format!("lamp{number:04}")).await.is_empty(), there, "{number}");
        }
        put(db, &[], &[cast.message(&rows[0], "a lantern, meanwhile")]).await;
        assert_eq!(found(db, "lantern").await, [1]);

        desk.drain().await;
        assert_eq!(entries(db).await, 401, "it is still somebody's");
        clock.advance(Duration::from_secs(20));
        write(db, async |tx| jobs::release_expired(tx, clock.now()).await).await;
        desk.drain().await;
        assert_eq!(told(db).await, TOLD[2..], "it goes on where it was");
        let late = write(db, async |tx| rebuild::index(tx, &lost).await).await;
        assert_eq!((late, entries(db).await), (0, MESSAGES + 1), "whoever comes too late doubles nothing");
        for (words, numbers) in [("lamp0900", [900]), ("lamp0500", [500]), ("lamp0001", [1]), ("lantern", [1])] {
            assert_eq!(found(db, words).await, numbers);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_processes_one_fills_it() {
    for engine in Engine::all() {
        let (desk, _, _) = filled(engine).await;
        let db = &desk.desk.db;
        let other = open(Config::clone(&desk.desk.config), desk.desk.clock.clone()).await;
        empty(db).await;
        let (one, two) = tokio::join!(index_messages::begin(&desk.desk), index_messages::begin(&other));
        one.unwrap();
        two.unwrap();
        assert_eq!(jobs::counts(db).await.unwrap().ready, 1);
        let (one, two) = tokio::join!(Box::pin(drain(&desk.desk)), Box::pin(drain(&other)));
        assert_eq!(one.unwrap() + two.unwrap(), 1, "one of them has done it");
        assert_eq!((entries(db).await, told(db).await), (MESSAGES, TOLD.to_vec()), "{engine:?}");
        other.db.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_server_nobody_is_waited_for() {
    if !Engine::all().contains(&Engine::Postgres) {
        return;
    }
    let (desk, _, _) = filled(Engine::Postgres).await;
    let db = &desk.desk.db;
    empty(db).await;
    index_messages::begin(&desk.desk).await.unwrap();
    let Db::Postgres { write: pool, .. } = db else { panic!("on a server") };
    let mut held = pool.begin().await.unwrap();
    sqlx::query("update messages set delivery_reason = 'x' where body like '%lamp0850%'")
        .execute(&mut *held)
        .await
        .unwrap();
    let batch = rebuild::next(db, i64::MAX).await.unwrap();
    assert_eq!(write(db, async |tx| rebuild::index(tx, &batch).await).await, 199);
    held.commit().await.unwrap();
    desk.drain().await;
    assert_eq!(entries(db).await, MESSAGES);
    assert_eq!(found(db, "lamp0850").await, [850]);
}

/// What may get lost of SQLite's index, and whether a search fails for it.
const DAMAGES: [(&str, bool); 4] = [
    ("delete from message_search_data where id > 10", true),
    ("delete from message_search_idx", false),
    ("delete from message_search_data where id = 1", false),
    ("delete from message_search_data; delete from message_search_idx; delete from message_search_docsize", true),
];

/// Writes past the desk.
async fn beside(db: &Db, statements: &'static str) {
    let Db::Sqlite { write, .. } = db else { panic!("in a file") };
    sqlx::raw_sql(statements).execute(write).await.unwrap();
}

/// How SQLite's index was made.
async fn made(db: &Db) -> String {
    text_of(db, "select sql from sqlite_master where name = 'message_search'").await.expect("there is one")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_index_is_made_anew_at_start() {
    for (statements, _) in DAMAGES {
        let (desk, cast, rows) = filled(Engine::Sqlite).await;
        let db = &desk.desk.db;
        let before = made(db).await;
        assert!(!rebuild::is_damaged(db).await.unwrap());
        beside(db, statements).await;
        let finding = examined(&desk).await;
        assert_eq!(finding.state, State::Bad, "{statements}: {finding:?}");
        assert!(finding.words.starts_with("damaged") && finding.mend.contains("resolute serve"), "{finding:?}");

        for _ in 0..2 {
            index_messages::begin(&desk.desk).await.unwrap();
        }
        assert_eq!(jobs::counts(db).await.unwrap().ready, 1, "{statements}");
        desk.drain().await;
        assert_eq!((entries(db).await, told(db).await), (MESSAGES, TOLD.to_vec()), "{statements}");
        for number in [1, 450, 900] {
            assert_eq!(found(db, &format!("lamp{number:04}")).await, [number], "{statements}");
        }
        put(db, &[], &[cast.message(&rows[0], "a lantern, later")]).await;
        assert_eq!(found(db, "lantern").await, [1]);
        assert_eq!((examined(&desk).await.state, made(db).await), (State::Ok, before));
        index_messages::begin(&desk.desk).await.unwrap();
        assert_eq!(jobs::counts(db).await.unwrap(), JobCounts::default(), "it is whole");
    }
}

/// Four segments of many words, which are being merged: the first pages of each are gone.
const HALF_MERGED: &str = "
    insert into message_search (message_search, rank) values ('automerge', 0);
    with recursive n (i) as (select 1 union all select i + 1 from n where i < 2000)
        insert into message_search (rowid, content) select i, printf('0000%08x', i * 2654435761 & 4294967295) from n;
    with recursive n (i) as (select 1 union all select i + 1 from n where i < 2000)
        insert into message_search (rowid, content)
        select i + 2000, printf('0000%08x', i * 2654435761 + 1 & 4294967295) from n;
    with recursive n (i) as (select 1 union all select i + 1 from n where i < 2000)
        insert into message_search (rowid, content)
        select i + 4000, printf('0000%08x', i * 2654435761 + 2 & 4294967295) from n;
    with recursive n (i) as (select 1 union all select i + 1 from n where i < 2000)
        insert into message_search (rowid, content)
        select i + 6000, printf('0000%08x', i * 2654435761 + 3 & 4294967295) from n;
    insert into message_search (message_search, rank) values ('merge', 4);";

#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_is_being_merged_is_not_damaged() {
    stores::on_sqlite(async |db| {
        beside(&db, HALF_MERGED).await;
        let gone = "select count(*) from message_search_idx entry where not exists (
            select 1 from message_search_data page where page.id = (entry.segid << 37) + (entry.pgno >> 1))";
        assert!(number_of(&db, gone).await > 0, "it stopped half-way");
        assert!(!rebuild::is_damaged(&db).await.unwrap());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_that_meets_damage_says_so_and_has_it_mended() {
    for (statements, _) in DAMAGES.into_iter().filter(|(_, fails)| *fails) {
        let (desk, _, _) = filled(Engine::Sqlite).await;
        let db = &desk.desk.db;
        let mut browser = desk.browser().await;
        beside(db, statements).await;
        for path in ["/search?q=lamp", "/inbox?status=any&text=lamp", "/search?q=lamp"] {
            let answer = browser.get(path).await.unwrap();
            assert_eq!(answer.status, 503, "{path}: {}", answer.text());
            assert!(answer.text().contains("The search index is damaged. No message is lost"), "{}", answer.text());
        }
        assert!(page(&mut browser, "/inbox?view=open").await.contains("id=\"row-"), "all else goes on");
        assert_eq!(jobs::counts(db).await.unwrap().ready, 1, "however often it is met");
        desk.drain().await;
        let shown = page(&mut browser, "/search?q=lamp").await;
        assert!(shown.contains("id=\"row-900\"") && !shown.contains("/search/rebuild"), "{shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_waits_for_a_damaged_index_and_is_not_set_aside() {
    let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(Engine::Sqlite) }).await;
    let db = &desk.desk.db;
    beside(db, "delete from message_search_data where id = 1").await;
    assert_eq!(desk.post_mail(&sofies_mail()).await.status, 200);
    let unread = desk.desk.receiver().receive(256).await.unwrap_err();
    assert!(unread.met_damage(), "{unread}");
    assert!(raw_events::list_quarantined(db).await.unwrap().is_empty());

    index_messages::mend(&desk.desk).await.unwrap();
    let (job, lease) = claim(&desk).await;
    write(db, async |tx| {
        assert!(rebuild::begins_anew(&job));
        rebuild::make_anew(tx).await?;
        jobs::retry(tx, &job, lease.id, desk.desk.clock.now(), "made anew").await
    })
    .await;
    desk.drain().await;
    assert_eq!(found(db, "sofie").await, [desk.newest().await.number]);
}

/// What the doctor says of the index.
async fn examined(desk: &TestDesk) -> Finding {
    let findings = Box::pin(doctor::examine(&desk.desk.config, &desk.desk.clock)).await;
    findings.into_iter().find(|finding| finding.check == "search index").expect("it is looked at")
}

#[tokio::test(flavor = "multi_thread")]
async fn people_see_how_far_it_is() {
    const SHOWN: [&str; 2] = ["/search?q=lamp", "/inbox?status=any&text=lamp"];
    const BAR: &str = "/search/rebuild";
    for engine in Engine::all() {
        let (desk, _, _) = filled(engine).await;
        let db = &desk.desk.db;
        let mut browser = desk.browser().await;
        for path in SHOWN {
            assert!(!page(&mut browser, path).await.contains(BAR), "{path}");
        }
        assert_eq!(examined(&desk).await.state, State::Ok);

        empty(db).await;
        for path in [SHOWN[0], SHOWN[1], BAR] {
            let shown = page(&mut browser, path).await;
            assert!(shown.contains("The search index is being rebuilt.") && !shown.contains("<progress"), "{shown}");
        }
        index_messages::begin(&desk.desk).await.unwrap();
        let (job, lease) = claim(&desk).await;
        write(db, async |tx| jobs::progress(tx, job.id, 400, MESSAGES).await).await;
        let words = "The search index is being rebuilt: 400 of 900 messages, older ones may be missing";
        for path in [SHOWN[0], SHOWN[1], BAR] {
            let shown = page(&mut browser, path).await;
            assert!(shown.contains(words) && shown.contains("max=\"900\" value=\"400\""), "{path}: {shown}");
        }
        assert!(!page(&mut browser, "/inbox?view=open").await.contains(BAR), "no words are asked for there");
        assert!(page(&mut browser, "/jobs").await.contains("Rebuild the search index: 400 of 900"));
        let finding = examined(&desk).await;
        assert_eq!(finding.state, State::Warn);
        assert!(finding.words.contains("400 of 900 messages") && finding.mend.contains("by itself"), "{finding:?}");

        write(db, async |tx| jobs::bury(tx, &job, lease.id, "the disk is full").await).await;
        for path in [SHOWN[0], SHOWN[1], BAR] {
            let shown = page(&mut browser, path).await;
            assert!(shown.contains("could not be rebuilt") && shown.contains("href=\"/jobs\""), "{path}: {shown}");
        }
        let finding = examined(&desk).await;
        assert!(finding.words.contains("the disk is full") && finding.mend.contains("/jobs"), "{finding:?}");

        // A desk that is started anew tries it again.
        index_messages::begin(&desk.desk).await.unwrap();
        desk.drain().await;
        for path in SHOWN {
            let shown = page(&mut browser, path).await;
            assert!(!shown.contains(BAR) && shown.contains("id=\"row-900\""), "{path}: {shown}");
        }
        let over = page(&mut browser, BAR).await;
        assert!(over.contains(" hidden></div>") && !over.contains("<progress"), "{over}");
        assert_eq!(examined(&desk).await.state, State::Ok);
    }
}
