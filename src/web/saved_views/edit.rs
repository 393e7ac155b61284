//! Making, changing, ordering and forgetting lists.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use super::filter::{FilterForm, values_of};
use super::{Choices, SavedViewPage, SavedViewsPage, may_change};
use crate::app::Desk;
use crate::model::saved_view::{Filters, SavedView};
use crate::model::teammate::Teammate;
use crate::model::{Json, SavedViewId, TeammateId};
use crate::store::{brands, channels, saved_views, teammates};
use crate::web::changes::seen_of;
use crate::web::error::{Error, Result};
use crate::web::flash::{Nothing, Tone, back_to, back_with};
use crate::web::forms::FieldErrors;
use crate::web::frame::{page, shown, shown_with_errors};
use crate::web::guard::{Posted, SignedIn};
use crate::web::page::Place;

/// Longest name, in characters.
const NAME: usize = 40;
/// Most lists that one person makes.
const MADE: usize = 30;
/// What is said where there are as many.
const ENOUGH: &str = "You have made 30 views, and that is the most. Nothing was saved; delete one that you no longer need, \
                      then save once more.";
/// What is said of a list that was deleted since its form was drawn.
const GONE: &str = "Somebody deleted this view meanwhile. Save once more to make it anew.";
/// What is said of a list that was changed since its form was drawn.
const CHANGED: &str = "Somebody changed this view meanwhile; open it in another tab to see how. Save once more to set it to \
                       what stands here.";

/// What the form sends.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Form {
    name: String,
    shared: Option<String>,
    /// How the list stood when the form was drawn.
    pub(super) seen: String,
    #[serde(flatten)]
    filter: FilterForm,
}

impl Form {
    fn of(view: &SavedView) -> Self {
        Self {
            name: view.name.clone(),
            shared: view.shared.then(String::new),
            seen: seen(view),
            filter: FilterForm::of(&view.filters.0),
        }
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
        if name.chars().count() > NAME {
            return Some(("name", format!("A name has up to {NAME} characters.")));
        }
        let unknown = "The desk does not know this. Nothing was saved; choose again.";
        self.filter.foreign().map(|field| (field, unknown.to_owned()))
    }
}

/// How a list stands, in one word.
fn seen(view: &SavedView) -> String {
    let shared = if view.shared { "1" } else { "" };
    let about = [("name", view.name.clone()), ("shared", shared.to_owned())];
    let all: Vec<_> = about.into_iter().chain(values_of(&view.filters.0)).collect();
    seen_of(&all)
}

/// `GET /saved-views`
pub async fn list(desk: web::Data<Desk>, who: SignedIn, request: HttpRequest) -> Result<HttpResponse> {
    let all = saved_views::list_all(&desk.db, who.teammate.id).await?;
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
    draw(&desk, &who, &request, None, &begun, &[]).await
}

/// `GET /saved-views/{id}`
pub async fn one(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    id: web::Path<SavedViewId>,
) -> Result<HttpResponse> {
    let view = own(&desk, *id, &who.teammate).await?;
    draw(&desk, &who, &request, Some(&view), &Form::of(&view), &[]).await
}

async fn draw(
    desk: &Desk,
    who: &SignedIn,
    request: &HttpRequest,
    view: Option<&SavedView>,
    form: &Form,
    errors: FieldErrors<'_>,
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
    let page = SavedViewPage::new(frame, view, &choices, form, errors);
    if errors.is_empty() { shown(request, &page) } else { shown_with_errors(request, &page) }
}

/// A list that this person may change.
async fn own(desk: &Desk, id: SavedViewId, by: &Teammate) -> Result<SavedView> {
    let view = saved_views::find(&desk.db, id, by.id).await?.ok_or(Error::NotFound)?;
    refuse_others(&view, by)?;
    Ok(view)
}

/// A list of the team is changed by whoever made it, and by managers.
fn refuse_others(view: &SavedView, by: &Teammate) -> Result<()> {
    if may_change(by, view) {
        return Ok(());
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
    match own(&desk, *id, &posted.by).await {
        Err(Error::NotFound) => refused(&desk, &request, &posted, None, GONE).await,
        found => keep(&desk, &request, &posted, Some(found?)).await,
    }
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
        return draw(desk, &who, request, before.as_ref(), form, &[problem]).await;
    }
    let wanted = |view: SavedView| SavedView {
        name: form.name.trim().to_owned(),
        shared: form.is_shared(),
        filters: Json(form.filter.filters()),
        ..view
    };
    let Some(before) = before else {
        let all = saved_views::list_all(&desk.db, posted.by.id).await?;
        if all.iter().filter(|view| view.teammate_id == posted.by.id).count() >= MADE {
            return refused(desk, request, posted, None, ENOUGH).await;
        }
        let view = wanted(fresh(desk, &posted.by, &all));
        let mut tx = desk.db.begin().await?;
        saved_views::save(&mut tx, &view).await?;
        tx.commit().await?;
        return Ok(back_to(&format!("/inbox?saved={}", view.id)));
    };
    let mut tx = desk.db.begin().await?;
    let Some(stands) = saved_views::lock(&mut tx, before.id, posted.by.id).await? else {
        drop(tx);
        return refused(desk, request, posted, None, GONE).await;
    };
    refuse_others(&stands, &posted.by)?;
    let view = wanted(stands.clone());
    let now = seen(&stands);
    if !form.seen.is_empty() && form.seen != now && seen(&view) != now {
        drop(tx);
        return refused(desk, request, posted, Some(&stands), CHANGED).await;
    }
    saved_views::save(&mut tx, &view).await?;
    tx.commit().await?;
    Ok(back_to(&format!("/inbox?saved={}", view.id)))
}

/// The form once more, with what is in it, for the list as it stands by now.
async fn refused(
    desk: &Desk,
    request: &HttpRequest,
    posted: &Posted<Form>,
    stands: Option<&SavedView>,
    words: &str,
) -> Result<HttpResponse> {
    let form = Form { seen: stands.map(seen).unwrap_or_default(), ..posted.form.clone() };
    draw(desk, &posted.who(), request, stands, &form, &[("name", words.to_owned())]).await
}

/// A list with nothing in it, behind the others.
fn fresh(desk: &Desk, by: &Teammate, all: &[SavedView]) -> SavedView {
    SavedView {
        id: desk.clock.new_id(),
        teammate_id: by.id,
        name: String::new(),
        shared: false,
        position: all.iter().map(|view| view.position).max().unwrap_or(0) + 1,
        filters: Json(Filters::default()),
        created_at: desk.clock.now(),
    }
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

/// `POST /saved-views/{id}/moves`: it goes past its neighbour.
pub async fn shift(desk: web::Data<Desk>, id: web::Path<SavedViewId>, posted: Posted<Move>) -> Result<HttpResponse> {
    let view = own(&desk, *id, &posted.by).await?;
    let mut tx = desk.db.begin().await?;
    let mut all = saved_views::lock_all(&mut tx).await?;
    pass_neighbour(&mut all, view.id, posted.by.id, posted.form.way == "up");
    for (position, one) in (1_i64..).zip(&all).filter(|(position, one)| one.position != *position) {
        saved_views::set_position(&mut tx, one.id, position).await?;
    }
    tx.commit().await?;
    Ok(back_to("/saved-views"))
}

/// Puts a list on the other side of the next one that the reader sees. All others stay as they are to each other, also those
/// that only other people see.
fn pass_neighbour(all: &mut Vec<SavedView>, id: SavedViewId, reader: TeammateId, up: bool) {
    let Some(at) = all.iter().position(|one| one.id == id) else { return };
    let is_seen = |one: &SavedView| one.shared || one.teammate_id == reader;
    let to = if up {
        all.iter().take(at).rposition(is_seen)
    } else {
        all.iter().skip(at + 1).position(is_seen).map(|behind| at + 1 + behind)
    };
    if let Some(to) = to {
        let moved = all.remove(at);
        all.insert(to, moved);
    }
}
