//! Tells a customer when people are back.

use super::{Claimed, JobError};
use crate::inbox::InboxError;
use crate::inbox::away::tell;
use crate::model::job::JobKind;

pub(super) async fn run(claimed: &Claimed<'_>) -> Result<(), JobError> {
    let tx = tell(&claimed.desk.inbox(), claimed.field("conversation")?).await.map_err(|error| match error {
        InboxError::Store(error) => error.into(),
        InboxError::NotFound => JobError::GiveUp { reason: "the conversation no longer exists".to_owned() },
        other => JobError::retry(other),
    })?;
    claimed.finish(tx).await?;
    claimed.desk.wake.job(JobKind::Deliver);
    claimed.desk.wake.event();
    Ok(())
}
