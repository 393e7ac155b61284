//! That Amazon tells of changes of orders. It calls nobody: it puts notifications into a queue of the seller's.

use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::http::Effect;
use reqwest::Method;
use serde_json::{Value, json};

use super::{AMAZON, Call, Grant, PATIENCE, SpApi, wire};
use crate::rate::Operation;

const SUBSCRIPTION: [&str; 4] = ["notifications", "v1", "subscriptions", "ORDER_CHANGE"];
const DESTINATIONS: [&str; 3] = ["notifications", "v1", "destinations"];
/// The name of our destination.
const NAME: &str = "Resolute";

impl SpApi {
    /// Where changes of this seller's orders go: the id of the destination, `""` where it is not told.
    async fn subscription(&self) -> Result<Option<String>, ChannelFailure> {
        match self.call(&Call::get(Operation::Notifications, &SUBSCRIPTION, &[])).await {
            Ok(answer) => Ok(wire::subscription(&answer.json(AMAZON)?)),
            // There is none.
            Err(ChannelFailure::Refused { class: FailureClass::Recipient, .. }) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// Has Amazon put changes of orders into a queue. May be asked again: what is there stays, and what is gone is made anew.
    pub(crate) async fn subscribe(&self, queue: &str) -> Result<(), ChannelFailure> {
        let destination = match self.destination_of(queue).await? {
            Some(id) => id,
            None => self.new_destination(queue).await?,
        };
        match self.subscription().await? {
            Some(place) if place.is_empty() || place == destination => return Ok(()),
            Some(_) => {
                let words = "Amazon puts changes of orders elsewhere already, and knows one place for each seller and app. \
                             Leave the ARN empty where another channel reads them, or end that subscription and check again.";
                return Err(ChannelFailure::refused(FailureClass::Permission, words));
            }
            None => {}
        }
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

    async fn destination_of(&self, queue: &str) -> Result<Option<String>, ChannelFailure> {
        let question = Call { grant: Grant::Notifications, ..Call::get(Operation::Notifications, &DESTINATIONS, &[]) };
        let answer = self.call(&question).await?;
        let all = wire::destinations(&answer.json(AMAZON)?);
        Ok(all.into_iter().find(|destination| destination.queue == queue).map(|destination| destination.id))
    }

    async fn new_destination(&self, queue: &str) -> Result<String, ChannelFailure> {
        let body = json!({ "name": NAME, "resourceSpecification": { "sqs": { "arn": queue } } });
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
            patience: PATIENCE,
        };
        match self.call(&call).await {
            Ok(answer) => answer.json(AMAZON),
            Err(ChannelFailure::Refused { class: FailureClass::Content, .. }) => {
                let words = "Amazon cannot put order news into this queue. Allow its account 437568002678 SendMessage and \
                             GetQueueAttributes there, and look at the ARN.";
                Err(ChannelFailure::refused(FailureClass::Permission, words))
            }
            Err(failure) => Err(failure),
        }
    }
}
