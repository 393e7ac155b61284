//! What the database is, and how it keeps what it is given.

use super::{Db, Result};

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
