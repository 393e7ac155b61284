//! Connected accounts: whether they work, and how to connect one.

pub mod alarms;
pub mod chat;
pub mod closed;
pub mod connect;
pub mod former_secret;
mod kinds;
pub mod mail;
pub mod pause;
pub mod platform;
pub mod removal;
pub mod senders;

use askama::Template;
use channel_contract::channel::Health as Outlook;
use channel_contract::failure::{ChannelFailure, MESSAGES_GO_ON, REPLIES_GO_ON};
use channel_contract::guide::Guide;

pub use self::kinds::KindsPage;
use self::mail::{PROVIDERS, Provider};
use self::senders::SendersCard;
use crate::channels::guide_of;
use crate::model::channel::{Channel, ChannelKind, ChannelState, SenderCheck};
use crate::model::job::Job;
use crate::model::teammate::Role;
use crate::model::{ChannelId, Ts};
use crate::store::channels::{Health, Troubled};
use crate::store::raw_events::Quarantined;
use crate::store::turned_away::TurnedAway;
use crate::web::filters;
use crate::web::format::{Reader, counted};
use crate::web::forms::{Field, FieldErrors, filled};
use crate::web::page::{BrandMenu, Page};
use crate::web::parts::{Badge, Empty, Notice, Progress, When, fragments};
use crate::web::words::{channel_icon, channel_kind, channel_state_words, channel_word, delivery_words};

fragments!(ReadingBar);

/// How many reasons of failures are named at a channel.
const REASONS: usize = 3;

/// What the list is made from.
#[derive(Clone, Copy, Debug)]
pub struct ChannelsFacts<'a> {
    /// The channels to show.
    pub channels: &'a [Channel],
    /// What waits on them.
    pub health: &'a [Health],
    /// How they will stand, as far as their adapters know.
    pub outlooks: &'a [(ChannelId, Outlook)],
    /// What was pushed to them and turned away.
    pub turned_away: &'a [TurnedAway],
    /// The replies of the last day that did not arrive, by reason.
    pub troubled: &'a [Troubled],
    /// What could not be read, of these channels.
    pub set_aside: &'a [Quarantined],
    /// The brand that is looked at, as its name in addresses; all without.
    pub brand: Option<&'a str>,
    /// Long work under way.
    pub under_way: &'a [Job],
    /// The desk's own address, for the webhook addresses; `""` when it is not known.
    pub origin: &'a str,
}

/// `GET /channels`. Each channel has `GET` and `POST /channels/{id}`, `POST /channels/{id}/checks`, `/pause` and
/// `/pause/deletion`, `GET /channels/{id}/deletion/new` and `POST /channels/{id}/deletion`, a chat also `/secrets`, an account of a
/// platform `/news/deletion`, `/test-messages` and `/extra-settings`, both `/former-secret/deletion`; what could not be read has `GET /raw-events/{id}` and `POST /raw-events/{id}/attempts`.
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "channels/list.html")]
pub struct ChannelsPage {
    page: Page,
    menu: BrandMenu,
    channels: Vec<ChannelView>,
    set_aside: Vec<SetAsideView>,
    may_change: bool,
    empty: Empty,
}

#[derive(Debug)]
struct ChannelView {
    id: String,
    icon: &'static str,
    kind: &'static str,
    name: String,
    address: String,
    brand: Option<String>,
    state: Badge,
    reason: String,
    last_in: String,
    last_processed: String,
    last_out: String,
    waiting: Option<String>,
    /// What was pushed here and turned away.
    turned_away: Option<String>,
    /// When the access ends.
    access: Option<String>,
    /// What is used up of what the platform allows.
    quota: Vec<String>,
    /// What went wrong within a day.
    failures: Vec<String>,
    /// What the platform says of the account, though it works.
    news: Option<Notice>,
    reading: ReadingBar,
    /// Where something is pushed to.
    webhook: Option<String>,
    /// What the shop's page holds, of a chat.
    snippet: Option<String>,
    paused: bool,
    /// Where it is removed, if nothing is known to have come or left over it.
    removal: Option<String>,
    /// Whether it can be connected again.
    is_account: bool,
    /// Whether the webhook's address is complete with a secret alone.
    has_secret: bool,
    /// The server whose word on senders counts.
    checked_by: Option<String>,
    /// What asks for a look: nobody's word on senders counts, or answers cannot follow who leaves a chat.
    warning: Option<Notice>,
}

/// How far a long reading of a channel is. Also the fragment `GET /channels/{id}/reading`.
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "channels/reading.html")]
pub struct ReadingBar {
    id: String,
    progress: Option<Progress>,
}

impl ReadingBar {
    /// Of a channel, among all long work; empty when nothing long is read there.
    pub fn new(channel: ChannelId, under_way: &[Job], reader: Reader) -> Self {
        Self { id: channel.to_string(), progress: Progress::of_reading(channel, under_way, reader.now) }
    }
}

#[derive(Debug)]
struct SetAsideView {
    id: String,
    channel: String,
    reason: String,
    when: When,
}

impl ChannelsPage {
    /// The channels of all brands or of one.
    pub fn new(page: Page, facts: ChannelsFacts<'_>) -> Self {
        Self {
            menu: page.brand_filter("/channels", facts.brand),
            channels: facts.channels.iter().map(|channel| channel_view(&page, channel, facts)).collect(),
            set_aside: facts.set_aside.iter().map(|raw| set_aside_view(page.reader, raw, facts.channels)).collect(),
            may_change: page.role >= Role::Admin,
            empty: Empty::new("No channel yet", "Connect one, and messages come in.")
                .with_link("Connect a channel", "/channels/new"),
            page,
        }
    }
}

fn channel_view(page: &Page, channel: &Channel, facts: ChannelsFacts<'_>) -> ChannelView {
    let reader = page.reader;
    let kind = channel_kind(&channel.kind);
    let (tone, words) = channel_state_words(channel.state);
    let when = |at: Option<Ts>| at.map_or("never".to_owned(), |at| reader.ago(at));
    let health = facts.health.iter().find(|health| health.channel_id == channel.id);
    let outlook = facts.outlooks.iter().find(|(id, _)| *id == channel.id).map(|(_, outlook)| outlook);
    let guide = guide_of(channel);
    ChannelView {
        id: channel.id.to_string(),
        icon: channel_icon(kind),
        kind: channel_word(kind),
        name: channel.name.clone(),
        address: channel.address.clone(),
        brand: page.brand_name(channel.brand_id).map(str::to_owned),
        state: Badge::new(tone, words),
        reason: reader.moments(&channel.state_reason),
        last_in: when(channel.last_inbound_at),
        last_processed: when(health.and_then(|health| health.last_processed_at)),
        last_out: when(channel.last_outbound_at),
        waiting: health.and_then(|health| waiting(reader, health)),
        turned_away: facts
            .turned_away
            .iter()
            .find(|away| away.channel_id == channel.id)
            .map(|away| refused(reader, *away)),
        access: outlook.and_then(|outlook| outlook.token_ends_at).map(|at| reader.ahead(Ts::from_datetime(at))),
        quota: outlook.map(quota).unwrap_or_default(),
        failures: failures(channel.id, facts.troubled),
        news: news_notice(channel_word(kind), health.map_or("", |health| health.account_news.as_str())),
        reading: ReadingBar::new(channel.id, facts.under_way, reader),
        snippet: (kind == ChannelKind::LiveChat).then(|| chat::snippet(facts.origin, channel.id)),
        webhook: is_pushed(kind, guide).then(|| format!("{}/webhooks/{}/{}", facts.origin, channel.kind, channel.id)),
        paused: channel.state == ChannelState::Paused,
        removal: channel
            .last_inbound_at
            .or(channel.last_outbound_at)
            .is_none()
            .then(|| format!("/channels/{}/deletion/new", channel.id)),
        is_account: kind == ChannelKind::Email || guide.is_some(),
        has_secret: guide.is_none_or(|guide| guide.webhook.is_none()),
        checked_by: match channel.sender_check() {
            Some(SenderCheck::By(name)) => Some(name.to_owned()),
            _ => None,
        },
        warning: senders::notice(channel, page.role >= Role::Admin).or_else(|| chat_warning(page, channel, facts)),
    }
}

/// Whether something is pushed. Mail can be handed over, though it is fetched.
fn is_pushed(kind: ChannelKind, guide: Option<&Guide>) -> bool {
    matches!(kind, ChannelKind::Email | ChannelKind::Amazon) || guide.is_some_and(|guide| guide.webhook.is_some())
}

/// `Calls, in percent: 80 of 100`.
fn quota(outlook: &Outlook) -> Vec<String> {
    outlook.quota.iter().map(|quota| format!("{}: {} of {}", quota.name, quota.used, quota.of)).collect()
}

/// `3 failed: The customer blocked the account.` The commonest first.
fn failures(channel: ChannelId, troubled: &[Troubled]) -> Vec<String> {
    let own = troubled.iter().filter(|row| row.channel_id == channel).take(REASONS);
    own.map(|row| {
        let (_, words) = delivery_words(row.delivery);
        let why = if row.reason.is_empty() { "" } else { ": " };
        format!("{} {words}{why}{}", row.number, row.reason)
    })
    .collect()
}

/// What a platform says of an account that works all the same.
fn news_notice(platform: &str, words: &str) -> Option<Notice> {
    (!words.is_empty()).then(|| Notice::warn(format!("{platform} says of this account:"), words))
}

/// What becomes of messages while an account asks for a look. Replies are tried, for its trouble need not be theirs. What a
/// platform pushes waits nowhere for sure: it may be pushed somewhere else. `""` where its trouble says that it leaves
/// messages or replies alone.
fn kept(channel: &Channel, trouble: &str) -> &'static str {
    if [MESSAGES_GO_ON, REPLIES_GO_ON].iter().any(|said| trouble.contains(said)) {
        ""
    } else if guide_of(channel).is_some_and(|guide| guide.webhook.is_some()) {
        "Replies are tried all the same; one that is not taken is kept here."
    } else {
        "Nothing is lost: messages wait until it works again, and replies are tried all the same."
    }
}

/// What is said of a chat that no mailbox stands behind. All channels of its brand are among those that are shown.
fn chat_warning(page: &Page, channel: &Channel, facts: ChannelsFacts<'_>) -> Option<Notice> {
    let brand = page.brands.iter().find(|brand| brand.id == channel.brand_id)?;
    let is_chat = channel.channel_kind() == ChannelKind::LiveChat;
    is_chat.then(|| chat::no_mail(facts.channels, brand.id, &brand.slug)).flatten()
}

/// `2 replies, the oldest for 3 h`.
fn waiting(reader: Reader, health: &Health) -> Option<String> {
    let since = health.queued_since.filter(|_| health.queued > 0)?;
    let many = counted(usize::try_from(health.queued).unwrap_or(usize::MAX), "reply", "replies");
    Some(format!("{many}, the oldest for {}", reader.age(since)))
}

/// `2 deliveries, the last 3 min ago`.
fn refused(reader: Reader, away: TurnedAway) -> String {
    let many = counted(usize::try_from(away.number).unwrap_or(usize::MAX), "delivery", "deliveries");
    format!("{many}, the last {}: not signed with the secret that is set here", reader.ago(away.last_at))
}

fn set_aside_view(reader: Reader, raw: &Quarantined, channels: &[Channel]) -> SetAsideView {
    let channel = channels.iter().find(|channel| channel.id == raw.channel_id);
    SetAsideView {
        id: raw.id.to_string(),
        channel: channel.map(|channel| channel.name.clone()).unwrap_or_default(),
        reason: raw.error.clone(),
        when: When::ago(reader, raw.received_at),
    }
}

/// Why an account does not work, and what a person can do about it.
#[derive(Clone, Debug)]
pub struct NotWorking {
    happened: String,
    to_do: &'static str,
}

impl NotWorking {
    /// By what trying it brought.
    pub fn of(failure: &ChannelFailure) -> Self {
        let to_do = match failure {
            ChannelFailure::Reconnect { .. } => "Check the user and the password or token there, and try again.",
            ChannelFailure::Refused { .. } => "Check server, port and encryption there, and try again.",
            ChannelFailure::Retry { .. } | ChannelFailure::Unknown { .. } => {
                "Check server, port and encryption there, or try again in a moment."
            }
        };
        Self::new(failure.to_string(), to_do)
    }

    /// What happened, and what to do.
    pub fn new(happened: String, to_do: &'static str) -> Self {
        let is_sentence = happened.ends_with(['.', '!', '?']);
        Self { happened: if is_sentence { happened } else { format!("{happened}.") }, to_do }
    }
}

/// `GET /channels/new?provider=` and `GET /channels/{id}?provider=`, and their forms when something is wrong or only a
/// test was asked for (`check=1`). Fields: `brand` (new ones), `provider`, `name`, `address`, `display_name`,
/// `imap_host`, `imap_port`, `imap_security`, `imap_user`, `imap_password`, the same with `smtp_`, `authserv_id` (new
/// ones), and with tokens `token_url`, `client_id`, `client_secret`, `refresh_token`, `scope`; security is `tls`, `starttls` or `none`.
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "channels/mail.html")]
pub struct MailPage {
    page: Page,
    title: String,
    action: String,
    again: bool,
    provider: Provider,
    about: Vec<Field>,
    tokens: Vec<Field>,
    imap: Vec<Field>,
    smtp: Vec<Field>,
    /// Who checks senders, of a new account.
    senders: Vec<Field>,
    /// The same of one that is connected, with forms of its own.
    check: Option<SendersCard>,
    results: Vec<Notice>,
}

impl MailPage {
    /// The form of an account, or of a new one, with its values and what is wrong with them.
    pub fn new(
        page: Page,
        channel: Option<&Channel>,
        provider: Provider,
        values: &[(&'static str, String)],
        errors: FieldErrors<'_>,
    ) -> Self {
        let kept = channel.is_some();
        let mut about = if kept { Vec::new() } else { brand_field(&page) };
        about.extend(mail::about());
        let senders = if kept { Vec::new() } else { senders::fields(provider) };
        let tokens = if provider.tokens.is_some() { mail::tokens(kept) } else { Vec::new() };
        Self {
            title: channel
                .map_or_else(|| "Connect mail".to_owned(), |channel| format!("Connect {} again", channel.name)),
            action: channel.map_or_else(|| "/channels".to_owned(), |channel| format!("/channels/{}", channel.id)),
            again: kept,
            provider,
            about: filled(about, values, errors),
            tokens: filled(tokens, values, errors),
            imap: filled(mail::imap(provider, kept), values, errors),
            smtp: filled(mail::smtp(provider, kept), values, errors),
            senders: filled(senders, values, errors),
            check: channel.map(|channel| SendersCard::new(channel, &page.csrf)),
            results: Vec::new(),
            page,
        }
    }

    /// With the outcome of a test.
    #[must_use]
    pub fn tested(mut self, outcome: Result<(), NotWorking>) -> Self {
        let kept = if self.again { "The channel stays as it was" } else { "Nothing was saved" };
        self.results.push(match outcome {
            Ok(()) => Notice::info("The account works.", ""),
            Err(NotWorking { happened, to_do }) => Notice::bad(
                "The account does not work.",
                format!("{happened} {kept}; what you typed stands below, except passwords and tokens. {to_do}"),
            ),
        });
        self
    }

    /// The ways to sign in: address, name, whether it is this one.
    fn providers(&self) -> Vec<(String, &'static str, bool)> {
        let folder = if self.again { self.action.as_str() } else { "/channels/new" };
        let line =
            |one: &Provider| (format!("{folder}?provider={}", one.slug), one.name, one.slug == self.provider.slug);
        PROVIDERS.iter().map(line).collect()
    }
}

/// Whose account it is, as a choice where there are several brands.
pub(in crate::web) fn brand_field(page: &Page) -> Vec<Field> {
    let brands = page.brands.iter().map(|brand| (brand.slug.clone(), brand.name.clone()));
    if page.brands.len() < 2 {
        return Vec::new();
    }
    vec![Field::choice("brand", "Brand", brands).value(page.brand.slug.clone())]
}
