//! Tokens of programs. Only the hash is stored.

use super::{Db, Result, Tx};
use crate::model::teammate::Teammate;
use crate::model::{TeammateId, Ts};

/// The living person on whose behalf a token acts.
pub async fn find_owner(db: &Db, token_hash: &[u8]) -> Result<Option<Teammate>> {
    db.query(
        "select t.id, t.email, t.name, t.role, t.time_zone, t.disabled_at, t.away_since from api_tokens a
         join teammates t on t.id = a.teammate_id where a.token_hash = $1 and t.disabled_at is null",
    )
    .bind(token_hash.to_vec())
    .optional()
    .await
}

/// A new token.
pub async fn insert(tx: &mut Tx, token_hash: &[u8], teammate: TeammateId, scope: &str, now: Ts) -> Result<()> {
    tx.query("insert into api_tokens (token_hash, teammate_id, scope, created_at) values ($1, $2, $3, $4)")
        .bind(token_hash.to_vec())
        .bind(teammate)
        .bind(scope)
        .bind(now)
        .execute()
        .await?;
    Ok(())
}

/// Forgets every token of a person; gives how many there were.
pub async fn delete_of(tx: &mut Tx, teammate: TeammateId) -> Result<u64> {
    tx.query("delete from api_tokens where teammate_id = $1").bind(teammate).execute().await
}
