//! Reads stored raw bytes into conversations, many at a time.

use tokio_util::sync::CancellationToken;

use super::{Claimed, JobError, idle, new_lease};
use crate::app::Desk;
use crate::inbox::receive::ReceiveError;
use crate::model::job::{Job, JobKind};
use crate::store::jobs::{self, Lease};

/// How many raw items one transaction applies.
const BATCH: i64 = 256;

/// The one receiving worker of a process.
pub(super) async fn work(desk: Desk, stop: CancellationToken) {
    while !stop.is_cancelled() {
        match take(&desk).await {
            Ok((claimed, lease)) if !claimed.is_empty() => {
                if let Err(error) = desk.receiver().receive(&claimed, lease.id).await {
                    tracing::error!(%error, "messages could not be received; they are tried again");
                    put_back(&desk, &claimed, lease, &error).await;
                    idle(&desk, JobKind::Receive, &stop).await;
                }
            }
            Ok(_) => idle(&desk, JobKind::Receive, &stop).await,
            Err(error) => {
                tracing::error!(%error, "messages cannot be claimed");
                idle(&desk, JobKind::Receive, &stop).await;
            }
        }
    }
}

async fn take(desk: &Desk) -> crate::store::Result<(Vec<Job>, Lease)> {
    let now = desk.clock.now();
    let lease = new_lease(desk);
    if !jobs::is_due(&desk.db, JobKind::Receive, now).await? {
        return Ok((Vec::new(), lease));
    }
    let mut tx = desk.db.begin().await?;
    let claimed = jobs::claim(&mut tx, JobKind::Receive, lease, now, BATCH).await?;
    tx.commit().await?;
    Ok((claimed, lease))
}

async fn put_back(desk: &Desk, claimed: &[Job], lease: Lease, error: &ReceiveError) {
    for job in claimed {
        let claimed = Claimed { desk, job, lease };
        if let Err(store) = super::put_back(&claimed, &JobError::retry(error)).await {
            tracing::error!(%store, job = %job.id, "a failed job could not be put back");
        }
    }
}

/// One item alone: what `drain` does.
pub(super) async fn run(claimed: &Claimed<'_>) -> Result<(), JobError> {
    let jobs = std::slice::from_ref(claimed.job);
    claimed.desk.receiver().receive(jobs, claimed.lease.id).await.map_err(JobError::retry)
}
