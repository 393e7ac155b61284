//! What a request needs before it can show a page: who asks, the brand, the numbers in the rail.

use actix_web::cookie::Cookie;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::error::{Error, Result};
use super::flash;
use super::guard::SignedIn;
use super::page::{InboxQuery, Page, Place, Theme};
use crate::app::Desk;
use crate::model::BrandId;
use crate::model::brand::Brand;
use crate::store::{brands, channels, conversations, events};

/// The cookie that holds light or dark.
pub(super) const THEME: &str = "resolute_theme";

/// The brand of a page: the one asked for, or the first.
pub(super) async fn brand_of(desk: &Desk, wanted: Option<BrandId>) -> Result<Brand> {
    match wanted {
        Some(id) => Ok(brands::get(&desk.db, id).await?),
        None => brands::list(&desk.db).await?.into_iter().next().ok_or(Error::NotFound),
    }
}

/// The frame of a page; inbox pages hand in what their list shows.
pub(super) async fn page(
    desk: &Desk,
    request: &HttpRequest,
    who: &SignedIn,
    place: Place,
    inbox: Option<InboxQuery>,
) -> Result<Page> {
    let brand = brand_of(desk, inbox.as_ref().and_then(|query| query.brand)).await?;
    let mut page = Page::new(&brand, &who.teammate, &who.csrf, place, desk.clock.now());
    page.counts = conversations::counts(&desk.db, who.teammate.id).await?;
    page.cursor = events::last_seq(&desk.db).await?;
    page.theme = theme(request);
    page.notice = flash::take(request);
    if inbox.is_some() {
        let open = conversations::channel_counts(&desk.db).await?;
        let count = |id| open.iter().find(|row| row.channel_id == id).map_or(0, |row| row.count);
        page.channels = channels::list(&desk.db)
            .await?
            .into_iter()
            .map(|row| (count(row.id), row))
            .map(|(n, row)| (row, n))
            .collect();
    }
    page.inbox = inbox;
    Ok(page)
}

fn theme(request: &HttpRequest) -> Theme {
    match request.cookie(THEME).as_ref().map(Cookie::value) {
        Some("light") => Theme::Light,
        Some("dark") => Theme::Dark,
        _ => Theme::System,
    }
}

/// A rendered page. What the page before left to say is spent with it.
pub(super) fn shown(request: &HttpRequest, template: &impl Template) -> Result<HttpResponse> {
    let mut response = HttpResponse::Ok();
    response.content_type("text/html; charset=utf-8").insert_header(("cache-control", "no-store"));
    if flash::take(request).is_some() {
        response.cookie(flash::spent());
    }
    Ok(response.body(template.render()?))
}
