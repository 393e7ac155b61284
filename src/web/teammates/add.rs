//! The team.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use super::{TeammatesPage, about, name_problem};
use crate::app::Desk;
use crate::credentials::{PASSWORD_LENGTH, hash_password};
use crate::model::TeammateId;
use crate::model::audit::AuditAction;
use crate::model::teammate::Role;
use crate::store::{self, audit, conversation_counts, teammates};
use crate::web::error::{Error, Result};
use crate::web::flash::{Tone, back_with};
use crate::web::frame::{page, shown, shown_with_errors};
use crate::web::guard::{Posted, SignedIn};
use crate::web::page::Place;

/// `GET /teammates`
pub async fn show(desk: web::Data<Desk>, who: SignedIn, request: HttpRequest) -> Result<HttpResponse> {
    let team = teammates::list(&desk.db).await?;
    let given = conversation_counts::by_assignee(&desk.db).await?;
    let frame = page(&desk, &request, &who, Place::Settings, None).await?;
    shown(&request, &TeammatesPage::new(frame, (&team, &given), &[], &[]))
}

/// What the form sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Form {
    name: String,
    email: String,
    role: String,
    password: String,
}

/// `POST /teammates`
pub async fn create(desk: web::Data<Desk>, request: HttpRequest, posted: Posted<Form>) -> Result<HttpResponse> {
    posted.require(Role::Admin)?;
    let form = &posted.form;
    let mut errors = Vec::new();
    errors.extend(name_problem(&form.name).map(|words| ("name", words)));
    if !form.email.contains('@') {
        errors.push(("email", "Write a mail address.".to_owned()));
    }
    if form.password.chars().count() < PASSWORD_LENGTH {
        errors.push(("password", format!("Use {PASSWORD_LENGTH} characters or more.")));
    }
    let role: Role = form.role.parse().unwrap_or(Role::Teammate);
    if errors.is_empty() {
        let password = form.password.clone();
        let hash = web::block(move || hash_password(&password)).await.map_err(|error| Error::Internal(error.into()))?;
        let hash = hash.map_err(Error::Internal)?;
        let mut tx = desk.db.begin().await?;
        let id: TeammateId = desk.clock.new_id();
        match teammates::insert(&mut tx, id, &form.email, form.name.trim(), role, &hash, desk.clock.now()).await {
            Ok(()) => {
                let details = json!({ "role": role.as_str() });
                let act = about(&posted.by, id, AuditAction::AccountAdded, details);
                audit::append(&mut tx, &act, desk.clock.now()).await?;
                tx.commit().await?;
                return Ok(back_with("/teammates", Tone::Info, &format!("{} can sign in now.", form.name.trim())));
            }
            Err(store::Error::Duplicate) => {
                errors.push(("email", "Somebody signs in with this address already.".to_owned()));
            }
            Err(error) => return Err(error.into()),
        }
    }
    let values = [("name", form.name.clone()), ("email", form.email.clone()), ("role", form.role.clone())];
    let who = posted.who();
    let team = teammates::list(&desk.db).await?;
    let given = conversation_counts::by_assignee(&desk.db).await?;
    let frame = page(&desk, &request, &who, Place::Settings, None).await?;
    shown_with_errors(&request, &TeammatesPage::new(frame, (&team, &given), &values, &errors))
}
