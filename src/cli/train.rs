//! `resolute train intents`: makes the model that the built-in engine ships with.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Subcommand;

use super::files::read_text;
use crate::agent::understand::corpus::{Corpus, FileKind};
use crate::agent::understand::train::{TrainOptions, train};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Learns intents from labelled rows (`.jsonl`, `.jsonl.gz`) and sentence patterns (`.patterns`).
    Intents {
        /// Where the model goes.
        #[arg(long)]
        out: PathBuf,
        /// Rows and patterns.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
}

impl Command {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        let Self::Intents { out, files } = self;
        let mut corpus = Corpus::default();
        for file in files {
            let is_patterns = file.extension().is_some_and(|extension| extension == "patterns");
            let kind = if is_patterns { FileKind::Patterns } else { FileKind::Rows };
            corpus.add(kind, &read_text(file)?).with_context(|| file.display().to_string())?;
        }
        let examples = corpus.examples();
        let trained = train(&examples, &TrainOptions::default())?;
        std::fs::write(out, &trained.bytes).with_context(|| format!("{} cannot be written", out.display()))?;
        super::say(&format!(
            "{} own sentences, {} examples, {} classes, {} bytes, held-out accuracy {:.4}, temperature {:.2}",
            corpus.own_sentences(),
            examples.len(),
            trained.classes.len(),
            trained.bytes.len(),
            trained.held_out_accuracy,
            trained.temperature
        ));
        Ok(())
    }
}
