//! Deliveries that were pushed to accounts and turned away, since each account has the secrets that it has.

use super::{Db, Result, Tx};
use crate::model::{ChannelId, Ts};

/// What was turned away of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct TurnedAway {
    /// The account's channel.
    pub channel_id: ChannelId,
    /// Since when the same secrets of the account count; `None` when they never changed.
    pub since: Option<Ts>,
    /// How many deliveries since then.
    pub number: i64,
    /// When the last of them came.
    pub last_at: Ts,
    /// Whether nothing else came since then, or since it is proved.
    pub is_all: bool,
    /// When one of them last came that another account had proved to be from their platform.
    pub proved_at: Option<Ts>,
}

/// Counts more; gives what it comes to. What was counted while other secrets counted counts no longer.
pub async fn add(tx: &mut Tx, more: &TurnedAway) -> Result<TurnedAway> {
    tx.query(
        "insert into turned_away (channel_id, since, number, last_at, is_all, proved_at) values ($1, $2, $3, $4, $5, $6)
         on conflict (channel_id) do update set
             number = excluded.number
                 + case when turned_away.since is not distinct from excluded.since then turned_away.number else 0 end,
             is_all = excluded.is_all
                 and (turned_away.since is distinct from excluded.since or turned_away.is_all),
             proved_at = coalesce(
                 excluded.proved_at,
                 case when turned_away.since is not distinct from excluded.since then turned_away.proved_at end),
             since = excluded.since, last_at = excluded.last_at
         returning channel_id, since, number, last_at, is_all, proved_at",
    )
    .bind(more.channel_id)
    .bind(more.since)
    .bind(more.number)
    .bind(more.last_at)
    .bind(more.is_all)
    .bind(more.proved_at)
    .one()
    .await
}

/// Something else came to an account whose secrets count since then; `false` where nobody thought otherwise.
pub async fn note_taken(tx: &mut Tx, channel: ChannelId, since: Option<Ts>) -> Result<bool> {
    let touched = tx
        .query(
            "update turned_away set is_all = false, proved_at = null
             where channel_id = $1 and since is not distinct from $2 and (is_all or proved_at is not null)",
        )
        .bind(channel)
        .bind(since)
        .execute()
        .await?;
    Ok(touched > 0)
}

/// What was turned away of all accounts since each is connected as it is, or since a secret of it ended after that.
pub async fn list(db: &Db) -> Result<Vec<TurnedAway>> {
    db.query(
        "select t.channel_id, t.since, t.number, t.last_at, t.proved_at,
             (t.is_all and not coalesce(c.last_inbound_at >= coalesce(t.since, c.last_inbound_at), false))
                 or (t.proved_at is not null and coalesce(c.last_inbound_at < t.proved_at, true)) as is_all
         from turned_away t
             join channels c on c.id = t.channel_id and (c.connected_at is null or t.since >= c.connected_at)",
    )
    .all()
    .await
}
