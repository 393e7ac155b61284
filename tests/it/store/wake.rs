//! Hints that something is to be done now.

use std::time::Duration;

use resolute::model::job::JobKind;
use resolute::store::wake::Wake;
use tokio::time::timeout;

/// Longer than the test may take, so that only a hint ends the wait.
const LONG: Duration = Duration::from_hours(1);
const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test]
async fn a_job_hint_wakes_a_worker_of_its_kind_even_when_it_came_first() {
    let wake = Wake::default();
    for kind in JobKind::ALL {
        wake.clone().job(*kind);
        timeout(PATIENCE, wake.wait_for_job(*kind, LONG)).await.expect("the hint is kept");
    }
    wake.job(JobKind::Deliver);
    wake.wait_for_job(JobKind::Poll, Duration::ZERO).await;
    timeout(PATIENCE, wake.wait_for_job(JobKind::Deliver, LONG)).await.expect("another kind took nothing");
}

#[tokio::test]
async fn an_event_hint_wakes_everybody_who_asked_for_it_also_while_they_still_read() {
    let wake = Wake::default();
    let waiters: Vec<_> = (0..3).map(|_| wake.next_event()).collect();
    wake.event();
    for waiter in waiters {
        timeout(PATIENCE, waiter).await.expect("the hint came after it was asked for");
    }
    assert!(timeout(Duration::ZERO, wake.next_event()).await.is_err(), "what was before wakes nobody");
}
