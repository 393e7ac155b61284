//! Reads stored raw bytes into conversations, many at a time, in the order they came.
//!
//! These jobs are not claimed: their end and their effect are one transaction, so there is no lease to wait for when a
//! process is killed, and no later mail of a thread can overtake an earlier one.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::idle;
use crate::app::Desk;
use crate::model::job::JobKind;

/// How many raw items one transaction applies.
const BATCH: i64 = 256;
/// How long to wait after trouble.
const PAUSE: Duration = Duration::from_secs(1);

/// The one receiving worker of a process.
pub(super) async fn work(desk: Desk, stop: CancellationToken) {
    while !stop.is_cancelled() {
        match desk.receiver().receive(BATCH).await {
            Ok(0) => idle(&desk, JobKind::Receive, &stop).await,
            Ok(_) => {}
            Err(error) => {
                tracing::error!(%error, "messages could not be received; they are tried again");
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = tokio::time::sleep(PAUSE) => {}
                }
            }
        }
    }
}

/// Everything that is due; gives how much that was.
pub(super) async fn drain(desk: &Desk) -> anyhow::Result<usize> {
    let mut done = 0;
    loop {
        match desk.receiver().receive(BATCH).await? {
            0 => return Ok(done),
            count => done += count,
        }
    }
}
