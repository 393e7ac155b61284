//! The thread in which a conversation goes on over a channel.

use crate::model::message::Message;
use crate::model::message_change::MessageChanges;
use crate::model::{ChannelId, ConversationId, Json, MessageId, Ts};
use crate::store::people::same_person;
use crate::store::{Db, Result, Tx, rows};

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

/// Whose messages are asked for: everybody's, those of one thread, or those of the conversation's customer, under whichever of
/// their names.
macro_rules! whose {
    (everybody) => {
        ""
    };
    (thread) => {
        " and thread = $3"
    };
    (customer) => {
        concat!(" and contact_id in ", same_person!("(select contact_id from conversations where id = $1)"))
    };
}

/// What was written last, of those whose messages are asked for.
macro_rules! last {
    ($what:literal, $whose:ident) => {
        concat!(
            "select ",
            $what,
            " from messages m
            where m.conversation_id = $1 and m.channel_id = $2 and m.direction = 'inbound' and m.automatic = 'no'",
            whose!($whose),
            " and m.seq > coalesce((select ours.seq from messages ours
                    where ours.conversation_id = $1 and ours.direction = 'outbound'
                        and ours.seq < (select newest.seq from messages newest
                            where newest.conversation_id = $1 and newest.channel_id = $2
                                and newest.direction = 'inbound' and newest.automatic = 'no'",
            whose!($whose),
            " order by newest.seq desc limit 1)
                    order by ours.seq desc limit 1), 0)
            order by coalesce(m.written_at, m.created_at) desc, m.seq desc limit 1"
        )
    };
}

/// The last one of those that stand together behind the last message of ours before them (`model/reading_order.rs`). Of a
/// hundred that came last, one is that which was written last.
macro_rules! last_written {
    ($whose:ident) => {
        concat!(
            "select a.external_id, a.subject, a.changes,
                (select max(coalesce(newer.written_at, newer.created_at)) from (
                    select written_at, created_at from messages
                    where conversation_id = $1 and channel_id = $2 and direction = 'inbound' and automatic = 'no'",
            whose!($whose),
            " order by seq desc limit 100) newer) as written_at
            from messages a where a.id = (",
            last!("m.id", $whose),
            ")"
        )
    };
}

const LAST_WRITTEN: &str = last_written!(everybody);
const LAST_IN_THREAD: &str = last_written!(thread);
const LAST_OF_CUSTOMER: &str = last_written!(customer);

/// What a person wrote last in a conversation on a channel: in the thread in which the conversation goes on there, or, where
/// nobody has written in that yet, what its customer wrote last. Without a thread it is anybody's where the customer has
/// never written there.
pub async fn last_written(
    db: &Db,
    conversation: ConversationId,
    channel: ChannelId,
    thread: Option<&str>,
) -> Result<Option<LastWritten>> {
    if let Some(thread) = thread {
        let there = db.query(LAST_IN_THREAD).bind(conversation).bind(channel).bind(rows::text(thread));
        if let Some(last) = there.optional().await? {
            return Ok(Some(last));
        }
    }
    let own: Option<LastWritten> = db.query(LAST_OF_CUSTOMER).bind(conversation).bind(channel).optional().await?;
    if own.is_some() || thread.is_some() {
        return Ok(own);
    }
    db.query(LAST_WRITTEN).bind(conversation).bind(channel).optional().await
}

/// The same as this transaction sees it.
pub async fn last_written_in(
    tx: &mut Tx,
    conversation: ConversationId,
    channel: ChannelId,
    thread: Option<&str>,
) -> Result<Option<LastWritten>> {
    if let Some(thread) = thread {
        let there = tx.query(LAST_IN_THREAD).bind(conversation).bind(channel).bind(rows::text(thread));
        if let Some(last) = there.optional().await? {
            return Ok(Some(last));
        }
    }
    let own: Option<LastWritten> = tx.query(LAST_OF_CUSTOMER).bind(conversation).bind(channel).optional().await?;
    if own.is_some() || thread.is_some() {
        return Ok(own);
    }
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
const WRITTEN: &str = concat!(
    "select coalesce(written_at, created_at) as written_at, external_id from messages
    where conversation_id = $1 and channel_id = $2 and direction = 'inbound' and automatic = 'no'",
    whose!(customer),
    " order by seq desc limit 100"
);

/// What the customer of a conversation, and no machine, wrote in it on a channel, the newest first.
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

/// Whether all of a conversation was said on one channel, by and to its customer, and nobody else's went into it.
const IS_ALONE_ON: &str = concat!(
    "with recursive home (id) as (
        select id from conversations where id = $1
        union select m.source_id from merges m join home h on m.target_id = h.id where m.undone_at is null
    ), own (id) as ",
    same_person!("(select contact_id from conversations where id = $1)"),
    " select not exists (select 1 from messages where conversation_id = $1 and (channel_id <> $2
            or contact_id not in (select id from own) or to_contact_id not in (select id from own)))
        and not exists (select 1 from home h join conversations c on c.id = h.id
            where c.contact_id not in (select id from own))"
);

/// Whether a conversation is of one channel and one person alone, however many messages it has.
pub async fn is_alone_on(db: &Db, conversation: ConversationId, channel: ChannelId) -> Result<bool> {
    db.query(IS_ALONE_ON).bind(conversation).bind(channel).scalar().await
}

#[derive(sqlx::FromRow)]
struct Thread {
    thread: Option<String>,
}

/// That a message of ours went to the conversation's customer, or to nobody who is known.
macro_rules! to_them {
    () => {
        concat!(
            "(to_contact_id is null or to_contact_id in ",
            same_person!("(select contact_id from conversations where id = $1)"),
            ")"
        )
    };
}

/// The thread that a message of ours began behind what they wrote last; else that of what they wrote last; else the last one in
/// which they, or a machine of theirs, were heard; else the last one in which something went to them. Each is looked for in the
/// last hundred messages.
const THREAD: &str = concat!(
    "select coalesce(
        (select ours.thread from messages ours
            where ours.conversation_id = $1 and ours.channel_id = $2 and ours.direction = 'outbound'
                and ours.thread is not null and ours.sender_address = '' and ",
    to_them!(),
    " and ours.seq > coalesce((select seq from messages
                    where conversation_id = $1 and channel_id = $2 and direction = 'inbound' and automatic = 'no'",
    whose!(customer),
    " order by seq desc limit 1), 0)
                and exists (select 1 from message_keys k
                    where k.message_id = ours.id and k.channel_id = $2 and k.key like 'thread:%')
            order by ours.seq desc limit 1),
        (",
    last!("m.thread", customer),
    "),
        (select heard.thread from (
            select seq, thread from messages
            where conversation_id = $1 and channel_id = $2 and direction = 'inbound'",
    whose!(customer),
    " order by seq desc limit 100) heard
            where heard.thread is not null order by heard.seq desc limit 1),
        (select told.thread from (
            select seq, thread from messages
            where conversation_id = $1 and channel_id = $2 and direction = 'outbound' and ",
    to_them!(),
    " order by seq desc limit 100) told
            where told.thread is not null order by told.seq desc limit 1)) as thread"
);

/// The platform's own id of the thread in which a conversation goes on there with its customer. What others wrote in it, whose
/// conversations were merged into it, has threads of its own.
pub async fn thread_of(db: &Db, conversation: ConversationId, channel: ChannelId) -> Result<Option<String>> {
    let found: Thread = db.query(THREAD).bind(conversation).bind(channel).one().await?;
    Ok(found.thread)
}

/// The same as this transaction sees it.
pub async fn thread_in(tx: &mut Tx, conversation: ConversationId, channel: ChannelId) -> Result<Option<String>> {
    let found: Thread = tx.query(THREAD).bind(conversation).bind(channel).one().await?;
    Ok(found.thread)
}

/// Keeps in which thread of its platform's a message of ours is.
pub async fn set_thread(tx: &mut Tx, id: MessageId, thread: &str) -> Result<()> {
    tx.query("update messages set thread = $1 where id = $2").bind(rows::text(thread)).bind(id).execute().await?;
    Ok(())
}
