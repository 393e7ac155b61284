//! Text to hashed features: what the classifier sees of a message.
//!
//! Words are lower-cased, accents are folded and numbers, addresses and links become classes, so that two
//! customers who ask the same thing about different orders look alike. The features are words, pairs of words and
//! character 3-5-grams inside a word (which carry typos and inflected languages), hashed into a fixed table.

/// How many rows the hash table has; a power of two.
pub const BUCKETS: usize = 1 << 15;

/// One row of the model's table and how strongly the text shows it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Feature {
    /// Row in the table, below [`BUCKETS`].
    pub bucket: usize,
    /// Weight; the weights of one text have length one.
    pub value: f32,
}

const WORD: f32 = 1.0;
const PAIR: f32 = 1.0;
const PIECE: f32 = 0.5;
/// Texts beyond this many words are cut: no request needs more, and hostile input must not cost time.
const MAX_WORDS: usize = 600;
/// Character n-grams of longer "words" (base64, URLs) say nothing.
const MAX_PIECED_WORD: usize = 24;

/// Hashed features of a text, sorted by bucket, with unit length. Empty when the text has no words.
pub fn features(text: &str) -> Vec<Feature> {
    let words = words(text);
    let mut raw: Vec<Feature> = Vec::with_capacity(words.len() * 16);
    let mut previous = hash(1, "^");
    for word in &words {
        let own = hash(1, word);
        push(&mut raw, own, WORD);
        push(&mut raw, mix(previous, own), PAIR);
        previous = own;
        if !word.starts_with('<') {
            pieces(&mut raw, word);
        }
    }
    merge(raw)
}

/// The normalised words of a text.
pub fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for chunk in text.split_whitespace() {
        if words.len() >= MAX_WORDS {
            break;
        }
        if chunk.contains('@') && chunk.contains('.') {
            words.push("<mail>".to_owned());
        } else if chunk.starts_with("http://") || chunk.starts_with("https://") || chunk.starts_with("www.") {
            words.push("<link>".to_owned());
        } else {
            split_chunk(chunk, &mut words);
        }
    }
    words
}

fn split_chunk(chunk: &str, words: &mut Vec<String>) {
    let mut word = String::new();
    for letter in chunk.chars() {
        match letter {
            '\'' | '’' | '`' | '´' | '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{ad}' | '\u{feff}' => {}
            letter if letter.is_alphanumeric() => fold_into(letter, &mut word),
            letter => {
                finish(&mut word, words);
                match letter {
                    '?' | '¿' => words.push("<ask>".to_owned()),
                    '!' => words.push("<bang>".to_owned()),
                    '$' | '€' | '£' | '¥' => words.push("<money>".to_owned()),
                    _ => {}
                }
            }
        }
    }
    finish(&mut word, words);
}

fn finish(word: &mut String, words: &mut Vec<String>) {
    if !word.is_empty() {
        words.push(number_class(word).map_or_else(|| word.clone(), str::to_owned));
        word.clear();
    }
}

fn number_class(word: &str) -> Option<&'static str> {
    let digits = word.chars().filter(char::is_ascii_digit).count();
    let length = word.chars().count();
    match (digits, length) {
        (0, _) => None,
        (digits, length) if digits == length => Some(match length {
            1 | 2 => "<n2>",
            3 | 4 => "<n4>",
            _ => "<n9>",
        }),
        (digits, length) if digits >= 3 && length >= 5 => Some("<id>"),
        _ => None,
    }
}

/// Lower-cases a letter and takes its accent off.
pub(crate) fn fold_into(letter: char, word: &mut String) {
    if letter.is_ascii() {
        word.push(letter.to_ascii_lowercase());
        return;
    }
    for lower in letter.to_lowercase() {
        match lower {
            'à'..='å' | 'ą' | 'ā' | 'ă' => word.push('a'),
            'ç' | 'ć' | 'č' => word.push('c'),
            'è'..='ë' | 'ę' | 'ē' | 'ě' => word.push('e'),
            'ì'..='ï' | 'ī' | 'ı' => word.push('i'),
            'ñ' | 'ń' | 'ň' => word.push('n'),
            'ò'..='ö' | 'ø' | 'ő' | 'ō' => word.push('o'),
            'ù'..='ü' | 'ű' | 'ů' | 'ū' => word.push('u'),
            'ý' | 'ÿ' => word.push('y'),
            'ś' | 'š' | 'ş' | 'ș' => word.push('s'),
            'ź' | 'ż' | 'ž' => word.push('z'),
            'ł' => word.push('l'),
            'đ' | 'ď' => word.push('d'),
            'ť' | 'ţ' | 'ț' => word.push('t'),
            'ř' => word.push('r'),
            'ğ' => word.push('g'),
            'ß' => word.push_str("ss"),
            'æ' => word.push_str("ae"),
            'œ' => word.push_str("oe"),
            '\u{300}'..='\u{36f}' => {}
            other => word.push(other),
        }
    }
}

fn pieces(raw: &mut Vec<Feature>, word: &str) {
    let marked: Vec<char> = std::iter::once('_').chain(word.chars()).chain(std::iter::once('_')).collect();
    if marked.len() > MAX_PIECED_WORD {
        return;
    }
    let mut piece = String::with_capacity(16);
    for size in 3..=5 {
        for window in marked.windows(size) {
            piece.clear();
            piece.extend(window);
            push(raw, hash(2, &piece), PIECE);
        }
    }
}

fn push(raw: &mut Vec<Feature>, hash: u64, value: f32) {
    let mask = u64::try_from(BUCKETS - 1).unwrap_or(0);
    let bucket = usize::try_from((hash ^ (hash >> 29)) & mask).unwrap_or(0);
    raw.push(Feature { bucket, value });
}

/// FNV-1a, kept here so that a trained model never depends on another crate's hash.
fn hash(kind: u64, text: &str) -> u64 {
    let start = 0xcbf2_9ce4_8422_2325 ^ kind.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    text.bytes().fold(start, |state, byte| (state ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

fn mix(left: u64, right: u64) -> u64 {
    (left.rotate_left(23) ^ right).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// Joins equal buckets (a repeated feature counts with the root of its sum) and scales to unit length.
fn merge(mut raw: Vec<Feature>) -> Vec<Feature> {
    raw.sort_unstable_by_key(|feature| feature.bucket);
    let mut merged: Vec<Feature> = Vec::with_capacity(raw.len());
    for feature in raw {
        match merged.last_mut() {
            Some(last) if last.bucket == feature.bucket => {
                last.value = (last.value.powi(2) + feature.value.powi(2)).sqrt();
            }
            _ => merged.push(feature),
        }
    }
    let length = merged.iter().map(|feature| feature.value.powi(2)).sum::<f32>().sqrt();
    if length > 0.0 {
        for feature in &mut merged {
            feature.value /= length;
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_case_and_composition_do_not_matter() {
        assert_eq!(words("Größe ÉTÉ e\u{301}t\u{e9}"), ["grosse", "ete", "ete"]);
        assert_eq!(features("Où est ma COMMANDE"), features("ou est ma commande"));
    }

    #[test]
    fn numbers_links_and_addresses_become_classes() {
        assert_eq!(
            words("order 12345678, ref FJ20417 a@b.example €12"),
            ["order", "<n9>", "ref", "<id>", "<mail>", "<money>", "<n2>"]
        );
        assert_eq!(features("order 123456"), features("order 9876543"));
        assert_eq!(words("don’t see https://shop.example/x"), ["dont", "see", "<link>"]);
    }

    #[test]
    fn features_have_unit_length_and_are_sorted() {
        let all = features("where is my parcel, where is my parcel?");
        assert!(all.windows(2).all(|pair| pair[0].bucket < pair[1].bucket));
        assert!((all.iter().map(|feature| feature.value.powi(2)).sum::<f32>() - 1.0).abs() < 1e-4);
        assert!(features(" \n\t ").is_empty());
    }
}
