//! The documents of a brand, compiled: policy, voice, reply templates. Those in force once a version.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::model::version::Version;
use crate::model::{BrandId, Ts};
use crate::policy::Policy;
use crate::store::reply_templates::ReplyTemplate;
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
    /// A version is not there any more.
    #[error("the {0} of then is gone")]
    Gone(&'static str),
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
    /// The brand's own among them: name, language and version of each.
    pub template_versions: Vec<(String, String, i64)>,
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
        let template_versions: Vec<_> = own.iter().map(version_of).collect();
        let kept = self.kept().get(&brand).cloned();
        if let Some(kept) = kept.filter(|kept| {
            kept.policy_version == policy.version
                && kept.voice_version == voice.version
                && kept.template_versions == template_versions
        }) {
            return Ok(kept);
        }
        let documents = Arc::new(compiled(&policy, &voice, &own)?);
        self.kept().insert(brand, documents.clone());
        Ok(documents)
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, HashMap<BrandId, Arc<BrandDocuments>>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The documents of a brand in versions that were in force once.
pub async fn of_versions(
    db: &Db,
    brand: BrandId,
    (policy, voice): (i64, i64),
    own_templates: &[(String, String, i64)],
) -> Result<BrandDocuments, DocumentsError> {
    let policy = versions::find(db, Kind::Policy, brand, policy).await?.ok_or(DocumentsError::Gone("policy"))?;
    let voice = versions::find(db, Kind::Voice, brand, voice).await?.ok_or(DocumentsError::Gone("voice"))?;
    let mut own = Vec::with_capacity(own_templates.len());
    for (name, locale, version) in own_templates {
        let found = reply_templates::find(db, brand, (name, locale), *version).await?;
        own.push(found.ok_or(DocumentsError::Gone("reply template"))?);
    }
    compiled(&policy, &voice, &own)
}

fn compiled(policy: &Version, voice: &Version, own: &[ReplyTemplate]) -> Result<BrandDocuments, DocumentsError> {
    let broken = DocumentsError::Broken;
    let texts = own
        .iter()
        .filter(|row| !row.body.is_empty())
        .map(|row| (row.name.as_str(), row.locale.as_str(), row.body.as_str()));
    let (templates, problems) = Templates::with(texts);
    for problem in &problems {
        tracing::warn!(path = %problem.path, problem = %problem.message, "a reply template does not hold");
    }
    Ok(BrandDocuments {
        policy: Arc::new(crate::policy::compile(&policy.document.0).map_err(|_| broken("policy"))?),
        policy_version: policy.version,
        voice: Arc::new(crate::voice::compile(&voice.document.0).map_err(|_| broken("voice"))?),
        voice_version: voice.version,
        templates,
        template_versions: own.iter().map(version_of).collect(),
    })
}

fn version_of(own: &ReplyTemplate) -> (String, String, i64) {
    (own.name.clone(), own.locale.clone(), own.version)
}
