//! Looking at hours and targets, and changing them.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

use super::{AnswerTimesPage, Written};
use crate::app::Desk;
use crate::model::Zone;
use crate::model::audit::{Act, Actor, AuditAction, AuditSubject};
use crate::model::brand::Brand;
use crate::model::channel::ChannelKind;
use crate::model::teammate::Role;
use crate::store::{answer_times, audit, channels};
use crate::web::error::Result;
use crate::web::flash::{Tone, back_with};
use crate::web::format::counted;
use crate::web::frame::{brand_named, page_of, shown, shown_with_errors};
use crate::web::guard::{Posted, SignedIn};
use crate::web::page::{BrandQuery, Place};

/// `GET /answer-times?brand=`
pub async fn show(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    which: web::Query<BrandQuery>,
) -> Result<HttpResponse> {
    let brand = brand_named(&desk, &which.brand).await?;
    let times = answer_times::of_brand(&desk.db, brand.id).await?;
    let kinds = kinds_of(&desk, &brand).await?;
    let frame = page_of(&desk, &request, &who, Place::Settings, &brand).await?;
    let written = Written::of(&times, &brand, &kinds);
    shown(&request, &AnswerTimesPage::new(frame, &brand, &kinds, &written, &Vec::new()))
}

/// The kinds of channel that a brand has.
async fn kinds_of(desk: &Desk, brand: &Brand) -> Result<Vec<ChannelKind>> {
    let all = channels::list(&desk.db).await?;
    let own = |kind: &ChannelKind| all.iter().any(|row| row.brand_id == brand.id && row.channel_kind() == *kind);
    Ok(ChannelKind::ALL.into_iter().filter(own).collect())
}

/// `POST /answer-times`: what is set holds at once, for open conversations too.
pub async fn save(
    desk: web::Data<Desk>,
    request: HttpRequest,
    posted: Posted<Vec<(String, String)>>,
) -> Result<HttpResponse> {
    posted.require(Role::Manager)?;
    let slug = posted.form.iter().find(|(name, _)| name == "brand").map(|(_, slug)| slug.clone()).unwrap_or_default();
    let brand = brand_named(&desk, &slug).await?;
    let kinds = kinds_of(&desk, &brand).await?;
    let who = posted.who();
    let written = Written(posted.form);
    let mut times = match written.read(&kinds) {
        Ok(times) => times,
        Err(problems) => {
            let frame = page_of(&desk, &request, &who, Place::Settings, &brand).await?;
            let page = AnswerTimesPage::new(frame, &brand, &kinds, &written, &problems);
            return shown_with_errors(&request, &page);
        }
    };
    let now = desk.clock.now();
    times.zone = Zone::named(&brand.time_zone);
    let mut tx = desk.db.begin().await?;
    answer_times::save(&mut tx, brand.id, &times, now).await?;
    let changed = answer_times::set_clocks_anew(&mut tx, brand.id, &times).await?;
    let act = Act {
        actor: Actor::Teammate(&posted.by),
        action: AuditAction::AnswerTimesChanged,
        subject: (AuditSubject::Brand, brand.slug.clone()),
        brand: Some(brand.id),
        details: json!({ "times": times, "clocks": changed }),
    };
    audit::append(&mut tx, &act, now).await?;
    tx.commit().await?;
    desk.wake.event();
    let words = match changed {
        0 => "The answer times are set.".to_owned(),
        _ => format!("The answer times are set. {} set anew.", counted(changed, "open clock is", "open clocks are")),
    };
    Ok(back_with(&format!("/answer-times?brand={}", brand.slug), Tone::Info, &words))
}
