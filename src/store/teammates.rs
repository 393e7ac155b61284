//! People on staff.

use super::db::Sql;
use super::{Db, Result, Tx, rows};
use crate::model::teammate::{Role, Teammate};
use crate::model::{TeammateId, Ts};

/// Whether nobody was set up yet.
pub async fn is_empty(db: &Db) -> Result<bool> {
    db.query("select not exists (select 1 from teammates)").scalar().await
}

/// Whether nobody was set up yet, and nobody will be before the transaction ends: of two first runs one is first.
pub async fn is_first(tx: &mut Tx) -> Result<bool> {
    lock_all(tx).await?;
    tx.query("select not exists (select 1 from teammates)").scalar().await
}

/// Nobody else changes people until the transaction ends. SQLite has one writer anyway.
async fn lock_all(tx: &mut Tx) -> Result<()> {
    if tx.is_postgres() {
        tx.query("lock table teammates in share row exclusive mode").execute().await?;
    }
    Ok(())
}

/// One person, to change what they may do: nobody else changes anybody meanwhile, so that one admin stays.
pub async fn lock(tx: &mut Tx, id: TeammateId) -> Result<Option<Teammate>> {
    lock_all(tx).await?;
    tx.query("select id, email, name, role, time_zone, disabled_at, away_since from teammates where id = $1")
        .bind(id)
        .optional()
        .await
}

/// Whether somebody else can run the desk.
pub async fn has_other_admin(tx: &mut Tx, id: TeammateId) -> Result<bool> {
    tx.query("select exists (select 1 from teammates where id <> $1 and role = 'admin' and disabled_at is null)")
        .bind(id)
        .scalar()
        .await
}

/// Everybody by name.
pub async fn list(db: &Db) -> Result<Vec<Teammate>> {
    db.query("select id, email, name, role, time_zone, disabled_at, away_since from teammates order by name, id")
        .all()
        .await
}

/// Whether somebody who may sign in is there, as they say themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Presence {
    /// Who.
    pub id: TeammateId,
    /// Whether they do not say that they are away.
    pub is_here: bool,
}

/// Who may sign in, and who of them is there.
pub async fn list_presence(tx: &mut Tx) -> Result<Vec<Presence>> {
    tx.query("select id, away_since is null as is_here from teammates where disabled_at is null order by id")
        .all()
        .await
}

/// One person.
pub async fn find(db: &Db, id: TeammateId) -> Result<Option<Teammate>> {
    db.query("select id, email, name, role, time_zone, disabled_at, away_since from teammates where id = $1")
        .bind(id)
        .optional()
        .await
}

/// The same within a transaction.
pub async fn find_in(tx: &mut Tx, id: TeammateId) -> Result<Option<Teammate>> {
    tx.query("select id, email, name, role, time_zone, disabled_at, away_since from teammates where id = $1")
        .bind(id)
        .optional()
        .await
}

/// A person with the password hash, to sign in.
#[derive(Debug, sqlx::FromRow)]
pub struct Credentials {
    /// Who.
    #[sqlx(flatten)]
    pub teammate: Teammate,
    /// Argon2id in PHC form.
    pub password_hash: String,
}

/// The person who signs in with this address; case does not matter.
pub async fn find_credentials(db: &Db, email: &str) -> Result<Option<Credentials>> {
    db.query("select id, email, name, role, time_zone, disabled_at, away_since, password_hash from teammates where email = $1")
        .bind(rows::text(email).trim().to_lowercase())
        .optional()
        .await
}

/// A new person; [`super::Error::Duplicate`] when the address is taken.
pub async fn insert(
    tx: &mut Tx,
    id: TeammateId,
    email: &str,
    name: &str,
    role: Role,
    password_hash: &str,
    now: Ts,
) -> Result<()> {
    tx.query(
        "insert into teammates (id, email, name, role, password_hash, created_at) values ($1, $2, $3, $4, $5, $6)",
    )
    .bind(id)
    .bind(rows::text(email).trim().to_lowercase())
    .bind(rows::text(name))
    .bind(role)
    .bind(password_hash)
    .bind(now)
    .execute()
    .await?;
    Ok(())
}

/// A new name and time zone.
pub async fn update(tx: &mut Tx, id: TeammateId, name: &str, time_zone: &str) -> Result<()> {
    tx.query("update teammates set name = $1, time_zone = $2 where id = $3")
        .bind(rows::text(name))
        .bind(time_zone)
        .bind(id)
        .execute()
        .await?;
    Ok(())
}

/// Takes a time zone for a person who has none. `false` when they have one.
pub async fn take_time_zone(tx: &mut Tx, id: TeammateId, time_zone: &str) -> Result<bool> {
    let taken = tx
        .query("update teammates set time_zone = $1 where id = $2 and time_zone = ''")
        .bind(time_zone)
        .bind(id)
        .execute()
        .await?;
    Ok(taken > 0)
}

/// What a person may do.
pub async fn set_role(tx: &mut Tx, id: TeammateId, role: Role) -> Result<()> {
    tx.query("update teammates set role = $1 where id = $2").bind(role).bind(id).execute().await?;
    Ok(())
}

/// Since when a person may no longer sign in; `None` lets them again.
pub async fn set_disabled(tx: &mut Tx, id: TeammateId, since: Option<Ts>) -> Result<()> {
    tx.query("update teammates set disabled_at = $1 where id = $2").bind(since).bind(id).execute().await?;
    Ok(())
}

/// The password hash of a person.
pub async fn password_hash(db: &Db, id: TeammateId) -> Result<String> {
    db.query("select password_hash from teammates where id = $1").bind(id).scalar().await
}

/// The password hash of a person who may sign in, which stays so until the transaction ends.
pub async fn lock_password_hash(tx: &mut Tx, id: TeammateId) -> Result<Option<String>> {
    const LOCK: Sql = Sql {
        sqlite: "select password_hash from teammates where id = $1 and disabled_at is null",
        postgres: "select password_hash from teammates where id = $1 and disabled_at is null for no key update",
    };
    #[derive(sqlx::FromRow)]
    struct Held {
        password_hash: String,
    }
    let held: Option<Held> = tx.query(LOCK).bind(id).optional().await?;
    Ok(held.map(|held| held.password_hash))
}

/// A new password.
pub async fn set_password(tx: &mut Tx, id: TeammateId, password_hash: &str) -> Result<()> {
    tx.query("update teammates set password_hash = $1 where id = $2").bind(password_hash).bind(id).execute().await?;
    Ok(())
}

/// A person is away, or there again. `false` when nothing changed.
pub async fn set_away(tx: &mut Tx, id: TeammateId, since: Option<Ts>) -> Result<bool> {
    let statement = if since.is_some() {
        "update teammates set away_since = $1 where id = $2 and away_since is null"
    } else {
        "update teammates set away_since = $1 where id = $2 and away_since is not null"
    };
    Ok(tx.query(statement).bind(since).bind(id).execute().await? > 0)
}
