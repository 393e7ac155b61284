//! Looks now and then at a shop whose own news get lost: whether it works, and which orders changed there.

use std::time::Duration;

use channel_contract::orders::{OrderFailure, OrderSource};
use serde_json::{Value, json};

use super::{Claimed, JobError, read_order};
use crate::app::Desk;
use crate::commerce::sources::{LOOKED_UNTIL, is_looked_at};
use crate::model::job::JobKind;
use crate::model::order::OrderSourceRow;
use crate::model::{OrderSourceId, Ts};
use crate::store::jobs::{self, NewJob};
use crate::store::{self, order_sources};

/// How long until the next look.
const EVERY: Duration = Duration::from_mins(5);
/// How far the first look goes back.
const FIRST: Duration = Duration::from_hours(1);
/// How long a shop may take to answer.
const LONGEST: Duration = Duration::from_mins(1);

/// Puts down the looks at every such shop that has none.
pub(super) async fn begin(desk: &Desk) -> store::Result<()> {
    let at_work = jobs::list_keys(&desk.db, JobKind::CheckShop).await?;
    let now = desk.clock.now();
    let rows = order_sources::list(&desk.db).await?;
    let looked_at = rows.iter().filter(|row| is_looked_at(&row.kind) && !at_work.contains(&row.id.to_string()));
    let look = |row: &OrderSourceRow| NewJob {
        dedup_key: Some(row.id.to_string()),
        ..NewJob::about(desk.clock.new_id(), JobKind::CheckShop, "shop", &row.id, now)
    };
    let looks: Vec<NewJob> = looked_at.map(look).collect();
    if looks.is_empty() {
        return Ok(());
    }
    let mut tx = desk.db.begin().await?;
    jobs::enqueue(&mut tx, &looks).await?;
    tx.commit().await
}

pub(super) async fn run(claimed: &Claimed<'_>) -> Result<(), JobError> {
    let desk = claimed.desk;
    let id: OrderSourceId = claimed.field("shop")?;
    let row = order_sources::find(&desk.db, id).await?.filter(|row| is_looked_at(&row.kind));
    let Some(row) = row else { return claimed.finish(desk.db.begin().await?).await };
    let shops = desk.shops.of_brand(row.brand_id).await.map_err(JobError::retry)?;
    let Some(shop) = shops.get(id) else { return claimed.finish(desk.db.begin().await?).await };
    let outcome = match tokio::time::timeout(LONGEST, look(desk, &row, shop.source.as_ref())).await {
        Ok(outcome) => outcome?,
        Err(_) => return Err(JobError::retry("the shop did not answer in time")),
    };
    match &outcome {
        Ok(()) => show(desk, &row, None).await?,
        Err(failure @ (OrderFailure::Refused { .. } | OrderFailure::Reconnect { .. })) => {
            show(desk, &row, Some(&failure.to_string())).await?;
        }
        Err(_) => {}
    }
    match outcome {
        Ok(()) | Err(OrderFailure::Refused { .. } | OrderFailure::Reconnect { .. }) => {
            Err(JobError::Later { at: desk.clock.now().plus(EVERY), reason: "the next look".to_owned() })
        }
        Err(OrderFailure::Retry { after, reason }) => Err(JobError::Retry { after, reason }),
        Err(failure) => Err(JobError::retry(failure)),
    }
}

/// Lets what changed be read again, and tries the connection.
async fn look(desk: &Desk, row: &OrderSourceRow, source: &dyn OrderSource) -> store::Result<Result<(), OrderFailure>> {
    let began = desk.clock.now();
    let looked = row.settings.0.get(LOOKED_UNTIL).and_then(Value::as_i64);
    let since = looked.map_or_else(|| began.minus(FIRST), |seconds| Ts(seconds.saturating_mul(1_000_000)));
    let changed = match source.changed_since(since.datetime()).await {
        Ok(changed) => changed.unwrap_or_default(),
        Err(failure) => return Ok(Err(failure)),
    };
    for order in &changed.orders {
        read_order::enqueue(desk, row.id, order).await?;
    }
    // What did not fit into this look comes with the next one.
    let until = changed.until.map_or(began, Ts::from_datetime);
    let mut tx = desk.db.begin().await?;
    order_sources::add_settings(&mut tx, row.id, &json!({ LOOKED_UNTIL: until.0 / 1_000_000 })).await?;
    tx.commit().await?;
    Ok(source.check().await)
}

/// Shows what is wrong with a shop, or that nothing is any more.
async fn show(desk: &Desk, row: &OrderSourceRow, wrong: Option<&str>) -> store::Result<()> {
    let (state, reason) = wrong.map_or(("connected", ""), |reason| ("needs_attention", reason));
    if row.state == state && row.state_reason == reason {
        return Ok(());
    }
    let mut tx = desk.db.begin().await?;
    order_sources::set_state(&mut tx, row.id, state, reason).await?;
    tx.commit().await
}
