//! Query plans: what happens on every page and for every message goes through an index, on both engines.
//!
//! The statements are those that the store really runs: they are caught while it does.

mod beside;
mod explain;
mod screens;
mod work;

use resolute::inbox::deliver;
use resolute::model::audit::{Act, Actor, AuditAction, AuditSubject};
use resolute::model::conversation::ConversationStatus;
use resolute::model::event::EventKind;
use resolute::model::job::JobKind;
use resolute::setup::add_documents;
use resolute::store::audit::{self, Filter};
use resolute::store::intake::{self, ConversationRow, NewContact, NewEvent, NewKey, NewMessage};
use resolute::store::jobs::NewJob;
use resolute::store::{Db, jobs, messages};
use serde_json::json;

use self::explain::{Given, assert_fast, caught};
use crate::mail_path::{answer, receive, sofies_mail};
use crate::support::cast::{Cast, NOW, at, put};
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::smtp::SmtpDouble;
use crate::support::stores::{on_both, write};

const ROWS: i64 = 4_000;
/// Of what is looked up for a whole batch: PostgreSQL takes a batch for a hundred rows, and reads a small table whole.
const KNOWN: i64 = 50_000;

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
    let said =
        |row: &ConversationRow| NewMessage { contact_id: Some(row.contact_id), ..cast.message(row, "Where is it?") };
    let new: Vec<NewMessage> = rows.iter().map(said).collect();
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
    run(db, change).await;
    run(db, if db.is_shared() { "vacuum analyze" } else { "analyze" }).await;
}

async fn run(db: &Db, statement: &'static str) {
    match db {
        Db::Sqlite { write, .. } => sqlx::query(statement).execute(write).await.map(drop).unwrap(),
        Db::Postgres { write: pool, .. } => sqlx::query(statement).execute(pool).await.map(drop).unwrap(),
    }
}

/// Most conversations are open and somebody's: of a few, a server reads and sorts all.
async fn busy(db: &Db) {
    let open = "update conversations set status = 'open', assignee_id = case when number % 4 <> 0 then \
                (select id from teammates where name = 'Sam') end where number % 10 <> 0";
    settle(db, open).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_leaves_asks_for_nothing_that_marketplaces_alone_need() {
    for engine in Engine::all() {
        let smtp = SmtpDouble::start().await;
        let wish = Wish { may_leave_work: true, ..Wish::exact(engine).with_smtp(smtp.port) };
        let desk = TestDesk::start(wish).await;
        let number = receive(&desk, &sofies_mail()).await;
        answer(&desk, number, "It is on its way.").await;
        let talk = desk.talk(number).await;
        let id = messages::list(&desk.desk.db, talk.id, 9).await.unwrap().last().unwrap().id;
        let inbox = desk.desk.inbox();
        let asked = caught(Box::pin(async { drop(deliver::deliver(&inbox, id, 0).await.unwrap()) })).await;
        assert_eq!(smtp.taken().len(), 1);
        assert!(asked.iter().any(|statement| statement.contains("contact_identities")), "to whom: {asked:#?}");
        for needless in ["told_orders", "channel_id <> "] {
            assert!(!asked.iter().any(|statement| statement.contains(needless)), "{needless}: {asked:#?}");
        }
    }
}

#[tokio::test]
async fn what_happens_all_the_time_goes_through_an_index() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let rows = fill(&db, &cast).await;
        screens::lists(&db, &cast, &rows).await;
        screens::searching(&db).await;
        screens::opening(&db, &rows[7]).await;
        work::chatting(&db, &rows[7]).await;
        work::claiming(&db, &cast).await;
        work::receiving(&db, &cast, &rows).await;
        screens::put_together(&db, &cast).await;
        screens::many_at_once(&db, &cast, &rows).await;
        busy(&db).await;
        screens::most_urgent(&db, &cast).await;
        work::waiting(&db, &cast, &rows).await;
        work::erasing(&db, &cast, &rows[7]).await;
    })
    .await;
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
        run(&db, if db.is_shared() { "vacuum analyze" } else { "analyze" }).await;
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

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_beside_the_messages_goes_through_an_index() {
    for engine in Engine::all() {
        let wish = Wish { may_leave_work: true, ..Wish::exact(engine) };
        let desk = Box::pin(TestDesk::start(wish)).await;
        let db = &desk.desk.db;
        let cast = Cast::stored(db).await;
        write(db, async |tx| {
            add_documents(&desk.desk, tx, &cast.brand).await.expect("a policy and a voice");
            Ok(())
        })
        .await;
        let rows = fill(db, &cast).await;
        beside::fill(db).await;
        // One whose draft waits.
        let row = &rows[99];
        beside::opening(db, &cast, row).await;
        beside::watching(db, &cast, row).await;
        beside::looking_after(db).await;
        beside::framing(db, &cast, row).await;
        beside::visiting(db, row).await;
        Box::pin(beside::replying(&desk, &cast, row)).await;
        beside::notifying(db, &cast, row).await;
    }
}
