//! How many conversations there are of each kind, from what is kept on write: no row of a conversation is read for them.

use super::db::Sql;
use super::{Db, Result, Tx};
use crate::model::channel::Channel;
use crate::model::{BrandId, TeammateId};

/// The numbers beside the views.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Counts {
    /// Drafts that wait for a person.
    pub needs_approval: i64,
    /// Given to the asking person.
    pub mine: i64,
    /// Open and given to nobody.
    pub unassigned: i64,
    /// Open.
    pub open: i64,
    /// The customer has the next move.
    pub waiting: i64,
    /// Asleep.
    pub snoozed: i64,
}

/// What every page shows a person of how the desk stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Numbers {
    /// The numbers of their views, from what is kept on write.
    #[sqlx(flatten)]
    pub counts: Counts,
    /// Their unread notifications.
    pub unread: i64,
    /// The last event.
    pub last_seq: i64,
}

/// How the desk stands for a person, in one statement.
pub async fn numbers(db: &Db, teammate: TeammateId) -> Result<Numbers> {
    const NUMBERS: Sql = Sql {
        sqlite: "select coalesce(sum(change) filter (where needs_approval = 1), 0) as needs_approval,
            coalesce(sum(change) filter (where assignee_id = $1 and status <> 'resolved'), 0) as mine,
            coalesce(sum(change) filter (where assignee_id = zeroblob(16) and status = 'open'), 0) as unassigned,
            coalesce(sum(change) filter (where status = 'open'), 0) as open,
            coalesce(sum(change) filter (where status = 'waiting'), 0) as waiting,
            coalesce(sum(change) filter (where status = 'snoozed'), 0) as snoozed,
            (select count(*) from notifications where teammate_id = $1 and read_at is null) as unread,
            (select coalesce(max(seq), 0) from events) as last_seq
            from conversation_counts",
        postgres: "select cast(coalesce(sum(change) filter (where needs_approval), 0) as bigint) as needs_approval,
            cast(coalesce(sum(change) filter (where assignee_id = $1 and status <> 'resolved'), 0) as bigint) as mine,
            cast(coalesce(sum(change) filter (where assignee_id = '00000000-0000-0000-0000-000000000000'
                and status = 'open'), 0) as bigint) as unassigned,
            cast(coalesce(sum(change) filter (where status = 'open'), 0) as bigint) as open,
            cast(coalesce(sum(change) filter (where status = 'waiting'), 0) as bigint) as waiting,
            cast(coalesce(sum(change) filter (where status = 'snoozed'), 0) as bigint) as snoozed,
            (select count(*) from notifications where teammate_id = $1 and read_at is null) as unread,
            (select coalesce(max(seq), 0) from events) as last_seq
            from conversation_counts",
    };
    db.query(NUMBERS).bind(teammate).one().await
}

/// A channel with the number of its unresolved conversations.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct CountedChannel {
    /// The channel.
    #[sqlx(flatten)]
    pub channel: Channel,
    /// Its unresolved conversations.
    pub count: i64,
}

/// All channels by name, each with the number of its unresolved conversations.
pub async fn channels(db: &Db) -> Result<Vec<CountedChannel>> {
    db.query(
        "select c.id, c.brand_id, c.kind, c.name, c.address, c.settings, c.webhook_secret, c.state, c.state_reason,
             c.last_inbound_at, c.last_outbound_at, coalesce(n.count, 0) as count
         from channels c left join (select channel_id, cast(sum(change) as bigint) as count from conversation_counts
             where status <> 'resolved' group by channel_id) n on n.channel_id = c.id
         order by c.name, c.id",
    )
    .all()
    .await
}

/// How many unresolved conversations a brand has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct BrandCount {
    /// The brand.
    pub brand_id: BrandId,
    /// Its unresolved conversations.
    pub count: i64,
}

/// The numbers of unresolved conversations by brand.
pub async fn by_brand(db: &Db) -> Result<Vec<BrandCount>> {
    db.query(
        "select brand_id, cast(sum(change) as bigint) as count from conversation_counts where status <> 'resolved'
         group by brand_id having sum(change) <> 0",
    )
    .all()
    .await
}

/// How many unresolved conversations are given to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct AssigneeCount {
    /// The person.
    pub assignee_id: TeammateId,
    /// Their unresolved conversations.
    pub count: i64,
}

/// The numbers of unresolved conversations by the person they are given to.
pub async fn by_assignee(db: &Db) -> Result<Vec<AssigneeCount>> {
    const COUNTS: Sql = Sql {
        sqlite: "select assignee_id, sum(change) as count from conversation_counts
            where status <> 'resolved' and assignee_id <> zeroblob(16) group by assignee_id having sum(change) <> 0",
        postgres: "select assignee_id, cast(sum(change) as bigint) as count from conversation_counts
            where status <> 'resolved' and assignee_id <> '00000000-0000-0000-0000-000000000000'
            group by assignee_id having sum(change) <> 0",
    };
    db.query(COUNTS).all().await
}

/// How many conversations there are in all.
pub async fn all(db: &Db) -> Result<i64> {
    db.query("select cast(coalesce(sum(change), 0) as bigint) from conversation_counts").scalar().await
}

/// Joins what the statements of PostgreSQL each noted about the numbers, and leaves alone what stands in one row already; SQLite
/// keeps one row for each by itself.
pub async fn fold(tx: &mut Tx) -> Result<()> {
    if tx.is_postgres() {
        tx.query(
            "with several as (
                 select brand_id, channel_id, status, assignee_id, needs_approval from conversation_counts
                 group by 1, 2, 3, 4, 5 having count(*) > 1 or sum(change) = 0
             ), noted as (
                 delete from conversation_counts c using several s
                 where (c.brand_id, c.channel_id, c.status, c.assignee_id, c.needs_approval)
                     = (s.brand_id, s.channel_id, s.status, s.assignee_id, s.needs_approval)
                 returning c.*
             )
             insert into conversation_counts (brand_id, channel_id, status, assignee_id, needs_approval, change)
             select brand_id, channel_id, status, assignee_id, needs_approval, sum(change) from noted
             group by 1, 2, 3, 4, 5 having sum(change) <> 0",
        )
        .execute()
        .await?;
    }
    Ok(())
}
