//! The thread in which a conversation goes on over a channel.

use crate::model::message::Message;
use crate::model::message_change::MessageChanges;
use crate::model::{ChannelId, ConversationId, Json, MessageId, Ts};
use crate::store::messages::is_for_customer;
use crate::store::people::same_person;
use crate::store::{Db, Reader, Result, Tx, rows};

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

/// The contacts of the customer of the conversation `$1`.
macro_rules! customer {
    () => {
        same_person!("(select contact_id from conversations where id = $1)")
    };
}

/// Where a letter, which brings what was not seen in a chat, went last on the channel `$2` to the customer of the conversation
/// `$1`: whoever writes from there answers for a visitor, who has no address of their own.
macro_rules! letter_address {
    () => {
        concat!(
            "(select lower(letter.recipients ->> 0) from messages letter
                where letter.conversation_id = $1 and letter.channel_id = $2 and letter.direction = 'outbound'
                    and letter.author = 'system' and (letter.recipients ->> 0) is not null and letter.to_contact_id in ",
            customer!(),
            " order by letter.seq desc limit 1)"
        )
    };
}

/// The last one of those that stand together behind the last message of ours before them (`model/reading_order.rs`). Of a
/// hundred that came last, one is that which was written last. `$3` says whose are asked for: those of a `thread`, which is `$4`,
/// those of the conversation's `customer`, under whichever of their names, those that are `addressed` from where a letter went
/// to them, or, where none did, `everybody`'s.
const LAST_WRITTEN: &str = concat!(
    "with said as not materialized (
        select seq, external_id, subject, changes, coalesce(written_at, created_at) as written_at from messages
        where conversation_id = $1 and channel_id = $2 and direction = 'inbound' and automatic = 'no'
            and case $3 when 'thread' then thread = $4 when 'customer' then contact_id in ",
    customer!(),
    " when 'addressed' then lower(sender_address) = ",
    letter_address!(),
    " else ",
    letter_address!(),
    " is null end
    ) select latest.external_id, latest.subject, latest.changes,
        (select newest.written_at from (select written_at from said order by seq desc limit 100) newest order by
            newest.written_at desc limit 1) as written_at
    from said latest
    where latest.seq > coalesce((select ours.seq from messages ours
        where ours.conversation_id = $1 and ours.direction = 'outbound' and ",
    is_for_customer!("ours"),
    "
            and ours.seq < (select seq from said order by seq desc limit 1)
        order by ours.seq desc limit 1), 0)
    order by latest.written_at desc, latest.seq desc limit 1"
);

/// What a person wrote last in a conversation on a channel: in the thread in which the conversation goes on there, or, where
/// nobody has written in that yet, what its customer wrote last. Without a thread it is what came from the address to which a
/// letter went to them, and anybody's where none did, if the customer has never written there.
pub async fn last_written(
    reader: &mut Reader<'_>,
    (conversation, channel): (ConversationId, ChannelId),
    thread: Option<&str>,
) -> Result<Option<LastWritten>> {
    let tried: &[&'static str] =
        if thread.is_some() { &["thread", "customer"] } else { &["customer", "addressed", "everybody"] };
    for whose in tried {
        let asked = reader.query(LAST_WRITTEN).bind(conversation).bind(channel).bind(*whose);
        if let Some(last) = asked.bind(thread.map(rows::text)).optional().await? {
            return Ok(Some(last));
        }
    }
    Ok(None)
}

/// Of a hundred that came last, as above. Of what no machine wrote, what stands in the thread `$3` goes before what was written
/// later elsewhere.
const ANSWER_ADDRESS: &str = concat!(
    "select case when reply_to = '' then sender_address else reply_to end as address from (
        select seq, automatic, thread, sender_address, reply_to, coalesce(written_at, created_at) as written_at
        from messages
        where conversation_id = $1 and channel_id = $2 and direction = 'inbound' and sender_address <> ''
            and contact_id in ",
    customer!(),
    " order by seq desc limit 100
    ) heard order by case when automatic = 'no' then 0 else 1 end,
        case when automatic = 'no' and thread = $3 then 0 else 1 end,
        case when automatic = 'no' then written_at end desc, seq desc limit 1"
);

/// Where an answer to what the customer of a conversation wrote on a channel goes, as `inbox/recipient.rs` finds it; nothing where
/// they have written nothing there.
pub async fn answer_address(
    reader: &mut Reader<'_>,
    (conversation, channel): (ConversationId, ChannelId),
    thread: Option<&str>,
) -> Result<Option<String>> {
    #[derive(sqlx::FromRow)]
    struct Found {
        address: String,
    }
    let asked = reader.query(ANSWER_ADDRESS).bind(conversation).bind(channel);
    let found: Option<Found> = asked.bind(thread.map(rows::text)).optional().await?;
    Ok(found.map(|found| found.address))
}

/// Of several people what the customer wrote, what came from where a letter went to them, and what went to them; everybody's
/// where they have never written there and no letter went to them.
const THREAD_IDS: &str = concat!(
    "select external_id from messages where conversation_id = $1 and channel_id = $2 and external_id <> ''
         and (delivery is null or delivery in ('sent', 'delivered', 'read'))
         and ((direction = 'inbound' and (contact_id in ",
    customer!(),
    " or lower(sender_address) = ",
    letter_address!(),
    ")) or (direction = 'outbound' and (to_contact_id is null or to_contact_id in ",
    customer!(),
    ")) or (",
    letter_address!(),
    " is null and not exists (select 1 from messages theirs
             where theirs.conversation_id = $1 and theirs.channel_id = $2 and theirs.direction = 'inbound'
                 and theirs.contact_id in ",
    customer!(),
    ")))
     order by seq desc limit 30"
);

/// The platform's ids of the thread with the customer on a channel, oldest first: what an answer refers to.
pub async fn thread_ids(db: &Db, conversation: ConversationId, channel: ChannelId) -> Result<Vec<String>> {
    #[derive(sqlx::FromRow)]
    struct Id {
        external_id: String,
    }
    let ids: Vec<Id> = db.query(THREAD_IDS).bind(conversation).bind(channel).all().await?;
    Ok(ids.into_iter().rev().map(|row| row.external_id).collect())
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
    where conversation_id = $1 and channel_id = $2 and direction = 'inbound' and automatic = 'no' and contact_id in ",
    customer!(),
    " order by seq desc limit 100"
);

/// What the customer of a conversation, and no machine, wrote in it on a channel, the newest first.
pub async fn list_written(
    reader: &mut Reader<'_>,
    (conversation, channel): (ConversationId, ChannelId),
) -> Result<Vec<Written>> {
    reader.query(WRITTEN).bind(conversation).bind(channel).all().await
}

/// The newest messages of a conversation on a channel, oldest first.
pub async fn list_on(
    reader: &mut Reader<'_>,
    (conversation, channel): (ConversationId, ChannelId),
    most: i64,
) -> Result<Vec<Message>> {
    let mut messages: Vec<Message> = reader
        .query("select * from messages where conversation_id = $1 and channel_id = $2 order by seq desc limit $3")
        .bind(conversation)
        .bind(channel)
        .bind(most)
        .all()
        .await?;
    messages.reverse();
    Ok(messages)
}

/// Whether all of a conversation was said on one channel, by and to its customer, no order is told in it for anybody else, and
/// nobody else's went into it.
const IS_ALONE_ON: &str = concat!(
    "with recursive home (id) as (
        select id from conversations where id = $1
        union select m.source_id from merges m join home h on m.target_id = h.id where m.undone_at is null
    ), own (id) as ",
    customer!(),
    " select not exists (select 1 from messages where conversation_id = $1 and (channel_id <> $2
            or contact_id not in (select id from own) or to_contact_id not in (select id from own)))
        and not exists (select 1 from home h join conversations c on c.id = h.id
            where c.contact_id not in (select id from own))
        and not exists (select 1 from home h join told_orders t on t.conversation_id = h.id
            where t.contact_id not in (select id from own))"
);

/// Whether a conversation is of one channel and one person alone, however many messages it has.
pub async fn is_alone_on(db: &Db, conversation: ConversationId, channel: ChannelId) -> Result<bool> {
    db.query(IS_ALONE_ON).bind(conversation).bind(channel).scalar().await
}

#[derive(sqlx::FromRow)]
struct Thread {
    thread: Option<String>,
}

/// The thread that a message of ours began behind what they wrote last; else that of what they wrote last; else the last one in
/// which they, or a machine of theirs, were heard; else the last one in which something went to them, or to nobody who is
/// known. The last two are looked for in the last hundred messages.
const THREAD: &str = concat!(
    "with heard as not materialized (
        select seq, thread, automatic, coalesce(written_at, created_at) as written_at from messages
        where conversation_id = $1 and channel_id = $2 and direction = 'inbound' and contact_id in ",
    customer!(),
    "), told as not materialized (
        select id, seq, thread, sender_address from messages
        where conversation_id = $1 and channel_id = $2 and direction = 'outbound'
            and (to_contact_id is null or to_contact_id in ",
    customer!(),
    ")
    ) select coalesce(
        (select told.thread from told
            where told.thread is not null and told.sender_address = ''
                and told.seq > coalesce((select seq from heard where automatic = 'no' order by seq desc limit 1), 0)
                and exists (select 1 from message_keys k
                    where k.message_id = told.id and k.channel_id = $2 and k.key like 'thread:%')
            order by told.seq desc limit 1),
        (select latest.thread from heard latest
            where latest.automatic = 'no' and latest.seq > coalesce((select ours.seq from messages ours
                where ours.conversation_id = $1 and ours.direction = 'outbound' and ",
    is_for_customer!("ours"),
    "
                    and ours.seq < (select seq from heard where automatic = 'no' order by seq desc limit 1)
                order by ours.seq desc limit 1), 0)
            order by latest.written_at desc, latest.seq desc limit 1),
        (select newest.thread from (select seq, thread from heard order by seq desc limit 100) newest where
            newest.thread is not null order by newest.seq desc limit 1),
        (select newest.thread from (select seq, thread from told order by seq desc limit 100) newest where
            newest.thread is not null order by newest.seq desc limit 1)) as thread"
);

/// The platform's own id of the thread in which a conversation goes on there with its customer. What others wrote in it, whose
/// conversations were merged into it, has threads of its own.
pub async fn thread_of(
    reader: &mut Reader<'_>,
    (conversation, channel): (ConversationId, ChannelId),
) -> Result<Option<String>> {
    let found: Thread = reader.query(THREAD).bind(conversation).bind(channel).one().await?;
    Ok(found.thread)
}

/// Keeps in which thread of its platform's a message of ours is.
pub async fn set_thread(tx: &mut Tx, id: MessageId, thread: &str) -> Result<()> {
    tx.query("update messages set thread = $1 where id = $2").bind(rows::text(thread)).bind(id).execute().await?;
    Ok(())
}
