//! Access that an account's owner gives on a page of the platform, which leads back to the desk.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use channel_contract::failure::ChannelFailure;
use channel_contract::secret::Secret;
use serde::Deserialize;
use serde_json::json;

use super::connect::{about, begun};
use crate::app::Desk;
use crate::channels::{guide_of, joined};
use crate::credentials::token_hash;
use crate::inbox::connecting::{self, sentence};
use crate::model::ChannelId;
use crate::model::audit::AuditAction;
use crate::model::teammate::Role;
use crate::store::audit;
use crate::store::channels::{self, Reconnection};
use crate::web::channels::pause;
use crate::web::error::{Error, Result};
use crate::web::flash::{Tone, back_with};
use crate::web::guard::SignedIn;

/// Where platforms lead back to.
pub(super) fn returns(origin: &str) -> String {
    format!("{origin}/channels/consents")
}

/// The word that goes with the owner to the platform and comes back: it names the channel, and who asked. Nobody else can
/// make it, so no stranger's consent is taken for one that was asked for.
fn word(who: &SignedIn, id: ChannelId) -> Secret {
    let proof = hex::encode(token_hash(&format!("consent {id} {}", who.csrf)));
    Secret::new(format!("{id}.{proof}"))
}

/// `GET /channels/{id}/consents/new`: leads to the platform.
pub async fn ask(desk: web::Data<Desk>, who: SignedIn, id: web::Path<ChannelId>) -> Result<HttpResponse> {
    who.require(Role::Admin)?;
    let connection = desk.connections.get(*id).await.map_err(|_| Error::NotFound)?;
    let page = connection.adapter.consent(word(&who, *id).reveal()).ok_or(Error::NotFound)?;
    let mut response = HttpResponse::SeeOther();
    Ok(response.insert_header((header::LOCATION, page)).insert_header((header::CACHE_CONTROL, "no-store")).finish())
}

/// What a platform leads back with.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Consent {
    code: Secret,
    state: String,
}

/// `GET /channels/consents?code=&state=`: the platform leads back. Access is kept, and what was parked leaves by itself, unless
/// the channel is paused and its access was not lost.
pub async fn take(desk: web::Data<Desk>, who: SignedIn, given: web::Query<Consent>) -> Result<HttpResponse> {
    who.require(Role::Admin)?;
    let named = given.state.split_once('.').and_then(|(id, _)| id.parse::<ChannelId>().ok());
    let Some(id) = named.filter(|id| word(&who, *id).is(&given.state)) else {
        let words = "This consent was not asked for by you, or you have signed in anew since. Nothing was changed: open \
                     the channel’s page and ask again.";
        return Err(Error::Forbidden(words.to_owned()));
    };
    let channel = channels::find(&desk.db, id).await?.ok_or(Error::NotFound)?;
    let guide = guide_of(&channel).ok_or(Error::NotFound)?;
    let page = format!("/channels/{id}");
    if given.code.is_empty() {
        return Ok(back_with(&page, Tone::Bad, "Nobody said yes there. Nothing was changed; you can ask again."));
    }
    let has_lost_access = connecting::has_lost_access(&desk.inbox(), &channel).await?;
    let saved = desk.connections.secrets(id).await.map_err(|error| Error::Conflict(error.to_string()))?;
    let adapter = desk.connections.tried(&channel, &saved).map_err(|error| Error::Conflict(error.to_string()))?;
    if let Err(failure) = adapter.take_consent(given.code.reveal()).await {
        return Ok(back_with(&page, Tone::Bad, &refused(&failure)));
    }
    let renewed = adapter.renewed_secrets().unwrap_or_default();
    let mut tx = desk.db.begin().await?;
    let by_now = channels::lock(&mut tx, id).await?;
    // The platform took its time: what was stored meanwhile stays.
    let kept = desk.connections.secrets_in(&mut tx, id).await.map_err(|error| Error::Conflict(error.to_string()))?;
    let secrets = joined(&kept, &renewed);
    let secrets = desk.connections.seal(id, &secrets).map_err(|error| Error::Internal(error.into()))?;
    let new = Reconnection {
        name: &by_now.name,
        address: &by_now.address,
        settings: &by_now.settings.0,
        secrets,
        at: desk.clock.now(),
    };
    channels::reconnect(&mut tx, id, new).await?;
    let details = json!({ "name": by_now.name, "connected_again": true });
    audit::append(&mut tx, &about(&by_now, &who.teammate, AuditAction::ChannelChanged, details), desk.clock.now())
        .await?;
    let pause = pause::settle(&desk, &mut tx, (&by_now, has_lost_access), &who.teammate).await?;
    tx.commit().await?;
    begun(&desk, guide, &by_now, (&who.teammate, pause)).await
}

fn refused(failure: &ChannelFailure) -> String {
    format!("{} Nothing was changed: ask again.", sentence(&failure.to_string()))
}
