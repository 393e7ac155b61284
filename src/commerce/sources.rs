//! Order sources built from what the store holds about them.

mod shopify;
pub mod woocommerce;

use std::error::Error;
use std::sync::Arc;

use channel_contract::OrderSource;
use channel_contract::failure::{ParseError, VerifyError};
use channel_http_orders::{HttpOrders, Secret, Secrets, Settings, hook, signature};
use serde::Deserialize;

use super::demo_shop::DemoShop;
use crate::clock::Clock;
use crate::model::Ts;
use crate::model::order::OrderSourceRow;
use crate::store::Db;

/// A connection to a shop that cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// A kind that this version does not know.
    #[error("“{kind}” is not a kind of shop that can be connected (demo, http, shopify, woocommerce)")]
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
        source: Box<dyn Error + Send + Sync>,
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
    /// The one before, which counts until the moment that the settings name.
    #[serde(default)]
    previous_secret: Option<String>,
}

/// Whether a shop of this kind is looked at now and then, for its own news may get lost.
pub fn is_looked_at(kind: &str) -> bool {
    kind == "woocommerce"
}

/// The setting of such a shop that says until when changes were looked for, in seconds since 1970.
pub const LOOKED_UNTIL: &str = "changes_looked_until";

/// Until when the secret before the one in use counts; `None` where there is none that does.
pub fn former_until(row: &OrderSourceRow, secrets: &serde_json::Value, now: Ts) -> Option<Ts> {
    let is_kept = secrets.get("previous_secret").is_some_and(serde_json::Value::is_string);
    Some(row.former_until()).filter(|until| is_kept && now < *until)
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
        "shopify" => shopify::build(row, secrets, clock, client),
        "woocommerce" => woocommerce::build(row, secrets, clock, client),
        kind => Err(SourceError::UnknownKind { kind: kind.to_owned() }),
    }
}

fn unreadable(row: &OrderSourceRow, source: serde_json::Error) -> SourceError {
    SourceError::Unreadable { name: row.name.clone(), source }
}

fn unusable(row: &OrderSourceRow, source: impl Error + Send + Sync + 'static) -> SourceError {
    SourceError::Unusable { name: row.name.clone(), source: Box::new(source) }
}

fn http_settings(row: &OrderSourceRow, secrets: &serde_json::Value, now: Ts) -> Result<Settings, SourceError> {
    let unusable = |source| unusable(row, source);
    let settings = HttpSettings::deserialize(&row.settings.0).map_err(|source| unreadable(row, source))?;
    let secrets = HttpSecrets::deserialize(secrets).map_err(|source| unreadable(row, source))?;
    let former = secrets.previous_secret.filter(|_| now < row.former_until());
    let secrets = Secrets {
        current: Secret::new(secrets.secret).map_err(unusable)?,
        previous: former.map(Secret::new).transpose().map_err(unusable)?,
    };
    Settings::new(&settings.base_url, secrets).map_err(unusable)
}

fn http(
    row: &OrderSourceRow,
    secrets: &serde_json::Value,
    clock: &Clock,
    client: &reqwest::Client,
) -> Result<Arc<dyn OrderSource>, SourceError> {
    let settings = http_settings(row, secrets, clock.now())?;
    let clock = clock.clone();
    Ok(Arc::new(HttpOrders::new(settings, client.clone(), move || clock.now().datetime())))
}

/// What a shop tells by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hook {
    /// What it tells.
    pub news: News,
    /// The same when it is sent again, where the shop says so.
    pub id: Option<String>,
}

/// What a hook tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// The order with this id changed.
    Order(String),
    /// The access to the shop is over; why, and what to do.
    AccessOver(&'static str),
    /// Nothing that the desk acts on.
    Nothing,
}

/// The largest hook that is read of a kind of shop, in bytes. Some send whole orders.
pub fn largest_hook(kind: &str) -> usize {
    match kind {
        "shopify" | "woocommerce" => 4 * 1024 * 1024,
        _ => 64 * 1024,
    }
}

/// A hook that is not taken.
#[derive(Debug, thiserror::Error)]
pub enum HookError {
    /// This kind of shop sends none.
    #[error("this shop sends no hooks")]
    None,
    /// The connection cannot be used.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// It is not the shop's, or not of now.
    #[error(transparent)]
    Refused(#[from] VerifyError),
    /// It is the shop's, and says nothing.
    #[error(transparent)]
    Malformed(#[from] ParseError),
}

/// What a hook tells. The signature covers the raw bytes. A hook can be repeated to no further effect: an order is read
/// again, nothing of it is taken from the hook. `header` gives the value of a header by its name.
pub fn read_hook(
    row: &OrderSourceRow,
    secrets: &serde_json::Value,
    header: impl Fn(&str) -> Option<String>,
    body: &[u8],
    now: Ts,
) -> Result<Hook, HookError> {
    match row.kind.as_str() {
        "http" => {
            let settings = http_settings(row, secrets, now)?;
            signature::verify(settings.secrets(), header(signature::HEADER).as_deref(), body, now.datetime())?;
            Ok(Hook { news: News::Order(hook::parse(body)?.order_id), id: None })
        }
        "shopify" => shopify::read_hook(row, secrets, header, body, now),
        "woocommerce" => woocommerce::read_hook(row, secrets, header, body, now),
        _ => Err(HookError::None),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use uuid::Uuid;

    use super::*;

    async fn built(kind: &str, settings: Value, secrets: Value) -> Result<(), String> {
        // ring may be chosen by another test before.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().unwrap();
        let db = Db::connect(&format!("sqlite://{}", folder.path().join("a.db").display())).await.unwrap();
        let row = OrderSourceRow {
            id: Uuid::from_u128(1).into(),
            brand_id: Uuid::from_u128(2).into(),
            kind: kind.to_owned(),
            name: "Shop".to_owned(),
            settings: settings.into(),
            state: "connected".to_owned(),
            state_reason: String::new(),
            last_read_at: None,
        };
        let client = reqwest::Client::builder().build().unwrap();
        build(&row, &secrets, &db, &Clock::fixed(Ts(0)), &client).map(drop).map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn a_shop_is_built_or_says_what_is_wrong() {
        let settings = || json!({"base_url": "https://shop.example/support"});
        let secret = || json!({"secret": "sixteen characters and more"});
        assert_eq!(built("demo", json!({}), Value::Null).await, Ok(()));
        assert_eq!(built("http", settings(), secret()).await, Ok(()));
        let wrong = async |settings, secrets| built("http", settings, secrets).await.unwrap_err();
        assert!(wrong(json!({}), secret()).await.starts_with("the settings of the shop “Shop” cannot be read"));
        assert!(wrong(settings(), Value::Null).await.starts_with("the settings of the shop “Shop” cannot be read"));
        assert!(wrong(settings(), json!({"secret": "short"})).await.starts_with("the shop “Shop” cannot be connected"));
        assert!(wrong(json!({"base_url": "http://shop.example"}), secret()).await.contains("https"));
        let shopify = |shop: &str| json!({ "shop": shop, "version": "", "client_id": "" });
        let token = json!({ "access_token": "shpat_1" });
        assert_eq!(built("shopify", shopify("fjord.myshopify.com"), token.clone()).await, Ok(()));
        let elsewhere = built("shopify", shopify("fjord.example"), token).await.unwrap_err();
        assert!(elsewhere.starts_with("the shop “Shop” cannot be connected") && elsewhere.contains("myshopify.com"));
        assert!(
            built("shopify", shopify("fjord.myshopify.com"), json!({})).await.unwrap_err().contains("access token")
        );
        assert!(built("fax", json!({}), Value::Null).await.unwrap_err().contains("“fax” is not a kind of shop"));
    }

    #[tokio::test]
    async fn a_shop_on_woocommerce_needs_its_keys_and_https() {
        let settings = || json!({"base_url": "https://shop.example"});
        let keys = || json!({"consumer_key": "ck_1", "consumer_secret": "cs_1", "secret": "of the webhooks"});
        assert_eq!(built("woocommerce", settings(), keys()).await, Ok(()));
        let wrong = async |settings, secrets| built("woocommerce", settings, secrets).await.unwrap_err();
        assert!(wrong(settings(), json!({"secret": "x"})).await.contains("consumer_key"));
        let swapped = json!({"consumer_key": "cs_1", "consumer_secret": "ck_1", "secret": "x"});
        assert!(wrong(settings(), swapped).await.contains("begin with ck_"));
        assert!(wrong(json!({"base_url": "http://shop.example"}), keys()).await.contains("OAuth 1.0a"));
    }
}
