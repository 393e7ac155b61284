//! Whether the database takes anything.

use std::time::Duration;

use super::{Db, Result};
use crate::model::Ts;

/// Whoever asks more often than this gets the answer of the one before: it is a commit of its own.
const FRESH: Duration = Duration::from_secs(1);

/// Brings one small row to disk. Fails where reading still works: on a full disk, or in a database that may only be read.
pub async fn beat(db: &Db, now: Ts) -> Result<()> {
    let last: Option<Ts> = db.query("select max(at) from heartbeat").scalar().await?;
    if last.is_some_and(|last| last <= now && now.since(last) < FRESH) {
        return Ok(());
    }
    let mut tx = db.begin().await?;
    tx.query("insert into heartbeat (id, at) values (1, $1) on conflict (id) do update set at = excluded.at")
        .bind(now)
        .execute()
        .await?;
    tx.commit().await
}
