//! All tables as of one moment, out of a database in use and back into an empty one.

pub mod postgres;
pub mod sqlite;

use serde::{Deserialize, Serialize};

use super::db::{POSTGRES, SQLITE};
use super::{Db, Result};

/// A table of a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Name.
    pub name: String,
    /// Its columns, in the order in which they travel; none where the whole file travels.
    #[serde(default)]
    pub columns: Vec<String>,
    /// How many rows.
    pub rows: u64,
}

/// The newest migration that the database has had, 0 for an empty one.
pub async fn schema(db: &Db) -> Result<i64> {
    const KNOWN: super::db::Sql = super::db::Sql {
        sqlite: "select exists (select 1 from sqlite_master where name = '_sqlx_migrations')",
        postgres: "select to_regclass('_sqlx_migrations') is not null",
    };
    if !db.query(KNOWN).scalar::<bool>().await? {
        return Ok(0);
    }
    db.query("select coalesce(max(version), 0) from _sqlx_migrations").scalar().await
}

/// The newest migration that this program knows.
pub fn newest_schema(shared: bool) -> i64 {
    let migrator = if shared { &POSTGRES } else { &SQLITE };
    migrator.iter().map(|migration| migration.version).max().unwrap_or(0)
}

/// Whether the database has no table at all.
pub async fn is_empty(db: &Db) -> Result<bool> {
    const EMPTY: super::db::Sql = super::db::Sql {
        sqlite: "select not exists (select 1 from sqlite_master where type = 'table')",
        postgres: "select not exists (select 1 from pg_class
            where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p'))",
    };
    db.query(EMPTY).scalar().await
}

/// A name of the catalogue as it stands in a statement.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
