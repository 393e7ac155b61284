//! Drafts before a person, for programs that show them elsewhere.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Body, Result, body_of, limit_of};
use crate::app::Desk;
use crate::inbox::approve::{self, Changes, Decider};
use crate::model::ApprovalId;
use crate::store::approvals::{self, Cursor, Waiting};
use crate::web::cursors::{approval_cursor_of, approval_cursor_text};
use crate::web::guard::Program;

/// How a draft is accepted.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Acceptance {
    text: Option<String>,
    actions: Option<Vec<usize>>,
}

impl Body for Acceptance {
    const FIELDS: &[(&str, &str)] = &[
        ("text", "the reply that is sent instead of the draft"),
        ("actions", "a list of whole numbers, the places of those that are done"),
    ];
}

/// Why a draft is rejected.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rejection {
    reason: String,
}

impl Body for Rejection {
    const FIELDS: &[(&str, &str)] = &[("reason", "a text, why")];
}

/// Which page.
#[derive(Debug, Deserialize)]
pub struct Page {
    cursor: Option<String>,
    limit: Option<String>,
}

/// `GET /api/v1/approvals`
pub async fn list(desk: web::Data<Desk>, _: Program, page: web::Query<Page>) -> Result<HttpResponse> {
    let after = page.cursor.as_deref().map(approval_cursor_of).transpose()?;
    let limit = limit_of(page.limit.as_deref())?;
    let waiting = approvals::list_waiting(&desk.db, after, limit + 1).await?;
    let size = usize::try_from(limit).unwrap_or(usize::MAX);
    let shown = waiting.get(..size.min(waiting.len())).unwrap_or_default();
    let last = shown.last().filter(|_| waiting.len() > size).map(|one| &one.approval);
    let next = last.map(|approval| approval_cursor_text(Cursor { at: approval.created_at, id: approval.id }));
    let items: Vec<Value> = shown.iter().map(item).collect();
    Ok(HttpResponse::Ok().json(json!({ "items": items, "next_cursor": next })))
}

fn item(waiting: &Waiting) -> Value {
    let Waiting { approval, number, intent, confidence, document } = waiting;
    json!({
        "id": approval.id,
        "conversation": number,
        "reasons": approval.reasons.0,
        "needs_role": approval.needs_role,
        "text": document.0.text(),
        "intent": intent,
        "confidence": confidence,
        "actions": document.0.actions,
        "created_at": approval.created_at.rfc3339(),
    })
}

/// `POST /api/v1/approvals/{id}/acceptance`
pub async fn accept(
    desk: web::Data<Desk>,
    program: Program,
    id: web::Path<ApprovalId>,
    body: web::Bytes,
) -> Result<HttpResponse> {
    let acceptance: Acceptance = body_of(&body)?;
    let decider = Decider { teammate: &program.teammate, took: None, program: true };
    let changes = Changes { text: acceptance.text.as_deref(), sentences: &[], actions: acceptance.actions.as_deref() };
    let message = approve::accept(&desk.inbox(), *id, decider, changes).await?;
    Ok(HttpResponse::Created().json(json!({ "message": message, "delivery": "queued" })))
}

/// `POST /api/v1/approvals/{id}/rejection`
pub async fn reject(
    desk: web::Data<Desk>,
    program: Program,
    id: web::Path<ApprovalId>,
    body: web::Bytes,
) -> Result<HttpResponse> {
    let rejection: Rejection = body_of(&body)?;
    let decider = Decider { teammate: &program.teammate, took: None, program: true };
    approve::reject(&desk.inbox(), *id, decider, &rejection.reason).await?;
    Ok(HttpResponse::Created().json(json!({ "state": "rejected" })))
}
