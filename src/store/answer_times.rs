//! Hours and targets of brands, and the clocks that follow them.

use std::collections::HashMap;

use serde::Serialize;
use sqlx::types::Json;

use super::db::Sql;
use super::{Db, Result, Tx, rows};
use crate::model::answer_times::{AnswerTimes, Clocks};
use crate::model::channel::ChannelKind;
use crate::model::conversation::AgentState;
use crate::model::window::Window;
use crate::model::{BrandId, ConversationId, TeammateId, Ts, Zone};

/// Conversations in one statement.
const CHUNK: usize = 2_000;

#[derive(sqlx::FromRow)]
struct Stored {
    id: BrandId,
    time_zone: String,
    document: Option<Json<AnswerTimes>>,
}

impl From<Stored> for AnswerTimes {
    fn from(row: Stored) -> Self {
        let times = row.document.map(|Json(times)| times).unwrap_or_default();
        Self { zone: Zone::named(&row.time_zone), ..times }
    }
}

/// The hours and targets of every brand, the usual ones where nothing is set.
pub async fn all(db: &Db) -> Result<HashMap<BrandId, AnswerTimes>> {
    let rows: Vec<Stored> = db
        .query("select b.id, b.time_zone, a.document from brands b left join answer_times a on a.brand_id = b.id")
        .all()
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.into())).collect())
}

const OF_BRAND: &str = "select b.id, b.time_zone, a.document
    from brands b left join answer_times a on a.brand_id = b.id where b.id = $1";

/// Those of one brand.
pub async fn of_brand(db: &Db, brand: BrandId) -> Result<AnswerTimes> {
    Ok(db.query(OF_BRAND).bind(brand).one::<Stored>().await?.into())
}

/// Those of one brand, as this transaction sees it.
pub async fn of_brand_in(tx: &mut Tx, brand: BrandId) -> Result<AnswerTimes> {
    Ok(tx.query(OF_BRAND).bind(brand).one::<Stored>().await?.into())
}

/// Sets those of a brand.
pub async fn save(tx: &mut Tx, brand: BrandId, times: &AnswerTimes, now: Ts) -> Result<()> {
    tx.query(
        "insert into answer_times (brand_id, document, updated_at) values ($1, $2, $3)
         on conflict (brand_id) do update set document = excluded.document, updated_at = excluded.updated_at",
    )
    .bind(brand)
    .bind(rows::document(times)?)
    .bind(now)
    .execute()
    .await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Running {
    id: ConversationId,
    channel_kind: String,
    taken_over: bool,
    agent_state: AgentState,
    due_at: Option<Ts>,
    last_inbound_at: Option<Ts>,
    last_written_at: Option<Ts>,
    #[sqlx(flatten)]
    clocks: Clocks,
    #[sqlx(flatten)]
    window: Window,
}

#[derive(Serialize)]
struct Anew {
    id: ConversationId,
    due_at: Option<Ts>,
    resolution_due_at: Option<Ts>,
}

/// Sets the clocks of a brand's conversations anew, by what holds now. Who asked for a person in a chat keeps their
/// short clock. Gives how many changed.
pub async fn set_clocks_anew(tx: &mut Tx, brand: BrandId, times: &AnswerTimes) -> Result<usize> {
    const SET: Sql = Sql {
        sqlite: "update conversations set due_at = r.due_at, resolution_due_at = r.resolution_due_at
            from (select unhex(value ->> 'id', '-') as id, value ->> 'due_at' as due_at,
                value ->> 'resolution_due_at' as resolution_due_at from json_each($1)) r
            where conversations.id = r.id",
        postgres: "update conversations c set due_at = timestamptz 'epoch' + r.due_at * interval '1 microsecond',
                resolution_due_at = timestamptz 'epoch' + r.resolution_due_at * interval '1 microsecond'
            from json_to_recordset($1::json) as r (id uuid, due_at bigint, resolution_due_at bigint)
            where c.id = r.id",
    };
    const RUNNING: Sql = Sql {
        sqlite: "select id, channel_kind, taken_over, agent_state, due_at, last_inbound_at, last_written_at,
                answering_since, first_answered_at, resolving_since, resolution_due_at, reply_until, people_until,
                wanted_by
            from conversations where brand_id = $1 and status <> 'resolved'",
        postgres: "select id, channel_kind, taken_over, agent_state, due_at, last_inbound_at, last_written_at,
                answering_since, first_answered_at, resolving_since, resolution_due_at, reply_until, people_until,
                wanted_by
            from conversations where brand_id = $1 and status <> 'resolved'
            order by id for update",
    };
    let running: Vec<Running> = tx.query(RUNNING).bind(brand).all().await?;
    let changed: Vec<Anew> = running.iter().filter_map(|row| anew(row, times)).collect();
    for chunk in changed.chunks(CHUNK) {
        tx.query(SET).bind(rows::json(chunk)?).execute().await?;
    }
    Ok(changed.len())
}

/// The clocks of a conversation as they should stand; nothing when they do.
fn anew(row: &Running, times: &AnswerTimes) -> Option<Anew> {
    let handed_off = row.taken_over && row.agent_state == AgentState::HandedOff;
    let asked = handed_off && row.channel_kind == ChannelKind::LiveChat.as_str();
    let since = row.clocks.answering_since.or(row.last_inbound_at).filter(|_| !asked);
    let due_at = match (row.due_at, since) {
        (Some(_), Some(since)) => {
            // What began the wait may have been written long before it came.
            let is_begun_by_them = row.last_inbound_at.is_some_and(|came| came >= since);
            let written = row.last_written_at.filter(|_| is_begun_by_them);
            let waits = written.map_or(since, |written| written.min(since));
            Some(row.window.no_later(times.answer_due(&row.channel_kind, &row.clocks, since), waits))
        }
        (due, _) => due,
    };
    let resolution_due_at = row.clocks.resolving_since.and_then(|since| times.resolution_due(&row.channel_kind, since));
    let stands = (due_at, resolution_due_at) == (row.due_at, row.clocks.resolution_due_at);
    (!stands).then_some(Anew { id: row.id, due_at, resolution_due_at })
}

/// Which clock ran out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The answer is late.
    Answer,
    /// The case is open for too long.
    Resolution,
}

/// A conversation of which a clock ran out.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Overdue {
    /// The conversation.
    pub id: ConversationId,
    /// Whose.
    pub brand_id: BrandId,
    /// Whose work it is.
    pub assignee_id: Option<TeammateId>,
    /// When it was due.
    pub due_at: Ts,
}

/// Open conversations of which a clock ran out and nobody has noted it, at most `most`; they are noted with this. What
/// somebody else is changing is left for the next time: whoever held some and waited for others could be waited for.
pub async fn take_overdue(tx: &mut Tx, ended: Ended, now: Ts, most: i64) -> Result<Vec<Overdue>> {
    const ANSWER: Sql = Sql {
        sqlite: "update conversations set overdue_for = due_at
            where id in (select id from conversations where due_at is not null
                and (overdue_for is null or overdue_for <> due_at) and due_at <= $1 and status = 'open'
                order by due_at limit $2)
            returning id, brand_id, assignee_id, due_at",
        postgres: "update conversations set overdue_for = due_at
            where id = any (array(select id from conversations where due_at is not null
                and (overdue_for is null or overdue_for <> due_at) and due_at <= $1 and status = 'open'
                order by due_at limit $2 for update skip locked))
            returning id, brand_id, assignee_id, due_at",
    };
    const RESOLUTION: Sql = Sql {
        sqlite: "update conversations set resolution_overdue_for = resolution_due_at
            where id in (select id from conversations where resolution_due_at is not null
                and (resolution_overdue_for is null or resolution_overdue_for <> resolution_due_at)
                and resolution_due_at <= $1 and status = 'open' order by resolution_due_at limit $2)
            returning id, brand_id, assignee_id, resolution_due_at as due_at",
        postgres: "update conversations set resolution_overdue_for = resolution_due_at
            where id = any (array(select id from conversations where resolution_due_at is not null
                and (resolution_overdue_for is null or resolution_overdue_for <> resolution_due_at)
                and resolution_due_at <= $1 and status = 'open' order by resolution_due_at limit $2
                for update skip locked))
            returning id, brand_id, assignee_id, resolution_due_at as due_at",
    };
    let statement = match ended {
        Ended::Answer => ANSWER,
        Ended::Resolution => RESOLUTION,
    };
    tx.query(statement).bind(now).bind(most).all().await
}

/// Whether any clock ran out that nobody has noted: a cheap look before the writer is taken.
pub async fn any_overdue(db: &Db, now: Ts) -> Result<bool> {
    db.query(
        "select exists (select 1 from conversations where due_at is not null
             and (overdue_for is null or overdue_for <> due_at) and due_at <= $1 and status = 'open')
         or exists (select 1 from conversations where resolution_due_at is not null
             and (resolution_overdue_for is null or resolution_overdue_for <> resolution_due_at)
             and resolution_due_at <= $1 and status = 'open')",
    )
    .bind(now)
    .scalar()
    .await
}

/// Notes that a customer was told when people are back. `false` when they were told so already.
pub async fn note_away_reply(tx: &mut Tx, id: ConversationId, back_at: Ts) -> Result<bool> {
    let noted = tx
        .query("insert into away_replies (conversation_id, back_at) values ($1, $2) on conflict do nothing")
        .bind(id)
        .bind(back_at)
        .execute()
        .await?;
    Ok(noted > 0)
}
