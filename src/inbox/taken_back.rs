//! A reply that has not left is taken back: by the person who thinks better of it, or because a person answers instead
//! of the machine.

use channel_contract::Order;
use serde_json::json;

use super::attach::row_of;
use super::macros::unfollow;
use super::settle::wait_for_decision;
use super::{Inbox, InboxError, event_about};
use crate::clock::Clock;
use crate::model::approval::{Approval, ApprovalState};
use crate::model::attachment::ComposerFile;
use crate::model::audience::Audience;
use crate::model::conversation::{AgentState, Conversation, ConversationStatus};
use crate::model::draft::DraftState;
use crate::model::event::EventKind;
use crate::model::message::{Delivery, Message, MessageAuthor};
use crate::model::standing::Standing;
use crate::model::teammate::{Role, Teammate};
use crate::model::turn::first_unanswered;
use crate::model::{ApprovalId, DraftId, Json, MessageId, OrderSourceId, Ts};
use crate::store::bulk_changes::Revived;
use crate::store::composer_texts::ComposerText;
use crate::store::{
    self, Tx, actions, answer_times, approvals, attachments, bulk_changes, chats, composer_files, composer_texts,
    conversations, drafts, events, fates, intake, messages, resolutions,
};

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

/// Takes a message back that has not left or did not arrive, with its actions, and brings back what it came from. What
/// was done in the shop for it stays done: its text lies in the composer, for a person to write anew. So does the text of
/// one that failed: as it is it has failed already. A person's own words made the agent's draft void, or answered where it
/// asked for a person: that waits again. What a macro did with them is undone.
pub async fn cancel(inbox: &Inbox, id: MessageId, by: &Teammate) -> Result<TakenBack, InboxError> {
    let mut tx = inbox.db.begin().await?;
    let Stopped { mut conversation, message, before, begun, ended } = take_back(inbox, &mut tx, id, by).await?;
    let taken = match message.draft_id {
        Some(draft) if !begun && message.delivery != Some(Delivery::Failed) => {
            let words = format!("taken back by {}", by.name);
            put_before_a_person(inbox, &mut tx, &mut conversation, (draft, before), (&by.name, &words)).await?
        }
        Some(draft) => {
            drafts::set_state(&mut tx, draft, DraftState::Superseded).await?;
            give_back(inbox, &mut tx, &message, by).await?
        }
        None if message.author == MessageAuthor::Teammate => {
            Box::pin(unfollow(inbox, &mut tx, &mut conversation, &message, by)).await?;
            // The reply itself was one step, and the end of its case another.
            let steps = if ended { 2 } else { 1 };
            stand_as_before(&mut tx, &mut conversation, &message, before - steps).await?;
            give_back(inbox, &mut tx, &message, by).await?
        }
        None => TakenBack::Kept,
    };
    conversations::update(&mut tx, &conversation).await?;
    if ended {
        inbox.note(&mut tx, &conversation, EventKind::Reopened, &by.name).await?;
    }
    tx.commit().await?;
    inbox.wake.event();
    Ok(taken)
}

/// A message that does not leave, whether something was done in the shop for it, and whether its case was ended with it.
pub(super) struct Stopped {
    pub(super) conversation: Conversation,
    message: Message,
    /// The revision of the conversation before that.
    before: i64,
    begun: bool,
    ended: bool,
}

/// Stops a message within a transaction. The caller stores the conversation.
pub(super) async fn take_back(inbox: &Inbox, tx: &mut Tx, id: MessageId, by: &Teammate) -> Result<Stopped, InboxError> {
    let seen = messages::find_in(tx, id).await?.ok_or(InboxError::NotFound)?;
    let (mut conversation, message) = messages::lock_in_place(tx, id, seen.conversation_id).await?;
    let begun = actions::any_begun(tx, id).await?;
    if message.is_partly_sent() || fates::has_any_arrived(tx, id).await? {
        let words = "A part of it is with the customer already, so it cannot be taken back. Send the rest, or write to \
                     them anew.";
        return Err(InboxError::Conflict(words.to_owned()));
    }
    let may_still = match message.delivery {
        Some(Delivery::Queued) => !begun,
        Some(Delivery::Held | Delivery::Failed) => true,
        _ => false,
    };
    if !may_still {
        return Err(InboxError::Conflict("It has left already, so it cannot be taken back.".to_owned()));
    }
    stop(&inbox.clock, tx, &conversation, &message, &by.name, &format!("Taken back by {}.", by.name)).await?;
    let mut ended = false;
    if message.author == MessageAuthor::System {
        unanswered(tx, &mut conversation, id).await?;
    } else if let Some(before) = unsent(tx, &mut conversation, id, inbox.clock.now()).await? {
        stand_again(&mut conversation, &before);
        ended = true;
    }
    let before = conversation.revision;
    // What waits for the customer rests on nothing that passed them by.
    if ended || !message.passes_by(conversation.contact_id) {
        conversation.revision += 1;
    }
    Ok(Stopped { conversation, message, before, begun, ended })
}

/// A reply that does not arrive leaves its conversation open, and answers nobody. Where it ended the case too, and nothing
/// has opened that since, the case has its clocks and its person as before; gives how it stood. One that was ended by
/// itself is open anew. What passes the customer by leaves a case alone that it has not ended: they wait for nothing of it.
pub(super) async fn unsent(
    tx: &mut Tx,
    conversation: &mut Conversation,
    id: MessageId,
    now: Ts,
) -> store::Result<Option<Standing>> {
    let is_done = conversation.status == ConversationStatus::Resolved;
    let ended = if is_done { events::last_answered(tx, conversation.id, EventKind::Resolved).await? } else { None };
    let before = ended.filter(|ended| ended.message == id).map(|ended| ended.before);
    let passes_by = |message: Message| message.passes_by(conversation.contact_id);
    if before.is_none() && messages::find_in(tx, id).await?.is_some_and(passes_by) {
        return Ok(None);
    }
    if let Some(closed_at) = conversation.resolved_at.filter(|_| before.is_some()) {
        resolutions::withdraw(tx, &[conversation.id], closed_at).await?;
    }
    conversation.status = ConversationStatus::Open;
    conversation.resolved_at = None;
    conversation.snoozed_until = None;
    if let Some(before) = &before {
        conversation.clocks = before.clocks;
        conversation.taken_over = before.taken_over;
    } else if is_done {
        let times = answer_times::of_brand_in(tx, conversation.brand_id).await?;
        conversation.clocks.open(&times, &conversation.channel_kind, now);
    }
    unanswered(tx, conversation, id).await?;
    Ok(before)
}

/// A reply that does not arrive answers nobody: the customer waits as before it, on the same clock.
async fn unanswered(tx: &mut Tx, conversation: &mut Conversation, id: MessageId) -> store::Result<()> {
    if conversation.due_at.is_none() {
        conversation.due_at = messages::kept_due(tx, id).await?;
    }
    if let Some(message) = messages::find_in(tx, id).await? {
        conversation.clocks.not_answered(message.created_at);
    }
    Box::pin(be_due(tx, conversation)).await
}

/// A case that the reply had ended stands as before it; in one that was resolved before already nobody is waited for.
fn stand_again(conversation: &mut Conversation, before: &Standing) {
    before.bring_back_status(conversation);
    if conversation.status == ConversationStatus::Resolved {
        conversation.due_at = None;
        conversation.clocks = before.clocks;
    }
}

/// Whoever waits has a clock: where none is kept it runs since they wrote.
async fn be_due(tx: &mut Tx, conversation: &mut Conversation) -> store::Result<()> {
    if conversation.due_at.is_some() || conversation.status == ConversationStatus::Resolved {
        return Ok(());
    }
    let mut turns = messages::list_turns(tx, &[conversation.id]).await?;
    let said = turns.remove(&conversation.id).unwrap_or_default();
    let Some(since) = first_unanswered(said).map(|turn| turn.created_at) else { return Ok(()) };
    let times = answer_times::of_brand_in(tx, conversation.brand_id).await?;
    conversation.be_due(&times, since);
    Ok(())
}

/// A person's own reply took what the agent had before a person, its draft or that it asks for somebody, and the conversation
/// out of the team's hands: both are again as at the revision `from`, unless anything has happened since.
async fn stand_as_before(
    tx: &mut Tx,
    conversation: &mut Conversation,
    message: &Message,
    from: i64,
) -> store::Result<()> {
    let answered = events::last_answered(tx, conversation.id, EventKind::MessageQueued).await?;
    let before = answered.filter(|answered| answered.message == message.id).map(|answered| answered.before);
    let Some(before) = before.filter(|before| before.revision == from) else { return Ok(()) };
    // It is past its time, or the agent is at it anew.
    if message.delivery != Some(Delivery::Queued) || conversation.agent_state != AgentState::Idle {
        return Ok(());
    }
    if before.assignee.is_none() && conversation.assignee_id == message.teammate_id {
        conversation.assignee_id = None;
    }
    conversation.taken_over = before.taken_over;
    before.bring_back_draft(conversation);
    if let Some(draft) = before.draft {
        let revived = Revived { draft, revision: conversation.revision };
        bulk_changes::revive_drafts(tx, &[revived]).await?;
    }
    Ok(())
}

/// What was written and attached lies in the composer again, unless the person is writing something else.
async fn give_back(inbox: &Inbox, tx: &mut Tx, message: &Message, by: &Teammate) -> Result<TakenBack, InboxError> {
    let now = inbox.clock.now();
    let answered = events::last_answered(tx, message.conversation_id, EventKind::MessageQueued).await?;
    let from = answered.filter(|answered| answered.message == message.id).and_then(|answered| answered.from);
    let choices = message.own_choices().to_vec();
    let text =
        ComposerText { body: message.body.clone(), is_note: false, from, choices, audience: Audience::of(message) };
    if !composer_texts::offer(tx, message.conversation_id, by.id, &text, now).await? {
        return Ok(TakenBack::Kept);
    }
    let files = attachments::list_of(tx, message.id).await?.into_iter().map(|file| ComposerFile {
        id: inbox.clock.new_id(),
        name: file.name,
        content_type: file.content_type,
        size: file.size,
        storage_key: file.storage_key,
        created_at: now,
    });
    let rows: Vec<_> = files.map(|file| row_of(&file, message.conversation_id, by)).collect();
    composer_files::insert(tx, &rows).await?;
    Ok(TakenBack::Composer)
}

/// What the agent has put on its way alone, and for which nothing was begun, does not leave: a person decides about its draft,
/// for this reason. The message and its conversation are locked.
pub(super) async fn stop_alone(
    inbox: &Inbox,
    tx: &mut Tx,
    conversation: &mut Conversation,
    message: &Message,
    reason: &str,
) -> store::Result<()> {
    stop(&inbox.clock, tx, conversation, message, "system", &format!("Not sent: {reason}.")).await?;
    unsent(tx, conversation, message.id, inbox.clock.now()).await?;
    let before = conversation.revision;
    if !message.passes_by(conversation.contact_id) {
        conversation.revision += 1;
    }
    if let Some(draft) = message.draft_id {
        let taken = put_before_a_person(inbox, tx, conversation, (draft, before), ("system", reason)).await?;
        // Nothing in the list would say that somebody waits.
        conversation.unread |= taken == TakenBack::Kept;
    }
    conversations::update(tx, conversation).await
}

/// The draft of a reply that was taken back waits for a decision again, unless its conversation has moved on.
async fn put_before_a_person(
    inbox: &Inbox,
    tx: &mut Tx,
    conversation: &mut Conversation,
    (id, before): (DraftId, i64),
    (by, reason): (&str, &str),
) -> store::Result<TakenBack> {
    let draft = drafts::find_in(tx, id).await?;
    // The reply itself was the one step since the draft was written.
    let is_current = before == draft.revision + 1 && !approvals::is_pending(tx, conversation.id).await?;
    if !is_current || !drafts::restore(tx, id, conversation.revision).await? {
        drafts::set_state(tx, id, DraftState::Superseded).await?;
        return Ok(TakenBack::Kept);
    }
    let approval = match approvals::reopen(tx, id).await? {
        Some(approval) => approval,
        None => ask_about(inbox, tx, conversation, id, reason).await?,
    };
    wait_for_decision(tx, conversation, &draft.document.0, inbox.clock.now()).await?;
    let data = json!({ "draft": id.to_string(), "approval": approval.id.to_string() });
    let event = inbox.event(conversation, EventKind::DraftReady, by, data);
    intake::insert_events(tx, &[event]).await?;
    Ok(TakenBack::Draft { approval: approval.id, edited: approval.final_text.is_some() })
}

/// The agent had sent it alone: now a person decides.
async fn ask_about(
    inbox: &Inbox,
    tx: &mut Tx,
    conversation: &Conversation,
    draft: DraftId,
    reason: &str,
) -> store::Result<Approval> {
    let approval = Approval {
        id: inbox.clock.new_id(),
        conversation_id: conversation.id,
        draft_id: draft,
        state: ApprovalState::Pending,
        reasons: Json(vec![reason.to_owned()]),
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

/// A person answers: what the machine has queued and not begun does not leave, but for a letter, which holds what was said
/// in the chat already. Gives what does not. The conversation is locked.
pub(super) async fn withdraw(
    clock: &Clock,
    tx: &mut Tx,
    conversation: &Conversation,
    by: &str,
) -> store::Result<Vec<Message>> {
    let mut queued = messages::lock_queued_by_machine(tx, conversation.id).await?;
    queued.retain(|message| !message.is_letter());
    withdraw_these(clock, tx, conversation, &queued, (by, &format!("Not sent: {by} answers."))).await
}

/// A letter does not leave once the customer has read in the chat all that it brings. Gives the transaction of that, which the
/// caller commits.
pub(super) async fn withdraw_read(inbox: &Inbox, letter: &Message) -> store::Result<Option<Tx>> {
    let letters = chats::list_brought(&inbox.db, letter.conversation_id).await?;
    let Some(brought) = letters.into_iter().find(|brought| brought.message == letter.id) else { return Ok(None) };
    let replies = chats::list_messages(&inbox.db, &brought.brings).await?;
    if replies.is_empty() || replies.iter().any(|reply| reply.delivery != Some(Delivery::Read)) {
        return Ok(None);
    }
    let mut tx = inbox.db.begin().await?;
    let (conversation, now) = messages::lock_in_place(&mut tx, letter.id, letter.conversation_id).await?;
    if now.delivery == letter.delivery {
        let reason = "Not sent: the customer has read all of it in the chat.";
        stop(&inbox.clock, &mut tx, &conversation, letter, "system", reason).await?;
    }
    Ok(Some(tx))
}

/// Whoever would have had these for an answer waits as before them. The caller stores the conversation, which is locked.
pub(super) async fn wait_again(tx: &mut Tx, conversation: &mut Conversation, stopped: &[Message]) -> store::Result<()> {
    let customer = conversation.contact_id;
    let answers = |message: &&Message| message.author == MessageAuthor::Agent && !message.passes_by(customer);
    for message in stopped.iter().filter(answers) {
        if conversation.status == ConversationStatus::Waiting {
            conversation.status = ConversationStatus::Open;
        }
        unanswered(tx, conversation, message.id).await?;
    }
    Ok(())
}

/// Somebody has more to say: what the agent would send alone was written before that, and does not leave, nor do its
/// actions happen, unless one was begun. They have waited since before it. The conversation is locked.
pub(super) async fn withdraw_outrun(
    clock: &Clock,
    tx: &mut Tx,
    conversation: &mut Conversation,
    reason: &str,
) -> store::Result<()> {
    let queued = lock_answers(tx, conversation).await?;
    let who = conversation.contact_name.clone();
    let stopped = withdraw_these(clock, tx, conversation, &queued, (&who, reason)).await?;
    let customer = conversation.contact_id;
    for message in stopped.iter().filter(|message| !message.passes_by(customer)) {
        conversation.clocks.not_answered(message.created_at);
        let due = messages::due_before(tx, message.id).await?;
        if let Some(due) = due.filter(|due| conversation.due_at.is_none_or(|now| *due < now)) {
            conversation.due_at = Some(due);
            conversation.clocks.answering_since = Some(message.created_at);
        }
    }
    if stopped.is_empty() {
        return Ok(());
    }
    Box::pin(be_due(tx, conversation)).await?;
    conversations::update(tx, conversation).await
}

/// What the agent would send alone about an order that somebody takes off does not leave, and the customer waits as before
/// it. Whether there was any. The caller stores the conversation, which is locked.
pub(super) async fn withdraw_about(
    clock: &Clock,
    tx: &mut Tx,
    conversation: &mut Conversation,
    (source, order): (OrderSourceId, &Order),
    by: &Teammate,
) -> store::Result<bool> {
    let mut about = Vec::new();
    for message in lock_answers(tx, conversation).await? {
        let Some(draft) = message.draft_id else { continue };
        if drafts::find_in(tx, draft).await?.document.0.is_about(source, order) {
            about.push(message);
        }
    }
    let reason = format!("Not sent: {} took off order {}.", by.name, order.number);
    let stopped = withdraw_these(clock, tx, conversation, &about, (&by.name, &reason)).await?;
    for message in &stopped {
        if let Some(before) = unsent(tx, conversation, message.id, clock.now()).await? {
            stand_again(conversation, &before);
        }
    }
    Ok(!stopped.is_empty())
}

/// Somebody parts a conversation: what machines would send of these, and have not begun to, was written for all of it and
/// does not leave. Whether there was any. The caller stores the conversation, which is locked.
pub(super) async fn withdraw_parted(
    clock: &Clock,
    tx: &mut Tx,
    conversation: &mut Conversation,
    waiting: &[MessageId],
    (by, reason): (&str, &str),
) -> store::Result<bool> {
    let mut queued = messages::lock_queued_by_machine(tx, conversation.id).await?;
    // A letter brings what a person said in a chat.
    queued.retain(|message| waiting.contains(&message.id) && !message.is_letter());
    let stopped = withdraw_these(clock, tx, conversation, &queued, (by, reason)).await?;
    wait_again(tx, conversation, &stopped).await?;
    Ok(!stopped.is_empty())
}

/// What the agent would send alone.
async fn lock_answers(tx: &mut Tx, conversation: &Conversation) -> store::Result<Vec<Message>> {
    let mut queued = messages::lock_queued_by_machine(tx, conversation.id).await?;
    queued.retain(|message| message.author == MessageAuthor::Agent);
    Ok(queued)
}

/// Stops these unless something of them was begun, or a part has arrived; gives those that it stopped.
async fn withdraw_these(
    clock: &Clock,
    tx: &mut Tx,
    conversation: &Conversation,
    queued: &[Message],
    (by, reason): (&str, &str),
) -> store::Result<Vec<Message>> {
    let mut stopped = Vec::new();
    for message in queued {
        if actions::any_begun(tx, message.id).await? || fates::has_any_arrived(tx, message.id).await? {
            continue;
        }
        stop(clock, tx, conversation, message, by, reason).await?;
        if let Some(draft) = message.draft_id {
            drafts::set_state(tx, draft, DraftState::Superseded).await?;
        }
        stopped.push(message.clone());
    }
    Ok(stopped)
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
