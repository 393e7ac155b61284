//! Files of half-written replies: they survive a reload, a crash and another device, like the text.
//!
//! A file is put down as released, its bytes are stored, and only then it is admitted: whatever breaks off in between is
//! found and forgotten later, and no admitted file is without its bytes.

use serde::Serialize;

use super::db::Sql;
use super::{Db, Result, Tx, rows};
use crate::model::attachment::ComposerFile;
use crate::model::{ComposerFileId, ConversationId, TeammateId, Ts};

/// A file to put down.
#[derive(Clone, Debug, Serialize)]
pub struct NewComposerFile {
    /// Id.
    pub id: ComposerFileId,
    /// Where the reply is being written.
    pub conversation_id: ConversationId,
    /// Who writes it.
    pub teammate_id: TeammateId,
    /// Name, clean.
    pub name: String,
    /// Media type.
    pub content_type: String,
    /// Bytes.
    pub size: i64,
    /// Where the bytes are.
    pub storage_key: String,
    /// When it was attached.
    pub created_at: Ts,
    /// Since when it belongs to nothing.
    pub released_at: Option<Ts>,
}

/// Puts files down.
pub async fn insert(tx: &mut Tx, files: &[NewComposerFile]) -> Result<()> {
    const INSERT: Sql = Sql {
        sqlite: "insert into composer_files (id, conversation_id, teammate_id, name, content_type, size, storage_key,
                created_at, released_at)
            select unhex(value ->> 'id', '-'), unhex(value ->> 'conversation_id', '-'),
                unhex(value ->> 'teammate_id', '-'), value ->> 'name', value ->> 'content_type', value ->> 'size',
                value ->> 'storage_key', value ->> 'created_at', value ->> 'released_at'
            from json_each($1)",
        postgres: "insert into composer_files (id, conversation_id, teammate_id, name, content_type, size, storage_key,
                created_at, released_at)
            select id, conversation_id, teammate_id, name, content_type, size, storage_key,
                timestamptz 'epoch' + created_at * interval '1 microsecond',
                timestamptz 'epoch' + released_at * interval '1 microsecond'
            from json_to_recordset($1::json) as r (id uuid, conversation_id uuid, teammate_id uuid, name text,
                content_type text, size bigint, storage_key text, created_at bigint, released_at bigint)",
    };
    if !files.is_empty() {
        tx.query(INSERT).bind(rows::json(files)?).execute().await?;
    }
    Ok(())
}

/// The files of what a person is writing in a conversation, oldest first.
pub async fn list(db: &Db, conversation: ConversationId, teammate: TeammateId) -> Result<Vec<ComposerFile>> {
    db.query(LIST).bind(conversation).bind(teammate).all().await
}

/// As [`list`], within a transaction that holds the conversation.
pub async fn list_held(tx: &mut Tx, conversation: ConversationId, teammate: TeammateId) -> Result<Vec<ComposerFile>> {
    tx.query(LIST).bind(conversation).bind(teammate).all().await
}

const LIST: &str = "select id, name, content_type, size, storage_key, created_at from composer_files
    where conversation_id = $1 and teammate_id = $2 and released_at is null order by id";

/// One file, for the person who attached it.
pub async fn find(
    db: &Db,
    conversation: ConversationId,
    teammate: TeammateId,
    id: ComposerFileId,
) -> Result<Option<ComposerFile>> {
    db.query(
        "select id, name, content_type, size, storage_key, created_at from composer_files
         where id = $1 and conversation_id = $2 and teammate_id = $3 and released_at is null",
    )
    .bind(id)
    .bind(conversation)
    .bind(teammate)
    .optional()
    .await
}

/// Its bytes are stored: the file belongs to the reply from now on, in the conversation where that is being written by now.
pub async fn admit(tx: &mut Tx, id: ComposerFileId, conversation: ConversationId) -> Result<()> {
    tx.query("update composer_files set released_at = null, conversation_id = $2 where id = $1")
        .bind(id)
        .bind(conversation)
        .execute()
        .await?;
    Ok(())
}

/// Takes files out of a half-written reply, oldest first: they go with a message in the same transaction. Only what is
/// there, and is the person's own, comes.
pub async fn take(
    tx: &mut Tx,
    conversation: ConversationId,
    teammate: TeammateId,
    ids: &[ComposerFileId],
) -> Result<Vec<ComposerFile>> {
    const TAKE: Sql = Sql {
        sqlite: "delete from composer_files where id in (select unhex(value, '-') from json_each($3))
                and conversation_id = $1 and teammate_id = $2 and released_at is null
            returning id, name, content_type, size, storage_key, created_at",
        postgres: "delete from composer_files
            where id in (select value::uuid from json_array_elements_text($3::json))
                and conversation_id = $1 and teammate_id = $2 and released_at is null
            returning id, name, content_type, size, storage_key, created_at",
    };
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut taken: Vec<ComposerFile> =
        tx.query(TAKE).bind(conversation).bind(teammate).bind(rows::json(ids)?).all().await?;
    taken.sort_by_key(|file| file.id);
    Ok(taken)
}

/// A person removes a file again. Whether there was one.
pub async fn release(
    tx: &mut Tx,
    conversation: ConversationId,
    teammate: TeammateId,
    id: ComposerFileId,
    now: Ts,
) -> Result<bool> {
    let touched = tx
        .query(
            "update composer_files set released_at = $4
             where id = $1 and conversation_id = $2 and teammate_id = $3 and released_at is null",
        )
        .bind(id)
        .bind(conversation)
        .bind(teammate)
        .bind(now)
        .execute()
        .await?;
    Ok(touched > 0)
}

/// Releases what was attached before a moment and never sent.
pub async fn release_older(tx: &mut Tx, before: Ts, now: Ts) -> Result<u64> {
    tx.query("update composer_files set released_at = $2 where created_at < $1 and released_at is null")
        .bind(before)
        .bind(now)
        .execute()
        .await
}

/// A file that belongs to nothing.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Released {
    /// Its row.
    pub id: ComposerFileId,
    /// Its bytes.
    pub storage_key: String,
    /// Whether a message or another reply refers to the same bytes.
    pub in_use: bool,
}

/// Files released before a moment, at most 100.
pub async fn list_released(db: &Db, before: Ts) -> Result<Vec<Released>> {
    db.query(
        "select f.id, f.storage_key,
             exists (select 1 from attachments a where a.storage_key = f.storage_key)
             or exists (select 1 from composer_files c where c.storage_key = f.storage_key and c.released_at is null)
                 as in_use
         from composer_files f where f.released_at < $1 order by f.released_at limit 100",
    )
    .bind(before)
    .all()
    .await
}

/// Forgets released files.
pub async fn forget(tx: &mut Tx, ids: &[ComposerFileId]) -> Result<()> {
    const FORGET: Sql = Sql {
        sqlite: "delete from composer_files where id in (select unhex(value, '-') from json_each($1))
            and released_at is not null",
        postgres: "delete from composer_files
            where id in (select value::uuid from json_array_elements_text($1::json)) and released_at is not null",
    };
    if !ids.is_empty() {
        tx.query(FORGET).bind(rows::json(ids)?).execute().await?;
    }
    Ok(())
}
