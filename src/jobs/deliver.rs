//! Hands a message to its platform.

use super::{Claimed, JobError};
use crate::inbox::deliver::{Next, deliver};

pub(super) async fn run(claimed: &Claimed<'_>) -> Result<(), JobError> {
    match deliver(&claimed.desk.inbox(), claimed.field("message")?, claimed.job.attempts).await? {
        Next::Done(tx) => claimed.finish(tx).await?,
        Next::Later { at, reason } => return Err(JobError::Later { at, reason }),
        Next::Retry { after, reason } => return Err(JobError::Retry { after, reason }),
    }
    claimed.desk.wake.event();
    Ok(())
}
