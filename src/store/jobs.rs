//! Durable work: claimed with a lease, finished by deleting, retried later, or given up and kept for a person.

mod counts;

use std::collections::HashSet;
use std::time::Duration;

use serde::Serialize;
use sqlx::types::Json;
use uuid::Uuid;

use super::db::Sql;
use super::{Db, Result, Tx, rows};
use crate::model::job::{Job, JobKind};
use crate::model::{ConversationId, JobId, Ts};

pub use counts::{JobCounts, KindCount, counts, counts_by_kind, oldest_unread, oldest_waiting};

/// A job to put down.
#[derive(Clone, Debug, Serialize)]
pub struct NewJob {
    /// Id.
    pub id: JobId,
    /// What is to be done.
    pub kind: JobKind,
    /// With what.
    pub payload: serde_json::Value,
    /// While a job of this kind and key waits, another one only gives it its time and what its payload names: what the
    /// waiting one holds beside that stays.
    pub dedup_key: Option<String>,
    /// Not before.
    pub run_at: Ts,
    /// The conversation it is about.
    pub conversation_id: Option<ConversationId>,
    /// When it is put down.
    pub created_at: Ts,
}

/// Puts jobs down; `run_at` is when one of their kind and key is due that waits already. That one is locked either way: nobody
/// claims it before the transaction ends, and so before what it is to look at can be seen.
macro_rules! put_down {
    (sqlite, $run_at:literal) => {
        concat!(
            "insert into jobs (id, kind, payload, dedup_key, state, run_at, conversation_id, created_at)
            select unhex(value ->> 'id', '-'), value ->> 'kind', value -> 'payload', value ->> 'dedup_key', 'ready',
                value ->> 'run_at', unhex(value ->> 'conversation_id', '-'), value ->> 'created_at'
            from json_each($1) where true
            on conflict (kind, dedup_key) where state = 'ready' and dedup_key is not null
            do update set payload = json_patch(jobs.payload, excluded.payload), run_at = ",
            $run_at
        )
    };
    (postgres, $run_at:literal) => {
        concat!(
            "insert into jobs (id, kind, payload, dedup_key, state, run_at, conversation_id, created_at)
            select id, kind, payload, dedup_key, 'ready', timestamptz 'epoch' + run_at * interval '1 microsecond',
                conversation_id, timestamptz 'epoch' + created_at * interval '1 microsecond'
            from json_to_recordset($1::json) as r (id uuid, kind text, payload jsonb, dedup_key text, run_at bigint,
                conversation_id uuid, created_at bigint)
            on conflict (kind, dedup_key) where state = 'ready' and dedup_key is not null
            do update set payload = jobs.payload || excluded.payload, run_at = ",
            $run_at
        )
    };
}

/// Puts jobs down; they become visible with the transaction.
pub async fn enqueue(tx: &mut Tx, jobs: &[NewJob]) -> Result<()> {
    const ENQUEUE: Sql =
        Sql { sqlite: put_down!(sqlite, "excluded.run_at"), postgres: put_down!(postgres, "excluded.run_at") };
    if jobs.is_empty() {
        return Ok(());
    }
    tx.query(ENQUEUE).bind(rows::json(&last_of_each_key(jobs))?).execute().await?;
    Ok(())
}

/// The same where one that waits is not put off.
pub async fn enqueue_no_later(tx: &mut Tx, job: &NewJob) -> Result<()> {
    const ENQUEUE: Sql = Sql {
        sqlite: put_down!(sqlite, "min(jobs.run_at, excluded.run_at)"),
        postgres: put_down!(postgres, "least(jobs.run_at, excluded.run_at)"),
    };
    tx.query(ENQUEUE).bind(rows::json(&[job])?).execute().await?;
    Ok(())
}

/// PostgreSQL refuses a statement that changes the row it has just inserted.
fn last_of_each_key(jobs: &[NewJob]) -> Vec<&NewJob> {
    let (mut seen, mut last) = (HashSet::new(), Vec::with_capacity(jobs.len()));
    for job in jobs.iter().rev() {
        if job.dedup_key.as_ref().is_none_or(|key| seen.insert((job.kind, key))) {
            last.push(job);
        }
    }
    last.reverse();
    last
}

// An array is made once. Of a plain subquery PostgreSQL may make a join that runs it again and again, and locks more
// jobs each time than were asked for.
const CLAIM: Sql = Sql {
    sqlite: "update jobs set state = 'running', attempts = attempts + 1, lease_id = $1, lease_until = $2
        where id in (select id from jobs where state = 'ready' and kind = $3 and run_at <= $4
            order by run_at, id limit $5)
        returning id, kind, payload, state, run_at, attempts, done, total, last_error, conversation_id, created_at",
    postgres: "update jobs set state = 'running', attempts = attempts + 1, lease_id = $1, lease_until = $2
        where id = any (array(select id from jobs where state = 'ready' and kind = $3 and run_at <= $4
            order by run_at, id limit $5 for update skip locked))
        returning id, kind, payload, state, run_at, attempts, done, total, last_error, conversation_id, created_at",
};

/// Takes up to `most` due jobs of a kind, oldest first, until the lease ends.
pub async fn claim(tx: &mut Tx, kind: JobKind, lease: Lease, now: Ts, most: i64) -> Result<Vec<Job>> {
    let mut jobs: Vec<Job> =
        tx.query(CLAIM).bind(lease.id).bind(lease.until).bind(kind).bind(now).bind(most).all().await?;
    jobs.sort_by_key(|job| (job.run_at, job.id));
    Ok(jobs)
}

/// Up to `most` due jobs of a kind, oldest first, unclaimed: for work whose end and effect are one transaction.
pub async fn list_due(db: &Db, kind: JobKind, now: Ts, most: i64) -> Result<Vec<Job>> {
    db.query(
        "select id, kind, payload, state, run_at, attempts, done, total, last_error, conversation_id, created_at
         from jobs where state = 'ready' and kind = $1 and run_at <= $2 order by run_at, id limit $3",
    )
    .bind(kind)
    .bind(now)
    .bind(most)
    .all()
    .await
}

/// Ends unclaimed jobs. `false` when somebody else has ended one in between: the caller's transaction must not count.
pub async fn finish_unclaimed(tx: &mut Tx, ids: &[JobId]) -> Result<bool> {
    const FINISH: Sql = Sql {
        sqlite: "delete from jobs where state = 'ready' and id in (select unhex(value, '-') from json_each($1))",
        postgres: "delete from jobs where state = 'ready'
            and id in (select value::uuid from json_array_elements_text($1::json))",
    };
    let touched = tx.query(FINISH).bind(rows::json(ids)?).execute().await?;
    Ok(usize::try_from(touched).is_ok_and(|touched| touched == ids.len()))
}

/// Puts unclaimed jobs off until `run_at`.
pub async fn put_off_unclaimed(tx: &mut Tx, ids: &[JobId], run_at: Ts, reason: &str) -> Result<()> {
    const PUT_OFF: Sql = Sql {
        sqlite: "update jobs set run_at = $1, last_error = $2
            where state = 'ready' and id in (select unhex(value, '-') from json_each($3))",
        postgres: "update jobs set run_at = $1, last_error = $2
            where state = 'ready' and id in (select value::uuid from json_array_elements_text($3::json))",
    };
    tx.query(PUT_OFF).bind(run_at).bind(rows::text(reason)).bind(rows::json(ids)?).execute().await?;
    Ok(())
}

/// When the next job of the kind is due: a cheap look before a claim takes the writer.
pub async fn next_at(db: &Db, kind: JobKind) -> Result<Option<Ts>> {
    db.query("select min(run_at) from jobs where state = 'ready' and kind = $1").bind(kind).scalar().await
}

/// Whether a job of the kind is due.
pub async fn is_due(db: &Db, kind: JobKind, now: Ts) -> Result<bool> {
    Ok(next_at(db, kind).await?.is_some_and(|at| at <= now))
}

/// What waits under these keys is due now. What runs already, runs on.
pub async fn hurry(tx: &mut Tx, kind: JobKind, keys: &[String], now: Ts) -> Result<()> {
    const HURRY: Sql = Sql {
        sqlite: "update jobs set run_at = $1 where state = 'ready' and kind = $2 and run_at > $1
            and dedup_key in (select value from json_each($3))",
        postgres: "update jobs set run_at = $1 where state = 'ready' and kind = $2 and run_at > $1
            and dedup_key = any (array(select value from json_array_elements_text($3::json)))",
    };
    if !keys.is_empty() {
        tx.query(HURRY).bind(now).bind(kind).bind(rows::json(keys)?).execute().await?;
    }
    Ok(())
}

/// The same work that was asked for again: what waits, and what runs and was put down after `since`.
pub async fn list_newer(tx: &mut Tx, kind: JobKind, key: &str, since: Ts) -> Result<Vec<Job>> {
    tx.query(
        "select id, kind, payload, state, run_at, attempts, done, total, last_error, conversation_id, created_at
         from jobs where state = 'ready' and kind = $1 and dedup_key = $2 and dedup_key is not null
         union all
         select id, kind, payload, state, run_at, attempts, done, total, last_error, conversation_id, created_at
         from jobs where state = 'running' and kind = $1 and dedup_key = $2 and created_at > $3",
    )
    .bind(kind)
    .bind(key)
    .bind(since)
    .all()
    .await
}

/// The work of a kind under a key that waits, runs or was given up.
pub async fn list_of_key(db: &Db, kind: JobKind, key: &str) -> Result<Vec<Job>> {
    db.query(
        "select id, kind, payload, state, run_at, attempts, done, total, last_error, conversation_id, created_at
         from jobs where state = 'ready' and kind = $1 and dedup_key = $2 and dedup_key is not null
         union all
         select id, kind, payload, state, run_at, attempts, done, total, last_error, conversation_id, created_at
         from jobs where state = 'running' and kind = $1 and dedup_key = $2
         union all
         select id, kind, payload, state, run_at, attempts, done, total, last_error, conversation_id, created_at
         from jobs where state = 'dead' and kind = $1 and dedup_key = $2",
    )
    .bind(kind)
    .bind(key)
    .all()
    .await
}

/// Proof of a claim.
#[derive(Clone, Copy, Debug)]
pub struct Lease {
    /// Only the holder of this id may finish the job.
    pub id: Uuid,
    /// When somebody else may take the job.
    pub until: Ts,
}

/// The work is done. `false` when the lease was lost in between: the caller's transaction must not count then.
pub async fn finish(tx: &mut Tx, ids: &[JobId], lease: Uuid) -> Result<bool> {
    const FINISH: Sql = Sql {
        sqlite: "delete from jobs where lease_id = $1 and id in (select unhex(value, '-') from json_each($2))",
        postgres: "delete from jobs where lease_id = $1
            and id in (select value::uuid from json_array_elements_text($2::json))",
    };
    let touched = tx.query(FINISH).bind(lease).bind(rows::json(ids)?).execute().await?;
    Ok(usize::try_from(touched).is_ok_and(|touched| touched == ids.len()))
}

/// Tries again at `run_at`. If the same work waits already, this one becomes part of it.
pub async fn retry(tx: &mut Tx, job: &Job, lease: Uuid, run_at: Ts, error: &str) -> Result<()> {
    put_back(tx, job, lease, run_at, error, job.attempts).await
}

/// Comes back at `run_at`, since nothing is wrong: what went wrong before is forgotten, or work that lives for months
/// would add it up.
pub async fn postpone(tx: &mut Tx, job: &Job, lease: Uuid, run_at: Ts, reason: &str) -> Result<()> {
    put_back(tx, job, lease, run_at, reason, 0).await
}

/// Comes back at `run_at`, when it has its turn: this attempt does not count, and those before stay.
pub async fn wait_for_turn(tx: &mut Tx, job: &Job, lease: Uuid, run_at: Ts, reason: &str) -> Result<()> {
    put_back(tx, job, lease, run_at, reason, job.attempts.saturating_sub(1)).await
}

/// Makes a job ready again that is still the caller's, with so many attempts behind it.
async fn put_back(tx: &mut Tx, job: &Job, lease: Uuid, run_at: Ts, reason: &str, attempts: i64) -> Result<()> {
    join_waiting(tx, job.id, Some(lease)).await?;
    tx.query(
        "update jobs set state = 'ready', run_at = $1, last_error = $2, attempts = $3, lease_id = null,
             lease_until = null
         where id = $4 and lease_id = $5",
    )
    .bind(run_at)
    .bind(rows::text(reason))
    .bind(attempts)
    .bind(job.id)
    .bind(lease)
    .execute()
    .await?;
    Ok(())
}

/// The keys of the jobs of a kind that wait or run.
pub async fn list_keys(db: &Db, kind: JobKind) -> Result<HashSet<String>> {
    #[derive(sqlx::FromRow)]
    struct Key {
        dedup_key: String,
    }
    let keys: Vec<Key> = db
        .query(
            "select dedup_key from jobs where state = 'ready' and kind = $1 and dedup_key is not null
             union select dedup_key from jobs where state = 'running' and kind = $1 and dedup_key is not null",
        )
        .bind(kind)
        .all()
        .await?;
    Ok(keys.into_iter().map(|row| row.dedup_key).collect())
}

/// Gives back every running job: for the start of a process that owns the database alone.
pub async fn release_all(tx: &mut Tx, now: Ts) -> Result<u64> {
    tx.query("update jobs set lease_until = $1 where state = 'running'").bind(Ts(0)).execute().await?;
    release_expired(tx, now).await
}

/// Gives up; the job stays visible until a person tries it again.
pub async fn bury(tx: &mut Tx, job: &Job, lease: Uuid, error: &str) -> Result<()> {
    tx.query(
        "update jobs set state = 'dead', last_error = $1, lease_id = null, lease_until = null
         where id = $2 and lease_id = $3",
    )
    .bind(rows::text(error))
    .bind(job.id)
    .bind(lease)
    .execute()
    .await?;
    Ok(())
}

/// Makes a dead job ready again.
pub async fn revive(tx: &mut Tx, id: JobId, now: Ts) -> Result<bool> {
    join_waiting(tx, id, None).await?;
    let touched = tx
        .query("update jobs set state = 'ready', run_at = $1, attempts = 0 where id = $2 and state = 'dead'")
        .bind(now)
        .bind(id)
        .execute()
        .await?;
    Ok(touched > 0)
}

/// Gives back jobs whose holder vanished. Of the same work only one comes back: the one that waits, or else the newest,
/// with what the payloads of the others name beside its own.
pub async fn release_expired(tx: &mut Tx, now: Ts) -> Result<u64> {
    let mut doubled: Vec<Doubled> = tx
        .query(
            "delete from jobs where state = 'running' and lease_until < $1 and dedup_key is not null and (
                 exists (select 1 from jobs other
                     where other.kind = jobs.kind and other.dedup_key = jobs.dedup_key and other.state = 'ready')
                 or exists (select 1 from jobs other
                     where other.kind = jobs.kind and other.dedup_key = jobs.dedup_key and other.state = 'running'
                         and other.lease_until < $1 and other.id > jobs.id))
             returning id, kind, dedup_key, payload",
        )
        .bind(now)
        .all()
        .await?;
    let released = tx
        .query(
            "update jobs set state = 'ready', run_at = $1, lease_id = null, lease_until = null
             where state = 'running' and lease_until < $1",
        )
        .bind(now)
        .execute()
        .await?;
    doubled.sort_by_key(|job| std::cmp::Reverse(job.id));
    for job in &doubled {
        bequeath(tx, job.kind, &job.dedup_key, &job.payload.0).await?;
    }
    Ok(released)
}

/// Keeps the jobs of a long step.
pub async fn extend(tx: &mut Tx, lease: Lease) -> Result<u64> {
    tx.query("update jobs set lease_until = $1 where state = 'running' and lease_id = $2")
        .bind(lease.until)
        .bind(lease.id)
        .execute()
        .await
}

/// Notes how far long work is; 0 of 0 when it is over.
pub async fn progress(tx: &mut Tx, id: JobId, done: i64, total: i64) -> Result<()> {
    tx.query("update jobs set done = $1, total = $2 where id = $3").bind(done).bind(total).bind(id).execute().await?;
    Ok(())
}

/// One job, wherever it stands.
pub async fn find(db: &Db, id: JobId) -> Result<Option<Job>> {
    db.query(
        "select id, kind, payload, state, run_at, attempts, done, total, last_error, conversation_id, created_at
         from jobs where id = $1",
    )
    .bind(id)
    .optional()
    .await
}

const BY_STATE: &str =
    "select id, kind, payload, state, run_at, attempts, done, total, last_error, conversation_id, created_at
     from jobs where state = $1 order by created_at desc, id desc limit 200";

/// Dead jobs, newest first, at most 200.
pub async fn list_dead(db: &Db) -> Result<Vec<Job>> {
    db.query(BY_STATE).bind("dead").all().await
}

/// Jobs somebody works on now.
pub async fn list_running(db: &Db) -> Result<Vec<Job>> {
    db.query(BY_STATE).bind("running").all().await
}

/// Long work that is under way, also while it waits for its next turn: newest first, at most 200.
pub async fn list_under_way(db: &Db) -> Result<Vec<Job>> {
    db.query(
        "select id, kind, payload, state, run_at, attempts, done, total, last_error, conversation_id, created_at
         from jobs where total > 0 and state <> 'dead' order by created_at desc limit 200",
    )
    .all()
    .await
}

/// How long a failed job waits before attempt `attempts` + 1: 5 s, 30 s, 2 min, 10 min, then hourly, up to a fifth
/// longer by `jitter` (0 to 1) so that a crowd of failures does not come back at once.
pub fn backoff(attempts: i64, jitter: f64) -> Duration {
    let seconds = match attempts {
        ..=1 => 5,
        2 => 30,
        3 => 120,
        4 => 600,
        _ => 3_600,
    };
    Duration::from_secs(seconds).mul_f64(1.0 + jitter.clamp(0.0, 1.0) / 5.0)
}

/// Ends a job that is held under `lease`, or is dead when there is none, if the same work waits already: what its payload
/// names beside the waiting one's goes over to that.
async fn join_waiting(tx: &mut Tx, id: JobId, lease: Option<Uuid>) -> Result<()> {
    let doubled: Option<Doubled> = tx
        .query(
            "delete from jobs where id = $1 and (lease_id = $2 or (state = 'dead' and $2 is null))
                 and dedup_key is not null and exists (
                     select 1 from jobs other where other.kind = jobs.kind and other.dedup_key = jobs.dedup_key
                         and other.state = 'ready' and other.id <> jobs.id)
             returning id, kind, dedup_key, payload",
        )
        .bind(id)
        .bind(lease)
        .optional()
        .await?;
    match doubled {
        Some(job) => bequeath(tx, job.kind, &job.dedup_key, &job.payload.0).await,
        None => Ok(()),
    }
}

/// A job that is dropped, because the same work waits.
#[derive(sqlx::FromRow)]
struct Doubled {
    id: JobId,
    kind: JobKind,
    dedup_key: String,
    payload: Json<serde_json::Value>,
}

/// What work that is dropped was to be done with goes over to the same work that waits: that is the newer one, so what it
/// names itself counts.
pub async fn bequeath(tx: &mut Tx, kind: JobKind, key: &str, payload: &serde_json::Value) -> Result<()> {
    const BEQUEATH: Sql = Sql {
        sqlite: "update jobs set payload = json_patch($1, payload)
            where kind = $2 and dedup_key = $3 and state = 'ready'",
        postgres: "update jobs set payload = $1 || payload where kind = $2 and dedup_key = $3 and state = 'ready'",
    };
    tx.query(BEQUEATH).bind(rows::document(payload)?).bind(kind).bind(key).execute().await?;
    Ok(())
}

impl NewJob {
    /// A job with one id in its payload.
    pub fn about(id: JobId, kind: JobKind, key: &str, value: &impl ToString, now: Ts) -> Self {
        Self {
            id,
            kind,
            payload: serde_json::json!({ key: value.to_string() }),
            dedup_key: None,
            run_at: now,
            conversation_id: None,
            created_at: now,
        }
    }
}

impl Job {
    /// A text of the payload, `""` if there is none.
    pub fn text(&self, key: &str) -> String {
        let Json(payload) = &self.payload;
        payload.get(key).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned()
    }

    /// A value of the payload, read as an id or other parsed word.
    pub fn field<T: std::str::FromStr>(&self, key: &str) -> Option<T> {
        let Json(payload) = &self.payload;
        payload.get(key)?.as_str()?.parse().ok()
    }
}
