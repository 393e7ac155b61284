//! The orders of marketplaces, read with the adapters of their channels.

use async_trait::async_trait;
use channel_contract::Order;
use channel_contract::orders::OrderFailure;
use serde_json::json;

use super::Inbox;
use super::connections::{ConnectionError, Connections};
use crate::commerce::markets::{KIND, Markets};
use crate::commerce::registry::RegistryError;
use crate::commerce::shops::{Place, Shops};
use crate::model::audit::{Act, Actor, AuditAction, AuditSubject};
use crate::model::channel::{Channel, is_marketplace};
use crate::model::conversation::Conversation;
use crate::model::job::JobKind;
use crate::model::numbering::MARKET;
use crate::model::order::OrderSourceRow;
use crate::model::{ChannelId, Json, OrderSourceId};
use crate::store::{self, Tx, audit, channels, jobs, order_sources, orders};

/// A marketplace is a shop of its own from when its channel is connected, where it gives orders, and is called as that is.
pub async fn begin(inbox: &Inbox, channel: &Channel, by: Actor<'_>) -> store::Result<()> {
    let Ok(connection) = inbox.connections.get(channel.id).await else { return Ok(()) };
    if !is_marketplace(channel.channel_kind()) {
        return Ok(());
    }
    let row = OrderSourceRow {
        id: inbox.clock.new_id(),
        brand_id: channel.brand_id,
        kind: KIND.to_owned(),
        name: channel.name.clone(),
        settings: Json(json!({ MARKET: channel.id })),
        state: "connected".to_owned(),
        state_reason: String::new(),
        last_read_at: None,
    };
    let mut tx = inbox.db.begin().await?;
    // Whoever saves it at the same moment comes behind.
    channels::lock(&mut tx, channel.id).await?;
    let known = order_sources::list_markets(&mut tx).await?.into_iter().find(|(known, _)| *known == channel.id);
    if let Some((_, market)) = known {
        order_sources::rename(&mut tx, market, &channel.name).await?;
        resume(inbox, &mut tx, market).await?;
        tx.commit().await?;
        // One that gave no orders before is asked from now on.
        inbox.shops.forget(channel.brand_id);
        inbox.wake.job(JobKind::ReadOrder);
        return Ok(());
    }
    if !connection.adapter.reads_orders() {
        return Ok(());
    }
    order_sources::insert(&mut tx, &row, Vec::new(), inbox.clock.now()).await?;
    let act = Act {
        actor: by,
        action: AuditAction::OrderSourceConnected,
        subject: (AuditSubject::OrderSource, row.id.to_string()),
        brand: Some(row.brand_id),
        details: json!({ "kind": row.kind, "name": row.name, "state": "connected" }),
    };
    audit::append(&mut tx, &act, inbox.clock.now()).await?;
    tx.commit().await?;
    inbox.shops.forget(channel.brand_id);
    Ok(())
}

/// What waits for the access of a marketplace is read now.
async fn resume(inbox: &Inbox, tx: &mut Tx, market: OrderSourceId) -> store::Result<()> {
    let of_market = format!("{market}:");
    let all = jobs::list_keys(&inbox.db, JobKind::ReadOrder).await?;
    let keys: Vec<String> = all.into_iter().filter(|key| key.starts_with(&of_market)).collect();
    jobs::hurry(tx, JobKind::ReadOrder, &keys, inbox.clock.now()).await
}

/// The shops in which the orders of a conversation are looked for: the brand's own, and marketplaces as far as it has to do
/// with them.
pub async fn shops_of(inbox: &Inbox, conversation: &Conversation) -> Result<Shops, RegistryError> {
    let shops = inbox.shops.of_brand(conversation.brand_id).await?;
    let told = orders::list_told_anywhere(&inbox.db, conversation.id).await?;
    Ok(shops.at(Place { channel: Some(conversation.channel_id), told }))
}

#[async_trait]
impl Markets for Connections {
    async fn reads_orders(&self, market: ChannelId) -> bool {
        // What cannot be used now says so when it is asked.
        self.get(market).await.map_or(true, |connection| connection.adapter.reads_orders())
    }

    async fn order(&self, market: ChannelId, number: &str) -> Result<Option<Order>, OrderFailure> {
        let connection = self.get(market).await.map_err(|error| unusable(&error))?;
        // Where the seller gave no access to orders, the channel has none.
        if !connection.adapter.reads_orders() {
            return Ok(None);
        }
        let found = connection.adapter.order(number).await;
        self.keep_renewed(&connection).await;
        found.map_err(OrderFailure::from)
    }

    async fn check(&self, market: ChannelId) -> Result<(), OrderFailure> {
        let connection = self.get(market).await.map_err(|error| unusable(&error))?;
        let checked = connection.adapter.check().await;
        self.keep_renewed(&connection).await;
        checked.map_err(OrderFailure::from)
    }
}

fn unusable(error: &ConnectionError) -> OrderFailure {
    let reason = format!("The channel of the marketplace cannot be used: {error}.");
    match error {
        ConnectionError::Store(_) => OrderFailure::Retry { after: None, reason },
        _ => OrderFailure::Reconnect { reason },
    }
}
