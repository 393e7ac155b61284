//! Connected shops.

use super::{Db, Result, Tx, rows};
use crate::model::order::OrderSourceRow;
use crate::model::{BrandId, OrderSourceId, Ts};

/// The shops of a brand, oldest first.
pub async fn list_of(db: &Db, brand: BrandId) -> Result<Vec<OrderSourceRow>> {
    db.query(
        "select id, brand_id, kind, name, settings, state, state_reason, last_read_at from order_sources
         where brand_id = $1 order by created_at, id",
    )
    .bind(brand)
    .all()
    .await
}

/// All shops by name.
pub async fn list(db: &Db) -> Result<Vec<OrderSourceRow>> {
    db.query(
        "select id, brand_id, kind, name, settings, state, state_reason, last_read_at from order_sources
         order by name, id",
    )
    .all()
    .await
}

/// The sealed secrets of a shop.
pub async fn secrets(db: &Db, id: OrderSourceId) -> Result<Vec<u8>> {
    db.query("select secrets from order_sources where id = $1").bind(id).scalar().await
}

/// Connects a shop.
pub async fn insert(tx: &mut Tx, source: &OrderSourceRow, secrets: Vec<u8>, now: Ts) -> Result<()> {
    tx.query(
        "insert into order_sources (id, brand_id, kind, name, settings, secrets, state, created_at)
         values ($1, $2, $3, $4, $5, $6, 'connected', $7)",
    )
    .bind(source.id)
    .bind(source.brand_id)
    .bind(source.kind.as_str())
    .bind(source.name.as_str())
    .bind(rows::document(&source.settings.0)?)
    .bind(secrets)
    .bind(now)
    .execute()
    .await?;
    Ok(())
}

/// Notes whether a shop works.
pub async fn set_state(tx: &mut Tx, id: OrderSourceId, state: &str, reason: &str) -> Result<()> {
    tx.query("update order_sources set state = $1, state_reason = $2 where id = $3")
        .bind(state)
        .bind(rows::text(reason))
        .bind(id)
        .execute()
        .await?;
    Ok(())
}
