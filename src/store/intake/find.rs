//! What must be known before messages can be placed.

use channel_contract::channel::NameScope;
use channel_contract::inbound::Identity;
use serde::Serialize;
use sqlx::types::Json;

use super::key_of;
use crate::model::conversation::Conversation;
use crate::model::message::Direction;
use crate::model::message_change::MessageChanges;
use crate::model::{BrandId, ChannelId, ContactId, ConversationId, MessageId};
use crate::store::db::Sql;
use crate::store::{Result, Tx, rows};

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
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, sqlx::FromRow)]
pub struct BrandIdentity {
    /// The brand.
    pub brand_id: BrandId,
    /// `email`, `phone`, ...; of names that count in one place alone with that place: `messenger_user@1001`.
    pub kind: String,
    /// The normalised value, as a key.
    pub value: String,
}

impl BrandIdentity {
    /// The identity within a brand.
    pub fn new(brand_id: BrandId, identity: &Identity) -> Self {
        Self { brand_id, kind: identity.kind.clone(), value: key_of(&identity.value) }
    }

    /// The same of a channel whose own names count in one place alone.
    pub fn within(brand_id: BrandId, scope: Option<&NameScope>, identity: &Identity) -> Self {
        let named = Self::new(brand_id, identity);
        match scope.filter(|scope| scope.kind == named.kind) {
            Some(scope) => Self { kind: kind_within(scope), ..named },
            None => named,
        }
    }

    /// What sort of name it is, wherever it counts.
    pub fn sort(&self) -> &str {
        self.kind.split_once('@').map_or(self.kind.as_str(), |(sort, _)| sort)
    }
}

/// What names are called that count in one place alone.
pub fn kind_within(scope: &NameScope) -> String {
    let NameScope { kind, within } = scope;
    if within.is_empty() { (*kind).to_owned() } else { format!("{kind}@{}", key_of(within)) }
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

/// A name that a platform vouches for beside one of its own.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct FurtherName {
    /// That name.
    #[serde(flatten)]
    pub name: BrandIdentity,
    /// What kind of names the platform's own are.
    pub own_kind: String,
}

/// The platforms' own names of those who have proved these further ones.
pub async fn find_namesakes(tx: &mut Tx, names: &[FurtherName]) -> Result<Vec<KnownContact>> {
    const FIND: Sql = Sql {
        sqlite: "select i.brand_id, i.kind, i.value, i.contact_id, c.name from json_each($1) r
            cross join contact_identities k on k.brand_id = unhex(r.value ->> 'brand_id', '-')
                and k.kind = r.value ->> 'kind' and k.value = r.value ->> 'value' and k.proved = 1
            cross join contact_identities i on i.contact_id = k.contact_id and i.kind = r.value ->> 'own_kind' and i.proved = 1
            join contacts c on c.id = i.contact_id",
        postgres: "select i.brand_id, i.kind, i.value, i.contact_id, c.name
            from json_to_recordset($1::json) as r (brand_id uuid, kind text, value text, own_kind text)
            join contact_identities k
                on k.brand_id = r.brand_id and k.kind = r.kind and k.value = r.value and k.proved
            join contact_identities i on i.contact_id = k.contact_id and i.kind = r.own_kind and i.proved
            join contacts c on c.id = i.contact_id",
    };
    if names.is_empty() {
        return Ok(Vec::new());
    }
    tx.query(FIND).bind(rows::json(names)?).all().await
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

/// The conversations with these ids, to change them in this transaction. All are locked in one order, as by whoever changes
/// several.
pub async fn find_conversations(tx: &mut Tx, ids: &[ConversationId]) -> Result<Vec<Conversation>> {
    const FIND: Sql = Sql {
        sqlite: "select * from conversations where id in (select unhex(value, '-') from json_each($1))",
        postgres: "select * from conversations
            where id = any (array(select value::uuid from json_array_elements_text($1::json))) order by id for update",
    };
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    tx.query(FIND).bind(rows::json(ids)?).all().await
}

#[derive(sqlx::FromRow)]
struct Id {
    id: ConversationId,
}

/// Where those of them went that were merged, one step; nothing is locked.
pub async fn find_targets(tx: &mut Tx, ids: &[ConversationId]) -> Result<Vec<ConversationId>> {
    const FIND: Sql = Sql {
        sqlite: "select merged_into as id from conversations
            where id in (select unhex(value, '-') from json_each($1)) and merged_into is not null",
        postgres: "select merged_into as id from conversations
            where id = any (array(select value::uuid from json_array_elements_text($1::json)))
                and merged_into is not null",
    };
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let found: Vec<Id> = tx.query(FIND).bind(rows::json(ids)?).all().await?;
    Ok(found.into_iter().map(|row| row.id).collect())
}

/// An order number that somebody named.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct OrderMention {
    /// The brand.
    pub brand_id: BrandId,
    /// The number as stored on conversations.
    pub order_number: String,
}

/// Unresolved conversations about these orders, newest first; nothing is locked.
pub async fn find_by_order(tx: &mut Tx, mentions: &[OrderMention]) -> Result<Vec<ConversationId>> {
    const FIND: Sql = Sql {
        sqlite: "select c.id from json_each($1) r
            cross join conversations c on c.brand_id = unhex(r.value ->> 'brand_id', '-')
                and c.order_number = r.value ->> 'order_number'
            where c.status <> 'resolved' order by c.last_message_at desc",
        postgres: "select c.id from json_to_recordset($1::json) as r (brand_id uuid, order_number text)
            join conversations c on c.brand_id = r.brand_id and c.order_number = r.order_number
            where c.status <> 'resolved' order by c.last_message_at desc",
    };
    if mentions.is_empty() {
        return Ok(Vec::new());
    }
    let found: Vec<Id> = tx.query(FIND).bind(rows::json(mentions)?).all().await?;
    Ok(found.into_iter().map(|row| row.id).collect())
}

/// The conversation in which a contact wrote last.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct LastTalk {
    /// Who.
    pub contact_id: ContactId,
    /// Where.
    pub conversation_id: ConversationId,
}

/// In which conversations these contacts wrote last; nothing is locked.
pub async fn find_last_talks(tx: &mut Tx, contacts: &[ContactId]) -> Result<Vec<LastTalk>> {
    const FIND: Sql = Sql {
        sqlite: "select v.contact_id, v.id as conversation_id from json_each($1) r
            cross join conversations v on v.id = (select id from conversations
                where contact_id = unhex(r.value, '-') and merged_into is null order by last_message_at desc limit 1)",
        postgres: "select v.contact_id, v.id as conversation_id from json_array_elements_text($1::json) as r (contact)
            cross join lateral (select contact_id, id from conversations
                where contact_id = r.contact::uuid and merged_into is null order by last_message_at desc limit 1) v",
    };
    if contacts.is_empty() {
        return Ok(Vec::new());
    }
    tx.query(FIND).bind(rows::json(contacts)?).all().await
}

/// What a known message says: enough to tell whether another one with its id is the same.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Said {
    /// The message.
    pub message_id: MessageId,
    /// Which way it went.
    pub direction: Direction,
    /// The customer who wrote it.
    pub contact_id: Option<ContactId>,
    /// Address of the writer; `""` for what was sent from here.
    pub sender_address: String,
    /// Its subject.
    pub subject: String,
    /// What was written this time.
    pub body: String,
    /// What became of it since: what comes once more says what it said first.
    pub changes: Option<Json<MessageChanges>>,
}

impl Said {
    /// What it said first.
    pub fn original(&self) -> &str {
        self.changes.as_ref().and_then(|changes| changes.0.original.as_deref()).unwrap_or(&self.body)
    }
}

/// A file of a known message.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct SaidFile {
    /// The message.
    pub message_id: MessageId,
    /// Its name as given.
    pub name: String,
    /// Declared media type.
    pub content_type: String,
    /// The hash of its bytes.
    pub storage_key: String,
}

/// What these messages say, and their files in order.
pub async fn find_said(tx: &mut Tx, messages: &[MessageId]) -> Result<(Vec<Said>, Vec<SaidFile>)> {
    const SAID: Sql = Sql {
        sqlite: "select id as message_id, direction, contact_id, sender_address, subject, body, changes from messages
            where id in (select unhex(value, '-') from json_each($1))",
        postgres: "select id as message_id, direction, contact_id, sender_address, subject, body, changes from messages
            where id in (select value::uuid from json_array_elements_text($1::json))",
    };
    const FILES: Sql = Sql {
        sqlite: "select message_id, name, content_type, storage_key from attachments
            where message_id in (select unhex(value, '-') from json_each($1)) order by message_id, position",
        postgres: "select message_id, name, content_type, storage_key from attachments
            where message_id in (select value::uuid from json_array_elements_text($1::json))
            order by message_id, position",
    };
    if messages.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let ids = rows::json(messages)?;
    let said = tx.query(SAID).bind(ids.clone()).all().await?;
    Ok((said, tx.query(FILES).bind(ids).all().await?))
}
