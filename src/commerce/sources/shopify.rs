//! Shops at Shopify, from what the store holds about them.

use std::sync::Arc;

use channel_contract::OrderSource;
use channel_contract::failure::VerifyError;
use channel_shopify::{Access, Secret, Settings, Shopify, hook};
use serde::Deserialize;
use serde_json::Value;

use super::{Hook, HookError, News, SourceError, unreadable, unusable};
use crate::clock::Clock;
use crate::model::Ts;
use crate::model::order::OrderSourceRow;

/// Settings, without secrets.
#[derive(Deserialize)]
struct ShopifySettings {
    /// `name.myshopify.com`.
    shop: String,
    /// The version of the interface; `""` for the usual one.
    #[serde(default)]
    version: String,
    #[serde(default)]
    client_id: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ShopifySecrets {
    /// The app's client secret. It signs webhooks, and with the client id it opens the shop.
    secret: Secret,
    /// The one before, which counts for webhooks until the moment that the settings name.
    previous_secret: Option<Secret>,
    /// A token that lasts, of an app that was made in the shop.
    access_token: Secret,
    /// What signs webhooks that were made in the shop.
    hook_key: Secret,
}

fn read(row: &OrderSourceRow, secrets: &Value) -> Result<(Settings, ShopifySecrets), SourceError> {
    let settings = ShopifySettings::deserialize(&row.settings.0).map_err(|source| unreadable(row, source))?;
    let secrets = ShopifySecrets::deserialize(secrets).map_err(|source| unreadable(row, source))?;
    let access = Access {
        token: secrets.access_token.clone(),
        client_id: settings.client_id.trim().to_owned(),
        client_secret: secrets.secret.clone(),
    };
    let settings = Settings::new(&settings.shop, &settings.version, access).map_err(|source| unusable(row, source))?;
    Ok((settings, secrets))
}

pub(super) fn build(
    row: &OrderSourceRow,
    secrets: &Value,
    clock: &Clock,
    client: &reqwest::Client,
) -> Result<Arc<dyn OrderSource>, SourceError> {
    let (settings, _) = read(row, secrets)?;
    let clock = clock.clone();
    Ok(Arc::new(Shopify::new(settings, client.clone(), move || clock.now().datetime())))
}

/// A webhook that is signed with the app's secret or the shop's key, and is this shop's.
pub(super) fn read_hook(
    row: &OrderSourceRow,
    secrets: &Value,
    header: impl Fn(&str) -> Option<String>,
    body: &[u8],
    now: Ts,
) -> Result<Hook, HookError> {
    let (settings, secrets) = read(row, secrets)?;
    let former = secrets.previous_secret.filter(|_| now < row.former_until()).unwrap_or_default();
    hook::verify(&[secrets.secret, former, secrets.hook_key], header(hook::SIGNATURE).as_deref(), body)?;
    if !settings.is_named(&header(hook::SHOP).unwrap_or_default()) {
        return Err(HookError::Refused(VerifyError::Mismatch));
    }
    let news = match hook::read(&header(hook::TOPIC).unwrap_or_default(), body)? {
        hook::Told::Order(order) => News::Order(order),
        hook::Told::Removed => News::AccessOver(
            "The app was removed from the shop at Shopify. Install it there again, then \
                                                 check here; nothing is lost meanwhile.",
        ),
        hook::Told::Privacy | hook::Told::Nothing => News::Nothing,
    };
    Ok(Hook { news, id: header(hook::ID) })
}
