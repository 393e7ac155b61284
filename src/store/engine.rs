//! What the database is, and how it keeps what it is given.

use super::unopened::sqlite_code;
use super::{Db, Error, Result};
use crate::model::Ts;

/// SQLite: the file may only be read.
const READ_ONLY: u32 = 8;

/// An engine with the settings that decide whether a commit lasts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Engine {
    /// A local file.
    Sqlite {
        /// Version.
        version: String,
        /// `wal` as it should be.
        journal: String,
    },
    /// A server.
    Postgres {
        /// Version.
        version: String,
        /// `on` as it should be.
        fsync: String,
        /// Anything but `off` as it should be.
        synchronous_commit: String,
    },
}

/// Asks the database about itself.
pub async fn describe(db: &Db) -> Result<Engine> {
    if db.is_shared() {
        Ok(Engine::Postgres {
            version: db.query("show server_version").scalar().await?,
            fsync: db.query("show fsync").scalar().await?,
            synchronous_commit: db.query("show synchronous_commit").scalar().await?,
        })
    } else {
        Ok(Engine::Sqlite {
            version: db.query("select sqlite_version()").scalar().await?,
            journal: db.query("pragma journal_mode").scalar().await?,
        })
    }
}

/// What the clock of a server shows; nothing for a file, which has none of its own.
pub async fn time(db: &Db) -> Result<Option<Ts>> {
    if db.is_shared() { db.query("select clock_timestamp()").scalar().await.map(Some) } else { Ok(None) }
}

/// Whether the database may only be read. What is tried to find out is taken back at once.
pub async fn is_read_only(db: &Db) -> Result<bool> {
    match tried_to_write(db).await {
        Err(Error::Unavailable(error)) if sqlite_code(&error) == Some(READ_ONLY) => Ok(true),
        tried => tried,
    }
}

/// SQLite begins to write in a file that may only be read, and refuses the first thing that is written.
async fn tried_to_write(db: &Db) -> Result<bool> {
    let mut tx = db.begin().await?;
    if tx.is_postgres() {
        let answer: String = tx.query("show transaction_read_only").scalar().await?;
        return Ok(answer == "on");
    }
    tx.query("create table tried_to_write (id integer)").execute().await?;
    Ok(false)
}
