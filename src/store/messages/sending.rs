//! How far a message that is sent has come.

use crate::model::message::Delivery;
use crate::model::{ChannelId, ContactId, ConversationId, MessageId, Ts};
use crate::store::{Db, Result, Tx, rows};

/// Notes where a message is.
pub async fn set_delivery(tx: &mut Tx, id: MessageId, delivery: Delivery, reason: &str) -> Result<()> {
    tx.query("update messages set delivery = $1, delivery_reason = $2 where id = $3")
        .bind(delivery)
        .bind(rows::text(reason))
        .bind(id)
        .execute()
        .await?;
    Ok(())
}

/// Notes that a message is handed over in so many calls: to whom and in which thread, and that the next of them begins now.
pub async fn set_sending(
    tx: &mut Tx,
    id: MessageId,
    parts: i64,
    (to, thread, now): (ContactId, Option<&str>, Ts),
) -> Result<()> {
    tx.query(
        "update messages set delivery = 'sending', delivery_reason = '', parts = $1, to_contact_id = $2, left_at = $3,
             thread = $4
         where id = $5",
    )
    .bind(parts)
    .bind(to)
    .bind(now)
    .bind(thread.map(rows::text))
    .bind(id)
    .execute()
    .await?;
    Ok(())
}

/// The words of what leaves by a channel, or has left without anybody knowing under which ids, the newest first: at most 500.
pub async fn list_unsure(db: &Db, channel: ChannelId) -> Result<Vec<String>> {
    #[derive(sqlx::FromRow)]
    struct Unsure {
        body: String,
    }
    let unsure: Vec<Unsure> = db
        .query(
            "select body from messages where delivery in ('queued', 'sending', 'held', 'unknown', 'failed')
                 and channel_id = $1 order by created_at desc limit 500",
        )
        .bind(channel)
        .all()
        .await?;
    Ok(unsure.into_iter().map(|message| message.body).collect())
}

/// What waits to leave into one thread of a conversation leaves into another, in which that went on.
pub async fn follow_thread(
    tx: &mut Tx,
    (conversation, channel): (ConversationId, ChannelId),
    (from, to): (&str, &str),
) -> Result<()> {
    tx.query(
        "update messages set thread = $1
         where conversation_id = $2 and channel_id = $3 and delivery = 'queued' and thread = $4",
    )
    .bind(rows::text(to))
    .bind(conversation)
    .bind(channel)
    .bind(rows::text(from))
    .execute()
    .await?;
    Ok(())
}

/// Notes that the platform took a message. What was told of it before that stays, and so does that it was taken back.
pub async fn set_sent(tx: &mut Tx, id: MessageId, external_id: &str, at: Ts) -> Result<()> {
    tx.query(
        "update messages set delivery = case when delivery in ('delivered', 'read', 'failed', 'cancelled') then delivery
                 else 'sent' end,
             delivery_reason = case when delivery = 'failed' then delivery_reason else '' end, external_id = $1,
             sent_at = $2, parts_sent = coalesce(
                 (select min(number) from message_parts where message_id = messages.id and state = 'failed'), parts)
         where id = $3",
    )
    .bind(rows::text(external_id))
    .bind(at)
    .bind(id)
    .execute()
    .await?;
    Ok(())
}

/// Notes that the platform took a further call of a message, of so many; it waits for the next one, unless it was stopped
/// or failed meanwhile.
pub async fn set_part_sent(
    tx: &mut Tx,
    id: MessageId,
    external_id: &str,
    (parts_sent, parts): (i64, i64),
) -> Result<()> {
    tx.query(
        "update messages set delivery = case when delivery in ('sending', 'unknown') then 'queued' else delivery end,
             delivery_reason = case when delivery in ('sending', 'unknown') then '' else delivery_reason end, vanished = 0,
             parts_sent = coalesce(
                 (select min(number) from message_parts where message_id = messages.id and state = 'failed'), $1),
             parts = $2,
             external_id = case when external_id = '' then $3 else external_id end
         where id = $4",
    )
    .bind(parts_sent)
    .bind(parts)
    .bind(rows::text(external_id))
    .bind(id)
    .execute()
    .await?;
    Ok(())
}

/// Notes that only what is before the first part that did not arrive is through of a message; gives how many calls.
pub async fn note_failed_part(tx: &mut Tx, id: MessageId) -> Result<i64> {
    tx.query(
        "update messages set parts_sent = coalesce(
             (select min(number) from message_parts where message_id = messages.id and state = 'failed'), parts_sent)
         where id = $1 returning parts_sent",
    )
    .bind(id)
    .scalar()
    .await
}

/// A person lets a message leave once more, from the first part on that did not arrive. One of which nothing has arrived goes
/// where an answer goes by then.
pub async fn send_anew(tx: &mut Tx, id: MessageId, now: Ts) -> Result<()> {
    tx.query(
        "update messages set delivery = 'queued', delivery_reason = '', vanished = 0, anew_at = $2, put_off_since = null,
             thread = case when aside or parts_sent between 1 and parts - 1 then thread end,
             parts_sent = coalesce(
                 (select min(number) from message_parts where message_id = messages.id and state = 'failed'),
                 case when parts_sent < parts then parts_sent else 0 end)
         where id = $1",
    )
    .bind(id)
    .bind(now)
    .execute()
    .await?;
    // What becomes of these from now on is told anew.
    tx.query(
        "delete from message_parts where message_id = $1 and number >= (select parts_sent from messages where id = $1)",
    )
    .bind(id)
    .execute()
    .await?;
    Ok(())
}

/// Counts that the platform has no trace of a message that was cut off on its way; gives how often that was.
pub async fn note_vanished(tx: &mut Tx, id: MessageId) -> Result<i64> {
    #[derive(sqlx::FromRow)]
    struct Times {
        vanished: i64,
    }
    let row: Times =
        tx.query("update messages set vanished = vanished + 1 where id = $1 returning vanished").bind(id).one().await?;
    Ok(row.vanished)
}

/// Notes that the platform takes a message at its own time; gives since when it says so of this one.
pub async fn note_put_off(tx: &mut Tx, id: MessageId, now: Ts) -> Result<Ts> {
    tx.query("update messages set put_off_since = coalesce(put_off_since, $1) where id = $2 returning put_off_since")
        .bind(now)
        .bind(id)
        .scalar()
        .await
}
