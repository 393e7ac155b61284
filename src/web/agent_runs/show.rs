//! A run, and the run behind a draft.

use actix_web::{HttpRequest, HttpResponse, web};

use super::RunPage;
use crate::agent::Kept;
use crate::app::Desk;
use crate::model::{AgentRunId, DraftId};
use crate::store::{agent_runs, brands, conversations, drafts, run_inputs};
use crate::web::error::{Error, Result};
use crate::web::flash::back_to;
use crate::web::frame::{page_of, shown};
use crate::web::guard::SignedIn;
use crate::web::page::Place;

/// `GET /agent-runs/{id}`
pub async fn show(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    id: web::Path<AgentRunId>,
) -> Result<HttpResponse> {
    let run = agent_runs::find(&desk.db, *id).await?.ok_or(Error::NotFound)?;
    let conversation = conversations::find(&desk.db, run.conversation_id).await?.ok_or(Error::NotFound)?;
    let brand = brands::get(&desk.db, conversation.brand_id).await?;
    let stored = run_inputs::find(&desk.db, run.id).await?;
    let kept = stored.map(|stored| Kept::unpacked(&stored.inputs)).transpose();
    let frame = page_of(&desk, &request, &who, Place::Inbox, &brand).await?;
    shown(&request, &RunPage::new(frame, &conversation, &run, kept, desk.config.retention.run_days))
}

/// `GET /drafts/{id}/agent-run`: leads to the run that wrote a draft.
pub async fn of_draft(desk: web::Data<Desk>, _: SignedIn, id: web::Path<DraftId>) -> Result<HttpResponse> {
    let draft = drafts::find(&desk.db, *id).await?.ok_or(Error::NotFound)?;
    Ok(back_to(&format!("/agent-runs/{}", draft.run_id)))
}
