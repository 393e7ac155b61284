//! Removes what is kept of a customer, some messages at a time: a history may be long.

use std::time::Duration;

use super::{Claimed, JobError};
use crate::inbox::erasure;
use crate::model::ContactId;
use crate::store::{erasures, jobs};

/// Messages of one transaction.
const AT_ONCE: i64 = 100;
/// How long files wait that were stored a moment ago.
const MOMENT: Duration = Duration::from_mins(1);

pub(super) async fn run(claimed: &Claimed<'_>) -> Result<(), JobError> {
    let desk = claimed.desk;
    let inbox = desk.inbox();
    let contact: ContactId = claimed.field("contact")?;
    let mut done = claimed.job.done;
    let total = match claimed.job.total {
        0 => erasures::count(&desk.db, contact).await?,
        known => known,
    };
    loop {
        if desk.stopping() {
            return Err(JobError::Later { at: desk.clock.now(), reason: "the desk restarts".to_owned() });
        }
        let seen = erasures::newest(&desk.db).await?;
        let batch = erasures::next(&desk.db, contact, AT_ONCE).await?;
        if batch.is_empty() {
            let mut tx = desk.db.begin().await?;
            if erasure::end(&inbox, &mut tx, (contact, seen), done).await? {
                claimed.finish(tx).await?;
                desk.wake.event();
                return Ok(());
            }
            continue;
        }
        if !erasure::forget_files(&inbox, &batch).await? {
            let at = desk.clock.now().plus(MOMENT);
            return Err(JobError::Later { at, reason: "a file was stored a moment ago".to_owned() });
        }
        let mut tx = desk.db.begin().await?;
        claimed.hold(&mut tx).await?;
        erasure::erase_messages(&inbox, &mut tx, &batch).await?;
        done += i64::try_from(batch.len()).unwrap_or_default();
        jobs::progress(&mut tx, claimed.job.id, done, total).await?;
        tx.commit().await?;
    }
}
