//! A chat that is connected: changing how it is set up, and giving the shop's server another secret.

use actix_web::{HttpRequest, HttpResponse, web};
use channel_contract::ChannelKind;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{ChatPage, ChatReadyPage, ChatSetup, Drawn, Form, no_mail_of};
use crate::app::Desk;
use crate::channels::joined;
use crate::credentials::new_token;
use crate::inbox::connections::ConnectionError;
use crate::model::audit::{Act, Actor, AuditAction, AuditSubject};
use crate::model::channel::Channel;
use crate::model::former_secret::{FORMER_COUNTS, FORMER_UNTIL};
use crate::model::teammate::{Role, Teammate};
use crate::model::{ChannelId, Ts};
use crate::store::{audit, brands, channels};
use crate::web::changes::{changed_meanwhile, changes, details, seen_of};
use crate::web::error::{Error, Result};
use crate::web::flash::{Tone, back_with};
use crate::web::format::Reader;
use crate::web::frame::{page_of, shown, shown_with_errors};
use crate::web::guard::{Posted, SignedIn};
use crate::web::page::Place;

/// Since when the secret in use is: a setting, so that its change is seen.
const MADE_AT: &str = "secret_made_at";

fn href(id: ChannelId) -> String {
    format!("/channels/{id}")
}

fn made_at(channel: &Channel) -> i64 {
    channel.settings.0.get(MADE_AT).and_then(Value::as_i64).unwrap_or_default()
}

/// Which secret a chat has, in one word.
pub(super) fn made(channel: &Channel) -> String {
    made_at(channel).to_string()
}

/// Which secret a chat has, for a person.
pub(super) fn secret_words(channel: &Channel, reader: Reader) -> String {
    match made_at(channel) {
        0 => "The one in use was made when the chat was connected.".to_owned(),
        at => format!("The one in use was made on {}.", reader.exact(Ts(at))),
    }
}

/// `GET /channels/{id}` of a chat.
pub(in crate::web::channels) async fn show(
    desk: &Desk,
    request: &HttpRequest,
    who: &SignedIn,
    channel: &Channel,
) -> Result<HttpResponse> {
    shown(request, &page_with(desk, request, who, channel, ChatSetup::of(channel).drawn()).await?)
}

async fn page_with(
    desk: &Desk,
    request: &HttpRequest,
    who: &SignedIn,
    channel: &Channel,
    drawn: Drawn,
) -> Result<ChatPage> {
    let brand = brands::get(&desk.db, channel.brand_id).await?;
    let frame = page_of(desk, request, who, Place::Settings, &brand).await?;
    let no_mail = no_mail_of(desk, &brand).await?;
    let unopened = secrets_of(desk, channel.id).await?.is_none();
    let drawn = ChatPage::new(frame, drawn).connected(channel, &desk.config.public_address(), unopened);
    Ok(ChatPage { no_mail, ..drawn })
}

/// `POST /channels/{id}` of a chat: it is as the form says from now on, in chats that open.
pub(in crate::web::channels) async fn update(
    desk: &Desk,
    request: &HttpRequest,
    channel: &Channel,
    posted: &Posted<Form>,
) -> Result<HttpResponse> {
    let (form, who) = (&posted.form, posted.who());
    let wanted = match form.read() {
        Ok(wanted) => wanted,
        Err(problems) => {
            let page = page_with(desk, request, &who, channel, form.drawn(problems)).await?;
            return shown_with_errors(request, &page);
        }
    };
    let mut tx = desk.db.begin().await?;
    let stands = channels::lock(&mut tx, channel.id).await?;
    let before = ChatSetup::of(&stands).values();
    let (changes, seen) = (changes(&before, &wanted.values()), seen_of(&before));
    let is_stale = !form.seen.is_empty() && form.seen != seen;
    if is_stale && !changes.is_empty() {
        drop(tx);
        let drawn = Drawn { seen, ..form.drawn(changed_meanwhile("chat", &changes)) };
        let page = page_with(desk, request, &who, &stands, drawn).await?;
        return shown_with_errors(request, &page);
    }
    if !changes.is_empty() {
        let settings = joined(&stands.settings.0, &wanted.settings());
        channels::update(&mut tx, channel.id, &wanted.name, &wanted.address(), &settings).await?;
        let mut details = details(&wanted.name, &changes);
        if let Some(text) = details.get_mut("away_text") {
            *text = Value::from("changed");
        }
        audit::append(&mut tx, &change_of(channel, details.into(), &posted.by), desk.clock.now()).await?;
    }
    tx.commit().await?;
    desk.connections.forget(channel.id);
    let words = format!("{} is changed. Chats that open from now on are as it says here.", wanted.name);
    Ok(back_with(&href(channel.id), Tone::Info, &words))
}

fn change_of<'a>(channel: &Channel, details: Value, by: &'a Teammate) -> Act<'a> {
    Act {
        actor: Actor::Teammate(by),
        action: AuditAction::ChannelChanged,
        subject: (AuditSubject::Channel, channel.id.to_string()),
        brand: Some(channel.brand_id),
        details,
    }
}

/// What the form for a new secret sends.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Renewal {
    /// Which secret counted when the form was drawn.
    made: String,
    /// What becomes of it: `day` or `now`.
    former: String,
}

/// `POST /channels/{id}/secrets`: the shop's server vouches with another one from now on. Visitors' sessions have a key of
/// their own, and go on.
pub async fn renew(
    desk: web::Data<Desk>,
    request: HttpRequest,
    id: web::Path<ChannelId>,
    posted: Posted<Renewal>,
) -> Result<HttpResponse> {
    posted.require(Role::Admin)?;
    let is_chat = |channel: &Channel| channel.channel_kind() == ChannelKind::LiveChat;
    let channel = channels::find(&desk.db, *id).await?.filter(is_chat).ok_or(Error::NotFound)?;
    let now = desk.clock.now();
    let wanted = match posted.form.former.as_str() {
        "day" => Some(now.plus(FORMER_COUNTS)),
        "now" => None,
        _ => {
            let words = "Say what becomes of the secret before. No new one was made; go back and choose.";
            return Err(Error::Invalid(words.to_owned()));
        }
    };
    let opened = secrets_of(&desk, channel.id).await?;
    // One that nobody can open counts no more, whatever was wanted.
    let until = wanted.filter(|_| opened.is_some());
    let secret = new_token();
    let mut tx = desk.db.begin().await?;
    let stands = channels::lock(&mut tx, channel.id).await?;
    let is_drawn_from = |made_then: &str| made_then.is_empty() || made_then == made(&stands);
    // A second press would end the secret that the first one has just shown.
    if !is_drawn_from(&made(&channel)) || !is_drawn_from(&posted.form.made) {
        let words = "A new secret was made meanwhile, so no other one was. Below stands which one counts.";
        return Ok(back_with(&href(channel.id), Tone::Bad, words));
    }
    let kept = until.and(opened.as_ref()).and_then(|before| before.get("identity_secret"));
    let former = kept.cloned().unwrap_or_else(|| json!(""));
    let is_opened = opened.is_some();
    // Under another key its sessions begin anew.
    let before = opened.unwrap_or_else(|| json!({ "session_secret": new_token() }));
    let secrets = joined(&before, &json!({ "identity_secret": secret, "former_identity_secret": former }));
    let sealed = desk.connections.seal(channel.id, &secrets).map_err(|error| Error::Internal(error.into()))?;
    let counts = json!({ MADE_AT: now.0, FORMER_UNTIL: until.map_or(0, |until| until.0 / 1_000_000) });
    channels::renew_secrets(&mut tx, channel.id, &joined(&stands.settings.0, &counts), sealed, now).await?;
    let ends = until.map_or_else(|| "ended".to_owned(), |until| format!("counts until {until}"));
    let details = json!({ "name": stands.name, "secret": "made anew", "the_one_before": ends });
    audit::append(&mut tx, &change_of(&channel, details, &posted.by), now).await?;
    tx.commit().await?;
    desk.connections.forget(channel.id);
    let brand = brands::get(&desk.db, channel.brand_id).await?;
    let page = page_of(&desk, &request, &posted.who(), Place::Settings, &brand).await?;
    let former = Some(former_words(until, is_opened, page.reader));
    shown(&request, &ChatReadyPage { page, name: stands.name, snippet: None, secret, former, no_mail: None })
}

fn former_words(until: Option<Ts>, was_opened: bool, reader: Reader) -> String {
    match until {
        Some(until) => {
            format!("The secret before counts until {}: put this one on the server until then.", reader.exact(until))
        }
        None if was_opened => {
            "The secret before has ended: until this one is on the server, it can vouch for nobody.".to_owned()
        }
        None => {
            "The secret before could not be opened with this desk’s key, so it has ended, and with it the sessions of \
                 this chat: until this one is on the server, it can vouch for nobody."
                .to_owned()
        }
    }
}

/// The secrets of a chat; nothing where they cannot be opened with the desk's key.
async fn secrets_of(desk: &Desk, id: ChannelId) -> Result<Option<Value>> {
    match desk.connections.secrets(id).await {
        Ok(secrets) => Ok(Some(secrets)),
        Err(ConnectionError::Vault(_) | ConnectionError::Secrets) => Ok(None),
        Err(ConnectionError::Store(error)) => Err(error.into()),
        Err(error) => Err(Error::Unavailable(error.to_string())),
    }
}
