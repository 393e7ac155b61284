//! Reads an order again of which its shop says that it changed, and tells the conversations that it belongs to; and for the
//! first time one that a marketplace names in a conversation, which is linked to it.

use std::time::Duration;

use channel_contract::orders::OrderFailure;
use serde_json::json;

use super::{Claimed, JobError};
use crate::app::Desk;
use crate::inbox::linking::link_told;
use crate::model::conversation::Conversation;
use crate::model::event::EventKind;
use crate::model::job::JobKind;
use crate::model::{ConversationId, OrderSourceId};
use crate::store::intake::{self, NewEvent};
use crate::store::jobs::{self, NewJob};
use crate::store::{self, bulk_changes, order_sources, orders};

/// How long a shop may take to answer.
const LONGEST: Duration = Duration::from_secs(10);
/// How long a first reading waits at least where the access to a marketplace is over, then as long again as it has waited. Who
/// connects the channel again ends that.
const PARKED: Duration = Duration::from_mins(5);
/// How long it is tried, and how long a reading waits for its turn.
const GIVEN_UP: Duration = Duration::from_hours(7 * 24);

/// Puts the reading down, if an unresolved conversation shows the order: nobody asks for the others. The same hook sent
/// again, and many changes within a moment, are one reading.
pub async fn enqueue(desk: &Desk, source: OrderSourceId, order_id: &str) -> store::Result<()> {
    if orders::list_watchers(&desk.db, source, order_id).await?.is_empty() {
        return Ok(());
    }
    let now = desk.clock.now();
    let job = NewJob {
        id: desk.clock.new_id(),
        kind: JobKind::ReadOrder,
        payload: json!({ "source": source.to_string(), "order": order_id }),
        dedup_key: Some(format!("{source}:{order_id}")),
        run_at: now,
        conversation_id: None,
        created_at: now,
    };
    let mut tx = desk.db.begin().await?;
    jobs::enqueue(&mut tx, &[job]).await?;
    tx.commit().await?;
    desk.wake.job(JobKind::ReadOrder);
    Ok(())
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
    orders::save(&mut tx, &known).await?;
    intake::insert_events(&mut tx, &events).await?;
    claimed.finish(tx).await?;
    desk.wake.event();
    Ok(())
}
