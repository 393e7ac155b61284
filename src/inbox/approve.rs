//! A person decides about a draft: accept, edit, reject, take over, or have it written again.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::limits::{check, policy_of};
use super::outgoing::{Reply, put_on_its_way};
use super::place::agent_job;
use super::taken_back::{take_back, withdraw};
use super::{Inbox, InboxError};
use crate::model::approval::{Approval, ApprovalState};
use crate::model::audit::{Act, Actor, AuditAction, AuditSubject};
use crate::model::conversation::{AgentState, Conversation, ConversationStatus};
use crate::model::draft::{Draft, DraftState};
use crate::model::event::EventKind;
use crate::model::job::JobKind;
use crate::model::teammate::Teammate;
use crate::model::{ApprovalId, ConversationId, MessageId};
use crate::policy::Policy;
use crate::store::approvals::Decided;
use crate::store::{Tx, approvals, audit, conversations, drafts, intake, jobs};

/// Who decides, and how long the card was before them, if the page said so.
#[derive(Clone, Copy, Debug)]
pub struct Decider<'a> {
    /// The person.
    pub teammate: &'a Teammate,
    /// Time on the card.
    pub took: Option<Duration>,
    /// Whether a program decides with the person's token.
    pub program: bool,
}

const MOVED_ON: &str =
    "The conversation has moved on since this draft was written. Nothing was sent. Look at what is new first.";

struct Case {
    approval: Approval,
    draft: Draft,
    conversation: Conversation,
    policy: Option<Arc<Policy>>,
}

/// Sends the draft as it is, or `edited`. `keep` names left-out sentences that the person keeps, by their place.
pub async fn accept(
    inbox: &Inbox,
    id: ApprovalId,
    decider: Decider<'_>,
    edited: Option<&str>,
    keep: &[usize],
) -> Result<MessageId, InboxError> {
    let (mut tx, mut case) = open(inbox, id).await?;
    if case.conversation.revision != case.draft.revision {
        return Err(InboxError::Conflict(MOVED_ON.to_owned()));
    }
    let mut document = case.draft.document.0.clone();
    if let Some(problem) = document.blocked() {
        return Err(InboxError::Conflict(format!("It cannot be sent as it is: {problem}")));
    }
    let person = (decider.teammate, case.approval.needs_role);
    let now = inbox.clock.now();
    check(&mut tx, now, &case.conversation, case.policy.as_deref(), &document.actions, person).await?;
    for place in keep {
        if let Some(sentence) = document.sentences.get_mut(*place) {
            sentence.left_out = None;
        }
    }
    let own_text = document.text();
    let text = edited.map_or(own_text.as_str(), str::trim);
    let is_edit = text != case.draft.document.0.text();
    let reply = Reply {
        id: inbox.clock.new_id(),
        text,
        teammate: Some(decider.teammate),
        draft: Some(&case.draft),
        actions: &case.draft.document.0.actions,
        files: &[],
    };
    let state = if is_edit { ApprovalState::Edited } else { ApprovalState::Accepted };
    decide(inbox, &mut tx, &case, decider, state, "", is_edit.then_some(text)).await?;
    let message = put_on_its_way(inbox, &mut tx, &mut case.conversation, &reply).await?;
    drafts::set_state(&mut tx, case.draft.id, DraftState::Used).await?;
    tx.commit().await?;
    inbox.wake.event();
    Ok(message)
}

/// Sends nothing. The reason is kept; the conversation stays open for a person.
pub async fn reject(inbox: &Inbox, id: ApprovalId, decider: Decider<'_>, reason: &str) -> Result<(), InboxError> {
    let (mut tx, mut case) = open(inbox, id).await?;
    decide(inbox, &mut tx, &case, decider, ApprovalState::Rejected, reason.trim(), None).await?;
    drafts::set_state(&mut tx, case.draft.id, DraftState::Rejected).await?;
    put_down(&mut case.conversation);
    conversations::update(&mut tx, &case.conversation).await?;
    tx.commit().await?;
    inbox.wake.event();
    Ok(())
}

/// The person answers themselves: the agent keeps out until the conversation is resolved.
pub async fn take_over(inbox: &Inbox, id: ConversationId, by: &Teammate) -> Result<(), InboxError> {
    let mut tx = inbox.db.begin().await?;
    let mut conversation = conversations::lock(&mut tx, id).await?;
    drafts::supersede(&mut tx, conversation.id).await?;
    withdraw(&inbox.clock, &mut tx, &conversation, &by.name).await?;
    put_down(&mut conversation);
    conversation.taken_over = true;
    conversation.assignee_id = Some(by.id);
    conversation.revision += 1;
    conversations::update(&mut tx, &conversation).await?;
    inbox.note(&mut tx, &conversation, EventKind::TakenOver, &by.name).await?;
    let act = Act {
        actor: Actor::Teammate(by),
        action: AuditAction::TakenOver,
        subject: (AuditSubject::Conversation, conversation.number.to_string()),
        brand: Some(conversation.brand_id),
        details: json!({}),
    };
    audit::append(&mut tx, &act, inbox.clock.now()).await?;
    tx.commit().await?;
    inbox.wake.event();
    Ok(())
}

/// The agent writes again, following an instruction. The old draft stays until the new one is there.
pub async fn write_again(
    inbox: &Inbox,
    id: ConversationId,
    by: &Teammate,
    instruction: &str,
) -> Result<(), InboxError> {
    let mut tx = inbox.db.begin().await?;
    let conversation = conversations::lock(&mut tx, id).await?;
    call_agent(inbox, tx, conversation, by, instruction).await
}

/// The agent writes anew in place of a message that was held: that one is taken back.
pub async fn write_instead(inbox: &Inbox, id: MessageId, by: &Teammate) -> Result<(), InboxError> {
    let mut tx = inbox.db.begin().await?;
    let conversation = take_back(inbox, &mut tx, id, by).await?.conversation;
    call_agent(inbox, tx, conversation, by, "").await
}

async fn call_agent(
    inbox: &Inbox,
    mut tx: Tx,
    mut conversation: Conversation,
    by: &Teammate,
    instruction: &str,
) -> Result<(), InboxError> {
    if conversation.status == ConversationStatus::Resolved {
        return Err(InboxError::Conflict("The conversation is resolved. Reopen it first.".to_owned()));
    }
    conversation.taken_over = false;
    conversation.agent_state = AgentState::Writing;
    conversations::update(&mut tx, &conversation).await?;
    let job = agent_job(&inbox.clock, conversation.id, inbox.clock.now(), instruction.trim());
    jobs::enqueue(&mut tx, &[job]).await?;
    inbox.note(&mut tx, &conversation, EventKind::RunStarted, &by.name).await?;
    tx.commit().await?;
    inbox.wake.job(JobKind::AgentRun);
    inbox.wake.event();
    Ok(())
}

fn put_down(conversation: &mut Conversation) {
    conversation.needs_approval = false;
    conversation.proposal = None;
    conversation.proposal_tone = String::new();
    conversation.agent_state = AgentState::Idle;
}

async fn open(inbox: &Inbox, id: ApprovalId) -> Result<(Tx, Case), InboxError> {
    let approval = approvals::find(&inbox.db, id).await?.ok_or(InboxError::NotFound)?;
    let draft = drafts::find(&inbox.db, approval.draft_id).await?.ok_or(InboxError::NotFound)?;
    let row = conversations::find(&inbox.db, approval.conversation_id).await?.ok_or(InboxError::NotFound)?;
    let policy = policy_of(inbox, row.brand_id).await?;
    let mut tx = inbox.db.begin().await?;
    let conversation = conversations::lock(&mut tx, approval.conversation_id).await?;
    // Behind the lock: whoever decided at the same moment was first.
    if let Some(words) = decided_already(approvals::state(&mut tx, id).await?) {
        return Err(InboxError::Conflict(words.to_owned()));
    }
    Ok((tx, Case { approval, draft, conversation, policy }))
}

/// Why a draft cannot be decided about, when it does not wait any more.
fn decided_already(state: ApprovalState) -> Option<&'static str> {
    match state {
        ApprovalState::Pending => None,
        ApprovalState::Accepted | ApprovalState::Edited => {
            Some("This draft was approved already: its reply is on its way, once.")
        }
        ApprovalState::Rejected => Some("This draft was rejected already. Nothing was sent."),
        ApprovalState::Expired => Some(MOVED_ON),
    }
}

async fn decide(
    inbox: &Inbox,
    tx: &mut Tx,
    case: &Case,
    decider: Decider<'_>,
    state: ApprovalState,
    reason: &str,
    final_text: Option<&str>,
) -> Result<(), InboxError> {
    let decision = Decided {
        state,
        by: decider.teammate.id,
        at: inbox.clock.now(),
        took_us: decider.took.and_then(|took| i64::try_from(took.as_micros()).ok()),
        reason,
        final_text,
    };
    if !approvals::decide(tx, case.approval.id, &decision).await? {
        return Err(InboxError::Conflict(
            "Somebody decided about this draft already, or a newer one replaced it. Nothing was sent twice.".to_owned(),
        ));
    }
    let data = json!({ "state": state.as_str(), "reason": reason });
    let event = inbox.event(&case.conversation, EventKind::ApprovalDecided, &decider.teammate.name, data);
    intake::insert_events(tx, &[event]).await?;
    let act = Act {
        actor: if decider.program { Actor::Token(decider.teammate) } else { Actor::Teammate(decider.teammate) },
        action: match state {
            ApprovalState::Accepted => AuditAction::ApprovalAccepted,
            ApprovalState::Edited => AuditAction::ApprovalEdited,
            _ => AuditAction::ApprovalRejected,
        },
        subject: (AuditSubject::Conversation, case.conversation.number.to_string()),
        brand: Some(case.conversation.brand_id),
        details: json!({ "approval": case.approval.id, "draft": case.draft.id }),
    };
    Ok(audit::append(tx, &act, inbox.clock.now()).await?)
}
