//! The start of a visitor's session: who it is, as far as the shop vouches for it, and what the chat asks first.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use super::feed::json_of;
use super::hub::Hub;
use super::{check_origin, open_chat};
use crate::app::Desk;
use crate::channels::live_chat::LiveChatSettings;
use crate::channels::live_chat::identity::{self, IdentityError, Vouched, is_address};
use crate::channels::live_chat::settings::{IdentityMode, PreChatField};
use crate::channels::live_chat::visitor::Visitor;
use crate::model::ChannelId;
use crate::store;
use crate::store::chats::{self, VisitorClaims};
use crate::web::api::ApiError;
use crate::web::error::{Error, Result};
use crate::web::sessions::attempts::network_of;

/// Longest answer before the chat, in characters.
const ANSWER: usize = 200;
/// What a visitor is told for whom the shop would have to vouch.
pub(super) const SIGN_IN: &str = "Sign in to the shop to use the chat.";

/// What the widget knows at the start.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Start {
    /// The shop's page, as the browser tells the frame.
    origin: String,
    /// The session before, if the browser kept one.
    token: String,
    identity: Option<Claimed>,
    /// The answers before the chat; `null` when they were not given yet.
    form: Option<Form>,
}

/// Whom the shop's page names.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Claimed {
    /// A signed identity.
    jwt: String,
    /// The older form: an id and its hash.
    id: String,
    identifier_hash: String,
    /// Not proved by the hash.
    name: String,
    email: String,
}

/// The answers before the chat.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Form {
    name: String,
    email: String,
    order_number: String,
    topic: String,
    consent: bool,
}

/// `POST /widget/{channel}/sessions`
pub async fn create(
    desk: web::Data<Desk>,
    hub: web::Data<Hub>,
    request: HttpRequest,
    channel: web::Path<ChannelId>,
    body: web::Bytes,
) -> Result<HttpResponse, ApiError> {
    let start: Start = json_of(&body)?;
    let (_, chat) = open_chat(&desk, *channel).await?;
    check_origin(&desk, &request, &chat)?;
    let settings = chat.settings();
    if !settings.allows_origin(&start.origin) {
        return Err(Error::Forbidden("The chat is not set up for this page.".to_owned()).into());
    }
    let too_many = || Error::TooMany("Too many chats begin from here. Wait a minute.".to_owned());
    let from = network_of(&request, &desk.config.http.proxies);
    if !hub.may_ask(&desk, from) {
        return Err(too_many().into());
    }
    let visitor = match visitor_of(&desk, settings, &start, || hub.may_begin(&desk, from)) {
        Ok(who) => who,
        Err(Refusal::TooMany) => return Err(too_many().into()),
        Err(Refusal::Identity(words)) => {
            return Ok(HttpResponse::Unauthorized().json(json!({ "error": words })));
        }
        Err(Refusal::Form(fields)) => {
            return Ok(HttpResponse::UnprocessableEntity().json(json!({ "fields": fields })));
        }
    };
    // Whoever comes back with a session may have left another address since.
    if start.identity.is_some() {
        renew_claims(&desk, *channel, &visitor).await?;
    }
    let answer = json!({
        "token": visitor.token(settings, desk.clock.now().datetime()),
        "visitor": visitor.id,
        "vouched": visitor.is_vouched(),
        "name": visitor.name,
    });
    Ok(HttpResponse::Created().insert_header(("cache-control", "no-store")).json(answer))
}

/// What a session says of its visitor.
pub(super) fn claims_of(visitor: &Visitor) -> VisitorClaims {
    VisitorClaims { name: visitor.name.clone(), email: visitor.email.clone() }
}

/// What the shop says of a customer now takes the place of what is kept of them. Of who has not written nothing is kept:
/// their session says it.
async fn renew_claims(desk: &Desk, channel: ChannelId, visitor: &Visitor) -> store::Result<()> {
    let claims = claims_of(visitor);
    let Some(known) = chats::find_claims(&desk.db, visitor.id).await? else { return Ok(()) };
    if claims.email.is_empty() || known == claims {
        return Ok(());
    }
    let mut tx = desk.db.begin().await?;
    chats::save_claims(&mut tx, visitor.id, channel, &claims, desk.clock.now()).await?;
    tx.commit().await
}

#[derive(Debug, PartialEq, Eq)]
enum Refusal {
    /// Nobody vouches for the visitor, or the identity is wrong.
    Identity(String),
    /// These fields are missing or wrong.
    Form(Vec<&'static str>),
    /// No other visitor may begin now.
    TooMany,
}

/// Who asks for a session. Each page of a signed-in customer asks: only where nobody is known is it a new visitor, if one
/// may begin.
fn visitor_of(
    desk: &Desk,
    settings: &LiveChatSettings,
    start: &Start,
    may_begin: impl FnOnce() -> bool,
) -> Result<Visitor, Refusal> {
    let now = desk.clock.now().datetime();
    let kept = Visitor::of_token(settings, &start.token, now).ok();
    if let Some(claimed) = &start.identity {
        let vouched = vouched(settings, claimed, now).map_err(|error| Refusal::Identity(error.to_string()))?;
        return Ok(known(settings, claimed, vouched));
    }
    if let Some(kept) = kept.filter(|kept| kept.may_write(settings)) {
        return Ok(kept);
    }
    if settings.identity == IdentityMode::Mandatory {
        return Err(Refusal::Identity(SIGN_IN.to_owned()));
    }
    let form = start.form.as_ref();
    let wrong = missing(settings, form.unwrap_or(&Form::default()));
    if !wrong.is_empty() {
        return Err(Refusal::Form(wrong));
    }
    if !may_begin() {
        return Err(Refusal::TooMany);
    }
    let visitor = Visitor { id: desk.clock.new_id(), ..Visitor::default() };
    Ok(match form {
        Some(form) => Visitor {
            name: short(&form.name),
            email: short(&form.email).to_lowercase(),
            order_number: short(&form.order_number),
            topic: short(&form.topic),
            ..visitor
        },
        None => visitor,
    })
}

fn vouched(
    settings: &LiveChatSettings,
    claimed: &Claimed,
    now: time::OffsetDateTime,
) -> Result<Vouched, IdentityError> {
    match claimed.jwt.as_str() {
        "" => identity::of_hash(settings, &claimed.id, &claimed.identifier_hash, now),
        jwt => identity::of_jwt(settings, jwt, now),
    }
}

/// A customer whom the shop vouches for: the same visitor on every device. What the signature does not cover stays a
/// claim.
fn known(settings: &LiveChatSettings, claimed: &Claimed, vouched: Vouched) -> Visitor {
    let claim = short(&claimed.email).to_lowercase();
    let email_proved = !vouched.email.is_empty();
    Visitor {
        id: Visitor::id_of_subject(settings, &vouched.subject),
        name: if vouched.name.is_empty() { short(&claimed.name) } else { vouched.name },
        email: match (email_proved, is_address(&claim)) {
            (true, _) => vouched.email,
            (false, true) => claim,
            (false, false) => String::new(),
        },
        email_proved,
        subject: vouched.subject,
        ..Visitor::default()
    }
}

/// The fields that are asked for and not answered.
fn missing(settings: &LiveChatSettings, form: &Form) -> Vec<&'static str> {
    let is_wrong = |field: &PreChatField| match field {
        PreChatField::Email => !is_address(form.email.trim()),
        PreChatField::Name => form.name.trim().is_empty(),
        PreChatField::Topic => form.topic.trim().is_empty(),
        PreChatField::Consent => !form.consent,
        // Not everybody has one at hand.
        PreChatField::OrderNumber => false,
    };
    let mut wrong: Vec<&'static str> =
        settings.pre_chat.iter().filter(|field| is_wrong(field)).map(|field| field.as_str()).collect();
    if !form.email.trim().is_empty() && !is_address(form.email.trim()) && !wrong.contains(&"email") {
        wrong.push("email");
    }
    wrong
}

fn short(text: &str) -> String {
    text.replace('\0', "").trim().chars().take(ANSWER).collect()
}
