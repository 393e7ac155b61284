//! The program is killed while it fills an emptied search index: it is ready before the index is, goes on where it was,
//! and at the end each message is found.

use std::time::{Duration, Instant};

use resolute::model::brand::AgentLevel;
use resolute::store::Db;
use resolute::store::intake::ConversationRow;

use super::play::{PATIENCE, Stage, ready, settle};
use crate::search::{empty, entries, found, told};
use crate::support::cast::{Cast, put};
use crate::support::desk::Engine;
use crate::support::http::Client;
use crate::support::stores::number_of;

/// Conversations, and messages in each.
const SIZE: (i64, i64) = (80, 250);

#[tokio::test(flavor = "multi_thread")]
async fn an_index_is_filled_however_often_it_is_cut_off_on_sqlite() {
    Box::pin(run(Engine::Sqlite, 3)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_is_filled_however_often_it_is_cut_off_on_postgres() {
    if Engine::all().contains(&Engine::Postgres) {
        // Whoever comes next waits there until the lease of who was killed ends.
        Box::pin(run(Engine::Postgres, 1)).await;
    }
}

async fn run(engine: Engine, kills: usize) {
    let stage = Box::pin(Stage::new(engine, AgentLevel::Off)).await;
    let db = stage.db().await;
    fill(&db).await;
    empty(&db).await;
    let (mut reached, mut killed) = (0, 0);
    while killed < kills {
        let program = ready(&stage.launch).await;
        let begun = Instant::now();
        while done(&db).await == Some(reached) {
            assert!(begun.elapsed() < PATIENCE, "no more is indexed than {reached}");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        program.kill();
        // Where nothing is left it was faster than the kill.
        let Some(now) = done(&db).await else { break };
        (reached, killed) = (now, killed + 1);
    }
    assert!(killed > 0, "it was killed on the way");

    let program = ready(&stage.launch).await;
    let mut client = Client::new(stage.launch.address()).with_token(&stage.setup.token);
    let newest = SIZE.0 * SIZE.1;
    let answer = client.get(&format!("/api/v1/search?q=lamp{newest:05}")).await.expect("an answer");
    assert_eq!(answer.json()["items"][0]["number"], SIZE.0, "the newest is found from the beginning");
    settle(&db, &stage.launch).await;
    drop(program);
    assert_eq!((entries(&db).await, told(&db).await.last().copied()), (newest, Some(newest)));
    for number in [1, 2, 199, 200, 201, 9_999, newest] {
        assert_eq!(found(&db, &format!("lamp{number:05}")).await, [(number - 1) / SIZE.1 + 1], "{number}");
    }
    db.close().await;
}

/// Messages with a word of their own each, oldest first.
async fn fill(db: &Db) {
    let cast = Cast::stored(db).await;
    let (conversations, messages) = SIZE;
    let row = |number| ConversationRow { due_at: None, ..cast.conversation(number) };
    let rows: Vec<ConversationRow> = (1..=conversations).map(row).collect();
    let said = rows.iter().flat_map(|row| {
        let first = (row.number - 1) * messages + 1;
        (first..first + messages).map(|number| cast.message(row, &format!("a lamp{number:05} of brass")))
    });
    put(db, &rows, &said.collect::<Vec<_>>()).await;
}

/// How many messages are indexed, as the work notes it; nothing when there is no such work.
async fn done(db: &Db) -> Option<i64> {
    let none = "select coalesce(max(done), -1) from jobs where kind = 'index_messages'";
    Some(number_of(db, none).await).filter(|done| *done >= 0)
}
