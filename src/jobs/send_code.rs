//! Sends a code to the address of an order.

use super::{Claimed, JobError};
use crate::inbox::identity_checks;
use crate::inbox::notify::{Mailed, looks_again};
use crate::store;

pub(super) async fn run(claimed: &Claimed<'_>) -> Result<(), JobError> {
    let desk = claimed.desk;
    match Box::pin(identity_checks::send(&desk.inbox(), claimed.field("check")?)).await? {
        Mailed::Done(tx) => {
            claimed.finish(tx).await?;
            desk.wake.event();
            Ok(())
        }
        Mailed::Waits(reason) => Err(JobError::Later { at: looks_again(desk.clock.now()), reason }),
        Mailed::Retry(reason) => Err(JobError::Retry { after: None, reason }),
    }
}

/// Teammates see in the conversation that the customer waits for a code that does not come.
pub(super) async fn give_up(claimed: &Claimed<'_>, reason: &str) -> Result<(), JobError> {
    let desk = claimed.desk;
    let check = store::identity_checks::find(&desk.db, claimed.field("check")?).await?;
    let tx = match check {
        Some(check) => identity_checks::give_up(&desk.inbox(), &check, reason).await?,
        None => desk.db.begin().await?,
    };
    claimed.finish(tx).await
}
