//! The first run: one form makes the brand and the first admin, and signs them in.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use super::{NextSteps, SetupPage};
use crate::app::Desk;
use crate::model::Zone;
use crate::model::teammate::Role;
use crate::setup::{FirstRun, set_up};
use crate::store::{channels, order_sources, teammates};
use crate::web::error::{Error, Result};
use crate::web::flash::back_to;
use crate::web::frame::{shown, shown_with_errors};
use crate::web::guard::{self, FromOurPage, SignedIn};

/// What the form sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Form {
    name: String,
    email: String,
    password: String,
    brand: String,
    hue: String,
    locale: String,
    currency: String,
    /// Where the browser's clock stands, as it says.
    browser_zone: String,
}

impl Form {
    fn values(&self) -> Vec<(&'static str, String)> {
        vec![
            ("name", self.name.clone()),
            ("email", self.email.clone()),
            ("brand", self.brand.clone()),
            ("hue", self.hue.clone()),
            ("locale", self.locale.clone()),
            ("currency", self.currency.clone()),
        ]
    }
}

/// `GET /setup`
pub async fn form(desk: web::Data<Desk>, request: HttpRequest) -> Result<HttpResponse> {
    if !teammates::is_empty(&desk.db).await? {
        return Ok(back_to("/session/new"));
    }
    shown(&request, &SetupPage::new("", &[], &[]))
}

/// `POST /setup`
pub async fn create(
    desk: web::Data<Desk>,
    request: HttpRequest,
    _: FromOurPage,
    form: web::Form<Form>,
) -> Result<HttpResponse> {
    let set_up_already = || Error::Conflict("The desk is set up already. Sign in instead.".to_owned());
    if !teammates::is_empty(&desk.db).await? {
        return Err(set_up_already());
    }
    let form = form.into_inner();
    let first = FirstRun {
        name: form.name.trim().to_owned(),
        email: form.email.trim().to_lowercase(),
        password: form.password.clone(),
        brand: form.brand.trim().to_owned(),
        hue: form.hue.parse().unwrap_or(205),
        locale: form.locale.clone(),
        currency: form.currency.trim().to_uppercase(),
        time_zone: Zone::named(&form.browser_zone).map(|zone| zone.name().to_owned()).unwrap_or_default(),
    };
    let problems = first.problems();
    if !problems.is_empty() {
        return shown_with_errors(&request, &SetupPage::new("", &form.values(), &problems));
    }
    let teammate = set_up(&desk, &first).await.map_err(Error::Internal)?.ok_or_else(set_up_already)?;
    let cookie = guard::sign_in_with(&desk, teammate, guard::browser_of(&request)).await?;
    let mut response = back_to("/setup/next");
    response.add_cookie(&cookie).map_err(|error| Error::Internal(error.into()))?;
    Ok(response)
}

/// `GET /setup/next`: what to do with a desk that is set up.
pub async fn next(desk: web::Data<Desk>, who: SignedIn, request: HttpRequest) -> Result<HttpResponse> {
    who.require(Role::Admin)?;
    let has_channel = !channels::list(&desk.db).await?.is_empty();
    let has_shop = !order_sources::list(&desk.db).await?.is_empty();
    shown(&request, &NextSteps::new(has_channel, has_shop))
}
