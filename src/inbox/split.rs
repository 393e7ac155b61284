//! One message and what follows it become a conversation of their own.

use serde_json::json;

use super::merge::{call_agent, is_at_it, is_chat};
use super::{Inbox, InboxError};
use crate::model::audit::{Act, Actor, AuditAction, AuditSubject};
use crate::model::channel::ChannelKind;
use crate::model::conversation::{AgentState, Conversation, ConversationStatus, PARTICIPANTS, gist_of};
use crate::model::event::EventKind;
use crate::model::job::JobKind;
use crate::model::merge::Moved;
use crate::model::message::{Direction, Message};
use crate::model::teammate::Teammate;
use crate::model::{ConversationId, MessageId};
use crate::store::bulk_changes;
use crate::store::intake::{self, ConversationRow};
use crate::store::{Tx, audit, conversations, events, merges, messages, notes};

/// Splits a message off with what follows it; gives the number of the new conversation. Merging it into the other takes it
/// back.
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
    call_agent(inbox, &mut tx, &mut old, was_at_it).await?;
    conversations::update(&mut tx, &old).await?;
    let mut new = conversations::lock(&mut tx, row.id).await?;
    new.assignee_id = old.assignee_id;
    new.taken_over = old.taken_over;
    call_agent(inbox, &mut tx, &mut new, true).await?;
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
        if !address.is_empty() && !participants.contains(address) && participants.len() < PARTICIPANTS {
            participants.push(address.clone());
        }
    }
    let subject = match begins.subject.trim() {
        "" if old.channel_kind == ChannelKind::Email.as_str() => old.subject.clone(),
        "" => gist_of(&begins.body),
        _ => begins.subject.clone(),
    };
    ConversationRow {
        id: inbox.clock.new_id(),
        number: 0,
        contact_id,
        contact_name,
        subject,
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
