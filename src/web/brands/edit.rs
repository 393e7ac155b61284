//! Adding brands and changing them.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use super::{BrandPage, BrandsPage};
use crate::app::Desk;
use crate::model::answer_times::AnswerTimes;
use crate::model::audit::{Act, Actor, AuditAction, AuditSubject};
use crate::model::brand::{AgentLevel, Brand};
use crate::model::teammate::{Role, Teammate};
use crate::model::{BrandId, Zone};
use crate::setup::{NewBrand, add_brand, brand_added};
use crate::store::{self, Tx, answer_times, audit, brands};
use crate::web::changes::{Changed, changed_meanwhile, changes, details, seen_of};
use crate::web::error::{Error, Result};
use crate::web::flash::{Tone, back_with};
use crate::web::frame::{brand_named, page, page_of, shown, shown_with_errors};
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
    let mut values = values(&fields_of(&brand));
    values.push(("seen", seen(&brand)));
    shown(&request, &BrandPage::new(frame, Some(&brand), &values, &[]))
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
    /// How the brand stood when the form was drawn.
    seen: String,
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
            Ok(brand) => {
                let act = brand_added(&brand, Actor::Teammate(&posted.by));
                audit::append(&mut tx, &act, desk.clock.now()).await?;
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
    refused(&desk, &request, &posted, None, &new, &problems).await
}

/// `POST /brands/{slug}`
pub async fn update(
    desk: web::Data<Desk>,
    request: HttpRequest,
    slug: web::Path<String>,
    posted: Posted<Form>,
) -> Result<HttpResponse> {
    posted.require(Role::Manager)?;
    let named = brand_named(&desk, &slug).await?;
    let new = posted.form.read();
    let problems = new.problems();
    if !problems.is_empty() {
        let seen = posted.form.seen.clone();
        return refused(&desk, &request, &posted, Some((&named, seen)), &new, &problems).await;
    }
    let mut tx = desk.db.begin().await?;
    // Conversations before their brand: whoever locks both does it in this order.
    if new.time_zone != named.time_zone {
        set_clocks(&mut tx, named.id, &new.time_zone).await?;
    }
    let brand = brands::lock(&mut tx, named.id).await?;
    let changes = changes_of(&brand, &new);
    let seen = seen(&brand);
    let is_stale = !posted.form.seen.is_empty() && posted.form.seen != seen;
    // Then the clocks were set, or left, by a zone that counts no more.
    let was_moved = brand.time_zone != named.time_zone;
    if (is_stale || was_moved) && !changes.is_empty() {
        drop(tx);
        return refused(&desk, &request, &posted, Some((&brand, seen)), &new, &changed_meanwhile("brand", &changes))
            .await;
    }
    let words = format!("{} is changed.", new.name);
    change(&desk, &mut tx, brand, new, &changes, &posted.by).await?;
    tx.commit().await?;
    Ok(back_with("/brands", Tone::Info, &words))
}

/// Sets the clocks of a brand's conversations by a new time zone.
async fn set_clocks(tx: &mut Tx, brand: BrandId, zone: &str) -> Result<()> {
    let times = AnswerTimes { zone: Zone::named(zone), ..answer_times::of_brand_in(tx, brand).await? };
    answer_times::set_clocks_anew(tx, brand, &times).await?;
    Ok(())
}

/// Writes what is new about a brand that is locked; the clocks are set before that.
async fn change(
    desk: &Desk,
    tx: &mut Tx,
    brand: Brand,
    new: NewBrand,
    changes: &[Changed],
    by: &Teammate,
) -> Result<()> {
    if changes.is_empty() {
        return Ok(());
    }
    let after = Brand {
        name: new.name,
        hue: new.hue,
        locale: new.locale,
        currency: new.currency,
        order_pattern: new.order_pattern,
        agent_level: new.agent_level,
        time_zone: new.time_zone,
        ..brand
    };
    brands::update(tx, &after).await?;
    let act = Act {
        actor: Actor::Teammate(by),
        action: AuditAction::BrandChanged,
        subject: (AuditSubject::Brand, after.slug.clone()),
        brand: Some(after.id),
        details: details(&after.name, changes).into(),
    };
    Ok(audit::append(tx, &act, desk.clock.now()).await?)
}

/// The fields in which a brand is to be another.
fn changes_of(brand: &Brand, new: &NewBrand) -> Vec<Changed> {
    changes(&values(&fields_of(brand)), &values(new))
}

/// How a brand stands: its form carries it.
fn seen(brand: &Brand) -> String {
    seen_of(&values(&fields_of(brand)))
}

async fn refused(
    desk: &Desk,
    request: &HttpRequest,
    posted: &Posted<Form>,
    drawn: Option<(&Brand, String)>,
    new: &NewBrand,
    problems: &[(&'static str, String)],
) -> Result<HttpResponse> {
    let who = posted.who();
    let frame = page(desk, request, &who, Place::Settings, None).await?;
    let (brand, seen) = drawn.unzip();
    let mut values = values(new);
    values.extend(seen.map(|seen| ("seen", seen)));
    shown_with_errors(request, &BrandPage::new(frame, brand, &values, problems))
}
