//! Connecting mail accounts, and trying any account.

use std::sync::Arc;
use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use channel_contract::ChannelKind;
use channel_contract::failure::FailureClass;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::mail::{Before, Form, provider};
use super::pause::{self, Change, Pause, back_of, set_state};
use super::{ChannelsFacts, ChannelsPage, KindsPage, MailPage, NotWorking, ReadingBar, chat, kept, platform};
use crate::app::Desk;
use crate::channels::{BuildError, guide_of, guides, joined};
use crate::credentials::new_token;
use crate::inbox::connecting::{self, with_renewed};
use crate::inbox::connections::{Connection, ConnectionError};
use crate::inbox::missed;
use crate::jobs::poll;
use crate::model::audit::{Act, Actor, AuditAction, AuditSubject};
use crate::model::channel::{Channel, ChannelState, reads_mailbox, twin};
use crate::model::teammate::{Role, Teammate};
use crate::model::{BrandId, ChannelId, Json};
use crate::store::channels::{self, NewChannel, Reconnection};
use crate::store::{audit, brands, jobs, raw_events};
use crate::web::error::{Error, Result};
use crate::web::flash::{Back, Tone, back_with};
use crate::web::format::{Reader, counted};
use crate::web::frame::{brand_named, page, page_of, shown, shown_with_errors};
use crate::web::guard::{Fields, Posted, SignedIn};
use crate::web::page::Place;

/// How far back the list tells what went wrong.
const DAY: Duration = Duration::from_hours(24);

/// What is looked at.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Look {
    brand: String,
    kind: String,
    provider: String,
}

/// `GET /channels?brand=`
pub async fn show(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    look: web::Query<Look>,
) -> Result<HttpResponse> {
    let chosen = if look.brand.is_empty() { None } else { Some(brand_named(&desk, &look.brand).await?) };
    let of_brand = |channel: &Channel| chosen.as_ref().is_none_or(|brand| brand.id == channel.brand_id);
    let rows: Vec<Channel> = channels::list(&desk.db).await?.into_iter().filter(of_brand).collect();
    let mut set_aside = raw_events::list_quarantined(&desk.db).await?;
    set_aside.retain(|raw| rows.iter().any(|channel| channel.id == raw.channel_id));
    let frame = match &chosen {
        Some(brand) => page_of(&desk, &request, &who, Place::Settings, brand).await?,
        None => page(&desk, &request, &who, Place::Settings, None).await?,
    };
    let mut outlooks = Vec::with_capacity(rows.len());
    for channel in &rows {
        outlooks.push((channel.id, desk.connections.health(channel.id).await));
    }
    let facts = ChannelsFacts {
        channels: &rows,
        health: &channels::health(&desk.db).await?,
        outlooks: &outlooks,
        turned_away: &desk.connections.deliveries.turned_away().await?,
        troubled: &channels::troubled_since(&desk.db, desk.clock.now().minus(DAY)).await?,
        set_aside: &set_aside,
        under_way: &jobs::list_under_way(&desk.db).await?,
        brand: chosen.as_ref().map(|brand| brand.slug.as_str()),
        origin: &desk.config.public_address(),
    };
    shown(&request, &ChannelsPage::new(frame, facts))
}

/// `GET /channels/{id}/reading`: how far a long reading is, for open pages.
pub async fn reading(
    desk: web::Data<Desk>,
    _: SignedIn,
    request: HttpRequest,
    id: web::Path<ChannelId>,
) -> Result<HttpResponse> {
    let under_way = jobs::list_under_way(&desk.db).await?;
    shown(&request, &ReadingBar::new(*id, &under_way, Reader::utc(desk.clock.now())))
}

/// `GET /channels/new`: what can be connected; `?kind=`: how.
pub async fn form(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    look: web::Query<Look>,
) -> Result<HttpResponse> {
    who.require(Role::Admin)?;
    let brand = brand_named(&desk, &look.brand).await?;
    if let Some(guide) = guides().find(|guide| guide.word == look.kind) {
        return Box::pin(platform::show(&desk, &request, &who, guide, &brand)).await;
    }
    let frame = page_of(&desk, &request, &who, Place::Settings, &brand).await?;
    if look.kind != ChannelKind::Email.as_str() && look.provider.is_empty() {
        return shown(&request, &KindsPage::new(frame));
    }
    let chosen = provider(&look.provider);
    let mut empty = Form::of_provider(chosen);
    empty.brand = brand.slug;
    shown(&request, &MailPage::new(frame, None, chosen, &empty.values(), &[]))
}

/// `POST /channels`: tries the account, a mailbox where no `kind` is named, and keeps it unless only a test was asked for.
pub async fn create(desk: web::Data<Desk>, request: HttpRequest, posted: Posted<Fields>) -> Result<HttpResponse> {
    posted.require(Role::Admin)?;
    let kind = posted.form.iter().find(|(name, _)| name == "kind").map(|(_, value)| value.as_str());
    if let Some(guide) = guides().find(|guide| Some(guide.word) == kind) {
        return Box::pin(platform::create(&desk, &request, &posted, guide)).await;
    }
    Box::pin(create_mailbox(&desk, &request, posted.read()?)).await
}

async fn create_mailbox(desk: &Desk, request: &HttpRequest, posted: Posted<Form>) -> Result<HttpResponse> {
    let form = &posted.form;
    let brand = brand_named(desk, &form.brand).await?;
    let before = Before { settings: json!({}), secrets: json!({ "thread_secret": new_token() }) };
    let (settings, secrets) = form.settings(&before);
    let mut errors = form.errors(true);
    errors.extend(connected_already(channels::list(&desk.db).await?, None, form, &settings));
    if !errors.is_empty() {
        let page = mail_page(desk, request, &posted, brand.id, None, &errors).await?;
        return shown_with_errors(request, &page);
    }
    let id: ChannelId = desk.clock.new_id();
    let mut new = NewChannel {
        id,
        brand_id: brand.id,
        kind: ChannelKind::Email.as_str().to_owned(),
        name: named(form),
        address: form.address.trim().to_lowercase(),
        secrets: Vec::new(),
        settings,
        webhook_secret: new_token(),
        created_at: desk.clock.now(),
    };
    let outcome = try_out(desk, &account_of(&new), &secrets).await;
    let renewed = match outcome {
        Ok(renewed) if form.check.is_none() => renewed,
        outcome => {
            let page = mail_page(desk, request, &posted, brand.id, None, &[]).await?;
            return shown_with_errors(request, &page.tested(outcome.map(|_| ())));
        }
    };
    let secrets = joined(&secrets, &renewed);
    new.secrets = desk.connections.seal(id, &secrets).map_err(|error| Error::Internal(error.into()))?;
    let mut tx = desk.db.begin().await?;
    // Trying it took its time, in which somebody else may have connected it.
    let all = channels::list_to_connect(&mut tx).await?;
    if let Some(twin) = connected_already(all, None, form, &new.settings) {
        drop(tx);
        let page = mail_page(desk, request, &posted, brand.id, None, &[twin]).await?;
        return shown_with_errors(request, &page);
    }
    channels::insert(&mut tx, &new).await?;
    let act = Act {
        actor: Actor::Teammate(&posted.by),
        action: AuditAction::ChannelConnected,
        subject: (AuditSubject::Channel, id.to_string()),
        brand: Some(brand.id),
        details: json!({
            "kind": new.kind, "name": new.name, "senders_checked_by": checked_by(&new.settings),
        }),
    };
    audit::append(&mut tx, &act, desk.clock.now()).await?;
    tx.commit().await?;
    poll::begin_channel(desk, id).await?;
    Ok(back_with("/channels", Tone::Info, &format!("{} is connected. New mail comes in from now on.", new.address)))
}

/// Whose word on senders counts, for the audit log.
fn checked_by(settings: &Value) -> Option<&str> {
    settings.get("authserv_id").and_then(Value::as_str).filter(|name| !name.is_empty())
}

/// Two channels on one mailbox would answer every mail twice. Two that stand so from before can both be saved.
fn connected_already(
    mut others: Vec<Channel>,
    own: Option<&Channel>,
    form: &Form,
    settings: &Value,
) -> Option<(&'static str, String)> {
    let is_other =
        |row: &Channel, own: &Channel| row.id != own.id && !reads_mailbox(row, &own.address, &own.settings.0);
    others.retain(|row| own.is_none_or(|own| is_other(row, own)));
    let words = |twin: &Channel| format!("This mailbox is connected already, as “{}”. Change that one.", twin.name);
    twin(&others, &form.address, settings).map(|twin| ("address", words(twin)))
}

fn named(form: &Form) -> String {
    if form.name.trim().is_empty() { "Mail".to_owned() } else { form.name.trim().to_owned() }
}

/// `GET /channels/{id}`: the settings of a chat; connecting a mailbox or an account of a platform again.
pub async fn edit(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    id: web::Path<ChannelId>,
    look: web::Query<Look>,
) -> Result<HttpResponse> {
    who.require(Role::Admin)?;
    let channel = channels::find(&desk.db, *id).await?.ok_or(Error::NotFound)?;
    if channel.channel_kind() == ChannelKind::LiveChat {
        return chat::edit::show(&desk, &request, &who, &channel).await;
    }
    if let Some(guide) = guide_of(&channel) {
        return Box::pin(platform::edit(&desk, &request, &who, &channel, guide)).await;
    }
    let channel = mailbox(channel)?;
    let brand = brands::get(&desk.db, channel.brand_id).await?;
    let frame = page_of(&desk, &request, &who, Place::Settings, &brand).await?;
    let saved = Form::of_channel(&channel);
    let (chosen, values) = if look.provider.is_empty() || look.provider == saved.provider {
        (provider(&saved.provider), saved.values())
    } else {
        let chosen = provider(&look.provider);
        (chosen, saved.moved_to(chosen).values())
    };
    shown(&request, &MailPage::new(frame, Some(&channel), chosen, &values, &[]))
}

pub(super) async fn mail_channel(desk: &Desk, id: ChannelId) -> Result<Channel> {
    mailbox(channels::find(&desk.db, id).await?.ok_or(Error::NotFound)?)
}

fn mailbox(channel: Channel) -> Result<Channel> {
    if channel.channel_kind() == ChannelKind::Email { Ok(channel) } else { Err(Error::NotFound) }
}

/// `POST /channels/{id}`: other settings of a chat; other settings or secrets of a mailbox or another account, whose polling
/// goes on where it stopped.
pub async fn update(
    desk: web::Data<Desk>,
    request: HttpRequest,
    id: web::Path<ChannelId>,
    posted: Posted<Fields>,
) -> Result<HttpResponse> {
    posted.require(Role::Admin)?;
    let channel = channels::find(&desk.db, *id).await?.ok_or(Error::NotFound)?;
    if channel.channel_kind() == ChannelKind::LiveChat {
        let posted: Posted<chat::Form> = posted.read()?;
        return Box::pin(chat::edit::update(&desk, &request, &channel, &posted)).await;
    }
    if let Some(guide) = guide_of(&channel) {
        return Box::pin(platform::update(&desk, &request, &channel, &posted, guide)).await;
    }
    let channel = mailbox(channel)?;
    let posted: Posted<Form> = posted.read()?;
    let form = &posted.form;
    // A look may renew the access: secrets are read behind it.
    let has_lost_access = connecting::has_lost_access(&desk.inbox(), &channel).await?;
    // Secrets that cannot be opened any more are given anew.
    let saved = desk.connections.secrets(*id).await.unwrap_or_else(|_| json!({ "thread_secret": new_token() }));
    let before = Before { settings: channel.settings.0.clone(), secrets: saved };
    let (settings, tried) = form.settings(&before);
    let mut errors = form.errors(false);
    errors.extend(connected_already(channels::list(&desk.db).await?, Some(&channel), form, &settings));
    if !errors.is_empty() {
        let page = mail_page(&desk, &request, &posted, channel.brand_id, Some(&channel), &errors).await?;
        return shown_with_errors(&request, &page);
    }
    let changed = Channel {
        name: named(form),
        address: form.address.trim().to_lowercase(),
        settings: Json(settings),
        ..channel.clone()
    };
    let renewed = match try_out(&desk, &changed, &tried).await {
        Ok(renewed) if form.check.is_none() => renewed,
        outcome => {
            let page = mail_page(&desk, &request, &posted, channel.brand_id, Some(&channel), &[]).await?;
            return shown_with_errors(&request, &page.tested(outcome.map(|_| ())));
        }
    };
    let mut tx = desk.db.begin().await?;
    // Trying it took its time: somebody else may have connected the mailbox, and what the form does not ask for is as it
    // is by now, so also whose word on senders counts, and secrets that were left empty.
    let all = channels::list_to_connect(&mut tx).await?;
    if let Some(twin) = connected_already(all, Some(&channel), form, &changed.settings.0) {
        drop(tx);
        let page = mail_page(&desk, &request, &posted, channel.brand_id, Some(&channel), &[twin]).await?;
        return shown_with_errors(&request, &page);
    }
    let locked = channels::lock(&mut tx, *id).await?;
    let secrets = match desk.connections.secrets_in(&mut tx, *id).await {
        Err(ConnectionError::Store(error)) => return Err(error.into()),
        kept => kept.unwrap_or(before.secrets),
    };
    let (settings, by_now) = form.settings(&Before { settings: locked.settings.0.clone(), secrets });
    let secrets = with_renewed(&by_now, &tried, &renewed);
    let new = Reconnection {
        name: &changed.name,
        address: &changed.address,
        settings: &settings,
        secrets: desk.connections.seal(*id, &secrets).map_err(|error| Error::Internal(error.into()))?,
        at: desk.clock.now(),
    };
    channels::reconnect(&mut tx, *id, new).await?;
    let act = Act {
        actor: Actor::Teammate(&posted.by),
        action: AuditAction::ChannelChanged,
        subject: (AuditSubject::Channel, id.to_string()),
        brand: Some(channel.brand_id),
        details: json!({
            "name": channel.name, "connected_again": true, "senders_checked_by": checked_by(&settings),
        }),
    };
    audit::append(&mut tx, &act, desk.clock.now()).await?;
    let pause = pause::settle(&desk, &mut tx, (&locked, has_lost_access), &posted.by).await?;
    tx.commit().await?;
    desk.connections.forget(*id);
    desk.wake.event();
    poll::begin_channel(&desk, *id).await?;
    let done = match pause {
        Pause::Stays => "saved.",
        _ if reads_mailbox(&channel, &changed.address, &changed.settings.0) => {
            "connected again. Fetching goes on where it stopped."
        }
        _ => {
            "connected again. It is another mailbox: the mail of its last days comes in, and what is older stays there."
        }
    };
    let words = format!("{} is {done}{}", changed.address, pause.words());
    Ok(back_with("/channels", Tone::Info, &words))
}

/// The form as it came back.
async fn mail_page(
    desk: &Desk,
    request: &HttpRequest,
    posted: &Posted<Form>,
    brand: BrandId,
    channel: Option<&Channel>,
    errors: &[(&'static str, String)],
) -> Result<MailPage> {
    let who = posted.who();
    let brand = brands::get(&desk.db, brand).await?;
    let frame = page_of(desk, request, &who, Place::Settings, &brand).await?;
    Ok(MailPage::new(frame, channel, provider(&posted.form.provider), &posted.form.values(), errors))
}

fn account_of(new: &NewChannel) -> Channel {
    Channel {
        id: new.id,
        brand_id: new.brand_id,
        kind: new.kind.clone(),
        name: new.name.clone(),
        address: new.address.clone(),
        settings: Json(new.settings.clone()),
        webhook_secret: new.webhook_secret.clone(),
        state: ChannelState::Connected,
        state_reason: String::new(),
        last_inbound_at: None,
        last_outbound_at: None,
    }
}

/// Whether the account works, without sending anything; gives what was renewed of its secrets on the way, or null.
async fn try_out(desk: &Desk, channel: &Channel, secrets: &Value) -> Result<Value, NotWorking> {
    let unusable = |error: BuildError| NotWorking::new(error.to_string(), "Check what you typed, and try again.");
    let adapter = desk.connections.tried(channel, secrets).map_err(unusable)?;
    adapter.check().await.map_err(|failure| NotWorking::of(&failure))?;
    Ok(adapter.renewed_secrets().unwrap_or_default())
}

/// `POST /channels/{id}/checks`
pub async fn check(desk: web::Data<Desk>, id: web::Path<ChannelId>, posted: Posted<Back>) -> Result<HttpResponse> {
    posted.require(Role::Admin)?;
    desk.connections.forget(*id);
    let connection = desk.connections.get(*id).await.map_err(|error| Error::Conflict(error.to_string()))?;
    let side = if is_mail(&connection) { "mail server" } else { "platform" };
    let seconds = desk.config.http.account_seconds;
    // The look goes on where the page waits no longer: access that is renewed on the way must not be lost.
    let mut looking = actix_web::rt::spawn(looked_into(desk.clone(), connection, posted.by.clone()));
    let (tone, words) = if let Ok(outcome) = timeout(Duration::from_secs(seconds), &mut looking).await {
        outcome.map_err(|error| Error::Internal(error.into()))??
    } else {
        let words = format!(
            "The {side} has not answered within {}, so nobody knows yet whether the account works. The look goes on, and \
             until it ends all stays as it is. Load this page again in a moment: it says so where the account does not work.",
            counted(usize::try_from(seconds).unwrap_or(usize::MAX), "second", "seconds")
        );
        actix_web::rt::spawn(ends_unseen(*id, looking));
        (Tone::Bad, words)
    };
    Ok(back_with(back_of(&posted.form), tone, &words))
}

/// Nobody waits any more for what a look at an account says; what went wrong in noting it is not lost.
async fn ends_unseen(id: ChannelId, looking: JoinHandle<Result<(Tone, String)>>) {
    let failed = match looking.await {
        Ok(Ok(_)) => return,
        Ok(Err(error)) => error,
        Err(error) => Error::Internal(error.into()),
    };
    tracing::error!(channel = %id, error = ?failed, "what came of a look at an account could not be noted");
}

fn is_mail(connection: &Connection) -> bool {
    connection.channel.channel_kind() == ChannelKind::Email
}

/// Looks whether an account works, and notes it; gives what is said of it.
async fn looked_into(desk: web::Data<Desk>, connection: Arc<Connection>, by: Teammate) -> Result<(Tone, String)> {
    let id = connection.channel.id;
    let outcome = connection.adapter.check().await;
    desk.connections.keep_renewed(&connection).await;
    let by_now = desk.connections.get(id).await.map_err(|error| Error::Conflict(error.to_string()))?;
    if !Arc::ptr_eq(&by_now.adapter, &connection.adapter) {
        return Ok((Tone::Info, "The account was connected again meanwhile.".to_owned()));
    }
    let (state, reason) = match &outcome {
        Ok(()) => (ChannelState::Connected, String::new()),
        Err(failure) => (ChannelState::NeedsAttention, failure.to_string()),
    };
    let change = Change { state, reason: &reason, action: AuditAction::ChannelChanged };
    let paused = set_state(&desk, id, change, &by).await? == ChannelState::Paused;
    missed::note_checked(&desk.inbox(), &connection, &outcome).await?;
    Ok(match (outcome, paused) {
        (Ok(()), false) => (Tone::Info, "The account works.".to_owned()),
        (Ok(()), true) => (Tone::Info, "The account works. The channel stays paused.".to_owned()),
        (Err(failure), _) => {
            let NotWorking { happened, to_do } = NotWorking::of(&failure);
            let meanwhile = if paused {
                "The channel stays paused, and nothing is lost."
            } else {
                kept(&connection.channel, &happened)
            };
            let to_do = match failure.class() {
                _ if is_mail(&connection) => to_do,
                FailureClass::Silent => "Check again in a moment.",
                _ => "Put it right there and check again, or connect it again.",
            };
            let words = [happened.as_str(), meanwhile, to_do];
            (Tone::Bad, words.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" "))
        }
    })
}
