//! What came in, byte for byte.

use std::collections::HashMap;

use bytes::Bytes;
use serde::Serialize;

use super::db::Sql;
use super::{Db, Result, Tx, rows};
use crate::model::channel::RawEvent;
use crate::model::{ChannelId, JobId, RawEventId, Ts};

/// Raw bytes to store, with the job that will read them.
#[derive(Clone, Debug)]
pub struct NewRawEvent {
    /// Id.
    pub id: RawEventId,
    /// The id of the job that will read it.
    pub job_id: JobId,
    /// Where it came in.
    pub channel_id: ChannelId,
    /// The platform's key of the delivery.
    pub external_id: String,
    /// `webhook`, `inbox`, ...
    pub origin: &'static str,
    /// The bytes.
    pub body: Bytes,
    /// When it came.
    pub received_at: Ts,
}

/// The bodies travel beside the rows as one run of bytes, of which each row knows its part: as hexadecimal text within
/// the rows they were half of the cost of storing.
const INSERT: Sql = Sql {
    sqlite: "insert into raw_events (id, channel_id, external_id, origin, body, state, received_at)
        select unhex(value ->> 'id', '-'), unhex(value ->> 'channel_id', '-'), value ->> 'external_id',
            value ->> 'origin', coalesce(substr($2, value ->> 'start', value ->> 'length'), x''),
            'received', value ->> 'received_at'
        from json_each($1) where true on conflict (channel_id, external_id) do nothing",
    postgres: "insert into raw_events (id, channel_id, external_id, origin, body, state, received_at)
        select id, channel_id, external_id, origin, substring($2::bytea from start for length), 'received',
            timestamptz 'epoch' + received_at * interval '1 microsecond'
        from json_to_recordset($1::json) as r (id uuid, channel_id uuid, external_id text, origin text, start integer,
            length integer, received_at bigint)
        on conflict (channel_id, external_id) do nothing",
};

const ENQUEUE: Sql = Sql {
    sqlite: "insert into jobs (id, kind, payload, state, run_at, created_at)
        select unhex(value ->> 'job_id', '-'), 'receive', json_object('raw_event', value ->> 'id'), 'ready',
            value ->> 'received_at', value ->> 'received_at'
        from json_each($1) where exists (select 1 from raw_events where id = unhex(value ->> 'id', '-'))",
    postgres: "insert into jobs (id, kind, payload, state, run_at, created_at)
        select job_id, 'receive', jsonb_build_object('raw_event', r.id), 'ready',
            timestamptz 'epoch' + r.received_at * interval '1 microsecond',
            timestamptz 'epoch' + r.received_at * interval '1 microsecond'
        from json_to_recordset($1::json) as r (id uuid, job_id uuid, received_at bigint)
        join raw_events on raw_events.id = r.id",
};

/// The same for what was read before: its job has its own id, so that one waits at a time.
const ENQUEUE_AGAIN: Sql = Sql {
    sqlite: "insert into jobs (id, kind, payload, state, run_at, created_at)
        select unhex(value ->> 'id', '-'), 'receive', json_object('raw_event', value ->> 'id'), 'ready',
            value ->> 'received_at', value ->> 'received_at'
        from json_each($1) where exists (select 1 from raw_events where id = unhex(value ->> 'id', '-'))
        on conflict (id) do nothing",
    postgres: "insert into jobs (id, kind, payload, state, run_at, created_at)
        select r.id, 'receive', jsonb_build_object('raw_event', r.id), 'ready',
            timestamptz 'epoch' + r.received_at * interval '1 microsecond',
            timestamptz 'epoch' + r.received_at * interval '1 microsecond'
        from json_to_recordset($1::json) as r (id uuid, received_at bigint)
        join raw_events on raw_events.id = r.id
        on conflict (id) do nothing",
};

/// What was read before, to be read once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Reread {
    /// The raw bytes.
    pub id: RawEventId,
    /// When they came.
    pub received_at: Ts,
}

/// Puts down that raw bytes are read once more.
pub async fn read_once_more(tx: &mut Tx, these: &[Reread]) -> Result<()> {
    const FREE: Sql = Sql {
        sqlite: "update raw_events set state = 'received' where state = 'processed'
            and id in (select unhex(value ->> 'id', '-') from json_each($1))",
        postgres: "update raw_events set state = 'received' where state = 'processed'
            and id = any (array(select (value ->> 'id')::uuid from json_array_elements($1::json)))",
    };
    let json = rows::json(these)?;
    tx.query(FREE).bind(json.as_str()).execute().await?;
    tx.query(ENQUEUE_AGAIN).bind(json).execute().await?;
    Ok(())
}

/// Stores raw bytes and puts down the jobs that will read them. What is there already is passed over. Gives the number
/// of new ones.
pub async fn insert(tx: &mut Tx, events: &[NewRawEvent]) -> Result<u64> {
    let mut bodies = Vec::with_capacity(events.iter().map(|event| event.body.len()).sum());
    let mut parts = Vec::with_capacity(events.len());
    for event in events {
        parts.push(Row {
            id: event.id,
            channel_id: event.channel_id,
            external_id: &event.external_id,
            origin: event.origin,
            // SQL counts from one.
            start: bodies.len() + 1,
            length: event.body.len(),
            received_at: event.received_at,
        });
        bodies.extend_from_slice(&event.body);
    }
    let inserted = tx.query(INSERT).bind(rows::json(&parts)?).bind(bodies).execute().await?;
    if inserted > 0 {
        let heads: Vec<Head> = events
            .iter()
            .map(|event| Head { id: event.id, job_id: event.job_id, received_at: event.received_at })
            .collect();
        tx.query(ENQUEUE).bind(rows::json(&heads)?).execute().await?;
    }
    Ok(inserted)
}

#[derive(Serialize)]
struct Row<'a> {
    id: RawEventId,
    channel_id: ChannelId,
    external_id: &'a str,
    origin: &'static str,
    start: usize,
    length: usize,
    received_at: Ts,
}

#[derive(Serialize)]
struct Head {
    id: RawEventId,
    job_id: JobId,
    received_at: Ts,
}

/// How large the raw bytes of some ids are, those not yet read: asked before they are taken into memory.
pub async fn sizes(db: &Db, ids: &[RawEventId]) -> Result<HashMap<RawEventId, i64>> {
    const SIZES: Sql = Sql {
        sqlite: "select id, length(body) as size from raw_events
            where id in (select unhex(value, '-') from json_each($1)) and state <> 'processed'",
        postgres: "select id, octet_length(body)::bigint as size from raw_events
            where id in (select value::uuid from json_array_elements_text($1::json)) and state <> 'processed'",
    };
    #[derive(sqlx::FromRow)]
    struct Sized {
        id: RawEventId,
        size: i64,
    }
    let rows: Vec<Sized> = db.query(SIZES).bind(rows::json(ids)?).all().await?;
    Ok(rows.into_iter().map(|row| (row.id, row.size)).collect())
}

/// The raw bytes of some ids, those not yet read, in the order they came.
pub async fn list_unread(db: &Db, ids: &[RawEventId]) -> Result<Vec<RawEvent>> {
    const UNREAD: Sql = Sql {
        sqlite: "select id, channel_id, external_id, origin, body, received_at, processed_at is not null as is_reread
            from raw_events
            where id in (select unhex(value, '-') from json_each($1)) and state <> 'processed'
            order by received_at, id",
        postgres: "select id, channel_id, external_id, origin, body, received_at, processed_at is not null as is_reread
            from raw_events
            where id in (select value::uuid from json_array_elements_text($1::json)) and state <> 'processed'
            order by received_at, id",
    };
    db.query(UNREAD).bind(rows::json(ids)?).all().await
}

/// Notes that raw bytes were read and applied.
pub async fn set_processed(tx: &mut Tx, ids: &[RawEventId], now: Ts) -> Result<()> {
    const PROCESSED: Sql = Sql {
        sqlite: "update raw_events set state = 'processed', error = '', processed_at = $1
            where id in (select unhex(value, '-') from json_each($2))",
        postgres: "update raw_events set state = 'processed', error = '', processed_at = $1
            where id in (select value::uuid from json_array_elements_text($2::json))",
    };
    tx.query(PROCESSED).bind(now).bind(rows::json(ids)?).execute().await?;
    Ok(())
}

/// Empties raw bytes that were read and came before a moment, at most so many, the oldest first; gives how many. Their keys
/// stay, and so does what tells of a message that has not come.
pub async fn empty_read(tx: &mut Tx, before: Ts, most: i64) -> Result<u64> {
    const EMPTY: Sql = Sql {
        sqlite: "update raw_events set body = x'' where id in (
            select id from raw_events where state = 'processed' and length(body) > 0 and received_at < $1
                and not exists (select 1 from early_news n where n.raw_event_id = raw_events.id)
            order by received_at limit $2)",
        postgres: "update raw_events set body = ''::bytea where id = any (array(
            select id from raw_events where state = 'processed' and length(body) > 0 and received_at < $1
                and not exists (select 1 from early_news n where n.raw_event_id = raw_events.id)
            order by received_at limit $2))",
    };
    tx.query(EMPTY).bind(before).bind(most).execute().await
}

/// Empties raw bytes of which nothing is to be kept; their keys stay.
pub async fn empty(tx: &mut Tx, ids: &[RawEventId]) -> Result<()> {
    const EMPTY: Sql = Sql {
        sqlite: "update raw_events set body = x'' where id in (select unhex(value, '-') from json_each($1))",
        postgres: "update raw_events set body = ''::bytea
            where id in (select value::uuid from json_array_elements_text($1::json))",
    };
    if ids.is_empty() {
        return Ok(());
    }
    tx.query(EMPTY).bind(rows::json(ids)?).execute().await?;
    Ok(())
}

/// Makes the reading of what was put off on these channels due again, from when it came: of what would have been due since
/// a moment, which only bounds how much is looked through. Whether anything was.
pub async fn bring_back(tx: &mut Tx, channels: &[ChannelId], since: Ts) -> Result<bool> {
    const BRING_BACK: Sql = Sql {
        sqlite: "update jobs set run_at = created_at, last_error = ''
            where state = 'ready' and kind = 'receive' and run_at > $1 and run_at > created_at and exists (select 1 from raw_events r
                where r.id = unhex(jobs.payload ->> 'raw_event', '-')
                    and r.channel_id in (select unhex(value, '-') from json_each($2)))",
        postgres: "update jobs set run_at = created_at, last_error = ''
            where state = 'ready' and kind = 'receive' and run_at > $1 and run_at > created_at and exists (select 1 from raw_events r
                where r.id = cast(jobs.payload ->> 'raw_event' as uuid)
                    and r.channel_id in (select value::uuid from json_array_elements_text($2::json)))",
    };
    if channels.is_empty() {
        return Ok(false);
    }
    let due = tx.query(BRING_BACK).bind(since).bind(rows::json(channels)?).execute().await?;
    Ok(due > 0)
}

/// When the raw bytes that came just before these were read, if any were. Ids sort by the time of arrival.
pub async fn read_before(db: &Db, id: RawEventId) -> Result<Option<Ts>> {
    #[derive(sqlx::FromRow)]
    struct Read {
        processed_at: Ts,
    }
    let read: Option<Read> = db
        .query(
            "select processed_at from raw_events where id < $1 and processed_at is not null order by id desc limit 1",
        )
        .bind(id)
        .optional()
        .await?;
    Ok(read.map(|row| row.processed_at))
}

/// How much was set aside.
pub async fn count_quarantined(db: &Db) -> Result<i64> {
    db.query("select count(*) from raw_events where state = 'quarantined'").scalar().await
}

/// Sets raw bytes aside that cannot be read.
pub async fn quarantine(tx: &mut Tx, id: RawEventId, error: &str) -> Result<()> {
    tx.query("update raw_events set state = 'quarantined', error = $1 where id = $2")
        .bind(rows::text(error))
        .bind(id)
        .execute()
        .await?;
    Ok(())
}

/// Raw bytes that were set aside.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Quarantined {
    /// Id.
    pub id: RawEventId,
    /// Where it came in.
    pub channel_id: ChannelId,
    /// The platform's key.
    pub external_id: String,
    /// Why.
    pub error: String,
    /// When it came.
    pub received_at: Ts,
}

/// The bytes of what was set aside, and where it came in.
pub async fn find_quarantined(db: &Db, id: RawEventId) -> Result<Option<RawEvent>> {
    db.query(
        "select id, channel_id, external_id, origin, body, received_at, processed_at is not null as is_reread
            from raw_events
         where id = $1 and state = 'quarantined'",
    )
    .bind(id)
    .optional()
    .await
}

/// Puts down the reading of what was set aside, once more. `false` when it no longer is.
pub async fn read_again(tx: &mut Tx, id: RawEventId, job: JobId, now: Ts) -> Result<bool> {
    let freed = tx
        .query("update raw_events set state = 'received', error = '' where id = $1 and state = 'quarantined'")
        .bind(id)
        .execute()
        .await?;
    if freed > 0 {
        tx.query(ENQUEUE).bind(rows::json(&[Head { id, job_id: job, received_at: now }])?).execute().await?;
    }
    Ok(freed > 0)
}

/// What was set aside, newest first, at most 100.
pub async fn list_quarantined(db: &Db) -> Result<Vec<Quarantined>> {
    db.query(
        "select id, channel_id, external_id, error, received_at from raw_events
         where state = 'quarantined' order by received_at desc limit 100",
    )
    .all()
    .await
}
