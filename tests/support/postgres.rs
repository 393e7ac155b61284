//! Databases of their own for tests, on the PostgreSQL server that `TEST_POSTGRES_URL` names.
//!
//! `bin/with-postgres COMMAND` starts such a server. The first test that needs a template has it migrated, every other
//! one gets a copy of the files, which takes a fraction of the time.

use std::{
    env, fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::Path,
    process,
    sync::atomic::{AtomicU32, Ordering},
    thread,
};

use channel_contract::testkit::skip;
use resolute::store::Db;
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row};
use url::Url;

/// Held while a template is made, so that of many test processes only one does it.
const TEMPLATE_LOCK: i64 = 0x5265_736f_6c75;

/// The address of the server, if there is one to test with; a word why where there is none.
pub(crate) fn server() -> Option<String> {
    let server = env::var("TEST_POSTGRES_URL").ok().filter(|address| !address.is_empty());
    if server.is_none() {
        skip("TEST_POSTGRES_URL is not set, so PostgreSQL is not tested (`bin/with-postgres` sets it)");
    }
    server
}

/// A database that is dropped with this value.
pub(crate) struct Database {
    server: String,
    name: String,
    /// Where to connect.
    pub(crate) url: String,
}

impl Database {
    /// An empty database with a name that no other test has.
    pub(crate) async fn empty(server: &str) -> Self {
        let name = unique_name();
        let url = create_database(server, &name).await;
        Self { server: server.to_owned(), name, url }
    }

    /// A database with the desk's tables.
    pub(crate) async fn migrated(server: &str) -> Self {
        let name = template_name();
        template(server, &name, async |url: &str| {
            let db = Db::connect(url).await.expect("the template opens");
            db.migrate().await.expect("the tables are made");
            db.close().await;
        })
        .await;
        Self::copy_of(server, &name).await
    }

    /// A copy of a template that [`template`] made.
    pub(crate) async fn copy_of(server: &str, template: &str) -> Self {
        let name = unique_name();
        drop_database(server, &name).await;
        let url = create(server, &name, &format!("template {}", quoted(template))).await;
        Self { server: server.to_owned(), name, url }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // A test's runtime may be shutting down, so the farewell has a thread and a runtime of its own.
        let (server, name) = (self.server.clone(), self.name.clone());
        let farewell = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime to drop the database").block_on(drop_database(&server, &name));
        });
        if farewell.join().is_err() {
            eprintln!("database {} was left behind", self.name);
        }
    }
}

/// Makes an empty database, in place of one that an earlier run left, and returns its address.
pub(crate) async fn create_database(server: &str, name: &str) -> String {
    drop_database(server, name).await;
    create(server, name, "").await
}

/// Drops a database, if it exists, with all connections to it.
pub(crate) async fn drop_database(server: &str, name: &str) {
    run(server, format!("drop database if exists {} with (force)", quoted(name))).await;
}

/// Makes the template `name` unless it exists: creates a database and has `migrate` fill it, given its address.
///
/// Put a fingerprint of the migrations into the name, so that a server which outlives a run is never stale.
/// `migrate` closes its connections before it returns: PostgreSQL copies no database that is in use.
pub(crate) async fn template(server: &str, name: &str, migrate: impl AsyncFnOnce(&str)) {
    let mut connection = PgConnection::connect(server).await.expect("TEST_POSTGRES_URL answers");
    let lock = sqlx::query("select pg_advisory_lock($1)").bind(TEMPLATE_LOCK);
    lock.execute(&mut connection).await.expect("the template lock is free some time");

    let known = sqlx::query("select exists (select 1 from pg_database where datname = $1)").bind(name);
    let known: bool = known.fetch_one(&mut connection).await.expect("the list of databases").get(0);
    if !known {
        // Under another name until it is whole, so that a run which dies here leaves no half template.
        let unfinished = format!("{name}_unfinished");
        migrate(&create_database(server, &unfinished).await).await;
        run(server, format!("alter database {} rename to {}", quoted(&unfinished), quoted(name))).await;
    }
    connection.close().await.expect("closing gives the template lock back");
}

/// Another template for other migrations, so that a server which outlives a run is never stale.
fn template_name() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/postgres");
    let files = fs::read_dir(folder).expect("the migrations are there");
    let mut texts: Vec<_> = files
        .map(|file| file.expect("a migration").path())
        .map(|path| (path.clone(), fs::read(path).expect("a migration can be read")))
        .collect();
    texts.sort();
    let mut hasher = DefaultHasher::new();
    for (_, text) in &texts {
        text.hash(&mut hasher);
    }
    format!("resolute_template_{:016x}", hasher.finish())
}

async fn create(server: &str, name: &str, options: &str) -> String {
    run(server, format!("create database {} {options}", quoted(name))).await;
    let mut url = Url::parse(server).expect("TEST_POSTGRES_URL is an address");
    url.set_path(name);
    url.into()
}

async fn run(server: &str, statement: String) {
    let mut connection = PgConnection::connect(server).await.expect("TEST_POSTGRES_URL answers");
    let done = sqlx::query(AssertSqlSafe(statement.clone())).execute(&mut connection).await;
    done.unwrap_or_else(|error| panic!("`{statement}` failed: {error}"));
    connection.close().await.expect("the connection closes");
}

/// Names come from tests, so anything but a plain word is a mistake in the test.
fn quoted(name: &str) -> String {
    let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    assert!(plain && name.len() <= 63, "`{name}` is no plain database name");
    format!("\"{name}\"")
}

fn unique_name() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("resolute_test_{}_{}", process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}
