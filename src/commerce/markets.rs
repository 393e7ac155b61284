//! Marketplaces as shops: their orders as their own order interfaces give them, read through the channel that is connected
//! there. Nothing can be asked of an order that way.

use std::sync::Arc;

use async_trait::async_trait;
use channel_contract::orders::{ActionCommand, ActionReceipt, Order, OrderFailure, OrderQuery, OrderSource, Product};

use crate::model::ChannelId;

/// The kind of shop that is a marketplace itself: its settings name the channel
/// ([`MARKET`](crate::model::numbering::MARKET)).
pub const KIND: &str = "market";

/// The channels that are connected to marketplaces, as far as orders go.
#[async_trait]
pub trait Markets: Send + Sync {
    /// Whether the access of a channel gives orders, as far as anybody knows.
    async fn reads_orders(&self, market: ChannelId) -> bool;

    /// An order by its number there.
    async fn order(&self, market: ChannelId, number: &str) -> Result<Option<Order>, OrderFailure>;

    /// Tries the connection.
    async fn check(&self, market: ChannelId) -> Result<(), OrderFailure>;
}

/// The marketplace behind one channel.
pub(super) struct Market {
    channel: ChannelId,
    markets: Arc<dyn Markets>,
}

impl Market {
    pub(super) fn new(channel: ChannelId, markets: Arc<dyn Markets>) -> Self {
        Self { channel, markets }
    }
}

#[async_trait]
impl OrderSource for Market {
    async fn find(&self, query: &OrderQuery) -> Result<Vec<Order>, OrderFailure> {
        match query {
            OrderQuery::Number(number) => {
                let number = number.trim().trim_start_matches('#');
                Ok(self.markets.order(self.channel, number).await?.into_iter().collect())
            }
            // Marketplaces hide who buys there, and give an order by its number alone.
            OrderQuery::Email(_) | OrderQuery::Phone(_) | OrderQuery::Tracking(_) => Ok(Vec::new()),
        }
    }

    async fn get(&self, id: &str) -> Result<Option<Order>, OrderFailure> {
        self.markets.order(self.channel, id).await
    }

    async fn products(&self, _: &str) -> Result<Vec<Product>, OrderFailure> {
        Ok(Vec::new())
    }

    async fn perform(&self, _: &ActionCommand) -> Result<ActionReceipt, OrderFailure> {
        let reason = "Orders of a marketplace are only read here. Do it there, or in the shop that has the order too.";
        Err(OrderFailure::Refused { reason: reason.to_owned() })
    }

    async fn check(&self) -> Result<(), OrderFailure> {
        self.markets.check(self.channel).await
    }
}
