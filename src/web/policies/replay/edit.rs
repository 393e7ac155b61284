//! A replay as it is begun, watched, stopped and looked into.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use super::{CasesPage, Counted, Known, SIZES, Tools};
use crate::app::Desk;
use crate::model::brand::Brand;
use crate::model::job::{Job, JobKind};
use crate::model::replay::{Replay, ReplayState, Tally};
use crate::model::teammate::Role;
use crate::model::version::Version;
use crate::model::{BrandId, Json, ReplayId};
use crate::store::jobs::{self, NewJob};
use crate::store::versions::{self, Kind};
use crate::store::{self, brands, replays};
use crate::web::error::{Error, Result};
use crate::web::flash::{Nothing, Tone, back_to, back_with};
use crate::web::format::Reader;
use crate::web::frame::{brand_named, page_of, part_shown, shown};
use crate::web::guard::{Posted, SignedIn};
use crate::web::page::Place;
use crate::web::policies::edit::home;

/// What is stored of a brand's newest replay, beside the versions of its policy.
#[derive(Debug)]
pub(in crate::web::policies) struct Stored {
    replay: Option<Replay>,
    work: Vec<Job>,
}

impl Stored {
    /// As it stands now.
    pub(in crate::web::policies) async fn of(desk: &Desk, brand: BrandId) -> store::Result<Self> {
        let replay = replays::newest(&desk.db, brand).await?;
        let work = match &replay {
            Some(_) => jobs::list_of_key(&desk.db, JobKind::Replay, &brand.to_string()).await?,
            None => Vec::new(),
        };
        Ok(Self { replay, work })
    }

    /// With the versions of the policy.
    pub(in crate::web::policies) fn known<'a>(&'a self, versions: &'a [Version]) -> Known<'a> {
        Known { replay: self.replay.as_ref(), versions, work: &self.work }
    }
}

/// Whose.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Of {
    brand: String,
}

/// `GET /policies/replay`: what is counted, for open pages.
pub async fn counted(desk: web::Data<Desk>, _: SignedIn, of: web::Query<Of>) -> Result<HttpResponse> {
    let brand = brand_named(&desk, &of.brand).await?;
    let (stored, versions) = (Stored::of(&desk, brand.id).await?, all(&desk, &brand).await?);
    part_shown(&Counted::new(Reader::utc(desk.clock.now()), &brand.slug, stored.known(&versions)))
}

/// `GET /policies/replay/tools`: what may be done with it, for open pages.
pub async fn tools(desk: web::Data<Desk>, who: SignedIn, of: web::Query<Of>) -> Result<HttpResponse> {
    let brand = brand_named(&desk, &of.brand).await?;
    let (stored, versions) = (Stored::of(&desk, brand.id).await?, all(&desk, &brand).await?);
    part_shown(&Tools::new((&brand.slug, &who.csrf), who.teammate.role, stored.known(&versions)))
}

async fn all(desk: &Desk, brand: &Brand) -> store::Result<Vec<Version>> {
    versions::list(&desk.db, Kind::Policy, brand.id).await
}

/// Of how many conversations.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Wish {
    brand: String,
    conversations: i64,
}

/// `POST /replays`: of the draft as it is now, in the place of the replay before.
pub async fn begin(desk: web::Data<Desk>, posted: Posted<Wish>) -> Result<HttpResponse> {
    posted.require(Role::Manager)?;
    let brand = brand_named(&desk, &posted.form.brand).await?;
    let wanted = posted.form.conversations;
    if !SIZES.contains(&wanted) {
        let words = "Nothing was replayed: choose from what the list offers.";
        return Ok(back_with(&home(&brand), Tone::Bad, words));
    }
    let Some(draft) = versions::draft(&desk.db, Kind::Policy, brand.id).await? else {
        let words = "Nothing was replayed: there is no draft. Change a field first.";
        return Ok(back_with(&home(&brand), Tone::Bad, words));
    };
    let now = desk.clock.now();
    let replay = Replay {
        id: desk.clock.new_id(),
        brand_id: brand.id,
        version_id: draft.id,
        version: draft.version,
        revision: draft.created_at,
        document: draft.document,
        against: 0,
        wanted,
        total: 0,
        state: ReplayState::Running,
        tally: Json(Tally::default()),
        begun_at: now,
        ended_at: None,
    };
    let job = NewJob {
        dedup_key: Some(brand.id.to_string()),
        ..NewJob::about(desk.clock.new_id(), JobKind::Replay, "replay", &replay.id, now)
    };
    let mut tx = desk.db.begin().await?;
    replays::insert(&mut tx, &replay).await?;
    jobs::enqueue(&mut tx, &[job]).await?;
    tx.commit().await?;
    desk.wake.job(JobKind::Replay);
    Ok(back_to(&home(&brand)))
}

/// `POST /replays/{id}/cancellation`: what is counted stays.
pub async fn cancel(desk: web::Data<Desk>, id: web::Path<ReplayId>, posted: Posted<Nothing>) -> Result<HttpResponse> {
    posted.require(Role::Manager)?;
    let replay = replays::find(&desk.db, *id).await?.ok_or(Error::NotFound)?;
    let brand = brands::get(&desk.db, replay.brand_id).await?;
    let mut tx = desk.db.begin().await?;
    let was_under_way = replays::end(&mut tx, replay.id, ReplayState::Stopped, desk.clock.now()).await?;
    tx.commit().await?;
    let words = if was_under_way {
        "The replay is stopped. What was counted is kept."
    } else {
        "The replay was over before. What it counted is kept."
    };
    Ok(back_with(&home(&brand), Tone::Info, words))
}

/// Which cases.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Which {
    what: String,
}

/// `GET /replays/{id}`
pub async fn show(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    id: web::Path<ReplayId>,
    which: web::Query<Which>,
) -> Result<HttpResponse> {
    let replay = replays::find(&desk.db, *id).await?.ok_or(Error::NotFound)?;
    let brand = brands::get(&desk.db, replay.brand_id).await?;
    let versions = all(&desk, &brand).await?;
    let cases = replays::list_cases(&desk.db, replay.id).await?;
    let frame = page_of(&desk, &request, &who, Place::Policy, &brand).await?;
    let known = Known { replay: Some(&replay), versions: &versions, work: &[] };
    shown(&request, &CasesPage::new(frame, &replay, known, &cases, &which.what))
}
