//! Connecting shops over the generic HTTP contract, and trying them.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{ConnectShopPage, OrderSourcesPage};
use crate::app::Desk;
use crate::commerce::registry::RegistryError;
use crate::credentials::new_token;
use crate::model::audit::{Act, Actor, AuditAction, AuditSubject};
use crate::model::channel::{Channel, is_marketplace};
use crate::model::numbering::MARKET;
use crate::model::order::OrderSourceRow;
use crate::model::teammate::{Role, Teammate};
use crate::model::{BrandId, Json, OrderSourceId};
use crate::store::{Tx, audit, brands, channels, order_sources};
use crate::web::error::{Error, Result};
use crate::web::flash::{Back, Tone, back_with};
use crate::web::frame::{brand_named, page, page_of, shown, shown_with_errors};
use crate::web::guard::{Posted, SignedIn};
use crate::web::page::{BrandQuery, Place};

/// `GET /order-sources?brand=`
pub async fn show(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    look: web::Query<BrandQuery>,
) -> Result<HttpResponse> {
    if look.brand.is_empty() {
        let rows = order_sources::list(&desk.db).await?;
        let frame = page(&desk, &request, &who, Place::Settings, None).await?;
        return shown(&request, &OrderSourcesPage::new(frame, &rows, None));
    }
    let brand = brand_named(&desk, &look.brand).await?;
    let rows = order_sources::list_of(&desk.db, brand.id).await?;
    let frame = page_of(&desk, &request, &who, Place::Settings, &brand).await?;
    shown(&request, &OrderSourcesPage::new(frame, &rows, Some(&brand.slug)))
}

/// `GET /order-sources/new?brand=`
pub async fn form(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    look: web::Query<BrandQuery>,
) -> Result<HttpResponse> {
    who.require(Role::Admin)?;
    let brand = brand_named(&desk, &look.brand).await?;
    let frame = page_of(&desk, &request, &who, Place::Settings, &brand).await?;
    let markets = markets_of(&desk, brand.id).await?;
    shown(&request, &ConnectShopPage::new(frame, &new_token(), &markets, &[], &[]))
}

/// What the form sends.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Form {
    brand: String,
    name: String,
    base_url: String,
    secret: String,
    market: String,
    check: Option<String>,
}

impl Form {
    /// What is kept, or why the marketplace cannot be the shop's.
    fn settings(&self, markets: &[Channel]) -> std::result::Result<Json<Value>, String> {
        let url = self.base_url.trim();
        if self.market.is_empty() {
            return Ok(Json(json!({ "base_url": url })));
        }
        let market = markets.iter().find(|market| market.id.to_string() == self.market);
        let market = market.ok_or("This is no marketplace of the brand. Nothing was saved; choose again.")?;
        Ok(Json(json!({ "base_url": url, MARKET: market.id })))
    }

    fn values(&self) -> [(&'static str, String); 3] {
        [("name", self.name.clone()), ("base_url", self.base_url.clone()), ("market", self.market.clone())]
    }
}

/// The marketplaces on which a brand sells.
async fn markets_of(desk: &Desk, brand: BrandId) -> Result<Vec<Channel>> {
    let mut markets = channels::list(&desk.db).await?;
    markets.retain(|channel| channel.brand_id == brand && is_marketplace(channel.channel_kind()));
    Ok(markets)
}

/// `POST /order-sources`: asks the shop, and keeps it unless only a test was asked for.
pub async fn create(desk: web::Data<Desk>, request: HttpRequest, posted: Posted<Form>) -> Result<HttpResponse> {
    posted.require(Role::Admin)?;
    let form = &posted.form;
    let brand = brand_named(&desk, &form.brand).await?;
    let markets = markets_of(&desk, brand.id).await?;
    let settings = match form.settings(&markets) {
        Ok(settings) => settings,
        Err(words) => {
            let frame = page_of(&desk, &request, &posted.who(), Place::Settings, &brand).await?;
            let wrong = [("market", words)];
            let page = ConnectShopPage::new(frame, &new_token(), &markets, &form.values(), &wrong);
            return shown_with_errors(&request, &page);
        }
    };
    let row = OrderSourceRow {
        id: desk.clock.new_id(),
        brand_id: brand.id,
        kind: "http".to_owned(),
        name: if form.name.trim().is_empty() { "Shop".to_owned() } else { form.name.trim().to_owned() },
        settings,
        state: "connected".to_owned(),
        state_reason: String::new(),
        last_read_at: None,
    };
    let secrets = json!({ "secret": form.secret });
    let outcome = desk.shops.try_out(&row, &secrets).await;
    if form.check.is_some() || outcome.is_err() {
        let who = posted.who();
        let frame = page_of(&desk, &request, &who, Place::Settings, &brand).await?;
        let page = ConnectShopPage::new(frame, &new_token(), &markets, &form.values(), &[]).tested(outcome);
        return shown_with_errors(&request, &page);
    }
    let sealed = desk.shops.seal(row.id, &secrets).map_err(|error| Error::Internal(error.into()))?;
    let mut tx = desk.db.begin().await?;
    order_sources::insert(&mut tx, &row, sealed, desk.clock.now()).await?;
    note(&desk, &mut tx, &posted.by, AuditAction::OrderSourceConnected, &row, "connected").await?;
    tx.commit().await?;
    desk.shops.forget(brand.id);
    let words = format!("{} is connected. Its hooks may come to the address below.", row.name);
    Ok(back_with(&href(row.id), Tone::Info, &words))
}

fn href(id: OrderSourceId) -> String {
    format!("/order-sources/{id}")
}

/// Where a shop sends its hooks.
fn hook_address(desk: &Desk, id: OrderSourceId) -> String {
    format!("{}/hooks/orders/{id}", desk.config.public_address())
}

/// A shop that is connected over HTTP: the only kind that is changed here.
async fn changeable(desk: &Desk, id: OrderSourceId) -> Result<OrderSourceRow> {
    order_sources::find(&desk.db, id).await?.filter(|row| row.kind == "http").ok_or(Error::NotFound)
}

/// `GET /order-sources/{id}`
pub async fn edit(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    id: web::Path<OrderSourceId>,
) -> Result<HttpResponse> {
    who.require(Role::Admin)?;
    let row = changeable(&desk, *id).await?;
    let brand = brands::get(&desk.db, row.brand_id).await?;
    let frame = page_of(&desk, &request, &who, Place::Settings, &brand).await?;
    let markets = markets_of(&desk, row.brand_id).await?;
    shown(&request, &ConnectShopPage::again(frame, &row, hook_address(&desk, *id), &markets, &[], &[]))
}

/// The secrets of a shop that is given this one: that before still counts beside it. Given once more, it changes nothing.
fn renewed(known: &Value, secret: &str) -> Value {
    let before = known.get("secret");
    if before.and_then(Value::as_str) == Some(secret) {
        return known.clone();
    }
    json!({ "secret": secret, "previous_secret": before })
}

/// `POST /order-sources/{id}`: asks the shop as it would be, and keeps it unless only a test was asked for.
pub async fn update(
    desk: web::Data<Desk>,
    request: HttpRequest,
    id: web::Path<OrderSourceId>,
    posted: Posted<Form>,
) -> Result<HttpResponse> {
    posted.require(Role::Admin)?;
    let form = &posted.form;
    let before = changeable(&desk, *id).await?;
    let name = if form.name.trim().is_empty() { before.name.clone() } else { form.name.trim().to_owned() };
    let markets = markets_of(&desk, before.brand_id).await?;
    let settings = match form.settings(&markets) {
        Ok(settings) => settings,
        Err(words) => {
            let brand = brands::get(&desk.db, before.brand_id).await?;
            let frame = page_of(&desk, &request, &posted.who(), Place::Settings, &brand).await?;
            let (hook, wrong) = (hook_address(&desk, *id), [("market", words)]);
            let page = ConnectShopPage::again(frame, &before, hook, &markets, &form.values(), &wrong);
            return shown_with_errors(&request, &page);
        }
    };
    let row = OrderSourceRow { name, settings, ..before.clone() };
    // Secrets that cannot be opened any more are given anew.
    let known = desk.shops.secrets(*id).await.unwrap_or_default();
    let secrets = if form.secret.is_empty() { known } else { renewed(&known, &form.secret) };
    let outcome = desk.shops.try_out(&row, &secrets).await;
    if form.check.is_some() || outcome.is_err() {
        let who = posted.who();
        let brand = brands::get(&desk.db, row.brand_id).await?;
        let frame = page_of(&desk, &request, &who, Place::Settings, &brand).await?;
        let hook = hook_address(&desk, *id);
        let page = ConnectShopPage::again(frame, &before, hook, &markets, &form.values(), &[]).tested(outcome);
        return shown_with_errors(&request, &page);
    }
    let mut tx = desk.db.begin().await?;
    // Trying it took its time: another secret may have been given meanwhile.
    if form.secret.is_empty() {
        order_sources::set_up(&mut tx, &row).await?;
    } else {
        let by_now = match desk.shops.locked_secrets(&mut tx, *id).await {
            Err(RegistryError::Store(error)) => return Err(error.into()),
            kept => kept.unwrap_or_default(),
        };
        let secrets = renewed(&by_now, &form.secret);
        let sealed = desk.shops.seal(row.id, &secrets).map_err(|error| Error::Internal(error.into()))?;
        order_sources::update(&mut tx, &row, sealed).await?;
    }
    note(&desk, &mut tx, &posted.by, AuditAction::OrderSourceChanged, &row, "connected").await?;
    tx.commit().await?;
    desk.shops.forget(row.brand_id);
    Ok(back_with(&href(*id), Tone::Info, &format!("{} is changed.", row.name)))
}

/// `POST /order-sources/{id}/checks`
pub async fn check(desk: web::Data<Desk>, id: web::Path<OrderSourceId>, posted: Posted<Back>) -> Result<HttpResponse> {
    posted.require(Role::Admin)?;
    let rows = order_sources::list(&desk.db).await?;
    let row = rows.into_iter().find(|row| row.id == *id).ok_or(Error::NotFound)?;
    desk.shops.forget(row.brand_id);
    let shops = desk.shops.of_brand(row.brand_id).await.map_err(|error| Error::Conflict(error.to_string()))?;
    let shop = shops.get(*id).ok_or(Error::NotFound)?;
    let outcome = shop.source.check().await.map_err(|failure| failure.to_string());
    let (state, reason) = match &outcome {
        Ok(()) => ("connected", ""),
        Err(reason) => ("needs_attention", reason.as_str()),
    };
    let mut tx = desk.db.begin().await?;
    order_sources::set_state(&mut tx, *id, state, reason).await?;
    if row.state != state {
        note(&desk, &mut tx, &posted.by, AuditAction::OrderSourceChanged, &row, state).await?;
    }
    tx.commit().await?;
    Ok(match outcome {
        Ok(()) => back_with("/order-sources", Tone::Info, "The shop answers."),
        Err(reason) => back_with("/order-sources", Tone::Bad, &reason),
    })
}

async fn note(
    desk: &Desk,
    tx: &mut Tx,
    by: &Teammate,
    action: AuditAction,
    row: &OrderSourceRow,
    state: &str,
) -> Result<()> {
    let act = Act {
        actor: Actor::Teammate(by),
        action,
        subject: (AuditSubject::OrderSource, row.id.to_string()),
        brand: Some(row.brand_id),
        details: json!({ "kind": row.kind, "name": row.name, "state": state }),
    };
    Ok(audit::append(tx, &act, desk.clock.now()).await?)
}
