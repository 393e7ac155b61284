//! Runs of the agent once more, over what they looked at then: whether they come to the same.

use std::sync::Arc;

use crate::agent::{Kept, KeptError, differences};
use crate::clock::Clock;
use crate::documents::{BrandDocuments, DocumentsError, of_versions};
use crate::model::BrandId;
use crate::store::run_inputs::{self, Listed};
use crate::store::{self, Db};

/// A run that cannot be repeated.
#[derive(Debug, thiserror::Error)]
pub enum NotRepeated {
    /// What it looked at was forgotten meanwhile.
    #[error("what the run looked at is no longer kept")]
    Forgotten,
    /// What it looked at cannot be read.
    #[error(transparent)]
    Kept(#[from] KeptError),
    /// The policy, the voice or a reply template of then cannot be used.
    #[error(transparent)]
    Documents(#[from] DocumentsError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Repeats runs one after the other. The documents of the last one are at hand for the next.
#[derive(Debug, Default)]
pub struct Repeater {
    last: Option<(BrandId, Arc<BrandDocuments>)>,
}

impl Repeater {
    /// Runs one once more and says in what it comes to something else; nothing where it comes to the same.
    pub async fn repeat(&mut self, db: &Db, clock: &Clock, run: &Listed) -> Result<Vec<&'static str>, NotRepeated> {
        let stored = run_inputs::find(db, run.run_id).await?.ok_or(NotRepeated::Forgotten)?;
        let kept = Kept::unpacked(&stored.inputs)?;
        let documents = self.documents_of(db, run.brand_id, &kept).await?;
        let (policy, voice, templates) =
            (documents.policy.clone(), documents.voice.clone(), documents.templates.clone());
        let result = Box::pin(kept.repeat(&kept.snapshot(policy, voice, templates), clock)).await;
        Ok(differences(&kept.outcome, &result.outcome))
    }

    async fn documents_of(
        &mut self,
        db: &Db,
        brand: BrandId,
        kept: &Kept,
    ) -> Result<Arc<BrandDocuments>, DocumentsError> {
        let versions = (kept.policy_version, kept.voice_version);
        let at_hand = self.last.as_ref().filter(|(of, documents)| {
            *of == brand
                && (documents.policy_version, documents.voice_version) == versions
                && documents.template_versions == kept.template_versions
        });
        if let Some((_, documents)) = at_hand {
            return Ok(Arc::clone(documents));
        }
        let documents = Arc::new(of_versions(db, brand, versions, &kept.template_versions).await?);
        self.last = Some((brand, Arc::clone(&documents)));
        Ok(documents)
    }
}
