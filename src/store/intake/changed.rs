//! Messages that say something else than when they were placed.

use serde::Serialize;
use sqlx::types::Json;

use super::NewMessage;
use crate::model::message::{Automatic, Direction};
use crate::model::message_change::MessageChanges;
use crate::model::{ContactId, ConversationId, MessageId};
use crate::store::db::Sql;
use crate::store::messages::is_for_customer;
use crate::store::{Result, Tx, rows, search};

/// A message to which something happened.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Changeable {
    /// The message.
    pub id: MessageId,
    /// Where it is.
    pub conversation_id: ConversationId,
    /// Which way it went.
    pub direction: Direction,
    /// The customer who wrote it.
    pub contact_id: Option<ContactId>,
    /// Shown name of its writer.
    pub sender_name: String,
    /// Address of its writer; `""` for what was sent from here.
    pub sender_address: String,
    /// Its subject.
    pub subject: String,
    /// What it says.
    pub body: String,
    /// Whether a machine wrote it.
    pub automatic: Automatic,
    /// What became of it before.
    pub changes: Option<Json<MessageChanges>>,
    /// Whether something came in behind it.
    pub is_followed: bool,
    /// Whether somebody answered behind it.
    pub is_answered: bool,
}

impl From<&NewMessage> for Changeable {
    fn from(message: &NewMessage) -> Self {
        Self {
            id: message.id,
            conversation_id: message.conversation_id,
            direction: message.direction,
            contact_id: message.contact_id,
            sender_name: message.sender_name.clone(),
            sender_address: message.sender_address.clone(),
            subject: message.subject.clone(),
            body: message.body.clone(),
            automatic: message.automatic,
            changes: None,
            is_followed: false,
            is_answered: false,
        }
    }
}

/// These messages, to change them in this transaction. What the agent sends alone and has not begun to leave answers
/// nothing yet.
pub async fn find_changeable(tx: &mut Tx, messages: &[MessageId]) -> Result<Vec<Changeable>> {
    const FIND: Sql = Sql {
        sqlite: concat!(
            "select m.id, m.conversation_id, m.direction, m.contact_id, m.sender_name, m.sender_address, m.subject,
                m.body, m.automatic, m.changes,
                exists (select 1 from messages n where n.conversation_id = m.conversation_id and n.seq > m.seq
                    and n.direction = 'inbound' and n.automatic <> 'auto_reply') as is_followed,
                exists (select 1 from messages n where n.conversation_id = m.conversation_id and n.seq > m.seq
                    and n.direction = 'outbound' and n.author <> 'system' and n.automatic = 'no' and ",
            is_for_customer!("n"),
            "
                    and (n.delivery in ('sending', 'unknown', 'sent', 'delivered', 'read')
                        or (n.delivery = 'queued' and n.author = 'teammate'))) as is_answered
            from json_each($1) r cross join messages m on m.id = unhex(r.value, '-')"
        ),
        postgres: concat!(
            "select m.id, m.conversation_id, m.direction, m.contact_id, m.sender_name, m.sender_address, m.subject,
                m.body, m.automatic, m.changes,
                exists (select 1 from messages n where n.conversation_id = m.conversation_id and n.seq > m.seq
                    and n.direction = 'inbound' and n.automatic <> 'auto_reply') as is_followed,
                exists (select 1 from messages n where n.conversation_id = m.conversation_id and n.seq > m.seq
                    and n.direction = 'outbound' and n.author <> 'system' and n.automatic = 'no' and ",
            is_for_customer!("n"),
            "
                    and (n.delivery in ('sending', 'unknown', 'sent', 'delivered', 'read')
                        or (n.delivery = 'queued' and n.author = 'teammate'))) as is_answered
            from messages m where m.id = any (array(select value::uuid from json_array_elements_text($1::json)))
            order by m.id for update of m"
        ),
    };
    if messages.is_empty() {
        return Ok(Vec::new());
    }
    tx.query(FIND).bind(rows::json(messages)?).all().await
}

/// What a message is from now on.
#[derive(Clone, Debug, Serialize)]
pub struct Changed {
    /// The message.
    pub id: MessageId,
    /// What it says, where that is something else.
    pub body: Option<String>,
    /// The words by which it is found then.
    words: Option<String>,
    /// What became of it.
    pub changes: MessageChanges,
}

impl From<&Changeable> for Changed {
    /// Whether or not its words changed, they are written where they ever did.
    fn from(message: &Changeable) -> Self {
        let changes = message.changes.as_ref().map(|changes| changes.0.clone()).unwrap_or_default();
        let body = changes.words().map(ToOwned::to_owned);
        let words = body
            .as_deref()
            .map(|body| search::indexed(&[&message.subject, &message.sender_name, &message.sender_address, body]));
        Self { id: message.id, body, words, changes }
    }
}

/// Writes the signs on a message, and all else that became of it; what it says stays.
pub async fn set_signs(tx: &mut Tx, id: MessageId, changes: &MessageChanges) -> Result<()> {
    let changes = rows::document(changes)?;
    tx.query("update messages set changes = $1 where id = $2").bind(changes).bind(id).execute().await?;
    Ok(())
}

/// Writes changed messages: what they say, and by which words they are found. One that the index does not hold yet gets
/// its entry when that is filled.
pub async fn set_changed(tx: &mut Tx, messages: &[Changed]) -> Result<()> {
    const SET: Sql = Sql {
        sqlite: "update messages set changes = r.value -> 'changes', body = coalesce(r.value ->> 'body', body),
                full_text = case when r.value ->> 'body' is null then full_text else '' end,
                html = case when r.value ->> 'body' is null then html end
            from json_each($1) r where messages.id = unhex(r.value ->> 'id', '-')",
        postgres: "update messages m set changes = r.changes, body = coalesce(r.body, m.body),
                full_text = case when r.body is null then m.full_text else '' end,
                html = case when r.body is null then m.html end,
                search = case when r.words is null then m.search else to_tsvector('simple', r.words) end
            from json_to_recordset($1::json) as r (id uuid, body text, words text, changes jsonb) where m.id = r.id",
    };
    const INDEX: &str = "insert or replace into message_search (rowid, content)
        select m.seq, replace(' ' || trim(r.value ->> 'words'), ' ', ' ' || printf('%04x', m.seq >> 15))
        from json_each($1) r cross join messages m on m.id = unhex(r.value ->> 'id', '-')
        where r.value ->> 'words' is not null
            and exists (select 1 from message_search_docsize entry where entry.id = m.seq)";
    if messages.is_empty() {
        return Ok(());
    }
    let json = rows::json(messages)?;
    tx.query(SET).bind(json.as_str()).execute().await?;
    if !tx.is_postgres() {
        tx.query(INDEX).bind(json).execute().await?;
    }
    Ok(())
}
