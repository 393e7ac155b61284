//! Who may join the team. Only the hash of a link's token is stored.

use super::db::Sql;
use super::{Db, Result, Tx, rows};
use crate::model::teammate::Role;
use crate::model::{InvitationId, TeammateId, Ts};

/// An invitation.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Invitation {
    /// Id.
    pub id: InvitationId,
    /// Who is invited.
    pub email: String,
    /// As what.
    pub role: Role,
    /// When.
    pub created_at: Ts,
    /// Until when.
    pub expires_at: Ts,
}

/// A new invitation; one to the same address that is open ends with it.
pub async fn insert(tx: &mut Tx, one: &Invitation, token_hash: &[u8], by: TeammateId) -> Result<()> {
    tx.query("update invitations set revoked_at = $1 where email = $2 and accepted_at is null and revoked_at is null")
        .bind(one.created_at)
        .bind(rows::text(&one.email))
        .execute()
        .await?;
    tx.query(
        "insert into invitations (id, email, role, token_hash, invited_by, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(one.id)
    .bind(rows::text(&one.email))
    .bind(one.role)
    .bind(token_hash.to_vec())
    .bind(by)
    .bind(one.created_at)
    .bind(one.expires_at)
    .execute()
    .await?;
    Ok(())
}

/// Those that can still be taken up, newest first.
pub async fn list_open(db: &Db, now: Ts) -> Result<Vec<Invitation>> {
    db.query(
        "select id, email, role, created_at, expires_at from invitations
         where accepted_at is null and revoked_at is null and expires_at > $1 order by expires_at desc limit 200",
    )
    .bind(now)
    .all()
    .await
}

/// Those of these that are there, open or not.
pub async fn list_among(db: &Db, ids: &[InvitationId]) -> Result<Vec<Invitation>> {
    const AMONG: Sql = Sql {
        sqlite: "select id, email, role, created_at, expires_at from invitations
            where id in (select unhex(value, '-') from json_each($1))",
        postgres: "select id, email, role, created_at, expires_at from invitations
            where id = any (array(select value::uuid from json_array_elements_text($1::json)))",
    };
    db.query(AMONG).bind(rows::json(ids)?).all().await
}

/// The open invitation behind a token. It holds as long as who invited may still do so.
pub async fn find_open(db: &Db, token_hash: &[u8], now: Ts) -> Result<Option<Invitation>> {
    db.query(
        "select id, email, role, created_at, expires_at from invitations
         where token_hash = $1 and accepted_at is null and revoked_at is null and expires_at > $2
             and exists (select 1 from teammates where teammates.id = invited_by and teammates.role = 'admin'
                 and teammates.disabled_at is null)",
    )
    .bind(token_hash.to_vec())
    .bind(now)
    .optional()
    .await
}

/// Takes an invitation up, once. `false` when it is not open any more.
pub async fn accept(tx: &mut Tx, id: InvitationId, now: Ts) -> Result<bool> {
    let touched = tx
        .query(
            "update invitations set accepted_at = $1
             where id = $2 and accepted_at is null and revoked_at is null and expires_at > $1
                 and exists (select 1 from teammates where teammates.id = invited_by and teammates.role = 'admin'
                     and teammates.disabled_at is null)",
        )
        .bind(now)
        .bind(id)
        .execute()
        .await?;
    Ok(touched > 0)
}

/// Takes an invitation back. `false` when it is not open any more.
pub async fn revoke(tx: &mut Tx, id: InvitationId, now: Ts) -> Result<bool> {
    let touched = tx
        .query("update invitations set revoked_at = $1 where id = $2 and accepted_at is null and revoked_at is null")
        .bind(now)
        .bind(id)
        .execute()
        .await?;
    Ok(touched > 0)
}
