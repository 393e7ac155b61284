//! Who is signed in. Only the hash of a session's token is stored.

use super::{Db, Result, Tx, rows};
use crate::model::teammate::Teammate;
use crate::model::{TeammateId, Ts};

/// A session with its person.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Session {
    /// Who.
    #[sqlx(flatten)]
    pub teammate: Teammate,
    /// Must come back with every form.
    pub csrf_token: String,
    /// When it ends.
    pub expires_at: Ts,
}

/// The living session of a token hash.
pub async fn find(db: &Db, token_hash: &[u8], now: Ts) -> Result<Option<Session>> {
    db.query(
        "select t.id, t.email, t.name, t.role, t.time_zone, t.disabled_at, t.away_since, s.csrf_token, s.expires_at
         from sessions s join teammates t on t.id = s.teammate_id
         where s.token_hash = $1 and s.expires_at > $2 and t.disabled_at is null",
    )
    .bind(token_hash.to_vec())
    .bind(now)
    .optional()
    .await
}

/// Signs in.
pub async fn insert(
    tx: &mut Tx,
    token_hash: &[u8],
    teammate: TeammateId,
    csrf_token: &str,
    now: Ts,
    expires_at: Ts,
) -> Result<()> {
    tx.query(
        "insert into sessions (token_hash, teammate_id, csrf_token, created_at, expires_at)
         values ($1, $2, $3, $4, $5)",
    )
    .bind(token_hash.to_vec())
    .bind(teammate)
    .bind(csrf_token)
    .bind(now)
    .bind(expires_at)
    .execute()
    .await?;
    Ok(())
}

/// Notes with which browser a session began.
pub async fn set_browser(tx: &mut Tx, token_hash: &[u8], user_agent: &str) -> Result<()> {
    tx.query("update sessions set user_agent = $1 where token_hash = $2")
        .bind(rows::text(user_agent))
        .bind(token_hash.to_vec())
        .execute()
        .await?;
    Ok(())
}

/// A living session as its person sees it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Place {
    /// Which one it is.
    pub token_hash: Vec<u8>,
    /// What the browser said of itself.
    pub user_agent: String,
    /// When it began.
    pub created_at: Ts,
}

/// Where a person is signed in, latest first, at most 100.
pub async fn list_of(db: &Db, teammate: TeammateId, now: Ts) -> Result<Vec<Place>> {
    db.query(
        "select token_hash, user_agent, created_at from sessions
         where teammate_id = $1 and expires_at > $2 order by created_at desc limit 100",
    )
    .bind(teammate)
    .bind(now)
    .all()
    .await
}

/// Signs a person out everywhere but in one session; gives how many ended.
pub async fn delete_others(tx: &mut Tx, teammate: TeammateId, kept: &[u8]) -> Result<u64> {
    tx.query("delete from sessions where teammate_id = $1 and token_hash <> $2")
        .bind(teammate)
        .bind(kept.to_vec())
        .execute()
        .await
}

/// Signs out.
pub async fn delete(tx: &mut Tx, token_hash: &[u8]) -> Result<()> {
    tx.query("delete from sessions where token_hash = $1").bind(token_hash.to_vec()).execute().await?;
    Ok(())
}

/// Signs a person out everywhere.
pub async fn delete_of(tx: &mut Tx, teammate: TeammateId) -> Result<()> {
    tx.query("delete from sessions where teammate_id = $1").bind(teammate).execute().await?;
    Ok(())
}

/// Forgets ended sessions.
pub async fn delete_expired(tx: &mut Tx, now: Ts) -> Result<u64> {
    tx.query("delete from sessions where expires_at <= $1").bind(now).execute().await
}
