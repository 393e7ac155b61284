//! The connected shops of one brand, read as one.

use std::sync::Arc;

use channel_contract::orders::{OrderFailure, OrderQuery, OrderSource, Product};

use crate::clock::Clock;
use crate::model::OrderSourceId;
use crate::model::order::KnownOrder;

/// A connected shop that can be asked.
#[derive(Clone)]
pub struct Shop {
    /// Id.
    pub id: OrderSourceId,
    /// Name as shown.
    pub name: String,
    /// The connection.
    pub source: Arc<dyn OrderSource>,
}

/// The connected shops of one brand.
#[derive(Clone)]
pub struct Shops {
    shops: Vec<Shop>,
    clock: Clock,
}

impl Shops {
    /// The shops, asked in this order.
    pub fn new(shops: Vec<Shop>, clock: Clock) -> Self {
        Self { shops, clock }
    }

    /// The shop with this id.
    pub fn get(&self, id: OrderSourceId) -> Option<&Shop> {
        self.shops.iter().find(|shop| shop.id == id)
    }

    /// Orders that match, from every shop. Fails only if a shop failed and none had an answer: a shop that is down
    /// must not read as "no such order".
    pub async fn find(&self, query: &OrderQuery) -> Result<Vec<KnownOrder>, OrderFailure> {
        let mut found = Vec::new();
        let mut failure = None;
        for shop in &self.shops {
            match shop.source.find(query).await {
                Ok(orders) => found.extend(orders.into_iter().map(|order| self.known(shop, order))),
                Err(error) => failure = Some(error),
            }
        }
        match failure {
            Some(error) if found.is_empty() => Err(error),
            _ => Ok(found),
        }
    }

    /// Reads one order again.
    pub async fn get_order(&self, shop: OrderSourceId, order_id: &str) -> Result<Option<KnownOrder>, OrderFailure> {
        let Some(shop) = self.get(shop) else {
            return Err(OrderFailure::Reconnect { reason: "This shop is no longer connected.".to_owned() });
        };
        let order = shop.source.get(order_id).await?;
        Ok(order.map(|order| self.known(shop, order)))
    }

    /// Products that match, best first.
    pub async fn products(&self, words: &str) -> Result<Vec<Product>, OrderFailure> {
        let mut found = Vec::new();
        for shop in &self.shops {
            found.extend(shop.source.products(words).await?);
        }
        Ok(found)
    }

    fn known(&self, shop: &Shop, order: channel_contract::Order) -> KnownOrder {
        KnownOrder { source_id: shop.id, source_name: shop.name.clone(), order, read_at: self.clock.now() }
    }
}
