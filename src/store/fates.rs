//! Where messages are that were sent, and what is told of many of them at a time.

use serde::Serialize;

use super::db::Sql;
use super::{Db, Result, Tx, rows};
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
    /// When a person let it leave once more, if they did.
    pub anew_at: Option<Ts>,
    /// How often it was begun since and the platform had no trace of it.
    pub vanished: i64,
}

/// Where these messages are, to change them in this transaction. Whoever also changes their conversations has locked those.
pub async fn lock(tx: &mut Tx, messages: &[MessageId]) -> Result<Vec<Fate>> {
    const LOCK: Sql = Sql {
        sqlite:
            "select m.id, m.conversation_id, c.brand_id, m.channel_id, m.delivery, m.external_id, m.parts, m.parts_sent,
                m.anew_at, m.vanished
            from json_each($1) r cross join messages m on m.id = unhex(r.value, '-')
            join conversations c on c.id = m.conversation_id",
        postgres:
            "select m.id, m.conversation_id, c.brand_id, m.channel_id, m.delivery, m.external_id, m.parts, m.parts_sent,
                m.anew_at, m.vanished
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

#[derive(sqlx::FromRow)]
struct Place {
    channel_id: ChannelId,
    contact_id: ContactId,
    left_at: Ts,
}

/// How far those have got who have got to these messages: to all that left for them before.
pub async fn list_before(tx: &mut Tx, messages: &[MessageId], state: Delivery) -> Result<Vec<Reach>> {
    const PLACES: Sql = Sql {
        sqlite: "select m.channel_id, m.to_contact_id as contact_id, m.left_at from json_each($1) r
            cross join messages m on m.id = unhex(r.value, '-')
            where m.to_contact_id is not null and m.left_at is not null",
        postgres: "select m.channel_id, m.to_contact_id as contact_id, m.left_at from messages m
            where m.id = any (array(select value::uuid from json_array_elements_text($1::json)))
                and m.to_contact_id is not null and m.left_at is not null",
    };
    if messages.is_empty() {
        return Ok(Vec::new());
    }
    let places: Vec<Place> = tx.query(PLACES).bind(rows::json(messages)?).all().await?;
    let before = |place: Place| Reach {
        channel_id: place.channel_id,
        contact_id: place.contact_id,
        state,
        until: Ts(place.left_at.0.saturating_sub(1)),
    };
    Ok(places.into_iter().map(before).collect())
}

/// The messages that somebody has got to, to change them in this transaction: what went to them, was handed over, and is
/// not there yet.
pub async fn lock_reached(tx: &mut Tx, reaches: &[Reach]) -> Result<Vec<Reached>> {
    const LOCK: Sql = Sql {
        sqlite:
            "select m.id, m.conversation_id, c.brand_id, m.channel_id, m.delivery, m.external_id, m.parts, m.parts_sent,
                m.anew_at, m.vanished, r.value ->> 'state' as state
            from json_each($1) r
            cross join messages m on m.to_contact_id = unhex(r.value ->> 'contact_id', '-')
                and m.channel_id = unhex(r.value ->> 'channel_id', '-')
            join conversations c on c.id = m.conversation_id
            where m.delivery in ('sent', 'delivered') and m.left_at <= r.value ->> 'until'
                and m.direction = 'outbound' and (m.delivery = 'sent' or r.value ->> 'state' = 'read')",
        postgres:
            "select m.id, m.conversation_id, c.brand_id, m.channel_id, m.delivery, m.external_id, m.parts, m.parts_sent,
                m.anew_at, m.vanished, r.state
            from json_to_recordset($1::json) as r (channel_id uuid, contact_id uuid, state text, until bigint)
            join messages m on m.to_contact_id = r.contact_id and m.channel_id = r.channel_id
            join conversations c on c.id = m.conversation_id
            where m.delivery in ('sent', 'delivered')
                and m.left_at <= timestamptz 'epoch' + r.until * interval '1 microsecond' and m.direction = 'outbound'
                and (m.delivery = 'sent' or r.state = 'read')
            order by m.id for update of m",
    };
    if reaches.is_empty() {
        return Ok(Vec::new());
    }
    tx.query(LOCK).bind(rows::json(reaches)?).all().await
}

/// Keeps how far somebody has got, for what is on its way to them still. An earlier moment changes nothing.
pub async fn keep_reaches(tx: &mut Tx, reaches: &[Reach]) -> Result<()> {
    const KEEP: Sql = Sql {
        sqlite: "insert into reaches (channel_id, contact_id, state, until)
            select unhex(value ->> 'channel_id', '-'), unhex(value ->> 'contact_id', '-'), value ->> 'state',
                max(value ->> 'until')
            from json_each($1) where true group by 1, 2, 3
            on conflict (channel_id, contact_id, state) do update set until = max(reaches.until, excluded.until)",
        postgres: "insert into reaches (channel_id, contact_id, state, until)
            select channel_id, contact_id, state, timestamptz 'epoch' + max(until) * interval '1 microsecond'
            from json_to_recordset($1::json) as r (channel_id uuid, contact_id uuid, state text, until bigint)
            group by channel_id, contact_id, state
            on conflict (channel_id, contact_id, state) do update set until = greatest(reaches.until, excluded.until)",
    };
    if !reaches.is_empty() {
        tx.query(KEEP).bind(rows::json(reaches)?).execute().await?;
    }
    Ok(())
}

/// A message that had left before a moment to which somebody has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Passed {
    /// The message.
    pub id: MessageId,
    /// Where it is, once it is known to be with the platform.
    pub state: Delivery,
}

/// What is kept of how far those have got to whom these messages go.
pub async fn list_passed(tx: &mut Tx, messages: &[MessageId]) -> Result<Vec<Passed>> {
    const PASSED: Sql = Sql {
        sqlite: "select m.id, p.state from json_each($1) r
            cross join messages m on m.id = unhex(r.value, '-')
            join reaches p on p.channel_id = m.channel_id and p.contact_id = m.to_contact_id and p.until >= m.left_at",
        postgres: "select m.id, p.state from messages m
            join reaches p on p.channel_id = m.channel_id and p.contact_id = m.to_contact_id and p.until >= m.left_at
            where m.id = any (array(select value::uuid from json_array_elements_text($1::json)))",
    };
    if messages.is_empty() {
        return Ok(Vec::new());
    }
    tx.query(PASSED).bind(rows::json(messages)?).all().await
}

/// A part of a message that takes several calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Part {
    /// The message.
    pub message_id: MessageId,
    /// Which one, from 0.
    pub number: i64,
    /// The platform's id of it, `""` while none is known.
    pub external_id: String,
    /// Where it is.
    pub state: Delivery,
}

/// Where the parts of these messages are that have begun to leave, in order. Whoever changes them has locked the messages.
pub async fn list_parts(tx: &mut Tx, messages: &[MessageId]) -> Result<Vec<Part>> {
    const LIST: Sql = Sql {
        sqlite: "select message_id, number, external_id, state from message_parts
            where message_id in (select unhex(value, '-') from json_each($1)) order by message_id, number",
        postgres: "select message_id, number, external_id, state from message_parts
            where message_id = any (array(select value::uuid from json_array_elements_text($1::json)))
            order by message_id, number",
    };
    if messages.is_empty() {
        return Ok(Vec::new());
    }
    tx.query(LIST).bind(rows::json(messages)?).all().await
}

/// Notes where these parts are. Each is there once.
pub async fn set_parts(tx: &mut Tx, parts: &[Part]) -> Result<()> {
    const SET: Sql = Sql {
        sqlite: "insert into message_parts (message_id, number, external_id, state)
            select unhex(value ->> 'message_id', '-'), value ->> 'number', value ->> 'external_id', value ->> 'state'
            from json_each($1) where true
            on conflict (message_id, number) do update set external_id = excluded.external_id, state = excluded.state",
        postgres: "insert into message_parts (message_id, number, external_id, state)
            select message_id, number, external_id, state
            from json_to_recordset($1::json) as r (message_id uuid, number bigint, external_id text, state text)
            on conflict (message_id, number) do update set external_id = excluded.external_id, state = excluded.state",
    };
    if !parts.is_empty() {
        tx.query(SET).bind(rows::json(parts)?).execute().await?;
    }
    Ok(())
}

/// Notes that the platform took a part. What was told of it before that stays.
pub async fn take_part(tx: &mut Tx, part: &Part) -> Result<()> {
    tx.query(
        "insert into message_parts (message_id, number, external_id, state) values ($1, $2, $3, $4)
         on conflict (message_id, number) do update set
             external_id = case when excluded.external_id = '' then message_parts.external_id
                 else excluded.external_id end,
             state = case when message_parts.state in ('delivered', 'read', 'failed') then message_parts.state
                 else excluded.state end",
    )
    .bind(part.message_id)
    .bind(part.number)
    .bind(rows::text(&part.external_id))
    .bind(part.state)
    .execute()
    .await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Arrived {
    external_id: String,
}

const ARRIVED: &str = "select p.external_id from messages m
    join message_parts p on p.message_id = m.id and p.number = m.parts_sent
    where m.id = $1 and p.state in ('sent', 'delivered', 'read')";

/// The platform's id of the part of a message that is on its way, once the platform has told that it has that; `""` where
/// it told no id.
pub async fn find_arrived(db: &Db, message: MessageId) -> Result<Option<String>> {
    let found: Option<Arrived> = db.query(ARRIVED).bind(message).optional().await?;
    Ok(found.map(|part| part.external_id))
}

/// Whether the platform has told so, as this transaction sees it.
pub async fn has_arrived(tx: &mut Tx, message: MessageId) -> Result<bool> {
    let found: Option<Arrived> = tx.query(ARRIVED).bind(message).optional().await?;
    Ok(found.is_some())
}

/// Whether the platform has any part of a message that takes several calls, as this transaction sees it.
pub async fn has_any_arrived(tx: &mut Tx, message: MessageId) -> Result<bool> {
    tx.query(
        "select exists (select 1 from message_parts
             where message_id = $1 and state in ('sent', 'delivered', 'read'))",
    )
    .bind(message)
    .scalar()
    .await
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
                external_id = case when external_id = '' or (parts <= 1 and anew_at is not null
                    and (delivery in ('sending', 'unknown', 'held') or delivery = 'queued' and vanished > 0)
                    and r.value ->> 'external_id' <> '')
                    then r.value ->> 'external_id' else external_id end,
                sent_at = coalesce(sent_at, r.value ->> 'sent_at')
            from json_each($1) r where messages.id = unhex(r.value ->> 'id', '-')",
        postgres: "update messages m set delivery = r.delivery, delivery_reason = r.reason,
                external_id = case when m.external_id = '' or (m.parts <= 1 and m.anew_at is not null
                    and (m.delivery in ('sending', 'unknown', 'held') or m.delivery = 'queued' and m.vanished > 0)
                    and r.external_id <> '')
                    then r.external_id else m.external_id end,
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
