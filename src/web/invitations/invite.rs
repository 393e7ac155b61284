//! An admin invites people and takes invitations back.

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use channel_contract::outbound::Outbound;
use serde::Deserialize;
use serde_json::json;

use super::{InvitationsPage, Made};
use crate::app::Desk;
use crate::credentials::{new_token, token_hash};
use crate::inbox::notify::mailbox_of;
use crate::model::InvitationId;
use crate::model::audit::{Act, Actor, AuditAction, AuditSubject};
use crate::model::brand::Brand;
use crate::model::channel::Channel;
use crate::model::teammate::{Role, Teammate};
use crate::store::invitations::{self, Invitation};
use crate::store::{self, audit, brands, teammates};
use crate::web::error::{Error, Result};
use crate::web::flash::{Nothing, Tone, back_with};
use crate::web::forms::FieldErrors;
use crate::web::frame::{page, shown, shown_with_errors};
use crate::web::guard::{Posted, SignedIn};
use crate::web::page::Place;

const HERE: &str = "/invitations";
/// How long an invitation can be taken up.
const LASTS: Duration = Duration::from_hours(24 * 7);
/// Longest wait for the mail server: the link is shown in any case.
const MAIL: Duration = Duration::from_secs(10);

/// `GET /invitations`
pub async fn show(desk: web::Data<Desk>, who: SignedIn, request: HttpRequest) -> Result<HttpResponse> {
    who.require(Role::Admin)?;
    drawn(&desk, &request, &who, None, &[], &[]).await
}

async fn drawn(
    desk: &Desk,
    request: &HttpRequest,
    who: &SignedIn,
    made: Option<Made>,
    values: &[(&'static str, String)],
    errors: FieldErrors<'_>,
) -> Result<HttpResponse> {
    let open = invitations::list_open(&desk.db, desk.clock.now()).await?;
    let frame = page(desk, request, who, Place::Settings, None).await?;
    let page = InvitationsPage::new(frame, &open, made, values, errors);
    if errors.is_empty() { shown(request, &page) } else { shown_with_errors(request, &page) }
}

/// What the form sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Form {
    email: String,
    role: String,
}

/// `POST /invitations`: the link is shown once, and mailed where a mailbox is connected.
pub async fn create(desk: web::Data<Desk>, request: HttpRequest, posted: Posted<Form>) -> Result<HttpResponse> {
    posted.require(Role::Admin)?;
    let email = posted.form.email.trim().to_lowercase();
    let problem = problem_of(&desk, &email).await?;
    let who = posted.who();
    if let Some(words) = problem {
        let values = [("email", email), ("role", posted.form.role.clone())];
        return drawn(&desk, &request, &who, None, &values, &[("email", words)]).await;
    }
    let now = desk.clock.now();
    let token = new_token();
    let one = Invitation {
        id: desk.clock.new_id(),
        email,
        role: posted.form.role.parse().unwrap_or(Role::Teammate),
        created_at: now,
        expires_at: now.plus(LASTS),
    };
    let mut tx = desk.db.begin().await?;
    invitations::insert(&mut tx, &one, &token_hash(&token), posted.by.id).await?;
    let act = Act {
        actor: Actor::Teammate(&posted.by),
        action: AuditAction::InvitationMade,
        subject: (AuditSubject::Invitation, one.id.to_string()),
        brand: None,
        details: json!({ "role": one.role.as_str() }),
    };
    audit::append(&mut tx, &act, now).await?;
    tx.commit().await?;
    let link = format!("{}/invitations/{token}", desk.config.public_address());
    let mailed = mail(&desk, &one, &posted.by, &link).await;
    let made = Made { email: one.email.clone(), link, mailed };
    drawn(&desk, &request, &who, Some(made), &[], &[]).await
}

async fn problem_of(desk: &Desk, email: &str) -> Result<Option<String>> {
    let has_form = email.split_once('@').is_some_and(|(local, host)| !local.is_empty() && host.contains('.'));
    if !has_form || email.len() > 254 || email.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Ok(Some("Write a mail address, such as ida@shop.example.".to_owned()));
    }
    let known = teammates::find_credentials(&desk.db, email).await?;
    Ok(known.map(|_| "Somebody signs in with this address already.".to_owned()))
}

/// Sends the link. Without a public address it would lead nowhere from outside, so it is only shown.
async fn mail(desk: &Desk, one: &Invitation, by: &Teammate, link: &str) -> bool {
    if desk.config.public_url.is_empty() {
        return false;
    }
    match tokio::time::timeout(MAIL, try_mail(desk, one, by, link)).await {
        Ok(Ok(sent)) => sent,
        Ok(Err(error)) => {
            tracing::warn!(%error, "an invitation could not be mailed");
            false
        }
        Err(_) => false,
    }
}

async fn try_mail(desk: &Desk, one: &Invitation, by: &Teammate, link: &str) -> anyhow::Result<bool> {
    let Some((brand, mailbox)) = first_mailbox(desk).await? else { return Ok(false) };
    let connection = desk.connections.get(mailbox.id).await?;
    let outbound = Outbound {
        to: vec![one.email.clone()],
        from_name: format!("{}, the desk", brand.name),
        subject: format!("{} invites you to the desk of {}", by.name, brand.name),
        text: format!(
            "{} invites you to answer customers of {}.\n\nChoose your password here, within seven days:\n{link}",
            by.name, brand.name
        ),
        ..Outbound::letter(one.id.0, desk.clock.now().datetime())
    };
    let sent = connection.adapter.send(&outbound).await;
    desk.connections.keep_renewed(&connection).await;
    sent.map_err(|failure| anyhow::anyhow!("{failure}"))?;
    Ok(true)
}

/// The first brand that has a connected mailbox, and that mailbox: whoever joins answers for all brands.
async fn first_mailbox(desk: &Desk) -> store::Result<Option<(Brand, Channel)>> {
    for brand in brands::list(&desk.db).await? {
        if let Some(mailbox) = mailbox_of(&desk.inbox(), brand.id).await? {
            return Ok(Some((brand, mailbox)));
        }
    }
    Ok(None)
}

/// `POST /invitations/{id}/deletion`: the link leads nowhere any more.
pub async fn revoke(
    desk: web::Data<Desk>,
    id: web::Path<InvitationId>,
    posted: Posted<Nothing>,
) -> Result<HttpResponse> {
    posted.require(Role::Admin)?;
    let now = desk.clock.now();
    let mut tx = desk.db.begin().await?;
    if !invitations::revoke(&mut tx, *id, now).await? {
        return Err(Error::Conflict("This invitation was taken up or taken back already.".to_owned()));
    }
    let act = Act {
        actor: Actor::Teammate(&posted.by),
        action: AuditAction::InvitationRevoked,
        subject: (AuditSubject::Invitation, id.to_string()),
        brand: None,
        details: json!({}),
    };
    audit::append(&mut tx, &act, now).await?;
    tx.commit().await?;
    Ok(back_with(HERE, Tone::Info, "The invitation is taken back; its link leads nowhere any more."))
}
