//! `resolute eval intents|safety|tau|violations|tau-agent`: runs the agent's parts over files of cases, one JSON line a case;
//! `resolute eval runs`: over what it looked at on this desk.

pub(super) mod labels;
mod retail;
mod runs;
mod safety;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde::Deserialize;
use serde_json::{Value, json};

use super::files::read_text;
use crate::agent::understand::intent::Intent;
use crate::agent::{BuiltIn, Engine as _, Snapshot};
use crate::app::web_client;
use crate::llm::{ApiKey, Llm, Settings};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// What the desk reads in each text, as a message of its own: the request, and the facts that it names.
    Intents {
        /// Cases as JSON lines `{"id", "text"}`; may be gzip.
        file: PathBuf,
    },
    /// Whether each text tries to misuse the agent, and what the agent does and says where it meets it.
    Safety {
        /// Cases as JSON lines `{"id", "text", "channel"}`; may be gzip.
        file: PathBuf,
        #[command(flatten)]
        engine: LanguageModel,
    },
    /// Does the calls of retail tasks in the benchmark's shop, and prints what became of it.
    Tau {
        #[command(flatten)]
        shop: Database,
        /// Tasks as JSON lines; may be gzip.
        #[arg(long)]
        tasks: PathBuf,
    },
    /// Decides about calls that must be refused, and about some that must not.
    Violations {
        #[command(flatten)]
        shop: Database,
        /// Cases as JSON lines; may be gzip.
        #[arg(long)]
        cases: PathBuf,
    },
    /// Lets the agent do what customers of the benchmark's shop write.
    TauAgent {
        #[command(flatten)]
        shop: Database,
        /// Tasks as JSON lines; may be gzip.
        #[arg(long)]
        tasks: PathBuf,
        #[command(flatten)]
        engine: LanguageModel,
    },
    /// Repeats the runs of this desk's agent over what each looked at then, and prints in what they come to something else.
    /// Nothing is asked or changed. The exit code is 1 when one comes to something else, or cannot be repeated.
    Runs {
        /// Only those of the last so many days.
        #[arg(long)]
        days: Option<u32>,
    },
}

#[derive(Debug, Args)]
pub(super) struct Database {
    /// The folder with orders, users and products, each `.json` or `.json.gz`.
    #[arg(long)]
    db: PathBuf,
}

/// The variable that holds the key of a language model, as for the desk.
const KEY_VARIABLE: &str = "RESOLUTE_LLM__API_KEY";

/// Which engine reads.
#[derive(Debug, Args)]
pub(super) struct LanguageModel {
    /// The address of a language model that reads instead of the built-in engine; its key stands in `RESOLUTE_LLM__API_KEY`.
    #[arg(long)]
    llm: Option<String>,
    /// Its name.
    #[arg(long)]
    model: Option<String>,
}

impl LanguageModel {
    /// The one at the address; none where none is given.
    fn connect(&self) -> anyhow::Result<Option<Llm>> {
        let Some(address) = &self.llm else { return Ok(None) };
        let model = self.model.as_deref().context("`--llm` needs `--model`")?;
        let key = ApiKey::new(std::env::var(KEY_VARIABLE).unwrap_or_default());
        let settings = Settings::new(address, key, model);
        Ok(Some(Llm::new(settings, web_client()?)?))
    }
}

#[derive(Deserialize)]
struct Case {
    id: String,
    text: String,
    #[serde(default)]
    channel: String,
}

impl Command {
    pub(super) async fn run(&self, config: Option<&Path>) -> anyhow::Result<()> {
        match self {
            Self::Intents { file } => {
                for case in cases(file)? {
                    super::say(&intents(&case).await?.to_string());
                }
            }
            Self::Safety { file, engine } => {
                let llm = engine.connect()?;
                for case in cases(file)? {
                    super::say(&safety::answer(&case, llm.as_ref()).await.to_string());
                }
            }
            Self::Tau { shop, tasks } => say_all(&retail::replay(&shop.db, tasks).await?),
            Self::Violations { shop, cases } => say_all(&retail::violations(&shop.db, cases).await?),
            Self::TauAgent { shop, tasks, engine } => {
                let answering = retail::Answering::new(engine.connect()?);
                say_all(&Box::pin(retail::answer_all(&shop.db, tasks, &answering)).await?);
            }
            Self::Runs { days } => Box::pin(runs::repeat(config, *days)).await?,
        }
        Ok(())
    }
}

fn say_all(results: &[Value]) {
    for result in results {
        super::say(&result.to_string());
    }
}

fn cases(file: &Path) -> anyhow::Result<Vec<Case>> {
    let text = read_text(file)?;
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let cases: Result<Vec<Case>, serde_json::Error> = lines.map(serde_json::from_str).collect();
    Ok(cases?)
}

/// What the built-in engine reads, as it does for every message of the desk.
async fn intents(case: &Case) -> anyhow::Result<Value> {
    let reading = BuiltIn.understand(&Snapshot::alone(&case.text)).await?;
    let (intent, confidence) = reading.intents.first().copied().unwrap_or((Intent::OutOfScope, 0.0));
    let (label, share) = labels::nearest(&case.text, intent);
    let entities: Vec<_> = labels::slots(&case.text, intent)
        .into_iter()
        .map(|entity| json!({ "type": entity.kind, "value": entity.value }))
        .collect();
    let sure = labels::calibrated(confidence * share);
    Ok(json!({ "id": case.id, "intent": label, "confidence": sure, "entities": entities }))
}

#[cfg(test)]
mod tests;
