//! Customers write whom the agent can only give to a person: its shops cannot be used, or fail at every question in another
//! way, or somebody asks for a person. The program is killed meanwhile, and nobody is at the desk.
//!
//! At the end nobody is left without a person to wait for: each case stands open with a running clock and one packet, and its
//! customer has one message that says so, or the packet says why not.

use std::net::Ipv4Addr;
use std::time::Instant;

use resolute::model::Json;
use resolute::model::brand::AgentLevel;
use resolute::model::order::OrderSourceRow;
use resolute::store::{Db, order_sources};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::play::{DELIVERERS, Plan, Play, Stage, customers, kill_at_random, number, settle};
use crate::support::desk::Engine;
use crate::support::mails::{DESK, Mail};
use crate::support::setup::{MAIL_SERVER, demo_shop};
use crate::support::smtp::SmtpDouble;
use crate::support::stores::{number_of, write};

/// What the shop says, in turn: nothing, that it is broken, half an answer.
const ANSWERS: [&str; 3] = [
    "",
    "HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 9\r\nconnection: close\r\n\r\n{\"orders\"",
];

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_handed_over_has_a_person_to_wait_for_on_sqlite() {
    Box::pin(run(Engine::Sqlite)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_handed_over_has_a_person_to_wait_for_on_postgres() {
    if Engine::all().contains(&Engine::Postgres) {
        Box::pin(run(Engine::Postgres)).await;
    }
}

async fn run(engine: Engine) {
    let asked = Plan::asked();
    let half = number("RESOLUTE_HANDOVERS", 60).div_ceil(2);
    let wanted = Plan { kills: asked.kills.div_ceil(2), mails: half, ..asked };
    eprintln!("{engine:?}: {} hand-overs, {} kills, seed {}", 2 * half, 2 * wanted.kills, wanted.seed);
    let begun = Instant::now();
    let stage = Box::pin(Stage::new(engine, AgentLevel::Auto)).await;
    let desk = Box::pin(stage.desk()).await;
    let settings = Json(json!({ "base_url": failing_shop().await }));
    let shop = demo_shop(stage.setup.brand, desk.clock.new_id());
    let shop = OrderSourceRow { kind: "http".into(), settings, ..shop };
    let sealed = desk.shops.seal(shop.id, &json!({ "secret": "s".repeat(32) })).unwrap();
    let now = desk.clock.now();
    write(&desk.db, async |tx| order_sources::insert(tx, &shop, b"with another key".to_vec(), now).await).await;
    desk.db.close().await;

    // First no run comes to an end, for the shop's secrets cannot be opened; then its answers are what fails.
    Box::pin(wave(&stage, wanted, 0)).await;
    let db = stage.db().await;
    write(&db, async |tx| order_sources::update(tx, &shop, sealed).await).await;
    db.close().await;
    Box::pin(wave(&stage, wanted, half)).await;

    let db = stage.db().await;
    let ends = ends(&db).await;
    let broke_off = number_of(&db, "select count(*) from hand_offs where reason like '%could not finish%'").await;
    let unread = number_of(&db, "select count(*) from hand_offs where reason like '%shop could not be read%'").await;
    db.close().await;
    check(&ends, &stage.smtp, (2 * half, 2 * wanted.kills));
    let seconds = begun.elapsed().as_secs_f32();
    eprintln!("{engine:?}: {broke_off} runs broke off, {unread} met a shop that fails, {seconds:.1} s");
    assert_eq!(usize::try_from(broke_off), Ok(half));
    assert!(unread > 0 && usize::try_from(unread).unwrap() < half, "{unread} of {half}");
}

/// So many customers write, each once, from the one with this number on, while the program is killed.
async fn wave(stage: &Stage, wanted: Plan, first: usize) {
    let play = Play::new(stage, (first..first + wanted.mails).map(|place| vec![asks(place)]).collect());
    let customers = customers(&play, wanted.seed);
    let program = kill_at_random(&play, &stage.launch, wanted, wanted.mails).await;
    for customer in customers {
        customer.await.unwrap();
    }
    let db = stage.db().await;
    settle(&db, &stage.launch).await;
    db.close().await;
    drop(program);
}

fn writer(place: usize) -> String {
    format!("writer{place}@post.example")
}

fn asks(place: usize) -> Mail {
    let message_id = format!("asks.{place}@post.example");
    let wish = if place.is_multiple_of(2) {
        format!("Where is my order FJ-{}?", 90_000 + place)
    } else {
        "I want to talk to a person, not to a machine.".to_owned()
    };
    let raw = format!(
        "Authentication-Results: {MAIL_SERVER}; dmarc=pass header.from=post.example\r\nFrom: Sam Lee <{}>\r\n\
         To: {DESK}\r\nSubject: My order\r\nMessage-ID: <{message_id}>\r\nDate: Mon, 23 Nov 2026 10:00:00 +0100\r\n\
         \r\n{wish}\r\n",
        writer(place)
    );
    Mail { message_id, thread: place, raw: raw.into_bytes() }
}

/// A shop that fails at every question.
async fn failing_shop() -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        for answer in ANSWERS.into_iter().cycle() {
            let Ok((mut line, _)) = listener.accept().await else { return };
            tokio::spawn(async move {
                let mut asked = vec![0; 16 * 1024];
                // Whoever hung up is answered nothing.
                if line.read(&mut asked).await.is_ok() {
                    _ = line.write_all(answer.as_bytes()).await;
                }
            });
        }
    });
    format!("http://{address}")
}

/// How a case ends.
#[derive(Debug, sqlx::FromRow)]
struct End {
    number: i64,
    status: String,
    agent_state: String,
    due: i64,
    /// Packets that say what is wanted.
    packets: i64,
    /// Packets whose customer was told.
    told: i64,
    /// Packets that say why not.
    untold: i64,
    /// Messages of the desk.
    notices: i64,
    /// Those of them that wait for a person: nobody can tell whether they arrived.
    held: i64,
}

const ENDS: &str = "select c.number, c.status, c.agent_state,
        cast(case when c.due_at is null then 0 else 1 end as bigint) as due,
        (select count(*) from hand_offs h where h.conversation_id = c.id and cast(h.packet as text) not like '%\"\"%')
            as packets,
        (select count(*) from hand_offs h where h.conversation_id = c.id and h.notice_id is not null) as told,
        (select count(*) from hand_offs h where h.conversation_id = c.id and h.untold <> '') as untold,
        (select count(*) from messages m where m.conversation_id = c.id and m.author = 'system') as notices,
        (select count(*) from messages m where m.conversation_id = c.id and m.delivery = 'held') as held
    from conversations c order by c.number";

async fn ends(db: &Db) -> Vec<End> {
    match db {
        Db::Sqlite { read, .. } => sqlx::query_as(ENDS).fetch_all(&mut *read.get().await.unwrap()).await.unwrap(),
        Db::Postgres { write: pool, .. } => sqlx::query_as(ENDS).fetch_all(pool).await.unwrap(),
    }
}

fn check(ends: &[End], smtp: &SmtpDouble, (mails, kills): (usize, usize)) {
    assert_eq!(ends.len(), mails, "each has a case of their own");
    let orphans: Vec<String> = ends
        .iter()
        .filter(|end| {
            let stands = end.status == "open" && end.agent_state == "handed_off" && end.due == 1 && end.packets == 1;
            let heard = end.told + end.untold == 1 && end.notices == end.told;
            !(stands && heard)
        })
        .map(|end| format!("#{}: {end:?}", end.number))
        .collect();
    assert!(orphans.is_empty(), "left with nobody, or with half of it:\n{}", orphans.join("\n"));
    let taken = smtp.taken();
    let twice = (0..mails).filter(|place| taken.iter().filter(|mail| mail.to.contains(&writer(*place))).count() > 1);
    assert_eq!(twice.collect::<Vec<_>>(), [0; 0], "told twice");
    let told: i64 = ends.iter().map(|end| end.told).sum();
    let held: i64 = ends.iter().map(|end| end.held).sum();
    let held = usize::try_from(held).unwrap();
    assert!(held <= kills * DELIVERERS, "{held} messages wait for a person");
    assert!(taken.len() + held >= usize::try_from(told).unwrap(), "{} of {told} were sent", taken.len());
    assert!(told > 0, "nobody was told");
}
