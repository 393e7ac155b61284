//! The order source: joins calls, reading and selection.

use async_trait::async_trait;
use channel_contract::orders::{ActionCommand, ActionReceipt, Order, OrderFailure, OrderQuery, OrderSource, Product};
use channel_contract::wire::text;
use futures_util::future::join_all;
use serde_json::json;
use time::OffsetDateTime;
use tokio::sync::Mutex;

use crate::actions::{self, unreadable};
use crate::client::Client;
use crate::convert::{self, Warnings};
use crate::documents::CHECK;
use crate::failure::refused;
use crate::settings::Settings;
use crate::wire::{at, word};
use crate::{find, products, reading};

/// How many orders are read at once.
const AT_ONCE: usize = 4;

/// Orders have one of so many turns for their actions.
const TURNS: usize = 16;

/// What the app must be let do for orders to be read.
const SCOPE: &str = "read_orders";

/// A shop at Shopify.
pub struct Shopify {
    client: Client,
    /// One action of an order at a time: of two calls with one key the second finds what the first did.
    turns: [Mutex<()>; TURNS],
}

impl Shopify {
    /// Takes the connection, a client with time-outs that follows no redirect to another host, and the clock.
    pub fn new(
        settings: Settings,
        http: reqwest::Client,
        clock: impl Fn() -> OffsetDateTime + Send + Sync + 'static,
    ) -> Self {
        Self { client: Client::new(settings, http, Box::new(clock)), turns: Default::default() }
    }

    async fn read(&self, id: &str) -> Result<Option<Order>, OrderFailure> {
        let Some(told) = reading::order(&self.client, id).await? else { return Ok(None) };
        match convert::order(&told) {
            Ok((order, Warnings(warnings))) => {
                if !warnings.is_empty() {
                    tracing::warn!(order = ?order.id, ?warnings, "Shopify told an order with oddities.");
                }
                Ok(Some(order))
            }
            Err(why) => {
                tracing::warn!(order = ?id, why = why.0, "Shopify told an order that cannot be read.");
                Err(unreadable(why))
            }
        }
    }
}

#[async_trait]
impl OrderSource for Shopify {
    async fn find(&self, query: &OrderQuery) -> Result<Vec<Order>, OrderFailure> {
        let ids = find::find(&self.client, query).await?;
        let (mut found, mut failure) = (Vec::new(), None);
        for some in ids.chunks(AT_ONCE) {
            let reading: Vec<_> = some.iter().map(|id| self.read(id)).collect();
            for read in join_all(reading).await {
                match read {
                    Ok(order) => found.extend(order),
                    Err(error) => failure = Some(error),
                }
            }
        }
        found.sort_by(|one: &Order, other| other.placed_at.cmp(&one.placed_at).then_with(|| one.id.cmp(&other.id)));
        // An order that cannot be read must not pass for one that does not exist, nor another for the only one.
        match failure {
            Some(failure) if found.is_empty() || query.is_by_contact() => Err(failure),
            _ => Ok(found),
        }
    }

    async fn get(&self, id: &str) -> Result<Option<Order>, OrderFailure> {
        self.read(id).await
    }

    async fn products(&self, words: &str) -> Result<Vec<Product>, OrderFailure> {
        products::find(&self.client, words).await
    }

    async fn perform(&self, command: &ActionCommand) -> Result<ActionReceipt, OrderFailure> {
        let turn = command.order_id.bytes().map(usize::from).sum::<usize>() % TURNS;
        let _turn = match self.turns.get(turn) {
            Some(turn) => Some(turn.lock().await),
            None => None,
        };
        actions::perform(&self.client, command).await
    }

    async fn check(&self) -> Result<(), OrderFailure> {
        let read = self.client.read(CHECK, json!({})).await?;
        let settings = self.client.settings();
        let domain = word(&read, &["shop", "myshopifyDomain"]);
        if !settings.is_named(&domain) {
            return Err(refused(format!("The access is to another shop: {domain}.")));
        }
        let scopes = at(&read, &["currentAppInstallation", "accessScopes"]);
        let scopes: Vec<String> =
            scopes.as_array().into_iter().flatten().map(|scope| text(scope, &["handle"])).collect();
        // Who may write orders reads them too.
        let reads = |scope: &String| scope == SCOPE || scope == "write_orders";
        if !scopes.is_empty() && !scopes.iter().any(reads) {
            return Err(refused(format!("The app may not read orders: give it the scope {SCOPE} at Shopify.")));
        }
        match self.client.other_version() {
            Some(other) => Err(refused(format!(
                "Shopify answers in version {other} of its interface, for {} is over there. Orders are read all the same; \
                 enter {other} as the version.",
                settings.version()
            ))),
            None => Ok(()),
        }
    }
}
