//! What the chat asks: a visitor's conversation, what happened in it, and who is there to answer.

use std::collections::HashMap;

use serde_json::Value;
use uuid::Uuid;

use super::intake::key_of;
use super::{Db, Result, Tx, rows};
use crate::model::brand::AgentLevel;
use crate::model::conversation::AgentState;
use crate::model::event::Event;
use crate::model::message::{Brought, Message};
use crate::model::{BrandId, ChannelId, ContactId, ConversationId, Json, MessageId, Ts};
use crate::store::db::Sql;

/// The key under which a platform's own thread is kept among the keys of messages.
pub fn thread_key(thread: &str) -> String {
    key_of(&format!("thread:{thread}"))
}

/// The conversation of a platform's thread.
pub async fn find_conversation(db: &Db, channel: ChannelId, thread: &str) -> Result<Option<ConversationId>> {
    #[derive(sqlx::FromRow)]
    struct Found {
        conversation_id: ConversationId,
    }
    let found: Option<Found> = db
        .query("select conversation_id from message_keys where channel_id = $1 and key = $2")
        .bind(channel)
        .bind(thread_key(thread))
        .optional()
        .await?;
    Ok(found.map(|row| row.conversation_id))
}

/// The contacts of the person whose conversation it is.
pub async fn list_customer(db: &Db, id: ConversationId) -> Result<Vec<ContactId>> {
    #[derive(sqlx::FromRow)]
    struct Row {
        id: ContactId,
    }
    let found: Vec<Row> = db
        .query(
            "select coalesce(c.person_id, c.id) as id from conversations t join contacts c on c.id = t.contact_id
                 where t.id = $1
             union all select k.id from conversations t join contacts c on c.id = t.contact_id
                 join contacts k on k.person_id = coalesce(c.person_id, c.id) where t.id = $1",
        )
        .bind(id)
        .all()
        .await?;
    Ok(found.into_iter().map(|row| row.id).collect())
}

/// Whether anything was said in a conversation on a channel.
pub async fn is_on(db: &Db, id: ConversationId, channel: ChannelId) -> Result<bool> {
    db.query("select exists (select 1 from messages where conversation_id = $1 and channel_id = $2)")
        .bind(id)
        .bind(channel)
        .scalar()
        .await
}

/// Kinds of events that change what a chat shows. Others come many times as often, and would fill up what is read.
macro_rules! showing {
    () => {
        "('message_received', 'delivery_changed', 'merged', 'merge_undone', 'contacts_merged', 'contacts_parted',
          'customer_erased')"
    };
}

/// The event of a conversation with the number `seq`, whatever it is, and what changed the chat since, oldest first.
pub async fn list_events_from(db: &Db, id: ConversationId, seq: i64, most: i64) -> Result<Vec<Event>> {
    const FROM: &str = concat!(
        "select * from events where conversation_id = $1 and seq >= $2 and (seq = $2 or kind in ",
        showing!(),
        ") order by seq limit $3"
    );
    db.query(FROM).bind(id).bind(seq).bind(most).all().await
}

/// What changed a chat last, oldest first.
pub async fn list_last_events(db: &Db, id: ConversationId, most: i64) -> Result<Vec<Event>> {
    const LAST: &str = concat!(
        "select * from events where conversation_id = $1 and kind in ",
        showing!(),
        " order by seq desc limit $2"
    );
    let mut events: Vec<Event> = db.query(LAST).bind(id).bind(most).all().await?;
    events.reverse();
    Ok(events)
}

/// The number of the last event that says that a teammate has seen a conversation, 0 when there is none.
pub async fn last_seen(db: &Db, id: ConversationId) -> Result<i64> {
    db.query("select coalesce(max(seq), 0) from events where conversation_id = $1 and kind = 'seen'")
        .bind(id)
        .scalar()
        .await
}

/// Whether a conversation was given to a person since a moment.
pub async fn was_handed_off(db: &Db, id: ConversationId, since: Ts) -> Result<bool> {
    db.query("select exists (select 1 from events where conversation_id = $1 and kind = 'handed_off' and at >= $2)")
        .bind(id)
        .bind(since)
        .scalar()
        .await
}

/// Whether this word of a visitor has come before, and a person has answered or put the case away since.
pub async fn is_served(db: &Db, id: ConversationId, channel: ChannelId, word: &str) -> Result<bool> {
    db.query(
        "select exists (select 1 from messages m join conversations c on c.id = m.conversation_id
             where m.conversation_id = $1 and m.channel_id = $2 and m.external_id = $3
                 and (c.status = 'resolved' or exists (select 1 from messages a
                     where a.conversation_id = m.conversation_id and a.seq > m.seq and a.author = 'teammate'
                         and a.delivery not in ('held', 'cancelled', 'failed'))))",
    )
    .bind(id)
    .bind(channel)
    .bind(word)
    .scalar()
    .await
}

/// Messages by their ids.
pub async fn list_messages(db: &Db, ids: &[MessageId]) -> Result<Vec<Message>> {
    const LIST: Sql = Sql {
        sqlite: "select * from messages where id in (select unhex(value, '-') from json_each($1)) order by seq",
        postgres: "select * from messages
            where id = any (array(select value::uuid from json_array_elements_text($1::json))) order by seq",
    };
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    db.query(LIST).bind(rows::json(ids)?).all().await
}

/// What tells whose word a message is.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Origin {
    /// The message.
    pub id: MessageId,
    /// On which channel.
    pub channel_id: ChannelId,
    /// The platform's id: in a chat it names the visitor.
    pub external_id: String,
}

/// Where messages came from.
pub async fn list_origins(db: &Db, ids: &[MessageId]) -> Result<Vec<Origin>> {
    const LIST: Sql = Sql {
        sqlite: "select id, channel_id, external_id from messages
            where id in (select unhex(value, '-') from json_each($1))",
        postgres: "select id, channel_id, external_id from messages
            where id = any (array(select value::uuid from json_array_elements_text($1::json)))",
    };
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    db.query(LIST).bind(rows::json(ids)?).all().await
}

/// The last word of a visitor of a chat in a conversation, however much went on by mail since; nothing where nobody wrote
/// in a chat.
pub async fn find_last_visit(db: &Db, id: ConversationId) -> Result<Option<Origin>> {
    db.query(
        "select id, channel_id, external_id from messages
         where conversation_id = $1 and direction = 'inbound' and external_id <> ''
             and channel_id in (select id from channels where kind = 'live_chat')
         order by seq desc limit 1",
    )
    .bind(id)
    .optional()
    .await
}

/// What a visitor said about themself.
#[derive(Clone, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct VisitorClaims {
    /// The name, `""` if none.
    pub name: String,
    /// The address for answers, `""` if none.
    pub email: String,
}

/// What a visitor said about themself, if anything.
pub async fn find_claims(db: &Db, visitor: Uuid) -> Result<Option<VisitorClaims>> {
    db.query("select name, email from chat_visitors where id = $1").bind(visitor).optional().await
}

/// Keeps what a visitor says about themself.
pub async fn save_claims(
    tx: &mut Tx,
    visitor: Uuid,
    channel: ChannelId,
    claims: &VisitorClaims,
    now: Ts,
) -> Result<()> {
    tx.query(
        "insert into chat_visitors (id, channel_id, name, email, updated_at) values ($1, $2, $3, $4, $5)
         on conflict (id) do update set name = excluded.name, email = excluded.email, updated_at = excluded.updated_at",
    )
    .bind(visitor)
    .bind(channel)
    .bind(rows::text(&claims.name))
    .bind(rows::text(&claims.email))
    .bind(now)
    .execute()
    .await?;
    Ok(())
}

/// Visitors who last said something of themselves before `$1` and have no conversation: a first message makes the key of
/// their thread.
macro_rules! silent {
    (sqlite) => {
        "v.updated_at < $1 and not exists (select 1 from message_keys k where k.channel_id = v.channel_id
            and k.key = 'thread:visitor:' || lower(substr(hex(v.id), 1, 8) || '-' || substr(hex(v.id), 9, 4) || '-'
                || substr(hex(v.id), 13, 4) || '-' || substr(hex(v.id), 17, 4) || '-' || substr(hex(v.id), 21)))"
    };
    (postgres) => {
        "v.updated_at < $1 and not exists (select 1 from message_keys k where k.channel_id = v.channel_id
            and k.key = 'thread:visitor:' || v.id::text)"
    };
}

/// Some visitors of whom something is kept from before `before` and who have written nothing.
pub async fn list_silent(db: &Db, before: Ts) -> Result<Vec<Uuid>> {
    #[derive(sqlx::FromRow)]
    struct Silent {
        id: Uuid,
    }
    const LIST: Sql = Sql {
        sqlite: concat!("select v.id from chat_visitors v where ", silent!(sqlite), " limit 500"),
        postgres: concat!("select v.id from chat_visitors v where ", silent!(postgres), " limit 500"),
    };
    let found: Vec<Silent> = db.query(LIST).bind(before).all().await?;
    Ok(found.into_iter().map(|row| row.id).collect())
}

/// Forgets what these said of themselves, unless they have written meanwhile.
pub async fn forget_silent(tx: &mut Tx, visitors: &[Uuid], before: Ts) -> Result<()> {
    const FORGET: Sql = Sql {
        sqlite: concat!(
            "delete from chat_visitors as v where v.id in (select unhex(value, '-') from json_each($2)) and ",
            silent!(sqlite)
        ),
        postgres: concat!(
            "delete from chat_visitors as v
             where v.id = any (array(select value::uuid from json_array_elements_text($2::json))) and ",
            silent!(postgres)
        ),
    };
    tx.query(FORGET).bind(before).bind(rows::json(visitors)?).execute().await?;
    Ok(())
}

/// How many people have had the desk open since `since`, and do not say that they are away.
pub async fn people_here(db: &Db, since: Ts) -> Result<i64> {
    db.query(
        "select count(distinct s.teammate_id) from sessions s join teammates t on t.id = s.teammate_id
         where s.active_at is not null and s.active_at > $1 and t.away_since is null and t.disabled_at is null",
    )
    .bind(since)
    .scalar()
    .await
}

/// Notes that a session's page is open.
pub async fn note_active(tx: &mut Tx, token_hash: &[u8], now: Ts) -> Result<()> {
    tx.query("update sessions set active_at = $1 where token_hash = $2")
        .bind(now)
        .bind(token_hash.to_vec())
        .execute()
        .await?;
    Ok(())
}

/// How many customers of the chats of a brand, that of this channel, have waited for a person since before `before`: all to whom an answer is due, but for
/// those whom the agent answers alone. Where a person was asked since they wait, that it reads what they add changes
/// nothing. That an open one is not resolved is said for the index of what is not.
pub async fn waiting_before(db: &Db, channel: ChannelId, before: Ts, level: AgentLevel) -> Result<i64> {
    let alone = if level == AgentLevel::Auto { AgentState::Writing.as_str() } else { "" };
    db.query(
        "select count(*) from conversations c
         where c.channel_id in (select other.id from channels other where other.kind = 'live_chat'
                 and other.brand_id = (select one.brand_id from channels one where one.id = $1))
             and c.status = 'open' and c.status <> 'resolved' and c.due_at is not null
             and coalesce(c.answering_since, c.last_inbound_at) < $2
             and (c.taken_over or c.agent_state <> $3
                 or exists (select 1 from events e where e.conversation_id = c.id and e.kind = 'handed_off'
                     and e.at >= coalesce(c.answering_since, c.last_inbound_at)))",
    )
    .bind(channel)
    .bind(before)
    .bind(alone)
    .scalar()
    .await
}

/// How long somebody waited in a chat for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waited {
    /// When they wrote what was answered: the first of it.
    pub since: Ts,
    /// When the answer left.
    pub until: Ts,
}

/// Replies among the last thousand of a brand, each with when it was waited for. `$begin` and `$end` stand around the
/// thousand: each engine looks them up by their keys, in words of its own.
macro_rules! answered {
    ($begin:literal, $end:literal) => {
        concat!(
            "select m.sent_at as until, (select min(i.created_at) from messages i
                where i.conversation_id = m.conversation_id and i.channel_id = m.channel_id
                    and i.direction = 'inbound' and i.seq < m.seq
                    and i.seq > (select coalesce(max(o.seq), 0) from messages o
                        where o.conversation_id = m.conversation_id and o.seq < m.seq and o.direction = 'outbound'
                            and o.author <> 'system' and o.delivery in ('sent', 'delivered', 'read'))
                    and not exists (select 1 from events e where e.conversation_id = m.conversation_id
                        and e.kind = 'resolved' and e.at >= i.created_at and e.at < m.created_at)) as since
            from messages m
            where m.id ",
            $begin,
            "select message_id from voice_scores where brand_id = $1 and written_at > $2
                    order by written_at desc limit 1000",
            $end,
            "
                and m.channel_id = $3 and m.author = 'teammate' and m.delivery in ('sent', 'delivered', 'read')
                and m.sent_at is not null"
        )
    };
}

/// How long customers waited in a chat for answers of people since a moment, the newest first: among the last thousand
/// replies of the brand on all channels. What the system says answers nobody, and what was resolved waits no more.
pub async fn list_waited(db: &Db, brand: BrandId, after: Ts, channel: ChannelId) -> Result<Vec<Waited>> {
    #[derive(sqlx::FromRow)]
    struct Answered {
        since: Option<Ts>,
        until: Ts,
    }
    const ANSWERED: Sql = Sql { sqlite: answered!("in (", ")"), postgres: answered!("= any (array(", "))") };
    let answered: Vec<Answered> = db.query(ANSWERED).bind(brand).bind(after).bind(channel).all().await?;
    let waited = answered.into_iter().filter_map(|row| Some(Waited { since: row.since?, until: row.until }));
    let mut waited: Vec<Waited> = waited.collect();
    waited.sort_by_key(|one| std::cmp::Reverse(one.until));
    Ok(waited)
}

/// The messages of ours on a channel that the customer has not seen and that no letter brings, oldest first.
pub async fn list_unseen(db: &Db, id: ConversationId, channel: ChannelId) -> Result<Vec<Message>> {
    const UNSEEN: Sql = Sql {
        sqlite: "select * from messages where conversation_id = $1 and channel_id = $2 and direction = 'outbound'
                and delivery in ('sent', 'delivered') and seq > $3
                and id not in (select unhex(value, '-') from json_each($4))
            order by seq",
        postgres: "select * from messages where conversation_id = $1 and channel_id = $2 and direction = 'outbound'
                and delivery in ('sent', 'delivered') and seq > $3
                and id <> all (array(select value::uuid from json_array_elements_text($4::json)))
            order by seq",
    };
    let (behind, brought) = brought_by_letters(db, id, channel).await?;
    db.query(UNSEEN).bind(id).bind(channel).bind(behind).bind(rows::json(&brought)?).all().await
}

/// What letters bring that left or will: all up to a number, and these. One from before they said what they bring counts for
/// all that was said before it.
async fn brought_by_letters(db: &Db, id: ConversationId, chat: ChannelId) -> Result<(i64, Vec<MessageId>)> {
    #[derive(sqlx::FromRow)]
    struct Row {
        id: MessageId,
        seq: i64,
        recipients: Json<Vec<String>>,
    }
    let written: Vec<Row> = db
        .query(
            "select id, seq, recipients from messages where conversation_id = $1 and channel_id <> $2
                 and direction = 'outbound' and author = 'system' and delivery not in ('cancelled', 'failed')",
        )
        .bind(id)
        .bind(chat)
        .all()
        .await?;
    // Whom another word of the system goes to is found out when it leaves.
    let letters: Vec<Row> = written.into_iter().filter(|row| !row.recipients.0.is_empty()).collect();
    if letters.is_empty() {
        return Ok((0, Vec::new()));
    }
    let said = list_brought(db, id).await?.into_iter().map(|letter| (letter.message, letter.brings));
    let mut says: HashMap<MessageId, Vec<MessageId>> = said.collect();
    let (mut behind, mut brought) = (0_i64, Vec::new());
    for letter in letters {
        match says.remove(&letter.id) {
            Some(brings) => brought.extend(brings),
            None => behind = behind.max(letter.seq),
        }
    }
    Ok((behind, brought))
}

/// What the letters of a conversation bring, as they said when they were put on their way.
pub async fn list_brought(db: &Db, id: ConversationId) -> Result<Vec<Brought>> {
    #[derive(sqlx::FromRow)]
    struct Queued {
        data: Json<Value>,
    }
    let queued: Vec<Queued> = db
        .query("select data from events where conversation_id = $1 and kind = 'message_queued'")
        .bind(id)
        .all()
        .await?;
    Ok(queued.into_iter().filter_map(|row| serde_json::from_value(row.data.0).ok()).collect())
}
