//! Stored raw bytes become messages in conversations: many at once, each failure kept to itself.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use channel_contract::failure::ParseError;
use channel_contract::inbound::{AccountChange, FileContent, Inbound, InboundEvent, RawItem, RawOrigin};
use futures_util::future::try_join_all;
use serde_json::Value;

use super::account;
use super::connections::{Connection, ConnectionError, Connections};
use super::known::look_up;
use super::notify::{News, tell_at};
use super::place::{self, Batch, Received, Rules, Wanted};
use super::taken_back::{withdraw, withdraw_outrun};
use super::{fates, identity_checks, told};
use crate::clock::Clock;
use crate::metrics::INTAKE_PROCESSED;
use crate::model::answer_times::AnswerTimes;
use crate::model::channel::{ChannelState, RawEvent, origin_of};
use crate::model::event::EventKind;
use crate::model::job::{Job, JobKind};
use crate::model::message::{Automatic, Direction};
use crate::model::window::Spans;
use crate::model::{BrandId, ChannelId, ConversationId, JobId, RawEventId, Ts};
use crate::store::files::{FileError, Files};
use crate::store::intake::{self, NewEvent, Turn};
use crate::store::wake::Wake;
use crate::store::{
    self, Db, Tx, answer_times, channels, conversations, drafts, early_news, jobs, messages, raw_event_subjects,
    raw_events,
};

/// How many raw bytes one batch takes into memory, unless a single message is larger.
const BATCH_BYTES: i64 = 32 * 1024 * 1024;
/// How many files are written to disk at a time.
const FILES_TOGETHER: usize = 8;
/// How long the messages of a channel wait whose settings cannot be used.
const PUT_OFF: Duration = Duration::from_secs(30);
/// How late what was put off may be and still comes in its order.
const LOOKED_BACK: Duration = Duration::from_hours(1);

/// What receiving needs.
#[derive(Clone)]
pub struct Receiver {
    /// The store.
    pub db: Db,
    /// The bytes of attachments.
    pub files: Files,
    /// The adapters.
    pub connections: Connections,
    /// The time.
    pub clock: Clock,
    /// Hints for the agent and live pages.
    pub wake: Wake,
    /// How long the agent waits for a second message.
    pub debounce: Duration,
}

/// A batch that could not be applied now.
#[derive(Debug, thiserror::Error)]
pub enum ReceiveError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The file store failed.
    #[error(transparent)]
    Files(#[from] FileError),
    /// Somebody else has read these by now.
    #[error("the messages were read by another process")]
    TakenElsewhere,
    /// Reading the bytes ended the task that read them.
    #[error("the message could not be read: {0}")]
    Parse(String),
}

impl Receiver {
    /// Reads the oldest waiting raw bytes, at most so many, and applies them in one transaction, the end of their jobs
    /// included; gives how many there were. When that fails, each is tried alone, so that one bad message never stops
    /// the next; one that cannot be applied is set aside. Those of a channel that cannot be used now are put off,
    /// and are the first when it can be used again.
    pub async fn receive(&self, most: i64) -> Result<usize, ReceiveError> {
        let now = self.clock.now();
        if !jobs::is_due(&self.db, JobKind::Receive, now).await? {
            return Ok(0);
        }
        let due = jobs::list_due(&self.db, JobKind::Receive, now, most).await?;
        let sizes = raw_events::sizes(&self.db, &raw_ids(&due)).await?;
        let due = fitting(due, &sizes);
        if due.is_empty() {
            return Ok(0);
        }
        match self.apply(&due).await {
            Ok(()) | Err(ReceiveError::TakenElsewhere) => {}
            Err(error) if error.passes() => return Err(error),
            Err(error) => {
                tracing::warn!(%error, count = due.len(), "a batch of messages is read one by one");
                for job in &due {
                    self.receive_alone(job).await?;
                }
            }
        }
        Ok(due.len())
    }

    async fn receive_alone(&self, job: &Job) -> Result<(), ReceiveError> {
        match self.apply(std::slice::from_ref(job)).await {
            Ok(()) | Err(ReceiveError::TakenElsewhere) => Ok(()),
            Err(error) if error.passes() => Err(error),
            Err(error) => self.set_aside(job, &error.to_string()).await,
        }
    }

    /// The turn is taken only once everything is read: a heavy batch must not hold it, nor a transaction, meanwhile.
    async fn apply(&self, due: &[Job]) -> Result<(), ReceiveError> {
        let raws = raw_events::list_unread(&self.db, &raw_ids(due)).await?;
        let Parsed { received, unreadable, unusable, read_by } = self.parse(raws).await?;
        self.keep_files(&received).await?;
        let (waiting, due): (Vec<&Job>, Vec<&Job>) = due.iter().partition(|job| unusable.concerns(job));
        let own = self.connections.own().await?;
        let latest = latest_by_channel(&received);
        let mut tx = Turn::take(&self.db).await?.begin().await?;
        if self.connections.forget_outdated(&mut tx, &read_by).await? {
            // Its names may count in another place by now, so the next pass reads all of them anew.
            tx.commit().await?;
            return Ok(());
        }
        let usable: Vec<ChannelId> = latest.keys().copied().collect();
        if raw_events::bring_back(&mut tx, &usable, self.clock.now().minus(LOOKED_BACK)).await? {
            // They came before these, so the next pass reads all of them in their order.
            tx.commit().await?;
            return Ok(());
        }
        let known = look_up(&mut tx, &Wanted::of(&received)).await?;
        let rules = Rules { debounce: self.debounce, own_addresses: &own.addresses };
        let mut batch = place::place(&received, known, &self.clock, &rules);
        number(&mut tx, &mut batch).await?;
        Box::pin(identity_checks::take(&self.connections, &self.clock, &mut tx, &mut batch)).await?;
        self.write(&mut tx, &batch).await?;
        let read: Vec<RawEventId> = received.iter().map(|item| item.raw_event_id).collect();
        raw_events::set_processed(&mut tx, &read, self.clock.now()).await?;
        for (id, reason) in &unreadable {
            tracing::warn!(raw_event = %id, %reason, "a message cannot be read and is set aside");
            raw_events::quarantine(&mut tx, *id, reason).await?;
        }
        for (channel, at) in latest {
            channels::note_inbound(&mut tx, channel, at, self.clock.now()).await?;
        }
        finish(&mut tx, &due).await?;
        self.put_off(&mut tx, &waiting, &unusable).await?;
        tx.commit().await?;
        for news in &batch.accounts {
            self.connections.forget(news.channel.id);
            if matches!(news.what, AccountChange::Templates | AccountChange::TemplateLost) {
                self.connections.forget_templates(news.channel.id);
            }
            if news.what == AccountChange::Doubted {
                self.wake.job(JobKind::CheckChannel);
            }
        }
        INTAKE_PROCESSED.add("read", read.len());
        INTAKE_PROCESSED.add("set_aside", unreadable.len());
        if !batch.jobs.is_empty() {
            self.wake.job(JobKind::AgentRun);
        }
        if !batch.changed_orders.is_empty() || !batch.told.is_empty() {
            self.wake.job(JobKind::ReadOrder);
        }
        if !batch.erasures.is_empty() {
            self.wake.job(JobKind::EraseContact);
        }
        if !batch.statuses.is_empty() {
            self.wake.deliveries();
        }
        self.wake.event();
        Ok(())
    }

    /// Parses away from the async threads: a mail can be large.
    async fn parse(&self, raws: Vec<RawEvent>) -> Result<Parsed, ReceiveError> {
        let mut work = Vec::with_capacity(raws.len());
        let mut parsed = Parsed::default();
        let own = self.connections.own().await?;
        let mut times: HashMap<BrandId, Arc<AnswerTimes>> =
            answer_times::all(&self.db).await?.into_iter().map(|(brand, times)| (brand, Arc::new(times))).collect();
        for raw in raws {
            // What comes behind one that waits waits too, even when the channel can be used by now.
            if parsed.unusable.channels.contains_key(&raw.channel_id) {
                parsed.unusable.raws.insert(raw.id);
                continue;
            }
            match self.connections.get(raw.channel_id).await {
                Ok(connected) => work.push((raw, connected)),
                Err(error @ ConnectionError::Gone) => parsed.unreadable.push((raw.id, error.to_string())),
                // The database is away for all of them.
                Err(ConnectionError::Store(error @ store::Error::Unavailable(_))) => return Err(error.into()),
                // The message is not to blame: it waits until the channel can be used again.
                Err(error) => {
                    parsed.unusable.raws.insert(raw.id);
                    parsed.unusable.channels.insert(raw.channel_id, error.to_string());
                }
            }
        }
        let read = tokio::task::spawn_blocking(move || work.into_iter().map(read_one).collect::<Vec<_>>());
        for (came, connected, events) in read.await.map_err(|error| ReceiveError::Parse(error.to_string()))? {
            if !parsed.read_by.iter().any(|known| Arc::ptr_eq(known, &connected)) {
                parsed.read_by.push(connected.clone());
            }
            match events {
                Ok(mut events) => {
                    for inbound in &mut events {
                        own.pass_over(inbound);
                    }
                    let (spans, spans_in) = spans_of(&connected, &events);
                    parsed.received.push(Received {
                        raw_event_id: came.id,
                        channel: connected.channel.clone(),
                        brand: connected.brand.clone(),
                        times: times.entry(connected.brand.id).or_default().clone(),
                        spans,
                        spans_in,
                        scope: connected.adapter.name_scope(),
                        tells_names: connected.adapter.tells_names(),
                        received_at: came.received_at,
                        is_reread: came.is_reread,
                        is_read_back: came.is_read_back,
                        events,
                    });
                }
                Err(error) => parsed.unreadable.push((came.id, error.0)),
            }
        }
        Ok(parsed)
    }

    /// Files are stored before the rows that name them, under the hash of their content: doing it twice does no harm.
    async fn keep_files(&self, received: &[Received]) -> Result<(), FileError> {
        let mut files: Vec<&Bytes> = Vec::new();
        for inbound in received.iter().flat_map(|item| &item.events) {
            if let InboundEvent::Message(message) = &inbound.event {
                files.extend(message.attachments.iter().filter_map(|file| match &file.content {
                    FileContent::Here(content) => Some(content),
                    FileContent::Elsewhere(_) => None,
                }));
            }
        }
        // The disk takes several together in hardly more time than one.
        for together in files.chunks(FILES_TOGETHER) {
            try_join_all(together.iter().map(|file| self.keep_file(file))).await?;
        }
        Ok(())
    }

    async fn keep_file(&self, content: &Bytes) -> Result<(), FileError> {
        self.files.put(&Files::key_of(content), content.clone()).await
    }

    async fn write(&self, tx: &mut Tx, batch: &Batch) -> store::Result<()> {
        intake::insert_contacts(tx, &batch.contacts).await?;
        intake::insert_identities(tx, &batch.names).await?;
        intake::prove_identities(tx, &batch.proved).await?;
        intake::upsert_conversations(tx, &batch.conversations).await?;
        intake::set_titles(tx, &batch.titles).await?;
        intake::insert_messages(tx, &batch.messages).await?;
        intake::insert_keys(tx, &batch.keys).await?;
        early_news::insert(tx, &batch.early).await?;
        raw_event_subjects::insert(tx, &batch.subjects).await?;
        raw_events::empty(tx, &batch.emptied).await?;
        intake::insert_attachments(tx, &batch.attachments).await?;
        intake::set_changed(tx, &batch.changed).await?;
        intake::insert_events(tx, &batch.events).await?;
        let written = written_of(batch);
        let places: Vec<ConversationId> = written.iter().filter_map(|event| event.conversation_id).collect();
        let owners = conversations::owners(tx, &places).await?;
        let news: Vec<News<'_>> = written.into_iter().filter_map(|event| News::received(event, &owners)).collect();
        tell_at(&self.clock, tx, &news).await?;
        jobs::enqueue(tx, &batch.jobs).await?;
        // Whoever asks is not told before they ask.
        jobs::hurry(tx, JobKind::TellMatter, &writers_of(batch), self.clock.now()).await?;
        for conversation in &batch.answered_elsewhere {
            let mut row = conversations::lock(tx, *conversation).await?;
            drafts::supersede(tx, *conversation).await?;
            withdraw(&self.clock, tx, &row, "a teammate elsewhere").await?;
            row.needs_approval = false;
            row.proposal = None;
            conversations::update(tx, &row).await?;
        }
        for (of, reason) in [
            (&batch.written_again, "Not sent: somebody wrote again before it left."),
            (&batch.reworded, "Not sent: what it answers was changed before it left."),
            (&batch.taken_back, "Not sent: what it answers was taken back before it left."),
        ] {
            for conversation in messages::list_with_agents_reply(tx, of).await? {
                let mut row = conversations::lock(tx, conversation).await?;
                withdraw_outrun(&self.clock, tx, &mut row, reason).await?;
            }
        }
        for conversation in &batch.taken_back {
            // A draft may repeat what nobody is to read any more.
            drafts::supersede(tx, *conversation).await?;
            let mut row = conversations::lock(tx, *conversation).await?;
            row.needs_approval = false;
            row.proposal = None;
            row.proposal_tone = String::new();
            conversations::update(tx, &row).await?;
        }
        Box::pin(fates::apply(tx, &self.clock, &batch.statuses, &batch.reached)).await?;
        account::apply(&self.clock, tx, &batch.accounts).await?;
        told::write(&self.clock, tx, batch).await
    }

    async fn set_aside(&self, job: &Job, reason: &str) -> Result<(), ReceiveError> {
        tracing::error!(%reason, "a message is set aside");
        let mut tx = self.db.begin().await?;
        if let Some(id) = job.field::<RawEventId>("raw_event") {
            raw_events::quarantine(&mut tx, id, reason).await?;
        }
        finish(&mut tx, &[job]).await?;
        tx.commit().await?;
        INTAKE_PROCESSED.add("set_aside", 1);
        Ok(())
    }

    /// Lets messages wait whose channel cannot be used, and says so where people see it.
    async fn put_off(&self, tx: &mut Tx, waiting: &[&Job], unusable: &Unusable) -> store::Result<()> {
        for (channel, reason) in &unusable.channels {
            tracing::error!(%channel, %reason, "messages wait until their channel can be used");
            let state = ChannelState::NeedsAttention;
            if channels::set_state(tx, *channel, state, reason).await? {
                let row = channels::lock(tx, *channel).await?;
                account::note_state(&self.clock, tx, &row, (state, "system")).await?;
            }
        }
        if waiting.is_empty() {
            return Ok(());
        }
        let ids: Vec<JobId> = waiting.iter().map(|job| job.id).collect();
        jobs::put_off_unclaimed(tx, &ids, self.clock.now().plus(PUT_OFF), "its channel cannot be used").await
    }
}

/// The arrivals of what people wrote, each by its message: of what machines send nobody is told.
fn written_of(batch: &Batch) -> Vec<&NewEvent> {
    let by_people = batch.messages.iter().filter(|message| message.automatic == Automatic::No);
    let by_people: HashSet<String> = by_people.map(|message| message.id.to_string()).collect();
    let is_written = |event: &&NewEvent| {
        let message = event.data.get("message").and_then(Value::as_str);
        event.kind == EventKind::MessageReceived && message.is_some_and(|id| by_people.contains(id))
    };
    batch.events.iter().filter(is_written).collect()
}

/// The customers who wrote.
fn writers_of(batch: &Batch) -> Vec<String> {
    let heard = batch.messages.iter().filter(|message| message.direction == Direction::Inbound);
    let writers: HashSet<String> = heard.filter_map(|message| message.contact_id).map(|id| id.to_string()).collect();
    writers.into_iter().collect()
}

fn raw_ids(due: &[Job]) -> Vec<RawEventId> {
    due.iter().filter_map(|job| job.field("raw_event")).collect()
}

/// The first jobs whose raw bytes fit one batch, at least one.
fn fitting(mut due: Vec<Job>, sizes: &HashMap<RawEventId, i64>) -> Vec<Job> {
    let mut bytes = 0;
    let size_of = |job: &Job| job.field("raw_event").and_then(|id: RawEventId| sizes.get(&id).copied()).unwrap_or(0);
    let count = due
        .iter()
        .take_while(|job| {
            bytes += size_of(job);
            bytes <= BATCH_BYTES
        })
        .count();
    due.truncate(count.max(1));
    due
}

/// Which bytes were read.
struct Came {
    id: RawEventId,
    received_at: Ts,
    /// Whether they were read before.
    is_reread: bool,
    /// Whether they were read back from what the platform shows afterwards.
    is_read_back: bool,
}

type ReadOne = (Came, Arc<Connection>, Result<Vec<Inbound>, ParseError>);

fn read_one((raw, connected): (RawEvent, Arc<Connection>)) -> ReadOne {
    let origin = origin_of(&raw.origin);
    let came = Came {
        id: raw.id,
        received_at: raw.received_at,
        is_reread: raw.is_reread,
        is_read_back: origin == RawOrigin::History,
    };
    let item = RawItem { external_id: raw.external_id, origin, body: raw.body.into() };
    let events = connected.adapter.parse(&item);
    (came, connected, events)
}

/// How long writers can be answered, and in which threads of those that are named that differs.
fn spans_of(connected: &Connection, events: &[Inbound]) -> (Spans, HashMap<String, Spans>) {
    let adapter = &connected.adapter;
    let wanted = adapter.answer_within();
    let usual = Spans::of(&adapter.capabilities(), wanted);
    let own = |inbound: &Inbound| {
        let InboundEvent::Message(message) = &inbound.event else { return None };
        let thread = message.thread.thread_id.as_deref()?;
        let spans = Spans::of(&adapter.capabilities_in(Some(thread)), wanted);
        (spans != usual).then(|| (thread.to_owned(), spans))
    };
    (usual, events.iter().filter_map(own).collect())
}

async fn finish(tx: &mut Tx, due: &[&Job]) -> Result<(), ReceiveError> {
    let ids: Vec<JobId> = due.iter().map(|job| job.id).collect();
    if jobs::finish_unclaimed(tx, &ids).await? { Ok(()) } else { Err(ReceiveError::TakenElsewhere) }
}

impl ReceiveError {
    /// Whether the same messages may well be received later: none of them is to blame.
    fn passes(&self) -> bool {
        matches!(self, Self::Store(store::Error::Unavailable(_)) | Self::Files(_)) || self.met_damage()
    }

    /// Whether the search index has to be made anew before anything can be received.
    pub fn met_damage(&self) -> bool {
        matches!(self, Self::Store(store::Error::DamagedIndex(_)))
    }
}

/// A batch of raw bytes after reading.
#[derive(Default)]
struct Parsed {
    received: Vec<Received>,
    unreadable: Vec<(RawEventId, String)>,
    unusable: Unusable,
    read_by: Vec<Arc<Connection>>,
}

/// What waits for its channel.
#[derive(Default)]
struct Unusable {
    raws: HashSet<RawEventId>,
    channels: HashMap<ChannelId, String>,
}

impl Unusable {
    fn concerns(&self, job: &Job) -> bool {
        job.field("raw_event").is_some_and(|id: RawEventId| self.raws.contains(&id))
    }
}

/// Gives new conversations their numbers.
async fn number(tx: &mut Tx, batch: &mut Batch) -> store::Result<()> {
    let count = batch.conversations.iter().filter(|row| row.number == 0).count();
    let Ok(count @ 1..) = i64::try_from(count) else { return Ok(()) };
    let first = intake::reserve_numbers(tx, count).await?;
    for (row, number) in batch.conversations.iter_mut().filter(|row| row.number == 0).zip(first..) {
        row.number = number;
    }
    Ok(())
}

fn latest_by_channel(received: &[Received]) -> HashMap<ChannelId, Ts> {
    let mut latest = HashMap::new();
    for item in received {
        let at: &mut Ts = latest.entry(item.channel.id).or_insert(item.received_at);
        *at = (*at).max(item.received_at);
    }
    latest
}
