//! How easy a text is to read: how long its sentences are, and how many of its words (the measure LIX).

use serde::{Deserialize, Serialize};

/// A text of fewer words says too little about how it reads.
const FEWEST_WORDS: usize = 20;
/// A word of more letters is a long one.
const LONG: usize = 6;
/// English has shorter words than the other languages: the same sentence measures so much more there.
const OTHERS: usize = 12;

/// How easy texts are to read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadingLevel {
    /// As they come.
    #[default]
    Any,
    /// As in a newspaper.
    Plain,
    /// As in a story for children.
    Easy,
}

impl ReadingLevel {
    /// All levels, the one that asks for nothing first.
    pub const ALL: [Self; 3] = [Self::Any, Self::Plain, Self::Easy];

    /// The level as documents and forms write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Plain => "plain",
            Self::Easy => "easy",
        }
    }

    /// The most that a text in a language measures; nothing where anything goes.
    pub fn most(self, locale: &str) -> Option<usize> {
        let english = match self {
            Self::Any => return None,
            Self::Plain => 45,
            Self::Easy => 33,
        };
        Some(if locale == "en" { english } else { english + OTHERS })
    }
}

/// What a text measures: words a sentence, and long words in a hundred. Nothing for a text that is too short. Numbers,
/// addresses and links are no words.
pub(super) fn reading_level(text: &str) -> Option<usize> {
    let (mut words, mut long, mut sentences) = (0, 0, 0);
    for line in text.lines() {
        let mut begun = false;
        for piece in line.split_whitespace() {
            if is_word(piece) {
                words += 1;
                long += usize::from(piece.chars().filter(|c| c.is_alphabetic()).count() > LONG);
                begun = true;
            }
            if begun && ends_sentence(piece) {
                sentences += 1;
                begun = false;
            }
        }
        sentences += usize::from(begun);
    }
    (words >= FEWEST_WORDS && sentences > 0).then(|| words / sentences + long * 100 / words)
}

fn is_word(piece: &str) -> bool {
    piece.contains(char::is_alphabetic) && !piece.contains(|c: char| c.is_ascii_digit() || c == '@' || c == '/')
}

/// The dot of “3. März” ends nothing.
fn ends_sentence(piece: &str) -> bool {
    let bare = piece.trim_end_matches(['"', '\'', '”', '“', '»', ')']);
    let is_ordinal = bare
        .strip_suffix('.')
        .is_some_and(|number| (1..=2).contains(&number.len()) && number.chars().all(|c| c.is_ascii_digit()));
    bare.ends_with(['.', '!', '?', ':']) && !is_ordinal
}

#[cfg(test)]
mod tests {
    use super::*;

    const EASY: &str = "Hi Anna,\n\nYour parcel left on 3 May. It is with the post now. You can see where it is on \
        https://post.example/parcels/EXTRAORDINARY12. Write to us if it is not there on Friday.\n\nBest wishes, Ida";
    const HARD: &str = "Notwithstanding considerable difficulties experienced throughout international transportation \
        networks, estimated arrival information regarding aforementioned merchandise unfortunately remains currently \
        unavailable pending confirmation.";

    #[test]
    fn long_sentences_of_long_words_measure_more() {
        let (easy, hard) = (reading_level(EASY).unwrap(), reading_level(HARD).unwrap());
        assert!(easy < 20, "{easy}");
        assert!(hard > 80, "{hard}");
        assert_eq!(reading_level("Your parcel is with the post."), None, "too short to say");
        assert_eq!(reading_level(""), None);
    }

    #[test]
    fn the_dot_of_a_day_ends_no_sentence() {
        let words = |day: &str| reading_level(&format!("{} {day} Mai {}", "so ".repeat(10), "da ".repeat(10)));
        assert_eq!(words("am 3."), words("am 3"));
        assert_ne!(words("am Tag."), words("am Tag"));
    }

    #[test]
    fn a_level_is_written_as_it_is_named() {
        for level in ReadingLevel::ALL {
            assert_eq!(serde_json::to_value(level).unwrap(), level.as_str());
            assert_eq!(level.most("de").is_some(), level != ReadingLevel::Any);
        }
        assert!(ReadingLevel::Easy.most("en") < ReadingLevel::Plain.most("en"));
    }
}
