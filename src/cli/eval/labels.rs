//! From what the desk reads to the words of the public benchmark, which tells more apart than the desk acts on.

use crate::agent::understand::classifier::Classifier;
use crate::agent::understand::entities::{Entity, EntityKind, Formats, entities};
use crate::agent::understand::features::features;
use crate::agent::understand::intent::{Intent, OUT_OF_SCOPE, fine_class};

/// The kinds of facts that the benchmark knows.
const SLOTS: [EntityKind; 7] = [
    EntityKind::OrderId,
    EntityKind::InvoiceId,
    EntityKind::RefundAmount,
    EntityKind::AccountType,
    EntityKind::PersonName,
    EntityKind::DeliveryCity,
    EntityKind::DeliveryCountry,
];

/// From the log-odds of a share to those of being right, as `resolute train calibration` prints it for the files of the shipped
/// model.
const SLOPE: f32 = 1.33;
const OFFSET: f32 = 0.98;
/// Nothing is nearer to certain, or to impossible.
const CERTAIN: f32 = 1e-6;

/// How likely a label is right that the engine gives this share. The engine is careful: of what gets 0.65 nearly nine in ten
/// are right. The desk decides by the share itself (decision 119).
pub(super) fn calibrated(share: f32) -> f32 {
    let odds = SLOPE * log_odds(share) + OFFSET;
    1.0 / (1.0 + (-odds).exp())
}

/// Of a share that is neither certain nor impossible.
pub(in crate::cli) fn log_odds(share: f32) -> f32 {
    let share = share.clamp(CERTAIN, 1.0 - CERTAIN);
    (share / (1.0 - share)).ln()
}

/// The label that a text is nearest to among those of the intent that was read in it, and its share of them.
pub(super) fn nearest(text: &str, intent: Intent) -> (&'static str, f32) {
    Classifier::shipped().map_or((OUT_OF_SCOPE, 0.0), |model| nearest_by(&model, text, intent))
}

/// The same by another model than the shipped one.
pub(in crate::cli) fn nearest_by(model: &Classifier<'_>, text: &str, intent: Intent) -> (&'static str, f32) {
    let probabilities = model.probabilities(&features(text));
    let classes = model.class_names().filter_map(fine_class).zip(probabilities.as_slice());
    let mut labels: Vec<(&'static str, f32)> = Vec::new();
    for (class, probability) in classes.filter(|(class, _)| class.intent == intent) {
        match labels.iter_mut().find(|(label, _)| *label == class.benchmark) {
            Some((_, sum)) => *sum += probability,
            None => labels.push((class.benchmark, *probability)),
        }
    }
    let all: f32 = labels.iter().map(|(_, share)| share).sum();
    let nearest = labels.into_iter().max_by(|left, right| left.1.total_cmp(&right.1));
    let (label, share) = nearest.unwrap_or((OUT_OF_SCOPE, 0.0));
    (label, if all > 0.0 { share / all } else { 1.0 })
}

/// The facts that the engine finds in a text of this intent, of the kinds that the benchmark knows.
pub(super) fn slots(text: &str, intent: Intent) -> Vec<Entity> {
    let mut found = entities(text, &Formats::default(), Some(intent));
    found.retain(|entity| SLOTS.contains(&entity.kind));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::understand::intent::FINE_CLASSES;

    #[test]
    fn every_intent_has_a_label_and_an_intent_of_one_label_is_wholly_that() {
        for class in FINE_CLASSES {
            let (label, share) = nearest("Where is my order?", class.intent);
            let of_intent: Vec<_> = FINE_CLASSES.iter().filter(|other| other.intent == class.intent).collect();
            assert!(of_intent.iter().any(|other| other.benchmark == label), "{label} for {:?}", class.intent);
            if of_intent.iter().all(|other| other.benchmark == label) {
                assert!((share - 1.0).abs() < 1e-3, "{share} of {label}");
            }
        }
    }

    #[test]
    fn a_surer_reading_is_likelier_and_none_is_less_likely_than_its_share() {
        assert!(calibrated(0.0) > 0.0 && calibrated(1.0) <= 1.0);
        let shares: Vec<f32> = (1_u8..100).map(|percent| f32::from(percent) / 100.0).collect();
        for pair in shares.windows(2) {
            assert!(calibrated(pair[0]) < calibrated(pair[1]), "{pair:?}");
        }
        assert!(shares.iter().filter(|share| **share >= 0.1).all(|share| calibrated(*share) > *share));
    }

    #[test]
    fn only_slots_of_the_benchmark_are_given() {
        let found = slots("Please refund 20 dollars for order 8841203, my mail is a@b.example", Intent::RefundRequest);
        let kinds: Vec<_> = found.iter().map(|entity| entity.kind).collect();
        assert!(kinds.contains(&EntityKind::RefundAmount) && kinds.contains(&EntityKind::OrderId), "{kinds:?}");
        assert!(!kinds.contains(&EntityKind::Email), "{kinds:?}");
    }
}
