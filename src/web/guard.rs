//! Who asks: sessions in a cookie, forms that prove they came from our pages, API tokens.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use actix_web::cookie::{Cookie, SameSite};
use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest, web};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use subtle::ConstantTimeEq as _;

use super::api::ApiError;
use super::error::{Error, Result};
use super::sessions::attempts::SignInAttempts;
use crate::app::Desk;
use crate::credentials::{NOBODY, new_token, token_hash};
use crate::model::TeammateId;
use crate::model::audit::{Act, Actor, AuditAction, AuditSubject};
use crate::model::teammate::{Role, Teammate};
use crate::store::sessions::{self, Session};
use crate::store::teammates::Credentials;
use crate::store::{Tx, api_tokens, audit, teammates};

/// The cookie that holds the session's token.
const COOKIE: &str = "resolute_session";
/// How long a session lasts.
const LASTS: Duration = Duration::from_hours(24 * 14);
/// Largest form, in bytes: what the server reads of one, too.
pub(super) const FORM: usize = 2 * 1024 * 1024;

/// A person who is signed in and looks at something.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Who.
    pub teammate: Teammate,
    /// Must come back with every form.
    pub csrf: String,
}

impl SignedIn {
    /// Refuses people without the role.
    pub fn require(&self, role: Role) -> Result<()> {
        require(&self.teammate, role)
    }

    /// Refuses a form that did not come from one of our pages.
    pub fn check_form(&self, token: &str) -> Result<()> {
        check_token(token, &self.csrf)
    }
}

fn check_token(given: &str, expected: &str) -> Result<()> {
    if bool::from(given.as_bytes().ct_eq(expected.as_bytes())) {
        return Ok(());
    }
    Err(Error::Forbidden("This form is no longer valid. Go back, reload the page and send it again.".to_owned()))
}

fn require(teammate: &Teammate, role: Role) -> Result<()> {
    if teammate.may(role) {
        return Ok(());
    }
    Err(Error::Forbidden(format!("This needs the role “{role}”. Ask an admin of your team.")))
}

/// A person who is signed in and sent a form from one of our pages.
#[derive(Clone, Debug)]
pub struct Posted<T> {
    /// Who.
    pub by: Teammate,
    /// What they sent.
    pub form: T,
    /// The token that came with it, for a form that is shown again.
    pub csrf: String,
}

impl<T> Posted<T> {
    /// Refuses people without the role.
    pub fn require(&self, role: Role) -> Result<()> {
        require(&self.by, role)
    }

    /// Whoever sent it, as the one who looks at the form once more.
    pub fn who(&self) -> SignedIn {
        SignedIn { teammate: self.by.clone(), csrf: self.csrf.clone() }
    }
}

/// The fields of a form whose kind is known only once it is read.
pub type Fields = Vec<(String, String)>;

impl Posted<Fields> {
    /// The same form, read as one of its kind.
    pub fn read<T: DeserializeOwned>(self) -> Result<Posted<T>> {
        let fields = serde_urlencoded::to_string(&self.form).ok();
        let form = fields.and_then(|fields| serde_urlencoded::from_str(&fields).ok()).ok_or_else(unreadable)?;
        Ok(Posted { by: self.by, form, csrf: self.csrf })
    }
}

/// A program with an API token.
#[derive(Clone, Debug)]
pub struct Program {
    /// On whose behalf.
    pub teammate: Teammate,
}

type Extracted<T, E = Error> = Pin<Box<dyn Future<Output = Result<T, E>>>>;

impl FromRequest for SignedIn {
    type Error = Error;
    type Future = Extracted<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let session = session_of(&request).await?;
            Ok(Self { teammate: session.teammate, csrf: session.csrf_token })
        })
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for Posted<T> {
    type Error = Error;
    type Future = Extracted<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        #[derive(Deserialize)]
        struct Token {
            #[serde(default)]
            csrf: String,
        }
        let request = request.clone();
        let mut payload = payload.take();
        Box::pin(async move {
            let session = session_of(&request).await?;
            let body = web::Bytes::from_request(&request, &mut payload).await.map_err(|_| too_large())?;
            let named: Token = serde_urlencoded::from_bytes(&body).map_err(|_| unreadable())?;
            let sent = request.headers().get("x-csrf-token").and_then(|value| value.to_str().ok());
            let token = sent.unwrap_or(&named.csrf);
            check_token(token, &session.csrf_token)?;
            let form = read(&body).ok_or_else(unreadable)?;
            Ok(Self { by: session.teammate, form, csrf: session.csrf_token })
        })
    }
}

/// The fields of a form. No database keeps a NUL in a text, so none gets past this door.
fn read<T: DeserializeOwned>(body: &[u8]) -> Option<T> {
    let mut fields: Vec<(String, String)> = serde_urlencoded::from_bytes(body).ok()?;
    for (_, value) in &mut fields {
        value.retain(|c| c != '\0');
    }
    serde_urlencoded::from_str(&serde_urlencoded::to_string(fields).ok()?).ok()
}

fn too_large() -> Error {
    let most = FORM / (1024 * 1024);
    Error::Invalid(format!("The form is too large: at most {most} MB. Go back, shorten it and send it again."))
}

fn unreadable() -> Error {
    Error::Invalid("The form is incomplete. Go back and fill in every field.".to_owned())
}

impl FromRequest for Program {
    type Error = ApiError;
    type Future = Extracted<Self, ApiError>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let desk = desk_of(&request)?;
            let token = request
                .headers()
                .get(header::AUTHORIZATION)
                .and_then(|value| value.to_str().ok())
                .and_then(|value| value.strip_prefix("Bearer "))
                .ok_or(Error::NoToken)?;
            let owner = api_tokens::find_owner(&desk.db, &token_hash(token)).await?.ok_or(Error::NoToken)?;
            Ok(Self { teammate: owner })
        })
    }
}

async fn session_of(request: &HttpRequest) -> Result<Session> {
    let desk = desk_of(request)?;
    let cookie = request.cookie(COOKIE).ok_or(Error::SignIn)?;
    sessions::find(&desk.db, &token_hash(cookie.value()), desk.clock.now()).await?.ok_or(Error::SignIn)
}

fn desk_of(request: &HttpRequest) -> Result<&Desk> {
    request
        .app_data::<web::Data<Desk>>()
        .map(web::Data::get_ref)
        .ok_or_else(|| Error::Internal(anyhow::anyhow!("the desk is not part of the server")))
}

/// A form that is sent before anybody is signed in came from one of our pages, as far as the browser says where it came
/// from: another page must not sign a reader in as somebody else.
#[derive(Clone, Copy, Debug)]
pub struct FromOurPage;

impl FromRequest for FromOurPage {
    type Error = Error;
    type Future = std::future::Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(if is_from_our_page(request) {
            Ok(Self)
        } else {
            Err(Error::Forbidden(
                "This form came from another page. Open the desk’s own page and try again.".to_owned(),
            ))
        })
    }
}

fn is_from_our_page(request: &HttpRequest) -> bool {
    let named = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = named("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    let Some(origin) = named("origin") else { return true };
    let host = named("host").unwrap_or_default();
    let public = desk_of(request).map(|desk| desk.config.public_address()).unwrap_or_default();
    origin == public || origin.split_once("://").is_some_and(|(_, place)| !place.is_empty() && place == host)
}

/// Signs a person in: the cookie to set.
pub async fn sign_in(desk: &Desk, teammate: TeammateId) -> Result<Cookie<'static>> {
    sign_in_with(desk, teammate, "").await
}

/// Signs a person in with a browser, as it names itself: the cookie to set.
pub async fn sign_in_with(desk: &Desk, teammate: TeammateId, browser: &str) -> Result<Cookie<'static>> {
    let person = teammates::find(&desk.db, teammate).await?.ok_or(Error::SignIn)?;
    begin(desk, desk.db.begin().await?, &person, browser).await
}

/// The same for whoever gave the right password: nothing where it was changed, or they were disabled, since it was looked at.
pub async fn sign_in_checked(desk: &Desk, checked: &Credentials, browser: &str) -> Result<Option<Cookie<'static>>> {
    let mut tx = desk.db.begin().await?;
    // Whoever changes the password ends the sessions that are there by then, and none comes behind that.
    let stored = teammates::lock_password_hash(&mut tx, checked.teammate.id).await?;
    if stored.as_ref() != Some(&checked.password_hash) {
        return Ok(None);
    }
    begin(desk, tx, &checked.teammate, browser).await.map(Some)
}

async fn begin(desk: &Desk, mut tx: Tx, person: &Teammate, browser: &str) -> Result<Cookie<'static>> {
    let token = new_token();
    let now = desk.clock.now();
    let browser: String = browser.chars().take(300).collect();
    sessions::insert(&mut tx, &token_hash(&token), person.id, &new_token(), now, now.plus(LASTS)).await?;
    sessions::set_browser(&mut tx, &token_hash(&token), &browser).await?;
    audit::append(&mut tx, &about(person, AuditAction::SignedIn), now).await?;
    tx.commit().await?;
    Ok(cookie(desk, token, LASTS))
}

/// What the browser of a request says of itself.
pub(super) fn browser_of(request: &HttpRequest) -> &str {
    request.headers().get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Which session a request belongs to: the stored hash of its token.
pub(super) fn session_hash(request: &HttpRequest) -> Vec<u8> {
    request.cookie(COOKIE).map(|cookie| token_hash(cookie.value())).unwrap_or_default()
}

/// Signs the asking person out: the cookie that removes the cookie.
pub async fn sign_out(desk: &Desk, request: &HttpRequest) -> Result<Cookie<'static>> {
    if let Some(cookie) = request.cookie(COOKIE) {
        let (hash, now) = (token_hash(cookie.value()), desk.clock.now());
        let session = sessions::find(&desk.db, &hash, now).await?;
        let mut tx = desk.db.begin().await?;
        sessions::delete(&mut tx, &hash).await?;
        if let Some(session) = session {
            audit::append(&mut tx, &about(&session.teammate, AuditAction::SignedOut), now).await?;
        }
        tx.commit().await?;
    }
    Ok(cookie(desk, String::new(), Duration::ZERO))
}

/// What a person did with their own session.
fn about(person: &Teammate, action: AuditAction) -> Act<'_> {
    Act {
        actor: Actor::Teammate(person),
        action,
        subject: (AuditSubject::Teammate, person.id.to_string()),
        brand: None,
        details: serde_json::json!({}),
    }
}

fn cookie(desk: &Desk, value: String, lasts: Duration) -> Cookie<'static> {
    let seconds = i64::try_from(lasts.as_secs()).unwrap_or(0);
    Cookie::build(COOKIE, value)
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(desk.config.public_address().starts_with("https://"))
        .max_age(actix_web::cookie::time::Duration::seconds(seconds))
        .finish()
}

/// Checks a password; gives whose it is. An address that nobody has takes as long as one that somebody has.
pub async fn check_password(
    desk: &Desk,
    attempts: &SignInAttempts,
    email: &str,
    password: String,
) -> Result<Option<Credentials>> {
    let found = teammates::find_credentials(&desk.db, email).await?;
    let stored = found.as_ref().map_or(NOBODY, |found| &found.password_hash).to_owned();
    let right = attempts.is_right(password, stored).await?;
    let Some(found) = found else { return Ok(None) };
    if right && found.teammate.disabled_at.is_none() {
        return Ok(Some(found));
    }
    note_failure(desk, &found.teammate).await?;
    Ok(None)
}

/// Records a failed attempt on an account. Attempts on addresses that nobody has are not recorded, so that strangers
/// cannot fill the log; those on one account are bounded by [`SignInAttempts`].
async fn note_failure(desk: &Desk, person: &Teammate) -> Result<()> {
    let mut tx = desk.db.begin().await?;
    let act = Act { actor: Actor::System, ..about(person, AuditAction::SignInFailed) };
    audit::append(&mut tx, &act, desk.clock.now()).await?;
    Ok(tx.commit().await?)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn a_form_brings_no_nul_past_the_door() {
        let form: HashMap<String, String> = read(b"body=a%00b%2500+%26&empty=").unwrap_or_default();
        assert_eq!(form.get("body").map(String::as_str), Some("ab%00 &"));
        assert_eq!(form.get("empty").map(String::as_str), Some(""));
    }
}
