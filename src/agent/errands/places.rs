//! Which address is meant: one that is written, or one that the customer has elsewhere.

use super::Known;
use super::tokens::{Pairs, Token};
use crate::model::order::{Address, Order};

/// What people call places.
const ALSO: &[(&str, &str)] = &[
    ("nyc", "new york"),
    ("dc", "washington"),
    ("d.c", "washington"),
    ("sf", "san francisco"),
    ("la", "los angeles"),
    ("philly", "philadelphia"),
    ("texas", "tx"),
    ("florida", "fl"),
    ("california", "ca"),
    ("arizona", "az"),
    ("illinois", "il"),
    ("colorado", "co"),
    ("ohio", "oh"),
    ("indiana", "in"),
];

/// The address that these tokens name; `other` is where it must not be.
pub(super) fn named(tokens: &[Token], known: &Known, other: &Address) -> Option<Address> {
    let written =
        tokens.iter().find_map(|token| if let Token::Options(pairs) = token { of_pairs(pairs, other) } else { None });
    written.or_else(|| in_words(tokens, other)).or_else(|| elsewhere(tokens, known, other))
}

fn of_pairs(pairs: &Pairs, other: &Address) -> Option<Address> {
    let one = |names: &[&str]| {
        let found = pairs.iter().find(|(name, _)| names.contains(&name.to_lowercase().as_str()));
        found.map(|(_, value)| value.clone())
    };
    Some(Address {
        name: other.name.clone(),
        line1: one(&["address1", "line1", "street"])?,
        line2: one(&["address2", "line2"]).unwrap_or_default(),
        postal_code: one(&["zip", "zipcode", "postal_code", "zip code"])?,
        city: one(&["city", "town"])?,
        region: one(&["state", "region", "province"]).unwrap_or_default(),
        country: one(&["country"]).unwrap_or_else(|| other.country.clone()),
    })
}

/// `1234 Elm St, Springfield, IL, 62701`: street, then perhaps a suite, then town, state and postal code.
fn in_words(tokens: &[Token], other: &Address) -> Option<Address> {
    let mut parts: Vec<Vec<&str>> = vec![Vec::new()];
    let mut from = None;
    for (place, token) in tokens.iter().enumerate() {
        if from.is_none() {
            let is_number = |word: &str| word.chars().all(|c| c.is_ascii_digit()) && word.len() <= 5;
            let street = token.word().is_some_and(is_number)
                && tokens
                    .get(place.saturating_add(1))
                    .and_then(Token::word)
                    .is_some_and(|next| next.chars().all(char::is_alphabetic))
                && tokens.get(place..).is_some_and(|rest| rest.iter().take(6).any(|token| token.is_mark(",")));
            if !street {
                continue;
            }
            from = Some(place);
        }
        match token {
            Token::Word(word) => parts.last_mut()?.push(word),
            Token::Mark(',') => parts.push(Vec::new()),
            _ => break,
        }
    }
    let parts: Vec<Vec<&str>> = parts.into_iter().filter(|part| !part.is_empty()).take(5).collect();
    let is_code = |word: &&str| word.len() == 5 && word.chars().all(|c| c.is_ascii_digit());
    let at = parts.iter().position(|part| part.first().is_some_and(is_code) || part.get(1).is_some_and(is_code))?;
    let code = parts.get(at)?.iter().find(|word| is_code(word))?;
    let mut before: Vec<String> = parts.get(..at)?.iter().map(|part| part.join(" ")).collect();
    if let Some(state) = parts.get(at)?.first().filter(|word| !is_code(word)) {
        before.push((*state).to_owned());
    }
    let region = before.pop()?;
    let city = before.pop()?;
    let line2 = if before.len() > 1 { before.pop()? } else { String::new() };
    let [street] = before.as_slice() else { return None };
    Some(Address {
        name: other.name.clone(),
        line1: titled(street),
        line2: titled(&line2),
        postal_code: (*code).to_owned(),
        city: titled(&city),
        region: state_code(&region)?,
        country: other.country.clone(),
    })
}

fn state_code(state: &str) -> Option<String> {
    let code = ALSO.iter().find(|(said, code)| *said == state && code.len() == 2).map_or(state, |(_, code)| *code);
    (code.len() == 2).then(|| code.to_uppercase())
}

/// Words were read in small letters.
fn titled(text: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    };
    text.split(' ').map(word).collect::<Vec<String>>().join(" ")
}

/// The one address that the customer has in a place that is named, or the one of their own record.
fn elsewhere(tokens: &[Token], known: &Known, other: &Address) -> Option<Address> {
    let words: Vec<&str> = tokens.iter().filter_map(Token::word).collect();
    let text = format!(" {} ", words.join(" "));
    let says = |place: &str| !place.is_empty() && text.contains(&format!(" {} ", place.to_lowercase()));
    let is_named = |address: &Address| {
        let city = address.city.to_lowercase();
        let region = address.region.to_lowercase();
        let also = ALSO.iter().any(|(said, meant)| says(said) && (*meant == city || *meant == region));
        says(&city) || also
    };
    let records = known.orders.iter().chain(&known.account);
    let mut found: Vec<&Address> = Vec::new();
    for address in records.map(|order: &Order| &order.shipping_address) {
        if is_named(address) && address != other && !found.contains(&address) {
            found.push(address);
        }
    }
    if found.is_empty() && (says("default address") || says("default one") || says("user profile")) {
        return known.account.as_ref().map(|account| account.shipping_address.clone()).filter(|own| own != other);
    }
    match found.as_slice() {
        [only] => Some((*only).clone()),
        _ => None,
    }
}
