//! `EasyPost`, as far as trackers go.

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use super::{NO_NUMBER, Parcels, Travel};
use crate::hooks::Delivery;
use crate::server::{Platform, Request, Response};

/// The header of a webhook's signature.
pub const SIGNATURE_HEADER: &str = "x-hmac-signature";

/// An account.
pub struct EasyPost {
    key: String,
    hook_secret: String,
    /// What it knows of parcels.
    pub parcels: Parcels,
}

impl EasyPost {
    /// With what lets in, and what signs webhooks.
    pub fn new(key: &str, hook_secret: &str) -> Self {
        Self { key: key.to_owned(), hook_secret: hook_secret.to_owned(), parcels: Parcels::default() }
    }

    /// The webhook about a parcel as it stands now.
    pub fn hook(&self, number: &str) -> Delivery {
        let result = tracker(number, &self.parcels.of(number).unwrap_or_default());
        let body = json!({ "object": "Event", "description": "tracker.updated", "result": result }).to_string();
        let mac = Hmac::<Sha256>::new_from_slice(self.hook_secret.as_bytes());
        let code = mac.map(|mac| hex::encode(mac.chain_update(&body).finalize().into_bytes())).unwrap_or_default();
        Delivery { headers: vec![(SIGNATURE_HEADER.to_owned(), format!("hmac-sha256-hex={code}"))], body: body.into() }
    }

    fn create(&self, request: &Request) -> Response {
        let body = request.json();
        let number = body.pointer("/tracker/tracking_code").and_then(Value::as_str).unwrap_or_default();
        if number.is_empty() || number.starts_with(NO_NUMBER) {
            let words = "The tracking code could not be matched to a carrier.";
            return Response::json(422, &json!({ "error": { "code": "TRACKER.CARRIER.INVALID", "message": words } }));
        }
        // The same one once more is the tracker that is there.
        self.parcels.follow(number);
        Response::json(201, &tracker(number, &self.parcels.of(number).unwrap_or_default()))
    }

    fn list(&self, request: &Request) -> Response {
        let number = request.query("tracking_code");
        let found: Vec<Value> = self.parcels.of(number).iter().map(|travel| tracker(number, travel)).collect();
        Response::json(200, &json!({ "trackers": found, "has_more": false }))
    }
}

fn tracker(number: &str, travel: &Travel) -> Value {
    let details = travel.scans.iter().map(|scan| {
        json!({ "message": scan.text, "status": scan.status, "datetime": scan.at,
            "tracking_location": { "city": scan.place, "country": "DE" } })
    });
    let expected = Some(format!("{}T00:00:00Z", travel.expected)).filter(|_| !travel.expected.is_empty());
    json!({
        "id": format!("trk_{number}"), "object": "Tracker", "tracking_code": number, "carrier": "DHLParcel",
        "status": if travel.status.is_empty() { "unknown" } else { travel.status.as_str() },
        "est_delivery_date": expected, "tracking_details": details.collect::<Value>(),
        "updated_at": "2026-11-23T09:00:00Z",
    })
}

#[async_trait]
impl Platform for EasyPost {
    async fn answer(&self, request: Request) -> Response {
        let key = format!("Basic {}", STANDARD.encode(format!("{}:", self.key)));
        if request.header("authorization") != key {
            return Response::json(401, &json!({ "error": { "code": "APIKEY.INACTIVE", "message": "No such key." } }));
        }
        match (request.method.as_str(), request.segments().last().copied()) {
            ("POST", Some("trackers")) => self.create(&request),
            ("GET", Some("trackers")) => self.list(&request),
            _ => Response::status(404),
        }
    }
}
