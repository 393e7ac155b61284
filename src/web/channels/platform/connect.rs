//! What the forms of a platform's account do: try it, keep it, tell the platform of the desk, write a first message.

use actix_web::{HttpRequest, HttpResponse, web};
use channel_contract::guide::{Guide, Trial};
use channel_contract::outbound::{Author, Outbound};
use serde::Deserialize;
use serde_json::{Value, json};

use super::form::{self, Filled, typed};
use super::{Connected, PlatformPage, blamed};
use crate::app::Desk;
use crate::channels::{guide_of, joined};
use crate::credentials::new_token;
use crate::inbox::connecting::{self, Wrong, entered_by, sentence, with_renewed};
use crate::inbox::connections::ConnectionError;
use crate::inbox::{markets, missed, windows};
use crate::jobs::poll;
use crate::model::audit::{Act, Actor, AuditAction, AuditSubject};
use crate::model::brand::Brand;
use crate::model::channel::{Channel, ChannelState, is_mailbox, reads_mailbox};
use crate::model::teammate::{Role, Teammate};
use crate::model::{ChannelId, Json};
use crate::store::channels::{self, NewChannel, Reconnection};
use crate::store::{account_troubles, audit, brands, intake};
use crate::web::channels::mail::Before;
use crate::web::channels::pause::{self, Pause};
use crate::web::error::{Error, Result};
use crate::web::flash::{Back, Tone, back_with};
use crate::web::frame::{brand_named, page_of, shown, shown_with_errors};
use crate::web::guard::{Fields, Posted, SignedIn};
use crate::web::page::Place;

/// Longest name of a channel, in characters.
const NAME: usize = 80;

/// `GET /channels/new?kind=` of a platform.
pub(in crate::web::channels) async fn show(
    desk: &Desk,
    request: &HttpRequest,
    who: &SignedIn,
    guide: &'static Guide,
    brand: &Brand,
) -> Result<HttpResponse> {
    let frame = page_of(desk, request, who, Place::Settings, brand).await?;
    let mut values = form::values(guide, &json!({}));
    values.push(("brand", brand.slug.clone()));
    shown(request, &PlatformPage::new(frame, (guide, desk.config.public_address().as_str()), None, &values, &[]))
}

/// `POST /channels` of a platform: tries the account, and keeps it unless only a test was asked for.
pub(in crate::web::channels) async fn create(
    desk: &Desk,
    request: &HttpRequest,
    posted: &Posted<Fields>,
    guide: &'static Guide,
) -> Result<HttpResponse> {
    let brand = brand_named(desk, typed(&posted.form, "brand")).await?;
    let before = Before { settings: json!({}), secrets: json!({}) };
    let mut read = form::read(guide, &posted.form, &before, seconds(desk));
    read.errors.extend(connected_already(&channels::list(&desk.db).await?, guide, None, &read.settings));
    let id: ChannelId = desk.clock.new_id();
    let row = account(guide, &posted.form, (id, &brand), &read.settings);
    let outcome = tried(desk, guide, (&row, None), &read).await;
    let renewed = match outcome {
        Ok(renewed) if typed(&posted.form, "check").is_empty() => renewed,
        outcome => {
            let page = Refused { guide, brand: &brand, channel: None, read, outcome: outcome.map(|_| ()) };
            return page.shown(desk, request, posted).await;
        }
    };
    let secrets = joined(&read.secrets, &renewed);
    let new = NewChannel {
        id,
        brand_id: brand.id,
        kind: row.kind.clone(),
        name: row.name.clone(),
        address: row.address.clone(),
        settings: row.settings.0.clone(),
        secrets: desk.connections.seal(id, &secrets).map_err(|error| Error::Internal(error.into()))?,
        webhook_secret: row.webhook_secret.clone(),
        created_at: desk.clock.now(),
    };
    let mut tx = desk.db.begin().await?;
    // Trying it took its time, in which somebody else may have connected it.
    let all = channels::list_to_connect(&mut tx).await?;
    if let Some(twin) = connected_already(&all, guide, None, &read.settings) {
        drop(tx);
        read.errors.push(twin);
        let page = Refused { guide, brand: &brand, channel: None, read, outcome: Err(None) };
        return page.shown(desk, request, posted).await;
    }
    channels::insert(&mut tx, &new).await?;
    let details = json!({ "kind": new.kind, "name": new.name });
    let act = about(&row, &posted.by, AuditAction::ChannelConnected, details);
    audit::append(&mut tx, &act, desk.clock.now()).await?;
    tx.commit().await?;
    begun(desk, guide, &row, (&posted.by, Pause::Unset)).await
}

/// `GET /channels/{id}` of a platform's account.
pub(in crate::web::channels) async fn edit(
    desk: &Desk,
    request: &HttpRequest,
    who: &SignedIn,
    channel: &Channel,
    guide: &'static Guide,
) -> Result<HttpResponse> {
    shown(request, &stored(desk, request, who, channel, guide).await?)
}

/// The page of an account as it is stored.
pub(super) async fn stored(
    desk: &Desk,
    request: &HttpRequest,
    who: &SignedIn,
    channel: &Channel,
    guide: &'static Guide,
) -> Result<PlatformPage> {
    let brand = brands::get(&desk.db, channel.brand_id).await?;
    let mut values = form::values(guide, &channel.settings.0);
    values.push(("name", channel.name.clone()));
    page(desk, request, who, (guide, &brand), Some(channel), (&values, &[])).await
}

/// `POST /channels/{id}` of a platform's account: other settings or secrets. What is parked for it leaves by itself.
pub(in crate::web::channels) async fn update(
    desk: &Desk,
    request: &HttpRequest,
    channel: &Channel,
    posted: &Posted<Fields>,
    guide: &'static Guide,
) -> Result<HttpResponse> {
    let id = channel.id;
    let brand = brands::get(&desk.db, channel.brand_id).await?;
    // A look may renew the access: secrets are read behind it.
    let has_lost_access = connecting::has_lost_access(&desk.inbox(), channel).await?;
    // Secrets that cannot be opened any more are given anew.
    let saved = desk.connections.secrets(id).await.unwrap_or_else(|_| json!({}));
    let before = Before { settings: channel.settings.0.clone(), secrets: saved };
    let now = seconds(desk);
    let mut read = form::read(guide, &posted.form, &before, now);
    read.errors.extend(connected_already(&channels::list(&desk.db).await?, guide, Some(channel), &read.settings));
    let name = named(guide, &posted.form);
    let address = addressed(guide, &read.settings, &name);
    let row = Channel { name, address, settings: Json(read.settings.clone()), ..channel.clone() };
    let outcome = tried(desk, guide, (&row, Some(channel)), &read).await;
    let renewed = match outcome {
        Ok(renewed) if typed(&posted.form, "check").is_empty() => renewed,
        outcome => {
            let page = Refused { guide, brand: &brand, channel: Some(channel), read, outcome: outcome.map(|_| ()) };
            return page.shown(desk, request, posted).await;
        }
    };
    missed::note_before(&desk.inbox(), guide, (channel, &row)).await?;
    let mut tx = desk.db.begin().await?;
    // What was read of the account before is placed before its names move, or read anew.
    intake::lock(&mut tx).await?;
    // Trying it took its time: somebody else may have connected the account, and what the form does not ask for is as it is
    // by now, as are secrets that were left empty.
    let all = channels::list_to_connect(&mut tx).await?;
    if let Some(twin) = connected_already(&all, guide, Some(channel), &read.settings) {
        drop(tx);
        read.errors.push(twin);
        let page = Refused { guide, brand: &brand, channel: Some(channel), read, outcome: Err(None) };
        return page.shown(desk, request, posted).await;
    }
    let locked = channels::lock(&mut tx, id).await?;
    let settings = locked.settings.0.clone();
    let secrets = match desk.connections.secrets_in(&mut tx, id).await {
        Err(ConnectionError::Store(error)) => return Err(error.into()),
        kept => kept.unwrap_or(before.secrets),
    };
    let by_now = form::read(guide, &posted.form, &Before { settings, secrets }, now);
    let secrets = with_renewed(&by_now.secrets, &read.secrets, &renewed);
    let new = Reconnection {
        name: &row.name,
        address: &row.address,
        settings: &by_now.settings,
        secrets: desk.connections.seal(id, &secrets).map_err(|error| Error::Internal(error.into()))?,
        at: desk.clock.now(),
    };
    channels::reconnect(&mut tx, id, new).await?;
    connecting::keep_names(&desk.connections, &mut tx, guide, (channel, &row), &all).await?;
    missed::note_connected(&mut tx, guide, (channel, &row)).await?;
    let details = json!({ "name": channel.name, "connected_again": true });
    let details = match by_now.former_until {
        Some(until) => {
            joined(&details, &json!({ "secret": "replaced", "the_one_before": format!("counts until {until}") }))
        }
        None => details,
    };
    audit::append(&mut tx, &about(channel, &posted.by, AuditAction::ChannelChanged, details), desk.clock.now()).await?;
    let pause = pause::settle(desk, &mut tx, (&locked, has_lost_access), &posted.by).await?;
    tx.commit().await?;
    desk.wake.event();
    begun(desk, guide, &row, (&posted.by, pause)).await
}

fn seconds(desk: &Desk) -> i64 {
    desk.clock.now().datetime().unix_timestamp()
}

fn named(guide: &Guide, fields: &Fields) -> String {
    let name: String = typed(fields, "name").trim().chars().take(NAME).collect();
    if name.is_empty() { guide.name.to_owned() } else { name }
}

fn addressed(guide: &Guide, settings: &Value, name: &str) -> String {
    let address = guide.address_in(settings);
    if address.is_empty() { name.to_owned() } else { address }
}

/// The channel that a form describes.
fn account(guide: &Guide, fields: &Fields, (id, brand): (ChannelId, &Brand), settings: &Value) -> Channel {
    let name = named(guide, fields);
    Channel {
        id,
        brand_id: brand.id,
        kind: guide.kind.as_str().to_owned(),
        address: addressed(guide, settings, &name),
        name,
        settings: Json(settings.clone()),
        webhook_secret: new_token(),
        state: ChannelState::Connected,
        state_reason: String::new(),
        last_inbound_at: None,
        last_outbound_at: None,
    }
}

/// Two channels on one account would answer every message twice. Two that stand so from before can both be saved: else the
/// access of neither could be renewed.
fn connected_already(
    all: &[Channel],
    guide: &Guide,
    own: Option<&Channel>,
    settings: &Value,
) -> Option<(&'static str, String)> {
    let is_same = |settings: &Value, row: &Channel| {
        (row.kind == guide.kind.as_str() && guide.is_same_account(settings, &row.settings.0))
            || (is_mailbox(guide.kind) && reads_mailbox(row, &guide.address_in(settings), settings))
    };
    let is_other = |row: &&Channel| own.is_none_or(|own| row.id != own.id && !is_same(&own.settings.0, row));
    let words = |twin: &Channel| format!("This account is connected already, as “{}”. Change that one.", twin.name);
    let twin = all.iter().filter(is_other).find(|row| is_same(settings, row));
    let twin = twin.map(|twin| (guide.address, words(twin)));
    twin.or_else(|| taken_already(all, guide, own, settings))
}

/// What serves one channel alone, and another one has it. As above, two that stand so from before can both be saved.
fn taken_already(
    all: &[Channel],
    guide: &Guide,
    own: Option<&Channel>,
    settings: &Value,
) -> Option<(&'static str, String)> {
    let of_kind = all.iter().filter(|row| row.kind == guide.kind.as_str());
    let shared = |settings: &Value, row: &Channel| guide.named_by_both(settings, &row.settings.0);
    let is_other = |row: &&Channel| own.is_none_or(|own| row.id != own.id && shared(&own.settings.0, row).is_none());
    let taken = of_kind.filter(is_other).find_map(|row| Some((shared(settings, row)?, row)));
    taken.map(|(setting, row)| {
        let words = "already, and what one of the two takes from there the other never sees. Enter one of its own.";
        (setting.path, format!("“{}” has this {words}", row.name))
    })
}

/// Whether a form is taken as it was typed; `Err(None)` where what stands at its fields says why not.
type Taken<T> = std::result::Result<T, Option<Wrong>>;

/// Whether the platform lets the account in that a form describes, in place of what stood `before`; gives what was renewed on
/// the way.
async fn tried(desk: &Desk, guide: &Guide, (row, before): (&Channel, Option<&Channel>), read: &Filled) -> Taken<Value> {
    if !read.errors.is_empty() {
        return Err(None);
    }
    connecting::try_out(&desk.connections, guide, (row, &read.secrets), before).await.map_err(Some)
}

/// A form that comes back, with what is wrong or with the outcome of a test.
struct Refused<'a> {
    guide: &'static Guide,
    brand: &'a Brand,
    channel: Option<&'a Channel>,
    read: Filled,
    outcome: Taken<()>,
}

impl Refused<'_> {
    async fn shown(self, desk: &Desk, request: &HttpRequest, posted: &Posted<Fields>) -> Result<HttpResponse> {
        let Filled { mut errors, mut values, .. } = self.read;
        values.push(("name", typed(&posted.form, "name").to_owned()));
        values.push(("brand", self.brand.slug.clone()));
        let said = match self.outcome {
            Ok(()) => Some(Ok(())),
            Err(None) => None,
            Err(Some(Wrong::Settings(words))) => Some(Err(words)),
            Err(Some(Wrong::Platform(failure))) => {
                errors.extend(blamed(self.guide, &failure));
                Some(Err(sentence(&failure.to_string())))
            }
        };
        let place = (self.guide, self.brand);
        let page = page(desk, request, &posted.who(), place, self.channel, (&values, &errors)).await?;
        let page = match said {
            Some(outcome) => page.tested(outcome),
            None => page,
        };
        shown_with_errors(request, &page)
    }
}

/// What stands in fields, and what is wrong there.
type Drawn<'a> = (&'a [(&'static str, String)], &'a [(&'static str, String)]);

async fn page(
    desk: &Desk,
    request: &HttpRequest,
    who: &SignedIn,
    (guide, brand): (&'static Guide, &Brand),
    channel: Option<&Channel>,
    (values, errors): Drawn<'_>,
) -> Result<PlatformPage> {
    let frame = page_of(desk, request, who, Place::Settings, brand).await?;
    let origin = desk.config.public_address();
    let place = (guide, origin.as_str());
    let Some(channel) = channel else { return Ok(PlatformPage::new(frame, place, None, values, errors)) };
    let secrets = desk.connections.secrets(channel.id).await.unwrap_or_else(|_| json!({}));
    let adapter = desk.connections.get(channel.id).await.ok().map(|known| known.adapter.clone());
    let asks = adapter.as_ref().is_some_and(|adapter| adapter.consent("").is_some());
    let has_templates = adapter.is_some_and(|adapter| adapter.capabilities().templates);
    let health = channels::health(&desk.db).await?;
    let news = health.iter().find(|row| row.channel_id == channel.id).map(|row| row.account_news.as_str());
    let connected = Connected { channel, secrets: &secrets, news: news.unwrap_or_default(), asks, has_templates };
    Ok(PlatformPage::new(frame, place, Some(connected), values, errors))
}

/// After an account was saved: the platform is told of the desk, where the desk does that, and all of it is tried once more
/// as it is now.
pub(super) async fn begun(
    desk: &Desk,
    guide: &Guide,
    row: &Channel,
    (by, pause): (&Teammate, Pause),
) -> Result<HttpResponse> {
    desk.connections.forget(row.id);
    markets::begin(&desk.inbox(), row, Actor::Teammate(by)).await?;
    poll::begin_channel(desk, row.id).await?;
    Box::pin(windows::count_anew(&desk.inbox(), row.id)).await?;
    let page = format!("/channels/{}", row.id);
    let done = |next: &str| match pause {
        Pause::Stays => format!("{} is saved.{}", row.name, pause.words()),
        Pause::Unset | Pause::Ended => format!("{} is connected. {next}{}", row.name, pause.words()),
    };
    if entered_by(guide).is_none() {
        let words = done("New messages come in from now on.");
        return Ok(back_with("/channels", Tone::Info, &words));
    }
    let left = connecting::begin(&desk.inbox(), guide, row, &desk.config.public_address()).await?;
    // Only now: a look that came first would find that nothing is pushed.
    missed::look_soon(&desk.inbox(), row.id).await?;
    let Some(reason) = left else {
        return Ok(back_with(&page, Tone::Info, &done("What is still to do stands below.")));
    };
    let left = format!("{} is saved, and one thing is left: {reason} Then press “Check now”.", row.name);
    let words = format!("{left}{}", pause.words());
    Ok(back_with(&page, Tone::Bad, &words))
}

pub(super) fn about<'a>(channel: &Channel, by: &'a Teammate, action: AuditAction, details: Value) -> Act<'a> {
    Act {
        actor: Actor::Teammate(by),
        action,
        subject: (AuditSubject::Channel, channel.id.to_string()),
        brand: Some(channel.brand_id),
        details,
    }
}

/// `POST /channels/{id}/news/deletion`: what the platform said of the account was read.
pub async fn dismiss(desk: web::Data<Desk>, id: web::Path<ChannelId>, posted: Posted<Back>) -> Result<HttpResponse> {
    posted.require(Role::Admin)?;
    let channel = channels::find(&desk.db, *id).await?.ok_or(Error::NotFound)?;
    let mut tx = desk.db.begin().await?;
    channels::lock(&mut tx, *id).await?;
    channels::set_account_news(&mut tx, *id, "").await?;
    account_troubles::set_read(&mut tx, *id).await?;
    let details = json!({ "name": channel.name, "news": "read" });
    audit::append(&mut tx, &about(&channel, &posted.by, AuditAction::ChannelChanged, details), desk.clock.now())
        .await?;
    tx.commit().await?;
    Ok(back_with(&posted.form.back, Tone::Info, "It is not shown any more, until the platform says it again."))
}

/// Who is written to.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Recipient {
    to: String,
}

/// `POST /channels/{id}/test-messages`: writes a first message to somebody, on channels that may.
pub async fn send_test(
    desk: web::Data<Desk>,
    id: web::Path<ChannelId>,
    posted: Posted<Recipient>,
) -> Result<HttpResponse> {
    posted.require(Role::Admin)?;
    let connection = desk.connections.get(*id).await.map_err(|_| Error::NotFound)?;
    let guide = guide_of(&connection.channel).ok_or(Error::NotFound)?;
    let may_send = matches!(guide.trial, Trial::Send(..)) && connection.adapter.capabilities().can_initiate;
    if !may_send {
        return Err(Error::NotFound);
    }
    let page = format!("/channels/{}", *id);
    let to = posted.form.to.trim();
    if to.is_empty() {
        return Ok(back_with(&page, Tone::Bad, "Nothing was sent: say to whom."));
    }
    if connection.channel.state == ChannelState::Paused {
        return Ok(back_with(&page, Tone::Bad, "Nothing was sent: the channel is paused. Let it go on first."));
    }
    let message = Outbound {
        to: vec![to.to_owned()],
        from_name: connection.brand.name.clone(),
        subject: "A test".to_owned(),
        text: format!("A test from {}: this channel works.", connection.brand.name),
        author: Author::Teammate,
        ..Outbound::letter(desk.clock.new_id(), desk.clock.now().datetime())
    };
    let outcome = connection.adapter.send(&message).await;
    desk.connections.keep_renewed(&connection).await;
    let mut tx = desk.db.begin().await?;
    let details = json!({ "name": connection.channel.name, "test_message": outcome.is_ok() });
    let act = about(&connection.channel, &posted.by, AuditAction::ChannelChanged, details);
    audit::append(&mut tx, &act, desk.clock.now()).await?;
    tx.commit().await?;
    Ok(match outcome {
        Ok(_) => back_with(&page, Tone::Info, "The platform took the test message. Look whether it arrives."),
        Err(failure) => {
            back_with(&page, Tone::Bad, &format!("{} Nothing else changed.", sentence(&failure.to_string())))
        }
    })
}
