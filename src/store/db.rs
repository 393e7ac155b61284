//! One query type for SQLite and PostgreSQL.
//!
//! Reads go to a [`Db`], writes into a [`Tx`]: on SQLite the readers are opened read-only, so a write outside of a
//! transaction cannot slip through. SQL is a fixed text, or a pair of texts where the dialects differ.

use std::num::NonZero;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use deadpool::managed::{self, Metrics, RecycleResult, Timeouts};
use deadpool::unmanaged::{self, PoolConfig, PoolError};
use sqlx::migrate::Migrator;
use sqlx::pool::PoolOptions;
use sqlx::postgres::{PgArguments, PgConnectOptions, PgConnection, PgPool, PgPoolOptions, PgRow, Postgres};
use sqlx::sqlite::{
    Sqlite, SqliteArguments, SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqliteRow,
    SqliteSynchronous,
};
use sqlx::{Arguments as _, ColumnIndex, ConnectOptions as _, Connection as _, Decode, Encode, FromRow, Type};

use super::unopened::{self, Unopened};
use super::{Error, Result, engine};

/// The database.
#[derive(Clone, Debug)]
pub enum Db {
    /// A local file.
    Sqlite {
        /// Read-only connections.
        read: Readers,
        /// The one writing connection.
        write: SqlitePool,
    },
    /// A server.
    Postgres {
        /// Read-only connections.
        read: ServerReaders,
        /// Connections that write.
        write: PgPool,
    },
}

/// Connections to a file that only read. None is asked whether it lives, before or after its use: a file does not hang up.
pub type Readers = unmanaged::Pool<SqliteConnection>;

/// Connections to a server that only read. One that rested is asked whether it lives; none is asked after its use, which
/// would be a round trip for each read.
pub type ServerReaders = managed::Pool<Server>;

/// How a reading connection to a server is made and kept.
#[derive(Debug)]
pub struct Server(PgConnectOptions);

impl managed::Manager for Server {
    type Type = PgConnection;
    type Error = sqlx::Error;

    async fn create(&self) -> sqlx::Result<PgConnection> {
        PgConnection::connect_with(&self.0).await
    }

    async fn recycle(&self, connection: &mut PgConnection, metrics: &Metrics) -> RecycleResult<sqlx::Error> {
        if metrics.last_used() >= FRESH {
            connection.ping().await?;
        }
        Ok(())
    }
}

/// SQL: one text when both dialects agree, two when they do not. Parameters are `$1`, `$2`, ... in both.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sql {
    pub(super) sqlite: &'static str,
    pub(super) postgres: &'static str,
}

impl From<&'static str> for Sql {
    fn from(text: &'static str) -> Self {
        Self { sqlite: text, postgres: text }
    }
}

/// A value that both drivers can bind.
pub(super) trait Bind:
    for<'q> Encode<'q, Sqlite> + Type<Sqlite> + for<'q> Encode<'q, Postgres> + Type<Postgres> + Send
{
}
impl<T> Bind for T where
    T: for<'q> Encode<'q, Sqlite> + Type<Sqlite> + for<'q> Encode<'q, Postgres> + Type<Postgres> + Send
{
}

/// A row that both drivers can decode.
pub(super) trait Row: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}
impl<T> Row for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

/// A single value that both drivers can decode.
pub(super) trait Scalar:
    for<'r> Decode<'r, Sqlite> + Type<Sqlite> + for<'r> Decode<'r, Postgres> + Type<Postgres> + Send + Unpin
{
}
impl<T> Scalar for T where
    T: for<'r> Decode<'r, Sqlite> + Type<Sqlite> + for<'r> Decode<'r, Postgres> + Type<Postgres> + Send + Unpin
{
}

/// An open transaction; dropping it rolls back.
#[derive(Debug)]
pub enum Tx {
    /// On the one writing connection.
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    /// On a connection of the pool.
    Postgres(sqlx::Transaction<'static, Postgres>),
}

/// What is asked: the database as it is, or as a transaction sees it.
#[derive(Debug)]
pub enum Reader<'a> {
    /// The database.
    Db(&'a Db),
    /// A transaction.
    Tx(&'a mut Tx),
}

type ServerReader = managed::Object<Server>;

enum Target<'c> {
    ReadSqlite(&'c Readers),
    ReadPostgres(&'c ServerReaders),
    TxSqlite(&'c mut sqlx::Transaction<'static, Sqlite>),
    TxPostgres(&'c mut sqlx::Transaction<'static, Postgres>),
}

enum Args {
    Sqlite(SqliteArguments),
    Postgres(PgArguments),
}

/// A query being put together.
pub(super) struct Query<'c> {
    target: Target<'c>,
    args: Args,
    sql: Sql,
    unbound: Option<sqlx::error::BoxDynError>,
}

pub(super) static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
pub(super) static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

/// How long a writer waits for another process that has the SQLite file locked.
const BUSY: Duration = Duration::from_secs(5);
/// How long a reader waits for a connection.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long it may take until a server lets a connection in, or says that it lives.
const SERVER_PATIENCE: Duration = Duration::from_secs(10);
/// How long the attempt takes that finds out why a server let no connection in.
const ONCE_MORE: Duration = Duration::from_secs(2);
/// Fewest and most connections that read. Two to a processor: one is held while the page that asked shows another one.
const READERS: RangeInclusive<usize> = 4..=8;
/// How many statements a connection to a file keeps ready; beyond the number of those that the desk asks often.
const STATEMENTS: usize = 512;
/// Most connections to a server that read, and as many again that write.
const SERVER_CONNECTIONS: u32 = 10;
/// A connection to a server that was of use so lately is not asked whether it lives.
const FRESH: Duration = Duration::from_secs(1);

impl Db {
    /// Opens `postgres://...`, or `sqlite://path` (made when missing; WAL, every commit on disk before it counts).
    pub async fn connect(url: &str) -> Result<Self, Unopened> {
        let opened = if unopened::is_server(url) {
            Box::pin(Self::of_server(url)).await
        } else if url.starts_with("sqlite:") {
            Box::pin(Self::of_file(url)).await
        } else {
            let reason = "an address begins with sqlite:// or postgres://";
            Err(sqlx::Error::Configuration(reason.into()))
        };
        opened.map_err(|error| Unopened::new(url, &error))
    }

    /// Opens a database to work with: one that may only be read is refused.
    pub async fn open(url: &str) -> Result<Self, Unopened> {
        let db = Self::connect(url).await?;
        // Whatever else stands in the way of a write passes by itself, or says so when it comes.
        if engine::is_read_only(&db).await.unwrap_or(false) {
            db.close().await;
            return Err(Unopened::read_only(url));
        }
        Ok(db)
    }

    async fn of_server(url: &str) -> sqlx::Result<Self> {
        // A process that vanishes with its machine must not hold its locks until TCP gives up.
        let options = PgConnectOptions::from_str(url)?.options([("idle_in_transaction_session_timeout", "60s")]);
        let reading = Server(options.clone().options([("default_transaction_read_only", "on")]));
        let write = PgPoolOptions::new()
            .max_connections(SERVER_CONNECTIONS)
            .acquire_timeout(SERVER_PATIENCE)
            .test_before_acquire(false)
            .before_acquire(|connection, meta| {
                Box::pin(async move { Ok(meta.idle_for < FRESH || connection.ping().await.is_ok()) })
            })
            .connect_with(options.clone())
            .await;
        let write = match write {
            // It was tried again and again, and what stood in the way is not told.
            Err(sqlx::Error::PoolTimedOut) => return Err(why_away(&options).await),
            tried => tried?,
        };
        let read = ServerReaders::builder(reading)
            .max_size(usize::try_from(SERVER_CONNECTIONS).unwrap_or(1))
            .timeouts(Timeouts {
                wait: Some(SERVER_PATIENCE),
                create: Some(SERVER_PATIENCE),
                recycle: Some(SERVER_PATIENCE),
            })
            // The one that was of use last has its statements ready.
            .queue_mode(managed::QueueMode::Lifo)
            .runtime(deadpool::Runtime::Tokio1)
            .build()
            .map_err(|error| sqlx::Error::Configuration(error.into()))?;
        Ok(Self::Postgres { read, write })
    }

    async fn of_file(url: &str) -> sqlx::Result<Self> {
        let options = SqliteConnectOptions::from_str(url)?
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(BUSY)
            .foreign_keys(true)
            .statement_cache_capacity(STATEMENTS)
            .pragma("cache_size", "-8000")
            .pragma("temp_store", "memory");
        let write = PoolOptions::<Sqlite>::new()
            .max_connections(1)
            .test_before_acquire(false)
            .acquire_timeout(PATIENCE)
            .idle_timeout(None)
            .max_lifetime(None)
            .after_release(|connection, _| Box::pin(is_at_rest(connection)))
            .connect_with(options.clone())
            .await?;
        let processors = std::thread::available_parallelism().map_or(2, NonZero::get);
        let readers = (2 * processors).clamp(*READERS.start(), *READERS.end());
        let read = Readers::from_config(&PoolConfig {
            max_size: readers,
            timeout: Some(PATIENCE),
            runtime: Some(deadpool::Runtime::Tokio1),
        });
        let options = options.pragma("query_only", "on");
        for _ in 0..readers {
            read.add(options.connect().await?).await.map_err(|_| sqlx::Error::PoolTimedOut)?;
        }
        Ok(Self::Sqlite { read, write })
    }

    /// Brings the tables up to this version.
    pub async fn migrate(&self) -> Result<()> {
        match self {
            Self::Sqlite { write, .. } => SQLITE.run(write).await?,
            Self::Postgres { write, .. } => POSTGRES.run(write).await?,
        }
        Ok(())
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<()> {
        self.query("select 1").scalar::<i32>().await.map(|_| ())
    }

    /// Whether several processes may share this database.
    pub fn is_shared(&self) -> bool {
        matches!(self, Self::Postgres { .. })
    }

    /// Closes all connections; open transactions end first.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { read, write } => {
                for _ in 0..read.status().size {
                    if let Ok(connection) = read.remove().await {
                        drop(connection.close().await);
                    }
                }
                read.close();
                write.close().await;
            }
            Self::Postgres { read, write } => {
                read.close();
                write.close().await;
            }
        }
    }

    /// Begins a transaction. On SQLite it takes the writer at once, so it never fails half-way on a lock.
    pub async fn begin(&self) -> Result<Tx> {
        Ok(match self {
            Self::Sqlite { write, .. } => Tx::Sqlite(write.begin_with("BEGIN IMMEDIATE").await?),
            Self::Postgres { write, .. } => Tx::Postgres(write.begin().await?),
        })
    }

    pub(super) fn query(&self, sql: impl Into<Sql>) -> Query<'_> {
        match self {
            Self::Sqlite { read, .. } => Query::new(Target::ReadSqlite(read), sql.into()),
            Self::Postgres { read, .. } => Query::new(Target::ReadPostgres(read), sql.into()),
        }
    }
}

impl Tx {
    /// Makes everything durable.
    pub async fn commit(self) -> Result<()> {
        match self {
            Self::Sqlite(tx) => tx.commit().await?,
            Self::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }

    pub(super) fn query(&mut self, sql: impl Into<Sql>) -> Query<'_> {
        match self {
            Self::Sqlite(tx) => Query::new(Target::TxSqlite(tx), sql.into()),
            Self::Postgres(tx) => Query::new(Target::TxPostgres(tx), sql.into()),
        }
    }

    pub(super) fn is_postgres(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }
}

impl Reader<'_> {
    pub(super) fn query(&mut self, sql: impl Into<Sql>) -> Query<'_> {
        match self {
            Self::Db(db) => db.query(sql),
            Self::Tx(tx) => tx.query(sql),
        }
    }
}

macro_rules! run {
    ($query:expr, $make:ident $(::<$($g:ty),*>)?, $method:ident) => {{
        let Query { target, args, sql, unbound } = $query;
        if let Some(error) = unbound {
            return Err(Error::Database(sqlx::Error::Encode(error)));
        }
        match (target, args) {
            (Target::ReadSqlite(readers), Args::Sqlite(args)) => {
                let mut connection = readers.get().await.map_err(no_reader)?;
                let query = sqlx::$make$(::<$($g),*>)?(sql.sqlite, args);
                query.$method(&mut *connection).await.map(Into::into).map_err(Error::from)
            }
            (Target::TxSqlite(tx), Args::Sqlite(args)) => {
                sqlx::$make$(::<$($g),*>)?(sql.sqlite, args).$method(&mut **tx).await.map(Into::into).map_err(Error::from)
            }
            (Target::ReadPostgres(readers), Args::Postgres(args)) => {
                // What making a connection takes stands apart, so that every read stays small.
                let mut connection = Box::pin(readers.get()).await.map_err(no_server)?;
                let done = sqlx::$make$(::<$($g),*>)?(sql.postgres, args).$method(&mut *connection).await;
                if done.as_ref().is_err_and(hung_up) {
                    drop(ServerReader::take(connection));
                }
                done.map(Into::into).map_err(Error::from)
            }
            (Target::TxPostgres(tx), Args::Postgres(args)) => {
                sqlx::$make$(::<$($g),*>)?(sql.postgres, args).$method(&mut **tx).await.map(Into::into).map_err(Error::from)
            }
            _ => Err(Error::Database(sqlx::Error::Protocol("arguments of another driver".to_owned()))),
        }
    }};
}

/// Whether the writer is outside of any transaction. One whose end failed, as on a full disk, never leaves it again: the
/// connection goes, and the next one finds the file as it was before.
async fn is_at_rest(connection: &mut SqliteConnection) -> sqlx::Result<bool> {
    if connection.is_in_transaction() {
        // The way back of what was dropped may be under way still.
        connection.ping().await?;
    }
    Ok(!connection.is_in_transaction())
}

/// What stands in the way of a connection, by one attempt more.
async fn why_away(options: &PgConnectOptions) -> sqlx::Error {
    match tokio::time::timeout(ONCE_MORE, PgConnection::connect_with(options)).await {
        Ok(Err(error)) => error,
        Ok(Ok(_)) | Err(_) => sqlx::Error::PoolTimedOut,
    }
}

/// Whether the server is gone from the other end, so that nobody else waits for it.
fn hung_up(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::Tls(_) => true,
        sqlx::Error::Database(inner) => inner.code().is_some_and(|code| code.starts_with("57P")),
        _ => false,
    }
}

fn no_server(error: managed::PoolError<sqlx::Error>) -> Error {
    Error::from(match error {
        managed::PoolError::Backend(error) => error,
        managed::PoolError::Closed => sqlx::Error::PoolClosed,
        managed::PoolError::Timeout(_)
        | managed::PoolError::NoRuntimeSpecified
        | managed::PoolError::PostCreateHook(_) => sqlx::Error::PoolTimedOut,
    })
}

fn no_reader(error: PoolError) -> Error {
    Error::from(match error {
        PoolError::Closed => sqlx::Error::PoolClosed,
        PoolError::Timeout | PoolError::NoRuntimeSpecified => sqlx::Error::PoolTimedOut,
    })
}

/// How many rows a statement touched.
struct Touched(u64);

impl From<sqlx::sqlite::SqliteQueryResult> for Touched {
    fn from(result: sqlx::sqlite::SqliteQueryResult) -> Self {
        Self(result.rows_affected())
    }
}

impl From<sqlx::postgres::PgQueryResult> for Touched {
    fn from(result: sqlx::postgres::PgQueryResult) -> Self {
        Self(result.rows_affected())
    }
}

impl<'c> Query<'c> {
    fn new(target: Target<'c>, sql: Sql) -> Self {
        let args = match &target {
            Target::ReadSqlite(_) | Target::TxSqlite(_) => Args::Sqlite(SqliteArguments::default()),
            Target::ReadPostgres(_) | Target::TxPostgres(_) => Args::Postgres(PgArguments::default()),
        };
        Self { target, args, sql, unbound: None }
    }

    /// Binds the next parameter.
    pub(super) fn bind(mut self, value: impl Bind) -> Self {
        let bound = match &mut self.args {
            Args::Sqlite(args) => args.add(value),
            Args::Postgres(args) => args.add(value),
        };
        self.unbound = self.unbound.or(bound.err());
        self
    }

    /// Runs it; gives the number of touched rows.
    pub(super) async fn execute(self) -> Result<u64> {
        let touched: Result<Touched> = run!(self, query_with, execute);
        touched.map(|touched| touched.0)
    }

    /// All rows.
    pub(super) async fn all<T: Row>(self) -> Result<Vec<T>> {
        run!(self, query_as_with::<_, T, _>, fetch_all)
    }

    /// The one row; [`Error::NotFound`] when there is none.
    pub(super) async fn one<T: Row>(self) -> Result<T> {
        run!(self, query_as_with::<_, T, _>, fetch_one)
    }

    /// The row, if there is one.
    pub(super) async fn optional<T: Row>(self) -> Result<Option<T>> {
        run!(self, query_as_with::<_, T, _>, fetch_optional)
    }

    /// The first column of the one row.
    pub(super) async fn scalar<T: Scalar>(self) -> Result<T>
    where
        usize: ColumnIndex<SqliteRow> + ColumnIndex<PgRow>,
    {
        run!(self, query_scalar_with::<_, T, _>, fetch_one)
    }
}
