//! Settings of a platform's account that no field asks for: one document, and beside it what each of them is now.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use channel_contract::extra::Extra;
use channel_contract::guide::Guide;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::connect::{about, stored};
use crate::app::Desk;
use crate::channels::{guide_of, joined};
use crate::inbox::connecting::sentence;
use crate::model::audit::AuditAction;
use crate::model::channel::Channel;
use crate::model::teammate::Role;
use crate::model::{ChannelId, Json};
use crate::store::{audit, channels};
use crate::web::changes::seen_of;
use crate::web::error::{Error, Result};
use crate::web::flash::{Tone, back_with};
use crate::web::frame::shown_with_errors;
use crate::web::guard::Posted;
use crate::web::parts::fragments;

fragments!(ExtraCard);

/// Values that are longer are folded away, in characters.
const LONG: usize = 120;
const CHANGED_MEANWHILE: &str =
    "Somebody changed these settings meanwhile: what counts now is listed. Save once more to set them to yours.";

/// The part of an account's page for them. Its form goes to `POST /channels/{id}/extra-settings`; fields: `settings`, and `seen`: how
/// they stood when the form was drawn.
#[derive(Debug, Template)]
#[template(path = "channels/extra.html")]
pub(super) struct ExtraCard {
    id: String,
    csrf: String,
    seen: String,
    document: String,
    error: String,
    rows: Vec<Row>,
}

/// One setting as it counts now.
#[derive(Debug)]
struct Row {
    name: &'static str,
    words: &'static str,
    /// As the document would say it; `""` where it says nothing.
    value: String,
    is_set: bool,
    is_long: bool,
}

impl ExtraCard {
    /// Of an account; `None` where its platform has none.
    pub(super) fn new(guide: &Guide, channel: &Channel, csrf: &str) -> Option<Self> {
        if guide.extra.is_empty() {
            return None;
        }
        let set = guide.extra_in(&channel.settings.0);
        let now = guide.extra_in(&joined(&(guide.usual)(), &channel.settings.0));
        let row = |extra: &'static Extra| {
            let value = now.get(extra.path).map(Value::to_string).unwrap_or_default();
            let is_long = value.chars().count() > LONG;
            Row { name: extra.path, words: extra.words, is_set: set.contains_key(extra.path), is_long, value }
        };
        Some(Self {
            id: channel.id.to_string(),
            csrf: csrf.to_owned(),
            rows: guide.extra.iter().map(row).collect(),
            seen: seen(&set),
            document: format!("{:#}", Value::Object(set)),
            error: String::new(),
        })
    }

    /// As it was typed, and what is wrong with it.
    pub(super) fn refused(self, document: &str, error: &str) -> Self {
        Self { document: document.to_owned(), error: error.to_owned(), ..self }
    }
}

/// What the form sends.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Form {
    settings: String,
    seen: String,
}

fn seen(document: &Map<String, Value>) -> String {
    seen_of(&[("settings", Value::Object(document.clone()).to_string())])
}

/// `POST /channels/{id}/extra-settings`: these count from now on, and of the others what is usual.
pub async fn save(
    desk: web::Data<Desk>,
    request: HttpRequest,
    id: web::Path<ChannelId>,
    posted: Posted<Form>,
) -> Result<HttpResponse> {
    posted.require(Role::Admin)?;
    let channel = channels::find(&desk.db, *id).await?.ok_or(Error::NotFound)?;
    let guide = guide_of(&channel).filter(|guide| !guide.extra.is_empty()).ok_or(Error::NotFound)?;
    let typed = posted.form.settings.as_str();
    let document = match read(&desk, guide, &channel, typed).await {
        Ok(document) => document,
        Err(wrong) => {
            let page = stored(&desk, &request, &posted.who(), &channel, guide).await?;
            return shown_with_errors(&request, &page.refused_extra(typed, &wrong));
        }
    };
    let mut tx = desk.db.begin().await?;
    let by_now = channels::lock(&mut tx, channel.id).await?;
    let before = guide.extra_in(&by_now.settings.0);
    let is_stale = !posted.form.seen.is_empty() && posted.form.seen != seen(&before);
    if is_stale && before != document {
        drop(tx);
        let page = stored(&desk, &request, &posted.who(), &by_now, guide).await?;
        return shown_with_errors(&request, &page.refused_extra(typed, CHANGED_MEANWHILE));
    }
    let settings = guide.with_extra(&by_now.settings.0, &document);
    channels::update(&mut tx, by_now.id, &by_now.name, &by_now.address, &settings).await?;
    let names = guide.extra.iter().map(|extra| extra.path);
    let changed: Vec<&str> = names.filter(|name| before.get(*name) != document.get(*name)).collect();
    let details = json!({ "name": by_now.name, "settings_changed": changed.join(", ") });
    let act = about(&by_now, &posted.by, AuditAction::ChannelChanged, details);
    audit::append(&mut tx, &act, desk.clock.now()).await?;
    tx.commit().await?;
    desk.connections.forget(channel.id);
    let words = "The settings are saved and count from now on. “Check now” tells whether the account works with them.";
    Ok(back_with(&format!("/channels/{}", channel.id), Tone::Info, words))
}

/// Reads the document, which the adapter has to take; or says in sentences why not.
async fn read(
    desk: &Desk,
    guide: &Guide,
    channel: &Channel,
    typed: &str,
) -> std::result::Result<Map<String, Value>, String> {
    let document = guide.read_extra(typed)?;
    let row = Channel { settings: Json(guide.with_extra(&channel.settings.0, &document)), ..channel.clone() };
    let secrets = desk.connections.secrets(channel.id).await.map_err(|error| sentence(&error.to_string()))?;
    desk.connections.tried(&row, &secrets).map_err(|error| sentence(&error.to_string()))?;
    Ok(document)
}
