//! The one way out: a message is queued together with the actions that must happen before it leaves.

use std::time::Duration;

use channel_contract::outbound::FilledTemplate;
use channel_contract::unseen::shows_nothing;
use serde_json::json;

use super::admission::connected;
use super::audience::{Readers, readers_of};
use super::care::cleaned;
use super::limits::{check, role_by_hand, weigh};
use super::perform::action_job;
use super::{Inbox, InboxError, clean, identity_checks, is_chat_kind, voice_score, with};
use crate::clock::Clock;
use crate::model::action::{Action, ActionState};
use crate::model::attachment::ComposerFile;
use crate::model::audit::{Act, Actor, AuditAction, AuditSubject};
use crate::model::buttons::buttons;
use crate::model::conversation::{AgentState, Conversation, ConversationStatus};
use crate::model::draft::{Draft, ProposedAction};
use crate::model::event::EventKind;
use crate::model::job::JobKind;
use crate::model::message::{Automatic, Delivery, Direction, MessageAuthor, Trust};
use crate::model::order::Money;
use crate::model::standing::Answered;
use crate::model::teammate::{Role, Teammate};
use crate::model::{ActionId, ChannelId, ConversationId, DraftId, Json, MessageId, Ts};
use crate::policy::Policy;
use crate::store::intake::{self, NewAttachment, NewMessage, StoredFile};
use crate::store::jobs::{self, NewJob};
use crate::store::{self, Reader, Tx, actions, audit, conversations, drafts, messages, notifications};

/// How long a person can take back what they say in a chat.
const CHAT_UNDO: Duration = Duration::from_secs(3);
/// How long before the end of the time to answer a reply is on its way at the latest.
const IN_TIME: Duration = Duration::from_secs(5);

/// A reply to put on its way.
#[derive(Clone, Debug)]
pub struct Reply<'a> {
    /// Its id: minted when the form was drawn, so that the same form sent twice is one message.
    pub id: MessageId,
    /// The text as it leaves.
    pub text: &'a str,
    /// Who wrote or approved it; nobody when the agent acts alone.
    pub teammate: Option<&'a Teammate>,
    /// The agent wrote it, whoever approved it.
    pub draft: Option<&'a Draft>,
    /// How the conversation stood before a person's own words: kept, so that taking them back brings it back.
    pub instead_of: Option<&'a Answered>,
    /// What must happen before it leaves.
    pub actions: &'a [ProposedAction],
    /// What goes with it; the bytes are stored.
    pub files: &'a [ComposerFile],
    /// The buttons that a person put below it.
    pub choices: &'a [String],
    /// The template that leaves in place of the text.
    pub template: Option<&'a FilledTemplate>,
    /// Whether its words are a machine's, though a person answers for it.
    pub machine_worded: bool,
    /// Whether a program sends it with the person's token: they may know nothing of it.
    pub program: bool,
    /// Who is to read it, where that is settled already.
    pub readers: Option<&'a Readers>,
}

/// Queues a reply and its actions, and moves the conversation on. The caller commits.
pub async fn put_on_its_way(
    inbox: &Inbox,
    tx: &mut Tx,
    conversation: &mut Conversation,
    reply: &Reply<'_>,
) -> Result<MessageId, InboxError> {
    let text = clean(reply.text);
    if shows_nothing(&text) {
        return Err(InboxError::Invalid("There is nothing to send yet. Write a reply first.".to_owned()));
    }
    let now = inbox.clock.now();
    let send_at = leaves_at(conversation, reply, now, undo_of(inbox, conversation, reply));
    let mut message = message_of(inbox, conversation, text, send_at);
    message.id = reply.id;
    message.draft_id = reply.draft.map(|draft| draft.id);
    message.kept_due_at = conversation.due_at;
    message.template = reply.template.cloned();
    let readers = match reply.readers {
        Some(readers) => readers.clone(),
        None => Box::pin(readers_of(tx, conversation, None)).await?,
    };
    let passes_by = readers.pass_by(conversation.contact_id);
    message.recipients = readers.to;
    message.to_contact_id = readers.operator_alone;
    message.aside = readers.operator_alone.is_some();
    message.thread = match readers.thread {
        Some(thread) => Some(thread),
        None => messages::thread_of(&mut Reader::Tx(tx), (conversation.id, conversation.channel_id)).await?,
    };
    message.choices =
        Box::pin(choices_of(inbox, conversation, reply, (&message.body, message.thread.as_deref()))).await?;
    message.machine_worded = reply.machine_worded;
    message.by_program = reply.program;
    if let Some(teammate) = reply.teammate {
        message.author = MessageAuthor::Teammate;
        message.teammate_id = Some(teammate.id);
        message.sender_name.clone_from(&teammate.name);
    }
    let id = message.id;
    if !passes_by {
        voice_score::note(tx, conversation, reply, (id, &message.body), now).await?;
    }
    intake::insert_messages(tx, &[message]).await?;
    intake::insert_attachments(tx, &enclosed(inbox, id, reply.files.iter().cloned())).await?;
    let mut work = Vec::new();
    for (place, proposed) in places(reply).into_iter().zip(reply.actions) {
        let origin = ActionOrigin {
            id: inbox.clock.new_id(),
            draft: reply.draft.map(|draft| draft.id),
            place,
            message: Some(id),
            approved_by: reply.teammate,
        };
        let action = approve_action(inbox, tx, conversation, proposed, origin).await?;
        work.push(action_job(inbox, conversation, action, send_at));
    }
    work.push(delivery_job(&inbox.clock, conversation, (id, conversation.channel_id), send_at));
    jobs::enqueue(tx, &work).await?;

    conversation.last_message_at = now;
    if !passes_by {
        drafts::supersede(tx, conversation.id).await?;
        move_on(conversation, reply, now);
        notifications::read_wanted(tx, &[conversation.id], now).await?;
    }
    conversations::update(tx, conversation).await?;
    let actor = reply.teammate.map_or("agent", |teammate| &teammate.name);
    let data = reply.instead_of.map_or_else(|| json!({ "message": id.to_string() }), |answered| json!(answered));
    let knows_of_it = reply.teammate.filter(|_| !reply.program);
    let data = with(data, json!({ "teammate": knows_of_it.map(|teammate| teammate.id.to_string()) }));
    intake::insert_events(tx, &[inbox.event(conversation, EventKind::MessageQueued, actor, data)]).await?;
    if let Some(known) = reply.draft.and_then(|draft| draft.document.0.asks_for_code()) {
        Box::pin(identity_checks::ask(inbox, tx, conversation, known, (id, send_at, actor))).await?;
    }
    Ok(id)
}

/// A conversation goes on with this answer to its customer.
fn move_on(conversation: &mut Conversation, reply: &Reply<'_>, now: Ts) {
    conversation.revision += 1;
    conversation.due_at = None;
    conversation.clocks.answered(now);
    conversation.needs_approval = false;
    conversation.proposal = None;
    conversation.proposal_tone = String::new();
    conversation.agent_state = AgentState::Idle;
    conversation.unread = false;
    conversation.status = ConversationStatus::Waiting;
    conversation.snoozed_until = None;
    conversation.resolved_at = None;
    // Who talks with a customer by hand in a chat has it: two voices at once would be one too many.
    let by_hand = reply.teammate.is_some() && reply.draft.is_none();
    conversation.taken_over |= by_hand && is_chat(conversation);
}

/// What stands below it to choose from: the buttons that a person put there, or the answers below a question of the agent's
/// with this text, where its channel shows them.
async fn choices_of(
    inbox: &Inbox,
    conversation: &Conversation,
    reply: &Reply<'_>,
    (text, thread): (&str, Option<&str>),
) -> store::Result<Vec<String>> {
    let Some(draft) = reply.draft.filter(|_| reply.template.is_none()) else { return Ok(cleaned(reply.choices)) };
    let choices = draft.document.0.choices_below(text);
    if choices.is_empty() {
        return Ok(Vec::new());
    }
    let Some(connection) = connected(inbox, conversation.channel_id).await? else { return Ok(Vec::new()) };
    let limit = connection.adapter.capabilities_in(thread).choices;
    // The chat shows them as they are.
    let is_shown = connection.chat.is_some() || !buttons(choices, limit).is_empty();
    Ok(if is_shown { cleaned(choices) } else { Vec::new() })
}

/// Where the actions stand in their draft, of which a person may have dropped some: the keys of the others stay.
fn places(reply: &Reply<'_>) -> Vec<usize> {
    let all = reply.draft.map_or(reply.actions, |draft| &draft.document.0.actions);
    let mut next = 0;
    let place = |action: &ProposedAction| {
        let found = all.iter().skip(next).position(|one| one == action);
        let place = next + found.unwrap_or_default();
        next = place + 1;
        place
    };
    reply.actions.iter().map(place).collect()
}

/// Files as those of a message; their bytes are stored once.
pub(super) fn enclosed(
    inbox: &Inbox,
    message: MessageId,
    files: impl IntoIterator<Item: Into<StoredFile>>,
) -> Vec<NewAttachment> {
    let rows = (0_i64..).zip(files);
    rows.map(|(position, file)| file.into().enclosed_in(message, position, inbox.clock.new_id())).collect()
}

/// Queues a word of the system to the customer: the conversation stays with whoever has it, and its clock runs on.
pub(super) async fn queue_notice(
    inbox: &Inbox,
    tx: &mut Tx,
    conversation: &mut Conversation,
    text: &str,
) -> Result<MessageId, InboxError> {
    let now = inbox.clock.now();
    let send_at = now.plus(if is_chat(conversation) { Duration::ZERO } else { inbox.undo });
    let mut message = message_of(inbox, conversation, text.to_owned(), send_at);
    message.author = MessageAuthor::System;
    message.thread = messages::thread_of(&mut Reader::Tx(tx), (conversation.id, conversation.channel_id)).await?;
    let id = message.id;
    voice_score::note_notice(tx, conversation, (id, &message.body), now).await?;
    intake::insert_messages(tx, &[message]).await?;
    jobs::enqueue(tx, &[delivery_job(&inbox.clock, conversation, (id, conversation.channel_id), send_at)]).await?;
    conversation.last_message_at = now;
    conversations::update(tx, conversation).await?;
    let data = json!({ "message": id.to_string() });
    intake::insert_events(tx, &[inbox.event(conversation, EventKind::MessageQueued, "agent", data)]).await?;
    Ok(id)
}

/// How long a reply can be taken back. In a chat somebody waits: what the agent says alone leaves at once, unless the
/// shop is to do something first, and a person has a moment.
fn undo_of(inbox: &Inbox, conversation: &Conversation, reply: &Reply<'_>) -> Duration {
    match (is_chat(conversation), reply.teammate) {
        (true, None) if reply.actions.is_empty() => Duration::ZERO,
        (true, Some(_)) => inbox.undo.min(CHAT_UNDO),
        _ => inbox.undo,
    }
}

/// When a reply leaves that can be taken back for so long: at once where the time to answer would be over by then.
fn leaves_at(conversation: &Conversation, reply: &Reply<'_>, now: Ts, undo: Duration) -> Ts {
    let (window, later) = (conversation.window, now.plus(undo));
    let by_person = reply.teammate.is_some() && !reply.machine_worded;
    let ends_at = window.people_until.filter(|_| by_person).or(window.reply_until);
    let is_late = |end: Ts| end > now && later.plus(IN_TIME) > end;
    if reply.template.is_none() && ends_at.is_some_and(is_late) { now } else { later }
}

pub(super) fn is_chat(conversation: &Conversation) -> bool {
    is_chat_kind(&conversation.channel_kind)
}

/// A message of ours that leaves at `send_at`.
pub(super) fn message_of(inbox: &Inbox, conversation: &Conversation, body: String, send_at: Ts) -> NewMessage {
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
        automatic: Automatic::No,
        trust: Trust::Proved,
        raw_event_id: None,
        draft_id: None,
        template: None,
        choices: Vec::new(),
        send_at: Some(send_at),
        kept_due_at: None,
        written_at: None,
        created_at: now,
        sent_at: None,
        to_contact_id: None,
        machine_worded: false,
        by_program: false,
        aside: false,
        thread: None,
    }
}

/// The job that hands a message of a channel to its platform. What is said in a chat goes a way of its own, on which no server of
/// another channel is waited for.
pub(super) fn delivery_job(
    clock: &Clock,
    conversation: &Conversation,
    (message, channel): (MessageId, ChannelId),
    run_at: Ts,
) -> NewJob {
    let is_said = is_chat(conversation) && channel == conversation.channel_id;
    let kind = if is_said { JobKind::SayInChat } else { JobKind::Deliver };
    handing_over(clock, kind, (conversation.id, message), run_at)
}

/// The job that hands a message of some other channel than a chat to its platform.
pub(super) fn platform_job(clock: &Clock, conversation: ConversationId, message: MessageId, run_at: Ts) -> NewJob {
    handing_over(clock, JobKind::Deliver, (conversation, message), run_at)
}

fn handing_over(
    clock: &Clock,
    kind: JobKind,
    (conversation, message): (ConversationId, MessageId),
    run_at: Ts,
) -> NewJob {
    NewJob {
        conversation_id: Some(conversation),
        dedup_key: Some(message.to_string()),
        ..NewJob::about(clock.new_id(), kind, "message", &message, run_at)
    }
}

/// Where an action comes from: its draft and its place there, the reply that waits for it, and the person who decided.
#[derive(Clone, Copy, Debug)]
pub(super) struct ActionOrigin<'a> {
    pub(super) id: ActionId,
    pub(super) draft: Option<DraftId>,
    pub(super) place: usize,
    pub(super) message: Option<MessageId>,
    pub(super) approved_by: Option<&'a Teammate>,
}

/// Keeps an action as decided; the caller puts down the job that performs it. One that was dropped with a reply comes to
/// life again.
pub(super) async fn approve_action(
    inbox: &Inbox,
    tx: &mut Tx,
    conversation: &Conversation,
    proposed: &ProposedAction,
    origin: ActionOrigin<'_>,
) -> Result<ActionId, InboxError> {
    let (worth, _) = weigh(tx, proposed).await?;
    let action = Action {
        id: origin.id,
        conversation_id: conversation.id,
        draft_id: origin.draft,
        message_id: origin.message,
        order_source_id: proposed.source_id,
        order_id: proposed.order_id.clone(),
        order_number: proposed.order_number.clone(),
        document: Json(proposed.action.clone()),
        state: ActionState::Approved,
        idempotency_key: idempotency_key(origin),
        reference: String::new(),
        error: String::new(),
        created_at: inbox.clock.now(),
        performed_at: None,
    };
    let by = origin.approved_by.map(|person| person.id);
    let approved = actions::approve(tx, &action, conversation.brand_id, worth, by).await?;
    let id = approved.ok_or_else(|| {
        InboxError::Conflict("What the draft promises is under way already. Nothing was done twice.".to_owned())
    })?;
    let actor = origin.approved_by.map_or(Actor::Agent, Actor::Teammate);
    note_approved(inbox, tx, conversation, proposed, (id, worth), actor).await?;
    Ok(id)
}

/// What failed and is asked for again passes the limits like anything new.
pub(super) async fn approve_again(
    inbox: &Inbox,
    tx: &mut Tx,
    conversation: &Conversation,
    policy: Option<&Policy>,
    failed: &[Action],
    by: &Teammate,
) -> Result<(), InboxError> {
    let (mut all, mut needs) = (Vec::new(), Role::Teammate);
    for action in failed {
        let proposed = ProposedAction {
            source_id: action.order_source_id,
            order_id: action.order_id.clone(),
            order_number: action.order_number.clone(),
            action: action.document.0.clone(),
            label: String::new(),
            worth: actions::amount(tx, action.id).await?,
            problem: None,
        };
        needs = needs.max(role_by_hand(policy, conversation, proposed.action.kind(), proposed.worth));
        all.push(proposed);
    }
    if all.is_empty() {
        return Ok(());
    }
    // The brand's money is held before the audit log, as everywhere: the other way round two would wait for each other.
    check(tx, inbox.clock.now(), conversation, policy, &all, (by, needs)).await?;
    for (action, proposed) in failed.iter().zip(&all) {
        note_approved(inbox, tx, conversation, proposed, (action.id, proposed.worth), Actor::Teammate(by)).await?;
    }
    Ok(())
}

async fn note_approved(
    inbox: &Inbox,
    tx: &mut Tx,
    conversation: &Conversation,
    proposed: &ProposedAction,
    (id, worth): (ActionId, Option<Money>),
    actor: Actor<'_>,
) -> store::Result<()> {
    let act = Act {
        actor,
        action: AuditAction::ActionApproved,
        subject: (AuditSubject::Order, proposed.order_number.clone()),
        brand: Some(conversation.brand_id),
        details: json!({
            "action": proposed.action.kind().as_str(),
            "amount": worth.map(|amount| amount.to_string()),
            "conversation": conversation.number,
            "id": id,
        }),
    };
    audit::append(tx, &act, inbox.clock.now()).await
}

/// The same action of the same draft has the same key, however often somebody approves it.
fn idempotency_key(origin: ActionOrigin<'_>) -> String {
    match origin.draft {
        Some(draft) => format!("resolute-{draft}-{}", origin.place),
        None => format!("resolute-{}", origin.id),
    }
}
