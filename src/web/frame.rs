//! What a request needs before it can show a page: who asks, the brand, the numbers in the rail.

use actix_web::cookie::Cookie;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use tokio::try_join;

use super::autonomy::banner;
use super::channels::alarms::AlarmList;
use super::error::{Error, Result};
use super::flash;
use super::guard::SignedIn;
use super::page::{BrandLine, InboxQuery, Page, Place, SavedLine, Theme};
use super::search::looked;
use crate::app::Desk;
use crate::model::Zone;
use crate::model::brand::Brand;
use crate::model::channel::{Channel, ChannelState};
use crate::model::teammate::{Role, Teammate};
use crate::store::saved_views::{Asked, Number};
use crate::store::turned_away::TurnedAway;
use crate::store::{self, Reader, brakes, brands, channels, conversation_counts, saved_views, teammates};

/// The cookie that holds light or dark.
pub(super) const THEME: &str = "resolute_theme";

/// The brand with this name in addresses; the first where none is named.
pub(super) async fn brand_named(desk: &Desk, slug: &str) -> Result<Brand> {
    let all = brands::list(&desk.db).await?;
    all.into_iter().find(|brand| slug.is_empty() || brand.slug == slug).ok_or(Error::NotFound)
}

/// Where a person's clock stands: as they say, else as the first brand says.
pub(super) async fn zone_of(desk: &Desk, teammate: &Teammate) -> Result<Zone> {
    Ok(zone_among(teammate, &brands::list(&desk.db).await?))
}

fn zone_among(teammate: &Teammate, brands: &[Brand]) -> Zone {
    let desk = brands.first().map_or("", |brand| &brand.time_zone);
    Zone::first_of(&[&teammate.time_zone, desk])
}

/// The frame of a page about one brand.
pub(super) async fn page_of(
    desk: &Desk,
    request: &HttpRequest,
    who: &SignedIn,
    place: Place,
    brand: &Brand,
) -> Result<Page> {
    let mut page = page(desk, request, who, place, None).await?;
    page.brand = brand.into();
    Ok(page)
}

/// The frame of a page; inbox pages hand in what their list shows.
pub(super) async fn page(
    desk: &Desk,
    request: &HttpRequest,
    who: &SignedIn,
    place: Place,
    inbox: Option<InboxQuery>,
) -> Result<Page> {
    // First: whatever happens while the rest is read comes behind this cursor, and the live feed tells of it.
    let numbers = conversation_counts::numbers(&desk.db, who.teammate.id).await?;
    let (all, listed, turned_away) = try_join!(
        brands::list(&desk.db),
        Listed::new(desk, &who.teammate, inbox.as_ref()),
        turned_away(desk, &who.teammate)
    )?;
    let wanted = inbox.as_ref().and_then(|query| query.brand);
    let brand = all.iter().find(|brand| wanted.is_none_or(|id| brand.id == id)).ok_or(Error::NotFound)?;
    let mut page = Page::new(brand, &who.teammate, &who.csrf, place, desk.clock.now());
    page.reader.zone = zone_among(&who.teammate, &all);
    page.brands = brand_lines(desk, &all, inbox.is_some()).await?;
    (page.counts, page.unread, page.cursor) = (numbers.counts, numbers.unread, numbers.last_seq);
    page.theme = theme(request);
    page.notice = flash::take(request);
    (page.channels, page.saved, page.assignee) = (listed.channels, listed.saved, listed.assignee);
    page.filtered = listed.filtered;
    page.inbox = inbox;
    let stopped = banner(&brakes::list_in_force(&mut Reader::Db(&desk.db)).await?, &all, who.teammate.role);
    page.alarms = alarms_for(desk, &who.teammate, (&page, &turned_away)).await?.behind(stopped);
    Ok(page)
}

/// What was turned away, for who can mend it.
async fn turned_away(desk: &Desk, reader: &Teammate) -> store::Result<Vec<TurnedAway>> {
    if reader.may(Role::Admin) { desk.connections.deliveries.turned_away().await } else { Ok(Vec::new()) }
}

/// What an admin hears of on every page; nobody else can mend it.
async fn alarms_for(desk: &Desk, reader: &Teammate, (page, turned_away): (&Page, &[TurnedAway])) -> Result<AlarmList> {
    if !reader.may(Role::Admin) {
        return Ok(AlarmList::default());
    }
    let all: Vec<Channel> = if page.inbox.is_some() {
        page.channels.iter().map(|(channel, _)| channel.clone()).collect()
    } else {
        channels::list(&desk.db).await?
    };
    let mut outlooks = Vec::with_capacity(all.len());
    for channel in all.iter().filter(|channel| channel.state == ChannelState::Connected) {
        outlooks.push((channel.id, desk.connections.health(channel.id).await));
    }
    Ok(AlarmList::new(page.reader, &all, &outlooks, turned_away))
}

/// What the rail lists on inbox pages.
#[derive(Default)]
struct Listed {
    channels: Vec<(Channel, i64)>,
    saved: Vec<SavedLine>,
    filtered: Option<Number>,
    assignee: Option<String>,
}

impl Listed {
    async fn new(desk: &Desk, reader: &Teammate, inbox: Option<&InboxQuery>) -> store::Result<Self> {
        let Some(query) = inbox else { return Ok(Self::default()) };
        let (channels, saved) = try_join!(conversation_counts::channels(&desk.db), saved_lines(desk, reader))?;
        let channels = channels.into_iter().map(|row| (row.channel, row.count)).collect();
        let assignee = match query.assignee {
            Some(person) => teammates::find(&desk.db, person).await?.map(|person| person.name),
            None => None,
        };
        let filtered = match query.filter.as_deref() {
            Some(filters) => {
                let asked = Asked { filters, reader: reader.id, now: desk.clock.now() };
                Some(number_of(desk, asked).await?)
            }
            None => None,
        };
        Ok(Self { channels, saved, filtered, assignee })
    }
}

/// The lists that a person put together or was given, each with its number.
async fn saved_lines(desk: &Desk, reader: &Teammate) -> store::Result<Vec<SavedLine>> {
    let mut lines = Vec::new();
    for view in saved_views::list(&desk.db, reader.id).await? {
        let asked = Asked { filters: &view.filters.0, reader: reader.id, now: desk.clock.now() };
        let count = number_of(desk, asked).await?;
        lines.push(SavedLine { id: view.id, name: view.name, count, filters: view.filters.0 });
    }
    Ok(lines)
}

/// How many a list holds. No page fails for a number: where the search index is damaged there may be any.
async fn number_of(desk: &Desk, asked: Asked<'_>) -> store::Result<Number> {
    match looked(desk, saved_views::count(&desk.db, asked).await).await {
        Err(store::Error::DamagedIndex(_)) => Ok(Number { found: 0, more: true }),
        counted => counted,
    }
}

/// The brands; with their unresolved conversations where they are counted and there are several.
async fn brand_lines(desk: &Desk, all: &[Brand], counted: bool) -> Result<Vec<BrandLine>> {
    let open = if counted && all.len() > 1 { conversation_counts::by_brand(&desk.db).await? } else { Vec::new() };
    let count = |id| open.iter().find(|row| row.brand_id == id).map_or(0, |row| row.count);
    let line = |brand: &Brand| BrandLine {
        id: brand.id,
        slug: brand.slug.clone(),
        name: brand.name.clone(),
        open: count(brand.id),
    };
    Ok(all.iter().map(line).collect())
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

/// A rendered part of a page that is open. What the page before left to say waits for a whole one.
pub(super) fn part_shown(template: &impl Template) -> Result<HttpResponse> {
    let mut response = HttpResponse::Ok();
    response.content_type("text/html; charset=utf-8").insert_header(("cache-control", "no-store"));
    Ok(response.body(template.render()?))
}

/// The page of a form once more, with what is wrong in it.
pub(super) fn shown_with_errors(request: &HttpRequest, template: &impl Template) -> Result<HttpResponse> {
    let mut response = shown(request, template)?;
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(response)
}
