//! Undoes the usual ways of hiding words from a filter; gives back plain texts worth a second look.

use base64::Engine as _;

/// The same letters, written backwards, with look-alikes, digits or gaps.
pub(crate) fn respelled(text: &str) -> Vec<String> {
    let mut plain =
        vec![text.chars().rev().collect(), words_reversed(text), rotated(text), leet(text), look_alikes(text)];
    plain.extend(spaced(text));
    plain.retain(|candidate: &String| candidate != text);
    plain
}

/// Texts that stood in the text as code: base64, hexadecimal, binary, percent signs.
pub(crate) fn decoded(text: &str) -> Vec<String> {
    encoded(text).into_iter().chain(percent(text)).collect()
}

fn words_reversed(text: &str) -> String {
    text.split_whitespace().rev().collect::<Vec<_>>().join(" ")
}

fn rotated(text: &str) -> String {
    let rotate = |letter: char, first: u8| {
        let place = u8::try_from(letter).unwrap_or(first) - first;
        char::from(first + (place + 13) % 26)
    };
    text.chars()
        .map(|letter| match letter {
            'a'..='z' => rotate(letter, b'a'),
            'A'..='Z' => rotate(letter, b'A'),
            other => other,
        })
        .collect()
}

/// Digits and signs that stand for letters, only inside words that also have letters.
fn leet(text: &str) -> String {
    let change = |word: &str| -> String {
        if !word.chars().any(char::is_alphabetic) {
            return word.to_owned();
        }
        word.chars()
            .map(|letter| match letter {
                '0' => 'o',
                '1' | '!' | '|' => 'i',
                '3' => 'e',
                '4' | '@' => 'a',
                '5' | '$' => 's',
                '7' => 't',
                other => other,
            })
            .collect()
    };
    text.split_whitespace().map(change).collect::<Vec<_>>().join(" ")
}

/// Greek, Cyrillic and full-width letters that look Latin, and invisible letters taken out.
fn look_alikes(text: &str) -> String {
    text.chars()
        .filter(|letter| !matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{ad}'))
        .map(|letter| match letter {
            'а' | 'α' => 'a',
            'е' | 'ε' => 'e',
            'о' | 'ο' => 'o',
            'р' | 'ρ' => 'p',
            'с' => 'c',
            'у' => 'y',
            'х' => 'x',
            'і' | 'ι' => 'i',
            'ѕ' => 's',
            'ј' => 'j',
            'ԁ' => 'd',
            'ո' => 'n',
            'т' | 'τ' => 't',
            'м' => 'm',
            'в' => 'b',
            'к' | 'κ' => 'k',
            'һ' | 'н' => 'h',
            '\u{ff01}'..='\u{ff5e}' => u32::from(letter).checked_sub(0xfee0).and_then(char::from_u32).unwrap_or(letter),
            '\u{e0020}'..='\u{e007e}' => {
                u32::from(letter).checked_sub(0xe_0000).and_then(char::from_u32).unwrap_or(letter)
            }
            other => other,
        })
        .collect()
}

/// `i g n o r e   a l l`, `i.g.n.o.r.e` and `ig-no-re`: joined again.
fn spaced(text: &str) -> Vec<String> {
    let lone = |word: &&str| word.chars().count() == 1;
    let words: Vec<&str> = text.split([' ', '.', '-', '_', '*', '/']).collect();
    let singles = words.iter().filter(|word| lone(word)).count();
    if singles < 6 || singles * 2 < words.len() {
        return text
            .contains(['-', '_', '*', '.'])
            .then(|| text.replace(['-', '_', '*', '.'], ""))
            .into_iter()
            .collect();
    }
    // Wider gaps between words than between letters keep the words apart.
    let separated = text.split("  ").map(|word| word.replace([' ', '.', '-', '_', '*', '/'], "")).collect::<Vec<_>>();
    vec![separated.join(" "), guess_words(&separated.concat())]
}

/// Words read out of letters without gaps, as far as the telling ones go.
fn guess_words(letters: &str) -> String {
    const TELLING: &[&str] = &[
        "ignore",
        "disregard",
        "forget",
        "reveal",
        "previous",
        "instructions",
        "system",
        "prompt",
        "rules",
        "your",
        "all",
        "the",
        "print",
        "show",
        "password",
    ];
    let mut text = letters.to_lowercase();
    for word in TELLING {
        text = text.replace(word, &format!(" {word} "));
    }
    text
}

fn percent(text: &str) -> Option<String> {
    if text.matches('%').count() < 5 {
        return None;
    }
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while let Some(byte) = bytes.get(index) {
        let escaped = bytes.get(index + 1..index + 3).and_then(|digits| hex::decode(digits).ok());
        match (byte, escaped) {
            (b'%', Some(value)) => {
                decoded.extend(value);
                index += 3;
            }
            (byte, _) => {
                decoded.push(*byte);
                index += 1;
            }
        }
    }
    String::from_utf8(decoded).ok()
}

/// Base64, hexadecimal and binary runs that decode to text.
fn encoded(text: &str) -> Vec<String> {
    const SHORTEST: usize = 12;
    let is_base64 = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '+' | '/' | '=' | '-' | '_');
    let mut plain = Vec::new();
    for run in text.split(|letter| !is_base64(letter)).filter(|run| run.len() >= SHORTEST).take(20) {
        let bare = run.trim_end_matches('=');
        let engines =
            [base64::engine::general_purpose::STANDARD_NO_PAD, base64::engine::general_purpose::URL_SAFE_NO_PAD];
        let from_base64 = engines.iter().find_map(|engine| engine.decode(bare).ok());
        plain.extend(hex::decode(run).ok().and_then(readable));
        plain.extend(from_base64.and_then(readable));
    }
    let digits: Vec<&str> =
        text.split([' ', ',', ':']).map(|word| word.trim_start_matches("\\x").trim_start_matches("0x")).collect();
    let pairs: Vec<u8> =
        digits.iter().filter(|word| word.len() == 2).filter_map(|word| u8::from_str_radix(word, 16).ok()).collect();
    let bits: Vec<u8> =
        digits.iter().filter(|word| word.len() == 8).filter_map(|word| u8::from_str_radix(word, 2).ok()).collect();
    plain.extend([pairs, bits].into_iter().filter(|bytes| bytes.len() >= 8).filter_map(readable));
    plain
}

fn readable(bytes: Vec<u8>) -> Option<String> {
    let text = String::from_utf8(bytes).ok()?;
    let plain = text.chars().all(|letter| !letter.is_control() || letter.is_whitespace());
    (plain && text.chars().any(char::is_alphabetic)).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn disguised_words_come_back() {
        let finds = |text: &str, plain: &str| {
            let all: Vec<String> = respelled(text).into_iter().chain(decoded(text)).collect();
            assert!(all.iter().any(|found| found.to_lowercase().contains(plain)), "{text}: {all:?}");
        };
        finds("tnednopserroc olleh", "hello");
        finds("uryyb jbeyq", "hello world");
        finds("h3ll0 w0rld", "hello world");
        finds("hеllо wоrld", "hello world");
        finds("ｈｅｌｌｏ", "hello");
        finds("h e l l o  w o r l d", "hello world");
        finds("please read aGVsbG8gd29ybGQgZnJpZW5k now", "hello world friend");
        finds("68656c6c6f20776f726c64", "hello world");
        finds("%68%65%6c%6c%6f", "hello");
        finds("he\u{200b}llo", "hello");
    }

    #[test]
    fn strange_input_is_harmless() {
        for text in ["", "%", "%%%%%%", "====", "\u{e0020}", "٪٪٪", "a", "AAAAAAAAAAAAAAAA"] {
            respelled(text);
            decoded(text);
        }
    }
}
