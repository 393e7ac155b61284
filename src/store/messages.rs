//! Messages of a conversation and their way to the customer.

mod elsewhere;
mod ends;
mod sending;
mod thread;

use std::collections::HashMap;

use super::db::Sql;
use super::people::same_person;
use super::{Db, Error, Result, Tx, conversations, rows};
use crate::model::conversation::{Conversation, Shown};
use crate::model::message::{Delivery, Message, Trust};
use crate::model::reading_order::put_in_order;
use crate::model::turn::Turn;
use crate::model::{ChannelId, ContactId, ConversationId, MessageId, TeammateId, Ts};

pub use elsewhere::list_written_behind;
pub use ends::list_ends;
pub use sending::{
    follow_thread, list_unsure, note_failed_part, note_put_off, note_vanished, send_anew, set_delivery, set_part_sent,
    set_sending, set_sent,
};
pub use thread::{
    LastWritten, Written, answer_address, is_alone_on, last_written, list_on, list_written, set_thread, thread_ids,
    thread_of,
};

/// Whether a message of ours, under this name, is for the customer of its conversation: what went to others alone answers nothing
/// of theirs (`Message::passes_by`).
macro_rules! is_for_customer {
    ($message:literal) => {
        concat!(
            "(not ",
            $message,
            ".aside or ",
            $message,
            ".to_contact_id = (select home.contact_id from conversations home where home.id = ",
            $message,
            ".conversation_id))"
        )
    };
}
pub(super) use is_for_customer;

/// The newest messages of a conversation, in the order in which people read them.
pub async fn list(db: &Db, conversation: ConversationId, most: i64) -> Result<Vec<Message>> {
    let mut messages: Vec<Message> = db
        .query("select * from messages where conversation_id = $1 order by seq desc limit $2")
        .bind(conversation)
        .bind(most)
        .all()
        .await?;
    messages.reverse();
    put_in_order(&mut messages);
    Ok(messages)
}

/// The newest messages of a conversation that came before one of them, in the order in which people read them.
pub async fn list_before(db: &Db, conversation: ConversationId, seq: i64, most: i64) -> Result<Vec<Message>> {
    let mut messages: Vec<Message> = db
        .query("select * from messages where conversation_id = $1 and seq < $2 order by seq desc limit $3")
        .bind(conversation)
        .bind(seq)
        .bind(most)
        .all()
        .await?;
    messages.reverse();
    put_in_order(&mut messages);
    Ok(messages)
}

/// How many messages of a conversation are before one of them.
pub async fn count_before(db: &Db, conversation: ConversationId, seq: i64) -> Result<i64> {
    db.query("select count(*) from messages where conversation_id = $1 and seq < $2")
        .bind(conversation)
        .bind(seq)
        .scalar()
        .await
}

/// When the first message of a conversation from a number on came; nothing when there is none.
pub async fn written_from(db: &Db, conversation: ConversationId, seq: i64) -> Result<Option<Ts>> {
    #[derive(sqlx::FromRow)]
    struct Written {
        created_at: Ts,
    }
    let found: Option<Written> = db
        .query("select created_at from messages where conversation_id = $1 and seq >= $2 order by seq limit 1")
        .bind(conversation)
        .bind(seq)
        .optional()
        .await?;
    Ok(found.map(|row| row.created_at))
}

/// Every message of a conversation, in the order in which people read them, as this transaction sees them.
pub async fn list_in(tx: &mut Tx, conversation: ConversationId) -> Result<Vec<Message>> {
    let sql = "select * from messages where conversation_id = $1 order by seq";
    let mut messages: Vec<Message> = tx.query(sql).bind(conversation).all().await?;
    put_in_order(&mut messages);
    Ok(messages)
}

/// Whether others wrote in a conversation on a channel, and its customer, under whichever of their names, did not.
const IS_OF_OTHERS_ALONE: &str = concat!(
    "select exists (select 1 from messages where conversation_id = $1 and channel_id = $2 and direction = 'inbound')
        and not exists (select 1 from messages where conversation_id = $1 and channel_id = $2 and direction = 'inbound'
            and sender_address <> '' and contact_id in ",
    same_person!("(select contact_id from conversations where id = $1)"),
    ")"
);

/// Whether all that came into a conversation on a channel is from others than its customer, or names no sender.
pub async fn is_of_others_alone(db: &Db, conversation: ConversationId, channel: ChannelId) -> Result<bool> {
    db.query(IS_OF_OTHERS_ALONE).bind(conversation).bind(channel).scalar().await
}

/// The same as this transaction sees it.
pub async fn is_of_others_alone_in(tx: &mut Tx, conversation: ConversationId, channel: ChannelId) -> Result<bool> {
    tx.query(IS_OF_OTHERS_ALONE).bind(conversation).bind(channel).scalar().await
}

/// Whose turn it was in some conversations, message by message, oldest first.
pub async fn list_turns(tx: &mut Tx, of: &[ConversationId]) -> Result<HashMap<ConversationId, Vec<Turn>>> {
    const LIST: Sql = Sql {
        sqlite: "select conversation_id, direction, author, automatic, delivery, aside, created_at from messages
            where conversation_id in (select unhex(value, '-') from json_each($1)) order by seq",
        postgres: "select conversation_id, direction, author, automatic, delivery, aside, created_at from messages
            where conversation_id = any (array(select value::uuid from json_array_elements_text($1::json)))
            order by seq",
    };
    #[derive(sqlx::FromRow)]
    struct Row {
        conversation_id: ConversationId,
        #[sqlx(flatten)]
        turn: Turn,
    }
    let mut turns: HashMap<ConversationId, Vec<Turn>> = HashMap::new();
    let rows: Vec<Row> = tx.query(LIST).bind(rows::json(of)?).all().await?;
    for Row { conversation_id, turn } in rows {
        turns.entry(conversation_id).or_default().push(turn);
    }
    Ok(turns)
}

/// What came in a conversation behind a message, in the order in which it came.
pub async fn list_behind(tx: &mut Tx, conversation: ConversationId, seq: i64) -> Result<Vec<Message>> {
    tx.query("select * from messages where conversation_id = $1 and seq > $2 order by seq")
        .bind(conversation)
        .bind(seq)
        .all()
        .await
}

/// The newest message of a conversation; nothing is behind it.
pub async fn newest(tx: &mut Tx, conversation: ConversationId) -> Result<i64> {
    tx.query("select coalesce(max(seq), 0) from messages where conversation_id = $1").bind(conversation).scalar().await
}

/// Whether nothing is behind a message of a conversation.
pub async fn is_newest(db: &Db, conversation: ConversationId, seq: i64) -> Result<bool> {
    db.query("select not exists (select 1 from messages where conversation_id = $1 and seq > $2)")
        .bind(conversation)
        .bind(seq)
        .scalar()
        .await
}

/// One message.
pub async fn find(db: &Db, id: MessageId) -> Result<Option<Message>> {
    db.query("select * from messages where id = $1").bind(id).optional().await
}

/// One message, as this transaction sees it.
pub async fn find_in(tx: &mut Tx, id: MessageId) -> Result<Option<Message>> {
    tx.query("select * from messages where id = $1").bind(id).optional().await
}

/// One message, to change it in this transaction. Whoever also changes its conversation locks that first.
pub async fn lock(tx: &mut Tx, id: MessageId) -> Result<Message> {
    const LOCK: super::db::Sql = super::db::Sql {
        sqlite: "select * from messages where id = $1",
        postgres: "select * from messages where id = $1 for update",
    };
    tx.query(LOCK).bind(id).one().await
}

/// A message with the conversation that it is in now, to change both in this transaction. It was seen in `place`, and
/// conversations are merged and split: whoever moves it holds both, so it stays from here on. One that it is not in is let
/// go before the next one is locked: nobody holds two of them out of order.
pub async fn lock_in_place(tx: &mut Tx, id: MessageId, place: ConversationId) -> Result<(Conversation, Message)> {
    #[derive(sqlx::FromRow)]
    struct Place {
        conversation_id: ConversationId,
    }
    let mut seen_in = place;
    if tx.is_postgres() {
        tx.query("savepoint unplaced").execute().await?;
    }
    loop {
        let conversation = conversations::lock(tx, seen_in).await?;
        let now: Option<Place> =
            tx.query("select conversation_id from messages where id = $1").bind(id).optional().await?;
        seen_in = now.ok_or(Error::NotFound)?.conversation_id;
        if seen_in == conversation.id {
            return Ok((conversation, lock(tx, id).await?));
        }
        if tx.is_postgres() {
            tx.query("rollback to savepoint unplaced").execute().await?;
        }
    }
}

/// Notes when an answer was due that this message takes care of.
pub async fn keep_due(tx: &mut Tx, id: MessageId, due: Option<Ts>) -> Result<()> {
    tx.query("update messages set kept_due_at = $1 where id = $2").bind(due).bind(id).execute().await?;
    Ok(())
}

/// When an answer was due before this message.
pub async fn due_before(tx: &mut Tx, id: MessageId) -> Result<Option<Ts>> {
    tx.query("select kept_due_at from messages where id = $1").bind(id).scalar().await
}

/// When an answer was due before this message, if nobody has written or been answered since.
pub async fn kept_due(tx: &mut Tx, id: MessageId) -> Result<Option<Ts>> {
    #[derive(sqlx::FromRow)]
    struct Due {
        kept_due_at: Option<Ts>,
    }
    let row: Option<Due> = tx
        .query(
            "select kept_due_at from messages where id = $1 and not exists (select 1 from messages newer
                 where newer.conversation_id = messages.conversation_id and newer.seq > messages.seq
                     and newer.automatic <> 'auto_reply' and newer.author <> 'system'
                     and (newer.delivery is null or newer.delivery not in ('held', 'cancelled', 'failed')))",
        )
        .bind(id)
        .optional()
        .await?;
    Ok(row.and_then(|row| row.kept_due_at))
}

/// Messages that no person wrote or approved and that have not begun to leave, to change them in this transaction.
pub async fn lock_queued_by_machine(tx: &mut Tx, conversation: ConversationId) -> Result<Vec<Message>> {
    const LOCK: super::db::Sql = super::db::Sql {
        sqlite: "select * from messages where conversation_id = $1 and delivery = 'queued' and parts_sent = 0
            and author in ('agent', 'system') order by seq",
        postgres: "select * from messages where conversation_id = $1 and delivery = 'queued' and parts_sent = 0
            and author in ('agent', 'system') order by seq for update",
    };
    tx.query(LOCK).bind(conversation).all().await
}

/// Of these conversations those in which a reply waits that the agent sends alone.
pub async fn list_with_agents_reply(tx: &mut Tx, of: &[ConversationId]) -> Result<Vec<ConversationId>> {
    const LIST: super::db::Sql = super::db::Sql {
        sqlite: "select distinct conversation_id as id from messages where delivery = 'queued' and author = 'agent'
            and conversation_id in (select unhex(value, '-') from json_each($1))",
        postgres: "select distinct conversation_id as id from messages where delivery = 'queued' and author = 'agent'
            and conversation_id in (select cast(value as uuid) from json_array_elements_text($1::json))",
    };
    #[derive(sqlx::FromRow)]
    struct Row {
        id: ConversationId,
    }
    if of.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<Row> = tx.query(LIST).bind(rows::json(of)?).all().await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// Whether an older message of the conversation is on its way on the same channel: it leaves first. One on another channel
/// keeps nothing waiting, for that channel may let nothing out for days, and whoever reads here sees no order between both.
pub async fn waits_behind(db: &Db, message: &Message) -> Result<bool> {
    db.query(
        "select exists (select 1 from messages where conversation_id = $1 and seq < $2 and channel_id = $3
             and delivery in ('queued', 'sending', 'unknown'))",
    )
    .bind(message.conversation_id)
    .bind(message.seq)
    .bind(message.channel_id)
    .scalar()
    .await
}

/// Whether another message of a channel was put off as well and waits for its next turn.
pub async fn is_another_put_off(db: &Db, channel: ChannelId, than: MessageId) -> Result<bool> {
    db.query(
        "select exists (select 1 from messages where delivery in ('queued', 'sending', 'held', 'unknown', 'failed')
             and delivery = 'queued' and channel_id = $1 and delivery_reason <> '' and id <> $2)",
    )
    .bind(channel)
    .bind(than)
    .scalar()
    .await
}

/// On which way the last message of a customer came.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct LastInbound {
    /// The address of the writer.
    pub sender_address: String,
    /// How sure it is that they wrote it.
    pub trust: Trust,
    /// `inbox`, `junk`, `webhook`; `None` where the raw bytes are not kept.
    pub origin: Option<String>,
}

/// The last message in of a conversation.
pub async fn last_inbound(tx: &mut Tx, conversation: ConversationId) -> Result<Option<LastInbound>> {
    tx.query(
        "select m.sender_address, m.trust, r.origin from messages m left join raw_events r on r.id = m.raw_event_id
         where m.conversation_id = $1 and m.direction = 'inbound' order by m.seq desc limit 1",
    )
    .bind(conversation)
    .optional()
    .await
}

/// How many messages went to a customer without a person since a moment.
pub async fn count_automatic(tx: &mut Tx, contact: ContactId, since: Ts) -> Result<i64> {
    const AUTOMATIC: Sql = Sql {
        sqlite: concat!(
            "select coalesce(sum((select count(*) from messages m where m.conversation_id = c.id and m.created_at >= $2
                 and m.author in ('agent', 'system') and m.delivery <> 'cancelled')), 0)
             from conversations c where c.contact_id in ",
            same_person!("$1"),
            " and c.last_message_at >= $2"
        ),
        postgres: concat!(
            "select cast(coalesce(sum((select count(*) from messages m where m.conversation_id = c.id
                 and m.created_at >= $2 and m.author in ('agent', 'system') and m.delivery <> 'cancelled')), 0) as bigint)
             from conversations c where c.contact_id = any (array",
            same_person!("$1"),
            ") and c.last_message_at >= $2"
        ),
    };
    tx.query(AUTOMATIC).bind(contact).bind(since).scalar().await
}

/// How many messages that no person wrote went to just this address since a moment, whoever's conversation they are in. What
/// was taken back or waits for a person went nowhere. Nobody else counts those of the address until this transaction ends: two
/// who count at once would both find room for one more. On SQLite the one writer sees to it.
pub async fn count_letters(tx: &mut Tx, address: &str, since: Ts) -> Result<i64> {
    const LETTERS: Sql = Sql {
        sqlite: "select count(*) from messages where author = 'system' and lower(recipients) = lower($1)
            and created_at >= $2 and delivery not in ('cancelled', 'held')",
        postgres: "select count(*) from messages where author = 'system'
            and lower(recipients::text) = lower(cast($1 as jsonb)::text) and created_at >= $2
            and delivery not in ('cancelled', 'held')",
    };
    if tx.is_postgres() {
        let lock = "select pg_advisory_xact_lock(7351003, hashtext(lower($1::text)))";
        tx.query(lock).bind(rows::text(address)).execute().await?;
    }
    tx.query(LETTERS).bind(rows::json(&[address])?).bind(since).scalar().await
}

/// How many outgoing messages are in a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct DeliveryCount {
    /// The state.
    pub delivery: Delivery,
    /// How many.
    pub count: i64,
}

/// Counts outgoing messages that did not leave, or of which nobody knows.
pub async fn counts_undelivered(db: &Db) -> Result<Vec<DeliveryCount>> {
    db.query(
        "select delivery, count(*) as count from messages
         where delivery in ('queued', 'sending', 'held', 'unknown', 'failed') group by delivery",
    )
    .all()
    .await
}

/// Whether somebody else, a person, the agent or a program in their name, has answered the customer behind the message `seen`.
pub async fn is_overtaken(tx: &mut Tx, conversation: ConversationId, seen: i64, by: TeammateId) -> Result<bool> {
    tx.query(concat!(
        "select exists (select 1 from messages m where conversation_id = $1 and seq > $2 and direction = 'outbound'
             and (teammate_id is null or teammate_id <> $3 or by_program) and author <> 'system' and ",
        is_for_customer!("m"),
        " and (delivery is null or delivery <> 'cancelled'))"
    ))
    .bind(conversation)
    .bind(seen)
    .bind(by)
    .scalar()
    .await
}

/// Whether somebody on the other side, and no machine, wrote what was not `shown`, or another conversation came in since.
pub async fn is_written_behind(tx: &mut Tx, conversation: ConversationId, shown: Shown) -> Result<bool> {
    tx.query(
        "select exists (select 1 from messages where conversation_id = $1 and seq > $2 and direction = 'inbound'
             and automatic = 'no')
             or (select count(*) from merges where target_id = $1 and undone_at is null) > $3",
    )
    .bind(conversation)
    .bind(shown.last)
    .bind(shown.merges)
    .scalar()
    .await
}

/// Whether a teammate has written to the customer in their own words since a moment, here or in another program.
pub async fn is_answered_by_hand(tx: &mut Tx, conversation: ConversationId, since: Ts) -> Result<bool> {
    tx.query(concat!(
        "select exists (select 1 from messages m where conversation_id = $1 and created_at >= $2
             and author = 'teammate' and draft_id is null and automatic = 'no' and ",
        is_for_customer!("m"),
        " and (delivery is null or delivery <> 'cancelled'))"
    ))
    .bind(conversation)
    .bind(since)
    .scalar()
    .await
}

/// The last reply of a person that can still be taken back.
pub async fn last_undoable(db: &Db, teammate: TeammateId, now: Ts) -> Result<Option<MessageId>> {
    #[derive(sqlx::FromRow)]
    struct Id {
        id: MessageId,
    }
    let row: Option<Id> = db
        .query(
            "select id from messages where delivery in ('queued', 'sending', 'held', 'unknown', 'failed')
                 and delivery = 'queued' and teammate_id = $1 and send_at > $2
             order by created_at desc, seq desc limit 1",
        )
        .bind(teammate)
        .bind(now)
        .optional()
        .await?;
    Ok(row.map(|row| row.id))
}
