//! Connected tracking providers.

use super::{Db, Result, Tx, rows};
use crate::model::tracker::TrackerRow;
use crate::model::{TrackerId, Ts};

macro_rules! trackers {
    ($rest:literal) => {
        concat!("select id, brand_id, kind, settings, state, state_reason, last_read_at from trackers ", $rest)
    };
}

/// All providers, oldest first.
pub async fn list(db: &Db) -> Result<Vec<TrackerRow>> {
    db.query(trackers!("order by created_at, id")).all().await
}

/// One provider.
pub async fn find(db: &Db, id: TrackerId) -> Result<Option<TrackerRow>> {
    db.query(trackers!("where id = $1")).bind(id).optional().await
}

/// The sealed secrets of a provider.
pub async fn secrets(db: &Db, id: TrackerId) -> Result<Vec<u8>> {
    db.query("select secrets from trackers where id = $1").bind(id).scalar().await
}

/// Connects a provider. `false` where the brand has one by then.
pub async fn insert(tx: &mut Tx, tracker: &TrackerRow, secrets: Vec<u8>, now: Ts) -> Result<bool> {
    let inserted = tx
        .query(
            "insert into trackers (id, brand_id, kind, settings, secrets, state, created_at)
             values ($1, $2, $3, $4, $5, 'connected', $6) on conflict (brand_id) do nothing",
        )
        .bind(tracker.id)
        .bind(tracker.brand_id)
        .bind(tracker.kind)
        .bind(rows::document(&tracker.settings.0)?)
        .bind(secrets)
        .bind(now)
        .execute()
        .await?;
    Ok(inserted > 0)
}

/// Writes a provider's settings and secrets anew; it works, as far as anybody knows.
pub async fn update(tx: &mut Tx, tracker: &TrackerRow, secrets: Vec<u8>) -> Result<()> {
    tx.query("update trackers set settings = $1, secrets = $2, state = 'connected', state_reason = '' where id = $3")
        .bind(rows::document(&tracker.settings.0)?)
        .bind(secrets)
        .bind(tracker.id)
        .execute()
        .await?;
    Ok(())
}

/// Notes whether a provider works.
pub async fn set_state(tx: &mut Tx, id: TrackerId, state: &str, reason: &str) -> Result<()> {
    tx.query("update trackers set state = $1, state_reason = $2 where id = $3")
        .bind(state)
        .bind(rows::text(reason))
        .bind(id)
        .execute()
        .await?;
    Ok(())
}

/// Notes that a provider was read.
pub async fn note_read(tx: &mut Tx, id: TrackerId, now: Ts) -> Result<()> {
    tx.query("update trackers set state = 'connected', state_reason = '', last_read_at = $1 where id = $2")
        .bind(now)
        .bind(id)
        .execute()
        .await?;
    Ok(())
}

/// Forgets a provider; its parcels are nobody's first ([`super::parcels::release`]).
pub async fn delete(tx: &mut Tx, id: TrackerId) -> Result<()> {
    tx.query("delete from trackers where id = $1").bind(id).execute().await?;
    Ok(())
}
