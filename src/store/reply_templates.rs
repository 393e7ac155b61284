//! Reply templates that a brand changed; the shipped texts stand in for the rest.

use super::{Db, Result, Tx, rows};
use crate::model::{BrandId, TeammateId, Ts, VersionId};

/// A template as changed.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ReplyTemplate {
    /// Name: the intent's word.
    pub name: String,
    /// ISO 639.
    pub locale: String,
    /// 1, 2, 3, ...
    pub version: i64,
    /// The text.
    pub body: String,
}

/// The newest version of each changed template of a brand.
pub async fn list_current(db: &Db, brand: BrandId) -> Result<Vec<ReplyTemplate>> {
    db.query(
        "select name, locale, version, body from reply_templates t where brand_id = $1 and version = (
             select max(version) from reply_templates o
             where o.brand_id = t.brand_id and o.name = t.name and o.locale = t.locale)
         order by name, locale",
    )
    .bind(brand)
    .all()
    .await
}

/// A new version of a template.
pub async fn insert(
    tx: &mut Tx,
    id: VersionId,
    brand: BrandId,
    template: (&str, &str, &str),
    author: Option<TeammateId>,
    now: Ts,
) -> Result<()> {
    let (name, locale, body) = template;
    tx.query(
        "insert into reply_templates (id, brand_id, name, locale, version, body, author_id, created_at)
         select $1, $2, cast($3 as text), cast($4 as text), coalesce(max(version), 0) + 1, $5, $6, $7 from reply_templates
         where brand_id = $2 and name = $3 and locale = $4",
    )
    .bind(id)
    .bind(brand)
    .bind(name)
    .bind(locale)
    .bind(rows::text(body))
    .bind(author)
    .bind(now)
    .execute()
    .await?;
    Ok(())
}
