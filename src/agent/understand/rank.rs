//! From a text to ranked intents: classifies the whole and its clauses and weighs them together.

use serde::Serialize;

use super::classifier::{Classifier, Probabilities};
use super::features::features;
use super::intent::{Intent, fine_class};

/// An intent and how sure the classifier is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Ranked {
    /// What is wanted.
    pub intent: Intent,
    /// Calibrated probability, 0 to 1.
    pub confidence: f32,
}

/// Clauses beyond this many are not looked at.
const MAX_CLAUSES: usize = 40;
/// A further request must be this likely in its own clause.
const SECOND_REQUEST: f32 = 0.55;
/// How much the whole message counts beside its clearest clause.
const WHOLE_SHARE: f32 = 0.45;

/// The intents of a message, the likeliest first; never empty.
pub fn rank(text: &str) -> Vec<Ranked> {
    match Classifier::shipped() {
        Some(model) => rank_by(&model, text),
        None => vec![Ranked { intent: Intent::OutOfScope, confidence: 0.0 }],
    }
}

/// The same by another model than the shipped one.
pub fn rank_by(model: &Classifier<'_>, text: &str) -> Vec<Ranked> {
    let whole = by_intent(model, text);
    let parts: Vec<Scores> = clauses(text).into_iter().map(|clause| by_intent(model, clause)).collect();
    let combined = if parts.len() > 1 { combine(&whole, &parts) } else { whole };
    let mut ranked: Vec<Ranked> =
        combined.iter().map(|(intent, confidence)| Ranked { intent: *intent, confidence: *confidence }).collect();
    ranked.sort_by(|left, right| right.confidence.total_cmp(&left.confidence).then(left.intent.cmp(&right.intent)));
    let primary = ranked.first().map_or(Intent::OutOfScope, |best| best.intent);
    ranked.retain(|entry| entry.intent == primary || (entry.confidence >= 0.15 && entry.intent != Intent::OutOfScope));
    ranked.truncate(4);
    ranked
}

type Scores = Vec<(Intent, f32)>;

fn by_intent(model: &Classifier<'_>, text: &str) -> Scores {
    let hashed = features(text);
    if hashed.is_empty() {
        return vec![(Intent::OutOfScope, 1.0)];
    }
    sum_by_intent(model, &model.probabilities(&hashed))
}

fn sum_by_intent(model: &Classifier<'_>, probabilities: &Probabilities) -> Scores {
    let mut sums: Scores = Vec::with_capacity(24);
    for (class, probability) in model.class_names().filter_map(fine_class).zip(probabilities.as_slice()) {
        match sums.iter_mut().find(|(intent, _)| *intent == class.intent) {
            Some((_, sum)) => *sum += probability,
            None => sums.push((class.intent, *probability)),
        }
    }
    sums
}

/// Whether a clause of this kind can hide a request beside it: greetings, stories and thanks say nothing against one.
fn is_filler(intent: Intent) -> bool {
    matches!(intent, Intent::OutOfScope | Intent::Thanks)
}

/// Whole message and clearest clause together; a clear request in a clause of its own stays visible.
fn combine(whole: &Scores, parts: &[Scores]) -> Scores {
    let mut best: Vec<(Intent, f32, f32)> = whole.iter().map(|(intent, score)| (*intent, *score, 0.0)).collect();
    for part in parts {
        for (intent, _, clearest) in &mut best {
            let score = part.iter().find(|(other, _)| other == intent).map_or(0.0, |(_, score)| *score);
            *clearest = clearest.max(score);
        }
    }
    let request = best.iter().filter(|(intent, ..)| !is_filler(*intent)).map(|(.., clearest)| *clearest);
    let has_request = request.fold(0.0, f32::max) >= SECOND_REQUEST;
    best.into_iter()
        .map(|(intent, whole, clearest)| {
            let clearest = if has_request && is_filler(intent) { 0.0 } else { clearest };
            (intent, WHOLE_SHARE * whole + (1.0 - WHOLE_SHARE) * clearest)
        })
        .collect()
}

/// Sentences, lines, and the halves around "and also" words of several languages.
fn clauses(text: &str) -> Vec<&str> {
    const JOINTS: &[&str] = &[
        " and also ",
        " also, ",
        " and could you ",
        " and can you ",
        " and please ",
        " und au",
        " und bitte ",
        " außerdem ",
        " et aussi ",
        " et pourriez",
        " y también ",
        " y además ",
        " e anche ",
        " e inoltre ",
        " en ook ",
        " en graag ",
        " e também ",
        " oraz ",
        " a także ",
    ];
    let mut parts = Vec::new();
    for sentence in text.split_inclusive(['.', '!', '?', '\n', ';']) {
        let mut rest = sentence;
        while let Some(position) = JOINTS.iter().filter_map(|joint| rest.find(joint)).min() {
            let (left, right) = rest.split_at(position);
            parts.push(left);
            rest = right.get(1..).unwrap_or_default();
        }
        parts.push(rest);
    }
    parts.retain(|part| part.chars().filter(|letter| letter.is_alphanumeric()).count() >= 4);
    parts.truncate(MAX_CLAUSES);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clauses_split_at_sentences_and_joints() {
        let parts = clauses("Where is my hat? Please hurry and also cancel the scarf.\nOk.");
        assert_eq!(parts, ["Where is my hat?", " Please hurry", "and also cancel the scarf."]);
    }

    #[test]
    fn empty_text_is_out_of_scope() {
        assert_eq!(rank("  ")[0].intent, Intent::OutOfScope);
        assert_eq!(rank("...")[0].intent, Intent::OutOfScope);
    }
}
