//! How a conversation stands, apart from what was said in it: kept beside a change so that it can be brought back.

use serde::{Deserialize, Serialize};

use super::answer_times::Clocks;
use super::conversation::{AgentState, Conversation, ConversationStatus};
use super::macros::Ticked;
use super::{ConversationId, DraftId, MessageId, TeammateId, Ts};

/// How a conversation stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The conversation.
    pub conversation: ConversationId,
    /// How often what it rests on had changed.
    #[serde(default)]
    pub revision: i64,
    /// Who has the next move.
    pub status: ConversationStatus,
    /// Whose work it is.
    pub assignee: Option<TeammateId>,
    /// Until when it sleeps.
    pub snoozed_until: Option<Ts>,
    /// When it was resolved.
    pub resolved_at: Option<Ts>,
    /// When an answer is due.
    pub due_at: Option<Ts>,
    /// The clocks beside that one.
    #[serde(default)]
    pub clocks: Clocks,
    /// Whether nobody has looked at the last message.
    pub unread: bool,
    /// Whether the agent keeps out.
    pub taken_over: bool,
    /// What the agent is doing.
    pub agent_state: AgentState,
    /// Whether a draft waits for a person.
    pub needs_approval: bool,
    /// What the draft would do.
    pub proposal: Option<String>,
    /// How that is shown.
    pub proposal_tone: String,
    /// The draft that counts.
    pub draft: Option<DraftId>,
}

/// What a person's own reply keeps in its event, and where it ends the case in the event of the end: where it does not
/// leave, the case stands as before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// The reply.
    pub message: MessageId,
    /// The macro that its text began with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Ticked>,
    /// How the case stood before it.
    pub before: Standing,
}

impl Standing {
    /// How a conversation stands now, with the draft that counts in it.
    pub fn of(conversation: &Conversation, draft: Option<DraftId>) -> Self {
        Self {
            conversation: conversation.id,
            revision: conversation.revision,
            status: conversation.status,
            assignee: conversation.assignee_id,
            snoozed_until: conversation.snoozed_until,
            resolved_at: conversation.resolved_at,
            due_at: conversation.due_at,
            clocks: conversation.clocks,
            unread: conversation.unread,
            taken_over: conversation.taken_over,
            agent_state: conversation.agent_state,
            needs_approval: conversation.needs_approval,
            proposal: conversation.proposal.clone(),
            proposal_tone: conversation.proposal_tone.clone(),
            draft,
        }
    }

    /// Brings a conversation back to it.
    pub fn bring_back(&self, conversation: &mut Conversation) {
        self.bring_back_status(conversation);
        self.bring_back_draft(conversation);
        conversation.assignee_id = self.assignee;
        conversation.due_at = self.due_at;
        conversation.clocks = self.clocks;
        conversation.unread = self.unread;
        conversation.taken_over = self.taken_over;
    }

    /// Brings back who has the next move.
    pub fn bring_back_status(&self, conversation: &mut Conversation) {
        conversation.status = self.status;
        conversation.snoozed_until = self.snoozed_until;
        conversation.resolved_at = self.resolved_at;
    }

    /// Brings back what the agent had before a person. A run that was under way then is over by now.
    pub fn bring_back_draft(&self, conversation: &mut Conversation) {
        conversation.agent_state =
            if self.agent_state == AgentState::Writing { AgentState::Idle } else { self.agent_state };
        conversation.needs_approval = self.needs_approval;
        conversation.proposal.clone_from(&self.proposal);
        conversation.proposal_tone.clone_from(&self.proposal_tone);
    }
}
