//! The secret before the one that a channel uses.

use actix_web::{HttpResponse, web};
use serde_json::json;

use crate::app::Desk;
use crate::model::ChannelId;
use crate::model::audit::{Act, Actor, AuditAction, AuditSubject};
use crate::model::channel::Channel;
use crate::model::former_secret::FORMER_UNTIL;
use crate::model::teammate::Role;
use crate::store::{audit, channels};
use crate::web::error::Result;
use crate::web::former_secret::{Ending, FormerSecretForm, ended};
use crate::web::guard::Posted;
use crate::web::page::Page;

fn href(id: ChannelId) -> String {
    format!("/channels/{id}")
}

/// The part of a channel's page about it; `None` where it has ended.
pub(super) fn form(channel: &Channel, page: &Page) -> Option<FormerSecretForm> {
    FormerSecretForm::new(&href(channel.id), channel.former_until(), page)
}

/// `POST /channels/{id}/former-secret/deletion`: the secret before the one in use counts no more.
pub async fn end(desk: web::Data<Desk>, id: web::Path<ChannelId>, posted: Posted<Ending>) -> Result<HttpResponse> {
    posted.require(Role::Admin)?;
    let (page, now) = (href(*id), desk.clock.now());
    let mut tx = desk.db.begin().await?;
    let channel = channels::lock(&mut tx, *id).await?;
    if let Some(refused) = posted.form.refused(&page, channel.former_until(), now) {
        return Ok(refused);
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
    Ok(ended(&page))
}
