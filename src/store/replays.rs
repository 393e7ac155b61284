//! The newest replay of each brand, and the cases in which its draft makes a difference.

use super::{Db, Result, Tx, rows};
use crate::model::replay::{Compared, Replay, ReplayCase, ReplayState, Tally};
use crate::model::{AgentRunId, BrandId, ReplayId, Ts};

/// Puts a replay down, in the place of the one before of its brand.
pub async fn insert(tx: &mut Tx, new: &Replay) -> Result<()> {
    tx.query("delete from replays where brand_id = $1").bind(new.brand_id).execute().await?;
    tx.query(
        "insert into replays (id, brand_id, version_id, version, revision, document, wanted, state, tally, begun_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(new.id)
    .bind(new.brand_id)
    .bind(new.version_id)
    .bind(new.version)
    .bind(new.revision)
    .bind(rows::document(&new.document.0)?)
    .bind(new.wanted)
    .bind(new.state)
    .bind(rows::document(&new.tally.0)?)
    .bind(new.begun_at)
    .execute()
    .await?;
    Ok(())
}

/// The newest replay of a brand.
pub async fn newest(db: &Db, brand: BrandId) -> Result<Option<Replay>> {
    db.query("select * from replays where brand_id = $1").bind(brand).optional().await
}

/// One replay, as long as it is the newest of its brand.
pub async fn find(db: &Db, id: ReplayId) -> Result<Option<Replay>> {
    db.query("select * from replays where id = $1").bind(id).optional().await
}

/// Begins to count, from nothing: against which version, and how many cases there are. `false` where it is over.
pub async fn begin(tx: &mut Tx, id: ReplayId, against: i64, total: i64) -> Result<bool> {
    let touched = tx
        .query("update replays set against = $1, total = $2, tally = $3 where id = $4 and state = 'running'")
        .bind(against)
        .bind(total)
        .bind(rows::document(&Tally::default())?)
        .bind(id)
        .execute()
        .await?;
    if touched > 0 {
        tx.query("delete from replay_cases where replay_id = $1").bind(id).execute().await?;
    }
    Ok(touched > 0)
}

/// Keeps what is counted so far. `false` where it is over.
pub async fn count(tx: &mut Tx, id: ReplayId, tally: &Tally) -> Result<bool> {
    let touched = tx
        .query("update replays set tally = $1 where id = $2 and state = 'running'")
        .bind(rows::document(tally)?)
        .bind(id)
        .execute()
        .await?;
    Ok(touched > 0)
}

/// Ends one that is under way. `false` where it was over.
pub async fn end(tx: &mut Tx, id: ReplayId, state: ReplayState, now: Ts) -> Result<bool> {
    let touched = tx
        .query("update replays set state = $1, ended_at = $2 where id = $3 and state = 'running'")
        .bind(state)
        .bind(now)
        .bind(id)
        .execute()
        .await?;
    Ok(touched > 0)
}

/// Keeps a case in which anything is otherwise, unless what its run looked at was forgotten meanwhile.
pub async fn insert_case(tx: &mut Tx, id: ReplayId, run: AgentRunId, case: &Compared) -> Result<()> {
    tx.query(
        "insert into replay_cases (replay_id, run_id, document)
         select $1, run_id, $2 from run_inputs where run_id = $3",
    )
    .bind(id)
    .bind(rows::document(case)?)
    .bind(run)
    .execute()
    .await?;
    Ok(())
}

/// The cases that are kept, the newest first.
pub async fn list_cases(db: &Db, id: ReplayId) -> Result<Vec<ReplayCase>> {
    db.query(
        "select k.run_id, c.number, c.contact_name, i.taken_at, k.document
         from replay_cases k join run_inputs i on i.run_id = k.run_id join agent_runs r on r.id = k.run_id
         join conversations c on c.id = r.conversation_id
         where k.replay_id = $1 order by i.taken_at desc, i.run_id desc",
    )
    .bind(id)
    .all()
    .await
}
