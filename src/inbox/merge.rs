//! Two conversations become one, and come apart again.
//!
//! The turn to place messages is held meanwhile: a mail that comes in at the same moment is placed before, and moves
//! along, or after, and finds the way. What went stays as a pointer, which every lock of a conversation follows.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::bulk::gave_way;
use super::notify::{mail_later, tell_wanted_anew};
use super::parted::{Customer, Parted};
use super::place::agent_job;
use super::routes::{keep_answerable, keep_own_way, keep_time};
use super::snooze::{wait_anew, wait_for_first, wait_of};
use super::taken_back::withdraw_parted;
use super::told::part_orders;
use super::{Inbox, InboxError, with};
use crate::model::audit::{Act, Actor, AuditAction, AuditSubject};
use crate::model::brand::AgentLevel;
use crate::model::channel::ChannelKind;
use crate::model::conversation::{AgentState, Conversation, ConversationStatus};
use crate::model::event::EventKind;
use crate::model::job::JobKind;
use crate::model::merge::{Before, Inside, Merge, Since, bar_between, join};
use crate::model::person::is_one;
use crate::model::teammate::Teammate;
use crate::model::{ConversationId, HandOffId, Json, MergeId};
use crate::store::bulk_changes::{self, Revived};
use crate::store::{
    self, Db, Tx, agent_runs, answer_times, audit, brands, channels, conversations, intake, jobs, merges, people,
};

/// Merges `source` into `target`. `sure`: the person was told that they are different customers, and means it. Where it has
/// to give way to somebody who changes some of the same, it is done once more.
pub async fn merge(
    inbox: &Inbox,
    both: (ConversationId, ConversationId),
    sure: bool,
    by: &Teammate,
) -> Result<Merge, InboxError> {
    let done = Box::pin(merge_once(inbox, both, sure, by)).await;
    if gave_way(&done) { Box::pin(merge_once(inbox, both, sure, by)).await } else { done }
}

async fn merge_once(
    inbox: &Inbox,
    (source, target): (ConversationId, ConversationId),
    sure: bool,
    by: &Teammate,
) -> Result<Merge, InboxError> {
    let now = inbox.clock.now();
    let mut tx = inbox.db.begin().await?;
    intake::lock(&mut tx).await?;
    let (mut from, mut into) = both(&mut tx, source, target).await?;
    let of_one = check(&mut tx, &from, &into, sure).await?;
    let current = bulk_changes::current_drafts(&mut tx, &[source, target]).await?;
    let source_before = Before::of(&from, current.get(&source).copied(), wait_of(&mut tx, &from).await?);
    let target_before = Before::of(&into, current.get(&target).copied(), wait_of(&mut tx, &into).await?);
    bulk_changes::supersede_drafts(&mut tx, &[source, target]).await?;
    bulk_changes::drop_agent_runs(&mut tx, &[source, target]).await?;
    let (moved, due) = merges::move_all(&mut tx, source, target, now).await?;
    mail_later(&inbox.clock, &mut tx, &due).await?;
    let agent_was_at_it = is_at_it(&from) || is_at_it(&into);
    join(&mut into, &from, of_one);
    keep_answerable(inbox, &mut tx, &mut into).await?;
    from.end(now);
    conversations::update(&mut tx, &from).await?;
    merges::point(&mut tx, source, Some(target)).await?;
    call_agent_back(inbox, &mut tx, &mut into, agent_was_at_it).await?;
    conversations::update(&mut tx, &into).await?;
    wait_for_first(&mut tx, &into, source_before.wait.into_iter().chain(target_before.wait)).await?;
    if into.assignee_id.is_some() {
        tell_wanted_anew(inbox, &mut tx, &[&into], by).await?;
    }
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
    let (kind, action) = (EventKind::Merged, AuditAction::ConversationsMerged);
    let noted = Noted { merge: kept.id, kind, action, of_one, facts: json!({}) };
    note_both(inbox, &mut tx, (&from, &into), noted, by).await?;
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

/// Whether both are of one person, where nothing keeps them apart.
async fn check(tx: &mut Tx, from: &Conversation, into: &Conversation, sure: bool) -> Result<bool, InboxError> {
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
    let of_one = people::are_one(tx, from.contact_id, into.contact_id).await?;
    if let Some(bar) = bar_between(inside(tx, from).await?, inside(tx, into).await?, of_one) {
        return refused(bar.words().to_owned());
    }
    if of_one {
        return Ok(true);
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
    Ok(false)
}

/// Whether a customer has it open in a chat, also after they went on by mail.
pub(super) async fn is_chat(tx: &mut Tx, talk: &Conversation) -> Result<bool, InboxError> {
    let chat = ChannelKind::LiveChat.as_str();
    Ok(talk.channel_kind == chat || merges::has_messages_on(tx, talk.id, chat).await?)
}

/// What is in it, as this transaction sees it.
async fn inside(tx: &mut Tx, talk: &Conversation) -> Result<Inside, InboxError> {
    Ok(Inside { is_chat: is_chat(tx, talk).await?, has_others: merges::has_others(tx, talk.id).await? })
}

/// What is in some conversations. Where none of them is a chat, nobody asks who wrote there.
pub async fn inside_of(db: &Db, talks: &[&Conversation]) -> store::Result<HashMap<ConversationId, Inside>> {
    let chat = ChannelKind::LiveChat.as_str();
    let ids: Vec<ConversationId> = talks.iter().map(|talk| talk.id).collect();
    let mut chats = merges::list_with_messages_on(db, &ids, chat).await?;
    chats.extend(talks.iter().filter(|talk| talk.channel_kind == chat).map(|talk| talk.id));
    let others = if chats.is_empty() { Vec::new() } else { merges::list_with_others(db, &ids).await? };
    let inside = |id: &ConversationId| Inside { is_chat: chats.contains(id), has_others: others.contains(id) };
    Ok(ids.iter().map(|id| (*id, inside(id))).collect())
}

/// Whether the agent writes or has written an answer that nobody has decided about.
pub(super) fn is_at_it(talk: &Conversation) -> bool {
    matches!(talk.agent_state, AgentState::Writing | AgentState::Drafted)
}

/// The agent looks at what is new to it in a conversation that it was at work on, unless it is switched off by now or keeps
/// out.
pub(super) async fn call_agent_back(
    inbox: &Inbox,
    tx: &mut Tx,
    talk: &mut Conversation,
    was_at_it: bool,
) -> Result<(), InboxError> {
    if !was_at_it || talk.taken_over || talk.status != ConversationStatus::Open {
        return Ok(());
    }
    if brands::get_in(tx, talk.brand_id).await?.agent_level == AgentLevel::Off {
        return Ok(());
    }
    talk.agent_state = AgentState::Writing;
    Ok(jobs::enqueue(tx, &[agent_job(&inbox.clock, talk.id, inbox.clock.now(), "")]).await?)
}

/// What is noted about a merge or its end.
struct Noted {
    merge: MergeId,
    kind: EventKind,
    action: AuditAction,
    /// Whether both are of one person.
    of_one: bool,
    /// What is said of it beside its conversations.
    facts: Value,
}

/// An event in both, and one entry of the audit log.
async fn note_both(
    inbox: &Inbox,
    tx: &mut Tx,
    (from, into): (&Conversation, &Conversation),
    noted: Noted,
    by: &Teammate,
) -> Result<(), InboxError> {
    let of = |number: i64, came: bool| {
        let of_this = json!({
            "merge": noted.merge.to_string(), "number": number, "came": came, "teammate": by.id.to_string(),
        });
        with(noted.facts.clone(), of_this)
    };
    let events = [
        inbox.event(into, noted.kind, &by.name, of(from.number, true)),
        inbox.event(from, noted.kind, &by.name, of(into.number, false)),
    ];
    intake::insert_events(tx, &events).await?;
    let details = json!({ "merged": from.number, "different_customers": !noted.of_one });
    let act = Act {
        actor: Actor::Teammate(by),
        action: noted.action,
        subject: (AuditSubject::Conversation, into.number.to_string()),
        brand: Some(into.brand_id),
        details: with(details, noted.facts),
    };
    Ok(audit::append(tx, &act, inbox.clock.now()).await?)
}

/// A merge that was taken back.
#[derive(Clone, Debug)]
pub struct Undone {
    /// Which.
    pub merge: Merge,
    /// How many messages that came after it went back, because they belong to the one that went.
    pub went: usize,
    /// How many stay in the other.
    pub stayed: usize,
}

/// Takes a merge back: what moved goes back with what came since and belongs to it, and both stand as if they had never
/// been one. What else has happened in the target since, or was changed there by hand, stays. What machines would send since
/// then does not leave. Not while a person's reply has not left: it would answer the other's mail. It is done once more, too.
pub async fn undo(inbox: &Inbox, id: MergeId, by: &Teammate) -> Result<Undone, InboxError> {
    let done = Box::pin(undo_once(inbox, id, by)).await;
    if gave_way(&done) { Box::pin(undo_once(inbox, id, by)).await } else { done }
}

async fn undo_once(inbox: &Inbox, id: MergeId, by: &Teammate) -> Result<Undone, InboxError> {
    let kept = merges::find(&inbox.db, id).await?.ok_or(InboxError::NotFound)?;
    let now = inbox.clock.now();
    let known = conversations::find(&inbox.db, kept.target_id).await?.ok_or(InboxError::NotFound)?;
    let times = answer_times::of_brand(&inbox.db, known.brand_id).await?;
    let all = channels::list(&inbox.db).await?;
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
    let kin = people::kin_of(&mut tx, &[from.contact_id, into.contact_id]).await?;
    let of_one = is_one(&kin, from.contact_id, into.contact_id);
    let customer = Customer { id: from.contact_id, kin: &kin, of_one };
    let mut parted = Parted::of(&mut tx, &kept, customer).await?;
    let reason = format!("Not sent: {} took the merge back.", by.name);
    let why = (by.name.as_str(), reason.as_str());
    let is_stopped = Box::pin(withdraw_parted(&inbox.clock, &mut tx, &mut into, &parted.waiting, why)).await?;
    if is_stopped {
        parted = Parted::of(&mut tx, &kept, customer).await?;
    }
    if !parted.waiting.is_empty() {
        let words = format!(
            "A reply that was written after the merge has not left #{} yet. Nothing was changed: wait until it has, or \
             take the reply back, and undo the merge then.",
            into.number
        );
        return Err(InboxError::Conflict(words));
    }
    merges::move_these(&mut tx, &parted.moved(), into.id, from.id).await?;
    let copied = &kept.moved.0.orders;
    let bought = Box::pin(part_orders(&inbox.clock, &mut tx, (into.id, from.id), copied)).await?;
    drop_hand_offs(&mut tx, &kept).await?;
    let joined = kept.joined(&from, &into, of_one);
    if into.order_number.as_ref().is_some_and(|number| bought.gone.contains(number)) {
        into.order_number.clone_from(&joined.order_number);
    }
    let chosen = into.order_number.as_deref().filter(|_| into.order_number != joined.order_number);
    merges::forget_orders(&mut tx, &kept.moved.0, into.id, chosen.unwrap_or_default()).await?;
    merges::forget_sent(&mut tx, &kept).await?;
    merges::forget_copies(&mut tx, &kept.moved.0, from.id, into.id).await?;
    merges::part_texts(&mut tx, &kept.moved.0, into.id).await?;
    merges::point(&mut tx, from.id, None).await?;
    let since = parted.since(&times, &all, &kin);
    let mut revived = Vec::new();
    kept.source_before.0.bring_back(&mut from);
    from.order_number = from.order_number.take().or_else(|| bought.first());
    let heard = since.go_on(&mut from);
    if since.goes.is_empty() {
        come_back(inbox, &mut tx, &mut from, &kept.source_before.0, &mut revived).await?;
    } else {
        go_on(inbox, &mut tx, &mut from, &since).await?;
    }
    kept.target_before.0.bring_back_untouched(&mut into, &joined, &since);
    if into.revision == kept.target_revision + heard {
        come_back(inbox, &mut tx, &mut into, &kept.target_before.0, &mut revived).await?;
    } else {
        // Not to what goes back: it is answered there.
        let was_wanted = kept.target_before.0.standing.agent_state != AgentState::Idle;
        let is_wanted = since.goes.is_empty() || since.is_asked_here() || was_wanted;
        // Who was given to a person since was so for the words of both.
        let was_at_it = is_stopped || into.agent_state != AgentState::Idle;
        go_idle(&mut into);
        call_agent_back(inbox, &mut tx, &mut into, was_at_it && is_wanted).await?;
    }
    bulk_changes::revive_drafts(&mut tx, &revived).await?;
    for (talk, before) in [(&mut from, &kept.source_before.0), (&mut into, &kept.target_before.0)] {
        // What was counted from a message that went is counted from what is there.
        if !since.goes.is_empty() {
            let known = talk.window;
            keep_time(inbox, &mut tx, talk, known).await?;
        }
        Box::pin(keep_own_way(inbox, &mut tx, talk, before.channel)).await?;
    }
    if into.snoozed_until == kept.target_before.0.standing.snoozed_until {
        wait_anew(&mut tx, &into, kept.target_before.0.wait).await?;
    }
    conversations::update(&mut tx, &from).await?;
    conversations::update(&mut tx, &into).await?;
    tell_wanted_anew(inbox, &mut tx, &[&from, &into], by).await?;
    let noted = Noted {
        merge: id,
        kind: EventKind::MergeUndone,
        action: AuditAction::MergeUndone,
        of_one,
        facts: json!({ "went_back": parted.went(), "stayed": parted.stayed }),
    };
    note_both(inbox, &mut tx, (&from, &into), noted, by).await?;
    tx.commit().await?;
    inbox.wake.job(JobKind::AgentRun);
    inbox.wake.job(JobKind::ReadOrder);
    inbox.wake.event();
    Ok(Undone { merge: kept, went: parted.went(), stayed: parted.stayed })
}

/// What the agent has asked a person for since a merge, it asked for over the words of both: the target has only its own
/// again. What other merges brought is theirs.
async fn drop_hand_offs(tx: &mut Tx, merge: &Merge) -> store::Result<()> {
    let others = merges::list_into(tx, merge.target_id).await?;
    let theirs: Vec<HandOffId> = others.iter().flat_map(|other| other.moved.0.hand_offs.iter().copied()).collect();
    agent_runs::drop_hand_offs(tx, merge.target_id, merge.created_at, &theirs).await
}

/// The conversation goes on with what belongs to it: what the agent had written there before does not know of that.
async fn go_on(inbox: &Inbox, tx: &mut Tx, talk: &mut Conversation, since: &Since<'_>) -> Result<(), InboxError> {
    go_idle(talk);
    call_agent_back(inbox, tx, talk, since.is_unanswered()).await
}

/// Nothing of the agent waits in it any more.
pub(super) fn go_idle(talk: &mut Conversation) {
    talk.needs_approval = false;
    talk.proposal = None;
    talk.proposal_tone = String::new();
    talk.agent_state = AgentState::Idle;
    talk.revision += 1;
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
    call_agent_back(inbox, tx, talk, was_writing).await
}
