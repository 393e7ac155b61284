//! Work under way and work that was given up.

use std::collections::BTreeSet;

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

use super::{JobsPage, UnderWay};
use crate::app::Desk;
use crate::model::JobId;
use crate::model::audit::{Act, Actor, AuditAction, AuditSubject};
use crate::model::job::{Job, JobKind, JobState};
use crate::store::{audit, channels, conversations, jobs};
use crate::web::error::Result;
use crate::web::flash::{Back, Tone, back_with};
use crate::web::format::Reader;
use crate::web::frame::{page, shown};
use crate::web::guard::{Posted, SignedIn};
use crate::web::page::Place;
use crate::web::words::job_word;

/// `GET /jobs`
pub async fn show(desk: web::Data<Desk>, who: SignedIn, request: HttpRequest) -> Result<HttpResponse> {
    let running = running(&desk).await?;
    let dead = jobs::list_dead(&desk.db).await?;
    let ids: BTreeSet<_> = running.iter().chain(&dead).filter_map(|job| job.conversation_id).collect();
    let mut numbers = Vec::new();
    for id in ids {
        if let Some(row) = conversations::find(&desk.db, id).await? {
            numbers.push((id, row.number));
        }
    }
    let channels = channels::list(&desk.db).await?;
    let frame = page(&desk, &request, &who, Place::Settings, None).await?;
    shown(&request, &JobsPage::new(frame, (&running, &channels), &dead, &numbers))
}

/// What runs now, and long work that waits for its next turn.
async fn running(desk: &Desk) -> Result<Vec<Job>> {
    let mut running = jobs::list_running(&desk.db).await?;
    let under_way = jobs::list_under_way(&desk.db).await?;
    running.extend(under_way.into_iter().filter(|job| job.state == JobState::Ready));
    Ok(running)
}

/// `GET /jobs/under-way`: the bars of the page, for open pages.
pub async fn under_way(desk: web::Data<Desk>, _: SignedIn, request: HttpRequest) -> Result<HttpResponse> {
    let channels = channels::list(&desk.db).await?;
    shown(&request, &UnderWay::new(Reader::utc(desk.clock.now()), &running(&desk).await?, &channels))
}

/// `POST /jobs/{id}/attempts`
pub async fn attempt(desk: web::Data<Desk>, id: web::Path<JobId>, posted: Posted<Back>) -> Result<HttpResponse> {
    let work = jobs::find(&desk.db, *id).await?;
    let now = desk.clock.now();
    let mut tx = desk.db.begin().await?;
    let revived = jobs::revive(&mut tx, *id, now).await?;
    if let Some(work) = work.filter(|_| revived) {
        let act = Act {
            actor: Actor::Teammate(&posted.by),
            action: AuditAction::WorkRetried,
            subject: (AuditSubject::Work, work.id.to_string()),
            brand: None,
            details: json!({ "name": job_word(work.kind), "attempts": work.attempts }),
        };
        audit::append(&mut tx, &act, now).await?;
    }
    tx.commit().await?;
    for kind in JobKind::ALL {
        desk.wake.job(*kind);
    }
    let back = if posted.form.back.is_empty() { "/jobs" } else { &posted.form.back };
    let (tone, words) = if revived {
        (Tone::Info, "It is being tried again.")
    } else {
        (Tone::Bad, "This work is no longer there: it is done, or somebody else tried it again.")
    };
    Ok(back_with(back, tone, words))
}
