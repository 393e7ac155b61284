//! Whether the database takes anything.

use super::{Db, Result};
use crate::model::Ts;

/// Brings one small row to disk. Fails where reading still works: on a full disk, or in a database that may only be read.
pub async fn beat(db: &Db, now: Ts) -> Result<()> {
    let mut tx = db.begin().await?;
    tx.query("insert into heartbeat (id, at) values (1, $1) on conflict (id) do update set at = excluded.at")
        .bind(now)
        .execute()
        .await?;
    tx.commit().await
}
