//! How a run ends: whether a reply goes out alone, what it is like, and what a customer is told who waits for a person.

use super::draft::{assemble, disclosure};
use super::engine::{Reading, Written};
use super::evidence::FactBook;
use super::outcome::{Mode, Seen};
use super::snapshot::Snapshot;
use super::triage::{Triage, before_reading};
use super::understand::intent::Intent;
use super::understand::rank::rank;
use super::variables::Writer;
use crate::model::brand::AgentLevel;
use crate::model::draft::{DraftDocument, ProposedAction, text_of};
use crate::model::message::Direction;
use crate::model::order::Money;

/// Amounts that count as about the same, up to each of these minor units.
const CLASSES: [i64; 5] = [1_000, 2_500, 5_000, 10_000, 25_000];

/// Whether the reply goes out alone: the brand, the policy, the checks and the language must all agree.
pub(super) fn mode(
    snapshot: &Snapshot,
    draft: &DraftDocument,
    asks: Vec<String>,
    reading: &Reading,
    written: &str,
) -> Mode {
    let mut reasons = asks;
    if snapshot.brand.agent_level != AgentLevel::Auto {
        reasons.push("the brand has every reply approved".to_owned());
    }
    if !snapshot.instruction.is_empty() {
        reasons.push("written again as a teammate asked".to_owned());
    }
    if reading.language != written {
        reasons.push(format!("no text in the customer’s language ({})", reading.language));
    }
    let failed = draft.checks.iter().filter_map(|check| Some((check, check.problem.as_ref()?)));
    reasons.extend(failed.map(|(check, problem)| format!("{}: {problem}", check.name)));
    if let Some(problem) = draft.blocked() {
        reasons.push(problem.to_owned());
    }
    if reasons.is_empty() { Mode::Send } else { Mode::Approve(reasons) }
}

/// Cases that can be decided together: the same request and kinds of action for about the same amount, on the same
/// channel.
pub(super) fn likeness(intent: &str, channel: &str, draft: &DraftDocument) -> String {
    let kinds: Vec<String> = draft.actions.iter().map(class_of).collect();
    let passed = if draft.verified() { "passed" } else { "failed" };
    let kinds = if kinds.is_empty() { "answer".to_owned() } else { kinds.join("+") };
    format!("{intent}/{channel}/{kinds}/{passed}")
}

/// `refund up to 25.00 EUR`.
fn class_of(proposed: &ProposedAction) -> String {
    let kind = proposed.action.kind().as_str();
    let Some(worth) = proposed.worth else { return kind.to_owned() };
    let within = CLASSES.into_iter().find(|most| worth.minor <= *most);
    let (word, bound) = within.map_or(("over", CLASSES.into_iter().max()), |most| ("up to", Some(most)));
    format!("{kind} {word} {}", Money::new(bound.unwrap_or_default(), worth.currency))
}

/// What the customer is told when a person takes over. Said once between two of our own messages.
pub(super) fn notice(snapshot: &Snapshot, seen: &Seen) -> Option<String> {
    let mut recent = snapshot.messages.iter().rev().take(3);
    let told = recent.any(|message| message.direction == Direction::Outbound);
    if told || !snapshot.capabilities.agent_may_send {
        return None;
    }
    let name = if seen.intent.as_deref() == Some("complaint") { "complaint" } else { "hand_over" };
    let language = snapshot.templates.language(&seen.language, &snapshot.brand.locale);
    let variables = tera::Context::from_serialize(&Writer { snapshot, language }.base()).ok()?;
    let lines = snapshot.templates.render(language, name, &variables).ok()?;
    let written = Written { lines, language: language.to_owned(), ..Written::default() };
    let mut sentences = assemble(snapshot, &written, &FactBook::default()).sentences;
    sentences.extend(disclosure(snapshot, language));
    Some(text_of(&sentences))
}

/// The same where no run came to an end; nothing where a run would have kept silent, or have asked nobody. Advertising is
/// told nothing.
pub fn notice_without_run(snapshot: &Snapshot) -> Option<String> {
    let conversation = &snapshot.conversation;
    let seen = Seen { intent: conversation.intent.clone(), language: conversation.language.clone(), ..Seen::default() };
    let is_spam = || rank(&snapshot.text()).first().is_some_and(|first| first.intent == Intent::Spam);
    match before_reading(snapshot) {
        None if is_spam() => None,
        None | Some(Triage::Person { tell: true, .. }) => notice(snapshot, &seen),
        Some(_) => None,
    }
}
