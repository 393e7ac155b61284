//! What a language model costs, as its provider's list says it: money for a million tokens.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Millionths in a unit of money.
const MICROS: u64 = 1_000_000;
/// So many digits behind the point are told apart.
const DIGITS: usize = 6;

/// What a million tokens cost, written as a number or a text with a point: `0.15`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "String")]
pub struct Price(u64);

/// Something else where a price was to stand.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no price: write what a million tokens cost, such as 0.15, with at most six digits behind the point")]
pub struct NotAPrice(String);

/// As a file or the environment says it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Whole(u64),
    Part(f64),
    Text(String),
}

impl Price {
    /// In millionths of the currency's unit.
    pub fn micros(self) -> u64 {
        self.0
    }
}

impl TryFrom<Written> for Price {
    type Error = NotAPrice;

    fn try_from(written: Written) -> Result<Self, NotAPrice> {
        let text = match written {
            Written::Whole(number) => number.to_string(),
            Written::Part(number) => number.to_string(),
            Written::Text(text) => text,
        };
        micros(&text).map(Self).ok_or(NotAPrice(text))
    }
}

/// No float is reckoned with, so that 0.15 stays 0.15.
fn micros(text: &str) -> Option<u64> {
    let text = text.trim();
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let are_digits = whole.bytes().chain(part.bytes()).all(|byte| byte.is_ascii_digit());
    if !are_digits || part.len() > DIGITS {
        return None;
    }
    let part: u64 = format!("{part:0<DIGITS$}").parse().ok()?;
    whole.parse::<u64>().ok()?.checked_mul(MICROS)?.checked_add(part)
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{}.{:06}", self.0 / MICROS, self.0 % MICROS);
        f.write_str(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

impl From<Price> for String {
    fn from(price: Price) -> Self {
        price.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, String> {
        let price = Price::try_from(Written::Text(text.to_owned()));
        price.map(String::from).map_err(|error| error.to_string())
    }

    #[test]
    fn prices_are_written_as_they_are_read() {
        for (text, micros) in
            [("0.15", 150_000), ("10", 10_000_000), ("2.500000", 2_500_000), ("0.000001", 1), ("0", 0)]
        {
            let price = Price::try_from(Written::Text(text.to_owned())).unwrap();
            assert_eq!(price.micros(), micros);
            assert_eq!(Price::try_from(Written::Text(price.to_string())).unwrap(), price);
        }
        assert_eq!((read("2.50").as_deref(), read("100").as_deref()), (Ok("2.5"), Ok("100")));
        assert_eq!(Price::try_from(Written::Part(0.15)).unwrap().micros(), 150_000);
        assert_eq!(Price::try_from(Written::Whole(3)).unwrap().micros(), 3_000_000);
    }

    #[test]
    fn what_is_no_price_is_named() {
        for text in ["", ".5", "-1", "1,5", "0.1234567", "1e3", "free", "99999999999999999999"] {
            assert!(read(text).unwrap_err().starts_with(&format!("`{text}` is no price")), "{text}");
        }
        assert!(Price::try_from(Written::Part(f64::NAN)).is_err());
    }
}
