//! Looks now and then whether a channel that is pushed to works, and reads back what it missed while it did not.

use channel_contract::failure::ChannelFailure;
use rand::Rng as _;

use super::{Claimed, JobError};
use crate::app::Desk;
use crate::inbox::connections::ConnectionError;
use crate::inbox::{checking, missed};
use crate::model::ChannelId;
use crate::model::job::JobKind;
use crate::store::{self, channels, jobs};

/// Puts down the looks at every channel that has none. The first comes in the second half of its time, at another moment for
/// each.
pub(super) async fn begin(desk: &Desk) -> store::Result<()> {
    let at_work = jobs::list_keys(&desk.db, JobKind::CheckChannel).await?;
    let mut looks = Vec::new();
    for channel in channels::list(&desk.db).await? {
        if at_work.contains(&channel.id.to_string()) {
            continue;
        }
        if !desk.connections.get(channel.id).await.is_ok_and(|connection| checking::is_looked_at(&connection)) {
            continue;
        }
        let share: f64 = rand::rng().random();
        let run_at = desk.clock.now().plus(desk.config.check_every().mul_f64(0.5 + share / 2.0));
        looks.push(checking::look_job(&desk.clock, channel.id, run_at));
    }
    if looks.is_empty() {
        return Ok(());
    }
    let mut tx = desk.db.begin().await?;
    jobs::enqueue(&mut tx, &looks).await?;
    tx.commit().await
}

pub(super) async fn run(claimed: &Claimed<'_>) -> Result<(), JobError> {
    let desk = claimed.desk;
    let id: ChannelId = claimed.field("channel")?;
    let connection = match desk.connections.get(id).await {
        Ok(connection) if checking::is_looked_at(&connection) => connection,
        Ok(_) | Err(ConnectionError::Gone) => return claimed.finish(desk.db.begin().await?).await,
        Err(error) => return Err(JobError::retry(error)),
    };
    let inbox = desk.inbox();
    let mut outcome = checking::look(&inbox, &connection, claimed.job.attempts).await?;
    if missed::is_heard(&outcome) {
        outcome = Box::pin(missed::read_back(&inbox, &desk.intake, &connection)).await?.and(outcome);
    }
    match outcome {
        Ok(()) | Err(ChannelFailure::Refused { .. } | ChannelFailure::Reconnect { .. }) => {
            let at = desk.clock.now().plus(desk.config.check_every());
            Err(JobError::Later { at, reason: "the next look".to_owned() })
        }
        Err(ChannelFailure::Retry { after, reason, .. }) => Err(JobError::Retry { after, reason }),
        Err(ChannelFailure::Unknown { reason }) => Err(JobError::Retry { after: None, reason }),
    }
}
