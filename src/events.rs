//! Timeline events to live subscribers: the table is read once for the whole process, however many look on.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

use crate::model::ConversationId;
use crate::model::event::Event;
use crate::store::wake::Wake;
use crate::store::{self, Db, events};

/// How often the table is read without a hint: another process may have written.
const LOOK: Duration = Duration::from_millis(500);
/// On a shared database transactions commit out of order: so far back is looked for latecomers.
const LOOK_BACK: i64 = 200;
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

/// What happens now. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Events {
    happened: broadcast::Sender<Arc<[Event]>>,
    whispers: broadcast::Sender<Whisper>,
}

impl Default for Events {
    fn default() -> Self {
        Self { happened: broadcast::channel(BEHIND).0, whispers: broadcast::channel(BEHIND).0 }
    }
}

impl Events {
    /// Starts the one task that reads the table, from its end.
    pub fn start(&self, db: Db, wake: Wake, stop: CancellationToken) {
        tokio::spawn(read_on(self.happened.clone(), db, wake, stop));
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

async fn read_on(happened: broadcast::Sender<Arc<[Event]>>, db: Db, wake: Wake, stop: CancellationToken) {
    let mut reader: Option<Reader> = None;
    while !stop.is_cancelled() {
        // Before the reading, so that what commits during it is not slept over.
        let hint = wake.next_event();
        match next(&mut reader, &db).await {
            Ok(fresh) if fresh.is_empty() => {}
            Ok(fresh) => {
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

async fn next(reader: &mut Option<Reader>, db: &Db) -> store::Result<Vec<Event>> {
    match reader {
        Some(reader) => reader.next(db).await,
        None => {
            *reader = Some(Reader::at_end(db).await?);
            Ok(Vec::new())
        }
    }
}

/// A place in the table.
struct Reader {
    cursor: i64,
    back: i64,
    sent: VecDeque<i64>,
}

impl Reader {
    async fn at_end(db: &Db) -> store::Result<Self> {
        let back = if db.is_shared() { LOOK_BACK } else { 0 };
        let cursor = events::last_seq(db).await?;
        let known = if back == 0 { Vec::new() } else { events::list_after(db, cursor - back, PAGE).await? };
        Ok(Self { cursor, back, sent: known.iter().map(|event| event.seq).collect() })
    }

    async fn next(&mut self, db: &Db) -> store::Result<Vec<Event>> {
        let mut fresh = events::list_after(db, self.cursor - self.back, PAGE).await?;
        fresh.retain(|event| !self.sent.contains(&event.seq));
        for event in &fresh {
            self.cursor = self.cursor.max(event.seq);
            if self.back > 0 {
                self.sent.push_back(event.seq);
            }
        }
        while self.sent.len() > 2_000 {
            self.sent.pop_front();
        }
        Ok(fresh)
    }
}
