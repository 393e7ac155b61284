//! stub
use super::shops::Shops;
use crate::model::action::Action;
use crate::model::order::KnownOrder;
use channel_contract::Order;
use std::time::Duration;
/// x
pub enum Performance {
    /// x
    Performed { reference: String, order: Box<KnownOrder> },
    /// x
    Refused { reason: String },
    /// x
    Retry { after: Option<Duration>, reason: String },
    /// x
    Unknown { reason: String },
}
/// x
pub async fn perform(_: &Action, _: Option<&Order>, _: &Shops) -> Performance {
    Performance::Refused { reason: String::new() }
}
