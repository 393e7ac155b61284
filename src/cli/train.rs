//! `resolute train intents|risks`: makes the models that the built-in engine ships with. `calibration` says how sure their
//! readings are to be called.

mod calibration;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};

use super::files::read_text;
use crate::agent::understand::classifier::packed;
use crate::agent::understand::corpus::{Corpus, FileKind};
use crate::agent::understand::risk::{HARMLESS, RISK_LABELS};
use crate::agent::understand::train::{TrainOptions, train};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Learns what customers want.
    Intents(Lesson),
    /// Learns what risky texts look like.
    Risks(Lesson),
    /// Prints how the share that a label gets becomes a probability: four models of intents each read the rows that they have
    /// not learned from.
    Calibration {
        /// Labelled rows (`.jsonl`, `.jsonl.gz`) and sentence patterns (`.patterns`), as for `intents`.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
}

#[derive(Debug, Args)]
pub(super) struct Lesson {
    /// Where the model goes, compressed with gzip.
    #[arg(long)]
    out: PathBuf,
    /// Labelled rows (`.jsonl`, `.jsonl.gz`) and sentence patterns (`.patterns`).
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

impl Command {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        match self {
            Self::Intents(lesson) => learn(&lesson.out, &read(&lesson.files)?),
            Self::Risks(lesson) => {
                let mut corpus = read(&lesson.files)?;
                corpus.fold_labels(RISK_LABELS, HARMLESS);
                learn(&lesson.out, &corpus)
            }
            Self::Calibration { files } => calibration::run(files),
        }
    }
}

fn read(files: &[PathBuf]) -> anyhow::Result<Corpus> {
    let mut corpus = Corpus::default();
    for file in files {
        corpus.add(kind_of(file), &read_text(file)?).with_context(|| file.display().to_string())?;
    }
    Ok(corpus)
}

fn kind_of(file: &Path) -> FileKind {
    let is_patterns = file.extension().is_some_and(|extension| extension == "patterns");
    if is_patterns { FileKind::Patterns } else { FileKind::Rows }
}

fn learn(out: &Path, corpus: &Corpus) -> anyhow::Result<()> {
    let examples = corpus.examples();
    let trained = train(&examples, &TrainOptions::default())?;
    let model = packed(&trained.bytes)?;
    std::fs::write(out, &model).with_context(|| format!("{} cannot be written", out.display()))?;
    super::say(&format!(
        "{} own sentences, {} examples, {} classes, {} bytes, held-out accuracy {:.4}, temperature {:.2}",
        corpus.own_sentences(),
        examples.len(),
        trained.classes.len(),
        model.len(),
        trained.held_out_accuracy,
        trained.temperature
    ));
    Ok(())
}
