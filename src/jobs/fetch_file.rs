//! Fetches a file that lies on a platform: platforms forget their files, some within days.

use channel_contract::failure::ChannelFailure;

use super::{Claimed, JobError};
use crate::inbox::fetched::{self, Next};

/// How long a file waits for a channel that is paused or lets nobody in.
const PARKED: std::time::Duration = std::time::Duration::from_secs(30);

pub(super) async fn run(claimed: &Claimed<'_>) -> Result<(), JobError> {
    let desk = claimed.desk;
    match fetched::fetch(&desk.inbox(), claimed.field("attachment")?).await? {
        Next::Done(tx) => {
            claimed.finish(tx).await?;
            desk.wake.event();
            Ok(())
        }
        Next::Parked(reason) => Err(JobError::Later { at: desk.clock.now().plus(PARKED), reason }),
        Next::Failed(ChannelFailure::Retry { after, reason, .. }) => Err(JobError::Retry { after, reason }),
        Next::Failed(other) => Err(JobError::retry(other)),
    }
}

/// Nothing helped: it is said where the file stands.
pub(super) async fn give_up(claimed: &Claimed<'_>, reason: &str) -> Result<(), JobError> {
    let tx = fetched::give_up(&claimed.desk.inbox(), claimed.field("attachment")?, reason).await?;
    claimed.finish(tx).await
}
