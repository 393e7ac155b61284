//! Removes what is kept of a customer, some messages at a time: a history may be long.

use serde_json::json;

use super::{Claimed, JobError};
use crate::inbox::erasure::{self, TIME_IS_OVER};
use crate::model::{ContactId, TeammateId, Ts};
use crate::store::{contacts, erasures, intake, jobs, teammates};

/// Messages of one transaction.
const AT_ONCE: i64 = 100;

pub(super) async fn run(claimed: &Claimed<'_>) -> Result<(), JobError> {
    let desk = claimed.desk;
    let inbox = desk.inbox();
    let contact: ContactId = claimed.field("contact")?;
    let actor = asked_by(claimed).await?;
    let quiet_since = claimed.job.field(erasure::QUIET_SINCE).map(Ts);
    let is_begun = claimed.job.total > 0;
    if let Some(since) = quiet_since
        && !is_begun
        && !contacts::is_quiet_since(&desk.db, contact, since).await?
    {
        return claimed.finish(desk.db.begin().await?).await;
    }
    let said = if quiet_since.is_some() { json!({ TIME_IS_OVER: true }) } else { json!({}) };
    let mut done = claimed.job.done;
    let total = if is_begun { claimed.job.total } else { begin(claimed, contact).await? };
    loop {
        if desk.stopping() {
            return Err(JobError::Later { at: desk.clock.now(), reason: "the desk restarts".to_owned() });
        }
        let seen = erasures::newest(&desk.db).await?;
        let batch = erasures::next(&desk.db, contact, AT_ONCE).await?;
        if batch.is_empty() {
            let mut tx = desk.db.begin().await?;
            if erasure::end(&inbox, &mut tx, (contact, seen), (done, &actor, &said)).await? {
                claimed.finish(tx).await?;
                desk.wake.event();
                return Ok(());
            }
            continue;
        }
        let Some(files) = erasure::forget_files(&inbox, &batch).await? else {
            let at = desk.clock.now().plus(erasure::LAIN);
            return Err(JobError::Later { at, reason: "a file was stored a moment ago".to_owned() });
        };
        let mut tx = desk.db.begin().await?;
        intake::lock(&mut tx).await?;
        claimed.hold(&mut tx).await?;
        erasure::erase_messages(&inbox, &mut tx, &batch, &files).await?;
        done += i64::try_from(batch.len()).unwrap_or_default();
        jobs::progress(&mut tx, claimed.job.id, done, total).await?;
        erasure::tell(&inbox, &mut tx, contact).await?;
        tx.commit().await?;
        desk.wake.event();
    }
}

/// The names go first: what the customer writes from now on is somebody new's, and nothing of it is erased. Gives how many
/// messages are to go.
async fn begin(claimed: &Claimed<'_>, contact: ContactId) -> Result<i64, JobError> {
    let desk = claimed.desk;
    let total = erasures::count(&desk.db, contact).await?;
    let mut tx = desk.db.begin().await?;
    intake::lock(&mut tx).await?;
    claimed.hold(&mut tx).await?;
    erasures::forget_names(&mut tx, contact, desk.clock.now()).await?;
    jobs::progress(&mut tx, claimed.job.id, 0, total).await?;
    tx.commit().await?;
    Ok(total)
}

/// The name of the teammate who asked for it; `system` where a platform did.
async fn asked_by(claimed: &Claimed<'_>) -> Result<String, JobError> {
    let asked: Option<TeammateId> = claimed.job.field("by");
    let person = match asked {
        Some(id) => teammates::find(&claimed.desk.db, id).await?,
        None => None,
    };
    Ok(person.map_or_else(|| "system".to_owned(), |person| person.name))
}
