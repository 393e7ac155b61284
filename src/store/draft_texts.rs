//! What a person makes of a draft before it is sent: their own version, half written. It goes with the draft, and has a
//! revision as a half-written reply has.

use super::db::Sql;
use super::{Db, Result, Tx, rows};
use crate::model::writing::{Basis, Kept, KeptText};
use crate::model::{ConversationId, DraftId, TeammateId, Ts};

/// What a person made of a draft.
pub async fn find(db: &Db, draft: DraftId, teammate: TeammateId) -> Result<Option<KeptText>> {
    db.query("select body, updated_at from draft_texts where draft_id = $1 and teammate_id = $2")
        .bind(draft)
        .bind(teammate)
        .optional()
        .await
}

/// Keeps what a person makes of a draft, if the page goes on from what is there; the same text once more is kept already.
/// `None` where the draft does not wait any more.
pub async fn keep(
    tx: &mut Tx,
    draft: DraftId,
    teammate: TeammateId,
    body: &str,
    basis: Basis,
    now: Ts,
) -> Result<Option<Kept>> {
    if !is_waiting(tx, draft).await? {
        return Ok(None);
    }
    let there: Option<KeptText> = tx
        .query("select body, updated_at from draft_texts where draft_id = $1 and teammate_id = $2")
        .bind(draft)
        .bind(teammate)
        .optional()
        .await?;
    let revision = there.as_ref().map(|there| there.updated_at);
    let is_empty = body.trim().is_empty();
    if there.as_ref().map_or(is_empty, |there| there.body == body) {
        return Ok(Some(Kept::Stored(revision)));
    }
    if !basis.is_still(revision) {
        return Ok(Some(Kept::Changed(there)));
    }
    if is_empty {
        forget(tx, draft, teammate).await?;
        return Ok(Some(Kept::Stored(None)));
    }
    Ok(Some(Kept::Stored(Some(save(tx, draft, teammate, body, now).await?))))
}

/// Whether a draft waits; until this transaction ends, nobody decides about it, and no other device writes.
async fn is_waiting(tx: &mut Tx, draft: DraftId) -> Result<bool> {
    const WAITING: Sql = Sql {
        sqlite: "select count(*) from drafts where id = $1 and state = 'current'",
        postgres: "select count(*) from
            (select 1 from drafts where id = $1 and state = 'current' for no key update) waiting",
    };
    let waiting: i64 = tx.query(WAITING).bind(draft).scalar().await?;
    Ok(waiting > 0)
}

async fn save(tx: &mut Tx, draft: DraftId, teammate: TeammateId, body: &str, now: Ts) -> Result<Ts> {
    const SAVE: Sql = Sql {
        sqlite: "insert into draft_texts (draft_id, teammate_id, body, updated_at) values ($1, $2, $3, $4)
            on conflict (draft_id, teammate_id) do update set body = excluded.body,
                updated_at = max(excluded.updated_at, draft_texts.updated_at + 1)
            returning updated_at",
        postgres: "insert into draft_texts (draft_id, teammate_id, body, updated_at) values ($1, $2, $3, $4)
            on conflict (draft_id, teammate_id) do update set body = excluded.body,
                updated_at = greatest(excluded.updated_at, draft_texts.updated_at + interval '1 microsecond')
            returning updated_at",
    };
    tx.query(SAVE).bind(draft).bind(teammate).bind(rows::text(body)).bind(now).scalar().await
}

/// A person leaves a draft as it was.
pub async fn forget(tx: &mut Tx, draft: DraftId, teammate: TeammateId) -> Result<()> {
    tx.query("delete from draft_texts where draft_id = $1 and teammate_id = $2")
        .bind(draft)
        .bind(teammate)
        .execute()
        .await?;
    Ok(())
}

/// Forgets what anybody made of the drafts of these conversations that do not wait any more.
pub async fn forget_decided(tx: &mut Tx, conversations: &[ConversationId]) -> Result<()> {
    const FORGET: Sql = Sql {
        sqlite: "delete from draft_texts where draft_id in (select id from drafts
            where conversation_id in (select unhex(value, '-') from json_each($1)) and state <> 'current')",
        postgres: "delete from draft_texts where draft_id in (select id from drafts
            where conversation_id = any (array(select value::uuid from json_array_elements_text($1::json)))
                and state <> 'current')",
    };
    tx.query(FORGET).bind(rows::json(conversations)?).execute().await?;
    Ok(())
}
