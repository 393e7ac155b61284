//! The connected tracking providers: each built from what the store holds about it, and when parcels are looked at again.

use std::sync::Arc;
use std::time::Duration;

use channel_contract::ParcelTracker;
use channel_contract::orders::ShipmentStatus;
use channel_contract::secret::Secret;
use channel_tracking::{Access, AfterShip, EasyPost, SeventeenTrack};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::clock::Clock;
use crate::model::tracker::{ParcelNews, TrackerKind, TrackerRow};
use crate::model::{TrackerId, Ts};
use crate::store::{self, Db, trackers};
use crate::vault::{Vault, VaultError};

/// How long a parcel rests that its provider does not know by now.
pub const UNKNOWN: Duration = Duration::from_hours(12);

/// A provider that cannot be asked.
#[derive(Debug, thiserror::Error)]
pub enum TrackerError {
    /// Its secrets cannot be opened.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// What lets in at a provider, and what signs its webhooks.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TrackerSecrets {
    /// Lets in.
    pub key: Secret,
    /// Signs webhooks, where that is not the key.
    pub hook_secret: Secret,
}

/// The providers of all brands. Cheap to clone.
#[derive(Clone)]
pub struct Trackers {
    db: Db,
    vault: Vault,
    clock: Clock,
    client: reqwest::Client,
}

impl Trackers {
    /// Over a store, the key of its secrets and the client for services on the web.
    pub fn new(db: Db, vault: Vault, clock: Clock, client: reqwest::Client) -> Self {
        Self { db, vault, clock, client }
    }

    /// A provider that is connected.
    pub async fn open(&self, row: &TrackerRow) -> Result<Arc<dyn ParcelTracker>, TrackerError> {
        Ok(self.build(row, self.secrets(row.id).await?))
    }

    /// The opened secrets of a provider.
    pub async fn secrets(&self, id: TrackerId) -> Result<TrackerSecrets, TrackerError> {
        let opened = self.vault.open(&purpose(id), &trackers::secrets(&self.db, id).await?)?;
        Ok(serde_json::from_slice(&opened).unwrap_or_default())
    }

    /// Seals secrets for the store.
    pub fn seal(&self, id: TrackerId, secrets: &TrackerSecrets) -> Result<Vec<u8>, VaultError> {
        let document = serde_json::to_vec(secrets).unwrap_or_default();
        self.vault.seal(&purpose(id), &document)
    }

    /// A provider as it would be with these secrets.
    pub fn build(&self, row: &TrackerRow, secrets: TrackerSecrets) -> Arc<dyn ParcelTracker> {
        let clock = self.clock.clone();
        let access = Access {
            http: self.client.clone(),
            clock: Arc::new(move || clock.now().datetime()),
            base: base(row),
            key: secrets.key,
            hook_secret: secrets.hook_secret,
        };
        match row.kind {
            TrackerKind::AfterShip => Arc::new(AfterShip::new(access)),
            TrackerKind::SeventeenTrack => Arc::new(SeventeenTrack::new(access)),
            TrackerKind::EasyPost => Arc::new(EasyPost::new(access)),
        }
    }
}

/// Where a provider is called: the address of the settings, or the one that counts where none is given.
pub fn base(row: &TrackerRow) -> String {
    let given = row.settings.get("base_url").and_then(Value::as_str).map(str::trim);
    given.filter(|base| !base.is_empty()).unwrap_or(usual_base(row.kind)).to_owned()
}

/// Where a provider is called unless the settings say otherwise.
pub fn usual_base(kind: TrackerKind) -> &'static str {
    match kind {
        TrackerKind::AfterShip => AfterShip::BASE,
        TrackerKind::SeventeenTrack => SeventeenTrack::BASE,
        TrackerKind::EasyPost => EasyPost::BASE,
    }
}

fn purpose(id: TrackerId) -> String {
    format!("tracker:{id}")
}

/// When a parcel is looked at again of which nothing is pushed meanwhile: sooner the nearer it is, and never once it arrived.
pub fn next_look(news: &ParcelNews, now: Ts) -> Option<Ts> {
    let rest = match news.status {
        Some(ShipmentStatus::Delivered) => return None,
        Some(ShipmentStatus::OutForDelivery) => Duration::from_mins(30),
        Some(_) => Duration::from_hours(3),
        None => UNKNOWN,
    };
    Some(now.plus(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parcel_is_looked_at_the_sooner_the_nearer_it_is_and_not_once_it_arrived() {
        use ShipmentStatus::{Delivered, InTransit, OutForDelivery};
        let seconds = |status| {
            let news = ParcelNews { status, ..ParcelNews::default() };
            next_look(&news, Ts(0)).map(|at| at.0 / 1_000_000)
        };
        assert_eq!(seconds(Some(OutForDelivery)), Some(1_800));
        assert_eq!(seconds(Some(InTransit)), Some(3 * 3_600));
        assert_eq!((seconds(None), seconds(Some(Delivered))), (Some(12 * 3_600), None));
    }
}
