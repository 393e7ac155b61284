//! What platforms tell of messages that are not known yet: it waits under the ids that it names. When one of them leads
//! to a message, the raw bytes that told it are read once more.

use serde::Serialize;

use super::db::Sql;
use super::intake::NewKey;
use super::raw_events::{self, Reread};
use super::{Result, Tx, rows};
use crate::model::{ChannelId, RawEventId, Ts};

/// One of the ids under which news waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EarlyNews {
    /// Where it came in.
    pub channel_id: ChannelId,
    /// The id of a message.
    pub key: String,
    /// The raw bytes that tell it.
    pub raw_event_id: RawEventId,
    /// When they came.
    pub received_at: Ts,
}

/// Lets news wait. What waits already waits once.
pub async fn insert(tx: &mut Tx, news: &[EarlyNews]) -> Result<()> {
    const INSERT: Sql = Sql {
        sqlite: "insert into early_news (channel_id, key, raw_event_id, received_at)
            select unhex(value ->> 'channel_id', '-'), value ->> 'key', unhex(value ->> 'raw_event_id', '-'),
                value ->> 'received_at'
            from json_each($1) where true on conflict do nothing",
        postgres: "insert into early_news (channel_id, key, raw_event_id, received_at)
            select channel_id, key, raw_event_id, timestamptz 'epoch' + received_at * interval '1 microsecond'
            from json_to_recordset($1::json) as r (channel_id uuid, key text, raw_event_id uuid, received_at bigint)
            on conflict do nothing",
    };
    if !news.is_empty() {
        tx.query(INSERT).bind(rows::json(news)?).execute().await?;
    }
    Ok(())
}

/// These keys lead to messages by now: what waits for them is read once more.
pub(super) async fn call_back(tx: &mut Tx, keys: &[NewKey]) -> Result<()> {
    const TAKE: Sql = Sql {
        sqlite: "delete from early_news where (channel_id, key) in
                (select unhex(value ->> 'channel_id', '-'), value ->> 'key' from json_each($1))
            returning raw_event_id as id, received_at",
        postgres: "delete from early_news n
            using json_to_recordset($1::json) as r (channel_id uuid, key text)
            where n.channel_id = r.channel_id and n.key = r.key
            returning n.raw_event_id as id, n.received_at",
    };
    let mut waiting: Vec<Reread> = tx.query(TAKE).bind(rows::json(keys)?).all().await?;
    waiting.sort_unstable_by_key(|news| news.id);
    waiting.dedup();
    if waiting.is_empty() { Ok(()) } else { raw_events::read_once_more(tx, &waiting).await }
}

/// Forgets what has waited since before a moment: its message never came.
pub async fn forget_older(tx: &mut Tx, before: Ts) -> Result<()> {
    tx.query("delete from early_news where received_at < $1").bind(before).execute().await?;
    Ok(())
}
