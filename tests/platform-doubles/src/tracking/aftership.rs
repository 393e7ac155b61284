//! `AfterShip`, as far as trackings go.

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
pub const SIGNATURE_HEADER: &str = "aftership-hmac-sha256";

/// An account.
pub struct AfterShip {
    key: String,
    hook_secret: String,
    /// What it knows of parcels.
    pub parcels: Parcels,
}

impl AfterShip {
    /// With what lets in, and what signs webhooks.
    pub fn new(key: &str, hook_secret: &str) -> Self {
        Self { key: key.to_owned(), hook_secret: hook_secret.to_owned(), parcels: Parcels::default() }
    }

    /// The webhook about a parcel as it stands now.
    pub fn hook(&self, number: &str) -> Delivery {
        let message = tracking(number, &self.parcels.of(number).unwrap_or_default());
        let document = json!({ "event": "tracking_update", "event_id": "e-1", "msg": message, "ts": 1_795_424_400 });
        let body = document.to_string();
        let mac = Hmac::<Sha256>::new_from_slice(self.hook_secret.as_bytes());
        let code = mac.map(|mac| STANDARD.encode(mac.chain_update(&body).finalize().into_bytes())).unwrap_or_default();
        Delivery { headers: vec![(SIGNATURE_HEADER.to_owned(), code)], body: body.into() }
    }

    fn create(&self, request: &Request) -> Response {
        let body = request.json();
        let number = body.get("tracking_number").and_then(Value::as_str).unwrap_or_default();
        if number.is_empty() || number.starts_with(NO_NUMBER) {
            return refused(400, 4005, "The value of `tracking_number` is invalid.");
        }
        if self.parcels.follow(number) {
            Response::json(201, &json!({ "meta": { "code": 201 }, "data": tracking(number, &Travel::default()) }))
        } else {
            refused(400, 4003, "Tracking already exists.")
        }
    }

    fn list(&self, request: &Request) -> Response {
        let numbers = request.query("tracking_numbers");
        let known = |number: &str| Some(tracking(number, &self.parcels.of(number)?));
        let found: Vec<Value> = numbers.split(',').filter_map(known).collect();
        Response::json(200, &json!({ "meta": { "code": 200 }, "data": { "trackings": found } }))
    }
}

fn refused(status: u16, code: i64, message: &str) -> Response {
    Response::json(status, &json!({ "meta": { "code": code, "message": message, "type": "BadRequest" }, "data": {} }))
}

fn tracking(number: &str, travel: &Travel) -> Value {
    let scans = travel.scans.iter().map(
        |scan| json!({ "checkpoint_time": scan.at, "message": scan.text, "location": scan.place, "tag": scan.status }),
    );
    let expected = (!travel.expected.is_empty())
        .then(|| json!({ "type": "specific", "source": "courier", "datetime": travel.expected }));
    json!({
        "id": format!("id-{number}"), "tracking_number": number, "slug": "dhl-germany",
        "tag": if travel.status.is_empty() { "Pending" } else { travel.status.as_str() },
        "subtag": format!("{}_001", travel.status), "checkpoints": scans.collect::<Value>(),
        "latest_estimated_delivery": expected, "updated_at": "2026-11-23T09:00:00+00:00",
    })
}

#[async_trait]
impl Platform for AfterShip {
    async fn answer(&self, request: Request) -> Response {
        if request.header("as-api-key") != self.key {
            return refused(401, 401, "The API key is invalid.");
        }
        match (request.method.as_str(), request.segments().last().copied()) {
            ("POST", Some("trackings")) => self.create(&request),
            ("GET", Some("trackings")) => self.list(&request),
            _ => refused(404, 404, "The URI requested is invalid."),
        }
    }
}
