//! Gives messages their entries in an index that was emptied: the newest first, some in each transaction. One that is
//! damaged is made anew before.
//!
//! The index itself says how far that is: what has an entry is left alone, and what comes in meanwhile has one from the
//! beginning. So whoever goes on begins where the one before was cut off, and nothing is indexed twice.

use serde_json::Value;
use uuid::Uuid;

use super::{Entry, TEXTS_AT_ONCE, Text, unspaced};
use crate::model::job::{Job, JobKind};
use crate::model::{JobId, Ts};
use crate::store::db::Sql;
use crate::store::jobs::{self, NewJob};
use crate::store::{Db, Result, Tx, rows};

/// The one job of this kind, over all processes: a second one would have the same id.
const WORK: JobId = JobId(Uuid::from_u128(0x5ea7_c41d));
/// Says in its payload that the index is made anew first.
const ANEW: &str = "anew";
/// Bytes of texts that are read and indexed at once, but for the last of them: the transaction then takes some hundredths
/// of a second.
pub(super) const BYTES_AT_ONCE: i64 = 512 * 1024;

/// An index in which messages are missing, or some of their words.
#[derive(Debug)]
pub struct Gap {
    /// The work that fills it; `None` until a process with workers starts.
    pub work: Option<Job>,
}

/// Whether messages are missing. The oldest one has its entry last, so it tells: one look, however many there are. Where
/// none is, [`unspaced::WORK`] may still be to do.
pub async fn find_gap(db: &Db) -> Result<Option<Gap>> {
    const GAP: Sql = Sql {
        sqlite: "select cast(case when exists (select 1 from messages m where m.seq = (select min(seq) from messages)
                and not exists (select 1 from message_search_docsize entry where entry.id = m.seq)) then 2
            when exists (select 1 from jobs where id = x'0000000000000000000000005ea7c41e') then 1
            else 0 end as bigint)",
        postgres: "select cast(case when exists (select 1 from messages m where m.seq = (select min(seq) from messages)
                and m.search is null) then 2
            when exists (select 1 from jobs where id = uuid '00000000-0000-0000-0000-00005ea7c41e') then 1
            else 0 end as bigint)",
    };
    match db.query(GAP).scalar::<i64>().await? {
        0 => Ok(None),
        1 => Ok(jobs::find(db, unspaced::WORK).await?.map(|work| Gap { work: Some(work) })),
        _ => Ok(Some(Gap { work: jobs::find(db, WORK).await? })),
    }
}

/// Whether SQLite's index has lost pages, or the way to them: searches then fail, or miss what is there. Looks at each
/// page's number and reads few of them.
pub async fn is_damaged(db: &Db) -> Result<bool> {
    // Records 1 and 10 say what there is. A page's number is that of its segment and its own; `idx` leads to them, and
    // each segment is in it. Of one that is being merged the first pages are gone. Behind 2^53 deletions are noted.
    const PARTS: &str = "with recursive segment (first) as (
            select min(id) from message_search_data where id >= 1 << 37 and id < 1 << 53
            union all
            select (select min(page.id) from message_search_data page
                where page.id >= ((segment.first >> 37) + 1) << 37 and page.id < 1 << 53)
            from segment where segment.first is not null)
        select (select count(*) from message_search_data where id in (1, 10)) < 2
            or exists (select 1 from segment where segment.first is not null and not exists (
                select 1 from message_search_idx entry where entry.segid = segment.first >> 37))
            or exists (select 1 from segment cross join message_search_idx entry
                where entry.segid = segment.first >> 37
                    and (entry.segid << 37) + (entry.pgno >> 1) > segment.first
                    and not exists (select 1 from message_search_data page
                        where page.id = (entry.segid << 37) + (entry.pgno >> 1)))";
    const TOUCH: &str =
        "select count(*) from (select rowid from message_search where message_search match '\"0000a\"' limit 1)";
    if db.is_shared() {
        return Ok(false);
    }
    match db.query(PARTS).scalar::<bool>().await {
        Ok(false) => {}
        Ok(true) => return Ok(true),
        Err(error) if error.is_damage() => return Ok(true),
        Err(error) => return Err(error),
    }
    match db.query(TOUCH).scalar::<i64>().await {
        Err(error) if error.is_damage() => Ok(true),
        touched => touched.map(|_| false),
    }
}

/// Puts an empty index in the place of SQLite's, as the last change of it did.
pub async fn make_anew(tx: &mut Tx) -> Result<()> {
    const MAKE: &str = "create virtual table message_search using fts5 (content, content = '', \
        contentless_delete = 1, tokenize = 'ascii', detail = none)";
    if tx.is_postgres() {
        return Ok(());
    }
    tx.query("drop table message_search").execute().await?;
    tx.query(MAKE).execute().await?;
    Ok(())
}

/// Whether the work is to begin with an empty index, and has not begun.
pub fn begins_anew(work: &Job) -> bool {
    work.total == 0 && work.payload.0.get(ANEW).and_then(Value::as_bool) == Some(true)
}

/// Puts the work down, with an empty index to begin with if that is damaged; what was given up is tried again.
/// [`crate::store::Error::Duplicate`] where it is there already.
pub async fn enqueue(tx: &mut Tx, damaged: bool, now: Ts) -> Result<()> {
    if jobs::revive(tx, WORK, now).await? {
        return Ok(());
    }
    let job = NewJob {
        id: WORK,
        kind: JobKind::IndexMessages,
        payload: serde_json::json!({ ANEW: damaged }),
        dedup_key: None,
        run_at: now,
        conversation_id: None,
        created_at: now,
    };
    jobs::enqueue(tx, &[job]).await
}

/// How many messages have no entry.
pub async fn count_missing(db: &Db) -> Result<i64> {
    const COUNT: Sql = Sql {
        sqlite: "select (select count(*) from messages) - (select count(*) from message_search_docsize)",
        postgres: "select count(*) from messages where search is null",
    };
    db.query(COUNT).scalar().await
}

/// Some messages without an entry, as they are to be indexed.
#[derive(Debug)]
pub struct Batch {
    /// Newest first.
    entries: Vec<Entry>,
}

impl Batch {
    /// Where it ends; `None` when nothing is missing any more.
    pub fn oldest(&self) -> Option<i64> {
        self.entries.last().map(|entry| entry.seq)
    }

    /// How many they are.
    pub fn count(&self) -> i64 {
        i64::try_from(self.entries.len()).unwrap_or(i64::MAX)
    }
}

/// The newest messages below one that have no entry. They are read and taken apart before any transaction begins: the
/// text of a message seldom changes.
pub async fn next(db: &Db, below: i64) -> Result<Batch> {
    // Their lengths are looked at first: a text may be long.
    const MISSING: Sql = Sql {
        sqlite: "select seq, conversation_id, subject, sender_name, sender_address, substr(body, 1, 200000) as body
            from messages where seq in (
                select seq from (
                    select seq, sum(bytes) over (order by seq desc) - bytes as ahead from (
                        select seq, octet_length(body) as bytes from messages
                        where seq < min($1, coalesce((select min(id) from message_search_docsize), $1))
                        order by seq desc limit $2))
                where ahead < $3)
            order by seq desc",
        postgres: "select seq, conversation_id, subject, sender_name, sender_address, substr(body, 1, 200000) as body
            from messages where seq in (
                select seq from (
                    select seq, sum(bytes) over (order by seq desc) - bytes as ahead from (
                        select seq, octet_length(body) as bytes from messages
                        where seq < $1 and search is null
                        order by seq desc limit $2) missing) reckoned
                where ahead < $3)
            order by seq desc",
    };
    let texts: Vec<Text> = db.query(MISSING).bind(below).bind(TEXTS_AT_ONCE).bind(BYTES_AT_ONCE).all().await?;
    let entries = texts.iter().map(Entry::from).collect();
    Ok(Batch { entries })
}

/// Gives them their entries, and says how many got one: those that have one by now are left alone, and on a server also
/// those that somebody changes at this moment, for nobody is waited for here.
pub async fn index(tx: &mut Tx, batch: &Batch) -> Result<i64> {
    // SQLite writes the index at once as long as numbers grow.
    const INDEX: Sql = Sql {
        sqlite: "insert into message_search (rowid, content)
            select value ->> 'seq',
                replace(' ' || trim(value ->> 'words'), ' ', ' ' || printf('%04x', (value ->> 'seq') >> 15))
            from json_each($1)
            where not exists (select 1 from message_search_docsize entry where entry.id = value ->> 'seq')
            order by value ->> 'seq'",
        postgres: "with free as materialized (
                select m.seq, r.words from json_to_recordset($1::json) as r (seq bigint, words text)
                join messages m on m.seq = r.seq where m.search is null
                order by m.seq for no key update of m skip locked)
            update messages m set search = to_tsvector('simple', free.words) from free where m.seq = free.seq",
    };
    let changed = if tx.is_postgres() { Vec::new() } else { changed_among(tx, batch).await? };
    let read = batch.entries.iter();
    let entries: Vec<&Entry> =
        read.map(|entry| changed.iter().find(|other| other.seq == entry.seq).unwrap_or(entry)).collect();
    let indexed = tx.query(INDEX).bind(rows::json(&entries)?).execute().await?;
    Ok(i64::try_from(indexed).unwrap_or(i64::MAX))
}

/// Those of them whose words ever changed, as they are now: they may have changed since they were read. On a server whoever
/// changes one gives it its entry.
async fn changed_among(tx: &mut Tx, batch: &Batch) -> Result<Vec<Entry>> {
    const CHANGED: &str = "select seq, conversation_id, subject, sender_name, sender_address,
            substr(body, 1, 200000) as body
        from messages where seq in (select value ->> 'seq' from json_each($1)) and changes is not null";
    let texts: Vec<Text> = tx.query(CHANGED).bind(rows::json(&batch.entries)?).all().await?;
    Ok(texts.iter().map(Entry::from).collect())
}
