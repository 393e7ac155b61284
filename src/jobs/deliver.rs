//! Hands a message to its platform.

use super::{Claimed, JobError};
use crate::inbox::Inbox;
use crate::inbox::deliver::{self, Next, deliver};
use crate::inbox::lines::Place;
use crate::inbox::sending;
use crate::model::MessageId;
use crate::store::{self, messages};

pub(super) async fn run(claimed: &Claimed<'_>) -> Result<(), JobError> {
    let inbox = claimed.desk.inbox();
    let message: MessageId = claimed.field("message")?;
    let place = place(&inbox, message).await?;
    let done = hand_over(claimed, &inbox, message).await;
    drop(place);
    done
}

/// A chat is no server that others would have to wait for.
pub(super) async fn say_in_chat(claimed: &Claimed<'_>) -> Result<(), JobError> {
    hand_over(claimed, &claimed.desk.inbox(), claimed.field("message")?).await
}

/// The place of a message among those of its channel that are under way.
async fn place(inbox: &Inbox, message: MessageId) -> Result<Place, JobError> {
    let channel = messages::find(&inbox.db, message).await?.ok_or(store::Error::NotFound)?.channel_id;
    let placed = inbox.connections.lines.place(channel, &inbox.clock).await;
    placed.map_err(|at| JobError::Behind { at, reason: "others of its channel are under way".to_owned() })
}

async fn hand_over(claimed: &Claimed<'_>, inbox: &Inbox, message: MessageId) -> Result<(), JobError> {
    match Box::pin(deliver(inbox, message, claimed.job.attempts)).await? {
        Next::Done(tx) => claimed.finish(tx).await?,
        Next::Later { at, reason } => return Err(JobError::Later { at, reason }),
        Next::Turn(at, reason) => return Err(JobError::Turn { at, reason }),
        Next::Retry { after, reason } => {
            sending::failed(inbox, message, claimed.job.attempts, &reason).await?;
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
