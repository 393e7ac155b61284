//! Performs an approved action in the shop, before the reply that speaks of it leaves.

use super::{Claimed, JobError};
use crate::inbox::perform::{self, Next, perform};

pub(super) async fn run(claimed: &Claimed<'_>) -> Result<(), JobError> {
    let action = claimed.field("action")?;
    match perform(&claimed.desk.inbox(), action, claimed.job.attempts).await? {
        Next::Done(tx) => claimed.finish(tx).await?,
        Next::Retry { after, reason } => return Err(JobError::Retry { after, reason }),
        Next::Turn(reason) => return Err(JobError::Turn { at: claimed.desk.clock.now(), reason }),
    }
    claimed.desk.wake.deliveries();
    claimed.desk.wake.event();
    Ok(())
}

/// A person gets the action, and the reply that waits for it.
pub(super) async fn give_up(claimed: &Claimed<'_>, reason: &str) -> Result<(), JobError> {
    match perform::give_up(&claimed.desk.inbox(), claimed.field("action")?, reason).await? {
        Next::Done(tx) => claimed.finish(tx).await,
        Next::Retry { reason, .. } | Next::Turn(reason) => Err(JobError::GiveUp { reason }),
    }
}
