//! What shops tell by themselves: an order changed. The raw bytes are checked, the reading is put down, and only then the
//! shop gets its 200.

use std::time::Duration;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use channel_contract::failure::VerifyError;
use serde_json::json;

use crate::app::Desk;
use crate::channels::joined;
use crate::commerce::sources::{HookError, News, largest_hook, read_hook};
use crate::jobs::read_order;
use crate::model::OrderSourceId;
use crate::model::audit::{Act, Actor, AuditAction, AuditSubject};
use crate::model::order::OrderSourceRow;
use crate::store::{self, audit, order_sources};
use crate::web::body::{Room, Unread};
use crate::web::error::COME_AGAIN;

/// What all hooks take in memory while they come.
static ROOM: Room = Room::of_kib(16 * 1024);
/// How long a hook may take to come.
const WITHIN: Duration = Duration::from_secs(30);

/// `POST /hooks/orders/{connection}`: from a shop over HTTP `{"event_id", "type", "order_id"}`, signed as the requests to it
/// are; from another shop what it sends and how it signs.
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
            Self::TooLarge => (HttpResponse::PayloadTooLarge(), "the hook is larger than the desk takes".to_owned()),
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
    let body = read(payload, largest_hook(&row.kind)).await?;
    let header = |name: &str| request.headers().get(name)?.to_str().ok().map(str::to_owned);
    let hook = read_hook(&row, &secrets, header, &body, desk.clock.now()).map_err(Refusal::Hook)?;
    let key = hook.id.map(|hook| format!("{id}:{hook}"));
    if key.as_deref().is_some_and(|key| desk.shops.has_taken(key)) {
        return Ok(());
    }
    match hook.news {
        News::Order(order) => read_order::enqueue(desk, id, &order).await.map_err(|error| busy(&error))?,
        News::AccessOver(reason) => lose_access(desk, &row, reason).await.map_err(|error| busy(&error))?,
        News::Nothing => {}
    }
    if let Some(key) = key {
        desk.shops.note_taken(key);
    }
    Ok(())
}

/// A shop that let the desk in before does so no more: its page says it.
async fn lose_access(desk: &Desk, row: &OrderSourceRow, reason: &str) -> store::Result<()> {
    const STATE: &str = "needs_attention";
    let mut tx = desk.db.begin().await?;
    order_sources::set_state(&mut tx, row.id, STATE, reason).await?;
    if row.state != STATE {
        let act = Act {
            actor: Actor::System,
            action: AuditAction::OrderSourceChanged,
            subject: (AuditSubject::OrderSource, row.id.to_string()),
            brand: Some(row.brand_id),
            details: joined(&json!({ "kind": row.kind, "name": row.name }), &json!({ "state": STATE })),
        };
        audit::append(&mut tx, &act, desk.clock.now()).await?;
    }
    tx.commit().await?;
    desk.shops.forget(row.brand_id);
    Ok(())
}

async fn read(payload: web::Payload, limit: usize) -> Result<web::Bytes, Refusal> {
    ROOM.read(payload, limit, WITHIN).await.map_err(|unread| match unread {
        Unread::TooLarge => Refusal::TooLarge,
        Unread::BrokeOff(_) => Refusal::Broken,
        Unread::Busy => Refusal::Busy("too many hooks arrive at once".to_owned()),
        Unread::TooSlow => Refusal::TooSlow,
    })
}
