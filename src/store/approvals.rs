//! Drafts before a person.

use uuid::Uuid;

use super::{Db, Result, Tx, rows};
use crate::model::Json;
use crate::model::approval::{Approval, ApprovalState};
use crate::model::draft::DraftDocument;
use crate::model::{ApprovalId, BrandId, ConversationId, DraftId, TeammateId, Ts};

/// Puts a draft before a person.
pub async fn insert(tx: &mut Tx, approval: &Approval, brand: BrandId) -> Result<()> {
    tx.query(
        "insert into approvals (id, conversation_id, draft_id, brand_id, state, reasons, likeness, needs_role,
             created_at, final_text)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(approval.id)
    .bind(approval.conversation_id)
    .bind(approval.draft_id)
    .bind(brand)
    .bind(approval.state)
    .bind(rows::document(&approval.reasons.0)?)
    .bind(rows::text(&approval.likeness))
    .bind(approval.needs_role)
    .bind(approval.created_at)
    .bind(approval.final_text.as_deref().map(rows::text))
    .execute()
    .await?;
    Ok(())
}

/// One approval.
pub async fn find(db: &Db, id: ApprovalId) -> Result<Option<Approval>> {
    db.query("select * from approvals where id = $1").bind(id).optional().await
}

/// What became of one so far.
pub async fn state(tx: &mut Tx, id: ApprovalId) -> Result<ApprovalState> {
    tx.query("select state from approvals where id = $1").bind(id).scalar().await
}

/// The waiting approval of a conversation.
pub async fn pending_of(db: &Db, conversation: ConversationId) -> Result<Option<Approval>> {
    db.query("select * from approvals where conversation_id = $1 and state = 'pending'")
        .bind(conversation)
        .optional()
        .await
}

/// Whether a draft of the conversation waits for a person.
pub async fn is_pending(tx: &mut Tx, conversation: ConversationId) -> Result<bool> {
    tx.query("select exists (select 1 from approvals where conversation_id = $1 and state = 'pending')")
        .bind(conversation)
        .scalar()
        .await
}

/// The decision about a draft is taken back: it waits again. Gives the approval, if a person had decided.
pub async fn reopen(tx: &mut Tx, draft: DraftId) -> Result<Option<Approval>> {
    tx.query(
        "update approvals set state = 'pending', decided_by = null, decided_at = null, decision_us = null
         where draft_id = $1 and state in ('accepted', 'edited') returning *",
    )
    .bind(draft)
    .optional()
    .await
}

/// What waits, oldest first, at most `most`.
pub async fn list_pending(db: &Db, most: i64) -> Result<Vec<Approval>> {
    db.query("select * from approvals where state = 'pending' order by created_at, id limit $1").bind(most).all().await
}

/// Where a page of what waits ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// Since when the last one waits.
    pub at: Ts,
    /// Which that is.
    pub id: ApprovalId,
}

/// What waits, with what its draft says.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Waiting {
    /// What waits.
    #[sqlx(flatten)]
    pub approval: Approval,
    /// The number of its conversation.
    pub number: i64,
    /// The intent's word.
    pub intent: String,
    /// 0 to 1.
    pub confidence: f64,
    /// Everything that a person sees.
    pub document: Json<DraftDocument>,
}

/// What waits behind `after`, oldest first, at most `most`.
pub async fn list_waiting(db: &Db, after: Option<Cursor>, most: i64) -> Result<Vec<Waiting>> {
    let Cursor { at, id } = after.unwrap_or(Cursor { at: Ts(0), id: ApprovalId(Uuid::nil()) });
    db.query(
        "select a.*, c.number, d.intent, d.confidence, d.document
         from approvals a join conversations c on c.id = a.conversation_id join drafts d on d.id = a.draft_id
         where a.state = 'pending' and (a.created_at, a.id) > ($1, $2) order by a.created_at, a.id limit $3",
    )
    .bind(at)
    .bind(id)
    .bind(most)
    .all()
    .await
}

/// A decision.
#[derive(Clone, Debug)]
pub struct Decided<'a> {
    /// What became of it.
    pub state: ApprovalState,
    /// Who decided.
    pub by: TeammateId,
    /// When.
    pub at: Ts,
    /// How long the card was before the person, in microseconds, if the page said so.
    pub took_us: Option<i64>,
    /// Why it was rejected.
    pub reason: &'a str,
    /// The text that left, when it was edited.
    pub final_text: Option<&'a str>,
}

/// Notes a decision. `false` when somebody else decided before.
pub async fn decide(tx: &mut Tx, id: ApprovalId, decided: &Decided<'_>) -> Result<bool> {
    let touched = tx
        .query(
            "update approvals set state = $1, decided_by = $2, decided_at = $3, decision_us = $4, decision_reason = $5,
                 final_text = $6
             where id = $7 and state = 'pending'",
        )
        .bind(decided.state)
        .bind(decided.by)
        .bind(decided.at)
        .bind(decided.took_us)
        .bind(rows::text(decided.reason))
        .bind(decided.final_text.map(rows::text))
        .bind(id)
        .execute()
        .await?;
    Ok(touched > 0)
}

/// How a person's decisions went since a moment: how many, and the mean time in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Pace {
    /// Decisions.
    pub decisions: i64,
    /// Mean time of a decision in microseconds.
    pub mean_us: Option<i64>,
}

/// How a person's decisions went since a moment.
pub async fn pace(db: &Db, teammate: TeammateId, since: Ts) -> Result<Pace> {
    const PACE: super::db::Sql = super::db::Sql {
        sqlite: "select count(*) as decisions, cast(avg(decision_us) as integer) as mean_us from approvals
            where state in ('accepted', 'edited', 'rejected') and decided_at > $2 and decided_by = $1",
        postgres: "select count(*) as decisions, cast(avg(decision_us) as bigint) as mean_us from approvals
            where state in ('accepted', 'edited', 'rejected') and decided_at > $2 and decided_by = $1",
    };
    db.query(PACE).bind(teammate).bind(since).one().await
}
