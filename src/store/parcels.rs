//! The parcels of orders, what carriers say of them, and who sleeps until one is seen.

use std::collections::BTreeMap;

use channel_contract::Order;
use serde::Serialize;
use sqlx::types::Json;

use super::db::{Reader, Sql};
use super::{Db, Result, Tx, rows};
use crate::model::order::KnownOrder;
use crate::model::sleep::ParcelWait;
use crate::model::tracker::{Parcel, ParcelNews, TrackerKind, plain_number};
use crate::model::{BrandId, ConversationId, OrderSourceId, TrackerId, Ts};

/// Notes the parcels of an order as it was read: those with a number that have not arrived. They are to be read at once.
pub(super) async fn note(tx: &mut Tx, known: &KnownOrder) -> Result<()> {
    #[derive(Serialize)]
    struct Row {
        number: String,
        carrier: String,
    }
    const NOTE: Sql = Sql {
        sqlite: "insert into parcels (order_source_id, order_id, number, carrier, due_at)
            select $1, $2, value ->> 'number', value ->> 'carrier', $3 from json_each($4) where true
            on conflict (order_source_id, order_id, number) do update set carrier = excluded.carrier",
        postgres: "insert into parcels (order_source_id, order_id, number, carrier, due_at)
            select $1::uuid, $2::text, number, carrier, $3::timestamptz
            from json_to_recordset($4::json) as r (number text, carrier text)
            on conflict (order_source_id, order_id, number) do update set carrier = excluded.carrier",
    };
    let under_way = known.order.shipments.iter().filter(|parcel| !parcel.has_arrived());
    // A number twice in one order is one parcel.
    let parcels: BTreeMap<String, &str> =
        under_way.map(|parcel| (plain_number(&parcel.tracking_number), parcel.carrier.as_str())).collect();
    let named = parcels.into_iter().filter(|(number, _)| !number.is_empty());
    let parcels: Vec<Row> = named.map(|(number, carrier)| Row { number, carrier: carrier.to_owned() }).collect();
    if parcels.is_empty() {
        return Ok(());
    }
    tx.query(NOTE)
        .bind(known.source_id)
        .bind(rows::text(&known.order.id))
        .bind(known.read_at)
        .bind(rows::json(&parcels)?)
        .execute()
        .await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct LaidOver {
    order_source_id: OrderSourceId,
    order_id: String,
    number: String,
    news: Json<ParcelNews>,
    heard_by: String,
    heard_at: Ts,
}

/// Lays what carriers say of their parcels over orders as their shops tell them.
pub(super) async fn lay_over(reader: &mut Reader<'_>, orders: Vec<(OrderSourceId, &mut Order)>) -> Result<()> {
    #[derive(Serialize)]
    struct Row<'a> {
        source: OrderSourceId,
        id: &'a str,
    }
    const HEARD: Sql = Sql {
        sqlite: "select p.order_source_id, p.order_id, p.number, p.news, p.heard_by, p.heard_at from json_each($1) r
            join parcels p on p.order_source_id = unhex(r.value ->> 'source', '-') and p.order_id = r.value ->> 'id'
            where p.news is not null and p.heard_at is not null",
        postgres: "select p.order_source_id, p.order_id, p.number, p.news, p.heard_by, p.heard_at
            from json_to_recordset($1::json) as r (source uuid, id text)
            join parcels p on p.order_source_id = r.source and p.order_id = r.id
            where p.news is not null and p.heard_at is not null",
    };
    let sent = |order: &Order| order.shipments.iter().any(|parcel| !parcel.tracking_number.is_empty());
    let asked: Vec<Row<'_>> = orders
        .iter()
        .filter(|(_, order)| sent(order))
        .map(|(source, order)| Row { source: *source, id: &order.id })
        .collect();
    if asked.is_empty() {
        return Ok(());
    }
    let heard: Vec<LaidOver> = reader.query(HEARD).bind(rows::json(&asked)?).all().await?;
    for (source, order) in orders {
        let stored = rows::text(&order.id);
        for parcel in &mut order.shipments {
            let number = plain_number(&parcel.tracking_number);
            let is_it =
                |one: &&LaidOver| one.order_source_id == source && one.order_id == stored && one.number == number;
            if let Some(heard) = heard.iter().find(is_it) {
                parcel.hear(&heard.news, &heard.heard_by, heard.heard_at.datetime());
            }
        }
    }
    Ok(())
}

/// Lays what carriers say over orders that were just read in a shop.
pub async fn lay_over_read(db: &Db, source: OrderSourceId, orders: &mut [Order]) -> Result<()> {
    lay_over(&mut Reader::Db(db), orders.iter_mut().map(|order| (source, order)).collect()).await
}

/// A parcel that is to be read.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct DueParcel {
    /// The tracking number.
    pub number: String,
    /// The carrier as the shop calls it.
    pub carrier: String,
    /// Under how many orders the provider follows it.
    pub followed: i64,
}

impl DueParcel {
    /// The parcel, as a provider is asked for it.
    pub fn parcel(&self) -> Parcel {
        Parcel { number: self.number.clone(), carrier: self.carrier.clone() }
    }
}

/// The parcels of a brand that are to be read, as far as unresolved conversations are about their orders, longest due first.
pub async fn list_due(db: &Db, (brand, tracker): (BrandId, TrackerId), now: Ts, most: i64) -> Result<Vec<DueParcel>> {
    db.query(
        "select p.number, max(p.carrier) as carrier, count(case when p.tracker_id = $2 then 1 end) as followed
         from conversations c join conversation_orders o on o.conversation_id = c.id and o.matched_by <> 'refused'
         join parcels p on p.order_source_id = o.order_source_id and p.order_id = o.order_id
         where c.brand_id = $1 and c.status <> 'resolved' and p.due_at <= $3
         group by p.number order by min(p.due_at), p.number limit $4",
    )
    .bind(brand)
    .bind(tracker)
    .bind(now)
    .bind(most)
    .all()
    .await
}

/// How many parcels a provider follows, and how many of the brand's it refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct ParcelCounts {
    /// Those that are still to be read.
    pub followed: i64,
    /// Those that it does not take.
    pub refused: i64,
}

/// The parcels of a brand, counted.
pub async fn counts(db: &Db, brand: BrandId, tracker: TrackerId) -> Result<ParcelCounts> {
    db.query(
        "select count(case when p.tracker_id = $2 and p.due_at is not null then 1 end) as followed,
             count(case when p.refused <> '' then 1 end) as refused
         from parcels p join order_sources s on s.id = p.order_source_id where s.brand_id = $1",
    )
    .bind(brand)
    .bind(tracker)
    .one()
    .await
}

/// A parcel under one order, with what its carrier said last.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct OrderParcel {
    /// The shop.
    pub order_source_id: OrderSourceId,
    /// The shop's id of the order.
    pub order_id: String,
    /// What the carrier said last.
    pub news: Option<Json<ParcelNews>>,
}

/// A parcel under every order of a brand that has it.
pub async fn list_of_number(db: &Db, brand: BrandId, number: &str) -> Result<Vec<OrderParcel>> {
    db.query(
        "select p.order_source_id, p.order_id, p.news from parcels p join order_sources s on s.id = p.order_source_id
         where p.number = $2 and s.brand_id = $1 order by p.order_source_id, p.order_id",
    )
    .bind(brand)
    .bind(rows::text(number))
    .all()
    .await
}

/// What a provider said of a parcel.
#[derive(Clone, Copy, Debug)]
pub struct Said<'a> {
    /// The provider.
    pub tracker: TrackerId,
    /// Which it is.
    pub kind: TrackerKind,
    /// What it said.
    pub news: &'a ParcelNews,
    /// When it was asked.
    pub asked_at: Ts,
    /// When it had answered.
    pub at: Ts,
    /// When to ask again.
    pub due_at: Option<Ts>,
}

/// Keeps what a carrier says of a parcel under an order; what was said before never replaces it. `false` where it does not count.
/// What was pushed of the parcel since the provider was asked may be missing in its answer: that stays due.
pub async fn keep(tx: &mut Tx, (source, order): (OrderSourceId, &str), said: &Said<'_>) -> Result<bool> {
    let kept = tx
        .query(
            "update parcels set tracker_id = $1, news = $2, heard_by = $3, heard_at = $4, refused = '',
                 due_at = case when due_at > $9 and ($5 is null or due_at < $5) then due_at else $5 end
             where order_source_id = $6 and order_id = $7 and number = $8 and (heard_at is null or heard_at <= $4)",
        )
        .bind(said.tracker)
        .bind(rows::document(said.news)?)
        .bind(said.kind.name())
        .bind(said.at)
        .bind(said.due_at)
        .bind(source)
        .bind(rows::text(order))
        .bind(rows::text(&said.news.number))
        .bind(said.asked_at)
        .execute()
        .await?;
    Ok(kept > 0)
}

/// The parcels of a brand with these numbers.
macro_rules! of_numbers {
    ($change:literal) => {
        Sql {
            sqlite: concat!(
                "update parcels set ",
                $change,
                " where order_source_id in (select id from order_sources where brand_id = $1)
                    and number in (select value from json_each($2))"
            ),
            postgres: concat!(
                "update parcels set ",
                $change,
                " where order_source_id in (select id from order_sources where brand_id = $1)
                    and number in (select json_array_elements_text($2::json))"
            ),
        }
    };
}

/// Notes that a provider follows parcels from now on.
pub async fn follow(tx: &mut Tx, brand: BrandId, numbers: &[String], tracker: TrackerId) -> Result<()> {
    const FOLLOW: Sql = of_numbers!("tracker_id = $3, refused = ''");
    tx.query(FOLLOW).bind(brand).bind(rows::json(numbers)?).bind(tracker).execute().await?;
    Ok(())
}

/// Notes that a provider does not take a parcel, and why: it is not asked again.
pub async fn refuse(tx: &mut Tx, brand: BrandId, number: &str, reason: &str) -> Result<()> {
    const REFUSE: Sql = of_numbers!("tracker_id = null, due_at = null, refused = $3");
    let reason = if reason.is_empty() { "It gives no reason." } else { reason };
    tx.query(REFUSE).bind(brand).bind(rows::json(&[number])?).bind(rows::text(reason)).execute().await?;
    Ok(())
}

/// Notes that a provider did not know a parcel when it was asked: it is asked to follow it again then, or sooner where something
/// was pushed of it since.
pub async fn lose(tx: &mut Tx, brand: BrandId, number: &str, asked_at: Ts, due_at: Ts) -> Result<()> {
    const LOSE: Sql =
        of_numbers!("tracker_id = null, due_at = case when due_at > $4 and due_at < $3 then due_at else $3 end");
    tx.query(LOSE).bind(brand).bind(rows::json(&[number])?).bind(due_at).bind(asked_at).execute().await?;
    Ok(())
}

/// There is news of parcels, which are read as soon as may be; gives how many of them are known.
pub async fn hurry(tx: &mut Tx, brand: BrandId, numbers: &[String], now: Ts) -> Result<u64> {
    const HURRY: Sql = of_numbers!("due_at = $3");
    tx.query(HURRY).bind(brand).bind(rows::json(numbers)?).bind(now).execute().await
}

/// The parcels of a provider that is taken off are nobody's, and nothing that it said counts.
pub async fn release(tx: &mut Tx, brand: BrandId, now: Ts) -> Result<()> {
    tx.query(
        "update parcels set tracker_id = null, news = null, heard_by = '', heard_at = null, due_at = $2, refused = ''
         where order_source_id in (select id from order_sources where brand_id = $1)",
    )
    .bind(brand)
    .bind(now)
    .execute()
    .await?;
    Ok(())
}

/// Lets a conversation sleep until a parcel of it is seen, while it sleeps until this moment.
pub async fn wait_for(tx: &mut Tx, conversation: ConversationId, wakes_on: ParcelWait, until: Ts) -> Result<()> {
    tx.query(
        "insert into parcel_waits (conversation_id, wakes_on, until) values ($1, $2, $3)
         on conflict (conversation_id) do update set wakes_on = excluded.wakes_on, until = excluded.until",
    )
    .bind(conversation)
    .bind(wakes_on)
    .bind(until)
    .execute()
    .await?;
    Ok(())
}

/// No parcel wakes a conversation any more.
pub async fn forget_wait(tx: &mut Tx, conversation: ConversationId) -> Result<()> {
    tx.query("delete from parcel_waits where conversation_id = $1").bind(conversation).execute().await?;
    Ok(())
}

/// What of a parcel wakes a conversation that sleeps until this moment.
pub async fn find_wait(tx: &mut Tx, conversation: ConversationId, until: Ts) -> Result<Option<ParcelWait>> {
    #[derive(sqlx::FromRow)]
    struct Wait {
        wakes_on: ParcelWait,
    }
    let wait: Option<Wait> = tx
        .query("select wakes_on from parcel_waits where conversation_id = $1 and until = $2")
        .bind(conversation)
        .bind(until)
        .optional()
        .await?;
    Ok(wait.map(|wait| wait.wakes_on))
}
