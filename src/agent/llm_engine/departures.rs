//! Where a model departs from what was decided. The checks know what promises and tells of deeds look like, and a lie can
//! look otherwise (“your neighbour has it”, a “not” that is gone); so what goes out without a person is made of the words
//! that were decided, and of such as say nothing by themselves. All that was decided is in it, word for word: the model chooses
//! the order and what stands around it.

use crate::agent::clauses::NEGATIONS;
use crate::agent::engine::Written;
use crate::agent::plain::PLAIN;
use crate::agent::understand::phrases::plain_words;
use crate::voice::templates::Line;

/// Words that limit, set a condition or leave something open, of all languages, folded; some of them are plain otherwise.
const LIMITS: &str = "if once unless until till only just except but before after within would could may might should \
    noch wenn falls sobald sofern solange nur erst außer aber bis bevor nachdem würde könnte sollte dürfte si dès seulement \
    uniquement sauf mais jusqu avant après tant pourrait pourrez devrait serait cuando solo sólo salvo pero hasta antes después \
    tras podría sería debería se quando soltanto tranne ma fino prima dopo potrebbe sarebbe dovrebbe als zodra mits indien \
    alleen maar behalve tot voordat nadat zou zouden";

/// Plain words that point at something, by language, folded: with them a sentence of plain words states something all the
/// same (“it is with you”). What points in one language is an article or a verb in the next: “il”, “es”.
const POINTING: [(&str, &str); 6] = [
    ("en", "it its this that these those they them here there"),
    ("de", "es dies hier da er"),
    ("fr", "il elle ils elles cela ici"),
    ("es", "eso esto aqui"),
    ("it", "questo qui"),
    ("nl", "dit dat er hier"),
];

/// From so many letters on, words that begin alike are forms of one word.
const STEM: usize = 5;

/// How the model's lines say anything else than what was decided, in words for a teammate.
pub(super) fn departure(decided: &Written, lines: &[Line], language: &str) -> Option<String> {
    let words = Words::of(language);
    if let Some(word) = words.added(&decided.lines, lines) {
        return Some(format!("the model writes “{word}”, which nothing decided holds"));
    }
    let worded: Vec<Vec<String>> = lines.iter().map(|line| words.telling(&line.text)).collect();
    let count = |lines: &[Vec<String>]| lines.iter().flatten().count();
    let pointing = |lines: &[Line]| lines.iter().map(|line| words.pointing(&line.text)).sum::<usize>();
    let wanted: Vec<Vec<String>> = decided.lines.iter().map(|line| words.telling(&line.text)).collect();
    if let Some(line) = decided.lines.iter().find(|line| !lines.iter().any(|worded| holds(&worded.text, &line.text))) {
        return Some(format!("the model does not say “{}” word for word", line.text));
    }
    (count(&worded) > count(&wanted) || pointing(lines) > pointing(&decided.lines))
        .then(|| "the model says more than was decided".to_owned())
}

/// The words of a language that count for little, and those that count for much.
struct Words {
    plain: Vec<String>,
    limits: Vec<String>,
    pointing: Vec<String>,
}

impl Words {
    fn of(language: &str) -> Self {
        let of = |table: [(&str, &str); 6]| {
            table.iter().find(|(code, _)| *code == language).map_or_else(Vec::new, |(_, words)| plain_words(words))
        };
        Self { plain: of(PLAIN), limits: plain_words(LIMITS), pointing: of(POINTING) }
    }

    fn is_turning(&self, word: &String) -> bool {
        NEGATIONS.contains(&word.as_str()) || self.limits.contains(word)
    }

    /// The first word that stands in none of what was decided and is no plain one.
    fn added(&self, decided: &[Line], lines: &[Line]) -> Option<String> {
        let said: Vec<String> = decided.iter().flat_map(|line| plain_words(&line.text)).collect();
        let is_known = |word: &String| self.plain.contains(word) || said.iter().any(|known| is_form_of(known, word));
        lines.iter().flat_map(|line| plain_words(&line.text)).find(|word| !is_known(word))
    }

    /// The words of a sentence that say something, in their order.
    fn telling(&self, text: &str) -> Vec<String> {
        plain_words(text).into_iter().filter(|word| self.is_turning(word) || !self.plain.contains(word)).collect()
    }

    /// How often a sentence points at something.
    fn pointing(&self, text: &str) -> usize {
        plain_words(text).iter().filter(|word| self.pointing.contains(word)).count()
    }
}

/// Whether a sentence holds another word for word: who pays, and what is not so, hangs on the smallest ones.
fn holds(sentence: &str, wanted: &str) -> bool {
    let (sentence, wanted) = (plain_words(sentence), plain_words(wanted));
    wanted.is_empty() || sentence.windows(wanted.len()).any(|run| run == wanted)
}

fn is_form_of(known: &str, word: &str) -> bool {
    let stem = |word: &str| word.chars().take(STEM).collect::<String>();
    known == word || known.chars().count() >= STEM && stem(known) == stem(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(sentences: &[&str]) -> Vec<Line> {
        let line = |text: &&str| Line { text: (*text).to_owned(), keys: Vec::new(), starts_paragraph: false };
        sentences.iter().map(line).collect()
    }

    fn departs(decided: &[&str], worded: &[&str]) -> Option<String> {
        let decided = Written { lines: lines(decided), ..Written::default() };
        departure(&decided, &lines(worded), "en")
    }

    #[test]
    fn what_was_decided_may_stand_among_words_that_say_nothing() {
        let decided = ["DPD has not given a new day yet.", "It is on its way."];
        for worded in [
            &decided[..],
            &["Good news: it is on its way.", "Sorry, DPD has not given a new day yet."],
            &["Thank you for your message.", "It is on its way, and DPD has not given a new day yet."],
            &["We are happy to help.", decided[0], decided[1]],
        ] {
            assert_eq!(departs(&decided, worded), None, "{worded:?}");
        }
    }

    #[test]
    fn thanks_in_any_language_say_nothing() {
        for (thanks, language) in [
            ("Thank you for your message.", "en"),
            ("Vielen Dank für die Nachricht.", "de"),
            ("Merci pour le message.", "fr"),
            ("Gracias por el mensaje, es un gusto.", "es"),
            ("Grazie per il messaggio.", "it"),
            ("Bedankt voor het bericht.", "nl"),
        ] {
            let decided = Written { lines: lines(&["PC-1001"]), ..Written::default() };
            assert_eq!(departure(&decided, &lines(&[thanks, "PC-1001"]), language), None, "{thanks}");
        }
    }

    #[test]
    fn that_it_is_late_is_no_plain_dutch() {
        let decided = Written { lines: lines(&["PC-1001"]), ..Written::default() };
        let found = departure(&decided, &lines(&["PC-1001", "Het is te laat."]), "nl");
        assert!(found.as_ref().is_some_and(|words| words.contains("“laat”")), "{found:?}");
    }

    #[test]
    fn what_was_not_decided_is_named() {
        for (worded, word) in [
            ("Your new address has been saved.", "new"),
            ("DPD has lost it.", "lost"),
            ("It was handed to your neighbour.", "handed"),
            ("You will get your money back.", "get"),
            ("Returns are free.", "returns"),
            ("It is not out for delivery.", "not"),
            ("Keep the cup as a gift.", "keep"),
            ("Nothing will be charged.", "nothing"),
        ] {
            let found = departs(&["PC-1001 is out for delivery with DPD now."], &[worded]);
            assert!(found.as_ref().is_some_and(|words| words.contains(&format!("“{word}”"))), "{worded}: {found:?}");
        }
    }

    #[test]
    fn what_was_decided_is_neither_left_out_nor_turned() {
        for (decided, worded) in [
            (&["Nordpost has not given a new day yet."][..], &["Nordpost has given a new day yet."][..]),
            (
                &["Once it is back with us, we refund you within 5 working days."],
                &["We refund you within 5 working days, it is back with us."],
            ),
            (&["You can return unused goods within 30 days."], &["You can return goods within 30 days."]),
            (&["The tent is not waterproof."], &["The tent is waterproof."]),
            (
                &["It has not arrived.", "The refund is on its way."],
                &["It has arrived.", "The refund is not on its way."],
            ),
            (&["It has not arrived.", "The refund is on its way."], &["The refund is not on its way, it has arrived."]),
            (
                &["It has not arrived.", "The refund is on its way."],
                &["It has not arrived.", "The refund is not on its way."],
            ),
            (&["If it does not fit, send it back.", "It is free."], &["If it is free, it does not fit, send it back."]),
            (&["PC-1001 is out for delivery.", "We need the cup back."], &["PC-1001 is out for delivery."]),
            (
                &["It left on Saturday 21 November.", "It is due by Wednesday 25 November."],
                &["It left on Wednesday 25 November, and is due by Saturday 21 November."],
            ),
            (&["PC-1001 is on its way."], &["PC-1001 is on its way.", "It is with you."]),
            (&["PC-1001 is on its way."], &["PC-1001 is on its way and it is with you."]),
            (&["The parcel back is paid by you."], &["The parcel back is paid by us."]),
            (&["Please send the mug back to us."], &["We send the mug back to you."]),
            (&["PC-1001 is out for delivery."], &["PC-1001 could be out for delivery."]),
            (&["The parcel back is paid by you."], &["The parcel back is paid for you."]),
            (&["We refund you within 2 working days."], &["You refund us within 2 working days."]),
            (&["It is due by Saturday."], &["It was due by Saturday."]),
            (&["29.90 EUR goes back to your card."], &["29.90 EUR and 29.90 EUR goes back to your card."]),
            (&["PC-1001 comes in 2 parcels."], &["PC-2 comes in 1001 parcels."]),
        ] {
            assert!(departs(decided, worded).is_some(), "{worded:?}");
        }
    }
}
