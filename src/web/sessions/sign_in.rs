//! Signing in and out, and how the desk looks to the reader.

use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use super::SignInPage;
use crate::app::Desk;
use crate::model::Zone;
use crate::model::teammate::Teammate;
use crate::store::{brands, teammates};
use crate::web::error::Result;
use crate::web::flash::{Tone, back_to, back_with};
use crate::web::frame::{THEME, shown};
use crate::web::guard::{self, FromOurPage, Posted};
use crate::web::sessions::attempts::{SignInAttempts, network_of};

const WRONG: &str = "Address or password is wrong. Try again, or ask an admin for a new password.";

/// Where the person wanted to go.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    back: String,
}

/// What the sign-in form sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct SignIn {
    email: String,
    password: String,
    back: String,
    /// Where the browser's clock stands, as it says.
    browser_zone: String,
}

async fn brand_name(desk: &Desk) -> Result<String> {
    Ok(brands::list(&desk.db).await?.into_iter().next().map_or_else(|| "Resolute".to_owned(), |brand| brand.name))
}

/// `GET /session/new`
pub async fn form(desk: web::Data<Desk>, request: HttpRequest, wanted: web::Query<Wanted>) -> Result<HttpResponse> {
    if teammates::is_empty(&desk.db).await? {
        return Ok(back_to("/setup"));
    }
    shown(&request, &SignInPage::new(&brand_name(&desk).await?, "", &wanted.back))
}

/// `POST /session`
pub async fn create(
    desk: web::Data<Desk>,
    attempts: web::Data<SignInAttempts>,
    request: HttpRequest,
    _: FromOurPage,
    form: web::Form<SignIn>,
) -> Result<HttpResponse> {
    let form = form.into_inner();
    let from = network_of(&request, &desk.config.http.proxies);
    let refuse = async |status: StatusCode, words: &str| {
        let page = SignInPage::new(&brand_name(&desk).await?, "", &form.back).refused(&form.email, words);
        let mut response = shown(&request, &page)?;
        *response.status_mut() = status;
        Ok(response)
    };
    if let Err(error) = attempts.begin(&form.email, from, desk.clock.now()) {
        return refuse(StatusCode::TOO_MANY_REQUESTS, &error.words()).await;
    }
    let Some(checked) = guard::check_password(&desk, &attempts, &form.email, form.password.clone()).await? else {
        return refuse(StatusCode::UNPROCESSABLE_ENTITY, WRONG).await;
    };
    let Some(cookie) = guard::sign_in_checked(&desk, &checked, guard::browser_of(&request)).await? else {
        return refuse(StatusCode::UNPROCESSABLE_ENTITY, WRONG).await;
    };
    attempts.note_right(&form.email, from);
    let back = if form.back.is_empty() { "/inbox" } else { &form.back };
    let mut response = match other_zone(&desk, &checked.teammate, &form.browser_zone).await? {
        Some(words) => back_with(back, Tone::Info, &words),
        None => back_to(back),
    };
    response.add_cookie(&cookie).map_err(|error| crate::web::error::Error::Internal(error.into()))?;
    Ok(response)
}

/// Takes the browser's time zone for a person who has none. Words when it is another than theirs.
async fn other_zone(desk: &Desk, teammate: &Teammate, browser: &str) -> Result<Option<String>> {
    let Some(zone) = Zone::named(browser) else { return Ok(None) };
    if teammate.time_zone.is_empty() {
        let mut tx = desk.db.begin().await?;
        teammates::take_time_zone(&mut tx, teammate.id, zone.name()).await?;
        tx.commit().await?;
    }
    let differs = !teammate.time_zone.is_empty() && teammate.time_zone != zone.name();
    Ok(differs.then(|| {
        let saved = &teammate.time_zone;
        format!("You are signed in. Times are shown for {saved}; this browser’s clock stands at {}. Settings, Your account, changes that.", zone.name())
    }))
}

/// `POST /session/deletion`
pub async fn delete(desk: web::Data<Desk>, request: HttpRequest, _: Posted<Wanted>) -> Result<HttpResponse> {
    let cookie = guard::sign_out(&desk, &request).await?;
    Ok(HttpResponse::SeeOther().insert_header((header::LOCATION, "/session/new")).cookie(cookie).finish())
}

/// Light, dark, or as the system says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Look {
    theme: String,
    back: String,
}

/// `POST /session/theme`
pub async fn theme(request: HttpRequest, posted: Posted<Look>) -> Result<HttpResponse> {
    let value = match posted.form.theme.as_str() {
        word @ ("light" | "dark") => word.to_owned(),
        _ => "system".to_owned(),
    };
    let referer = request.headers().get(header::REFERER).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let path = url::Url::parse(referer).map(|url| url[url::Position::BeforePath..].to_owned()).unwrap_or_default();
    let back = if posted.form.back.is_empty() { path } else { posted.form.back };
    let cookie = Cookie::build(THEME, value).path("/").same_site(SameSite::Lax).permanent().finish();
    let mut response = back_to(&back);
    response.add_cookie(&cookie).map_err(|error| crate::web::error::Error::Internal(error.into()))?;
    Ok(response)
}
