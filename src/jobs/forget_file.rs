//! Removes the bytes of a file whose message was erased while they were stored.

use super::{Claimed, JobError};
use crate::inbox::erasure;

pub(super) async fn run(claimed: &Claimed<'_>) -> Result<(), JobError> {
    let desk = claimed.desk;
    if !erasure::forget_file(&desk.inbox(), &claimed.job.text("key")).await? {
        let at = desk.clock.now().plus(erasure::LAIN);
        return Err(JobError::Later { at, reason: "the same bytes were stored a moment ago".to_owned() });
    }
    claimed.finish(desk.db.begin().await?).await
}
