//! Durable work: claim, run, retry with backoff, give up loudly. One short file a kind of job.

pub(crate) mod agent_run;
mod away_reply;
mod check_channel;
pub mod check_resolutions;
mod check_shop;
mod deliver;
mod erase_contact;
mod fetch_file;
mod forget_file;
pub mod import_pages;
pub mod index_messages;
pub mod kept_runs;
mod mail_unseen;
mod notify_by_mail;
mod perform_action;
pub mod poll;
mod purse;
mod read_name;
pub mod read_order;
pub mod read_parcels;
mod receive;
mod replay;
mod send_code;
mod tell_matter;
pub mod upkeep;

use std::time::Duration;

use futures_util::FutureExt as _;
use rand::Rng as _;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::agent;
use crate::app::Desk;
use crate::documents::DocumentsError;
use crate::inbox::InboxError;
use crate::model::Ts;
use crate::model::brand::AgentLevel;
use crate::model::job::{Job, JobKind};
use crate::store::jobs::{self, Lease};
use crate::store::{self, Tx, brands};

/// How long a holder may keep a job without a sign of life: so long its work rests when its process is killed.
const LEASE: Duration = Duration::from_secs(15);
/// How often a holder gives a sign of life.
const BEAT: Duration = Duration::from_secs(4);
/// How often idle workers look without a hint.
const LOOK: Duration = Duration::from_millis(500);
/// Who waits for a turn comes back after so much time at least, however soon it is.
const SOONEST: Duration = Duration::from_secs(5);
/// After so many attempts a job is given up: a customer waits for the agent some minutes, a mail server that is away or
/// asks to wait has two days, and so has a disk without room for the search index.
fn most_attempts(kind: JobKind) -> i64 {
    match kind {
        JobKind::AgentRun | JobKind::ReadName => 4,
        JobKind::Deliver
        | JobKind::SayInChat
        | JobKind::IndexMessages
        | JobKind::FetchFile
        | JobKind::EraseContact
        | JobKind::ForgetFile
        | JobKind::NotifyByMail => 52,
        JobKind::Receive
        | JobKind::PerformAction
        | JobKind::Poll
        | JobKind::CheckChannel
        | JobKind::CheckShop
        | JobKind::CheckResolutions
        | JobKind::MailUnseen
        | JobKind::ReadOrder
        | JobKind::ReadParcels
        | JobKind::SendCode
        | JobKind::TellMatter
        | JobKind::ImportPages
        | JobKind::AwayReply
        | JobKind::Replay => 10,
    }
}

/// Why a job did not end well, typed by what to do next.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// Something went wrong that may pass; counts as an attempt.
    #[error("{reason}")]
    Retry {
        /// How long the other side asked to wait.
        after: Option<Duration>,
        /// What happened.
        reason: String,
    },
    /// Nothing is wrong, but its time has not come.
    #[error("waits until {at}: {reason}")]
    Later {
        /// When to look again.
        at: Ts,
        /// What it waits for.
        reason: String,
    },
    /// What it asks takes one at a time: this attempt does not count, and what went wrong before does.
    #[error("has its turn at {at}: {reason}")]
    Turn {
        /// When its turn is.
        at: Ts,
        /// What it waits for.
        reason: String,
    },
    /// Others go first that keep its channel busy: this attempt does not count, and what went wrong before does.
    #[error("looks again at {at}: {reason}")]
    Behind {
        /// When to look again.
        at: Ts,
        /// What it waits for.
        reason: String,
    },
    /// Trying again cannot help: a person must look.
    #[error("{reason}")]
    GiveUp {
        /// What happened.
        reason: String,
    },
}

impl JobError {
    /// Something that may pass.
    pub(crate) fn retry(error: impl std::fmt::Display) -> Self {
        Self::Retry { after: None, reason: error.to_string() }
    }
}

impl From<DocumentsError> for JobError {
    fn from(error: DocumentsError) -> Self {
        match error {
            DocumentsError::Store(error) => error.into(),
            other => Self::GiveUp { reason: other.to_string() },
        }
    }
}

impl From<store::Error> for JobError {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::NotFound => Self::GiveUp { reason: "what this work is about no longer exists".to_owned() },
            other => Self::retry(other),
        }
    }
}

/// A claimed job in the hands of its worker.
pub(crate) struct Claimed<'a> {
    pub(crate) desk: &'a Desk,
    pub(crate) job: &'a Job,
    pub(crate) lease: Lease,
}

impl Claimed<'_> {
    /// An id of the payload.
    fn field<T: std::str::FromStr>(&self, key: &str) -> Result<T, JobError> {
        self.job.field(key).ok_or_else(|| JobError::GiveUp { reason: format!("the work does not say its {key}") })
    }

    /// Ends the job within the transaction of its effect, and makes both durable.
    async fn finish(&self, mut tx: Tx) -> Result<(), JobError> {
        self.finish_in(&mut tx).await?;
        Ok(tx.commit().await?)
    }

    /// Ends the job within a transaction that the caller commits.
    async fn finish_in(&self, tx: &mut Tx) -> Result<(), JobError> {
        if jobs::finish(tx, &[self.job.id], self.lease.id).await? {
            Ok(())
        } else {
            Err(JobError::retry("another worker took this over"))
        }
    }

    /// Keeps the job for a transaction in which long work goes on; fails where another worker has it by now.
    async fn hold(&self, tx: &mut Tx) -> Result<(), JobError> {
        let lease = Lease { id: self.lease.id, until: self.desk.clock.now().plus(LEASE) };
        if jobs::extend(tx, lease).await? > 0 { Ok(()) } else { Err(JobError::retry("another worker took this over")) }
    }

    /// Ends the job with what was written to the customer of a conversation, which leaves at once.
    async fn finish_and_deliver(&self, written: Result<Tx, InboxError>) -> Result<(), JobError> {
        let tx = written.map_err(|error| match error {
            InboxError::Store(error) => error.into(),
            InboxError::NotFound => JobError::GiveUp { reason: "the conversation no longer exists".to_owned() },
            other => JobError::retry(other),
        })?;
        self.finish(tx).await?;
        self.desk.wake.deliveries();
        self.desk.wake.event();
        Ok(())
    }

    /// When it was taken: the same work that is put down after this is newer.
    fn taken_at(&self) -> Ts {
        self.lease.until.minus(LEASE)
    }
}

/// Starts the workers; they end, each after the job in hand, when `stop` is cancelled.
pub async fn start(desk: &Desk, stop: &CancellationToken) -> store::Result<Vec<JoinHandle<()>>> {
    poll::begin(desk).await?;
    index_messages::look(desk).await;
    // Nobody waits for it: a first run that comes before its end makes the same ready. Where the agent is off, it takes no memory.
    if brands::list(&desk.db).await?.iter().any(|brand| brand.agent_level != AgentLevel::Off) {
        drop(tokio::task::spawn_blocking(agent::warm_up));
    }
    let mut tasks = vec![
        tokio::spawn(receive::work(desk.clone(), stop.clone())),
        tokio::spawn(upkeep::work(desk.clone(), stop.clone())),
    ];
    for (kind, workers) in [
        (JobKind::AgentRun, 2),
        (JobKind::Deliver, 16),
        (JobKind::SayInChat, 8),
        (JobKind::PerformAction, 16),
        (JobKind::MailUnseen, 1),
        (JobKind::ReadOrder, 2),
        (JobKind::ReadParcels, 1),
        (JobKind::TellMatter, 1),
        (JobKind::FetchFile, 2),
        (JobKind::ReadName, 1),
        (JobKind::AwayReply, 1),
        (JobKind::NotifyByMail, 1),
        (JobKind::SendCode, 1),
        (JobKind::IndexMessages, 1),
        (JobKind::Replay, 1),
        (JobKind::EraseContact, 1),
        (JobKind::ForgetFile, 1),
        (JobKind::ImportPages, 1),
        (JobKind::CheckChannel, 2),
        (JobKind::CheckShop, 1),
        (JobKind::CheckResolutions, 1),
        (JobKind::Poll, poll::WORKERS),
    ] {
        for _ in 0..workers {
            tasks.push(tokio::spawn(work(desk.clone(), kind, stop.clone())));
        }
    }
    Ok(tasks)
}

/// One worker: takes one job of its kind at a time.
async fn work(desk: Desk, kind: JobKind, stop: CancellationToken) {
    while !stop.is_cancelled() {
        match take(&desk, kind).await {
            Ok(Next::Job(job, lease)) => Box::pin(run_one(&desk, &job, lease)).await,
            Ok(Next::Wait(wait)) => idle(&desk, kind, wait, &stop).await,
            Err(error) => {
                tracing::error!(%error, %kind, "work cannot be claimed");
                idle(&desk, kind, LOOK, &stop).await;
            }
        }
    }
}

async fn idle(desk: &Desk, kind: JobKind, wait: Duration, stop: &CancellationToken) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = desk.wake.wait_for_job(kind, wait) => {}
    }
}

/// What a worker does next.
enum Next {
    Job(Box<Job>, Lease),
    /// Nothing for so long, unless it is called.
    Wait(Duration),
}

async fn take(desk: &Desk, kind: JobKind) -> store::Result<Next> {
    let now = desk.clock.now();
    match jobs::next_at(&desk.db, kind).await? {
        Some(at) if at <= now => {}
        Some(at) => return Ok(Next::Wait(at.since(now).min(LOOK))),
        None => return Ok(Next::Wait(LOOK)),
    }
    let lease = new_lease(desk);
    let mut tx = desk.db.begin().await?;
    let job = jobs::claim(&mut tx, kind, lease, now, 1).await?.into_iter().next();
    tx.commit().await?;
    Ok(job.map_or(Next::Wait(LOOK), |job| Next::Job(Box::new(job), lease)))
}

fn new_lease(desk: &Desk) -> Lease {
    Lease { id: desk.clock.new_id(), until: desk.clock.now().plus(LEASE) }
}

async fn run_one(desk: &Desk, job: &Job, lease: Lease) {
    let claimed = Claimed { desk, job, lease };
    let work = std::panic::AssertUnwindSafe(run(&claimed)).catch_unwind();
    let outcome = tokio::select! {
        outcome = work => outcome,
        () = keep(desk, lease) => {
            tracing::warn!(job = %job.id, kind = %job.kind, "another worker took this over; it is dropped here");
            return;
        }
    };
    let error = match outcome {
        Ok(Ok(())) => return,
        Ok(Err(error)) => error,
        Err(_) => JobError::GiveUp { reason: "the work ended unexpectedly; the log has more".to_owned() },
    };
    if let Err(store) = put_back(&claimed, &error).await {
        // The lease ends by itself, and the job comes back.
        tracing::error!(%store, job = %job.id, "a failed job could not be put back");
    }
}

/// Gives signs of life; ends when the lease is lost, and the work must not go on.
async fn keep(desk: &Desk, lease: Lease) {
    let mut until = lease.until;
    loop {
        tokio::time::sleep(BEAT).await;
        let next = Lease { id: lease.id, until: desk.clock.now().plus(LEASE) };
        match extend(desk, next).await {
            Ok(0) => return,
            Ok(_) => until = next.until,
            Err(error) if desk.clock.now() < until => tracing::warn!(%error, "a lease could not be renewed yet"),
            Err(_) => return,
        }
    }
}

async fn extend(desk: &Desk, lease: Lease) -> store::Result<u64> {
    let mut tx = desk.db.begin().await?;
    let kept = jobs::extend(&mut tx, lease).await?;
    tx.commit().await?;
    Ok(kept)
}

/// Runs one claimed job to its end.
pub(crate) async fn run(claimed: &Claimed<'_>) -> Result<(), JobError> {
    match claimed.job.kind {
        JobKind::Receive => Err(JobError::GiveUp { reason: "received mail is read without a claim".to_owned() }),
        JobKind::AgentRun => agent_run::run(claimed).await,
        JobKind::Deliver => deliver::run(claimed).await,
        JobKind::SayInChat => deliver::say_in_chat(claimed).await,
        JobKind::PerformAction => perform_action::run(claimed).await,
        JobKind::Poll => poll::run(claimed).await,
        JobKind::CheckChannel => check_channel::run(claimed).await,
        JobKind::CheckShop => check_shop::run(claimed).await,
        JobKind::CheckResolutions => check_resolutions::run(claimed).await,
        JobKind::MailUnseen => mail_unseen::run(claimed).await,
        JobKind::ReadOrder => read_order::run(claimed).await,
        JobKind::ReadParcels => read_parcels::run(claimed).await,
        JobKind::TellMatter => tell_matter::run(claimed).await,
        JobKind::FetchFile => fetch_file::run(claimed).await,
        JobKind::ReadName => read_name::run(claimed).await,
        JobKind::AwayReply => away_reply::run(claimed).await,
        JobKind::NotifyByMail => notify_by_mail::run(claimed).await,
        JobKind::SendCode => send_code::run(claimed).await,
        JobKind::IndexMessages => index_messages::run(claimed).await,
        JobKind::Replay => replay::run(claimed).await,
        JobKind::EraseContact => erase_contact::run(claimed).await,
        JobKind::ForgetFile => forget_file::run(claimed).await,
        JobKind::ImportPages => import_pages::run(claimed).await,
    }
}

async fn put_back(claimed: &Claimed<'_>, error: &JobError) -> store::Result<()> {
    let Claimed { desk, job, lease } = claimed;
    let mut is_over = match error {
        JobError::Later { .. } | JobError::Turn { .. } | JobError::Behind { .. } => false,
        JobError::Retry { .. } => job.attempts >= most_attempts(job.kind),
        JobError::GiveUp { .. } => true,
    };
    if is_over {
        match end(claimed, &error.to_string()).await {
            Ok(true) => return Ok(()),
            Ok(false) => {}
            Err(error) => {
                tracing::error!(%error, job = %job.id, "nobody could be told yet about work that is given up");
                is_over = matches!(error, JobError::GiveUp { .. });
            }
        }
    }
    let mut tx = desk.db.begin().await?;
    match error {
        JobError::Later { at, reason } => jobs::postpone(&mut tx, job, lease.id, *at, reason).await?,
        JobError::Turn { at, reason } => {
            // Those who wait for one turn have reckoned it at different moments: by the second they come together, and in order.
            let at = (*at).max(desk.clock.now().plus(SOONEST)).whole_second();
            jobs::wait_for_turn(&mut tx, job, lease.id, at, reason).await?;
        }
        JobError::Behind { at, reason } => jobs::wait_for_turn(&mut tx, job, lease.id, *at, reason).await?,
        // A channel is looked into as long as it is connected, whatever happened before.
        JobError::Retry { reason, .. } | JobError::GiveUp { reason } if job.kind.lasts() => {
            tracing::warn!(job = %job.id, kind = %job.kind, attempts = job.attempts, %reason, "it is tried again");
            let after =
                if let JobError::Retry { after, .. } = error { after.unwrap_or_default() } else { Duration::ZERO };
            let wait = jobs::backoff(job.attempts, rand::rng().random()).min(poll::LONGEST_PAUSE).max(after);
            jobs::retry(&mut tx, job, lease.id, desk.clock.now().plus(wait), reason).await?;
        }
        JobError::Retry { reason, .. } | JobError::GiveUp { reason } if is_over => {
            tracing::error!(job = %job.id, kind = %job.kind, %reason, "work is given up; it waits for a person");
            jobs::bury(&mut tx, job, lease.id, reason).await?;
        }
        JobError::Retry { reason, .. } | JobError::GiveUp { reason } => {
            let asked = if let JobError::Retry { after: Some(after), .. } = error { *after } else { Duration::ZERO };
            let wait = asked.max(jobs::backoff(job.attempts, rand::rng().random()));
            tracing::warn!(job = %job.id, kind = %job.kind, attempts = job.attempts, %reason, "work is tried again");
            jobs::retry(&mut tx, job, lease.id, desk.clock.now().plus(wait), reason).await?;
        }
    }
    tx.commit().await?;
    desk.wake.event();
    Ok(())
}

/// What is given up goes to a person where they see it: at the conversation, in the transaction that ends the job. An order that
/// could not be read is due again later. `false` for other work that is about no conversation, which stays as a dead job.
async fn end(claimed: &Claimed<'_>, reason: &str) -> Result<bool, JobError> {
    match claimed.job.kind {
        JobKind::AgentRun => agent_run::give_up(claimed, reason).await?,
        JobKind::Deliver | JobKind::SayInChat => deliver::give_up(claimed, reason).await?,
        JobKind::PerformAction => perform_action::give_up(claimed, reason).await?,
        JobKind::FetchFile => fetch_file::give_up(claimed, reason).await?,
        JobKind::ReadName => read_name::give_up(claimed).await?,
        JobKind::SendCode => send_code::give_up(claimed, reason).await?,
        JobKind::ReadOrder => return read_order::give_up(claimed, reason).await,
        JobKind::Receive
        | JobKind::Poll
        | JobKind::CheckChannel
        | JobKind::CheckShop
        | JobKind::CheckResolutions
        | JobKind::MailUnseen
        | JobKind::ReadParcels
        | JobKind::TellMatter
        | JobKind::AwayReply
        | JobKind::NotifyByMail
        | JobKind::IndexMessages
        | JobKind::EraseContact
        | JobKind::ForgetFile
        | JobKind::ImportPages
        | JobKind::Replay => return Ok(false),
    }
    claimed.desk.wake.event();
    Ok(true)
}

/// Runs everything that is due and comes to an end, in the calling task, until nothing is: for tests and the command line.
pub async fn drain(desk: &Desk) -> anyhow::Result<usize> {
    let mut done = 0;
    loop {
        let received = receive::drain(desk).await?;
        done += received;
        let mut any = received > 0;
        for kind in JobKind::ALL.iter().copied().filter(|kind| !kind.lasts() && *kind != JobKind::Receive) {
            while let Next::Job(job, lease) = take(desk, kind).await? {
                Box::pin(run_one(desk, &job, lease)).await;
                any = true;
                done += 1;
            }
        }
        if !any {
            return Ok(done);
        }
    }
}
