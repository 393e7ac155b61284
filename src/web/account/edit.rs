//! Looking at one's own account, and changing it.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use super::AccountPage;
use crate::app::Desk;
use crate::credentials::{PASSWORD_LENGTH, hash_password};
use crate::model::audit::AuditAction;
use crate::model::{Ts, Zone};
use crate::store::{audit, brands, sessions, teammates};
use crate::web::error::{Error, Result};
use crate::web::flash::{Back, Nothing, Tone, back_with};
use crate::web::format::counted;
use crate::web::forms::FieldErrors;
use crate::web::frame::{page, shown, shown_with_errors};
use crate::web::guard::{Posted, SignedIn, session_hash};
use crate::web::page::Place;
use crate::web::sessions::attempts::{SignInAttempts, network_of};
use crate::web::teammates::{about, name_problem};

const HERE: &str = "/account";

/// `GET /account`
pub async fn show(desk: web::Data<Desk>, who: SignedIn, request: HttpRequest) -> Result<HttpResponse> {
    shown(&request, &account(&desk, &request, &who).await?)
}

async fn account(desk: &Desk, request: &HttpRequest, who: &SignedIn) -> Result<AccountPage> {
    let frame = page(desk, request, who, Place::Settings, None).await?;
    let places = sessions::list_of(&desk.db, who.teammate.id, desk.clock.now()).await?;
    let brands = brands::list(&desk.db).await?;
    let usual = Zone::first_of(&[brands.first().map_or("", |brand| &brand.time_zone)]);
    Ok(AccountPage::new(frame, &who.teammate, usual, &places, &session_hash(request)))
}

async fn refused<T>(
    desk: &Desk,
    request: &HttpRequest,
    posted: &Posted<T>,
    values: &[(&'static str, String)],
    errors: FieldErrors<'_>,
) -> Result<HttpResponse> {
    let who = posted.who();
    let page = account(desk, request, &who).await?.refused(values, errors);
    shown_with_errors(request, &page)
}

/// What the form about the person sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct About {
    name: String,
    time_zone: String,
}

/// `POST /account`
pub async fn update(desk: web::Data<Desk>, request: HttpRequest, posted: Posted<About>) -> Result<HttpResponse> {
    let name = posted.form.name.trim().to_owned();
    let zone = posted.form.time_zone.trim().to_owned();
    let mut errors = Vec::new();
    errors.extend(name_problem(&name).map(|words| ("name", words)));
    if !zone.is_empty() && Zone::named(&zone).is_none() {
        errors.push(("time_zone", "Choose one of the time zones.".to_owned()));
    }
    if !errors.is_empty() {
        let values = [("name", name), ("time_zone", zone)];
        return refused(&desk, &request, &posted, &values, &errors).await;
    }
    let mut tx = desk.db.begin().await?;
    teammates::update(&mut tx, posted.by.id, &name, &zone).await?;
    let changed = json!({ "name": name != posted.by.name, "time_zone": zone != posted.by.time_zone });
    let act = about(&posted.by, posted.by.id, AuditAction::AccountChanged, changed);
    audit::append(&mut tx, &act, desk.clock.now()).await?;
    tx.commit().await?;
    Ok(back_with(HERE, Tone::Info, "Your account is changed."))
}

/// What the form for a new password sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Passwords {
    old_password: String,
    new_password: String,
}

/// `POST /account/password`: the old one is asked for; every other place is signed out.
pub async fn change_password(
    desk: web::Data<Desk>,
    attempts: web::Data<SignInAttempts>,
    request: HttpRequest,
    posted: Posted<Passwords>,
) -> Result<HttpResponse> {
    // Counted apart from sign-ins: who is signed in is not kept waiting by a stranger's guesses.
    let account = posted.by.id.to_string();
    let from = network_of(&request, &desk.config.http.proxies);
    attempts.begin(&account, from, desk.clock.now())?;
    let stored = teammates::password_hash(&desk.db, posted.by.id).await?;
    let not_theirs = [("old_password", "This is not your password. Nothing was changed.".to_owned())];
    if !attempts.is_right(posted.form.old_password.clone(), stored.clone()).await? {
        return refused(&desk, &request, &posted, &[], &not_theirs).await;
    }
    attempts.note_right(&account, from);
    if posted.form.new_password.chars().count() < PASSWORD_LENGTH {
        let errors = [("new_password", format!("Use {PASSWORD_LENGTH} characters or more. Nothing was changed."))];
        return refused(&desk, &request, &posted, &[], &errors).await;
    }
    let new = posted.form.new_password.clone();
    let hash = web::block(move || hash_password(&new)).await.map_err(|error| Error::Internal(error.into()))?;
    let mut tx = desk.db.begin().await?;
    // What an admin has set since stays.
    if teammates::lock_password_hash(&mut tx, posted.by.id).await? != Some(stored) {
        drop(tx);
        return refused(&desk, &request, &posted, &[], &not_theirs).await;
    }
    teammates::set_password(&mut tx, posted.by.id, &hash.map_err(Error::Internal)?).await?;
    sessions::delete_others(&mut tx, posted.by.id, &session_hash(&request)).await?;
    let act = about(&posted.by, posted.by.id, AuditAction::PasswordReset, json!({}));
    audit::append(&mut tx, &act, desk.clock.now()).await?;
    tx.commit().await?;
    Ok(back_with(HERE, Tone::Info, "Your password is changed. Other places are signed out."))
}

/// `POST /account/absence`: nobody counts on the person until they are back.
pub async fn go_away(desk: web::Data<Desk>, posted: Posted<Back>) -> Result<HttpResponse> {
    set_away(&desk, &posted, Some(desk.clock.now())).await?;
    Ok(back_with(here_or(&posted.form.back), Tone::Info, "You are away: chats and teammates do not count on you."))
}

/// `POST /account/absence/deletion`
pub async fn come_back(desk: web::Data<Desk>, posted: Posted<Back>) -> Result<HttpResponse> {
    set_away(&desk, &posted, None).await?;
    Ok(back_with(here_or(&posted.form.back), Tone::Info, "You are on shift again."))
}

fn here_or(back: &str) -> &str {
    if back.is_empty() { HERE } else { back }
}

async fn set_away(desk: &Desk, posted: &Posted<Back>, since: Option<Ts>) -> Result<()> {
    let mut tx = desk.db.begin().await?;
    teammates::set_away(&mut tx, posted.by.id, since).await?;
    tx.commit().await?;
    Ok(())
}

/// `POST /account/sessions/deletion`: signs out everywhere but here.
pub async fn sign_out_others(
    desk: web::Data<Desk>,
    request: HttpRequest,
    posted: Posted<Nothing>,
) -> Result<HttpResponse> {
    let mut tx = desk.db.begin().await?;
    let ended = sessions::delete_others(&mut tx, posted.by.id, &session_hash(&request)).await?;
    tx.commit().await?;
    let ended = counted(usize::try_from(ended).unwrap_or(0), "other place is", "other places are");
    Ok(back_with(HERE, Tone::Info, &format!("{ended} signed out.")))
}
