//! What a sentence states: amounts, days, numbers, links, names, and words that promise or deny something. Read without
//! a model, so that what is false is found whoever wrote the sentence.

mod days;
mod grammar;
mod nouns;
mod numbers;
mod topics;

use std::sync::LazyLock;

use regex::Regex;
use time::Date;

pub(super) use days::{DayClaim, day_holds, is_dated, lies_ahead};
use nouns::is_noun;
use numbers::number_words;
use topics::topics;

use crate::model::order::{Currency, Money};

/// One thing that a sentence states.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Claim {
    /// An amount; `None` when it cannot be read.
    Amount(String, Option<Money>),
    /// A day, or a weekday, or a word such as “tomorrow”.
    Day(String, DayClaim),
    /// A number by itself.
    Number(String, i64),
    /// A number with letters, or a long one: an order, a parcel.
    Code(String),
    /// A link or an address.
    Link(String),
    /// A name in the middle of a sentence.
    Name(String),
    /// A state that evidence holds as `#word`.
    State(String, String),
}

impl Claim {
    /// As it stands in the sentence.
    pub(super) fn shown(&self) -> &str {
        match self {
            Self::Amount(shown, _)
            | Self::Day(shown, _)
            | Self::Number(shown, _)
            | Self::Code(shown)
            | Self::Link(shown)
            | Self::Name(shown)
            | Self::State(shown, _) => shown,
        }
    }

    /// The check that it belongs to.
    pub(super) fn check(&self) -> &'static str {
        match self {
            Self::Amount(..) => "Amounts",
            Self::Day(..) => "Dates",
            Self::State(_, state) if POLICY_STATES.contains(&state.as_str()) || state.ends_with(RULE) => "Policy",
            Self::Number(..) | Self::Code(_) | Self::Link(_) | Self::Name(_) | Self::State(..) => "Order",
        }
    }
}

/// How a state ends that is only spoken of as a rule.
pub(super) const RULE: &str = " rule";

const POLICY_STATES: [&str; 6] = ["#promise", "#free", "#keep", "#offer", "#return", "#customer pays"];

macro_rules! pattern {
    ($name:ident, $text:literal) => {
        static $name: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new($text).ok());
    };
}

pattern!(
    LINK,
    r"(?i)\b(?:https?://|www\.)\S+|\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\b[a-z0-9-]+\.(?:com|net|org|io|de|fr|es|it|nl|eu|uk|ly|me|co|shop|example)(?:/\S*)?\b"
);
pattern!(
    AMOUNT,
    r"(?i)(?P<before>€|\$|£|(?:EUR|USD|GBP|CHF|SEK|DKK|NOK|PLN|JPY|CAD|AUD)\b)\s?(?P<a>\d[\d.,’' \x{a0}\x{202f}]*\d|\d)|(?P<b>\d[\d.,’'\x{a0}\x{202f}]*)\s?(?P<after>€|\$|£|(?:EUR|USD|GBP|CHF|SEK|DKK|NOK|PLN|JPY|CAD|AUD|euros?|dollars?|pounds?|francs?)\b)"
);
pattern!(CODE, r"\b(?:\p{L}+[-_/]?\d[\w/-]*|\d[\w/-]*\p{L}[\w/-]*|\d{6,}|\d+(?:[-/]\d+){1,})\b");
pattern!(NUMBER, r"\b\d+\b");
pattern!(NAME, r"\b\p{Lu}[\p{L}’'-]+\b");
pattern!(LOUD, r"\b\p{Lu}{2,}\b");

/// What a sentence states beyond the texts in `proven`, which are taken out first (titles, links, names, places).
/// `language` tells which words are names and states.
pub(super) fn claims(sentence: &str, proven: &[&str], language: &str, today: Date) -> Vec<Claim> {
    let mut found = Vec::new();
    let mut rest = sentence.to_owned();
    // A link counts whole: part of a proven one proves nothing.
    take(&mut rest, &LINK, |link| {
        let link = link.trim_end_matches(['.', ',', ')', '!', '?', ';', ':']);
        if !proven.contains(&link) {
            found.push(Claim::Link(link.to_owned()));
        }
    });
    found.extend(topics(sentence, language).into_iter().map(|(shown, state)| Claim::State(shown, state)));
    let mut texts: Vec<&&str> = proven.iter().filter(|text| text.chars().count() >= 3).collect();
    texts.sort_by_key(|text| std::cmp::Reverse(text.len()));
    for text in texts {
        rest = without(&rest, text);
    }
    take(&mut rest, &AMOUNT, |shown| found.push(Claim::Amount(shown.trim().to_owned(), amount(shown))));
    days::take_days(&mut rest, language, today, &mut found);
    take(&mut rest, &CODE, |shown| found.push(Claim::Code(shown.to_owned())));
    take(&mut rest, &NUMBER, |shown| {
        found.push(Claim::Number(shown.to_owned(), shown.parse().unwrap_or(i64::MAX)));
    });
    for (word, number) in number_words(&rest, language) {
        found.push(Claim::Number(word, number));
    }
    names(&rest, language, &mut found);
    found
}

/// Whether a text holds an amount, a link or an address of mail.
pub(super) fn holds_amount_or_link(text: &str) -> bool {
    [&LINK, &AMOUNT].into_iter().any(|pattern| pattern.as_ref().is_some_and(|regex| regex.is_match(text)))
}

/// Every match, blanked out afterwards.
fn take(rest: &mut String, pattern: &LazyLock<Option<Regex>>, mut note: impl FnMut(&str)) {
    let Some(regex) = pattern.as_ref() else { return };
    let text = rest.clone();
    for found in regex.find_iter(&text) {
        note(found.as_str());
        rest.replace_range(found.range(), &" ".repeat(found.len()));
    }
}

/// A text without every place where `proven` stands as whole words, whatever its case. Where the case changes the
/// length of the text, only exact writing counts.
fn without(text: &str, proven: &str) -> String {
    let (lower, wanted) = (text.to_lowercase(), proven.to_lowercase());
    let (haystack, wanted) =
        if lower.len() == text.len() { (lower, wanted) } else { (text.to_owned(), proven.to_owned()) };
    let outside = |c: Option<char>| !c.is_some_and(char::is_alphanumeric);
    let mut result = text.to_owned();
    for (at, _) in haystack.match_indices(&wanted) {
        let (before, after) = (haystack.get(..at), haystack.get(at + wanted.len()..));
        let whole = outside(before.and_then(|text| text.chars().next_back()))
            && outside(after.and_then(|text| text.chars().next()));
        if whole && result.is_char_boundary(at) && result.is_char_boundary(at + wanted.len()) {
            result.replace_range(at..at + wanted.len(), &"\u{1}".repeat(wanted.len()));
        }
    }
    // A proven text is a word of its own, so that a name after it is not taken for the start of a sentence.
    result.replace('\u{1}', "x")
}

/// `42,00 €`, `€1,234.50`, `EUR 42`; nothing where the currency is not one that is named in full or by its sign.
pub(super) fn amount(shown: &str) -> Option<Money> {
    let upper = shown.to_uppercase();
    let currency = [
        ("€", "EUR"),
        ("EUR", "EUR"),
        ("$", "USD"),
        ("DOLLAR", "USD"),
        ("£", "GBP"),
        ("POUND", "GBP"),
        ("FRANC", "CHF"),
    ]
    .iter()
    .find(|(mark, _)| upper.contains(mark))
    .map_or_else(|| upper.chars().filter(char::is_ascii_alphabetic).collect(), |(_, code)| (*code).to_owned());
    let currency: Currency = currency.parse().ok()?;
    let digits: String = shown.chars().filter(|c| c.is_ascii_digit() || matches!(c, '.' | ',')).collect();
    let digits = digits.trim_matches(['.', ',']);
    // The last mark divides whole and fraction if one or two digits follow it; all others group thousands.
    let (whole, fraction) = match digits.rfind(['.', ',']) {
        Some(at) if digits.len() - at <= 3 => digits.split_at(at),
        _ => (digits, ""),
    };
    let whole: String = whole.chars().filter(char::is_ascii_digit).collect();
    let fraction = fraction.trim_start_matches(['.', ',']);
    let decimal = if fraction.is_empty() { whole } else { format!("{whole}.{fraction}") };
    Money::parse_decimal(&decimal, currency).ok()
}

/// Capitalised words inside a sentence. German writes all nouns so: there a name is what is no common noun, and what is
/// all in capitals, wherever it stands.
fn names(rest: &str, language: &str, found: &mut Vec<Claim>) {
    let Some((pattern, loud)) = NAME.as_ref().zip(LOUD.as_ref()) else { return };
    for name in pattern.find_iter(rest) {
        let before = rest.get(..name.start()).unwrap_or_default().trim_end();
        let starts = before.is_empty() || before.ends_with(['.', '!', '?', ':', ';', '“', '"', '¿', '¡']);
        let is_i = ["I’", "I'"].iter().any(|start| name.as_str().starts_with(start));
        let counts = match language {
            "de" => loud.is_match(name.as_str()) || (!starts && !is_noun(name.as_str())),
            _ => !starts,
        };
        if counts && !is_i {
            found.push(Claim::Name(name.as_str().to_owned()));
        }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    fn shown(text: &str, proven: &[&str], language: &str) -> Vec<String> {
        claims(text, proven, language, date!(2026 - 11 - 23)).iter().map(|claim| claim.shown().to_owned()).collect()
    }

    #[test]
    fn amounts_are_read_in_every_writing() {
        for (text, minor) in [
            ("42.00 EUR", 4_200),
            ("42,00 €", 4_200),
            ("€1,234.50", 123_450),
            ("1.234,5 EUR", 123_450),
            ("EUR 42", 4_200),
            ("42 euros", 4_200),
            ("1.234 EUR", 123_400),
            ("1\u{202f}234,50 EUR", 123_450),
            ("1\u{a0}234,50 €", 123_450),
        ] {
            assert_eq!(amount(text).map(|money| money.minor), Some(minor), "{text}");
        }
    }

    #[test]
    fn what_is_stated_is_found_and_what_is_proven_is_not() {
        assert_eq!(shown("It weighs 300 grams.", &[], "en"), ["300"]);
        assert_eq!(shown("Order FJ-20417 is here.", &[], "en"), ["FJ-20417"]);
        assert!(shown("Order FJ-20417 is here.", &["FJ-20417"], "en").is_empty());
        assert_eq!(shown("Order FJ-204171 is here.", &["FJ-20417"], "en"), ["FJ-204171"]);
        assert_eq!(shown("See https://x.example/a/b.", &["https://x.example/a"], "en"), ["https://x.example/a/b"]);
        assert_eq!(shown("Write to bob@x.example", &[], "en"), ["bob@x.example"]);
        assert_eq!(shown("Ask Robert about it.", &[], "en"), ["Robert"]);
        assert_eq!(shown("Es ist mit DHL da.", &[], "de"), ["DHL"]);
        assert_eq!(shown("Dein Paket ist bei Fastship.", &[], "de"), ["Fastship"]);
        assert_eq!(shown("Danke, Robert, für deine Geduld.", &[], "de"), ["Robert"]);
        assert_eq!(shown("DHL hat es, und das Nordlicht-Paket auch.", &[], "de"), ["DHL", "Nordlicht-Paket"]);
        assert!(shown("Ich sehe im Lager nach deinem Paket, und danke für dein Verständnis.", &[], "de").is_empty());
        assert_eq!(shown("Wait three days.", &[], "en"), ["three"]);
        assert_eq!(shown("You get twenty euros.", &[], "en"), ["twenty"]);
        assert_eq!(shown("Es dauert einundzwanzig Tage.", &[], "de"), ["einundzwanzig"]);
        assert!(shown("Happy to look, and sorry for the wait.", &[], "en").is_empty());
    }

    #[test]
    fn a_title_proves_what_stands_in_it_but_neither_link_nor_deed() {
        assert!(shown("I see Stamp 5 EUR here.", &["Stamp 5 EUR"], "en").is_empty());
        assert_eq!(shown("I see Stamp 5 EUR and 7 EUR.", &["Stamp 5 EUR"], "en"), ["7 EUR"]);
        assert_eq!(shown("I see cup www.cups.example here.", &["cup www.cups.example"], "en"), ["www.cups.example"]);
        assert!(!shown("I have refunded it.", &["I have refunded it"], "en").is_empty());
    }

    proptest::proptest! {
        #[test]
        fn any_text_can_be_read(text in "\\PC{0,80}", proven in "\\PC{0,12}", language in "en|de|fr|es|it|nl|xx") {
            let _ = claims(&text, &[&proven], &language, date!(2026 - 11 - 23));
        }

        #[test]
        fn a_proven_text_states_nothing(number in 100_000_u32..9_999_999) {
            let order = format!("PC-{number}");
            let text = format!("Order {order} is here.");
            proptest::prop_assert!(shown(&text, &[&order], "en").is_empty());
            proptest::prop_assert_eq!(shown(&text, &["PC-1"], "en"), [order]);
        }
    }
}
