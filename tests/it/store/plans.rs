//! Query plans: what happens on every page and for every message goes through an index, on both engines.
//!
//! The statements are those that the store really runs: they are caught while it does.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use resolute::model::audit::{Act, Actor, AuditAction, AuditSubject};
use resolute::model::conversation::ConversationStatus;
use resolute::model::event::EventKind;
use resolute::model::job::JobKind;
use resolute::model::saved_view::{Filters, StatusFilter};
use resolute::model::{ConversationId, Ts};
use resolute::store::audit::{self, Filter};
use resolute::store::conversations::{self, Order, View};
use resolute::store::intake::{
    self, BrandIdentity, ChannelKey, ConversationRow, NewContact, NewEvent, NewKey, NewMessage,
};
use resolute::store::jobs::{Lease, NewJob};
use resolute::store::saved_views::{self, Asked};
use resolute::store::{
    Db, actions, agent_runs, answer_times, approvals, attachments, bulk_changes, channels, chats, composer_files,
    composer_texts, conversation_counts, drafts, events, jobs, messages, notes, orders, raw_events, search,
};
use serde_json::json;
use sqlx::{AssertSqlSafe, Row};
use tracing::field::{Field, Visit};
use tracing::{Instrument as _, Subscriber};
use tracing_subscriber::layer::{Context, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{Layer, Registry};
use uuid::Uuid;

use crate::support::cast::{Cast, NOW, at, email, put};
use crate::support::stores::{on_both, write};

const ROWS: i64 = 4_000;
/// Of what is looked up for a whole batch: PostgreSQL takes a batch for a hundred rows, and reads a small table whole.
const KNOWN: i64 = 50_000;

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
async fn caught<T>(call: impl Future<Output = T>) -> BTreeSet<String> {
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
enum Given {
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

async fn plan(db: &Db, statement: &str, given: &[Given]) -> String {
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
fn slow(plan: &str) -> Vec<&str> {
    let reads_all = |line: &str| {
        let scan = line.starts_with("SCAN ") && !line.contains("VIRTUAL TABLE") && !line.contains(" USING ");
        let constant = line == "SCAN CONSTANT ROW" || line.starts_with("SCAN (subquery");
        (scan && !constant) || line.contains("Seq Scan")
    };
    let sorts = |line: &str| line.contains("USE TEMP B-TREE FOR ORDER BY");
    plan.lines().filter(|line| reads_all(line) || sorts(line)).collect()
}

fn one_of(statements: BTreeSet<String>) -> String {
    statements.into_iter().next().expect("a statement ran")
}

async fn assert_fast(db: &Db, name: &str, given: &[Given], call: impl Future<Output = ()>) {
    let statements = caught(call).await;
    assert!(!statements.is_empty(), "{name} runs a statement");
    for statement in statements {
        let plan = plan(db, &statement, given).await;
        assert!(slow(&plan).is_empty(), "{name}:\n{statement}\n{plan}");
    }
}

/// Some thousand rows of everything that grows.
async fn fill(db: &Db, cast: &Cast) -> Vec<ConversationRow> {
    let contacts: Vec<NewContact> = (0..KNOWN)
        .map(|number| NewContact {
            id: cast.clock.new_id(),
            brand_id: cast.brand.id,
            name: "Somebody".into(),
            kind: "email".into(),
            value: format!("c{number}@example.com"),
            proved: false,
            created_at: NOW,
        })
        .collect();
    let rows: Vec<ConversationRow> = (1..=ROWS)
        .map(|number| ConversationRow {
            contact_id: contacts[usize::try_from(number / 4).unwrap()].id,
            channel_id: if number % 50 == 0 { cast.chat.id } else { cast.mail.id },
            status: if number % 20 == 0 { ConversationStatus::Open } else { ConversationStatus::Resolved },
            last_message_at: at(number),
            ..cast.conversation(number)
        })
        .collect();
    let new: Vec<NewMessage> = rows.iter().map(|row| cast.message(row, "Where is it?")).collect();
    let keys: Vec<NewKey> = (0..KNOWN)
        .zip(new.iter().cycle())
        .map(|(number, message)| NewKey {
            channel_id: cast.mail.id,
            key: format!("<{number}@example.com>"),
            message_id: message.id,
            conversation_id: message.conversation_id,
        })
        .collect();
    let happened: Vec<NewEvent> = rows
        .iter()
        .map(|row| NewEvent {
            id: cast.clock.new_id(),
            brand_id: cast.brand.id,
            conversation_id: Some(row.id),
            kind: EventKind::MessageReceived,
            actor: "x".into(),
            data: json!({}),
            at: NOW,
        })
        .collect();
    let work: Vec<NewJob> = rows
        .iter()
        .map(|row| NewJob {
            dedup_key: Some(row.id.to_string()),
            ..NewJob::about(cast.clock.new_id(), JobKind::AgentRun, "conversation", &row.id, at(row.number))
        })
        .collect();
    write(db, async |tx| intake::insert_contacts(tx, &contacts).await).await;
    put(db, &rows, &new).await;
    write(db, async |tx| {
        intake::insert_keys(tx, &keys).await?;
        intake::insert_events(tx, &happened).await?;
        jobs::enqueue(tx, &work).await
    })
    .await;
    let flags = "update conversations set needs_approval = (number % 100 = 0), \
                 assignee_id = case when number % 40 = 0 then (select id from teammates where name = 'Sam') end";
    settle(db, flags).await;
    rows
}

/// Changes rows, and lets the database count them anew.
async fn settle(db: &Db, change: &'static str) {
    match db {
        Db::Sqlite { write, .. } => {
            sqlx::query(change).execute(write).await.unwrap();
            sqlx::query("analyze").execute(write).await.unwrap();
        }
        Db::Postgres { write: pool, .. } => {
            sqlx::query(change).execute(pool).await.unwrap();
            sqlx::query("vacuum analyze").execute(pool).await.unwrap();
        }
    }
}

#[tokio::test]
async fn what_happens_all_the_time_goes_through_an_index() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let rows = fill(&db, &cast).await;
        lists(&db, &cast, &rows).await;
        searching(&db).await;
        opening(&db, &rows[7]).await;
        chatting(&db, &rows[7]).await;
        work(&db, &cast).await;
        receiving(&db, &cast, &rows).await;
        put_together(&db, &cast).await;
        many_at_once(&db, &cast, &rows).await;
        busy(&db).await;
        most_urgent(&db, &cast).await;
    })
    .await;
}

async fn lists(db: &Db, cast: &Cast, rows: &[ConversationRow]) {
    let views = [
        (View::NeedsApproval, None),
        (View::Mine(cast.sam.id), Some(Given::Id(cast.sam.id.0))),
        (View::Unassigned, None),
        (View::Status(ConversationStatus::Open), Some(Given::Text("open".into()))),
        (View::Status(ConversationStatus::Resolved), Some(Given::Text("resolved".into()))),
        (View::Channel(cast.chat.id), Some(Given::Id(cast.chat.id.0))),
        (View::Brand(cast.brand.id), Some(Given::Id(cast.brand.id.0))),
        (View::Contact(rows[0].contact_id), Some(Given::Id(rows[0].contact_id.0))),
        (View::All, None),
    ];
    for (view, own) in views {
        let cursor = conversations::Cursor { at: at(ROWS / 2), id: rows[0].id };
        let mut given = vec![Given::Moment(cursor.at), Given::Id(cursor.id.0), Given::Number(25)];
        given.extend(own);
        for order in [Order::Newest, Order::Oldest, Order::Urgent] {
            let list = async { drop(conversations::list_in(db, view, order, Some(cursor), 25).await.unwrap()) };
            assert_fast(db, &format!("{view:?} {order:?}"), &given, list).await;
        }
    }
    let counts = one_of(caught(conversation_counts::numbers(db, cast.sam.id)).await);
    let counted = plan(db, &counts, &[Given::Id(cast.sam.id.0)]).await;
    assert!(counted.contains("conversation_counts") && !counted.contains("conversations"), "{counted}");
    let assigned = one_of(caught(conversation_counts::by_assignee(db)).await);
    let counted = plan(db, &assigned, &[]).await;
    assert!(counted.contains("conversation_counts") && !counted.contains("conversations"), "{counted}");
    let by_brand = one_of(caught(conversation_counts::by_brand(db)).await);
    let counted = plan(db, &by_brand, &[]).await;
    assert!(counted.contains("conversation_counts") && !counted.contains("conversations"), "{counted}");
    // Channels are few; what waits on them is found by its state.
    let health = plan(db, &one_of(caught(channels::health(db)).await), &[]).await;
    assert!(!slow(&health).iter().any(|line| line.contains("messages")), "{health}");
}

/// Most conversations are open and somebody's: of a few, a server reads and sorts all.
async fn busy(db: &Db) {
    let open = "update conversations set status = 'open', assignee_id = case when number % 4 <> 0 then \
                (select id from teammates where name = 'Sam') end where number % 10 <> 0";
    settle(db, open).await;
}

/// By when they are due: along an index for every view that is offered in this order, though not every row is due.
async fn most_urgent(db: &Db, cast: &Cast) {
    let views = [
        (View::Mine(cast.sam.id), Some(Given::Id(cast.sam.id.0)), "assignee"),
        (View::Unassigned, None, "unassigned"),
        (View::Status(ConversationStatus::Open), Some(Given::Text("open".into())), "status"),
        (View::Channel(cast.chat.id), Some(Given::Id(cast.chat.id.0)), "channel"),
        (View::Channel(cast.mail.id), Some(Given::Id(cast.mail.id.0)), "channel"),
        (View::Brand(cast.brand.id), Some(Given::Id(cast.brand.id.0)), "brand"),
    ];
    for (view, own, index) in views {
        let cursor = conversations::Cursor { at: at(1), id: cast.sam.id.0.into() };
        let mut given = vec![Given::Moment(cursor.at), Given::Id(cursor.id.0), Given::Number(25)];
        given.extend(own);
        let list = conversations::list_in(db, view, Order::Urgent, Some(cursor), 25);
        let plan = plan(db, &one_of(caught(list).await), &given).await;
        assert!(slow(&plan).is_empty() && !plan.contains("Sort"), "{view:?}:\n{plan}");
        assert!(plan.contains("conversations_urgent_") && plan.contains(index), "{view:?}:\n{plan}");
    }
}

/// A later page of a search: what was found, what earlier pages showed, and its conversations.
async fn searching(db: &Db) {
    let first = search::conversations(db, "where", None, 50).await.unwrap();
    let after = first.next.expect("more than a page");
    let statements = caught(search::conversations(db, "where", Some(after), 50)).await;
    assert_eq!(statements.len(), 3, "{statements:#?}");
    let words = if db.is_shared() { "'where':*" } else { "content : (\"where\" *)" };
    let ids = json!([first.conversations[0].id, first.conversations[1].id]).to_string();
    for statement in statements {
        let given = if statement.contains("between") {
            vec![Given::Text(ids.clone()), Given::Number(100), Given::Number(200), Given::Text(words.into())]
        } else if statement.contains("message_search") || statement.contains("to_tsquery") {
            vec![Given::Text(words.into()), Given::Number(3_000), Given::Number(500)]
        } else {
            vec![Given::Text(ids.clone())]
        };
        let plan = plan(db, &statement, &given).await;
        let reads_all =
            |line: &&str| line.contains("messages") || line.contains("conversations") || line.starts_with("SCAN m");
        let all: Vec<&str> = slow(&plan).into_iter().filter(reads_all).collect();
        assert!(all.is_empty(), "{statement}\n{plan}");
    }
}

/// What a chat asks when its line opens and with every reply.
async fn chatting(db: &Db, row: &ConversationRow) {
    let id = row.id;
    let given = [Given::Id(id.0), Given::Number(7), Given::Number(50)];
    let missed = async { drop(chats::list_events_after(db, id, 7, 50).await.unwrap()) };
    assert_fast(db, "missed", &given, missed).await;
    let waiting = async { _ = chats::waiting_before(db, row.channel_id, at(7)).await.unwrap() };
    assert_fast(db, "waiting", &[Given::Id(row.channel_id.0), Given::Moment(at(7))], waiting).await;
    let thread = async { _ = chats::find_conversation(db, row.channel_id, "visitor:7").await.unwrap() };
    let given = [Given::Id(row.channel_id.0), Given::Text(chats::thread_key("visitor:7"))];
    assert_fast(db, "thread of a visitor", &given, thread).await;
    let unseen = async { drop(chats::list_unseen(db, id, row.channel_id).await.unwrap()) };
    assert_fast(db, "unseen", &[Given::Id(id.0), Given::Id(row.channel_id.0)], unseen).await;
    let overdue = async { _ = answer_times::any_overdue(db, at(7)).await.unwrap() };
    assert_fast(db, "overdue", &[Given::Moment(at(7))], overdue).await;
}

/// A page of a conversation. On PostgreSQL only what grows in this test says something.
async fn opening(db: &Db, row: &ConversationRow) {
    let id: ConversationId = row.id;
    let given = || [Given::Id(id.0), Given::Number(50)];
    let by_number = async { drop(conversations::find_by_number(db, row.number).await.unwrap()) };
    assert_fast(db, "by number", &[Given::Number(row.number)], by_number).await;
    assert_fast(db, "by id", &given(), async { drop(conversations::find(db, id).await.unwrap()) }).await;
    assert_fast(db, "messages", &given(), async { drop(messages::list(db, id, 50).await.unwrap()) }).await;
    let thread = async { drop(messages::thread_ids(db, id, row.channel_id).await.unwrap()) };
    assert_fast(db, "thread", &[Given::Id(id.0), Given::Id(row.channel_id.0)], thread).await;
    assert_fast(db, "events", &given(), async { drop(events::list(db, id, 50).await.unwrap()) }).await;
    if matches!(db, Db::Postgres { .. }) {
        return;
    }
    let nobody = Uuid::nil();
    assert_fast(db, "draft", &given(), async { drop(drafts::current(db, id).await.unwrap()) }).await;
    assert_fast(db, "approval", &given(), async { drop(approvals::pending_of(db, id).await.unwrap()) }).await;
    assert_fast(db, "actions", &given(), async { drop(actions::list(db, id).await.unwrap()) }).await;
    assert_fast(db, "run", &given(), async { drop(agent_runs::latest(db, id).await.unwrap()) }).await;
    assert_fast(db, "hand-over", &given(), async { drop(agent_runs::latest_hand_off(db, id).await.unwrap()) }).await;
    // Beside these stand teammates and shops: so few that they are read whole.
    let noted = plan(db, &one_of(caught(notes::list(db, id)).await), &given()).await;
    assert!(noted.contains("SEARCH n USING INDEX"), "{noted}");
    let linked = plan(db, &one_of(caught(orders::list_of(db, id)).await), &given()).await;
    assert!(linked.contains("SEARCH c USING") && linked.contains("SEARCH s USING"), "{linked}");
    let source = Uuid::nil();
    let watchers = one_of(caught(orders::list_watchers(db, source.into(), "o1")).await);
    let watched = plan(db, &watchers, &[Given::Id(source), Given::Text("o1".into())]).await;
    assert!(watched.contains("SEARCH o USING INDEX conversation_orders_by_order"), "{watched}");
    let text = async { drop(composer_texts::find(db, id, nobody.into()).await.unwrap()) };
    assert_fast(db, "text", &[Given::Id(id.0), Given::Id(nobody)], text).await;
    let own = async { drop(conversations::for_reader(db, id, nobody.into()).await.unwrap()) };
    assert_fast(db, "own", &[Given::Id(id.0), Given::Id(nobody)], own).await;
    let attached = async { drop(composer_files::list(db, id, nobody.into()).await.unwrap()) };
    assert_fast(db, "attached", &[Given::Id(id.0), Given::Id(nobody)], attached).await;
    let released = async { drop(composer_files::list_released(db, NOW).await.unwrap()) };
    assert_fast(db, "released", &[Given::Moment(NOW)], released).await;
    let unsent = async { _ = write(db, async |tx| composer_files::release_older(tx, NOW, NOW).await).await };
    assert_fast(db, "unsent", &[Given::Moment(NOW), Given::Moment(NOW)], unsent).await;
    let files = async { drop(attachments::list(db, &[nobody.into()]).await.unwrap()) };
    let ids = json!([nobody]).to_string();
    assert_fast(db, "files", &[Given::Text(ids)], files).await;
}

async fn work(db: &Db, cast: &Cast) {
    let lease = Lease { id: cast.clock.new_id(), until: at(90) };
    let kind = || Given::Text("agent_run".into());
    let due = async { _ = jobs::is_due(db, JobKind::AgentRun, at(5)).await.unwrap() };
    assert_fast(db, "due", &[kind(), Given::Moment(at(5))], due).await;
    let given = [Given::Id(lease.id), Given::Moment(lease.until), kind(), Given::Moment(at(5)), Given::Number(1)];
    let claim = async {
        let claimed = write(db, async |tx| jobs::claim(tx, JobKind::AgentRun, lease, at(5), 1).await).await;
        assert_eq!(claimed.len(), 1);
    };
    assert_fast(db, "claim", &given, claim).await;
    let given = [Given::Moment(at(5)), Given::Text(json!([cast.mail.id]).to_string())];
    let back = async { _ = write(db, async |tx| raw_events::bring_back(tx, &[cast.mail.id], at(5)).await).await };
    assert_fast_join(db, "brought back", "jobs", &given, back).await;
    let release = async { _ = write(db, async |tx| jobs::release_expired(tx, at(1)).await).await };
    assert_fast(db, "release", &[Given::Moment(at(1))], release).await;
    let oldest = async { _ = jobs::oldest_unread(db).await.unwrap() };
    assert_fast(db, "oldest", &[], oldest).await;
    let keys = async { drop(jobs::list_keys(db, JobKind::Poll).await.unwrap()) };
    let under_way = async { drop(jobs::list_under_way(db).await.unwrap()) };
    assert_fast(db, "under way", &[], under_way).await;
    // The two halves of what waits and what runs are put together after the index has found them.
    assert_fast_join(db, "at work", "jobs", &[Given::Text("poll".into())], keys).await;
}

async fn receiving(db: &Db, cast: &Cast, rows: &[ConversationRow]) {
    let contact = rows[0].contact_id;
    let given = [Given::Id(contact.0), Given::Moment(at(1))];
    let automatic = async { _ = write(db, async |tx| messages::count_automatic(tx, contact, at(1)).await).await };
    assert_fast_join(db, "automatic", "messages", &given, automatic).await;
    let last = async { drop(write(db, async |tx| messages::last_inbound(tx, rows[0].id).await).await) };
    assert_fast_join(db, "last inbound", "messages", &[Given::Id(rows[0].id.0)], last).await;
    let key = ChannelKey { channel_id: cast.mail.id, key: "x".into() };
    let given = [Given::Text(json!([key]).to_string())];
    let keys = async { drop(write(db, async |tx| intake::find_keys(tx, &[key]).await).await) };
    assert_fast_join(db, "keys", "message_keys", &given, keys).await;
    let identity = BrandIdentity::new(cast.brand.id, &email("c7@example.com"));
    let given = [Given::Text(json!([identity]).to_string())];
    let contacts = async { drop(write(db, async |tx| intake::find_contacts(tx, &[identity]).await).await) };
    assert_fast_join(db, "contacts", "contact_identities", &given, contacts).await;
    let given = [Given::Text(json!([rows[0].id]).to_string())];
    let talks = async { drop(write(db, async |tx| intake::find_conversations(tx, &[rows[0].id]).await).await) };
    assert_fast_join(db, "conversations", "conversations", &given, talks).await;
}

/// Lists that people put together, their ends and their numbers: along an index, whatever is asked.
async fn put_together(db: &Db, cast: &Cast) {
    let base = Filters::default;
    let lists = [
        base(),
        Filters { status: StatusFilter::Any, ..base() },
        Filters { status: StatusFilter::Resolved, language: "de".into(), ..base() },
        Filters { status: StatusFilter::Open, unread: true, ..base() },
        Filters { assignee: "me".into(), intent: "invoice".into(), ..base() },
        Filters { channel: Some(cast.chat.id), ..base() },
        Filters { tag: "vip".into(), ..base() },
        Filters { order_number: "FJ-1".into(), ..base() },
        Filters { text: "where".into(), ..base() },
    ];
    for filters in lists {
        let asked = Asked { filters: &filters, reader: cast.sam.id, now: NOW };
        let these = Given::Text(json!([Uuid::max()]).to_string());
        let text = |text: &str| Given::Text(text.into());
        let channel = filters.channel.map_or(Given::Nothing, |id| Given::Id(id.0));
        let mine = filters.assignee == "me";
        let assignee = if mine { Given::Id(cast.sam.id.0) } else { Given::Nothing };
        let given = [
            Given::Moment(at(ROWS)),
            Given::Id(Uuid::max()),
            Given::Number(50),
            Given::Number(25),
            text(filters.status.as_str()),
            channel,
            text(if mine { "one" } else { "" }),
            assignee,
            text(&filters.tag),
            text(&filters.intent),
            text(&filters.language),
            text(&filters.order_number),
            text(if filters.unread { "1" } else { "" }),
        ];
        let given: Vec<Given> = given.into_iter().chain([these]).collect();
        let list = async { drop(saved_views::conversations(db, asked, None, 25).await.unwrap()) };
        let mut statements = caught(list).await;
        statements.extend(caught(async { _ = saved_views::count(db, asked).await.unwrap() }).await);
        // Hits of words and rare tags are looked for along indexes of their own.
        statements.retain(|statement| statement.contains("last_message_at"));
        for statement in statements {
            let plan = plan(db, &statement, &given).await;
            let whole = |line: &&str| {
                let scan = line.starts_with("SCAN ") && !line.contains(" USING ") && !line.contains("VIRTUAL TABLE");
                let table = line.contains("conversations") || line.contains("messages") || line.starts_with("SCAN m");
                (scan && table && !line.contains("subquery")) || line.contains("Seq Scan on conversations")
            };
            assert!(!plan.lines().any(|line| whole(&line)), "{filters:?}:\n{statement}\n{plan}");
        }
    }
}

/// Ticked conversations, and those of a customer or about an order.
async fn many_at_once(db: &Db, cast: &Cast, rows: &[ConversationRow]) {
    let numbers = [rows[0].number, rows[1].number];
    let lock = async { drop(write(db, async |tx| bulk_changes::lock(tx, &numbers).await).await) };
    assert_fast_join(db, "ticked", "conversations", &[Given::Text(json!(numbers).to_string())], lock).await;
    let about = async { drop(conversations::list_about(db, cast.brand.id, "FJ-1", 10).await.unwrap()) };
    let given = [Given::Id(cast.brand.id.0), Given::Text("FJ-1".into()), Given::Number(10)];
    for statement in caught(about).await {
        let plan = plan(db, &statement, &given).await;
        assert!(!plan.contains("Seq Scan") && !plan.contains("SCAN conversations"), "{plan}");
    }
    let contact = rows[0].contact_id;
    let given = [Given::Id(contact.0), Given::Number(20)];
    let noted = async { drop(notes::list_of_contact(db, contact, 20).await.unwrap()) };
    for statement in caught(noted).await {
        let plan = plan(db, &statement, &given).await;
        assert!(!plan.contains("Seq Scan on conversations") && !plan.contains("SCAN conversations\n"), "{plan}");
    }
}

/// A look-up of a batch: the table that grows is never read as a whole, whatever PostgreSQL thinks of the batch's size.
async fn assert_fast_join(db: &Db, name: &str, table: &str, given: &[Given], call: impl Future<Output = ()>) {
    for statement in caught(call).await {
        let plan = plan(db, &statement, given).await;
        let reads_all = slow(&plan).into_iter().any(|line| line.contains(table) || line.starts_with("SCAN "));
        assert!(!reads_all, "{name}:\n{statement}\n{plan}");
    }
}

#[tokio::test]
async fn the_audit_log_is_read_through_an_index() {
    on_both(async |db| {
        write(&db, async |tx| {
            for number in 0..2_000 {
                let act = Act {
                    actor: if number % 50 == 0 { Actor::Agent } else { Actor::System },
                    action: if number % 40 == 0 { AuditAction::TakenOver } else { AuditAction::SignedIn },
                    subject: (AuditSubject::Conversation, number.to_string()),
                    brand: None,
                    details: json!({}),
                };
                audit::append(tx, &act, NOW).await?;
            }
            Ok(())
        })
        .await;
        match &db {
            Db::Sqlite { write, .. } => sqlx::query("analyze").execute(write).await.map(drop).unwrap(),
            Db::Postgres { write: pool, .. } => sqlx::query("vacuum analyze").execute(pool).await.map(drop).unwrap(),
        }
        for (actor, action, subject) in
            [("", "", ""), ("agent", "", ""), ("", "taken_over", ""), ("", "", "77"), ("agent", "taken_over", "77")]
        {
            let filter = Filter { actor: actor.into(), action: action.into(), subject: subject.into() };
            let given = [actor, action, subject].map(|word| Given::Text(word.into()));
            let given: Vec<Given> = given.into_iter().chain([Given::Number(1_900), Given::Number(50)]).collect();
            let list = async { drop(audit::list(&db, &filter, Some(1_900), 50).await.unwrap()) };
            assert_fast(&db, &format!("{filter:?}"), &given, list).await;
        }
    })
    .await;
}
