//! Connecting mail accounts, trying them, pausing them.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use channel_contract::ChannelKind;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{ChannelsPage, ConnectMailPage};
use crate::app::Desk;
use crate::credentials::new_token;
use crate::jobs::poll;
use crate::model::channel::{Channel, ChannelState, twin};
use crate::model::teammate::Role;
use crate::model::{ChannelId, Json};
use crate::store::channels::{self, NewChannel};
use crate::web::error::{Error, Result};
use crate::web::flash::{Tone, back_with};
use crate::web::frame::{brand_of, page, shown};
use crate::web::guard::{Posted, SignedIn};
use crate::web::page::Place;

/// `GET /channels`
pub async fn show(desk: web::Data<Desk>, who: SignedIn, request: HttpRequest) -> Result<HttpResponse> {
    let rows = channels::list(&desk.db).await?;
    let frame = page(&desk, &request, &who, Place::Settings, None).await?;
    shown(&request, &ChannelsPage::new(frame, &rows, &desk.config.public_address()))
}

/// `GET /channels/new`
pub async fn form(desk: web::Data<Desk>, who: SignedIn, request: HttpRequest) -> Result<HttpResponse> {
    who.require(Role::Admin)?;
    let frame = page(&desk, &request, &who, Place::Settings, None).await?;
    shown(&request, &ConnectMailPage::new(frame, &[], &[]))
}

/// What the form sends.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Form {
    name: String,
    address: String,
    display_name: String,
    imap_host: String,
    imap_port: String,
    imap_security: String,
    imap_user: String,
    imap_password: String,
    smtp_host: String,
    smtp_port: String,
    smtp_security: String,
    smtp_user: String,
    smtp_password: String,
    authserv_id: String,
    check: Option<String>,
}

impl Form {
    fn values(&self) -> Vec<(&'static str, String)> {
        vec![
            ("name", self.name.clone()),
            ("address", self.address.clone()),
            ("display_name", self.display_name.clone()),
            ("imap_host", self.imap_host.clone()),
            ("imap_port", self.imap_port.clone()),
            ("imap_security", self.imap_security.clone()),
            ("imap_user", self.imap_user.clone()),
            ("smtp_host", self.smtp_host.clone()),
            ("smtp_port", self.smtp_port.clone()),
            ("smtp_security", self.smtp_security.clone()),
            ("smtp_user", self.smtp_user.clone()),
            ("authserv_id", self.authserv_id.clone()),
        ]
    }

    fn errors(&self) -> Vec<(&'static str, String)> {
        let mut errors = Vec::new();
        if !self.address.contains('@') {
            errors.push(("address", "Write a mail address.".to_owned()));
        }
        if self.smtp_host.trim().is_empty() {
            errors.push(("smtp_host", "Replies need a server to leave through.".to_owned()));
        }
        for (name, value) in [("imap_port", &self.imap_port), ("smtp_port", &self.smtp_port)] {
            if !value.trim().is_empty() && value.trim().parse::<u16>().is_err() {
                errors.push((name, "A number up to 65535.".to_owned()));
            }
        }
        errors
    }

    /// The adapter's settings, and apart from them what is sealed.
    fn settings(&self) -> (Value, Value) {
        let user = |own: &str| if own.trim().is_empty() { self.imap_user.trim() } else { own.trim() }.to_owned();
        let secret = |own: &str| if own.is_empty() { self.imap_password.clone() } else { own.to_owned() };
        let mut settings = json!({
            "address": self.address.trim().to_lowercase(),
            "display_name": self.display_name.trim(),
            "authserv_id": self.authserv_id.trim(),
            "smtp": server(&self.smtp_host, &self.smtp_port, 465, &self.smtp_security, &user(&self.smtp_user)),
        });
        let mut secrets = json!({
            "thread_secret": new_token(),
            "smtp": { "auth": auth(&user(&self.smtp_user), &secret(&self.smtp_password)) },
        });
        if let (false, Some(settings), Some(secrets)) =
            (self.imap_host.trim().is_empty(), settings.as_object_mut(), secrets.as_object_mut())
        {
            let imap = server(&self.imap_host, &self.imap_port, 993, &self.imap_security, self.imap_user.trim());
            settings.insert("imap".to_owned(), imap);
            secrets.insert("imap".to_owned(), json!({ "auth": auth(self.imap_user.trim(), &self.imap_password) }));
        }
        (settings, secrets)
    }
}

fn server(host: &str, port: &str, usual: u16, security: &str, user: &str) -> Value {
    let tls = match security {
        "starttls" => "start_tls",
        "none" => "plain",
        _ => "implicit",
    };
    json!({ "host": host.trim(), "port": port.trim().parse().unwrap_or(usual), "tls": tls, "user": user })
}

fn auth(user: &str, password: &str) -> Value {
    if user.is_empty() { json!({ "kind": "none" }) } else { json!({ "kind": "password", "password": password }) }
}

/// `POST /channels`: tries the account, and keeps it unless only a test was asked for.
pub async fn create(desk: web::Data<Desk>, request: HttpRequest, posted: Posted<Form>) -> Result<HttpResponse> {
    posted.require(Role::Admin)?;
    let form = &posted.form;
    let who = SignedIn { teammate: posted.by.clone(), csrf: posted.csrf.clone() };
    let frame = page(&desk, &request, &who, Place::Settings, None).await?;
    let mut errors = form.errors();
    let (settings, secrets) = form.settings();
    if let Some(twin) = twin(&channels::list(&desk.db).await?, &form.address, &settings) {
        errors.push(("address", format!("This mailbox is connected already, as “{}”.", twin.name)));
    }
    if !errors.is_empty() {
        return refused(&request, &ConnectMailPage::new(frame, &form.values(), &errors));
    }
    let brand = brand_of(&desk, None).await?;
    let id: ChannelId = desk.clock.new_id();
    let new = NewChannel {
        id,
        brand_id: brand.id,
        kind: ChannelKind::Email.as_str().to_owned(),
        name: if form.name.trim().is_empty() { "Mail".to_owned() } else { form.name.trim().to_owned() },
        address: form.address.trim().to_lowercase(),
        secrets: desk.connections.seal(id, &secrets).map_err(|error| Error::Internal(error.into()))?,
        settings,
        webhook_secret: new_token(),
        created_at: desk.clock.now(),
    };
    let outcome = try_out(&new, &secrets).await;
    if form.check.is_some() || outcome.is_err() {
        return refused(&request, &ConnectMailPage::new(frame, &form.values(), &[]).tested("The account", outcome));
    }
    let mut tx = desk.db.begin().await?;
    channels::insert(&mut tx, &new).await?;
    tx.commit().await?;
    poll::begin_channel(&desk, id).await?;
    Ok(back_with("/channels", Tone::Info, &format!("{} is connected. New mail comes in from now on.", new.address)))
}

fn refused(request: &HttpRequest, page: &ConnectMailPage) -> Result<HttpResponse> {
    let mut response = shown(request, page)?;
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(response)
}

/// Whether the account works, without sending anything.
async fn try_out(new: &NewChannel, secrets: &Value) -> Result<(), String> {
    let channel = Channel {
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
    };
    let adapter = crate::channels::build(&channel, secrets).map_err(|error| error.to_string())?;
    adapter.check().await.map_err(|failure| failure.to_string())
}

/// Where the form leads.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Back {
    back: String,
}

/// `POST /channels/{id}/checks`
pub async fn check(desk: web::Data<Desk>, id: web::Path<ChannelId>, posted: Posted<Back>) -> Result<HttpResponse> {
    posted.require(Role::Admin)?;
    desk.connections.forget(*id);
    let connection = desk.connections.get(*id).await.map_err(|error| Error::Conflict(error.to_string()))?;
    let (state, reason) = match connection.adapter.check().await {
        Ok(()) => (ChannelState::Connected, String::new()),
        Err(failure) => (ChannelState::NeedsAttention, failure.to_string()),
    };
    set_state(&desk, *id, state, &reason).await?;
    Ok(match state {
        ChannelState::Connected => back_with("/channels", Tone::Info, "The account works."),
        _ => {
            back_with("/channels", Tone::Bad, &format!("{reason} Nothing is lost: messages wait until it works again."))
        }
    })
}

/// `POST /channels/{id}/pause`
pub async fn pause(desk: web::Data<Desk>, id: web::Path<ChannelId>, posted: Posted<Back>) -> Result<HttpResponse> {
    posted.require(Role::Admin)?;
    set_state(&desk, *id, ChannelState::Paused, &format!("Paused by {}.", posted.by.name)).await?;
    Ok(back_with("/channels", Tone::Info, "The channel is paused: nothing is fetched or sent, and nothing is lost."))
}

/// `POST /channels/{id}/pause/deletion`
pub async fn resume(desk: web::Data<Desk>, id: web::Path<ChannelId>, posted: Posted<Back>) -> Result<HttpResponse> {
    posted.require(Role::Admin)?;
    set_state(&desk, *id, ChannelState::Connected, "").await?;
    poll::begin_channel(&desk, *id).await?;
    Ok(back_with("/channels", Tone::Info, "The channel goes on."))
}

async fn set_state(desk: &Desk, id: ChannelId, state: ChannelState, reason: &str) -> Result<()> {
    let mut tx = desk.db.begin().await?;
    channels::set_state(&mut tx, id, state, reason).await?;
    tx.commit().await?;
    desk.connections.forget(id);
    Ok(())
}
