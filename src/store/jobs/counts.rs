//! How much work there is, and how old it is.

use crate::model::Ts;
use crate::model::job::{JobKind, JobState};
use crate::store::{Db, Result};

/// How many jobs wait, run and are dead.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct JobCounts {
    /// Wait for their time or for a worker.
    pub ready: i64,
    /// Are being worked on.
    pub running: i64,
    /// Were given up.
    pub dead: i64,
}

/// Counts jobs by state.
pub async fn counts(db: &Db) -> Result<JobCounts> {
    db.query(
        "select count(case when state = 'ready' then 1 end) as ready,
            count(case when state = 'running' then 1 end) as running,
            count(case when state = 'dead' then 1 end) as dead from jobs",
    )
    .one()
    .await
}

/// How many jobs of a kind are in a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct KindCount {
    /// The kind.
    pub kind: JobKind,
    /// The state.
    pub state: JobState,
    /// How many.
    pub count: i64,
}

/// Counts jobs by kind and state, each state by its own index.
pub async fn counts_by_kind(db: &Db) -> Result<Vec<KindCount>> {
    db.query(
        "select kind, 'ready' as state, count(*) as count from jobs where state = 'ready' group by kind
         union all select kind, 'running', count(*) from jobs where state = 'running' group by kind
         union all select kind, 'dead', count(*) from jobs where state = 'dead' group by kind",
    )
    .all()
    .await
}

/// When the oldest message came that waits to be read. One that is put off moves its turn, not its age; none is ever
/// claimed, so all of them are ready.
pub async fn oldest_unread(db: &Db) -> Result<Option<Ts>> {
    db.query("select min(created_at) from jobs where state = 'ready' and kind = 'receive'").scalar().await
}

/// Since when the oldest due piece of work of any kind waits for a worker.
pub async fn oldest_waiting(db: &Db, now: Ts) -> Result<Option<Ts>> {
    db.query("select min(run_at) from jobs where state = 'ready' and run_at <= $1").bind(now).scalar().await
}
