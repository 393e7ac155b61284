//! Whether a message that speaks of a deed means the opposite: it denies it, excepts what it names, tells of what was done,
//! wants it undone, or asks about it. Nobody is to do with one key what a customer does not want: a person takes it.

mod tables;

use std::sync::LazyLock;

use super::Case;
use super::plainly::{CANCELLING, holds, is_asked, is_of_request, is_told, keeps_goods, tells_in_spanish};
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
const CALLED_OFF: Why = "it is refused, or called off";

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
    clauses: Phrases::new(&[(PART, tables::ONLY), (DONE, tables::OWN_DOING), (ASKED, tables::CANCELLED)]),
});

/// Of goods that come back the case itself looks which ones are excepted.
static RETURN: LazyLock<Signs> = LazyLock::new(|| Signs {
    sentences: Phrases::new(&[]),
    stretches: Phrases::new(&[(UNDONE, tables::UNDOING), (OTHER, tables::SOMETHING_ELSE)]),
    clauses: Phrases::new(&[]),
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
    if stretches(&lower).any(|words| is_called_off(&words)) {
        return Some(CALLED_OFF);
    }
    let found = first(&signs.stretches, stretches(&lower))
        .or_else(|| first(&signs.clauses, clauses.iter().map(words_of)))
        .or_else(|| first(&signs.sentences, sentences(&lower)));
    found.or_else(|| match kind {
        ActionKind::Cancel => cancelling(&lower, &clauses),
        ActionKind::Return if keeps_goods(text) => Some(DENIED),
        _ => is_recanted(&clauses).then_some(KEPT),
    })
}

/// Whether a clause behind the first one says no to what stands before it, and nothing else.
fn is_recanted(clauses: &[String]) -> bool {
    clauses.iter().skip(1).any(|clause| tables::REFUSING.contains(&plain_words(clause).join(" ").as_str()))
}

/// Whether something takes back what was asked for; “do not forget to cancel it” does not.
fn is_called_off(words: &[String]) -> bool {
    static PHRASES: LazyLock<Phrases<()>> = LazyLock::new(|| Phrases::new(&[((), tables::CALLED_OFF)]));
    let denied = |place: usize| {
        let before = words.get(place.saturating_sub(2)..place).unwrap_or_default();
        before.iter().any(|word| NEGATIONS.contains(&word.as_str()))
    };
    PHRASES.find(words).into_iter().any(|((), found)| !denied(found.start))
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
    let (mut is_spoken_of, mut is_only_named) = (false, true);
    for clause in clauses {
        let words = plain_words(clause);
        if let Some(at) = words.iter().position(|word| is_cancelling(word)) {
            is_spoken_of = true;
            is_only_named &= only_names(&words);
            if let Some(why) = beside(clause, &words, at) {
                return Some(why);
            }
        } else if wants_goods(clause, &words) || (is_spoken_of && refuses(clause, &words)) {
            return Some(KEPT);
        }
    }
    (is_spoken_of && is_only_named).then_some(ASKED)
}

/// Whether a clause names a cancellation among other words, and wishes for nothing.
fn only_names(words: &[String]) -> bool {
    const SHORT: usize = 3;
    let is_noun = |word: &String| tables::CANCELLATION.iter().any(|start| word.starts_with(start));
    let is_small = |word: &String| {
        word.chars().count() <= SHORT || word.contains(|letter: char| letter.is_ascii_digit()) || is_of_request(word)
    };
    let mut spoken_of = words.iter().filter(|word| is_cancelling(word));
    spoken_of.all(is_noun) && !is_asked(words) && !words.iter().all(|word| is_noun(word) || is_small(word))
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
mod tests;
