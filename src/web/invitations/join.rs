//! Who was invited sets a name and a password, and is on the team.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use super::JoinPage;
use crate::app::Desk;
use crate::credentials::{PASSWORD_LENGTH, hash_password, token_hash};
use crate::model::TeammateId;
use crate::model::audit::{Act, Actor, AuditAction, AuditSubject};
use crate::model::teammate::Teammate;
use crate::store::invitations::{self, Invitation};
use crate::store::{self, audit, teammates};
use crate::web::error::{Error, Result};
use crate::web::flash::back_to;
use crate::web::frame::{brand_named, shown, shown_with_errors};
use crate::web::guard::{self, FromOurPage};
use crate::web::teammates::name_problem;

/// `GET /invitations/{token}`
pub async fn form(desk: web::Data<Desk>, request: HttpRequest, token: web::Path<String>) -> Result<HttpResponse> {
    let one = open(&desk, &token).await?;
    let brand = brand_named(&desk, "").await?;
    shown(&request, &JoinPage::new(&brand.name, &token, &one, &[], &[]))
}

/// The invitation behind a link; one that ended reads as one that never was.
async fn open(desk: &Desk, token: &str) -> Result<Invitation> {
    invitations::find_open(&desk.db, &token_hash(token), desk.clock.now()).await?.ok_or_else(ended)
}

fn ended() -> Error {
    Error::Gone(
        "This invitation was used already, taken back, or is too old. If you have an account, sign in; else ask whoever \
         invited you for a new link."
            .to_owned(),
    )
}

/// What the form sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Form {
    name: String,
    password: String,
}

/// `POST /invitations/{token}`: the account is made and signed in, and the link is used up.
pub async fn create(
    desk: web::Data<Desk>,
    request: HttpRequest,
    token: web::Path<String>,
    _: FromOurPage,
    form: web::Form<Form>,
) -> Result<HttpResponse> {
    let one = open(&desk, &token).await?;
    let name = form.name.replace('\0', "").trim().to_owned();
    let mut errors = Vec::new();
    errors.extend(name_problem(&name).map(|words| ("name", words)));
    if form.password.chars().count() < PASSWORD_LENGTH {
        errors.push(("password", format!("Use {PASSWORD_LENGTH} characters or more.")));
    }
    if !errors.is_empty() {
        let brand = brand_named(&desk, "").await?;
        let page = JoinPage::new(&brand.name, &token, &one, &[("name", name)], &errors);
        return shown_with_errors(&request, &page);
    }
    let password = form.password.clone();
    let hash = web::block(move || hash_password(&password)).await.map_err(|error| Error::Internal(error.into()))?;
    let id = join(&desk, &one, name, &hash.map_err(Error::Internal)?).await?;
    let cookie = guard::sign_in_with(&desk, id, guard::browser_of(&request)).await?;
    let mut response = back_to("/inbox");
    response.add_cookie(&cookie).map_err(|error| Error::Internal(error.into()))?;
    Ok(response)
}

async fn join(desk: &Desk, one: &Invitation, name: String, password_hash: &str) -> Result<TeammateId> {
    let now = desk.clock.now();
    let id: TeammateId = desk.clock.new_id();
    let mut tx = desk.db.begin().await?;
    if !invitations::accept(&mut tx, one.id, now).await? {
        return Err(ended());
    }
    match teammates::insert(&mut tx, id, &one.email, &name, one.role, password_hash, now).await {
        Err(store::Error::Duplicate) => {
            return Err(Error::Conflict("Somebody signs in with this address already. Sign in instead.".to_owned()));
        }
        other => other?,
    }
    let person = Teammate {
        id,
        email: one.email.clone(),
        name,
        role: one.role,
        time_zone: String::new(),
        disabled_at: None,
        away_since: None,
    };
    let act = Act {
        actor: Actor::Teammate(&person),
        action: AuditAction::InvitationAccepted,
        subject: (AuditSubject::Teammate, id.to_string()),
        brand: None,
        details: json!({ "role": one.role.as_str(), "invitation": one.id }),
    };
    audit::append(&mut tx, &act, now).await?;
    tx.commit().await?;
    Ok(id)
}
