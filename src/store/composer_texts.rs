//! Half-written replies: they survive a reload, a crash and another device.

use super::{Db, Result, Tx, rows};
use crate::model::{ConversationId, TeammateId, Ts};

/// What somebody was writing.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct ComposerText {
    /// The text.
    pub body: String,
    /// Whether it is a note.
    pub is_note: bool,
}

/// What a person was writing in a conversation.
pub async fn find(db: &Db, conversation: ConversationId, teammate: TeammateId) -> Result<Option<ComposerText>> {
    db.query("select body, is_note from composer_texts where conversation_id = $1 and teammate_id = $2")
        .bind(conversation)
        .bind(teammate)
        .optional()
        .await
}

/// Puts a text into an empty composer. `false` when the person is writing something already, which stays.
pub async fn offer(
    tx: &mut Tx,
    conversation: ConversationId,
    teammate: TeammateId,
    body: &str,
    now: Ts,
) -> Result<bool> {
    let touched = tx
        .query(
            "insert into composer_texts (conversation_id, teammate_id, body, is_note, updated_at)
             values ($1, $2, $3, $4, $5) on conflict (conversation_id, teammate_id) do nothing",
        )
        .bind(conversation)
        .bind(teammate)
        .bind(rows::text(body))
        .bind(false)
        .bind(now)
        .execute()
        .await?;
    Ok(touched > 0)
}

/// Keeps what a person is writing; an empty text is forgotten.
pub async fn save(
    tx: &mut Tx,
    conversation: ConversationId,
    teammate: TeammateId,
    text: &ComposerText,
    now: Ts,
) -> Result<()> {
    if text.body.trim().is_empty() {
        tx.query("delete from composer_texts where conversation_id = $1 and teammate_id = $2")
            .bind(conversation)
            .bind(teammate)
            .execute()
            .await?;
        return Ok(());
    }
    tx.query(
        "insert into composer_texts (conversation_id, teammate_id, body, is_note, updated_at) values ($1, $2, $3, $4, $5)
         on conflict (conversation_id, teammate_id)
         do update set body = excluded.body, is_note = excluded.is_note, updated_at = excluded.updated_at",
    )
    .bind(conversation)
    .bind(teammate)
    .bind(rows::text(&text.body))
    .bind(text.is_note)
    .bind(now)
    .execute()
    .await?;
    Ok(())
}
