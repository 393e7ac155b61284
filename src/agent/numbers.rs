//! Order numbers as customers write them: in another spelling than the shop's, or as the one that is not meant. Pure.

use super::clauses::clauses;
use super::understand::phrases::plain_words;
use crate::model::order::KnownOrder;

/// A text of so few words says little but a number.
const LITTLE: usize = 4;

/// A run of letters and digits.
struct Word {
    letters: String,
    /// Whether it may belong to one number with the word before it.
    joins: bool,
}

fn words_of(text: &str) -> Vec<Word> {
    const JOINTS: [char; 8] = [' ', '-', '–', '‑', '_', '/', '#', '\u{a0}'];
    const MOST_BETWEEN: usize = 3;
    let mut words: Vec<Word> = Vec::new();
    let (mut between, mut is_inside) = (Vec::new(), false);
    for letter in text.chars() {
        if !letter.is_alphanumeric() {
            if std::mem::take(&mut is_inside) {
                between.clear();
            }
            between.push(letter);
            continue;
        }
        if let Some(word) = words.last_mut().filter(|_| is_inside) {
            word.letters.extend(letter.to_uppercase());
        } else {
            let joins = between.len() <= MOST_BETWEEN && between.iter().all(|c| JOINTS.contains(c));
            words.push(Word { letters: letter.to_uppercase().collect(), joins });
        }
        is_inside = true;
    }
    words
}

/// Letters and digits alone, in capitals: what two spellings of a number share.
pub(super) fn plain_number(number: &str) -> String {
    number.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect()
}

/// Whether a text holds a number beside those that were read in it.
pub(super) fn holds_more_numbers(text: &str, read: &[String]) -> bool {
    const LEAST_DIGITS: usize = 3;
    let read: Vec<String> = read.iter().map(|number| plain_number(number)).collect();
    let is_number = |word: &Word| word.letters.chars().filter(char::is_ascii_digit).count() >= LEAST_DIGITS;
    let is_read = |word: &Word| read.iter().any(|number| number.contains(&word.letters));
    words_of(text).iter().any(|word| is_number(word) && !is_read(word))
}

/// Numbers in texts that are spelled in another way than the shop does, as the shop would spell them: `fj 20417` where it
/// numbers like `FJ-20418`. What the customer's own orders look like tells how it numbers.
pub(super) fn spelled_otherwise(texts: &[&str], own: &[KnownOrder]) -> Vec<String> {
    let mut numbers: Vec<String> = Vec::new();
    for text in texts {
        let words = words_of(text);
        let says_little = words.len() <= LITTLE;
        let rests = (0..words.len()).filter_map(|place| words.get(place..));
        for (rest, known) in rests.flat_map(|rest| own.iter().map(move |known| (rest, known))) {
            let number = as_spelled(rest, &known.order.number, says_little);
            numbers.extend(number.filter(|number| !numbers.contains(number)));
        }
    }
    numbers
}

/// What the words begin with, in the spelling of `number`, if it is a number like that one: the same letters, and as many
/// digits. Digits alone can be anything, so they must be the same, or stand in the same groups.
fn as_spelled(words: &[Word], number: &str, says_little: bool) -> Option<String> {
    const LEAST: usize = 4;
    let wanted: Vec<char> = plain_number(number).chars().collect();
    let (mut read, mut parts): (Vec<char>, usize) = (Vec::new(), 0);
    for (place, word) in words.iter().enumerate() {
        if read.len() >= wanted.len() || (place > 0 && !word.joins) {
            break;
        }
        read.extend(word.letters.chars());
        parts += 1;
    }
    let both_digits = |one: char, other: char| one.is_ascii_digit() && other.is_ascii_digit();
    let is_like = |(one, other): (&char, &char)| one == other || both_digits(*one, *other);
    if read.len() != wanted.len() || wanted.len() < LEAST || !read.iter().zip(&wanted).all(is_like) {
        return None;
    }
    let groups = number.split(|c: char| !c.is_alphanumeric()).filter(|group| !group.is_empty()).count();
    let has_letter = wanted.iter().any(|c| c.is_alphabetic());
    let is_same = read == wanted && (says_little || wanted.len() > LEAST);
    if !has_letter && !is_same && (groups < 2 || parts != groups) {
        return None;
    }
    let mut letters = read.into_iter();
    Some(number.chars().map(|c| if c.is_alphanumeric() { letters.next().unwrap_or(c) } else { c }).collect())
}

/// Whether each mention of a number says that it is not the one: “not FJ-20417 but ...”.
pub(super) fn is_denied(text: &str, number: &str) -> bool {
    const NOT: &[&str] = &["not", "isnt", "nicht", "pas", "non", "niet", "nao", "nie", "inte", "ikke"];
    // “No” also stands for “number”.
    const NOT_BEFORE_ARTICLE: (&str, &[&str]) = ("no", &["el", "la", "es", "del"]);
    const BETWEEN: &[&str] = &[
        "about",
        "the",
        "for",
        "my",
        "order",
        "number",
        "parcel",
        "um",
        "die",
        "der",
        "den",
        "das",
        "meine",
        "meiner",
        "bestellung",
        "auftrag",
        "nummer",
        "nr",
        "paket",
        "de",
        "du",
        "la",
        "le",
        "ma",
        "commande",
        "numero",
        "es",
        "el",
        "del",
        "mi",
        "pedido",
        "e",
        "il",
        "l",
        "lordine",
        "ordine",
        "om",
        "het",
        "bestelling",
        "a",
        "o",
        "da",
        "do",
        "encomenda",
        "zamowienie",
        "ordern",
        "bestallning",
        "over",
        "pour",
        "por",
        "per",
        "voor",
    ];
    let number = plain_words(number);
    let mut is_named = false;
    for clause in clauses(text) {
        let words = plain_words(&clause);
        for place in (0..words.len()).filter(|place| words.get(*place..).unwrap_or_default().starts_with(&number)) {
            let before = words.get(..place).unwrap_or_default();
            let after_not = before.iter().rposition(|word| !BETWEEN.contains(&word.as_str()));
            let (word, next) = (after_not.and_then(|at| before.get(at)), after_not.and_then(|at| before.get(at + 1)));
            let is_not = word.is_some_and(|word| NOT.contains(&word.as_str()));
            let (no, articles) = NOT_BEFORE_ARTICLE;
            let is_no =
                word.is_some_and(|word| word == no) && next.is_some_and(|next| articles.contains(&next.as_str()));
            if !is_not && !is_no {
                return false;
            }
            is_named = true;
        }
    }
    is_named
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commerce::test_order::order;
    use crate::model::{OrderSourceId, Ts};

    fn known(number: &str) -> KnownOrder {
        let mut order = order();
        number.clone_into(&mut order.number);
        KnownOrder {
            source_id: OrderSourceId(uuid::Uuid::nil()),
            source_name: "Shop".to_owned(),
            order,
            read_at: Ts(0),
        }
    }

    #[test]
    fn numbers_are_read_in_other_spellings_of_the_shops_own() {
        for (number, text, read) in [
            ("FJ-20417", "where is fj20417", Some("FJ-20417")),
            ("FJ-20417", "order FJ – 20 417 please", Some("FJ-20417")),
            ("FJ-20417", "it is fj 20418, not here yet", Some("FJ-20418")),
            ("FJ-20417", "I live in 10115 Berlin", None),
            ("FJ-20417", "XJ-20417", None),
            ("B-10023-EU", "my order b 10023 eu", Some("B-10023-EU")),
            ("12-14345-67890", "item 12 14345 67899", Some("12-14345-67899")),
            ("12-14345-67890", "call 121434567899", None),
            ("W1234567", "W7654321?", Some("W7654321")),
            ("884120", "I mean 884120 of last week", Some("884120")),
            ("884120", "I paid 884121 for it", None),
            ("1002", "1002", Some("1002")),
            ("1002", "it has cost me 1002 in the end", None),
        ] {
            let numbers = spelled_otherwise(&[text], &[known(number)]);
            assert_eq!(numbers.first().map(String::as_str), read, "{number}: {text}");
        }
    }

    #[test]
    fn only_other_numbers_are_more_numbers() {
        let read = ["FJ-20417".to_owned()];
        assert!(!holds_more_numbers("Where is FJ-20417, that I paid with 12 EUR?", &read));
        assert!(holds_more_numbers("Where are FJ-20417 and fj20418?", &read));
    }

    #[test]
    fn what_is_said_not_to_be_meant_is_denied() {
        for text in [
            "Not FJ-20417 but FJ-20418.",
            "It is not about order FJ-20417.",
            "Es geht nicht um die FJ-20417, sondern um FJ-20418",
            "Il ne s’agit pas de la commande FJ-20417",
            "No es el FJ-20417",
            "Non il FJ-20417 ma il FJ-20418",
            "Het gaat niet om FJ-20417",
            "Não é o FJ-20417",
            "Nie FJ-20417, tylko FJ-20418",
        ] {
            assert!(is_denied(text, "FJ-20417"), "{text}");
        }
        for text in [
            "FJ-20417 has not arrived.",
            "I have not received order FJ-20417",
            "Order no. FJ-20417, where is it?",
            "pedido no FJ-20417",
            "No, FJ-20417 please",
            "Not FJ-20417? But FJ-20417 is what I ordered.",
            "Where is it?",
        ] {
            assert!(!is_denied(text, "FJ-20417"), "{text}");
        }
    }
}
