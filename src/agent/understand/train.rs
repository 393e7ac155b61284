//! Trains the intent model: labelled examples in, the bytes of a model file out.
//!
//! Multinomial logistic regression with Adagrad. A first run leaves every tenth example out and finds the
//! temperature that calibrates the probabilities; the second run learns from everything. A fixed seed makes the same
//! examples give the same bytes.

use std::collections::BTreeMap;

use super::classifier::{MAGIC, MAX_CLASSES, softmax};
use super::features::{BUCKETS, Feature, features};
use super::random::Random;

/// One labelled training text.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    /// What a customer wrote.
    pub text: String,
    /// Name of its class.
    pub label: String,
    /// Examples of one group come from one source sentence; the calibration split leaves out whole groups too.
    pub group: u64,
    /// How much it counts; 1 is normal.
    pub weight: f32,
}

/// What the trainer can be told.
#[derive(Debug, Clone, Copy)]
pub struct TrainOptions {
    /// Passes over the examples.
    pub passes: usize,
    /// Adagrad step.
    pub step: f32,
    /// Pull of the weights to zero.
    pub decay: f32,
    /// Share of the target probability spread over the other classes.
    pub smoothing: f32,
}

impl Default for TrainOptions {
    fn default() -> Self {
        Self { passes: 12, step: 0.5, decay: 2e-6, smoothing: 0.02 }
    }
}

/// Why there is no model.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum TrainError {
    /// Nothing to learn from.
    #[error("there are no training examples")]
    Empty,
    /// The model format has room for 64 classes.
    #[error("{0} classes are too many")]
    TooManyClasses(usize),
}

/// A finished model with the figures of its calibration run.
#[derive(Debug, Clone)]
pub struct Trained {
    /// The model file.
    pub bytes: Vec<u8>,
    /// Classes, in the model's order.
    pub classes: Vec<String>,
    /// Share of right answers on the examples left out in the first run.
    pub held_out_accuracy: f32,
    /// The temperature found there.
    pub temperature: f32,
}

struct Row {
    features: Vec<Feature>,
    class: usize,
    weight: f32,
}

struct Weights {
    classes: usize,
    table: Vec<f32>,
    biases: Vec<f32>,
}

/// Trains a model from examples.
pub fn train(examples: &[Example], options: &TrainOptions) -> Result<Trained, TrainError> {
    let classes = class_names(examples);
    if classes.is_empty() {
        return Err(TrainError::Empty);
    }
    if classes.len() > MAX_CLASSES {
        return Err(TrainError::TooManyClasses(classes.len()));
    }
    let rows = rows(examples, &classes);
    let (mut seen, held_out): (Vec<_>, Vec<_>) =
        rows.into_iter().zip(examples).partition(|(_, example)| !is_held_out(example));
    let learn = |pairs: &[(Row, &Example)]| {
        let rows: Vec<&Row> = pairs.iter().map(|(row, _)| row).collect();
        fit(&rows, classes.len(), options)
    };
    let first = learn(&seen);
    let scored: Vec<(Vec<f32>, usize)> =
        held_out.iter().map(|(row, _)| (first.scores(&row.features), row.class)).collect();
    let temperature = best_temperature(&scored);
    let held_out_accuracy = accuracy(&scored);
    seen.extend(held_out);
    let weights = learn(&seen);
    let bytes = encode(&classes, &weights, temperature);
    Ok(Trained { bytes, classes, held_out_accuracy, temperature })
}

/// Leaves out whole patterns and single variants alike: customers write both new wordings and familiar ones.
fn is_held_out(example: &Example) -> bool {
    let text = example.text.bytes().fold(17_u64, |state, byte| state.wrapping_mul(31).wrapping_add(u64::from(byte)));
    Random::new(example.group).below(20) == 0 || Random::new(text).below(20) == 0
}

fn class_names(examples: &[Example]) -> Vec<String> {
    let names: std::collections::BTreeSet<&str> = examples.iter().map(|example| example.label.as_str()).collect();
    names.into_iter().map(str::to_owned).collect()
}

/// Features and weights; a rare class counts more, but less than its rarity.
fn rows(examples: &[Example], classes: &[String]) -> Vec<Row> {
    let index: BTreeMap<&str, usize> = classes.iter().enumerate().map(|(index, name)| (name.as_str(), index)).collect();
    let mut totals = vec![0.0_f32; classes.len()];
    for example in examples {
        if let Some(total) = index.get(example.label.as_str()).and_then(|class| totals.get_mut(*class)) {
            *total += example.weight;
        }
    }
    let mean = totals.iter().sum::<f32>() / totals.iter().map(|_| 1.0_f32).sum::<f32>();
    examples
        .iter()
        .map(|example| {
            let class = index.get(example.label.as_str()).copied().unwrap_or(0);
            let total = totals.get(class).copied().unwrap_or(mean);
            Row { features: features(&example.text), class, weight: example.weight * (mean / total.max(1.0)).powf(0.3) }
        })
        .collect()
}

fn fit(rows: &[&Row], classes: usize, options: &TrainOptions) -> Weights {
    let mut weights = Weights { classes, table: vec![0.0; classes * BUCKETS], biases: vec![0.0; classes] };
    let mut squares = vec![1e-3_f32; classes * BUCKETS];
    let mut bias_squares = vec![1e-3_f32; classes];
    let mut order: Vec<&Row> = rows.to_vec();
    let mut random = Random::new(20_417);
    let share: f32 = (0..classes).map(|_| 1.0_f32).sum();
    for _ in 0..options.passes {
        random.shuffle(&mut order);
        for row in &order {
            let mut errors = weights.scores(&row.features);
            softmax(&mut errors);
            for (class, error) in errors.iter_mut().enumerate() {
                let target = options.smoothing / share + if class == row.class { 1.0 - options.smoothing } else { 0.0 };
                *error = (*error - target) * row.weight;
            }
            for feature in &row.features {
                let range = feature.bucket * classes..(feature.bucket + 1) * classes;
                let (Some(row), Some(squares)) = (weights.table.get_mut(range.clone()), squares.get_mut(range)) else {
                    continue;
                };
                for ((weight, square), error) in row.iter_mut().zip(squares).zip(&errors) {
                    let slope = error * feature.value + options.decay * *weight;
                    *square += slope * slope;
                    *weight -= options.step * slope / square.sqrt();
                }
            }
            for ((bias, square), error) in weights.biases.iter_mut().zip(&mut bias_squares).zip(&errors) {
                *square += error * error;
                *bias -= 0.1 * options.step * error / square.sqrt();
            }
        }
    }
    weights
}

impl Weights {
    fn scores(&self, features: &[Feature]) -> Vec<f32> {
        let mut sums = self.biases.clone();
        for feature in features {
            let range = feature.bucket * self.classes..(feature.bucket + 1) * self.classes;
            for (sum, weight) in sums.iter_mut().zip(self.table.get(range).unwrap_or_default()) {
                *sum += feature.value * weight;
            }
        }
        sums
    }
}

/// The temperature under which the held-out answers are likeliest.
fn best_temperature(scored: &[(Vec<f32>, usize)]) -> f32 {
    let mut best = (f32::INFINITY, 1.0);
    for step in 4_u8..=60 {
        let temperature = f32::from(step) / 20.0;
        let loss: f32 = scored
            .iter()
            .map(|(scores, class)| {
                let mut scaled: Vec<f32> = scores.iter().map(|score| score / temperature).collect();
                softmax(&mut scaled);
                -scaled.get(*class).copied().unwrap_or(0.0).max(1e-6).ln()
            })
            .sum();
        if loss < best.0 {
            best = (loss, temperature);
        }
    }
    best.1
}

fn accuracy(scored: &[(Vec<f32>, usize)]) -> f32 {
    let right = scored.iter().map(|(scores, class)| if best_class(scores) == *class { 1.0_f32 } else { 0.0 });
    let count: f32 = scored.iter().map(|_| 1.0_f32).sum();
    right.sum::<f32>() / count.max(1.0)
}

fn best_class(scores: &[f32]) -> usize {
    let best = scores.iter().enumerate().max_by(|left, right| left.1.total_cmp(right.1));
    best.map_or(0, |(class, _)| class)
}

fn encode(classes: &[String], weights: &Weights, temperature: f32) -> Vec<u8> {
    let names = classes.join("\n");
    let mut scales = vec![0.0_f32; classes.len()];
    for row in weights.table.chunks_exact(classes.len()) {
        for (scale, weight) in scales.iter_mut().zip(row) {
            *scale = scale.max(weight.abs() / 127.0);
        }
    }
    let mut bytes = MAGIC.to_vec();
    for number in [classes.len(), BUCKETS] {
        bytes.extend(u32::try_from(number).unwrap_or(0).to_le_bytes());
    }
    bytes.extend(temperature.to_le_bytes());
    bytes.extend(u32::try_from(names.len()).unwrap_or(0).to_le_bytes());
    bytes.extend(names.bytes());
    for number in weights.biases.iter().chain(&scales) {
        bytes.extend(number.to_le_bytes());
    }
    for row in weights.table.chunks_exact(classes.len()) {
        bytes.extend(row.iter().zip(&scales).map(|(weight, scale)| quantise(*weight, *scale).to_ne_bytes()[0]));
    }
    bytes
}

#[expect(clippy::as_conversions, clippy::cast_possible_truncation, reason = "clamped to the range of i8 first")]
fn quantise(weight: f32, scale: f32) -> i8 {
    if scale > 0.0 { (weight / scale).round().clamp(-127.0, 127.0) as i8 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::understand::classifier::Classifier;

    fn example(text: &str, label: &str) -> Example {
        Example { text: text.to_owned(), label: label.to_owned(), group: text.len().try_into().unwrap(), weight: 1.0 }
    }

    fn small_set() -> Vec<Example> {
        let parcels = ["where is my parcel", "my parcel has not come", "parcel tracking please", "is the parcel near"];
        let money = ["send my money back", "i want a refund", "refund me the money", "money back please now"];
        let parcels = parcels.iter().map(|text| example(text, "parcel"));
        parcels.chain(money.iter().map(|text| example(text, "money"))).collect()
    }

    #[test]
    fn a_small_model_learns_and_reads_back() {
        let trained = train(&small_set(), &TrainOptions::default()).unwrap();
        let model = Classifier::read(&trained.bytes).unwrap();
        assert_eq!(model.class_names().collect::<Vec<_>>(), ["money", "parcel"]);
        let of = |text: &str| model.probabilities(&features(text));
        assert!(of("any news of the parcel").as_slice()[1] > 0.5);
        assert!(of("refund the money").as_slice()[0] > 0.5);
    }

    #[test]
    fn training_is_repeatable_and_needs_examples() {
        let options = TrainOptions::default();
        assert_eq!(train(&small_set(), &options).unwrap().bytes, train(&small_set(), &options).unwrap().bytes);
        assert_eq!(train(&[], &options).unwrap_err(), TrainError::Empty);
    }
}
