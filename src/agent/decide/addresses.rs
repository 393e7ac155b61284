//! Addresses in what customers write: where a parcel is to go, and to whom.

use std::sync::LazyLock;

use regex::Regex;

use super::countries::{code_fits, country_at_the_end, country_at_the_start, country_of_prefix};
use super::plainly::{GREETING, is_closing};
use crate::agent::clauses::NEGATIONS;
use crate::agent::understand::phrases::plain_words;
use crate::model::order::Address;

/// Whether a piece of a text, an address, is named as what is not meant: “not to …”, “I moved from …”.
pub(super) fn is_denied(text: &str, piece: &str) -> bool {
    const FROM: &[&str] = &["from", "von", "van", "da", "desde", "depuis"];
    const NO_LONGER: &[&str] = &["longer", "more", "anymore", "mehr", "plus", "mas", "piu", "meer", "mais"];
    // Behind these “no” is a number's.
    const NUMBERED: &[&str] = &["order", "pedido", "ordine", "commande", "purchase"];
    let Some(before) = text.find(piece).and_then(|at| text.get(..at)) else { return false };
    let stretch = before.rsplit(['.', '!', '?', ';', ',', ':', '\n']).next().unwrap_or_default();
    let words = plain_words(stretch);
    let denies = |(place, word): (usize, &String)| {
        let is_behind = |list: &[&str]| {
            place.checked_sub(1).and_then(|at| words.get(at)).is_some_and(|word| list.contains(&word.as_str()))
        };
        NEGATIONS.contains(&word.as_str()) && !(word == "no" && is_behind(NUMBERED))
    };
    let says = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    let is_left = words.last().is_some_and(|last| FROM.contains(&last.as_str()));
    is_left || (words.iter().enumerate().any(denies) && !says(NO_LONGER))
}

/// `Hafenweg 4, 20457 Hamburg, DE`.
fn one_line(address: &Address) -> String {
    let town = format!("{} {}", address.postal_code, address.city);
    let parts = [address.line1.as_str(), address.line2.as_str(), town.trim(), address.country.as_str()];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

/// The same with its addressee, where that is another one than before.
pub(super) fn addressed(address: &Address, before: &Address) -> String {
    let line = one_line(address);
    if address.name.is_empty() || address.name == before.name { line } else { format!("{}, {line}", address.name) }
}

/// Street, postal code, town and country of a piece of a text. Nothing if one of them is missing; the country before counts
/// only where none is written and the postal code is one of it, because a parcel to the wrong country is lost. The addressee
/// is the one who is named above the street, else the one before.
pub(super) fn parse_address(text: &str, piece: &str, before: &Address) -> Option<Address> {
    static SHAPE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?u)^\s*(?P<street>[^,\n]*\d[^,\n]*?)\s*[,\n]\s*(?:(?P<prefix>[A-Z]{1,2})-)?(?P<code>\d{4,5}(?:\s?[A-Z]{2})?)\s+(?P<town>\p{L}[^,\n\d]{1,60}?)\s*(?:[,.\n](?P<rest>(?s:.*)))?$").ok()
    });
    let found = SHAPE.as_ref()?.captures(piece)?;
    let part = |name: &str| found.name(name).map(|part| part.as_str().trim().to_owned());
    let (town, behind_town) = country_at_the_end(part("town")?);
    let named = found.name("rest").and_then(|rest| country_at_the_start(rest.as_str()));
    let named = behind_town.or(named).or_else(|| country_behind(text, piece));
    let prefix = found.name("prefix").and_then(|prefix| country_of_prefix(prefix.as_str()));
    let code = part("code")?;
    let country = match named.or(prefix) {
        Some(country) => country.to_owned(),
        None if code_fits(&code, &before.country) => before.country.clone(),
        None => return None,
    };
    let (name, line2) = addressee(text, piece).unwrap_or_else(|| (before.name.clone(), String::new()));
    Some(Address { name, line1: part("street")?, line2, postal_code: code, city: town, region: String::new(), country })
}

/// The country that is written behind a piece of a text.
pub(super) fn country_behind(text: &str, piece: &str) -> Option<&'static str> {
    let behind = text.find(piece).and_then(|at| text.get(at + piece.len()..))?;
    country_at_the_start(behind)
}

/// Who is named before an address, and what stands between: the lines right above its street, or the words before its comma.
pub(super) fn addressee(text: &str, piece: &str) -> Option<(String, String)> {
    let before = text.find(piece).and_then(|at| text.get(..at))?;
    let line = before.rsplit('\n').next().unwrap_or_default();
    if !line.trim().is_empty() {
        return beside_street(line).map(|name| (name, String::new()));
    }
    let mut above = before.lines().rev().skip_while(|line| line.is_empty()).map(str::trim);
    let nearest = above.next().filter(|line| is_name(line))?;
    match above.next().filter(|line| is_name(line)) {
        Some(name) => Some((name.to_owned(), nearest.to_owned())),
        None => Some((nearest.to_owned(), String::new())),
    }
}

/// The name at the end of what stands before a street on its line: “to Anna Berg,”.
fn beside_street(line: &str) -> Option<String> {
    let said = line.trim_end().strip_suffix(',')?;
    let words: Vec<&str> = said.split_whitespace().collect();
    let begins = |word: &&str| {
        word.starts_with(char::is_uppercase) && word.chars().all(|c| c.is_alphabetic() || ".'’-".contains(c))
    };
    let of_name = words.iter().rev().take_while(|word| begins(word)).count();
    let name = words.get(words.len() - of_name..)?.join(" ");
    is_name(&name).then_some(name)
}

/// Whether a line is a name: a few words in capitals, without digits and marks of a sentence, no greeting and no closing.
fn is_name(line: &str) -> bool {
    const SMALL: &[&str] = &[
        "von", "van", "der", "den", "de", "di", "da", "du", "la", "le", "und", "and", "y", "e", "et", "c/o", "z", "zu",
    ];
    const MOST: usize = 5;
    let words: Vec<&str> = line.split_whitespace().collect();
    let is_part = |word: &&str| word.starts_with(char::is_uppercase) || SMALL.contains(word) || *word == "&";
    let plain = plain_words(line);
    let greets = plain.first().is_some_and(|first| GREETING.contains(&first.as_str()));
    (2..=MOST).contains(&words.len())
        && words.iter().all(is_part)
        && words.first().is_some_and(|first| first.starts_with(char::is_uppercase) || *first == "c/o")
        && !line.contains(|c: char| c.is_ascii_digit() || ":;!?,".contains(c))
        && !greets
        && !is_closing(&plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn before() -> Address {
        Address { name: "Sam Lee".to_owned(), country: "DE".to_owned(), ..Address::default() }
    }

    fn parsed(piece: &str, after: &str) -> Option<Address> {
        parse_address(&format!("{piece}{after}"), piece, &before())
    }

    #[test]
    fn the_addressee_is_who_is_named_with_the_address() {
        let place = "Hafenweg 12\n48155 Münster";
        for (above, line) in [
            ("Please change it to:\n\nAnna Berg\n", "Anna Berg, Hafenweg 12, 48155 Münster, DE"),
            ("Please send it to Anna Berg, ", "Anna Berg, Hafenweg 12, 48155 Münster, DE"),
            ("To:\nAnna Berg\nFjord & Pine\n", "Anna Berg, Hafenweg 12, Fjord & Pine, 48155 Münster, DE"),
            ("Sam Lee\n", "Hafenweg 12, 48155 Münster, DE"),
            ("Please send it to\n", "Hafenweg 12, 48155 Münster, DE"),
            ("Hello Team\n", "Hafenweg 12, 48155 Münster, DE"),
            ("Vielen Dank\nAnna Berg\n", "Anna Berg, Hafenweg 12, 48155 Münster, DE"),
            ("Viele Grüße\nAnna Berg\n", "Anna Berg, Hafenweg 12, 48155 Münster, DE"),
            ("Herzliche Grüße\nAnna Berg\n", "Anna Berg, Hafenweg 12, 48155 Münster, DE"),
            ("Best Regards\nAnna Berg\n", "Anna Berg, Hafenweg 12, 48155 Münster, DE"),
            ("Neue Adresse\nAnna Berg\n", "Anna Berg, Hafenweg 12, 48155 Münster, DE"),
            ("New Address\nAnna Berg\n", "Anna Berg, Hafenweg 12, 48155 Münster, DE"),
            ("Nueva Dirección\nAnna Berg\n", "Anna Berg, Hafenweg 12, 48155 Münster, DE"),
            ("Vielen Dank\n", "Hafenweg 12, 48155 Münster, DE"),
            ("Neue Adresse\n", "Hafenweg 12, 48155 Münster, DE"),
            ("Vielen Dank\nAnna Best\n", "Anna Best, Hafenweg 12, 48155 Münster, DE"),
            ("The new address is ", "Hafenweg 12, 48155 Münster, DE"),
        ] {
            let found = parse_address(&format!("{above}{place}"), place, &before()).unwrap();
            assert_eq!(addressed(&found, &before()), line, "{above}");
        }
    }

    #[test]
    fn an_address_needs_street_code_and_town() {
        let found = parsed("Hafenweg 4, 20457 Hamburg", "").unwrap();
        assert_eq!(
            (found.line1.as_str(), found.postal_code.as_str(), found.city.as_str()),
            ("Hafenweg 4", "20457", "Hamburg")
        );
        assert_eq!((found.name.as_str(), found.country.as_str()), ("Sam Lee", "DE"));
        assert_eq!(one_line(&found), "Hafenweg 4, 20457 Hamburg, DE");
        for text in ["Hafenweg, Hamburg", "20457 Hamburg", "Hafenweg 4", ""] {
            assert!(parsed(text, "").is_none(), "{text}");
        }
    }

    #[test]
    fn an_address_that_is_left_or_denied_is_told_apart() {
        let place = "Hafenweg 4, 20457 Hamburg";
        for before in ["Do not send PC-1001 to ", "I moved from ", "Bitte nicht an ", "N'envoyez pas au ", "Niet naar "]
        {
            assert!(is_denied(&format!("{before}{place}"), place), "{before}");
        }
        for before in
            ["Send order no PC-1001 to ", "It is not sent yet. Send it to ", "I am no longer there but at ", "To:\n"]
        {
            assert!(!is_denied(&format!("{before}{place}"), place), "{before}");
        }
    }

    #[test]
    fn the_country_is_the_written_one_and_never_guessed() {
        for (text, after, line) in [
            ("Bahnhofstrasse 10, 8001 Zürich", ", Switzerland. Thanks", "Bahnhofstrasse 10, 8001 Zürich, CH"),
            ("Bahnhofstrasse 10, 8001 Zürich", "\nSchweiz\nGruß", "Bahnhofstrasse 10, 8001 Zürich, CH"),
            ("Bahnhofstrasse 10\n8001 Zürich, Suisse", "", "Bahnhofstrasse 10, 8001 Zürich, CH"),
            ("Ringstraße 3, 1010 Wien Österreich", "", "Ringstraße 3, 1010 Wien, AT"),
            ("Ringstraße 3, A-1010 Wien", "", "Ringstraße 3, 1010 Wien, AT"),
            ("Elm Road 5, 02108 Boston", ", USA.", "Elm Road 5, 02108 Boston, US"),
            ("Elm Road 5, 02108 Boston", "\nUnited States of America", "Elm Road 5, 02108 Boston, US"),
            ("12 rue des Lilas, 69003 Lyon", " (France)", "12 rue des Lilas, 69003 Lyon, FR"),
            ("Hafenweg 4, 20457 Hamburg", ". Italy was nice", "Hafenweg 4, 20457 Hamburg, DE"),
        ] {
            assert_eq!(parsed(text, after).map(|address| one_line(&address)).as_deref(), Some(line), "{text}{after}");
        }
        assert!(parsed("Bahnhofstrasse 10, 8001 Zürich", ". Thanks").is_none(), "no German code, no country");
    }
}
