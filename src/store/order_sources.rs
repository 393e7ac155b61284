//! Connected shops.

use serde_json::Value;

use super::db::Sql;
use super::{Db, Result, Tx, rows};
use crate::model::numbering::{Numbering, market_of};
use crate::model::order::OrderSourceRow;
use crate::model::{BrandId, ChannelId, Json, OrderSourceId, Ts};

/// A shop; it was read last when the newest of its orders was.
macro_rules! shops {
    ($rest:literal) => {
        concat!(
            "select id, brand_id, kind, name, settings, state, state_reason,
                 (select max(read_at) from order_snapshots s where s.order_source_id = order_sources.id) as last_read_at
             from order_sources ",
            $rest
        )
    };
}

/// The shops of a brand, oldest first.
pub async fn list_of(db: &Db, brand: BrandId) -> Result<Vec<OrderSourceRow>> {
    db.query(shops!("where brand_id = $1 order by created_at, id")).bind(brand).all().await
}

/// All shops by name.
pub async fn list(db: &Db) -> Result<Vec<OrderSourceRow>> {
    db.query(shops!("order by name, id")).all().await
}

/// One shop.
pub async fn find(db: &Db, id: OrderSourceId) -> Result<Option<OrderSourceRow>> {
    db.query(shops!("where id = $1")).bind(id).optional().await
}

/// A shop as it is, and stays until this transaction ends.
pub async fn lock(tx: &mut Tx, id: OrderSourceId) -> Result<OrderSourceRow> {
    const LOCK: Sql = Sql { sqlite: shops!("where id = $1"), postgres: shops!("where id = $1 for no key update") };
    tx.query(LOCK).bind(id).one().await
}

#[derive(sqlx::FromRow)]
struct Settings {
    id: OrderSourceId,
    settings: Json<Value>,
}

/// Whose numbers the orders of a brand's shops have.
pub async fn list_numberings(db: &Db, brand: BrandId) -> Result<Vec<(OrderSourceId, Numbering)>> {
    let shops: Vec<Settings> =
        db.query("select id, settings from order_sources where brand_id = $1").bind(brand).all().await?;
    Ok(shops.into_iter().map(|shop| (shop.id, Numbering::of_shop(&shop.settings.0))).collect())
}

/// Whose numbers the orders of a shop have.
pub async fn find_numbering(tx: &mut Tx, id: OrderSourceId) -> Result<Option<Numbering>> {
    let shop: Option<Settings> =
        tx.query("select id, settings from order_sources where id = $1").bind(id).optional().await?;
    Ok(shop.map(|shop| Numbering::of_shop(&shop.settings.0)))
}

/// The shops that are marketplaces themselves.
const MARKETS: &str = "select id, settings from order_sources where kind = 'market'";

/// The marketplaces whose orders are read through their channels.
pub async fn list_markets(tx: &mut Tx) -> Result<Vec<(ChannelId, OrderSourceId)>> {
    let shops: Vec<Settings> = tx.query(MARKETS).all().await?;
    Ok(shops.into_iter().filter_map(|shop| Some((market_of(&shop.settings.0)?, shop.id))).collect())
}

/// The shop that is the marketplace behind a channel, where its orders are read.
pub async fn find_market(db: &Db, channel: ChannelId) -> Result<Option<OrderSourceId>> {
    let shops: Vec<Settings> = db.query(MARKETS).all().await?;
    Ok(shops.into_iter().find(|shop| market_of(&shop.settings.0) == Some(channel)).map(|shop| shop.id))
}

/// The sealed secrets of a shop.
pub async fn secrets(db: &Db, id: OrderSourceId) -> Result<Vec<u8>> {
    db.query("select secrets from order_sources where id = $1").bind(id).scalar().await
}

/// The same, as a transaction sees them.
pub async fn secrets_in(tx: &mut Tx, id: OrderSourceId) -> Result<Vec<u8>> {
    tx.query("select secrets from order_sources where id = $1").bind(id).scalar().await
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

/// Writes a shop's name, settings and secrets anew; it works, as far as anybody knows.
pub async fn update(tx: &mut Tx, source: &OrderSourceRow, secrets: Vec<u8>) -> Result<()> {
    tx.query(
        "update order_sources set name = $1, settings = $2, secrets = $3, state = 'connected', state_reason = ''
         where id = $4",
    )
    .bind(rows::text(&source.name))
    .bind(rows::document(&source.settings.0)?)
    .bind(secrets)
    .bind(source.id)
    .execute()
    .await?;
    Ok(())
}

/// Writes a shop's name and settings anew, as [`update`]; its secrets stay what they are by then.
pub async fn set_up(tx: &mut Tx, source: &OrderSourceRow) -> Result<()> {
    tx.query("update order_sources set name = $1, settings = $2, state = 'connected', state_reason = '' where id = $3")
        .bind(rows::text(&source.name))
        .bind(rows::document(&source.settings.0)?)
        .bind(source.id)
        .execute()
        .await?;
    Ok(())
}

/// Adds settings to those of a shop.
pub async fn add_settings(tx: &mut Tx, id: OrderSourceId, settings: &Value) -> Result<()> {
    const ADD: Sql = Sql {
        sqlite: "update order_sources set settings = json_patch(settings, $1) where id = $2",
        postgres: "update order_sources set settings = settings || $1::jsonb where id = $2",
    };
    tx.query(ADD).bind(rows::document(settings)?).bind(id).execute().await?;
    Ok(())
}

/// Calls a shop by another name.
pub async fn rename(tx: &mut Tx, id: OrderSourceId, name: &str) -> Result<()> {
    tx.query("update order_sources set name = $1 where id = $2").bind(rows::text(name)).bind(id).execute().await?;
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

/// Holds a shop so that no order of it is kept until this transaction ends; what was just being kept is there.
pub async fn hold(tx: &mut Tx, id: OrderSourceId) -> Result<()> {
    const HOLD: Sql = Sql {
        sqlite: "select 1 from order_sources where id = $1",
        postgres: "select 1 from order_sources where id = $1 for update",
    };
    tx.query(HOLD).bind(id).execute().await?;
    Ok(())
}

/// Whether anything that is kept came of a shop: orders, what was done with them, or what was told of them.
pub async fn is_used(tx: &mut Tx, id: OrderSourceId) -> Result<bool> {
    tx.query(
        "select exists (select 1 from order_snapshots where order_source_id = $1)
             or exists (select 1 from conversation_orders where order_source_id = $1)
             or exists (select 1 from actions where order_source_id = $1)
             or exists (select 1 from parcels where order_source_id = $1)
             or exists (select 1 from identity_checks where order_source_id = $1)
             or exists (select 1 from matters where order_source_id = $1)
             or exists (select 1 from awaited_items where order_source_id = $1)",
    )
    .bind(id)
    .scalar()
    .await
}

/// A shop goes, with its secrets. It is held, and not used.
pub async fn remove(tx: &mut Tx, id: OrderSourceId) -> Result<()> {
    tx.query("delete from order_sources where id = $1").bind(id).execute().await?;
    Ok(())
}
