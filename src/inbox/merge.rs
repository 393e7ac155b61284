//! Two conversations become one, and come apart again.
//!
//! The turn to place messages is held meanwhile: a mail that comes in at the same moment is placed before, and moves
//! along, or after, and finds the way. What went stays as a pointer, which every lock of a conversation follows.

use serde_json::json;

use super::place::agent_job;
use super::{Inbox, InboxError};
use crate::model::audit::{Act, Actor, AuditAction, AuditSubject};
use crate::model::channel::ChannelKind;
use crate::model::conversation::{AgentState, Conversation, ConversationStatus};
use crate::model::event::EventKind;
use crate::model::job::JobKind;
use crate::model::merge::{Before, Merge, bar_between, join};
use crate::model::teammate::Teammate;
use crate::model::{ConversationId, Json, MergeId};
use crate::store::bulk_changes::{self, Revived};
use crate::store::{self, Db, Tx, answer_times, audit, conversations, intake, jobs, merges, messages};

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
    let moved = merges::move_all(&mut tx, source, target, now).await?;
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
    if let Some(bar) = bar_between(from, into, (is_chat(tx, from).await?, is_chat(tx, into).await?)) {
        return refused(bar.words().to_owned());
    }
    if from.contact_id == into.contact_id {
        return Ok(());
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
pub(super) async fn is_chat(tx: &mut Tx, talk: &Conversation) -> Result<bool, InboxError> {
    let chat = ChannelKind::LiveChat.as_str();
    Ok(talk.channel_kind == chat || merges::has_messages_on(tx, talk.id, chat).await?)
}

/// Those of some conversations that a customer has open in a chat.
pub async fn chats_among(db: &Db, talks: &[&Conversation]) -> store::Result<Vec<ConversationId>> {
    let chat = ChannelKind::LiveChat.as_str();
    let ids: Vec<ConversationId> = talks.iter().map(|talk| talk.id).collect();
    let mut chats = merges::list_with_messages_on(db, &ids, chat).await?;
    chats.extend(talks.iter().filter(|talk| talk.channel_kind == chat).map(|talk| talk.id));
    Ok(chats)
}

/// Whether the agent writes or has written an answer that nobody has decided about.
pub(super) fn is_at_it(talk: &Conversation) -> bool {
    matches!(talk.agent_state, AgentState::Writing | AgentState::Drafted)
}

/// The agent looks at what is new to it in a conversation that it was at work on.
pub(super) async fn call_agent(
    inbox: &Inbox,
    tx: &mut Tx,
    talk: &mut Conversation,
    was_at_it: bool,
) -> Result<(), InboxError> {
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
    let known = conversations::find(&inbox.db, kept.target_id).await?.ok_or(InboxError::NotFound)?;
    let times = answer_times::of_brand(&inbox.db, known.brand_id).await?;
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
    let joined = kept.joined(&from, &into);
    if into.order_number == joined.order_number {
        merges::forget_orders(&mut tx, &kept.moved.0, into.id).await?;
    }
    merges::forget_copies(&mut tx, &kept.moved.0, from.id, into.id).await?;
    merges::point(&mut tx, from.id, None).await?;
    let mut revived = Vec::new();
    kept.source_before.0.bring_back(&mut from);
    come_back(inbox, &mut tx, &mut from, &kept.source_before.0, &mut revived).await?;
    let said = messages::list_behind(&mut tx, into.id, kept.moved.0.newest).await?;
    kept.target_before.0.bring_back_untouched(&mut into, &joined, &said, &times);
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
