//! Lets the agent look at a conversation, and applies what it returns.

use std::time::Duration;

use super::{Claimed, JobError};
use crate::agent::{self, BuiltIn, Engine, LlmEngine, Mode, Outcome, RunResult, Snapshot, Spent};
use crate::app::Desk;
use crate::inbox::InboxError;
use crate::inbox::settle::{self, Finished, Proposal, Understood, settle};
use crate::metrics::AGENT_RUNS;
use crate::model::agent_run::{AgentRun, EngineKind, RunState};
use crate::model::brand::{AgentLevel, Brand};
use crate::model::conversation::Conversation;
use crate::model::job::JobKind;
use crate::model::message::{Delivery, Direction};
use crate::model::{ConversationId, Json, Ts};
use crate::store::{Tx, actions, attachments, brands, contacts, conversations, messages, teammates};

/// Messages that a run looks back on.
const HISTORY: i64 = 30;

pub(super) async fn run(claimed: &Claimed<'_>) -> Result<(), JobError> {
    let desk = claimed.desk;
    let id: ConversationId = claimed.field("conversation")?;
    let instruction = claimed.job.text("instruction");
    let conversation = conversations::find(&desk.db, id)
        .await?
        .ok_or(JobError::GiveUp { reason: "the conversation no longer exists".to_owned() })?;
    let brand = brands::get(&desk.db, conversation.brand_id).await?;
    if brand.agent_level == AgentLevel::Off || conversation.taken_over {
        let mut tx = desk.db.begin().await?;
        conversations::set_agent_state(&mut tx, id, crate::model::conversation::AgentState::Idle).await?;
        return claimed.finish(tx).await;
    }
    let started_at = desk.clock.now();
    let snapshot = snapshot(desk, conversation, brand, instruction).await?;
    let shops = desk.shops.of_brand(snapshot.brand.id).await.map_err(JobError::retry)?;
    let engine: Box<dyn Engine> = match &desk.llm {
        Some(llm) => Box::new(LlmEngine::new(llm.clone(), shops.clone())),
        None => Box::new(BuiltIn),
    };
    let result = agent::run(&snapshot, &shops, engine.as_ref()).await;
    let finished = finished(desk, &snapshot, &result, started_at);
    let mut tx = desk.db.begin().await?;
    let applied = settle(&desk.inbox(), &mut tx, &finished).await.map_err(|error| match error {
        InboxError::Store(error) => error.into(),
        other => JobError::GiveUp { reason: other.to_string() },
    })?;
    AGENT_RUNS.add(if applied { word(&result.outcome) } else { "overtaken" }, 1);
    if !applied && is_wanted_again(&mut tx, &snapshot).await? {
        tx.commit().await?;
        // The same job again, so that nothing of it is lost; if a newer one waits, it becomes part of that.
        return Err(JobError::Later { at: desk.clock.now(), reason: "the conversation moved on".to_owned() });
    }
    claimed.finish(tx).await?;
    desk.wake.job(JobKind::Deliver);
    desk.wake.event();
    Ok(())
}

/// Whether the conversation moved on while the agent thought, and the customer still waits for it.
async fn is_wanted_again(tx: &mut Tx, seen: &Snapshot) -> Result<bool, JobError> {
    let row = conversations::lock(tx, seen.conversation.id).await?;
    let customer_wrote = row.last_inbound_at.is_some_and(|at| at == row.last_message_at);
    Ok(row.revision != seen.conversation.revision && !row.taken_over && customer_wrote)
}

/// Everything that a run over this conversation looks at now.
pub(crate) async fn snapshot(
    desk: &Desk,
    conversation: Conversation,
    brand: Brand,
    instruction: String,
) -> Result<Snapshot, JobError> {
    let db = &desk.db;
    let now = desk.clock.now();
    let documents = desk.documents.of_brand(&desk.db, brand.id, now).await?;
    let mut history = messages::list(db, conversation.id, HISTORY).await?;
    // What never left is no answer: the customer still waits.
    let left = |delivery| !matches!(delivery, Delivery::Held | Delivery::Failed | Delivery::Cancelled);
    history.retain(|message| message.delivery.is_none_or(left));
    let unanswered: Vec<_> = history
        .iter()
        .rev()
        .take_while(|message| message.direction == Direction::Inbound)
        .map(|message| message.id)
        .collect();
    let files = attachments::list(db, &unanswered).await?;
    let connection = desk.connections.get(conversation.channel_id).await.map_err(JobError::retry)?;
    let signs = match conversation.assignee_id {
        Some(assignee) => teammates::find(db, assignee).await?.map(|person| person.first_name().to_owned()),
        None => None,
    };
    let spent = Spent {
        customer: actions::spent_on_contact(db, conversation.contact_id, now.minus(Duration::from_hours(24 * 30)))
            .await?,
        today: actions::spent_by_brand(db, brand.id, now.minus(Duration::from_hours(24))).await?,
    };
    Ok(Snapshot {
        policy: documents.policy.clone(),
        policy_version: documents.policy_version,
        voice: documents.voice.clone(),
        voice_version: documents.voice_version,
        templates: documents.templates.clone(),
        contact: contacts::get(db, conversation.contact_id).await?,
        identities: contacts::identities(db, conversation.contact_id).await?,
        photos: files.iter().filter(|file| file.content_type.starts_with("image/")).count(),
        messages: history,
        capabilities: connection.adapter.capabilities(),
        instruction,
        spent,
        now,
        signs: signs.unwrap_or_else(|| brand.name.clone()),
        conversation,
        brand,
    })
}

/// What a run came to.
fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Reply { .. } => "reply",
        Outcome::HandOff { .. } => "hand_off",
        Outcome::Nothing { .. } => "nothing",
    }
}

fn finished(desk: &Desk, snapshot: &Snapshot, result: &RunResult, started_at: Ts) -> Finished {
    let now = desk.clock.now();
    let reason = match &result.outcome {
        Outcome::Reply { mode: Mode::Send, .. } => String::new(),
        Outcome::Reply { mode: Mode::Approve(reasons), .. } => reasons.join("; "),
        Outcome::HandOff { reason, .. } | Outcome::Nothing { reason, .. } => reason.clone(),
    };
    let took: i64 = result.steps.iter().map(|step| step.took_us).sum();
    let run = AgentRun {
        id: desk.clock.new_id(),
        conversation_id: snapshot.conversation.id,
        revision: snapshot.conversation.revision,
        engine: if desk.llm.is_some() { EngineKind::Llm } else { EngineKind::BuiltIn },
        state: RunState::Done,
        outcome: Some(word(&result.outcome).to_owned()),
        reason,
        instruction: snapshot.instruction.clone(),
        steps: Json(result.steps.clone()),
        policy_version: snapshot.policy_version,
        voice_version: snapshot.voice_version,
        started_at,
        finished_at: Some(now),
        duration_us: Some(took),
    };
    let understood = Understood {
        intent: result.seen.intent.clone(),
        language: result.seen.language.clone(),
        gist: Some(result.seen.gist.clone()).filter(|gist| !gist.is_empty()),
        orders: result.seen.orders.clone(),
    };
    Finished { run, understood, result: returned(snapshot, result) }
}

fn returned(snapshot: &Snapshot, result: &RunResult) -> settle::Returned {
    match result.outcome.clone() {
        Outcome::Reply { draft, intent, language, confidence, mode, likeness } => {
            let mut reasons = match mode {
                Mode::Send => Vec::new(),
                Mode::Approve(reasons) => reasons,
            };
            if snapshot.brand.agent_level != AgentLevel::Auto && reasons.is_empty() {
                reasons.push("every draft of this brand is read by a person".to_owned());
            }
            settle::Returned::Reply(Box::new(Proposal {
                document: *draft,
                intent,
                language,
                confidence,
                reasons,
                likeness,
            }))
        }
        Outcome::HandOff { reason, packet } => {
            let notice = result.notice.clone().filter(|_| snapshot.brand.agent_level == AgentLevel::Auto);
            settle::Returned::HandOff { reason, packet, notice }
        }
        Outcome::Nothing { reason, resolve } => settle::Returned::Nothing { reason, resolve },
    }
}
