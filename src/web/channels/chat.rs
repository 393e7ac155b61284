//! A live chat in the settings: where the widget may stand, what it asks, and what the shop puts on its pages.

pub mod edit;

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use channel_contract::ChannelKind;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::former_secret;
use crate::app::Desk;
use crate::channels::live_chat::LiveChatSettings;
use crate::channels::live_chat::settings::{IdentityMode, PreChatField, domain_of, is_anybodys};
use crate::credentials::new_token;
use crate::model::audit::{Act, Actor, AuditAction, AuditSubject};
use crate::model::brand::Brand;
use crate::model::channel::{Channel, ChannelState, letterbox};
use crate::model::teammate::Role;
use crate::model::{BrandId, ChannelId};
use crate::store::audit;
use crate::store::channels::{self, NewChannel};
use crate::web::changes::seen_of;
use crate::web::error::{Error, Result};
use crate::web::filters;
use crate::web::format::Reader;
use crate::web::former_secret::FormerSecretForm;
use crate::web::forms::{Field, filled, with_focus};
use crate::web::frame::{brand_named, page_of, shown, shown_with_errors};
use crate::web::guard::{Posted, SignedIn};
use crate::web::page::{BrandQuery, Page, Place};
use crate::web::parts::{Badge, Notice};
use crate::web::words::channel_state_words;

/// Longest text for when nobody is there, in characters.
const AWAY: usize = 300;

/// `GET /channels/chats/new` and `GET /channels/{id}` of a chat, and their forms when something is wrong. Fields: `brand`
/// (new ones), `name`, `domains`, `away_text`, `ask_name`, `ask_email`, ..., `privacy_url`, `identity`, and `seen`: how the chat stood when
/// the form was drawn.
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "channels/chat.html")]
pub struct ChatPage {
    page: Page,
    /// The one that is changed; `None` for a new one.
    chat: Option<ConnectedChat>,
    seen: String,
    about: Vec<Field>,
    asked: AskedFirst,
    consent: Vec<Field>,
    identity: Vec<Field>,
    no_mail: Option<Notice>,
}

/// A chat that is connected, beside its form.
#[derive(Debug)]
struct ConnectedChat {
    id: String,
    name: String,
    state: Badge,
    reason: String,
    paused: bool,
    snippet: String,
    /// Which secret the shop's server signs with.
    secret: String,
    /// The same for the form that makes another one.
    made: String,
    /// The one before, while it counts.
    former: Option<FormerSecretForm>,
    /// Its secrets were sealed with another key than the desk's.
    unopened: bool,
}

/// What may be asked before the chat.
#[derive(Debug)]
struct AskedFirst {
    choices: Vec<Asked>,
    error: String,
    /// Typing begins here: nothing above is wrong.
    focused: bool,
}

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
    /// What the shop's pages hold, of a new chat.
    snippet: Option<String>,
    secret: String,
    /// What becomes of the secret before, of a chat that has had one.
    former: Option<String>,
    no_mail: Option<Notice>,
}

/// What a shop's page holds.
pub(super) fn snippet(origin: &str, channel: ChannelId) -> String {
    format!("<script async src=\"{origin}/widget.js\" data-channel=\"{channel}\"></script>")
}

/// What is said of a chat where answers cannot follow who leaves it; `slug` is the brand's name in addresses.
pub(super) fn no_mail(channels: &[Channel], brand: BrandId, slug: &str) -> Option<Notice> {
    let head = "Nobody who leaves the chat gets the answer by mail.";
    match letterbox(channels, brand) {
        None => {
            let words = "This brand has no mailbox: an answer is seen when the customer comes back.";
            Some(Notice::warn(head, words).with_link("Connect mail", format!("/channels/new?kind=email&brand={slug}")))
        }
        Some(mailbox) if mailbox.state == ChannelState::Paused => {
            let words = "The mailbox of this brand is paused: such answers wait there until it goes on.";
            Some(
                Notice::warn(head, words).with_link("Look at the mailbox", format!("/channels#channel-{}", mailbox.id)),
            )
        }
        Some(_) => None,
    }
}

async fn no_mail_of(desk: &Desk, brand: &Brand) -> Result<Option<Notice>> {
    Ok(no_mail(&channels::list(&desk.db).await?, brand.id, &brand.slug))
}

/// What stands in the form, and what is wrong with it.
#[derive(Debug, Default)]
struct Drawn {
    values: Vec<(&'static str, String)>,
    asked: Vec<PreChatField>,
    seen: String,
    errors: Vec<(&'static str, String)>,
}

impl ChatPage {
    fn new(page: Page, drawn: Drawn) -> Self {
        let Drawn { values, asked, seen, errors } = drawn;
        let choice = |field: &PreChatField| Asked {
            name: field.as_str(),
            words: asked_words(*field),
            chosen: asked.contains(field),
        };
        let error = errors.iter().find(|(name, _)| *name == ASKED).map(|(_, words)| words.clone());
        let focused = errors.first().is_some_and(|(name, _)| *name == ASKED);
        let groups = [about(), consent(), who_may_write()].map(|fields| filled(fields, &values, &errors));
        // Who only looks is not made to type.
        let [about, consent, identity] = if errors.is_empty() || focused { groups } else { with_focus(groups) };
        Self {
            chat: None,
            seen,
            about,
            asked: AskedFirst {
                choices: PreChatField::ALL.iter().map(choice).collect(),
                error: error.unwrap_or_default(),
                focused,
            },
            consent,
            identity,
            no_mail: None,
            page,
        }
    }

    /// Of a chat that is connected.
    #[must_use]
    fn connected(mut self, channel: &Channel, origin: &str, unopened: bool) -> Self {
        let former = if unopened { None } else { former_secret::form(channel, &self.page) };
        self.chat = Some(ConnectedChat { former, unopened, ..ConnectedChat::new(channel, origin, self.page.reader) });
        self
    }
}

impl ConnectedChat {
    fn new(channel: &Channel, origin: &str, reader: Reader) -> Self {
        let (tone, words) = channel_state_words(channel.state);
        Self {
            id: channel.id.to_string(),
            name: channel.name.clone(),
            state: Badge::new(tone, words),
            reason: reader.moments(&channel.state_reason),
            paused: channel.state == ChannelState::Paused,
            snippet: snippet(origin, channel.id),
            secret: edit::secret_words(channel, reader),
            made: edit::made(channel),
            former: None,
            unopened: false,
        }
    }
}

fn about() -> Vec<Field> {
    vec![
        Field::text("name", "Name in the desk").placeholder("Chat"),
        Field::text("domains", "Where the chat may stand").placeholder("shop.example, *.shop.example").help(
            "The shop’s addresses, parted by commas, each with its port if it has one. Nowhere else can it be opened.",
        ),
        Field::text("away_text", "What it says when nobody is there")
            .optional()
            .placeholder("Our workshop is closed for today.")
            .help("The chat itself says behind it when people are back, and where the answer comes."),
    ]
}

fn consent() -> Vec<Field> {
    let notice = Field::text("privacy_url", "The shop’s privacy notice").placeholder("https://shop.example/privacy");
    vec![notice.optional().help("Linked where consent is asked.")]
}

fn who_may_write() -> Vec<Field> {
    let choices = [(OPTIONAL, "Anybody may write"), (MANDATORY, "Only customers whom the shop vouches for")];
    vec![Field::choice("identity", "Who may write", choices)]
}

/// The words of the choice who may write.
const OPTIONAL: &str = "optional";
const MANDATORY: &str = "mandatory";
/// Under which name it is said what is wrong with what is asked before the chat.
const ASKED: &str = "asked";

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
    privacy_url: String,
    identity: String,
    ask_name: Option<String>,
    ask_email: Option<String>,
    ask_order_number: Option<String>,
    ask_topic: Option<String>,
    ask_consent: Option<String>,
    /// How the chat stood when the form was drawn.
    seen: String,
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

    fn asked(&self) -> Vec<PreChatField> {
        PreChatField::ALL.into_iter().filter(|field| self.asks(*field)).collect()
    }

    /// The form as it came, once more.
    fn drawn(&self, errors: Vec<(&'static str, String)>) -> Drawn {
        let identity = if self.identity == MANDATORY { MANDATORY } else { OPTIONAL };
        let values = vec![
            ("name", self.name.clone()),
            ("domains", self.domains.clone()),
            ("away_text", self.away_text.clone()),
            ("privacy_url", self.privacy_url.clone()),
            ("identity", identity.to_owned()),
        ];
        Drawn { values, asked: self.asked(), seen: self.seen.clone(), errors }
    }

    /// The domains, each once, or the first that is none.
    fn domains(&self) -> Result<Vec<String>, String> {
        let mut domains = Vec::new();
        for written in self.domains.split([',', ' ', '\n']).map(str::trim).filter(|written| !written.is_empty()) {
            let domain = domain_of(written).ok_or_else(|| format!("“{written}” is no address of a shop."))?;
            if is_anybodys(&domain) {
                return Err(format!("“{written}” covers shops of others too. Name your own, as in *.shop.example."));
            }
            if !domains.contains(&domain) {
                domains.push(domain);
            }
        }
        if domains.is_empty() {
            return Err("Name at least one address of the shop.".to_owned());
        }
        Ok(domains)
    }

    /// How the chat is to be, or what is wrong with the form.
    fn read(&self) -> Result<ChatSetup, Vec<(&'static str, String)>> {
        let mut problems = Vec::new();
        let domains = self.domains().unwrap_or_else(|words| {
            problems.push(("domains", words));
            Vec::new()
        });
        let away_text = self.away_text.trim();
        let length = away_text.chars().count();
        if length > AWAY {
            problems.push(("away_text", format!("At most {AWAY} characters; these are {length}.")));
        }
        let privacy_url = page_address(&self.privacy_url).unwrap_or_else(|| {
            let words = "Write the address of a page, beginning with https://. Empty: none is linked.";
            problems.push(("privacy_url", words.to_owned()));
            String::new()
        });
        if !problems.is_empty() {
            return Err(problems);
        }
        let name = self.name.trim();
        Ok(ChatSetup {
            name: if name.is_empty() { "Chat" } else { name }.to_owned(),
            domains,
            pre_chat: self.asked(),
            identity: if self.identity == MANDATORY { IdentityMode::Mandatory } else { IdentityMode::Optional },
            away_text: away_text.to_owned(),
            privacy_url,
        })
    }
}

/// The address of a page that anybody may open, as it is kept; `""` stays it.
fn page_address(written: &str) -> Option<String> {
    if written.trim().is_empty() {
        return Some(String::new());
    }
    let url = Url::parse(written.trim()).ok()?;
    let is_open = url.scheme() == "https" && url.has_host() && url.username().is_empty() && url.password().is_none();
    is_open.then(|| url.to_string())
}

/// How a chat is set up, as far as its form says it.
struct ChatSetup {
    name: String,
    domains: Vec<String>,
    pre_chat: Vec<PreChatField>,
    identity: IdentityMode,
    away_text: String,
    privacy_url: String,
}

impl ChatSetup {
    /// As it is stored; what cannot be read is filled in anew.
    fn of(channel: &Channel) -> Self {
        let settings: LiveChatSettings = serde_json::from_value(channel.settings.0.clone()).unwrap_or_default();
        let is_asked = |field: &PreChatField| settings.pre_chat.contains(field);
        Self {
            name: channel.name.clone(),
            pre_chat: PreChatField::ALL.into_iter().filter(is_asked).collect(),
            domains: settings.domains,
            identity: settings.identity,
            away_text: settings.away_text,
            privacy_url: settings.privacy_url,
        }
    }

    /// The channel's address in lists.
    fn address(&self) -> String {
        self.domains.join(", ")
    }

    fn settings(&self) -> Value {
        json!({
            "domains": self.domains,
            "pre_chat": self.pre_chat,
            "identity": self.identity,
            "away_text": self.away_text,
            "privacy_url": self.privacy_url,
        })
    }

    /// What stands in its fields.
    fn values(&self) -> Vec<(&'static str, String)> {
        let asked: Vec<&str> = self.pre_chat.iter().map(|field| asked_words(*field)).collect();
        let identity = if self.identity == IdentityMode::Mandatory { MANDATORY } else { OPTIONAL };
        vec![
            ("name", self.name.clone()),
            ("domains", self.address()),
            ("away_text", self.away_text.clone()),
            (ASKED, asked.join(", ")),
            ("privacy_url", self.privacy_url.clone()),
            ("identity", identity.to_owned()),
        ]
    }

    /// The form, filled in.
    fn drawn(&self) -> Drawn {
        let values = self.values();
        Drawn { seen: seen_of(&values), values, asked: self.pre_chat.clone(), errors: Vec::new() }
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
    let no_mail = no_mail_of(&desk, &brand).await?;
    shown(&request, &ChatPage { no_mail, ..ChatPage::new(frame, Drawn::default()) })
}

/// `POST /channels/chats`
pub async fn create(desk: web::Data<Desk>, request: HttpRequest, posted: Posted<Form>) -> Result<HttpResponse> {
    posted.require(Role::Admin)?;
    let form = &posted.form;
    let who = posted.who();
    let brand = brand_named(&desk, &form.brand).await?;
    let frame = page_of(&desk, &request, &who, Place::Settings, &brand).await?;
    let no_mail = no_mail_of(&desk, &brand).await?;
    let setup = match form.read() {
        Ok(setup) => setup,
        Err(problems) => {
            let page = ChatPage { no_mail, ..ChatPage::new(frame, form.drawn(problems)) };
            return shown_with_errors(&request, &page);
        }
    };
    let secret = new_token();
    let new = new_chat(&desk, &setup, brand.id, &secret)?;
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
    let snippet = Some(snippet(&desk.config.public_address(), new.id));
    shown(&request, &ChatReadyPage { page: frame, name: new.name, snippet, secret, former: None, no_mail })
}

fn new_chat(desk: &Desk, setup: &ChatSetup, brand: BrandId, identity_secret: &str) -> Result<NewChannel> {
    let id: ChannelId = desk.clock.new_id();
    let secrets = json!({ "session_secret": new_token(), "identity_secret": identity_secret });
    Ok(NewChannel {
        id,
        brand_id: brand,
        kind: ChannelKind::LiveChat.as_str().to_owned(),
        name: setup.name.clone(),
        address: setup.address(),
        settings: setup.settings(),
        secrets: desk.connections.seal(id, &secrets).map_err(|error| Error::Internal(error.into()))?,
        webhook_secret: new_token(),
        created_at: desk.clock.now(),
    })
}

#[cfg(test)]
mod tests {
    use super::page_address;

    #[test]
    fn only_a_page_that_anybody_may_open_is_linked() {
        for (written, kept) in [
            ("", Some("")),
            (" https://Shop.example/privacy ", Some("https://shop.example/privacy")),
            ("https://shop.example", Some("https://shop.example/")),
            ("http://shop.example/privacy", None),
            ("shop.example/privacy", None),
            ("javascript:alert(1)", None),
            ("https://user:word@shop.example/", None),
            ("https://", None),
        ] {
            assert_eq!(page_address(written).as_deref(), kept, "{written}");
        }
    }
}
