//! Prints one answer per benchmark case: `eval_intents FILE.jsonl`.

use std::io::Write;

use anyhow::{Context, Result};
use resolute::agent::understand::rank::benchmark_answer;
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    id: String,
    text: String,
}

fn main() -> Result<()> {
    let path = std::env::args().nth(1).context("usage: eval_intents FILE.jsonl")?;
    let mut out = std::io::stdout().lock();
    for line in std::fs::read_to_string(&path)?.lines().filter(|line| !line.trim().is_empty()) {
        let case: Case = serde_json::from_str(line)?;
        let (intent, confidence, entities) = benchmark_answer(&case.text);
        let entities: Vec<_> = entities
            .into_iter()
            .map(|entity| serde_json::json!({"type": entity.kind, "value": entity.value}))
            .collect();
        let answer =
            serde_json::json!({"id": case.id, "intent": intent, "confidence": confidence, "entities": entities});
        writeln!(out, "{answer}")?;
    }
    Ok(())
}
