//! The audit log: one order however many write, and a change anywhere in it is found.

use resolute::model::Ts;
use resolute::model::audit::{Act, Actor, AuditAction, AuditSubject};
use resolute::store::audit::{self, Filter};
use resolute::store::{Db, Error};
use serde_json::json;
use sqlx::AssertSqlSafe;

use crate::support::cast::{Cast, NOW, at};
use crate::support::stores::{on_both, on_sqlite, write};

fn act<'a>(actor: Actor<'a>, action: AuditAction, subject: &str) -> Act<'a> {
    Act {
        actor,
        action,
        subject: (AuditSubject::Order, subject.to_owned()),
        brand: None,
        details: json!({ "amount": "12.00 EUR", "note": "é \"😀\" \0" }),
    }
}

async fn append(db: &Db, act: &Act<'_>, now: Ts) {
    write(db, async |tx| audit::append(tx, act, now).await).await;
}

/// Five entries, two of them by Sam.
async fn five(db: &Db) -> Cast {
    let cast = Cast::stored(db).await;
    let acts = [
        act(Actor::System, AuditAction::AccountAdded, "A"),
        act(Actor::Teammate(&cast.sam), AuditAction::ActionApproved, "B"),
        Act { brand: Some(cast.brand.id), ..act(Actor::Agent, AuditAction::ActionApproved, "C") },
        act(Actor::Token(&cast.sam), AuditAction::ActionFailed, "B"),
        act(Actor::Teammate(&cast.noor), AuditAction::ActionPerformed, "B"),
    ];
    for (seconds, act) in (0..).zip(&acts) {
        append(db, act, at(seconds)).await;
    }
    cast
}

/// Runs statements that the desk itself never would, past the guard of the table.
async fn tamper(db: &Db, statements: &[&str]) {
    let guard = match db {
        Db::Sqlite { .. } => {
            vec!["drop trigger if exists audit_log_is_not_changed", "drop trigger if exists audit_log_is_not_deleted"]
        }
        Db::Postgres { .. } => vec!["drop trigger if exists audit_log_is_not_changed on audit_log"],
    };
    for statement in guard.into_iter().chain(statements.iter().copied()) {
        execute(db, statement).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
}

async fn execute(db: &Db, statement: &str) -> Result<(), sqlx::Error> {
    let statement = AssertSqlSafe(statement.to_owned());
    match db {
        Db::Sqlite { write, .. } => sqlx::query(statement).execute(write).await.map(drop),
        Db::Postgres { write: pool, .. } => sqlx::query(statement).execute(pool).await.map(drop),
    }
}

/// The first place that does not hold.
async fn flaw(db: &Db) -> Option<i64> {
    audit::verify(db).await.unwrap().flaw.map(|flaw| flaw.seq)
}

#[tokio::test]
async fn an_empty_log_holds_and_so_does_a_whole_one() {
    on_both(async |db| {
        let verdict = audit::verify(&db).await.unwrap();
        assert_eq!((verdict.chain.seq, verdict.flaw), (0, None));
        five(&db).await;
        let verdict = audit::verify(&db).await.unwrap();
        assert_eq!((verdict.chain.seq, verdict.flaw), (5, None));
    })
    .await;
}

#[tokio::test]
async fn one_changed_letter_in_any_column_is_found() {
    let sqlite = [
        "seq = 30",
        "at = at + 1",
        "actor_kind = 'Agent'",
        "actor = 'agenu'",
        "actor_name = 'Agens'",
        "action = 'action_approvee'",
        "subject_kind = 'ordes'",
        "subject = 'D'",
        "brand = substr(brand, 1, 35) || case when substr(brand, 36) = '0' then '1' else '0' end",
        "details = replace(details, '12.00', '13.00')",
        "previous_hash = OTHER",
        "hash = OTHER",
    ];
    on_both(async |db| {
        five(&db).await;
        tamper(&db, &["create table kept as select * from audit_log"]).await;
        let other = "01".repeat(32);
        for change in sqlite {
            let change = match &db {
                Db::Sqlite { .. } => change.replace("OTHER", &format!("x'{other}'")),
                Db::Postgres { .. } => change
                    .replace("at + 1", "at + interval '1 microsecond'")
                    .replace("OTHER", &format!("decode('{other}', 'hex')")),
            };
            tamper(&db, &[&format!("update audit_log set {change} where seq = 3")]).await;
            assert_eq!(flaw(&db).await, Some(3), "{change}");
            tamper(&db, &["delete from audit_log", "insert into audit_log select * from kept"]).await;
            assert_eq!(flaw(&db).await, None, "put back after {change}");
        }
    })
    .await;
}

#[tokio::test]
async fn removed_and_reordered_entries_are_found() {
    on_both(async |db| {
        five(&db).await;
        tamper(&db, &["create table kept as select * from audit_log"]).await;
        for (changes, expected) in [
            (vec!["delete from audit_log where seq = 1"], 1),
            (vec!["delete from audit_log where seq = 3"], 3),
            (vec!["delete from audit_log where seq = 5"], 5),
            (vec!["delete from audit_log"], 1),
            (
                vec![
                    "update audit_log set seq = 20 where seq = 2",
                    "update audit_log set seq = 2 where seq = 3",
                    "update audit_log set seq = 3 where seq = 20",
                ],
                2,
            ),
            // An entry before the first.
            (vec!["update audit_log set seq = -1 where seq = 5"], 1),
        ] {
            tamper(&db, &changes).await;
            assert_eq!(flaw(&db).await, Some(expected), "{changes:?}");
            tamper(&db, &["delete from audit_log", "insert into audit_log select * from kept"]).await;
        }
        tamper(&db, &["update audit_head set seq = 4"]).await;
        assert_eq!(flaw(&db).await, Some(5));
        tamper(&db, &["delete from audit_head"]).await;
        assert!(flaw(&db).await.is_some());
    })
    .await;
}

#[tokio::test]
async fn an_entry_that_cannot_even_be_read_is_found() {
    on_sqlite(async |db| {
        five(&db).await;
        tamper(&db, &["update audit_log set details = cast(x'ff' as text) where seq = 4"]).await;
        let verdict = audit::verify(&db).await.unwrap();
        assert_eq!((verdict.chain.seq, verdict.flaw.unwrap().seq), (3, 4));
    })
    .await;
}

#[tokio::test]
async fn the_table_itself_refuses_changes() {
    on_both(async |db| {
        five(&db).await;
        assert!(execute(&db, "update audit_log set details = '{}' where seq = 2").await.is_err());
        assert!(execute(&db, "delete from audit_log where seq = 2").await.is_err());
        assert_eq!(flaw(&db).await, None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_writers_make_one_chain_and_a_dropped_act_leaves_nothing() {
    on_both(async |db| {
        Cast::stored(&db).await;
        let writers = (0..8).map(|writer| {
            let db = db.clone();
            tokio::spawn(async move {
                for number in 0..10 {
                    let mut tx = db.begin().await.unwrap();
                    let subject = format!("{writer}-{number}");
                    audit::append(&mut tx, &act(Actor::System, AuditAction::TakenOver, &subject), NOW).await.unwrap();
                    // Every fourth act does not happen after all.
                    if number % 4 != 0 {
                        tx.commit().await.unwrap();
                    }
                }
            })
        });
        for writer in writers.collect::<Vec<_>>() {
            writer.await.unwrap();
        }
        let verdict = audit::verify(&db).await.unwrap();
        assert_eq!((verdict.chain.seq, verdict.flaw), (8 * 7, None));
    })
    .await;
}

#[tokio::test]
async fn a_long_chain_is_followed_step_by_step() {
    on_both(async |db| {
        let mut tx = db.begin().await.unwrap();
        for _ in 0..1_203 {
            audit::append(&mut tx, &act(Actor::System, AuditAction::SignedIn, "A"), NOW).await.unwrap();
        }
        tx.commit().await.unwrap();
        assert_eq!(audit::verify(&db).await.unwrap().chain.seq, 1_203);
        tamper(&db, &["update audit_log set subject = 'B' where seq = 1001"]).await;
        assert_eq!(flaw(&db).await, Some(1_001));
    })
    .await;
}

#[tokio::test]
async fn entries_are_found_by_person_act_and_subject_page_by_page() {
    on_both(async |db| {
        let cast = five(&db).await;
        let found = async |actor: &str, action: &str, subject: &str, before| {
            let filter = Filter { actor: actor.into(), action: action.into(), subject: subject.into() };
            let listed: Result<Vec<_>, Error> = audit::list(&db, &filter, before, 2).await;
            listed.unwrap().into_iter().map(|entry| entry.seq).collect::<Vec<_>>()
        };
        let sam = cast.sam.id.to_string();
        assert_eq!(found("", "", "", None).await, [5, 4]);
        assert_eq!(found("", "", "", Some(4)).await, [3, 2]);
        assert_eq!(found("", "", "", Some(2)).await, [1]);
        assert_eq!(found(&sam, "", "", None).await, [4, 2]);
        assert_eq!(found("agent", "", "", None).await, [3]);
        assert_eq!(found("", "action_approved", "", None).await, [3, 2]);
        assert_eq!(found(&sam, "action_approved", "", None).await, [2]);
        assert_eq!(found("", "", "B", None).await, [5, 4]);
        assert_eq!(found("", "", "B", Some(4)).await, [2]);
        assert_eq!(found(&sam, "action_failed", "B", None).await, [4]);
        assert!(found(&sam, "", "C", None).await.is_empty());
        let filter = Filter::default();
        let newest = audit::list(&db, &filter, None, 1).await.unwrap().remove(0);
        assert_eq!((newest.actor_kind.as_str(), newest.actor_name.as_str()), ("teammate", "Noor"));
        assert_eq!(newest.at, at(4));
    })
    .await;
}
