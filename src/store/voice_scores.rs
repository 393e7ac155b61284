//! How close our replies come to the voice: one row a reply, written with it, and summed up by writer and by week.

use serde_json::Value;

use super::db::Sql;
use super::{Db, Result, Tx, rows};
use crate::model::{BrandId, MessageId, TeammateId, Ts};

/// The score of a reply.
#[derive(Clone, Debug)]
pub struct NewScore {
    /// The reply.
    pub message_id: MessageId,
    /// Whose voice.
    pub brand_id: BrandId,
    /// Who worded it; nobody when the words are the agent's.
    pub teammate_id: Option<TeammateId>,
    /// 0 to 100.
    pub score: u8,
    /// What is off: a list of objects with `about` and `costs`.
    pub findings: Value,
    /// When it was written.
    pub written_at: Ts,
}

/// Keeps the score of a reply.
pub async fn insert(tx: &mut Tx, new: &NewScore) -> Result<()> {
    tx.query(
        "insert into voice_scores (message_id, brand_id, teammate_id, score, findings, written_at)
         values ($1, $2, $3, $4, $5, $6)",
    )
    .bind(new.message_id)
    .bind(new.brand_id)
    .bind(new.teammate_id)
    .bind(i64::from(new.score))
    .bind(rows::document(&new.findings)?)
    .bind(new.written_at)
    .execute()
    .await?;
    Ok(())
}

/// Replies of one writer.
#[derive(Clone, Copy, Debug, PartialEq, sqlx::FromRow)]
pub struct Writer {
    /// Who; nobody is the agent.
    pub teammate_id: Option<TeammateId>,
    /// How many replies.
    pub replies: i64,
    /// Their mean score, 0 to 100.
    pub score: f64,
}

/// The writers of a brand since a moment, who wrote most first. What was taken back was not said.
pub async fn writers(db: &Db, brand: BrandId, since: Ts) -> Result<Vec<Writer>> {
    const WRITERS: Sql = Sql {
        sqlite: "select s.teammate_id, count(*) as replies, avg(s.score) as score
            from voice_scores s join messages m on m.id = s.message_id
            where s.brand_id = $1 and s.written_at > $2 and m.delivery <> 'cancelled'
            group by s.teammate_id order by replies desc, s.teammate_id",
        postgres: "select s.teammate_id, count(*) as replies, cast(avg(s.score) as double precision) as score
            from voice_scores s join messages m on m.id = s.message_id
            where s.brand_id = $1 and s.written_at > $2 and m.delivery <> 'cancelled'
            group by s.teammate_id order by replies desc, s.teammate_id",
    };
    db.query(WRITERS).bind(brand).bind(since).all().await
}

/// How often something was off in the replies of a writer.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Fault {
    /// Who; nobody is the agent.
    pub teammate_id: Option<TeammateId>,
    /// What.
    pub about: String,
    /// In how many replies.
    pub count: i64,
}

/// What was off in replies of a brand since a moment, what was off most often first, of those the dearest.
pub async fn faults(db: &Db, brand: BrandId, since: Ts) -> Result<Vec<Fault>> {
    const FAULTS: Sql = Sql {
        sqlite: "select s.teammate_id, f.value ->> 'about' as about, count(distinct s.message_id) as count
            from voice_scores s join messages m on m.id = s.message_id join json_each(s.findings) f
            where s.brand_id = $1 and s.written_at > $2 and m.delivery <> 'cancelled'
            group by s.teammate_id, about order by count desc, sum(f.value ->> 'costs') desc, about",
        postgres: "select s.teammate_id, f.value ->> 'about' as about, count(distinct s.message_id) as count
            from voice_scores s join messages m on m.id = s.message_id
                cross join lateral jsonb_array_elements(s.findings) f
            where s.brand_id = $1 and s.written_at > $2 and m.delivery <> 'cancelled'
            group by s.teammate_id, about
            order by count desc, sum(cast(f.value ->> 'costs' as bigint)) desc, about",
    };
    db.query(FAULTS).bind(brand).bind(since).all().await
}

/// Replies of a week, the agent's or people's.
#[derive(Clone, Copy, Debug, PartialEq, sqlx::FromRow)]
pub struct WeekScore {
    /// Its Monday, in UTC.
    pub week: Ts,
    /// Whether the words are the agent's.
    pub by_agent: bool,
    /// How many replies.
    pub replies: i64,
    /// Their mean score, 0 to 100.
    pub score: f64,
}

/// The replies of a brand from a moment on by the week in which they were written, oldest first. What was taken back was
/// not said.
pub async fn weeks(db: &Db, brand: BrandId, from: Ts) -> Result<Vec<WeekScore>> {
    const WEEKS: Sql = Sql {
        // Weeks are counted from the Monday before 1970.
        sqlite: "select s.written_at - (s.written_at + 259200000000) % 604800000000 as week,
                s.teammate_id is null as by_agent, count(*) as replies, avg(s.score) as score
            from voice_scores s join messages m on m.id = s.message_id
            where s.brand_id = $1 and s.written_at >= $2 and m.delivery <> 'cancelled'
            group by week, by_agent order by week, by_agent desc",
        postgres: "select date_trunc('week', s.written_at, 'UTC') as week, s.teammate_id is null as by_agent,
                count(*) as replies, cast(avg(s.score) as double precision) as score
            from voice_scores s join messages m on m.id = s.message_id
            where s.brand_id = $1 and s.written_at >= $2 and m.delivery <> 'cancelled'
            group by 1, 2 order by 1, 2 desc",
    };
    db.query(WEEKS).bind(brand).bind(from).all().await
}
