//! Shops that run on WooCommerce: their keys, their webhooks, and keys that the shop makes itself.

use std::sync::Arc;

use channel_contract::OrderSource;
use channel_contract::secret::Secret;
use channel_woocommerce::{Settings, WooCommerce, authorize, hook};
use serde::Deserialize;
use serde_json::Value;

use super::{Hook, HookError, News, SourceError, unreadable, unusable};
use crate::clock::Clock;
use crate::model::Ts;
use crate::model::order::OrderSourceRow;

pub use authorize::{Keys, keys};

/// Settings, without secrets.
#[derive(Deserialize)]
struct ShopSettings {
    /// Under which `wp-json` lies.
    base_url: String,
}

/// Secrets.
#[derive(Deserialize)]
struct ShopSecrets {
    consumer_key: String,
    consumer_secret: String,
    /// What the shop signs its webhooks with.
    #[serde(default)]
    secret: Secret,
    /// The one before, which counts until the moment that the settings name.
    #[serde(default)]
    previous_secret: Option<Secret>,
}

pub(super) fn build(
    row: &OrderSourceRow,
    secrets: &Value,
    clock: &Clock,
    client: &reqwest::Client,
) -> Result<Arc<dyn OrderSource>, SourceError> {
    let settings = ShopSettings::deserialize(&row.settings.0).map_err(|source| unreadable(row, source))?;
    let secrets = ShopSecrets::deserialize(secrets).map_err(|source| unreadable(row, source))?;
    let path = format!("/hooks/orders/{}", row.id);
    let settings = Settings::new(&settings.base_url, &secrets.consumer_key, &secrets.consumer_secret, &path)
        .map_err(|source| unusable(row, source))?;
    let clock = clock.clone();
    Ok(Arc::new(WooCommerce::new(settings, client.clone(), move || clock.now().datetime())))
}

/// A webhook that is signed with the shop's secret. The call without a signature that the shop makes when a webhook is saved is
/// taken and says nothing.
pub(super) fn read_hook(
    row: &OrderSourceRow,
    secrets: &Value,
    header: impl Fn(&str) -> Option<String>,
    body: &[u8],
    now: Ts,
) -> Result<Hook, HookError> {
    let nothing = Hook { news: News::Nothing, id: None };
    if hook::is_ping(body) {
        return Ok(nothing);
    }
    let secrets = ShopSecrets::deserialize(secrets).map_err(|source| unreadable(row, source))?;
    let former = secrets.previous_secret.filter(|_| now < row.former_until());
    let counting: Vec<Secret> = std::iter::once(secrets.secret).chain(former).collect();
    hook::verify(&counting, header(hook::SIGNATURE).as_deref(), body)?;
    let told = hook::parse(&header(hook::TOPIC).unwrap_or_default(), body)?;
    Ok(told.map_or(nothing, |told| Hook { news: News::Order(told.order_id), id: Some(told.event_id) }))
}

/// The shop's page that asks its owner for keys; why there is none, in words. `word` comes back with them.
pub fn page_that_asks(base: &str, word: &str, returns: &str, callback: &str) -> Result<String, String> {
    authorize::page(base, word, returns, callback).map(String::from).map_err(|error| error.to_string())
}
