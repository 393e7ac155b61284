//! Timeline events to live subscribers. For the open chats the table is read once in the whole process, however many there are;
//! each page of the desk reads on by itself, behind its own cursor. Both keep [`Gaps`].

pub mod presence;
pub mod progress;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

use self::presence::Presence;
use self::progress::Progress;
use crate::clock::Clock;
use crate::model::event::Event;
use crate::model::{ConversationId, Ts};
use crate::store::wake::Wake;
use crate::store::{self, Db, events};

/// How often the table is read without a hint: another process may have written.
const LOOK: Duration = Duration::from_millis(500);
/// How long a missing number is waited for: no transaction is longer under way. One that failed leaves a gap for good.
const PATIENCE: Duration = Duration::from_mins(3);
/// Most missing numbers at once; the oldest are given up first.
const MISSING: usize = 4_000;
/// How far behind its end whoever begins to read looks for numbers that are still missing: as many as are waited for.
const LOOK_BACK: i64 = 4_000;
/// Most events in one reading.
const PAGE: i64 = 1_000;
/// How many readings a slow subscriber may lag behind before it must start anew.
const BEHIND: usize = 1_024;

/// Somebody is writing. Never stored: it is old news after some seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whisper {
    /// Where.
    pub conversation: ConversationId,
    /// The number that people use.
    pub number: i64,
    /// Who, on our side; `None` when it is the customer.
    pub teammate: Option<String>,
}

/// Where events are read from.
#[derive(Clone, Debug)]
pub struct Source {
    /// The store.
    pub db: Db,
    /// Hints that something happened.
    pub wake: Wake,
    /// The time.
    pub clock: Clock,
}

/// What happens now. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Events {
    happened: broadcast::Sender<Arc<[Event]>>,
    whispers: broadcast::Sender<Whisper>,
    /// Who looks at what, in this process.
    pub presence: Presence,
    /// What the agent's runs are at, in this process.
    pub progress: Progress,
}

impl Default for Events {
    fn default() -> Self {
        Self {
            happened: broadcast::channel(BEHIND).0,
            whispers: broadcast::channel(BEHIND).0,
            presence: Presence::default(),
            progress: Progress::default(),
        }
    }
}

impl Events {
    /// Starts the one task that reads the table, from its end.
    pub fn start(&self, source: Source, stop: CancellationToken) {
        tokio::spawn(read_on(self.happened.clone(), source, stop));
    }

    /// Everything that happens from now on, a reading at a time.
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<[Event]>> {
        self.happened.subscribe()
    }

    /// Says that somebody is writing.
    pub fn whisper(&self, whisper: Whisper) {
        // Nobody may be listening.
        let _ = self.whispers.send(whisper);
    }

    /// Who is writing from now on.
    pub fn whispers(&self) -> broadcast::Receiver<Whisper> {
        self.whispers.subscribe()
    }
}

async fn read_on(happened: broadcast::Sender<Arc<[Event]>>, source: Source, stop: CancellationToken) {
    let mut gaps: Option<Gaps> = None;
    while !stop.is_cancelled() {
        // Before the reading, so that what commits during it is not slept over.
        let hint = source.wake.next_event();
        match source.next(&mut gaps).await {
            Ok(fresh) if fresh.is_empty() => {}
            Ok(fresh) => {
                // Nobody may be listening.
                let _ = happened.send(fresh.into());
                continue;
            }
            Err(error) => tracing::warn!(%error, "live events cannot be read; they are read again"),
        }
        tokio::select! {
            () = stop.cancelled() => {}
            _ = tokio::time::timeout(LOOK, hint) => {}
        }
    }
}

impl Source {
    /// What was not read yet; the first reading finds the end.
    async fn next(&self, gaps: &mut Option<Gaps>) -> store::Result<Vec<Event>> {
        let Some(gaps) = gaps else {
            let last = events::last_seq(&self.db).await?;
            *gaps = Some(Gaps::before(&self.db, last, self.clock.now()).await?);
            return Ok(Vec::new());
        };
        // Late ones are read first: between the two readings more can only be added.
        let missing = gaps.missing();
        let mut fresh = if missing.is_empty() { Vec::new() } else { events::list_among(&self.db, &missing).await? };
        fresh.extend(events::list_after(&self.db, gaps.cursor(), PAGE).await?);
        let seqs: Vec<i64> = fresh.iter().map(|event| event.seq).collect();
        gaps.note(&seqs, self.clock.now());
        Ok(fresh)
    }
}

/// The newest number that was read, and the numbers below it that were not there yet: transactions of several processes
/// commit in another order than they took their numbers, a large one long after the small ones beside it.
#[derive(Debug)]
pub struct Gaps {
    cursor: i64,
    missing: BTreeMap<i64, Ts>,
}

impl Gaps {
    /// Where whoever begins to read goes on behind `cursor`: what is there up to it they know, and what is missing just below it
    /// may be committed yet.
    pub async fn before(db: &Db, cursor: i64, now: Ts) -> store::Result<Self> {
        let mut gaps = Self::new(cursor.saturating_sub(LOOK_BACK).max(0));
        let there = events::list_seqs(db, (gaps.cursor, cursor)).await?;
        gaps.note(&there, now);
        gaps.cursor = cursor;
        Ok(gaps)
    }

    /// Everything up to `cursor` was read.
    fn new(cursor: i64) -> Self {
        Self { cursor, missing: BTreeMap::new() }
    }

    /// The newest number that was read.
    pub fn cursor(&self) -> i64 {
        self.cursor
    }

    /// Notes the numbers that were read.
    pub fn note(&mut self, read: &[i64], now: Ts) {
        for seq in read {
            self.missing.remove(seq);
            let first = (self.cursor + 1).max(seq.saturating_sub(i64::try_from(MISSING).unwrap_or(i64::MAX)));
            self.missing.extend((first..*seq).map(|missing| (missing, now)));
            self.cursor = self.cursor.max(*seq);
        }
        self.missing.retain(|_, since| now.since(*since) < PATIENCE);
        while self.missing.len() > MISSING {
            self.missing.pop_first();
        }
    }

    /// The numbers that are waited for.
    pub fn missing(&self) -> Vec<i64> {
        self.missing.keys().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn late_numbers_are_waited_for_and_given_up_in_the_end() {
        let now = Ts(1_000_000_000);
        let mut gaps = Gaps::new(10);
        gaps.note(&[11, 14], now);
        assert_eq!((gaps.cursor(), gaps.missing()), (14, vec![12, 13]));
        gaps.note(&[12], now);
        assert_eq!((gaps.cursor(), gaps.missing()), (14, vec![13]));
        gaps.note(&[], now.plus(PATIENCE));
        assert!(gaps.missing().is_empty());
        gaps.note(&[1_000_000], now);
        assert!(gaps.missing().len() <= MISSING);
    }
}
