//! The connected shops of each brand, built from the store and kept for a few seconds.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use channel_contract::OrderSource;
use serde_json::Value;

use super::markets::{KIND, Market, Markets};
use super::shops::{Asked, Shop, Shops};
use super::sources::{self, SourceError};
use crate::clock::Clock;
use crate::model::numbering::market_of;
use crate::model::order::OrderSourceRow;
use crate::model::{BrandId, ChannelId, OrderSourceId, Ts};
use crate::store::{self, Db, Tx, order_sources};
use crate::vault::{Vault, VaultError};

const FRESH: Duration = Duration::from_secs(3);
/// How many hooks that were taken are known again.
const MOST_TAKEN: usize = 1_000;

/// Shops that cannot be asked.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// A shop's settings cannot be used.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// A shop's secrets cannot be opened.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// The shops of all brands. Cheap to clone.
#[derive(Clone)]
pub struct ShopRegistry {
    db: Db,
    vault: Vault,
    clock: Clock,
    client: reqwest::Client,
    markets: Arc<dyn Markets>,
    kept: Arc<Mutex<HashMap<BrandId, (Ts, Shops)>>>,
    /// The connections, each until what the store holds about it changes: they know tokens, and how much may be asked.
    built: Arc<Mutex<HashMap<OrderSourceId, Built>>>,
    /// The last hooks that were taken. One that is forgotten, or was taken by another process, only lets an order be read again.
    taken: Arc<Mutex<VecDeque<String>>>,
}

/// A connection, and what it was built from.
struct Built {
    kind: String,
    settings: Value,
    sealed: Vec<u8>,
    source: Arc<dyn OrderSource>,
}

impl ShopRegistry {
    /// Over a store, the key of its secrets, the client for shops on the web, and the channels of marketplaces.
    pub fn new(db: Db, vault: Vault, clock: Clock, client: reqwest::Client, markets: Arc<dyn Markets>) -> Self {
        Self { db, vault, clock, client, markets, kept: Arc::default(), built: Arc::default(), taken: Arc::default() }
    }

    /// The shops of a brand.
    pub async fn of_brand(&self, brand: BrandId) -> Result<Shops, RegistryError> {
        let now = self.clock.now();
        if let Some((at, shops)) = self.kept().get(&brand)
            && now.since(*at) < FRESH
        {
            return Ok(shops.clone());
        }
        let mut shops = Vec::new();
        for row in order_sources::list_of(&self.db, brand).await? {
            let sealed = order_sources::secrets(&self.db, row.id).await?;
            let source = self.connection(&row, sealed)?;
            let asked = self.asked(&row).await;
            shops.push(Shop { id: row.id, name: row.name, asked, source });
        }
        let shops = Shops::new(shops, self.clock.clone()).with_carriers(self.db.clone());
        self.kept().insert(brand, (now, shops.clone()));
        Ok(shops)
    }

    async fn asked(&self, row: &OrderSourceRow) -> Asked {
        let Some(market) = market_in(row) else { return Asked::Always };
        if self.markets.reads_orders(market).await { Asked::Market(market) } else { Asked::Never }
    }

    /// The opened secrets of a shop.
    pub async fn secrets(&self, id: OrderSourceId) -> Result<Value, RegistryError> {
        Ok(self.opened(id, &order_sources::secrets(&self.db, id).await?)?)
    }

    /// The same, as a transaction sees them.
    pub async fn secrets_in(&self, tx: &mut Tx, id: OrderSourceId) -> Result<Value, RegistryError> {
        Ok(self.opened(id, &order_sources::secrets_in(tx, id).await?)?)
    }

    fn opened(&self, id: OrderSourceId, sealed: &[u8]) -> Result<Value, VaultError> {
        let opened = if sealed.is_empty() { Vec::new() } else { self.vault.open(&purpose(id), sealed)? };
        Ok(serde_json::from_slice(&opened).unwrap_or(Value::Null))
    }

    /// Whether a shop works that is not kept yet; the reason in words when it does not.
    pub async fn try_out(&self, row: &OrderSourceRow, secrets: &Value) -> Result<(), String> {
        let source = self.build(row, secrets).map_err(|error| error.to_string())?;
        source.check().await.map_err(|failure| failure.to_string())
    }

    /// The connection of a shop: the one from before, where nothing about the shop has changed.
    fn connection(&self, row: &OrderSourceRow, sealed: Vec<u8>) -> Result<Arc<dyn OrderSource>, RegistryError> {
        let is_same =
            |built: &&Built| built.kind == row.kind && built.settings == row.settings.0 && built.sealed == sealed;
        if let Some(built) = self.built().get(&row.id).filter(is_same) {
            return Ok(built.source.clone());
        }
        let source = self.build(row, &self.opened(row.id, &sealed)?)?;
        let (kind, settings) = (row.kind.clone(), row.settings.0.clone());
        self.built().insert(row.id, Built { kind, settings, sealed, source: source.clone() });
        Ok(source)
    }

    fn built(&self) -> std::sync::MutexGuard<'_, HashMap<OrderSourceId, Built>> {
        self.built.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn build(&self, row: &OrderSourceRow, secrets: &Value) -> Result<Arc<dyn OrderSource>, SourceError> {
        match market_in(row) {
            Some(channel) => Ok(Arc::new(Market::new(channel, self.markets.clone()))),
            None => sources::build(row, secrets, &self.db, &self.clock, &self.client),
        }
    }

    /// Forgets what was kept of a brand, after a change.
    pub fn forget(&self, brand: BrandId) {
        self.kept().remove(&brand);
    }

    /// Whether a hook was taken before.
    pub fn has_taken(&self, hook: &str) -> bool {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).iter().any(|taken| taken == hook)
    }

    /// Notes that a hook was taken.
    pub fn note_taken(&self, hook: String) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.push_back(hook);
        if taken.len() > MOST_TAKEN {
            taken.pop_front();
        }
    }

    /// Seals the secret settings of a shop for the store.
    pub fn seal(&self, id: OrderSourceId, secrets: &Value) -> Result<Vec<u8>, VaultError> {
        self.vault.seal(&purpose(id), secrets.to_string().as_bytes())
    }

    /// A word that goes with somebody to a shop and comes back: it holds what was asked for a shop, and nobody else can make it.
    pub fn word(&self, id: OrderSourceId, asked: &Value) -> Result<String, VaultError> {
        let sealed = self.vault.seal(&asking(id), asked.to_string().as_bytes())?;
        Ok(format!("{id}_{}", URL_SAFE_NO_PAD.encode(sealed)))
    }

    /// What such a word holds; `None` where it is none.
    pub fn open_word(&self, word: &str) -> Option<(OrderSourceId, Value)> {
        let (id, sealed) = word.split_once('_')?;
        let id: OrderSourceId = id.parse().ok()?;
        let opened = self.vault.open(&asking(id), &URL_SAFE_NO_PAD.decode(sealed).ok()?).ok()?;
        Some((id, serde_json::from_slice(&opened).ok()?))
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, HashMap<BrandId, (Ts, Shops)>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The channel of a shop that is a marketplace itself.
fn market_in(row: &OrderSourceRow) -> Option<ChannelId> {
    market_of(&row.settings.0).filter(|_| row.kind == KIND)
}

fn asking(id: OrderSourceId) -> String {
    format!("order_source_asked:{id}")
}

fn purpose(id: OrderSourceId) -> String {
    format!("order_source:{id}")
}
