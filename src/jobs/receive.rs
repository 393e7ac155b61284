//! Reads stored raw bytes into conversations, many at a time, in the order they came.
//!
//! These jobs are not claimed: their end and their effect are one transaction, so there is no lease to wait for when a
//! process is killed, and no later mail of a thread can overtake an earlier one, nor one that waited for its channel.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{LOOK, idle, index_messages};
use crate::app::Desk;
use crate::model::job::JobKind;

/// How many raw items one transaction applies.
const BATCH: i64 = 256;
/// How long to wait after trouble.
const PAUSE: Duration = Duration::from_secs(1);
/// The longest rest while senders wait.
const REST: Duration = Duration::from_millis(250);

/// The one receiving worker of a process.
pub(super) async fn work(desk: Desk, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let (begun, stored) = (desk.clock.now(), desk.intake.stored());
        match desk.receiver().receive(BATCH).await {
            Ok(0) => idle(&desk, JobKind::Receive, LOOK, &stop).await,
            Ok(read) => {
                let worked = desk.clock.now().since(begun);
                tokio::time::sleep(rest(worked, read, desk.intake.stored() - stored)).await;
            }
            Err(error) => {
                tracing::error!(%error, "messages could not be received; they are tried again");
                if error.met_damage()
                    && let Err(unmended) = index_messages::mend(&desk).await
                {
                    tracing::error!(error = %unmended, "the search index could not be put to be made anew yet");
                }
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = tokio::time::sleep(PAUSE) => {}
                }
            }
        }
    }
}

/// While more comes in than is read, reading rests as long as it worked: senders wait for their answer, and SQLite has
/// one writer. What was stored is read once the rush is over, or meanwhile at the pace that is left.
fn rest(worked: Duration, read: usize, stored: usize) -> Duration {
    if stored > read { worked.min(REST) } else { Duration::ZERO }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_rests_only_while_more_comes_in() {
        let worked = Duration::from_millis(40);
        assert_eq!(rest(worked, 256, 256), Duration::ZERO);
        assert_eq!(rest(worked, 256, 257), worked);
        assert_eq!(rest(Duration::from_secs(9), 256, 4_000), REST);
    }
}
