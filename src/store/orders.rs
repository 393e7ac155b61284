//! Orders as last read, and which conversations they belong to.

use std::time::Duration;

use channel_contract::Order;
use sqlx::types::Json;

use super::people::{is_platforms, same_person};
use super::{Db, Reader, Result, Tx, parcels, rows};
use crate::model::order::{KnownOrder, MatchedBy, awaited};
use crate::model::{BrandId, ChannelId, ContactId, ConversationId, OrderSourceId, Ts};

/// How long after the end of a promise it is looked whether it was kept.
const JUST_AFTER: Duration = Duration::from_secs(1);

#[derive(sqlx::FromRow)]
struct SnapshotRow {
    order_source_id: OrderSourceId,
    source_name: String,
    document: Json<Order>,
    read_at: Ts,
}

/// The orders of a conversation as last read, newest link first.
pub async fn list_of(db: &Db, conversation: ConversationId) -> Result<Vec<KnownOrder>> {
    let rows: Vec<SnapshotRow> = db
        .query(
            "select s.order_source_id, o.name as source_name, s.document, s.read_at from conversation_orders c
             join order_snapshots s on s.order_source_id = c.order_source_id and s.order_id = c.order_id
             join order_sources o on o.id = s.order_source_id
             where c.conversation_id = $1 and c.matched_by <> 'refused' order by c.created_at desc",
        )
        .bind(conversation)
        .all()
        .await?;
    with_news(db, rows).await
}

impl From<SnapshotRow> for KnownOrder {
    fn from(row: SnapshotRow) -> Self {
        Self {
            source_id: row.order_source_id,
            source_name: row.source_name,
            order: row.document.0,
            read_at: row.read_at,
        }
    }
}

/// Orders with what carriers say of their parcels.
async fn with_news(db: &Db, rows: Vec<SnapshotRow>) -> Result<Vec<KnownOrder>> {
    let mut known: Vec<KnownOrder> = rows.into_iter().map(KnownOrder::from).collect();
    let orders = known.iter_mut().map(|known| (known.source_id, &mut known.order)).collect();
    parcels::lay_over(&mut Reader::Db(db), orders).await?;
    Ok(known)
}

/// The orders of a customer's latest conversations, as last read, newest reading first.
pub async fn list_of_contact(db: &Db, contact: ContactId, most: i64) -> Result<Vec<KnownOrder>> {
    let rows: Vec<SnapshotRow> = db
        .query(
            "select s.order_source_id, o.name as source_name, s.document, s.read_at from (
                 select distinct l.order_source_id, l.order_id from (
                     select id from conversations where contact_id = $1 order by last_message_at desc limit 100) c
                 join conversation_orders l on l.conversation_id = c.id and l.matched_by <> 'refused') linked
             join order_snapshots s on s.order_source_id = linked.order_source_id and s.order_id = linked.order_id
             join order_sources o on o.id = s.order_source_id
             order by s.read_at desc limit $2",
        )
        .bind(contact)
        .bind(most)
        .all()
        .await?;
    with_news(db, rows).await
}

/// Keeps an order as read, and notes its parcels; an older reading never replaces a newer one. It is due again when the next
/// promise ends, or sooner where it was due sooner; one that is kept for the first time at once, where goods of it have to be sent:
/// then it is asked whether its shop has them.
pub async fn save(tx: &mut Tx, known: &KnownOrder) -> Result<()> {
    let promise_ends = promise_ends(known);
    let saved = tx
        .query(
            "insert into order_snapshots (order_source_id, order_id, number, document, read_at, due_at)
             values ($1, $2, $3, $4, $5, $6)
             on conflict (order_source_id, order_id)
             do update set number = excluded.number, document = excluded.document, read_at = excluded.read_at,
                 due_at = case when order_snapshots.due_at is null or $7 < order_snapshots.due_at
                     then coalesce($7, order_snapshots.due_at) else order_snapshots.due_at end
             where order_snapshots.read_at <= excluded.read_at",
        )
        .bind(known.source_id)
        .bind(rows::text(&known.order.id))
        .bind(rows::text(&known.order.number))
        .bind(rows::document(&known.order)?)
        .bind(known.read_at)
        .bind(if awaited(&known.order).is_empty() { promise_ends } else { Some(known.read_at) })
        .bind(promise_ends)
        .execute()
        .await?;
    if saved > 0 { parcels::note(tx, known).await } else { Ok(()) }
}

/// When the next thing that was promised of an order's parcels should have happened.
fn promise_ends(known: &KnownOrder) -> Option<Ts> {
    let under_way = known.order.shipments.iter().filter(|parcel| !parcel.has_arrived());
    let ends =
        under_way.filter_map(|parcel| parcel.promised).map(|window| Ts::from_datetime(window.to).plus(JUST_AFTER));
    ends.filter(|end| *end > known.read_at).min()
}

/// Lets an order be read again by a moment though nobody tells of it.
pub async fn look_again(tx: &mut Tx, source: OrderSourceId, order_id: &str, by: Ts) -> Result<()> {
    tx.query(
        "update order_snapshots set due_at = $3
         where order_source_id = $1 and order_id = $2 and (due_at is null or due_at > $3)",
    )
    .bind(source)
    .bind(rows::text(order_id))
    .bind(by)
    .execute()
    .await?;
    Ok(())
}

/// Orders that are due to be read again, the longest due first, at most `most`. Each is listed once.
pub async fn take_due(tx: &mut Tx, now: Ts, most: i64) -> Result<Vec<(OrderSourceId, String)>> {
    #[derive(sqlx::FromRow)]
    struct Due {
        order_source_id: OrderSourceId,
        order_id: String,
    }
    let due: Vec<Due> = tx
        .query(
            "update order_snapshots set due_at = null
             where due_at <= $1 and (order_source_id, order_id) in (
                 select order_source_id, order_id from order_snapshots where due_at <= $1 order by due_at limit $2)
             returning order_source_id, order_id",
        )
        .bind(now)
        .bind(most)
        .all()
        .await?;
    Ok(due.into_iter().map(|row| (row.order_source_id, row.order_id)).collect())
}

/// Whether news of an order may interest a customer of a brand whose agent works: it was linked to a conversation since then.
pub async fn is_talked_about(
    reader: &mut Reader<'_>,
    (source, order_id): (OrderSourceId, &str),
    since: Ts,
) -> Result<bool> {
    reader
        .query(
            "select exists (select 1 from conversation_orders o join conversations c on c.id = o.conversation_id
                 join brands b on b.id = c.brand_id
                 where o.order_source_id = $1 and o.order_id = $2 and o.matched_by <> 'refused' and o.created_at >= $3
                     and b.agent_level <> 'off')",
        )
        .bind(source)
        .bind(rows::text(order_id))
        .bind(since)
        .scalar()
        .await
}

/// Links an order to a conversation. One that a person took off is linked again by a person alone.
pub async fn link(
    tx: &mut Tx,
    conversation: ConversationId,
    known: &KnownOrder,
    matched_by: MatchedBy,
    now: Ts,
) -> Result<()> {
    tx.query(
        "insert into conversation_orders (conversation_id, order_source_id, order_id, matched_by, created_at)
         values ($1, $2, $3, $4, $5)
         on conflict (conversation_id, order_source_id, order_id)
         do update set matched_by = excluded.matched_by, created_at = excluded.created_at
         where conversation_orders.matched_by = 'refused' and excluded.matched_by = 'teammate'",
    )
    .bind(conversation)
    .bind(known.source_id)
    .bind(rows::text(&known.order.id))
    .bind(matched_by)
    .bind(now)
    .execute()
    .await?;
    Ok(())
}

/// Takes an order off a conversation, for good. `false` when it is not linked.
pub async fn refuse(tx: &mut Tx, conversation: ConversationId, source: OrderSourceId, order_id: &str) -> Result<bool> {
    let refused = tx
        .query(
            "update conversation_orders set matched_by = 'refused'
             where conversation_id = $1 and order_source_id = $2 and order_id = $3 and matched_by <> 'refused'",
        )
        .bind(conversation)
        .bind(source)
        .bind(rows::text(order_id))
        .execute()
        .await?;
    Ok(refused > 0)
}

/// The orders that people took off a conversation.
pub async fn list_refused(db: &Db, conversation: ConversationId) -> Result<Vec<(OrderSourceId, String)>> {
    #[derive(sqlx::FromRow)]
    struct Refused {
        order_source_id: OrderSourceId,
        order_id: String,
    }
    let refused: Vec<Refused> = db
        .query(
            "select order_source_id, order_id from conversation_orders
             where conversation_id = $1 and matched_by = 'refused'",
        )
        .bind(conversation)
        .all()
        .await?;
    Ok(refused.into_iter().map(|row| (row.order_source_id, row.order_id)).collect())
}

/// Whether a person took an order off a conversation.
pub async fn is_refused(
    tx: &mut Tx,
    conversation: ConversationId,
    source: OrderSourceId,
    order_id: &str,
) -> Result<bool> {
    tx.query(
        "select exists (select 1 from conversation_orders
             where conversation_id = $1 and order_source_id = $2 and order_id = $3 and matched_by = 'refused')",
    )
    .bind(conversation)
    .bind(source)
    .bind(rows::text(order_id))
    .scalar()
    .await
}

#[derive(sqlx::FromRow)]
struct Told {
    order_number: String,
}

/// For whom, and where, a platform names an order: for the customer on the channel, who is nobody of the platform itself, or for
/// anybody else and anywhere else.
macro_rules! told_for {
    (customer) => {
        concat!(
            "t.channel_id = $2 and t.contact_id in ",
            same_person!("(select contact_id from conversations where id = $1)"),
            " and not ",
            is_platforms!("t.contact_id")
        )
    };
    (others) => {
        concat!(
            "(t.channel_id <> $2 or t.contact_id not in ",
            same_person!("(select contact_id from conversations where id = $1)"),
            ")"
        )
    };
}

macro_rules! told {
    ($for:ident) => {
        concat!(
            "with recursive home (id) as (
                select id from conversations where id = $1
                union select m.source_id from merges m join home h on m.target_id = h.id where m.undone_at is null
            ) select distinct t.order_number from home h join told_orders t on t.conversation_id = h.id where ",
            told_for!($for),
            " order by t.order_number"
        )
    };
}

const TOLD: &str = told!(customer);
const TOLD_TO_OTHERS: &str = told!(others);

/// The orders that a platform names for the customer of a conversation on a channel, wherever it was merged from. What it
/// names for somebody else, whose conversation went into this one, is theirs.
pub async fn list_told(db: &Db, conversation: ConversationId, channel: ChannelId) -> Result<Vec<String>> {
    let told: Vec<Told> = db.query(TOLD).bind(conversation).bind(channel).all().await?;
    Ok(told.into_iter().map(|row| row.order_number).collect())
}

/// All orders that platforms name in a conversation, wherever it was merged from, each with the channel on which.
pub async fn list_told_anywhere(db: &Db, conversation: ConversationId) -> Result<Vec<(ChannelId, String)>> {
    #[derive(sqlx::FromRow)]
    struct Named {
        channel_id: ChannelId,
        order_number: String,
    }
    let told: Vec<Named> = db
        .query(
            "with recursive home (id) as (
                 select id from conversations where id = $1
                 union select m.source_id from merges m join home h on m.target_id = h.id where m.undone_at is null
             ) select distinct t.channel_id, t.order_number from home h join told_orders t on t.conversation_id = h.id
             order by t.order_number, t.channel_id",
        )
        .bind(conversation)
        .all()
        .await?;
    Ok(told.into_iter().map(|row| (row.channel_id, row.order_number)).collect())
}

/// The same as [`list_told`], as this transaction sees it.
pub async fn list_told_in(tx: &mut Tx, conversation: ConversationId, channel: ChannelId) -> Result<Vec<String>> {
    let told: Vec<Told> = tx.query(TOLD).bind(conversation).bind(channel).all().await?;
    Ok(told.into_iter().map(|row| row.order_number).collect())
}

/// The orders that platforms name in a conversation for somebody else, or on another channel.
pub async fn list_told_to_others(db: &Db, conversation: ConversationId, channel: ChannelId) -> Result<Vec<String>> {
    let told: Vec<Told> = db.query(TOLD_TO_OTHERS).bind(conversation).bind(channel).all().await?;
    Ok(told.into_iter().map(|row| row.order_number).collect())
}

/// The numbers of the orders that a customer's conversations are about, or were taken to be.
pub async fn list_numbers_of(tx: &mut Tx, contact: ContactId) -> Result<Vec<String>> {
    #[derive(sqlx::FromRow)]
    struct Row {
        number: String,
    }
    let all: Vec<Row> = tx
        .query(
            "select distinct s.number from conversations c join conversation_orders l on l.conversation_id = c.id
             join order_snapshots s on s.order_source_id = l.order_source_id and s.order_id = l.order_id
             where c.contact_id = $1",
        )
        .bind(contact)
        .all()
        .await?;
    Ok(all.into_iter().map(|row| row.number).collect())
}

/// The unresolved conversations of an order, at most 200.
pub async fn list_watchers(db: &Db, source: OrderSourceId, order_id: &str) -> Result<Vec<ConversationId>> {
    #[derive(sqlx::FromRow)]
    struct Watcher {
        id: ConversationId,
    }
    let watchers: Vec<Watcher> = db
        .query(
            "select c.id from conversation_orders o join conversations c on c.id = o.conversation_id
             where o.order_source_id = $1 and o.order_id = $2 and o.matched_by <> 'refused' and c.status <> 'resolved'
             limit 200",
        )
        .bind(source)
        .bind(rows::text(order_id))
        .all()
        .await?;
    Ok(watchers.into_iter().map(|row| row.id).collect())
}

/// An order as last read, as this transaction sees it.
pub async fn find_in(tx: &mut Tx, source: OrderSourceId, order_id: &str) -> Result<Option<Order>> {
    find_by(&mut Reader::Tx(tx), source, order_id).await
}

/// The same with its shop and when it was read.
pub async fn find_known_in(tx: &mut Tx, source: OrderSourceId, order_id: &str) -> Result<Option<KnownOrder>> {
    let row: Option<SnapshotRow> = tx
        .query(
            "select s.order_source_id, o.name as source_name, s.document, s.read_at from order_snapshots s
             join order_sources o on o.id = s.order_source_id where s.order_source_id = $1 and s.order_id = $2",
        )
        .bind(source)
        .bind(rows::text(order_id))
        .optional()
        .await?;
    let Some(mut known) = row.map(KnownOrder::from) else { return Ok(None) };
    parcels::lay_over(&mut Reader::Tx(tx), vec![(source, &mut known.order)]).await?;
    Ok(Some(known))
}

/// An order as last read.
pub async fn find(db: &Db, source: OrderSourceId, order_id: &str) -> Result<Option<Order>> {
    find_by(&mut Reader::Db(db), source, order_id).await
}

async fn find_by(reader: &mut Reader<'_>, source: OrderSourceId, order_id: &str) -> Result<Option<Order>> {
    const FIND: &str = "select document from order_snapshots where order_source_id = $1 and order_id = $2";
    let row: Option<Document> = reader.query(FIND).bind(source).bind(rows::text(order_id)).optional().await?;
    let Some(Document { document: Json(mut order) }) = row else { return Ok(None) };
    parcels::lay_over(reader, vec![(source, &mut order)]).await?;
    Ok(Some(order))
}

/// One order of a brand's shops as last read.
pub async fn find_of_brand(
    db: &Db,
    brand: BrandId,
    (source, order_id): (OrderSourceId, &str),
) -> Result<Option<KnownOrder>> {
    let row: Option<SnapshotRow> = db
        .query(
            "select s.order_source_id, o.name as source_name, s.document, s.read_at from order_snapshots s
             join order_sources o on o.id = s.order_source_id
             where s.order_source_id = $1 and s.order_id = $2 and o.brand_id = $3",
        )
        .bind(source)
        .bind(rows::text(order_id))
        .bind(brand)
        .optional()
        .await?;
    Ok(with_news(db, row.into_iter().collect()).await?.pop())
}

#[derive(sqlx::FromRow)]
struct Document {
    document: Json<Order>,
}
