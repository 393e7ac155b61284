//! Private notes.

use super::{Db, Result, Tx};
use crate::model::note::Note;
use crate::model::{ConversationId, NoteId, TeammateId, Ts};

/// The notes of a conversation, oldest first.
pub async fn list(db: &Db, conversation: ConversationId) -> Result<Vec<Note>> {
    db.query(
        "select n.id, n.conversation_id, n.teammate_id, t.name as teammate_name, n.body, n.created_at
         from notes n join teammates t on t.id = n.teammate_id where n.conversation_id = $1 order by n.created_at, n.id",
    )
    .bind(conversation)
    .all()
    .await
}

/// The text of a note, if it is there.
pub async fn find_body(tx: &mut Tx, id: NoteId) -> Result<Option<String>> {
    #[derive(sqlx::FromRow)]
    struct Body {
        body: String,
    }
    let row: Option<Body> = tx.query("select body from notes where id = $1").bind(id).optional().await?;
    Ok(row.map(|row| row.body))
}

/// A new note.
pub async fn insert(
    tx: &mut Tx,
    id: NoteId,
    conversation: ConversationId,
    teammate: TeammateId,
    body: &str,
    now: Ts,
) -> Result<()> {
    tx.query("insert into notes (id, conversation_id, teammate_id, body, created_at) values ($1, $2, $3, $4, $5)")
        .bind(id)
        .bind(conversation)
        .bind(teammate)
        .bind(body)
        .bind(now)
        .execute()
        .await?;
    Ok(())
}
