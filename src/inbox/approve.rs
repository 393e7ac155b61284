//! A person decides about a draft: accept, edit, reject, take over, or have it written again.

use std::sync::Arc;
use std::time::Duration;

use channel_contract::outbound::says_the_same;
use serde_json::json;

use super::admission::{self, Said, refuse};
use super::connections::Connection;
use super::limits::{beside, check, policy_of};
use super::outgoing::{Reply, put_on_its_way};
use super::place::agent_job;
use super::taken_back::{take_back, wait_again, withdraw};
use super::{Inbox, InboxError, clean};
use crate::model::approval::{Approval, ApprovalState};
use crate::model::audit::{Act, Actor, AuditAction, AuditSubject};
use crate::model::brand::AgentLevel;
use crate::model::conversation::{AgentState, Conversation, ConversationStatus};
use crate::model::draft::{Draft, DraftState, ProposedAction};
use crate::model::event::EventKind;
use crate::model::fit::Author;
use crate::model::job::JobKind;
use crate::model::teammate::Teammate;
use crate::model::{ApprovalId, ConversationId, MessageId};
use crate::policy::Policy;
use crate::store::approvals::Decided;
use crate::store::{Tx, approvals, audit, brands, conversations, draft_texts, drafts, intake, jobs, notifications};

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

/// What a person changes about a draft before it leaves.
#[derive(Clone, Copy, Debug, Default)]
pub struct Changes<'a> {
    /// Their text in place of the draft's.
    pub text: Option<&'a str>,
    /// Left-out sentences that they keep, by their place.
    pub sentences: &'a [usize],
    /// The actions that are done, by their place; all of them when nothing is said.
    pub actions: Option<&'a [usize]>,
}

/// What a person decided.
struct Verdict<'a> {
    state: ApprovalState,
    reason: &'a str,
    final_text: Option<&'a str>,
    dropped: &'a [ProposedAction],
}

const MOVED_ON: &str =
    "The conversation has moved on since this draft was written. Nothing was sent. Look at what is new first.";

/// Why a draft that is a template is not changed.
const WORD_FOR_WORD: &str = "The platform takes its template word for word, so it was not changed. Nothing was sent. Approve it \
                             as it stands, or choose another one under Templates.";

struct Case {
    approval: Approval,
    draft: Draft,
    conversation: Conversation,
    policy: Option<Arc<Policy>>,
    connection: Option<Arc<Connection>>,
    /// What a marketplace was not told.
    untold: Vec<String>,
}

/// Sends the draft, with what the person changed.
pub async fn accept(
    inbox: &Inbox,
    id: ApprovalId,
    decider: Decider<'_>,
    changes: Changes<'_>,
) -> Result<MessageId, InboxError> {
    let (mut tx, mut case) = open(inbox, id).await?;
    if case.conversation.revision != case.draft.revision {
        return Err(InboxError::Conflict(MOVED_ON.to_owned()));
    }
    let mut document = case.draft.document.0.clone();
    let (does, dropped) = chosen(&document.actions, changes.actions)?;
    if let Some(problem) = does.iter().find_map(|action| action.problem.as_deref()) {
        return Err(InboxError::Conflict(format!("It cannot be sent as it is: {problem}")));
    }
    if let Some(other) = beside(&mut tx, &case.conversation, &case.draft, &does, true).await? {
        let words = format!(
            "Not yet: {other}, and this draft does not know of it. Nothing was sent. Look there first; then let the agent \
             write again, or do it by hand beside the order."
        );
        return Err(InboxError::Conflict(words));
    }
    let person = (decider.teammate, case.approval.needs_role);
    let now = inbox.clock.now();
    check(&mut tx, now, &case.conversation, case.policy.as_deref(), &does, person).await?;
    for place in changes.sentences {
        if let Some(sentence) = document.sentences.get_mut(*place) {
            sentence.left_out = None;
        }
    }
    let own_text = document.text();
    let template = case.draft.document.0.template.as_ref();
    let written = changes.text.map(clean);
    let text = match written.as_deref().map(str::trim) {
        Some(text) if template.is_none() => text,
        Some(text) if !says_the_same(text, &own_text) => {
            return Err(InboxError::Invalid(WORD_FOR_WORD.to_owned()));
        }
        _ => own_text.as_str(),
    };
    // Who only says yes writes nothing, and a program is no person.
    let machine_worded = decider.program || case.draft.document.0.wrote(text);
    let author = if machine_worded { Author::Approved } else { Author::Teammate };
    let said = Said { text, files: &[], choices: &[], author, template, untold: &case.untold };
    let misfits = admission::look(inbox, &mut tx, case.connection.as_deref(), &case.conversation, said).await?;
    refuse(&misfits).map_err(|error| with_draft(error, changes))?;
    let is_edit = text != case.draft.document.0.text() || !dropped.is_empty();
    let reply = Reply {
        id: inbox.clock.new_id(),
        text,
        teammate: Some(decider.teammate),
        draft: Some(&case.draft),
        instead_of: None,
        actions: &does,
        files: &[],
        choices: &[],
        template,
        machine_worded,
        program: decider.program,
        readers: None,
    };
    let state = if is_edit { ApprovalState::Edited } else { ApprovalState::Accepted };
    let verdict = Verdict { state, reason: "", final_text: is_edit.then_some(text), dropped: &dropped };
    decide(inbox, &mut tx, &case, decider, verdict).await?;
    let message = put_on_its_way(inbox, &mut tx, &mut case.conversation, &reply).await?;
    drafts::set_state(&mut tx, case.draft.id, DraftState::Used).await?;
    tx.commit().await?;
    inbox.wake.event();
    Ok(message)
}

/// Why a draft was refused as it stands. It waits on, and says so; whoever changed its text hears of their version instead.
fn with_draft(error: InboxError, changes: Changes<'_>) -> InboxError {
    match error {
        InboxError::Invalid(words) if changes.text.is_none() => {
            InboxError::Invalid(format!("{words} The draft is kept."))
        }
        other => other,
    }
}

/// The actions of a draft that are done, and those that the person does not want.
fn chosen(
    actions: &[ProposedAction],
    kept: Option<&[usize]>,
) -> Result<(Vec<ProposedAction>, Vec<ProposedAction>), InboxError> {
    let unknown = kept.unwrap_or_default().iter().find(|place| **place >= actions.len());
    if let Some(place) = unknown {
        return Err(InboxError::Invalid(format!("The draft has no action at place {place}. Nothing was sent.")));
    }
    let is_kept = |place: usize| kept.is_none_or(|kept| kept.contains(&place));
    let (does, dropped): (Vec<_>, Vec<_>) = actions.iter().cloned().enumerate().partition(|(place, _)| is_kept(*place));
    let without_places = |all: Vec<(usize, ProposedAction)>| all.into_iter().map(|(_, action)| action).collect();
    Ok((without_places(does), without_places(dropped)))
}

/// Sends nothing. The reason is kept; the conversation stays open for a person.
pub async fn reject(inbox: &Inbox, id: ApprovalId, decider: Decider<'_>, reason: &str) -> Result<(), InboxError> {
    let (mut tx, mut case) = open(inbox, id).await?;
    let reason = reason.trim();
    let verdict = Verdict { state: ApprovalState::Rejected, reason, final_text: None, dropped: &[] };
    decide(inbox, &mut tx, &case, decider, verdict).await?;
    drafts::set_state(&mut tx, case.draft.id, DraftState::Rejected).await?;
    draft_texts::forget_decided(&mut tx, &[case.conversation.id]).await?;
    put_down(&mut case.conversation);
    conversations::update(&mut tx, &case.conversation).await?;
    tx.commit().await?;
    inbox.wake.event();
    Ok(())
}

/// The person answers themselves: the agent keeps out until the conversation is resolved. Whoever would have had its answer
/// by now waits for theirs.
pub async fn take_over(inbox: &Inbox, id: ConversationId, by: &Teammate) -> Result<(), InboxError> {
    let mut tx = inbox.db.begin().await?;
    let mut conversation = conversations::lock(&mut tx, id).await?;
    drafts::supersede(&mut tx, conversation.id).await?;
    let stopped = withdraw(&inbox.clock, &mut tx, &conversation, &by.name).await?;
    wait_again(&mut tx, &mut conversation, &stopped).await?;
    put_down(&mut conversation);
    conversation.taken_over = true;
    conversation.assignee_id = Some(by.id);
    conversation.revision += 1;
    conversations::update(&mut tx, &conversation).await?;
    notifications::read_wanted(&mut tx, &[conversation.id], inbox.clock.now()).await?;
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
    ask_agent(inbox, tx, conversation, by, instruction).await
}

/// The agent writes anew in place of a message that was held: that one is taken back.
pub async fn write_instead(inbox: &Inbox, id: MessageId, by: &Teammate) -> Result<(), InboxError> {
    let mut tx = inbox.db.begin().await?;
    let conversation = take_back(inbox, &mut tx, id, by).await?.conversation;
    ask_agent(inbox, tx, conversation, by, "").await
}

/// A teammate wants the agent to write, also where they had taken over.
async fn ask_agent(
    inbox: &Inbox,
    mut tx: Tx,
    mut conversation: Conversation,
    by: &Teammate,
    instruction: &str,
) -> Result<(), InboxError> {
    if conversation.status == ConversationStatus::Resolved {
        return Err(InboxError::Conflict("The conversation is resolved. Reopen it first.".to_owned()));
    }
    if brands::get_in(&mut tx, conversation.brand_id).await?.agent_level == AgentLevel::Off {
        let words = "The agent is switched off for this brand. Switch it on under Brands, or answer by hand.";
        return Err(InboxError::Conflict(words.to_owned()));
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
    let connection = admission::connected(inbox, row.channel_id).await?;
    let untold = admission::not_told(inbox, connection.as_deref(), &row).await?;
    let mut tx = inbox.db.begin().await?;
    let conversation = conversations::lock(&mut tx, approval.conversation_id).await?;
    // Behind the lock: whoever decided at the same moment was first.
    if let Some(words) = decided_already(approvals::state(&mut tx, id).await?) {
        return Err(InboxError::Conflict(words.to_owned()));
    }
    Ok((tx, Case { approval, draft, conversation, policy, connection, untold }))
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
    Verdict { state, reason, final_text, dropped }: Verdict<'_>,
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
    let labels = listed(dropped, "; ", |action| action.label.clone());
    let data = json!({ "state": state.as_str(), "reason": reason, "not_done": labels });
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
        details: json!({
            "approval": case.approval.id,
            "draft": case.draft.id,
            "not_done": listed(dropped, ", ", kind_and_worth),
        }),
    };
    Ok(audit::append(tx, &act, inbox.clock.now()).await?)
}

fn listed(actions: &[ProposedAction], between: &str, words: fn(&ProposedAction) -> String) -> Option<String> {
    (!actions.is_empty()).then(|| actions.iter().map(words).collect::<Vec<_>>().join(between))
}

/// `refund 19.90 EUR`: what the audit tells of an action, without anything of the customer.
fn kind_and_worth(proposed: &ProposedAction) -> String {
    let kind = proposed.action.kind().as_str();
    match proposed.action.amount().or(proposed.worth) {
        Some(worth) => format!("{kind} {worth}"),
        None => kind.to_owned(),
    }
}
