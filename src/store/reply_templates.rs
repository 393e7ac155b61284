//! Reply templates that a brand changed; the shipped texts stand in for the rest.

use super::db::Sql;
use super::{Db, Result, Tx, rows};
use crate::model::version::Version;
use crate::model::{BrandId, TeammateId, Ts, VersionId};

/// The newest version of a template that was changed.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ReplyTemplate {
    /// Name: the intent's word.
    pub name: String,
    /// ISO 639.
    pub locale: String,
    /// 1, 2, 3, ...
    pub version: i64,
    /// The text; `""` when the shipped one counts again.
    pub body: String,
    /// Who wrote it.
    pub author_id: Option<TeammateId>,
    /// When it was written.
    pub created_at: Ts,
}

/// The newest version of each template that was ever changed.
pub async fn list_current(db: &Db, brand: BrandId) -> Result<Vec<ReplyTemplate>> {
    db.query(
        "select name, locale, version, body, author_id, created_at from reply_templates t
         where brand_id = $1 and version = (
             select max(version) from reply_templates o
             where o.brand_id = t.brand_id and o.name = t.name and o.locale = t.locale)
         order by name, locale",
    )
    .bind(brand)
    .all()
    .await
}

/// One version of a template.
pub async fn find(
    db: &Db,
    brand: BrandId,
    (name, locale): (&str, &str),
    version: i64,
) -> Result<Option<ReplyTemplate>> {
    db.query(
        "select name, locale, version, body, author_id, created_at from reply_templates
         where brand_id = $1 and name = $2 and locale = $3 and version = $4",
    )
    .bind(brand)
    .bind(name)
    .bind(locale)
    .bind(version)
    .optional()
    .await
}

/// A version to insert.
#[derive(Clone, Copy, Debug)]
pub struct NewText<'a> {
    /// Id.
    pub id: VersionId,
    /// Whose.
    pub brand_id: BrandId,
    /// Name: the intent's word.
    pub name: &'a str,
    /// ISO 639.
    pub locale: &'a str,
    /// The text; `""` brings the shipped one back.
    pub body: &'a str,
    /// What changed, in a line.
    pub summary: &'a str,
    /// Who wrote it.
    pub author_id: Option<TeammateId>,
    /// When it was written.
    pub created_at: Ts,
}

/// All versions of a template, newest first, at most 200. The document is the text.
pub async fn versions(db: &Db, brand: BrandId, name: &str, locale: &str) -> Result<Vec<Version>> {
    const VERSIONS: Sql = Sql {
        sqlite: "select id, brand_id, version, json_quote(body) as document, summary, author_id, 1 as published,
             created_at as effective_from, created_at
             from reply_templates where brand_id = $1 and name = $2 and locale = $3 order by version desc limit 200",
        postgres: "select id, brand_id, version, to_jsonb(body) as document, summary, author_id, true as published,
             created_at as effective_from, created_at
             from reply_templates where brand_id = $1 and name = $2 and locale = $3 order by version desc limit 200",
    };
    db.query(VERSIONS).bind(brand).bind(name).bind(locale).all().await
}

/// Inserts the version behind `before` (0 for the first); `false` when somebody else was faster.
pub async fn insert(tx: &mut Tx, new: &NewText<'_>, before: i64) -> Result<bool> {
    let done = tx
        .query(
            "insert into reply_templates
                 (id, brand_id, name, locale, version, body, author_id, created_at, summary)
             select $1, $2, cast($3 as text), cast($4 as text), coalesce(max(version), 0) + 1, $5, $6, $7, $8
             from reply_templates where brand_id = $2 and name = $3 and locale = $4
             having coalesce(max(version), 0) = $9",
        )
        .bind(new.id)
        .bind(new.brand_id)
        .bind(new.name)
        .bind(new.locale)
        .bind(rows::text(new.body))
        .bind(new.author_id)
        .bind(new.created_at)
        .bind(new.summary)
        .bind(before)
        .execute()
        .await?;
    Ok(done > 0)
}
