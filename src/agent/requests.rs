//! Which requests a message holds: readings that one answer serves are joined, the first leads, one more may follow.

use super::engine::Reading;
use super::snapshot::Snapshot;
use super::understand::intent::Intent;
use super::understand::{Options, understand};
use crate::voice::has_words;

/// A second request counts if it is this likely.
pub(super) const SECOND_REQUEST: f32 = 0.35;

/// How sure a message by itself must be read.
const SURE_ALONE: f32 = 0.5;
/// Shorter messages, “any news?”, ask for nothing of their own.
const LEAST_WORDS: usize = 3;

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

/// What each waiting message asks for by itself, when several wait.
pub(super) fn of_each(snapshot: &Snapshot) -> Vec<(Intent, f32)> {
    let waiting = snapshot.unanswered();
    if waiting.len() < 2 {
        return Vec::new();
    }
    let read = waiting.iter().filter(|message| message.body.split_whitespace().count() >= LEAST_WORDS);
    let first = read.filter_map(|message| understand(&message.body, &Options::default()).intents.into_iter().next());
    first.map(|ranked| (ranked.intent, ranked.confidence)).filter(|(_, share)| *share >= SURE_ALONE).collect()
}

/// The reading with what single messages ask for: a request in the middle is easily drowned by the others.
pub(super) fn with_each(intents: &[(Intent, f32)], each: &[(Intent, f32)]) -> Vec<(Intent, f32)> {
    let mut all = intents.to_vec();
    for (intent, _) in each.iter().filter(|(intent, _)| !is_silent(*intent)) {
        match all.iter_mut().find(|(known, _)| known == intent) {
            Some((_, share)) => *share = share.max(SECOND_REQUEST),
            None => all.push((*intent, SECOND_REQUEST)),
        }
    }
    all
}

/// What single messages want that no reply of the agent serves.
pub(super) fn for_a_person(each: &[(Intent, f32)]) -> Option<Intent> {
    let person = |intent: Intent| matches!(intent, Intent::OutOfScope | Intent::Complaint | Intent::TalkToPerson);
    each.iter().map(|(intent, _)| *intent).find(|intent| person(*intent))
}

fn is_silent(intent: Intent) -> bool {
    matches!(intent, Intent::Thanks | Intent::OutOfScope | Intent::Spam | Intent::Complaint | Intent::TalkToPerson)
}

/// All requests; the first leads, the second may be answered with it, and no further one may be forgotten.
pub(super) fn requests(reading: &Reading) -> Vec<(Intent, f32)> {
    let further =
        reading.intents.iter().skip(1).filter(|(intent, share)| *share >= SECOND_REQUEST && !is_silent(*intent));
    reading.intents.iter().take(1).chain(further).copied().collect()
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
