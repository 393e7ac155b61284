//! Webhooks, signed with the app's secret.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use super::{CLIENT_SECRET, DOMAIN, Shopify, VERSION};
use crate::hooks::Delivery;

impl Shopify {
    /// Tells of a topic, signed.
    pub fn webhook(&self, topic: &str, body: &Value) -> Delivery {
        let id = self.state().tick();
        let body = body.to_string();
        let headers = [
            ("content-type", "application/json".to_owned()),
            ("x-shopify-topic", topic.to_owned()),
            ("x-shopify-shop-domain", DOMAIN.to_owned()),
            ("x-shopify-api-version", VERSION.to_owned()),
            ("x-shopify-webhook-id", format!("00000000-0000-4000-8000-{id:012}")),
            ("x-shopify-hmac-sha256", signature(CLIENT_SECRET, body.as_bytes())),
        ];
        let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Delivery { headers, body: body.into() }
    }

    /// Tells that an order changed.
    pub fn order_updated(&self, id: &str) -> Delivery {
        let number: u64 = id.parse().unwrap_or_default();
        let gid = format!("gid://shopify/Order/{id}");
        self.webhook("orders/updated", &json!({ "id": number, "admin_graphql_api_id": gid }))
    }
}

fn signature(secret: &str, body: &[u8]) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes());
    mac.map(|mac| STANDARD.encode(mac.chain_update(body).finalize().into_bytes())).unwrap_or_default()
}
