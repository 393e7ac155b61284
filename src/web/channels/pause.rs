//! Pausing channels and letting them go on, and what becomes of a pause when an account is set up otherwise.

use actix_web::{HttpResponse, web};
use serde_json::json;

use crate::app::Desk;
use crate::inbox::account::note_state;
use crate::jobs::poll;
use crate::model::ChannelId;
use crate::model::audit::{Act, Actor, AuditAction, AuditSubject};
use crate::model::channel::{Channel, ChannelState};
use crate::model::teammate::{Role, Teammate};
use crate::store::{Tx, account_troubles, audit, channels};
use crate::web::error::{Error, Result};
use crate::web::flash::{Back, Tone, back_with};
use crate::web::guard::Posted;

/// `POST /channels/{id}/pause`
pub async fn pause(desk: web::Data<Desk>, id: web::Path<ChannelId>, posted: Posted<Back>) -> Result<HttpResponse> {
    posted.require(Role::Admin)?;
    let reason = format!("Paused by {}.", posted.by.name);
    let change = Change { state: ChannelState::Paused, reason: &reason, action: AuditAction::ChannelPaused };
    set_state(&desk, *id, change, &posted.by).await?;
    let words =
        "The channel is paused: nothing is fetched or sent. What is pushed comes in all the same, and nothing is lost.";
    Ok(back_with(back_of(&posted.form), Tone::Info, words))
}

/// `POST /channels/{id}/pause/deletion`
pub async fn resume(desk: web::Data<Desk>, id: web::Path<ChannelId>, posted: Posted<Back>) -> Result<HttpResponse> {
    posted.require(Role::Admin)?;
    let change = Change { state: ChannelState::Connected, reason: "", action: AuditAction::ChannelResumed };
    set_state(&desk, *id, change, &posted.by).await?;
    poll::begin_channel(&desk, *id).await?;
    Ok(back_with(back_of(&posted.form), Tone::Info, "The channel goes on."))
}

/// The page that the form stood on: the list, or that of the channel.
pub(super) fn back_of(form: &Back) -> &str {
    if form.back.is_empty() { "/channels" } else { &form.back }
}

/// What somebody makes of a channel, and how that is called.
pub(super) struct Change<'a> {
    pub(super) state: ChannelState,
    pub(super) reason: &'a str,
    pub(super) action: AuditAction,
}

/// Changes the state and notes by whom; gives the state that counts now.
pub(super) async fn set_state(desk: &Desk, id: ChannelId, change: Change<'_>, by: &Teammate) -> Result<ChannelState> {
    let Change { state, reason, action } = change;
    let channel = channels::find(&desk.db, id).await?.ok_or(Error::NotFound)?;
    let mut tx = desk.db.begin().await?;
    let changed = match action {
        AuditAction::ChannelResumed => channels::resume(&mut tx, id).await?,
        _ => channels::set_state(&mut tx, id, state, reason).await?,
    };
    if changed && (state, action) == (ChannelState::Connected, AuditAction::ChannelChanged) {
        account_troubles::begin_anew(&mut tx, id, desk.clock.now()).await?;
    }
    if changed {
        audit::append(&mut tx, &act(&channel, (state, action), by), desk.clock.now()).await?;
        note_state(&desk.clock, &mut tx, &channel, (state, by.id.to_string().as_str())).await?;
    }
    tx.commit().await?;
    desk.connections.forget(id);
    desk.wake.event();
    Ok(if changed { state } else { channel.state })
}

fn act<'a>(channel: &Channel, (state, action): (ChannelState, AuditAction), by: &'a Teammate) -> Act<'a> {
    Act {
        actor: Actor::Teammate(by),
        action,
        subject: (AuditSubject::Channel, channel.id.to_string()),
        brand: Some(channel.brand_id),
        details: json!({ "name": channel.name, "before": channel.state.as_str(), "after": state.as_str() }),
    }
}

/// What became of a pause when an account was set up otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pause {
    /// There was none.
    Unset,
    /// It stays.
    Stays,
    /// The access was lost, and giving it again ends the pause too.
    Ended,
}

impl Pause {
    /// What is said of it behind that the account is saved; `""` where there was none.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Unset => "",
            Self::Stays => " The channel stays paused: nothing is fetched or sent until somebody presses “Go on”.",
            Self::Ended => " Its access was lost, so this ends the pause too: what waited leaves now.",
        }
    }
}

/// After [`channels::reconnect`] of a channel that was locked before: whether a pause stays is settled, and pages hear how the
/// channel stands.
pub(super) async fn settle(
    desk: &Desk,
    tx: &mut Tx,
    (locked, has_lost_access): (&Channel, bool),
    by: &Teammate,
) -> Result<Pause> {
    let pause = match locked.state {
        ChannelState::Paused if has_lost_access => Pause::Ended,
        ChannelState::Paused => Pause::Stays,
        _ => Pause::Unset,
    };
    if pause == Pause::Ended {
        channels::resume(tx, locked.id).await?;
        let ended = act(locked, (ChannelState::Connected, AuditAction::ChannelResumed), by);
        audit::append(tx, &ended, desk.clock.now()).await?;
    }
    let state = if pause == Pause::Stays { ChannelState::Paused } else { ChannelState::Connected };
    note_state(&desk.clock, tx, locked, (state, by.id.to_string().as_str())).await?;
    Ok(pause)
}
