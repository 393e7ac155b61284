//! A channel that was connected wrongly is removed, once somebody has said so on a page that asks. One over which anything came or
//! left stays: its conversations belong to it.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde_json::json;

use crate::app::Desk;
use crate::inbox::account::note_state;
use crate::model::ChannelId;
use crate::model::audit::{Act, Actor, AuditAction, AuditSubject};
use crate::model::channel::Channel;
use crate::model::teammate::Role;
use crate::store::channels::removal::{self, Traces};
use crate::store::{Reader, audit, channels};
use crate::web::error::{Error, Result};
use crate::web::filters;
use crate::web::flash::{Nothing, Tone, back_with};
use crate::web::frame::{page, shown};
use crate::web::guard::{Posted, SignedIn};
use crate::web::page::{Page, Place};
use crate::web::parts::Notice;

/// `GET /channels/{id}/deletion/new`: what goes, or why nothing does.
#[derive(Debug, Template)]
#[template(path = "channels/remove.html")]
struct RemovalPage {
    page: Page,
    id: ChannelId,
    name: String,
    kept: Option<Notice>,
}

/// `GET /channels/{id}/deletion/new`
pub async fn form(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    id: web::Path<ChannelId>,
) -> Result<HttpResponse> {
    who.require(Role::Admin)?;
    let channel = channels::find(&desk.db, *id).await?.ok_or(Error::NotFound)?;
    let traces = removal::traces(&mut Reader::Db(&desk.db), channel.id).await?;
    let removal = RemovalPage {
        page: page(&desk, &request, &who, Place::Settings, None).await?,
        id: channel.id,
        kept: why_not(traces).map(|words| Notice::warn("This channel stays.", words)),
        name: channel.name,
    };
    shown(&request, &removal)
}

/// `POST /channels/{id}/deletion`: the channel goes for good, if nothing came or left over it.
pub async fn remove(desk: web::Data<Desk>, id: web::Path<ChannelId>, posted: Posted<Nothing>) -> Result<HttpResponse> {
    posted.require(Role::Admin)?;
    let channel = channels::find(&desk.db, *id).await?.ok_or(Error::NotFound)?;
    let mut tx = desk.db.begin().await?;
    removal::hold(&mut tx, channel.id).await?;
    if let Some(words) = why_not(removal::traces(&mut Reader::Tx(&mut tx), channel.id).await?) {
        return Ok(back_with("/channels", Tone::Bad, &format!("“{}” was not removed. {words}", channel.name)));
    }
    removal::remove(&mut tx, channel.id).await?;
    audit::append(&mut tx, &act(&channel, &posted), desk.clock.now()).await?;
    // Its alarm leaves open pages.
    note_state(&desk.clock, &mut tx, &channel, (channel.state, posted.by.id.to_string().as_str())).await?;
    tx.commit().await?;
    desk.wake.event();
    desk.connections.forget(channel.id);
    desk.shops.forget(channel.brand_id);
    Ok(back_with("/channels", Tone::Info, &format!("“{}” is removed.", channel.name)))
}

fn act<'a>(channel: &Channel, posted: &'a Posted<Nothing>) -> Act<'a> {
    Act {
        actor: Actor::Teammate(&posted.by),
        action: AuditAction::ChannelRemoved,
        subject: (AuditSubject::Channel, channel.id.to_string()),
        brand: Some(channel.brand_id),
        details: json!({ "kind": channel.kind, "name": channel.name }),
    }
}

/// Why a channel stays, and what to do.
fn why_not(traces: Traces) -> Option<&'static str> {
    if traces.is_used {
        Some(
            "Customers wrote or were written to over it, and their conversations belong to it. Pause it instead: nothing is \
             fetched or sent then.",
        )
    } else if traces.is_unread {
        Some(
            "Something came in over it that is not read yet, or could not be read: that stands below the channels. Look at it \
             first, or pause the channel instead.",
        )
    } else if traces.has_orders {
        Some("Orders were read over it, which belong to it. Pause it instead: nothing is fetched or sent then.")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_channel_without_traces_goes() {
        assert_eq!(why_not(Traces::default()), None);
        for traces in [
            Traces { is_used: true, ..Traces::default() },
            Traces { is_unread: true, ..Traces::default() },
            Traces { has_orders: true, ..Traces::default() },
        ] {
            assert!(why_not(traces).is_some_and(|words| words.contains("instead")), "{traces:?}");
        }
    }
}
