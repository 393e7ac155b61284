//! What runs of the agent looked at, packed. It is kept for a time, and of runs alone whose outcome was applied.

use super::{Db, Result, Tx};
use crate::model::{AgentRunId, BrandId, ConversationId, Ts};

/// What a run looked at.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct RunInputs {
    /// The run.
    pub run_id: AgentRunId,
    /// All of it, packed.
    pub inputs: Vec<u8>,
    /// When it ended.
    pub taken_at: Ts,
}

/// Keeps what a run looked at.
pub async fn insert(tx: &mut Tx, new: &RunInputs) -> Result<()> {
    tx.query("insert into run_inputs (run_id, inputs, taken_at) values ($1, $2, $3)")
        .bind(new.run_id)
        .bind(new.inputs.clone())
        .bind(new.taken_at)
        .execute()
        .await?;
    Ok(())
}

/// What a run looked at, as long as it is kept.
pub async fn find(db: &Db, run: AgentRunId) -> Result<Option<RunInputs>> {
    db.query("select run_id, inputs, taken_at from run_inputs where run_id = $1").bind(run).optional().await
}

/// A run of which it is kept what it looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Listed {
    /// The run.
    pub run_id: AgentRunId,
    /// When it ended.
    pub taken_at: Ts,
    /// Whose.
    pub brand_id: BrandId,
    /// Where it belongs.
    pub conversation_id: ConversationId,
    /// The number that people use of that.
    pub number: i64,
}

/// Those behind a moment and a run that ended then, oldest first.
pub async fn list_behind(db: &Db, (at, run): (Ts, AgentRunId), most: i64) -> Result<Vec<Listed>> {
    db.query(
        "select i.run_id, i.taken_at, c.brand_id, c.id as conversation_id, c.number
         from run_inputs i join agent_runs r on r.id = i.run_id join conversations c on c.id = r.conversation_id
         where i.taken_at > $1 or (i.taken_at = $1 and i.run_id > $2) order by i.taken_at, i.run_id limit $3",
    )
    .bind(at)
    .bind(run)
    .bind(most)
    .all()
    .await
}

/// The runs of the last conversations of a brand that the agent looked into, the newest first. One whose draft nobody used
/// because a later run answers in its place is none.
pub async fn list_of_last(db: &Db, brand: BrandId, conversations: i64, most: i64) -> Result<Vec<Listed>> {
    db.query(
        "select i.run_id, i.taken_at, c.brand_id, c.id as conversation_id, c.number
         from run_inputs i join agent_runs r on r.id = i.run_id join conversations c on c.id = r.conversation_id
         where c.id in (
                 select ar.conversation_id from run_inputs ai join agent_runs ar on ar.id = ai.run_id
                 join conversations ac on ac.id = ar.conversation_id where ac.brand_id = $1
                 group by ar.conversation_id order by max(ai.taken_at) desc, ar.conversation_id limit $2)
             and not (
                 exists (select 1 from drafts d
                     where d.conversation_id = c.id and d.run_id = i.run_id and d.state = 'superseded')
                 and exists (select 1 from agent_runs lr join run_inputs li on li.run_id = lr.id
                     where lr.conversation_id = c.id and li.taken_at > i.taken_at))
         order by i.taken_at desc, i.run_id desc limit $3",
    )
    .bind(brand)
    .bind(conversations)
    .bind(most)
    .all()
    .await
}

/// Forgets what runs looked at that ended before a moment, at most `most` of them; gives how many.
pub async fn forget_older(tx: &mut Tx, before: Ts, most: i64) -> Result<u64> {
    tx.query(
        "delete from run_inputs where run_id in
             (select run_id from run_inputs where taken_at < $1 order by taken_at, run_id limit $2)",
    )
    .bind(before)
    .bind(most)
    .execute()
    .await
}
