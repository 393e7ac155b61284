//! Answers that people give often.

use super::db::Sql;
use super::{Db, Result, Tx, rows};
use crate::model::macros::Macro;
use crate::model::{BrandId, MacroId, TeammateId, Ts};

/// The macros that a person can use for a brand: those of everybody and their own, by name.
pub async fn list(db: &Db, brand: BrandId, teammate: TeammateId) -> Result<Vec<Macro>> {
    db.query(
        "select id, brand_id, owner_id, name, document, updated_at from macros
         where brand_id = $1 and (owner_id is null or owner_id = $2) order by name, id limit 500",
    )
    .bind(brand)
    .bind(teammate)
    .all()
    .await
}

/// One that a person can use.
pub async fn find(db: &Db, id: MacroId, teammate: TeammateId) -> Result<Option<Macro>> {
    db.query(
        "select id, brand_id, owner_id, name, document, updated_at from macros
         where id = $1 and (owner_id is null or owner_id = $2)",
    )
    .bind(id)
    .bind(teammate)
    .optional()
    .await
}

/// One that a person can use; nobody else changes it in this transaction.
pub async fn lock(tx: &mut Tx, id: MacroId, teammate: TeammateId) -> Result<Option<Macro>> {
    const LOCK: Sql = Sql {
        sqlite: "select id, brand_id, owner_id, name, document, updated_at from macros
            where id = $1 and (owner_id is null or owner_id = $2)",
        postgres: "select id, brand_id, owner_id, name, document, updated_at from macros
            where id = $1 and (owner_id is null or owner_id = $2) for update",
    };
    tx.query(LOCK).bind(id).bind(teammate).optional().await
}

/// Writes a macro, a new one or one that changed.
pub async fn save(tx: &mut Tx, one: &Macro, now: Ts) -> Result<()> {
    tx.query(
        "insert into macros (id, brand_id, owner_id, name, document, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $6)
         on conflict (id) do update set owner_id = excluded.owner_id, name = excluded.name,
             document = excluded.document, updated_at = excluded.updated_at",
    )
    .bind(one.id)
    .bind(one.brand_id)
    .bind(one.owner_id)
    .bind(rows::text(&one.name))
    .bind(rows::document(&one.document.0)?)
    .bind(now)
    .execute()
    .await?;
    Ok(())
}

/// Forgets a macro.
pub async fn delete(tx: &mut Tx, id: MacroId) -> Result<()> {
    tx.query("delete from macros where id = $1").bind(id).execute().await?;
    Ok(())
}
