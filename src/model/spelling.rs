//! How a text is spelled: two spellings of one name are told to be one, whatever signs are on its letters and of which script
//! they are, as far as people see no difference.

use channel_contract::unseen::is_unseen;
use unicode_normalization::UnicodeNormalization as _;

/// Letters of Greek and Cyrillic that look like one of Latin. A capital may look like another one than its small letter.
const ALIKE: [(char, &str); 24] = [
    ('a', "АаΑα"),
    ('b', "ВвЬьΒβ"),
    ('c', "Ссς"),
    ('d', "Ԁԁ"),
    ('e', "ЕеΕε"),
    ('h', "НнҺһΗ"),
    ('i', "ІіӀΙι"),
    ('j', "ЈјͿϳ"),
    ('k', "КкΚκ"),
    ('l', "ӏ"),
    ('m', "МмΜ"),
    ('n', "Νη"),
    ('o', "ОоΟοσ"),
    ('p', "РрΡρ"),
    ('q', "Ԛԛ"),
    ('r', "г"),
    ('s', "Ѕѕ"),
    ('t', "ТтΤτ"),
    ('u', "υ"),
    ('v', "Ѵѵν"),
    ('w', "Ԝԝω"),
    ('x', "ХхΧχ"),
    ('y', "УуҮүΥγ"),
    ('z', "Ζ"),
];

/// The words of a text.
#[derive(Clone, Debug)]
pub struct Spelled {
    /// In their own script.
    pub words: Vec<String>,
    /// With each letter of Greek and Cyrillic as the one of Latin that it looks like. Two words may differ here that are one
    /// in capitals, and be one there.
    pub looks: Vec<String>,
}

impl Spelled {
    /// The words as they are compared: other widths of a letter are that letter, as is one with a sign on it, and what nobody
    /// sees is nothing.
    pub fn of(text: &str) -> Self {
        let bare: String = text.nfkd().filter(|c| !is_unseen(*c) && !is_sign(*c)).nfc().collect();
        let looks: String = bare.chars().map(look).collect();
        Self { words: words_in(&bare), looks: words_in(&looks) }
    }
}

/// Whether it is a sign on a letter of Latin, Greek or Cyrillic; other scripts write sounds so.
fn is_sign(letter: char) -> bool {
    matches!(letter, '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}')
}

fn look(letter: char) -> char {
    if letter.is_ascii() {
        return letter;
    }
    ALIKE.iter().find(|(_, alike)| alike.contains(letter)).map_or(letter, |(latin, _)| *latin)
}

fn words_in(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(without_strokes).collect()
}

/// Letters of Latin that are one with a stroke, or two in one.
fn without_strokes(word: &str) -> String {
    let mut plain = String::with_capacity(word.len());
    for letter in word.chars() {
        match letter {
            'ɑ' => plain.push('a'),
            'đ' | 'ð' => plain.push('d'),
            'ɡ' => plain.push('g'),
            'ħ' => plain.push('h'),
            'ı' => plain.push('i'),
            'ȷ' => plain.push('j'),
            'ł' => plain.push('l'),
            'ø' => plain.push('o'),
            'ŧ' => plain.push('t'),
            'æ' => plain.push_str("ae"),
            'œ' => plain.push_str("oe"),
            'ß' => plain.push_str("ss"),
            other => plain.push(other),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_and_strokes_are_left_out_and_other_scripts_keep_their_sounds() {
        let words = |text: &str| Spelled::of(text).words;
        assert_eq!(words("Søren Ødegård, Straße"), ["soren", "odegard", "strasse"]);
        assert_eq!(words("İpek Šćepanović"), ["ipek", "scepanovic"]);
        assert_eq!(words("ΝΙΚΟΣ"), words("Νίκος"));
        assert_ne!(words("राम"), words("रम"));
        assert_ne!(words("が"), words("か"));
        assert_eq!(words("김철수")[0].chars().count(), 3);
    }

    #[test]
    fn letters_look_alike_in_capitals_or_small() {
        let looks = |text: &str| Spelled::of(text).looks.concat();
        assert_eq!(looks("\u{397}\u{430}nn\u{430}h"), "hannah", "a capital of Greek and small ones of Cyrillic");
        assert_eq!(looks("Da\u{3bd}id \u{39d}ina"), "davidnina");
        assert_eq!(looks("Hannah"), "hannah");
    }
}
