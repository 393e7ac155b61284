//! What was indexed before letters of scripts without spaces counted in pairs is indexed anew, and nothing else.

use std::time::Duration;

use resolute::doctor::State;
use resolute::jobs::index_messages;
use resolute::store::Db;
use resolute::store::intake::ConversationRow;
use resolute::store::jobs::{self, JobCounts};
use resolute::store::search::{rebuild, unspaced};

use super::{claim, examined, found};
use crate::migrations::run;
use crate::support::cast::{Cast, put};
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::stores::{number_of, write};

/// More than are looked at twice.
const MANY: i64 = 450;

/// A desk on which each of these was said in a conversation of its own, and was indexed as before.
async fn said(engine: Engine, texts: &[&str]) -> TestDesk {
    let desk = TestDesk::start(Wish::exact(engine)).await;
    let db = &desk.desk.db;
    let cast = Cast::stored(db).await;
    let rows: Vec<ConversationRow> = (1..).zip(texts).map(|(number, _)| cast.conversation(number)).collect();
    let messages: Vec<_> = rows.iter().zip(texts).map(|(row, text)| cast.message(row, text)).collect();
    put(db, &rows, &messages).await;
    mark(db, 1).await;
    run(
        db,
        include_str!("../../../migrations/sqlite/0068_letters_in_pairs.sql"),
        include_str!("../../../migrations/postgres/0068_letters_in_pairs.sql"),
    )
    .await;
    desk
}

/// Messages from this one on are found by a word of their own alone, whatever they say.
async fn mark(db: &Db, from: i64) {
    match db {
        Db::Sqlite { write, .. } => {
            let mark = "insert or replace into message_search (rowid, content)
                select seq, ' 0000old' || seq from messages where seq >= $1 order by seq";
            sqlx::query(mark).bind(from).execute(write).await.map(drop).unwrap();
        }
        Db::Postgres { write, .. } => {
            let mark = "update messages set search = to_tsvector('simple', 'old' || seq) where seq >= $1";
            sqlx::query(mark).bind(from).execute(write).await.map(drop).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_from_before_are_found_by_what_stands_within() {
    for engine in Engine::all() {
        let texts = ["我的订单还没有到", "ガラスが割れていました", "ยังไม่ได้รับสินค้าที่สั่งซื้อ", "a lamp of brass", "Größe XL"];
        let desk = said(engine, &texts).await;
        let db = &desk.desk.db;
        let words = [("订单", 1), ("割れて", 2), ("สินค้า", 3)];
        for (word, _) in words {
            assert!(found(db, word).await.is_empty(), "{word}");
        }
        assert_eq!(examined(&desk).await.state, State::Warn, "people are told");

        // It was given up, and the desk is started anew.
        let (job, lease) = claim(&desk).await;
        write(db, async |tx| jobs::bury(tx, &job, lease.id, "the disk is full").await).await;
        for _ in 0..2 {
            index_messages::begin(&desk.desk).await.unwrap();
        }
        assert_eq!(jobs::counts(db).await.unwrap().ready, 1, "{engine:?}");
        desk.drain().await;
        assert_eq!(jobs::counts(db).await.unwrap(), JobCounts::default(), "it is done once");
        for (word, number) in words {
            assert_eq!(found(db, word).await, [number], "{word}");
        }
        for number in 1..=5 {
            let left_alone = found(db, &format!("old{number}")).await;
            assert_eq!(!left_alone.is_empty(), number > 3, "{number}");
        }
        assert_eq!(examined(&desk).await.state, State::Ok);
        assert!(rebuild::find_gap(db).await.unwrap().is_none());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_cut_off_goes_on_where_it_was() {
    for engine in Engine::all() {
        let texts: Vec<String> = (1..=MANY).map(|number| format!("订单{number}号")).collect();
        let desk = said(engine, &texts.iter().map(String::as_str).collect::<Vec<_>>()).await;
        let db = &desk.desk.db;
        let newest = unspaced::newest(db).await.unwrap();
        let (job, _) = claim(&desk).await;
        let stretch = unspaced::next(db, newest + 1).await.unwrap();
        assert_eq!(stretch.first(), newest - 199, "some at a time");
        write(db, async |tx| {
            assert!(unspaced::index(tx, &stretch).await?);
            jobs::progress(tx, job.id, newest + 1 - stretch.first(), newest).await
        })
        .await;
        assert_eq!(found(db, "号").await.len(), 50, "a page of them");
        assert!(found(db, "250 订单").await.is_empty(), "the newest come first");

        mark(db, newest).await;
        desk.desk.clock.advance(Duration::from_secs(20));
        write(db, async |tx| jobs::release_expired(tx, desk.desk.clock.now()).await).await;
        desk.drain().await;
        for number in [1, 250, 251, MANY - 1] {
            assert_eq!(found(db, &format!("{number} 订单")).await, [number]);
        }
        assert_eq!(found(db, &format!("old{newest}")).await, [MANY], "what was done is not done again");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_server_nobody_is_waited_for_and_no_change_is_lost() {
    if !Engine::all().contains(&Engine::Postgres) {
        return;
    }
    let desk = said(Engine::Postgres, &["订单一", "订单二"]).await;
    let db = &desk.desk.db;
    let Db::Postgres { write: pool, .. } = db else { panic!("on a server") };
    let newest = unspaced::newest(db).await.unwrap();
    let stretch = unspaced::next(db, newest + 1).await.unwrap();
    let mut held = pool.begin().await.unwrap();
    sqlx::query("update messages set body = '包裹' where body = '订单一'").execute(&mut *held).await.unwrap();
    assert!(!write(db, async |tx| unspaced::index(tx, &stretch).await).await);
    held.commit().await.unwrap();
    assert!(found(db, "订单").await.is_empty(), "nothing was done");
    desk.drain().await;
    assert_eq!((found(db, "订单").await, found(db, "包裹").await), (vec![2], vec![1]));
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_was_said_there_is_nothing_to_do() {
    for engine in Engine::all() {
        let desk = said(engine, &[]).await;
        assert_eq!(number_of(&desk.desk.db, "select count(*) from jobs").await, 0);
    }
}
