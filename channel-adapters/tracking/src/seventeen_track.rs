//! 17TRACK: forty parcels a call, three calls a second.

use std::time::Duration;

use async_trait::async_trait;
use channel_contract::channel::WebhookRequest;
use channel_contract::failure::VerifyError;
use channel_contract::orders::{OrderFailure, ShipmentStatus, TrackingEvent};
use channel_contract::tracking::{Pace, Parcel, ParcelNews, ParcelTracker, RefusedParcel, plain_number};
use channel_contract::wire::{list, text};
use serde_json::{Value, json};

use crate::access::{Access, pushed};
use crate::carrier::carrier;
use crate::moments::{moment, window};
use crate::signature::{given, verify_hash};

const NAME: &str = "17TRACK";
/// The header that lets in.
const KEY: &str = "17token";
/// The header that carries a webhook's signature.
const SIGNATURE: &str = "sign";
/// The key is not taken, from here or at all.
const NO_ENTRY: [i64; 4] = [-18_010_001, -18_010_002, -18_010_004, -18_010_005];
/// A moment of trouble inside.
const TROUBLE: i64 = -18_010_003;
/// The parcel is followed already.
const FOLLOWED: i64 = -18_019_901;
/// No more parcels can be followed, today or in this plan.
const NO_ROOM: [i64; 2] = [-18_019_907, -18_019_908];
/// There is nothing to say of the parcel yet.
const NOTHING_YET: i64 = -18_019_909;
/// How long to wait where no more parcels can be followed.
const UNTIL_THERE_IS_ROOM: Duration = Duration::from_hours(6);

/// An account at 17TRACK.
pub struct SeventeenTrack {
    access: Access,
}

impl SeventeenTrack {
    /// Where its interface lies, with the version that is spoken here.
    pub const BASE: &str = "https://api.17track.net/track/v2.2";

    /// With what lets in; webhooks are signed with the key.
    pub fn new(access: Access) -> Self {
        Self { access }
    }

    /// The data of an answer, which says of each parcel what became of it.
    async fn post(&self, call: &str, body: &Value) -> Result<Value, OrderFailure> {
        let request = self.access.http.post(self.access.address(&[call])?).header(KEY, self.access.key.reveal());
        let mut document = self.access.read(request.json(body), NAME).await?;
        match code(&document) {
            0 => Ok(document.get_mut("data").map(Value::take).unwrap_or_default()),
            code if NO_ENTRY.contains(&code) => Err(OrderFailure::Reconnect {
                reason: format!(
                    "17TRACK does not take the key (error {code}). Look at it and at the addresses from which it counts."
                ),
            }),
            TROUBLE => {
                let reason = "17TRACK has a moment of trouble.".to_owned();
                Err(OrderFailure::Retry { after: None, reason })
            }
            code => Err(OrderFailure::Refused { reason: format!("17TRACK does not take the call (error {code}).") }),
        }
    }
}

fn code(of: &Value) -> i64 {
    of.get("code").and_then(Value::as_i64).unwrap_or_default()
}

fn number(of: &Value) -> String {
    plain_number(&text(of, &["number"]))
}

#[async_trait]
impl ParcelTracker for SeventeenTrack {
    fn pace(&self) -> Pace {
        Pace { at_once: 40, pause: Duration::from_millis(334) }
    }

    async fn register(&self, parcels: &[Parcel]) -> Result<Vec<RefusedParcel>, OrderFailure> {
        let wanted = parcels.iter().map(|parcel| match carrier(&parcel.carrier) {
            Some(carrier) => {
                json!({ "number": parcel.number, "carrier": carrier.seventeen_track, "auto_detection": true })
            }
            None => json!({ "number": parcel.number }),
        });
        let data = self.post("register", &wanted.collect()).await?;
        let mut refused = Vec::new();
        for rejected in list(&data, "rejected") {
            let error = rejected.get("error").unwrap_or(&Value::Null);
            match code(error) {
                FOLLOWED => {}
                code if NO_ROOM.contains(&code) => {
                    let reason = "17TRACK follows no more parcels for now: the quota is used up.".to_owned();
                    return Err(OrderFailure::Retry { after: Some(UNTIL_THERE_IS_ROOM), reason });
                }
                _ => refused.push(RefusedParcel { number: number(rejected), reason: text(error, &["message"]) }),
            }
        }
        Ok(refused)
    }

    async fn read(&self, parcels: &[Parcel]) -> Result<Vec<ParcelNews>, OrderFailure> {
        let wanted = parcels.iter().map(|parcel| json!({ "number": parcel.number }));
        let data = self.post("gettrackinfo", &wanted.collect()).await?;
        let mut read: Vec<ParcelNews> = Vec::new();
        for accepted in list(&data, "accepted") {
            let told = news(accepted);
            match read.iter_mut().find(|known| known.number == told.number) {
                // Several carriers were asked about the number: the one that knows it counts.
                Some(known) if known.status.is_none() => *known = told,
                Some(_) => {}
                None => read.push(told),
            }
        }
        let waits = |rejected: &&Value| code(rejected.get("error").unwrap_or(&Value::Null)) == NOTHING_YET;
        for rejected in list(&data, "rejected").iter().filter(waits) {
            read.push(ParcelNews { number: number(rejected), ..ParcelNews::default() });
        }
        Ok(read)
    }

    fn verify(&self, request: &WebhookRequest) -> Result<Vec<String>, VerifyError> {
        let given = hex::decode(given(request.header(SIGNATURE))?).map_err(|_| VerifyError::Mismatch)?;
        verify_hash(&self.access.key, &given, &request.body)?;
        let number = number(pushed(&request.body)?.get("data").unwrap_or(&Value::Null));
        Ok(if number.is_empty() { Vec::new() } else { vec![number] })
    }

    async fn check(&self) -> Result<(), OrderFailure> {
        self.post("getquota", &json!({})).await.map(drop)
    }
}

fn news(accepted: &Value) -> ParcelNews {
    let info = accepted.get("track_info").unwrap_or(&Value::Null);
    let under = |names: &[&str]| names.iter().fold(info, |value, name| value.get(*name).unwrap_or(&Value::Null));
    let latest = under(&["latest_status"]);
    let status = status(&text(latest, &["status"]), &text(latest, &["sub_status"]));
    let providers = list(under(&["tracking"]), "providers").iter();
    let mut events: Vec<TrackingEvent> =
        providers.flat_map(|provider| list(provider, "events")).filter_map(scan).collect();
    events.sort_by_key(|event| event.at);
    let is_arrival = |stage: &&Value| text(stage, &["key_stage"]) == "Delivered";
    let arrival = list(info, "milestone").iter().find(is_arrival).and_then(at);
    let date = under(&["time_metrics", "estimated_delivery_date"]);
    let estimated = window(&text(date, &["from"]), &text(date, &["to"]));
    let by = if text(date, &["source"]) == "Official" { "the carrier" } else { NAME };
    ParcelNews {
        number: number(accepted),
        status,
        estimated,
        estimated_by: estimated.map_or(String::new(), |_| by.to_owned()),
        delivered_at: arrival
            .or(events.last().map(|event| event.at))
            .filter(|_| status == Some(ShipmentStatus::Delivered)),
        events,
    }
}

fn at(of: &Value) -> Option<time::OffsetDateTime> {
    moment(&text(of, &["time_utc", "time_iso"]))
}

fn scan(event: &Value) -> Option<TrackingEvent> {
    Some(TrackingEvent { at: at(event)?, text: text(event, &["description"]), place: text(event, &["location"]) })
}

fn status(status: &str, more: &str) -> Option<ShipmentStatus> {
    match status {
        "InfoReceived" => Some(ShipmentStatus::Packed),
        "InTransit" => Some(ShipmentStatus::InTransit),
        "OutForDelivery" => Some(ShipmentStatus::OutForDelivery),
        "DeliveryFailure" => Some(ShipmentStatus::AttemptFailed),
        "AvailableForPickup" => Some(ShipmentStatus::AvailableForPickup),
        "Delivered" => Some(ShipmentStatus::Delivered),
        "Exception" if more.starts_with("Exception_Return") => Some(ShipmentStatus::Returning),
        "Exception" => Some(ShipmentStatus::Exception),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn what_several_carriers_say_is_one_history() {
        let read = news(&json!({ "number": "rr1", "carrier": 3011, "track_info": {
            "latest_status": { "status": "Delivered", "sub_status": "Delivered_Other" },
            "milestone": [{ "key_stage": "PickedUp", "time_utc": "2026-11-20T08:00:00Z" },
                          { "key_stage": "Delivered", "time_iso": "2026-11-23T10:00:00+01:00" }],
            "time_metrics": { "estimated_delivery_date":
                { "source": "Official", "from": "2026-11-23T00:00:00Z", "to": null } },
            "tracking": { "providers": [
                { "events": [{ "time_utc": "2026-11-23T09:00:00Z", "description": "Handed over", "location": "Bremen" }] },
                { "events": [{ "time_utc": "2026-11-20T08:00:00Z", "description": "Collected" }, {}] },
                null,
            ] },
        } }));
        let scans: Vec<&str> = read.events.iter().map(|event| event.text.as_str()).collect();
        assert_eq!((read.number.as_str(), read.status), ("RR1", Some(ShipmentStatus::Delivered)));
        assert_eq!(scans, ["Collected", "Handed over"]);
        assert_eq!(read.delivered_at, Some(datetime!(2026-11-23 09:00 UTC)));
        assert_eq!(read.estimated_by, "the carrier");
        assert_eq!(news(&json!({ "number": "rr1", "track_info": null })).status, None);
    }

    #[test]
    fn states_are_read_and_what_is_not_known_is_none() {
        assert_eq!(status("Exception", "Exception_Returning"), Some(ShipmentStatus::Returning));
        assert_eq!(status("Exception", "Exception_Damage"), Some(ShipmentStatus::Exception));
        assert_eq!(status("DeliveryFailure", ""), Some(ShipmentStatus::AttemptFailed));
        for unknown in ["NotFound", "Expired", "", "Teleported"] {
            assert_eq!(status(unknown, ""), None, "{unknown}");
        }
    }
}
