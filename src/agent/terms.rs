//! Questions about the terms of a return, which the policy answers without an order.

use super::requests::SECOND_REQUEST;
use super::understand::intent::Intent;
use super::understand::rank::rank;
use crate::voice::has_words;

/// Shorter texts beside the question ask for nothing of their own.
const LEAST_WORDS: usize = 3;

/// Whoever asks in one of the words below is at least so surely understood; not so surely that no person looks.
const SURE_BY_WORDS: f32 = 0.6;

/// Words of a question about what a return costs, or how long there is time for it.
const TERMS: &[&str] = &[
    "cost of a return",
    "a return cost",
    "returns cost",
    "return policy",
    "pays for the return",
    "pays the return",
    "are returns free",
    "is the return free",
    "how long do i have",
    "how many days do i have",
    "kostet eine rücksendung",
    "kostet die rücksendung",
    "kostet mich die rücksendung",
    "kostet mich eine rücksendung",
    "kostet eine retoure",
    "kostet die rückgabe",
    "zahlt die rücksendung",
    "rücksendung kostenlos",
    "wie lange habe ich",
    "wie lange kann ich",
    "rückgabefrist",
    "coûte un retour",
    "coûte le retour",
    "paie le retour",
    "retour est gratuit",
    "retour est-il gratuit",
    "délai de retour",
    "combien de temps",
    "cuesta una devolución",
    "cuesta la devolución",
    "paga la devolución",
    "devolución es gratuita",
    "plazo de devolución",
    "cuántos días",
    "costa un reso",
    "costa il reso",
    "paga il reso",
    "reso è gratuito",
    "quanti giorni",
    "kost een retour",
    "kost retourneren",
    "betaalt het retour",
    "retourneren gratis",
    "hoeveel dagen",
    "hoe lang heb ik",
];

/// Whether a text asks what a return costs, or how long there is time for it.
pub(super) fn asks_return_terms(text: &str) -> bool {
    let lower = text.to_lowercase();
    TERMS.iter().any(|words| has_words(&lower, words))
}

/// The intents without those that only echo a question about the terms: what the rest of the text does not ask for by
/// itself is the same question read in another way, and makes it as sure as its readings together.
pub(super) fn beside_terms(intents: &[(Intent, f32)], text: &str) -> Vec<(Intent, f32)> {
    let is_return = |intent: Intent| intent == Intent::ReturnItem;
    if !intents.iter().any(|(intent, _)| is_return(*intent)) || !asks_return_terms(text) {
        return intents.to_vec();
    }
    let rest: Vec<&str> = text.split(['.', '?', '!', '\n']).filter(|part| !asks_return_terms(part)).collect();
    let rest = rest.join(". ");
    let says_more = rest.split_whitespace().count() >= LEAST_WORDS;
    let read = if says_more { rank(&rest) } else { Vec::new() };
    let asked = |intent: Intent| read.iter().any(|other| other.intent == intent && other.confidence >= SECOND_REQUEST);
    let stays = |(intent, share): &(Intent, f32)| !is_return(*intent) && (*share < SECOND_REQUEST || asked(*intent));
    let (kept, echoes): (Vec<_>, Vec<_>) = intents.iter().copied().partition(stays);
    let share: f32 = echoes.iter().map(|(_, share)| share).sum();
    // What goods are like is no order's matter either, and less certain.
    let about_goods = |intent: Intent| matches!(intent, Intent::Stock | Intent::ProductQuestion);
    let leads = intents.first().is_some_and(|first| echoes.contains(first) || about_goods(first.0));
    let terms = (Intent::ReturnItem, share.clamp(SURE_BY_WORDS, 1.0));
    let place = if leads { 0 } else { 1.min(kept.len()) };
    let mut all = kept;
    all.insert(place, terms);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_read_in_two_ways_is_asked_once() {
        let text = "Hallo zusammen, kostet mich die Rücksendung etwas, und wie lange habe ich Zeit?";
        let read = [(Intent::ProductQuestion, 0.5), (Intent::ReturnItem, 0.4)];
        let once = beside_terms(&read, text);
        assert_eq!(once.len(), 1);
        assert!(once[0].0 == Intent::ReturnItem && once[0].1 > 0.89, "{once:?}");
    }

    #[test]
    fn what_the_rest_asks_for_is_kept() {
        let text = "What does a return cost? And where is my order PC-1001? It should have been here on Monday.";
        let read = [(Intent::ReturnItem, 0.7), (Intent::WhereIsMyOrder, 0.4)];
        assert_eq!(beside_terms(&read, text), read);
        let other = [(Intent::Invoice, 0.9)];
        assert_eq!(beside_terms(&other, text), other);
    }
}
