//! A marketplace as a shop of its own: its orders are read through the channel that is connected to it.

use serde_json::json;

use super::connect::note;
use crate::app::Desk;
use crate::commerce::markets::KIND;
use crate::model::Json;
use crate::model::audit::AuditAction;
use crate::model::channel::{Channel, is_marketplace};
use crate::model::numbering::MARKET;
use crate::model::order::OrderSourceRow;
use crate::model::teammate::Teammate;
use crate::store::{channels, order_sources};
use crate::web::error::Result;

/// The orders of a marketplace are read from when its channel is connected, where it gives any.
pub(in crate::web) async fn begin(desk: &Desk, channel: &Channel, by: &Teammate) -> Result<()> {
    let Ok(connection) = desk.connections.get(channel.id).await else { return Ok(()) };
    if !is_marketplace(channel.channel_kind()) || !connection.adapter.reads_orders() {
        return Ok(());
    }
    let row = OrderSourceRow {
        id: desk.clock.new_id(),
        brand_id: channel.brand_id,
        kind: KIND.to_owned(),
        name: channel.name.clone(),
        settings: Json(json!({ MARKET: channel.id })),
        state: "connected".to_owned(),
        state_reason: String::new(),
        last_read_at: None,
    };
    let mut tx = desk.db.begin().await?;
    // Whoever saves it at the same moment comes behind.
    channels::lock(&mut tx, channel.id).await?;
    if order_sources::list_markets(&mut tx).await?.iter().any(|(known, _)| *known == channel.id) {
        return Ok(());
    }
    order_sources::insert(&mut tx, &row, Vec::new(), desk.clock.now()).await?;
    note(desk, &mut tx, by, AuditAction::OrderSourceConnected, &row, "connected").await?;
    tx.commit().await?;
    desk.shops.forget(channel.brand_id);
    Ok(())
}
