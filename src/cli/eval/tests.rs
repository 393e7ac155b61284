//! What is measured is what the desk reads; the public files are counted where they lie beside the repository.

use super::*;
use crate::agent::understand::intent::{FINE_CLASSES, OUT_OF_SCOPE};

#[tokio::test]
async fn what_is_measured_is_what_the_desk_reads() {
    for text in [
        "Where is my parcel?",
        "I cannot remember my password, how can I reset it?",
        "Dear team,\n\nmy sister recommended your lovely shop to me and I bought a kettle for our new flat, we move in \
         next month.\nUnfortunately the kettle does not switch on at all.\n\nKind regards,\nMarta",
        "Please cancel order FJ-20417. Also, I still have not got the refund for the boots I sent back.",
        "what is the weather going to be like in Oslo tomorrow",
        "...",
    ] {
        let reading = BuiltIn.understand(&Snapshot::alone(text)).await.unwrap();
        let (intent, confidence) = reading.intents[0];
        let case = Case { id: "a".to_owned(), text: text.to_owned(), channel: String::new() };
        let answer = intents(&case).await.unwrap();
        let label = answer["intent"].as_str().unwrap();
        let of_label = FINE_CLASSES.iter().filter(|class| class.benchmark == label);
        assert!(of_label.map(|class| class.intent).any(|read| read == intent), "{text}: {label} for {intent:?}");
        let sure = answer["confidence"].as_f64().unwrap();
        let (_, share) = labels::nearest(text, intent);
        let wanted = f64::from(labels::calibrated(confidence * share));
        assert!((sure - wanted).abs() < 1e-6, "{text}: {sure} of {confidence}, {share}");
        assert!((0.0..=1.0).contains(&share), "{text}: {share}");
    }
}

/// A row of the public file with what was read in it.
struct Read {
    gold: String,
    label: String,
    source: String,
    sure: f64,
    wanted: Vec<(String, String)>,
    found: Vec<(String, String)>,
}

impl Read {
    fn new(row: &Value, answer: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let entities = |value: &Value| {
            let pair = |entity: &Value| (text(&entity["type"]), text(&entity["value"]).trim().to_lowercase());
            value["entities"].as_array().into_iter().flatten().map(pair).collect()
        };
        Self {
            gold: text(&row["intent"]),
            label: text(&answer["intent"]),
            source: text(&row["source"]),
            sure: answer["confidence"].as_f64().unwrap(),
            wanted: entities(row),
            found: entities(answer),
        }
    }

    fn is_right(&self) -> bool {
        self.gold == self.label
    }
}

fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap())
}

/// The share of those that fit among all of a kind.
fn share<'a>(all: impl Iterator<Item = &'a Read>, fits: impl Fn(&Read) -> bool) -> f64 {
    let (fitting, others): (Vec<&Read>, Vec<&Read>) = all.partition(|read| fits(read));
    number(fitting.len()) / number((fitting.len() + others.len()).max(1))
}

/// How far off the said probability is, over ten bins of it.
fn calibration_error(all: &[Read]) -> f64 {
    let off = (0_u8..10).map(|bin| {
        let (low, high) = (f64::from(bin) / 10.0, f64::from(bin + 1) / 10.0);
        let inside = || all.iter().filter(move |read| read.sure >= low && (read.sure < high || bin == 9));
        let said: f64 = inside().map(|read| read.sure).sum();
        (said - number(inside().filter(|read| read.is_right()).count())).abs()
    });
    off.sum::<f64>() / number(all.len())
}

/// The largest share of rows, the surest first, of which 98 % are right.
fn coverage(all: &[Read]) -> f64 {
    let mut sorted: Vec<&Read> = all.iter().collect();
    sorted.sort_by(|left, right| right.sure.total_cmp(&left.sure));
    let (mut right, mut covered) = (0, 0);
    for (place, read) in sorted.iter().enumerate() {
        right += usize::from(read.is_right());
        if number(right) >= 0.98 * number(place + 1) {
            covered = place + 1;
        }
    }
    number(covered) / number(all.len())
}

/// The mean over the labels in scope of twice the hits among all that are or should be of it.
fn macro_f1(all: &[Read]) -> f64 {
    let mut labels: Vec<&str> =
        all.iter().map(|read| read.gold.as_str()).filter(|gold| *gold != OUT_OF_SCOPE).collect();
    labels.sort_unstable();
    labels.dedup();
    let of_label = |label: &&str| {
        let hits = all.iter().filter(|read| read.is_right() && read.gold == **label).count();
        let wanted = all.iter().filter(|read| read.gold == **label).count();
        let given = all.iter().filter(|read| read.label == **label).count();
        2.0 * number(hits) / number((wanted + given).max(1))
    };
    labels.iter().map(of_label).sum::<f64>() / number(labels.len())
}

fn entity_f1(all: &[Read]) -> f64 {
    let (mut hits, mut named, mut found) = (0, 0, 0);
    for read in all.iter().filter(|read| read.source == "bitext") {
        let mut left = read.wanted.clone();
        named += left.len();
        found += read.found.len();
        for entity in &read.found {
            if let Some(place) = left.iter().position(|wanted| wanted == entity) {
                left.swap_remove(place);
                hits += 1;
            }
        }
    }
    2.0 * number(hits) / number((named + found).max(1))
}

/// They are not part of the repository.
#[tokio::test]
async fn the_public_files_are_met_where_they_are_there() {
    let file = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/agent/intents/dev.jsonl"));
    if !file.exists() {
        eprintln!("skipped: the public files of requests do not lie beside the repository");
        return;
    }
    let rows = read_text(&file).unwrap();
    let mut all = Vec::new();
    for (row, case) in rows.lines().zip(cases(&file).unwrap()) {
        all.push(Read::new(&serde_json::from_str(row).unwrap(), &intents(&case).await.unwrap()));
    }
    let in_scope = || all.iter().filter(|read| read.gold != OUT_OF_SCOPE);
    let figures = [
        ("accuracy in scope", share(in_scope(), Read::is_right), 0.96),
        ("macro F1 in scope", macro_f1(&all), 0.95),
        ("rows of another source", share(all.iter().filter(|read| read.source == "clinc_cross"), Read::is_right), 0.60),
        ("out of scope, seen", share(all.iter().filter(|read| read.gold == OUT_OF_SCOPE), Read::is_right), 0.96),
        ("out of scope, right", share(all.iter().filter(|read| read.label == OUT_OF_SCOPE), Read::is_right), 0.96),
        ("coverage where 98 % are right", coverage(&all), 0.93),
        ("entities, F1", entity_f1(&all), 0.95),
    ];
    for (name, is, least) in figures {
        assert!(is >= least, "{name}: {is:.4} of {least}");
    }
    let error = calibration_error(&all);
    assert!(error <= 0.03, "calibration error: {error:.4}");
}
