//! One change to several conversations: one transaction, one event each, and a way back.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};

use super::care::{clean_tag, refuse_written_behind};
use super::merge::call_agent_back;
use super::notify::{tell_given, tell_wanted_anew};
use super::{Inbox, InboxError, resolutions};
use crate::model::answer_times::AnswerTimes;
use crate::model::bulk_change::{BulkChange, BulkKind, Changed, Refused};
use crate::model::conversation::{AgentState, Conversation, ConversationStatus, Shown};
use crate::model::event::EventKind;
use crate::model::job::JobKind;
use crate::model::standing::Standing;
use crate::model::teammate::Teammate;
use crate::model::turn::is_waited_for;
use crate::model::{BrandId, BulkChangeId, ConversationId, Json, TeammateId, Ts};
use crate::store::bulk_changes::{self, Revived};
use crate::store::resolutions::withdraw;
use crate::store::{Tx, answer_times, conversations, intake, messages, notifications, teammates};

/// Most conversations of one change.
pub const MOST: usize = 500;
/// The tag of spam.
pub const SPAM: &str = "spam";

/// A conversation as a person saw it when they ticked it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Picked {
    /// Its number.
    pub number: i64,
    /// Its revision then.
    pub revision: i64,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Give them to somebody, or to nobody.
    Assign(Option<TeammateId>),
    /// Add a tag.
    Tag(String),
    /// Let them sleep.
    Snooze(Ts),
    /// They are done.
    Resolve,
    /// They are not done after all.
    Reopen,
    /// They are spam.
    Spam,
}

impl Change {
    fn kind(&self) -> BulkKind {
        match self {
            Self::Assign(_) => BulkKind::Assign,
            Self::Tag(_) => BulkKind::Tag,
            Self::Snooze(_) => BulkKind::Snooze,
            Self::Resolve => BulkKind::Resolve,
            Self::Reopen => BulkKind::Reopen,
            Self::Spam => BulkKind::Spam,
        }
    }

    /// The tag that it adds, or takes away from spam that it opens again.
    fn tag(&self) -> Option<&str> {
        match self {
            Self::Tag(tag) => Some(tag),
            Self::Spam | Self::Reopen => Some(SPAM),
            _ => None,
        }
    }

    /// Whether it changes that tag of a conversation.
    fn retags(&self, talk: &Conversation, is_tagged: bool) -> bool {
        if *self == Self::Reopen { is_spam(talk, is_tagged) } else { !is_tagged }
    }
}

/// Does it to all that allow it. What does not is named with its reason. Where it has to give way to somebody who changes
/// some of the same, it is done once more.
pub async fn change(inbox: &Inbox, picked: &[Picked], change: Change, by: &Teammate) -> Result<BulkChange, InboxError> {
    let done = Box::pin(change_once(inbox, picked, change.clone(), by)).await;
    if gave_way(&done) { Box::pin(change_once(inbox, picked, change, by)).await } else { done }
}

/// Whether a change stopped for somebody who changes some of the same: nothing was done.
pub(super) fn gave_way<T>(done: &Result<T, InboxError>) -> bool {
    matches!(done, Err(InboxError::Store(error)) if error.gave_way())
}

async fn change_once(
    inbox: &Inbox,
    picked: &[Picked],
    change: Change,
    by: &Teammate,
) -> Result<BulkChange, InboxError> {
    if picked.is_empty() {
        return Err(InboxError::Invalid("No conversation is ticked. Tick some in the list first.".to_owned()));
    }
    if picked.len() > MOST {
        return Err(InboxError::Invalid(format!("At most {MOST} conversations can be changed at once.")));
    }
    let plan = Plan::of(inbox, change).await?;
    let tx = inbox.db.begin().await?;
    change_in(inbox, tx, &once_each(picked), plan, by).await
}

/// A change as it can be done.
struct Plan {
    change: Change,
    /// Who gets the work, as a name.
    assignee: Option<String>,
    times: HashMap<BrandId, AnswerTimes>,
    now: Ts,
}

impl Plan {
    async fn of(inbox: &Inbox, change: Change) -> Result<Self, InboxError> {
        let now = inbox.clock.now();
        let (change, assignee) = checked(inbox, change, now).await?;
        Ok(Self { change, assignee, times: answer_times::all(&inbox.db).await?, now })
    }
}

/// Does it in a transaction that may hold some of them already, which it ends.
async fn change_in(
    inbox: &Inbox,
    mut tx: Tx,
    picked: &[Picked],
    plan: Plan,
    by: &Teammate,
) -> Result<BulkChange, InboxError> {
    let Plan { change, assignee, times, now } = plan;
    let usual = AnswerTimes::default();
    let numbers: Vec<i64> = picked.iter().map(|one| one.number).collect();
    let found = bulk_changes::lock(&mut tx, &numbers).await?;
    let ids: Vec<ConversationId> = found.iter().map(|talk| talk.id).collect();
    let tagged = match change.tag() {
        Some(tag) => bulk_changes::list_tagged(&mut tx, &ids, tag).await?,
        None => HashSet::new(),
    };
    let leaving = if change.kind().ends() { bulk_changes::list_leaving(&mut tx, &ids).await? } else { HashSet::new() };
    let turns = if change == Change::Reopen { messages::list_turns(&mut tx, &ids).await? } else { HashMap::new() };
    let drafts = bulk_changes::current_drafts(&mut tx, &ids).await?;
    let (mut talks, mut before) = (Vec::new(), Vec::new());
    let mut refused: Vec<Refused> = Vec::new();
    for one in picked {
        let Some(talk) = found.iter().find(|talk| talk.number == one.number) else {
            refused.push(Refused { number: one.number, why: "does not exist".to_owned() });
            continue;
        };
        let is_tagged = tagged.contains(&talk.id);
        let leaves = leaving.contains(&talk.id).then_some("an automatic reply is about to leave; stop it first");
        if let Some(why) = leaves.or_else(|| refusal(talk, *one, &change, is_tagged)) {
            refused.push(Refused { number: one.number, why: why.to_owned() });
            continue;
        }
        let standing = Standing::of(talk, drafts.get(&talk.id).copied());
        let tag = change.tag().filter(|_| change.retags(talk, is_tagged));
        let mut talk = talk.clone();
        let times = times.get(&talk.brand_id).unwrap_or(&usual);
        let somebody_waits = turns.get(&talk.id).is_some_and(|turns| is_waited_for(turns));
        apply(&mut talk, &change, (times, somebody_waits), now);
        before.push(Changed {
            before: standing,
            status: talk.status,
            assignee: talk.assignee_id,
            snoozed_until: talk.snoozed_until,
            revision: talk.revision,
            tag: tag.map(str::to_owned),
        });
        talks.push(talk);
    }
    write(&mut tx, &change, &talks, &before, now).await?;
    if change == Change::Resolve {
        resolutions::begin(&mut tx, &talks).await?;
    }
    let data = data_of(&change, assignee.as_deref());
    let events: Vec<_> =
        talks.iter().map(|talk| inbox.event(talk, event_of(&change), &by.name, data.clone())).collect();
    intake::insert_events(&mut tx, &events).await?;
    if change.kind() == BulkKind::Assign {
        tell_given(inbox, &mut tx, &talks, by).await?;
    }
    let kept = BulkChange {
        id: inbox.clock.new_id(),
        teammate_id: by.id,
        kind: change.kind(),
        refused: Json(refused),
        before: Json(before),
        created_at: now,
        undone_at: None,
    };
    bulk_changes::insert(&mut tx, &kept).await?;
    tx.commit().await?;
    inbox.wake.event();
    Ok(kept)
}

/// What was ticked, each once: a list that grows may show a row twice. Only what both show was seen.
fn once_each(picked: &[Picked]) -> Vec<Picked> {
    let mut once: Vec<Picked> = Vec::with_capacity(picked.len());
    for one in picked {
        match once.iter_mut().find(|known| known.number == one.number) {
            Some(known) => known.revision = known.revision.min(one.revision),
            None => once.push(*one),
        }
    }
    once
}

/// Marks one as spam as far as it was `shown`, where a page says so. It is done once more, too.
pub async fn mark_spam(
    inbox: &Inbox,
    id: ConversationId,
    shown: Option<Shown>,
    by: &Teammate,
) -> Result<BulkChange, InboxError> {
    let done = Box::pin(mark_spam_once(inbox, id, shown, by)).await;
    if gave_way(&done) { Box::pin(mark_spam_once(inbox, id, shown, by)).await } else { done }
}

async fn mark_spam_once(
    inbox: &Inbox,
    id: ConversationId,
    shown: Option<Shown>,
    by: &Teammate,
) -> Result<BulkChange, InboxError> {
    let plan = Plan::of(inbox, Change::Spam).await?;
    let mut tx = inbox.db.begin().await?;
    let talk = conversations::lock(&mut tx, id).await?;
    refuse_written_behind(&mut tx, talk.id, shown).await?;
    change_in(inbox, tx, &[Picked { number: talk.number, revision: talk.revision }], plan, by).await
}

/// The change as it can be done, and the name of the person who gets the work.
async fn checked(inbox: &Inbox, change: Change, now: Ts) -> Result<(Change, Option<String>), InboxError> {
    match change {
        Change::Assign(Some(id)) => {
            let person = teammates::find(&inbox.db, id).await?.filter(|person| person.disabled_at.is_none());
            let gone = || InboxError::Invalid("This person is no longer on the team.".to_owned());
            let person = person.ok_or_else(gone)?;
            Ok((change, Some(person.name)))
        }
        Change::Tag(tag) => Ok((Change::Tag(clean_tag(&tag)?), None)),
        Change::Snooze(until) if until <= now => Err(InboxError::Invalid("Choose a time that lies ahead.".to_owned())),
        other => Ok((other, None)),
    }
}

/// Whether a conversation was closed as spam.
fn is_spam(talk: &Conversation, is_tagged: bool) -> bool {
    is_tagged && talk.status == ConversationStatus::Resolved
}

/// Why a conversation stays as it is.
fn refusal(talk: &Conversation, picked: Picked, change: &Change, is_tagged: bool) -> Option<&'static str> {
    let resolved = talk.status == ConversationStatus::Resolved;
    match change {
        _ if talk.merged_into.is_some() => Some("it was merged into another"),
        // What came since it was ticked must be looked at first.
        _ if change.kind().puts_away() && talk.revision != picked.revision => {
            Some("something came in since you saw it")
        }
        Change::Assign(to) if talk.assignee_id == *to => Some("it is theirs already"),
        Change::Tag(_) if is_tagged => Some("it has the tag already"),
        Change::Snooze(_) if resolved => Some("it is resolved"),
        Change::Resolve if resolved => Some("it is resolved already"),
        Change::Spam if is_spam(talk, is_tagged) => Some("it is spam already"),
        Change::Reopen if talk.status == ConversationStatus::Open => Some("it is open already"),
        _ => None,
    }
}

/// What the change does to a conversation.
fn apply(talk: &mut Conversation, change: &Change, (times, somebody_waits): (&AnswerTimes, bool), now: Ts) {
    match change {
        Change::Assign(to) => talk.assignee_id = *to,
        Change::Tag(_) => {}
        Change::Snooze(until) => {
            talk.status = ConversationStatus::Snoozed;
            talk.snoozed_until = Some(*until);
        }
        Change::Reopen => talk.open_again(times, somebody_waits, now),
        Change::Resolve | Change::Spam => {
            talk.end(now);
            // A run that is under way must not come back to it.
            talk.taken_over = *change == Change::Spam;
        }
    }
}

async fn write(
    tx: &mut Tx,
    change: &Change,
    talks: &[Conversation],
    before: &[Changed],
    now: Ts,
) -> Result<(), InboxError> {
    if talks.is_empty() {
        return Ok(());
    }
    let ids: Vec<ConversationId> = talks.iter().map(|talk| talk.id).collect();
    bulk_changes::update(tx, talks).await?;
    if let Some(tag) = change.tag() {
        let changed = before.iter().filter(|one| one.tag.is_some());
        let retagged: Vec<ConversationId> = changed.map(|one| one.before.conversation).collect();
        retag(tx, &retagged, (tag, *change != Change::Reopen), now).await?;
    }
    if change.kind().puts_away() {
        notifications::read_wanted(tx, &ids, now).await?;
    }
    if change.kind().ends() {
        bulk_changes::supersede_drafts(tx, &ids).await?;
        bulk_changes::drop_agent_runs(tx, &ids).await?;
    }
    Ok(())
}

/// Adds a tag to these, or takes it off them.
async fn retag(tx: &mut Tx, ids: &[ConversationId], (tag, is_added): (&str, bool), now: Ts) -> Result<(), InboxError> {
    if ids.is_empty() {
        return Ok(());
    }
    if is_added {
        bulk_changes::add_tag(tx, ids, tag, now).await?;
    } else {
        bulk_changes::remove_tag(tx, ids, tag).await?;
    }
    Ok(())
}

fn event_of(change: &Change) -> EventKind {
    match change {
        Change::Assign(_) => EventKind::Assigned,
        Change::Tag(_) => EventKind::Tagged,
        Change::Snooze(_) => EventKind::Snoozed,
        Change::Resolve => EventKind::Resolved,
        Change::Reopen => EventKind::Reopened,
        Change::Spam => EventKind::MarkedSpam,
    }
}

fn data_of(change: &Change, assignee: Option<&str>) -> Value {
    match change {
        Change::Assign(_) => json!({ "to": assignee }),
        Change::Tag(tag) => json!({ "tag": tag, "added": true }),
        _ => json!({}),
    }
}

/// Brings back what a change of this kind changes, and nothing else.
fn bring_back(kind: BulkKind, before: &Standing, talk: &mut Conversation) {
    match kind {
        BulkKind::Assign => talk.assignee_id = before.assignee,
        BulkKind::Tag => {}
        BulkKind::Snooze => before.bring_back_status(talk),
        BulkKind::Reopen => {
            before.bring_back_status(talk);
            (talk.due_at, talk.clocks) = (before.due_at, before.clocks);
            talk.taken_over |= before.taken_over;
        }
        BulkKind::Resolve | BulkKind::Spam => before.bring_back(talk),
    }
}

/// What came of taking a change back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Undone {
    /// How many stand as before.
    pub back: usize,
    /// How many have moved on since, and stay.
    pub moved_on: usize,
}

/// Takes a change back where nothing has happened since: those conversations stand as before, their drafts wait again, and
/// where the agent was writing it begins anew. It is done once more, too.
pub async fn undo(inbox: &Inbox, id: BulkChangeId, by: &Teammate) -> Result<Undone, InboxError> {
    let done = Box::pin(undo_once(inbox, id, by)).await;
    if gave_way(&done) { Box::pin(undo_once(inbox, id, by)).await } else { done }
}

async fn undo_once(inbox: &Inbox, id: BulkChangeId, by: &Teammate) -> Result<Undone, InboxError> {
    let kept = bulk_changes::find(&inbox.db, id).await?.ok_or(InboxError::NotFound)?;
    if kept.teammate_id != by.id {
        return Err(InboxError::Forbidden("Only who made this change can take it back.".to_owned()));
    }
    let now = inbox.clock.now();
    let ids: Vec<ConversationId> = kept.before.0.iter().map(|one| one.before.conversation).collect();
    let mut tx = inbox.db.begin().await?;
    let found = bulk_changes::lock_ids(&mut tx, &ids).await?;
    if !bulk_changes::set_undone(&mut tx, id, now).await? {
        return Err(InboxError::Conflict("This was taken back before.".to_owned()));
    }
    let newer = bulk_changes::current_drafts(&mut tx, &ids).await?;
    let (mut talks, mut revived, mut retagged, mut events) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for one in &kept.before.0 {
        let still = |talk: &&Conversation| {
            let is_it = talk.id == one.before.conversation;
            let written = kept.kind.ends() && newer.contains_key(&talk.id);
            let stands = talk.status == one.status && talk.assignee_id == one.assignee;
            // Who put it to sleep anew chose another time.
            let sleeps_on =
                kept.kind != BulkKind::Snooze || one.snoozed_until.is_none_or(|at| talk.snoozed_until == Some(at));
            is_it && !written && stands && sleeps_on && talk.revision == one.revision
        };
        let Some(mut talk) = found.iter().find(still).cloned() else { continue };
        bring_back(kept.kind, &one.before, &mut talk);
        let was_writing = kept.kind.ends() && one.before.agent_state == AgentState::Writing;
        call_agent_back(inbox, &mut tx, &mut talk, was_writing).await?;
        // Only what the change itself made void waits again.
        let voided = one.before.draft.filter(|_| kept.kind.ends());
        revived.extend(voided.map(|draft| Revived { draft, revision: talk.revision }));
        retagged.extend(one.tag.as_ref().map(|_| talk.id));
        events.push(inbox.event(&talk, EventKind::ChangeUndone, &by.name, json!({ "kind": kept.kind.as_str() })));
        talks.push(talk);
    }
    if !talks.is_empty() {
        bulk_changes::update(&mut tx, &talks).await?;
        bulk_changes::revive_drafts(&mut tx, &revived).await?;
        let back: Vec<ConversationId> = talks.iter().map(|talk| talk.id).collect();
        withdraw(&mut tx, &back, kept.created_at).await?;
        if kept.kind == BulkKind::Assign || kept.kind.puts_away() {
            let stand: Vec<&Conversation> = talks.iter().collect();
            tell_wanted_anew(inbox, &mut tx, &stand, by).await?;
        }
    }
    if let Some(tag) = kept.before.0.iter().find_map(|one| one.tag.as_deref()) {
        retag(&mut tx, &retagged, (tag, kept.kind == BulkKind::Reopen), now).await?;
    }
    intake::insert_events(&mut tx, &events).await?;
    tx.commit().await?;
    inbox.wake.job(JobKind::AgentRun);
    inbox.wake.event();
    Ok(Undone { back: talks.len(), moved_on: kept.before.0.len() - talks.len() })
}
