//! Drafts before a person, for programs that show them elsewhere.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use super::{Body, Result, body_of};
use crate::app::Desk;
use crate::inbox::approve::{self, Changes, Decider};
use crate::model::ApprovalId;
use crate::store::{approvals, conversations, drafts};
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

/// Most approvals in an answer.
const MOST: i64 = 100;

/// `GET /api/v1/approvals`
pub async fn list(desk: web::Data<Desk>, _: Program) -> Result<HttpResponse> {
    let mut items = Vec::new();
    let drafts = drafts::list_waiting(&desk.db, MOST).await?;
    let conversations = conversations::list_waiting(&desk.db, MOST).await?;
    for approval in approvals::list_pending(&desk.db, MOST).await? {
        let draft = drafts.iter().find(|draft| draft.id == approval.draft_id);
        let conversation = conversations.iter().find(|row| row.id == approval.conversation_id);
        if let (Some(draft), Some(conversation)) = (draft, conversation) {
            items.push(json!({
                "id": approval.id,
                "conversation": conversation.number,
                "reasons": approval.reasons.0,
                "needs_role": approval.needs_role,
                "text": draft.document.0.text(),
                "intent": draft.intent,
                "confidence": draft.confidence,
                "actions": draft.document.0.actions,
                "created_at": approval.created_at.rfc3339(),
            }));
        }
    }
    Ok(HttpResponse::Ok().json(json!({ "items": items })))
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
