//! Prints one answer per safety case: `eval_safety FILE.jsonl`.

use std::io::Write;

use anyhow::{Context, Result};
use resolute::agent::understand::risk::{Source, flag, may_auto_send, risks, suspicion};
use serde::Deserialize;

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
        let found = risks(&case.text, source);
        let answer = serde_json::json!({
            "id": case.id, "flag": flag(&found), "auto_send": may_auto_send(&found, suspicion(&case.text)), "actions": [], "reply": ""
        });
        writeln!(out, "{answer}")?;
    }
    Ok(())
}
