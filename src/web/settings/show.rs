//! The index of everything that is set up.

use actix_web::{HttpRequest, HttpResponse, web};

use super::{SettingsFacts, SettingsPage};
use crate::app::Desk;
use crate::model::channel::ChannelState;
use crate::store::{channels, jobs, order_sources, teammates};
use crate::web::error::Result;
use crate::web::frame::{page, shown};
use crate::web::guard::SignedIn;
use crate::web::page::Place;

/// `GET /settings`
pub async fn show(desk: web::Data<Desk>, who: SignedIn, request: HttpRequest) -> Result<HttpResponse> {
    let channels = channels::list(&desk.db).await?;
    let sources = order_sources::list(&desk.db).await?;
    let facts = SettingsFacts {
        channels: channels.len(),
        troubled_channels: channels
            .iter()
            .filter(|row| matches!(row.state, ChannelState::NeedsAttention | ChannelState::SendingFails))
            .count(),
        order_sources: sources.len(),
        troubled_sources: sources.iter().filter(|row| row.state == "needs_attention").count(),
        teammates: teammates::list(&desk.db).await?.len(),
        dead_jobs: usize::try_from(jobs::counts(&desk.db).await?.dead).unwrap_or(0),
    };
    let frame = page(&desk, &request, &who, Place::Settings, None).await?;
    shown(&request, &SettingsPage::new(frame, facts))
}
