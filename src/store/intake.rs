//! Received messages, many at once: what must be known to place them, and one set-based statement a table to write
//! them.

use channel_contract::inbound::Identity;
use serde::Serialize;
use sqlx::types::Json;

use super::db::Sql;
use super::{Db, Result, Tx, rows};
use crate::model::conversation::{AgentState, Conversation, ConversationStatus};
use crate::model::event::EventKind;
use crate::model::message::{Delivery, Direction, MessageAuthor};
use crate::model::{
    AttachmentId, BrandId, ChannelId, ContactId, ConversationId, DraftId, EventId, MessageId, RawEventId, TeammateId,
    Ts,
};

/// Lets one receiver place messages at a time, until the transaction ends. On SQLite the one writer does that by itself.
pub async fn lock(tx: &mut Tx) -> Result<()> {
    if tx.is_postgres() {
        tx.query("select pg_advisory_xact_lock(7351001)").execute().await?;
    }
    Ok(())
}

/// The turn to place messages: one receiver has it at a time, over all processes, so that the mails of a thread are
/// placed in the order they came and never open two conversations. It ends with its transaction, so a killed process
/// leaves nothing to wait for. On SQLite the one process and its one writer give the order by themselves.
#[derive(Debug)]
pub struct Turn {
    db: Db,
    locked: Option<Tx>,
}

impl Turn {
    /// Waits for the turn.
    pub async fn take(db: &Db) -> Result<Self> {
        let mut turn = Self { db: db.clone(), locked: None };
        if db.is_shared() {
            let mut tx = db.begin().await?;
            lock(&mut tx).await?;
            turn.locked = Some(tx);
        }
        Ok(turn)
    }

    /// The transaction to place within. On SQLite it begins only now: reading mails must not hold the writer.
    pub async fn begin(self) -> Result<Tx> {
        match self.locked {
            Some(tx) => Ok(tx),
            None => self.db.begin().await,
        }
    }
}

/// A key in a channel.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct ChannelKey {
    /// The channel.
    pub channel_id: ChannelId,
    /// The key.
    pub key: String,
}

/// Where a key leads.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct KeyTarget {
    /// The channel.
    pub channel_id: ChannelId,
    /// The key.
    pub key: String,
    /// The message that has it.
    pub message_id: MessageId,
    /// Its conversation.
    pub conversation_id: ConversationId,
}

/// Which messages have these keys.
pub async fn find_keys(tx: &mut Tx, keys: &[ChannelKey]) -> Result<Vec<KeyTarget>> {
    const FIND: Sql = Sql {
        sqlite: "select k.channel_id, k.key, k.message_id, k.conversation_id from json_each($1) r
            cross join message_keys k
                on k.channel_id = unhex(r.value ->> 'channel_id', '-') and k.key = r.value ->> 'key'",
        postgres: "select k.channel_id, k.key, k.message_id, k.conversation_id
            from json_to_recordset($1::json) as r (channel_id uuid, key text)
            join message_keys k on k.channel_id = r.channel_id and k.key = r.key",
    };
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    tx.query(FIND).bind(rows::json(keys)?).all().await
}

/// An identity in a brand.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct BrandIdentity {
    /// The brand.
    pub brand_id: BrandId,
    /// `email`, `phone`, ...
    pub kind: String,
    /// The normalised value.
    pub value: String,
}

impl BrandIdentity {
    /// The identity within a brand.
    pub fn new(brand_id: BrandId, identity: &Identity) -> Self {
        Self { brand_id, kind: identity.kind.clone(), value: identity.value.clone() }
    }
}

/// A known contact behind an identity.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct KnownContact {
    /// The brand.
    pub brand_id: BrandId,
    /// The identity's kind.
    pub kind: String,
    /// The identity's value.
    pub value: String,
    /// Who it is.
    pub contact_id: ContactId,
    /// Name as last seen.
    pub name: String,
}

/// Who is behind these identities.
pub async fn find_contacts(tx: &mut Tx, identities: &[BrandIdentity]) -> Result<Vec<KnownContact>> {
    const FIND: Sql = Sql {
        sqlite: "select i.brand_id, i.kind, i.value, i.contact_id, c.name from json_each($1) r
            cross join contact_identities i on i.brand_id = unhex(r.value ->> 'brand_id', '-')
                and i.kind = r.value ->> 'kind' and i.value = r.value ->> 'value'
            join contacts c on c.id = i.contact_id",
        postgres: "select i.brand_id, i.kind, i.value, i.contact_id, c.name
            from json_to_recordset($1::json) as r (brand_id uuid, kind text, value text)
            join contact_identities i on i.brand_id = r.brand_id and i.kind = r.kind and i.value = r.value
            join contacts c on c.id = i.contact_id",
    };
    if identities.is_empty() {
        return Ok(Vec::new());
    }
    tx.query(FIND).bind(rows::json(identities)?).all().await
}

/// The conversations with these ids.
pub async fn find_conversations(tx: &mut Tx, ids: &[ConversationId]) -> Result<Vec<Conversation>> {
    const FIND: Sql = Sql {
        sqlite: "select * from conversations where id in (select unhex(value, '-') from json_each($1))",
        postgres: "select * from conversations
            where id in (select value::uuid from json_array_elements_text($1::json)) for update",
    };
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    tx.query(FIND).bind(rows::json(ids)?).all().await
}

/// An order number that somebody named.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct OrderMention {
    /// The brand.
    pub brand_id: BrandId,
    /// The number as stored on conversations.
    pub order_number: String,
}

/// Unresolved conversations about these orders, newest first.
pub async fn find_by_order(tx: &mut Tx, mentions: &[OrderMention]) -> Result<Vec<Conversation>> {
    const FIND: Sql = Sql {
        sqlite: "select c.* from json_each($1) r
            cross join conversations c on c.brand_id = unhex(r.value ->> 'brand_id', '-')
                and c.order_number = r.value ->> 'order_number'
            where c.status <> 'resolved' order by c.last_message_at desc",
        postgres: "select c.* from json_to_recordset($1::json) as r (brand_id uuid, order_number text)
            join conversations c on c.brand_id = r.brand_id and c.order_number = r.order_number
            where c.status <> 'resolved' order by c.last_message_at desc for update of c",
    };
    if mentions.is_empty() {
        return Ok(Vec::new());
    }
    tx.query(FIND).bind(rows::json(mentions)?).all().await
}

/// Reserves `count` conversation numbers; gives the first.
pub async fn reserve_numbers(tx: &mut Tx, count: i64) -> Result<i64> {
    let last: i64 = tx
        .query("update counters set value = value + $1 where name = 'conversation_number' returning value")
        .bind(count)
        .scalar()
        .await?;
    Ok(last - count + 1)
}

/// A new contact with its first identity.
#[derive(Clone, Debug, Serialize)]
pub struct NewContact {
    /// Id.
    pub id: ContactId,
    /// Whose customer.
    pub brand_id: BrandId,
    /// Name as shown.
    pub name: String,
    /// The identity's kind.
    pub kind: String,
    /// The identity's value.
    pub value: String,
    /// Whether the channel proves it.
    pub proved: bool,
    /// When.
    pub created_at: Ts,
}

/// Everything that a conversation row holds, as it shall be after the batch.
#[derive(Clone, Debug, Serialize)]
pub struct ConversationRow {
    /// Id.
    pub id: ConversationId,
    /// The number that people use.
    pub number: i64,
    /// Whose.
    pub brand_id: BrandId,
    /// The channel of the last message.
    pub channel_id: ChannelId,
    /// Its kind.
    pub channel_kind: String,
    /// With whom.
    pub contact_id: ContactId,
    /// Their name.
    pub contact_name: String,
    /// Subject of the first message.
    pub subject: String,
    /// One line of the last message in.
    pub gist: String,
    /// Who has the next move.
    pub status: ConversationStatus,
    /// What the agent is doing.
    pub agent_state: AgentState,
    /// Whether the last inbound message was not looked at yet.
    pub unread: bool,
    /// Addresses that may continue it.
    pub participants: Vec<String>,
    /// When an answer is due.
    pub due_at: Option<Ts>,
    /// The last message, either way.
    pub last_message_at: Ts,
    /// The last message in.
    pub last_inbound_at: Option<Ts>,
    /// Grows with every message and decision.
    pub revision: i64,
    /// When it began.
    pub created_at: Ts,
    /// When it was resolved.
    pub resolved_at: Option<Ts>,
}

/// A message to insert.
#[derive(Clone, Debug, Serialize)]
pub struct NewMessage {
    /// Id.
    pub id: MessageId,
    /// Where it belongs.
    pub conversation_id: ConversationId,
    /// On which channel.
    pub channel_id: ChannelId,
    /// Which way.
    pub direction: Direction,
    /// By whom.
    pub author: MessageAuthor,
    /// The person on staff.
    pub teammate_id: Option<TeammateId>,
    /// The customer.
    pub contact_id: Option<ContactId>,
    /// Shown name of the writer.
    pub sender_name: String,
    /// Address of the writer.
    pub sender_address: String,
    /// Whom it was sent to.
    pub recipients: Vec<String>,
    /// Subject.
    pub subject: String,
    /// What was written this time.
    pub body: String,
    /// Everything, `""` when it is the same.
    pub full_text: String,
    /// Sanitised HTML.
    pub html: Option<String>,
    /// Where it is, outbound only.
    pub delivery: Option<Delivery>,
    /// The platform's id.
    pub external_id: String,
    /// The id it answers.
    pub in_reply_to: Option<String>,
    /// `no`, `auto_reply`, `bulk`.
    pub automatic: &'static str,
    /// `proved`, `claimed`, `failed`.
    pub trust: &'static str,
    /// The stored bytes it was read from.
    pub raw_event_id: Option<RawEventId>,
    /// The draft it came from.
    pub draft_id: Option<DraftId>,
    /// Not before this moment.
    pub send_at: Option<Ts>,
    /// When it was written or came in.
    pub created_at: Ts,
    /// When the platform took it.
    pub sent_at: Option<Ts>,
}

/// A key that leads to a message.
#[derive(Clone, Debug, Serialize)]
pub struct NewKey {
    /// The channel.
    pub channel_id: ChannelId,
    /// The key.
    pub key: String,
    /// The message.
    pub message_id: MessageId,
    /// Its conversation.
    pub conversation_id: ConversationId,
}

/// A file of a message; its bytes are stored already.
#[derive(Clone, Debug, Serialize)]
pub struct NewAttachment {
    /// Id.
    pub id: AttachmentId,
    /// The message.
    pub message_id: MessageId,
    /// Place among the message's files.
    pub position: i64,
    /// Name as given.
    pub name: String,
    /// Declared media type.
    pub content_type: String,
    /// Bytes.
    pub size: i64,
    /// Id by which HTML refers to it.
    pub content_id: Option<String>,
    /// Whether the HTML shows it in place.
    pub inline: bool,
    /// Where the bytes are.
    pub storage_key: String,
}

/// A timeline event to insert.
#[derive(Clone, Debug, Serialize)]
pub struct NewEvent {
    /// Id.
    pub id: EventId,
    /// Whose.
    pub brand_id: BrandId,
    /// Where.
    pub conversation_id: Option<ConversationId>,
    /// What happened.
    pub kind: EventKind,
    /// Who did it.
    pub actor: String,
    /// Small facts for showing it.
    pub data: serde_json::Value,
    /// When.
    pub at: Ts,
}

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
        from json_each($1) where true on conflict do nothing",
    postgres: "insert into contact_identities (brand_id, kind, value, contact_id, proved, created_at)
        select brand_id, kind, value, id, proved, timestamptz 'epoch' + created_at * interval '1 microsecond'
        from json_to_recordset($1::json) as r (id uuid, brand_id uuid, kind text, value text, proved boolean,
            created_at bigint)
        on conflict do nothing",
};

/// Inserts contacts with their identities.
pub async fn insert_contacts(tx: &mut Tx, contacts: &[NewContact]) -> Result<()> {
    if contacts.is_empty() {
        return Ok(());
    }
    let json = rows::json(contacts)?;
    tx.query(INSERT_CONTACTS).bind(json.as_str()).execute().await?;
    tx.query(INSERT_IDENTITIES).bind(json).execute().await?;
    Ok(())
}

const UPSERT_CONVERSATIONS: Sql = Sql {
    sqlite:
        "insert into conversations (id, number, brand_id, channel_id, channel_kind, contact_id, contact_name, subject,
            gist, status, agent_state, unread, participants, due_at, last_message_at, last_inbound_at, revision,
            created_at, resolved_at)
        select unhex(value ->> 'id', '-'), value ->> 'number', unhex(value ->> 'brand_id', '-'),
            unhex(value ->> 'channel_id', '-'), value ->> 'channel_kind', unhex(value ->> 'contact_id', '-'),
            value ->> 'contact_name', value ->> 'subject', value ->> 'gist', value ->> 'status',
            value ->> 'agent_state', value ->> 'unread', value -> 'participants', value ->> 'due_at',
            value ->> 'last_message_at', value ->> 'last_inbound_at', value ->> 'revision', value ->> 'created_at',
            value ->> 'resolved_at'
        from json_each($1) where true
        on conflict (id) do update set channel_id = excluded.channel_id, channel_kind = excluded.channel_kind,
            gist = excluded.gist, status = excluded.status, agent_state = excluded.agent_state,
            unread = excluded.unread, participants = excluded.participants, due_at = excluded.due_at,
            last_message_at = excluded.last_message_at, last_inbound_at = excluded.last_inbound_at,
            revision = excluded.revision, resolved_at = excluded.resolved_at,
            snoozed_until = case when excluded.status = 'snoozed' then snoozed_until end,
            taken_over = case when excluded.resolved_at is null and conversations.resolved_at is not null
                then 0 else taken_over end",
    postgres: "insert into conversations (id, number, brand_id, channel_id, channel_kind, contact_id, contact_name,
            subject, gist, status, agent_state, unread, participants, due_at, last_message_at, last_inbound_at,
            revision, created_at, resolved_at)
        select id, number, brand_id, channel_id, channel_kind, contact_id, contact_name, subject, gist, status,
            agent_state, unread, participants, timestamptz 'epoch' + due_at * interval '1 microsecond',
            timestamptz 'epoch' + last_message_at * interval '1 microsecond',
            timestamptz 'epoch' + last_inbound_at * interval '1 microsecond', revision,
            timestamptz 'epoch' + created_at * interval '1 microsecond',
            timestamptz 'epoch' + resolved_at * interval '1 microsecond'
        from json_to_recordset($1::json) as r (id uuid, number bigint, brand_id uuid, channel_id uuid,
            channel_kind text, contact_id uuid, contact_name text, subject text, gist text, status text,
            agent_state text, unread boolean, participants jsonb, due_at bigint, last_message_at bigint,
            last_inbound_at bigint, revision bigint, created_at bigint, resolved_at bigint)
        on conflict (id) do update set channel_id = excluded.channel_id, channel_kind = excluded.channel_kind,
            gist = excluded.gist, status = excluded.status, agent_state = excluded.agent_state,
            unread = excluded.unread, participants = excluded.participants, due_at = excluded.due_at,
            last_message_at = excluded.last_message_at, last_inbound_at = excluded.last_inbound_at,
            revision = excluded.revision, resolved_at = excluded.resolved_at,
            snoozed_until = case when excluded.status = 'snoozed' then conversations.snoozed_until end,
            taken_over = case when excluded.resolved_at is null and conversations.resolved_at is not null
                then false else conversations.taken_over end",
};

/// Writes conversations, new ones and changed ones alike.
pub async fn upsert_conversations(tx: &mut Tx, conversations: &[ConversationRow]) -> Result<()> {
    if conversations.is_empty() {
        return Ok(());
    }
    tx.query(UPSERT_CONVERSATIONS).bind(rows::json(conversations)?).execute().await?;
    Ok(())
}

const INSERT_MESSAGES: Sql = Sql {
    sqlite: "insert into messages (id, conversation_id, channel_id, direction, author, teammate_id, contact_id,
            sender_name, sender_address, recipients, subject, body, full_text, html, delivery, external_id,
            in_reply_to, automatic, trust, raw_event_id, draft_id, send_at, created_at, sent_at)
        select unhex(value ->> 'id', '-'), unhex(value ->> 'conversation_id', '-'),
            unhex(value ->> 'channel_id', '-'), value ->> 'direction', value ->> 'author',
            unhex(value ->> 'teammate_id', '-'), unhex(value ->> 'contact_id', '-'), value ->> 'sender_name',
            value ->> 'sender_address', value -> 'recipients', value ->> 'subject', value ->> 'body',
            value ->> 'full_text', value ->> 'html', value ->> 'delivery', value ->> 'external_id',
            value ->> 'in_reply_to', value ->> 'automatic', value ->> 'trust', unhex(value ->> 'raw_event_id', '-'),
            unhex(value ->> 'draft_id', '-'), value ->> 'send_at', value ->> 'created_at', value ->> 'sent_at'
        from json_each($1)",
    postgres: "insert into messages (id, conversation_id, channel_id, direction, author, teammate_id, contact_id,
            sender_name, sender_address, recipients, subject, body, full_text, html, delivery, external_id,
            in_reply_to, automatic, trust, raw_event_id, draft_id, send_at, created_at, sent_at, search)
        select id, conversation_id, channel_id, direction, author, teammate_id, contact_id, sender_name,
            sender_address, recipients, subject, body, full_text, html, delivery, external_id, in_reply_to, automatic,
            trust, raw_event_id, draft_id, timestamptz 'epoch' + send_at * interval '1 microsecond',
            timestamptz 'epoch' + created_at * interval '1 microsecond',
            timestamptz 'epoch' + sent_at * interval '1 microsecond',
            to_tsvector('simple', left(subject || ' ' || sender_name || ' ' || sender_address || ' ' || body, 200000))
        from json_to_recordset($1::json) as r (id uuid, conversation_id uuid, channel_id uuid, direction text,
            author text, teammate_id uuid, contact_id uuid, sender_name text, sender_address text, recipients jsonb,
            subject text, body text, full_text text, html text, delivery text, external_id text, in_reply_to text,
            automatic text, trust text, raw_event_id uuid, draft_id uuid, send_at bigint, created_at bigint,
            sent_at bigint)",
};

/// Indexes for full text what was just inserted; PostgreSQL did so already.
const INDEX_MESSAGES: &str = "insert into message_search (rowid, content, facets)
    select m.seq, m.subject || ' ' || m.sender_name || ' ' || m.sender_address || ' ' || m.body,
        'channel' || lower(hex(m.channel_id)) || ' ' || m.direction
    from json_each($1) cross join messages m on m.id = unhex(value ->> 'id', '-')";

/// Inserts messages, findable at once.
pub async fn insert_messages(tx: &mut Tx, messages: &[NewMessage]) -> Result<()> {
    #[derive(Serialize)]
    struct Head {
        id: MessageId,
    }
    if messages.is_empty() {
        return Ok(());
    }
    tx.query(INSERT_MESSAGES).bind(rows::json(messages)?).execute().await?;
    if !tx.is_postgres() {
        let heads: Vec<Head> = messages.iter().map(|message| Head { id: message.id }).collect();
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

/// Inserts keys; a key that is taken stays where it is.
pub async fn insert_keys(tx: &mut Tx, keys: &[NewKey]) -> Result<()> {
    if keys.is_empty() {
        return Ok(());
    }
    tx.query(INSERT_KEYS).bind(rows::json(keys)?).execute().await?;
    Ok(())
}

const INSERT_ATTACHMENTS: Sql = Sql {
    sqlite:
        "insert into attachments (id, message_id, position, name, content_type, size, content_id, inline, storage_key)
        select unhex(value ->> 'id', '-'), unhex(value ->> 'message_id', '-'), value ->> 'position', value ->> 'name',
            value ->> 'content_type', value ->> 'size', value ->> 'content_id', value ->> 'inline',
            value ->> 'storage_key'
        from json_each($1)",
    postgres: "insert into attachments (id, message_id, position, name, content_type, size, content_id, inline,
            storage_key)
        select id, message_id, position, name, content_type, size, content_id, inline, storage_key
        from json_to_recordset($1::json) as r (id uuid, message_id uuid, position bigint, name text,
            content_type text, size bigint, content_id text, inline boolean, storage_key text)",
};

/// Inserts files.
pub async fn insert_attachments(tx: &mut Tx, attachments: &[NewAttachment]) -> Result<()> {
    if attachments.is_empty() {
        return Ok(());
    }
    tx.query(INSERT_ATTACHMENTS).bind(rows::json(attachments)?).execute().await?;
    Ok(())
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
    if events.is_empty() {
        return Ok(());
    }
    tx.query(INSERT_EVENTS).bind(rows::json(events)?).execute().await?;
    Ok(())
}

impl From<&Conversation> for ConversationRow {
    fn from(conversation: &Conversation) -> Self {
        let Json(participants) = conversation.participants.clone();
        Self {
            id: conversation.id,
            number: conversation.number,
            brand_id: conversation.brand_id,
            channel_id: conversation.channel_id,
            channel_kind: conversation.channel_kind.clone(),
            contact_id: conversation.contact_id,
            contact_name: conversation.contact_name.clone(),
            subject: conversation.subject.clone(),
            gist: conversation.gist.clone(),
            status: conversation.status,
            agent_state: conversation.agent_state,
            unread: conversation.unread,
            participants,
            due_at: conversation.due_at,
            last_message_at: conversation.last_message_at,
            last_inbound_at: conversation.last_inbound_at,
            revision: conversation.revision,
            created_at: conversation.created_at,
            resolved_at: conversation.resolved_at,
        }
    }
}
