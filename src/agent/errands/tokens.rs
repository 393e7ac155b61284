//! The words of a message, with what the shop knows picked out: orders, goods, ways to pay, and options in braces.

use super::Known;

/// Name and value of an option.
pub(super) type Pairs = Vec<(String, String)>;

/// A piece of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A word, in small letters.
    Word(String),
    /// The place of an order of the writer's.
    Order(usize),
    /// What looks like an order's number and is none of theirs.
    Strange(String),
    /// The id of a way to pay of theirs.
    Method(String),
    /// A stock-keeping unit.
    Sku(String),
    /// `{'size': 'L'}`.
    Options(Pairs),
    /// A mark between words.
    Mark(char),
}

impl Token {
    pub(super) fn word(&self) -> Option<&str> {
        if let Self::Word(word) = self { Some(word) } else { None }
    }

    pub(super) fn is_mark(&self, marks: &str) -> bool {
        matches!(self, Self::Mark(mark) if marks.contains(*mark))
    }
}

/// So many digits are a number of an order without its letters.
const LEAST_DIGITS: usize = 5;

/// The tokens of a text.
pub(super) fn tokens(text: &str, known: &Known) -> Vec<Token> {
    let mut tokens = Vec::new();
    for (place, part) in text.split('{').enumerate() {
        let inside = if place == 0 { None } else { part.split_once('}') };
        if let Some((inside, _)) = inside {
            tokens.push(Token::Options(pairs(inside)));
        }
        let plain = inside.map_or(part, |(_, after)| after);
        for (place, line) in plain.split('\n').enumerate() {
            if place > 0 {
                tokens.push(Token::Mark('\n'));
            }
            for word in line.split_whitespace() {
                push(&mut tokens, word, known);
            }
        }
    }
    tokens
}

fn pairs(inside: &str) -> Pairs {
    let bare = |text: &str| text.trim().trim_matches(['\'', '"', '“', '”', '‘', '’']).trim().to_owned();
    let pair = |part: &str| part.split_once(':').map(|(name, value)| (bare(name), bare(value)));
    inside.split(',').filter_map(pair).collect()
}

fn push(tokens: &mut Vec<Token>, written: &str, known: &Known) {
    let start = written.trim_start_matches(['(', '"', '\'', '“', '‘', '[']);
    if written.starts_with('(') {
        tokens.push(Token::Mark('('));
    }
    let word = start.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', '"', '\'', '”', '’', ']']);
    if !word.is_empty() {
        tokens.push(named(word, known));
    }
    let behind = start.get(word.len()..).unwrap_or_default();
    tokens.extend(behind.chars().filter(|mark| ".,;:!?)".contains(*mark)).map(Token::Mark));
}

fn named(word: &str, known: &Known) -> Token {
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).count();
    if let Some(method) = known.methods().iter().find(|method| method.id == word) {
        return Token::Method(method.id.clone());
    }
    if known.variants.iter().any(|product| product.sku == word) {
        return Token::Sku(word.to_owned());
    }
    let bare = word.trim_start_matches('#').to_lowercase();
    let number = |number: &str| number.trim_start_matches('#').to_lowercase();
    let is_it = |written: &str| {
        let number = number(written);
        // People leave the letters away.
        let digits_alone = || number.trim_start_matches(|c: char| c.is_alphabetic() || c == '-') == bare;
        number == bare || (digits(&bare) >= LEAST_DIGITS && digits_alone())
    };
    if digits(&bare) > 0
        && let Some(place) = known.orders.iter().position(|order| is_it(&order.number))
    {
        return Token::Order(place);
    }
    if word.starts_with('#') && digits(word) > 0 {
        return Token::Strange(word.to_owned());
    }
    Token::Word(word.to_lowercase().replace('’', "'"))
}
