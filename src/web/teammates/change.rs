//! One person: their role, a new password, whether they may sign in.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use super::{LAST_ADMIN, OWN_ROLE, PersonPage, Stands, about};
use crate::app::Desk;
use crate::credentials::{PASSWORD_LENGTH, hash_password};
use crate::model::TeammateId;
use crate::model::audit::AuditAction;
use crate::model::teammate::{Role, Teammate};
use crate::store::{Tx, api_tokens, audit, conversation_counts, sessions, teammates};
use crate::web::error::{Error, Result};
use crate::web::flash::{Nothing, Tone, back_with, settled};
use crate::web::forms::FieldErrors;
use crate::web::frame::{page, shown, shown_with_errors};
use crate::web::guard::{Posted, SignedIn};
use crate::web::page::Place;

/// `GET /teammates/{id}`
pub async fn show(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    id: web::Path<TeammateId>,
) -> Result<HttpResponse> {
    who.require(Role::Admin)?;
    shown(&request, &person_page(&desk, &request, &who, *id, &[]).await?)
}

async fn person_page(
    desk: &Desk,
    request: &HttpRequest,
    who: &SignedIn,
    id: TeammateId,
    errors: FieldErrors<'_>,
) -> Result<PersonPage> {
    let team = teammates::list(&desk.db).await?;
    let person = team.iter().find(|person| person.id == id).ok_or(Error::NotFound)?;
    let runs = |person: &&Teammate| person.role == Role::Admin && person.disabled_at.is_none();
    let stands =
        Stands { is_me: id == who.teammate.id, is_last_admin: runs(&person) && team.iter().filter(runs).count() == 1 };
    let given = conversation_counts::by_assignee(&desk.db).await?;
    let frame = page(desk, request, who, Place::Settings, None).await?;
    Ok(PersonPage::new(frame, person, &given, stands, errors))
}

/// A change of a person: who they are, and the transaction in which nobody else changes anybody.
struct Change {
    tx: Tx,
    person: Teammate,
}

impl Change {
    async fn of<T>(desk: &Desk, id: TeammateId, posted: &Posted<T>) -> Result<Self> {
        posted.require(Role::Admin)?;
        let mut tx = desk.db.begin().await?;
        let person = teammates::lock(&mut tx, id).await?.ok_or(Error::NotFound)?;
        Ok(Self { tx, person })
    }

    /// Refuses what would leave the desk without an admin.
    async fn keeps_an_admin(&mut self) -> Result<()> {
        let runs = self.person.role == Role::Admin && self.person.disabled_at.is_none();
        if runs && !teammates::has_other_admin(&mut self.tx, self.person.id).await? {
            return Err(Error::Conflict(LAST_ADMIN.to_owned()));
        }
        Ok(())
    }

    /// Signs the person out everywhere and ends the tokens of their programs.
    async fn end_access(&mut self) -> Result<()> {
        sessions::delete_of(&mut self.tx, self.person.id).await?;
        api_tokens::delete_of(&mut self.tx, self.person.id).await?;
        Ok(())
    }

    async fn done(mut self, desk: &Desk, by: &Teammate, action: AuditAction, details: serde_json::Value) -> Result<()> {
        audit::append(&mut self.tx, &about(by, self.person.id, action, details), desk.clock.now()).await?;
        Ok(self.tx.commit().await?)
    }
}

/// What the form for the role sends.
#[derive(Debug, Deserialize)]
pub struct NewRole {
    role: Role,
}

/// `POST /teammates/{id}/role`
pub async fn set_role(
    desk: web::Data<Desk>,
    id: web::Path<TeammateId>,
    posted: Posted<NewRole>,
) -> Result<HttpResponse> {
    let outcome = try_set_role(&desk, *id, &posted).await;
    settled(&href(*id), "The role counts from their next click on.", outcome)
}

async fn try_set_role(desk: &Desk, id: TeammateId, posted: &Posted<NewRole>) -> Result<()> {
    let mut change = Change::of(desk, id, posted).await?;
    let (before, after) = (change.person.role, posted.form.role);
    if before == after {
        return Ok(());
    }
    if before == Role::Admin {
        change.keeps_an_admin().await?;
    }
    if id == posted.by.id {
        return Err(Error::Conflict(OWN_ROLE.to_owned()));
    }
    teammates::set_role(&mut change.tx, id, after).await?;
    let details = json!({ "before": before.as_str(), "after": after.as_str() });
    change.done(desk, &posted.by, AuditAction::AccountChanged, details).await
}

/// What the form for a new password sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct NewPassword {
    password: String,
}

/// `POST /teammates/{id}/password`: for somebody else; one's own is changed under one's account, with the old one.
pub async fn set_password(
    desk: web::Data<Desk>,
    request: HttpRequest,
    id: web::Path<TeammateId>,
    posted: Posted<NewPassword>,
) -> Result<HttpResponse> {
    posted.require(Role::Admin)?;
    if *id == posted.by.id {
        return Ok(back_with("/account", Tone::Bad, "Your own password is changed here, with the old one."));
    }
    if posted.form.password.chars().count() < PASSWORD_LENGTH {
        let errors = [("password", format!("Use {PASSWORD_LENGTH} characters or more. Nothing was changed."))];
        let who = posted.who();
        return shown_with_errors(&request, &person_page(&desk, &request, &who, *id, &errors).await?);
    }
    let new = posted.form.password.clone();
    let hash = web::block(move || hash_password(&new)).await.map_err(|error| Error::Internal(error.into()))?;
    let mut change = Change::of(&desk, *id, &posted).await?;
    teammates::set_password(&mut change.tx, *id, &hash.map_err(Error::Internal)?).await?;
    change.end_access().await?;
    let words = format!("{} signs in with the new password from now on.", change.person.name);
    change.done(&desk, &posted.by, AuditAction::PasswordReset, json!({})).await?;
    Ok(back_with(&href(*id), Tone::Info, &words))
}

/// `POST /teammates/{id}/suspension`
pub async fn disable(
    desk: web::Data<Desk>,
    id: web::Path<TeammateId>,
    posted: Posted<Nothing>,
) -> Result<HttpResponse> {
    let outcome = try_disable(&desk, *id, &posted).await;
    settled(&href(*id), "They are signed out and may not sign in. What is given to them stays with them.", outcome)
}

async fn try_disable(desk: &Desk, id: TeammateId, posted: &Posted<Nothing>) -> Result<()> {
    let mut change = Change::of(desk, id, posted).await?;
    if id == posted.by.id {
        return Err(Error::Conflict("You cannot disable yourself. Ask another admin.".to_owned()));
    }
    if change.person.disabled_at.is_some() {
        return Ok(());
    }
    change.keeps_an_admin().await?;
    teammates::set_disabled(&mut change.tx, id, Some(desk.clock.now())).await?;
    change.end_access().await?;
    change.done(desk, &posted.by, AuditAction::AccountDisabled, json!({})).await
}

/// `POST /teammates/{id}/suspension/deletion`
pub async fn enable(desk: web::Data<Desk>, id: web::Path<TeammateId>, posted: Posted<Nothing>) -> Result<HttpResponse> {
    let outcome = try_enable(&desk, *id, &posted).await;
    settled(&href(*id), "They may sign in again, with the password they had.", outcome)
}

async fn try_enable(desk: &Desk, id: TeammateId, posted: &Posted<Nothing>) -> Result<()> {
    let mut change = Change::of(desk, id, posted).await?;
    if change.person.disabled_at.is_none() {
        return Ok(());
    }
    teammates::set_disabled(&mut change.tx, id, None).await?;
    change.done(desk, &posted.by, AuditAction::AccountEnabled, json!({})).await
}

fn href(id: TeammateId) -> String {
    format!("/teammates/{id}")
}
