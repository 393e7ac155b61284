//! Connecting shops, and trying them.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};

use super::kinds::{ShopKind, typed};
use super::{ConnectShopPage, ConnectedShop, OrderSourcesPage, keys};
use crate::app::Desk;
use crate::channels::joined;
use crate::commerce::registry::RegistryError;
use crate::commerce::sources::{LOOKED_UNTIL, former_until};
use crate::credentials::new_token;
use crate::model::audit::{Act, Actor, AuditAction, AuditSubject};
use crate::model::channel::{Channel, is_marketplace};
use crate::model::former_secret::{FORMER_COUNTS, FORMER_UNTIL};
use crate::model::numbering::MARKET;
use crate::model::order::OrderSourceRow;
use crate::model::teammate::{Role, Teammate};
use crate::model::{BrandId, Json, OrderSourceId};
use crate::store::{Tx, audit, brands, channels, order_sources};
use crate::web::error::{Error, Result};
use crate::web::flash::{Back, Nothing, Tone, back_with};
use crate::web::former_secret::{Ending, ended};
use crate::web::frame::{brand_named, page, page_of, shown, shown_with_errors};
use crate::web::guard::{Fields, Posted, SignedIn};
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

/// For whom a shop is connected, and of which kind.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct NewShop {
    brand: String,
    kind: String,
}

/// `GET /order-sources/new?brand=&kind=`
pub async fn form(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    look: web::Query<NewShop>,
) -> Result<HttpResponse> {
    who.require(Role::Admin)?;
    let brand = brand_named(&desk, &look.brand).await?;
    let frame = page_of(&desk, &request, &who, Place::Settings, &brand).await?;
    let markets = markets_of(&desk, brand.id).await?;
    let kind = ShopKind::named(&look.kind).unwrap_or(ShopKind::Http);
    shown(&request, &ConnectShopPage::new(frame, (kind, &new_token()), &markets, &[], &[]))
}

/// What is kept openly of a form, or why the marketplace cannot be the shop's.
fn settings_of(kind: ShopKind, form: &Fields, markets: &[Channel]) -> std::result::Result<Json<Value>, String> {
    let mut settings = kind.settings_of(form);
    let chosen = typed(form, "market");
    if !chosen.is_empty() {
        let market = markets.iter().find(|market| market.id.to_string() == chosen);
        let market = market.ok_or("This is no marketplace of the brand. Nothing was saved; choose again.")?;
        settings.insert(MARKET.to_owned(), json!(market.id));
    }
    Ok(Json(Value::Object(settings)))
}

/// What stands in the fields of a form that comes back.
fn values_of(kind: ShopKind, form: &Fields) -> Vec<(&'static str, String)> {
    let names = ["name", "market"].into_iter().chain(kind.settings().iter().copied());
    names.map(|name| (name, typed(form, name).to_owned())).collect()
}

/// Whether a form was sent with this button.
fn is_sent_with(form: &Fields, button: &str) -> bool {
    form.iter().any(|(name, _)| name == button)
}

/// The marketplaces on which a brand sells.
async fn markets_of(desk: &Desk, brand: BrandId) -> Result<Vec<Channel>> {
    let mut markets = channels::list(&desk.db).await?;
    markets.retain(|channel| channel.brand_id == brand && is_marketplace(channel.channel_kind()));
    Ok(markets)
}

/// `POST /order-sources`: asks the shop, and keeps it unless only a test was asked for, or the shop shall make its keys.
pub async fn create(desk: web::Data<Desk>, request: HttpRequest, posted: Posted<Fields>) -> Result<HttpResponse> {
    posted.require(Role::Admin)?;
    let form = &posted.form;
    let kind = ShopKind::named(typed(form, "kind")).unwrap_or(ShopKind::Http);
    let brand = brand_named(&desk, typed(form, "brand")).await?;
    let (markets, values) = (markets_of(&desk, brand.id).await?, values_of(kind, form));
    let frame = async || page_of(&desk, &request, &posted.who(), Place::Settings, &brand).await;
    let settings = match settings_of(kind, form, &markets) {
        Ok(settings) => settings,
        Err(words) => {
            let wrong = [("market", words)];
            let page = ConnectShopPage::new(frame().await?, (kind, &new_token()), &markets, &values, &wrong);
            return shown_with_errors(&request, &page);
        }
    };
    let row = OrderSourceRow {
        id: desk.clock.new_id(),
        brand_id: brand.id,
        kind: kind.word().to_owned(),
        name: Some(typed(form, "name").trim()).filter(|name| !name.is_empty()).unwrap_or("Shop").to_owned(),
        settings,
        state: "connected".to_owned(),
        state_reason: String::new(),
        last_read_at: None,
    };
    if kind.makes_keys() && is_sent_with(form, "ask") {
        let asked = match connected_twice(&desk, kind, &row).await? {
            Some(words) => Err(words),
            None => keys::asked(&desk, &request, &row),
        };
        let wrong: Vec<(&'static str, String)> =
            asked.as_ref().err().map(|words| ("base_url", words.clone())).into_iter().collect();
        let page = ConnectShopPage::new(frame().await?, (kind, ""), &markets, &values, &wrong);
        return match asked {
            Ok(asks) => shown(&request, &page.asking(asks)),
            Err(_) => shown_with_errors(&request, &page),
        };
    }
    let secrets = kind.secrets_of(form, &new_token());
    let outcome = desk.shops.try_out(&row, &secrets).await;
    if is_sent_with(form, "check") || outcome.is_err() {
        let page = ConnectShopPage::new(frame().await?, (kind, &new_token()), &markets, &values, &[]);
        return shown_with_errors(&request, &page.tested(outcome));
    }
    if let Some(words) = connected_twice(&desk, kind, &row).await? {
        let wrong = [(kind.address(), words)];
        let page = ConnectShopPage::new(frame().await?, (kind, &new_token()), &markets, &values, &wrong);
        return shown_with_errors(&request, &page);
    }
    keep(&desk, &row, &secrets, &posted.by).await?;
    let words = format!("{} is connected. Its hooks may come to the address below.", row.name);
    Ok(back_with(&href(row.id), Tone::Info, &words))
}

/// Why a shop is not kept like this: its brand has it already. Every order would be found twice, and none be the one that is meant.
pub(super) async fn connected_twice(desk: &Desk, kind: ShopKind, row: &OrderSourceRow) -> Result<Option<String>> {
    let here = address_of(kind, &row.settings.0);
    let all = order_sources::list_of(&desk.db, row.brand_id).await?;
    let is_it = |other: &OrderSourceRow| {
        other.id != row.id && other.kind == row.kind && address_of(kind, &other.settings.0) == here
    };
    Ok(all.into_iter().find(is_it).map(|other| {
        format!(
            "This shop is connected already, as “{}”. Nothing was saved. Change that one, or enter the address of another shop.",
            other.name
        )
    }))
}

/// Which shop it is, however its address is spelled.
fn address_of(kind: ShopKind, settings: &Value) -> String {
    let typed = settings.get(kind.address()).and_then(Value::as_str).unwrap_or_default().trim().to_lowercase();
    let bare = typed.strip_prefix("https://").or_else(|| typed.strip_prefix("http://")).unwrap_or(&typed);
    bare.trim_end_matches('/').to_owned()
}

/// Keeps a shop that was just connected by somebody.
pub(super) async fn keep(desk: &Desk, row: &OrderSourceRow, secrets: &Value, by: &Teammate) -> Result<()> {
    let sealed = desk.shops.seal(row.id, secrets).map_err(|error| Error::Internal(error.into()))?;
    let mut tx = desk.db.begin().await?;
    order_sources::insert(&mut tx, row, sealed, desk.clock.now()).await?;
    note(desk, &mut tx, by, AuditAction::OrderSourceConnected, row, &json!({ "state": "connected" })).await?;
    tx.commit().await?;
    desk.shops.forget(row.brand_id);
    Ok(())
}

pub(super) fn href(id: OrderSourceId) -> String {
    format!("/order-sources/{id}")
}

/// Where a shop sends its hooks.
fn hook_address(desk: &Desk, id: OrderSourceId) -> String {
    format!("{}/hooks/orders/{id}", desk.config.public_address())
}

/// A shop with what its page shows beside the form.
async fn connected<'a>(desk: &Desk, (kind, row): (ShopKind, &'a OrderSourceRow)) -> ConnectedShop<'a> {
    // Secrets that cannot be opened any more are given anew.
    let secrets = desk.shops.secrets(row.id).await.unwrap_or_default();
    let former_until = former_until(row, &secrets, desk.clock.now());
    let hook_secret = secrets.get("secret").and_then(Value::as_str).filter(|_| kind.has_our_secret());
    let hook_secret = hook_secret.unwrap_or_default().to_owned();
    ConnectedShop { row, kind, hook: hook_address(desk, row.id), hook_secret, former_until }
}

/// A shop of a kind that is changed here.
async fn changeable(desk: &Desk, id: OrderSourceId) -> Result<(ShopKind, OrderSourceRow)> {
    let row = order_sources::find(&desk.db, id).await?.ok_or(Error::NotFound)?;
    let kind = ShopKind::named(&row.kind).ok_or(Error::NotFound)?;
    Ok((kind, row))
}

/// `GET /order-sources/{id}`
pub async fn edit(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    id: web::Path<OrderSourceId>,
) -> Result<HttpResponse> {
    who.require(Role::Admin)?;
    let (kind, row) = changeable(&desk, *id).await?;
    let brand = brands::get(&desk.db, row.brand_id).await?;
    let frame = page_of(&desk, &request, &who, Place::Settings, &brand).await?;
    let markets = markets_of(&desk, row.brand_id).await?;
    shown(&request, &ConnectShopPage::again(frame, connected(&desk, (kind, &row)).await, &markets, &[], &[]))
}

/// `POST /order-sources/{id}`: asks the shop as it would be, and keeps it unless only a test was asked for.
pub async fn update(
    desk: web::Data<Desk>,
    request: HttpRequest,
    id: web::Path<OrderSourceId>,
    posted: Posted<Fields>,
) -> Result<HttpResponse> {
    posted.require(Role::Admin)?;
    let form = &posted.form;
    let (kind, before) = changeable(&desk, *id).await?;
    let name = Some(typed(form, "name").trim()).filter(|name| !name.is_empty()).unwrap_or(&before.name).to_owned();
    let markets = markets_of(&desk, before.brand_id).await?;
    let settings = match settings_of(kind, form, &markets) {
        Ok(settings) => settings,
        Err(words) => {
            let brand = brands::get(&desk.db, before.brand_id).await?;
            let frame = page_of(&desk, &request, &posted.who(), Place::Settings, &brand).await?;
            let (shop, wrong) = (connected(&desk, (kind, &before)).await, [("market", words)]);
            let page = ConnectShopPage::again(frame, shop, &markets, &values_of(kind, form), &wrong);
            return shown_with_errors(&request, &page);
        }
    };
    let row = OrderSourceRow { name, settings, ..before.clone() };
    // Secrets that cannot be opened any more are given anew.
    let known = desk.shops.secrets(*id).await.unwrap_or_default();
    let secrets = kind.renewed(&known, form).unwrap_or(known);
    let outcome = desk.shops.try_out(&row, &secrets).await;
    if is_sent_with(form, "check") || outcome.is_err() {
        let who = posted.who();
        let brand = brands::get(&desk.db, row.brand_id).await?;
        let frame = page_of(&desk, &request, &who, Place::Settings, &brand).await?;
        let shop = connected(&desk, (kind, &before)).await;
        let page = ConnectShopPage::again(frame, shop, &markets, &values_of(kind, form), &[]).tested(outcome);
        return shown_with_errors(&request, &page);
    }
    if let Some(words) = connected_twice(&desk, kind, &row).await? {
        let brand = brands::get(&desk.db, row.brand_id).await?;
        let frame = page_of(&desk, &request, &posted.who(), Place::Settings, &brand).await?;
        let (shop, wrong) = (connected(&desk, (kind, &before)).await, [(kind.address(), words)]);
        let page = ConnectShopPage::again(frame, shop, &markets, &values_of(kind, form), &wrong);
        return shown_with_errors(&request, &page);
    }
    let mut tx = desk.db.begin().await?;
    let written = write_down(&desk, &mut tx, (kind, &row), form).await?;
    note(&desk, &mut tx, &posted.by, AuditAction::OrderSourceChanged, &row, &written).await?;
    tx.commit().await?;
    desk.shops.forget(row.brand_id);
    Ok(back_with(&href(*id), Tone::Info, &format!("{} is changed.", row.name)))
}

/// Writes a shop down as it is changed, and gives what the log says of it. Trying it took its time: another secret may have been
/// given meanwhile.
async fn write_down(
    desk: &Desk,
    tx: &mut Tx,
    (kind, row): (ShopKind, &OrderSourceRow),
    form: &Fields,
) -> Result<Value> {
    let stored = order_sources::lock(tx, row.id).await?;
    let by_now = match desk.shops.secrets_in(tx, row.id).await {
        Err(RegistryError::Store(error)) => return Err(error.into()),
        kept => kept.unwrap_or_default(),
    };
    let new = kind.renewed(&by_now, form);
    let secret = |secrets: &Value| secrets.get("secret").and_then(Value::as_str).unwrap_or_default().to_owned();
    let before = secret(&by_now);
    let replaced = new.as_ref().filter(|new| !before.is_empty() && secret(new) != before);
    let until = replaced.map(|_| desk.clock.now().plus(FORMER_COUNTS));
    let counts = json!({ FORMER_UNTIL: until.unwrap_or_else(|| stored.former_until()).0 / 1_000_000 });
    let mut settings = joined(&row.settings.0, &counts);
    if let Some(looked) = stored.settings.0.get(LOOKED_UNTIL) {
        settings = joined(&settings, &json!({ LOOKED_UNTIL: looked }));
    }
    let row = OrderSourceRow { settings: Json(settings), ..row.clone() };
    let has_other_keys = new.as_ref().is_some_and(|new| kind.has_other_keys(&by_now, new));
    match new {
        Some(secrets) => {
            let sealed = desk.shops.seal(row.id, &secrets).map_err(|error| Error::Internal(error.into()))?;
            order_sources::update(tx, &row, sealed).await?;
        }
        None => order_sources::set_up(tx, &row).await?,
    }
    let mut written = json!({ "state": "connected" });
    if let Some(until) = until {
        let replaced = json!({ "secret": "replaced", "the_one_before": format!("counts until {until}") });
        written = joined(&written, &replaced);
    }
    if has_other_keys {
        written = joined(&written, &json!({ "keys": "replaced" }));
    }
    Ok(written)
}

/// `POST /order-sources/{id}/former-secret/deletion`: the secret before the one in use counts no more.
pub async fn end_former(
    desk: web::Data<Desk>,
    id: web::Path<OrderSourceId>,
    posted: Posted<Ending>,
) -> Result<HttpResponse> {
    posted.require(Role::Admin)?;
    let (page, now) = (href(*id), desk.clock.now());
    let mut tx = desk.db.begin().await?;
    let row = order_sources::lock(&mut tx, *id).await?;
    if let Some(refused) = posted.form.refused(&page, row.former_until(), now) {
        return Ok(refused);
    }
    order_sources::add_settings(&mut tx, *id, &json!({ FORMER_UNTIL: now.0 / 1_000_000 })).await?;
    let ending = json!({ "the_one_before": "ended" });
    note(&desk, &mut tx, &posted.by, AuditAction::OrderSourceChanged, &row, &ending).await?;
    tx.commit().await?;
    desk.shops.forget(row.brand_id);
    Ok(ended(&page))
}

/// `POST /order-sources/{id}/deletion`: a shop that was connected wrongly goes, if nothing came of it.
pub async fn remove(
    desk: web::Data<Desk>,
    id: web::Path<OrderSourceId>,
    posted: Posted<Nothing>,
) -> Result<HttpResponse> {
    posted.require(Role::Admin)?;
    let (_, row) = changeable(&desk, *id).await?;
    let mut tx = desk.db.begin().await?;
    order_sources::hold(&mut tx, row.id).await?;
    if order_sources::is_used(&mut tx, row.id).await? {
        let words = format!(
            "“{}” was not removed: orders were read from it, and conversations show them. If it leads to the wrong shop, enter \
             another address.",
            row.name
        );
        return Ok(back_with(&href(row.id), Tone::Bad, &words));
    }
    order_sources::remove(&mut tx, row.id).await?;
    note(&desk, &mut tx, &posted.by, AuditAction::OrderSourceRemoved, &row, &json!({ "state": "removed" })).await?;
    tx.commit().await?;
    desk.shops.forget(row.brand_id);
    Ok(back_with("/order-sources", Tone::Info, &format!("“{}” is removed.", row.name)))
}

/// `POST /order-sources/{id}/checks`
pub async fn check(desk: web::Data<Desk>, id: web::Path<OrderSourceId>, posted: Posted<Back>) -> Result<HttpResponse> {
    posted.require(Role::Admin)?;
    Ok(match tried(&desk, *id, &posted.by).await? {
        Ok(()) => back_with("/order-sources", Tone::Info, "The shop answers."),
        Err(reason) => back_with("/order-sources", Tone::Bad, &reason),
    })
}

/// Tries a shop for somebody and keeps how it stands; the reason in words where it does not work.
pub(super) async fn tried(desk: &Desk, id: OrderSourceId, by: &Teammate) -> Result<std::result::Result<(), String>> {
    let rows = order_sources::list(&desk.db).await?;
    let row = rows.into_iter().find(|row| row.id == id).ok_or(Error::NotFound)?;
    desk.shops.forget(row.brand_id);
    let shops = desk.shops.of_brand(row.brand_id).await.map_err(|error| Error::Conflict(error.to_string()))?;
    let shop = shops.get(id).ok_or(Error::NotFound)?;
    let outcome = shop.source.check().await.map_err(|failure| failure.to_string());
    let (state, reason) = match &outcome {
        Ok(()) => ("connected", ""),
        Err(reason) => ("needs_attention", reason.as_str()),
    };
    let mut tx = desk.db.begin().await?;
    order_sources::set_state(&mut tx, id, state, reason).await?;
    if row.state != state {
        note(desk, &mut tx, by, AuditAction::OrderSourceChanged, &row, &json!({ "state": state })).await?;
    }
    tx.commit().await?;
    Ok(outcome)
}

async fn note(
    desk: &Desk,
    tx: &mut Tx,
    by: &Teammate,
    action: AuditAction,
    row: &OrderSourceRow,
    what: &Value,
) -> Result<()> {
    let act = Act {
        actor: Actor::Teammate(by),
        action,
        subject: (AuditSubject::OrderSource, row.id.to_string()),
        brand: Some(row.brand_id),
        details: joined(&json!({ "kind": row.kind, "name": row.name }), what),
    };
    Ok(audit::append(tx, &act, desk.clock.now()).await?)
}
