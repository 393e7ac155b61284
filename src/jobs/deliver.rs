//! Hands a message to its platform.

use super::{Claimed, JobError};
use crate::inbox::deliver::{self, Next, deliver};

pub(super) async fn run(claimed: &Claimed<'_>) -> Result<(), JobError> {
    match deliver(&claimed.desk.inbox(), claimed.field("message")?).await? {
        Next::Done(tx) => claimed.finish(tx).await?,
        Next::Later { at, reason } => return Err(JobError::Later { at, reason }),
        Next::Retry { after, reason } => return Err(JobError::Retry { after, reason }),
    }
    claimed.desk.wake.event();
    Ok(())
}

/// A person gets the message.
pub(super) async fn give_up(claimed: &Claimed<'_>, reason: &str) -> Result<(), JobError> {
    match deliver::give_up(&claimed.desk.inbox(), claimed.field("message")?, reason).await? {
        Next::Done(tx) => claimed.finish(tx).await,
        Next::Later { reason, .. } | Next::Retry { reason, .. } => Err(JobError::GiveUp { reason }),
    }
}
