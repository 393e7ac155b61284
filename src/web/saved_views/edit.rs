//! Making, changing, ordering and forgetting lists.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use super::filter::{FilterForm, values_of};
use super::{Choices, SavedViewPage, SavedViewsPage, may_change};
use crate::app::Desk;
use crate::model::saved_view::{Filters, SavedView};
use crate::model::teammate::Teammate;
use crate::model::{Json, SavedViewId};
use crate::store::{brands, channels, saved_views, teammates};
use crate::web::error::{Error, Result};
use crate::web::flash::{Nothing, Tone, back_to, back_with};
use crate::web::frame::{page, shown, shown_with_errors};
use crate::web::guard::{Posted, SignedIn};
use crate::web::page::Place;

/// Longest name, in characters.
const NAME: usize = 40;

/// What the form sends.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Form {
    name: String,
    shared: Option<String>,
    #[serde(flatten)]
    filter: FilterForm,
}

impl Form {
    fn of(view: &SavedView) -> Self {
        Self { name: view.name.clone(), shared: view.shared.then(String::new), filter: FilterForm::of(&view.filters.0) }
    }

    pub(super) fn values(&self) -> Vec<(&'static str, String)> {
        std::iter::once(("name", self.name.clone())).chain(values_of(&self.filters())).collect()
    }

    pub(super) fn filters(&self) -> Filters {
        self.filter.filters()
    }

    pub(super) fn is_shared(&self) -> bool {
        self.shared.is_some()
    }

    fn problem(&self) -> Option<(&'static str, String)> {
        let name = self.name.trim();
        if name.is_empty() {
            return Some(("name", "Give it a name, so that you find it again.".to_owned()));
        }
        (name.chars().count() > NAME).then(|| ("name", format!("A name has up to {NAME} characters.")))
    }
}

/// `GET /saved-views`
pub async fn list(desk: web::Data<Desk>, who: SignedIn, request: HttpRequest) -> Result<HttpResponse> {
    let all = saved_views::list(&desk.db, who.teammate.id).await?;
    let frame = page(&desk, &request, &who, Place::Inbox, None).await?;
    shown(&request, &SavedViewsPage::new(frame, &who.teammate, &all))
}

/// `GET /saved-views/new`: the address may say what belongs in the list, as that of a filtered inbox does.
pub async fn form(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    begun: web::Query<Form>,
) -> Result<HttpResponse> {
    draw(&desk, &who, &request, None, &begun, None).await
}

/// `GET /saved-views/{id}`
pub async fn one(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    id: web::Path<SavedViewId>,
) -> Result<HttpResponse> {
    let view = own(&desk, *id, &who.teammate).await?;
    draw(&desk, &who, &request, Some(&view), &Form::of(&view), None).await
}

async fn draw(
    desk: &Desk,
    who: &SignedIn,
    request: &HttpRequest,
    view: Option<&SavedView>,
    form: &Form,
    problem: Option<(&'static str, String)>,
) -> Result<HttpResponse> {
    let (channels, teammates) = (channels::list(&desk.db).await?, teammates::list(&desk.db).await?);
    let brands = brands::list(&desk.db).await?;
    let choices = Choices {
        brands: brands.iter().map(|brand| (brand.id, brand.name.as_str())).collect(),
        channels: channels.iter().collect(),
        teammates: &teammates,
        me: "Whoever looks",
    };
    let frame = page(desk, request, who, Place::Inbox, None).await?;
    let errors: Vec<_> = problem.into_iter().collect();
    let page = SavedViewPage::new(frame, view, &choices, form, &errors);
    if errors.is_empty() { shown(request, &page) } else { shown_with_errors(request, &page) }
}

/// A list that this person may change.
async fn own(desk: &Desk, id: SavedViewId, by: &Teammate) -> Result<SavedView> {
    let view = saved_views::find(&desk.db, id, by.id).await?.ok_or(Error::NotFound)?;
    if may_change(by, &view) {
        return Ok(view);
    }
    Err(Error::Forbidden("This view is the team’s. Whoever made it, or a manager, can change it.".to_owned()))
}

/// `POST /saved-views`
pub async fn create(desk: web::Data<Desk>, request: HttpRequest, posted: Posted<Form>) -> Result<HttpResponse> {
    keep(&desk, &request, &posted, None).await
}

/// `POST /saved-views/{id}`
pub async fn update(
    desk: web::Data<Desk>,
    request: HttpRequest,
    id: web::Path<SavedViewId>,
    posted: Posted<Form>,
) -> Result<HttpResponse> {
    let view = own(&desk, *id, &posted.by).await?;
    keep(&desk, &request, &posted, Some(view)).await
}

async fn keep(
    desk: &Desk,
    request: &HttpRequest,
    posted: &Posted<Form>,
    before: Option<SavedView>,
) -> Result<HttpResponse> {
    let form = &posted.form;
    if let Some(problem) = form.problem() {
        let who = posted.who();
        return draw(desk, &who, request, before.as_ref(), form, Some(problem)).await;
    }
    let view = match before {
        Some(view) => view,
        None => fresh(desk, &posted.by).await?,
    };
    let view = SavedView {
        name: form.name.trim().to_owned(),
        shared: form.is_shared(),
        filters: Json(form.filter.filters()),
        ..view
    };
    let mut tx = desk.db.begin().await?;
    saved_views::save(&mut tx, &view).await?;
    tx.commit().await?;
    Ok(back_to(&format!("/inbox?saved={}", view.id)))
}

/// A list with nothing in it, behind the others.
async fn fresh(desk: &Desk, by: &Teammate) -> Result<SavedView> {
    let all = saved_views::list(&desk.db, by.id).await?;
    Ok(SavedView {
        id: desk.clock.new_id(),
        teammate_id: by.id,
        name: String::new(),
        shared: false,
        position: all.iter().map(|view| view.position).max().unwrap_or(0) + 1,
        filters: Json(Filters::default()),
        created_at: desk.clock.now(),
    })
}

/// `POST /saved-views/{id}/deletion`
pub async fn delete(
    desk: web::Data<Desk>,
    id: web::Path<SavedViewId>,
    posted: Posted<Nothing>,
) -> Result<HttpResponse> {
    let view = own(&desk, *id, &posted.by).await?;
    let mut tx = desk.db.begin().await?;
    saved_views::delete(&mut tx, view.id).await?;
    tx.commit().await?;
    Ok(back_with("/saved-views", Tone::Info, &format!("“{}” is gone. Its conversations stay.", view.name)))
}

/// Which way a list moves.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Move {
    way: String,
}

/// `POST /saved-views/{id}/moves`: it changes places with its neighbour.
pub async fn shift(desk: web::Data<Desk>, id: web::Path<SavedViewId>, posted: Posted<Move>) -> Result<HttpResponse> {
    let view = own(&desk, *id, &posted.by).await?;
    let mut all = saved_views::list(&desk.db, posted.by.id).await?;
    let at = all.iter().position(|one| one.id == view.id).ok_or(Error::NotFound)?;
    let to = if posted.form.way == "up" { at.saturating_sub(1) } else { (at + 1).min(all.len() - 1) };
    all.swap(at, to);
    let mut tx = desk.db.begin().await?;
    for (position, mut one) in (1_i64..).zip(all) {
        // Those of others keep their place in the eyes of everybody else.
        if may_change(&posted.by, &one) && one.position != position {
            one.position = position;
            saved_views::save(&mut tx, &one).await?;
        }
    }
    tx.commit().await?;
    Ok(back_to("/saved-views"))
}
