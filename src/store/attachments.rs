//! Files of messages; their bytes lie in the file store.

use super::db::Sql;
use super::intake::StoredFile;
use super::{Db, Result, Tx, rows};
use crate::model::attachment::Attachment;
use crate::model::{AttachmentId, MessageId};

/// One file.
pub async fn find(db: &Db, id: AttachmentId) -> Result<Option<Attachment>> {
    db.query("select * from attachments where id = $1").bind(id).optional().await
}

/// The files of some messages, in order.
pub async fn list(db: &Db, messages: &[MessageId]) -> Result<Vec<Attachment>> {
    const LIST: Sql = Sql {
        sqlite: "select * from attachments where message_id in (select unhex(value, '-') from json_each($1))
            order by message_id, position",
        postgres: "select * from attachments
            where message_id in (select value::uuid from json_array_elements_text($1::json))
            order by message_id, position",
    };
    db.query(LIST).bind(rows::json(messages)?).all().await
}

/// Keeps where the bytes of a fetched file are; `false` when it was fetched already.
pub async fn keep_fetched(tx: &mut Tx, id: AttachmentId, file: &StoredFile) -> Result<bool> {
    let touched = tx
        .query(
            "update attachments set storage_key = $1, size = $2, content_type = $3, reference = null, trouble = ''
             where id = $4 and reference is not null",
        )
        .bind(&file.storage_key)
        .bind(file.size)
        .bind(rows::text(&file.content_type))
        .bind(id)
        .execute()
        .await?;
    Ok(touched > 0)
}

/// Whether a message, or what somebody writes, names these bytes.
pub async fn is_named(db: &Db, storage_key: &str) -> Result<bool> {
    db.query(
        "select exists (select 1 from attachments where storage_key = $1
             union all select 1 from composer_files where storage_key = $1 and released_at is null)",
    )
    .bind(storage_key)
    .scalar()
    .await
}

/// All bytes that messages, or what somebody writes, name.
pub async fn list_named(db: &Db) -> Result<Vec<String>> {
    #[derive(sqlx::FromRow)]
    struct Key {
        storage_key: String,
    }
    let found: Vec<Key> = db
        .query(
            "select storage_key from attachments where storage_key <> ''
             union select storage_key from composer_files where released_at is null",
        )
        .all()
        .await?;
    Ok(found.into_iter().map(|row| row.storage_key).collect())
}

/// Says why a file could not be fetched; `""` when it is tried once more.
pub async fn set_trouble(tx: &mut Tx, id: AttachmentId, trouble: &str) -> Result<()> {
    tx.query("update attachments set trouble = $1 where id = $2 and reference is not null")
        .bind(rows::text(trouble))
        .bind(id)
        .execute()
        .await?;
    Ok(())
}

/// The files of one message, in order, within a transaction.
pub async fn list_of(tx: &mut Tx, message: MessageId) -> Result<Vec<Attachment>> {
    tx.query("select * from attachments where message_id = $1 order by position").bind(message).all().await
}
