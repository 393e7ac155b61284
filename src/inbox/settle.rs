//! Applies what the agent returned, if the conversation has not moved on: a person always wins.

use std::sync::Arc;

use serde_json::json;

use super::admission::{self, Said};
use super::brakes::why_stopped;
use super::hand_over::{HandOver, hand_over};
use super::limits::{beside, given_before, over};
use super::outgoing::{Reply, put_on_its_way};
use super::people::note_order;
use super::place::agent_job;
use super::restraint::restraint;
use super::{Inbox, InboxError, identity_checks, resolutions};
use crate::model::agent_run::{AgentRun, HandOffPacket, RunState};
use crate::model::approval::{Approval, ApprovalState};
use crate::model::brand::AgentLevel;
use crate::model::conversation::{AgentState, Conversation, ConversationStatus};
use crate::model::draft::{Draft, DraftDocument, DraftState};
use crate::model::event::EventKind;
use crate::model::fit::Author;
use crate::model::job::{JobKind, JobState};
use crate::model::order::{ActionKind, KnownOrder, MatchedBy};
use crate::model::teammate::Role;
use crate::model::{DraftId, Json, Ts};
use crate::policy::{Alone, Policy};
use crate::store::versions::{self, Kind};
use crate::store::{
    self, Reader, Tx, agent_runs, answer_times, approvals, brands, conversations, drafts, intake, jobs, merges,
    messages, notifications, orders,
};

/// What the agent understood, for the conversation's row.
#[derive(Clone, Debug, Default)]
pub struct Understood {
    /// The intent's word.
    pub intent: Option<String>,
    /// ISO 639.
    pub language: String,
    /// What they want, in a line.
    pub gist: Option<String>,
    /// The orders it is about, with how they were matched.
    pub orders: Vec<(KnownOrder, MatchedBy)>,
}

/// A reply that the agent wrote.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// The draft.
    pub document: DraftDocument,
    /// The intent's word.
    pub intent: String,
    /// ISO 639.
    pub language: String,
    /// 0 to 1.
    pub confidence: f64,
    /// Why a person is asked; empty: it goes out alone.
    pub reasons: Vec<String>,
    /// Who may say yes to it.
    pub needs: Role,
    /// Cases with the same likeness can be decided together.
    pub likeness: String,
    /// The words that say that a machine writes, where it has to be said.
    pub disclosure: Option<String>,
    /// The policy that it was decided under: its caps count when it is applied.
    pub policy: Arc<Policy>,
}

/// What the agent returned.
#[derive(Clone, Debug)]
pub enum Returned {
    /// A reply.
    Reply(Box<Proposal>),
    /// A person must take it.
    HandOff {
        /// Why.
        reason: String,
        /// What the person gets.
        packet: HandOffPacket,
        /// What the customer is told meanwhile.
        notice: Option<String>,
    },
    /// There is nothing to say.
    Nothing {
        /// Why.
        reason: String,
        /// Whether the conversation is done with that (thanks, spam).
        resolve: bool,
    },
}

/// A finished run with what it returned. The run's state is set here.
#[derive(Clone, Debug)]
pub struct Finished {
    /// The run.
    pub run: AgentRun,
    /// What it understood.
    pub understood: Understood,
    /// What it returned.
    pub result: Returned,
}

/// Applies a run within `tx`, which the caller commits, as far as the agent may go for the brand now. `false` when events
/// overtook it, or the agent was switched off: its outcome is dropped, only the run itself is kept.
pub async fn settle(inbox: &Inbox, tx: &mut Tx, finished: &Finished) -> Result<bool, InboxError> {
    let mut conversation = conversations::lock(tx, finished.run.conversation_id).await?;
    // One that was merged meanwhile is another conversation now.
    let moved_on = conversation.id != finished.run.conversation_id
        || conversation.revision != finished.run.revision
        || conversation.taken_over
        || conversation.status == ConversationStatus::Resolved
        || is_about_another(tx, &conversation, &finished.understood).await?;
    let mut run = finished.run.clone();
    let later = Later::than(tx, &conversation, &run).await?;
    // As it is now: somebody may have changed it while the run was under way.
    let level = brands::get_in(tx, conversation.brand_id).await?.agent_level;
    let overtaken = moved_on || later.is_any() || level == AgentLevel::Off;
    run.state = if overtaken { RunState::Overtaken } else { RunState::Done };
    agent_runs::insert(tx, &run).await?;
    if overtaken {
        if !later.serve(tx, &conversation, &run, moved_on).await? {
            look_again(inbox, tx, &conversation, &run, level).await?;
        }
        return Ok(false);
    }
    let now = inbox.clock.now();
    note_understood(inbox, tx, &mut conversation, &finished.understood, now).await?;
    drafts::supersede(tx, conversation.id).await?;
    conversation.needs_approval = false;
    conversation.proposal = None;
    conversation.proposal_tone = String::new();
    conversation.agent_state = AgentState::Idle;
    let asks = asks_anyway(tx, &conversation, finished, level).await?;
    match &finished.result {
        Returned::Reply(proposal) => reply(inbox, tx, &mut conversation, &run, proposal, asks).await?,
        Returned::HandOff { reason, packet, notice } => {
            let given = HandOver { reason, packet, notice: notice.as_deref(), asks };
            hand_over(inbox, tx, &mut conversation, &run, &given).await?;
        }
        Returned::Nothing { reason, resolve } => {
            if *resolve {
                conversation.end(now);
                resolutions::begin(tx, std::slice::from_ref(&conversation)).await?;
            }
            conversations::update(tx, &conversation).await?;
            if *resolve {
                notifications::read_wanted(tx, &[conversation.id], now).await?;
            }
            let kind = if *resolve { EventKind::Resolved } else { EventKind::RunEnded };
            let event = inbox.event(&conversation, kind, "agent", json!({ "reason": reason }));
            intake::insert_events(tx, &[event]).await?;
        }
    }
    Ok(true)
}

/// Why a person is asked whatever the policy grants: the brand lets nothing out alone, or the agent is stopped here.
async fn asks_anyway(
    tx: &mut Tx,
    conversation: &Conversation,
    finished: &Finished,
    level: AgentLevel,
) -> store::Result<Option<String>> {
    if level != AgentLevel::Auto {
        return Ok(Some("every draft of this brand is read by a person".to_owned()));
    }
    let (intent, actions): (&str, Vec<ActionKind>) = match &finished.result {
        Returned::Reply(proposal) => (
            proposal.intent.as_str(),
            proposal.document.actions.iter().map(|proposed| proposed.action.kind()).collect(),
        ),
        Returned::HandOff { .. } | Returned::Nothing { .. } => {
            (finished.understood.intent.as_deref().unwrap_or_default(), Vec::new())
        }
    };
    let (brand, channel) = (conversation.brand_id, conversation.channel_kind.as_str());
    why_stopped(&mut Reader::Tx(tx), &Alone { brand, intent, channel, actions: &actions }).await
}

/// Whether somebody has taken an order off meanwhile that the agent took it to be about.
async fn is_about_another(tx: &mut Tx, conversation: &Conversation, understood: &Understood) -> store::Result<bool> {
    for (known, _) in &understood.orders {
        if orders::is_refused(tx, conversation.id, known.source_id, &known.order.id).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Runs of a conversation that come after one: those that wait or are under way, and one that is done.
struct Later {
    waits: bool,
    /// What teammates asked each of them for, `""` for nothing.
    instructions: Vec<String>,
}

impl Later {
    async fn than(tx: &mut Tx, conversation: &Conversation, run: &AgentRun) -> store::Result<Self> {
        let begun = jobs::list_newer(tx, JobKind::AgentRun, &conversation.id.to_string(), run.started_at).await?;
        let done = agent_runs::find_later(tx, conversation.id, run.started_at, conversation.revision).await?;
        let asked = begun.iter().map(|job| job.text("instruction"));
        Ok(Self {
            waits: begun.iter().any(|job| job.state == JobState::Ready),
            instructions: asked.chain(done.map(|later| later.instruction)).collect(),
        })
    }

    fn is_any(&self) -> bool {
        !self.instructions.is_empty()
    }

    /// Whether what was asked of an overtaken run is served by those after it. One that waits is told what that was;
    /// one that has begun does not know it, and a customer's word in between takes nothing back that a teammate asked.
    async fn serve(
        &self,
        tx: &mut Tx,
        conversation: &Conversation,
        run: &AgentRun,
        moved_on: bool,
    ) -> store::Result<bool> {
        if run.instruction.is_empty() {
            return Ok(self.is_any());
        }
        if self.waits {
            let asked = json!({ "instruction": run.instruction });
            jobs::bequeath(tx, JobKind::AgentRun, &conversation.id.to_string(), &asked).await?;
        }
        let is_asked_anew = self.instructions.iter().any(|asked| !asked.is_empty());
        Ok(self.waits || is_asked_anew || (self.is_any() && !moved_on))
    }
}

/// The conversation moved on while the agent thought: it looks again where a customer wrote last, in the same
/// transaction that drops what it thought.
async fn look_again(
    inbox: &Inbox,
    tx: &mut Tx,
    conversation: &Conversation,
    run: &AgentRun,
    level: AgentLevel,
) -> Result<(), InboxError> {
    let customer_wrote = conversation.last_inbound_at.is_some_and(|at| at == conversation.last_message_at);
    let is_done = conversation.status == ConversationStatus::Resolved;
    if customer_wrote && !conversation.taken_over && !is_done && level != AgentLevel::Off {
        let job = agent_job(&inbox.clock, conversation.id, inbox.clock.now(), &run.instruction);
        return Ok(jobs::enqueue(tx, &[job]).await?);
    }
    if conversation.agent_state == AgentState::Writing {
        conversations::set_agent_state(tx, conversation.id, AgentState::Idle).await?;
        let data = json!({ "reason": "overtaken" });
        intake::insert_events(tx, &[inbox.event(conversation, EventKind::RunEnded, "agent", data)]).await?;
    }
    Ok(())
}

async fn note_understood(
    inbox: &Inbox,
    tx: &mut Tx,
    conversation: &mut Conversation,
    understood: &Understood,
    now: Ts,
) -> store::Result<()> {
    conversation.intent.clone_from(&understood.intent);
    conversation.language.clone_from(&understood.language);
    if let Some(gist) = &understood.gist {
        conversation.gist.clone_from(gist);
    }
    for (known, matched_by) in &understood.orders {
        orders::save(tx, known).await?;
        orders::link(tx, conversation.id, known, *matched_by, now).await?;
        note_order(&inbox.clock, tx, conversation, known).await?;
    }
    if let [(known, matched_by)] = understood.orders.as_slice()
        && conversation.order_number.as_ref() != Some(&known.order.number)
    {
        conversation.order_number = Some(known.order.number.clone());
        let data = json!({ "order": known.order.number, "by": matched_by.as_str() });
        intake::insert_events(tx, &[inbox.event(conversation, EventKind::OrderMatched, "agent", data)]).await?;
    }
    Ok(())
}

/// Why nothing goes to the customer without a person now. A merge alone sends nothing: who has written since waits for an
/// answer, and nobody else does.
pub(super) async fn held_back(
    inbox: &Inbox,
    tx: &mut Tx,
    conversation: &Conversation,
) -> store::Result<Option<String>> {
    if merges::came_since_asked(tx, conversation.id).await? {
        return Ok(Some("two conversations were merged".to_owned()));
    }
    restraint(inbox, tx, conversation).await
}

/// Whether a teammate has answered by hand since the case was opened, on whichever channel: the customer is used to them.
async fn is_a_persons(tx: &mut Tx, conversation: &Conversation) -> store::Result<bool> {
    let opened = conversation.clocks.resolving_since.unwrap_or(conversation.created_at);
    messages::is_answered_by_hand(tx, conversation.id, opened).await
}

async fn reply(
    inbox: &Inbox,
    tx: &mut Tx,
    conversation: &mut Conversation,
    run: &AgentRun,
    proposal: &Proposal,
    asks: Option<String>,
) -> Result<(), InboxError> {
    let now = inbox.clock.now();
    let id: DraftId = inbox.clock.new_id();
    let draft = Draft {
        id,
        conversation_id: conversation.id,
        run_id: run.id,
        revision: run.revision,
        state: DraftState::Current,
        intent: proposal.intent.clone(),
        language: proposal.language.clone(),
        confidence: proposal.confidence,
        document: Json(proposal.document.clone()),
        created_at: now,
    };
    drafts::insert(tx, &draft).await?;
    let (mut reasons, mut needs) = (proposal.reasons.clone(), proposal.needs);
    if reasons.is_empty() {
        reasons.extend(asks);
    }
    if reasons.is_empty() {
        let policy = versions::in_force_in(tx, Kind::Policy, conversation.brand_id, now).await?;
        let holds = policy.is_some_and(|policy| policy.version == run.policy_version);
        if !holds {
            reasons.push("the policy was changed while this was written".to_owned());
        }
    }
    if reasons.is_empty() {
        reasons.extend(held_back(inbox, tx, conversation).await?);
    }
    if reasons.is_empty() && is_a_persons(tx, conversation).await? {
        reasons.push("a teammate has answered here by hand".to_owned());
    }
    if reasons.is_empty() {
        reasons.extend(beside(tx, conversation, &draft, &proposal.document.actions, false).await?);
    }
    if let Some(known) = proposal.document.asks_for_code() {
        reasons.extend(Box::pin(identity_checks::refusal(inbox, tx, conversation, known)).await?);
    }
    if reasons.is_empty() && proposal.document.verified() {
        let over = over(tx, now, conversation, &proposal.policy, (&proposal.document.actions, None)).await?;
        reasons = over.reasons;
        if !reasons.is_empty() {
            needs = needs.max(over.needs);
            reasons.push(format!("a {needs} decides"));
        }
    }
    let before = given_before(tx, now, conversation, &proposal.document.actions).await?;
    // With others, whose orders were given nothing before, it is not decided.
    let likeness = if before.is_empty() { proposal.likeness.clone() } else { String::new() };
    add(&mut reasons, before);
    let (text, template) = (proposal.document.text(), proposal.document.template.as_ref());
    // A person may do what the agent may not; its words stay a machine's.
    let author = if reasons.is_empty() { Author::Agent } else { Author::Approved };
    let connection = admission::connected(inbox, conversation.channel_id).await?;
    // What was said elsewhere the agent has not seen; the last look before it leaves asks all the same.
    let said = Said { text: &text, files: &[], choices: &[], author, template, untold: &[] };
    add(&mut reasons, admission::look(inbox, tx, connection.as_deref(), conversation, said).await?);
    if reasons.is_empty() && proposal.document.verified() {
        let reply = Reply {
            id: inbox.clock.new_id(),
            text: &text,
            teammate: None,
            draft: Some(&draft),
            instead_of: None,
            actions: &proposal.document.actions,
            files: &[],
            choices: &[],
            template,
            machine_worded: false,
            program: false,
            readers: None,
        };
        put_on_its_way(inbox, tx, conversation, &reply).await?;
        drafts::set_state(tx, id, DraftState::Used).await?;
        return Ok(());
    }
    let approval = Approval {
        id: inbox.clock.new_id(),
        conversation_id: conversation.id,
        draft_id: id,
        state: ApprovalState::Pending,
        reasons: Json(reasons),
        likeness,
        needs_role: needs,
        created_at: now,
        decided_by: None,
        decided_at: None,
        final_text: None,
    };
    approvals::insert(tx, &approval, conversation.brand_id).await?;
    wait_for_decision(tx, conversation, &proposal.document, now).await?;
    conversations::update(tx, conversation).await?;
    let data = json!({ "draft": id.to_string(), "approval": approval.id.to_string() });
    intake::insert_events(tx, &[inbox.event(conversation, EventKind::DraftReady, "agent", data)]).await?;
    Ok(())
}

/// Adds what is not said among the reasons yet.
fn add(reasons: &mut Vec<String>, more: Vec<String>) {
    for words in more {
        if !reasons.iter().any(|reason| reason.contains(&words)) {
            reasons.push(words);
        }
    }
}

/// A draft waits for a person: by the clock that runs, or else by one that runs from now on. The caller stores the conversation.
pub(super) async fn wait_for_decision(
    tx: &mut Tx,
    conversation: &mut Conversation,
    document: &DraftDocument,
    now: Ts,
) -> store::Result<()> {
    let times = answer_times::of_brand_in(tx, conversation.brand_id).await?;
    conversation.be_due(&times, now);
    conversation.needs_approval = true;
    conversation.agent_state = AgentState::Drafted;
    conversation.proposal = Some(document.proposal.clone());
    conversation.proposal_tone = String::from(if document.verified() { "proposed" } else { "bad" });
    Ok(())
}
