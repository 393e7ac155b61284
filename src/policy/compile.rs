//! Checks a document: shape, bounds, contradictions, and that every example still holds.

use serde_json::Value;

use super::decide::decide;
use super::document::{Offer, Policy};
use super::fields::{Bounds, INTENTS, spec_of};
use super::rules::options;
pub use crate::model::document::Problem;
use crate::model::document::{at, at_mut, over};

const MOST_EXAMPLES: usize = 200;
const MOST_WORDS: usize = 200;

/// The policy of a document. Missing settings take the value of the first policy; everything wrong is named by path.
pub fn compile(document: &Value) -> Result<Policy, Vec<Problem>> {
    let policy = read(document)?;
    let mut problems = contradictions(&policy);
    problems.extend(broken_examples(&policy));
    if problems.is_empty() { Ok(policy) } else { Err(problems) }
}

/// Shape and bounds only: a policy that can be shown and tried while it is edited.
pub fn read(document: &Value) -> Result<Policy, Vec<Problem>> {
    let whole = |error: &dyn std::fmt::Display| vec![Problem::new("", format!("The policy cannot be read: {error}."))];
    let merged = complete(document)?;
    let problems = out_of_bounds(&merged);
    if !problems.is_empty() {
        return Err(problems);
    }
    serde_json::from_value(merged).map_err(|error| whole(&error))
}

/// The document with all settings. What is missing takes the value of the first policy; but of a cap that policies did not
/// have once, that of the cap which held in its place, so that no policy becomes stricter by itself.
pub(super) fn complete(document: &Value) -> Result<Value, Vec<Problem>> {
    let mut first = serde_json::to_value(Policy::default()).unwrap_or_default();
    for (cap, held) in [("per_action", "per_order"), ("per_teammate", "per_day"), ("agent_alone", "per_day")] {
        if let Some(known) = at(document, &format!("limits.{held}"))
            && let Some(cap) = at_mut(&mut first, &format!("limits.{cap}"))
        {
            *cap = known.clone();
        }
    }
    over(&first, document, &[])
}

fn out_of_bounds(document: &Value) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut paths: Vec<String> = Vec::new();
    leaves(document, "", &mut paths);
    for path in paths {
        if let (Some(spec), Some(value)) = (spec_of(&path), at(document, &path)) {
            problems.extend(check(spec.bounds, value).err().map(|message| Problem::new(&path, message)));
        }
    }
    problems
}

/// Paths of everything that is not a group; a list of texts is one thing, a list of groups is not.
fn leaves(value: &Value, path: &str, paths: &mut Vec<String>) {
    let inner = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| leaves(value, &inner(key), paths)),
        Value::Array(list) if list.iter().any(Value::is_object) => {
            list.iter().enumerate().for_each(|(index, value)| leaves(value, &inner(&index.to_string()), paths));
        }
        _ => paths.push(path.to_owned()),
    }
}

/// Whether a value fits its field.
fn check(bounds: Bounds, value: &Value) -> Result<(), String> {
    match bounds {
        Bounds::Number(min, max) => match value.as_i64() {
            Some(number) if (min..=max).contains(&number) => Ok(()),
            _ => Err(format!("This must be a whole number from {min} to {max}.")),
        },
        Bounds::Money(max) => match value.as_i64() {
            Some(minor) if (0..=max).contains(&minor) => Ok(()),
            _ => Err(format!("This must be an amount from 0 to {max} in the smallest unit.")),
        },
        Bounds::YesNo(..) if value.is_boolean() => Ok(()),
        Bounds::YesNo(..) => Err("This must be yes or no.".to_owned()),
        Bounds::Words => words(value),
        Bounds::Choice(_) | Bounds::Intent | Bounds::Channel => {
            let options = options(bounds);
            if options.iter().any(|(word, _)| value.as_str() == Some(word)) {
                return Ok(());
            }
            let known: Vec<&str> = options.iter().map(|(word, _)| word.as_str()).collect();
            Err(format!("This must be one of: {}.", known.join(", ")))
        }
    }
}

fn words(value: &Value) -> Result<(), String> {
    let Some(list) = value.as_array() else { return Err("This must be a list of words.".to_owned()) };
    if list.len() > MOST_WORDS {
        return Err(format!("At most {MOST_WORDS} words."));
    }
    let fits = |word: &Value| word.as_str().is_some_and(|word| (3..=60).contains(&word.trim().chars().count()));
    match list.iter().find(|word| !fits(word)) {
        Some(word) => Err(format!("{word} must have 3 to 60 characters.")),
        None => Ok(()),
    }
}

fn contradictions(policy: &Policy) -> Vec<Problem> {
    let (damaged, limits) = (&policy.damaged, &policy.limits);
    let mut found = vec![
        (
            damaged.alone_up_to > damaged.keep_below,
            "damaged.alone_up_to",
            "Goods above the amount that is kept come back first, so no higher amount can be given back alone.",
        ),
        (
            damaged.alone_up_to > limits.per_order,
            "damaged.alone_up_to",
            "What the agent may give back alone is more than the most for one order, so it can never be used in full.",
        ),
        (
            limits.per_action > limits.per_order,
            "limits.per_action",
            "The most at once is more than the most for one order.",
        ),
        (
            limits.per_order > limits.per_customer,
            "limits.per_order",
            "The most for one order is more than the most for one customer.",
        ),
        (
            limits.per_customer > limits.per_day,
            "limits.per_customer",
            "The most for one customer is more than the most in a day.",
        ),
        (
            limits.per_teammate > limits.per_day,
            "limits.per_teammate",
            "The most by one teammate is more than the most in a day.",
        ),
        (
            limits.agent_alone > limits.per_day,
            "limits.agent_alone",
            "The most by the agent alone is more than the most in a day.",
        ),
        (policy.lost.after_days <= policy.late.days, "lost.after_days", "A parcel must be late before it is lost."),
        (
            policy.refunds.bank_days_from > policy.refunds.bank_days_to,
            "refunds.bank_days_from",
            "The least number of days is greater than the most.",
        ),
        (
            policy.late.offer == Offer::Credit && policy.late.credit == 0,
            "late.credit",
            "A fixed amount is offered, but it is nothing.",
        ),
        (policy.examples.len() > MOST_EXAMPLES, "examples", "There are too many examples."),
    ];
    for word in policy.autonomy.keys() {
        found.push((!INTENTS.iter().any(|(known, ..)| known == word), "autonomy", "There is no such kind of request."));
    }
    for (index, rule) in policy.channels.iter().enumerate() {
        let before = policy.channels.iter().take(index);
        let twice = before.into_iter().any(|other| other.channel == rule.channel && other.intent == rule.intent);
        found.push((twice, "channels", "Two rules are for the same channel and kind of request."));
    }
    found.into_iter().filter(|(wrong, ..)| *wrong).map(|(_, path, message)| Problem::new(path, message)).collect()
}

fn broken_examples(policy: &Policy) -> Vec<Problem> {
    let broken = policy.examples.iter().enumerate().filter_map(|(index, example)| {
        let now = decide(policy, &example.facts);
        let because = now.first().map_or_else(String::new, |reason| format!(" ({})", reason.text));
        let (word, expected) = (verdict_word(now.verdict), verdict_word(example.expects));
        let message = format!("“{}”: expected “{expected}”, now “{word}”{because}.", example.says);
        (now.verdict != example.expects).then(|| Problem::new(format!("examples.{index}"), message))
    });
    broken.collect()
}

pub(super) fn verdict_word(verdict: super::Verdict) -> &'static str {
    match verdict {
        super::Verdict::Allow => "alone",
        super::Verdict::Ask => "ask",
        super::Verdict::Refuse => "refuse",
    }
}
