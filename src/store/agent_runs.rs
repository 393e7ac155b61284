//! Runs of the agent, and its hand-overs.

use super::db::Sql;
use super::{Db, Result, Tx, rows};
use crate::model::agent_run::{AgentRun, HandOff, HandOffPacket};
use crate::model::{AgentRunId, BrandId, ConversationId, HandOffId, Json, Ts};

/// Keeps a finished run.
pub async fn insert(tx: &mut Tx, run: &AgentRun) -> Result<()> {
    tx.query(
        "insert into agent_runs (id, conversation_id, revision, engine, state, outcome, reason, instruction, steps,
             policy_version, voice_version, started_at, finished_at, duration_us)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(run.id)
    .bind(run.conversation_id)
    .bind(run.revision)
    .bind(run.engine)
    .bind(run.state)
    .bind(run.outcome.clone())
    .bind(rows::text(&run.reason))
    .bind(rows::text(&run.instruction))
    .bind(rows::document(&run.steps.0)?)
    .bind(run.policy_version)
    .bind(run.voice_version)
    .bind(run.started_at)
    .bind(run.finished_at)
    .bind(run.duration_us)
    .execute()
    .await?;
    Ok(())
}

/// One run.
pub async fn find(db: &Db, id: AgentRunId) -> Result<Option<AgentRun>> {
    db.query("select * from agent_runs where id = $1").bind(id).optional().await
}

/// The latest run of a conversation.
pub async fn latest(db: &Db, conversation: ConversationId) -> Result<Option<AgentRun>> {
    db.query("select * from agent_runs where conversation_id = $1 order by started_at desc, id desc limit 1")
        .bind(conversation)
        .optional()
        .await
}

/// The latest run that began after `since`, looked at a conversation as it is in `revision`, and was applied.
pub async fn find_later(
    tx: &mut Tx,
    conversation: ConversationId,
    since: Ts,
    revision: i64,
) -> Result<Option<AgentRun>> {
    tx.query(
        "select * from agent_runs where conversation_id = $1 and started_at > $2 and revision >= $3 and state = 'done'
         order by started_at desc limit 1",
    )
    .bind(conversation)
    .bind(since)
    .bind(revision)
    .optional()
    .await
}

/// Keeps a hand-over.
pub async fn insert_hand_off(tx: &mut Tx, hand_off: &HandOff) -> Result<()> {
    tx.query(
        "insert into hand_offs (id, conversation_id, run_id, reason, packet, told, notice_id, untold, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(hand_off.id)
    .bind(hand_off.conversation_id)
    .bind(hand_off.run_id)
    .bind(rows::text(&hand_off.reason))
    .bind(rows::document(&hand_off.packet.0)?)
    .bind(rows::document(&hand_off.told.0)?)
    .bind(hand_off.notice_id)
    .bind(rows::text(&hand_off.untold))
    .bind(hand_off.created_at)
    .execute()
    .await?;
    Ok(())
}

/// The latest hand-over of a conversation.
pub async fn latest_hand_off(db: &Db, conversation: ConversationId) -> Result<Option<HandOff>> {
    db.query(
        "select id, conversation_id, run_id, reason, packet, told, notice_id, untold, created_at from hand_offs
         where conversation_id = $1 order by created_at desc, id desc limit 1",
    )
    .bind(conversation)
    .optional()
    .await
}

/// What a customer asked and the agent could not tell the meaning of.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Unclear {
    /// The number of the conversation.
    pub number: i64,
    /// ISO 639; `""` where it is not known.
    pub language: String,
    /// What was handed over.
    pub packet: Json<HandOffPacket>,
    /// When.
    pub created_at: Ts,
}

/// The reason stands in the statement as in the index, which is not used otherwise.
const UNCLEAR_SINCE: &str = "select c.number, c.language, h.packet, h.created_at
     from hand_offs h join conversations c on c.id = h.conversation_id
     where h.reason = 'It is not clear what is wanted.' and h.created_at >= $1 and c.brand_id = $2
     order by h.created_at desc, h.id desc limit $3";

/// What the agent could not tell the meaning of since a moment, newest first, at most so many.
pub async fn list_unclear(db: &Db, brand: BrandId, since: Ts, most: i64) -> Result<Vec<Unclear>> {
    db.query(UNCLEAR_SINCE).bind(since).bind(brand).bind(most).all().await
}

/// Drops the hand-overs of a conversation that came after a moment, but for some.
pub async fn drop_hand_offs(tx: &mut Tx, conversation: ConversationId, after: Ts, but: &[HandOffId]) -> Result<()> {
    const DROP: Sql = Sql {
        sqlite: "delete from hand_offs where conversation_id = $1 and created_at > $2
            and id not in (select unhex(value, '-') from json_each($3))",
        postgres: "delete from hand_offs where conversation_id = $1 and created_at > $2
            and id <> all (array(select value::uuid from json_array_elements_text($3::json)))",
    };
    tx.query(DROP).bind(conversation).bind(after).bind(rows::json(but)?).execute().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::agent_run::UNCLEAR;

    #[test]
    fn the_statement_and_the_index_name_the_reason_that_the_agent_gives() {
        let named = format!("reason = '{UNCLEAR}'");
        assert!(UNCLEAR_SINCE.contains(&named));
        for index in [
            include_str!("../../migrations/sqlite/0099_unclear_hand_offs.sql"),
            include_str!("../../migrations/postgres/0099_unclear_hand_offs.sql"),
        ] {
            assert!(index.contains(&named), "{index}");
        }
    }
}
