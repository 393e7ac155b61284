//! One set-based statement a table.

use serde::Serialize;

use super::{
    BrandIdentity, ConversationRow, NewAttachment, NewContact, NewEvent, NewIdentity, NewKey, NewMessage, Title,
};
use crate::model::MessageId;
use crate::store::db::Sql;
use crate::store::{Result, Tx, early_news, rows, search};

const INSERT_CONTACTS: Sql = Sql {
    sqlite: "insert into contacts (id, brand_id, name, created_at)
        select unhex(value ->> 'id', '-'), unhex(value ->> 'brand_id', '-'), value ->> 'name', value ->> 'created_at'
        from json_each($1)",
    postgres: "insert into contacts (id, brand_id, name, created_at)
        select id, brand_id, name, timestamptz 'epoch' + created_at * interval '1 microsecond'
        from json_to_recordset($1::json) as r (id uuid, brand_id uuid, name text, created_at bigint)",
};

const INSERT_IDENTITIES: Sql = Sql {
    sqlite: "insert into contact_identities (brand_id, kind, value, contact_id, proved, created_at)
        select unhex(value ->> 'brand_id', '-'), value ->> 'kind', value ->> 'value', unhex(value ->> 'id', '-'),
            value ->> 'proved', value ->> 'created_at'
        from json_each($1) where value ->> 'value' <> '' on conflict do nothing",
    postgres: "insert into contact_identities (brand_id, kind, value, contact_id, proved, created_at)
        select brand_id, kind, value, id, proved, timestamptz 'epoch' + created_at * interval '1 microsecond'
        from json_to_recordset($1::json) as r (id uuid, brand_id uuid, kind text, value text, proved boolean,
            created_at bigint)
        where value <> '' on conflict do nothing",
};

/// Inserts contacts with their identities; one without a value is nobody's name, and is left out.
pub async fn insert_contacts(tx: &mut Tx, contacts: &[NewContact]) -> Result<()> {
    if contacts.is_empty() {
        return Ok(());
    }
    let json = rows::json(contacts)?;
    tx.query(INSERT_CONTACTS).bind(json.as_str()).execute().await?;
    tx.query(INSERT_IDENTITIES).bind(json).execute().await?;
    Ok(())
}

/// Gives contacts further names; one that is somebody's stays theirs.
pub async fn insert_identities(tx: &mut Tx, identities: &[NewIdentity]) -> Result<()> {
    write_all(tx, INSERT_IDENTITIES, identities).await
}

/// Gives conversations other titles.
pub async fn set_titles(tx: &mut Tx, titles: &[Title]) -> Result<()> {
    const SET: Sql = Sql {
        sqlite: "update conversations set subject = r.value ->> 'subject' from json_each($1) r
            where conversations.id = unhex(r.value ->> 'id', '-')",
        postgres: "update conversations c set subject = r.subject
            from json_to_recordset($1::json) as r (id uuid, subject text) where c.id = r.id",
    };
    write_all(tx, SET, titles).await
}

/// Notes that identities are proved by now; what was proved once stays so.
pub async fn prove_identities(tx: &mut Tx, identities: &[BrandIdentity]) -> Result<()> {
    const PROVE: Sql = Sql {
        sqlite: "update contact_identities set proved = 1 from (select unhex(value ->> 'brand_id', '-') as brand_id,
                value ->> 'kind' as kind, value ->> 'value' as value from json_each($1)) r
            where contact_identities.brand_id = r.brand_id and contact_identities.kind = r.kind
                and contact_identities.value = r.value and proved = 0",
        postgres: "update contact_identities i set proved = true
            from json_to_recordset($1::json) as r (brand_id uuid, kind text, value text)
            where i.brand_id = r.brand_id and i.kind = r.kind and i.value = r.value and not i.proved",
    };
    write_all(tx, PROVE, identities).await
}

const UPSERT_CONVERSATIONS: Sql = Sql {
    sqlite:
        "insert into conversations (id, number, brand_id, channel_id, channel_kind, contact_id, contact_name, subject,
            gist, status, agent_state, unread, participants, due_at, last_message_at, last_inbound_at, revision,
            created_at, resolved_at, answering_since, first_answered_at,
            resolving_since, resolution_due_at, reply_until, people_until, wanted_by, last_written_at)
        select unhex(value ->> 'id', '-'), value ->> 'number', unhex(value ->> 'brand_id', '-'),
            unhex(value ->> 'channel_id', '-'), value ->> 'channel_kind', unhex(value ->> 'contact_id', '-'),
            value ->> 'contact_name', value ->> 'subject', value ->> 'gist', value ->> 'status',
            value ->> 'agent_state', value ->> 'unread', value -> 'participants', value ->> 'due_at',
            value ->> 'last_message_at', value ->> 'last_inbound_at', value ->> 'revision', value ->> 'created_at',
            value ->> 'resolved_at', value ->> 'answering_since', value ->> 'first_answered_at',
            value ->> 'resolving_since', value ->> 'resolution_due_at', value ->> 'reply_until',
            value ->> 'people_until', value ->> 'wanted_by', value ->> 'last_written_at'
        from json_each($1) where true
        on conflict (id) do update set channel_id = excluded.channel_id, channel_kind = excluded.channel_kind,
            contact_id = excluded.contact_id, contact_name = excluded.contact_name,
            subject = case when conversations.subject = '' then excluded.subject else conversations.subject end,
            gist = excluded.gist, status = excluded.status, agent_state = excluded.agent_state,
            unread = excluded.unread, participants = excluded.participants, due_at = excluded.due_at,
            last_message_at = excluded.last_message_at, last_inbound_at = excluded.last_inbound_at,
            revision = excluded.revision, resolved_at = excluded.resolved_at,
            answering_since = excluded.answering_since, first_answered_at = excluded.first_answered_at,
            resolving_since = excluded.resolving_since, resolution_due_at = excluded.resolution_due_at,
            reply_until = excluded.reply_until, people_until = excluded.people_until, wanted_by = excluded.wanted_by,
            last_written_at = excluded.last_written_at,
            snoozed_until = case when excluded.status = 'snoozed' then snoozed_until end,
            taken_over = case when excluded.resolved_at is null and conversations.resolved_at is not null
                then 0 else taken_over end",
    postgres: "insert into conversations (id, number, brand_id, channel_id, channel_kind, contact_id, contact_name,
            subject, gist, status, agent_state, unread, participants, due_at, last_message_at, last_inbound_at,
            revision, created_at, resolved_at, answering_since, first_answered_at, resolving_since, resolution_due_at,
            reply_until, people_until, wanted_by, last_written_at)
        select id, number, brand_id, channel_id, channel_kind, contact_id, contact_name, subject, gist, status,
            agent_state, unread, participants, timestamptz 'epoch' + due_at * interval '1 microsecond',
            timestamptz 'epoch' + last_message_at * interval '1 microsecond',
            timestamptz 'epoch' + last_inbound_at * interval '1 microsecond', revision,
            timestamptz 'epoch' + created_at * interval '1 microsecond',
            timestamptz 'epoch' + resolved_at * interval '1 microsecond',
            timestamptz 'epoch' + answering_since * interval '1 microsecond',
            timestamptz 'epoch' + first_answered_at * interval '1 microsecond',
            timestamptz 'epoch' + resolving_since * interval '1 microsecond',
            timestamptz 'epoch' + resolution_due_at * interval '1 microsecond',
            timestamptz 'epoch' + reply_until * interval '1 microsecond',
            timestamptz 'epoch' + people_until * interval '1 microsecond',
            timestamptz 'epoch' + wanted_by * interval '1 microsecond',
            timestamptz 'epoch' + last_written_at * interval '1 microsecond'
        from json_to_recordset($1::json) as r (id uuid, number bigint, brand_id uuid, channel_id uuid,
            channel_kind text, contact_id uuid, contact_name text, subject text, gist text, status text,
            agent_state text, unread boolean, participants jsonb, due_at bigint, last_message_at bigint,
            last_inbound_at bigint, revision bigint, created_at bigint, resolved_at bigint,
            answering_since bigint, first_answered_at bigint, resolving_since bigint, resolution_due_at bigint,
            reply_until bigint, people_until bigint, wanted_by bigint, last_written_at bigint)
        on conflict (id) do update set channel_id = excluded.channel_id, channel_kind = excluded.channel_kind,
            contact_id = excluded.contact_id, contact_name = excluded.contact_name,
            subject = case when conversations.subject = '' then excluded.subject else conversations.subject end,
            gist = excluded.gist, status = excluded.status, agent_state = excluded.agent_state,
            unread = excluded.unread, participants = excluded.participants, due_at = excluded.due_at,
            last_message_at = excluded.last_message_at, last_inbound_at = excluded.last_inbound_at,
            revision = excluded.revision, resolved_at = excluded.resolved_at,
            answering_since = excluded.answering_since, first_answered_at = excluded.first_answered_at,
            resolving_since = excluded.resolving_since, resolution_due_at = excluded.resolution_due_at,
            reply_until = excluded.reply_until, people_until = excluded.people_until, wanted_by = excluded.wanted_by,
            last_written_at = excluded.last_written_at,
            snoozed_until = case when excluded.status = 'snoozed' then conversations.snoozed_until end,
            taken_over = case when excluded.resolved_at is null and conversations.resolved_at is not null
                then false else conversations.taken_over end",
};

/// Writes conversations, new ones and changed ones alike.
pub async fn upsert_conversations(tx: &mut Tx, conversations: &[ConversationRow]) -> Result<()> {
    write_all(tx, UPSERT_CONVERSATIONS, conversations).await
}

const INSERT_MESSAGES: Sql = Sql {
    sqlite: "insert into messages (id, conversation_id, channel_id, direction, author, teammate_id, contact_id,
            sender_name, sender_address, recipients, subject, body, full_text, html, delivery, external_id,
            in_reply_to, automatic, trust, raw_event_id, draft_id, send_at, created_at, sent_at, reply_to, kept_due_at,
             template, choices, written_at, to_contact_id, left_at, machine_worded, by_program, aside, thread)
        select unhex(value ->> 'id', '-'), unhex(value ->> 'conversation_id', '-'),
            unhex(value ->> 'channel_id', '-'), value ->> 'direction', value ->> 'author',
            unhex(value ->> 'teammate_id', '-'), unhex(value ->> 'contact_id', '-'), value ->> 'sender_name',
            value ->> 'sender_address', value -> 'recipients', value ->> 'subject', value ->> 'body',
            value ->> 'full_text', value ->> 'html', value ->> 'delivery', value ->> 'external_id',
            value ->> 'in_reply_to', value ->> 'automatic', value ->> 'trust', unhex(value ->> 'raw_event_id', '-'),
            unhex(value ->> 'draft_id', '-'), value ->> 'send_at', value ->> 'created_at', value ->> 'sent_at',
            value ->> 'reply_to', value ->> 'kept_due_at', nullif(value -> 'template', 'null'),
            value -> 'choices',
            value ->> 'written_at', unhex(value ->> 'to_contact_id', '-'), value ->> 'sent_at',
            value ->> 'machine_worded', value ->> 'by_program', value ->> 'aside', value ->> 'thread'
        from json_each($1)",
    postgres: "insert into messages (id, conversation_id, channel_id, direction, author, teammate_id, contact_id,
            sender_name, sender_address, recipients, subject, body, full_text, html, delivery, external_id,
            in_reply_to, automatic, trust, raw_event_id, draft_id, send_at, created_at, sent_at, reply_to, kept_due_at,
             template, choices, written_at, to_contact_id, left_at, machine_worded, by_program, aside, thread, search)
        select id, conversation_id, channel_id, direction, author, teammate_id, contact_id, sender_name,
            sender_address, recipients, subject, body, full_text, html, delivery, external_id, in_reply_to, automatic,
            trust, raw_event_id, draft_id, timestamptz 'epoch' + send_at * interval '1 microsecond',
            timestamptz 'epoch' + created_at * interval '1 microsecond',
            timestamptz 'epoch' + sent_at * interval '1 microsecond',
            reply_to, timestamptz 'epoch' + kept_due_at * interval '1 microsecond', template, choices,
            timestamptz 'epoch' + written_at * interval '1 microsecond', to_contact_id,
             timestamptz 'epoch' + sent_at * interval '1 microsecond', machine_worded, by_program, aside, thread,
             to_tsvector('simple', words)
        from json_to_recordset($1::json) as r (id uuid, conversation_id uuid, channel_id uuid, direction text,
            author text, teammate_id uuid, contact_id uuid, sender_name text, sender_address text, recipients jsonb,
            subject text, body text, full_text text, html text, delivery text, external_id text, in_reply_to text,
            automatic text, trust text, raw_event_id uuid, draft_id uuid, send_at bigint, created_at bigint,
             sent_at bigint, reply_to text, kept_due_at bigint, template jsonb, choices jsonb, written_at bigint, to_contact_id uuid,
             machine_worded boolean, by_program boolean, aside boolean, thread text, words text)",
};

/// Indexes for full text what was just inserted, each word behind the number of its part; PostgreSQL did so already.
const INDEX_MESSAGES: &str = "insert into message_search (rowid, content)
    select m.seq, replace(' ' || trim(value ->> 'words'), ' ', ' ' || printf('%04x', m.seq >> 15))
    from json_each($1) cross join messages m on m.id = unhex(value ->> 'id', '-')";

#[derive(Serialize)]
struct Indexed<'a> {
    #[serde(flatten)]
    message: &'a NewMessage,
    words: String,
}

#[derive(Serialize)]
struct Head {
    id: MessageId,
    words: String,
}

/// Inserts messages, findable at once.
pub async fn insert_messages(tx: &mut Tx, messages: &[NewMessage]) -> Result<()> {
    if messages.is_empty() {
        return Ok(());
    }
    let words = |message: &NewMessage| {
        search::indexed(&[&message.subject, &message.sender_name, &message.sender_address, &message.body])
    };
    if tx.is_postgres() {
        let indexed: Vec<Indexed<'_>> =
            messages.iter().map(|message| Indexed { message, words: words(message) }).collect();
        tx.query(INSERT_MESSAGES).bind(rows::json(&indexed)?).execute().await?;
    } else {
        tx.query(INSERT_MESSAGES).bind(rows::json(messages)?).execute().await?;
        let heads: Vec<Head> = messages.iter().map(|message| Head { id: message.id, words: words(message) }).collect();
        tx.query(INDEX_MESSAGES).bind(rows::json(&heads)?).execute().await?;
    }
    Ok(())
}

const INSERT_KEYS: Sql = Sql {
    sqlite: "insert into message_keys (channel_id, key, message_id, conversation_id)
        select unhex(value ->> 'channel_id', '-'), value ->> 'key', unhex(value ->> 'message_id', '-'),
            unhex(value ->> 'conversation_id', '-')
        from json_each($1) where true on conflict do nothing",
    postgres: "insert into message_keys (channel_id, key, message_id, conversation_id)
        select channel_id, key, message_id, conversation_id
        from json_to_recordset($1::json) as r (channel_id uuid, key text, message_id uuid, conversation_id uuid)
        on conflict do nothing",
};

/// Inserts keys; a key that is taken stays where it is. News that came before them is read once more.
pub async fn insert_keys(tx: &mut Tx, keys: &[NewKey]) -> Result<()> {
    if keys.is_empty() {
        return Ok(());
    }
    write_all(tx, INSERT_KEYS, keys).await?;
    early_news::call_back(tx, keys).await
}

const INSERT_ATTACHMENTS: Sql = Sql {
    sqlite:
        "insert into attachments (id, message_id, position, name, content_type, size, content_id, inline, storage_key,
            reference)
        select unhex(value ->> 'id', '-'), unhex(value ->> 'message_id', '-'), value ->> 'position', value ->> 'name',
            value ->> 'content_type', value ->> 'size', value ->> 'content_id', value ->> 'inline',
            value ->> 'storage_key', nullif(value -> 'reference', 'null')
        from json_each($1)",
    postgres: "insert into attachments (id, message_id, position, name, content_type, size, content_id, inline,
            storage_key, reference)
        select id, message_id, position, name, content_type, size, content_id, inline, storage_key, reference
        from json_to_recordset($1::json) as r (id uuid, message_id uuid, position bigint, name text,
            content_type text, size bigint, content_id text, inline boolean, storage_key text, reference jsonb)",
};

/// Inserts files.
pub async fn insert_attachments(tx: &mut Tx, attachments: &[NewAttachment]) -> Result<()> {
    write_all(tx, INSERT_ATTACHMENTS, attachments).await
}

const INSERT_EVENTS: Sql = Sql {
    sqlite: "insert into events (id, brand_id, conversation_id, kind, actor, data, at)
        select unhex(value ->> 'id', '-'), unhex(value ->> 'brand_id', '-'),
            unhex(value ->> 'conversation_id', '-'), value ->> 'kind', value ->> 'actor', value -> 'data',
            value ->> 'at'
        from json_each($1)",
    postgres: "insert into events (id, brand_id, conversation_id, kind, actor, data, at)
        select id, brand_id, conversation_id, kind, actor, data, timestamptz 'epoch' + at * interval '1 microsecond'
        from json_to_recordset($1::json) as r (id uuid, brand_id uuid, conversation_id uuid, kind text, actor text,
            data jsonb, at bigint)",
};

/// Inserts timeline events.
pub async fn insert_events(tx: &mut Tx, events: &[NewEvent]) -> Result<()> {
    write_all(tx, INSERT_EVENTS, events).await
}

/// One statement over all of these; none over nothing.
async fn write_all<T: Serialize>(tx: &mut Tx, statement: Sql, all: &[T]) -> Result<()> {
    if !all.is_empty() {
        tx.query(statement).bind(rows::json(all)?).execute().await?;
    }
    Ok(())
}
