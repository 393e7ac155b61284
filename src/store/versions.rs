//! Immutable versions of a brand's policy and voice. The two tables have the same shape.

use super::db::Sql;
use super::{Db, Result, Tx, rows};
use crate::model::version::Version;
use crate::model::{BrandId, TeammateId, Ts, VersionId};

/// Which document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The brand's policy.
    Policy,
    /// The brand's voice.
    Voice,
}

/// The same text for both tables.
macro_rules! of_kind {
    ($kind:expr, $before:literal, $after:literal) => {
        match $kind {
            Kind::Policy => Sql::from(concat!($before, "policies", $after)),
            Kind::Voice => Sql::from(concat!($before, "voices", $after)),
        }
    };
}

/// All versions of a brand, newest first, at most 200.
pub async fn list(db: &Db, kind: Kind, brand: BrandId) -> Result<Vec<Version>> {
    db.query(of_kind!(kind, "select * from ", " where brand_id = $1 order by version desc limit 200"))
        .bind(brand)
        .all()
        .await
}

/// The version in force at a moment.
pub async fn in_force(db: &Db, kind: Kind, brand: BrandId, at: Ts) -> Result<Option<Version>> {
    db.query(in_force_sql(kind)).bind(brand).bind(at).optional().await
}

/// The version in force at a moment, as this transaction sees it.
pub async fn in_force_in(tx: &mut Tx, kind: Kind, brand: BrandId, at: Ts) -> Result<Option<Version>> {
    tx.query(in_force_sql(kind)).bind(brand).bind(at).optional().await
}

fn in_force_sql(kind: Kind) -> Sql {
    const POLICY: Sql = Sql {
        sqlite: "select * from policies where brand_id = $1 and published = 1 and effective_from <= $2
            order by effective_from desc, version desc limit 1",
        postgres: "select * from policies where brand_id = $1 and published and effective_from <= $2
            order by effective_from desc, version desc limit 1",
    };
    const VOICE: Sql = Sql {
        sqlite: "select * from voices where brand_id = $1 and published = 1 and effective_from <= $2
            order by effective_from desc, version desc limit 1",
        postgres: "select * from voices where brand_id = $1 and published and effective_from <= $2
            order by effective_from desc, version desc limit 1",
    };
    match kind {
        Kind::Policy => POLICY,
        Kind::Voice => VOICE,
    }
}

/// One version.
pub async fn find(db: &Db, kind: Kind, brand: BrandId, version: i64) -> Result<Option<Version>> {
    db.query(of_kind!(kind, "select * from ", " where brand_id = $1 and version = $2"))
        .bind(brand)
        .bind(version)
        .optional()
        .await
}

/// The unpublished version of a brand, if somebody is working on one.
pub async fn draft(db: &Db, kind: Kind, brand: BrandId) -> Result<Option<Version>> {
    const POLICY: Sql = Sql {
        sqlite: "select * from policies where brand_id = $1 and published = 0 order by version desc limit 1",
        postgres: "select * from policies where brand_id = $1 and not published order by version desc limit 1",
    };
    const VOICE: Sql = Sql {
        sqlite: "select * from voices where brand_id = $1 and published = 0 order by version desc limit 1",
        postgres: "select * from voices where brand_id = $1 and not published order by version desc limit 1",
    };
    let sql = match kind {
        Kind::Policy => POLICY,
        Kind::Voice => VOICE,
    };
    db.query(sql).bind(brand).optional().await
}

/// A version to insert.
#[derive(Clone, Debug)]
pub struct NewVersion {
    /// Id.
    pub id: VersionId,
    /// Whose.
    pub brand_id: BrandId,
    /// The document.
    pub document: serde_json::Value,
    /// What changed.
    pub summary: String,
    /// Who wrote it.
    pub author_id: Option<TeammateId>,
    /// From when it is in force; `None` for a draft.
    pub effective_from: Option<Ts>,
    /// When it was written.
    pub created_at: Ts,
}

/// Inserts the next version and gives its number.
pub async fn insert(tx: &mut Tx, kind: Kind, new: &NewVersion) -> Result<i64> {
    let last: i64 = tx
        .query(of_kind!(kind, "select coalesce(max(version), 0) from ", " where brand_id = $1"))
        .bind(new.brand_id)
        .scalar()
        .await?;
    tx.query(of_kind!(
        kind,
        "insert into ",
        " (id, brand_id, version, document, summary, author_id, published, effective_from, created_at)
          values ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
    ))
    .bind(new.id)
    .bind(new.brand_id)
    .bind(last + 1)
    .bind(rows::document(&new.document)?)
    .bind(rows::text(&new.summary))
    .bind(new.author_id)
    .bind(new.effective_from.is_some())
    .bind(new.effective_from)
    .bind(new.created_at)
    .execute()
    .await?;
    Ok(last + 1)
}

/// Changes an unpublished version that is still as it was read, `created_at` being its revision. `false` when somebody
/// changed, published or removed it meanwhile.
pub async fn update_draft(
    tx: &mut Tx,
    kind: Kind,
    seen: &Version,
    document: &serde_json::Value,
    (by, now): (TeammateId, Ts),
) -> Result<bool> {
    // Two changes within a microsecond are two revisions.
    let revision = now.max(Ts(seen.created_at.0.saturating_add(1)));
    let changed = tx
        .query(of_kind!(
            kind,
            "update ",
            " set document = $1, created_at = $2, author_id = $3
              where id = $4 and created_at = $5 and effective_from is null"
        ))
        .bind(rows::document(document)?)
        .bind(revision)
        .bind(by)
        .bind(seen.id)
        .bind(seen.created_at)
        .execute()
        .await?;
    Ok(changed > 0)
}

/// Publishes a draft that is still as it was read. `false` when it is not.
pub async fn publish(tx: &mut Tx, kind: Kind, seen: &Version, summary: &str, effective_from: Ts) -> Result<bool> {
    let published = tx
        .query(of_kind!(
            kind,
            "update ",
            " set published = $1, summary = $2, effective_from = $3
              where id = $4 and created_at = $5 and effective_from is null"
        ))
        .bind(true)
        .bind(summary)
        .bind(effective_from)
        .bind(seen.id)
        .bind(seen.created_at)
        .execute()
        .await?;
    Ok(published > 0)
}

/// Throws a draft away; published versions stay.
pub async fn delete_draft(tx: &mut Tx, kind: Kind, brand: BrandId) -> Result<()> {
    tx.query(of_kind!(kind, "delete from ", " where brand_id = $1 and effective_from is null"))
        .bind(brand)
        .execute()
        .await?;
    Ok(())
}
