//! Lists that people put together. Each goes along one index and looks at a bounded number of rows, whatever is asked of
//! it: a list that finds little says where it stopped looking, and a number that is not sure says so. A list with words
//! goes along their hits, newest first, as a search does.

use super::conversations::Cursor;
use super::db::{Query, Sql};
use super::search::{self, Words};
use super::{Db, Result, Tx, rows};
use crate::model::conversation::Conversation;
use crate::model::saved_view::{Filters, SavedView, StatusFilter};
use crate::model::{ConversationId, SavedViewId, TeammateId, Ts};

/// How many rows of its index a page of a list looks at.
const LOOK: i64 = 2_000;
/// How many rows a number in the rail looks at.
const LOOK_TO_COUNT: i64 = 1_000;
/// How many conversations a page looks at together that hold the words of its list, and how often.
const LOOK_AT_ONCE: usize = 200;
const LOOKS: usize = 5;
/// The last moment that both databases can hold.
const LAST: Ts = Ts(253_402_300_799_000_000);

/// Most lists in the rail of one person.
pub const IN_RAIL: i64 = 30;

/// The first of the lists that a person sees, their own and those of the team: as many as the rail has room for.
pub async fn list(db: &Db, reader: TeammateId) -> Result<Vec<SavedView>> {
    db.query("select * from saved_views where teammate_id = $1 or shared order by position, created_at, id limit $2")
        .bind(reader)
        .bind(IN_RAIL)
        .all()
        .await
}

/// All lists that a person sees.
pub async fn list_all(db: &Db, reader: TeammateId) -> Result<Vec<SavedView>> {
    db.query("select * from saved_views where teammate_id = $1 or shared order by position, created_at, id")
        .bind(reader)
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

/// A list that a person sees; nobody else changes it in this transaction.
pub async fn lock(tx: &mut Tx, id: SavedViewId, reader: TeammateId) -> Result<Option<SavedView>> {
    const LOCK: Sql = Sql {
        sqlite: "select * from saved_views where id = $1 and (teammate_id = $2 or shared)",
        postgres: "select * from saved_views where id = $1 and (teammate_id = $2 or shared) for update",
    };
    tx.query(LOCK).bind(id).bind(reader).optional().await
}

/// Everybody's lists in their order; nobody else changes them in this transaction.
pub async fn lock_all(tx: &mut Tx) -> Result<Vec<SavedView>> {
    const ALL: Sql = Sql {
        sqlite: "select * from saved_views order by id",
        postgres: "select * from saved_views order by id for update",
    };
    let mut all: Vec<SavedView> = tx.query(ALL).all().await?;
    all.sort_by_key(|view| (view.position, view.created_at, view.id));
    Ok(all)
}

/// Puts a list in another place, and changes nothing else of it.
pub async fn set_position(tx: &mut Tx, id: SavedViewId, position: i64) -> Result<()> {
    tx.query("update saved_views set position = $2 where id = $1").bind(id).bind(position).execute().await?;
    Ok(())
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

/// The conditions of a list, apart from the words. An earlier version kept `ot` for a language that it did not know.
macro_rules! fits {
    () => {
        "($5 = 'any' or c.status = $5 or ($5 = 'unresolved' and c.status <> 'resolved'))
            and ($6 is null or c.channel_id = $6)
            and ($7 = '' or ($7 = 'nobody' and c.assignee_id is null) or ($7 = 'one' and c.assignee_id = $8))
            and ($9 = '' or exists (select 1 from conversation_tags t where t.conversation_id = c.id and t.tag = $9))
            and ($10 = '' or c.intent = $10)
            and ($11 = '' or c.language = $11 or ($11 = 'other' and c.language = 'ot'))
            and ($12 = '' or c.order_number = $12)
            and ($13 = '' or c.unread)
            and ($14 is null or c.brand_id = $14)
            and ($15 = '' or c.needs_approval)
            and ($16 = '' or (c.status <> 'resolved' and c.due_at <= $17)
                or (c.status = 'open' and c.resolution_due_at <= $17))
            and c.merged_into is null"
    };
}

/// Rows along an index, newest first.
macro_rules! window {
    ($driver:expr) => {
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
    ($driver:expr) => {
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
    ($driver:expr) => {
        concat!("select c.last_message_at as at, c.id from (", window!($driver), ") c order by 1, 2 limit 1")
    };
}

macro_rules! count {
    ($driver:expr) => {
        concat!(
            "select count(*) as looked, count(*) filter (where ",
            fits!(),
            ") as found from (",
            window!($driver),
            ") c"
        )
    };
}

macro_rules! these {
    ($what:literal, $these:literal) => {
        concat!(
            $what,
            " from conversations c where ",
            $these,
            " and (c.last_message_at, c.id) < ($1, $2) and ",
            fits!()
        )
    };
}

macro_rules! along {
    ($driver:expr) => {
        along!($driver, $driver)
    };
    ($sqlite:expr, $postgres:expr) => {
        Along {
            page: Sql { sqlite: page!($sqlite), postgres: page!($postgres) },
            end: Sql { sqlite: end!($sqlite), postgres: end!($postgres) },
            count: Sql { sqlite: count!($sqlite), postgres: count!($postgres) },
        }
    };
}

/// What is overdue as the rows of a list show it, along the indexes of the most urgent ones: `$last` stands in them in the
/// same words for where nothing is due.
macro_rules! overdue {
    ($last:literal) => {
        concat!(
            "select id from conversations where status in ('open', 'waiting', 'snoozed') and status <> 'resolved'
                and coalesce(due_at, ",
            $last,
            ") <= $17
            union all select id from conversations where status = 'open' and resolution_due_at is not null
                and coalesce(resolution_due_at, ",
            $last,
            ") <= $17"
        )
    };
}

/// The number of these, as far as it was looked.
macro_rules! few {
    ($these:expr) => {
        concat!("select count(*) from (select 1 from (", $these, ") these limit $3) few")
    };
}

const TAG: Along = along!(
    "id in (select conversation_id from conversation_tags where tag = $9)",
    "id = any (array(select conversation_id from conversation_tags where tag = $9))"
);
const NEEDS_APPROVAL: Along = along!(
    "id in (select id from conversations where needs_approval = 1)",
    "id = any (array(select id from conversations where needs_approval))"
);
const FEW_NEED_APPROVAL: Sql = Sql {
    sqlite: few!("select id from conversations where needs_approval = 1"),
    postgres: few!("select id from conversations where needs_approval"),
};
const OVERDUE: Along = along!(
    concat!("id in (", overdue!("253402300799000000"), ")"),
    concat!("id = any (array(", overdue!("timestamptz '9999-12-31 23:59:59+00'"), "))")
);
const FEW_OVERDUE: Sql = Sql {
    sqlite: few!(overdue!("253402300799000000")),
    postgres: few!(overdue!("timestamptz '9999-12-31 23:59:59+00'")),
};
const ORDER: Along = along!("order_number = $12");
const ASSIGNEE: Along = along!("assignee_id = $8 and status <> 'resolved'");
const BRAND: Along = along!("brand_id = $14 and status <> 'resolved'");
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
    /// The index that leaves the least to look at. What many have, a tag or a clock that ran out, leaves too much to sort.
    async fn along(&self, db: &Db) -> Result<Along> {
        let filters = self.filters;
        let done = matches!(filters.status, StatusFilter::Resolved | StatusFilter::Any);
        Ok(match filters.status {
            _ if !filters.order_number.is_empty() => ORDER,
            _ if !filters.tag.is_empty() && is_rare(db, &filters.tag).await? => TAG,
            _ if filters.needs_approval && self.are_few(db, FEW_NEED_APPROVAL).await? => NEEDS_APPROVAL,
            _ if filters.overdue && self.are_few(db, FEW_OVERDUE).await? => OVERDUE,
            _ if self.assignee().is_some() && !done => ASSIGNEE,
            _ if filters.channel.is_some() && !done => CHANNEL,
            _ if filters.brand.is_some() && !done => BRAND,
            StatusFilter::Any => ALL,
            StatusFilter::Unresolved => UNRESOLVED,
            _ => STATUS,
        })
    }

    async fn are_few(&self, db: &Db, counted: Sql) -> Result<bool> {
        let counted: i64 = self.bound(db, counted, self.first(), (LOOK + 1, 0)).scalar().await?;
        Ok(counted <= LOOK)
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

    fn bound<'c>(&self, db: &'c Db, sql: Sql, from: Cursor, (look, limit): (i64, i64)) -> Query<'c> {
        let filters = self.filters;
        let assignee = self.assignee();
        let how = match filters.assignee.as_str() {
            "nobody" => "nobody",
            _ if assignee.is_some() => "one",
            _ => "",
        };
        let said = |asked: bool| if asked { "1" } else { "" };
        db.query(sql)
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
            .bind(said(filters.unread))
            .bind(filters.brand)
            .bind(said(filters.needs_approval))
            .bind(said(filters.overdue))
            .bind(self.now)
    }

    fn bound_to<'c>(&self, db: &'c Db, sql: Sql, ids: &[ConversationId]) -> Result<Query<'c>> {
        Ok(self.bound(db, sql, self.first(), (0, 0)).bind(rows::json(ids)?))
    }
}

/// Whether so few conversations have a tag that they can be sorted each time.
async fn is_rare(db: &Db, tag: &str) -> Result<bool> {
    let tagged: i64 = db
        .query("select count(*) from (select 1 from conversation_tags where tag = $1 limit $2) tagged")
        .bind(rows::text(tag))
        .bind(LOOK + 1)
        .scalar()
        .await?;
    Ok(tagged <= LOOK)
}

/// Where a page of a list ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behind {
    /// Behind a row.
    Row(Cursor),
    /// Behind a hit of the list's words.
    Hit(search::Cursor),
}

/// A page of a list, and where to look on when there may be more.
#[derive(Clone, Debug)]
pub struct Found {
    /// Conversations, newest first.
    pub rows: Vec<Conversation>,
    /// Behind what was looked at.
    pub next: Option<Behind>,
}

#[derive(sqlx::FromRow)]
struct End {
    at: Ts,
    id: ConversationId,
}

/// A page of a list.
pub async fn conversations(db: &Db, asked: Asked<'_>, after: Option<Behind>, limit: i64) -> Result<Found> {
    let words = Words::of(&asked.filters.text);
    if !words.is_empty() {
        let after = after.and_then(|behind| if let Behind::Hit(cursor) = behind { Some(cursor) } else { None });
        return with_words(db, asked, &words, after, limit).await;
    }
    let along = asked.along(db).await?;
    let from = match after {
        Some(Behind::Row(cursor)) => cursor,
        _ => asked.first(),
    };
    let mut rows: Vec<Conversation> = asked.bound(db, along.page, from, (LOOK, limit + 1)).all().await?;
    let size = usize::try_from(limit).unwrap_or(usize::MAX);
    if rows.len() > size {
        rows.truncate(size);
        let next = rows.last().map(|row| Behind::Row(Cursor { at: row.last_message_at, id: row.id }));
        return Ok(Found { rows, next });
    }
    let looked = asked.bound(db, along.count, from, (LOOK, limit)).one::<Counted>().await?.looked;
    let next = if looked < LOOK {
        None
    } else {
        let end: Option<End> = asked.bound(db, along.end, from, (LOOK, limit)).optional().await?;
        end.map(|end| Behind::Row(Cursor { at: end.at, id: end.id }))
    };
    Ok(Found { rows, next })
}

/// A page of a list with words: along the hits, newest first, what else is asked for aside.
async fn with_words(
    db: &Db,
    asked: Asked<'_>,
    words: &Words,
    after: Option<search::Cursor>,
    limit: i64,
) -> Result<Found> {
    let size = usize::try_from(limit).unwrap_or(usize::MAX);
    let (mut rows, mut next) = (Vec::new(), after);
    for _ in 0..LOOKS {
        let page = search::page(db, words, next, LOOK_AT_ONCE).await?;
        let ids: Vec<ConversationId> = page.hits.iter().map(|hit| hit.conversation_id).collect();
        let mut fitting: Vec<Conversation> = asked.bound_to(db, THESE, &ids)?.all().await?;
        let mut last = None;
        for hit in &page.hits {
            let Some(place) = fitting.iter().position(|row| row.id == hit.conversation_id) else { continue };
            if let Some(last) = last.filter(|_| rows.len() == size) {
                return Ok(Found { rows, next: Some(Behind::Hit(page.cursor_behind(last))) });
            }
            rows.push(fitting.swap_remove(place));
            last = Some(*hit);
        }
        next = page.next;
        if next.is_none() || rows.len() >= size {
            break;
        }
    }
    Ok(Found { rows, next: next.map(Behind::Hit) })
}

/// Of these conversations what belongs in a list.
const THESE: Sql = Sql {
    sqlite: these!("select *", "c.id in (select unhex(value, '-') from json_each($18))"),
    postgres: these!("select *", "c.id = any (array(select value::uuid from json_array_elements_text($18::json)))"),
};
const COUNT_THESE: Sql = Sql {
    sqlite: these!("select count(*)", "c.id in (select unhex(value, '-') from json_each($18))"),
    postgres: these!(
        "select count(*)",
        "c.id = any (array(select value::uuid from json_array_elements_text($18::json)))"
    ),
};

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
    let words = Words::of(&asked.filters.text);
    if !words.is_empty() {
        let (ids, more) = search::newest(db, &words, LOOK_TO_COUNT).await?;
        let found: i64 = asked.bound_to(db, COUNT_THESE, &ids)?.scalar().await?;
        return Ok(Number { found, more });
    }
    let along = asked.along(db).await?;
    let from = asked.first();
    let counted: Counted = asked.bound(db, along.count, from, (LOOK_TO_COUNT, 0)).one().await?;
    Ok(Number { found: counted.found, more: counted.looked >= LOOK_TO_COUNT })
}
