//! Which product a message names: by its title, or by the word that people say for it.

use super::tokens::Token;

/// Last words of titles before which the first word says enough.
const GENERIC: &[&str] = &["set", "kit", "puzzle", "pack", "pair", "cleaner", "maker", "machine"];

/// Words that say nothing by themselves.
const EMPTY: &[&str] = &["set", "kit", "pack", "pair"];

/// What people say for words of titles.
const ALSO: &[(&str, &str)] = &[
    ("bike", "bicycle"),
    ("shoe", "sneaker"),
    ("phone", "smartphone"),
    ("tee", "tshirt"),
    ("shirt", "tshirt"),
    ("headset", "headphone"),
    ("thermo", "thermostat"),
];

/// Goods that are named, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mention {
    /// The titles that it may be.
    pub(super) titles: Vec<String>,
    /// The first token.
    pub(super) from: usize,
    /// The first token behind it.
    pub(super) to: usize,
    /// Whether the whole title stands there.
    pub(super) whole: bool,
    /// Whether it is said in the plural.
    pub(super) many: bool,
}

/// A word without its plural and its marks.
pub(super) fn plain(word: &str) -> String {
    let letters: String = word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    match letters.strip_suffix('s') {
        Some(one) if one.len() > 2 && !one.ends_with('s') => one.to_owned(),
        _ => letters,
    }
}

fn words_of(title: &str) -> Vec<String> {
    title.split_whitespace().map(plain).collect()
}

/// The goods that tokens name, in order; `titles` are those that can be meant.
pub(super) fn mentions(tokens: &[Token], titles: &[String]) -> Vec<Mention> {
    let mut found = Vec::new();
    let mut place = 0;
    while place < tokens.len() {
        match mention_at(tokens, place, titles) {
            Some(mention) => {
                place = mention.to;
                found.push(mention);
            }
            None => place += 1,
        }
    }
    found
}

fn mention_at(tokens: &[Token], from: usize, titles: &[String]) -> Option<Mention> {
    let word = tokens.get(from)?.word()?;
    let rest = tokens.get(from..)?;
    let said: Vec<String> = rest.iter().map_while(Token::word).map(plain).collect();
    let mut whole: Vec<(usize, &String)> = Vec::new();
    for title in titles {
        let words = words_of(title);
        if !words.is_empty() && said.starts_with(&words) {
            whole.push((words.len(), title));
        }
    }
    if let Some((length, title)) = whole.into_iter().max_by_key(|(length, _)| *length) {
        let to = from.saturating_add(length);
        let many = tokens.get(to.saturating_sub(1)).and_then(Token::word).is_some_and(|last| last.ends_with('s'));
        return Some(Mention { titles: vec![title.clone()], from, to, whole: true, many });
    }
    let one = plain(word);
    let by_last: Vec<String> = titles.iter().filter(|title| is_called(title, &one)).cloned().collect();
    if by_last.is_empty() {
        return None;
    }
    Some(Mention { titles: by_last, from, to: from.saturating_add(1), whole: false, many: word.ends_with('s') })
}

/// Whether people call a product of this title so.
fn is_called(title: &str, word: &str) -> bool {
    const SHORTEST: usize = 4;
    let words = words_of(title);
    let Some(last) = words.last() else { return false };
    let said = ALSO.iter().find(|(said, _)| *said == word).map_or(word, |(_, meant)| *meant);
    let is_last = last == word || last == said || (word.len() >= SHORTEST && last.ends_with(word));
    let is_first =
        || words.len() > 1 && GENERIC.contains(&last.as_str()) && words.first().is_some_and(|first| first == word);
    (is_last && !EMPTY.contains(&word)) || is_first()
}
