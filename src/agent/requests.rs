//! Which requests a message holds: readings that one answer serves are joined, the first leads, one more may follow.

use super::engine::Reading;
use super::understand::intent::Intent;
use crate::voice::has_words;

/// A second request counts if it is this likely.
pub(super) const SECOND_REQUEST: f32 = 0.35;

/// Intents that one answer serves.
const GROUPS: [&[Intent]; 3] = [
    &[Intent::WhereIsMyOrder, Intent::LateOrLost, Intent::DeliveryTime],
    &[Intent::DamagedOrWrongItem, Intent::ReturnItem, Intent::RefundRequest, Intent::Exchange],
    &[Intent::Stock, Intent::ProductQuestion],
];

/// Words of broken goods: whoever wants something back for them does not merely change their mind.
const BROKEN: &[&str] = &[
    "broken",
    "damaged",
    "defective",
    "faulty",
    "cracked",
    "snapped",
    "torn",
    "a hole",
    "wrong item",
    "wrong product",
    "kaputt",
    "beschädigt",
    "defekt",
    "zerbrochen",
    "gerissen",
    "falscher artikel",
    "falsches produkt",
    "cassé",
    "cassée",
    "abîmé",
    "abîmée",
    "endommagé",
    "endommagée",
    "défectueux",
    "roto",
    "rota",
    "dañado",
    "dañada",
    "defectuoso",
    "defectuosa",
    "rotto",
    "rotta",
    "danneggiato",
    "danneggiata",
    "difettoso",
    "kapot",
    "beschadigd",
    "defect",
    "stuk",
];

/// The intents with what belongs together joined: “it came broken, I want my money back” is one request, and as sure
/// as both of its readings.
pub(super) fn settled(intents: &[(Intent, f32)], text: &str) -> Vec<(Intent, f32)> {
    let Some(&(first, _)) = intents.first() else { return Vec::new() };
    let group = GROUPS.iter().find(|group| group.contains(&first)).copied().unwrap_or(&[]);
    let shares = intents.iter().filter(|(intent, _)| group.contains(intent)).map(|(_, share)| share);
    let Some(share) = shares.copied().reduce(|sum, share| sum + share) else { return intents.to_vec() };
    let lower = text.to_lowercase();
    let is_broken = group.contains(&Intent::DamagedOrWrongItem) && BROKEN.iter().any(|word| has_words(&lower, word));
    let lead = if is_broken { Intent::DamagedOrWrongItem } else { first };
    let others = intents.iter().copied().filter(|(intent, _)| !group.contains(intent));
    std::iter::once((lead, share.min(1.0))).chain(others).collect()
}

/// The first request and at most one further that may be answered with it.
pub(super) fn requests(reading: &Reading) -> Vec<(Intent, f32)> {
    let mut requests: Vec<(Intent, f32)> = reading.intents.iter().take(1).copied().collect();
    let silent = |intent: Intent| {
        matches!(intent, Intent::Thanks | Intent::OutOfScope | Intent::Spam | Intent::Complaint | Intent::TalkToPerson)
    };
    let second = reading.intents.iter().skip(1).find(|(intent, share)| *share >= SECOND_REQUEST && !silent(*intent));
    requests.extend(second);
    requests
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_request_read_in_two_ways_is_one_request() {
        let read = [(Intent::RefundRequest, 0.5), (Intent::DamagedOrWrongItem, 0.4)];
        let settled_on = settled(&read, "The cup came broken, money back please.");
        assert_eq!(settled_on.len(), 1);
        assert!(settled_on[0].0 == Intent::DamagedOrWrongItem && settled_on[0].1 > 0.89);
        assert_eq!(settled(&read, "Money back please.")[0].0, Intent::RefundRequest);
        let two = [(Intent::DamagedOrWrongItem, 0.6), (Intent::WhereIsMyOrder, 0.5)];
        assert_eq!(settled(&two, "Broken. And where is the rest?"), two);
        assert_eq!(settled(&[(Intent::Invoice, 0.9)], ""), [(Intent::Invoice, 0.9)]);
    }
}
