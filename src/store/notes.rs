//! Private notes.

use super::{Db, Result, Tx};
use crate::model::note::Note;
use crate::model::{ContactId, ConversationId, NoteId, TeammateId, Ts};

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

/// The newest notes of a conversation, oldest first.
pub async fn list_newest(db: &Db, conversation: ConversationId, most: i64) -> Result<Vec<Note>> {
    let mut notes: Vec<Note> = db
        .query(
            "select n.id, n.conversation_id, n.teammate_id, t.name as teammate_name, n.body, n.created_at
             from notes n join teammates t on t.id = n.teammate_id
             where n.conversation_id = $1 order by n.created_at desc, n.id desc limit $2",
        )
        .bind(conversation)
        .bind(most)
        .all()
        .await?;
    notes.reverse();
    Ok(notes)
}

/// The notes that were written in a conversation from a moment on and before another, oldest first.
pub async fn list_within(db: &Db, conversation: ConversationId, (from, until): (Ts, Ts)) -> Result<Vec<Note>> {
    db.query(
        "select n.id, n.conversation_id, n.teammate_id, t.name as teammate_name, n.body, n.created_at
         from notes n join teammates t on t.id = n.teammate_id
         where n.conversation_id = $1 and n.created_at >= $2 and n.created_at < $3 order by n.created_at, n.id",
    )
    .bind(conversation)
    .bind(from)
    .bind(until)
    .all()
    .await
}

/// The newest notes in a customer's latest conversations, each with the number of its conversation.
pub async fn list_of_contact(db: &Db, contact: ContactId, most: i64) -> Result<Vec<(Note, i64)>> {
    #[derive(sqlx::FromRow)]
    struct Numbered {
        #[sqlx(flatten)]
        note: Note,
        number: i64,
    }
    let notes: Vec<Numbered> = db
        .query(
            "select n.id, n.conversation_id, n.teammate_id, t.name as teammate_name, n.body, n.created_at, c.number
             from (select id, number from conversations where contact_id = $1 order by last_message_at desc limit 100) c
             join notes n on n.conversation_id = c.id join teammates t on t.id = n.teammate_id
             order by n.created_at desc, n.id desc limit $2",
        )
        .bind(contact)
        .bind(most)
        .all()
        .await?;
    Ok(notes.into_iter().map(|row| (row.note, row.number)).collect())
}

/// The notes that were written in a conversation since a moment.
pub async fn list_since(tx: &mut Tx, conversation: ConversationId, since: Ts) -> Result<Vec<NoteId>> {
    #[derive(sqlx::FromRow)]
    struct Id {
        id: NoteId,
    }
    let ids: Vec<Id> = tx
        .query("select id from notes where conversation_id = $1 and created_at >= $2")
        .bind(conversation)
        .bind(since)
        .all()
        .await?;
    Ok(ids.into_iter().map(|row| row.id).collect())
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
