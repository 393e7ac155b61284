//! Lists that people put together. Each goes along one index and looks at a bounded number of rows, whatever is asked of
//! it: a list that finds little says where it stopped looking, and a number that is not sure says so.

use super::conversations::Cursor;
use super::db::{Query, Sql};
use super::{Db, Result, Tx, rows, search};
use crate::model::conversation::Conversation;
use crate::model::saved_view::{Filters, SavedView, StatusFilter};
use crate::model::{ConversationId, SavedViewId, TeammateId, Ts};

/// How many rows of its index a page of a list looks at.
const LOOK: i64 = 2_000;
/// How many rows a number in the rail looks at.
const LOOK_TO_COUNT: i64 = 1_000;
/// How many of the newest messages with the words, or conversations with the tag, a list is taken from; the statements
/// below say the same number.
const NEWEST: i64 = 5_000;
/// The last moment that both databases can hold.
const LAST: Ts = Ts(253_402_300_799_000_000);

/// Most lists in the rail of one person.
const MOST: i64 = 30;

/// The lists that a person sees: their own and those of the team.
pub async fn list(db: &Db, reader: TeammateId) -> Result<Vec<SavedView>> {
    db.query("select * from saved_views where teammate_id = $1 or shared order by position, created_at, id limit $2")
        .bind(reader)
        .bind(MOST)
        .all()
        .await
}

/// A list that a person sees.
pub async fn find(db: &Db, id: SavedViewId, reader: TeammateId) -> Result<Option<SavedView>> {
    db.query("select * from saved_views where id = $1 and (teammate_id = $2 or shared)")
        .bind(id)
        .bind(reader)
        .optional()
        .await
}

/// Keeps a list, new or changed.
pub async fn save(tx: &mut Tx, view: &SavedView) -> Result<()> {
    tx.query(
        "insert into saved_views (id, teammate_id, name, shared, position, filters, created_at)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (id) do update set name = excluded.name, shared = excluded.shared, position = excluded.position,
             filters = excluded.filters",
    )
    .bind(view.id)
    .bind(view.teammate_id)
    .bind(rows::text(&view.name))
    .bind(view.shared)
    .bind(view.position)
    .bind(rows::document(&view.filters.0)?)
    .bind(view.created_at)
    .execute()
    .await?;
    Ok(())
}

/// Forgets a list.
pub async fn delete(tx: &mut Tx, id: SavedViewId) -> Result<()> {
    tx.query("delete from saved_views where id = $1").bind(id).execute().await?;
    Ok(())
}

/// The conditions of a list, apart from the words.
macro_rules! fits {
    () => {
        "($5 = 'any' or c.status = $5 or ($5 = 'unresolved' and c.status <> 'resolved'))
            and ($6 is null or c.channel_id = $6)
            and ($7 = '' or ($7 = 'nobody' and c.assignee_id is null) or ($7 = 'one' and c.assignee_id = $8))
            and ($9 = '' or exists (select 1 from conversation_tags t where t.conversation_id = c.id and t.tag = $9))
            and ($10 = '' or c.intent = $10)
            and ($11 = '' or c.language = $11)
            and ($12 = '' or c.order_number = $12)
            and ($13 = '' or c.unread)
            and c.merged_into is null"
    };
}

/// Rows along an index, newest first.
macro_rules! window {
    ($driver:literal) => {
        concat!(
            "select * from conversations where ",
            $driver,
            " and (last_message_at, id) < ($1, $2) order by last_message_at desc, id desc limit $3"
        )
    };
}

/// The statements of a list along an index: a page, the end of what it looked at, and a number.
#[derive(Clone, Copy)]
struct Along {
    page: Sql,
    end: Sql,
    count: Sql,
}

macro_rules! page {
    ($driver:literal) => {
        concat!(
            "select * from (",
            window!($driver),
            ") c where ",
            fits!(),
            " order by c.last_message_at desc, c.id desc limit $4"
        )
    };
}

macro_rules! end {
    ($driver:literal) => {
        concat!("select c.last_message_at as at, c.id from (", window!($driver), ") c order by 1, 2 limit 1")
    };
}

macro_rules! count {
    ($driver:literal) => {
        concat!(
            "select count(*) as looked, count(*) filter (where ",
            fits!(),
            ") as found from (",
            window!($driver),
            ") c"
        )
    };
}

macro_rules! along {
    ($driver:literal) => {
        along!($driver, $driver)
    };
    ($sqlite:literal, $postgres:literal) => {
        Along {
            page: Sql { sqlite: page!($sqlite), postgres: page!($postgres) },
            end: Sql { sqlite: end!($sqlite), postgres: end!($postgres) },
            count: Sql { sqlite: count!($sqlite), postgres: count!($postgres) },
        }
    };
}

const TEXT: Along = along!(
    "id in (select m.conversation_id from (select rowid as seq from message_search where message_search match $14
        order by rowid desc limit 5000) hit join messages m on m.seq = hit.seq)",
    "id = any (array(select conversation_id from messages where search @@ to_tsquery('simple', $14)
        order by seq desc limit 5000))"
);
const TAG: Along = along!(
    "id in (select conversation_id from conversation_tags where tag = $9 order by created_at desc limit 5000)",
    "id = any (array(select conversation_id from conversation_tags where tag = $9 order by created_at desc limit 5000))"
);
const ORDER: Along = along!("order_number = $12");
const ASSIGNEE: Along = along!("assignee_id = $8 and status <> 'resolved'");
const CHANNEL: Along = along!("channel_id = $6 and status <> 'resolved'");
const STATUS: Along = along!("status = $5");
const UNRESOLVED: Along = along!("status <> 'resolved'");
const ALL: Along = along!("true");

/// What to look for, for one reader, at one moment.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// What belongs in the list.
    pub filters: &'a Filters,
    /// Who is `me`.
    pub reader: TeammateId,
    /// Now.
    pub now: Ts,
}

impl Asked<'_> {
    /// The index that leaves the least to look at.
    fn along(&self, text: bool) -> Along {
        let filters = self.filters;
        let done = matches!(filters.status, StatusFilter::Resolved | StatusFilter::Any);
        match filters.status {
            _ if text => TEXT,
            _ if !filters.order_number.is_empty() => ORDER,
            _ if !filters.tag.is_empty() => TAG,
            _ if self.assignee().is_some() && !done => ASSIGNEE,
            _ if filters.channel.is_some() && !done => CHANNEL,
            StatusFilter::Any => ALL,
            StatusFilter::Unresolved => UNRESOLVED,
            _ => STATUS,
        }
    }

    fn assignee(&self) -> Option<TeammateId> {
        match self.filters.assignee.as_str() {
            "me" => Some(self.reader),
            other => other.parse().ok(),
        }
    }

    /// Where the list begins: behind what was said lately, when only quiet ones are asked for.
    fn first(&self) -> Cursor {
        let quiet = std::time::Duration::from_secs(u64::from(self.filters.quiet_hours) * 3_600);
        let at = if self.filters.quiet_hours == 0 { LAST } else { self.now.minus(quiet) };
        Cursor { at, id: ConversationId(uuid::Uuid::max()) }
    }

    fn bound<'c>(&self, db: &'c Db, sql: Sql, from: Cursor, (look, limit): (i64, i64), words: &str) -> Query<'c> {
        let filters = self.filters;
        let assignee = self.assignee();
        let how = match filters.assignee.as_str() {
            "nobody" => "nobody",
            _ if assignee.is_some() => "one",
            _ => "",
        };
        let query = db
            .query(sql)
            .bind(from.at)
            .bind(from.id)
            .bind(look)
            .bind(limit)
            .bind(filters.status.as_str())
            .bind(filters.channel)
            .bind(how)
            .bind(assignee)
            .bind(rows::text(&filters.tag))
            .bind(rows::text(&filters.intent))
            .bind(rows::text(&filters.language))
            .bind(rows::text(&filters.order_number))
            .bind(if filters.unread { "1" } else { "" });
        if words.is_empty() { query } else { query.bind(words.to_owned()) }
    }
}

/// A page of a list, and where to look on when there may be more.
#[derive(Clone, Debug)]
pub struct Found {
    /// Conversations, newest first.
    pub rows: Vec<Conversation>,
    /// Behind what was looked at.
    pub next: Option<Cursor>,
    /// The list ends here, and older messages with the words, or conversations with the tag, were not looked at.
    pub cut: bool,
}

#[derive(sqlx::FromRow)]
struct End {
    at: Ts,
    id: ConversationId,
}

/// A page of a list.
pub async fn conversations(db: &Db, asked: Asked<'_>, after: Option<Cursor>, limit: i64) -> Result<Found> {
    let words = search::expression(db, &asked.filters.text);
    let along = asked.along(!words.is_empty());
    let from = after.unwrap_or_else(|| asked.first());
    let mut rows: Vec<Conversation> = asked.bound(db, along.page, from, (LOOK, limit + 1), &words).all().await?;
    let size = usize::try_from(limit).unwrap_or(usize::MAX);
    if rows.len() > size {
        rows.truncate(size);
        let next = rows.last().map(|row| Cursor { at: row.last_message_at, id: row.id });
        return Ok(Found { rows, next, cut: false });
    }
    let looked = asked.bound(db, along.count, from, (LOOK, limit), &words).one::<Counted>().await?.looked;
    let next = if looked < LOOK {
        None
    } else {
        let end: Option<End> = asked.bound(db, along.end, from, (LOOK, limit), &words).optional().await?;
        end.map(|end| Cursor { at: end.at, id: end.id })
    };
    let cut = next.is_none() && is_cut(db, asked, &words).await?;
    Ok(Found { rows, next, cut })
}

#[derive(sqlx::FromRow)]
struct Counted {
    looked: i64,
    found: i64,
}

/// How many conversations a list holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Number {
    /// So many were found.
    pub found: i64,
    /// There may be more.
    pub more: bool,
}

/// How many conversations a list holds, as far as it was looked.
pub async fn count(db: &Db, asked: Asked<'_>) -> Result<Number> {
    let words = search::expression(db, &asked.filters.text);
    let along = asked.along(!words.is_empty());
    let from = asked.first();
    let counted: Counted = asked.bound(db, along.count, from, (LOOK_TO_COUNT, 0), &words).one().await?;
    let more = counted.looked >= LOOK_TO_COUNT || is_cut(db, asked, &words).await?;
    Ok(Number { found: counted.found, more })
}

/// Whether more messages have the words, or more conversations the tag, than a list is taken from.
async fn is_cut(db: &Db, asked: Asked<'_>, words: &str) -> Result<bool> {
    const WORDS: Sql = Sql {
        sqlite: "select count(*) from (select 1 from message_search where message_search match $1 limit $2)",
        postgres: "select count(*) from (select 1 from messages where search @@ to_tsquery('simple', $1) limit $2) m",
    };
    const TAGS: &str = "select count(*) from (select 1 from conversation_tags where tag = $1 limit $2) t";
    let query = match (words, asked.filters.tag.as_str()) {
        ("", "") => return Ok(false),
        ("", tag) => db.query(TAGS).bind(rows::text(tag)),
        (words, _) => db.query(WORDS).bind(words.to_owned()),
    };
    let most = NEWEST + 1;
    Ok(query.bind(most).scalar::<i64>().await? == most)
}
