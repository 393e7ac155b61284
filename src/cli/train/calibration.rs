//! How often a reading is right that gets a share: told by rows that its model had not learned from.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Deserialize;

use super::kind_of;
use crate::agent::understand::classifier::Classifier;
use crate::agent::understand::corpus::{Corpus, FileKind};
use crate::agent::understand::intent::Intent;
use crate::agent::understand::rank::rank_by;
use crate::agent::understand::train::{TrainOptions, train};
use crate::cli::eval::labels::{log_odds, nearest_by};
use crate::cli::files::read_text;

/// So many models are made; each leaves out another part of the rows.
const PARTS: usize = 4;
/// The fit is exact long before that.
const STEPS: usize = 50;
/// Keeps the fit from dividing by nothing.
const LEAST_CURVE: f64 = 1e-9;

#[derive(Deserialize)]
struct Row {
    text: String,
    intent: String,
}

/// Log-odds of the share that a label got, and whether it was right.
type Outcome = (f64, bool);

pub(super) fn run(files: &[PathBuf]) -> anyhow::Result<()> {
    let mut outcomes: Vec<Outcome> = Vec::new();
    for part in 0..PARTS {
        outcomes.extend(read_without(files, part)?);
    }
    anyhow::ensure!(
        !outcomes.is_empty(),
        "labelled rows are needed (`.jsonl`, `.jsonl.gz`): patterns alone tell nothing"
    );
    let (slope, offset) = fit(&outcomes);
    crate::cli::say(&format!("{} rows, slope {slope:.2}, offset {offset:.2}", outcomes.len()));
    Ok(())
}

/// What a model reads in the rows of a part when it has learned from all others.
fn read_without(files: &[PathBuf], part: usize) -> anyhow::Result<Vec<Outcome>> {
    let mut corpus = Corpus::default();
    let mut unknown: Vec<Row> = Vec::new();
    for file in files {
        let mut text = read_text(file)?;
        if kind_of(file) == FileKind::Rows {
            let (learned, left_out) = parted(&text, part);
            let rows: Result<Vec<Row>, serde_json::Error> = left_out.into_iter().map(serde_json::from_str).collect();
            unknown.extend(rows.with_context(|| in_words(file))?);
            text = learned;
        }
        corpus.add(kind_of(file), &text).with_context(|| in_words(file))?;
    }
    let trained = train(&corpus.examples(), &TrainOptions::default())?;
    let model = Classifier::read(&trained.bytes).context("the model that was made cannot be read")?;
    Ok(unknown.iter().map(|row| outcome(&model, row)).collect())
}

fn in_words(file: &Path) -> String {
    format!("{} cannot be read", file.display())
}

/// The rows that are learned from, as a file of their own, and those of the part.
fn parted(text: &str, part: usize) -> (String, Vec<&str>) {
    let rows = text.lines().filter(|line| !line.trim().is_empty()).enumerate();
    let (left_out, learned): (Vec<_>, Vec<_>) = rows.partition(|(index, _)| index % PARTS == part);
    let learned: Vec<&str> = learned.into_iter().map(|(_, row)| row).collect();
    (learned.join("\n"), left_out.into_iter().map(|(_, row)| row).collect())
}

fn outcome(model: &Classifier<'_>, row: &Row) -> Outcome {
    let first = rank_by(model, &row.text).into_iter().next();
    let (intent, confidence) = first.map_or((Intent::OutOfScope, 0.0), |first| (first.intent, first.confidence));
    let (label, share) = nearest_by(model, &row.text, intent);
    (f64::from(log_odds(confidence * share)), label == row.intent)
}

/// The line over log-odds under which the outcomes are likeliest, by Newton's method.
fn fit(outcomes: &[Outcome]) -> (f64, f64) {
    let (mut slope, mut offset) = (1.0_f64, 0.0_f64);
    for _ in 0..STEPS {
        let (mut along, mut aside) = (0.0_f64, 0.0_f64);
        let (mut curve, mut twist, mut mass) = (LEAST_CURVE, 0.0_f64, LEAST_CURVE);
        for &(odds, is_right) in outcomes {
            let likely = 1.0 / (1.0 + (-(slope * odds + offset)).exp());
            let error = likely - f64::from(is_right);
            let weight = likely * (1.0 - likely);
            along += error * odds;
            aside += error;
            curve += weight * odds * odds;
            twist += weight * odds;
            mass += weight;
        }
        let area = curve * mass - twist * twist;
        slope -= (mass * along - twist * aside) / area;
        offset -= (curve * aside - twist * along) / area;
    }
    (slope, offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_behind_outcomes_is_found() {
        let mut outcomes = Vec::new();
        for odds in [-3.0, -1.0, 0.0, 0.5, 2.0] {
            let right = 1_000.0 / (1.0 + f64::exp(-(1.5 * odds + 0.5)));
            outcomes.extend((0_u16..1_000).map(|count| (odds, f64::from(count) < right)));
        }
        let (slope, offset) = fit(&outcomes);
        assert!((slope - 1.5).abs() < 0.01 && (offset - 0.5).abs() < 0.01, "{slope} {offset}");
    }

    #[test]
    fn each_row_is_left_out_once() {
        let text = "a\n\nb\nc\nd\ne\n";
        let mut all = Vec::new();
        for part in 0..PARTS {
            let (learned, left_out) = parted(text, part);
            assert!(left_out.iter().all(|row| !learned.contains(row)), "{learned} {left_out:?}");
            assert_eq!(learned.lines().count() + left_out.len(), 5);
            all.extend(left_out);
        }
        all.sort_unstable();
        assert_eq!(all, ["a", "b", "c", "d", "e"]);
    }
}
