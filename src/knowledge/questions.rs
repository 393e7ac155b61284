//! Questions that ask the same, found by the words of theirs that mean something.

use std::cmp::Reverse;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// So many letters of a word count, so that “tent” in the plural is the same word.
const LETTERS: usize = 6;
/// Shorter words mean nothing by themselves.
const SHORTEST: usize = 3;
/// So many words of a question are looked at.
const WORDS: usize = 12;

/// What somebody asked.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The number of the conversation.
    pub conversation: i64,
    /// ISO 639.
    pub language: &'a str,
    /// The question.
    pub words: &'a str,
}

/// A question that was asked once or several times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Its places among what was asked, the newest first; one for each conversation.
    pub places: Vec<usize>,
    /// How the words begin that mean something, as they were asked last.
    pub beginnings: Vec<String>,
}

impl Question {
    /// How many of its words an article must hold to be taken for an answer: most of them.
    pub fn most(&self) -> usize {
        self.beginnings.len() - self.beginnings.len() / 3
    }
}

/// What was asked, newest first, as questions, those first that most have asked. `plain` gives the words of a language that mean
/// nothing by themselves. What holds no word that does is left out.
pub fn questions(asked: &[Asked<'_>], plain: impl Fn(&str) -> &'static str) -> Vec<Question> {
    let mut questions: Vec<Question> = Vec::new();
    for (place, one) in asked.iter().enumerate() {
        let beginnings = beginnings(one.words, plain(one.language));
        if beginnings.is_empty() {
            continue;
        }
        let first = |question: &Question| question.places.first().and_then(|first| asked.get(*first));
        let is_same = |question: &&mut Question| {
            first(question).is_some_and(|first| first.language == one.language)
                && is_alike(&question.beginnings, &beginnings)
        };
        match questions.iter_mut().find(is_same) {
            Some(known) => {
                let mut others = known.places.iter().filter_map(|place| asked.get(*place));
                if others.all(|other| other.conversation != one.conversation) {
                    known.places.push(place);
                }
            }
            None => questions.push(Question { places: vec![place], beginnings }),
        }
    }
    questions.sort_by_key(|question| Reverse(question.places.len()));
    questions
}

/// Whether at least half of the words are the same.
fn is_alike(one: &[String], other: &[String]) -> bool {
    let shared = one.iter().filter(|word| other.contains(word)).count();
    shared * 2 >= one.len().max(other.len())
}

/// How the words begin that mean something, each once: no plain ones, no numbers.
fn beginnings(text: &str, plain: &str) -> Vec<String> {
    let plain = folded(plain);
    let plain: Vec<&str> = words(&plain).collect();
    let text = folded(text);
    let telling = words(&text).filter(|word| {
        let is_number = word.contains(|c: char| c.is_numeric());
        word.chars().count() >= SHORTEST && !is_number && !plain.contains(word)
    });
    let mut found: Vec<String> = Vec::new();
    for word in telling {
        let beginning: String = word.chars().take(LETTERS).collect();
        if found.len() < WORDS && !found.contains(&beginning) {
            found.push(beginning);
        }
    }
    found
}

/// In small letters, without accents.
fn folded(text: &str) -> String {
    text.nfd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(language: &str) -> &'static str {
        if language == "en" { "do you how long is the for a your can i what" } else { "" }
    }

    #[test]
    fn what_asks_the_same_is_one_question_and_what_most_ask_comes_first() {
        let asked = [
            (9, "en", "Can I visit your showroom?"),
            (8, "en", "Do you repair zippers of tents?"),
            (8, "en", "Do you repair the zipper?"),
            (7, "de", "repair zipper tent"),
            (6, "en", "Repair of a tent’s zipper"),
            (5, "en", "How long is the warranty for 4711?"),
            (4, "en", "What? For 12?"),
        ];
        let asked = asked.map(|(conversation, language, words)| Asked { conversation, language, words });
        let found = questions(&asked, plain);
        let places: Vec<_> = found.iter().map(|question| question.places.clone()).collect();
        assert_eq!(places, [vec![1, 4], vec![0], vec![3], vec![5]]);
        let first = found.first().unwrap();
        assert_eq!(
            (first.beginnings.clone(), first.most()),
            (vec!["repair".into(), "zipper".into(), "tents".into()], 2)
        );
        assert_eq!(found.last().unwrap().beginnings, ["warran"]);
    }

    #[test]
    fn accents_and_endings_tell_no_two_words_apart() {
        assert_eq!(beginnings("Größe RÜCKGABEN, größe", "und"), ["große", "ruckga"]);
        assert!(is_alike(&beginnings("garantie verlängern", ""), &beginnings("Garantien verlangern?", "")));
    }
}
