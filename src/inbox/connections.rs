//! The adapters of the connected channels, built from the store and kept for a few seconds.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use channel_contract::MessageChannel;
use serde_json::Value;

use crate::channels::{self, BuildError};
use crate::clock::Clock;
use crate::model::brand::Brand;
use crate::model::channel::Channel;
use crate::model::{ChannelId, Ts};
use crate::store::{self, Db, brands};
use crate::vault::{Vault, VaultError};

/// How long a connection is used before the store is asked again: another process may have changed it.
const FRESH: Duration = Duration::from_secs(3);

/// A channel with its brand and adapter.
pub struct Connection {
    /// The channel as stored.
    pub channel: Channel,
    /// Whose it is.
    pub brand: Brand,
    /// The adapter.
    pub adapter: Arc<dyn MessageChannel>,
    loaded_at: Ts,
}

/// A channel that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConnectionError {
    /// There is no such channel.
    #[error("this channel is no longer connected")]
    Gone,
    /// Its settings cannot be used.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// Its secrets cannot be opened.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The database failed.
    #[error(transparent)]
    Store(store::Error),
}

impl From<store::Error> for ConnectionError {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::NotFound => Self::Gone,
            other => Self::Store(other),
        }
    }
}

/// The connected channels. Cheap to clone.
#[derive(Clone)]
pub struct Connections {
    db: Db,
    vault: Vault,
    clock: Clock,
    kept: Arc<Mutex<HashMap<ChannelId, Arc<Connection>>>>,
}

impl Connections {
    /// Over a store and the key of its secrets.
    pub fn new(db: Db, vault: Vault, clock: Clock) -> Self {
        Self { db, vault, clock, kept: Arc::default() }
    }

    /// The connection of a channel.
    pub async fn get(&self, id: ChannelId) -> Result<Arc<Connection>, ConnectionError> {
        let now = self.clock.now();
        if let Some(kept) = self.kept().get(&id)
            && now.since(kept.loaded_at) < FRESH
        {
            return Ok(kept.clone());
        }
        let channel = store::channels::find(&self.db, id).await?.ok_or(ConnectionError::Gone)?;
        let brand = brands::get(&self.db, channel.brand_id).await?;
        let secrets = self.vault.open(&purpose(id), &store::channels::secrets(&self.db, id).await?)?;
        let secrets = serde_json::from_slice(&secrets).unwrap_or(Value::Null);
        let adapter = channels::build(&channel, &secrets)?;
        let connection = Arc::new(Connection { channel, brand, adapter, loaded_at: now });
        self.kept().insert(id, connection.clone());
        Ok(connection)
    }

    /// Forgets what was kept of a channel, after a change.
    pub fn forget(&self, id: ChannelId) {
        self.kept().remove(&id);
    }

    /// Seals the secret settings of a channel for the store.
    pub fn seal(&self, id: ChannelId, secrets: &Value) -> Result<Vec<u8>, VaultError> {
        self.vault.seal(&purpose(id), secrets.to_string().as_bytes())
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, HashMap<ChannelId, Arc<Connection>>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn purpose(id: ChannelId) -> String {
    format!("channel:{id}")
}
