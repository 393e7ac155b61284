//! Fetches what is new on a polled channel, then waits for news, and comes back.

use std::time::Duration;

use channel_contract::channel::Cursor;
use channel_contract::failure::ChannelFailure;

use super::{Claimed, JobError};
use crate::app::Desk;
use crate::inbox::connections::Connection;
use crate::model::ChannelId;
use crate::model::channel::ChannelState;
use crate::model::event::EventKind;
use crate::model::job::JobKind;
use crate::store::intake::{self, NewEvent};
use crate::store::jobs::{self, NewJob};
use crate::store::{self, channels, jobs as job_store};

/// How long one wait for news lasts at most.
const WAIT: Duration = Duration::from_secs(45);
/// One job lasts this many rounds of polling and waiting; then it is put down anew.
const ROUNDS: u32 = 20;

/// Puts down the polling of every polled channel that has none.
pub(super) async fn begin(desk: &Desk) -> store::Result<()> {
    for channel in channels::list(&desk.db).await? {
        begin_channel(desk, channel.id).await?;
    }
    Ok(())
}

/// Puts down the polling of a channel, if it polls and nobody does yet.
pub async fn begin_channel(desk: &Desk, id: ChannelId) -> store::Result<()> {
    let polls = desk.connections.get(id).await.is_ok_and(|connection| connection.adapter.polls());
    if !polls || job_store::exists(&desk.db, JobKind::Poll, &id.to_string()).await? {
        return Ok(());
    }
    let job = NewJob {
        dedup_key: Some(id.to_string()),
        ..NewJob::about(desk.clock.new_id(), JobKind::Poll, "channel", &id, desk.clock.now())
    };
    let mut tx = desk.db.begin().await?;
    job_store::enqueue(&mut tx, &[job]).await?;
    tx.commit().await?;
    desk.wake.job(JobKind::Poll);
    Ok(())
}

pub(super) async fn run(claimed: &Claimed<'_>) -> Result<(), JobError> {
    let desk = claimed.desk;
    let id: ChannelId = claimed.field("channel")?;
    let wait = Duration::from_secs(desk.config.poll_seconds).min(WAIT);
    for _ in 0..ROUNDS {
        if desk.stopping() {
            return Err(JobError::Later { at: desk.clock.now(), reason: "the desk restarts".to_owned() });
        }
        let Ok(connection) = desk.connections.get(id).await else {
            let tx = desk.db.begin().await?;
            return claimed.finish(tx).await;
        };
        if connection.channel.state == ChannelState::Paused {
            return Err(JobError::Later {
                at: desk.clock.now().plus(wait),
                reason: "the channel is paused".to_owned(),
            });
        }
        fetch(claimed, id, &connection).await?;
        let waited = tokio::select! {
            waited = connection.adapter.wait(wait) => waited,
            () = desk.stopped() => Ok(()),
        };
        if let Err(failure) = waited {
            return Err(trouble(claimed, id, failure).await?);
        }
    }
    Err(JobError::Later { at: desk.clock.now(), reason: "the next round".to_owned() })
}

/// Everything that is new, page by page, each durable with its cursor.
async fn fetch(claimed: &Claimed<'_>, id: ChannelId, connection: &Connection) -> Result<(), JobError> {
    let desk = claimed.desk;
    loop {
        let cursor = channels::cursor(&desk.db, id).await?.map(Cursor);
        let outcome = connection.adapter.poll(cursor.as_ref()).await;
        desk.connections.keep_renewed(connection).await;
        let polled = match outcome {
            Ok(polled) => polled,
            Err(failure) => return Err(trouble(claimed, id, failure).await?),
        };
        if let Some(warning) = &polled.warning {
            tracing::warn!(channel = %id, %warning, "polling noticed something");
        }
        let moved = cursor.as_ref() != Some(&polled.cursor);
        if moved || !polled.items.is_empty() {
            desk.intake.record(id, polled.items, Some(polled.cursor.0)).await.map_err(JobError::retry)?;
        }
        set_state(claimed, id, ChannelState::Connected, "").await?;
        if !polled.more {
            return Ok(());
        }
    }
}

/// Notes trouble where people see it, and says when to try again.
async fn trouble(claimed: &Claimed<'_>, id: ChannelId, failure: ChannelFailure) -> Result<JobError, JobError> {
    let reason = failure.to_string();
    let wait = match failure {
        ChannelFailure::Retry { after, .. } => after.unwrap_or(jobs::backoff(claimed.job.attempts.min(3), 0.5)),
        ChannelFailure::Unknown { .. } => Duration::from_secs(10),
        ChannelFailure::Refused { .. } | ChannelFailure::Reconnect { .. } => Duration::from_mins(2),
    };
    set_state(claimed, id, ChannelState::NeedsAttention, &reason).await?;
    Ok(JobError::Later { at: claimed.desk.clock.now().plus(wait), reason })
}

async fn set_state(claimed: &Claimed<'_>, id: ChannelId, state: ChannelState, reason: &str) -> Result<(), JobError> {
    let desk = claimed.desk;
    let Some(channel) = channels::find(&desk.db, id).await? else { return Ok(()) };
    if channel.state == ChannelState::Paused || (channel.state == state && channel.state_reason == reason) {
        return Ok(());
    }
    let mut tx = desk.db.begin().await?;
    channels::set_state(&mut tx, id, state, reason).await?;
    let event = NewEvent {
        id: desk.clock.new_id(),
        brand_id: channel.brand_id,
        conversation_id: None,
        kind: EventKind::ChannelChanged,
        actor: "system".to_owned(),
        data: serde_json::json!({ "channel": id.to_string(), "state": state.as_str() }),
        at: desk.clock.now(),
    };
    intake::insert_events(&mut tx, &[event]).await?;
    tx.commit().await?;
    desk.connections.forget(id);
    desk.wake.event();
    Ok(())
}
