//! Fills a search index that was emptied, beside everything else: the newest messages first, so that what people look
//! for is found soon, and some at a time, so that nobody waits for the writer.

use std::time::Duration;

use serde_json::json;

use super::{Claimed, JobError};
use crate::app::Desk;
use crate::model::BrandId;
use crate::model::event::EventKind;
use crate::model::job::JobKind;
use crate::store::intake::{self, NewEvent};
use crate::store::search::rebuild;
use crate::store::{self, Tx, brands, jobs};

/// How long the others have the writer to themselves between two transactions.
const PAUSE: Duration = Duration::from_millis(10);

/// Puts the work down where messages are missing in the index. However many processes start, and however often, it is
/// there once.
pub async fn begin(desk: &Desk) -> store::Result<()> {
    if rebuild::find_gap(&desk.db).await?.is_none() {
        return Ok(());
    }
    let mut tx = desk.db.begin().await?;
    match rebuild::enqueue(&mut tx, desk.clock.now()).await {
        Err(store::Error::Duplicate) => return Ok(()),
        put_down => put_down?,
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
        let brand = brands::list(db).await?.first().map(|brand| brand.id);
        Ok(Self { done: job.done, total, brand })
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

pub(super) async fn run(claimed: &Claimed<'_>) -> Result<(), JobError> {
    let desk = claimed.desk;
    let mut reached = Reached::of(claimed).await?;
    let mut below = i64::MAX;
    loop {
        if desk.stopping() {
            return Err(JobError::Later { at: desk.clock.now(), reason: "the desk restarts".to_owned() });
        }
        let batch = rebuild::next(&desk.db, below).await?;
        let mut tx = desk.db.begin().await?;
        let Some(oldest) = batch.oldest() else {
            reached.tell(desk, &mut tx).await?;
            claimed.finish(tx).await?;
            desk.wake.event();
            tracing::info!(messages = reached.done, "the search index is whole again");
            return Ok(());
        };
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
