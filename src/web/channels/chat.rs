//! Connecting a live chat: where the widget may stand, what it asks, and what the shop puts on its pages.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use channel_contract::ChannelKind;
use serde::Deserialize;
use serde_json::json;

use crate::app::Desk;
use crate::channels::live_chat::settings::{PreChatField, domain_of};
use crate::credentials::new_token;
use crate::model::audit::{Act, Actor, AuditAction, AuditSubject};
use crate::model::teammate::Role;
use crate::model::{BrandId, ChannelId};
use crate::store::audit;
use crate::store::channels::{self, NewChannel};
use crate::web::error::{Error, Result};
use crate::web::filters;
use crate::web::forms::{Field, FieldErrors, filled};
use crate::web::frame::{brand_named, page_of, shown, shown_with_errors};
use crate::web::guard::{Posted, SignedIn};
use crate::web::page::{BrandQuery, Page, Place};

/// Longest text for when nobody is there, in characters.
const AWAY: usize = 300;

/// `GET /channels/chats/new`, and `POST /channels/chats` when something is wrong.
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "channels/new_chat.html")]
pub struct ConnectChatPage {
    page: Page,
    about: Vec<Field>,
    asked: Vec<Asked>,
    identity: Vec<Field>,
}

/// Something that may be asked before the chat.
#[derive(Debug)]
struct Asked {
    name: &'static str,
    words: &'static str,
    chosen: bool,
}

/// Once: what the shop's pages and its server need.
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "channels/chat_ready.html")]
pub struct ChatReadyPage {
    page: Page,
    name: String,
    snippet: String,
    secret: String,
}

/// What a shop's page holds.
pub(super) fn snippet(origin: &str, channel: ChannelId) -> String {
    format!("<script async src=\"{origin}/widget.js\" data-channel=\"{channel}\"></script>")
}

impl ConnectChatPage {
    fn new(page: Page, form: &Form, errors: FieldErrors<'_>) -> Self {
        let values = [
            ("name", form.name.clone()),
            ("domains", form.domains.clone()),
            ("away_text", form.away_text.clone()),
            ("identity", if form.identity.is_empty() { "optional".to_owned() } else { form.identity.clone() }),
        ];
        let asked = PreChatField::ALL.iter().map(|field| Asked {
            name: field.as_str(),
            words: asked_words(*field),
            chosen: form.asks(*field),
        });
        let choices =
            vec![("optional", "Anybody may write"), ("mandatory", "Only customers whom the shop vouches for")];
        Self {
            about: filled(
                vec![
                    Field::text("name", "Name in the desk").placeholder("Chat"),
                    Field::text("domains", "Where the chat may stand")
                        .placeholder("shop.example, *.shop.example")
                        .help("The addresses of the shop, parted by commas. Nowhere else can it be opened."),
                    Field::text("away_text", "What it says when nobody is there")
                        .optional()
                        .placeholder("We are back at nine. Leave your address, and the answer comes by mail."),
                ],
                &values,
                errors,
            ),
            asked: asked.collect(),
            identity: filled(vec![Field::choice("identity", "Who may write", choices)], &values, errors),
            page,
        }
    }
}

fn asked_words(field: PreChatField) -> &'static str {
    match field {
        PreChatField::Name => "Name",
        PreChatField::Email => "Address for answers",
        PreChatField::OrderNumber => "Order number, optional",
        PreChatField::Topic => "What it is about",
        PreChatField::Consent => "Consent to keep the messages",
    }
}

/// What the form sends.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Form {
    brand: String,
    name: String,
    domains: String,
    away_text: String,
    identity: String,
    ask_name: Option<String>,
    ask_email: Option<String>,
    ask_order_number: Option<String>,
    ask_topic: Option<String>,
    ask_consent: Option<String>,
}

impl Form {
    fn asks(&self, field: PreChatField) -> bool {
        match field {
            PreChatField::Name => self.ask_name.is_some(),
            PreChatField::Email => self.ask_email.is_some(),
            PreChatField::OrderNumber => self.ask_order_number.is_some(),
            PreChatField::Topic => self.ask_topic.is_some(),
            PreChatField::Consent => self.ask_consent.is_some(),
        }
    }

    /// The domains, or the first that is none.
    fn domains(&self) -> Result<Vec<String>, String> {
        let written = self.domains.split([',', ' ', '\n']).map(str::trim).filter(|domain| !domain.is_empty());
        written.map(|domain| domain_of(domain).ok_or_else(|| format!("“{domain}” is no address of a shop."))).collect()
    }
}

/// `GET /channels/chats/new?brand=`
pub async fn form(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    look: web::Query<BrandQuery>,
) -> Result<HttpResponse> {
    who.require(Role::Admin)?;
    let brand = brand_named(&desk, &look.brand).await?;
    let frame = page_of(&desk, &request, &who, Place::Settings, &brand).await?;
    shown(&request, &ConnectChatPage::new(frame, &Form::default(), &[]))
}

/// `POST /channels/chats`
pub async fn create(desk: web::Data<Desk>, request: HttpRequest, posted: Posted<Form>) -> Result<HttpResponse> {
    posted.require(Role::Admin)?;
    let form = &posted.form;
    let who = posted.who();
    let brand = brand_named(&desk, &form.brand).await?;
    let frame = page_of(&desk, &request, &who, Place::Settings, &brand).await?;
    let domains = match form.domains() {
        Ok(domains) if !domains.is_empty() => domains,
        outcome => {
            let words = outcome.err().unwrap_or_else(|| "Name at least one address of the shop.".to_owned());
            return shown_with_errors(&request, &ConnectChatPage::new(frame, form, &[("domains", words)]));
        }
    };
    let identity_secret = new_token();
    let new = new_chat(&desk, form, brand.id, &domains, &identity_secret)?;
    let mut tx = desk.db.begin().await?;
    channels::insert(&mut tx, &new).await?;
    let act = Act {
        actor: Actor::Teammate(&posted.by),
        action: AuditAction::ChannelConnected,
        subject: (AuditSubject::Channel, new.id.to_string()),
        brand: Some(brand.id),
        details: json!({ "kind": new.kind, "name": new.name }),
    };
    audit::append(&mut tx, &act, desk.clock.now()).await?;
    tx.commit().await?;
    let snippet = snippet(&desk.config.public_address(), new.id);
    shown(&request, &ChatReadyPage { page: frame, name: new.name, snippet, secret: identity_secret })
}

fn new_chat(desk: &Desk, form: &Form, brand: BrandId, domains: &[String], identity_secret: &str) -> Result<NewChannel> {
    let id: ChannelId = desk.clock.new_id();
    let pre_chat: Vec<&str> =
        PreChatField::ALL.iter().filter(|field| form.asks(**field)).map(|field| field.as_str()).collect();
    let away: String = form.away_text.trim().chars().take(AWAY).collect();
    let secrets = json!({ "session_secret": new_token(), "identity_secret": identity_secret });
    Ok(NewChannel {
        id,
        brand_id: brand,
        kind: ChannelKind::LiveChat.as_str().to_owned(),
        name: if form.name.trim().is_empty() { "Chat".to_owned() } else { form.name.trim().to_owned() },
        address: domains.join(", "),
        settings: json!({
            "domains": domains,
            "pre_chat": pre_chat,
            "identity": if form.identity == "mandatory" { "mandatory" } else { "optional" },
            "away_text": away,
        }),
        secrets: desk.connections.seal(id, &secrets).map_err(|error| Error::Internal(error.into()))?,
        webhook_secret: new_token(),
        created_at: desk.clock.now(),
    })
}
