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

/// The least share of expected events that must be right.
const LEAST: f64 = 0.98;

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

#[test]
fn files_of_others_are_read_or_refused_with_a_word() {
    let Some(root) = testkit::payloads_of_others() else { return };
    let (mut right, mut all) = (0.0, 0.0);
    for row in rows(&root) {
        let body = std::fs::read(root.join(row["file"].as_str().unwrap())).unwrap();
        let listed = channel_ebay::list(&body);
        let expected = row["events"].as_array().cloned().unwrap_or_default();
        let given = json!(listed.unwrap_or_default());
        for (at, event) in expected.iter().enumerate() {
            all += 1.0;
            right += f64::from(u8::from(is_as_expected(event, &given[at])));
        }
    }
    assert!(right >= all * LEAST, "{right} of {all} events are right");
}

fn is_as_expected(expected: &Value, given: &Value) -> bool {
    let keys = ["type", "external_id", "sender_id", "recipient_id", "timestamp", "text", "reply_to", "target_id"];
    keys.iter().all(|key| expected.get(key).is_none_or(|wanted| given.get(key) == Some(wanted)))
}

fn base64_json(text: &str) -> Value {
    serde_json::from_slice(&STANDARD.decode(text).unwrap_or_default()).unwrap_or_default()
}
