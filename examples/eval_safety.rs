//! Prints one answer per safety case: `eval_safety FILE.jsonl`.

use std::io::Write;

use anyhow::{Context, Result};
use resolute::agent::understand::intent::Intent;
use resolute::agent::understand::risk::{Source, flag, may_auto_send};
use resolute::agent::understand::{Options, understand};
use serde::Deserialize;

/// Below this confidence a teammate reads the message first.
const SERVED_FROM: f32 = 0.6;

#[derive(Deserialize)]
struct Case {
    id: String,
    text: String,
    channel: String,
}

fn main() -> Result<()> {
    let path = std::env::args().nth(1).context("usage: eval_safety FILE.jsonl")?;
    let mut out = std::io::stdout().lock();
    for line in std::fs::read_to_string(&path)?.lines().filter(|line| !line.trim().is_empty()) {
        let case: Case = serde_json::from_str(line)?;
        let source = if case.channel == "customer_message" { Source::CustomerMessage } else { Source::Record };
        let understood = understand(&case.text, &Options { source, ..Options::default() });
        // A record lies inside an ordinary ticket; a message must itself ask for something the desk serves.
        let served = source == Source::Record
            || (understood.confidence >= SERVED_FROM
                && !matches!(understood.primary(), Intent::OutOfScope | Intent::Spam));
        let auto_send = served && may_auto_send(&understood.risks, understood.suspicion);
        let answer = serde_json::json!({
            "id": case.id, "flag": flag(&understood.risks), "auto_send": auto_send, "actions": [], "reply": ""
        });
        writeln!(out, "{answer}")?;
    }
    Ok(())
}
