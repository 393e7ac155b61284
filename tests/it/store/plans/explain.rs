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

/// Tables that hold a handful of rows however large the desk is: they are read whole.
const FEW: [&str; 15] = [
    "answer_times",
    "api_tokens",
    "audit_head",
    "brands",
    "channels",
    "conversation_counts",
    "macros",
    "mail_wishes",
    "order_sources",
    "policies",
    "reply_templates",
    "saved_views",
    "sessions",
    "teammates",
    "voices",
];
/// More rows than these are not sorted for a page.
const MANY: u64 = 500;

/// The statements of a store call, without what opens connections and transactions.
pub(super) async fn caught<T>(call: impl Future<Output = T>) -> BTreeSet<String> {
    // All tests have the same ear: one call is listened to at a time.
    static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
    static CAUGHT: LazyLock<Caught> = LazyLock::new(|| {
        let caught = Caught::default();
        tracing::subscriber::set_global_default(Registry::default().with(caught.clone())).expect("nobody else listens");
        caught
    });
    let caught = CAUGHT.clone();
    let _turn = TURN.lock().await;
    call.instrument(tracing::info_span!("explained")).await;
    let all = std::mem::take(&mut *caught.0.lock().unwrap_or_else(PoisonError::into_inner));
    let asks = |statement: &String| {
        ["select", "update", "insert", "delete", "with"].iter().any(|verb| statement.starts_with(verb))
    };
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
    planned(db, &statement).await
}

async fn planned(db: &Db, statement: &str) -> String {
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

/// What is planned for a statement whatever its parameters are, as PostgreSQL does it for one that it has run some times.
async fn plan_for_all(db: &Db, statement: &str) -> String {
    let Db::Postgres { write: pool, .. } = db else { return planned(db, statement).await };
    let count = (1..100).take_while(|place| statement.contains(&format!("${place}"))).count();
    let values = vec!["null"; count].join(", ");
    let given = if count == 0 { String::new() } else { format!("({values})") };
    let mut connection = pool.acquire().await.unwrap();
    let prepare = format!("set plan_cache_mode = force_generic_plan; prepare explained as {statement}");
    sqlx::raw_sql(AssertSqlSafe(prepare)).execute(&mut *connection).await.unwrap();
    let explain = AssertSqlSafe(format!("explain execute explained{given}"));
    let mut plan = String::new();
    for row in sqlx::raw_sql(explain).fetch_all(&mut *connection).await.unwrap() {
        writeln!(plan, "{}", row.get::<String, _>(0)).unwrap();
    }
    sqlx::raw_sql("deallocate explained; reset plan_cache_mode").execute(&mut *connection).await.unwrap();
    plan
}

/// What a line of a plan reads as a whole, by the name that its statement gives it.
fn read_whole(line: &str) -> Option<&str> {
    if let Some((_, behind)) = line.split_once("Seq Scan on ") {
        return behind.split(' ').next();
    }
    let scanned = line.strip_prefix("SCAN ")?;
    let is_constant = scanned == "CONSTANT ROW" || scanned.starts_with("(subquery");
    let is_searched = scanned.contains("VIRTUAL TABLE") || scanned.contains(" USING ");
    if is_constant || is_searched { None } else { scanned.split(' ').next() }
}

/// How many rows a line of a plan sorts from the beginning: only PostgreSQL says so.
fn sorted(line: &str) -> u64 {
    let Some((before, behind)) = line.split_once("Sort  (cost=") else { return 0 };
    let rows = behind.split_once(" rows=").and_then(|(_, rows)| rows.split(' ').next());
    if before.ends_with("Incremental ") { 0 } else { rows.and_then(|rows| rows.parse().ok()).unwrap_or(u64::MAX) }
}

/// Lines of a plan that read a whole table, or sort what an index should have sorted.
pub(super) fn slow(plan: &str) -> Vec<&str> {
    let sorts = |line: &str| line.contains("USE TEMP B-TREE FOR ORDER BY") || sorted(line) > MANY;
    plan.lines().filter(|line| read_whole(line).is_some() || sorts(line)).collect()
}

/// Lines of a statement's plan that read all of a table that grows, or sort more than a page holds.
fn slow_at_any_size<'p>(statement: &str, plan: &'p str) -> Vec<&'p str> {
    let is_word = |behind: &str| !behind.starts_with(|c: char| c.is_alphanumeric() || c == '_');
    // What stands in brackets has lines of its own.
    let is_query = |name: &str| statement.contains(&format!(") {name} "));
    let is_few = |name: &str| {
        let named = |table: &str| statement.split_once(&format!("{table} {name}"));
        let is_named = |table: &str| named(table).is_some_and(|(_, behind)| is_word(behind));
        FEW.iter().copied().any(|table| table == name || is_named(table)) || is_query(name)
    };
    let grows = |line: &str| read_whole(line).is_some_and(|name| !is_few(name));
    plan.lines().filter(|line| grows(line) || sorted(line) > MANY).collect()
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

/// Whatever their parameters are, the statements read no table that grows as a whole, nor sort more than a page holds.
pub(super) async fn assert_found(db: &Db, name: &str, call: impl Future<Output = ()>) {
    let statements = caught(call).await;
    assert!(!statements.is_empty(), "{name} runs a statement");
    for statement in statements {
        let plan = plan_for_all(db, &statement).await;
        assert!(slow_at_any_size(&statement, &plan).is_empty(), "{name}:\n{statement}\n{plan}");
    }
}

#[test]
fn a_plan_that_reads_or_sorts_too_much_is_seen() {
    let slow_lines = [
        "SCAN notifications",
        "  ->  Seq Scan on notifications  (cost=0.00..1446.51 rows=16668 width=6)",
        "Sort  (cost=8.31..8.31 rows=4000 width=86)",
    ];
    let fast_lines = [
        "SCAN CONSTANT ROW",
        "SCAN json_each VIRTUAL TABLE INDEX 1:",
        "SCAN jobs USING INDEX jobs_running",
        "SEARCH drafts USING INDEX drafts_by_conversation (conversation_id=?)",
        "  ->  Incremental Sort  (cost=8.31..8.31 rows=4000 width=86)",
        "        ->  Sort  (cost=8.31..8.31 rows=1 width=86)",
        "  ->  Index Scan using notifications_pkey on notifications n  (cost=0.29..8.31 rows=1 width=48)",
    ];
    assert_eq!(slow(&slow_lines.join("\n")), slow_lines);
    assert!(slow(&fast_lines.join("\n")).is_empty());
    let statement = "select 1 from notifications n join teammates t\n on t.id = n.teammate_id";
    let plan = "SCAN t\nSCAN n\n  ->  Seq Scan on teammates t  (cost=0.00..1.02 rows=2 width=16)";
    assert_eq!(slow_at_any_size(statement, plan), ["SCAN n"]);
}
