//! Asks a platform what a customer is called whose messages come without a name.

use channel_contract::failure::ChannelFailure;

use super::{Claimed, JobError};
use crate::inbox::named::{self, Asked};

/// How long it waits for a channel that is paused.
const PARKED: std::time::Duration = std::time::Duration::from_mins(5);

pub(super) async fn run(claimed: &Claimed<'_>) -> Result<(), JobError> {
    let desk = claimed.desk;
    let about = (claimed.field("contact")?, claimed.field("channel")?, claimed.field("conversation")?);
    match named::ask(&desk.inbox(), about).await? {
        Asked::Done(tx) => {
            claimed.finish(tx).await?;
            desk.wake.event();
            Ok(())
        }
        Asked::Parked => {
            let reason = "the channel is paused".to_owned();
            Err(JobError::Later { at: desk.clock.now().plus(PARKED), reason })
        }
        Asked::Failed(ChannelFailure::Retry { after, reason, .. }) => Err(JobError::Retry { after, reason }),
        Asked::Failed(other) => Err(JobError::retry(other)),
    }
}

/// Nobody misses it: the customer goes on under the id that the platform gave.
pub(super) async fn give_up(claimed: &Claimed<'_>) -> Result<(), JobError> {
    let tx = claimed.desk.db.begin().await?;
    claimed.finish(tx).await
}
