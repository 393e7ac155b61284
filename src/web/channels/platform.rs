//! Accounts of platforms that are connected by a guide: the page, and what its forms do.

mod connect;
pub mod consent;
pub mod extra;
mod form;

use askama::Template;
use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::guide::{EnteredBy, Guide, Setting, Sort, Step, Trial, at};
use serde_json::Value;

use self::extra::ExtraCard;
use super::{brand_field, former_secret, news_notice};
use crate::channels::webhook_address;
use crate::inbox::connecting::entered_by;
use crate::inbox::former_secret::Former;
use crate::model::channel::{Channel, ChannelState};
use crate::web::filters;
use crate::web::former_secret::FormerSecretForm;
use crate::web::forms::{Field, FieldErrors, filled};
use crate::web::page::Page;
use crate::web::parts::{Badge, Notice};
use crate::web::words::channel_state_words;

pub(super) use connect::{create, edit, show, update};
pub use connect::{dismiss, send_test};

/// What is said of an address that is none on the web.
const CLOSED: &str = "The platform cannot reach this address, which does not begin with https://. Set `public_url` and start the desk again.";

/// `GET /channels/new?kind=` and `GET /channels/{id}` of a platform's account, and their forms when something is wrong or
/// only a test was asked for (`check=1`). Fields: `kind` and `brand` (new ones), `name`, and each setting of the guide under
/// its path.
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "channels/platform.html")]
pub struct PlatformPage {
    page: Page,
    title: String,
    action: String,
    guide: &'static Guide,
    about: Vec<Field>,
    steps: Vec<StepView>,
    further: Vec<Field>,
    results: Vec<Notice>,
    connected: Option<ConnectedView>,
    /// What no field asks for, of one that is connected.
    extra: Option<ExtraCard>,
}

/// A step, numbered by its place.
#[derive(Debug)]
struct StepView {
    title: &'static str,
    words: &'static str,
    fields: Vec<Field>,
    webhook: Option<WebhookView>,
    /// Its address is shown once the account is saved.
    comes_later: bool,
    /// The desk's page to which an owner's consent leads back; `""` where none is asked for.
    returns: String,
}

/// What is copied to the platform.
#[derive(Debug)]
struct WebhookView {
    address: String,
    word: String,
    /// Why the platform cannot reach it; `""` where nothing speaks against it.
    warning: &'static str,
    by_desk: bool,
}

/// An account that is connected, beside its form.
#[derive(Debug)]
struct ConnectedView {
    id: String,
    state: Badge,
    reason: String,
    paused: bool,
    news: Option<Notice>,
    /// The secret before the one in use, while it counts.
    former: Option<FormerSecretForm>,
    /// Whether its owner can be asked for consent.
    asks: bool,
    /// Who is written to in a trial; `None` where a person writes.
    recipient: Option<Field>,
    /// What to do to see that it works.
    trial: &'static str,
    /// Whether it has templates, one of which the agent takes when the time for a reply is over.
    has_templates: bool,
}

/// What a page of a connected account is made from.
#[derive(Clone, Copy)]
pub(super) struct Connected<'a> {
    pub(super) channel: &'a Channel,
    /// The opened secrets: of them only the word of the webhook is shown, and whether there is one that was replaced.
    pub(super) secrets: &'a Value,
    /// What the platform says of the account; `""` if nothing.
    pub(super) news: &'a str,
    /// Whether its owner can be asked for consent on a page of the platform.
    pub(super) asks: bool,
    /// Whether it has templates.
    pub(super) has_templates: bool,
}

impl PlatformPage {
    /// The page of an account, or of a new one, with what stands in its fields and what is wrong with it. `origin` is the
    /// desk's own address.
    pub(super) fn new(
        page: Page,
        (guide, origin): (&'static Guide, &str),
        connected: Option<Connected<'_>>,
        values: &[(&'static str, String)],
        errors: FieldErrors<'_>,
    ) -> Self {
        let mut about = if connected.is_some() { Vec::new() } else { brand_field(&page) };
        about.push(Field::text("name", "Name in the desk").optional().help("As your team calls it."));
        let is_saved = |path: &str| {
            let saved = connected.and_then(|connected| at(connected.secrets, path));
            saved.and_then(Value::as_str).is_some_and(|text| !text.is_empty())
        };
        let does_without = |setting: &Setting| {
            connected.is_some_and(|connected| form::does_without(setting, &connected.channel.settings.0))
        };
        let field = |setting: &'static Setting| {
            let field = form::field(setting, is_saved(setting.path));
            if does_without(setting) { field.optional() } else { field }
        };
        let asked = |setting: &&'static Setting| {
            connected.is_none_or(|connected| form::is_asked(setting, &connected.channel.settings.0))
        };
        let step = |step: &'static Step| StepView {
            title: step.title,
            words: step.words,
            fields: filled(step.settings.iter().filter(asked).map(field).collect(), values, errors),
            webhook: connected.filter(|_| step.shows_webhook).and_then(|connected| webhook(guide, connected, origin)),
            comes_later: step.shows_webhook && connected.is_none() && entered_by(guide) == Some(EnteredBy::Person),
            returns: if asks_consent(step) { consent::returns(origin) } else { String::new() },
        };
        Self {
            title: connected.map_or_else(|| format!("Connect {}", guide.name), |known| known.channel.name.clone()),
            action: connected.map_or_else(|| "/channels".to_owned(), |known| format!("/channels/{}", known.channel.id)),
            guide,
            about: filled(about, values, errors),
            steps: guide.steps.iter().map(step).collect(),
            further: filled(guide.further.iter().filter(asked).map(field).collect(), values, errors),
            results: Vec::new(),
            connected: connected.map(|known| connected_view(&page, guide, known)),
            extra: connected.and_then(|known| ExtraCard::new(guide, known.channel, &page.csrf)),
            page,
        }
    }

    /// With a document of extra settings that cannot be used, as it was typed, and why.
    #[must_use]
    fn refused_extra(mut self, document: &str, wrong: &str) -> Self {
        let words = format!("{wrong} The channel stays as it was; what you typed stands below.");
        self.results.push(Notice::bad("The settings were not saved.", words));
        self.extra = self.extra.map(|card| card.refused(document, wrong));
        self
    }

    /// With the outcome of a test.
    #[must_use]
    fn tested(mut self, outcome: Result<(), String>) -> Self {
        let kept = if self.connected.is_some() { "The channel stays as it was" } else { "Nothing was saved" };
        self.results.push(match outcome {
            Ok(()) => Notice::info("The account works.", ""),
            Err(happened) => Notice::bad(
                "The account does not work.",
                format!("{happened} {kept}; what you typed stands below, except secrets."),
            ),
        });
        self
    }
}

/// Whether a step is the one in which the platform is told where an owner's consent leads back to.
fn asks_consent(step: &Step) -> bool {
    step.settings.iter().any(|setting| matches!(setting.sort, Sort::Consent))
}

fn webhook(guide: &Guide, connected: Connected<'_>, origin: &str) -> Option<WebhookView> {
    let webhook = guide.webhook?;
    let word = at(connected.secrets, webhook.word).and_then(Value::as_str).unwrap_or_default();
    let by_desk = webhook.entered_by == EnteredBy::Desk;
    let is_open = origin.starts_with("https://");
    Some(WebhookView {
        address: webhook_address(origin, guide.kind, connected.channel.id),
        word: if by_desk { String::new() } else { word.to_owned() },
        warning: if is_open { "" } else { CLOSED },
        by_desk,
    })
}

fn connected_view(page: &Page, guide: &Guide, connected: Connected<'_>) -> ConnectedView {
    let channel = connected.channel;
    let (tone, words) = channel_state_words(channel.state);
    let (recipient, trial) = match guide.trial {
        Trial::Send(label, example) => (
            Some(Field::text("to", label).placeholder(example)),
            "The desk writes a short message to somebody of yours.",
        ),
        Trial::Write(words) => (None, words),
    };
    ConnectedView {
        id: channel.id.to_string(),
        state: Badge::new(tone, words),
        reason: page.reader.moments(&channel.state_reason),
        paused: channel.state == ChannelState::Paused,
        news: news_notice(guide.name, connected.news),
        former: Former::of(channel, connected.secrets, page.reader.now)
            .and_then(|_| former_secret::form(channel, page)),
        asks: connected.asks,
        recipient,
        trial,
        has_templates: connected.has_templates,
    }
}

/// What is wrong at which field, where a failure tells it.
fn blamed(guide: &Guide, failure: &ChannelFailure) -> Option<(&'static str, String)> {
    if matches!(failure, ChannelFailure::Reconnect { .. }) || failure.class() == FailureClass::Auth {
        return Some((guide.key, "The platform does not take this. Make a new one there.".to_owned()));
    }
    // Where the platform pushes, what an account may not do yet is refused only of one that is named anew.
    let is_account = failure.class() == FailureClass::Permission && entered_by(guide).is_some();
    is_account.then(|| (guide.address, "The platform does not know this, or does not let you use it.".to_owned()))
}
