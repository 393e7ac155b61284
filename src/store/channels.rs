//! Connected accounts.

use sqlx::types::Json;

use super::{Db, Result, Tx, rows};
use crate::model::channel::{Channel, ChannelState};
use crate::model::{BrandId, ChannelId, Ts};

/// A channel to connect.
#[derive(Clone, Debug)]
pub struct NewChannel {
    /// Id.
    pub id: ChannelId,
    /// Whose.
    pub brand_id: BrandId,
    /// Kind's word.
    pub kind: String,
    /// Name as shown.
    pub name: String,
    /// Address or account.
    pub address: String,
    /// Settings without secrets.
    pub settings: serde_json::Value,
    /// Sealed secrets.
    pub secrets: Vec<u8>,
    /// The secret part of the webhook address.
    pub webhook_secret: String,
    /// When.
    pub created_at: Ts,
}

/// All channels by name.
pub async fn list(db: &Db) -> Result<Vec<Channel>> {
    db.query(
        "select id, brand_id, kind, name, address, settings, webhook_secret, state, state_reason, last_inbound_at,
             last_outbound_at from channels order by name, id",
    )
    .all()
    .await
}

/// One channel.
pub async fn find(db: &Db, id: ChannelId) -> Result<Option<Channel>> {
    db.query(
        "select id, brand_id, kind, name, address, settings, webhook_secret, state, state_reason, last_inbound_at,
             last_outbound_at from channels where id = $1",
    )
    .bind(id)
    .optional()
    .await
}

/// The sealed secrets of a channel.
pub async fn secrets(db: &Db, id: ChannelId) -> Result<Vec<u8>> {
    db.query("select secrets from channels where id = $1").bind(id).scalar().await
}

/// Connects a channel.
pub async fn insert(tx: &mut Tx, channel: &NewChannel) -> Result<()> {
    tx.query(
        "insert into channels (id, brand_id, kind, name, address, settings, secrets, webhook_secret, state, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, 'connected', $9)",
    )
    .bind(channel.id)
    .bind(channel.brand_id)
    .bind(channel.kind.as_str())
    .bind(channel.name.as_str())
    .bind(channel.address.as_str())
    .bind(rows::document(&channel.settings)?)
    .bind(channel.secrets.clone())
    .bind(channel.webhook_secret.as_str())
    .bind(channel.created_at)
    .execute()
    .await?;
    Ok(())
}

/// Changes the connection of a channel; it counts as connected again.
pub async fn reconnect(tx: &mut Tx, id: ChannelId, settings: &serde_json::Value, secrets: Vec<u8>) -> Result<()> {
    tx.query("update channels set settings = $1, secrets = $2, state = 'connected', state_reason = '' where id = $3")
        .bind(rows::document(settings)?)
        .bind(secrets)
        .bind(id)
        .execute()
        .await?;
    Ok(())
}

/// Changes whether a channel works. `false` when nothing changed.
pub async fn set_state(tx: &mut Tx, id: ChannelId, state: ChannelState, reason: &str) -> Result<bool> {
    let touched = tx
        .query(
            "update channels set state = $1, state_reason = $2 where id = $3 and (state <> $1 or state_reason <> $2)",
        )
        .bind(state)
        .bind(rows::text(reason))
        .bind(id)
        .execute()
        .await?;
    Ok(touched > 0)
}

/// Where polling stopped.
pub async fn cursor(db: &Db, id: ChannelId) -> Result<Option<serde_json::Value>> {
    let cursor: Option<Json<serde_json::Value>> =
        db.query("select cursor from channels where id = $1").bind(id).scalar().await?;
    Ok(cursor.map(|Json(value)| value))
}

/// Notes where polling stopped, in the same transaction as the items.
pub async fn set_cursor(tx: &mut Tx, id: ChannelId, cursor: &serde_json::Value) -> Result<()> {
    tx.query("update channels set cursor = $1 where id = $2").bind(rows::document(cursor)?).bind(id).execute().await?;
    Ok(())
}

/// Notes the last processed message in. Workers end in any order, so an earlier moment changes nothing.
pub async fn note_inbound(tx: &mut Tx, id: ChannelId, at: Ts) -> Result<()> {
    tx.query(
        "update channels set last_inbound_at = $1
         where id = $2 and (last_inbound_at is null or last_inbound_at < $1)",
    )
    .bind(at)
    .bind(id)
    .execute()
    .await?;
    Ok(())
}

/// Notes the last message out.
pub async fn note_outbound(tx: &mut Tx, id: ChannelId, at: Ts) -> Result<()> {
    tx.query(
        "update channels set last_outbound_at = $1
         where id = $2 and (last_outbound_at is null or last_outbound_at < $1)",
    )
    .bind(at)
    .bind(id)
    .execute()
    .await?;
    Ok(())
}
