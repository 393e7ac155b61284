//! Connected accounts: whether they work, and how to connect one.

pub mod connect;

use askama::Template;

use crate::model::channel::{Channel, ChannelState};
use crate::web::filters;
use crate::web::format::Reader;
use crate::web::forms::{Field, FieldErrors, filled};
use crate::web::page::Page;
use crate::web::parts::{Badge, Empty, Notice};
use crate::web::words::{channel_icon, channel_kind, channel_state_words, channel_word};

/// `GET /channels`. Each channel has `POST /channels/{id}/checks`, `/pause` and `/pause/deletion`.
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "channels/list.html")]
pub struct ChannelsPage {
    page: Page,
    channels: Vec<ChannelView>,
    empty: Empty,
}

#[derive(Debug)]
struct ChannelView {
    id: String,
    icon: &'static str,
    kind: &'static str,
    name: String,
    address: String,
    state: Badge,
    reason: String,
    last_in: String,
    last_out: String,
    webhook: String,
    paused: bool,
}

impl ChannelsPage {
    /// All channels. `origin` is the desk's own address, for the webhook addresses; `""` when it is not known.
    pub fn new(page: Page, channels: &[Channel], origin: &str) -> Self {
        Self {
            channels: channels.iter().map(|channel| channel_view(page.reader, channel, origin)).collect(),
            empty: Empty::new("No channel yet", "Connect one, and messages come in.")
                .with_link("Connect mail", "/channels/new"),
            page,
        }
    }
}

fn channel_view(reader: Reader, channel: &Channel, origin: &str) -> ChannelView {
    let kind = channel_kind(&channel.kind);
    let (tone, words) = channel_state_words(channel.state);
    let when = |at: Option<crate::model::Ts>| at.map_or("never".to_owned(), |at| reader.ago(at));
    ChannelView {
        id: channel.id.to_string(),
        icon: channel_icon(kind),
        kind: channel_word(kind),
        name: channel.name.clone(),
        address: channel.address.clone(),
        state: Badge::new(tone, words),
        reason: channel.state_reason.clone(),
        last_in: when(channel.last_inbound_at),
        last_out: when(channel.last_outbound_at),
        webhook: format!("{origin}/webhooks/{}/{}", channel.kind, channel.id),
        paused: channel.state == ChannelState::Paused,
    }
}

/// `GET /channels/new`, and `POST /channels` when something is wrong or only a test was asked for (`check=1`).
/// Fields: `name`, `address`, `display_name`, `imap_host`, `imap_port`, `imap_security`, `imap_user`, `imap_password`,
/// `smtp_host`, `smtp_port`, `smtp_security`, `smtp_user`, `smtp_password`, `authserv_id`; security is `tls`, `starttls` or `none`.
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "channels/new.html")]
pub struct ConnectMailPage {
    page: Page,
    about: Vec<Field>,
    imap: Vec<Field>,
    smtp: Vec<Field>,
    results: Vec<Notice>,
}

impl ConnectMailPage {
    /// Empty, or with the values that came back and what is wrong with them.
    pub fn new(page: Page, values: &[(&'static str, String)], errors: FieldErrors<'_>) -> Self {
        Self {
            page,
            about: filled(about(), values, errors),
            imap: filled(imap(), values, errors),
            smtp: filled(smtp(), values, errors),
            results: Vec::new(),
        }
    }

    /// With the outcome of a test: what was tried (`Fetching mail`), and the reason when it failed.
    #[must_use]
    pub fn tested(mut self, what: &str, outcome: Result<(), String>) -> Self {
        self.results.push(match outcome {
            Ok(()) => Notice::info(format!("{what} works."), ""),
            Err(reason) => Notice::bad(format!("{what} does not work."), reason),
        });
        self
    }
}

fn about() -> Vec<Field> {
    vec![
        Field::text("name", "Name in the desk").placeholder("Mail"),
        Field::email("address", "Mail address")
            .autocomplete("off")
            .help("Customers write here; replies leave from here."),
        Field::text("display_name", "Name that customers see").optional(),
    ]
}

fn security(name: &'static str) -> Field {
    let choices = vec![("tls", "TLS from the start"), ("starttls", "STARTTLS"), ("none", "None, only on this machine")];
    Field::choice(name, "Encryption", choices).value("tls")
}

fn imap() -> Vec<Field> {
    vec![
        Field::text("imap_host", "Server").placeholder("imap.shop.example"),
        Field::number("imap_port", "Port").value("993"),
        security("imap_security"),
        Field::text("imap_user", "User"),
        Field::password("imap_password", "Password"),
        Field::text("authserv_id", "Name of the server that checks senders")
            .optional()
            .help("Empty: the desk learns it from your mail."),
    ]
}

fn smtp() -> Vec<Field> {
    vec![
        Field::text("smtp_host", "Server").placeholder("smtp.shop.example"),
        Field::number("smtp_port", "Port").value("465"),
        security("smtp_security"),
        Field::text("smtp_user", "User").optional().help("Empty: the same as for fetching."),
        Field::password("smtp_password", "Password").optional().help("Empty: the same as for fetching."),
    ]
}
