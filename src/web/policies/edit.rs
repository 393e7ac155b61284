//! The policy as it is looked at, changed, published and rolled back.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::Value;

use super::replay::edit::Stored;
use super::replay::{Counted, Tools};
use super::{PolicyFacts, PolicyPage, PolicyVersionPage};
use crate::app::Desk;
use crate::model::brand::Brand;
use crate::model::document::Problem;
use crate::model::teammate::Role;
use crate::model::version::Version;
use crate::policy::{self, Policy, Settlement};
use crate::store::teammates;
use crate::store::versions::{self, Kind};
use crate::web::error::{Error, Result};
use crate::web::flash::{Tone, back_to, back_with, settled};
use crate::web::frame::{brand_named, page_of, shown};
use crate::web::guard::{Posted, SignedIn};
use crate::web::page::Place;
use crate::web::versions::change::{self, Publication};

/// Which tab is shown.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Tab {
    section: usize,
    brand: String,
}

/// `GET /policies`
pub async fn show(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    tab: web::Query<Tab>,
) -> Result<HttpResponse> {
    let brand = brand_named(&desk, &tab.brand).await?;
    rules_page(&desk, &who, &request, &brand, tab.section, &[]).await
}

async fn rules_page(
    desk: &Desk,
    who: &SignedIn,
    request: &HttpRequest,
    brand: &Brand,
    section: usize,
    wrong: &[Problem],
) -> Result<HttpResponse> {
    let in_force = versions::in_force(&desk.db, Kind::Policy, brand.id, desk.clock.now()).await?;
    let draft = versions::draft(&desk.db, Kind::Policy, brand.id).await?;
    let counts = in_force.as_ref().map(read).unwrap_or_default();
    let shown_policy = draft.as_ref().map_or_else(|| counts.clone(), read);
    let mut problems = wrong.to_vec();
    if let Some(draft) = &draft {
        problems.extend(policy::compile(&draft.document.0).err().unwrap_or_default());
    }
    let all = versions::list(&desk.db, Kind::Policy, brand.id).await?;
    let stored = Stored::of(desk, brand.id).await?;
    let facts = PolicyFacts {
        rules: &policy::rules(&shown_policy),
        section,
        draft: draft.as_ref(),
        in_force: in_force.as_ref(),
        changes: &policy::diff(&counts, &shown_policy),
        problems: &problems,
        versions: &all,
        team: &teammates::list(&desk.db).await?,
    };
    let frame = page_of(desk, request, who, Place::Policy, brand).await?;
    let known = stored.known(&all);
    let counted = Counted::new(frame.reader, &brand.slug, known);
    let tools = Tools::new((&brand.slug, &who.csrf), who.teammate.role, known);
    shown(request, &PolicyPage::new(frame, facts, (counted, tools)))
}

/// A stored document, also one whose examples do not hold at the moment.
fn read(version: &Version) -> Policy {
    let stored = &version.document.0;
    // With what a later version of the program knows beside it: a setting that is not there takes no other with it.
    let complete = policy::apply(stored, &[]).unwrap_or_else(|_| stored.clone());
    serde_json::from_value(complete).unwrap_or_default()
}

/// `GET /policies/{version}`
pub async fn version(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    number: web::Path<i64>,
    tab: web::Query<Tab>,
) -> Result<HttpResponse> {
    let brand = brand_named(&desk, &tab.brand).await?;
    let version = versions::find(&desk.db, Kind::Policy, brand.id, *number).await?.ok_or(Error::NotFound)?;
    let in_force = versions::in_force(&desk.db, Kind::Policy, brand.id, desk.clock.now()).await?;
    let counts = in_force.as_ref().map(read).unwrap_or_default();
    let that = read(&version);
    let frame = page_of(&desk, &request, &who, Place::Policy, &brand).await?;
    let number = in_force.map(|version| version.version);
    let changes = policy::diff(&counts, &that);
    shown(&request, &PolicyVersionPage::new(frame, &version, number, &policy::rules(&that), &changes))
}

/// `POST /policies/draft`: the fields of one tab.
pub async fn draft(
    desk: web::Data<Desk>,
    request: HttpRequest,
    posted: Posted<BTreeMap<String, String>>,
) -> Result<HttpResponse> {
    posted.require(Role::Manager)?;
    let brand = brand_named(&desk, posted.form.get("brand").map_or("", String::as_str)).await?;
    let section: usize = posted.form.get("section").and_then(|value| value.parse().ok()).unwrap_or(0);
    let fields: Vec<(&str, &str)> = posted
        .form
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "csrf" | "section" | "brand" | "back" | "revision"))
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let here = format!("{}&section={section}", home(&brand));
    let drawn = posted.form.get("revision").map(String::as_str);
    let seen = match change::draft_for(&desk, Kind::Policy, &brand, drawn, &posted.by).await {
        Err(Error::Conflict(words)) => return Ok(back_with(&here, Tone::Bad, &words)),
        draft => draft?,
    };
    let before = current(&desk, &brand, seen.as_ref()).await?;
    match policy::apply(&before, &fields) {
        Ok(document) if document == before => Ok(back_to(&here)),
        Ok(document) => {
            let kept = change::keep_draft(&desk, Kind::Policy, &brand, (seen.as_ref(), &document), &posted.by).await;
            settled(&here, "", kept)
        }
        Err(problems) => {
            let who = posted.who();
            rules_page(&desk, &who, &request, &brand, section, &problems).await
        }
    }
}

/// The draft's document, or the one in force.
async fn current(desk: &Desk, brand: &Brand, draft: Option<&Version>) -> Result<Value> {
    let complete = if let Some(draft) = draft {
        read(draft)
    } else {
        let in_force = versions::in_force(&desk.db, Kind::Policy, brand.id, desk.clock.now()).await?;
        in_force.as_ref().map(read).unwrap_or_default()
    };
    serde_json::to_value(complete).map_err(|error| Error::Internal(error.into()))
}

/// The address of a brand's policy.
pub(super) fn home(brand: &Brand) -> String {
    format!("/policies?brand={}", brand.slug)
}

/// Which example becomes what: `expect` or `remove` names its place.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ExampleForm {
    section: usize,
    brand: String,
    expect: Option<usize>,
    remove: Option<usize>,
}

/// `POST /policies/draft/examples`: an example takes over what the draft decides, or goes.
pub async fn settle_example(desk: web::Data<Desk>, posted: Posted<ExampleForm>) -> Result<HttpResponse> {
    posted.require(Role::Manager)?;
    let form = &posted.form;
    let brand = brand_named(&desk, &form.brand).await?;
    let back = format!("{}&section={}", home(&brand), form.section);
    let wanted = form.expect.map(|index| (index, Settlement::ExpectNow));
    let Some((index, settlement)) = wanted.or(form.remove.map(|index| (index, Settlement::Remove))) else {
        return Ok(back_to(&back));
    };
    let seen = change::draft_for(&desk, Kind::Policy, &brand, None, &posted.by).await?;
    let before = current(&desk, &brand, seen.as_ref()).await?;
    match policy::settle_example(&before, index, settlement) {
        Ok(Some(document)) => {
            if document != before {
                change::keep_draft(&desk, Kind::Policy, &brand, (seen.as_ref(), &document), &posted.by).await?;
            }
            Ok(back_to(&back))
        }
        Ok(None) => Ok(back_with(&back, Tone::Bad, "There is no such example any more. Nothing was changed.")),
        Err(problems) => {
            let first = problems.first().map(|problem| problem.message.as_str()).unwrap_or_default();
            Ok(back_with(&back, Tone::Bad, &format!("The example was left as it is: {first}")))
        }
    }
}

/// `POST /policies/draft/deletion`
pub async fn discard(desk: web::Data<Desk>, posted: Posted<Tab>) -> Result<HttpResponse> {
    posted.require(Role::Manager)?;
    let brand = brand_named(&desk, &posted.form.brand).await?;
    change::discard(&desk, Kind::Policy, &brand).await?;
    Ok(back_to(&home(&brand)))
}

/// `POST /policies/publication`: refused while an example does not hold.
pub async fn publish(desk: web::Data<Desk>, posted: Posted<Publication>) -> Result<HttpResponse> {
    posted.require(Role::Manager)?;
    let checked = |document: &Value| policy::compile(document).map(|_| ());
    let brand = brand_named(&desk, &posted.form.brand).await?;
    change::publish(&desk, Kind::Policy, &brand, &posted, checked, &home(&brand)).await
}

/// `POST /policies/{version}/restoration`: an old version as the next one.
pub async fn restore(desk: web::Data<Desk>, number: web::Path<i64>, posted: Posted<Tab>) -> Result<HttpResponse> {
    posted.require(Role::Manager)?;
    let checked = |document: &Value| policy::compile(document).map(|_| ());
    let brand = brand_named(&desk, &posted.form.brand).await?;
    match change::restore(&desk, Kind::Policy, &brand, *number, &posted.by, checked).await {
        Ok(version) => {
            let words = format!("Version {} is in force again, as version {version}.", *number);
            Ok(back_with(&home(&brand), Tone::Info, &words))
        }
        Err(Error::Conflict(words)) => Ok(back_with(&home(&brand), Tone::Bad, &words)),
        Err(error) => Err(error),
    }
}
