//! SQLite: the database writes a copy of itself, as of one moment, while others write on.

use std::path::Path;
use std::str::FromStr as _;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqlitePool};
use sqlx::{AssertSqlSafe, Connection as _};

use super::{Table, quoted};
use crate::store::Result;

/// Writes a compact copy to a new file, and says what is in it.
pub async fn copy(write: &SqlitePool, to: &Path) -> Result<Vec<Table>> {
    sqlx::query("vacuum into $1").bind(to.display().to_string()).execute(write).await?;
    count(to).await
}

/// The tables of a file that nobody writes to.
async fn count(file: &Path) -> Result<Vec<Table>> {
    let options = SqliteConnectOptions::from_str(&format!("sqlite://{}", file.display()))?.immutable(true);
    let mut connection = SqliteConnection::connect_with(&options.read_only(true)).await?;
    let names: Vec<String> = sqlx::query_scalar(
        "select name from sqlite_master where type = 'table' and name not like 'sqlite\\_%' escape '\\'
             and name not like 'message\\_search%' escape '\\' order by name",
    )
    .fetch_all(&mut connection)
    .await?;
    let mut tables = Vec::with_capacity(names.len());
    for name in names {
        let statement = AssertSqlSafe(format!("select count(*) from {}", quoted(&name)));
        let rows: i64 = sqlx::query_scalar(statement).fetch_one(&mut connection).await?;
        tables.push(Table { name, columns: Vec::new(), rows: u64::try_from(rows).unwrap_or(0) });
    }
    connection.close().await?;
    Ok(tables)
}
