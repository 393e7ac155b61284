//! Files and pages that are brought in as articles, and what became of each.

use super::text_enum::text_enum;
use super::{ArticleId, ArticleImportId, BrandId, TeammateId, Ts};

text_enum! {
    /// What became of a file or a page.
    ImportOutcome {
        /// It waits for its turn.
        Waiting = "waiting",
        /// The first text of an article in its language.
        Begun = "begun",
        /// A newer text of an article.
        Version = "version",
        /// The article stays as it was.
        Left = "left",
        /// It cannot be an article.
        Refused = "refused",
    }
}

/// Files and pages that somebody brings in at once.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct ArticleImport {
    /// Id.
    pub id: ArticleImportId,
    /// Whose articles they become.
    pub brand_id: BrandId,
    /// ISO 639: the language that all of it is written in.
    pub locale: String,
    /// Who brings it in.
    pub author_id: TeammateId,
    /// Since when.
    pub created_at: Ts,
}

/// A file or a page of an import.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct ImportItem {
    /// Its place in the import: 1, 2, 3, ...
    pub position: i64,
    /// The name of the file, or the address of the page.
    pub source: String,
    /// What became of it.
    pub outcome: ImportOutcome,
    /// The article that it belongs to, if there is one.
    pub article_id: Option<ArticleId>,
    /// The title that was found.
    pub title: String,
    /// Which version its text is; 0 where it is none.
    pub version: i64,
    /// Why it was left or refused.
    pub why: String,
}
