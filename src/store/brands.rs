//! Shop identities.

use super::db::Sql;
use super::{Db, Result, Tx, rows};
use crate::model::BrandId;
use crate::model::brand::Brand;

/// All brands by name.
pub async fn list(db: &Db) -> Result<Vec<Brand>> {
    db.query(
        "select id, slug, name, hue, locale, currency, order_pattern, agent_level, time_zone, created_at from brands
         order by name, id",
    )
    .all()
    .await
}

/// One brand.
pub async fn get(db: &Db, id: BrandId) -> Result<Brand> {
    db.query(
        "select id, slug, name, hue, locale, currency, order_pattern, agent_level, time_zone, created_at from brands
         where id = $1",
    )
    .bind(id)
    .one()
    .await
}

/// A new brand; [`super::Error::Duplicate`] when its name in addresses is taken.
pub async fn insert(tx: &mut Tx, brand: &Brand) -> Result<()> {
    tx.query(
        "insert into brands (id, slug, name, hue, locale, currency, order_pattern, agent_level, time_zone, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(brand.id)
    .bind(brand.slug.as_str())
    .bind(rows::text(&brand.name))
    .bind(brand.hue)
    .bind(rows::text(&brand.locale))
    .bind(brand.currency.as_str())
    .bind(rows::text(&brand.order_pattern))
    .bind(brand.agent_level)
    .bind(brand.time_zone.as_str())
    .bind(brand.created_at)
    .execute()
    .await?;
    Ok(())
}

/// Changes everything but its name in addresses about a brand that was read under [`lock`].
pub async fn update(tx: &mut Tx, brand: &Brand) -> Result<()> {
    tx.query(
        "update brands set name = $1, hue = $2, locale = $3, currency = $4, order_pattern = $5, agent_level = $6,
             time_zone = $7
         where id = $8",
    )
    .bind(rows::text(&brand.name))
    .bind(brand.hue)
    .bind(brand.locale.as_str())
    .bind(brand.currency.as_str())
    .bind(rows::text(&brand.order_pattern))
    .bind(brand.agent_level)
    .bind(brand.time_zone.as_str())
    .bind(brand.id)
    .execute()
    .await?;
    Ok(())
}

/// One brand, as this transaction sees it.
pub async fn get_in(tx: &mut Tx, id: BrandId) -> Result<Brand> {
    tx.query(
        "select id, slug, name, hue, locale, currency, order_pattern, agent_level, time_zone, created_at from brands
         where id = $1",
    )
    .bind(id)
    .one()
    .await
}

/// One brand, to change it in this transaction: nobody else changes it meanwhile. Rows that name it can be written all
/// the same.
pub async fn lock(tx: &mut Tx, id: BrandId) -> Result<Brand> {
    const LOCK: Sql = Sql {
        sqlite: "select id, slug, name, hue, locale, currency, order_pattern, agent_level, time_zone, created_at
            from brands where id = $1",
        postgres: "select id, slug, name, hue, locale, currency, order_pattern, agent_level, time_zone, created_at
            from brands where id = $1 for no key update",
    };
    tx.query(LOCK).bind(id).one().await
}

/// Holds a brand's money until this transaction ends: nobody else adds up what was given away meanwhile. Rows that name
/// the brand can be written all the same.
pub async fn hold_money(tx: &mut Tx, id: BrandId) -> Result<()> {
    const HOLD: Sql = Sql {
        sqlite: "select id from brands where id = $1",
        postgres: "select id from brands where id = $1 for no key update",
    };
    tx.query(HOLD).bind(id).scalar::<BrandId>().await.map(|_| ())
}
