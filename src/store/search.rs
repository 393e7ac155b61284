//! Full text: newest first, bounded, conversations not messages.
//!
//! What counts as a word is decided in `words.rs`, for what is indexed and for what is asked, so that both engines find the
//! same: PostgreSQL alone would keep addresses whole, read `-20417` as a number below zero and mind accents.

pub mod rebuild;
pub mod unspaced;
mod words;

use std::collections::HashSet;
use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

use serde::Serialize;

use super::db::Sql;
use super::{Db, Result, Tx, rows};
use crate::model::ConversationId;
use crate::model::conversation::Conversation;

pub(super) use words::{Words, indexed};

/// Hits that one look takes at most.
const HITS: usize = 500;
/// Hits of a conversation beside each other that a look allows for.
const BESIDE: usize = 4;
/// SQLite's index is in parts of 2^15 messages: each word is indexed behind the number of its part. A word that is not
/// finished makes it gather all messages that hold any of the words that begin so, and that is bounded by a part.
const PART: u32 = 15;
/// Messages whose texts are in memory at once, each as far as it is indexed.
const TEXTS_AT_ONCE: i64 = 200;
/// Most parts that one question goes through.
const PARTS: i64 = 32;
/// Looks that one page takes at most: a page may be short when one conversation has all the hits, and the next page
/// goes on behind it.
const LOOKS: usize = 20;

/// Where a page ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// Hits below this one were not looked at yet.
    below: i64,
    /// The newest hit when the first page was made: what came later moves no conversation out of the pages behind.
    newest: i64,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.below, self.newest)
    }
}

impl FromStr for Cursor {
    type Err = ParseIntError;

    fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
        let (below, newest) = text.split_once('.').unwrap_or((text, ""));
        Ok(Self { below: below.parse()?, newest: newest.parse()? })
    }
}

/// A page of what was found.
#[derive(Debug, Default)]
pub struct Found {
    /// Newest hit first, each once.
    pub conversations: Vec<Conversation>,
    /// Behind which the next page begins; `None` when this is the last.
    pub next: Option<Cursor>,
}

/// A message that holds the words.
#[derive(Clone, Copy, sqlx::FromRow)]
pub(super) struct Hit {
    seq: i64,
    /// Where it is.
    pub(super) conversation_id: ConversationId,
}

/// Conversations with messages that hold all the words (the last word may be unfinished), newest hit first.
pub async fn conversations(db: &Db, words: &str, after: Option<Cursor>, limit: i64) -> Result<Found> {
    let words = Words::of(words);
    if words.is_empty() {
        return Ok(Found::default());
    }
    let size = usize::try_from(limit).unwrap_or(0);
    let page = page(db, &words, after, size).await?;
    let ids: Vec<ConversationId> = page.hits.iter().map(|hit| hit.conversation_id).collect();
    Ok(Found { conversations: in_order(db, &ids).await?, next: page.next })
}

/// The newest hits of some conversations.
pub(super) struct Page {
    /// One of each conversation, newest first.
    pub(super) hits: Vec<Hit>,
    /// Behind which the next page begins.
    pub(super) next: Option<Cursor>,
    newest: i64,
}

impl Page {
    /// Where a page ended that was cut behind a hit.
    pub(super) fn cursor_behind(&self, hit: Hit) -> Cursor {
        Cursor { below: hit.seq, newest: self.newest }
    }
}

/// The next hits, of `size` conversations that no page showed before.
pub(super) async fn page(db: &Db, words: &Words, after: Option<Cursor>, size: usize) -> Result<Page> {
    let mut newest = after.map(|cursor| cursor.newest);
    // A cursor is what an address says.
    let end = end(db).await?;
    let mut below = after.map_or(end, |cursor| cursor.below.min(end));
    // As many as would do where each is of another conversation; parts that give less are asked together.
    let enough = size.saturating_add(1);
    let most = i64::try_from(enough.saturating_mul(BESIDE).min(HITS)).unwrap_or(i64::MAX);
    let (mut page, mut more, mut shown) = (Vec::<Hit>::new(), true, HashSet::new());
    for _ in 0..LOOKS {
        let Look { hits, end } = look(db, words, below, most, enough).await?;
        newest = newest.or(hits.first().map(|hit| hit.seq));
        let mut fresh: Vec<Hit> = Vec::new();
        for hit in &hits {
            let known = |other: &Hit| other.conversation_id == hit.conversation_id;
            if !page.iter().any(known) && !fresh.iter().any(known) {
                fresh.push(*hit);
            }
        }
        fresh.retain(|hit| !shown.contains(&hit.conversation_id));
        if let Some(cursor) = after {
            let these = fresh.iter().map(|hit| hit.conversation_id).collect();
            shown.extend(shown_before(db, words, cursor, these).await?);
            fresh.retain(|hit| !shown.contains(&hit.conversation_id));
        }
        let room = size.saturating_sub(page.len());
        let full = fresh.len() > room;
        page.extend(fresh.into_iter().take(room));
        more = full || !end;
        below = match page.last() {
            Some(last) if full => last.seq,
            _ => hits.last().map_or(below, |hit| hit.seq),
        };
        if full || !more {
            break;
        }
    }
    let newest = newest.unwrap_or(0);
    Ok(Page { hits: page, next: more.then_some(Cursor { below, newest }), newest })
}

/// The conversations of the newest hits, each once, and whether there are more than `most`.
pub(super) async fn newest(db: &Db, words: &Words, most: i64) -> Result<(Vec<ConversationId>, bool)> {
    let wanted = usize::try_from(most).unwrap_or(usize::MAX);
    let hits = look(db, words, end(db).await?, most, wanted).await?.hits;
    let ids: HashSet<ConversationId> = hits.iter().map(|hit| hit.conversation_id).collect();
    Ok((ids.into_iter().collect(), hits.len() == wanted))
}

/// Behind the newest message.
async fn end(db: &Db) -> Result<i64> {
    match db {
        Db::Sqlite { .. } => db.query("select coalesce(max(seq), 0) + 1 from messages").scalar().await,
        Db::Postgres { .. } => Ok(i64::MAX),
    }
}

/// What was found below a message.
struct Look {
    /// Newest first.
    hits: Vec<Hit>,
    /// There are no more below these.
    end: bool,
}

/// The next hits below one, `most` at most; with `enough` it may stop before that.
async fn look(db: &Db, words: &Words, below: i64, most: i64, enough: usize) -> Result<Look> {
    const LOOK: Sql = Sql {
        sqlite: "select m.seq, m.conversation_id from (
                select rowid as seq from message_search where message_search match $1 and rowid < $2
                order by rowid desc limit $3) hit
            join messages m on m.seq = hit.seq order by hit.seq desc",
        postgres: "select seq, conversation_id from messages
            where search @@ to_tsquery('simple', $1) and seq < $2 order by seq desc limit $3",
    };
    let is_full = |hits: &[Hit]| i64::try_from(hits.len()).is_ok_and(|found| found >= most);
    if matches!(db, Db::Postgres { .. }) {
        let hits: Vec<Hit> = db.query(LOOK).bind(words.tsquery()).bind(below).bind(most).all().await?;
        return Ok(Look { end: !is_full(&hits), hits });
    }
    let (mut hits, mut part, mut together) = (Vec::<Hit>::new(), below.saturating_sub(1) >> PART, 1);
    while part >= 0 && hits.len() < enough && !is_full(&hits) {
        let first = (part - together + 1).max(0);
        let found: Vec<Hit> = db.query(LOOK).bind(words.fts5(first..=part)).bind(below).bind(most).all().await?;
        hits.extend(found);
        (part, together) = (first - 1, (together * 2).min(PARTS));
    }
    hits.truncate(usize::try_from(most).unwrap_or(usize::MAX));
    Ok(Look { end: part < 0 && !is_full(&hits), hits })
}

/// Of some conversations those that an earlier page showed: they have a hit there. Their texts are read for it: the index
/// would gather all that begins like the last word anew for each message.
async fn shown_before(
    db: &Db,
    words: &Words,
    cursor: Cursor,
    mut of: HashSet<ConversationId>,
) -> Result<HashSet<ConversationId>> {
    const TEXTS: Sql = Sql {
        sqlite: "select m.seq, m.conversation_id, m.subject, m.sender_name, m.sender_address,
                substr(m.body, 1, 200000) as body
            from (select seq from messages where conversation_id in (select unhex(value, '-') from json_each($1))
                    and seq between $2 and $3 order by seq desc limit $4) newest
            join messages m on m.seq = newest.seq order by newest.seq desc",
        postgres: "select seq, conversation_id, subject, sender_name, sender_address, substr(body, 1, 200000) as body
            from messages where conversation_id = any (array(select value::uuid from json_array_elements_text($1::json)))
                and seq between $2 and $3 order by seq desc limit $4",
    };
    let (mut shown, mut newest) = (HashSet::new(), cursor.newest);
    while !of.is_empty() {
        let ids: Vec<ConversationId> = of.iter().copied().collect();
        let texts: Vec<Text> =
            db.query(TEXTS).bind(rows::json(&ids)?).bind(cursor.below).bind(newest).bind(TEXTS_AT_ONCE).all().await?;
        for text in &texts {
            if of.contains(&text.conversation_id) && words.are_in(&text.indexed()) {
                of.remove(&text.conversation_id);
                shown.insert(text.conversation_id);
            }
        }
        newest = match texts.last() {
            Some(last) if i64::try_from(texts.len()).is_ok_and(|read| read == TEXTS_AT_ONCE) => last.seq - 1,
            _ => break,
        };
    }
    Ok(shown)
}

/// Messages are found by no word any more; each keeps its place in the index, so that none seems to be missing.
pub(super) async fn forget(tx: &mut Tx, numbers: &[i64]) -> Result<()> {
    const EMPTY: &str = "update messages set search = to_tsvector('simple', '')
        where seq = any (array(select value::bigint from json_array_elements_text($1::json)))";
    const OUT: &str = "delete from message_search where rowid in (select value from json_each($1))";
    const IN: &str = "insert into message_search (rowid, content) select value, '' from json_each($1) order by value";
    let json = rows::json(numbers)?;
    if tx.is_postgres() {
        tx.query(EMPTY).bind(json).execute().await?;
        return Ok(());
    }
    tx.query(OUT).bind(json.as_str()).execute().await?;
    tx.query(IN).bind(json).execute().await?;
    Ok(())
}

/// Messages are found by the words that they have now. One that SQLite's index does not hold yet gets its entry when that is
/// filled.
pub(super) async fn index_anew(tx: &mut Tx, texts: &[Text]) -> Result<()> {
    const INDEX: Sql = Sql {
        sqlite: "insert or replace into message_search (rowid, content)
            select value ->> 'seq',
                replace(' ' || trim(value ->> 'words'), ' ', ' ' || printf('%04x', (value ->> 'seq') >> 15))
            from json_each($1)
            where exists (select 1 from message_search_docsize entry where entry.id = value ->> 'seq')",
        postgres: "update messages m set search = to_tsvector('simple', r.words)
            from json_to_recordset($1::json) as r (seq bigint, words text) where m.seq = r.seq",
    };
    if !texts.is_empty() {
        let entries: Vec<Entry> = texts.iter().map(Entry::from).collect();
        tx.query(INDEX).bind(rows::json(&entries)?).execute().await?;
    }
    Ok(())
}

/// What the index holds of a message.
#[derive(Debug, Serialize)]
struct Entry {
    seq: i64,
    words: String,
}

impl From<&Text> for Entry {
    fn from(text: &Text) -> Self {
        Self { seq: text.seq, words: text.indexed() }
    }
}

/// A message as it is indexed.
#[derive(sqlx::FromRow)]
pub(super) struct Text {
    seq: i64,
    conversation_id: ConversationId,
    subject: String,
    sender_name: String,
    sender_address: String,
    body: String,
}

impl Text {
    fn indexed(&self) -> String {
        indexed(&[&self.subject, &self.sender_name, &self.sender_address, &self.body])
    }
}

/// Some conversations, in this order.
async fn in_order(db: &Db, ids: &[ConversationId]) -> Result<Vec<Conversation>> {
    const LIST: Sql = Sql {
        sqlite: "select * from conversations where id in (select unhex(value, '-') from json_each($1))",
        postgres: "select * from conversations
            where id = any (array(select value::uuid from json_array_elements_text($1::json)))",
    };
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut rows: Vec<Conversation> = db.query(LIST).bind(rows::json(ids)?).all().await?;
    rows.sort_by_key(|row| ids.iter().position(|id| *id == row.id));
    Ok(rows)
}
