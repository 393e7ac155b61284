//! What is brought in as articles: each import, and what became of its files and pages.

use super::{Db, Result, Tx, rows};
use crate::model::article_import::{ArticleImport, ImportItem, ImportOutcome};
use crate::model::{ArticleId, ArticleImportId, BrandId, TeammateId, Ts};

/// An import as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Listed {
    /// Id.
    pub id: ArticleImportId,
    /// ISO 639.
    pub locale: String,
    /// Who brought it in.
    pub author_id: TeammateId,
    /// When.
    pub created_at: Ts,
    /// How many files and pages.
    pub total: i64,
    /// How many of them became texts.
    pub kept: i64,
    /// How many were refused.
    pub refused: i64,
}

/// The imports of a brand, newest first, at most so many.
pub async fn list(db: &Db, brand: BrandId, most: i64) -> Result<Vec<Listed>> {
    db.query(
        "select i.id, i.locale, i.author_id, i.created_at, count(*) as total,
             count(case when x.outcome in ('begun', 'version') then 1 end) as kept,
             count(case when x.outcome = 'refused' then 1 end) as refused
         from article_imports i join article_import_items x on x.import_id = i.id
         where i.brand_id = $1 group by i.id, i.locale, i.author_id, i.created_at
         order by i.created_at desc, i.id desc limit $2",
    )
    .bind(brand)
    .bind(most)
    .all()
    .await
}

/// An import.
pub async fn find(db: &Db, id: ArticleImportId) -> Result<Option<ArticleImport>> {
    db.query("select id, brand_id, locale, author_id, created_at from article_imports where id = $1")
        .bind(id)
        .optional()
        .await
}

/// Its files and pages, in their order.
pub async fn items(db: &Db, id: ArticleImportId) -> Result<Vec<ImportItem>> {
    db.query(
        "select position, source, outcome, article_id, title, version, why from article_import_items
         where import_id = $1 order by position",
    )
    .bind(id)
    .all()
    .await
}

/// A new import, of which everything waits.
pub async fn insert(tx: &mut Tx, import: &ArticleImport, sources: &[String]) -> Result<()> {
    tx.query("insert into article_imports (id, brand_id, locale, author_id, created_at) values ($1, $2, $3, $4, $5)")
        .bind(import.id)
        .bind(import.brand_id)
        .bind(import.locale.as_str())
        .bind(import.author_id)
        .bind(import.created_at)
        .execute()
        .await?;
    for (position, source) in (1_i64..).zip(sources) {
        tx.query(
            "insert into article_import_items (import_id, position, source, outcome, title, version, why)
             values ($1, $2, $3, $4, '', 0, '')",
        )
        .bind(import.id)
        .bind(position)
        .bind(rows::text(source))
        .bind(ImportOutcome::Waiting)
        .execute()
        .await?;
    }
    Ok(())
}

/// Notes what became of a file or a page.
pub async fn settle(tx: &mut Tx, import: ArticleImportId, item: &ImportItem) -> Result<()> {
    tx.query(
        "update article_import_items set outcome = $1, article_id = $2, title = $3, version = $4, why = $5
         where import_id = $6 and position = $7",
    )
    .bind(item.outcome)
    .bind(item.article_id)
    .bind(rows::text(&item.title))
    .bind(item.version)
    .bind(rows::text(&item.why))
    .bind(import)
    .bind(item.position)
    .execute()
    .await?;
    Ok(())
}

/// The article that came from here before, in the language of an import.
pub async fn article_from(tx: &mut Tx, import: &ArticleImport, source: &str) -> Result<Option<ArticleId>> {
    let found: Option<(ArticleId,)> = tx
        .query(
            "select x.article_id from article_import_items x join article_imports i on i.id = x.import_id
             where x.source = $1 and x.article_id is not null and i.brand_id = $2 and i.locale = $3
             order by i.created_at desc, i.id desc, x.position limit 1",
        )
        .bind(rows::text(source))
        .bind(import.brand_id)
        .bind(import.locale.as_str())
        .optional()
        .await?;
    Ok(found.map(|(article,)| article))
}

/// Whether this import has come upon the article already.
pub async fn has_met(tx: &mut Tx, import: ArticleImportId, article: ArticleId) -> Result<bool> {
    tx.query("select exists (select 1 from article_import_items where import_id = $1 and article_id = $2)")
        .bind(import)
        .bind(article)
        .scalar()
        .await
}

/// Whether an import wrote this version of an article in a language.
pub async fn wrote(tx: &mut Tx, article: ArticleId, locale: &str, version: i64) -> Result<bool> {
    tx.query(
        "select exists (
             select 1 from article_import_items x join article_imports i on i.id = x.import_id
             where x.article_id = $1 and i.locale = $2 and x.version = $3)",
    )
    .bind(article)
    .bind(locale)
    .bind(version)
    .scalar()
    .await
}
