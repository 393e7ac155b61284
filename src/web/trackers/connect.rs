//! Connecting tracking providers, and trying them.

use actix_web::{HttpRequest, HttpResponse, web};
use channel_contract::secret::Secret;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{ConnectTrackerPage, TrackersPage};
use crate::app::Desk;
use crate::commerce::tracking::TrackerSecrets;
use crate::model::audit::{Act, Actor, AuditAction, AuditSubject};
use crate::model::teammate::{Role, Teammate};
use crate::model::tracker::{TrackerKind, TrackerRow};
use crate::model::{Json, TrackerId};
use crate::store::{Tx, audit, brands, parcels, trackers};
use crate::web::error::{Error, Result};
use crate::web::flash::{Back, Tone, back_with};
use crate::web::frame::{brand_named, page, page_of, shown, shown_with_errors};
use crate::web::guard::{Posted, SignedIn};
use crate::web::page::{BrandQuery, Place};

/// `GET /trackers`
pub async fn show(desk: web::Data<Desk>, who: SignedIn, request: HttpRequest) -> Result<HttpResponse> {
    let mut all = Vec::new();
    for row in trackers::list(&desk.db).await? {
        let counts = parcels::counts(&desk.db, row.brand_id, row.id).await?;
        all.push((row, counts));
    }
    let frame = page(&desk, &request, &who, Place::Settings, None).await?;
    shown(&request, &TrackersPage::new(frame, &all))
}

/// `GET /trackers/new?brand=`
pub async fn form(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    look: web::Query<BrandQuery>,
) -> Result<HttpResponse> {
    who.require(Role::Admin)?;
    let brand = brand_named(&desk, &look.brand).await?;
    let frame = page_of(&desk, &request, &who, Place::Settings, &brand).await?;
    shown(&request, &ConnectTrackerPage::new(frame, &[], &[]))
}

/// What the form sends.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Form {
    brand: String,
    kind: String,
    key: String,
    hook_secret: String,
    base_url: String,
    check: Option<String>,
}

impl Form {
    fn settings(&self) -> Json<Value> {
        Json(json!({ "base_url": self.base_url.trim() }))
    }

    /// What is typed, over what is known.
    fn secrets(&self, known: TrackerSecrets) -> TrackerSecrets {
        let typed = |text: &str, known: Secret| if text.trim().is_empty() { known } else { Secret::new(text.trim()) };
        TrackerSecrets { key: typed(&self.key, known.key), hook_secret: typed(&self.hook_secret, known.hook_secret) }
    }

    fn values(&self) -> [(&'static str, String); 2] {
        [("kind", self.kind.clone()), ("base_url", self.base_url.clone())]
    }
}

/// `POST /trackers`: asks the provider, and keeps it unless only a test was asked for.
pub async fn create(desk: web::Data<Desk>, request: HttpRequest, posted: Posted<Form>) -> Result<HttpResponse> {
    posted.require(Role::Admin)?;
    let form = &posted.form;
    let brand = brand_named(&desk, &form.brand).await?;
    let kind = form.kind.parse::<TrackerKind>();
    let kind = kind.map_err(|_| Error::Invalid("Choose a provider. Nothing was kept.".to_owned()))?;
    let row = TrackerRow {
        id: desk.clock.new_id(),
        brand_id: brand.id,
        kind,
        settings: form.settings(),
        state: "connected".to_owned(),
        state_reason: String::new(),
        last_read_at: None,
    };
    let secrets = form.secrets(TrackerSecrets::default());
    let outcome = tried(&desk, &row, secrets.clone()).await;
    if form.check.is_some() || outcome.is_err() {
        let frame = page_of(&desk, &request, &posted.who(), Place::Settings, &brand).await?;
        return shown_with_errors(&request, &ConnectTrackerPage::new(frame, &form.values(), &[]).tested(outcome));
    }
    let sealed = desk.trackers.seal(row.id, &secrets).map_err(|error| Error::Internal(error.into()))?;
    let mut tx = desk.db.begin().await?;
    if !trackers::insert(&mut tx, &row, sealed, desk.clock.now()).await? {
        let words = format!("{} has parcel tracking already. Take that off first. Nothing was kept.", brand.name);
        return Err(Error::Conflict(words));
    }
    note(&desk, &mut tx, &posted.by, AuditAction::TrackerConnected, &row).await?;
    tx.commit().await?;
    let words = format!("{} is connected. Its webhooks may come to the address below.", kind.name());
    Ok(back_with(&href(row.id), Tone::Info, &words))
}

async fn tried(desk: &Desk, row: &TrackerRow, secrets: TrackerSecrets) -> std::result::Result<(), String> {
    if secrets.key.is_empty() {
        return Err("Give the key that lets the desk in.".to_owned());
    }
    desk.trackers.build(row, secrets).check().await.map_err(|failure| failure.to_string())
}

fn href(id: TrackerId) -> String {
    format!("/trackers/{id}")
}

/// Where a provider sends its webhooks.
fn hook_address(desk: &Desk, id: TrackerId) -> String {
    format!("{}/hooks/tracking/{id}", desk.config.public_address())
}

async fn find(desk: &Desk, id: TrackerId) -> Result<TrackerRow> {
    trackers::find(&desk.db, id).await?.ok_or(Error::NotFound)
}

/// `GET /trackers/{id}`
pub async fn edit(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    id: web::Path<TrackerId>,
) -> Result<HttpResponse> {
    who.require(Role::Admin)?;
    let row = find(&desk, *id).await?;
    let brand = brands::get(&desk.db, row.brand_id).await?;
    let frame = page_of(&desk, &request, &who, Place::Settings, &brand).await?;
    shown(&request, &ConnectTrackerPage::again(frame, &row, hook_address(&desk, row.id), &[]))
}

/// `POST /trackers/{id}`: asks the provider as it would be, and keeps it unless only a test was asked for.
pub async fn update(
    desk: web::Data<Desk>,
    request: HttpRequest,
    id: web::Path<TrackerId>,
    posted: Posted<Form>,
) -> Result<HttpResponse> {
    posted.require(Role::Admin)?;
    let form = &posted.form;
    let before = find(&desk, *id).await?;
    let row = TrackerRow { settings: form.settings(), ..before.clone() };
    // Secrets that cannot be opened any more are given anew.
    let secrets = form.secrets(desk.trackers.secrets(row.id).await.unwrap_or_default());
    let outcome = tried(&desk, &row, secrets.clone()).await;
    if form.check.is_some() || outcome.is_err() {
        let brand = brands::get(&desk.db, row.brand_id).await?;
        let frame = page_of(&desk, &request, &posted.who(), Place::Settings, &brand).await?;
        let page = ConnectTrackerPage::again(frame, &before, hook_address(&desk, row.id), &form.values());
        return shown_with_errors(&request, &page.tested(outcome));
    }
    let sealed = desk.trackers.seal(row.id, &secrets).map_err(|error| Error::Internal(error.into()))?;
    let mut tx = desk.db.begin().await?;
    trackers::update(&mut tx, &row, sealed).await?;
    note(&desk, &mut tx, &posted.by, AuditAction::TrackerChanged, &row).await?;
    tx.commit().await?;
    Ok(back_with(&href(row.id), Tone::Info, &format!("{} is changed.", row.kind.name())))
}

/// `POST /trackers/{id}/checks`
pub async fn check(desk: web::Data<Desk>, id: web::Path<TrackerId>, posted: Posted<Back>) -> Result<HttpResponse> {
    posted.require(Role::Admin)?;
    let row = find(&desk, *id).await?;
    let tracker = desk.trackers.open(&row).await.map_err(|error| Error::Conflict(error.to_string()))?;
    let outcome = tracker.check().await.map_err(|failure| failure.to_string());
    let (state, reason) = match &outcome {
        Ok(()) => ("connected", ""),
        Err(reason) => ("needs_attention", reason.as_str()),
    };
    let mut tx = desk.db.begin().await?;
    trackers::set_state(&mut tx, row.id, state, reason).await?;
    if row.state != state {
        let row = TrackerRow { state: state.to_owned(), ..row };
        note(&desk, &mut tx, &posted.by, AuditAction::TrackerChanged, &row).await?;
    }
    tx.commit().await?;
    Ok(match outcome {
        Ok(()) => back_with("/trackers", Tone::Info, "The provider answers."),
        Err(reason) => back_with("/trackers", Tone::Bad, &reason),
    })
}

/// `POST /trackers/{id}/deletion`: what it said of parcels counts no more.
pub async fn delete(desk: web::Data<Desk>, id: web::Path<TrackerId>, posted: Posted<Back>) -> Result<HttpResponse> {
    posted.require(Role::Admin)?;
    let row = find(&desk, *id).await?;
    let mut tx = desk.db.begin().await?;
    parcels::release(&mut tx, row.brand_id, desk.clock.now()).await?;
    trackers::delete(&mut tx, row.id).await?;
    note(&desk, &mut tx, &posted.by, AuditAction::TrackerRemoved, &row).await?;
    tx.commit().await?;
    let words = format!("{} is taken off. Orders show what their shops say of parcels.", row.kind.name());
    Ok(back_with("/trackers", Tone::Info, &words))
}

async fn note(desk: &Desk, tx: &mut Tx, by: &Teammate, action: AuditAction, row: &TrackerRow) -> Result<()> {
    let act = Act {
        actor: Actor::Teammate(by),
        action,
        subject: (AuditSubject::Tracker, row.id.to_string()),
        brand: Some(row.brand_id),
        details: json!({ "kind": row.kind, "name": row.kind.name(), "state": row.state }),
    };
    Ok(audit::append(tx, &act, desk.clock.now()).await?)
}
