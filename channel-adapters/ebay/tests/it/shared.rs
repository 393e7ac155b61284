//! Payloads of others, where they lie beside the workspace: signatures are judged as they say, and nothing fails.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use channel_contract::channel::MessageChannel as _;
use channel_contract::testkit;
use channel_ebay::settings::{EbaySettings, Notifications, PublicKey};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::shop::Shop;

/// Of the elements of the older interface.
const NAMESPACE: &str = "urn:ebay:apis:eBLBaseComponents";

fn rows(root: &std::path::Path) -> Vec<Value> {
    let text = std::fs::read_to_string(root.join("expected.jsonl")).unwrap();
    let rows = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    rows.filter(|row| row["channel"] == "ebay").collect()
}

/// A notification with its signature, and what eBay answers about its key.
#[derive(Deserialize)]
struct Case {
    signature: String,
    message: Box<RawValue>,
    response: Value,
}

#[tokio::test]
async fn signatures_of_others_are_judged_as_they_say() {
    let Some(root) = testkit::payloads_of_others() else { return };
    let shop = Shop::start(Duration::from_secs(30)).await;
    let mut judged = 0;
    for row in rows(&root).iter().filter(|row| row["signature_case"].is_string()) {
        let text = std::fs::read_to_string(root.join(row["file"].as_str().unwrap())).unwrap();
        let case: Case = serde_json::from_str(&text).unwrap();
        let header = base64_json(&case.signature);
        let key = PublicKey {
            key: case.response["key"].as_str().unwrap_or_default().to_owned(),
            digest: case.response["digest"].as_str().unwrap_or_default().to_owned(),
        };
        let public_keys = BTreeMap::from([(header["kid"].as_str().unwrap_or_default().to_owned(), key)]);
        let notifications = Notifications { public_keys, ..Notifications::default() };
        let channel = shop.with_settings(&EbaySettings { notifications, ..shop.settings.clone() });
        let body = case.message.get().to_owned();
        let verified = channel.verify(&shop.request(body.clone().into(), Some(case.signature)));
        let is_valid = row["signature_case"] == "VALID";
        assert_eq!(verified.is_ok(), is_valid, "{}: {verified:?}", row["file"]);
        if let Ok(items) = &verified {
            assert!(items[0].external_id.contains(row["notification_id"].as_str().unwrap()));
        }
        let listed = json!(channel_ebay::list(body.as_bytes()).unwrap());
        assert_eq!(listed[0]["kind"], row["topic"]);
        assert!(listed[0]["external_id"].as_str().unwrap().contains(row["notification_id"].as_str().unwrap()));
        judged += 1;
    }
    assert!(judged > 0, "there are signatures to judge");
}

/// Answers of the older interface about orders are no news of eBay's: nothing here reads orders from it, and whoever hands one
/// in hears why. What they hold is looked at, so that a file which is something else by now is found.
#[test]
fn answers_about_orders_are_refused_with_a_word() {
    let Some(root) = testkit::payloads_of_others() else { return };
    let mut refused = 0;
    for row in rows(&root).iter().filter(|row| row["orders"].is_array()) {
        let body = std::fs::read(root.join(row["file"].as_str().unwrap())).unwrap();
        let text = String::from_utf8_lossy(&body);
        let document = roxmltree::Document::parse(text.trim_start_matches('\u{feff}')).unwrap();
        let orders = document.descendants().filter(|node| node.has_tag_name((NAMESPACE, "Order"))).count();
        assert_eq!(Some(orders), row["orders"].as_array().map(Vec::len), "{}", row["file"]);
        let words = channel_ebay::list(&body).unwrap_err().to_string();
        assert!(!words.is_empty() && !words.contains("OrderID"), "{}: {words}", row["file"]);
        refused += 1;
    }
    assert!(refused > 0, "there are answers about orders");
}

fn base64_json(text: &str) -> Value {
    serde_json::from_slice(&STANDARD.decode(text).unwrap_or_default()).unwrap_or_default()
}
