//! What the agent proposed.

use super::messages::is_for_customer;
use super::{Db, Result, Tx, draft_texts, rows};
use crate::model::draft::{Draft, DraftDocument, DraftState};
use crate::model::{BrandId, ConversationId, DraftId};

/// Keeps a draft.
pub async fn insert(tx: &mut Tx, draft: &Draft) -> Result<()> {
    tx.query(
        "insert into drafts (id, conversation_id, run_id, revision, state, intent, language, confidence, document,
             created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(draft.id)
    .bind(draft.conversation_id)
    .bind(draft.run_id)
    .bind(draft.revision)
    .bind(draft.state)
    .bind(rows::text(&draft.intent))
    .bind(rows::text(&draft.language))
    .bind(draft.confidence)
    .bind(rows::document(&draft.document.0)?)
    .bind(draft.created_at)
    .execute()
    .await?;
    Ok(())
}

/// One draft.
pub async fn find(db: &Db, id: DraftId) -> Result<Option<Draft>> {
    db.query("select * from drafts where id = $1").bind(id).optional().await
}

/// The waiting drafts of a brand with this likeness, oldest first, at most `most`.
pub async fn list_waiting_alike(db: &Db, brand: BrandId, likeness: &str, most: i64) -> Result<Vec<Draft>> {
    db.query(
        "select d.* from approvals a join drafts d on d.id = a.draft_id
         where a.state = 'pending' and a.likeness = $1 and a.brand_id = $2 order by a.created_at, a.id limit $3",
    )
    .bind(likeness)
    .bind(brand)
    .bind(most)
    .all()
    .await
}

/// One draft, as this transaction sees it.
pub async fn find_in(tx: &mut Tx, id: DraftId) -> Result<Draft> {
    tx.query("select * from drafts where id = $1").bind(id).one().await
}

/// A used draft counts again, for the revision that its conversation has now. `false` when it was not used.
pub async fn restore(tx: &mut Tx, id: DraftId, revision: i64) -> Result<bool> {
    let touched = tx
        .query("update drafts set state = 'current', revision = $1 where id = $2 and state = 'used'")
        .bind(revision)
        .bind(id)
        .execute()
        .await?;
    Ok(touched > 0)
}

const CURRENT: &str = "select * from drafts where conversation_id = $1 and state = 'current'
    order by created_at desc, id desc limit 1";

/// The draft of a conversation that counts.
pub async fn current(db: &Db, conversation: ConversationId) -> Result<Option<Draft>> {
    db.query(CURRENT).bind(conversation).optional().await
}

/// The same, as this transaction sees it.
pub async fn current_in(tx: &mut Tx, conversation: ConversationId) -> Result<Option<Draft>> {
    tx.query(CURRENT).bind(conversation).optional().await
}

/// The drafts of a conversation that were written since it was answered last, whatever became of them, and the last one in any
/// case, as this transaction sees it; newest first, at most 50.
pub async fn list_since_answer(tx: &mut Tx, conversation: ConversationId) -> Result<Vec<Draft>> {
    tx.query(concat!(
        "select d.* from drafts d
         where d.conversation_id = $1
             and (not exists (select 1 from messages m where m.conversation_id = d.conversation_id
                     and m.direction = 'outbound' and m.author <> 'system' and m.created_at > d.created_at and ",
        is_for_customer!("m"),
        "
                     and (m.delivery is null or m.delivery not in ('held', 'cancelled', 'failed')))
                 or d.id = (select n.id from drafts n where n.conversation_id = $1
                     order by n.created_at desc, n.id desc limit 1))
         order by d.created_at desc, d.id desc limit 50"
    ))
    .bind(conversation)
    .all()
    .await
}

/// Events overtook the drafts of a conversation, and the approvals with them, and what anybody made of them.
pub async fn supersede(tx: &mut Tx, conversation: ConversationId) -> Result<()> {
    let superseded = tx
        .query("update drafts set state = 'superseded' where conversation_id = $1 and state = 'current'")
        .bind(conversation)
        .execute()
        .await?;
    if superseded > 0 {
        draft_texts::forget_decided(tx, &[conversation]).await?;
    }
    tx.query("update approvals set state = 'expired' where conversation_id = $1 and state = 'pending'")
        .bind(conversation)
        .execute()
        .await?;
    Ok(())
}

/// Notes what became of a draft.
pub async fn set_state(tx: &mut Tx, id: DraftId, state: DraftState) -> Result<()> {
    tx.query("update drafts set state = $1 where id = $2").bind(state).bind(id).execute().await?;
    Ok(())
}

/// Keeps what a person was shown about the orders of a draft.
pub async fn set_document(tx: &mut Tx, id: DraftId, document: &DraftDocument) -> Result<()> {
    tx.query("update drafts set document = $1 where id = $2")
        .bind(rows::document(document)?)
        .bind(id)
        .execute()
        .await?;
    Ok(())
}
