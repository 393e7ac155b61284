//! stub
use crate::clock::Clock;
use crate::model::order::OrderSourceRow;
use crate::store::Db;
use channel_contract::OrderSource;
use std::sync::Arc;
/// x
#[derive(Debug, thiserror::Error)]
#[error("x")]
pub struct SourceError;
/// x
pub fn build(
    _: &OrderSourceRow,
    _: &serde_json::Value,
    _: &Db,
    _: &Clock,
    _: &reqwest::Client,
) -> Result<Arc<dyn OrderSource>, SourceError> {
    Err(SourceError)
}
