//! The documents of a brand that are in force, compiled once a version: policy, voice, reply templates.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::model::{BrandId, Ts};
use crate::policy::Policy;
use crate::store::versions::{self, Kind};
use crate::store::{self, Db, reply_templates};
use crate::voice::Voice;
use crate::voice::templates::Templates;

/// Documents that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DocumentsError {
    /// Nothing is in force.
    #[error("the brand has no policy or voice in force")]
    Unset,
    /// What is in force does not hold any more.
    #[error("the {0} in force does not hold; mend it first")]
    Broken(&'static str),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// A brand's compiled documents.
#[derive(Debug)]
pub struct BrandDocuments {
    /// The policy in force.
    pub policy: Arc<Policy>,
    /// Its version.
    pub policy_version: i64,
    /// The voice in force.
    pub voice: Arc<Voice>,
    /// Its version.
    pub voice_version: i64,
    /// Reply templates, the brand's own over the shipped ones.
    pub templates: Arc<Templates>,
    template_versions: Vec<(String, String, i64)>,
}

/// The compiled documents of all brands, compiled anew when a version changes. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Documents {
    kept: Arc<Mutex<HashMap<BrandId, Arc<BrandDocuments>>>>,
}

impl Documents {
    /// What counts for a brand at a moment.
    pub async fn of_brand(&self, db: &Db, brand: BrandId, at: Ts) -> Result<Arc<BrandDocuments>, DocumentsError> {
        let policy = versions::in_force(db, Kind::Policy, brand, at).await?.ok_or(DocumentsError::Unset)?;
        let voice = versions::in_force(db, Kind::Voice, brand, at).await?.ok_or(DocumentsError::Unset)?;
        let own = reply_templates::list_current(db, brand).await?;
        let template_versions: Vec<_> =
            own.iter().map(|template| (template.name.clone(), template.locale.clone(), template.version)).collect();
        let kept = self.kept().get(&brand).cloned();
        if let Some(kept) = kept.filter(|kept| {
            kept.policy_version == policy.version
                && kept.voice_version == voice.version
                && kept.template_versions == template_versions
        }) {
            return Ok(kept);
        }
        let broken = DocumentsError::Broken;
        let texts = own
            .iter()
            .filter(|row| !row.body.is_empty())
            .map(|row| (row.name.as_str(), row.locale.as_str(), row.body.as_str()));
        let (templates, problems) = Templates::with(texts);
        for problem in &problems {
            tracing::warn!(path = %problem.path, problem = %problem.message, "a reply template does not hold");
        }
        let documents = Arc::new(BrandDocuments {
            policy: Arc::new(crate::policy::compile(&policy.document.0).map_err(|_| broken("policy"))?),
            policy_version: policy.version,
            voice: Arc::new(crate::voice::compile(&voice.document.0).map_err(|_| broken("voice"))?),
            voice_version: voice.version,
            templates,
            template_versions,
        });
        self.kept().insert(brand, documents.clone());
        Ok(documents)
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, HashMap<BrandId, Arc<BrandDocuments>>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
