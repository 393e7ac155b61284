//! Lets the agent look at a conversation.
use super::{Claimed, JobError};
pub(super) async fn run(claimed: &Claimed<'_>) -> Result<(), JobError> {
    let tx = claimed.desk.db.begin().await?;
    claimed.finish(tx).await
}
