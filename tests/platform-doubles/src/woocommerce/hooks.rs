//! Webhooks: what the shop tells by itself, signed, and whether it still does.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::{HOOK_SECRET, WooCommerce};
use crate::hooks::Delivery;

impl WooCommerce {
    /// Makes the shop tell of changed orders here.
    pub fn put_webhook(&self, delivery_url: &str, status: &str) {
        let mut state = self.state();
        let id = state.new_id();
        state.webhooks.retain(|known| known.get("delivery_url").and_then(Value::as_str) != Some(delivery_url));
        state.webhooks.push(json!({
            "id": id, "name": "Order updated", "status": status, "topic": "order.updated", "delivery_url": delivery_url
        }));
    }

    /// What the shop sends of an order.
    pub fn told(&self, topic: &str, order: u64) -> Delivery {
        let body = if topic == "order.deleted" { json!({ "id": order }) } else { self.order(order) };
        signed(topic, body.to_string().into())
    }

    /// What the shop sends when a webhook is saved.
    pub fn ping() -> Delivery {
        let headers = vec![("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned())];
        Delivery { headers, body: Bytes::from_static(b"webhook_id=7") }
    }
}

/// A delivery with this body.
fn signed(topic: &str, body: Bytes) -> Delivery {
    let code = Hmac::<Sha256>::new_from_slice(HOOK_SECRET.as_bytes()).map(|mut mac| {
        mac.update(&body);
        STANDARD.encode(mac.finalize().into_bytes())
    });
    let code = code.unwrap_or_default();
    let headers = [
        ("content-type", "application/json"),
        ("x-wc-webhook-topic", topic),
        ("x-wc-webhook-signature", code.as_str()),
    ];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    Delivery { headers, body }
}
