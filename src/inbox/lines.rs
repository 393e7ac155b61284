//! How many messages of one channel are handed over at the same time: a server that is slow or silent keeps the workers from no
//! other channel. Counted in each process by itself.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::clock::Clock;
use crate::model::{ChannelId, Ts};

/// So many messages of a channel are under way at most.
const ABREAST: usize = 4;
/// So long a message waits in its worker for a place: where the server is quick, one comes free.
const MOMENT: Duration = Duration::from_secs(1);
/// A channel on which none came free is slow for so long: whoever finds no place there keeps no worker.
const SLOW: Duration = Duration::from_secs(30);
/// Whoever was sent away looks again after so much time at the earliest.
const SOON: Duration = Duration::from_millis(500);
/// How far apart those look again who were sent away: many that come at once would be claimed in vain.
const APART: Duration = Duration::from_millis(100);

#[derive(Debug)]
struct Line {
    places: Arc<Semaphore>,
    slow_until: Ts,
    /// When the last one looks again who was sent away.
    last: Ts,
}

impl Default for Line {
    fn default() -> Self {
        Self { places: Arc::new(Semaphore::new(ABREAST)), slow_until: Ts(0), last: Ts(0) }
    }
}

/// A place among those of a channel that are under way; free again when this is dropped.
#[derive(Debug)]
pub struct Place {
    _permit: OwnedSemaphorePermit,
}

/// What is under way on each channel. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    lines: Arc<Mutex<HashMap<ChannelId, Line>>>,
}

impl Lines {
    /// A place on a channel, or when to look for one again.
    pub async fn place(&self, id: ChannelId, clock: &Clock) -> Result<Place, Ts> {
        let (places, is_slow) = self.stand(id, clock.now());
        let permit = match places.clone().try_acquire_owned() {
            Ok(permit) => Some(permit),
            Err(_) if is_slow => None,
            Err(_) => timeout(MOMENT, places.acquire_owned()).await.ok().and_then(Result::ok),
        };
        permit.map(|permit| Place { _permit: permit }).ok_or_else(|| self.send_away(id, clock.now()))
    }

    /// The places of a channel, and whether it is slow.
    fn stand(&self, id: ChannelId, now: Ts) -> (Arc<Semaphore>, bool) {
        let mut lines = self.lines();
        let line = lines.entry(id).or_default();
        (line.places.clone(), line.slow_until > now)
    }

    /// No place came free on a channel; gives when to look again.
    fn send_away(&self, id: ChannelId, now: Ts) -> Ts {
        let mut lines = self.lines();
        let line = lines.entry(id).or_default();
        line.slow_until = now.plus(SLOW);
        line.last = line.last.plus(APART).max(now.plus(SOON));
        line.last
    }

    fn lines(&self) -> MutexGuard<'_, HashMap<ChannelId, Line>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use uuid::Uuid;

    use super::*;

    const NOW: Ts = Ts(1_000_000_000);

    fn channel(number: u128) -> ChannelId {
        ChannelId(Uuid::from_u128(number))
    }

    async fn full(lines: &Lines, clock: &Clock) -> Vec<Place> {
        let mut taken = Vec::new();
        for _ in 0..ABREAST {
            taken.push(lines.place(channel(1), clock).await.expect("a place"));
        }
        taken
    }

    #[tokio::test]
    async fn a_channel_that_is_slow_keeps_no_worker_and_only_its_own_messages_waiting() {
        let (lines, clock) = (Lines::default(), Clock::fixed(NOW));
        let mut taken = full(&lines, &clock).await;
        assert_eq!(lines.place(channel(1), &clock).await.err(), Some(NOW.plus(SOON)));
        let began = Instant::now();
        for later in 1..20 {
            let at = NOW.plus(SOON).plus(APART * later);
            assert_eq!(lines.place(channel(1), &clock).await.err(), Some(at), "they come one after the other");
        }
        let other = lines.place(channel(2), &clock).await;
        assert!(other.is_ok() && began.elapsed() < MOMENT, "nobody waited in a worker");

        taken.pop();
        assert!(lines.place(channel(1), &clock).await.is_ok(), "whoever looks again has the free place");
    }

    #[tokio::test]
    async fn where_a_place_comes_free_at_once_nobody_is_sent_away() {
        let (lines, clock) = (Lines::default(), Clock::fixed(NOW));
        let taken = full(&lines, &clock).await;
        let free = async {
            tokio::task::yield_now().await;
            drop(taken);
        };
        let (place, ()) = tokio::join!(lines.place(channel(1), &clock), free);
        assert!(place.is_ok());
    }

    #[tokio::test]
    async fn a_channel_is_slow_for_some_time_only() {
        let (lines, clock) = (Lines::default(), Clock::fixed(NOW));
        let taken = full(&lines, &clock).await;
        assert!(lines.place(channel(1), &clock).await.is_err());
        assert!(lines.stand(channel(1), NOW).1);
        assert!(!lines.stand(channel(1), NOW.plus(SLOW)).1);
        drop(taken);
    }
}
