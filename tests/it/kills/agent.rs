//! Customers report broken goods; the agent gives their money back alone, or asks and a teammate says yes. The program is
//! killed meanwhile: no refund may be lost or made twice, and no reply.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use resolute::clock::Clock;
use resolute::commerce::demo_shop::seed;
use resolute::model::brand::AgentLevel;
use resolute::model::{BrandId, Ts};
use resolute::store::demo_shop::{self, CustomerRow, LineRow, NewOrder, NewRows, PaymentRow, ShipmentRow};
use resolute::store::{Db, order_sources};
use serde_json::json;

use super::play::{DELIVERERS, Plan, Play, Stage, customers, kill_at_random, settle};
use crate::support::desk::Engine;
use crate::support::http::Client;
use crate::support::mails::{DESK, Mail};
use crate::support::program::Launch;
use crate::support::setup::{MAIL_SERVER, demo_shop};
use crate::support::smtp::SmtpDouble;
use crate::support::stores::{number_of, write};
use crate::support::timeline;

/// One order for so many mails of the other form.
const MAILS_AN_ORDER: usize = 12;
/// The number of the first order.
const FIRST: i64 = 90_000;
/// An order of two lines that has arrived: those of this test are like it.
const PATTERN: &str = "ord_20390";
/// When nothing has left for so long, the kills that remain wait for nothing.
const STILL: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread")]
async fn what_the_agent_does_is_not_lost_or_doubled_on_sqlite() {
    Box::pin(run(Engine::Sqlite)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_agent_does_is_not_lost_or_doubled_on_postgres() {
    if Engine::all().contains(&Engine::Postgres) {
        Box::pin(run(Engine::Postgres)).await;
    }
}

async fn run(engine: Engine) {
    let wanted = Plan::asked();
    let (kills, orders, seed) = (wanted.kills, wanted.mails.div_ceil(MAILS_AN_ORDER), wanted.seed);
    eprintln!("{engine:?}: {orders} orders, {kills} kills, seed {seed}");
    let begun = Instant::now();
    let stage = Box::pin(Stage::new(engine, AgentLevel::Auto)).await;
    let db = stage.db().await;
    connect_shop(&db, stage.setup.brand, orders).await;
    db.close().await;

    let play = Play::new(&stage, (0..orders).map(|place| vec![report(place)]).collect());
    let customers = customers(&play, seed);
    let watching = tokio::spawn(watch(play.clone(), stage.smtp.clone()));
    let approving = tokio::spawn(approve(play.clone()));
    let program = kill_at_random(&play, &stage.launch, wanted, orders + orders / 2).await;
    for customer in customers {
        customer.await.unwrap();
    }
    let db = stage.db().await;
    all_is_done(&db, &stage.launch).await;
    approving.abort();
    watching.abort();
    drop(program);

    let asked = number_of(&db, "select count(*) from approvals where state = 'accepted'").await;
    let fates = fates(&db).await;
    db.close().await;
    check(&fates, &stage.smtp, (kills, orders));
    eprintln!("{engine:?}: {asked} of {orders} refunds were asked for, {:.1} s", begun.elapsed().as_secs_f32());
    let asked = usize::try_from(asked).unwrap();
    assert!(asked > 0 && asked < orders, "{asked} of {orders}: some are asked for, and some go out alone");
}

fn number_at(place: usize) -> i64 {
    FIRST + i64::try_from(place).unwrap()
}

fn buyer(place: usize) -> String {
    format!("buyer{place}@post.example")
}

/// A buyer reports a cup that came broken.
fn report(place: usize) -> Mail {
    let (address, order) = (buyer(place), number_at(place));
    let message_id = format!("broken.{place}@post.example");
    let raw = format!(
        "Authentication-Results: {MAIL_SERVER}; dmarc=pass header.from=post.example\r\nFrom: Sam Lee <{address}>\r\n\
         To: {DESK}\r\nSubject: Broken cup\r\nMessage-ID: <{message_id}>\r\nDate: Mon, 23 Nov 2026 10:00:00 +0100\r\n\
         \r\nThe tin cup from FJ-{order} arrived broken. I would like my money back.\r\n"
    );
    Mail { message_id, thread: place, raw: raw.into_bytes() }
}

/// The brand's shop: each buyer has got a cup and gaiters. One cup in three costs more than the agent gives back alone.
async fn connect_shop(db: &Db, brand: BrandId, orders: usize) {
    let clock = Clock::system();
    let now = clock.now();
    let row = demo_shop(brand, clock.new_id());
    let rows = rows(now, orders);
    write(db, async |tx| {
        order_sources::insert(tx, &row, Vec::new(), now).await?;
        demo_shop::insert(tx, row.id, &rows).await
    })
    .await;
}

fn rows(now: Ts, orders: usize) -> NewRows {
    let shop = seed::shop(now);
    let order = shop.orders.iter().find(|order| order.id == PATTERN).expect("an order that has arrived");
    let customer = shop.customers.iter().find(|customer| customer.id == order.customer_id).expect("its buyer");
    let payment = shop.payments.iter().find(|payment| payment.order_id == PATTERN).expect("it is paid");
    let parcel = shop.shipments.iter().find(|parcel| parcel.order_id == PATTERN).expect("its parcel");
    let lines: Vec<&LineRow> = shop.lines.iter().filter(|line| line.order_id == PATTERN).collect();
    assert_eq!(lines.len(), 2, "what is given back twice must still fit into what was paid");
    let mut new = NewRows { products: shop.products.clone(), ..NewRows::default() };
    for place in 0..orders {
        let serial = number_at(place);
        let (id, customer_id) = (format!("ord_{serial}"), format!("buyer_{serial}"));
        let mut own: Vec<LineRow> =
            lines.iter().map(|line| LineRow { order_id: id.clone(), ..(*line).clone() }).collect();
        "Tin cup".clone_into(&mut own[0].title);
        "blue".clone_into(&mut own[0].variant);
        own[0].unit_minor = if place.is_multiple_of(3) { 4_200 } else { 1_990 };
        let goods: i64 = own.iter().map(|line| line.unit_minor * line.quantity).sum();
        new.customers.push(CustomerRow {
            id: customer_id.clone(),
            email: buyer(place),
            phone: String::new(),
            ..customer.clone()
        });
        new.payments.push(PaymentRow {
            order_id: id.clone(),
            amount_minor: goods + order.shipping_minor,
            ..payment.clone()
        });
        new.shipments.push(ShipmentRow {
            order_id: id.clone(),
            tracking_number: format!("NP{serial}00777"),
            ..parcel.clone()
        });
        new.orders.push(NewOrder { id, number: format!("FJ-{serial}"), serial, customer_id, ..order.clone() });
        new.lines.extend(own);
    }
    new
}

/// What has left is progress too, so that the kills fall on refunds and replies as well.
async fn watch(play: Arc<Play>, smtp: Arc<SmtpDouble>) {
    let (mut left, mut moved) = (0, Instant::now());
    while moved.elapsed() < STILL {
        let now = smtp.taken().len();
        if now > left || play.customers_left.load(Ordering::Relaxed) > 0 {
            moved = Instant::now();
        }
        play.progress.fetch_add(now - left, Ordering::Relaxed);
        left = now;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    play.over.store(true, Ordering::Relaxed);
}

/// A teammate says yes to everything that the agent asks, again and again: what broke off may not have been taken.
async fn approve(play: Arc<Play>) {
    let mut client = Client::new(play.address).with_token(&play.setup.token);
    loop {
        if let Ok(listed) = client.get("/api/v1/approvals").await
            && listed.status == 200
        {
            for item in listed.json()["items"].as_array().into_iter().flatten() {
                let path = format!("/api/v1/approvals/{}/acceptance", item["id"].as_str().unwrap());
                // One that somebody was faster with is not listed the next time.
                let _ = client.post_json(&path, &json!({})).await;
            }
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Waits until no work is left and nothing waits for the teammate.
async fn all_is_done(db: &Db, launch: &Launch) {
    let begun = Instant::now();
    loop {
        settle(db, launch).await;
        let waiting = number_of(db, "select count(*) from approvals where state = 'pending'").await;
        if waiting == 0 && timeline::unfinished(db).await.is_empty() {
            return;
        }
        assert!(begun.elapsed() < Duration::from_mins(2), "{waiting} drafts wait for ever");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// What became of an order.
#[derive(Debug, sqlx::FromRow)]
struct Fate {
    number: String,
    /// In the shop.
    refunds: i64,
    /// As the desk has it.
    actions: i64,
    /// Replies about it that wait for a person.
    held: i64,
}

const FATES: &str = "select o.number,
        (select count(*) from demo_refunds r
            where r.order_source_id = o.order_source_id and r.order_id = o.id) as refunds,
        (select count(*) from actions a where a.order_id = o.id and a.state <> 'cancelled') as actions,
        (select count(*) from actions a join messages m on m.id = a.message_id
            where a.order_id = o.id and m.delivery = 'held') as held
    from demo_orders o order by o.serial";

async fn fates(db: &Db) -> Vec<Fate> {
    match db {
        Db::Sqlite { read, .. } => sqlx::query_as(FATES).fetch_all(&mut *read.get().await.unwrap()).await.unwrap(),
        Db::Postgres { write: pool, .. } => sqlx::query_as(FATES).fetch_all(pool).await.unwrap(),
    }
}

fn check(fates: &[Fate], smtp: &SmtpDouble, (kills, orders): (usize, usize)) {
    assert_eq!(fates.len(), orders);
    let taken = smtp.taken();
    let told = |place: usize| taken.iter().filter(|mail| mail.to.contains(&buyer(place))).count();
    let wrong: Vec<String> = fates
        .iter()
        .enumerate()
        .map(|(place, fate)| (fate, told(place)))
        .filter(|(fate, told)| {
            let is_told = *told == 1 || (*told == 0 && fate.held == 1);
            (fate.refunds, fate.actions) != (1, 1) || !is_told
        })
        .map(|(fate, told)| format!("{fate:?}, told {told} times"))
        .collect();
    assert!(wrong.is_empty(), "not refunded and told once each:\n{}", wrong.join("\n"));
    let held: Vec<&str> = fates.iter().filter(|fate| fate.held > 0).map(|fate| fate.number.as_str()).collect();
    assert!(held.len() <= kills * DELIVERERS, "too many replies wait for a person: {held:?}");
}
