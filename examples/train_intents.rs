//! Trains a built-in model: `train_intents --out FILE [--risks] FILES...` (`.jsonl`, `.jsonl.gz`, `.patterns`).

use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result};
use resolute::agent::understand::corpus::{Corpus, FileKind};
use resolute::agent::understand::risk::{HARMLESS, RISK_LABELS};
use resolute::agent::understand::train::{TrainOptions, train};

fn main() -> Result<()> {
    let (flags, arguments): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|argument| argument == "--risks");
    let out = arguments.iter().position(|argument| argument == "--out").context("--out FILE is missing")?;
    let target = arguments.get(out + 1).context("--out needs a file")?;
    let mut corpus = Corpus::default();
    for path in
        arguments.iter().enumerate().filter(|(index, _)| *index != out && *index != out + 1).map(|(_, path)| path)
    {
        let kind = if path.ends_with(".patterns") { FileKind::Patterns } else { FileKind::Rows };
        corpus.add(kind, &read(Path::new(path))?).with_context(|| path.clone())?;
    }
    if !flags.is_empty() {
        corpus.fold_labels(RISK_LABELS, HARMLESS);
    }
    let examples = corpus.examples();
    let trained = train(&examples, &TrainOptions::default())?;
    std::fs::write(target, &trained.bytes)?;
    eprintln!(
        "{} own sentences, {} examples, {} classes, {} bytes, held-out accuracy {:.4}, temperature {:.2}",
        corpus.own_sentences(),
        examples.len(),
        trained.classes.len(),
        trained.bytes.len(),
        trained.held_out_accuracy,
        trained.temperature
    );
    Ok(())
}

fn read(path: &Path) -> Result<String> {
    let bytes = std::fs::read(path).with_context(|| path.display().to_string())?;
    if path.extension().is_some_and(|extension| extension == "gz") {
        let mut text = String::new();
        flate2::read::MultiGzDecoder::new(bytes.as_slice()).read_to_string(&mut text)?;
        return Ok(text);
    }
    Ok(String::from_utf8(bytes)?)
}
