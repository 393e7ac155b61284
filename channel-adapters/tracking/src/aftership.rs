//! AfterShip: one parcel a call, ten calls a second.

use std::time::Duration;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use channel_contract::channel::WebhookRequest;
use channel_contract::failure::VerifyError;
use channel_contract::http::{Answer, LONGEST_HINT};
use channel_contract::orders::{OrderFailure, ShipmentStatus, TrackingEvent};
use channel_contract::tracking::{Pace, Parcel, ParcelNews, ParcelTracker, RefusedParcel, plain_number};
use channel_contract::wire::{list, text};
use serde_json::{Value, json};
use url::Url;

use crate::access::{Access, failure, pushed};
use crate::carrier::carrier;
use crate::moments::{moment, window};
use crate::signature::{given, verify_hmac};

const NAME: &str = "AfterShip";
/// The header that lets in.
const KEY: &str = "as-api-key";
/// The header that carries a webhook's signature.
const SIGNATURE: &str = "aftership-hmac-sha256";
/// The code of a parcel that is followed already.
const FOLLOWED: i64 = 4003;

/// An account at AfterShip.
pub struct AfterShip {
    access: Access,
}

impl AfterShip {
    /// Where its interface lies, with the version that is spoken here.
    pub const BASE: &str = "https://api.aftership.com/tracking/2026-07";

    /// With what lets in.
    pub fn new(access: Access) -> Self {
        Self { access }
    }

    fn trackings(&self, query: &[(&str, &str)]) -> Result<Url, OrderFailure> {
        let mut url = self.access.address(&["trackings"])?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(url)
    }

    /// Too many calls: AfterShip names the second in which it takes more.
    fn failure(&self, answer: &Answer) -> OrderFailure {
        let reset = answer.header("x-ratelimit-reset").trim().parse::<i64>().ok();
        let wait = reset.map(|second| second.saturating_sub((self.access.clock)().unix_timestamp()));
        let wait = wait.and_then(|seconds| u64::try_from(seconds).ok()).map(Duration::from_secs);
        match failure(answer, NAME) {
            OrderFailure::Retry { after, reason } if answer.status == 429 => {
                OrderFailure::Retry { after: after.or(wait.map(|wait| wait.min(LONGEST_HINT))), reason }
            }
            other => other,
        }
    }

    async fn get(&self, query: &[(&str, &str)]) -> Result<Value, OrderFailure> {
        let request = self.access.http.get(self.trackings(query)?).header(KEY, self.access.key.reveal());
        let answer = self.access.call(request, NAME).await?;
        if answer.is_success() { Ok(answer.json(NAME)?) } else { Err(self.failure(&answer)) }
    }
}

#[async_trait]
impl ParcelTracker for AfterShip {
    fn pace(&self) -> Pace {
        Pace { at_once: 1, pause: Duration::from_millis(100) }
    }

    async fn register(&self, parcels: &[Parcel]) -> Result<Vec<RefusedParcel>, OrderFailure> {
        let mut refused = Vec::new();
        for parcel in parcels {
            let mut body = json!({ "tracking_number": parcel.number });
            if let (Some(carrier), Some(fields)) = (carrier(&parcel.carrier), body.as_object_mut()) {
                fields.insert("slug".to_owned(), carrier.aftership.into());
            }
            let request = self.access.http.post(self.trackings(&[])?).header(KEY, self.access.key.reveal());
            let answer = self.access.call(request.json(&body), NAME).await?;
            if answer.is_success() {
                continue;
            }
            let said = answer.json::<Value>(NAME).unwrap_or_default();
            let said = said.get("meta").unwrap_or(&Value::Null);
            match (answer.status, said.get("code").and_then(Value::as_i64)) {
                (_, Some(FOLLOWED)) | (409, _) => {}
                (400 | 422, _) => {
                    refused.push(RefusedParcel { number: parcel.number.clone(), reason: text(said, &["message"]) });
                }
                _ => return Err(self.failure(&answer)),
            }
        }
        Ok(refused)
    }

    async fn read(&self, parcels: &[Parcel]) -> Result<Vec<ParcelNews>, OrderFailure> {
        let numbers: Vec<&str> = parcels.iter().map(|parcel| parcel.number.as_str()).collect();
        let document = self.get(&[("tracking_numbers", &numbers.join(","))]).await?;
        let trackings = list(document.get("data").unwrap_or(&Value::Null), "trackings");
        let newest = |number: &&str| {
            let same = trackings.iter().filter(|known| plain_number(&text(known, &["tracking_number"])) == **number);
            same.max_by_key(|known| moment(&text(known, &["updated_at"])))
        };
        Ok(numbers.iter().filter_map(newest).map(news).collect())
    }

    fn verify(&self, request: &WebhookRequest) -> Result<Vec<String>, VerifyError> {
        let given = STANDARD.decode(given(request.header(SIGNATURE))?).map_err(|_| VerifyError::Mismatch)?;
        verify_hmac(&self.access.hook_secret, &given, &request.body)?;
        let document = pushed(&request.body)?;
        let number = plain_number(&text(document.get("msg").unwrap_or(&Value::Null), &["tracking_number"]));
        Ok(if number.is_empty() { Vec::new() } else { vec![number] })
    }

    async fn check(&self) -> Result<(), OrderFailure> {
        self.get(&[("limit", "1")]).await.map(drop)
    }
}

fn news(tracking: &Value) -> ParcelNews {
    let scans = list(tracking, "checkpoints").iter();
    let mut events: Vec<TrackingEvent> = scans.filter_map(scan).collect();
    events.sort_by_key(|event| event.at);
    let status = status(&text(tracking, &["tag"]), &text(tracking, &["subtag"]));
    let arrived = events.last().map(|event| event.at).filter(|_| status == Some(ShipmentStatus::Delivered));
    let (estimated, estimated_by) = estimate(tracking);
    ParcelNews {
        number: plain_number(&text(tracking, &["tracking_number"])),
        status,
        estimated,
        estimated_by,
        delivered_at: moment(&text(tracking, &["shipment_delivery_date"]))
            .filter(|_| status == Some(ShipmentStatus::Delivered))
            .or(arrived),
        events,
    }
}

fn scan(checkpoint: &Value) -> Option<TrackingEvent> {
    Some(TrackingEvent {
        at: moment(&text(checkpoint, &["checkpoint_time"]))?,
        text: text(checkpoint, &["message", "subtag_message"]),
        place: text(checkpoint, &["location", "city"]),
    })
}

fn status(tag: &str, subtag: &str) -> Option<ShipmentStatus> {
    match (tag, subtag) {
        ("InfoReceived", _) => Some(ShipmentStatus::Packed),
        ("InTransit", _) => Some(ShipmentStatus::InTransit),
        ("OutForDelivery", _) => Some(ShipmentStatus::OutForDelivery),
        ("AttemptFail", _) => Some(ShipmentStatus::AttemptFailed),
        ("AvailableForPickup", _) => Some(ShipmentStatus::AvailableForPickup),
        ("Delivered", _) => Some(ShipmentStatus::Delivered),
        // On its way back, and back.
        ("Exception", "Exception_010" | "Exception_011") => Some(ShipmentStatus::Returning),
        ("Exception", _) => Some(ShipmentStatus::Exception),
        _ => None,
    }
}

/// When it comes, by whoever says so: the newest word first, then the carrier's, AfterShip's and the shop's own.
fn estimate(tracking: &Value) -> (Option<channel_contract::orders::Window>, String) {
    let under = |name: &str| tracking.get(name).unwrap_or(&Value::Null);
    let latest = under("latest_estimated_delivery");
    let at = text(latest, &["datetime"]);
    let ends = |name: &str| Some(text(latest, &[name])).filter(|end| !end.is_empty()).unwrap_or_else(|| at.clone());
    let by = match text(latest, &["source"]).to_lowercase().as_str() {
        source if source.contains("courier") || source.contains("carrier") => "the carrier",
        source if source.contains("custom") => "the shop",
        _ => NAME,
    };
    let found = window(&ends("datetime_min"), &ends("datetime_max")).map(|window| (window, by));
    let of = |(name, by): (&str, &'static str)| {
        let date = under(name);
        let day = text(date, &["estimated_delivery_date"]);
        let ends = |name: &str| Some(text(date, &[name])).filter(|end| !end.is_empty()).unwrap_or_else(|| day.clone());
        let from = ends("estimated_delivery_date_min");
        window(&from, &ends("estimated_delivery_date_max")).map(|window| (window, by))
    };
    let others = [
        ("courier_estimated_delivery_date", "the carrier"),
        ("aftership_estimated_delivery_date", NAME),
        ("custom_estimated_delivery_date", "the shop"),
    ];
    let found = found.or_else(|| others.into_iter().find_map(of));
    (found.map(|(window, _)| window), found.map_or(String::new(), |(_, by)| by.to_owned()))
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn tags_are_states_and_what_is_not_known_is_none() {
        use ShipmentStatus::{Delivered, Exception, Packed, Returning};
        for (tag, subtag, expected) in [
            ("Pending", "Pending_001", None),
            ("InfoReceived", "", Some(Packed)),
            ("Delivered", "Delivered_001", Some(Delivered)),
            ("Exception", "Exception_010", Some(Returning)),
            ("Exception", "Exception_004", Some(Exception)),
            ("Expired", "Expired_001", None),
            ("Teleported", "", None),
        ] {
            assert_eq!(status(tag, subtag), expected, "{tag} {subtag}");
        }
    }

    #[test]
    fn scans_are_in_order_and_the_day_has_a_source() {
        let read = news(&json!({
            "tracking_number": "rr 1", "tag": "InTransit", "subtag": "InTransit_001",
            "checkpoints": [
                { "checkpoint_time": "2026-11-22T10:00:00+01:00", "message": "In the depot", "location": "Bremen" },
                { "checkpoint_time": "2026-11-21T08:00:00", "message": "Collected", "city": "Hamburg" },
                { "checkpoint_time": "soon", "message": "?" }, null,
            ],
            "latest_estimated_delivery": { "type": "specific", "source": "Courier EDD", "datetime": "2026-11-24" },
            "aftership_estimated_delivery_date": { "estimated_delivery_date": "2026-11-25" },
        }));
        let scans: Vec<&str> = read.events.iter().map(|event| event.text.as_str()).collect();
        assert_eq!((read.number.as_str(), read.status), ("RR1", Some(ShipmentStatus::InTransit)));
        assert_eq!(scans, ["Collected", "In the depot"]);
        assert_eq!(read.estimated_by, "the carrier");
        assert_eq!(read.estimated.map(|window| window.to), Some(datetime!(2026-11-24 23:59:59 UTC)));
        assert_eq!(read.delivered_at, None);
        let later = json!({ "latest_estimated_delivery": null, "aftership_estimated_delivery_date": {
            "estimated_delivery_date": null, "estimated_delivery_date_min": "2026-11-25",
            "estimated_delivery_date_max": "2026-11-26" } });
        assert_eq!(estimate(&later).1, "AfterShip");
        assert_eq!(estimate(&Value::Null), (None, String::new()));
    }
}
