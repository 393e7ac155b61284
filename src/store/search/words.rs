//! What counts as a word, of what is indexed and of what is asked.
//!
//! Chinese, Japanese, Thai, Lao, Khmer and Burmese put no spaces between words, so there each letter counts beside the
//! next one: whatever stands within a run of such letters is found by its pairs. The last letter of a run counts alone
//! too, so that each letter begins something.

use std::mem;
use std::ops::RangeInclusive;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// Of a longer message only the beginning is indexed, in characters: PostgreSQL refuses an entry over 1 MB.
const INDEXED: usize = 200_000;
/// The same in bytes of what is written down: with its place a pair of letters takes half as much again.
const WRITTEN: usize = 650_000;
/// So many characters of what is looked for are read.
const READ: usize = 1_000;
/// And so many of each word: PostgreSQL refuses one of over 2 046 bytes, and indexes none.
const LETTERS: usize = 500;
/// So many words are asked for at most.
const WORDS: usize = 8;
/// And so many pairs of letters, which belong to few words.
const PAIRS: usize = 24;

/// The words of some texts as they are indexed: lower case, without accents, apart by spaces.
pub(in crate::store) fn indexed(texts: &[&str]) -> String {
    let mut words = String::with_capacity(texts.iter().map(|text| text.len() + 1).sum::<usize>().min(INDEXED));
    let all = texts.iter().flat_map(|text| text.chars().chain([' ']));
    if texts.iter().all(|text| text.is_ascii()) {
        push_words(&mut words, all.take(INDEXED));
    } else {
        push_words(&mut words, all.nfd().take(INDEXED));
    }
    words
}

/// Letters and digits in lower case; anything else ends a word. Accents are left out: they come behind their letter.
fn push_words(words: &mut String, text: impl Iterator<Item = char>) {
    let mut run = Run::default();
    for c in text {
        if words.len() > WRITTEN {
            break;
        }
        if is_unspaced(c) {
            run.take(words, c);
        } else if !run.goes_on_behind(c) {
            run.end(words);
            if c.is_alphanumeric() {
                words.extend(c.to_lowercase().filter(|c| !is_accent(*c)));
            } else if !is_accent(c) {
                end_word(words);
            }
        }
    }
    run.end(words);
}

fn end_word(words: &mut String) {
    if !words.is_empty() && !words.ends_with(' ') {
        words.push(' ');
    }
}

fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

/// Whether a letter, or a mark on one, is of a script that puts no spaces between words.
pub(super) fn is_unspaced(c: char) -> bool {
    c >= '\u{e01}'
        && matches!(c,
            // Thai, Lao, Burmese, Khmer, without their digits and signs.
            '\u{e01}'..='\u{e3a}' | '\u{e40}'..='\u{e4e}'
            | '\u{e81}'..='\u{ece}' | '\u{edc}'..='\u{edf}'
            | '\u{1000}'..='\u{103f}' | '\u{1050}'..='\u{108f}' | '\u{109a}'..='\u{109d}' | '\u{aa60}'..='\u{aa76}'
            | '\u{aa7a}'..='\u{aa7f}'
            | '\u{1780}'..='\u{17d3}' | '\u{17d7}'
            // Kana, in full and in half width, and the signs that stand for a letter.
            | '\u{3005}'..='\u{3007}' | '\u{3041}'..='\u{309a}' | '\u{309d}'..='\u{309f}' | '\u{30a1}'..='\u{30fa}'
            | '\u{30fc}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' | '\u{ff66}'..='\u{ff9f}'
            // Han.
            | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// A run of letters without spaces, while it is written down.
#[derive(Default)]
struct Run {
    /// The last letter with its marks, not written yet.
    letter: String,
    /// Whether one before it is.
    is_begun: bool,
}

impl Run {
    /// A mark without a letter is left out.
    fn take(&mut self, words: &mut String, c: char) {
        if !is_combining_mark(c) {
            if !self.is_open() {
                end_word(words);
            }
            self.write(words);
            self.letter.push(c);
        } else if self.is_open() {
            self.letter.push(c);
        }
    }

    fn is_open(&self) -> bool {
        !self.letter.is_empty()
    }

    /// Whether something else is no end of it: marks of other scripts, and what only says where a line may break.
    fn goes_on_behind(&self, c: char) -> bool {
        self.is_open() && (is_combining_mark(c) || matches!(c, '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}'))
    }

    /// Writes the last letter, behind the one before it and as the first of the next pair.
    fn write(&mut self, words: &mut String) {
        if self.is_open() {
            if self.is_begun {
                words.push_str(&self.letter);
                words.push(' ');
            }
            words.push_str(&self.letter);
            self.letter.clear();
            self.is_begun = true;
        }
    }

    fn end(&mut self, words: &mut String) {
        self.write(words);
        if mem::take(&mut self.is_begun) {
            words.push(' ');
        }
    }
}

/// What is looked for: all of these words, the last of which may be unfinished.
pub(in crate::store) struct Words(Vec<Asked>);

struct Asked {
    word: String,
    /// Whether what begins so is meant as well: a letter that stands alone is found in its pairs, a long word by its beginning.
    is_unfinished: bool,
}

impl Words {
    /// The searchable words of an input.
    pub(in crate::store) fn of(input: &str) -> Self {
        let input: String = input.chars().take(READ).collect();
        let indexed = indexed(&[&input]);
        let (mut asked, mut words_left, mut pairs_left) = (Vec::new(), WORDS, PAIRS);
        let mut before = "";
        for word in indexed.split_whitespace() {
            let in_pairs = word.starts_with(is_unspaced);
            let is_letter = in_pairs && word.chars().filter(|c| !is_combining_mark(*c)).count() == 1;
            // The last letter of a run is in its last pair.
            let is_asked = is_letter && before != word && before.ends_with(word);
            before = word;
            // What begins with a letter are many words, in every part of the index.
            let left = if in_pairs && !is_letter { &mut pairs_left } else { &mut words_left };
            if !is_asked && *left > 0 {
                *left -= 1;
                let is_cut = word.chars().nth(LETTERS).is_some();
                asked.push(Asked { word: word.chars().take(LETTERS).collect(), is_unfinished: is_letter || is_cut });
            }
        }
        if let Some(last) = asked.last_mut() {
            last.is_unfinished = true;
        }
        Self(asked)
    }

    /// Each word, and whether what begins so is meant as well.
    pub(in crate::store) fn each(&self) -> impl Iterator<Item = (&str, bool)> {
        self.0.iter().map(|asked| (asked.word.as_str(), asked.is_unfinished))
    }

    /// Whether there is nothing to look for.
    pub(in crate::store) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether they all are in a text as it is indexed.
    pub(super) fn are_in(&self, text: &str) -> bool {
        let is_in = |asked: &Asked| {
            let word = asked.word.as_str();
            text.split(' ').any(|other| if asked.is_unfinished { other.starts_with(word) } else { other == word })
        };
        !self.is_empty() && self.0.iter().all(is_in)
    }

    /// In some parts of SQLite's index.
    pub(super) fn fts5(&self, parts: RangeInclusive<i64>) -> String {
        let in_part = |part: i64| {
            let each = self.0.iter().map(|asked| {
                let star = if asked.is_unfinished { " *" } else { "" };
                format!("\"{part:04x}{}\"{star}", asked.word)
            });
            format!("({})", each.collect::<Vec<_>>().join(" AND "))
        };
        parts.map(in_part).collect::<Vec<_>>().join(" OR ")
    }

    /// In PostgreSQL's index.
    pub(super) fn tsquery(&self) -> String {
        let each = self.0.iter().map(|asked| {
            let star = if asked.is_unfinished { ":*" } else { "" };
            format!("'{}'{star}", asked.word)
        });
        each.collect::<Vec<_>>().join(" & ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_input_becomes_plain_words() {
        let words = Words::of("FJ-20417 \"near\" OR ' ; drop (* ^");
        assert_eq!(words.tsquery(), "'fj' & '20417' & 'near' & 'or' & 'drop':*");
        let words = Words::of("FJ-20417");
        assert_eq!(words.fts5(9..=10), "(\"0009fj\" AND \"000920417\" *) OR (\"000afj\" AND \"000a20417\" *)");
        assert!(Words::of("?!*").is_empty());
    }

    #[test]
    fn words_are_the_same_however_they_are_written() {
        assert_eq!(indexed(&["Café, CAFE\u{301}!", "", "İ x"]), "cafe cafe i x ");
        assert_eq!(indexed(&["lotte.berg@example.org", "-20417"]), "lotte berg example org 20417 ");
    }

    #[test]
    fn where_no_spaces_are_written_letters_are_indexed_in_pairs() {
        assert_eq!(indexed(&["我的订单FJ-20417没到!"]), "我的 的订 订单 单 fj 20417 没到 到 ");
        assert_eq!(indexed(&["注", "iPhone手机壳ABC"]), "注 iphone 手机 机壳 壳 abc ");
        // Marks go with their letter, whether or not they are written as one with it.
        let kana = indexed(&["ガイド"]);
        assert_eq!(kana, "カ\u{3099}イ イト\u{3099} ト\u{3099} ");
        assert_eq!(indexed(&["カ\u{3099}イト\u{3099}"]), kana);
        assert_eq!(indexed(&["สั่งซื้อ"]), "สั่ง งซื้ ซื้อ อ ");
        assert_eq!(indexed(&["မြန်မာ ខ្មែរ"]), "မြန် န်မာ မာ ខ្មែ មែរ រ ");
        // Where a line may break, and how a letter is drawn, ends nothing.
        assert_eq!(indexed(&["订\u{200b}单\u{fe00}到"]), "订单 单到 到 ");
        assert_eq!(indexed(&["\u{3099}a\u{3099}b \u{e31}ก"]), "ab ก ");
        assert_eq!(indexed(&["๑๒๓ 12年"]), "๑๒๓ 12 年 ");
    }

    #[test]
    fn pairs_are_asked_for_as_they_are_indexed() {
        let asked = |input: &str| Words::of(input).tsquery();
        assert_eq!(asked("订单"), "'订单':*");
        assert_eq!(asked("我的订单"), "'我的' & '的订' & '订单':*");
        assert_eq!(asked("订 iphone手机"), "'订':* & 'iphone' & '手机':*");
        assert_eq!(asked("订单 fj-204"), "'订单' & 'fj' & '204':*");
        assert_eq!(asked("单单"), "'单单':*");
        assert_eq!(Words::of("订 a").fts5(1..=1), "(\"0001订\" * AND \"0001a\" *)");
        let text = indexed(&["我的订单FJ-20417还没有到"]);
        for (words, there) in [("没有", true), ("订单20417", true), ("有到", true), ("到", true), ("单订", false)]
        {
            assert_eq!(Words::of(words).are_in(&text), there, "{words}");
        }
    }

    #[test]
    fn a_long_question_keeps_its_words_beside_its_pairs() {
        let long: String = ('一'..'丠').collect();
        let asked = Words::of(&format!("{long} a b c d e f g h i"));
        let pairs = asked.0.iter().filter(|asked| asked.word.starts_with(is_unspaced)).count();
        assert_eq!((pairs, asked.0.len()), (PAIRS, PAIRS + WORDS));
    }

    #[test]
    fn letters_that_stand_alone_are_asked_for_as_words_are() {
        let apart: String = ('一'..'丠').flat_map(|letter| [letter, ' ']).collect();
        let asked = Words::of(&apart);
        assert_eq!((asked.0.len(), asked.0.iter().all(|asked| asked.is_unfinished)), (WORDS, true));
    }

    #[test]
    fn a_long_word_is_found_by_its_beginning_wherever_it_is_asked_for() {
        let long = "a".repeat(LETTERS + 100);
        let text = indexed(&[&long, "parcel"]);
        assert!(Words::of(&format!("{long} parcel")).are_in(&text));
        assert!(!Words::of(&format!("{} parcel", "a".repeat(LETTERS))).are_in(&text), "a whole word is another one");
    }

    #[test]
    fn what_is_written_down_of_a_text_is_bounded() {
        let long: String = ('一'..='龥').cycle().take(INDEXED).collect();
        let words = indexed(&[&long]);
        assert!(words.len() > WRITTEN && words.len() < WRITTEN + 20, "{}", words.len());
    }
}
