//! What stops the agent, and what it has put on its way alone.

use super::{Db, Reader, Result, Tx, rows};
use crate::model::brake::Brake;
use crate::model::{BrakeId, BrandId, MessageId, TeammateId, Ts};

/// The stops that hold, the oldest first.
pub async fn list_in_force(reader: &mut Reader<'_>) -> Result<Vec<Brake>> {
    reader.query("select * from brakes where lifted_at is null order by set_at, id").all().await
}

/// The latest ones that hold no more, the one that ended last first.
pub async fn list_lifted(db: &Db, most: i64) -> Result<Vec<Brake>> {
    db.query("select * from brakes where lifted_at is not null order by lifted_at desc, id desc limit $1")
        .bind(most)
        .all()
        .await
}

/// Stops the agent from now on.
pub async fn insert(tx: &mut Tx, brake: &Brake) -> Result<()> {
    tx.query(
        "insert into brakes (id, brand_id, intent, channel, action, reason, set_by, set_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(brake.id)
    .bind(brake.brand_id)
    .bind(brake.intent.as_str())
    .bind(brake.channel.as_str())
    .bind(brake.action.as_str())
    .bind(rows::text(&brake.reason))
    .bind(brake.set_by)
    .bind(brake.set_at)
    .execute()
    .await?;
    Ok(())
}

/// Lets the agent go on. Gives the stop, if it held until now.
pub async fn lift(tx: &mut Tx, id: BrakeId, by: TeammateId, now: Ts) -> Result<Option<Brake>> {
    tx.query("update brakes set lifted_by = $1, lifted_at = $2 where id = $3 and lifted_at is null returning *")
        .bind(by)
        .bind(now)
        .bind(id)
        .optional()
        .await
}

/// What a reply is about that the agent has put on its way alone.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct SentAlone {
    /// Whose.
    pub brand_id: BrandId,
    /// The intent's word.
    pub intent: String,
    /// The kind of the channel on which it leaves.
    pub channel: String,
}

/// What a message is about, if the agent has put it on its way alone and nothing of it has begun to leave. What a person sends
/// again is sent on their word.
pub async fn find_sent_alone(reader: &mut Reader<'_>, message: MessageId) -> Result<Option<SentAlone>> {
    reader
        .query(
            "select c.brand_id, d.intent, h.kind as channel
             from messages m join conversations c on c.id = m.conversation_id
             join drafts d on d.id = m.draft_id join channels h on h.id = m.channel_id
             where m.id = $1 and m.delivery = 'queued' and m.author = 'agent' and m.parts_sent = 0
                 and m.anew_at is null and not exists (select 1 from message_parts p
                     where p.message_id = m.id and p.state in ('sent', 'delivered', 'read'))",
        )
        .bind(message)
        .optional()
        .await
}

/// All such messages, the oldest first, at most `most`.
pub async fn list_sent_alone(db: &Db, most: i64) -> Result<Vec<MessageId>> {
    #[derive(sqlx::FromRow)]
    struct Id {
        id: MessageId,
    }
    let ids: Vec<Id> = db
        .query(
            "select id from messages
             where delivery = 'queued' and author = 'agent' and parts_sent = 0 and anew_at is null
                 and draft_id is not null and not exists (select 1 from message_parts p
                     where p.message_id = messages.id and p.state in ('sent', 'delivered', 'read'))
             order by created_at, id limit $1",
        )
        .bind(most)
        .all()
        .await?;
    Ok(ids.into_iter().map(|row| row.id).collect())
}
