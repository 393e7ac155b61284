//! The order source: joins signed calls, reading and selection.

use std::collections::HashSet;

use async_trait::async_trait;
use channel_contract::orders::{
    ActionCommand, ActionReceipt, Order, OrderAction, OrderFailure, OrderQuery, OrderSource, Product,
};
use serde::de::DeserializeOwned;
use serde_json::Value;
use time::OffsetDateTime;
use url::Url;

use crate::answers::{action_body, read_body, refused, retry, unknown};
use crate::client::Client;
use crate::convert::{Warnings, read_order, read_product};
use crate::select::{self, MOST_ORDERS};
use crate::settings::Settings;
use crate::wire::{ActionBody, OrderPage, ProductPage, action_name, read_receipt};

/// Pages read for one question.
const MOST_PAGES: usize = 5;

/// Entries read of one page.
const MOST_ENTRIES: usize = 200;

/// Products given for one question.
const MOST_PRODUCTS: usize = 10;

/// The longest idempotency key.
const LONGEST_KEY: usize = 255;

/// A shop that serves the documented endpoints.
pub struct HttpOrders {
    client: Client,
}

impl HttpOrders {
    /// Takes the connection, a client with time-outs and the policy [`crate::redirects_within_shop`], and the clock.
    pub fn new(
        settings: Settings,
        http: reqwest::Client,
        clock: impl Fn() -> OffsetDateTime + Send + Sync + 'static,
    ) -> Self {
        Self { client: Client::new(settings, http, Box::new(clock)) }
    }

    fn address(&self, segments: &[&str], parameters: &[(&str, &str)]) -> Result<Url, OrderFailure> {
        let mut url = self.client.address(segments).ok_or_else(|| refused("The id cannot be part of an address."))?;
        if !parameters.is_empty() {
            url.query_pairs_mut().extend_pairs(parameters);
        }
        Ok(url)
    }

    async fn page(&self, parameters: &[(&str, &str)]) -> Result<OrderPage, OrderFailure> {
        let answer = self.client.get(self.address(&["orders"], parameters)?).await?;
        // Not "no orders": then every customer would be told that their order does not exist.
        let nothing_there = || refused("The shop serves no orders at the address of the connection.");
        read_json(&read_body(answer)?.ok_or_else(nothing_there)?)
    }
}

#[async_trait]
impl OrderSource for HttpOrders {
    async fn find(&self, query: &OrderQuery) -> Result<Vec<Order>, OrderFailure> {
        let Some((name, value)) = select::parameter(query) else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        let mut unreadable = None;
        let mut cursors = HashSet::new();
        let mut cursor = String::new();
        for _ in 0..MOST_PAGES {
            let mut parameters = vec![(name, value.as_str())];
            if !cursor.is_empty() {
                parameters.push(("cursor", cursor.as_str()));
            }
            let page = self.page(&parameters).await?;
            for entry in page.orders.unwrap_or_default().into_iter().take(MOST_ENTRIES) {
                match readable_order(entry) {
                    Ok(order) => found.extend(order.filter(|order| select::answers(query, order))),
                    Err(failure) => unreadable = Some(failure),
                }
            }
            cursor = page.next_cursor.unwrap_or_default().0;
            let seen_before = !cursors.insert(cursor.clone());
            if cursor.is_empty() || seen_before || found.len() >= MOST_ORDERS {
                break;
            }
        }
        // An order that cannot be read must not pass for an order that does not exist, nor another for the only one.
        match unreadable {
            Some(failure) if found.is_empty() || query.is_by_contact() => Err(failure),
            _ => Ok(select::tidy(found)),
        }
    }

    async fn get(&self, id: &str) -> Result<Option<Order>, OrderFailure> {
        // No order can have an id that cannot be asked for.
        let Ok(url) = self.address(&["orders", id], &[]) else { return Ok(None) };
        let Some(body) = read_body(self.client.get(url).await?)? else { return Ok(None) };
        match readable_order(read_json(&body)?)? {
            Some(order) if order.id == id => Ok(Some(order)),
            Some(_) => Err(refused("The shop answered with another order than was asked for.")),
            None => Ok(None),
        }
    }

    async fn products(&self, words: &str) -> Result<Vec<Product>, OrderFailure> {
        if words.trim().is_empty() {
            return Ok(Vec::new());
        }
        let url = self.address(&["products"], &[("q", words.trim())])?;
        let Some(body) = read_body(self.client.get(url).await?)? else { return Ok(Vec::new()) };
        let page: ProductPage = read_json(&body)?;
        let entries = page.products.unwrap_or_default().into_iter().filter(|entry| !entry.is_null());
        let mut products = Vec::new();
        for entry in entries.take(MOST_ENTRIES) {
            match read_product(entry) {
                Ok(product) => products.push(product),
                Err(why) => tracing::warn!(why = why.0, "The shop sent a product that cannot be read."),
            }
        }
        products.truncate(MOST_PRODUCTS);
        Ok(products)
    }

    async fn perform(&self, command: &ActionCommand) -> Result<ActionReceipt, OrderFailure> {
        refuse_nonsense(command)?;
        let url = self.address(&["orders", &command.order_id, "actions", action_name(&command.action)], &[])?;
        let body = serde_json::to_vec(&ActionBody::new(command))
            .map_err(|_| refused("The action cannot be put into a request."))?;
        let answer = self.client.post(url, &command.idempotency_key, body).await?;
        let (body, done) = action_body(answer)?;
        read_receipt(&body, done).ok_or_else(|| unknown("The shop took the action, but its answer could not be read."))
    }

    async fn check(&self) -> Result<(), OrderFailure> {
        self.page(&[("number", "connection-check")]).await.map(|_| ())
    }
}

/// HTML, half a document or another shape than documented. A shop in maintenance answers like that, so it may pass.
fn read_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, OrderFailure> {
    serde_json::from_slice(body).map_err(|_| retry("The shop answered with something else than the documented JSON."))
}

/// An order of a list; null is nothing.
fn readable_order(entry: Value) -> Result<Option<Order>, OrderFailure> {
    if entry.is_null() {
        return Ok(None);
    }
    match read_order(entry) {
        Ok((order, Warnings(warnings))) => {
            if !warnings.is_empty() {
                tracing::warn!(order = ?order.id, ?warnings, "The shop sent an order with oddities.");
            }
            Ok(Some(order))
        }
        Err(why) => {
            tracing::warn!(why = why.0, "The shop sent an order that cannot be read.");
            Err(refused(format!("The shop sent an order that cannot be read: {}.", why.0)))
        }
    }
}

/// What must not even reach the shop.
fn refuse_nonsense(command: &ActionCommand) -> Result<(), OrderFailure> {
    let key = &command.idempotency_key;
    if key.is_empty() || key.len() > LONGEST_KEY || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(refused("The action's key cannot be sent in a header."));
    }
    match &command.action {
        OrderAction::Refund { amount, .. } if amount.minor <= 0 => Err(refused("A refund must be more than nothing.")),
        OrderAction::Return { lines, .. } | OrderAction::Replace { lines, .. }
            if lines.iter().all(|line| line.quantity == 0) =>
        {
            Err(refused("The action names no goods."))
        }
        OrderAction::Exchange { changes, .. } if changes.iter().all(|change| change.quantity == 0) => {
            Err(refused("The action names no goods."))
        }
        OrderAction::ChangeItems { changes, .. } if changes.is_empty() => Err(refused("The action names no goods.")),
        _ => Ok(()),
    }
}
