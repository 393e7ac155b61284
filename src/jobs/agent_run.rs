//! Lets the agent look at a conversation, and applies what it returns.

use std::collections::HashSet;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;

use super::purse::BrandPurse;
use super::{Claimed, JobError};
use crate::agent::{
    self, BuiltIn, Codes, Engine, Kept, LlmEngine, Mode, Outcome, Question, RunResult, Snapshot, Spent,
    notice_without_run, promised,
};
use crate::app::Desk;
use crate::commerce::registry::RegistryError;
use crate::inbox::InboxError;
use crate::inbox::closed::stand_in;
use crate::inbox::contained::way_of;
use crate::inbox::limits;
use crate::inbox::markets::shops_of;
use crate::inbox::notify::mailbox_of;
use crate::inbox::settle::{self, Finished, Proposal, Understood, settle};
use crate::inbox::threads::answered;
use crate::llm::Models;
use crate::metrics::AGENT_RUNS;
use crate::model::agent_run::{AgentRun, EngineKind, HandOffPacket, RunState};
use crate::model::brand::{AgentLevel, Brand};
use crate::model::channel::{ChannelKind, is_marketplace};
use crate::model::contained::as_known_on;
use crate::model::conversation::{AgentState, Conversation, ConversationStatus};
use crate::model::draft::ASKS_FOR_CODE;
use crate::model::job::JobKind;
use crate::model::message::Delivery;
use crate::model::{ConversationId, Json, MessageId, OrderSourceId, Ts};
use crate::policy::{Policy, When};
use crate::store::run_inputs::{self, RunInputs};
use crate::store::{
    self, Db, Reader, actions, attachments, brands, contacts, conversations, drafts, identity_checks, messages,
    order_sources, orders, people, teammates,
};

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
    if keeps_out(&conversation, &brand) {
        return stand_aside(claimed, id).await;
    }
    let started_at = claimed.taken_at();
    let snapshot = Box::pin(snapshot(desk, conversation, brand, instruction)).await?;
    let shops = shops_of(&desk.inbox(), &snapshot.conversation).await.map_err(|error| match error {
        RegistryError::Store(error) => error.into(),
        broken => JobError::GiveUp { reason: format!("a connected shop cannot be asked: {broken}") },
    })?;
    let (shops, recorder) = shops.recorded();
    let (models, exchanges) = desk.llm.as_ref().map(Models::recorded).unzip();
    let model = models.as_ref().map(Models::names);
    let engine: Box<dyn Engine> = match models {
        Some(models) => {
            let engine = LlmEngine::new(models, shops.clone());
            Box::new(engine.paid_from(BrandPurse::of(desk, snapshot.brand.id)))
        }
        None => Box::new(BuiltIn),
    };
    let told = is_told(&snapshot).then(|| desk.events.progress.begin(id));
    let watch = |stage| {
        if let Some(told) = &told {
            told.tell(stage);
        }
    };
    let result = agent::run_watched(&snapshot, &shops, engine.as_ref(), &watch).await;
    let mut finished = finished(desk, &snapshot, &result, started_at);
    let said = model.zip(exchanges.map(|exchanges| exchanges.all()));
    let inputs = packed(&finished.run, &Kept::of(&snapshot, recorder.recording(), said, &result.outcome));
    Box::pin(stand_in(&desk.inbox(), &mut finished)).await.map_err(not_settled)?;
    let mut tx = desk.db.begin().await?;
    // First, so that of this work only what was asked for later is left.
    claimed.finish_in(&mut tx).await?;
    let applied = settle(&desk.inbox(), &mut tx, &finished).await.map_err(not_settled)?;
    if let Some(inputs) = inputs.filter(|_| applied) {
        run_inputs::insert(&mut tx, &inputs).await?;
    }
    tx.commit().await?;
    AGENT_RUNS.add(if applied { word(&result.outcome) } else { "overtaken" }, 1);
    desk.wake.job(JobKind::AgentRun);
    desk.wake.deliveries();
    desk.wake.event();
    Ok(())
}

/// What a run looked at, as it is kept. What cannot be packed keeps no customer waiting.
fn packed(run: &AgentRun, kept: &Kept) -> Option<RunInputs> {
    let packed =
        kept.packed().inspect_err(|error| tracing::error!(%error, run = %run.id, "what a run looked at is not kept"));
    let taken_at = run.finished_at.unwrap_or(run.started_at);
    Some(RunInputs { run_id: run.id, inputs: packed.ok()?, taken_at })
}

/// Whether the agent has nothing to do in a conversation.
fn keeps_out(conversation: &Conversation, brand: &Brand) -> bool {
    let is_done = conversation.status == ConversationStatus::Resolved || conversation.merged_into.is_some();
    brand.agent_level == AgentLevel::Off || conversation.taken_over || is_done
}

/// Nobody is told any more that it writes, unless somebody has called it since: that is work of its own.
async fn stand_aside(claimed: &Claimed<'_>, id: ConversationId) -> Result<(), JobError> {
    let mut tx = claimed.desk.db.begin().await?;
    let now = conversations::lock(&mut tx, id).await?;
    let brand = brands::get_in(&mut tx, now.brand_id).await?;
    // Whoever asked for a person still waits for one. Of one that was merged this is the other.
    if now.id == id && now.agent_state == AgentState::Writing && keeps_out(&now, &brand) {
        conversations::set_agent_state(&mut tx, id, AgentState::Idle).await?;
    }
    claimed.finish(tx).await
}

/// Whether the customer sees what the run is at: in a chat where the agent answers alone, and when no teammate asked it to
/// write again.
fn is_told(snapshot: &Snapshot) -> bool {
    snapshot.brand.agent_level == AgentLevel::Auto
        && snapshot.conversation.channel_kind == ChannelKind::LiveChat.as_str()
        && snapshot.instruction.is_empty()
}

pub(super) fn not_settled(error: InboxError) -> JobError {
    match error {
        InboxError::Store(error) => error.into(),
        other => JobError::GiveUp { reason: other.to_string() },
    }
}

/// The agent could not finish: a person takes over, for no customer is left with nobody.
pub(super) async fn give_up(claimed: &Claimed<'_>, reason: &str) -> Result<(), JobError> {
    let desk = claimed.desk;
    let id: ConversationId = claimed.field("conversation")?;
    let conversation = conversations::find(&desk.db, id).await?.ok_or(store::Error::NotFound)?;
    let brand = brands::get(&desk.db, conversation.brand_id).await?;
    let instruction = claimed.job.text("instruction");
    // What ended the run may end this too: a person is asked all the same.
    let known = AssertUnwindSafe(known_without_run(desk, conversation.clone(), brand, instruction.clone()));
    let known = known.catch_unwind().await.ok().and_then(Result::ok);
    let (promised, notice) = known.unwrap_or_default();
    let now = desk.clock.now();
    let run = AgentRun {
        id: desk.clock.new_id(),
        conversation_id: id,
        revision: conversation.revision,
        engine: EngineKind::BuiltIn,
        state: RunState::Done,
        outcome: Some("hand_off".to_owned()),
        reason: reason.to_owned(),
        instruction,
        steps: Json(Vec::new()),
        policy_version: 0,
        voice_version: 0,
        started_at: claimed.taken_at(),
        finished_at: Some(now),
        duration_us: None,
    };
    let understood = Understood {
        intent: conversation.intent.clone(),
        language: conversation.language.clone(),
        gist: None,
        orders: Vec::new(),
    };
    let packet = HandOffPacket { wants: conversation.gist.clone(), promised, ..HandOffPacket::default() };
    let reason = format!("The agent could not finish: {reason}");
    let result = settle::Returned::HandOff { reason, packet, notice };
    let mut tx = desk.db.begin().await?;
    claimed.finish_in(&mut tx).await?;
    settle(&desk.inbox(), &mut tx, &Finished { run, understood, result }).await.map_err(not_settled)?;
    Ok(tx.commit().await?)
}

/// What we have promised, and what the customer is told meanwhile, where no run came to an end.
async fn known_without_run(
    desk: &Desk,
    conversation: Conversation,
    brand: Brand,
    instruction: String,
) -> Result<(Vec<String>, Option<String>), JobError> {
    let seen = Box::pin(snapshot(desk, conversation, brand, instruction)).await?;
    Ok((promised(&seen), notice_without_run(&seen)))
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
    // On a marketplace the agent knows what was said there, and nothing that the same person said elsewhere.
    let is_contained = conversation.channel_kind.parse().is_ok_and(is_marketplace);
    let mut history = if is_contained {
        messages::list_on(&mut Reader::Db(db), (conversation.id, conversation.channel_id), HISTORY).await?
    } else {
        messages::list(db, conversation.id, HISTORY).await?
    };
    // What never left is no answer: the customer still waits.
    let left = |delivery| !matches!(delivery, Delivery::Held | Delivery::Failed | Delivery::Cancelled);
    // What was taken back is read no more.
    history.retain(|message| message.delivery.is_none_or(left) && !message.is_taken_back());
    let mut asked_back = Vec::new();
    for message in agent::last_answers(&history) {
        let Some(draft) = message.draft_id else { break };
        let Some(document) = drafts::find(db, draft).await?.map(|draft| draft.document.0) else { break };
        let choices = document.choices_below(&message.body).to_vec();
        let Some(template) = document.asks_back else { break };
        asked_back.push(Question { message: message.id, template, choices });
    }
    let codes = if is_contained { Codes::default() } else { codes_in(desk, &conversation, &documents.policy).await? };
    let told = codes.checks.iter().map(|check| check.message_id);
    let by_hand = told.filter(|told| asked_back.iter().all(|question: &Question| question.message != *told));
    let by_hand = by_hand.map(|message| Question { message, template: ASKS_FOR_CODE.to_owned(), choices: Vec::new() });
    let by_hand: Vec<Question> = by_hand.collect();
    asked_back.extend(by_hand);
    let connection = desk.connections.get(conversation.channel_id).await.map_err(JobError::retry)?;
    let signs = match conversation.assignee_id {
        Some(assignee) => teammates::find(db, assignee).await?.map(|person| person.first_name().to_owned()),
        None => None,
    };
    let currency = documents.policy.currency;
    let spent = Spent {
        customer: actions::spent_on_contact(db, conversation.contact_id, now.minus(limits::CUSTOMER), currency).await?,
        today: actions::spent_by_brand(db, brand.id, now.minus(limits::DAY), currency).await?,
        alone: actions::spent_on_word(&mut Reader::Db(db), brand.id, None, now.minus(limits::DAY), currency).await?,
    };
    let thread = answered(&mut Reader::Db(db), &connection, conversation.id).await?.thread;
    let mut snapshot = Snapshot {
        policy: documents.policy.clone(),
        policy_version: documents.policy_version,
        voice: documents.voice.clone(),
        voice_version: documents.voice_version,
        templates: documents.templates.clone(),
        template_versions: documents.template_versions.clone(),
        contact: contacts::get(db, conversation.contact_id).await?,
        identities: people::identities(db, conversation.contact_id).await?,
        photos: 0,
        files: Vec::new(),
        messages: history,
        asked_back,
        codes,
        capabilities: connection.adapter.capabilities_in(thread.as_deref()),
        refused: orders::list_refused(db, conversation.id).await?,
        vouched: if is_contained { vouched_in(db, &conversation).await? } else { Vec::new() },
        instruction,
        spent,
        now,
        signs: signs.unwrap_or_else(|| brand.name.clone()),
        conversation,
        brand,
    };
    if is_contained {
        contain(db, &mut snapshot).await?;
    }
    let spoken: Vec<_> = snapshot.spoken().iter().map(|message| message.id).collect();
    let files = attachments::list(db, &spoken).await?;
    snapshot.photos = files.iter().filter(|file| file.content_type.starts_with("image/")).count();
    snapshot.files = files.into_iter().map(|file| file.name).collect();
    Ok(snapshot)
}

/// The codes that were to show in a conversation whose an order is.
async fn codes_in(desk: &Desk, conversation: &Conversation, policy: &Policy) -> store::Result<Codes> {
    let wants = policy.proving.code != When::Never;
    Ok(Codes {
        can_be_sent: wants && mailbox_of(&desk.inbox(), conversation.brand_id).await?.is_some(),
        proofs: identity_checks::list_proofs(&desk.db, conversation.id).await?,
        checks: identity_checks::list_of(&desk.db, conversation.id).await?,
    })
}

/// The orders that a marketplace names in a conversation there, as far as it is read itself.
async fn vouched_in(db: &Db, conversation: &Conversation) -> store::Result<Vec<(OrderSourceId, String)>> {
    let market = order_sources::find_market(db, conversation.channel_id).await?;
    let Some(market) = market else { return Ok(Vec::new()) };
    let told = orders::list_told(db, conversation.id, conversation.channel_id).await?;
    Ok(told.into_iter().map(|number| (market, number)).collect())
}

/// On a marketplace the agent does not know either what the same person is called elsewhere, nor what another buyer said whose
/// conversation went into the case: what it does not know it cannot tell. Where that one waits for an answer it stays to be
/// seen, and a person is asked.
async fn contain(db: &Db, snapshot: &mut Snapshot) -> store::Result<()> {
    let conversation = &snapshot.conversation;
    let place = (conversation.channel_id, conversation.channel_kind.as_str());
    let way = way_of(db, conversation, place).await?;
    for message in &mut snapshot.messages {
        let is_theirs = way.is_with(message);
        message.aside &= !is_theirs;
    }
    let known = as_known_on(&way, conversation, &snapshot.messages);
    let seen = way.heard_of(&snapshot.messages).into_iter().chain(snapshot.unanswered());
    let seen: HashSet<MessageId> = seen.map(|message| message.id).collect();
    snapshot.messages.retain(|message| seen.contains(&message.id));
    snapshot.contact = contacts::get(db, known.contact_id).await?;
    snapshot.contact.name.clone_from(&known.contact_name);
    snapshot.identities = contacts::identities(db, known.contact_id).await?;
    snapshot.conversation = known;
    Ok(())
}

/// What a run came to.
fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Reply { .. } => "reply",
        Outcome::HandOff { .. } => "hand_off",
        Outcome::Nothing { .. } => "nothing",
    }
}

/// A run with what it returned, as it is settled.
pub(super) fn finished(desk: &Desk, snapshot: &Snapshot, result: &RunResult, started_at: Ts) -> Finished {
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
        engine: result.engine,
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
        Outcome::Reply { draft, intent, language, confidence, mode, needs, likeness, disclosure } => {
            let reasons = match mode {
                Mode::Send => Vec::new(),
                Mode::Approve(reasons) => reasons,
            };
            settle::Returned::Reply(Box::new(Proposal {
                document: *draft,
                intent,
                language,
                confidence,
                reasons,
                needs,
                likeness,
                disclosure,
                policy: snapshot.policy.clone(),
            }))
        }
        Outcome::HandOff { reason, packet } => {
            let packet = HandOffPacket { promised: promised(snapshot), ..packet };
            settle::Returned::HandOff { reason, packet, notice: result.notice.clone() }
        }
        Outcome::Nothing { reason, resolve } => settle::Returned::Nothing { reason, resolve },
    }
}
