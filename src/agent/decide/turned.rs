//! Whether a message that speaks of a deed means the opposite: it denies it, excepts what it names, tells of what was done,
//! wants it undone, or asks about it. Nobody is to do with one key what a customer does not want: a person takes it.

mod tables;

use std::sync::LazyLock;

use super::Case;
use super::plainly::{CANCELLING, holds, is_told, speaks_of_all, tells_in_spanish};
use crate::agent::clauses::{NEGATIONS, clauses, is_negated, is_refusal};
use crate::agent::understand::phrases::{Phrases, plain_words};
use crate::model::order::ActionKind;
use crate::voice::has_words;

/// What turns a wish, in words for whoever takes the message.
type Why = &'static str;

const EXCEPTED: Why = "what is named may be what is excepted";
const UNDONE: Why = "something is to be undone";
const OTHER: Why = "a return, a refund or something else is to be cancelled, not an order";
const WAITS: Why = "it is to wait";
const PART: Why = "only a part of the order may be meant";
const DONE: Why = "it tells of what was done already";
const DENIED: Why = "it is said not to be done, or left open";
const ASKED: Why = "it is asked about, or told of";
const KEPT: Why = "it is taken back, or the goods are wanted";

/// How near a denial stands before a word of cancelling, and behind it.
const NEAR: usize = 4;
const NEAR_BEHIND: usize = 6;

/// Phrases that turn a wish, by the parts of a text in which all of one must stand.
struct Signs {
    sentences: Phrases<Why>,
    /// Between two marks, also over “but” and “and”.
    stretches: Phrases<Why>,
    clauses: Phrases<Why>,
}

static CANCEL: LazyLock<Signs> = LazyLock::new(|| Signs {
    sentences: Phrases::new(&[(DENIED, tables::NOT_WANTED)]),
    stretches: Phrases::new(&[
        (EXCEPTED, tables::ALL_BUT),
        (UNDONE, tables::UNDOING),
        (OTHER, tables::SOMETHING_ELSE),
        (WAITS, tables::LATER),
    ]),
    clauses: Phrases::new(&[(PART, tables::ONLY), (DONE, tables::OWN_DOING)]),
});

/// Of goods that come back the case itself looks which ones are excepted.
static RETURN: LazyLock<Signs> = LazyLock::new(|| Signs {
    sentences: Phrases::new(&[]),
    stretches: Phrases::new(&[(UNDONE, tables::UNDOING), (OTHER, tables::SOMETHING_ELSE)]),
    clauses: Phrases::new(&[(DENIED, tables::NOT_SENT_BACK)]),
});

static CHANGE: LazyLock<Signs> = LazyLock::new(|| Signs {
    sentences: Phrases::new(&[]),
    stretches: Phrases::new(&[
        (EXCEPTED, tables::ALL_BUT),
        (UNDONE, tables::UNDOING),
        (OTHER, tables::SOMETHING_ELSE),
        (ASKED, tables::CHANGED),
    ]),
    clauses: Phrases::new(&[(DENIED, tables::UNCHANGED)]),
});

impl Case<'_> {
    /// Why what the customer says of such a deed may be the opposite of a wish for it, if it may.
    pub(super) fn opposite(&self, kind: ActionKind) -> Option<String> {
        let why = turned(self.text, kind).filter(|_| self.rests_on_words())?;
        Some(format!("What is wanted may be the opposite: {why}."))
    }
}

/// Why what a message says of such a deed may be the opposite of a wish for it; nothing where no sign of that is seen.
fn turned(text: &str, kind: ActionKind) -> Option<Why> {
    let signs = match kind {
        ActionKind::Cancel => &*CANCEL,
        ActionKind::Return => &*RETURN,
        ActionKind::Exchange | ActionKind::ChangeItems | ActionKind::ChangeAddress | ActionKind::ChangePayment => {
            &*CHANGE
        }
        _ => return None,
    };
    let lower = text.to_lowercase().replace('’', "'");
    let clauses = clauses(&lower);
    let words_of = |clause: &String| plain_words(clause);
    // Who does not send all of it back sends back a part.
    let said = clauses.iter().map(words_of).filter(|words| kind != ActionKind::Return || !speaks_of_all(words));
    let found = first(&signs.stretches, stretches(&lower))
        .or_else(|| first(&signs.clauses, said))
        .or_else(|| first(&signs.sentences, sentences(&lower)));
    found.or_else(|| if kind == ActionKind::Cancel { cancelling(&lower, &clauses) } else { None })
}

/// Whether a message wants something else done beside a cancellation, which the cancellation does not do.
pub(super) fn wants_more(text: &str) -> bool {
    let is_sent_with_it = |word: &String| {
        tables::SENT_WITH_IT.split_whitespace().any(|known| match known.strip_suffix('*') {
            Some(start) => word.starts_with(start),
            None => word == known,
        })
    };
    let said = clauses(text).into_iter().filter(|clause| !is_negated(clause)).map(|clause| plain_words(&clause));
    let mut said = said.filter(|words| !words.iter().any(|word| is_cancelling(word) || is_sent_with_it(word)));
    said.any(|words| {
        let begun = words.iter().find(|word| !holds(tables::BEFORE_WISHES, word));
        begun.is_some_and(|word| holds(tables::OTHER_WISHES, word))
    })
}

fn first(phrases: &Phrases<Why>, parts: impl IntoIterator<Item = Vec<String>>) -> Option<Why> {
    parts.into_iter().find_map(|words| phrases.find(&words).into_iter().next().map(|(why, _)| why))
}

fn sentences(text: &str) -> impl Iterator<Item = Vec<String>> {
    text.split(['.', '!', '?', ';', '\n']).map(plain_words)
}

fn stretches(text: &str) -> impl Iterator<Item = Vec<String>> {
    text.split(['.', '!', '?', ';', '\n', ',', ':', '(', ')', '–', '—']).map(plain_words)
}

fn is_cancelling(word: &str) -> bool {
    CANCELLING.iter().any(|start| word.starts_with(start))
}

/// Why what is said of cancelling leaves it open, or denies it.
fn cancelling(lower: &str, clauses: &[String]) -> Option<Why> {
    if tables::TAKEN_BACK.iter().any(|words| has_words(lower, words)) {
        return Some(KEPT);
    }
    if tells_in_spanish(lower) {
        return Some(DONE);
    }
    let mut is_spoken_of = false;
    for clause in clauses {
        let words = plain_words(clause);
        if let Some(at) = words.iter().position(|word| is_cancelling(word)) {
            is_spoken_of = true;
            if let Some(why) = beside(clause, &words, at) {
                return Some(why);
            }
        } else if wants_goods(clause, &words) || (is_spoken_of && refuses(clause, &words)) {
            return Some(KEPT);
        }
    }
    None
}

/// What stands beside the word of cancelling that is at this place of a clause, and turns it.
fn beside(clause: &str, words: &[String], at: usize) -> Option<Why> {
    let stands = |near: &[String], turning: &[&str]| near.iter().any(|word| turning.contains(&word.as_str()));
    let (before, behind) = words.split_at(at);
    let before = before.get(at.saturating_sub(NEAR)..).unwrap_or_default();
    let near_behind = behind.get(..behind.len().min(NEAR_BEHIND)).unwrap_or_default();
    let ends_in_denial = behind.last().is_some_and(|last| tables::BEHIND.contains(&last.as_str()));
    // “N’annulez pas”: folded, the elided negation is part of the word.
    let is_elided = words.get(at).is_some_and(|word| word.starts_with("nannul"));
    let is_denied = is_elided
        || ends_in_denial
        || stands(before, NEGATIONS)
        || stands(before, tables::OPEN)
        || stands(near_behind, tables::BEHIND);
    if is_denied {
        return Some(DENIED);
    }
    (is_told(words) || tables::ASKS.iter().any(|words| has_words(clause, words))).then_some(ASKED)
}

fn refuses(clause: &str, words: &[String]) -> bool {
    is_refusal(clause) || tables::REFUSING.contains(&words.join(" ").as_str())
}

/// Whether a clause ends with the wish for the goods: “I want it”.
fn wants_goods(clause: &str, words: &[String]) -> bool {
    static WANTED: LazyLock<Phrases<()>> = LazyLock::new(|| Phrases::new(&[((), tables::WANTED)]));
    !is_negated(clause) && WANTED.find(words).into_iter().any(|((), found)| found.end == words.len())
}

#[cfg(test)]
mod tests {
    use super::{turned, wants_more};
    use crate::model::order::ActionKind::{self, Cancel, ChangeAddress, ChangeItems, Return};

    #[track_caller]
    fn is_turned(kind: ActionKind, text: &str, is_so: bool) {
        let why = turned(text, kind);
        assert_eq!(why.is_some(), is_so, "{text}: {why:?}");
    }

    #[test]
    fn who_wants_it_cancelled_leaves_no_doubt() {
        for text in [
            "Please cancel my order PC-1001.",
            "Can I still cancel order PC-1001?",
            "I don't need it any more, please cancel the order.",
            "I changed my mind, cancel PC-1001 please.",
            "I no longer want PC-1001, cancel it.",
            "Do not send PC-1001, cancel it please.",
            "I want PC-1001 cancelled.",
            "I would like my order to be cancelled, I ordered it by mistake.",
            "I just want to cancel my order.",
            "It will not arrive when I need it, please cancel the order.",
            "I can't wait any longer, please cancel my order.",
            "Please cancel my order and refund me.",
            "I ordered everything twice but please cancel PC-1001.",
            "No, please cancel it.",
            "Bitte stornieren Sie meine Bestellung, ich brauche sie nicht mehr.",
            "Ich habe mich vertan, bitte storniert die Bestellung.",
            "Ich möchte nur meine Bestellung stornieren.",
            "Können Sie die Bestellung bitte rückgängig machen?",
            "Merci d'annuler ma commande.",
            "J'ai changé d'avis, annulez ma commande.",
            "Quiero cancelar mi pedido.",
            "Solo quiero cancelar mi pedido, lo pedí por error.",
            "Espero que cancelen mi pedido.",
            "Vorrei annullare l'ordine.",
            "Ik wil mijn bestelling annuleren.",
            "Quero cancelar a minha encomenda.",
            "Proszę anulować moje zamówienie.",
        ] {
            is_turned(Cancel, text, false);
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
            "Não cancelem a minha encomenda.",
            "Nie anulujcie mojego zamówienia.",
            "Bitte stornieren Sie meine Bestellung PC-1001 nicht.",
            "I do not want PC-1001 to be cancelled.",
            "Ich möchte nicht, dass PC-1001 storniert wird.",
            "Je ne veux pas que ma commande soit annulée.",
            "No quiero que cancelen mi pedido.",
            "Cancel my order PC-1001? No way, I want it!",
            "Cancel my order PC-1001? No!",
            "PC-1001 stornieren? Ich brauche sie.",
        ] {
            is_turned(Cancel, text, true);
        }
    }

    #[test]
    fn what_is_excepted_is_not_what_is_cancelled() {
        for text in [
            "Cancel everything except PC-1001.",
            "Please cancel all but PC-1001.",
            "Cancel everything but PC-1001, please.",
            "Cancel all orders other than PC-1001.",
            "Bitte alles außer PC-1001 stornieren.",
            "Stornieren Sie alles bis auf PC-1001.",
            "Annulez tout sauf PC-1001.",
            "Cancelen todo menos PC-1001.",
            "Annullate tutto tranne PC-1001.",
            "Annuleer alles behalve PC-1001.",
            "Cancelem tudo exceto PC-1001.",
            "Proszę anulować wszystko oprócz PC-1001.",
            "Please cancel only the mug.",
            "Stornieren Sie bitte nur die Tasse.",
            "Annulez seulement la tasse.",
            "Cancelen solo la taza.",
            "Annullate solo la tazza.",
            "Annuleer alleen de mok.",
        ] {
            is_turned(Cancel, text, true);
        }
    }

    #[test]
    fn what_was_done_already_is_not_asked_for() {
        for text in [
            "I cancelled PC-1001 by mistake.",
            "I have accidentally cancelled PC-1001.",
            "Ich habe PC-1001 aus Versehen storniert.",
            "J'ai annulé PC-1001 par erreur.",
            "He cancelado PC-1001 por error.",
            "Cancelé PC-1001 por error.",
            "Ho annullato PC-1001 per errore.",
            "Ik heb PC-1001 per ongeluk geannuleerd.",
            "Cancelei PC-1001 por engano.",
            "Ya cancelé mi pedido PC-1001.",
            "Ya anule este pedido.",
            "Ihr storniert meine Bestellung PC-1001!",
            "Und Sie stornieren meine Bestellung.",
            "Meine Bestellung PC-1001 storniert!",
            "Vous annulez ma commande PC-1001 !",
            "Anulowałem PC-1001 przez pomyłkę.",
            "Please wait with cancelling PC-1001.",
            "Bitte warten Sie noch mit der Stornierung.",
            "Please cancel the return of PC-1001.",
            "Bitte die Rücksendung von PC-1001 stornieren.",
            "Annulez le retour de PC-1001.",
            "Please undo the cancellation of PC-1001.",
            "You changed the mug to red. Undo that.",
        ] {
            is_turned(Cancel, text, true);
        }
    }

    #[test]
    fn a_change_that_is_denied_asked_about_or_told_of_is_not_wanted() {
        for text in [
            "You changed the mug to red. Undo that.",
            "Change the mug to anything but red.",
            "Change the mug to any colour but red.",
            "Why did you change the mug to red?",
            "Please do not change the mug to red.",
            "I do not want the mug to be changed.",
            "Bitte ändern Sie die Tasse nicht auf rot.",
            "Warum haben Sie die Tasse geändert?",
            "Pourquoi avez-vous changé la tasse ?",
            "No cambien la taza.",
            "Perché avete cambiato la tazza?",
            "Waarom hebben jullie de mok gewijzigd?",
        ] {
            is_turned(ChangeItems, text, true);
            is_turned(ChangeAddress, text, true);
        }
        for text in [
            "Please change the mug to red.",
            "I changed my mind, please change the mug to red, it has not been sent yet.",
            "Could you change the jacket from M to L?",
            "I don't like blue, please change it to red.",
            "Ich möchte die Tasse lieber in rot, bitte ändern.",
            "Pouvez-vous changer la tasse, je préfère le rouge ?",
        ] {
            is_turned(ChangeItems, text, false);
        }
    }

    #[test]
    fn who_sends_nothing_back_wants_no_return() {
        for text in [
            "I do not want to return PC-1001, I love it!",
            "Don't return it.",
            "Ich möchte die Tasse nicht zurückgeben.",
            "Je ne veux pas renvoyer la tasse.",
            "No quiero devolver la taza.",
            "Please cancel the return of PC-1001.",
        ] {
            is_turned(Return, text, true);
        }
        for text in [
            "It does not fit I want to return it.",
            "I want to return it because I do not like it.",
            "I don't want to return everything of order PC-1001.",
            "I would like to return everything but the mug.",
        ] {
            is_turned(Return, text, false);
        }
    }

    #[test]
    fn what_else_is_wanted_beside_a_cancellation_is_heard() {
        for text in [
            "Please cancel PC-1001 and send the same with express.",
            "Cancel PC-1001. Send the mug to my mother.",
            "Cancel it. And can you please send me a new one.",
            "Bitte stornieren. Schicken Sie die Tasse an meine Mutter.",
            "Annulez la commande et envoyez la tasse à ma mère.",
        ] {
            assert!(wants_more(text), "{text}");
        }
        for text in [
            "Please cancel PC-1001.",
            "Do not send it, cancel it please.",
            "Please cancel it before you send it.",
            "Please cancel PC-1001 and send me a confirmation.",
            "Cancel it, and please send the money back.",
            "Bitte stornieren und schicken Sie mir eine Bestätigung.",
        ] {
            assert!(!wants_more(text), "{text}");
        }
    }
}
