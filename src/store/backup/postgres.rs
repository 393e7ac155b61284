//! PostgreSQL: one transaction that sees one moment, each table as `COPY` gives and takes it.

use std::io;

use futures_util::TryStreamExt as _;
use sqlx::postgres::{PgConnection, PgPool, Postgres};
use sqlx::{AssertSqlSafe, Transaction};

use super::{Table, quoted};
use crate::store::db::POSTGRES;
use crate::store::{Error, Result, Tx};

/// A transaction that sees the database as of one moment.
pub struct Snapshot(Transaction<'static, Postgres>);

/// A copy that failed.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] Error),
    /// The other side failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl Snapshot {
    /// Begins; from now on nothing that others write is seen.
    pub async fn begin(pool: &PgPool) -> Result<Self> {
        let mut tx = pool.begin_with("begin isolation level repeatable read read only").await?;
        // Between two tables the archive is written, which may take a while.
        sqlx::query("set local idle_in_transaction_session_timeout = 0").execute(&mut *tx).await?;
        Ok(Self(tx))
    }

    /// The tables, those that are referred to first.
    pub async fn tables(&mut self) -> Result<Vec<Table>> {
        tables(&mut self.0).await
    }

    /// Writes a table, and gives the number of its rows.
    pub async fn copy_out(&mut self, table: &Table, to: &mut impl io::Write) -> Result<u64, CopyError> {
        let statement = format!("copy {} to stdout", with_columns(table));
        let mut stream = self.0.copy_out_raw(&statement).await.map_err(Error::from)?;
        let mut rows = 0;
        while let Some(bytes) = stream.try_next().await.map_err(Error::from)? {
            // In this format a line end within a value is written as two letters.
            rows += bytes.iter().filter(|byte| **byte == b'\n').map(|_| 1_u64).sum::<u64>();
            to.write_all(&bytes)?;
        }
        Ok(rows)
    }
}

/// Fills an empty database within one transaction: the tables as they were at the time of the backup, their rows, and
/// then whatever this version adds. Nothing counts before the caller commits.
pub async fn load(
    pool: &PgPool,
    schema: i64,
    from: &[Table],
    mut open: impl FnMut(&Table) -> io::Result<std::fs::File>,
) -> Result<Tx, CopyError> {
    let mut tx = pool.begin().await.map_err(Error::from)?;
    POSTGRES.run_to(schema, &mut *tx).await.map_err(Error::from)?;
    let there = tables(&mut tx).await?;
    empty(&mut tx, &there).await?;
    for table in &there {
        let missing = || io::Error::other(format!("the archive has no table {}", table.name));
        let table = from.iter().find(|known| known.name == table.name).ok_or_else(missing)?;
        let statement = format!("copy {} from stdin", with_columns(table));
        let file = tokio::fs::File::from_std(open(table)?);
        let mut copy = tx.copy_in_raw(&statement).await.map_err(Error::from)?;
        copy.read_from(file).await.map_err(Error::from)?;
        copy.finish().await.map_err(Error::from)?;
    }
    continue_counting(&mut tx).await?;
    POSTGRES.run(&mut *tx).await.map_err(Error::from)?;
    Ok(Tx::Postgres(tx))
}

fn with_columns(table: &Table) -> String {
    let columns: Vec<String> = table.columns.iter().map(|name| quoted(name)).collect();
    format!("{} ({})", quoted(&table.name), columns.join(", "))
}

async fn tables(connection: &mut PgConnection) -> Result<Vec<Table>> {
    let found: Vec<(String, Vec<String>)> = sqlx::query_as(
        "select c.relname::text, array_agg(a.attname::text order by a.attnum)
         from pg_class c join pg_attribute a on a.attrelid = c.oid
         where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r' and c.relname <> '_sqlx_migrations'
             and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
         group by c.relname order by c.relname",
    )
    .fetch_all(&mut *connection)
    .await?;
    let references: Vec<(String, String)> = sqlx::query_as(
        "select child.relname::text, parent.relname::text from pg_constraint r
         join pg_class child on child.oid = r.conrelid join pg_class parent on parent.oid = r.confrelid
         where r.contype = 'f' and r.conrelid <> r.confrelid and child.relnamespace = current_schema()::regnamespace",
    )
    .fetch_all(connection)
    .await?;
    let tables = found.into_iter().map(|(name, columns)| Table { name, columns, rows: 0 }).collect();
    Ok(in_order(tables, &references))
}

/// Each table behind those that it refers to.
fn in_order(mut left: Vec<Table>, references: &[(String, String)]) -> Vec<Table> {
    let mut ordered: Vec<Table> = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let waits = |table: &Table| {
            references.iter().any(|(child, parent)| {
                *child == table.name && left.iter().any(|other| other.name == *parent && other.name != table.name)
            })
        };
        let (later, now): (Vec<Table>, Vec<Table>) = left.iter().cloned().partition(waits);
        if now.is_empty() {
            // A circle: the database will say what it misses.
            ordered.extend(later);
            return ordered;
        }
        ordered.extend(now);
        left = later;
    }
    ordered
}

async fn empty(connection: &mut PgConnection, tables: &[Table]) -> Result<()> {
    let names: Vec<String> = tables.iter().map(|table| quoted(&table.name)).collect();
    sqlx::query(AssertSqlSafe(format!("truncate {}", names.join(", ")))).execute(connection).await?;
    Ok(())
}

/// Counted columns go on behind the highest number that came.
async fn continue_counting(connection: &mut PgConnection) -> Result<()> {
    let counted: Vec<(String, String)> = sqlx::query_as(
        "select c.relname::text, a.attname::text from pg_class c join pg_attribute a on a.attrelid = c.oid
         where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r' and a.attidentity <> ''",
    )
    .fetch_all(&mut *connection)
    .await?;
    for (table, column) in counted {
        let (name, quoted_column) = (quoted(&table), quoted(&column));
        let statement = format!(
            "select setval(pg_get_serial_sequence($1, $2), (select coalesce(max({quoted_column}), 0) + 1 from {name}), \
             false)"
        );
        sqlx::query(AssertSqlSafe(statement)).bind(name).bind(column).execute(&mut *connection).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_referred_to_comes_first() {
        let table = |name: &str| Table { name: name.into(), columns: Vec::new(), rows: 0 };
        let references = [("notes", "conversations"), ("conversations", "brands"), ("notes", "teammates")]
            .map(|(child, parent)| (child.to_owned(), parent.to_owned()));
        let all = ["notes", "conversations", "brands", "teammates"].map(table).to_vec();
        let names: Vec<String> = in_order(all, &references).into_iter().map(|table| table.name).collect();
        assert_eq!(names, ["brands", "teammates", "conversations", "notes"]);
    }

    #[test]
    fn a_name_cannot_leave_its_quotes() {
        assert_eq!(quoted("a\"b"), "\"a\"\"b\"");
    }
}
