//! Hands a message to its platform.

use super::{Claimed, JobError};
use crate::inbox::deliver::{self, Next, deliver};
use crate::inbox::sending;
use crate::model::MessageId;

pub(super) async fn run(claimed: &Claimed<'_>) -> Result<(), JobError> {
    let inbox = claimed.desk.inbox();
    let message: MessageId = claimed.field("message")?;
    match deliver(&inbox, message, claimed.job.attempts).await? {
        Next::Done(tx) => claimed.finish(tx).await?,
        Next::Later { at, reason } => return Err(JobError::Later { at, reason }),
        Next::Turn(at, reason) => return Err(JobError::Turn { at, reason }),
        Next::Retry { after, reason } => {
            sending::failed(&inbox, message, claimed.job.attempts, &reason).await?;
            return Err(JobError::Retry { after, reason });
        }
    }
    claimed.desk.wake.event();
    Ok(())
}

/// A person gets the message.
pub(super) async fn give_up(claimed: &Claimed<'_>, reason: &str) -> Result<(), JobError> {
    match deliver::give_up(&claimed.desk.inbox(), claimed.field("message")?, reason).await? {
        Next::Done(tx) => claimed.finish(tx).await,
        Next::Later { reason, .. } | Next::Turn(_, reason) | Next::Retry { reason, .. } => {
            Err(JobError::GiveUp { reason })
        }
    }
}
