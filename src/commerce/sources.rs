//! Order sources built from what the store holds about them.

use std::sync::Arc;

use channel_contract::OrderSource;
use channel_http_orders::{HttpOrders, Secret, Secrets, Settings, SettingsError};
use serde::Deserialize;

use super::demo_shop::DemoShop;
use crate::clock::Clock;
use crate::model::order::OrderSourceRow;
use crate::store::Db;

/// A connection to a shop that cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// A kind that this version does not know.
    #[error("“{kind}” is not a kind of shop that can be connected (demo, http)")]
    UnknownKind {
        /// The kind.
        kind: String,
    },
    /// A setting is missing or has another form.
    #[error("the settings of the shop “{name}” cannot be read: {source}")]
    Unreadable {
        /// The shop.
        name: String,
        /// What is wrong.
        #[source]
        source: serde_json::Error,
    },
    /// The settings cannot work.
    #[error("the shop “{name}” cannot be connected: {source}")]
    Unusable {
        /// The shop.
        name: String,
        /// What is wrong.
        #[source]
        source: SettingsError,
    },
}

/// Settings of the kind `http`, without secrets.
#[derive(Deserialize)]
struct HttpSettings {
    /// Under which `/orders` and `/products` lie.
    base_url: String,
}

/// Secrets of the kind `http`.
#[derive(Deserialize)]
struct HttpSecrets {
    secret: String,
    /// Until the shop has moved to the current one.
    #[serde(default)]
    previous_secret: Option<String>,
}

/// Builds the connection. `secrets` is the opened document; `client` must not follow redirects to other hosts.
pub fn build(
    row: &OrderSourceRow,
    secrets: &serde_json::Value,
    db: &Db,
    clock: &Clock,
    client: &reqwest::Client,
) -> Result<Arc<dyn OrderSource>, SourceError> {
    match row.kind.as_str() {
        "demo" => Ok(Arc::new(DemoShop::new(db.clone(), clock.clone(), row.id))),
        "http" => http(row, secrets, clock, client),
        kind => Err(SourceError::UnknownKind { kind: kind.to_owned() }),
    }
}

fn http(
    row: &OrderSourceRow,
    secrets: &serde_json::Value,
    clock: &Clock,
    client: &reqwest::Client,
) -> Result<Arc<dyn OrderSource>, SourceError> {
    let unreadable = |source| SourceError::Unreadable { name: row.name.clone(), source };
    let unusable = |source| SourceError::Unusable { name: row.name.clone(), source };
    let settings = HttpSettings::deserialize(&row.settings.0).map_err(unreadable)?;
    let secrets = HttpSecrets::deserialize(secrets).map_err(unreadable)?;
    let secrets = Secrets {
        current: Secret::new(secrets.secret).map_err(unusable)?,
        previous: secrets.previous_secret.map(Secret::new).transpose().map_err(unusable)?,
    };
    let settings = Settings::new(&settings.base_url, secrets).map_err(unusable)?;
    let clock = clock.clone();
    Ok(Arc::new(HttpOrders::new(settings, client.clone(), move || clock.now().datetime())))
}
