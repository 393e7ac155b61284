//! Looking at what the language model costs, and limiting it.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};

use super::{Facts, LanguageModelPage, NewLimits, Problems, Written, currency_of};
use crate::app::Desk;
use crate::model::audit::{Act, Actor, AuditAction, AuditSubject};
use crate::model::brand::Brand;
use crate::model::llm_cost::month_of;
use crate::model::teammate::Role;
use crate::store::{Reader, audit, llm_costs};
use crate::web::error::Result;
use crate::web::flash::{Tone, back_with};
use crate::web::frame::{brand_named, page_of, shown, shown_with_errors};
use crate::web::guard::{Posted, SignedIn};
use crate::web::page::{BrandQuery, Place};

/// `GET /language-model?brand=`
pub async fn show(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    which: web::Query<BrandQuery>,
) -> Result<HttpResponse> {
    who.require(Role::Manager)?;
    let brand = brand_named(&desk, &which.brand).await?;
    let limits = llm_costs::limits(&desk.db, brand.id).await?;
    let written = Written::of(&limits, currency_of(&desk.config.llm));
    shown(&request, &drawn(&desk, &request, &who, &brand, (&written, &Vec::new())).await?)
}

async fn drawn(
    desk: &Desk,
    request: &HttpRequest,
    who: &SignedIn,
    brand: &Brand,
    (written, problems): (&Written, &Problems),
) -> Result<LanguageModelPage> {
    let month = month_of(desk.clock.now());
    let costs = llm_costs::of_month(&mut Reader::Db(&desk.db), brand.id, month).await?;
    let limits = llm_costs::limits(&desk.db, brand.id).await?;
    let frame = page_of(desk, request, who, Place::Settings, brand).await?;
    let facts = Facts { llm: &desk.config.llm, models: desk.llm.as_ref(), month, costs: &costs, limits: &limits };
    Ok(LanguageModelPage::new(frame, facts, written, problems))
}

/// `POST /language-model`: limits hold from the next call on.
pub async fn save(
    desk: web::Data<Desk>,
    request: HttpRequest,
    posted: Posted<Vec<(String, String)>>,
) -> Result<HttpResponse> {
    posted.require(Role::Manager)?;
    let slug = posted.form.iter().find(|(name, _)| name == "brand").map(|(_, slug)| slug.clone()).unwrap_or_default();
    let brand = brand_named(&desk, &slug).await?;
    let who = posted.who();
    let written = Written(posted.form);
    let wanted = match written.read(currency_of(&desk.config.llm)) {
        Ok(wanted) => wanted,
        Err(problems) => {
            let page = drawn(&desk, &request, &who, &brand, (&written, &problems)).await?;
            return shown_with_errors(&request, &page);
        }
    };
    let limits = llm_costs::limits(&desk.db, brand.id).await?;
    let before = |kind: &str| limits.iter().find(|limit| limit.kind == kind).map(|limit| limit.micros);
    let mut changed: NewLimits = wanted.into_iter().filter(|(kind, micros)| before(kind) != *micros).collect();
    changed.sort();
    let back = format!("/language-model?brand={}", brand.slug);
    if changed.is_empty() {
        return Ok(back_with(&back, Tone::Info, "Nothing was changed."));
    }
    let mut tx = desk.db.begin().await?;
    for (kind, micros) in &changed {
        llm_costs::set_limit(&mut tx, brand.id, kind, *micros).await?;
    }
    let told = |(kind, micros): &(String, Option<i64>)| json!({ "kind": kind, "was": before(kind), "is": micros });
    let told: Vec<Value> = changed.iter().map(told).collect();
    let act = Act {
        actor: Actor::Teammate(&posted.by),
        action: AuditAction::LlmLimitsChanged,
        subject: (AuditSubject::Brand, brand.slug.clone()),
        brand: Some(brand.id),
        details: json!({ "currency": desk.config.llm.currency, "millionths": told }),
    };
    audit::append(&mut tx, &act, desk.clock.now()).await?;
    tx.commit().await?;
    Ok(back_with(&back, Tone::Info, "The limits are set. They hold from the next call on."))
}
