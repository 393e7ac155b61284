//! The order source: joins reading, finding and acting.

use std::sync::Arc;

use async_trait::async_trait;
use channel_contract::money::Currency;
use channel_contract::orders::{
    ActionCommand, ActionReceipt, ChangedOrders, Order, OrderFailure, OrderQuery, OrderSource, Product,
};
use channel_contract::wire::{read, text};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use crate::client::{Client, Listed};
use crate::failure::{refused, retry};
use crate::products::read_product;
use crate::settings::Settings;
use crate::shop::Shop;
use crate::wire::{WireHook, WireProduct};

/// Products given for one question.
const MOST_PRODUCTS: usize = 10;
/// Orders that changed: pages, and entries of each.
const CHANGED: (usize, usize) = (20, 100);
/// A span in which more changed is halved, as long as it is this long.
const SHORTEST: Duration = Duration::minutes(1);
/// So much earlier is asked for: the shop writes whole seconds, and its clock is another one.
const OVERLAP: Duration = Duration::minutes(2);

/// A shop that runs on WooCommerce.
pub struct WooCommerce(Shop);

impl WooCommerce {
    /// Takes the connection, a client with time-outs that follows no redirect away from the shop, and the clock.
    pub fn new(
        settings: Settings,
        http: reqwest::Client,
        clock: impl Fn() -> OffsetDateTime + Send + Sync + 'static,
    ) -> Self {
        Self(Shop::new(Client::new(settings, http, Arc::new(clock))))
    }

    /// Whether the shop still sends its webhooks here, where it was told to.
    async fn check_hooks(&self) -> Result<(), OrderFailure> {
        let path = self.0.client.settings().hook_path();
        let listed = match self.0.client.list(&["webhooks"], &[], (5, 100)).await {
            Ok(listed) => listed,
            // Keys that may not look at webhooks may read orders all the same.
            Err(OrderFailure::Refused { .. } | OrderFailure::Reconnect { .. }) => return Ok(()),
            Err(failure) => return Err(failure),
        };
        let hooks: Vec<WireHook> = listed.entries.iter().filter_map(read).collect();
        let own = hooks.iter().filter(|hook| hook.delivery_url.as_str().ends_with(path));
        let mut silent =
            own.filter(|hook| hook.status.as_str() != "active" && hook.topic.as_str().starts_with("order."));
        match silent.next() {
            Some(hook) => Err(refused(format!(
                "The shop has stopped its webhook {}: set it to Active under WooCommerce, Settings, Advanced, Webhooks. \
                 Orders are read all the same; changes are seen some minutes late until then.",
                hook.topic.as_str()
            ))),
            None => Ok(()),
        }
    }
}

#[async_trait]
impl OrderSource for WooCommerce {
    async fn find(&self, query: &OrderQuery) -> Result<Vec<Order>, OrderFailure> {
        self.0.find(query).await
    }

    async fn get(&self, id: &str) -> Result<Option<Order>, OrderFailure> {
        Ok(self.0.order(id).await?.map(|seen| seen.order))
    }

    async fn products(&self, words: &str) -> Result<Vec<Product>, OrderFailure> {
        let words = words.trim();
        if words.is_empty() {
            return Ok(Vec::new());
        }
        let client = &self.0.client;
        let of_sku = client.list(&["products"], &[("sku", words), ("status", "publish")], (1, MOST_PRODUCTS)).await?;
        let named = client.list(&["products"], &[("search", words), ("status", "publish")], (1, MOST_PRODUCTS)).await?;
        let entries: Vec<WireProduct> = of_sku.entries.iter().chain(&named.entries).filter_map(read).collect();
        if entries.is_empty() {
            return Ok(Vec::new());
        }
        let shown = client.get(&["data", "currencies", "current"], &[]).await?.unwrap_or_default();
        let currency: Currency =
            text(&shown, &["code"]).parse().map_err(|_| retry("The shop does not say in which currency it sells."))?;
        let mut products: Vec<Product> = Vec::new();
        for product in entries.iter().filter_map(|entry| read_product(entry, currency)) {
            if !products.iter().any(|known| known.sku == product.sku) {
                products.push(product);
            }
        }
        products.truncate(MOST_PRODUCTS);
        Ok(products)
    }

    async fn perform(&self, command: &ActionCommand) -> Result<ActionReceipt, OrderFailure> {
        self.0.perform(command).await
    }

    async fn check(&self) -> Result<(), OrderFailure> {
        let orders = self.0.client.get(&["orders"], &[("per_page", "1")]).await?;
        if !orders.is_some_and(|orders| orders.is_array()) {
            return Err(refused("The shop serves no orders at the address of the connection."));
        }
        self.check_hooks().await
    }

    async fn changed_since(&self, since: OffsetDateTime) -> Result<Option<ChangedOrders>, OrderFailure> {
        let mut until = None;
        loop {
            let parameters = changed_within(since, until)?;
            let asked: Vec<(&str, &str)> = parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let listed = self.0.client.list_whole(&["orders"], &asked, CHANGED).await?;
            if listed.is_whole {
                return Ok(Some(named(&listed, until)));
            }
            let span = until.unwrap_or_else(|| self.0.client.now()) - since;
            if span < SHORTEST {
                tracing::warn!("More orders changed in the shop at one moment than are looked through.");
                let listed = self.0.client.list(&["orders"], &asked, CHANGED).await?;
                return Ok(Some(named(&listed, until)));
            }
            until = Some(since.saturating_add(span / 2));
        }
    }
}

/// How orders are asked for that changed in a span of time.
fn changed_within(
    since: OffsetDateTime,
    until: Option<OffsetDateTime>,
) -> Result<Vec<(&'static str, String)>, OrderFailure> {
    let mut parameters = vec![
        ("modified_after", moment(since.saturating_sub(OVERLAP))?),
        ("dates_are_gmt", "true".to_owned()),
        ("_fields", "id".to_owned()),
        ("status", "any".to_owned()),
    ];
    if let Some(until) = until {
        parameters.push(("modified_before", moment(until)?));
    }
    Ok(parameters)
}

fn moment(at: OffsetDateTime) -> Result<String, OrderFailure> {
    let at = at.replace_nanosecond(0).unwrap_or(at).format(&Rfc3339);
    at.map_err(|_| refused("The moment of the last look cannot be written down."))
}

fn named(listed: &Listed, until: Option<OffsetDateTime>) -> ChangedOrders {
    let ids = listed.entries.iter().map(|order| text(order, &["id"]));
    ChangedOrders { orders: ids.filter(|id| !id.is_empty()).collect(), until }
}
