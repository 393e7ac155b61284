//! The conformance kit on this source: a shop that keeps its promises passes, and each broken promise is found.

use std::sync::Mutex;

use channel_contract::orders::OrderSource;
use channel_contract::testkit_orders::{Breach, Seed, conformance};
use wiremock::MockServer;

use crate::shop::{self, Defect};
use crate::support::source;

async fn breaches(defect: Defect, replaces_by_order: bool) -> Vec<Breach> {
    // The servers live until the end of the run.
    let servers: Mutex<Vec<MockServer>> = Mutex::default();
    conformance(async || {
        let server = shop::start(defect, replaces_by_order).await;
        let source = source(&server.uri());
        servers.lock().unwrap().push(server);
        let order = source.get("o1").await.unwrap().unwrap();
        (source, Seed { order, key_prefix: "kit".to_owned() })
    })
    .await
}

#[tokio::test]
async fn a_shop_that_keeps_its_promises_passes() {
    assert_eq!(breaches(Defect::None, false).await, []);
    assert_eq!(breaches(Defect::None, true).await, []);
}

#[tokio::test]
async fn each_broken_promise_is_found_by_its_check() {
    for (defect, checks) in [
        (Defect::ForgetsKeys, vec!["same_key_once", "same_key_at_once"]),
        (Defect::OtherReference, vec!["same_key_once", "same_key_at_once"]),
        (Defect::OnlyClaims, vec!["action_shows", "same_key_once", "same_key_at_once"]),
        (Defect::NumbersAsWritten, vec!["found_by_number"]),
        (Defect::Generous, vec!["refusals_say_why"]),
        (Defect::Terse, vec!["refusals_say_why"]),
        (Defect::Loud, vec!["connection_works", "unknown_is_empty"]),
        (Defect::KeepsMoney, vec!["action_shows", "same_key_once", "same_key_at_once"]),
    ] {
        let found = breaches(defect, false).await;
        let mut names: Vec<&str> = found.iter().map(|breach| breach.check).collect();
        names.dedup();
        for check in checks {
            assert!(names.contains(&check), "{defect:?}: {check} saw nothing; found {found:?}");
        }
        let strange = found.iter().find(|breach| breach.check == "read_by_id" || breach.check == "found_by_email");
        assert_eq!(strange, None, "{defect:?}");
    }
}
