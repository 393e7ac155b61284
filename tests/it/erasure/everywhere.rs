//! Nothing of an erased customer is in any column of any table, whatever tables there are.

use resolute::model::agent_run::{AgentRun, HandOffPacket, Step, StepKind};
use resolute::model::conversation::Conversation;
use resolute::model::draft::{Check, DraftDocument, Evidence, EvidenceSource};
use resolute::model::message::Delivery;
use resolute::model::person::Reason;
use resolute::model::replay::{Compared, Ended, Weighed};
use resolute::model::{ContactId, Json};
use resolute::store::chats::{self, VisitorClaims};
use resolute::store::fates::{self, Reach};
use resolute::store::intake::{self, NewIdentity};
use resolute::store::people::{self, NewEvidence};
use resolute::store::run_inputs::{self, RunInputs};
use resolute::store::{Db, agent_runs, audit, messages, replays, search};
use serde_json::json;
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::forget;
use crate::support::desk::Engine;
use crate::support::drafts::{done_run, handed_off, new_replay, put_before_a_person, saying};
use crate::support::forms::{send, taken};
use crate::support::http::Client;
use crate::support::stores::{number_of, write};
use crate::told_later::{BEN, Whatsapp, edit, revoke, sign, text};

const CUSTOMER: [&str; 3] = ["Zebulon Quill", "4915177777777", "DE.Zebulon7"];

const SQLITE: &str = "select m.name, c.name, c.type from sqlite_master m join pragma_table_info(m.name) c
    where m.type = 'table' and m.name not like 'sqlite_%' and m.name not like 'message_search%'";
const POSTGRES: &str = "select table_name::text, column_name::text, data_type::text from information_schema.columns
    where table_schema = 'public'";

/// The columns of all tables that hold the mark, each as `table.column`.
async fn marked(db: &Db) -> Vec<String> {
    let columns: Vec<(String, String, String)> = match db {
        Db::Sqlite { read, .. } => sqlx::query_as(SQLITE).fetch_all(&mut *read.get().await.unwrap()).await.unwrap(),
        Db::Postgres { write: pool, .. } => sqlx::query_as(POSTGRES).fetch_all(pool).await.unwrap(),
    };
    assert!(columns.len() > 300, "all tables are looked through: {}", columns.len());
    let mut found = Vec::new();
    for (table, column, kind) in columns {
        let rows: i64 = match db {
            Db::Sqlite { read, .. } => {
                let statement = format!(
                    "select count(*) from \"{table}\" where lower(cast(\"{column}\" as text)) like '%zebulon%'"
                );
                let mut reader = read.get().await.unwrap();
                sqlx::query_scalar(AssertSqlSafe(statement)).fetch_one(&mut *reader).await.unwrap()
            }
            Db::Postgres { write: pool, .. } => {
                let value = match kind.as_str() {
                    "bytea" => format!("encode(\"{column}\", 'escape')"),
                    _ => format!("\"{column}\"::text"),
                };
                let statement = format!("select count(*) from \"{table}\" where lower({value}) like '%zebulon%'");
                sqlx::query_scalar(AssertSqlSafe(statement)).fetch_one(pool).await.unwrap()
            }
        };
        if rows > 0 {
            found.push(format!("{table}.{column}"));
        }
    }
    found.sort();
    found
}

/// What the agent makes of a conversation, with the mark wherever it keeps words.
async fn agent_looks(ours: &Whatsapp, talk: &Conversation) {
    let clock = &ours.desk.desk.clock;
    let step = Step { kind: StepKind::Understood, summary: "Zebulon wants a chair".into(), took_us: 1 };
    let run = AgentRun {
        reason: "Zebulon is cross".into(),
        instruction: "Be kind to Zebulon".into(),
        steps: Json(vec![step]),
        ..done_run(clock, talk)
    };
    let packet = HandOffPacket { wants: "Zebulon: a chair".into(), ..HandOffPacket::default() };
    let hand_off = handed_off(clock, &run, "Zebulon asks for a person", packet);
    let inputs = RunInputs { run_id: run.id, inputs: b"Zebulon asks".to_vec(), taken_at: clock.now() };
    let (replay, before) = (new_replay(clock, talk.brand_id), Weighed::alone(Ended::Nothing));
    let after = Weighed { text: "Dear Zebulon, it is on its way.".into(), ..before.clone() };
    write(&ours.desk.desk.db, async |tx| {
        agent_runs::insert(tx, &run).await?;
        run_inputs::insert(tx, &inputs).await?;
        replays::insert(tx, &replay).await?;
        replays::insert_case(tx, replay.id, run.id, &Compared { before, after }).await?;
        agent_runs::insert_hand_off(tx, &hand_off).await
    })
    .await;
}

/// A draft with the mark wherever it keeps words.
fn drafted(ours: &Whatsapp) -> DraftDocument {
    let evidence = Evidence {
        source: EvidenceSource::Conversation,
        label: "Zebulon’s message".into(),
        detail: "a chair for Zebulon".into(),
        values: vec!["Zebulon".into()],
        read_at: ours.desk.desk.clock.now(),
    };
    DraftDocument {
        evidence: vec![evidence],
        checks: vec![Check { name: "Identity".into(), problem: Some("Zebulon is not proved".into()) }],
        why: "Zebulon asked".into(),
        choices: vec!["I am Zebulon".into()],
        ..saying("Dear Zebulon, it arrives tomorrow.")
    }
}

/// Other names, of the chat too, what speaks for one of them, and until when they have read.
async fn is_known_elsewhere(ours: &Whatsapp, talk: &Conversation, other: ContactId) {
    let (visitor, now) = (Uuid::from_u128(77), ours.desk.desk.clock.now());
    let name = |kind: &str, value: String| NewIdentity {
        id: talk.contact_id,
        brand_id: talk.brand_id,
        kind: kind.into(),
        value,
        proved: false,
        created_at: now,
    };
    let names = [name("email", "zebulon@example.com".into()), name("chat_visitor", visitor.to_string())];
    let claims = VisitorClaims { name: "Zebulon".into(), email: "zebulon@example.com".into() };
    let evidence = NewEvidence::new((talk.contact_id, other), Reason::Order, "ZEBULON-1", false, now);
    let reach = Reach { channel_id: talk.channel_id, contact_id: talk.contact_id, state: Delivery::Read, until: now };
    write(&ours.desk.desk.db, async |tx| {
        intake::insert_identities(tx, &names).await?;
        fates::keep_reaches(tx, &[reach]).await?;
        people::note_evidence(tx, &evidence).await?;
        chats::save_claims(tx, visitor, talk.channel_id, &claims, now).await
    })
    .await;
}

/// What teammates write about it.
async fn team_writes(ours: &Whatsapp, browser: &mut Client, talk: &Conversation) {
    let path = |what: &str| format!("/conversations/{}/{what}", talk.number);
    taken(browser, &path("notes"), &[("body", "Zebulon is a friend of the house")]).await;
    ours.answers(talk, "Dear Zebulon, we look for it.").await;
    let typed = [("body", "Dear Zebulon, half a"), ("revision", ""), ("choices", "Yes, Zebulon")];
    assert_eq!(send(browser, &path("draft-text"), &typed).await.status, 200);
    let approval = put_before_a_person(&ours.desk, talk, drafted(ours)).await;
    let own = [("body", "Dear Zebulon, today"), ("revision", "")];
    assert_eq!(send(browser, &format!("/approvals/{approval}/draft-text"), &own).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_an_erased_customer_is_in_any_table() {
    for engine in Engine::all() {
        let mut ours = Whatsapp::start(engine).await;
        ours.does(CUSTOMER, "wamid.Zebulon1", 1, text("Zebulon wants a lamp")).await;
        ours.does(BEN, "wamid.9", 1, text("Where is mine?")).await;
        ours.desk.drain().await;
        let db = ours.desk.desk.db.clone();
        let found = search::conversations(&db, "zebulon", None, 9).await.unwrap().conversations;
        let talk = ours.desk.talk(found[0].number).await;
        let other = ours.beside(&talk).await;
        let mut browser = ours.desk.browser().await;
        taken(&mut browser, &format!("/conversations/{}/followers", talk.number), &[("back", "/inbox")]).await;

        ours.does(CUSTOMER, "wamid.Zebulon2", 2, edit("wamid.Zebulon1", "Zebulon wants a chair")).await;
        ours.does(CUSTOMER, "wamid.Zebulon3", 3, sign("wamid.Zebulon1", "👍")).await;
        let (name, kind) = ("Zebulon.pdf", "application/pdf");
        let bill = json!({ "id": "77", "mime_type": kind, "filename": name, "caption": "Zebulon’s bill" });
        ours.does(CUSTOMER, "wamid.Zebulon4", 4, json!({ "type": "document", "document": bill })).await;
        ours.does(CUSTOMER, "wamid.Zebulon5", 5, text("Zebulon again")).await;
        ours.does(CUSTOMER, "wamid.Zebulon6", 6, revoke("wamid.Zebulon5")).await;
        ours.does(CUSTOMER, "wamid.Zebulon7", 7, edit("wamid.77", "Zebulon waits")).await;
        ours.desk.drain().await;
        agent_looks(&ours, &talk).await;
        is_known_elsewhere(&ours, &talk, other.contact_id).await;
        team_writes(&ours, &mut browser, &talk).await;

        let before = marked(&db).await;
        for column in [
            "agent_runs.instruction",
            "agent_runs.reason",
            "agent_runs.steps",
            "attachments.name",
            "chat_visitors.email",
            "composer_texts.body",
            "composer_texts.choices",
            "contact_evidence.detail",
            "contact_identities.value",
            "contacts.name",
            "conversations.contact_name",
            "draft_texts.body",
            "drafts.document",
            "events.actor",
            "hand_offs.packet",
            "hand_offs.reason",
            "message_keys.key",
            "messages.body",
            "messages.changes",
            "messages.sender_name",
            "notes.body",
            "notifications.actor",
            "raw_events.body",
            "replay_cases.document",
            "run_inputs.inputs",
        ] {
            assert!(before.iter().any(|found| found == column), "{column} is not filled: {before:?}");
        }

        let reaches = "select count(*) from reaches";
        assert_eq!(number_of(&db, reaches).await, 1);
        forget(&ours.desk, talk.contact_id).await;
        assert_eq!(number_of(&db, reaches).await, 0, "when somebody read is theirs");
        assert_eq!(marked(&db).await, Vec::<String>::new());
        let found = search::conversations(&db, "zebulon", None, 9).await.unwrap().conversations;
        assert!(found.is_empty(), "the search knows nothing of it");
        assert_eq!(audit::verify(&db).await.unwrap().flaw, None, "the chain holds");
        assert_eq!(messages::list(&db, other.id, 9).await.unwrap()[0].body, "Where is mine?");
    }
}
