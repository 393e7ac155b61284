//! Hints that something is to be done now. A hint may be lost: polling is the truth.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::sync::futures::Notified;
use tokio::time::timeout;

use crate::model::job::JobKind;

/// Wakes workers and live pages of this process. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Wake {
    inner: Arc<Bells>,
}

#[derive(Debug, Default)]
struct Bells {
    jobs: [Notify; JobKind::ALL.len()],
    events: Notify,
}

impl Wake {
    /// Jobs of this kind were put down.
    pub fn job(&self, kind: JobKind) {
        if let Some(bell) = self.bell(kind) {
            bell.notify_one();
        }
    }

    /// Messages were put on their way, in chats or elsewhere.
    pub fn deliveries(&self) {
        self.job(JobKind::Deliver);
        self.job(JobKind::SayInChat);
    }

    /// Something happened that live pages show.
    pub fn event(&self) {
        self.inner.events.notify_waiters();
    }

    /// Waits for a job hint, at most this long.
    pub async fn wait_for_job(&self, kind: JobKind, at_most: Duration) {
        if let Some(bell) = self.bell(kind) {
            // Elapsing is the ordinary case of an idle desk.
            let _ = timeout(at_most, bell.notified()).await;
        }
    }

    /// The next event hint, counted from now: what happens while the caller still reads is not missed.
    pub fn next_event(&self) -> Notified<'_> {
        self.inner.events.notified()
    }

    fn bell(&self, kind: JobKind) -> Option<&Notify> {
        let place = JobKind::ALL.iter().position(|other| *other == kind)?;
        self.inner.jobs.get(place)
    }
}
