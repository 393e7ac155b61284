//! The store on both engines: a test is written once as a function of a [`Db`].

use std::path::Path;

use resolute::model::ConversationId;
use resolute::model::event::Event;
use resolute::store::{self, Db, Tx, conversations, events};
use uuid::Uuid;

use super::postgres::{self, Database};

/// Runs a test on SQLite always, and on PostgreSQL where `TEST_POSTGRES_URL` names a server.
pub(crate) async fn on_both(test: impl AsyncFn(Db)) {
    on_sqlite(&test).await;
    on_postgres(&test).await;
}

/// Runs a test on a SQLite file of its own.
pub(crate) async fn on_sqlite(test: impl AsyncFn(Db)) {
    let folder = tempfile::tempdir().expect("a folder for the database");
    let db = Db::connect(&sqlite_url(folder.path())).await.expect("SQLite opens a new file");
    db.migrate().await.expect("the tables are made");
    Box::pin(test(db.clone())).await;
    db.close().await;
}

/// Runs a test on a PostgreSQL database of its own.
pub(crate) async fn on_postgres(test: impl AsyncFn(Db)) {
    let Some(server) = postgres::server() else { return };
    let database = Database::migrated(&server).await;
    let db = Db::connect(&database.url).await.expect("the copy opens");
    Box::pin(test(db.clone())).await;
    db.close().await;
}

/// The address of a database file in a folder.
pub(crate) fn sqlite_url(folder: &Path) -> String {
    format!("sqlite://{}", folder.join("resolute.db").display())
}

/// Does some work in a transaction of its own, which must succeed.
pub(crate) async fn write<T>(db: &Db, work: impl AsyncFnOnce(&mut Tx) -> store::Result<T>) -> T {
    let mut tx = db.begin().await.expect("a transaction begins");
    let done = work(&mut tx).await.expect("the work is done");
    tx.commit().await.expect("the transaction commits");
    done
}

/// All that happened in a conversation, oldest first.
pub(crate) async fn happened(db: &Db, conversation: ConversationId) -> Vec<Event> {
    write(db, async |tx| events::list_in(tx, conversation).await).await
}

/// The tags of a conversation, by name.
pub(crate) async fn tags_of(db: &Db, conversation: ConversationId) -> Vec<String> {
    let nobody = Uuid::nil().into();
    conversations::for_reader(db, conversation, nobody).await.expect("the conversation is read").tags
}

/// One text of one row, by a statement that both engines understand.
pub(crate) async fn text_of(db: &Db, statement: &'static str) -> Option<String> {
    let found = match db {
        Db::Sqlite { read, .. } => sqlx::query_scalar(statement).fetch_optional(&mut *read.get().await.unwrap()).await,
        Db::Postgres { write: pool, .. } => sqlx::query_scalar(statement).fetch_optional(pool).await,
    };
    found.expect("the statement runs")
}

/// One number of one row, by a statement that both engines understand.
pub(crate) async fn number_of(db: &Db, statement: &'static str) -> i64 {
    let found = match db {
        Db::Sqlite { read, .. } => sqlx::query_scalar(statement).fetch_one(&mut *read.get().await.unwrap()).await,
        Db::Postgres { write: pool, .. } => sqlx::query_scalar(statement).fetch_one(pool).await,
    };
    found.expect("the statement runs")
}

/// Runs a statement that is no part of the desk.
pub(crate) async fn execute(db: &Db, statement: &'static str) {
    match db {
        Db::Sqlite { write, .. } => sqlx::query(statement).execute(write).await.map(|_| ()),
        Db::Postgres { write: pool, .. } => sqlx::query(statement).execute(pool).await.map(|_| ()),
    }
    .expect("the statement runs");
}
