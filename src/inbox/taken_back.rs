//! A reply that has not left is taken back: by the person who thinks better of it, or because a person answers instead
//! of the machine.

use serde_json::json;

use super::{Inbox, InboxError, event_about};
use crate::clock::Clock;
use crate::model::approval::{Approval, ApprovalState};
use crate::model::conversation::{AgentState, Conversation, ConversationStatus};
use crate::model::draft::DraftState;
use crate::model::event::EventKind;
use crate::model::message::{Delivery, Message, MessageAuthor};
use crate::model::teammate::{Role, Teammate};
use crate::model::{ApprovalId, DraftId, Json, MessageId};
use crate::store::{self, Tx, actions, approvals, composer_texts, conversations, drafts, intake, messages};

/// What became of a reply that was taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TakenBack {
    /// Its draft is before a person again, with everything that it would do.
    Draft {
        /// The question about it.
        approval: ApprovalId,
        /// Whether the text was a person's.
        edited: bool,
    },
    /// Its text lies in the composer again.
    Composer,
    /// It stays where it was, marked as not sent: it was nobody's text, or the composer holds another one, or what it
    /// answered has moved on.
    Kept,
}

/// Takes a message back that has not left, with its actions, and brings back what it came from.
pub async fn cancel(inbox: &Inbox, id: MessageId, by: &Teammate) -> Result<TakenBack, InboxError> {
    let seen = messages::find(&inbox.db, id).await?.ok_or(InboxError::NotFound)?;
    let mut tx = inbox.db.begin().await?;
    let mut conversation = conversations::lock(&mut tx, seen.conversation_id).await?;
    let message = messages::lock(&mut tx, id).await?;
    let may_still = matches!(message.delivery, Some(Delivery::Queued | Delivery::Held));
    if !may_still || actions::any_begun(&mut tx, id).await? {
        return Err(InboxError::Conflict("It has left already, so it cannot be taken back.".to_owned()));
    }
    stop(&inbox.clock, &mut tx, &conversation, &message, &by.name, &format!("Taken back by {}.", by.name)).await?;
    if message.author != MessageAuthor::System {
        conversation.status = ConversationStatus::Open;
    }
    if conversation.due_at.is_none() {
        conversation.due_at = messages::kept_due(&mut tx, id).await?;
    }
    let before = conversation.revision;
    conversation.revision += 1;
    let taken = match message.draft_id {
        Some(draft) => put_before_a_person(inbox, &mut tx, &mut conversation, (draft, before), by).await?,
        None if message.author == MessageAuthor::Teammate => {
            let now = inbox.clock.now();
            let is_free = composer_texts::offer(&mut tx, conversation.id, by.id, &message.body, now).await?;
            if is_free { TakenBack::Composer } else { TakenBack::Kept }
        }
        None => TakenBack::Kept,
    };
    conversations::update(&mut tx, &conversation).await?;
    tx.commit().await?;
    inbox.wake.event();
    Ok(taken)
}

/// The draft of a reply that was taken back waits for a decision again, unless its conversation has moved on.
async fn put_before_a_person(
    inbox: &Inbox,
    tx: &mut Tx,
    conversation: &mut Conversation,
    (id, before): (DraftId, i64),
    by: &Teammate,
) -> Result<TakenBack, InboxError> {
    let draft = drafts::find_in(tx, id).await?;
    // The reply itself was the one step since the draft was written.
    let is_current = before == draft.revision + 1 && !approvals::is_pending(tx, conversation.id).await?;
    if !is_current || !drafts::restore(tx, id, conversation.revision).await? {
        drafts::set_state(tx, id, DraftState::Superseded).await?;
        return Ok(TakenBack::Kept);
    }
    let approval = match approvals::reopen(tx, id).await? {
        Some(approval) => approval,
        None => ask_about(inbox, tx, conversation, id, by).await?,
    };
    let document = &draft.document.0;
    conversation.needs_approval = true;
    conversation.agent_state = AgentState::Drafted;
    conversation.proposal = Some(document.proposal.clone());
    conversation.proposal_tone = String::from(if document.verified() { "proposed" } else { "bad" });
    let data = json!({ "draft": id.to_string(), "approval": approval.id.to_string() });
    let event = inbox.event(conversation, EventKind::DraftReady, &by.name, data);
    intake::insert_events(tx, &[event]).await?;
    Ok(TakenBack::Draft { approval: approval.id, edited: approval.final_text.is_some() })
}

/// The agent had sent it alone: now a person decides.
async fn ask_about(
    inbox: &Inbox,
    tx: &mut Tx,
    conversation: &Conversation,
    draft: DraftId,
    by: &Teammate,
) -> store::Result<Approval> {
    let approval = Approval {
        id: inbox.clock.new_id(),
        conversation_id: conversation.id,
        draft_id: draft,
        state: ApprovalState::Pending,
        reasons: Json(vec![format!("taken back by {}", by.name)]),
        likeness: String::new(),
        needs_role: Role::Teammate,
        created_at: inbox.clock.now(),
        decided_by: None,
        decided_at: None,
        final_text: None,
    };
    approvals::insert(tx, &approval, conversation.brand_id).await?;
    Ok(approval)
}

/// A person answers: what the machine has queued and not begun does not leave. The conversation is locked.
pub(super) async fn withdraw(clock: &Clock, tx: &mut Tx, conversation: &Conversation, by: &str) -> store::Result<()> {
    for message in messages::lock_queued_by_machine(tx, conversation.id).await? {
        if actions::any_begun(tx, message.id).await? {
            continue;
        }
        stop(clock, tx, conversation, &message, by, &format!("Not sent: {by} answers.")).await?;
        if let Some(draft) = message.draft_id {
            drafts::set_state(tx, draft, DraftState::Superseded).await?;
        }
    }
    Ok(())
}

async fn stop(
    clock: &Clock,
    tx: &mut Tx,
    conversation: &Conversation,
    message: &Message,
    by: &str,
    reason: &str,
) -> store::Result<()> {
    messages::set_delivery(tx, message.id, Delivery::Cancelled, reason).await?;
    actions::cancel_of_message(tx, message.id).await?;
    let data = json!({ "message": message.id.to_string(), "delivery": Delivery::Cancelled.as_str() });
    let event = event_about(clock, conversation, EventKind::DeliveryChanged, by, data);
    intake::insert_events(tx, &[event]).await
}
