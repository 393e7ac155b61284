//! The trained intent model: a linear classifier whose 8-bit weights are read in place.
//!
//! A model is: magic, class names, one bias and one scale per class, temperature, then one row of `i8` weights per
//! hash bucket. It ships compressed with gzip and is unpacked when it is first asked; a call reads the rows its features
//! point to.

use std::io::{self, Read as _, Write as _};
use std::sync::LazyLock;

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;

use super::features::{BUCKETS, Feature};

/// First bytes of a model file.
pub(crate) const MAGIC: &[u8; 8] = b"RSLVINT1";
/// Most classes a model may have; keeps the sums of one call on the stack.
pub(crate) const MAX_CLASSES: usize = 64;

static SHIPPED: LazyLock<Vec<u8>> = LazyLock::new(|| unpacked(include_bytes!("intents.model.gz")));
static SHIPPED_RISKS: LazyLock<Vec<u8>> = LazyLock::new(|| unpacked(include_bytes!("risks.model.gz")));

/// A model as it ships.
///
/// # Errors
/// None that memory does not give.
pub fn packed(model: &[u8]) -> io::Result<Vec<u8>> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(model)?;
    packed.finish()
}

/// What was packed; nothing of what is damaged.
fn unpacked(packed: &[u8]) -> Vec<u8> {
    let mut model = Vec::new();
    match GzDecoder::new(packed).read_to_end(&mut model) {
        Ok(_) => model,
        Err(_) => Vec::new(),
    }
}

/// A model that reads its weights straight from the bytes of its file.
#[derive(Debug, Clone, Copy)]
pub struct Classifier<'model> {
    names: &'model [u8],
    classes: usize,
    temperature: f32,
    /// `classes` biases, then `classes` scales, little-endian `f32`.
    parameters: &'model [u8],
    weights: &'model [u8],
}

/// Probability of each class, in the model's class order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Probabilities {
    values: [f32; MAX_CLASSES],
    classes: usize,
}

impl Probabilities {
    /// One probability per class.
    pub fn as_slice(&self) -> &[f32] {
        self.values.get(..self.classes).unwrap_or_default()
    }
}

impl Classifier<'static> {
    /// The model of intents that ships inside the program; `None` only if the file was built wrongly.
    pub fn shipped() -> Option<Self> {
        Self::read(&SHIPPED)
    }

    /// The model of risky texts that ships inside the program.
    pub fn shipped_risks() -> Option<Self> {
        Self::read(&SHIPPED_RISKS)
    }
}

impl<'model> Classifier<'model> {
    /// Checks the header and points into the bytes; no copy.
    pub fn read(bytes: &'model [u8]) -> Option<Self> {
        let rest = bytes.strip_prefix(MAGIC.as_slice())?;
        let (classes, rest) = take_u32(rest)?;
        let (buckets, rest) = take_u32(rest)?;
        let (temperature, rest) = take_f32(rest)?;
        let (names_length, rest) = take_u32(rest)?;
        if classes == 0 || classes > MAX_CLASSES || buckets != BUCKETS || temperature.is_nan() || temperature <= 0.0 {
            return None;
        }
        let (names, rest) = rest.split_at_checked(names_length)?;
        let (parameters, weights) = rest.split_at_checked(classes * 8)?;
        let fits = weights.len() == classes * buckets && names.split(|byte| *byte == b'\n').count() == classes;
        fits.then_some(Self { names, classes, temperature, parameters, weights })
    }

    /// Names of the classes, in order.
    pub fn class_names(&self) -> impl Iterator<Item = &'model str> + use<'model> {
        self.names.split(|byte| *byte == b'\n').map(|name| std::str::from_utf8(name).unwrap_or_default())
    }

    /// Calibrated probabilities of all classes.
    pub fn probabilities(&self, features: &[Feature]) -> Probabilities {
        let mut sums = [0.0_f32; MAX_CLASSES];
        for feature in features {
            let start = feature.bucket * self.classes;
            let row = self.weights.get(start..start + self.classes).unwrap_or_default();
            for (sum, weight) in sums.iter_mut().zip(row) {
                *sum += feature.value * f32::from(i8::from_ne_bytes([*weight]));
            }
        }
        let (biases, scales) = self.parameters.split_at(self.parameters.len() / 2);
        let parameters = biases.chunks_exact(4).zip(scales.chunks_exact(4));
        for (sum, (bias, scale)) in sums.iter_mut().zip(parameters) {
            *sum = (*sum * le_f32(scale) + le_f32(bias)) / self.temperature;
        }
        if let Some(used) = sums.get_mut(..self.classes) {
            softmax(used);
        }
        Probabilities { values: sums, classes: self.classes }
    }
}

/// Turns scores into probabilities in place.
pub(crate) fn softmax(scores: &mut [f32]) {
    let highest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut total = 0.0;
    for score in scores.iter_mut() {
        *score = (*score - highest).exp();
        total += *score;
    }
    for score in scores.iter_mut() {
        *score /= total;
    }
}

fn le_f32(bytes: &[u8]) -> f32 {
    bytes.first_chunk().map_or(0.0, |bytes| f32::from_le_bytes(*bytes))
}

fn take_u32(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (head, rest) = bytes.split_first_chunk()?;
    Some((usize::try_from(u32::from_le_bytes(*head)).ok()?, rest))
}

fn take_f32(bytes: &[u8]) -> Option<(f32, &[u8])> {
    let (head, rest) = bytes.split_first_chunk()?;
    Some((f32::from_le_bytes(*head), rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::understand::features::features;

    #[test]
    fn the_shipped_model_reads_and_gives_probabilities() {
        let model = Classifier::shipped().expect("intents.model.gz is valid");
        let probabilities = model.probabilities(&features("where is my parcel"));
        assert_eq!(probabilities.as_slice().len(), model.class_names().count());
        assert!((probabilities.as_slice().iter().sum::<f32>() - 1.0).abs() < 1e-3);
    }

    #[test]
    fn what_is_packed_is_there_again_and_nothing_of_what_is_damaged() {
        let model = [MAGIC.as_slice(), &[7; 5_000]].concat();
        let mut bytes = packed(&model).unwrap();
        assert!(bytes.len() < model.len() / 10);
        assert_eq!(unpacked(&bytes), model);
        bytes[20] ^= 0xff;
        assert_eq!(unpacked(&bytes), b"");
    }

    #[test]
    fn damaged_files_are_refused() {
        assert!(Classifier::read(b"").is_none());
        assert!(Classifier::read(b"RSLVINT1 too short").is_none());
        assert!(Classifier::read(&SHIPPED[..SHIPPED.len() - 1]).is_none());
        let mut wrong = SHIPPED.to_vec();
        wrong[8] = 0;
        assert!(Classifier::read(&wrong).is_none());
    }

    #[test]
    fn softmax_survives_large_scores() {
        let mut scores = [1000.0, 999.0, -1000.0];
        softmax(&mut scores);
        assert!(scores.iter().all(|score| score.is_finite()));
        assert!(scores[0] > scores[1]);
    }
}
