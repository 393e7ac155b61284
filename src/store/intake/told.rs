//! What platforms tell of orders: which ones a message is about, and news of them.

use std::collections::HashSet;

use serde::Serialize;
use serde_json::Value;

use super::ChannelKey;
use crate::model::numbering::{Numbering, Tie};
use crate::model::{ChannelId, ContactId, ConversationId, Json, OrderSourceId, Ts};
use crate::store::db::Sql;
use crate::store::people::is_platforms;
use crate::store::{Db, Result, Tx, rows};

/// An order that a platform names for a customer, or before its own operator. Its number is as a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct NewTold {
    /// Where.
    pub channel_id: ChannelId,
    /// Its number.
    pub order_number: String,
    /// In which conversation.
    pub conversation_id: ConversationId,
    /// For whom.
    pub contact_id: ContactId,
    /// When.
    pub created_at: Ts,
}

/// Keeps what platforms tell; the same once.
pub async fn insert_told(tx: &mut Tx, told: &[NewTold]) -> Result<()> {
    const INSERT: Sql = Sql {
        sqlite: "insert into told_orders (channel_id, order_number, conversation_id, contact_id, created_at)
            select unhex(value ->> 'channel_id', '-'), value ->> 'order_number',
                unhex(value ->> 'conversation_id', '-'), unhex(value ->> 'contact_id', '-'), value ->> 'created_at'
            from json_each($1) where true on conflict do nothing",
        postgres: "insert into told_orders (channel_id, order_number, conversation_id, contact_id, created_at)
            select channel_id, order_number, conversation_id, contact_id,
                timestamptz 'epoch' + created_at * interval '1 microsecond'
            from json_to_recordset($1::json) as r (channel_id uuid, order_number text, conversation_id uuid,
                contact_id uuid, created_at bigint) on conflict do nothing",
    };
    if !told.is_empty() {
        tx.query(INSERT).bind(rows::json(told)?).execute().await?;
    }
    Ok(())
}

/// Where a platform has named an order.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct ToldTarget {
    /// The channel.
    pub channel_id: ChannelId,
    /// The order's number.
    pub order_number: String,
    /// In which conversation.
    pub conversation_id: ConversationId,
    /// For whom.
    pub contact_id: ContactId,
    /// Their name as last seen.
    pub contact_name: String,
}

/// Where these orders were named on their channels for who buys, the newest first; nothing is locked.
pub async fn find_told(tx: &mut Tx, orders: &[ChannelKey]) -> Result<Vec<ToldTarget>> {
    const FIND: Sql = Sql {
        sqlite: concat!(
            "select t.channel_id, t.order_number, t.conversation_id, t.contact_id, c.name as contact_name
            from json_each($1) r
            cross join told_orders t on t.channel_id = unhex(r.value ->> 'channel_id', '-')
                and t.order_number = r.value ->> 'key'
            join contacts c on c.id = t.contact_id where not ",
            is_platforms!("t.contact_id"),
            " order by t.created_at desc"
        ),
        postgres: concat!(
            "select t.channel_id, t.order_number, t.conversation_id, t.contact_id, c.name as contact_name
            from json_to_recordset($1::json) as r (channel_id uuid, key text)
            join told_orders t on t.channel_id = r.channel_id and t.order_number = r.key
            join contacts c on c.id = t.contact_id where not ",
            is_platforms!("t.contact_id"),
            " order by t.created_at desc"
        ),
    };
    if orders.is_empty() {
        return Ok(Vec::new());
    }
    tx.query(FIND).bind(rows::json(orders)?).all().await
}

/// An order that a conversation is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct About {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// The order's number.
    pub order_number: String,
}

/// Conversations are about these orders, as far as they are about none yet: of several, each about the first.
pub async fn set_orders(tx: &mut Tx, about: &[About]) -> Result<()> {
    const SET: Sql = Sql {
        sqlite: "update conversations set order_number = r.value ->> 'order_number' from json_each($1) r
            where conversations.id = unhex(r.value ->> 'conversation_id', '-') and conversations.order_number is null",
        postgres: "update conversations c set order_number = r.order_number
            from json_to_recordset($1::json) as r (conversation_id uuid, order_number text)
            where c.id = r.conversation_id and c.order_number is null",
    };
    // Where several rows fit, an update takes any of them.
    let mut seen = HashSet::new();
    let first: Vec<&About> = about.iter().filter(|about| seen.insert(about.conversation_id)).collect();
    if !first.is_empty() {
        tx.query(SET).bind(rows::json(&first)?).execute().await?;
    }
    Ok(())
}

#[derive(sqlx::FromRow)]
struct ToldThere {
    conversation_id: ConversationId,
    order_number: String,
    channel_id: ChannelId,
    kind: String,
}

const TOLD_THERE: Sql = Sql {
    sqlite: "with recursive home (place, id) as (
            select unhex(value, '-'), unhex(value, '-') from json_each($1)
            union select h.place, m.source_id from home h join merges m on m.target_id = h.id and m.undone_at is null
        ) select h.place as conversation_id, t.order_number, t.channel_id, c.kind from home h
        cross join told_orders t on t.conversation_id = h.id cross join channels c on c.id = t.channel_id",
    postgres: "with recursive home (place, id) as (
            select value::uuid, value::uuid from json_array_elements_text($1::json)
            union select h.place, m.source_id from home h join merges m on m.target_id = h.id and m.undone_at is null
        ) select h.place as conversation_id, t.order_number, t.channel_id, c.kind from home h
        join told_orders t on t.conversation_id = h.id join channels c on c.id = t.channel_id",
};

#[derive(sqlx::FromRow)]
struct LinkedThere {
    conversation_id: ConversationId,
    order_number: String,
    settings: Json<Value>,
}

const LINKED_THERE: Sql = Sql {
    sqlite: "select l.conversation_id, s.number as order_number, o.settings from json_each($1) r
        cross join conversation_orders l on l.conversation_id = unhex(r.value, '-')
        join order_snapshots s on s.order_source_id = l.order_source_id and s.order_id = l.order_id
        join order_sources o on o.id = l.order_source_id where l.matched_by <> 'refused'",
    postgres: "select l.conversation_id, s.number as order_number, o.settings
        from json_array_elements_text($1::json) as r (conversation)
        join conversation_orders l on l.conversation_id = r.conversation::uuid
        join order_snapshots s on s.order_source_id = l.order_source_id and s.order_id = l.order_id
        join order_sources o on o.id = l.order_source_id where l.matched_by <> 'refused'",
};

fn ties(told: Vec<ToldThere>, linked: Vec<LinkedThere>) -> Vec<Tie> {
    let told = told.into_iter().map(|row| Tie {
        conversation_id: row.conversation_id,
        order_number: row.order_number,
        numbering: Numbering::on(row.channel_id, &row.kind),
    });
    let linked = linked.into_iter().map(|row| Tie {
        conversation_id: row.conversation_id,
        order_number: row.order_number,
        numbering: Numbering::of_shop(&row.settings.0),
    });
    told.chain(linked).collect()
}

/// Whose the orders are that platforms name in these conversations, wherever they were merged from, and those that are linked
/// to them.
pub async fn list_ties(db: &Db, conversations: &[ConversationId]) -> Result<Vec<Tie>> {
    if conversations.is_empty() {
        return Ok(Vec::new());
    }
    let told = db.query(TOLD_THERE).bind(rows::json(conversations)?).all().await?;
    let linked = db.query(LINKED_THERE).bind(rows::json(conversations)?).all().await?;
    Ok(ties(told, linked))
}

/// The same as this transaction sees it; nothing is locked.
pub async fn find_ties(tx: &mut Tx, conversations: &[ConversationId]) -> Result<Vec<Tie>> {
    if conversations.is_empty() {
        return Ok(Vec::new());
    }
    let told = tx.query(TOLD_THERE).bind(rows::json(conversations)?).all().await?;
    let linked = tx.query(LINKED_THERE).bind(rows::json(conversations)?).all().await?;
    Ok(ties(told, linked))
}

/// An order that can be read again.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Readable {
    /// Its shop.
    pub order_source_id: OrderSourceId,
    /// Its id there.
    pub order_id: String,
}

/// Which of these orders are linked to their conversations: they can be read again.
pub async fn list_readable(tx: &mut Tx, about: &[About]) -> Result<Vec<Readable>> {
    const LIST: Sql = Sql {
        sqlite: "select distinct s.order_source_id, s.order_id from json_each($1) r
            cross join conversation_orders l on l.conversation_id = unhex(r.value ->> 'conversation_id', '-')
            join order_snapshots s on s.order_source_id = l.order_source_id and s.order_id = l.order_id
            where s.number = r.value ->> 'order_number' and l.matched_by <> 'refused'",
        postgres: "select distinct s.order_source_id, s.order_id
            from json_to_recordset($1::json) as r (conversation_id uuid, order_number text)
            join conversation_orders l on l.conversation_id = r.conversation_id
            join order_snapshots s on s.order_source_id = l.order_source_id and s.order_id = l.order_id
            where s.number = r.order_number and l.matched_by <> 'refused'",
    };
    if about.is_empty() {
        return Ok(Vec::new());
    }
    tx.query(LIST).bind(rows::json(about)?).all().await
}

/// An order that a conversation is about, as its shop names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Unlinked {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// Its shop.
    pub order_source_id: OrderSourceId,
    /// Its id there.
    pub order_id: String,
}

/// Which of these orders nobody has linked to their conversations yet, or taken off.
pub async fn list_unlinked(tx: &mut Tx, orders: &[Unlinked]) -> Result<Vec<Unlinked>> {
    const LIST: Sql = Sql {
        sqlite: "select r.conversation_id, r.order_source_id, r.order_id from (
                select unhex(value ->> 'conversation_id', '-') as conversation_id,
                    unhex(value ->> 'order_source_id', '-') as order_source_id, value ->> 'order_id' as order_id
                from json_each($1)) r
            where not exists (select 1 from conversation_orders l where l.conversation_id = r.conversation_id
                and l.order_source_id = r.order_source_id and l.order_id = r.order_id)",
        postgres: "select r.conversation_id, r.order_source_id, r.order_id
            from json_to_recordset($1::json) as r (conversation_id uuid, order_source_id uuid, order_id text)
            where not exists (select 1 from conversation_orders l where l.conversation_id = r.conversation_id
                and l.order_source_id = r.order_source_id and l.order_id = r.order_id)",
    };
    if orders.is_empty() {
        return Ok(Vec::new());
    }
    tx.query(LIST).bind(rows::json(orders)?).all().await
}

/// News of an order, by the platform's key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NewNews {
    /// Where.
    pub channel_id: ChannelId,
    /// The key.
    pub key: String,
    /// When.
    pub created_at: Ts,
}

/// Keeps which news was placed.
pub async fn insert_news(tx: &mut Tx, news: &[NewNews]) -> Result<()> {
    const INSERT: Sql = Sql {
        sqlite: "insert into order_news (channel_id, key, created_at)
            select unhex(value ->> 'channel_id', '-'), value ->> 'key', value ->> 'created_at'
            from json_each($1) where true on conflict do nothing",
        postgres: "insert into order_news (channel_id, key, created_at)
            select channel_id, key, timestamptz 'epoch' + created_at * interval '1 microsecond'
            from json_to_recordset($1::json) as r (channel_id uuid, key text, created_at bigint)
            on conflict do nothing",
    };
    if !news.is_empty() {
        tx.query(INSERT).bind(rows::json(news)?).execute().await?;
    }
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Placed {
    channel_id: ChannelId,
    key: String,
}

/// Which of this news was placed before.
pub async fn find_news(tx: &mut Tx, news: &[ChannelKey]) -> Result<Vec<ChannelKey>> {
    const FIND: Sql = Sql {
        sqlite: "select n.channel_id, n.key from json_each($1) r
            cross join order_news n on n.channel_id = unhex(r.value ->> 'channel_id', '-')
                and n.key = r.value ->> 'key'",
        postgres: "select n.channel_id, n.key from json_to_recordset($1::json) as r (channel_id uuid, key text)
            join order_news n on n.channel_id = r.channel_id and n.key = r.key",
    };
    if news.is_empty() {
        return Ok(Vec::new());
    }
    let placed: Vec<Placed> = tx.query(FIND).bind(rows::json(news)?).all().await?;
    Ok(placed.into_iter().map(|row| ChannelKey { channel_id: row.channel_id, key: row.key }).collect())
}
