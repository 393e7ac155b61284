//! Fetches what is new on a polled channel, then waits for news, and comes back.

use std::collections::HashSet;
use std::time::Duration;

use channel_contract::channel::{Cursor, Polled};
use channel_contract::failure::{ChannelFailure, FailureClass};

use super::{Claimed, JobError};
use crate::app::Desk;
use crate::inbox::connections::{Connection, ConnectionError};
use crate::model::channel::{Channel, ChannelState};
use crate::model::event::EventKind;
use crate::model::job::{Job, JobKind};
use crate::model::{ChannelId, Ts};
use crate::store::intake::{self, NewEvent};
use crate::store::jobs::{self, NewJob};
use crate::store::{self, channels};

/// How many mailboxes a process looks into at once.
pub(super) const WORKERS: usize = 16;
/// How long trouble keeps a mailbox waiting at most.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_mins(10);
/// How long one wait for news lasts at most.
const WAIT: Duration = Duration::from_secs(45);
/// One job lasts this many rounds of polling and waiting; then it is put down anew.
const ROUNDS: u32 = 20;
/// How long a refusal, which only a person can mend, keeps a mailbox waiting at least.
const REFUSED: Duration = Duration::from_mins(2);
/// How soon a mailbox is looked into again whose connection worked until now.
const SOON: Duration = Duration::from_secs(5);
/// Trouble is shown when it came so often in a row: a single broken connection is none. A server that was waited for in
/// vain is shown at once, for the wait was long.
const SHOWN: i64 = 2;

/// Puts down the polling of every polled channel that has none.
pub(super) async fn begin(desk: &Desk) -> store::Result<()> {
    let at_work = jobs::list_keys(&desk.db, JobKind::Poll).await?;
    for channel in channels::list(&desk.db).await? {
        begin_unless(desk, channel.id, &at_work).await?;
    }
    Ok(())
}

/// Puts down the polling of a channel, if it polls and nobody does yet.
pub async fn begin_channel(desk: &Desk, id: ChannelId) -> store::Result<()> {
    let at_work = jobs::list_keys(&desk.db, JobKind::Poll).await?;
    begin_unless(desk, id, &at_work).await
}

async fn begin_unless(desk: &Desk, id: ChannelId, at_work: &HashSet<String>) -> store::Result<()> {
    if at_work.contains(&id.to_string()) {
        return Ok(());
    }
    if !desk.connections.get(id).await.is_ok_and(|connection| connection.adapter.polls()) {
        return Ok(());
    }
    let job = NewJob {
        dedup_key: Some(id.to_string()),
        ..NewJob::about(desk.clock.new_id(), JobKind::Poll, "channel", &id, desk.clock.now())
    };
    let mut tx = desk.db.begin().await?;
    jobs::enqueue(&mut tx, &[job]).await?;
    tx.commit().await?;
    desk.wake.job(JobKind::Poll);
    Ok(())
}

/// How far a long reading is: mails read since it began, over all its pages.
struct Reading {
    done: i64,
    shown: bool,
}

impl Reading {
    /// What the job noted before the desk restarted.
    fn of(job: &Job) -> Self {
        Self { done: job.done, shown: job.total > 0 }
    }

    /// Notes a page where people see it. A reading that fits into one page is not worth a bar.
    async fn note(&mut self, claimed: &Claimed<'_>, id: ChannelId, polled: &Page) -> store::Result<()> {
        if !polled.more && !self.shown {
            return Ok(());
        }
        self.done += polled.read;
        let (done, total) = if polled.more { (self.done, self.done + polled.left) } else { (0, 0) };
        (self.done, self.shown) = (done, polled.more);
        let desk = claimed.desk;
        let Some(channel) = channels::find(&desk.db, id).await? else { return Ok(()) };
        let mut tx = desk.db.begin().await?;
        jobs::progress(&mut tx, claimed.job.id, done, total).await?;
        let event = happened(desk, &channel, EventKind::WorkProgressed, serde_json::json!({ "done": done }));
        intake::insert_events(&mut tx, &[event]).await?;
        tx.commit().await?;
        desk.wake.event();
        Ok(())
    }
}

/// A page of a reading, in numbers.
struct Page {
    read: i64,
    left: i64,
    more: bool,
}

impl Page {
    fn of(polled: &Polled) -> Self {
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        Self { read: count(polled.items.len()), left: count(polled.left), more: polled.more }
    }
}

/// Something that happened to a channel.
fn happened(desk: &Desk, channel: &Channel, kind: EventKind, data: serde_json::Value) -> NewEvent {
    NewEvent {
        id: desk.clock.new_id(),
        brand_id: channel.brand_id,
        conversation_id: None,
        kind,
        actor: "system".to_owned(),
        data,
        at: desk.clock.now(),
    }
}

pub(super) async fn run(claimed: &Claimed<'_>) -> Result<(), JobError> {
    let desk = claimed.desk;
    let mut reading = Reading::of(claimed.job);
    let id: ChannelId = claimed.field("channel")?;
    let wait = Duration::from_secs(desk.config.poll_seconds).min(WAIT);
    let mut worked = false;
    for _ in 0..ROUNDS {
        if desk.stopping() {
            return Err(JobError::Later { at: desk.clock.now(), reason: "the desk restarts".to_owned() });
        }
        let connection = match desk.connections.get(id).await {
            Ok(connection) => connection,
            Err(ConnectionError::Gone) => {
                let tx = desk.db.begin().await?;
                return claimed.finish(tx).await;
            }
            // The database had a moment of trouble, or the settings cannot be read: a person may mend them.
            Err(error) => return Err(JobError::Retry { after: Some(REFUSED), reason: error.to_string() }),
        };
        if connection.channel.state == ChannelState::Paused {
            return Err(JobError::Later {
                at: desk.clock.now().plus(wait),
                reason: "the channel is paused".to_owned(),
            });
        }
        let asked_at = desk.clock.now();
        match note_proposals(desk, id, &connection).await? {
            Ok(true) => continue,
            Ok(false) => {}
            Err(failure) => return Err(trouble(claimed, id, (worked, asked_at), failure).await?),
        }
        match fetch(claimed, id, &connection, &mut reading).await? {
            Ok(true) => {}
            Ok(false) => continue,
            Err(failure) => return Err(trouble(claimed, id, (worked, asked_at), failure).await?),
        }
        worked = true;
        // With a worker for each, nobody waits for another; otherwise they take turns.
        if jobs::list_keys(&desk.db, JobKind::Poll).await?.len() > WORKERS {
            return Err(JobError::Later { at: desk.clock.now().plus(wait), reason: "the others' turn".to_owned() });
        }
        let asked_at = desk.clock.now();
        let waited = tokio::select! {
            waited = connection.adapter.wait(wait) => waited,
            () = desk.stopped() => Ok(()),
        };
        if let Err(failure) = waited {
            return Err(trouble(claimed, id, (worked, asked_at), failure).await?);
        }
    }
    Err(JobError::Later { at: desk.clock.now(), reason: "the next round".to_owned() })
}

/// Notes what the account's messages propose to a person; whether there was something. Trouble on the way is seen by the
/// poll that follows, but for a server that does not answer: nobody waits for it twice.
async fn note_proposals(
    desk: &Desk,
    id: ChannelId,
    connection: &Connection,
) -> store::Result<Result<bool, ChannelFailure>> {
    let proposals = match connection.adapter.proposals().await {
        Ok(proposals) => proposals,
        Err(failure) if failure.class() == FailureClass::Silent => return Ok(Err(failure)),
        Err(_) => return Ok(Ok(false)),
    };
    if proposals.is_empty() {
        return Ok(Ok(false));
    }
    tracing::info!(channel = %id, settings = ?proposals.keys(), "the account's messages propose something");
    let mut tx = desk.db.begin().await?;
    channels::add_settings(&mut tx, id, &proposals.into()).await?;
    tx.commit().await?;
    desk.connections.forget(id);
    Ok(Ok(true))
}

/// Everything that is new, page by page, each durable with its cursor; or what went wrong on the way. `false` where that ends
/// before its end: the channel was paused or connected again, or the desk stops.
async fn fetch(
    claimed: &Claimed<'_>,
    id: ChannelId,
    connection: &Connection,
    reading: &mut Reading,
) -> Result<Result<bool, ChannelFailure>, JobError> {
    let desk = claimed.desk;
    loop {
        let cursor = channels::cursor(&desk.db, id).await?.map(Cursor);
        let outcome = connection.adapter.poll(cursor.as_ref()).await;
        desk.connections.keep_renewed(connection).await;
        let Some(by_now) = desk.connections.still(connection).await else { return Ok(Ok(false)) };
        let polled = match outcome {
            Ok(polled) => polled,
            Err(failure) => return Ok(Err(failure)),
        };
        if let Some(warning) = &polled.warning {
            tracing::warn!(channel = %id, %warning, "polling noticed something");
        }
        let page = Page::of(&polled);
        let moved = cursor.as_ref() != Some(&polled.cursor);
        if moved || !polled.items.is_empty() {
            let stopped = connection.stopped_at(polled.cursor);
            desk.intake.record(id, polled.items, Some(stopped)).await.map_err(JobError::retry)?;
        }
        reading.note(claimed, id, &page).await?;
        if let Some(failure) = polled.trouble {
            return Ok(Err(failure));
        }
        match &polled.beside {
            Some(failure) => set_state(claimed, id, ChannelState::NeedsAttention, &failure.to_string()).await?,
            None => set_state(claimed, id, ChannelState::Connected, "").await?,
        }
        if !polled.more {
            return Ok(Ok(true));
        }
        if by_now.channel.state == ChannelState::Paused || desk.stopping() {
            return Ok(Ok(false));
        }
    }
}

/// Notes trouble where people see it, and says when to try again: soon after it worked, else after a wait that grows with
/// the attempts. `asked_at` is when the server was asked for what failed.
async fn trouble(
    claimed: &Claimed<'_>,
    id: ChannelId,
    (worked, asked_at): (bool, Ts),
    failure: ChannelFailure,
) -> Result<JobError, JobError> {
    let reason = failure.to_string();
    let silent = failure.class() == FailureClass::Silent;
    let (after, lasting) = match failure {
        ChannelFailure::Retry { after, .. } => (after, false),
        ChannelFailure::Unknown { .. } => (None, false),
        ChannelFailure::Refused { .. } | ChannelFailure::Reconnect { .. } => (Some(REFUSED), true),
    };
    if silent {
        let shown = silence(channels::find(&claimed.desk.db, id).await?.as_ref(), &reason, asked_at);
        set_state(claimed, id, ChannelState::NeedsAttention, &shown).await?;
    } else if lasting || (!worked && claimed.job.attempts >= SHOWN) {
        set_state(claimed, id, ChannelState::NeedsAttention, &reason).await?;
    }
    if worked {
        let at = claimed.desk.clock.now().plus(after.unwrap_or(SOON));
        return Ok(JobError::Later { at, reason });
    }
    Ok(JobError::Retry { after, reason })
}

/// Since when a server does not answer. It is the same silence until it has answered; a page shows the moment on its
/// reader's clock.
fn silence(before: Option<&Channel>, reason: &str, asked_at: Ts) -> String {
    let begins = format!("{reason} since ");
    match before {
        Some(known) if known.state == ChannelState::NeedsAttention && known.state_reason.starts_with(&begins) => {
            known.state_reason.clone()
        }
        _ => format!("{begins}{asked_at}. It is asked again by itself, and nothing is lost: messages wait there."),
    }
}

async fn set_state(claimed: &Claimed<'_>, id: ChannelId, state: ChannelState, reason: &str) -> Result<(), JobError> {
    let desk = claimed.desk;
    let Some(channel) = channels::find(&desk.db, id).await? else { return Ok(()) };
    let sending_fails = state == ChannelState::Connected && channel.state == ChannelState::SendingFails;
    let same = channel.state == state && channel.state_reason == reason;
    if sending_fails || same {
        return Ok(());
    }
    let mut tx = desk.db.begin().await?;
    if !channels::set_state(&mut tx, id, state, reason).await? {
        return Ok(());
    }
    let data = serde_json::json!({ "channel": id.to_string(), "state": state.as_str() });
    let event = happened(desk, &channel, EventKind::ChannelChanged, data);
    intake::insert_events(&mut tx, &[event]).await?;
    tx.commit().await?;
    desk.connections.forget(id);
    desk.wake.event();
    Ok(())
}
