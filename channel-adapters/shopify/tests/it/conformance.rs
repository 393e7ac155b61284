//! The conformance kit on this source, with an order that waits and with one that has left.

use std::sync::Mutex;

use channel_contract::testkit_orders::{Breach, Seed, conformance};
use platform_doubles::Double;
use platform_doubles::shopify::Shopify as Platform;

use crate::shop::{MARA, double, order, source, wish};

async fn breaches(has_left: bool) -> Vec<Breach> {
    // The doubles live until the end of the run.
    let doubles: Mutex<Vec<Double<Platform>>> = Mutex::default();
    conformance(async || {
        let double = double().await;
        let id = double.platform.buy(&wish(MARA));
        // Somebody else's order, which searches for names and addresses find too.
        double.platform.buy(&wish("tamara@fjord.example"));
        if has_left {
            double.platform.ship(&id, "00340434161094");
        }
        let source = source(&double);
        let order = order(&source, &id).await;
        doubles.lock().unwrap().push(double);
        (source, Seed { order, key_prefix: "kit".to_owned() })
    })
    .await
}

#[tokio::test]
async fn an_order_that_waits_keeps_every_promise() {
    assert_eq!(breaches(false).await, []);
}

#[tokio::test]
async fn an_order_that_has_left_keeps_every_promise() {
    assert_eq!(breaches(true).await, []);
}
