//! Two conversations become one, and come apart again; one message and what follows it become a conversation.
//!
//! The turn to place messages is held meanwhile: a mail that comes in at the same moment is placed before, and moves
//! along, or after, and finds the way. What went stays as a pointer, which every lock of a conversation follows.

use serde_json::json;

use super::place::agent_job;
use super::{Inbox, InboxError};
use crate::model::audit::{Act, Actor, AuditAction, AuditSubject};
use crate::model::brand::AgentLevel;
use crate::model::channel::ChannelKind;
use crate::model::conversation::{AgentState, Conversation, ConversationStatus, gist_of};
use crate::model::event::EventKind;
use crate::model::job::JobKind;
use crate::model::merge::{Before, Merge, Moved, join};
use crate::model::message::{Direction, Message};
use crate::model::teammate::Teammate;
use crate::model::{ConversationId, Json, MergeId, MessageId};
use crate::store::bulk_changes::{self, Revived};
use crate::store::intake::{self, ConversationRow};
use crate::store::{Tx, audit, brands, conversations, events, jobs, merges, messages, notes, notifications};

/// Merges `source` into `target`. `sure`: the person was told that they are different customers, and means it.
pub async fn merge(
    inbox: &Inbox,
    (source, target): (ConversationId, ConversationId),
    sure: bool,
    by: &Teammate,
) -> Result<Merge, InboxError> {
    let now = inbox.clock.now();
    let mut tx = inbox.db.begin().await?;
    intake::lock(&mut tx).await?;
    let (mut from, mut into) = both(&mut tx, source, target).await?;
    check(&mut tx, &from, &into, sure).await?;
    let current = bulk_changes::current_drafts(&mut tx, &[source, target]).await?;
    let source_before = Before::of(&from, current.get(&source).copied());
    let target_before = Before::of(&into, current.get(&target).copied());
    bulk_changes::supersede_drafts(&mut tx, &[source, target]).await?;
    bulk_changes::drop_agent_runs(&mut tx, &[source, target]).await?;
    let moved = merges::move_all(&mut tx, source, target).await?;
    notifications::move_unread(&mut tx, source, target, now).await?;
    let agent_was_at_it = is_at_it(&from) || is_at_it(&into);
    join(&mut into, &from);
    from.end(now);
    conversations::update(&mut tx, &from).await?;
    merges::point(&mut tx, source, Some(target)).await?;
    call_agent(inbox, &mut tx, &mut into, agent_was_at_it).await?;
    conversations::update(&mut tx, &into).await?;
    let kept = Merge {
        id: inbox.clock.new_id(),
        source_id: source,
        target_id: target,
        teammate_id: by.id,
        moved: Json(moved),
        source_before: Json(source_before),
        target_before: Json(target_before),
        target_revision: into.revision,
        created_at: now,
        undone_at: None,
    };
    merges::insert(&mut tx, &kept).await?;
    let noted = (EventKind::Merged, AuditAction::ConversationsMerged);
    note_both(inbox, &mut tx, (&from, &into), kept.id, noted, by).await?;
    tx.commit().await?;
    inbox.wake.job(JobKind::AgentRun);
    inbox.wake.event();
    Ok(kept)
}

/// Both conversations, locked in one order, whichever of them goes.
async fn both(
    tx: &mut Tx,
    source: ConversationId,
    target: ConversationId,
) -> Result<(Conversation, Conversation), InboxError> {
    let found = bulk_changes::lock_ids(tx, &[source, target]).await?;
    let of = |id| found.iter().find(|talk| talk.id == id).cloned().ok_or(InboxError::NotFound);
    Ok((of(source)?, of(target)?))
}

async fn check(tx: &mut Tx, from: &Conversation, into: &Conversation, sure: bool) -> Result<(), InboxError> {
    let refused = |words: String| Err(InboxError::Conflict(words));
    if from.id == into.id {
        return refused("A conversation cannot be merged with itself. Choose another one.".to_owned());
    }
    if from.brand_id != into.brand_id {
        return refused("These belong to different brands. Only conversations of one brand can be merged.".to_owned());
    }
    if let Some(gone) = [from, into].into_iter().find(|talk| talk.merged_into.is_some()) {
        return refused(format!("#{} was merged already. Reload the page to see where it is.", gone.number));
    }
    if is_chat(tx, from).await? {
        let words = "A live chat stays where its customer waits. Open the chat and merge the other one into it.";
        return refused(words.to_owned());
    }
    if from.contact_id == into.contact_id {
        return Ok(());
    }
    if is_chat(tx, into).await? {
        let words = "A live chat shows its customer all that is in it, so nothing of another customer goes into one.";
        return refused(words.to_owned());
    }
    if !sure {
        return Err(InboxError::Invalid(format!(
            "#{} is with {}, #{} with {}. Nothing was merged; confirm that both are about the same case.",
            from.number, from.contact_name, into.number, into.contact_name
        )));
    }
    if merges::has_unsent(tx, from.id).await? {
        return refused(format!(
            "A reply to {} has not left #{} yet. Merge them when it has, or take it back first.",
            from.contact_name, from.number
        ));
    }
    Ok(())
}

/// Whether a customer has it open in a chat, also after they went on by mail.
async fn is_chat(tx: &mut Tx, talk: &Conversation) -> Result<bool, InboxError> {
    let chat = ChannelKind::LiveChat.as_str();
    Ok(talk.channel_kind == chat || merges::has_messages_on(tx, talk.id, chat).await?)
}

/// Whether the agent writes or has written an answer that nobody has decided about.
fn is_at_it(talk: &Conversation) -> bool {
    matches!(talk.agent_state, AgentState::Writing | AgentState::Drafted)
}

/// The agent looks at what is new to it in a conversation that it was at work on.
async fn call_agent(inbox: &Inbox, tx: &mut Tx, talk: &mut Conversation, was_at_it: bool) -> Result<(), InboxError> {
    if !was_at_it || talk.taken_over || talk.status != ConversationStatus::Open {
        return Ok(());
    }
    talk.agent_state = AgentState::Writing;
    Ok(jobs::enqueue(tx, &[agent_job(&inbox.clock, talk.id, inbox.clock.now(), "")]).await?)
}

/// An event in both, and one entry of the audit log.
async fn note_both(
    inbox: &Inbox,
    tx: &mut Tx,
    (from, into): (&Conversation, &Conversation),
    merge: MergeId,
    (kind, action): (EventKind, AuditAction),
    by: &Teammate,
) -> Result<(), InboxError> {
    let here = json!({ "merge": merge.to_string(), "number": from.number, "came": true });
    let there = json!({ "merge": merge.to_string(), "number": into.number, "came": false });
    let noted = [inbox.event(into, kind, &by.name, here), inbox.event(from, kind, &by.name, there)];
    intake::insert_events(tx, &noted).await?;
    let act = Act {
        actor: Actor::Teammate(by),
        action,
        subject: (AuditSubject::Conversation, into.number.to_string()),
        brand: Some(into.brand_id),
        details: json!({ "merged": from.number, "different_customers": from.contact_id != into.contact_id }),
    };
    Ok(audit::append(tx, &act, inbox.clock.now()).await?)
}

/// Takes a merge back: what moved goes back, and both stand as before. What has happened in the target since, or was
/// changed there by hand, stays.
pub async fn undo(inbox: &Inbox, id: MergeId, by: &Teammate) -> Result<Merge, InboxError> {
    let kept = merges::find(&inbox.db, id).await?.ok_or(InboxError::NotFound)?;
    let now = inbox.clock.now();
    let mut tx = inbox.db.begin().await?;
    intake::lock(&mut tx).await?;
    let (mut from, mut into) = both(&mut tx, kept.source_id, kept.target_id).await?;
    if from.merged_into != Some(into.id) || !merges::set_undone(&mut tx, id, now).await? {
        return Err(InboxError::Conflict("This merge was taken back before.".to_owned()));
    }
    if into.merged_into.is_some() {
        let words = format!("#{} was merged into another one since. Take that back first.", into.number);
        return Err(InboxError::Conflict(words));
    }
    let ids = [from.id, into.id];
    bulk_changes::supersede_drafts(&mut tx, &ids).await?;
    bulk_changes::drop_agent_runs(&mut tx, &ids).await?;
    merges::move_these(&mut tx, &kept.moved.0, into.id, from.id).await?;
    merges::forget_copies(&mut tx, &kept.moved.0, from.id, into.id).await?;
    merges::point(&mut tx, from.id, None).await?;
    let joined = kept.joined(&from, &into);
    let mut revived = Vec::new();
    kept.source_before.0.bring_back(&mut from);
    come_back(inbox, &mut tx, &mut from, &kept.source_before.0, &mut revived).await?;
    kept.target_before.0.bring_back_untouched(&mut into, &joined);
    if into.revision == kept.target_revision {
        come_back(inbox, &mut tx, &mut into, &kept.target_before.0, &mut revived).await?;
    } else {
        into.needs_approval = false;
        into.proposal = None;
        into.proposal_tone = String::new();
        into.revision += 1;
        let was_at_it = is_at_it(&into);
        into.agent_state = AgentState::Idle;
        call_agent(inbox, &mut tx, &mut into, was_at_it).await?;
    }
    bulk_changes::revive_drafts(&mut tx, &revived).await?;
    conversations::update(&mut tx, &from).await?;
    conversations::update(&mut tx, &into).await?;
    let noted = (EventKind::MergeUndone, AuditAction::MergeUndone);
    note_both(inbox, &mut tx, (&from, &into), id, noted, by).await?;
    tx.commit().await?;
    inbox.wake.job(JobKind::AgentRun);
    inbox.wake.event();
    Ok(kept)
}

/// The draft of a conversation waits again, and a run that was stopped begins anew.
async fn come_back(
    inbox: &Inbox,
    tx: &mut Tx,
    talk: &mut Conversation,
    before: &Before,
    revived: &mut Vec<Revived>,
) -> Result<(), InboxError> {
    before.standing.bring_back_draft(talk);
    talk.revision += 1;
    revived.extend(before.standing.draft.map(|draft| Revived { draft, revision: talk.revision }));
    let was_writing = before.standing.agent_state == AgentState::Writing;
    call_agent(inbox, tx, talk, was_writing).await
}

/// One message and what follows it become a conversation of their own; gives its number. Merging it into the other takes
/// it back.
pub async fn split(inbox: &Inbox, first: MessageId, by: &Teammate) -> Result<i64, InboxError> {
    let seen = messages::find(&inbox.db, first).await?.ok_or(InboxError::NotFound)?;
    let mut tx = inbox.db.begin().await?;
    intake::lock(&mut tx).await?;
    let mut old = conversations::lock(&mut tx, seen.conversation_id).await?;
    let all = messages::list_in(&mut tx, old.id).await?;
    let place = all.iter().position(|message| message.id == first).ok_or(InboxError::NotFound)?;
    let (stay, go) = all.split_at(place);
    let (Some(begins), Some(last_staying)) = (go.first(), stay.last()) else {
        let words = "This is the first message, so there is nothing to part it from.";
        return Err(InboxError::Invalid(words.to_owned()));
    };
    if is_chat(&mut tx, &old).await? {
        return Err(InboxError::Conflict("A live chat stays in one piece while its customer has it open.".to_owned()));
    }
    let level = brands::get(&inbox.db, old.brand_id).await?.agent_level;
    let was_at_it = is_at_it(&old);
    bulk_changes::supersede_drafts(&mut tx, &[old.id]).await?;
    bulk_changes::drop_agent_runs(&mut tx, &[old.id]).await?;

    let mut row = part_of(inbox, &old, begins, go);
    row.number = intake::reserve_numbers(&mut tx, 1).await?;
    intake::upsert_conversations(&mut tx, std::slice::from_ref(&row)).await?;
    let moved = Moved {
        messages: go.iter().map(|message| message.id).collect(),
        notes: notes::list_since(&mut tx, old.id, begins.created_at).await?,
        events: events_of(&mut tx, old.id, go).await?,
        ..Moved::default()
    };
    merges::move_these(&mut tx, &moved, old.id, row.id).await?;
    leave_behind(&mut old, stay, last_staying);
    call_agent(inbox, &mut tx, &mut old, was_at_it && level != AgentLevel::Off).await?;
    conversations::update(&mut tx, &old).await?;
    let mut new = conversations::lock(&mut tx, row.id).await?;
    new.assignee_id = old.assignee_id;
    new.taken_over = old.taken_over;
    call_agent(inbox, &mut tx, &mut new, level != AgentLevel::Off).await?;
    conversations::update(&mut tx, &new).await?;

    let here = json!({ "number": new.number, "came": false });
    let there = json!({ "number": old.number, "came": true });
    let kind = EventKind::Split;
    let noted = [inbox.event(&old, kind, &by.name, here), inbox.event(&new, kind, &by.name, there)];
    intake::insert_events(&mut tx, &noted).await?;
    let act = Act {
        actor: Actor::Teammate(by),
        action: AuditAction::ConversationSplit,
        subject: (AuditSubject::Conversation, old.number.to_string()),
        brand: Some(old.brand_id),
        details: json!({ "new": new.number }),
    };
    audit::append(&mut tx, &act, inbox.clock.now()).await?;
    tx.commit().await?;
    inbox.wake.job(JobKind::AgentRun);
    inbox.wake.event();
    Ok(new.number)
}

/// The events that brought these messages.
async fn events_of(tx: &mut Tx, id: ConversationId, go: &[Message]) -> Result<Vec<i64>, InboxError> {
    let ids: Vec<String> = go.iter().map(|message| message.id.to_string()).collect();
    let all = events::list_in(tx, id).await?;
    let about = |data: &serde_json::Value| {
        data.get("message").and_then(|id| id.as_str()).is_some_and(|id| ids.iter().any(|one| one == id))
    };
    Ok(all.into_iter().filter(|event| about(&event.data.0)).map(|event| event.seq).collect())
}

/// The new conversation, without its number.
fn part_of(inbox: &Inbox, old: &Conversation, begins: &Message, go: &[Message]) -> ConversationRow {
    let inbound = |message: &&Message| message.direction == Direction::Inbound;
    let last_in = go.iter().rev().find(inbound);
    let asks = go.last().is_some_and(|message| message.direction == Direction::Inbound);
    let writer = go.iter().find(inbound).and_then(|message| Some((message.contact_id?, &message.sender_name)));
    let (contact_id, contact_name) = match writer {
        Some((id, name)) if id != old.contact_id && !name.trim().is_empty() => (id, name.clone()),
        _ => (old.contact_id, old.contact_name.clone()),
    };
    let resolved = old.status == ConversationStatus::Resolved;
    let status = match (resolved, asks) {
        (true, _) => ConversationStatus::Resolved,
        (false, true) => ConversationStatus::Open,
        (false, false) => ConversationStatus::Waiting,
    };
    let mut participants: Vec<String> = Vec::new();
    for address in go.iter().flat_map(|message| std::iter::once(&message.sender_address).chain(&message.recipients.0)) {
        if !address.is_empty() && !participants.contains(address) && participants.len() < 50 {
            participants.push(address.clone());
        }
    }
    let subject = if begins.subject.trim().is_empty() { &old.subject } else { &begins.subject };
    ConversationRow {
        id: inbox.clock.new_id(),
        number: 0,
        contact_id,
        contact_name,
        subject: subject.clone(),
        gist: last_in.map_or_else(|| gist_of(&begins.body), |message| gist_of(&message.body)),
        status,
        agent_state: AgentState::Idle,
        unread: old.unread && asks,
        participants,
        due_at: old.due_at.filter(|_| status == ConversationStatus::Open),
        last_message_at: go.last().map_or(begins.created_at, |message| message.created_at),
        last_inbound_at: last_in.map(|message| message.created_at),
        revision: i64::try_from(go.len()).unwrap_or(i64::MAX),
        created_at: begins.created_at,
        resolved_at: old.resolved_at.filter(|_| resolved),
        ..ConversationRow::from(old)
    }
}

/// What is left of the old one.
fn leave_behind(old: &mut Conversation, stay: &[Message], last: &Message) {
    let last_in = stay.iter().rev().find(|message| message.direction == Direction::Inbound);
    old.last_message_at = last.created_at;
    old.last_inbound_at = last_in.map(|message| message.created_at);
    if let Some(message) = last_in {
        old.gist = gist_of(&message.body);
    }
    if old.status == ConversationStatus::Open && last.direction == Direction::Outbound {
        old.status = ConversationStatus::Waiting;
        old.due_at = None;
    }
    old.needs_approval = false;
    old.proposal = None;
    old.proposal_tone = String::new();
    old.agent_state = AgentState::Idle;
    old.revision += 1;
}
