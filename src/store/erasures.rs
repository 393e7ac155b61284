//! What is kept of a customer goes: their words and names, what was written to them, and what was made of it. That there was
//! a message and when, the orders and what was done in the shop stay, for a while a hash by which they are not read back
//! (`erased_names.rs`), and one by which who has opted out stays so (`opt_outs.rs`).

use serde::Serialize;

use super::db::Sql;
use super::{Db, Result, Tx, rows, search};
use crate::model::{ContactId, ConversationId, MessageId, Ts};

/// That an id is one of the messages of the first parameter.
macro_rules! chosen {
    (sqlite) => {
        " in (select unhex(value ->> 'id', '-') from json_each($1))"
    };
    (postgres) => {
        " = any (array(select (value ->> 'id')::uuid from json_array_elements($1::json)))"
    };
}

/// The raw bytes in which these messages came, and those that told of them later.
macro_rules! raw_of_messages {
    ($engine:ident) => {
        concat!(
            "select raw_event_id from messages where raw_event_id is not null and id",
            chosen!($engine),
            " union all select raw_event_id from raw_event_subjects where subject_id",
            chosen!($engine)
        )
    };
}

/// The raw bytes that tell of a customer, or of an order in a conversation of theirs.
macro_rules! raw_of_customer {
    () => {
        "select raw_event_id from raw_event_subjects where subject_id = $1
         union all select s.raw_event_id from conversations c join raw_event_subjects s on s.subject_id = c.id
             where c.contact_id = $1"
    };
}

/// These raw bytes, and the same ones as they were handed on to other accounts of one app and read there.
macro_rules! with_copies {
    (sqlite, $($raw:tt)*) => {
        concat!(
            "select twin.id from raw_events own cross join channels s cross join raw_events twin
                where twin.channel_id = s.id and twin.external_id = own.external_id
                    and (twin.id = own.id or (twin.state = 'processed' and twin.body = own.body))
                    and own.id in (",
            $($raw)*,
            ")"
        )
    };
    (postgres, $($raw:tt)*) => {
        concat!(
            "select twin.id from raw_events own cross join channels s cross join raw_events twin
                where twin.channel_id = s.id and twin.external_id = own.external_id
                    and (twin.id = own.id or (twin.state = 'processed' and twin.body = own.body))
                    and own.id = any (array(",
            $($raw)*,
            "))"
        )
    };
}

mod beside;
mod names;

pub use names::forget_names;

/// What stands in the place of a name.
const NOBODY: &str = "Erased customer";
/// What stands in the place of words.
const REMOVED: &str = "Removed: what this customer wrote is no longer kept.";

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
/// Those that they wrote in conversations of others.
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

/// The words of some messages go, their files and their ids; what has not left never does. The bytes go in which a message
/// came and in which it was told of later, with whatever else was in them: that was read before, but for what they tell of
/// messages that have not come, be it of others: nothing of this customer waits for that. So do their copies. Within the turn
/// to place messages: nothing is told of these meanwhile. Gives where the bytes of their files lie.
pub async fn erase_messages(tx: &mut Tx, messages: &[Erasable], now: Ts) -> Result<Vec<String>> {
    #[derive(sqlx::FromRow)]
    struct Stored {
        storage_key: String,
    }
    const RAW: Sql = Sql {
        sqlite: concat!(
            "update raw_events set body = x'', error = '', state = 'processed' where id in (",
            with_copies!(sqlite, raw_of_messages!(sqlite)),
            ")"
        ),
        postgres: concat!(
            "update raw_events set body = ''::bytea, error = '', state = 'processed' where id = any (array(",
            with_copies!(postgres, raw_of_messages!(postgres)),
            "))"
        ),
    };
    const EARLY: Sql = Sql {
        sqlite: concat!(
            "delete from early_news where raw_event_id in (",
            with_copies!(sqlite, raw_of_messages!(sqlite)),
            ")"
        ),
        postgres: concat!(
            "delete from early_news where raw_event_id = any (array(",
            with_copies!(postgres, raw_of_messages!(postgres)),
            "))"
        ),
    };
    const SUBJECTS: Sql = Sql {
        sqlite: concat!("delete from raw_event_subjects where subject_id", chosen!(sqlite)),
        postgres: concat!("delete from raw_event_subjects where subject_id", chosen!(postgres)),
    };
    const FILES: Sql = Sql {
        sqlite: concat!("delete from attachments where message_id", chosen!(sqlite), " returning storage_key"),
        postgres: concat!("delete from attachments where message_id", chosen!(postgres), " returning storage_key"),
    };
    const KEYS: Sql = Sql {
        sqlite: concat!("delete from message_keys where message_id", chosen!(sqlite)),
        postgres: concat!("delete from message_keys where message_id", chosen!(postgres)),
    };
    const PARTS: Sql = Sql {
        sqlite: concat!("delete from message_parts where message_id", chosen!(sqlite)),
        postgres: concat!("delete from message_parts where message_id", chosen!(postgres)),
    };
    let json = rows::json(messages)?;
    beside::erase(tx, &json, (NOBODY, REMOVED)).await?;
    for statement in [RAW, EARLY, SUBJECTS, KEYS, PARTS] {
        tx.query(statement).bind(json.as_str()).execute().await?;
    }
    let files: Vec<Stored> = tx.query(FILES).bind(json.as_str()).all().await?;
    tx.query(WORDS).bind(json).bind(REMOVED).bind(NOBODY).bind(now).execute().await?;
    let numbers: Vec<i64> = messages.iter().map(|message| message.seq).collect();
    search::forget(tx, &numbers).await?;
    Ok(files.into_iter().map(|file| file.storage_key).filter(|key| !key.is_empty()).collect())
}

macro_rules! words {
    ($engine:ident) => {
        concat!(
            "update messages set body = $2, full_text = '', html = null, subject = '',
                sender_name = case when direction = 'inbound' then $3 else sender_name end, sender_address = '',
                reply_to = '', recipients = '[]', external_id = '', in_reply_to = null, delivery_reason = '',
                changes = null, template = null, choices = '[]', thread = null, delivery = case
                    when delivery in ('queued', 'sending', 'held', 'unknown', 'failed') then 'cancelled'
                    else delivery end, erased_at = $4
            where id",
            chosen!($engine)
        )
    };
}
const WORDS: Sql = Sql { sqlite: words!(sqlite), postgres: words!(postgres) };

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
        sqlite: "update drafts set document = json_patch(document, '{\"sentences\":[],\"evidence\":[],\"actions\":[],
                \"checks\":[],\"why\":\"\",\"proposal\":\"\",\"orders\":[],\"choices\":[],\"template\":null}')
            where conversation_id in (select id from conversations where contact_id = $1)",
        postgres: "update drafts set document = document || '{\"sentences\":[],\"evidence\":[],\"actions\":[],
                \"checks\":[],\"why\":\"\",\"proposal\":\"\",\"orders\":[],\"choices\":[],\"template\":null}'::jsonb
            where conversation_id in (select id from conversations where contact_id = $1)",
    };
    const EVENTS: Sql = Sql {
        sqlite: "update events set data = json_remove(data, '$.reason', '$.words', '$.name', '$.sign', '$.not_done',
                    '$.before.proposal'),
                actor = case when kind in ('message_received', 'participant_joined', 'address_left', 'also_known_as')
                    or (kind = 'handed_off' and actor <> 'agent')
                    or (kind in ('message_changed', 'delivery_changed') and actor not in ('system', 'agent')
                        and actor not in (select name from teammates)) then $2 else actor end
            where conversation_id in (select id from conversations where contact_id = $1)",
        postgres: "update events set data = (data - array['reason', 'words', 'name', 'sign', 'not_done'])
                    #- array['before', 'proposal'],
                actor = case when kind in ('message_received', 'participant_joined', 'address_left', 'also_known_as')
                    or (kind = 'handed_off' and actor <> 'agent')
                    or (kind in ('message_changed', 'delivery_changed') and actor not in ('system', 'agent')
                        and actor not in (select name from teammates)) then $2 else actor end
            where conversation_id in (select id from conversations where contact_id = $1)",
    };
    const MERGES: Sql = Sql {
        sqlite: "update merges set moved = json_set(moved, '$.joined_texts', json('[]')),
                source_before = json_remove(json_patch(source_before, '{\"gist\":\"\",\"participants\":[]}'),
                    '$.standing.proposal'),
                target_before = json_remove(json_patch(target_before, '{\"gist\":\"\",\"participants\":[]}'),
                    '$.standing.proposal')
            where source_id in (select id from conversations where contact_id = $1)
                or target_id in (select id from conversations where contact_id = $1)",
        postgres: "update merges set moved = moved || '{\"joined_texts\":[]}'::jsonb,
                source_before = (source_before || '{\"gist\":\"\",\"participants\":[]}'::jsonb)
                    #- array['standing', 'proposal'],
                target_before = (target_before || '{\"gist\":\"\",\"participants\":[]}'::jsonb)
                    #- array['standing', 'proposal']
            where source_id in (select id from conversations where contact_id = $1)
                or target_id in (select id from conversations where contact_id = $1)",
    };
    // A change to several keeps how each stood: of the others everything stays.
    const BULK_CHANGES: Sql = Sql {
        sqlite: "update bulk_changes set before = (select json_group_array(json(
                    case when unhex(one.value ->> '$.before.conversation', '-')
                        in (select id from conversations where contact_id = $1)
                    then json_remove(one.value, '$.before.proposal') else one.value end))
                from json_each(bulk_changes.before) one)
            where exists (select 1 from json_each(bulk_changes.before) one
                where unhex(one.value ->> '$.before.conversation', '-')
                    in (select id from conversations where contact_id = $1))",
        postgres: "update bulk_changes set before = (select jsonb_agg(
                    case when cast(one.value #>> array['before', 'conversation'] as uuid)
                        in (select id from conversations where contact_id = $1)
                    then one.value #- array['before', 'proposal'] else one.value end order by one.place)
                from jsonb_array_elements(bulk_changes.before) with ordinality as one (value, place))
            where exists (select 1 from jsonb_array_elements(bulk_changes.before) as one (value)
                where cast(one.value #>> array['before', 'conversation'] as uuid)
                    in (select id from conversations where contact_id = $1))",
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
    const LOOKED_AT: &str = "delete from run_inputs where run_id in (select r.id from agent_runs r
        join conversations c on c.id = r.conversation_id where c.contact_id = $1)";
    const JOBS: Sql = Sql {
        sqlite: "update jobs set last_error = '', payload = json_remove(payload, '$.instruction')
            where conversation_id in (select id from conversations where contact_id = $1)",
        postgres: "update jobs set last_error = '', payload = payload - 'instruction'
            where conversation_id in (select id from conversations where contact_id = $1)",
    };
    const APPROVALS: &str = "update approvals set final_text = null, decision_reason = '', reasons = '[]'
        where conversation_id in (select id from conversations where contact_id = $1)";
    const OWN_VERSIONS: &str = "delete from draft_texts where draft_id in (select id from drafts
        where conversation_id in (select id from conversations where contact_id = $1))";
    const TEXTS: &str = "delete from composer_texts
        where conversation_id in (select id from conversations where contact_id = $1)";
    const NEWS: &str = "delete from notifications
        where conversation_id in (select id from conversations where contact_id = $1)";
    for statement in [DRAFTS, MERGES, BULK_CHANGES, HAND_OFFS, JOBS] {
        tx.query(statement).bind(contact).execute().await?;
    }
    for statement in [LOOKED_AT, RUNS, APPROVALS, OWN_VERSIONS, TEXTS, NEWS] {
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
        "update composer_files set name = '', released_at = coalesce(released_at, $2)
             where conversation_id in (select id from conversations where contact_id = $1)",
    )
    .bind(contact)
    .bind(now)
    .execute()
    .await?;
    tx.query(EVENTS).bind(contact).bind(NOBODY).execute().await?;
    tx.query(SHOWN).bind(contact).bind(NOBODY).bind(REMOVED).execute().await?;
    Ok(())
}

/// The customer has no name any more, here or on a channel: whoever writes under one of them is somebody new. The bytes that
/// told of them, and of their orders, go first: the conversations lead there.
pub async fn erase_contact(tx: &mut Tx, contact: ContactId, now: Ts) -> Result<()> {
    const RAW: Sql = Sql {
        sqlite: concat!(
            "update raw_events set body = x'', error = '', state = 'processed' where id in (",
            with_copies!(sqlite, raw_of_customer!()),
            ")"
        ),
        postgres: concat!(
            "update raw_events set body = ''::bytea, error = '', state = 'processed' where id = any (array(",
            with_copies!(postgres, raw_of_customer!()),
            "))"
        ),
    };
    const EARLY: Sql = Sql {
        sqlite: concat!(
            "delete from early_news where raw_event_id in (",
            with_copies!(sqlite, raw_of_customer!()),
            ")"
        ),
        postgres: concat!(
            "delete from early_news where raw_event_id = any (array(",
            with_copies!(postgres, raw_of_customer!()),
            "))"
        ),
    };
    const SUBJECTS: &str = "delete from raw_event_subjects where subject_id = $1
        or subject_id in (select id from conversations where contact_id = $1)";
    for statement in [RAW, EARLY, SUBJECTS.into()] {
        tx.query(statement).bind(contact).execute().await?;
    }
    forget_names(tx, contact, now).await?;
    tx.query("delete from opt_outs where contact_id = $1").bind(contact).execute().await?;
    tx.query("delete from matters where contact_id = $1").bind(contact).execute().await?;
    tx.query("delete from reaches where contact_id = $1").bind(contact).execute().await?;
    tx.query("delete from identity_checks where contact_id = $1").bind(contact).execute().await?;
    tx.query("delete from contact_evidence where one_id = $1 or other_id = $1").bind(contact).execute().await?;
    tx.query("update contacts set name = $2, locale = '' where id = $1").bind(contact).bind(NOBODY).execute().await?;
    Ok(())
}
