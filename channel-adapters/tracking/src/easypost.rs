//! EasyPost: one parcel a call.

use std::time::Duration;

use async_trait::async_trait;
use channel_contract::channel::WebhookRequest;
use channel_contract::failure::VerifyError;
use channel_contract::orders::{OrderFailure, ShipmentStatus, TrackingEvent};
use channel_contract::tracking::{Pace, Parcel, ParcelNews, ParcelTracker, RefusedParcel, plain_number};
use channel_contract::wire::{list, text};
use reqwest::RequestBuilder;
use serde_json::{Value, json};

use crate::access::{Access, failure, pushed};
use crate::carrier::carrier;
use crate::moments::{moment, window};
use crate::signature::{given, verify_hmac};

const NAME: &str = "EasyPost";
/// The header that carries a webhook's signature.
const SIGNATURE: &str = "x-hmac-signature";
/// How the signature is written.
const SCHEME: &str = "hmac-sha256-hex=";

/// An account at EasyPost.
pub struct EasyPost {
    access: Access,
}

impl EasyPost {
    /// Where its interface lies, with the version that is spoken here.
    pub const BASE: &str = "https://api.easypost.com/v2";

    /// With what lets in.
    pub fn new(access: Access) -> Self {
        Self { access }
    }

    fn let_in(&self, request: RequestBuilder) -> RequestBuilder {
        request.basic_auth(self.access.key.reveal(), None::<&str>)
    }

    async fn get(&self, query: &[(&str, &str)]) -> Result<Value, OrderFailure> {
        let mut url = self.access.address(&["trackers"])?;
        url.query_pairs_mut().extend_pairs(query);
        self.access.read(self.let_in(self.access.http.get(url)), NAME).await
    }
}

#[async_trait]
impl ParcelTracker for EasyPost {
    fn pace(&self) -> Pace {
        Pace { at_once: 1, pause: Duration::from_millis(200) }
    }

    async fn register(&self, parcels: &[Parcel]) -> Result<Vec<RefusedParcel>, OrderFailure> {
        let mut refused = Vec::new();
        for parcel in parcels {
            let mut tracker = json!({ "tracking_code": parcel.number });
            if let (Some(carrier), Some(fields)) = (carrier(&parcel.carrier), tracker.as_object_mut()) {
                fields.insert("carrier".to_owned(), carrier.easypost.into());
            }
            // The same number once more gives the tracker that is there.
            let request = self.access.http.post(self.access.address(&["trackers"])?);
            let answer = self.access.call(self.let_in(request).json(&json!({ "tracker": tracker })), NAME).await?;
            match answer.status {
                200..=299 => {}
                400 | 422 => {
                    let said = answer.json::<Value>(NAME).unwrap_or_default();
                    let reason = text(said.get("error").unwrap_or(&Value::Null), &["message"]);
                    refused.push(RefusedParcel { number: parcel.number.clone(), reason });
                }
                _ => return Err(failure(&answer, NAME)),
            }
        }
        Ok(refused)
    }

    async fn read(&self, parcels: &[Parcel]) -> Result<Vec<ParcelNews>, OrderFailure> {
        let mut read = Vec::new();
        for parcel in parcels {
            let document = self.get(&[("tracking_code", &parcel.number)]).await?;
            let is_it = |tracker: &&Value| plain_number(&text(tracker, &["tracking_code"])) == parcel.number;
            let same = list(&document, "trackers").iter().filter(is_it);
            read.extend(same.max_by_key(|tracker| moment(&text(tracker, &["updated_at"]))).map(news));
        }
        Ok(read)
    }

    fn verify(&self, request: &WebhookRequest) -> Result<Vec<String>, VerifyError> {
        let given = given(request.header(SIGNATURE))?.strip_prefix(SCHEME).ok_or(VerifyError::Mismatch)?;
        let given = hex::decode(given).map_err(|_| VerifyError::Mismatch)?;
        verify_hmac(&self.access.hook_secret, &given, &request.body)?;
        let document = pushed(&request.body)?;
        let number = plain_number(&text(document.get("result").unwrap_or(&Value::Null), &["tracking_code"]));
        Ok(if number.is_empty() { Vec::new() } else { vec![number] })
    }

    async fn check(&self) -> Result<(), OrderFailure> {
        self.get(&[("page_size", "1")]).await.map(drop)
    }
}

fn news(tracker: &Value) -> ParcelNews {
    let scans = list(tracker, "tracking_details");
    let mut events: Vec<TrackingEvent> = scans.iter().filter_map(scan).collect();
    events.sort_by_key(|event| event.at);
    let status = status(&text(tracker, &["status"]));
    let arrival = scans.iter().rev().find(|scan| text(scan, &["status"]) == "delivered").and_then(at);
    // A day, written as its midnight.
    let day: String = text(tracker, &["est_delivery_date"]).chars().take(10).collect();
    let estimated = window(&day, &day);
    ParcelNews {
        number: plain_number(&text(tracker, &["tracking_code"])),
        status,
        estimated,
        estimated_by: estimated.map_or(String::new(), |_| "the carrier".to_owned()),
        delivered_at: arrival.filter(|_| status == Some(ShipmentStatus::Delivered)),
        events,
    }
}

fn at(scan: &Value) -> Option<time::OffsetDateTime> {
    moment(&text(scan, &["datetime"]))
}

fn scan(detail: &Value) -> Option<TrackingEvent> {
    let place = text(detail.get("tracking_location").unwrap_or(&Value::Null), &["city", "state", "country"]);
    Some(TrackingEvent { at: at(detail)?, text: text(detail, &["message", "description"]), place })
}

/// A label that was cancelled, and a carrier that could not be asked, say nothing of a parcel.
fn status(status: &str) -> Option<ShipmentStatus> {
    match status {
        "pre_transit" => Some(ShipmentStatus::Packed),
        "in_transit" => Some(ShipmentStatus::InTransit),
        "out_for_delivery" => Some(ShipmentStatus::OutForDelivery),
        "available_for_pickup" => Some(ShipmentStatus::AvailableForPickup),
        "delivered" => Some(ShipmentStatus::Delivered),
        "return_to_sender" => Some(ShipmentStatus::Returning),
        "failure" => Some(ShipmentStatus::Exception),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_tracker_is_read_with_its_day_and_its_scans() {
        let read = news(&json!({
            "tracking_code": "ez1", "status": "delivered", "est_delivery_date": "2026-11-23T00:00:00Z",
            "tracking_details": [
                { "message": "Handed over", "status": "delivered", "datetime": "2026-11-23T09:00:00Z",
                  "tracking_location": { "city": "Bremen", "state": null } },
                { "message": "Collected", "status": "in_transit", "datetime": "2026-11-20T08:00:00Z" },
                { "message": "?", "datetime": null }, 7,
            ],
        }));
        let scans: Vec<(&str, &str)> =
            read.events.iter().map(|event| (event.text.as_str(), event.place.as_str())).collect();
        assert_eq!((read.number.as_str(), read.status), ("EZ1", Some(ShipmentStatus::Delivered)));
        assert_eq!(scans, [("Collected", ""), ("Handed over", "Bremen")]);
        assert_eq!(read.delivered_at, Some(datetime!(2026-11-23 09:00 UTC)));
        assert_eq!(read.estimated.map(|window| window.from), Some(datetime!(2026-11-23 00:00 UTC)));
    }

    #[test]
    fn states_are_read_and_what_is_not_known_is_none() {
        assert_eq!(status("return_to_sender"), Some(ShipmentStatus::Returning));
        assert_eq!(status("failure"), Some(ShipmentStatus::Exception));
        for unknown in ["unknown", "cancelled", "error", "", "teleported"] {
            assert_eq!(status(unknown), None, "{unknown}");
        }
    }
}
