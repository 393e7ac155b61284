//! The orders of marketplaces, read with the adapters of their channels.

use async_trait::async_trait;
use channel_contract::Order;
use channel_contract::orders::OrderFailure;

use super::connections::{ConnectionError, Connections};
use crate::commerce::markets::Markets;
use crate::model::ChannelId;

#[async_trait]
impl Markets for Connections {
    async fn order(&self, market: ChannelId, number: &str) -> Result<Option<Order>, OrderFailure> {
        let connection = self.get(market).await.map_err(|error| unusable(&error))?;
        let found = connection.adapter.order(number).await;
        self.keep_renewed(&connection).await;
        found.map_err(OrderFailure::from)
    }

    async fn check(&self, market: ChannelId) -> Result<(), OrderFailure> {
        let connection = self.get(market).await.map_err(|error| unusable(&error))?;
        let checked = connection.adapter.check().await;
        self.keep_renewed(&connection).await;
        checked.map_err(OrderFailure::from)
    }
}

fn unusable(error: &ConnectionError) -> OrderFailure {
    let reason = format!("The channel of the marketplace cannot be used: {error}.");
    match error {
        ConnectionError::Store(_) => OrderFailure::Retry { after: None, reason },
        _ => OrderFailure::Reconnect { reason },
    }
}
