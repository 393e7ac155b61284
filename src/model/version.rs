//! Immutable versions of a brand's documents (policy, voice).

use super::{BrandId, TeammateId, Ts, VersionId};

/// One version of a document.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Version {
    /// Id.
    pub id: VersionId,
    /// Whose.
    pub brand_id: BrandId,
    /// 1, 2, 3, ...
    pub version: i64,
    /// The document.
    pub document: sqlx::types::Json<serde_json::Value>,
    /// What changed, in a line.
    pub summary: String,
    /// Who wrote it; nobody for the first.
    pub author_id: Option<TeammateId>,
    /// Whether it was published; a draft is not.
    pub published: bool,
    /// From when it is in force.
    pub effective_from: Option<Ts>,
    /// When it was written.
    pub created_at: Ts,
}

impl Version {
    /// Which state of a draft this is: it changes with each change.
    pub fn revision(&self) -> String {
        self.created_at.0.to_string()
    }
}
