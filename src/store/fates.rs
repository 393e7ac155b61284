//! Where messages are that were sent, and what is told of many of them at a time.

use serde::Serialize;

use super::db::Sql;
use super::{Result, Tx, rows};
use crate::model::message::Delivery;
use crate::model::{BrandId, ChannelId, ContactId, ConversationId, MessageId, Ts};

/// Where a message is.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Fate {
    /// The message.
    pub id: MessageId,
    /// Its conversation.
    pub conversation_id: ConversationId,
    /// Whose.
    pub brand_id: BrandId,
    /// On which channel.
    pub channel_id: ChannelId,
    /// Where it is, outbound only.
    pub delivery: Option<Delivery>,
    /// The platform's id, `""` while none is known.
    pub external_id: String,
    /// How many calls it takes, as far as is known.
    pub parts: i64,
    /// How many of them are through.
    pub parts_sent: i64,
}

/// Where these messages are, to change them in this transaction. Whoever also changes their conversations has locked those.
pub async fn lock(tx: &mut Tx, messages: &[MessageId]) -> Result<Vec<Fate>> {
    const LOCK: Sql = Sql {
        sqlite:
            "select m.id, m.conversation_id, c.brand_id, m.channel_id, m.delivery, m.external_id, m.parts, m.parts_sent
            from json_each($1) r cross join messages m on m.id = unhex(r.value, '-')
            join conversations c on c.id = m.conversation_id",
        postgres:
            "select m.id, m.conversation_id, c.brand_id, m.channel_id, m.delivery, m.external_id, m.parts, m.parts_sent
            from messages m join conversations c on c.id = m.conversation_id
            where m.id = any (array(select value::uuid from json_array_elements_text($1::json)))
            order by m.id for update of m",
    };
    if messages.is_empty() {
        return Ok(Vec::new());
    }
    tx.query(LOCK).bind(rows::json(messages)?).all().await
}

/// How far somebody has got with what went to them on a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Reach {
    /// The channel.
    pub channel_id: ChannelId,
    /// Who.
    pub contact_id: ContactId,
    /// Where everything is that left until then.
    pub state: Delivery,
    /// Until when.
    pub until: Ts,
}

/// A message that somebody has got to.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Reached {
    /// Where it was.
    #[sqlx(flatten)]
    pub fate: Fate,
    /// Where it is by now.
    pub state: Delivery,
}

/// The messages that somebody has got to, to change them in this transaction. Only what was handed over counts.
pub async fn lock_reached(tx: &mut Tx, reaches: &[Reach]) -> Result<Vec<Reached>> {
    const LOCK: Sql = Sql {
        sqlite: "select m.id, m.conversation_id, c.brand_id, m.channel_id, m.delivery, m.external_id, m.parts, m.parts_sent,
                r.value ->> 'state' as state
            from json_each($1) r
            cross join conversations c on c.contact_id = unhex(r.value ->> 'contact_id', '-')
            cross join messages m on m.conversation_id = c.id
            where m.delivery in ('sent', 'delivered') and m.sent_at <= r.value ->> 'until'
                and m.channel_id = unhex(r.value ->> 'channel_id', '-') and m.direction = 'outbound'",
        postgres: "select m.id, m.conversation_id, c.brand_id, m.channel_id, m.delivery, m.external_id, m.parts, m.parts_sent, r.state
            from json_to_recordset($1::json) as r (channel_id uuid, contact_id uuid, state text, until bigint)
            join conversations c on c.contact_id = r.contact_id
            join messages m on m.conversation_id = c.id
            where m.delivery in ('sent', 'delivered')
                and m.sent_at <= timestamptz 'epoch' + r.until * interval '1 microsecond'
                and m.channel_id = r.channel_id and m.direction = 'outbound'
            order by m.id for update of m",
    };
    if reaches.is_empty() {
        return Ok(Vec::new());
    }
    tx.query(LOCK).bind(rows::json(reaches)?).all().await
}

/// Where a message is by now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NewFate {
    /// The message.
    pub id: MessageId,
    /// Where it is.
    pub delivery: Delivery,
    /// The platform's words, `""` if it has none.
    pub reason: String,
    /// The platform's id, where none was known.
    pub external_id: String,
    /// When it was taken, where that was not known.
    pub sent_at: Ts,
}

/// Notes where these messages are. Each is there once.
pub async fn set(tx: &mut Tx, fates: &[NewFate]) -> Result<()> {
    const SET: Sql = Sql {
        sqlite: "update messages set delivery = r.value ->> 'delivery', delivery_reason = r.value ->> 'reason',
                external_id = case when external_id = '' then r.value ->> 'external_id' else external_id end,
                sent_at = coalesce(sent_at, r.value ->> 'sent_at')
            from json_each($1) r where messages.id = unhex(r.value ->> 'id', '-')",
        postgres: "update messages m set delivery = r.delivery, delivery_reason = r.reason,
                external_id = case when m.external_id = '' then r.external_id else m.external_id end,
                sent_at = coalesce(m.sent_at, timestamptz 'epoch' + r.sent_at * interval '1 microsecond')
            from json_to_recordset($1::json) as r (id uuid, delivery text, reason text, external_id text,
                sent_at bigint)
            where m.id = r.id",
    };
    if !fates.is_empty() {
        tx.query(SET).bind(rows::json(fates)?).execute().await?;
    }
    Ok(())
}
