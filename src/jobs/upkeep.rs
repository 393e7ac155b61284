//! What must be looked after all the time: jobs of vanished holders, sleeping conversations, ended sessions.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{Claimed, JobError, poll};
use crate::app::Desk;
use crate::inbox::snooze;
use crate::store::{conversations, jobs, sessions};

const EVERY: Duration = Duration::from_secs(5);

/// In how many rounds it is looked once whether every mailbox is polled.
const POLLING_ROUNDS: u32 = 12;

pub(super) async fn work(desk: Desk, stop: CancellationToken) {
    let mut round = 0_u32;
    while !stop.is_cancelled() {
        if let Err(error) = look_after(&desk, round.is_multiple_of(POLLING_ROUNDS)).await {
            tracing::error!(%error, "upkeep failed; it is tried again");
        }
        round = round.wrapping_add(1);
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

async fn look_after(desk: &Desk, polling: bool) -> crate::store::Result<()> {
    let now = desk.clock.now();
    let mut tx = desk.db.begin().await?;
    let released = jobs::release_expired(&mut tx, now).await?;
    sessions::delete_expired(&mut tx, now).await?;
    conversations::fold_counts(&mut tx).await?;
    tx.commit().await?;
    if released > 0 {
        tracing::warn!(released, "work of a vanished holder is taken up again");
    }
    for conversation in conversations::list_due_snoozed(&desk.db, now).await? {
        snooze::wake(&desk.inbox(), conversation.id).await?;
    }
    // A mailbox whose polling got lost, whatever the reason, is looked into again.
    if polling { poll::begin(desk).await } else { Ok(()) }
}

/// A conversation's time has come.
pub(super) async fn run(claimed: &Claimed<'_>) -> Result<(), JobError> {
    snooze::wake(&claimed.desk.inbox(), claimed.field("conversation")?).await?;
    let tx = claimed.desk.db.begin().await?;
    claimed.finish(tx).await
}
