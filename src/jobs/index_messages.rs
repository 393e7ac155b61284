//! Fills a search index that was emptied, beside everything else: the newest messages first, so that what people look
//! for is found soon, and some at a time, so that nobody waits for the writer. One that is damaged is emptied before,
//! here alone: beneath work that is under way it would lose what that has done. What was indexed by other words than
//! count now is indexed anew in the same way.

use std::time::Duration;

use serde_json::json;

use super::{Claimed, JobError};
use crate::app::Desk;
use crate::model::BrandId;
use crate::model::event::EventKind;
use crate::model::job::{Job, JobKind, JobState};
use crate::store::intake::{self, NewEvent};
use crate::store::search::{rebuild, unspaced};
use crate::store::{self, Db, Tx, brands, jobs};

/// How long the others have the writer to themselves between two transactions.
const PAUSE: Duration = Duration::from_millis(10);

/// Puts the work down where the index is damaged or messages are missing in it. However many processes start, and
/// however often, it is there once.
pub async fn begin(desk: &Desk) -> store::Result<()> {
    if rebuild::is_damaged(&desk.db).await? {
        return mend(desk).await;
    }
    let Some(gap) = rebuild::find_gap(&desk.db).await? else { return Ok(()) };
    match gap.work {
        Some(work) if work.id == unspaced::WORK => try_again(desk, &work).await,
        Some(_) | None => put_down(desk, false).await,
    }
}

/// Work that cannot be put down anew is tried again where it was given up.
async fn try_again(desk: &Desk, work: &Job) -> store::Result<()> {
    if work.state != JobState::Dead {
        return Ok(());
    }
    let mut tx = desk.db.begin().await?;
    jobs::revive(&mut tx, work.id, desk.clock.now()).await?;
    tx.commit().await?;
    desk.wake.job(JobKind::IndexMessages);
    Ok(())
}

/// The same where nothing else may wait for it, or fail with it: at start, and now and then.
pub(super) async fn look(desk: &Desk) {
    if let Err(error) = begin(desk).await {
        tracing::error!(%error, "the search index cannot be looked at; it is tried again");
    }
}

/// Has the index made anew and filled, for somebody who has met damage in it.
pub async fn mend(desk: &Desk) -> store::Result<()> {
    put_down(desk, true).await
}

async fn put_down(desk: &Desk, damaged: bool) -> store::Result<()> {
    let mut tx = desk.db.begin().await?;
    match rebuild::enqueue(&mut tx, damaged, desk.clock.now()).await {
        Err(store::Error::Duplicate) => return Ok(()),
        enqueued => enqueued?,
    }
    tx.commit().await?;
    desk.wake.job(JobKind::IndexMessages);
    Ok(())
}

/// How far it is, over all attempts.
struct Reached {
    done: i64,
    total: i64,
    /// Under whose name open pages are told; none where nothing was ever set up.
    brand: Option<BrandId>,
}

impl Reached {
    async fn of(claimed: &Claimed<'_>) -> store::Result<Self> {
        let (db, job) = (&claimed.desk.db, claimed.job);
        let total = if job.total > 0 { job.total } else { rebuild::count_missing(db).await? };
        Ok(Self { done: job.done, total, brand: told_brand(db).await? })
    }

    /// Nothing: the index is empty from here on.
    async fn anew(claimed: &Claimed<'_>) -> Result<Self, JobError> {
        let db = &claimed.desk.db;
        tracing::warn!("the search index is damaged; it is made anew");
        let mut tx = db.begin().await?;
        claimed.hold(&mut tx).await?;
        rebuild::make_anew(&mut tx).await?;
        jobs::progress(&mut tx, claimed.job.id, 0, 0).await?;
        tx.commit().await?;
        Ok(Self { done: 0, total: rebuild::count_missing(db).await?, brand: told_brand(db).await? })
    }

    /// Notes that so many more are indexed, where people see it; `true` where open pages are told, of each hundredth.
    async fn note(&mut self, claimed: &Claimed<'_>, tx: &mut Tx, indexed: i64) -> store::Result<bool> {
        let before = self.hundredths();
        self.done += indexed;
        jobs::progress(tx, claimed.job.id, self.done, self.total).await?;
        let told = self.hundredths() > before;
        if told {
            self.tell(claimed.desk, tx).await?;
        }
        Ok(told)
    }

    fn hundredths(&self) -> i64 {
        self.done.saturating_mul(100) / self.total.max(1)
    }

    async fn tell(&self, desk: &Desk, tx: &mut Tx) -> store::Result<()> {
        let Some(brand_id) = self.brand else { return Ok(()) };
        let event = NewEvent {
            id: desk.clock.new_id(),
            brand_id,
            conversation_id: None,
            kind: EventKind::WorkProgressed,
            actor: "system".to_owned(),
            data: json!({ "done": self.done }),
            at: desk.clock.now(),
        };
        intake::insert_events(tx, &[event]).await
    }
}

async fn told_brand(db: &Db) -> store::Result<Option<BrandId>> {
    Ok(brands::list(db).await?.first().map(|brand| brand.id))
}

/// Why the index was not filled.
enum Unfilled {
    Damaged,
    Failed(JobError),
}

impl From<store::Error> for Unfilled {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::DamagedIndex(_) => Self::Damaged,
            other => Self::Failed(other.into()),
        }
    }
}

impl From<JobError> for Unfilled {
    fn from(error: JobError) -> Self {
        Self::Failed(error)
    }
}

pub(super) async fn run(claimed: &Claimed<'_>) -> Result<(), JobError> {
    if claimed.job.id == unspaced::WORK {
        return index_unspaced(claimed).await;
    }
    let mut damaged = rebuild::begins_anew(claimed.job) || rebuild::is_damaged(&claimed.desk.db).await?;
    loop {
        let reached = if damaged { Reached::anew(claimed).await? } else { Reached::of(claimed).await? };
        match fill(claimed, reached).await {
            Ok(()) => return Ok(()),
            Err(Unfilled::Failed(error)) => return Err(error),
            Err(Unfilled::Damaged) if damaged => return Err(JobError::retry("the search index is damaged again")),
            Err(Unfilled::Damaged) => damaged = true,
        }
    }
}

async fn fill(claimed: &Claimed<'_>, mut reached: Reached) -> Result<(), Unfilled> {
    let desk = claimed.desk;
    let mut below = i64::MAX;
    loop {
        end_at_stop(desk)?;
        let batch = rebuild::next(&desk.db, below).await?;
        let Some(oldest) = batch.oldest() else { return Ok(finish(claimed, &reached).await?) };
        let mut tx = desk.db.begin().await?;
        claimed.hold(&mut tx).await?;
        let indexed = rebuild::index(&mut tx, &batch).await?;
        let told = reached.note(claimed, &mut tx, indexed).await?;
        tx.commit().await?;
        if told {
            desk.wake.event();
        }
        // What somebody was changing is looked at again.
        if indexed == batch.count() {
            below = oldest;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Indexes messages in scripts without spaces anew; how far it is goes by the numbers of all messages.
async fn index_unspaced(claimed: &Claimed<'_>) -> Result<(), JobError> {
    let (desk, job) = (claimed.desk, claimed.job);
    let total = if job.total > 0 { job.total } else { unspaced::newest(&desk.db).await? };
    let mut reached = Reached { done: job.done, total, brand: told_brand(&desk.db).await? };
    let mut below = total + 1 - job.done;
    while below > 1 {
        end_at_stop(desk)?;
        let stretch = unspaced::next(&desk.db, below).await?;
        let mut tx = desk.db.begin().await?;
        claimed.hold(&mut tx).await?;
        // What somebody is changing is looked at again.
        let told = if unspaced::index(&mut tx, &stretch).await? {
            let looked = below - stretch.first();
            below = stretch.first();
            reached.note(claimed, &mut tx, looked).await?
        } else {
            false
        };
        tx.commit().await?;
        if told {
            desk.wake.event();
        }
        tokio::time::sleep(PAUSE).await;
    }
    finish(claimed, &reached).await
}

/// What is done stays, and the work goes on after the start.
fn end_at_stop(desk: &Desk) -> Result<(), JobError> {
    if desk.stopping() {
        return Err(JobError::Later { at: desk.clock.now(), reason: "the desk restarts".to_owned() });
    }
    Ok(())
}

async fn finish(claimed: &Claimed<'_>, reached: &Reached) -> Result<(), JobError> {
    let desk = claimed.desk;
    let mut tx = desk.db.begin().await?;
    reached.tell(desk, &mut tx).await?;
    claimed.finish(tx).await?;
    desk.wake.event();
    tracing::info!(messages = reached.done, "the search index is whole again");
    Ok(())
}
