//! A person's own version of a draft: kept as they type, on the page of its conversation and in the queue.

use actix_web::{HttpResponse, web};

use super::conversations::draft::first_text;
use super::doubts;
use super::error::{Error, Result};
use super::flash::{Back, back_to};
use super::guard::Posted;
use super::writing::{Typed, changed, stored_and_scored};
use crate::app::Desk;
use crate::inbox::voice_score;
use crate::model::ApprovalId;
use crate::model::writing::Kept;
use crate::store::{approvals, conversations, draft_texts, drafts};

/// `POST /approvals/{id}/draft-text`: what another device has made of it meanwhile is not overwritten.
pub async fn keep(desk: web::Data<Desk>, id: web::Path<ApprovalId>, posted: Posted<Typed>) -> Result<HttpResponse> {
    let approval = approvals::find(&desk.db, *id).await?.ok_or(Error::NotFound)?;
    let (draft, body, now) = (approval.draft_id, posted.form.body(), desk.clock.now());
    let mut tx = desk.db.begin().await?;
    let kept = draft_texts::keep(&mut tx, draft, posted.by.id, &body, posted.form.basis(), now).await?;
    tx.commit().await?;
    Ok(match kept {
        None => {
            return Err(Error::Gone("This draft does not wait any more. Your version stays in this tab.".to_owned()));
        }
        Some(Kept::Stored(revision)) => {
            let draft = drafts::find(&desk.db, draft).await?;
            let conversation = conversations::find(&desk.db, approval.conversation_id).await?.ok_or(Error::NotFound)?;
            let language = draft.as_ref().map(|draft| draft.language.as_str());
            let score = voice_score::of_text(&desk.db, &conversation, (&body, language), now).await?;
            let doubts = doubts::of_text(&desk, &conversation, (&body, draft.as_ref())).await?;
            stored_and_scored(revision, score.as_ref(), &doubts)
        }
        Some(Kept::Changed(Some(there))) => changed(&there.body, Some(there.updated_at)),
        Some(Kept::Changed(None)) => {
            // Elsewhere it was left as it was.
            let draft = drafts::find(&desk.db, draft).await?.ok_or(Error::NotFound)?;
            changed(&first_text(&approval, &draft.document.0), None)
        }
    })
}

/// `POST /approvals/{id}/draft-text/deletion`: the draft stays as it was.
pub async fn forget(desk: web::Data<Desk>, id: web::Path<ApprovalId>, posted: Posted<Back>) -> Result<HttpResponse> {
    let approval = approvals::find(&desk.db, *id).await?.ok_or(Error::NotFound)?;
    let mut tx = desk.db.begin().await?;
    draft_texts::forget(&mut tx, approval.draft_id, posted.by.id).await?;
    tx.commit().await?;
    Ok(back_to(&posted.form.back))
}
