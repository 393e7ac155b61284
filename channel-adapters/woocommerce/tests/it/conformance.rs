//! The conformance kit on this source, for shops that number by ids and for those with a plugin's own numbers.

use std::sync::Mutex;

use channel_contract::orders::ActionKind;
use channel_contract::testkit_orders::{Seed, conformance};
use serde_json::json;

use crate::support::Bench;

async fn conforms(prefix: &str, status: &str) {
    // The shops live until the end of the run.
    let shops = Mutex::new(Vec::new());
    let breaches = conformance(async || {
        let bench = Bench::numbered(prefix).await;
        bench.shop.platform.buy(prefix, "somebody.else@example.org");
        bench.shop.platform.change(bench.order, &json!({ "status": status }));
        let order = bench.read().await;
        shops.lock().unwrap().push(bench.shop);
        (bench.source, Seed { order, key_prefix: "kit".to_owned() })
    })
    .await;
    assert_eq!(breaches, [], "“{prefix}” {status}");
}

#[tokio::test]
async fn an_order_that_can_be_stopped_conforms() {
    conforms("", "processing").await;
}

#[tokio::test]
async fn an_order_with_a_number_of_its_own_conforms() {
    conforms("FJ-", "processing").await;
}

#[tokio::test]
async fn an_order_that_was_sent_conforms() {
    conforms("", "completed").await;
}

#[tokio::test]
async fn every_kind_that_is_offered_is_tried_by_the_kit() {
    let order = Bench::start().await.read().await;
    let tried: Vec<ActionKind> = ActionKind::ALL.into_iter().filter(|kind| order.refusal(*kind).is_none()).collect();
    assert_eq!(tried, [ActionKind::Cancel, ActionKind::Refund, ActionKind::Replace, ActionKind::ChangeAddress]);
}
