//! Which reason to cancel a customer gives: in one clause, in its own words and their order.

use crate::agent::clauses::{NEGATIONS, asks, clauses};
use crate::agent::understand::phrases::plain_words;
use crate::voice::has_words;

/// So many other words may stand between two words of a reason.
const MOST_BETWEEN: usize = 3;
/// A word of a reason that is not longer belongs to the next one: “by mistake”.
const SHORT: usize = 3;

/// The one of these reasons that a text gives; nothing where it gives none of them, or more than one.
pub fn reason_given<'a>(text: &str, reasons: &'a [String]) -> Option<&'a str> {
    let said = said_clauses(text);
    let lower = text.to_lowercase();
    let is_given = |reason: &&String| {
        let of_several_clauses = clauses(reason).len() > 1 && has_words(&lower, &reason.trim().to_lowercase());
        of_several_clauses || said.iter().any(|clause| gives(clause, &plain_words(reason)))
    };
    let mut given = reasons.iter().filter(is_given);
    let first = given.next()?;
    given.next().is_none().then_some(first.as_str())
}

/// The clauses of a text in words, without those that ask. “Can I cancel it, I no longer need it?” gives a reason all the same.
fn said_clauses(text: &str) -> Vec<Vec<String>> {
    let sentences = text.split_inclusive(['.', '!', '?', '\n']);
    let said = sentences.flat_map(|sentence| {
        let parts = clauses(sentence);
        let is_question = sentence.ends_with('?') && parts.len() < 2;
        parts.into_iter().filter(move |clause| !is_question && !asks(clause))
    });
    said.map(|clause| plain_words(&clause)).collect()
}

/// Whether a clause holds the words of a reason in their order, near each other, and denies nothing else.
fn gives(clause: &[String], reason: &[String]) -> bool {
    let Some(first) = reason.first() else { return false };
    let denials = |words: &[String]| words.iter().filter(|word| NEGATIONS.contains(&word.as_str())).count();
    let mut begins = (0..clause.len()).filter(|at| clause.get(*at).is_some_and(|word| is_form(word, first)));
    denials(clause) == denials(reason) && begins.any(|at| follows(clause, at, reason))
}

/// Whether the words of a reason follow its first one, which stands at this place.
fn follows(clause: &[String], first: usize, reason: &[String]) -> bool {
    let mut at = first;
    reason.windows(2).all(|pair| {
        let [before, wanted] = pair else { return false };
        let between = if before.chars().count() <= SHORT { 0 } else { MOST_BETWEEN };
        let rest = clause.get(at + 1..).unwrap_or_default();
        let found = rest.iter().take(between + 1).position(|word| is_form(word, wanted));
        at += found.map_or(0, |found| found + 1);
        found.is_some()
    })
}

/// Whether two words are the same, or one has an ending of a verb or a plural: “need”, “needed”.
fn is_form(said: &str, wanted: &str) -> bool {
    const ENDINGS: [&str; 3] = ["ed", "s", "d"];
    let is_longer = |long: &str, short: &str| long.strip_prefix(short).is_some_and(|end| ENDINGS.contains(&end));
    said == wanted || (said.len().min(wanted.len()) > SHORT && (is_longer(said, wanted) || is_longer(wanted, said)))
}
