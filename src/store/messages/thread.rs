//! The thread in which a conversation goes on over a channel.

use crate::model::message::Message;
use crate::model::message_change::MessageChanges;
use crate::model::{ChannelId, ConversationId, Json, Ts};
use crate::store::{Db, Result, Tx};

/// What a customer wrote last on a channel: what an answer refers to.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct LastWritten {
    /// When they wrote last there, as the platform says: their time to be answered is counted from then. What came behind an
    /// answer may have been written before it.
    pub written_at: Ts,
    /// The platform's id of it.
    pub external_id: String,
    /// Its subject.
    pub subject: String,
    /// What became of it since it was placed.
    pub changes: Option<Json<MessageChanges>>,
}

impl LastWritten {
    /// Whether its writer has taken it back.
    pub fn is_taken_back(&self) -> bool {
        self.changes.as_ref().is_some_and(|changes| changes.0.taken_back_at.is_some())
    }
}

/// The last one of those that stand together behind the last message of ours before them (`model/reading_order.rs`). Of a
/// hundred that came last, one is that which was written last.
const LAST_WRITTEN: &str = "select m.external_id, m.subject, m.changes,
        (select max(coalesce(newer.written_at, newer.created_at)) from (
            select written_at, created_at from messages
            where conversation_id = $1 and channel_id = $2 and direction = 'inbound' and automatic = 'no'
            order by seq desc limit 100) newer) as written_at
    from messages m
    where m.conversation_id = $1 and m.channel_id = $2 and m.direction = 'inbound' and m.automatic = 'no'
        and m.seq > coalesce((select ours.seq from messages ours
            where ours.conversation_id = $1 and ours.direction = 'outbound'
                and ours.seq < (select newest.seq from messages newest
                    where newest.conversation_id = $1 and newest.channel_id = $2 and newest.direction = 'inbound'
                        and newest.automatic = 'no'
                    order by newest.seq desc limit 1)
            order by ours.seq desc limit 1), 0)
    order by coalesce(m.written_at, m.created_at) desc, m.seq desc limit 1";

/// What a customer, and no machine, wrote last in a conversation on a channel.
pub async fn last_written(db: &Db, conversation: ConversationId, channel: ChannelId) -> Result<Option<LastWritten>> {
    db.query(LAST_WRITTEN).bind(conversation).bind(channel).optional().await
}

/// The same as this transaction sees it.
pub async fn last_written_in(
    tx: &mut Tx,
    conversation: ConversationId,
    channel: ChannelId,
) -> Result<Option<LastWritten>> {
    tx.query(LAST_WRITTEN).bind(conversation).bind(channel).optional().await
}

/// When a customer wrote a message, and the platform's id of it.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Written {
    /// As the platform says.
    pub written_at: Ts,
    /// The platform's id.
    pub external_id: String,
}

/// Of a hundred that came last, as above.
const WRITTEN: &str = "select coalesce(written_at, created_at) as written_at, external_id from messages
    where conversation_id = $1 and channel_id = $2 and direction = 'inbound' and automatic = 'no'
    order by seq desc limit 100";

/// What a customer, and no machine, wrote in a conversation on a channel, the newest first.
pub async fn list_written(db: &Db, conversation: ConversationId, channel: ChannelId) -> Result<Vec<Written>> {
    db.query(WRITTEN).bind(conversation).bind(channel).all().await
}

/// The same as this transaction sees it.
pub async fn list_written_in(tx: &mut Tx, conversation: ConversationId, channel: ChannelId) -> Result<Vec<Written>> {
    tx.query(WRITTEN).bind(conversation).bind(channel).all().await
}

/// The newest messages of a conversation on a channel, oldest first.
pub async fn list_on(db: &Db, conversation: ConversationId, channel: ChannelId, most: i64) -> Result<Vec<Message>> {
    let mut messages: Vec<Message> = db
        .query("select * from messages where conversation_id = $1 and channel_id = $2 order by seq desc limit $3")
        .bind(conversation)
        .bind(channel)
        .bind(most)
        .all()
        .await?;
    messages.reverse();
    Ok(messages)
}

/// Whether a conversation has no message on another channel, however many it has.
pub async fn is_alone_on(db: &Db, conversation: ConversationId, channel: ChannelId) -> Result<bool> {
    db.query("select not exists (select 1 from messages where conversation_id = $1 and channel_id <> $2)")
        .bind(conversation)
        .bind(channel)
        .scalar()
        .await
}

#[derive(sqlx::FromRow)]
struct Key {
    key: String,
}

impl Key {
    fn thread(self) -> Option<String> {
        self.key.strip_prefix("thread:").map(str::to_owned)
    }
}

const THREADS: &str = "select k.key from messages m join message_keys k on k.message_id = m.id
    where m.conversation_id = $1 and m.channel_id = $2 and k.channel_id = m.channel_id and k.key like 'thread:%'
    order by m.seq desc limit 20";

/// The platform's own ids of the threads in which a conversation goes on there, the one that began last first. One that is
/// too long to be kept whole is not known.
pub async fn threads_of(db: &Db, conversation: ConversationId, channel: ChannelId) -> Result<Vec<String>> {
    let found: Vec<Key> = db.query(THREADS).bind(conversation).bind(channel).all().await?;
    Ok(found.into_iter().filter_map(Key::thread).collect())
}

/// The same as this transaction sees it.
pub async fn threads_in(tx: &mut Tx, conversation: ConversationId, channel: ChannelId) -> Result<Vec<String>> {
    let found: Vec<Key> = tx.query(THREADS).bind(conversation).bind(channel).all().await?;
    Ok(found.into_iter().filter_map(Key::thread).collect())
}
