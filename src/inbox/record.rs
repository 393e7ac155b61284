//! Raw bytes become durable, many requests in one transaction; only then they are acknowledged.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use channel_contract::RawItem;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::task::JoinHandle;

use super::clean;
use crate::clock::Clock;
use crate::metrics::INTAKE_ACCEPTED;
use crate::model::channel::origin_word;
use crate::model::job::JobKind;
use crate::model::{ChannelId, Ts};
use crate::store::raw_events::NewRawEvent;
use crate::store::wake::Wake;
use crate::store::{self, Db, channels, raw_events};

/// How many requests may wait; more are told to come back.
const QUEUE: usize = 4_096;
/// How many KiB may wait; more are told to come back.
const QUEUE_KIB: usize = 128 * 1024;
/// How many requests one transaction takes at most.
const BATCH: usize = 512;
/// How many bytes one transaction takes before it ends its batch.
const BATCH_BYTES: usize = 8 * 1024 * 1024;
/// How long a sender waits for the word that its bytes are stored: those who wait for long give up by themselves.
const PATIENCE: Duration = Duration::from_secs(10);

/// The bytes could not be made durable: the sender must try again.
#[derive(Clone, Debug, thiserror::Error)]
pub enum RecordError {
    /// Too many requests wait already.
    #[error("too many messages arrive at once")]
    Busy,
    /// The database does not take them now.
    #[error("the message could not be stored: {0}")]
    Unavailable(String),
}

/// Where a look at an account stopped.
#[derive(Clone, Debug)]
pub struct Stopped {
    /// From where the next one goes on.
    pub(super) cursor: serde_json::Value,
    /// Since when the account is connected as it was looked at.
    pub(super) connected_at: Option<Ts>,
}

/// The entrance of all raw bytes. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Intake {
    sender: mpsc::Sender<Request>,
    room: Arc<Semaphore>,
    stored: Arc<AtomicUsize>,
}

#[derive(Debug)]
struct Request {
    channel_id: ChannelId,
    items: Vec<RawItem>,
    stopped: Option<Stopped>,
    answer: oneshot::Sender<Result<(), RecordError>>,
    /// Its place in memory, given back with it.
    _room: OwnedSemaphorePermit,
}

impl Request {
    fn bytes(&self) -> usize {
        bytes_of(&self.items)
    }
}

fn bytes_of(items: &[RawItem]) -> usize {
    items.iter().map(|item| item.body.len()).sum()
}

impl Intake {
    /// Starts the one task that writes. It ends when the last `Intake` is dropped.
    pub fn start(db: Db, clock: Clock, wake: Wake) -> (Self, JoinHandle<()>) {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let stored = Arc::<AtomicUsize>::default();
        let writer = Writer { db, clock, wake, stored: stored.clone() };
        let task = tokio::spawn(writer.write_all(receiver));
        (Self { sender, room: Arc::new(Semaphore::new(QUEUE_KIB)), stored }, task)
    }

    /// How many items this process has stored so far.
    pub fn stored(&self) -> usize {
        self.stored.load(Ordering::Relaxed)
    }

    /// Makes items durable; with them, where polling stopped. What is stored already is passed over, and so is what was read
    /// of an account that is connected otherwise by now. Whoever has to come again is told so within ten seconds.
    pub async fn record(
        &self,
        channel_id: ChannelId,
        items: Vec<RawItem>,
        stopped: Option<Stopped>,
    ) -> Result<(), RecordError> {
        let (answer, answered) = oneshot::channel();
        let kib = u32::try_from(bytes_of(&items).div_ceil(1024)).unwrap_or(u32::MAX);
        let room = self.room.clone().try_acquire_many_owned(kib).map_err(|_| RecordError::Busy)?;
        let request = Request { channel_id, items, stopped, answer, _room: room };
        self.sender.try_send(request).map_err(|_| RecordError::Busy)?;
        match tokio::time::timeout(PATIENCE, answered).await {
            Ok(answered) => {
                answered.unwrap_or_else(|_| Err(RecordError::Unavailable("the desk is stopping".to_owned())))
            }
            // It may be stored yet. It comes again, and what is there by then is passed over.
            Err(_) => Err(RecordError::Unavailable("the database does not answer in time".to_owned())),
        }
    }
}

/// The one task that writes.
struct Writer {
    db: Db,
    clock: Clock,
    wake: Wake,
    stored: Arc<AtomicUsize>,
}

impl Writer {
    /// Takes whatever queued during the last commit into one transaction, and answers after it.
    async fn write_all(self, mut receiver: mpsc::Receiver<Request>) {
        let mut waiting = Vec::with_capacity(BATCH);
        while receiver.recv_many(&mut waiting, BATCH).await > 0 {
            while !waiting.is_empty() {
                let batch = take_batch(&mut waiting);
                self.write_batch(batch).await;
                self.wake.job(JobKind::Receive);
            }
        }
    }

    async fn write_batch(&self, batch: Vec<Request>) {
        match self.write(&batch).await {
            Ok(()) => {
                let items = batch.iter().map(|request| request.items.len()).sum();
                INTAKE_ACCEPTED.add("", items);
                self.stored.fetch_add(items, Ordering::Relaxed);
                for request in batch {
                    // A caller that went away needs no answer: its bytes are stored.
                    let _ = request.answer.send(Ok(()));
                }
            }
            // When the database is away it is away for all of them: trying each would make the last wait for every one.
            Err(error) if batch.len() == 1 || matches!(error, store::Error::Unavailable(_)) => {
                tracing::error!(%error, requests = batch.len(), "raw bytes could not be stored");
                for request in batch {
                    let _ = request.answer.send(Err(RecordError::Unavailable(error.to_string())));
                }
            }
            // One request that the database refuses must not fail the others.
            Err(_) => {
                for request in batch {
                    Box::pin(self.write_batch(vec![request])).await;
                }
            }
        }
    }

    async fn write(&self, batch: &[Request]) -> store::Result<()> {
        let now = self.clock.now();
        let mut events = Vec::new();
        let mut tx = self.db.begin().await?;
        for request in batch {
            let id = request.channel_id;
            if let Some(Stopped { cursor, connected_at }) = &request.stopped
                && !channels::set_cursor(&mut tx, id, cursor, *connected_at).await?
            {
                continue;
            }
            events.extend(request.items.iter().map(|item| NewRawEvent {
                id: self.clock.new_id(),
                job_id: self.clock.new_id(),
                channel_id: id,
                external_id: clean(&item.external_id),
                origin: origin_word(item.origin),
                body: Bytes::clone(&item.body),
                received_at: now,
            }));
        }
        if !events.is_empty() {
            raw_events::insert(&mut tx, &events).await?;
        }
        tx.commit().await
    }
}

/// The first requests that fit one transaction, at least one.
fn take_batch(waiting: &mut Vec<Request>) -> Vec<Request> {
    let mut bytes = 0;
    let fitting = waiting
        .iter()
        .take_while(|request| {
            bytes += request.bytes();
            bytes <= BATCH_BYTES
        })
        .count();
    waiting.drain(..fitting.max(1)).collect()
}

#[cfg(test)]
mod tests {
    use channel_contract::inbound::RawOrigin;
    use uuid::Uuid;

    use super::*;

    fn mail(bytes: usize) -> Vec<RawItem> {
        vec![RawItem { external_id: "a".to_owned(), origin: RawOrigin::Webhook, body: Bytes::from(vec![0; bytes]) }]
    }

    #[tokio::test]
    async fn what_waits_is_bounded_by_its_bytes() {
        let (sender, mut receiver) = mpsc::channel(QUEUE);
        let intake = Intake { sender, room: Arc::new(Semaphore::new(QUEUE_KIB)), stored: Arc::default() };
        let id = ChannelId(Uuid::from_u128(1));
        let large = QUEUE_KIB * 1024 - 10_000;
        let waiting = tokio::spawn({
            let intake = intake.clone();
            async move { intake.record(id, mail(large), None).await }
        });
        let request = receiver.recv().await.unwrap();
        assert!(matches!(intake.record(id, mail(20_000), None).await, Err(RecordError::Busy)));
        request.answer.send(Ok(())).unwrap();
        waiting.await.unwrap().unwrap();
        drop(receiver);
        assert!(matches!(intake.record(id, mail(1), None).await, Err(RecordError::Busy)), "nobody takes it");
    }
}
