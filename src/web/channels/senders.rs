//! Whose word on senders a mailbox goes by: what its mails propose, and what an admin says.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::connect::mail_channel;
use super::mail::{Provider, without};
use crate::app::Desk;
use crate::channels::{certain_authserv_id, joined};
use crate::model::ChannelId;
use crate::model::audit::{Act, Actor, AuditAction, AuditSubject};
use crate::model::channel::{Channel, SenderCheck};
use crate::model::teammate::{Role, Teammate};
use crate::store::{audit, channels};
use crate::web::error::{Error, Result};
use crate::web::flash::settled;
use crate::web::forms::Field;
use crate::web::guard::Posted;
use crate::web::parts::{Notice, fragments};

fragments!(SendersCard);

/// What is wrong with a name.
pub(super) const NO_NAME: &str = "Write a server’s name, like mx.shop.example.";
/// What lacks as long as nobody's word counts.
const ASKS: &str = "The agent asks a person before anything about an order goes out or is done.";

/// The part of a mailbox's page where an admin says which server is believed. Its forms go to
/// `POST /channels/{id}/sender-check` and `/sender-check/deletion`; field: `server`.
#[derive(Debug, Template)]
#[template(path = "channels/senders.html")]
pub(super) struct SendersCard {
    id: String,
    csrf: String,
    believed: String,
    proposed: String,
    /// Where mail is fetched; `""` when it comes by webhook only.
    host: String,
    server: Field,
}

impl SendersCard {
    pub(super) fn new(channel: &Channel, csrf: &str) -> Self {
        let (believed, proposed) = match channel.sender_check() {
            Some(SenderCheck::By(name)) => (name, ""),
            Some(SenderCheck::Proposed(name)) => ("", name),
            Some(SenderCheck::Nobody) | None => ("", ""),
        };
        let host = channel.settings.0.pointer("/imap/host").and_then(Value::as_str).unwrap_or_default();
        Self {
            id: channel.id.to_string(),
            csrf: csrf.to_owned(),
            believed: believed.to_owned(),
            proposed: proposed.to_owned(),
            host: host.to_owned(),
            server: Field::text("server", "Name of your server").placeholder("mx.shop.example").value(proposed),
        }
    }
}

/// What the list says of a mailbox where nobody's word on senders counts.
pub(super) fn notice(channel: &Channel, may_change: bool) -> Option<Notice> {
    let notice = match channel.sender_check()? {
        SenderCheck::By(_) => return None,
        SenderCheck::Proposed(name) => {
            let head = format!("No sender counts as proved yet. Is “{name}” your mail server?");
            Notice::warn(head, format!("{ASKS} An admin can confirm it."))
        }
        SenderCheck::Nobody => Notice::warn("No sender counts as proved: which server checks them is not known.", ASKS),
    };
    let href = format!("/channels/{}#senders", channel.id);
    Some(if may_change { notice.with_link("Say whom to believe", href) } else { notice })
}

/// The fields about who checks senders, of a mailbox that is connected for the first time.
pub(super) fn fields(provider: Provider) -> Vec<Field> {
    let (host, ..) = provider.imap;
    let help = match certain_authserv_id(host) {
        Some(name) => format!("Empty: {name}, which {} writes on every mail.", provider.name),
        None if provider.slug == "microsoft" => {
            "Microsoft 365 notes its results without a name: leave it empty.".to_owned()
        }
        None => "Empty: the desk looks at your newest mails and asks you.".to_owned(),
    };
    let name = Field::text("authserv_id", "Name of the server that checks senders");
    vec![name.placeholder("mx.shop.example").optional().help(help)]
}

/// Whether a text can be the name under which a server writes its results.
pub(super) fn is_server_name(text: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    (1..=255).contains(&text.len()) && text.chars().all(is_part)
}

/// The settings of a mailbox that is fetched from this host from now on, with the name of the server whose word on
/// senders counts: as typed, else as before, else as the provider is known for. A name that counted at another server
/// would be anybody's here.
pub(super) fn believed(typed: &str, host: &str, before: &Value) -> Value {
    let text = |path: &str| before.pointer(path).and_then(Value::as_str).unwrap_or_default().trim();
    let stays = text("/imap/host").eq_ignore_ascii_case(host.trim());
    let refused = if stays { text("/authserv_id_refused") } else { "" };
    let known = certain_authserv_id(host).filter(|name| *name != refused).unwrap_or_default();
    let name = match (typed.trim(), text("/authserv_id")) {
        ("", was) if stays && !was.is_empty() => was,
        ("", _) => known,
        (typed, _) => typed,
    };
    let gone: &[&str] = if stays { &[] } else { &["authserv_id_seen", "authserv_id_refused"] };
    joined(&without(before, gone), &json!({ "authserv_id": name }))
}

/// What the forms send.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Form {
    server: String,
}

/// `POST /channels/{id}/sender-check`: what this server says of senders is believed.
pub async fn believe(desk: web::Data<Desk>, id: web::Path<ChannelId>, posted: Posted<Form>) -> Result<HttpResponse> {
    posted.require(Role::Admin)?;
    let name = posted.form.server.trim().to_lowercase();
    let channel = mail_channel(&desk, *id).await?;
    let outcome = if is_server_name(&name) {
        let new = json!({ "authserv_id": name, "authserv_id_seen": "", "authserv_id_refused": "" });
        change(&desk, &channel, &new, &posted.by).await
    } else {
        Err(Error::Invalid(NO_NAME.to_owned()))
    };
    let words = format!("From the next mail on, what {name} says of senders counts.");
    settled(&page_of(&channel), &words, outcome)
}

/// `POST /channels/{id}/sender-check/deletion`: this server is not believed, and not proposed again.
pub async fn refuse(desk: web::Data<Desk>, id: web::Path<ChannelId>, posted: Posted<Form>) -> Result<HttpResponse> {
    posted.require(Role::Admin)?;
    let name = posted.form.server.trim().to_lowercase();
    let channel = mail_channel(&desk, *id).await?;
    // The page may be old: what a colleague said of another name meanwhile stays.
    let is_meant = |key: &&str| channel.setting(key).eq_ignore_ascii_case(&name);
    let gone = ["authserv_id", "authserv_id_seen"].into_iter().filter(is_meant);
    let mut new: Map<String, Value> = gone.map(|key| (key.to_owned(), json!(""))).collect();
    new.insert("authserv_id_refused".to_owned(), json!(name));
    let outcome = change(&desk, &channel, &Value::Object(new), &posted.by).await;
    settled(&page_of(&channel), "This server’s word on senders does not count.", outcome)
}

fn page_of(channel: &Channel) -> String {
    format!("/channels/{}#senders", channel.id)
}

/// Changes whose word counts, and notes by whom.
async fn change(desk: &Desk, channel: &Channel, new: &Value, by: &Teammate) -> Result<()> {
    let mut tx = desk.db.begin().await?;
    channels::add_settings(&mut tx, channel.id, new).await?;
    let before = channel.setting("authserv_id");
    let after = new.get("authserv_id").and_then(Value::as_str).unwrap_or(before);
    let or_nobody = |name: &str| if name.is_empty() { "nobody".to_owned() } else { name.to_owned() };
    let act = Act {
        actor: Actor::Teammate(by),
        action: AuditAction::ChannelChanged,
        subject: (AuditSubject::Channel, channel.id.to_string()),
        brand: Some(channel.brand_id),
        details: json!({
            "name": channel.name,
            "senders_checked_by": or_nobody(after),
            "before": or_nobody(before),
            "refused": new.get("authserv_id_refused").filter(|name| name.as_str() != Some("")),
        }),
    };
    audit::append(&mut tx, &act, desk.clock.now()).await?;
    tx.commit().await?;
    desk.connections.forget(channel.id);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::channels::mail::provider;

    #[test]
    fn whom_a_mailbox_believes_goes_with_its_server() {
        let at = |typed: &str, host: &str, before: &Value| {
            let settings = believed(typed, host, before);
            (settings["authserv_id"].as_str().unwrap().to_owned(), settings.get("authserv_id_refused").is_some())
        };
        let name = |name: &str, refused: bool| (name.to_owned(), refused);
        let before = json!({
            "authserv_id": "mx.shop.example", "authserv_id_refused": "mx.evil.example", "imap": { "host": "mail.example" },
        });
        assert_eq!(at("", " Mail.example", &before), name("mx.shop.example", true), "the same server");
        assert_eq!(at("", "new.example", &before), name("", false), "another one");
        assert_eq!(at("", "", &before), name("", false), "none");
        assert_eq!(at(" mx.new.example", "new.example", &before), name("mx.new.example", false));
        assert_eq!(at("", "imap.googlemail.com", &before), name("mx.google.com", false), "it is certain there");

        let new = json!({});
        assert_eq!(at("", "mail.example", &new), name("", false), "nothing is certain");
        assert_eq!(at("", provider("google").imap.0, &new), name("mx.google.com", false));
        let google = |believed: &str, refused: &str| {
            let imap = json!({ "host": "imap.gmail.com" });
            json!({ "authserv_id": believed, "authserv_id_refused": refused, "imap": imap })
        };
        assert_eq!(at("", "mail.example", &google("mx.google.com", "")), name("", false), "it is none elsewhere");
        assert_eq!(at("", "imap.gmail.com", &google("", "mx.google.com")), name("", true), "a person said no");
    }

    #[test]
    fn a_result_is_no_name_of_a_server() {
        assert!(is_server_name("mx.shop.example") && is_server_name("localhost") && is_server_name("MX_1.a-b"));
        let long = "a".repeat(256);
        for no_name in ["", "spf=pass", "mx.shop.example; dmarc=pass", "mx shop", "\u{e9}.example", long.as_str()] {
            assert!(!is_server_name(no_name), "{no_name}");
        }
    }
}
