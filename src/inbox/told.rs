//! What a batch leaves of what platforms tell beside messages: orders and their news, further names, and whom to forget.

use serde_json::json;

use super::erasure::erase_job;
use super::people::note_vouched;
use super::place::Batch;
use crate::clock::Clock;
use crate::model::job::JobKind;
use crate::store::intake::{self, Readable};
use crate::store::jobs::{self, NewJob};
use crate::store::people;
use crate::store::{self, Tx};

/// Writes it; the conversations are there.
pub(super) async fn write(clock: &Clock, tx: &mut Tx, batch: &Batch) -> store::Result<()> {
    intake::set_orders(tx, &batch.about).await?;
    intake::insert_told(tx, &batch.told).await?;
    intake::insert_news(tx, &batch.news).await?;
    let changed = intake::list_readable(tx, &batch.changed_orders).await?;
    let readings: Vec<NewJob> = changed.iter().map(|order| reading_of(clock, order)).collect();
    jobs::enqueue(tx, &readings).await?;
    note_vouched(clock, tx, &batch.vouched).await?;
    let leave = people::list_holders(tx, &batch.erasures).await?;
    let erasures: Vec<NewJob> = leave.iter().map(|holder| erase_job(clock, holder.contact_id)).collect();
    jobs::enqueue(tx, &erasures).await
}

/// The reading of an order of which its platform says that it changed: many within a moment are one.
fn reading_of(clock: &Clock, order: &Readable) -> NewJob {
    let (source, now) = (order.order_source_id.to_string(), clock.now());
    NewJob {
        id: clock.new_id(),
        kind: JobKind::ReadOrder,
        dedup_key: Some(format!("{source}:{}", order.order_id)),
        payload: json!({ "source": source, "order": order.order_id }),
        run_at: now,
        conversation_id: None,
        created_at: now,
    }
}
