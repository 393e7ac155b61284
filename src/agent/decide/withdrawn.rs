//! Whether somebody who speaks of cancelling wants it: who says not to, asks what would happen, or takes it back, does not.

use super::plainly::CANCELLING;
use crate::agent::clauses::{NEGATIONS, clauses};
use crate::agent::understand::phrases::plain_words;
use crate::voice::has_words;

/// Words that leave it open, folded; before a word of cancelling.
const OPEN: &[&str] = &["might", "maybe", "perhaps", "vielleicht", "eventuell", "quizas", "forse", "misschien"];

/// Negations that may stand behind the word of cancelling, folded.
const BEHIND: &[&str] = &["nicht", "pas", "niet"];

/// How near such words stand, before and behind.
const NEAR: usize = 4;
const NEAR_BEHIND: usize = 6;

/// Beside a word of cancelling these ask about it, or tell of it.
const ASKS: &[&str] = &[
    "why",
    "deadline",
    "until when",
    "how long",
    "what happens",
    "what would happen",
    "if i",
    "if we",
    "did you",
    "have you",
    "asked you to",
    "was cancelled",
    "were cancelled",
    "warum",
    "wieso",
    "frist",
    "bis wann",
    "was passiert",
    "wenn ich",
    "falls ich",
    "habt ihr",
    "haben sie",
    "pourquoi",
    "jusqu'à quand",
    "que se passe",
    "si je",
    "si j'",
    "avez-vous",
    "por qué",
    "hasta cuándo",
    "qué pasa",
    "si cancelo",
    "perché",
    "entro quando",
    "cosa succede",
    "se annullo",
    "waarom",
    "tot wanneer",
    "wat gebeurt",
    "als ik",
    "hebben jullie",
];

/// With these a wish is taken back, or only part of the order is meant.
const TAKEN_BACK: &[&str] = &[
    "actually no",
    "scrap that",
    "keep it",
    "keep everything",
    "keep the rest",
    "still want it",
    "still want the order",
    "ignore that",
    "ignore my",
    "never mind",
    "not decided",
    "just asking",
    "doch nicht",
    "vergiss es",
    "behalte",
    "behalten",
    "noch nicht entschieden",
    "finalement non",
    "je garde",
    "al final no",
    "me quedo",
    "alla fine no",
    "tengo",
    "toch niet",
    "ik houd",
    "ik hou",
];

/// Whether the text leaves open, or denies, that the order is to be cancelled.
pub(super) fn is_cancelling_in_doubt(text: &str) -> bool {
    let lower = text.to_lowercase().replace('’', "'");
    TAKEN_BACK.iter().any(|words| has_words(&lower, words)) || clauses(text).iter().any(|clause| is_turned(clause))
}

fn is_turned(clause: &str) -> bool {
    let words = plain_words(clause);
    let Some(at) = words.iter().position(|word| CANCELLING.iter().any(|start| word.starts_with(start))) else {
        return false;
    };
    let stands = |near: &[String], turning: &[&str]| near.iter().any(|word| turning.contains(&word.as_str()));
    let (before, behind) = words.split_at(at);
    let before = before.get(at.saturating_sub(NEAR)..).unwrap_or_default();
    // “N’annulez pas”: folded, the elided negation is part of the word.
    words.get(at).is_some_and(|word| word.starts_with("nannul"))
        || stands(before, NEGATIONS)
        || stands(before, OPEN)
        || stands(behind.get(..behind.len().min(NEAR_BEHIND)).unwrap_or_default(), BEHIND)
        || ASKS.iter().any(|words| has_words(clause, words))
}

#[cfg(test)]
mod tests {
    use super::is_cancelling_in_doubt;

    #[test]
    fn who_wants_it_cancelled_leaves_no_doubt() {
        for text in [
            "Please cancel my order PC-1001.",
            "Can I still cancel order PC-1001?",
            "I don't need it any more, please cancel the order.",
            "I changed my mind, cancel PC-1001 please.",
            "Bitte stornieren Sie meine Bestellung, ich brauche sie nicht mehr.",
            "Merci d'annuler ma commande.",
            "Quiero cancelar mi pedido.",
            "Vorrei annullare l'ordine.",
            "Ik wil mijn bestelling annuleren.",
        ] {
            assert!(!is_cancelling_in_doubt(text), "{text}");
        }
    }

    #[test]
    fn who_denies_asks_or_takes_it_back_does() {
        for text in [
            "Under no circumstances cancel PC-1001.",
            "I don't want to cancel PC-1001, please cancel the newsletter instead.",
            "What is the deadline to cancel order PC-1001? I might cancel it next week.",
            "My husband asked you to cancel PC-1001. Please ignore that, I still want it.",
            "Please cancel PC-1001. Actually no, scrap that, keep it.",
            "Why did you cancel my order?",
            "What would happen if I cancelled PC-1001?",
            "Please cancel the socks in PC-1001 and keep everything else.",
            "Bitte stornieren Sie die Bestellung nicht.",
            "N'annulez pas ma commande.",
            "No cancelen mi pedido.",
            "Non annullate l'ordine.",
            "Annuleer mijn bestelling niet.",
        ] {
            assert!(is_cancelling_in_doubt(text), "{text}");
        }
    }
}
