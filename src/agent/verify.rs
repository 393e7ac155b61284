//! The deterministic check of a reply, whoever worded it. What a sentence states must stand in the evidence that it
//! names; a sentence that does not hold is left out.

use time::Date;
use time::format_description::well_known::Iso8601;

use super::claims::{Claim, RULE, claims, day_holds};
use super::snapshot::Snapshot;
use crate::model::channel::ChannelKind;
use crate::model::draft::{Check, Evidence, EvidenceSource, ProposedAction, Sentence, text_of};
use crate::model::fit::{Author, Ground, Leaving, contact_data, misfits};
use crate::model::message::Trust;
use crate::model::order::{KnownOrder, Money, Order, OrderAction};
use crate::policy::Identity;
use crate::voice::{format, has_words, score};

/// What the check must know of the case.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The case.
    pub snapshot: &'a Snapshot,
    /// ISO 639 of the text.
    pub language: &'a str,
    /// How sure it is that the writer owns the order that is spoken about.
    pub identity: Identity,
    /// Whether facts of an order are in the reply.
    pub about_order: bool,
}

/// What came of the check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// One entry a check, in the order shown.
    pub checks: Vec<Check>,
    /// 0 to 100.
    pub voice_score: u8,
}

/// Below this the voice is off.
const LEAST_VOICE: u8 = 70;
const NAMES: [&str; 7] = ["Amounts", "Dates", "Order", "Identity", "Policy", "Channel rules", "Voice"];

/// Checks the sentences and leaves out what does not hold.
pub fn verify(sentences: &mut [Sentence], evidence: &[Evidence], context: &Context<'_>) -> Report {
    let mut failed: Vec<(&'static str, usize)> = Vec::new();
    for sentence in sentences.iter_mut() {
        if let Some((check, reason)) = problem(sentence, evidence, context) {
            sentence.left_out = Some(reason);
            match failed.iter_mut().find(|(name, _)| *name == check) {
                Some((_, count)) => *count += 1,
                None => failed.push((check, 1)),
            }
        }
    }
    let text = text_of(sentences);
    let score = score(&context.snapshot.voice, &text, context.language, &context.snapshot.conversation.channel_kind);
    let checks = NAMES.map(|name| {
        let count = failed.iter().find(|(check, _)| *check == name).map(|(_, count)| *count);
        let proven =
            count.map(|count| format!("{count} {} not proven", if count == 1 { "sentence" } else { "sentences" }));
        let other = match name {
            "Identity" => identity(context),
            "Channel rules" => channel(&text, context.snapshot),
            "Voice" if score.value < LEAST_VOICE => score.findings.first().map(|finding| finding.text.clone()),
            _ => None,
        };
        let name = match name {
            "Voice" => format!("Voice {}", score.value),
            "Identity" if is_claimed(context) => "Identity as claimed".to_owned(),
            name => name.to_owned(),
        };
        Check { name, problem: proven.or(other) }
    });
    Report { checks: checks.into(), voice_score: score.value }
}

/// The first thing in a sentence that its evidence does not hold: the check that fails and why.
fn problem(sentence: &Sentence, evidence: &[Evidence], context: &Context<'_>) -> Option<(&'static str, String)> {
    let named: Vec<&Evidence> = sentence.evidence.iter().filter_map(|index| evidence.get(*index)).collect();
    let snapshot = context.snapshot;
    let first_name = format::first_name(&snapshot.contact.name);
    let known = [snapshot.brand.name.as_str(), snapshot.signs.as_str()].into_iter().chain(first_name.as_deref());
    let values = named.iter().flat_map(|evidence| &evidence.values).map(String::as_str);
    let facts: Vec<&str> = values.filter(|value| !value.starts_with('#')).collect();
    let proven: Vec<&str> =
        facts.iter().copied().chain(known).chain(full_name(snapshot, first_name.as_deref())).collect();
    // Numbers alone are compared as numbers: a 3 must not hide in a 30.
    let texts: Vec<&str> = proven.iter().copied().filter(|text| !text.chars().all(|c| c.is_ascii_digit())).collect();
    let claims = claims(&sentence.text, &texts, context.language, snapshot.today());
    // Too short to be taken out of a sentence, a carrier or a first name may still be the whole of a name.
    let is_known = |claim: &Claim| matches!(claim, Claim::Name(name) if proven.contains(&name.as_str()));
    let unproven = claims.iter().find(|claim| !is_known(claim) && !holds(claim, &facts, &named, context))?;
    let why = if named.is_empty() { "no source" } else { "the source does not say so" };
    Some((unproven.check(), format!("“{}”: {why}.", unproven.shown())))
}

fn full_name<'a>(snapshot: &'a Snapshot, first_name: Option<&str>) -> Option<&'a str> {
    first_name.map(|_| snapshot.contact.name.as_str())
}

fn holds(claim: &Claim, facts: &[&str], named: &[&Evidence], context: &Context<'_>) -> bool {
    match claim {
        Claim::Amount(_, amount) => amount.is_some_and(|amount| facts.contains(&amount.to_string().as_str())),
        Claim::Day(_, day) => {
            let proven = facts.iter().filter_map(|fact| Date::parse(fact, &Iso8601::DATE).ok());
            // What is done before the reply leaves is done today.
            let acted = named.iter().any(|evidence| evidence.source == EvidenceSource::Action);
            proven.chain(acted.then(|| context.snapshot.today())).any(|proven| day_holds(*day, proven))
        }
        Claim::Number(_, number) => facts.contains(&number.to_string().as_str()),
        Claim::Code(code) => facts.iter().any(|fact| fact.eq_ignore_ascii_case(code)),
        Claim::Link(link) => facts.contains(&link.as_str()),
        Claim::Name(word) => context.language == "de" && is_own_noun(word, context.snapshot),
        Claim::State(_, state) => named.iter().any(|evidence| proves(evidence, state, named)),
    }
}

/// German writes every noun like a name: what the brand's own texts hold is none.
fn is_own_noun(word: &str, snapshot: &Snapshot) -> bool {
    let spoken = snapshot.voice.spoken("de", &snapshot.conversation.channel_kind);
    snapshot.templates.has_capital("de", word)
        || [spoken.greeting, spoken.sign_off].iter().any(|own| has_words(own, word))
}

/// Whether the evidence holds a state. Where something was done it may be spoken of as a rule, never the other way
/// round; and that a parcel counts as lost is said beside what is done about it.
fn proves(evidence: &Evidence, state: &str, named: &[&Evidence]) -> bool {
    let acted = || named.iter().any(|evidence| evidence.source == EvidenceSource::Action);
    let counts = evidence.source != EvidenceSource::Policy || state != "#lost" || acted();
    counts && evidence.values.iter().any(|value| value == state || state.strip_suffix(RULE) == Some(value))
}

/// Marks actions that cannot be done as they stand. `orders` are those that the reply speaks of.
pub(super) fn check_actions(actions: &mut [ProposedAction], orders: &[&KnownOrder], identity: Identity) {
    for proposed in actions {
        let is_it =
            |known: &&&KnownOrder| (known.source_id, &known.order.id) == (proposed.source_id, &proposed.order_id);
        let order = orders.iter().find(is_it).map(|known| &known.order).filter(|_| identity != Identity::Unknown);
        proposed.problem = match (order, &proposed.action) {
            (None, _) => Some("The order belongs to another address.".to_owned()),
            (Some(order), OrderAction::Refund { amount, .. }) if is_too_much(*amount, order) => {
                Some(format!("Only {} are left to refund.", order.refundable()))
            }
            (Some(order), action) => order.refusal(action.kind()).map(|reason| format!("The shop refuses: {reason}")),
        };
    }
}

fn is_too_much(amount: Money, order: &Order) -> bool {
    amount.minor <= 0 || amount.currency != order.currency() || amount.minor > order.refundable().minor
}

fn identity(context: &Context<'_>) -> Option<String> {
    match context.identity {
        Identity::Unknown if context.about_order => Some("the order belongs to another address".to_owned()),
        _ if writers(context).any(|trust| trust == Trust::Failed) => Some("the sender is not proved".to_owned()),
        _ => None,
    }
}

/// Whether nothing but their own word says who waits for this reply.
fn is_claimed(context: &Context<'_>) -> bool {
    match context.identity {
        Identity::Proved => false,
        Identity::Claimed => true,
        Identity::Unknown => writers(context).any(|trust| trust != Trust::Proved),
    }
}

/// How well those are proved who wait for this reply.
fn writers(context: &Context<'_>) -> impl Iterator<Item = Trust> {
    context.snapshot.unanswered().into_iter().map(|message| message.trust)
}

/// What the channel does not take.
fn channel(text: &str, snapshot: &Snapshot) -> Option<String> {
    let ground = Ground {
        kind: snapshot.conversation.channel_kind.parse().unwrap_or(ChannelKind::Agent),
        capabilities: snapshot.capabilities.clone(),
        last_inbound_at: snapshot.last_written(),
        unreached: None,
        now: snapshot.now,
    };
    let objections = contact_data(&ground, text);
    let leaving =
        Leaving { text, files: &[], choices: &[], author: Author::Agent, template: None, objections: &objections };
    misfits(&ground, &leaving).into_iter().next()
}
