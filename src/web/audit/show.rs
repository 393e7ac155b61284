//! The audit log, for admins.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use super::{AuditPage, AuditQuery, PAGE};
use crate::app::Desk;
use crate::model::InvitationId;
use crate::model::audit::AuditSubject;
use crate::model::teammate::Role;
use crate::store::audit::{self, Filter};
use crate::store::{invitations, teammates};
use crate::web::error::Result;
use crate::web::frame::{page, shown};
use crate::web::guard::{Posted, SignedIn};
use crate::web::page::Place;

/// `GET /audit`
pub async fn show(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    query: web::Query<AuditQuery>,
) -> Result<HttpResponse> {
    who.require(Role::Admin)?;
    let entries = listed(&desk, &who, &request, query.into_inner()).await?;
    shown(&request, &entries)
}

/// What the form sends beside its token.
#[derive(Debug, Deserialize)]
pub struct Verification {}

/// `POST /audit/verifications`: follows the whole chain.
pub async fn verify(desk: web::Data<Desk>, request: HttpRequest, posted: Posted<Verification>) -> Result<HttpResponse> {
    posted.require(Role::Admin)?;
    let who = posted.who();
    let verdict = audit::verify(&desk.db).await?;
    let entries = listed(&desk, &who, &request, AuditQuery::default()).await?;
    shown(&request, &entries.verified(&verdict))
}

async fn listed(desk: &Desk, who: &SignedIn, request: &HttpRequest, query: AuditQuery) -> Result<AuditPage> {
    let filter = Filter {
        actor: query.actor.clone(),
        action: query.action.clone(),
        // People write conversations as `#4812`.
        subject: query.subject.trim().trim_start_matches('#').to_owned(),
    };
    let most = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let entries = audit::list(&desk.db, &filter, query.before, most).await?;
    let team = teammates::list(&desk.db).await?;
    // The log itself holds no address.
    let about_invitations = entries.iter().filter(|entry| entry.subject_kind == AuditSubject::Invitation.as_str());
    let ids: Vec<InvitationId> = about_invitations.filter_map(|entry| entry.subject.parse().ok()).collect();
    let invited = if ids.is_empty() { Vec::new() } else { invitations::list_among(&desk.db, &ids).await? };
    let frame = page(desk, request, who, Place::Settings, None).await?;
    Ok(AuditPage::new(frame, query, entries, (team.as_slice(), invited.as_slice())))
}
