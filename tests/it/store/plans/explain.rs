//! Statements caught while the store runs them, and what a database plans to do for each.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use resolute::model::Ts;
use resolute::store::Db;
use sqlx::{AssertSqlSafe, Row};
use tracing::field::{Field, Visit};
use tracing::{Instrument as _, Subscriber};
use tracing_subscriber::layer::{Context, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{Layer, Registry};
use uuid::Uuid;

/// Statements that ran inside a span called `explained`.
#[derive(Clone, Default)]
struct Caught(Arc<Mutex<Vec<String>>>);

struct Statement(String);

impl Visit for Statement {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "db.statement" {
            value.clone_into(&mut self.0);
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Caught {
    fn on_event(&self, event: &tracing::Event<'_>, context: Context<'_, S>) {
        let explained =
            context.event_scope(event).is_some_and(|mut spans| spans.any(|span| span.name() == "explained"));
        if !explained || !event.metadata().target().starts_with("sqlx") {
            return;
        }
        let mut statement = Statement(String::new());
        event.record(&mut statement);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(statement.0.trim().to_owned());
    }
}

/// The statements of a store call, without what opens connections and transactions.
pub(super) async fn caught<T>(call: impl Future<Output = T>) -> BTreeSet<String> {
    static CAUGHT: LazyLock<Caught> = LazyLock::new(|| {
        let caught = Caught::default();
        tracing::subscriber::set_global_default(Registry::default().with(caught.clone())).expect("nobody else listens");
        caught
    });
    let caught = CAUGHT.clone();
    call.instrument(tracing::info_span!("explained")).await;
    let all = std::mem::take(&mut *caught.0.lock().unwrap_or_else(PoisonError::into_inner));
    let asks =
        |statement: &String| ["select", "update", "insert", "delete"].iter().any(|verb| statement.starts_with(verb));
    all.into_iter().filter(asks).collect()
}

/// A parameter as a literal.
pub(super) enum Given {
    Moment(Ts),
    Id(Uuid),
    Text(String),
    Number(i64),
    Nothing,
}

impl Given {
    fn literal(&self, db: &Db) -> String {
        match (self, db) {
            (Self::Moment(moment), Db::Sqlite { .. }) => moment.0.to_string(),
            (Self::Moment(moment), Db::Postgres { .. }) => format!("timestamptz '{moment}'"),
            (Self::Id(id), Db::Sqlite { .. }) => format!("x'{}'", id.simple()),
            (Self::Id(id), Db::Postgres { .. }) => format!("uuid '{id}'"),
            (Self::Text(text), _) => format!("'{}'", text.replace('\'', "''")),
            (Self::Number(number), _) => number.to_string(),
            (Self::Nothing, Db::Sqlite { .. }) => "null".to_owned(),
            (Self::Nothing, Db::Postgres { .. }) => "cast(null as uuid)".to_owned(),
        }
    }
}

pub(super) async fn plan(db: &Db, statement: &str, given: &[Given]) -> String {
    let mut statement = statement.to_owned();
    for (place, value) in given.iter().enumerate().rev() {
        statement = statement.replace(&format!("${}", place + 1), &value.literal(db));
    }
    assert!(!statement.contains('$'), "a parameter is missing: {statement}");
    let mut plan = String::new();
    match db {
        Db::Sqlite { write, .. } => {
            let explain = AssertSqlSafe(format!("explain query plan {statement}"));
            for row in sqlx::query(explain).fetch_all(write).await.unwrap() {
                writeln!(plan, "{}", row.get::<String, _>("detail")).unwrap();
            }
        }
        Db::Postgres { write: pool, .. } => {
            for row in sqlx::query(AssertSqlSafe(format!("explain {statement}"))).fetch_all(pool).await.unwrap() {
                writeln!(plan, "{}", row.get::<String, _>(0)).unwrap();
            }
        }
    }
    plan
}

/// Lines of a plan that read a whole table, or sort what an index should have sorted.
pub(super) fn slow(plan: &str) -> Vec<&str> {
    let reads_all = |line: &str| {
        let scan = line.starts_with("SCAN ") && !line.contains("VIRTUAL TABLE") && !line.contains(" USING ");
        let constant = line == "SCAN CONSTANT ROW" || line.starts_with("SCAN (subquery");
        (scan && !constant) || line.contains("Seq Scan")
    };
    let sorts = |line: &str| line.contains("USE TEMP B-TREE FOR ORDER BY");
    plan.lines().filter(|line| reads_all(line) || sorts(line)).collect()
}

pub(super) fn one_of(statements: BTreeSet<String>) -> String {
    statements.into_iter().next().expect("a statement ran")
}

pub(super) async fn assert_fast(db: &Db, name: &str, given: &[Given], call: impl Future<Output = ()>) {
    let statements = caught(call).await;
    assert!(!statements.is_empty(), "{name} runs a statement");
    for statement in statements {
        let plan = plan(db, &statement, given).await;
        assert!(slow(&plan).is_empty(), "{name}:\n{statement}\n{plan}");
    }
}

/// A look-up of a batch: the table that grows is never read as a whole, whatever PostgreSQL thinks of the batch's size.
pub(super) async fn assert_fast_join(
    db: &Db,
    name: &str,
    table: &str,
    given: &[Given],
    call: impl Future<Output = ()>,
) {
    for statement in caught(call).await {
        let plan = plan(db, &statement, given).await;
        let reads_all = slow(&plan).into_iter().any(|line| line.contains(table) || line.starts_with("SCAN "));
        assert!(!reads_all, "{name}:\n{statement}\n{plan}");
    }
}
