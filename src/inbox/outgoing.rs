//! The one way out: a message is queued together with the actions that must happen before it leaves.

use serde_json::json;

use super::attach::row_of;
use super::perform::action_job;
use super::{Inbox, InboxError};
use crate::model::action::{Action, ActionState, amount_of};
use crate::model::attachment::ComposerFile;
use crate::model::audit::{Act, Actor, AuditAction, AuditSubject};
use crate::model::conversation::{AgentState, Conversation, ConversationStatus};
use crate::model::draft::{Draft, ProposedAction};
use crate::model::event::EventKind;
use crate::model::job::JobKind;
use crate::model::message::{Delivery, Direction, Message, MessageAuthor};
use crate::model::order::{Currency, Money};
use crate::model::teammate::Teammate;
use crate::model::{ActionId, DraftId, Json, MessageId, Ts};
use crate::store::composer_files;
use crate::store::composer_texts::{self, ComposerText};
use crate::store::intake::{self, NewAttachment, NewMessage};
use crate::store::jobs::{self, NewJob};
use crate::store::{Tx, actions, attachments, audit, conversations, drafts, messages, orders};

/// A reply to put on its way.
#[derive(Clone, Debug)]
pub struct Reply<'a> {
    /// The text as it leaves.
    pub text: &'a str,
    /// Who wrote or approved it; nobody when the agent acts alone.
    pub teammate: Option<&'a Teammate>,
    /// The agent wrote it, whoever approved it.
    pub draft: Option<&'a Draft>,
    /// What must happen before it leaves.
    pub actions: &'a [ProposedAction],
    /// What goes with it; the bytes are stored.
    pub files: &'a [ComposerFile],
}

/// Queues a reply and its actions, and moves the conversation on. The caller commits.
pub async fn put_on_its_way(
    inbox: &Inbox,
    tx: &mut Tx,
    conversation: &mut Conversation,
    reply: &Reply<'_>,
) -> Result<MessageId, InboxError> {
    let text = reply.text.replace('\0', "");
    if text.trim().is_empty() {
        return Err(InboxError::Invalid("There is nothing to send yet. Write a reply first.".to_owned()));
    }
    let now = inbox.clock.now();
    let send_at = now.plus(inbox.undo);
    let mut message = message_of(inbox, conversation, text);
    message.draft_id = reply.draft.map(|draft| draft.id);
    if let Some(teammate) = reply.teammate {
        message.author = MessageAuthor::Teammate;
        message.teammate_id = Some(teammate.id);
        message.sender_name.clone_from(&teammate.name);
    }
    let id = message.id;
    intake::insert_messages(tx, &[message]).await?;
    intake::insert_attachments(tx, &attachments_of(inbox, id, reply.files)).await?;
    let mut work = Vec::new();
    for (place, proposed) in reply.actions.iter().enumerate() {
        let origin = ActionOrigin {
            draft: reply.draft.map(|draft| draft.id),
            place,
            message: Some(id),
            approved_by: reply.teammate,
        };
        let action = approve_action(inbox, tx, conversation, proposed, origin).await?;
        work.push(action_job(inbox, conversation, action, send_at));
    }
    work.push(delivery_job(inbox, conversation, id, send_at));
    jobs::enqueue(tx, &work).await?;

    drafts::supersede(tx, conversation.id).await?;
    conversation.revision += 1;
    conversation.last_message_at = now;
    conversation.due_at = None;
    conversation.needs_approval = false;
    conversation.proposal = None;
    conversation.proposal_tone = String::new();
    conversation.agent_state = AgentState::Idle;
    conversation.unread = false;
    conversation.status = ConversationStatus::Waiting;
    conversation.snoozed_until = None;
    conversation.resolved_at = None;
    conversations::update(tx, conversation).await?;
    let actor = reply.teammate.map_or("agent", |teammate| &teammate.name);
    let data = json!({ "message": id.to_string() });
    intake::insert_events(tx, &[inbox.event(conversation, EventKind::MessageQueued, actor, data)]).await?;
    Ok(id)
}

fn attachments_of(inbox: &Inbox, message: MessageId, files: &[ComposerFile]) -> Vec<NewAttachment> {
    let rows = (0_i64..).zip(files).map(|(position, file)| NewAttachment {
        id: inbox.clock.new_id(),
        message_id: message,
        position,
        name: file.name.clone(),
        content_type: file.content_type.clone(),
        size: file.size,
        content_id: None,
        inline: false,
        storage_key: file.storage_key.clone(),
    });
    rows.collect()
}

/// Queues a word of the system to the customer: the conversation stays with whoever has it, and its clock runs on.
pub(super) async fn queue_notice(
    inbox: &Inbox,
    tx: &mut Tx,
    conversation: &mut Conversation,
    text: &str,
) -> Result<MessageId, InboxError> {
    let now = inbox.clock.now();
    let mut message = message_of(inbox, conversation, text.to_owned());
    message.author = MessageAuthor::System;
    let id = message.id;
    intake::insert_messages(tx, &[message]).await?;
    jobs::enqueue(tx, &[delivery_job(inbox, conversation, id, now.plus(inbox.undo))]).await?;
    conversation.last_message_at = now;
    conversations::update(tx, conversation).await?;
    let data = json!({ "message": id.to_string() });
    intake::insert_events(tx, &[inbox.event(conversation, EventKind::MessageQueued, "agent", data)]).await?;
    Ok(id)
}

/// A message of ours that leaves when its undo time is over.
fn message_of(inbox: &Inbox, conversation: &Conversation, body: String) -> NewMessage {
    let now = inbox.clock.now();
    NewMessage {
        id: inbox.clock.new_id(),
        conversation_id: conversation.id,
        channel_id: conversation.channel_id,
        direction: Direction::Outbound,
        author: MessageAuthor::Agent,
        teammate_id: None,
        contact_id: None,
        sender_name: "Agent".to_owned(),
        sender_address: String::new(),
        reply_to: String::new(),
        recipients: Vec::new(),
        subject: String::new(),
        body,
        full_text: String::new(),
        html: None,
        delivery: Some(Delivery::Queued),
        external_id: String::new(),
        in_reply_to: None,
        automatic: "no",
        trust: "proved",
        raw_event_id: None,
        draft_id: None,
        send_at: Some(now.plus(inbox.undo)),
        created_at: now,
        sent_at: None,
    }
}

/// The job that hands a message to its platform.
pub fn delivery_job(inbox: &Inbox, conversation: &Conversation, message: MessageId, run_at: Ts) -> NewJob {
    NewJob {
        conversation_id: Some(conversation.id),
        dedup_key: Some(message.to_string()),
        ..NewJob::about(inbox.clock.new_id(), JobKind::Deliver, "message", &message, run_at)
    }
}

/// Where an action comes from: its draft and its place there, the reply that waits for it, and the person who decided.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ActionOrigin<'a> {
    pub(super) draft: Option<DraftId>,
    pub(super) place: usize,
    pub(super) message: Option<MessageId>,
    pub(super) approved_by: Option<&'a Teammate>,
}

/// Keeps an action as decided; the caller puts down the job that performs it.
pub(super) async fn approve_action(
    inbox: &Inbox,
    tx: &mut Tx,
    conversation: &Conversation,
    proposed: &ProposedAction,
    origin: ActionOrigin<'_>,
) -> Result<ActionId, InboxError> {
    let id: ActionId = inbox.clock.new_id();
    let total = orders::find_total(tx, proposed.source_id, &proposed.order_id).await?;
    let action = Action {
        id,
        conversation_id: conversation.id,
        draft_id: origin.draft,
        message_id: origin.message,
        order_source_id: proposed.source_id,
        order_id: proposed.order_id.clone(),
        order_number: proposed.order_number.clone(),
        document: Json(proposed.action.clone()),
        state: ActionState::Approved,
        idempotency_key: idempotency_key(origin, id),
        reference: String::new(),
        error: String::new(),
        created_at: inbox.clock.now(),
        performed_at: None,
    };
    let amount = amount_of(&proposed.action, total.unwrap_or(Money::zero(Currency::EUR)));
    actions::insert(tx, &action, conversation.brand_id, amount, origin.approved_by.map(|person| person.id)).await?;
    let act = Act {
        actor: origin.approved_by.map_or(Actor::Agent, Actor::Teammate),
        action: AuditAction::ActionApproved,
        subject: (AuditSubject::Order, proposed.order_number.clone()),
        brand: Some(conversation.brand_id),
        details: json!({
            "action": proposed.action.kind().as_str(),
            "amount": amount.map(|amount| amount.to_string()),
            "conversation": conversation.number,
            "id": id,
        }),
    };
    audit::append(tx, &act, inbox.clock.now()).await?;
    Ok(id)
}

/// The same action of the same draft has the same key, however often somebody approves it.
fn idempotency_key(origin: ActionOrigin<'_>, action: ActionId) -> String {
    match origin.draft {
        Some(draft) => format!("resolute-{draft}-{}", origin.place),
        None => format!("resolute-{action}"),
    }
}

/// Takes a message back that has not left: its text and files lie in the composer again, its actions are dropped. What was
/// done in the shop for a reply that is held stays done: the person who takes it back sees it and writes anew.
pub async fn cancel(inbox: &Inbox, id: MessageId, by: &Teammate) -> Result<(), InboxError> {
    let mut tx = inbox.db.begin().await?;
    let (_, message) = take_back(inbox, &mut tx, id, by).await?;
    give_back(inbox, &mut tx, &message, by).await?;
    tx.commit().await?;
    inbox.wake.event();
    Ok(())
}

/// Takes a message back within a transaction; gives its conversation and the message.
pub(super) async fn take_back(
    inbox: &Inbox,
    tx: &mut Tx,
    id: MessageId,
    by: &Teammate,
) -> Result<(Conversation, Message), InboxError> {
    let message = messages::lock(tx, id).await?;
    let may_still = match message.delivery {
        Some(Delivery::Queued) => !actions::any_begun(tx, id).await?,
        Some(Delivery::Held) => true,
        _ => false,
    };
    if !may_still {
        return Err(InboxError::Conflict("It has left already, so it cannot be taken back.".to_owned()));
    }
    messages::set_delivery(tx, id, Delivery::Cancelled, &format!("Taken back by {}.", by.name)).await?;
    actions::cancel_of_message(tx, id).await?;
    let mut conversation = conversations::lock(tx, message.conversation_id).await?;
    conversation.status = ConversationStatus::Open;
    conversation.revision += 1;
    conversations::update(tx, &conversation).await?;
    let data = json!({ "message": id.to_string(), "delivery": "cancelled" });
    intake::insert_events(tx, &[inbox.event(&conversation, EventKind::DeliveryChanged, &by.name, data)]).await?;
    Ok((conversation, message))
}

/// What was written and attached is in the composer of the person who takes it back.
async fn give_back(inbox: &Inbox, tx: &mut Tx, message: &Message, by: &Teammate) -> Result<(), InboxError> {
    let now = inbox.clock.now();
    let text = ComposerText { body: message.body.clone(), is_note: false };
    composer_texts::save(tx, message.conversation_id, by.id, &text, now).await?;
    let files = attachments::list_of(tx, message.id).await?.into_iter().map(|file| ComposerFile {
        id: inbox.clock.new_id(),
        name: file.name,
        content_type: file.content_type,
        size: file.size,
        storage_key: file.storage_key,
        created_at: now,
    });
    let rows: Vec<_> = files.map(|file| row_of(&file, message.conversation_id, by)).collect();
    Ok(composer_files::insert(tx, &rows).await?)
}
