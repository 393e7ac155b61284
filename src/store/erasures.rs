//! What is kept of a customer goes: their words and names, what was written to them, and what was made of it. That there was
//! a message and when, the orders and what was done in the shop stay.

use serde::Serialize;

use super::db::Sql;
use super::{Db, Result, Tx, rows, search};
use crate::model::{ContactId, ConversationId, MessageId, Ts};

/// What stands in the place of a name.
const NOBODY: &str = "Erased customer";
/// What stands in the place of words.
const REMOVED: &str = "Removed, as the customer asked.";

/// A message whose words are to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Erasable {
    /// The message.
    pub id: MessageId,
    /// Its number.
    pub seq: i64,
}

/// Those in the customer's own conversations: what they wrote, and what was written to them.
const OWN: &str = "select m.id, m.seq from conversations c join messages m on m.conversation_id = c.id
    where c.contact_id = $1 and m.erased_at is null and (m.contact_id is null or m.contact_id = $1)
    order by m.seq limit $2";
/// Those that they wrote in conversations of others: the whole table is looked through, once for each batch of these.
const BESIDE: &str = "select id, seq from messages where contact_id = $1 and erased_at is null order by seq limit $2";

/// The next messages whose words are to go, at most `most`.
pub async fn next(db: &Db, contact: ContactId, most: i64) -> Result<Vec<Erasable>> {
    let own: Vec<Erasable> = db.query(OWN).bind(contact).bind(most).all().await?;
    if own.is_empty() { db.query(BESIDE).bind(contact).bind(most).all().await } else { Ok(own) }
}

/// The number of the newest message of all.
pub async fn newest(db: &Db) -> Result<i64> {
    db.query("select coalesce(max(seq), 0) from messages").scalar().await
}

/// Whether a message is left that came behind one, as this transaction sees it.
pub async fn is_left_behind(tx: &mut Tx, contact: ContactId, behind: i64) -> Result<bool> {
    tx.query(
        "select exists (select 1 from messages m join conversations c on c.id = m.conversation_id
             where m.seq > $2 and m.erased_at is null
                 and (m.contact_id = $1 or (m.contact_id is null and c.contact_id = $1)))",
    )
    .bind(contact)
    .bind(behind)
    .scalar()
    .await
}

/// How many messages that will be.
pub async fn count(db: &Db, contact: ContactId) -> Result<i64> {
    db.query(
        "select (select count(*) from conversations c join messages m on m.conversation_id = c.id
                 where c.contact_id = $1 and m.erased_at is null and (m.contact_id is null or m.contact_id = $1))
             + (select count(*) from messages m join conversations c on c.id = m.conversation_id
                 where m.contact_id = $1 and c.contact_id <> $1 and m.erased_at is null)",
    )
    .bind(contact)
    .scalar()
    .await
}

/// The bytes of a file.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct File {
    /// Where they lie.
    pub storage_key: String,
    /// Whether something else refers to them.
    pub in_use: bool,
}

/// The files of some messages that are here.
pub async fn list_files(db: &Db, messages: &[Erasable]) -> Result<Vec<File>> {
    const LIST: Sql = Sql {
        sqlite: "select distinct f.storage_key,
                exists (select 1 from attachments a where a.storage_key = f.storage_key
                    and a.message_id not in (select unhex(value ->> 'id', '-') from json_each($1)))
                or exists (select 1 from composer_files c where c.storage_key = f.storage_key and c.released_at is null)
                    as in_use
            from attachments f
            where f.message_id in (select unhex(value ->> 'id', '-') from json_each($1)) and f.storage_key <> ''",
        postgres: "select distinct f.storage_key,
                exists (select 1 from attachments a where a.storage_key = f.storage_key
                    and a.message_id <> all (array(select (value ->> 'id')::uuid from json_array_elements($1::json))))
                or exists (select 1 from composer_files c where c.storage_key = f.storage_key and c.released_at is null)
                    as in_use
            from attachments f
            where f.message_id = any (array(select (value ->> 'id')::uuid from json_array_elements($1::json)))
                and f.storage_key <> ''",
    };
    db.query(LIST).bind(rows::json(messages)?).all().await
}

/// The words of some messages go, their files and their ids; what has not left never does. The bytes of the delivery that a
/// message came with go too, with whatever else was in it: that was read before.
pub async fn erase_messages(tx: &mut Tx, messages: &[Erasable], now: Ts) -> Result<()> {
    const RAW: Sql = Sql {
        sqlite: "update raw_events set body = x'' where id in (select raw_event_id from messages
            where id in (select unhex(value ->> 'id', '-') from json_each($1)) and raw_event_id is not null)",
        postgres: "update raw_events set body = ''::bytea where id in (select raw_event_id from messages
            where id = any (array(select (value ->> 'id')::uuid from json_array_elements($1::json)))
                and raw_event_id is not null)",
    };
    const FILES: Sql = Sql {
        sqlite: "delete from attachments
            where message_id in (select unhex(value ->> 'id', '-') from json_each($1))",
        postgres: "delete from attachments
            where message_id = any (array(select (value ->> 'id')::uuid from json_array_elements($1::json)))",
    };
    const KEYS: Sql = Sql {
        sqlite: "delete from message_keys
            where message_id in (select unhex(value ->> 'id', '-') from json_each($1))",
        postgres: "delete from message_keys
            where message_id = any (array(select (value ->> 'id')::uuid from json_array_elements($1::json)))",
    };
    const WORDS: Sql = Sql {
        sqlite: "update messages set body = $2, full_text = '', html = null, subject = '',
                sender_name = case when direction = 'inbound' then $3 else sender_name end, sender_address = '',
                reply_to = '', recipients = '[]', external_id = '', in_reply_to = null, delivery_reason = '',
                changes = null, template = null, delivery = case when delivery in ('queued', 'sending', 'held', 'unknown', 'failed') then 'cancelled'
                    else delivery end, erased_at = $4
            where id in (select unhex(value ->> 'id', '-') from json_each($1))",
        postgres: "update messages set body = $2, full_text = '', html = null, subject = '',
                sender_name = case when direction = 'inbound' then $3 else sender_name end, sender_address = '',
                reply_to = '', recipients = '[]', external_id = '', in_reply_to = null, delivery_reason = '',
                changes = null, template = null, delivery = case when delivery in ('queued', 'sending', 'held', 'unknown', 'failed') then 'cancelled'
                    else delivery end, erased_at = $4
            where id = any (array(select (value ->> 'id')::uuid from json_array_elements($1::json)))",
    };
    let json = rows::json(messages)?;
    for statement in [RAW, FILES, KEYS] {
        tx.query(statement).bind(json.as_str()).execute().await?;
    }
    tx.query(WORDS).bind(json).bind(REMOVED).bind(NOBODY).bind(now).execute().await?;
    let numbers: Vec<i64> = messages.iter().map(|message| message.seq).collect();
    search::forget(tx, &numbers).await
}

/// The customer's conversations.
pub async fn list_conversations(tx: &mut Tx, contact: ContactId) -> Result<Vec<ConversationId>> {
    #[derive(sqlx::FromRow)]
    struct Row {
        id: ConversationId,
    }
    let found: Vec<Row> =
        tx.query("select id from conversations where contact_id = $1 order by id").bind(contact).all().await?;
    Ok(found.into_iter().map(|row| row.id).collect())
}

/// What was made of the messages goes: drafts, runs, notes, half-written texts, what is shown in lists and on the timeline.
pub async fn erase_conversations(tx: &mut Tx, contact: ContactId, now: Ts) -> Result<()> {
    const DRAFTS: Sql = Sql {
        sqlite: "update drafts set document = json_patch(document,
                '{\"sentences\":[],\"evidence\":[],\"why\":\"\",\"proposal\":\"\",\"orders\":[],\"choices\":[]}')
            where conversation_id in (select id from conversations where contact_id = $1)",
        postgres: "update drafts set document = document ||
                '{\"sentences\":[],\"evidence\":[],\"why\":\"\",\"proposal\":\"\",\"orders\":[],\"choices\":[]}'::jsonb
            where conversation_id in (select id from conversations where contact_id = $1)",
    };
    const EVENTS: Sql = Sql {
        sqlite: "update events set data = json_remove(data, '$.reason', '$.words', '$.name'),
                actor = case when kind in ('message_received', 'participant_joined', 'address_left', 'also_known_as')
                    or (kind = 'handed_off' and actor <> 'agent')
                    or (kind in ('message_changed', 'delivery_changed') and actor not in ('system', 'agent')
                        and actor not in (select name from teammates)) then $2 else actor end
            where conversation_id in (select id from conversations where contact_id = $1)",
        postgres: "update events set data = data - 'reason' - 'words' - 'name',
                actor = case when kind in ('message_received', 'participant_joined', 'address_left', 'also_known_as')
                    or (kind = 'handed_off' and actor <> 'agent')
                    or (kind in ('message_changed', 'delivery_changed') and actor not in ('system', 'agent')
                        and actor not in (select name from teammates)) then $2 else actor end
            where conversation_id in (select id from conversations where contact_id = $1)",
    };
    const MERGES: Sql = Sql {
        sqlite: "update merges set moved = json_set(moved, '$.joined_texts', json('[]')),
                source_before = json_patch(source_before, '{\"gist\":\"\",\"participants\":[]}'),
                target_before = json_patch(target_before, '{\"gist\":\"\",\"participants\":[]}')
            where source_id in (select id from conversations where contact_id = $1)
                or target_id in (select id from conversations where contact_id = $1)",
        postgres: "update merges set moved = moved || '{\"joined_texts\":[]}'::jsonb,
                source_before = source_before || '{\"gist\":\"\",\"participants\":[]}'::jsonb,
                target_before = target_before || '{\"gist\":\"\",\"participants\":[]}'::jsonb
            where source_id in (select id from conversations where contact_id = $1)
                or target_id in (select id from conversations where contact_id = $1)",
    };
    const SHOWN: Sql = Sql {
        sqlite: "update conversations set contact_name = $2, subject = '', gist = $3, participants = '[]',
            proposal = null, proposal_tone = '', needs_approval = 0, agent_state = 'idle', revision = revision + 1
            where contact_id = $1",
        postgres: "update conversations set contact_name = $2, subject = '', gist = $3, participants = '[]',
            proposal = null, proposal_tone = '', needs_approval = false, agent_state = 'idle', revision = revision + 1
            where contact_id = $1",
    };
    const HAND_OFFS: Sql = Sql {
        sqlite: "update hand_offs set reason = '', packet = '{\"wants\":\"\",\"facts\":[],\"tried\":[]}'
            where conversation_id in (select id from conversations where contact_id = $1)",
        postgres: "update hand_offs set reason = '', packet = '{\"wants\":\"\",\"facts\":[],\"tried\":[]}'::jsonb
            where conversation_id in (select id from conversations where contact_id = $1)",
    };
    const RUNS: &str = "update agent_runs set reason = '', instruction = '', steps = '[]'
        where conversation_id in (select id from conversations where contact_id = $1)";
    const APPROVALS: &str = "update approvals set final_text = null, decision_reason = ''
        where conversation_id in (select id from conversations where contact_id = $1)";
    const OWN_VERSIONS: &str = "delete from draft_texts where draft_id in (select id from drafts
        where conversation_id in (select id from conversations where contact_id = $1))";
    const TEXTS: &str = "delete from composer_texts
        where conversation_id in (select id from conversations where contact_id = $1)";
    const NEWS: &str = "delete from notifications
        where conversation_id in (select id from conversations where contact_id = $1)";
    for statement in [DRAFTS, MERGES, HAND_OFFS] {
        tx.query(statement).bind(contact).execute().await?;
    }
    for statement in [RUNS, APPROVALS, OWN_VERSIONS, TEXTS, NEWS] {
        tx.query(statement).bind(contact).execute().await?;
    }
    tx.query(
        "update notes set body = $2 where conversation_id in (select id from conversations where contact_id = $1)",
    )
    .bind(contact)
    .bind(REMOVED)
    .execute()
    .await?;
    tx.query(
        "update composer_files set released_at = $2 where released_at is null
             and conversation_id in (select id from conversations where contact_id = $1)",
    )
    .bind(contact)
    .bind(now)
    .execute()
    .await?;
    tx.query(EVENTS).bind(contact).bind(NOBODY).execute().await?;
    tx.query(SHOWN).bind(contact).bind(NOBODY).bind(REMOVED).execute().await?;
    Ok(())
}

/// The customer has no name any more, here or on a channel: whoever writes under one of them is somebody new.
pub async fn erase_contact(tx: &mut Tx, contact: ContactId) -> Result<()> {
    const VISITS: Sql = Sql {
        sqlite: "delete from chat_visitors where id in (select unhex(value, '-') from contact_identities
            where contact_id = $1 and kind = 'chat_visitor')",
        postgres: "delete from chat_visitors where id::text in (select value from contact_identities
            where contact_id = $1 and kind = 'chat_visitor')",
    };
    tx.query(VISITS).bind(contact).execute().await?;
    tx.query("delete from contact_identities where contact_id = $1").bind(contact).execute().await?;
    tx.query("delete from contact_evidence where one_id = $1 or other_id = $1").bind(contact).execute().await?;
    tx.query("update contacts set name = $2, locale = '' where id = $1").bind(contact).bind(NOBODY).execute().await?;
    Ok(())
}
