//! Tells a teammate by mail.

use super::{Claimed, JobError};
use crate::inbox::notify::{Mailed, looks_again, mail};

pub(super) async fn run(claimed: &Claimed<'_>) -> Result<(), JobError> {
    let desk = claimed.desk;
    let public_url = desk.config.public_url.trim_end_matches('/');
    match mail(&desk.inbox(), claimed.field("notification")?, public_url).await? {
        Mailed::Done(tx) => claimed.finish(tx).await,
        Mailed::Waits(reason) => Err(JobError::Later { at: looks_again(desk.clock.now()), reason }),
        Mailed::Retry(reason) => Err(JobError::Retry { after: None, reason }),
    }
}
