//! Hands a message to its platform.

use super::{Claimed, JobError};
use crate::inbox::deliver::{Next, deliver};
use crate::inbox::sending;
use crate::model::MessageId;

pub(super) async fn run(claimed: &Claimed<'_>) -> Result<(), JobError> {
    let inbox = claimed.desk.inbox();
    let message: MessageId = claimed.field("message")?;
    match deliver(&inbox, message, claimed.job.attempts).await? {
        Next::Done(tx) => claimed.finish(tx).await?,
        Next::Later { at, reason } => return Err(JobError::Later { at, reason }),
        Next::Retry { after, reason } => {
            sending::failed(&inbox, message, claimed.job.attempts, &reason).await?;
            return Err(JobError::Retry { after, reason });
        }
    }
    claimed.desk.wake.event();
    Ok(())
}
