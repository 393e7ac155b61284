//! Why the agent did what it did: a run with all that it looked at, as it was kept. Nobody is asked for it.

pub mod show;

use std::sync::Arc;

use askama::Template;

use crate::agent::{Kept, KeptError, Outcome, Snapshot};
use crate::commerce::recorded::Answer;
use crate::llm::{Exchange, Said};
use crate::model::agent_run::{AgentRun, EngineKind, RunState};
use crate::model::conversation::Conversation;
use crate::model::draft::{Check, DraftDocument};
use crate::model::order::{KnownOrder, OrderFailure, OrderQuery};
use crate::voice::templates::Templates;
use crate::web::conversations::order::OrderCard;
use crate::web::filters;
use crate::web::format::{capital, took};
use crate::web::page::Page;
use crate::web::parts::{Empty, When};
use crate::web::text::{Html, paragraphs};

/// `GET /agent-runs/{id}`
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "agent_runs/page.html")]
pub struct RunPage {
    page: Page,
    number: i64,
    who: String,
    when: When,
    took: String,
    ended: &'static str,
    reason: String,
    instruction: String,
    is_overtaken: bool,
    /// Which engine, with the name of its model.
    engine: String,
    policy_version: i64,
    voice_version: i64,
    steps: Vec<(String, String)>,
    looked_at: Option<LookedAt>,
    empty: Empty,
}

/// What a run looked at.
#[derive(Debug)]
struct LookedAt {
    texts: Vec<(String, Html)>,
    asked: Vec<(String, String)>,
    orders: Vec<OrderCard>,
    end: End,
    talks: Vec<Vec<Said>>,
}

/// What it came to, as lists under their names.
#[derive(Debug, Default)]
struct End {
    reply: Option<Html>,
    checks: Vec<Check>,
    lists: Vec<(&'static str, Vec<String>)>,
}

impl RunPage {
    /// A run with what was kept of it; such is forgotten after so many days, or never after none.
    pub fn new(
        page: Page,
        conversation: &Conversation,
        run: &AgentRun,
        kept: Result<Option<Kept>, KeptError>,
        days: u32,
    ) -> Self {
        let (kept, empty) = match kept {
            Ok(kept) => (kept, forgotten(days)),
            Err(error) => (None, Empty::new("What it looked at cannot be read", format!("It is kept, but {error}."))),
        };
        let model = kept.as_ref().and_then(|kept| kept.model.clone());
        Self {
            number: conversation.number,
            who: conversation.contact_name.clone(),
            when: When::ago(page.reader, run.started_at),
            took: run.duration_us.map(took).unwrap_or_default(),
            ended: ended(run.outcome.as_deref()),
            reason: run.reason.clone(),
            instruction: run.instruction.clone(),
            is_overtaken: run.state == RunState::Overtaken,
            engine: engine_words(run.engine, model.as_deref()),
            policy_version: run.policy_version,
            voice_version: run.voice_version,
            steps: run.steps.0.iter().map(|step| (capital(step.kind.as_str()), step.summary.clone())).collect(),
            looked_at: kept.map(|kept| LookedAt::new(&page, &kept)),
            empty,
            page,
        }
    }
}

fn forgotten(days: u32) -> Empty {
    let span = match days {
        0 => String::new(),
        1 => " for a day".to_owned(),
        days => format!(" for {days} days"),
    };
    let words =
        format!("It is kept{span} where something was done with the run, and goes with a customer who is erased.");
    Empty::new("What it looked at is not kept", words)
}

fn ended(outcome: Option<&str>) -> &'static str {
    match outcome {
        Some("reply") => "It wrote a reply",
        Some("hand_off") => "It called a person",
        Some("nothing") => "It found nothing to say",
        _ => "It did not come to an end",
    }
}

fn engine_words(engine: EngineKind, model: Option<&str>) -> String {
    match (engine, model) {
        (EngineKind::BuiltIn, None) => "the built-in engine".to_owned(),
        (EngineKind::BuiltIn, Some(model)) => format!("the built-in engine, in the place of {model}"),
        (EngineKind::Llm, None) => "a language model".to_owned(),
        (EngineKind::Llm, Some(model)) => format!("the language model {model}"),
    }
}

impl LookedAt {
    fn new(page: &Page, kept: &Kept) -> Self {
        let seen = kept.snapshot(Arc::default(), Arc::default(), Templates::defaults());
        Self {
            texts: texts(&seen),
            asked: kept.shops.answers.iter().map(asked).collect(),
            orders: cards(page, kept, &seen),
            end: End::of(&kept.outcome),
            talks: talks(&kept.exchanges),
        }
    }
}

/// What was to be answered, each with its writer.
fn texts(seen: &Snapshot) -> Vec<(String, Html)> {
    let spoken = seen.spoken();
    let messages = if spoken.is_empty() { seen.heard() } else { spoken };
    let name = |name: &str, address: &str| if name.trim().is_empty() { address.to_owned() } else { name.to_owned() };
    messages
        .into_iter()
        .map(|message| (name(&message.sender_name, &message.sender_address), paragraphs(&message.body)))
        .collect()
}

/// A question to the shops, and its answer, in words.
fn asked(answer: &Answer) -> (String, String) {
    match answer {
        Answer::Orders { query, found } => {
            let question = match query {
                OrderQuery::Number(number) => format!("Order {number}"),
                OrderQuery::Email(name) | OrderQuery::Phone(name) => format!("Orders of {name}"),
                OrderQuery::Tracking(number) => format!("The order of parcel {number}"),
            };
            (question, found_words(found, |known| known.order.number.clone()))
        }
        Answer::Products { words, found, .. } => (
            format!("Goods called “{words}”"),
            found_words(found, |product| goods_words(&product.title, &product.variant)),
        ),
    }
}

fn goods_words(title: &str, variant: &str) -> String {
    if variant.is_empty() { title.to_owned() } else { format!("{title}, {variant}") }
}

fn found_words<T>(found: &Result<Vec<T>, OrderFailure>, name: impl Fn(&T) -> String) -> String {
    match found {
        Ok(found) if found.is_empty() => "none".to_owned(),
        Ok(found) => found.iter().map(name).collect::<Vec<_>>().join("; "),
        Err(failure) => format!("no answer: {failure}"),
    }
}

/// Each order once, as it was read last.
fn cards(page: &Page, kept: &Kept, seen: &Snapshot) -> Vec<OrderCard> {
    let mut orders: Vec<&KnownOrder> = Vec::new();
    let found = kept.shops.answers.iter().rev().filter_map(|answer| match answer {
        Answer::Orders { found, .. } => found.as_ref().ok(),
        Answer::Products { .. } => None,
    });
    for known in found.flatten() {
        let is_it = |other: &&KnownOrder| (other.source_id, &other.order.id) == (known.source_id, &known.order.id);
        if !orders.iter().any(is_it) {
            orders.push(known);
        }
    }
    orders.iter().enumerate().map(|(place, known)| OrderCard::of_then(page, place, known, seen.now)).collect()
}

/// What was said to a language model and by it: what one question shares with the one before is said once.
fn talks(exchanges: &[Exchange]) -> Vec<Vec<Said>> {
    let before = std::iter::once(None).chain(exchanges.iter().map(Some));
    exchanges.iter().zip(before).map(|(exchange, before)| exchange.said_since(before)).collect()
}

impl End {
    fn of(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Reply { draft, .. } => Self::of_reply(draft),
            Outcome::HandOff { packet, .. } => {
                let lists = vec![("Known", packet.facts.clone()), ("Tried", packet.tried.clone())];
                Self { lists: filled(lists), ..Self::default() }
            }
            Outcome::Nothing { .. } => Self::default(),
        }
    }

    fn of_reply(draft: &DraftDocument) -> Self {
        let left_out = draft.sentences.iter().filter_map(|sentence| {
            let reason = sentence.left_out.as_deref()?;
            Some(format!("{} ({reason})", sentence.text))
        });
        let actions = draft.actions.iter().map(|action| match &action.problem {
            Some(problem) => format!("{}: {problem}", action.label),
            None => action.label.clone(),
        });
        let proofs = draft.evidence.iter().map(|proof| format!("{}: {}", proof.label, proof.detail));
        let why = [draft.why.clone(), draft.clause.clone()];
        let lists = vec![
            ("Decided by", why.into_iter().filter(|words| !words.is_empty()).collect()),
            ("Done before it leaves", actions.collect()),
            ("Proved by", proofs.collect()),
            ("Left out", left_out.collect()),
        ];
        Self { reply: Some(paragraphs(&draft.text())), checks: draft.checks.clone(), lists: filled(lists) }
    }
}

fn filled(lists: Vec<(&'static str, Vec<String>)>) -> Vec<(&'static str, Vec<String>)> {
    lists.into_iter().filter(|(_, all)| !all.is_empty()).collect()
}
