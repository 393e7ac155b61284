//! What tracking providers tell by themselves: there is news of a parcel. The raw bytes are checked, the reading is put down, and
//! only then the provider gets its 200.

use std::time::Duration;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use channel_contract::channel::WebhookRequest;
use channel_contract::failure::VerifyError;
use serde_json::json;

use crate::app::Desk;
use crate::jobs::read_parcels;
use crate::model::TrackerId;
use crate::store::{parcels, trackers};
use crate::web::body::{Room, Unread};
use crate::web::error::COME_AGAIN;
use crate::web::webhooks::asked;

/// Largest webhook, in bytes: it holds all scans of a parcel.
const LIMIT: usize = 512 * 1024;
/// What all of them take in memory while they come.
static ROOM: Room = Room::of_kib(16 * 1024);
/// How long one may take to come.
const WITHIN: Duration = Duration::from_secs(30);

/// `POST /hooks/tracking/{tracker}`: as the provider writes and signs it.
pub async fn receive(
    desk: web::Data<Desk>,
    request: HttpRequest,
    id: web::Path<String>,
    payload: web::Payload,
) -> HttpResponse {
    match take(&desk, &request, &id, payload).await {
        Ok(()) => HttpResponse::Ok().json(json!({ "status": "taken" })),
        Err(refusal) => refusal.response(),
    }
}

enum Refusal {
    UnknownTracker,
    Unread(Unread),
    Refused(VerifyError),
    Busy(String),
}

impl Refusal {
    fn response(&self) -> HttpResponse {
        let (mut response, words) = match self {
            Self::UnknownTracker => (HttpResponse::NotFound(), "there is no such provider".to_owned()),
            Self::Unread(Unread::TooLarge) => {
                (HttpResponse::PayloadTooLarge(), "the webhook is larger than 512 KiB".to_owned())
            }
            Self::Unread(Unread::BrokeOff(_)) => (HttpResponse::BadRequest(), "the body broke off".to_owned()),
            Self::Unread(Unread::TooSlow) => {
                (HttpResponse::RequestTimeout(), "the body did not come in time, send it again".to_owned())
            }
            Self::Refused(error @ VerifyError::Malformed(_)) => (HttpResponse::BadRequest(), error.to_string()),
            Self::Refused(error) => (HttpResponse::Unauthorized(), error.to_string()),
            Self::Unread(Unread::Busy) => busy("too many webhooks arrive at once"),
            Self::Busy(error) => busy(error),
        };
        response.json(json!({ "error": words }))
    }
}

fn busy(error: &str) -> (actix_web::HttpResponseBuilder, String) {
    tracing::warn!(%error, "a webhook of a tracking provider could not be taken");
    let mut response = HttpResponse::ServiceUnavailable();
    response.insert_header((header::RETRY_AFTER, COME_AGAIN));
    (response, "the desk cannot take it right now, send it again".to_owned())
}

async fn take(desk: &Desk, request: &HttpRequest, id: &str, payload: web::Payload) -> Result<(), Refusal> {
    let busy = |error: &dyn std::fmt::Display| Refusal::Busy(error.to_string());
    let id: TrackerId = id.parse().map_err(|_| Refusal::UnknownTracker)?;
    let row = trackers::find(&desk.db, id).await.map_err(|error| busy(&error))?.ok_or(Refusal::UnknownTracker)?;
    let tracker = desk.trackers.open(&row).await.map_err(|error| busy(&error))?;
    let body = ROOM.read(payload, LIMIT, WITHIN).await.map_err(Refusal::Unread)?;
    let numbers = tracker.verify(&WebhookRequest { body, ..asked(desk, request) }).map_err(Refusal::Refused)?;
    if numbers.is_empty() {
        return Ok(());
    }
    let mut tx = desk.db.begin().await.map_err(|error| busy(&error))?;
    let known =
        parcels::hurry(&mut tx, row.brand_id, &numbers, desk.clock.now()).await.map_err(|error| busy(&error))?;
    tx.commit().await.map_err(|error| busy(&error))?;
    if known == 0 {
        return Ok(());
    }
    read_parcels::enqueue(desk, id).await.map_err(|error| busy(&error))
}
