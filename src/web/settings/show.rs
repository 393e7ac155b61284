//! The index of everything that is set up.

use actix_web::{HttpRequest, HttpResponse, web};

use super::{SettingsFacts, SettingsPage};
use crate::app::Desk;
use crate::model::channel::ChannelState;
use crate::store::{
    Reader, answer_times, articles, brakes, brands, channels, jobs, macros, order_sources, raw_events, reply_templates,
    teammates, trackers,
};
use crate::web::error::Result;
use crate::web::frame::{brand_named, page, shown};
use crate::web::guard::SignedIn;
use crate::web::page::Place;

/// `GET /settings`
pub async fn show(desk: web::Data<Desk>, who: SignedIn, request: HttpRequest) -> Result<HttpResponse> {
    let channels = channels::list(&desk.db).await?;
    let sources = order_sources::list(&desk.db).await?;
    let trackers = trackers::list(&desk.db).await?;
    let brand = brand_named(&desk, "").await?;
    let texts = reply_templates::list_current(&desk.db, brand.id).await?;
    let facts = SettingsFacts {
        channels: channels.len(),
        troubled_channels: channels
            .iter()
            .filter(|row| matches!(row.state, ChannelState::NeedsAttention | ChannelState::SendingFails))
            .count(),
        order_sources: sources.len(),
        troubled_sources: sources.iter().filter(|row| row.state == "needs_attention").count(),
        trackers: trackers.len(),
        troubled_trackers: trackers.iter().filter(|row| row.state == "needs_attention").count(),
        brands: brands::list(&desk.db).await?.len(),
        set_aside: raw_events::list_quarantined(&desk.db).await?.len(),
        macros: macros::list(&desk.db, brand.id, who.teammate.id).await?.len(),
        own_hours: !answer_times::of_brand(&desk.db, brand.id).await?.hours.week.is_empty(),
        teammates: teammates::list(&desk.db).await?.len(),
        own_texts: texts.iter().filter(|text| !text.body.is_empty()).count(),
        articles: usize::try_from(articles::count_live(&desk.db, brand.id).await?).unwrap_or(0),
        brakes: brakes::list_in_force(&mut Reader::Db(&desk.db)).await?.len(),
        language_model: desk.llm.is_some(),
        dead_jobs: usize::try_from(jobs::counts(&desk.db).await?.dead).unwrap_or(0),
    };
    let frame = page(&desk, &request, &who, Place::Settings, None).await?;
    shown(&request, &SettingsPage::new(frame, facts))
}
