//! An order, as far as messages about it need one: on which marketplace it is, what was ordered, where it is, and when it is
//! promised; and the same order to be shown.

use std::time::Duration;

use bytes::Bytes;
use channel_contract::Order;
use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::outbound::Outbound;
use serde_json::Value;

use super::{AMAZON, Call, SpApi, whole, wire};
use crate::address::Alias;
use crate::rate::Operation;
use crate::settings::AmazonSettings;

/// What is asked of an order beside its items.
const DETAILS: &str = "FULFILLMENT,PACKAGES";

/// What is asked of one that is shown. Nothing of the buyer, for which an application needs roles of its own.
const WHOLE: &str = "PROCEEDS,FULFILLMENT,PACKAGES";

impl SpApi {
    /// An order as Amazon gives it now; `None` where the seller has none with this number.
    pub(crate) async fn order(&self, number: &str) -> Result<Option<Order>, ChannelFailure> {
        let path = ["orders", self.settings.orders_version.as_str(), "orders", number];
        let answer = match self.call(&Call::get(Operation::Order, &path, &[("includedData", WHOLE)])).await {
            Err(ChannelFailure::Refused { class: FailureClass::Recipient, .. }) => return Ok(None),
            answer => answer?,
        };
        let told: Value = answer.json(AMAZON)?;
        // None of the states of an order: it is for a person to find out what becomes of it.
        if whole::word(&told) == "UNFULFILLABLE" {
            let words = "Amazon says that this order cannot be fulfilled. Look in Seller Central what becomes of it.";
            return Err(ChannelFailure::refused(FailureClass::Protocol, words));
        }
        whole::read(&told).map(Some).ok_or_else(|| ChannelFailure::untold(AMAZON))
    }

    /// An order as Amazon writes it, with where it is and when it is promised, and nothing of the buyer. Asked only where the
    /// turn of the call has come: who wants it can do without.
    pub(crate) async fn details(&self, order: &str) -> Result<Bytes, ChannelFailure> {
        let path = ["orders", self.settings.orders_version.as_str(), "orders", order];
        let query = [("includedData", DETAILS)];
        let question = Call { patience: Duration::ZERO, ..Call::get(Operation::Order, &path, &query) };
        Ok(self.call(&question).await?.body)
    }

    /// The id of the marketplace of an order: what the buyer's address tells, else what is set, else what Amazon knows.
    pub(super) async fn marketplace(
        &self,
        order: &str,
        message: &Outbound,
        settings: &AmazonSettings,
    ) -> Result<String, ChannelFailure> {
        let alias = message.to.first().and_then(|address| Alias::read(address, settings));
        let by_address = alias.and_then(|alias| {
            let same = settings.marketplaces.iter().find(|marketplace| marketplace.ending == alias.ending());
            same.map(|marketplace| marketplace.id.clone())
        });
        if let Some(id) = by_address {
            return Ok(id);
        }
        if !self.settings.marketplace_id.is_empty() {
            return Ok(self.settings.marketplace_id.clone());
        }
        let path = ["orders", self.settings.orders_version.as_str(), "orders", order];
        let answer = self.call(&Call::get(Operation::Order, &path, &[])).await?;
        let found = wire::order(&answer.json(AMAZON)?).filter(|found| found.number == order);
        found.and_then(|order| order.marketplace).ok_or_else(|| {
            let words = "Amazon does not tell on which marketplace the order is. Enter the marketplace's id.";
            ChannelFailure::refused(FailureClass::Permission, words)
        })
    }
}
