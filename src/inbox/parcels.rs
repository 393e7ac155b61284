//! What carriers say of parcels is kept for their orders, shown in the conversations that are about them, and wakes those that
//! sleep until then.

use channel_contract::orders::{Order, Shipment};
use serde_json::{Value, json};

use super::matters::{Readings, notice};
use super::{Inbox, snooze};
use crate::model::BrandId;
use crate::model::conversation::Conversation;
use crate::model::event::EventKind;
use crate::model::tracker::plain_number;
use crate::store::intake;
use crate::store::parcels::{self, OrderParcel, Said};
use crate::store::{self, Tx, bulk_changes, orders};

/// Keeps what a provider says of a parcel of a brand's, under every order that has it.
pub async fn hear(inbox: &Inbox, brand: BrandId, said: &Said<'_>) -> store::Result<()> {
    for parcel in parcels::list_of_number(&inbox.db, brand, &said.news.number).await? {
        Box::pin(hear_for_order(inbox, brand, &parcel, said)).await?;
    }
    inbox.wake.event();
    Ok(())
}

async fn hear_for_order(inbox: &Inbox, brand: BrandId, parcel: &OrderParcel, said: &Said<'_>) -> store::Result<()> {
    let (source, order_id) = (parcel.order_source_id, parcel.order_id.as_str());
    let watchers = orders::list_watchers(&inbox.db, source, order_id).await?;
    let mut tx = inbox.db.begin().await?;
    // Before the parcel's row: an event gets its number under the lock of its conversation.
    let mut held = bulk_changes::lock_ids(&mut tx, &watchers).await?;
    let before = orders::find_known_in(&mut tx, source, order_id).await?;
    if !parcels::keep(&mut tx, (source, order_id), said).await? {
        return Ok(());
    }
    let after = orders::find_known_in(&mut tx, source, order_id).await?;
    let told_before = parcel.news.as_ref().map(|news| &news.0);
    if let (Some(before), Some(after)) = (&before, &after)
        && let Some(now) = shipment(&after.order, &said.news.number)
    {
        let known = shipment(&before.order, &said.news.number);
        if told_before != Some(said.news) {
            let is_new_state = known.is_none_or(|known| known.status != now.status);
            let is_scanned = told_before.is_some_and(|before| said.news.is_scanned_since(before));
            let change = Change { order: &after.order, now, said, is_new_state, is_scanned };
            for conversation in held.iter_mut().filter(|row| row.merged_into.is_none()) {
                change.tell(inbox, &mut tx, conversation).await?;
            }
        }
        // What was heard last may be newer than what the shop said.
        let heard = known.and_then(|known| known.heard.as_ref()).map(|heard| heard.at);
        let then = heard.map_or(before.read_at.datetime(), |heard| heard.max(before.read_at.datetime()));
        let readings = Readings { brand, before, then, after, back: &[] };
        notice(inbox, &mut tx, readings, &held).await?;
    }
    tx.commit().await
}

/// The parcel of an order with this number; the number of another one says nothing of it.
fn shipment<'a>(order: &'a Order, number: &str) -> Option<&'a Shipment> {
    order.shipments.iter().find(|parcel| plain_number(&parcel.tracking_number) == number)
}

/// What is different with a parcel.
struct Change<'a> {
    order: &'a Order,
    now: &'a Shipment,
    said: &'a Said<'a>,
    is_new_state: bool,
    is_scanned: bool,
}

impl Change<'_> {
    /// Tells a conversation. Its timeline says what changes how the parcel is doing, or wakes it; all else shows in the panel.
    async fn tell(&self, inbox: &Inbox, tx: &mut Tx, conversation: &mut Conversation) -> store::Result<()> {
        let wait = snooze::wait_of(tx, conversation).await?;
        let wakes = wait.is_some_and(|wait| wait.is_over(self.now, self.is_scanned));
        let kind = if wakes || self.is_new_state { EventKind::ParcelNews } else { EventKind::OrderRead };
        intake::insert_events(tx, &[inbox.event(conversation, kind, "system", self.facts())]).await?;
        if wakes { snooze::open(inbox, tx, conversation, None).await } else { Ok(()) }
    }

    fn facts(&self) -> Value {
        let scan = self.said.news.events.last();
        json!({
            "order": self.order.number,
            "status": self.now.status,
            "scan": scan.map(|scan| &scan.text),
            "place": scan.map(|scan| &scan.place),
            "by": self.said.kind.name(),
        })
    }
}
