//! Adding brands and changing them.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use super::{BrandPage, BrandsPage};
use crate::app::Desk;
use crate::model::Zone;
use crate::model::answer_times::AnswerTimes;
use crate::model::brand::{AgentLevel, Brand};
use crate::model::teammate::Role;
use crate::setup::{NewBrand, add_brand};
use crate::store::{self, answer_times, brands};
use crate::web::error::{Error, Result};
use crate::web::flash::{Tone, back_with};
use crate::web::frame::{brand_named, page, page_of, shown};
use crate::web::guard::{Posted, SignedIn};
use crate::web::page::Place;

/// `GET /brands`
pub async fn show(desk: web::Data<Desk>, who: SignedIn, request: HttpRequest) -> Result<HttpResponse> {
    let all = brands::list(&desk.db).await?;
    let frame = page(&desk, &request, &who, Place::Settings, None).await?;
    shown(&request, &BrandsPage::new(frame, &all))
}

/// `GET /brands/new`
pub async fn form(desk: web::Data<Desk>, who: SignedIn, request: HttpRequest) -> Result<HttpResponse> {
    who.require(Role::Admin)?;
    let frame = page(&desk, &request, &who, Place::Settings, None).await?;
    shown(&request, &BrandPage::new(frame, None, &[], &[]))
}

/// `GET /brands/{slug}`
pub async fn one(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    slug: web::Path<String>,
) -> Result<HttpResponse> {
    who.require(Role::Manager)?;
    let brand = brand_named(&desk, &slug).await?;
    let frame = page_of(&desk, &request, &who, Place::Settings, &brand).await?;
    shown(&request, &BrandPage::new(frame, Some(&brand), &values(&fields_of(&brand)), &[]))
}

/// What the form sends.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Form {
    name: String,
    hue: String,
    locale: String,
    currency: String,
    order_pattern: String,
    agent_level: String,
    time_zone: String,
}

impl Form {
    fn read(&self) -> NewBrand {
        NewBrand {
            name: self.name.trim().chars().take(80).collect(),
            hue: self.hue.parse().unwrap_or(-1),
            locale: self.locale.trim().to_owned(),
            currency: self.currency.trim().to_uppercase(),
            order_pattern: self.order_pattern.trim().to_owned(),
            agent_level: self.agent_level.parse().unwrap_or(AgentLevel::Approve),
            time_zone: self.time_zone.trim().to_owned(),
        }
    }
}

fn fields_of(brand: &Brand) -> NewBrand {
    NewBrand {
        name: brand.name.clone(),
        hue: brand.hue,
        locale: brand.locale.clone(),
        currency: brand.currency.clone(),
        order_pattern: brand.order_pattern.clone(),
        agent_level: brand.agent_level,
        time_zone: brand.time_zone.clone(),
    }
}

fn values(brand: &NewBrand) -> Vec<(&'static str, String)> {
    vec![
        ("name", brand.name.clone()),
        ("hue", brand.hue.to_string()),
        ("locale", brand.locale.clone()),
        ("currency", brand.currency.clone()),
        ("order_pattern", brand.order_pattern.clone()),
        ("agent_level", brand.agent_level.to_string()),
        ("time_zone", brand.time_zone.clone()),
    ]
}

/// `POST /brands`: a further brand, with its first policy and voice.
pub async fn create(desk: web::Data<Desk>, request: HttpRequest, posted: Posted<Form>) -> Result<HttpResponse> {
    posted.require(Role::Admin)?;
    let new = posted.form.read();
    let mut problems = new.problems();
    if problems.is_empty() {
        let mut tx = desk.db.begin().await?;
        match add_brand(&desk, &mut tx, &new).await {
            Ok(_) => {
                tx.commit().await?;
                let words = format!("{} is here. Connect a channel and a shop for it next.", new.name);
                return Ok(back_with("/brands", Tone::Info, &words));
            }
            Err(error) if matches!(error.downcast_ref(), Some(store::Error::Duplicate)) => {
                problems
                    .push(("name", "Another brand has this name, or one that looks the same in addresses.".to_owned()));
            }
            Err(error) => return Err(Error::Internal(error)),
        }
    }
    refused(&desk, &request, posted, None, &new, &problems).await
}

/// `POST /brands/{slug}`
pub async fn update(
    desk: web::Data<Desk>,
    request: HttpRequest,
    slug: web::Path<String>,
    posted: Posted<Form>,
) -> Result<HttpResponse> {
    posted.require(Role::Manager)?;
    let brand = brand_named(&desk, &slug).await?;
    let new = posted.form.read();
    let problems = new.problems();
    if !problems.is_empty() {
        return refused(&desk, &request, posted, Some(&brand), &new, &problems).await;
    }
    let moved = new.time_zone != brand.time_zone;
    let changed = Brand {
        name: new.name,
        hue: new.hue,
        locale: new.locale,
        currency: new.currency,
        order_pattern: new.order_pattern,
        agent_level: new.agent_level,
        time_zone: new.time_zone,
        ..brand
    };
    let mut tx = desk.db.begin().await?;
    brands::update(&mut tx, &changed).await?;
    if moved {
        let times = AnswerTimes {
            zone: Zone::named(&changed.time_zone),
            ..answer_times::of_brand_in(&mut tx, changed.id).await?
        };
        answer_times::set_clocks_anew(&mut tx, changed.id, &times).await?;
    }
    tx.commit().await?;
    Ok(back_with("/brands", Tone::Info, &format!("{} is changed.", changed.name)))
}

async fn refused(
    desk: &Desk,
    request: &HttpRequest,
    posted: Posted<Form>,
    brand: Option<&Brand>,
    new: &NewBrand,
    problems: &[(&'static str, String)],
) -> Result<HttpResponse> {
    let who = SignedIn { teammate: posted.by, csrf: posted.csrf };
    let frame = page(desk, request, &who, Place::Settings, None).await?;
    let mut response = shown(request, &BrandPage::new(frame, brand, &values(new), problems))?;
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(response)
}
