//! The numbers, and the cases behind them.

use actix_web::{HttpRequest, HttpResponse, web};

use super::{PAGE, ResolutionsPage, ResolutionsQuery, ResolvedPage};
use crate::app::Desk;
use crate::store::{answer_times, resolutions};
use crate::web::cursors::{cursor_of, cursor_text};
use crate::web::error::Result;
use crate::web::frame::{brand_named, page_of, shown};
use crate::web::guard::SignedIn;
use crate::web::page::Place;

/// `GET /resolutions`
pub async fn show(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    query: web::Query<ResolutionsQuery>,
) -> Result<HttpResponse> {
    let brand = brand_named(&desk, &query.brand).await?;
    let groups = resolutions::counts(&desk.db, brand.id, query.span(desk.clock.now())).await?;
    let days = answer_times::of_brand(&desk.db, brand.id).await?.settled_after().as_secs() / 86_400;
    let frame = page_of(&desk, &request, &who, Place::Reports, &brand).await?;
    shown(&request, &ResolutionsPage::new(frame, &brand, &query, (groups.as_slice(), days)))
}

/// `GET /resolutions/conversations`
pub async fn list(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    query: web::Query<ResolutionsQuery>,
) -> Result<HttpResponse> {
    let brand = brand_named(&desk, &query.brand).await?;
    let after = if query.cursor.is_empty() { None } else { Some(cursor_of(&query.cursor)?) };
    let most = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let mut cases = resolutions::list(&desk.db, &query.filter(brand.id, desk.clock.now()), after, most).await?;
    let more = cases.len() > PAGE;
    cases.truncate(PAGE);
    let next = cases.last().filter(|_| more).map(|last| cursor_text(last.cursor()));
    let frame = page_of(&desk, &request, &who, Place::Reports, &brand).await?;
    shown(&request, &ResolvedPage::new(frame, &query, &cases, next))
}
