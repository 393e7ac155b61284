//! A draft before a person.

use super::teammate::Role;
use super::text_enum::text_enum;
use super::{ApprovalId, ConversationId, DraftId, TeammateId, Ts};

text_enum! {
    /// What became of it.
    ApprovalState {
        /// Waits.
        Pending = "pending",
        /// Sent as it was.
        Accepted = "accepted",
        /// Sent after changes.
        Edited = "edited",
        /// Not sent.
        Rejected = "rejected",
        /// Events overtook it.
        Expired = "expired",
    }
}

/// A draft before a person.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Approval {
    /// Id.
    pub id: ApprovalId,
    /// Where it belongs.
    pub conversation_id: ConversationId,
    /// Which draft.
    pub draft_id: DraftId,
    /// What became of it.
    pub state: ApprovalState,
    /// Why a person is asked, in words.
    pub reasons: sqlx::types::Json<Vec<String>>,
    /// Cases with the same likeness can be decided together.
    pub likeness: String,
    /// Who may say yes: the role that the policy asks for.
    pub needs_role: Role,
    /// Since when it waits.
    pub created_at: Ts,
    /// Who decided.
    pub decided_by: Option<TeammateId>,
    /// When.
    pub decided_at: Option<Ts>,
    /// The text that left instead of the draft's; still there when that reply was taken back.
    pub final_text: Option<String>,
}
