//! A private note: only the team sees it.

use super::{ConversationId, NoteId, TeammateId, Ts};

/// A private note.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Note {
    /// Id.
    pub id: NoteId,
    /// Where it belongs.
    pub conversation_id: ConversationId,
    /// Who wrote it.
    pub teammate_id: TeammateId,
    /// Their name.
    pub teammate_name: String,
    /// The text.
    pub body: String,
    /// When.
    pub created_at: Ts,
}
