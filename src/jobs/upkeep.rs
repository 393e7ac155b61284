//! What must be looked after all the time: jobs of vanished holders, sleeping conversations, ended sessions, files that
//! never went with a reply or were never written to their end.

use std::time::Duration;

use channel_contract::gap::FURTHEST;
use tokio_util::sync::CancellationToken;

use super::{check_channel, check_resolutions, check_shop, index_messages, poll, read_order, read_parcels};
use crate::app::Desk;
use crate::inbox::identity_checks::{DAY, WAITED};
use crate::inbox::{erasure, overdue, snooze};
use crate::store::{
    bulk_changes, channels, chats, composer_files, conversation_counts, conversations, early_news, erased_names,
    identity_checks, jobs, notifications, opt_outs, raw_events, run_inputs, sessions,
};

const EVERY: Duration = Duration::from_secs(5);
/// How long a file of a half-written reply is kept.
const UNSENT: Duration = Duration::from_hours(24 * 30);
/// How long the bytes of a released file stay: whoever stores the same ones meanwhile has named them by then.
const RELEASED: Duration = Duration::from_hours(1);

/// How long a notification that was read is kept.
const READ: Duration = Duration::from_hours(24 * 30);

/// How long a change to many can be taken back.
const UNDONE: Duration = Duration::from_hours(24 * 30);

/// How long news waits for its message: as long as platforms try to deliver one.
const EARLY: Duration = Duration::from_hours(24 * 7);

/// How long a file may take to be written; what is older was left by a process that was killed.
const UNFINISHED: Duration = Duration::from_hours(24);

/// How long it is kept what a visitor said of themself who has written nothing: their first message may wait so long for its
/// channel.
const SILENT: Duration = Duration::from_hours(24 * 30);

/// So many raw bytes are emptied in one transaction, or runs forgotten, for whoever writes waits for it, and so many times
/// in a round.
const EMPTIED: i64 = 100;
const EMPTYINGS: usize = 20;

/// How long it is known who was erased: longer than anything is read back.
const ERASED: Duration = FURTHEST.saturating_add(Duration::from_hours(24));

/// How long it is kept that somebody has opted out who never wrote.
const UNKNOWN: Duration = Duration::from_hours(24 * 365);

/// In how many rounds it is looked once for such visitors, among all of them, and for customers who are kept for a time: an
/// hour.
const RARE_ROUNDS: u32 = 720;

/// In how many rounds it is looked once whether every channel and shop is polled or looked at, and for files that nobody writes to
/// their end.
const SLOW_ROUNDS: u32 = 12;

pub(super) async fn work(desk: Desk, stop: CancellationToken) {
    let mut round = 0_u32;
    while !stop.is_cancelled() {
        if let Err(error) = look_after(&desk).await {
            tracing::error!(%error, "upkeep failed; it is tried again");
        }
        if round.is_multiple_of(SLOW_ROUNDS) {
            // A mailbox whose polling got lost, whatever the reason, is looked into again.
            if let Err(error) = poll::begin(&desk).await {
                tracing::error!(%error, "polling could not be begun; it is tried again");
            }
            if let Err(error) = check_channel::begin(&desk).await {
                tracing::error!(%error, "looks at channels could not be put down; it is tried again");
            }
            if let Err(error) = check_shop::begin(&desk).await {
                tracing::error!(%error, "looks at shops could not be put down; it is tried again");
            }
            if let Err(error) = read_order::begin(&desk).await {
                tracing::error!(%error, "readings of orders could not be put down; it is tried again");
            }
            if let Err(error) = read_parcels::begin(&desk).await {
                tracing::error!(%error, "readings of parcels could not be put down; it is tried again");
            }
            if let Err(error) = check_resolutions::begin(&desk).await {
                tracing::error!(%error, "looks at closed cases could not be put down; it is tried again");
            }
            forget_unfinished(&desk).await;
            if let Err(error) = empty_read(&desk).await {
                tracing::error!(%error, "what came in long ago could not be emptied; it is tried again");
            }
            if let Err(error) = forget_runs(&desk).await {
                tracing::error!(%error, "what runs looked at long ago could not be forgotten; it is tried again");
            }
            // Whoever met damage while sending is told to come again.
            index_messages::look(&desk).await;
        }
        if round.is_multiple_of(RARE_ROUNDS) {
            if let Err(error) = forget_silent_visitors(&desk).await {
                tracing::error!(%error, "what visitors said who never wrote could not be forgotten; it is tried again");
            }
            if let Err(error) = forget_old_changes(&desk).await {
                tracing::error!(%error, "changes to many of long ago could not be forgotten; it is tried again");
            }
            if let Err(error) = forget_quiet_customers(&desk).await {
                tracing::error!(%error, "customers whose time is over could not be looked for; it is tried again");
            }
        }
        round = round.wrapping_add(1);
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

/// What a process without workers looks after: that its clock is the one of the others.
pub async fn keep_time(desk: Desk, stop: CancellationToken) {
    while !stop.is_cancelled() {
        if let Err(error) = desk.keep_time().await {
            tracing::error!(%error, "the clock of the database cannot be read; it is tried again");
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

/// One round.
pub async fn look_after(desk: &Desk) -> crate::store::Result<()> {
    // First: by a clock that is wrong, the work of others would seem to be nobody's.
    desk.keep_time().await?;
    let now = desk.clock.now();
    let mut tx = desk.db.begin().await?;
    let released = jobs::release_expired(&mut tx, now).await?;
    sessions::delete_expired(&mut tx, now).await?;
    conversation_counts::fold(&mut tx).await?;
    notifications::forget_read(&mut tx, now.minus(READ)).await?;
    early_news::forget_older(&mut tx, now.minus(EARLY)).await?;
    erased_names::forget_older(&mut tx, now.minus(ERASED)).await?;
    opt_outs::forget_early(&mut tx, now.minus(UNKNOWN)).await?;
    identity_checks::expire(&mut tx, now.minus(WAITED)).await?;
    identity_checks::forget_addresses(&mut tx, now.minus(DAY)).await?;
    composer_files::release_older(&mut tx, now.minus(UNSENT), now).await?;
    tx.commit().await?;
    if released > 0 {
        tracing::warn!(released, "work of a vanished holder is taken up again");
    }
    wake_sleepers(desk).await?;
    overdue::note(&desk.inbox()).await?;
    forget_files(desk).await
}

/// Wakes those whose time has come. One that cannot be woken keeps no other asleep, and nothing else from being looked after.
async fn wake_sleepers(desk: &Desk) -> crate::store::Result<()> {
    let (now, mut behind) = (desk.clock.now(), None);
    loop {
        let due = conversations::list_due_snoozed(&desk.db, now, behind).await?;
        let Some(last) = due.last() else { return Ok(()) };
        behind = last.snoozed_until.map(|until| (until, last.id));
        for conversation in &due {
            if let Err(error) = snooze::wake(&desk.inbox(), conversation.id).await {
                let number = conversation.number;
                tracing::error!(conversation = number, %error, "a sleeping conversation cannot be woken; it is tried again");
            }
        }
    }
}

/// Forgets what visitors of chats said of themselves who have written nothing since.
pub async fn forget_silent_visitors(desk: &Desk) -> crate::store::Result<()> {
    let before = desk.clock.now().minus(SILENT);
    loop {
        let silent = chats::list_silent(&desk.db, before).await?;
        if silent.is_empty() {
            return Ok(());
        }
        let mut tx = desk.db.begin().await?;
        chats::forget_silent(&mut tx, &silent, before).await?;
        tx.commit().await?;
    }
}

/// Forgets how conversations stood before changes to many that nobody takes back any more.
pub async fn forget_old_changes(desk: &Desk) -> crate::store::Result<()> {
    let mut tx = desk.db.begin().await?;
    bulk_changes::forget_older(&mut tx, desk.clock.now().minus(UNDONE)).await?;
    tx.commit().await
}

/// Empties what came in and was read so long ago that it is kept no longer, as much of it as one round may.
pub async fn empty_read(desk: &Desk) -> crate::store::Result<()> {
    let Some(kept) = desk.config.raw_kept() else { return Ok(()) };
    let before = desk.clock.now().minus(kept);
    for _ in 0..EMPTYINGS {
        let mut tx = desk.db.begin().await?;
        let emptied = raw_events::empty_read(&mut tx, before, EMPTIED).await?;
        tx.commit().await?;
        if i64::try_from(emptied).is_ok_and(|emptied| emptied < EMPTIED) {
            break;
        }
    }
    Ok(())
}

/// Forgets what runs of the agent looked at so long ago that it is kept no longer, as much of it as one round may.
pub async fn forget_runs(desk: &Desk) -> crate::store::Result<()> {
    let Some(kept) = desk.config.runs_kept() else { return Ok(()) };
    let before = desk.clock.now().minus(kept);
    for _ in 0..EMPTYINGS {
        let mut tx = desk.db.begin().await?;
        let forgotten = run_inputs::forget_older(&mut tx, before, EMPTIED).await?;
        tx.commit().await?;
        if i64::try_from(forgotten).is_ok_and(|forgotten| forgotten < EMPTIED) {
            break;
        }
    }
    Ok(())
}

/// Has customers forgotten of whom their channel keeps nothing any more.
pub async fn forget_quiet_customers(desk: &Desk) -> crate::store::Result<()> {
    for channel in channels::list(&desk.db).await? {
        let Ok(connection) = desk.connections.get(channel.id).await else { continue };
        if let Some(kept) = connection.adapter.forgets_after() {
            erasure::forget_quiet(&desk.inbox(), channel.id, desk.clock.now().minus(kept)).await?;
        }
    }
    Ok(())
}

/// Removes what killed processes left of files that they wrote.
pub async fn forget_unfinished(desk: &Desk) {
    if let Err(error) = desk.files.delete_unfinished(desk.clock.now().minus(UNFINISHED)).await {
        tracing::warn!(%error, "what is left of unfinished files cannot be removed; it is tried again");
    }
}

/// Removes the bytes of released files, unless something else refers to them, and then their rows.
async fn forget_files(desk: &Desk) -> crate::store::Result<()> {
    let before = desk.clock.now().minus(RELEASED);
    let mut gone = Vec::new();
    for file in composer_files::list_released(&desk.db, before).await? {
        if file.in_use {
            gone.push(file.id);
            continue;
        }
        match desk.files.delete_older(&file.storage_key, before).await {
            Ok(true) => gone.push(file.id),
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "an old file cannot be removed; it is tried again"),
        }
    }
    if gone.is_empty() {
        return Ok(());
    }
    let mut tx = desk.db.begin().await?;
    composer_files::forget(&mut tx, &gone).await?;
    tx.commit().await
}
