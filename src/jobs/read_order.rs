//! Reads an order again of which its shop says that it changed, and tells the conversations that it belongs to; and for the
//! first time one that a marketplace names in a conversation, which is linked to it.

use std::time::Duration;

use channel_contract::orders::OrderFailure;
use serde_json::json;

use super::{Claimed, JobError};
use crate::app::Desk;
use crate::commerce::shops::Shops;
use crate::documents::DocumentsError;
use crate::inbox::linking::link_told;
use crate::inbox::matters::keep;
use crate::model::brand::AgentLevel;
use crate::model::conversation::Conversation;
use crate::model::event::EventKind;
use crate::model::job::JobKind;
use crate::model::order::{KnownOrder, awaited};
use crate::model::{BrandId, ConversationId, OrderSourceId};
use crate::policy::Told;
use crate::store::intake::{self, NewEvent};
use crate::store::jobs::{self, NewJob};
use crate::store::matters::Stocked;
use crate::store::{self, Reader, brands, bulk_changes, matters, order_sources, orders};

/// How long a shop may take to answer.
const LONGEST: Duration = Duration::from_secs(10);
/// How long a first reading waits at least where the access to a marketplace is over, then as long again as it has waited. Who
/// connects the channel again ends that.
const PARKED: Duration = Duration::from_mins(5);
/// How long it is tried, and how long a reading waits for its turn.
const GIVEN_UP: Duration = Duration::from_hours(7 * 24);
/// How long after somebody spoke of an order its customer is told of it before they ask.
const TALKED_ABOUT: Duration = Duration::from_hours(60 * 24);
/// When it is looked again whether the shop has what it lacked, or answers where it did not.
const AGAIN: Duration = Duration::from_hours(12);
/// How many orders are read in a round though nobody tells of them.
const MOST: i64 = 40;

/// Puts the reading down, if an unresolved conversation shows the order, or its customer may be told of it before they ask:
/// nobody asks for the others. The same hook sent again, and many changes within a moment, are one reading.
pub async fn enqueue(desk: &Desk, source: OrderSourceId, order_id: &str) -> store::Result<()> {
    let is_shown = !orders::list_watchers(&desk.db, source, order_id).await?.is_empty();
    let since = desk.clock.now().minus(TALKED_ABOUT);
    if !is_shown && !orders::is_talked_about(&mut Reader::Db(&desk.db), (source, order_id), since).await? {
        return Ok(());
    }
    let mut tx = desk.db.begin().await?;
    jobs::enqueue(&mut tx, &[reading(desk, source, order_id)]).await?;
    tx.commit().await?;
    desk.wake.job(JobKind::ReadOrder);
    Ok(())
}

/// Puts the readings down that are due although nobody tells of the orders.
pub async fn begin(desk: &Desk) -> store::Result<()> {
    let since = desk.clock.now().minus(TALKED_ABOUT);
    let mut tx = desk.db.begin().await?;
    let mut readings = Vec::new();
    for (source, order_id) in orders::take_due(&mut tx, desk.clock.now(), MOST).await? {
        if orders::is_talked_about(&mut Reader::Tx(&mut tx), (source, &order_id), since).await? {
            readings.push(reading(desk, source, &order_id));
        }
    }
    jobs::enqueue(&mut tx, &readings).await?;
    tx.commit().await?;
    if !readings.is_empty() {
        desk.wake.job(JobKind::ReadOrder);
    }
    Ok(())
}

fn reading(desk: &Desk, source: OrderSourceId, order_id: &str) -> NewJob {
    let now = desk.clock.now();
    NewJob {
        id: desk.clock.new_id(),
        kind: JobKind::ReadOrder,
        payload: json!({ "source": source.to_string(), "order": order_id }),
        dedup_key: Some(format!("{source}:{order_id}")),
        run_at: now,
        conversation_id: None,
        created_at: now,
    }
}

pub(super) async fn run(claimed: &Claimed<'_>) -> Result<(), JobError> {
    let desk = claimed.desk;
    let (source, order_id) = (claimed.field("source")?, claimed.job.text("order"));
    let Some(row) = order_sources::find(&desk.db, source).await? else {
        return claimed.finish(desk.db.begin().await?).await;
    };
    let shops = desk.shops.of_brand(row.brand_id).await.map_err(JobError::retry)?;
    let asked = tokio::time::timeout(LONGEST, shops.get_order(source, &order_id)).await;
    let read = asked.map_err(|_| JobError::retry("the shop did not answer in time"))?;
    let first: Option<ConversationId> = claimed.job.field("conversation");
    let waited = desk.clock.now().since(claimed.job.created_at);
    let known = match read {
        Ok(Some(known)) => known,
        // An order that the shop no longer has stays as it was read last; the panel says when that was.
        Ok(None) => return claimed.finish(desk.db.begin().await?).await,
        Err(OrderFailure::Reconnect { reason }) if first.is_some() && waited < GIVEN_UP => {
            return Err(JobError::Later { at: desk.clock.now().plus(waited.max(PARKED)), reason });
        }
        // Who looks at the conversation asks again, and is told why.
        Err(OrderFailure::Refused { .. } | OrderFailure::Reconnect { .. }) if first.is_some() => {
            return claimed.finish(desk.db.begin().await?).await;
        }
        // Of those who come at one moment the oldest is the first, and the others have their turns behind it.
        Err(OrderFailure::Retry { after: Some(after), reason }) if waited < GIVEN_UP => {
            return Err(JobError::Turn { at: desk.clock.now().plus(after), reason });
        }
        Err(OrderFailure::Retry { after, reason }) => return Err(JobError::Retry { after, reason }),
        Err(failure) => return Err(JobError::retry(failure)),
    };
    if let Some(conversation) = first {
        let mut tx = desk.db.begin().await?;
        link_told(&desk.inbox(), &mut tx, conversation, (&order_id, &known)).await?;
        claimed.finish(tx).await?;
        desk.wake.event();
        return Ok(());
    }
    let Stock { lines: stock, is_whole } = stock_of(desk, &shops, row.brand_id, &known).await?;
    let watchers = orders::list_watchers(&desk.db, source, &order_id).await?;
    let event = |watcher: &Conversation| NewEvent {
        id: desk.clock.new_id(),
        brand_id: watcher.brand_id,
        conversation_id: Some(watcher.id),
        kind: EventKind::OrderRead,
        actor: "system".to_owned(),
        data: json!({ "order": known.order.number }),
        at: desk.clock.now(),
    };
    let mut tx = desk.db.begin().await?;
    // Under their locks, as every event: a chat goes on behind the last number that it was told, and one that is given out
    // beside the lock can be seen before a lower one.
    let held = bulk_changes::lock_ids(&mut tx, &watchers).await?;
    let events: Vec<NewEvent> = held.iter().filter(|row| row.merged_into.is_none()).map(event).collect();
    intake::insert_events(&mut tx, &events).await?;
    let back = matters::keep_stock(&mut tx, (source, &order_id), &stock, desk.clock.now()).await?;
    Box::pin(keep(&desk.inbox(), &mut tx, (row.brand_id, &known), (&back, &held))).await?;
    if !is_whole || stock.iter().any(|line| !line.is_there) {
        orders::look_again(&mut tx, source, &order_id, desk.clock.now().plus(AGAIN)).await?;
    }
    claimed.finish(tx).await?;
    desk.wake.event();
    Ok(())
}

/// A shop that stays away may have kept a promise or broken it: its order is due again, for nobody else tells of it. `false` for
/// the first reading of an order, which whoever looks at its conversation asks for again.
pub(super) async fn give_up(claimed: &Claimed<'_>, reason: &str) -> Result<bool, JobError> {
    if claimed.job.field::<ConversationId>("conversation").is_some() {
        return Ok(false);
    }
    let (source, order_id): (OrderSourceId, String) = (claimed.field("source")?, claimed.job.text("order"));
    tracing::warn!(job = %claimed.job.id, %reason, "an order could not be read; it is looked at again later");
    let mut tx = claimed.desk.db.begin().await?;
    orders::look_again(&mut tx, source, &order_id, claimed.desk.clock.now().plus(AGAIN)).await?;
    claimed.finish(tx).await?;
    Ok(true)
}

/// What a shop says of the lines of an order that still have to be sent.
struct Stock {
    lines: Vec<Stocked>,
    /// Whether it answered for each of them.
    is_whole: bool,
}

/// Whether the shop has the lines of an order that still have to be sent, where customers are told once it has them again. A shop
/// that does not answer is asked no further.
async fn stock_of(desk: &Desk, shops: &Shops, brand: BrandId, known: &KnownOrder) -> store::Result<Stock> {
    let mut stock = Stock { lines: Vec::new(), is_whole: true };
    let lines = awaited(&known.order);
    if lines.is_empty() || !tells_of_stock(desk, brand).await? {
        return Ok(stock);
    }
    for line in lines {
        let asked = tokio::time::timeout(LONGEST, shops.products_of(known.source_id, &line.sku)).await;
        let products = match asked {
            Ok(Ok(products)) => products,
            // What it does not offer it is not asked for again.
            Ok(Err(OrderFailure::Refused { .. })) => break,
            Ok(Err(_)) | Err(_) => {
                stock.is_whole = false;
                break;
            }
        };
        let said = products.iter().find(|product| product.sku == line.sku).and_then(|product| product.in_stock);
        stock.lines.extend(said.map(|count| Stocked { line_id: line.id.clone(), is_there: count > 0 }));
    }
    Ok(stock)
}

async fn tells_of_stock(desk: &Desk, brand: BrandId) -> store::Result<bool> {
    if brands::get(&desk.db, brand).await?.agent_level == AgentLevel::Off {
        return Ok(false);
    }
    match desk.documents.of_brand(&desk.db, brand, desk.clock.now()).await {
        Ok(documents) => Ok(documents.policy.proactive.restocked != Told::Off),
        Err(DocumentsError::Store(error)) => Err(error),
        Err(_) => Ok(false),
    }
}
