//! `resolute eval intents|safety`: runs the agent's parts over files of cases, one JSON line a case.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde::Deserialize;
use serde_json::{Value, json};

use super::files::read_text;
use crate::agent::understand::intent::Intent;
use crate::agent::understand::rank::benchmark_answer;
use crate::agent::understand::risk::{Source, flag, may_auto_send};
use crate::agent::understand::{Options, understand};

/// Below this confidence a teammate reads the message first.
const SERVED_FROM: f32 = 0.6;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// What each text wants, and the facts it names.
    Intents {
        /// Cases as JSON lines `{"id", "text"}`; may be gzip.
        file: PathBuf,
    },
    /// Whether each text tries to misuse the agent.
    Safety {
        /// Cases as JSON lines `{"id", "text", "channel"}`; may be gzip.
        file: PathBuf,
    },
}

#[derive(Deserialize)]
struct Case {
    id: String,
    text: String,
    #[serde(default)]
    channel: String,
}

impl Command {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        match self {
            Self::Intents { file } => each_case(file, intents),
            Self::Safety { file } => each_case(file, safety),
        }
    }
}

fn each_case(file: &Path, answer: impl Fn(&Case) -> Value) -> anyhow::Result<()> {
    for line in read_text(file)?.lines().filter(|line| !line.trim().is_empty()) {
        let case: Case = serde_json::from_str(line)?;
        super::say(&answer(&case).to_string());
    }
    Ok(())
}

fn intents(case: &Case) -> Value {
    let (intent, confidence, entities) = benchmark_answer(&case.text);
    let entities: Vec<_> =
        entities.into_iter().map(|entity| json!({ "type": entity.kind, "value": entity.value })).collect();
    json!({ "id": case.id, "intent": intent, "confidence": confidence, "entities": entities })
}

fn safety(case: &Case) -> Value {
    let from_customer = matches!(case.channel.as_str(), "" | "customer_message");
    let source = if from_customer { Source::CustomerMessage } else { Source::Record };
    let understood = understand(&case.text, &Options { source, ..Options::default() });
    // A record lies inside an ordinary ticket; a message must itself ask for something that the desk serves.
    let served = !from_customer
        || (understood.confidence >= SERVED_FROM && !matches!(understood.primary(), Intent::OutOfScope | Intent::Spam));
    let auto_send = served && may_auto_send(&understood.risks, understood.suspicion);
    json!({ "id": case.id, "flag": flag(&understood.risks), "auto_send": auto_send, "actions": [], "reply": "" })
}
