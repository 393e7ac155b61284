//! Half-written replies: they survive a reload, a crash and another device. The moment of a text's last change is its
//! revision, and each change is later than the one before.

use super::db::Sql;
use super::{Db, Result, Tx, rows};
use crate::model::writing::{Basis, Kept};
use crate::model::{ConversationId, TeammateId, Ts};

/// What somebody was writing.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct ComposerText {
    /// The text.
    pub body: String,
    /// Whether it is a note.
    pub is_note: bool,
}

impl ComposerText {
    fn is_empty(&self) -> bool {
        self.body.trim().is_empty()
    }
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
    insert(tx, conversation, teammate, &ComposerText { body: body.to_owned(), is_note: false }, now).await
}

/// Keeps what a person is writing, if the page goes on from what is there; the same text once more is kept already.
pub async fn keep(
    tx: &mut Tx,
    conversation: ConversationId,
    teammate: TeammateId,
    text: &ComposerText,
    basis: Basis,
    now: Ts,
) -> Result<Kept<ComposerText>> {
    if basis == Basis::Any {
        return Ok(Kept::Stored(save(tx, conversation, teammate, text, now).await?));
    }
    let there = hold(tx, conversation, teammate).await?;
    let revision = there.as_ref().map(|(_, revision)| *revision);
    let is_there = there.as_ref().map_or(text.is_empty(), |(there, _)| there == text);
    if is_there {
        return Ok(Kept::Stored(revision));
    }
    if !basis.is_still(revision) {
        return Ok(Kept::Changed(there));
    }
    if there.is_some() {
        return Ok(Kept::Stored(save(tx, conversation, teammate, text, now).await?));
    }
    if insert(tx, conversation, teammate, text, now).await? {
        return Ok(Kept::Stored(Some(now)));
    }
    // Another device began at the same moment.
    Ok(Kept::Changed(hold(tx, conversation, teammate).await?))
}

/// Keeps what a person is writing, whatever is there; an empty text is forgotten. Gives its revision.
pub async fn save(
    tx: &mut Tx,
    conversation: ConversationId,
    teammate: TeammateId,
    text: &ComposerText,
    now: Ts,
) -> Result<Option<Ts>> {
    const SAVE: Sql = Sql {
        sqlite: "insert into composer_texts (conversation_id, teammate_id, body, is_note, updated_at)
            values ($1, $2, $3, $4, $5) on conflict (conversation_id, teammate_id)
            do update set body = excluded.body, is_note = excluded.is_note,
                updated_at = max(excluded.updated_at, composer_texts.updated_at + 1)
            returning updated_at",
        postgres: "insert into composer_texts (conversation_id, teammate_id, body, is_note, updated_at)
            values ($1, $2, $3, $4, $5) on conflict (conversation_id, teammate_id)
            do update set body = excluded.body, is_note = excluded.is_note,
                updated_at = greatest(excluded.updated_at, composer_texts.updated_at + interval '1 microsecond')
            returning updated_at",
    };
    if text.is_empty() {
        tx.query("delete from composer_texts where conversation_id = $1 and teammate_id = $2")
            .bind(conversation)
            .bind(teammate)
            .execute()
            .await?;
        return Ok(None);
    }
    let saved = tx.query(SAVE).bind(conversation).bind(teammate).bind(rows::text(&text.body));
    Ok(Some(saved.bind(text.is_note).bind(now).scalar().await?))
}

async fn insert(
    tx: &mut Tx,
    conversation: ConversationId,
    teammate: TeammateId,
    text: &ComposerText,
    now: Ts,
) -> Result<bool> {
    let touched = tx
        .query(
            "insert into composer_texts (conversation_id, teammate_id, body, is_note, updated_at)
             values ($1, $2, $3, $4, $5) on conflict (conversation_id, teammate_id) do nothing",
        )
        .bind(conversation)
        .bind(teammate)
        .bind(rows::text(&text.body))
        .bind(text.is_note)
        .bind(now)
        .execute()
        .await?;
    Ok(touched > 0)
}

/// What is there, and its revision; nobody else changes it in this transaction.
async fn hold(tx: &mut Tx, conversation: ConversationId, teammate: TeammateId) -> Result<Option<(ComposerText, Ts)>> {
    #[derive(sqlx::FromRow)]
    struct Held {
        #[sqlx(flatten)]
        text: ComposerText,
        updated_at: Ts,
    }
    const HOLD: Sql = Sql {
        sqlite: "select body, is_note, updated_at from composer_texts where conversation_id = $1 and teammate_id = $2",
        postgres: "select body, is_note, updated_at from composer_texts where conversation_id = $1 and teammate_id = $2
            for update",
    };
    let held: Option<Held> = tx.query(HOLD).bind(conversation).bind(teammate).optional().await?;
    Ok(held.map(|held| (held.text, held.updated_at)))
}
