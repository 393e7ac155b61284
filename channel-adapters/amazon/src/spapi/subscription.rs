//! That Amazon tells of changes of orders. It calls nobody: it hands notifications to a queue, or to an event bus of the
//! seller's at Amazon's cloud (`EventBridge`), which calls the channel's webhook.

use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::http::Effect;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{AMAZON, Call, Grant, SpApi, wire};
use crate::rate::Operation;

const SUBSCRIPTION: [&str; 4] = ["notifications", "v1", "subscriptions", "ORDER_CHANGE"];
const DESTINATIONS: [&str; 3] = ["notifications", "v1", "destinations"];
/// The name of our destination.
const NAME: &str = "Resolute";

/// The seller's account at Amazon's cloud, in which the event bus is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventBus {
    /// The number of the account.
    pub account_id: String,
    /// The region.
    pub region: String,
}

impl SpApi {
    /// The subscription of this seller to changes of orders.
    pub(super) async fn subscription(&self) -> Result<Option<String>, ChannelFailure> {
        match self.call(&Call::get(Operation::Notifications, &SUBSCRIPTION, &[])).await {
            Ok(answer) => Ok(wire::subscription_id(&answer.json(AMAZON)?)),
            // There is none.
            Err(ChannelFailure::Refused { class: FailureClass::Recipient, .. }) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// Subscribes. May be asked again: what is there stays.
    pub(crate) async fn subscribe(&self, bus: &EventBus) -> Result<(), ChannelFailure> {
        if self.subscription().await?.is_some() {
            return Ok(());
        }
        let destination = match self.own_destination().await? {
            Some(id) => id,
            None => self.new_destination(bus).await?,
        };
        let body = json!({
            "payloadVersion": "1.0",
            "destinationId": destination,
            "processingDirective": {
                "eventFilter": {
                    "eventFilterType": "ORDER_CHANGE",
                    "orderChangeTypes": ["OrderStatusChange", "BuyerRequestedChange"],
                },
            },
        });
        self.post(&SUBSCRIPTION, body, Grant::Seller).await.map(drop)
    }

    async fn own_destination(&self) -> Result<Option<String>, ChannelFailure> {
        let question = Call { grant: Grant::Notifications, ..Call::get(Operation::Notifications, &DESTINATIONS, &[]) };
        let answer = self.call(&question).await?;
        let all = wire::destinations(&answer.json(AMAZON)?);
        Ok(all.into_iter().find(|destination| destination.name == NAME).map(|destination| destination.id))
    }

    async fn new_destination(&self, bus: &EventBus) -> Result<String, ChannelFailure> {
        let body = json!({
            "name": NAME,
            "resourceSpecification": { "eventBridge": { "accountId": bus.account_id, "region": bus.region } },
        });
        let answer = self.post(&DESTINATIONS, body, Grant::Notifications).await?;
        wire::destination(&answer).map(|destination| destination.id).ok_or_else(|| ChannelFailure::Retry {
            class: FailureClass::Protocol,
            after: None,
            reason: "Amazon named no destination for notifications.".to_owned(),
        })
    }

    /// Sets something up. Done twice it is there once, so what breaks is done again.
    async fn post(&self, path: &[&str], body: Value, grant: Grant) -> Result<Value, ChannelFailure> {
        let call = Call {
            operation: Operation::Notifications,
            method: Method::POST,
            path,
            query: &[],
            body: Some(body),
            grant,
            effect: Effect::Reads,
        };
        self.call(&call).await?.json(AMAZON)
    }
}
