//! Examples that follow a changed rule: a person says that the new decision is the wanted one, or drops the example.

use serde_json::Value;

use super::compile::{Problem, read, verdict_word};
use super::decide::decide;

/// What becomes of an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settlement {
    /// What the document decides now is what it expects from now on.
    ExpectNow,
    /// It is taken out.
    Remove,
}

/// The document with one example settled; nothing if it has no such example.
pub fn settle_example(document: &Value, index: usize, settlement: Settlement) -> Result<Option<Value>, Vec<Problem>> {
    let mut policy = read(document)?;
    let Some(example) = policy.examples.get(index).cloned() else { return Ok(None) };
    match settlement {
        Settlement::Remove => drop(policy.examples.remove(index)),
        Settlement::ExpectNow => {
            let now = decide(&policy, &example.facts).verdict;
            if let Some(kept) = policy.examples.get_mut(index)
                && kept.expects != now
            {
                kept.expects = now;
                // The words name the old decision behind the colon: they would contradict the new one.
                let case = example.says.rsplit_once(": ").map_or(example.says.as_str(), |(case, _)| case);
                kept.says = format!("{case}: {}", verdict_word(now));
            }
        }
    }
    let whole = |error: serde_json::Error| vec![Problem::new("", format!("The policy cannot be kept: {error}."))];
    serde_json::to_value(policy).map(Some).map_err(whole)
}
