//! Sends by mail what nobody looked at in the chat.

use super::{Claimed, JobError};
use crate::inbox::InboxError;
use crate::inbox::chat::mail_unseen;
use crate::model::job::JobKind;

pub(super) async fn run(claimed: &Claimed<'_>) -> Result<(), JobError> {
    let tx = mail_unseen(&claimed.desk.inbox(), claimed.field("conversation")?).await.map_err(|error| match error {
        InboxError::Store(error) => error.into(),
        InboxError::NotFound => JobError::GiveUp { reason: "the conversation no longer exists".to_owned() },
        other => JobError::retry(other),
    })?;
    claimed.finish(tx).await?;
    claimed.desk.wake.job(JobKind::Deliver);
    claimed.desk.wake.event();
    Ok(())
}
