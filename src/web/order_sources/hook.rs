//! What shops tell by themselves: an order changed. The raw bytes are checked, the reading is put down, and only then the
//! shop gets its 200.

use std::time::Duration;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use channel_contract::failure::VerifyError;
use serde_json::json;

use crate::app::Desk;
use crate::commerce::sources::{HOOK_SIGNATURE, HookError, read_hook};
use crate::jobs::read_order;
use crate::model::OrderSourceId;
use crate::store::order_sources;
use crate::web::body::{Room, Unread};
use crate::web::error::COME_AGAIN;

/// Largest hook, in bytes.
const LIMIT: usize = 64 * 1024;
/// What all hooks take in memory while they come.
static ROOM: Room = Room::of_kib(16 * 1024);
/// How long a hook may take to come.
const WITHIN: Duration = Duration::from_secs(30);

/// `POST /hooks/orders/{connection}`: `{"event_id", "type", "order_id"}`, signed as the requests to the shop are.
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
    UnknownShop,
    TooLarge,
    Broken,
    TooSlow,
    Hook(HookError),
    Busy(String),
}

impl Refusal {
    fn response(&self) -> HttpResponse {
        let (mut response, words) = match self {
            Self::UnknownShop | Self::Hook(HookError::None) => {
                (HttpResponse::NotFound(), "there is no such shop".to_owned())
            }
            Self::TooLarge => (HttpResponse::PayloadTooLarge(), "the hook is larger than 64 KiB".to_owned()),
            Self::Broken => (HttpResponse::BadRequest(), "the body broke off".to_owned()),
            Self::TooSlow => {
                (HttpResponse::RequestTimeout(), "the body did not come in time, send it again".to_owned())
            }
            Self::Hook(HookError::Malformed(error)) => (HttpResponse::BadRequest(), error.to_string()),
            Self::Hook(HookError::Refused(error @ VerifyError::Malformed(_))) => {
                (HttpResponse::BadRequest(), error.to_string())
            }
            Self::Hook(HookError::Refused(error)) => (HttpResponse::Unauthorized(), error.to_string()),
            Self::Hook(HookError::Source(_)) => {
                (HttpResponse::ServiceUnavailable(), "the connection to this shop must be renewed".to_owned())
            }
            Self::Busy(error) => {
                tracing::warn!(%error, "a hook of a shop could not be taken");
                let mut response = HttpResponse::ServiceUnavailable();
                response.insert_header((header::RETRY_AFTER, COME_AGAIN));
                (response, "the desk cannot take it right now, send it again".to_owned())
            }
        };
        response.json(json!({ "error": words }))
    }
}

async fn take(desk: &Desk, request: &HttpRequest, id: &str, payload: web::Payload) -> Result<(), Refusal> {
    let busy = |error: &dyn std::fmt::Display| Refusal::Busy(error.to_string());
    let id: OrderSourceId = id.parse().map_err(|_| Refusal::UnknownShop)?;
    let row = order_sources::find(&desk.db, id).await.map_err(|error| busy(&error))?.ok_or(Refusal::UnknownShop)?;
    // With the settings, which say until when the one before counts.
    let secrets = desk.shops.secrets(id).await.map_err(|error| busy(&error))?;
    let body = read(payload).await?;
    let signed = request.headers().get(HOOK_SIGNATURE).and_then(|value| value.to_str().ok());
    let order = read_hook(&row, &secrets, signed, &body, desk.clock.now()).map_err(Refusal::Hook)?;
    read_order::enqueue(desk, id, &order).await.map_err(|error| busy(&error))
}

async fn read(payload: web::Payload) -> Result<web::Bytes, Refusal> {
    ROOM.read(payload, LIMIT, WITHIN).await.map_err(|unread| match unread {
        Unread::TooLarge => Refusal::TooLarge,
        Unread::BrokeOff(_) => Refusal::Broken,
        Unread::Busy => Refusal::Busy("too many hooks arrive at once".to_owned()),
        Unread::TooSlow => Refusal::TooSlow,
    })
}
