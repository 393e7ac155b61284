//! One conversation that went into another, and the way back.

use serde::{Deserialize, Serialize};

use super::conversation::{AgentState, Conversation, ConversationStatus};
use super::standing::Standing;
use super::{
    ActionId, AgentRunId, ChannelId, ComposerFileId, ConversationId, DraftId, HandOffId, Json, MergeId, MessageId,
    NoteId, OrderSourceId, TeammateId, Ts,
};

/// Most addresses that may continue a conversation.
const PARTICIPANTS: usize = 50;

/// What moved from one conversation to another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// Messages; their keys and files follow them.
    pub messages: Vec<MessageId>,
    /// Notes.
    pub notes: Vec<NoteId>,
    /// Events, by their numbers.
    pub events: Vec<i64>,
    /// Runs of the agent.
    pub runs: Vec<AgentRunId>,
    /// Drafts.
    pub drafts: Vec<DraftId>,
    /// Hand-overs.
    pub hand_offs: Vec<HandOffId>,
    /// Actions.
    pub actions: Vec<ActionId>,
    /// Files of half-written replies.
    pub files: Vec<ComposerFileId>,
    /// Half-written replies that were copied: whose.
    pub texts: Vec<TeammateId>,
    /// Tags that the target did not have.
    pub tags: Vec<String>,
    /// People who did not follow the target.
    pub followers: Vec<TeammateId>,
    /// Orders that the target was not about.
    pub orders: Vec<(OrderSourceId, String)>,
}

/// A conversation before a merge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Before {
    /// How it stood.
    pub standing: Standing,
    /// One line: what they want.
    pub gist: String,
    /// The channel of the last message.
    pub channel: ChannelId,
    /// Its kind.
    pub channel_kind: String,
    /// What the agent understood.
    pub intent: Option<String>,
    /// Language.
    pub language: String,
    /// The order it is about.
    pub order_number: Option<String>,
    /// Addresses that may continue it.
    pub participants: Vec<String>,
    /// The last message.
    pub last_message_at: Ts,
    /// The last message in.
    pub last_inbound_at: Option<Ts>,
}

impl Before {
    /// A conversation as it is, with the draft that counts in it.
    pub fn of(talk: &Conversation, draft: Option<DraftId>) -> Self {
        Self {
            standing: Standing::of(talk, draft),
            gist: talk.gist.clone(),
            channel: talk.channel_id,
            channel_kind: talk.channel_kind.clone(),
            intent: talk.intent.clone(),
            language: talk.language.clone(),
            order_number: talk.order_number.clone(),
            participants: talk.participants.0.clone(),
            last_message_at: talk.last_message_at,
            last_inbound_at: talk.last_inbound_at,
        }
    }

    /// Brings a conversation back to it.
    pub fn bring_back(&self, talk: &mut Conversation) {
        self.standing.bring_back(talk);
        talk.gist.clone_from(&self.gist);
        talk.channel_id = self.channel;
        talk.channel_kind.clone_from(&self.channel_kind);
        talk.intent.clone_from(&self.intent);
        talk.language.clone_from(&self.language);
        talk.order_number.clone_from(&self.order_number);
        talk.participants = Json(self.participants.clone());
        talk.last_message_at = self.last_message_at;
        talk.last_inbound_at = self.last_inbound_at;
    }
}

/// A merge as it is kept.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Merge {
    /// Id.
    pub id: MergeId,
    /// What went.
    pub source_id: ConversationId,
    /// Where to.
    pub target_id: ConversationId,
    /// By whom.
    pub teammate_id: TeammateId,
    /// What moved.
    pub moved: Json<Moved>,
    /// The one that went, before.
    pub source_before: Json<Before>,
    /// The other, before.
    pub target_before: Json<Before>,
    /// The revision of the target behind the merge.
    pub target_revision: i64,
    /// When.
    pub created_at: Ts,
    /// When it was taken back.
    pub undone_at: Option<Ts>,
}

/// What `target` is once everything of `source` is in it: open if one of them is, due when the first of them is, and on
/// the way on which the customer wrote last.
pub fn join(target: &mut Conversation, source: &Conversation) {
    for address in &source.participants.0 {
        if !target.participants.0.contains(address) && target.participants.0.len() < PARTICIPANTS {
            target.participants.0.push(address.clone());
        }
    }
    if rank(source.status) < rank(target.status) {
        target.status = source.status;
        target.snoozed_until = source.snoozed_until;
        target.resolved_at = source.resolved_at;
    }
    if source.last_inbound_at > target.last_inbound_at {
        target.last_inbound_at = source.last_inbound_at;
        target.gist.clone_from(&source.gist);
        target.channel_id = source.channel_id;
        target.channel_kind.clone_from(&source.channel_kind);
    }
    target.last_message_at = target.last_message_at.max(source.last_message_at);
    target.due_at = [target.due_at, source.due_at].into_iter().flatten().min();
    target.unread |= source.unread;
    target.taken_over |= source.taken_over;
    target.assignee_id = target.assignee_id.or(source.assignee_id);
    target.order_number = target.order_number.take().or_else(|| source.order_number.clone());
    target.intent = target.intent.take().or_else(|| source.intent.clone());
    if target.language.is_empty() {
        target.language.clone_from(&source.language);
    }
    target.needs_approval = false;
    target.proposal = None;
    target.proposal_tone = String::new();
    target.agent_state = AgentState::Idle;
    target.revision += 1;
}

/// Who is further from being done comes first.
fn rank(status: ConversationStatus) -> u8 {
    match status {
        ConversationStatus::Open => 0,
        ConversationStatus::Waiting => 1,
        ConversationStatus::Snoozed => 2,
        ConversationStatus::Resolved => 3,
    }
}
