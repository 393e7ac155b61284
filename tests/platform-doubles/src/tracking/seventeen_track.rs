//! 17TRACK: everything is a POST, and what went wrong with a number stands inside a 200.

use async_trait::async_trait;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{NO_NUMBER, Parcels, Travel};
use crate::hooks::Delivery;
use crate::server::{Platform, Request, Response};

/// The header of a webhook's signature.
pub const SIGNATURE_HEADER: &str = "sign";
/// How many numbers a call may name.
const MOST: usize = 40;

/// An account.
pub struct SeventeenTrack {
    key: String,
    /// What it knows of parcels.
    pub parcels: Parcels,
}

impl SeventeenTrack {
    /// With what lets in and signs webhooks.
    pub fn new(key: &str) -> Self {
        Self { key: key.to_owned(), parcels: Parcels::default() }
    }

    /// The webhook about a parcel as it stands now.
    pub fn hook(&self, number: &str) -> Delivery {
        let data = tracked(number, &self.parcels.of(number).unwrap_or_default());
        let body = json!({ "event": "TRACKING_UPDATED", "data": data }).to_string();
        let code = hex::encode(Sha256::digest(format!("{body}/{}", self.key)));
        Delivery { headers: vec![(SIGNATURE_HEADER.to_owned(), code)], body: body.into() }
    }

    fn register(&self, number: &str) -> Result<Value, Value> {
        if number.starts_with(NO_NUMBER) {
            return Err(rejected(number, -18_010_012, "The format is invalid."));
        }
        if self.parcels.follow(number) {
            Ok(json!({ "origin": 1, "number": number, "carrier": 7041 }))
        } else {
            Err(rejected(number, -18_019_901, "It is registered already."))
        }
    }

    fn read(&self, number: &str) -> Result<Value, Value> {
        match self.parcels.of(number) {
            None => Err(rejected(number, -18_019_902, "It is not registered yet.")),
            Some(travel) if travel.status.is_empty() => Err(rejected(number, -18_019_909, "No information yet.")),
            Some(travel) => Ok(tracked(number, &travel)),
        }
    }
}

fn rejected(number: &str, code: i64, message: &str) -> Value {
    json!({ "number": number, "error": { "code": code, "message": message } })
}

fn failed(code: i64) -> Response {
    Response::json(200, &json!({ "code": code, "data": { "errors": [{ "code": code, "message": "refused" }] } }))
}

fn tracked(number: &str, travel: &Travel) -> Value {
    // Newest first.
    let events = travel.scans.iter().rev().map(
        |scan| json!({ "time_utc": scan.at, "description": scan.text, "location": scan.place, "stage": scan.status }),
    );
    let arrivals = travel.scans.iter().filter(|scan| scan.status == "Delivered");
    let milestones = arrivals.map(|scan| json!({ "key_stage": "Delivered", "time_utc": scan.at }));
    let day = Some(&travel.expected).filter(|day| !day.is_empty());
    json!({ "number": number, "carrier": 7041, "track_info": {
        "latest_status": { "status": travel.status, "sub_status": format!("{}_Other", travel.status) },
        "time_metrics": { "estimated_delivery_date": { "source": "Official", "from": day, "to": day } },
        "milestone": milestones.collect::<Value>(),
        "tracking": { "providers": [{ "provider": { "key": 7041 }, "events": events.collect::<Value>() }] },
    } })
}

#[async_trait]
impl Platform for SeventeenTrack {
    async fn answer(&self, request: Request) -> Response {
        if request.header("17token") != self.key {
            return failed(-18_010_002);
        }
        let body = request.json();
        let wanted: Vec<&str> =
            body.as_array().into_iter().flatten().filter_map(|one| one.get("number")?.as_str()).collect();
        if wanted.len() > MOST {
            return failed(-18_010_014);
        }
        let said: Vec<Result<Value, Value>> = match request.segments().last().copied() {
            Some("register") => wanted.iter().map(|number| self.register(number)).collect(),
            Some("gettrackinfo") => wanted.iter().map(|number| self.read(number)).collect(),
            Some("getquota") => return Response::json(200, &json!({ "code": 0, "data": { "quota_remain": 100 } })),
            _ => return Response::status(404),
        };
        let (mut accepted, mut rejected) = (Vec::new(), Vec::new());
        for one in said {
            match one {
                Ok(one) => accepted.push(one),
                Err(one) => rejected.push(one),
            }
        }
        Response::json(200, &json!({ "code": 0, "data": { "accepted": accepted, "rejected": rejected } }))
    }
}
