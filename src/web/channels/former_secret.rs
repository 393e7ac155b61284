//! The secret before the one that a channel uses: its page says until when it counts, and ends it at once where it leaked.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use serde_json::json;

use crate::app::Desk;
use crate::model::ChannelId;
use crate::model::audit::{Act, Actor, AuditAction, AuditSubject};
use crate::model::channel::{Channel, FORMER_UNTIL};
use crate::model::teammate::Role;
use crate::store::{audit, channels};
use crate::web::error::Result;
use crate::web::flash::{Tone, back_with};
use crate::web::guard::Posted;
use crate::web::page::Page;
use crate::web::parts::fragments;

fragments!(FormerSecretForm);

/// The part of a channel's page about a secret that was replaced and still counts. Its form goes to
/// `POST /channels/{id}/former-secret/deletion`; field: `until`.
#[derive(Debug, Template)]
#[template(path = "channels/former_secret.html")]
pub(super) struct FormerSecretForm {
    id: String,
    csrf: String,
    until: String,
    seconds: i64,
}

impl FormerSecretForm {
    /// Of a channel that has had another secret; `None` where that has ended.
    pub(super) fn new(channel: &Channel, page: &Page) -> Option<Self> {
        let until = channel.former_until();
        (until > page.reader.now).then(|| Self {
            id: channel.id.to_string(),
            csrf: page.csrf.clone(),
            until: page.reader.exact(until),
            seconds: until.0 / 1_000_000,
        })
    }
}

/// Which secret is ended.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Ending {
    /// Until when it would have counted, in seconds: one that was replaced since the page was drawn is another one.
    until: i64,
}

/// `POST /channels/{id}/former-secret/deletion`: the secret before the one in use counts no more.
pub async fn end(desk: web::Data<Desk>, id: web::Path<ChannelId>, posted: Posted<Ending>) -> Result<HttpResponse> {
    posted.require(Role::Admin)?;
    let (page, now) = (format!("/channels/{}", *id), desk.clock.now());
    let mut tx = desk.db.begin().await?;
    let channel = channels::lock(&mut tx, *id).await?;
    let until = channel.former_until();
    if until <= now {
        return Ok(back_with(&page, Tone::Info, "The secret before had ended already."));
    }
    if posted.form.until != until.0 / 1_000_000 {
        let words =
            "Another secret was replaced meanwhile, so nothing was ended. The page says until when that one counts.";
        return Ok(back_with(&page, Tone::Bad, words));
    }
    channels::add_settings(&mut tx, *id, &json!({ FORMER_UNTIL: now.0 / 1_000_000 })).await?;
    let act = Act {
        actor: Actor::Teammate(&posted.by),
        action: AuditAction::ChannelChanged,
        subject: (AuditSubject::Channel, id.to_string()),
        brand: Some(channel.brand_id),
        details: json!({ "name": channel.name, "the_one_before": "ended" }),
    };
    audit::append(&mut tx, &act, now).await?;
    tx.commit().await?;
    desk.connections.forget(*id);
    Ok(back_with(&page, Tone::Info, "The secret before has ended: what is signed with it counts no more."))
}
