//! The shop as it is read: orders with their refunds, and which ways to pay give money back.

use std::collections::HashMap;

use channel_contract::orders::{Order, OrderFailure, OrderQuery};
use channel_contract::wire::read;
use serde_json::Value;
use tokio::sync::Mutex;

use crate::client::{Client, DIGITS};
use crate::convert::read_order;
use crate::failure::{refused, retry};
use crate::select::{self, MOST_ORDERS};
use crate::statuses::is_draft;
use crate::wire::{WireGateway, WireOrder, WireRefund};

/// Refunds of one order: pages, and entries of each.
const REFUNDS: (usize, usize) = (5, 100);
/// Orders that a search finds: pages, and entries of each.
const FOUND: (usize, usize) = (5, 20);

/// A connected shop.
pub(crate) struct Shop {
    pub(crate) client: Client,
    /// Whether a way to pay gives money back, by its id; asked once for each connection.
    ways: Mutex<Option<HashMap<String, bool>>>,
}

/// An order as it was read.
pub(crate) struct Seen {
    pub(crate) wire: WireOrder,
    pub(crate) refunds: Vec<WireRefund>,
    pub(crate) order: Order,
}

impl Shop {
    pub(crate) fn new(client: Client) -> Self {
        Self { client, ways: Mutex::new(None) }
    }

    /// One order by the shop's id.
    pub(crate) async fn order(&self, id: &str) -> Result<Option<Seen>, OrderFailure> {
        match self.wire_order(id).await? {
            Some(wire) => self.seen(wire).await.map(Some),
            None => Ok(None),
        }
    }

    async fn wire_order(&self, id: &str) -> Result<Option<WireOrder>, OrderFailure> {
        // No order can have another id.
        if id.is_empty() || id.len() > 18 || !id.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(None);
        }
        let Some(document) = self.client.get(&["orders", id], &[DIGITS]).await? else { return Ok(None) };
        let wire: WireOrder = read(&document).ok_or_else(unreadable)?;
        if wire.id.as_str() != id {
            return Err(refused("The shop answered with another order than was asked for."));
        }
        Ok(Some(wire).filter(|wire| !is_draft(wire.status.as_str())))
    }

    /// Orders that answer a question, newest first.
    pub(crate) async fn find(&self, query: &OrderQuery) -> Result<Vec<Order>, OrderFailure> {
        let Some(words) = select::words(query) else { return Ok(Vec::new()) };
        if let OrderQuery::Number(number) = query
            && let Some(id) = select::id_in(number)
            && let Some(wire) = self.wire_order(&id).await?
            && select::answers(query, &wire)
        {
            return Ok(vec![self.seen(wire).await?.order]);
        }
        let listed = self.client.list(&["orders"], &[("search", words.as_str()), DIGITS], FOUND).await?;
        let mut found = Vec::new();
        let mut unread = None;
        for wire in listed.entries.iter().filter_map(read::<WireOrder>) {
            if is_draft(wire.status.as_str()) || !select::answers(query, &wire) {
                continue;
            }
            if found.len() >= MOST_ORDERS {
                break;
            }
            match self.seen(wire).await {
                Ok(seen) => found.push(seen.order),
                Err(failure @ OrderFailure::Refused { .. }) => unread = Some(failure),
                Err(failure) => return Err(failure),
            }
        }
        if !listed.is_whole && found.len() < MOST_ORDERS && query.is_by_contact() {
            return Err(refused("The shop finds too many orders for this. Look for the order's number instead."));
        }
        // An order that cannot be read must not pass for one that does not exist, nor another for the only one.
        match unread {
            Some(failure) if found.is_empty() || query.is_by_contact() => Err(failure),
            _ => Ok(tidy(found)),
        }
    }

    /// The whole order: its refunds are read beside it, for only there stands whether money moved.
    async fn seen(&self, wire: WireOrder) -> Result<Seen, OrderFailure> {
        let refunds = if wire.refunds.is_empty() { Vec::new() } else { self.refunds(wire.id.as_str()).await? };
        let is_paid = wire.date_paid_gmt.given().is_some();
        let pays_back = if is_paid { self.pays_back(wire.payment_method.as_str()).await? } else { None };
        match read_order(&wire, &refunds, pays_back) {
            Ok((order, warnings)) => {
                if !warnings.notes.is_empty() {
                    tracing::warn!(order = %order.id, warnings = ?warnings.notes, "The shop sent an order with oddities.");
                }
                Ok(Seen { wire, refunds, order })
            }
            Err(why) => {
                tracing::warn!(why = why.0, "The shop sent an order that cannot be read.");
                Err(refused(format!("The shop sent an order that cannot be read: {}.", why.0)))
            }
        }
    }

    /// All refunds of an order.
    pub(crate) async fn refunds(&self, order: &str) -> Result<Vec<WireRefund>, OrderFailure> {
        let listed = self.client.list(&["orders", order, "refunds"], &[], REFUNDS).await?;
        if !listed.is_whole {
            return Err(refused("The order has more refunds than the desk reads."));
        }
        listed.entries.iter().map(|refund| read(refund).ok_or_else(unreadable)).collect()
    }

    /// Whether a way to pay gives money back by itself; `None` where the keys may not ask. A way that the shop has no longer
    /// does not.
    async fn pays_back(&self, way: &str) -> Result<Option<bool>, OrderFailure> {
        let mut ways = self.ways.lock().await;
        if ways.is_none() {
            let listed = match self.client.list(&["payment_gateways"], &[], (1, 100)).await {
                Ok(listed) => listed,
                Err(OrderFailure::Refused { .. } | OrderFailure::Reconnect { .. }) => return Ok(None),
                Err(failure) => return Err(failure),
            };
            *ways = Some(listed.entries.iter().filter_map(way_to_pay).collect());
        }
        Ok(ways.as_ref().map(|ways| ways.get(way).copied().unwrap_or(false)))
    }
}

fn way_to_pay(entry: &Value) -> Option<(String, bool)> {
    let gateway: WireGateway = read(entry)?;
    let gives_back = gateway.method_supports.words().any(|word| word == "refunds");
    Some((gateway.id.owned()?, gives_back))
}

/// Each order once, newest first: a list may change while its pages are read.
fn tidy(mut orders: Vec<Order>) -> Vec<Order> {
    orders.sort_by(|one, other| other.placed_at.cmp(&one.placed_at).then_with(|| one.id.cmp(&other.id)));
    orders.dedup_by(|one, other| one.id == other.id);
    orders
}

fn unreadable() -> OrderFailure {
    retry("The shop answered with something else than its documented JSON.")
}
