//! What platforms write, read with patience: a field that is missing or has another form than documented is as if it were not
//! there, and an element that is broken spoils none beside it.
//!
//! [`Maybe`], [`Word`] and [`Items`] are fields of structs that `serde` reads; [`text`], [`list`], [`moment`], [`amount`] and
//! [`count`] look into a [`Value`]. What is printed of a word is how long it is.
//!
//! [`document`] and [`typed`] read bytes. Where these are no JSON because of single signs or numbers in them, which platforms
//! let through, those are replaced, and the rest is read.

mod mended;

use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::failure::ParseError;
use crate::money::{Currency, Money};

/// From this number on a moment is in thousandths of a second.
const THOUSANDTHS: i64 = 1_000_000_000_000;

/// A value in the documented form, if it has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Maybe<T>(pub Option<T>);

impl<T> Default for Maybe<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Maybe<T> {
    /// The value.
    pub fn get(&self) -> Option<&T> {
        self.0.as_ref()
    }
}

impl Maybe<bool> {
    /// Whether it says yes.
    pub fn is_set(&self) -> bool {
        self.0 == Some(true)
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Maybe<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(serde_json::from_value(Value::deserialize(deserializer)?).ok()))
    }
}

/// A word, or a number that stands for one; `""` if there is neither.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Word(String);

impl Word {
    /// The word.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The word, if there is one.
    pub fn given(&self) -> Option<&str> {
        Some(self.as_str()).filter(|word| !word.is_empty())
    }

    /// The same, to keep.
    pub fn owned(&self) -> Option<String> {
        self.given().map(ToOwned::to_owned)
    }

    /// The moment that it is: a number of seconds or thousandths since 1970, or a date.
    pub fn moment(&self) -> Option<OffsetDateTime> {
        match self.0.trim().parse() {
            Ok(number) => moment_of(number),
            Err(_) => OffsetDateTime::parse(self.0.trim(), &Rfc3339).ok(),
        }
    }
}

impl From<&str> for Word {
    fn from(word: &str) -> Self {
        Self(word.to_owned())
    }
}

impl fmt::Debug for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

impl<'de> Deserialize<'de> for Word {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(word(&Value::deserialize(deserializer)?)))
    }
}

/// The elements of an array as they came; none where there is no array.
#[derive(Clone, Default)]
pub struct Items(Vec<Value>);

impl Items {
    /// As they came.
    pub fn values(&self) -> impl Iterator<Item = &Value> {
        self.0.iter()
    }

    /// The elements that are objects, read.
    pub fn read<T: DeserializeOwned>(&self) -> impl Iterator<Item = T> {
        self.0.iter().filter_map(read)
    }

    /// The elements that are words or numbers.
    pub fn words(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(word).filter(|word| !word.is_empty())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Items {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} items", self.0.len())
    }
}

impl<'de> Deserialize<'de> for Items {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Ok(Self(if let Value::Array(items) = value { items } else { Vec::new() }))
    }
}

/// An array as its elements.
pub fn items(value: &Value) -> Option<Items> {
    value.as_array().cloned().map(Items)
}

/// An object, read.
pub fn read<T: DeserializeOwned>(value: &Value) -> Option<T> {
    if value.is_object() { T::deserialize(value).ok() } else { None }
}

/// What bytes say, in a form that is known. Only where they cannot be read as they are, they are read once more without what
/// is odd in them: half a sign is the replacement sign, and so are bytes that are no text; a number that is too large is
/// nothing, as is what lies too deep.
///
/// # Errors
/// The first reader's, where neither way leads to something.
pub fn typed<T: DeserializeOwned>(body: &[u8]) -> serde_json::Result<T> {
    serde_json::from_slice(body).or_else(|error| serde_json::from_str(&mended::mended(body)).map_err(|_| error))
}

/// The document that a delivery is, read as [`typed`] reads.
///
/// # Errors
/// Where it is no JSON. The words of the reader are left out: they quote what was written.
pub fn document(body: &[u8]) -> Result<Value, ParseError> {
    typed(body).map_err(|error| {
        ParseError(format!("the delivery is no JSON at line {}, column {}", error.line(), error.column()))
    })
}

/// A word or number under the first of these names that holds one; `""` without.
pub fn text(value: &Value, names: &[&str]) -> String {
    let mut found = names.iter().filter_map(|name| value.get(*name)).map(word);
    found.find(|word| !word.is_empty()).unwrap_or_default()
}

/// What lies under a name as a list; nothing where it is none.
pub fn list<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// A date under the first of these names that holds one.
pub fn moment(value: &Value, names: &[&str]) -> Option<OffsetDateTime> {
    let mut found = names.iter().filter_map(|name| value.get(*name)?.as_str());
    found.find_map(|written| OffsetDateTime::parse(written.trim(), &Rfc3339).ok())
}

/// An amount under a name, as a decimal in words or digits; `None` where it is none of this currency.
pub fn amount(value: &Value, name: &str, currency: Currency) -> Option<Money> {
    Money::parse_decimal(&text(value, &[name]), currency).ok()
}

/// How many there are under a name; none where that is no number.
pub fn count(value: &Value, name: &str) -> u32 {
    let found = value.get(name).and_then(Value::as_u64);
    found.and_then(|found| u32::try_from(found).ok()).unwrap_or_default()
}

/// The moment that a number is: seconds or thousandths since 1970. Before that there is none.
pub fn moment_of(number: i64) -> Option<OffsetDateTime> {
    let factor: i128 = if number >= THOUSANDTHS { 1_000_000 } else { 1_000_000_000 };
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(number) * factor).ok().filter(|_| number > 0)
}

/// A name for bytes, SHA-256 in hex: the same bytes have the same one.
pub fn fingerprint(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// A short name for what has none: half of the fingerprint.
pub fn short_name(bytes: &[u8]) -> String {
    let mut name = fingerprint(bytes);
    name.truncate(32);
    name
}

fn word(value: &Value) -> String {
    match value {
        Value::String(word) => word.clone(),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Row {
        id: Word,
        size: Maybe<u64>,
        is_new: Maybe<bool>,
        parts: Items,
    }

    #[test]
    fn odd_fields_are_nothing_and_spoil_nothing() {
        for odd in [json!(null), json!([]), json!({}), json!(true)] {
            let row: Row = read(&json!({ "id": odd, "size": odd, "parts": { "0": odd } })).unwrap();
            assert_eq!((row.id.given(), row.size.get(), row.parts.is_empty()), (None, None, true), "{odd}");
        }
        let row: Row =
            read(&json!({ "id": 7, "size": "7", "is_new": true, "parts": [null, { "id": "a" }, ["b"], "c", 4] }))
                .unwrap();
        assert_eq!((row.id.as_str(), row.size.get(), row.is_new.is_set()), ("7", None, true));
        assert_eq!(row.parts.read::<Row>().map(|part| part.id).collect::<Vec<_>>(), [Word::from("a")]);
        assert_eq!(row.parts.words().collect::<Vec<_>>(), ["c", "4"]);
        assert!(read::<Row>(&json!(["7"])).is_none() && items(&json!("x")).is_none());
    }

    #[test]
    fn values_are_looked_into_by_name() {
        let value = json!({ "a": null, "b": "", "c": 5, "d": [1], "at": "2026-11-22T10:00:00Z", "odd": 3 });
        assert_eq!((text(&value, &["a", "b", "c"]).as_str(), text(&value, &["d", "e"]).as_str()), ("5", ""));
        assert_eq!((list(&value, "d").len(), list(&value, "c").len(), list(&json!([1]), "d").len()), (1, 0, 0));
        assert_eq!(moment(&value, &["odd", "at"]).map(OffsetDateTime::unix_timestamp), Some(1_795_341_600));
        assert_eq!(moment(&value, &["odd", "b"]), None);
    }

    #[test]
    fn amounts_are_decimals_of_their_currency() {
        let value =
            json!({ "a": "12.50", "b": 12.5, "c": 7, "d": "12.505", "e": null, "f": "1e3", "many": 3, "less": -1 });
        let read = |name| amount(&value, name, Currency::EUR).map(|money| money.minor);
        assert_eq!(
            ["a", "b", "c", "d", "e", "f", "g"].map(read),
            [Some(1250), Some(1250), Some(700), None, None, None, None]
        );
        assert_eq!(["many", "less", "a", "b"].map(|name| count(&value, name)), [3, 0, 0, 0]);
    }

    #[test]
    fn moments_are_numbers_or_dates() {
        for (written, seconds) in [
            ("1790000000", Some(1_790_000_000)),
            ("1790000000123", Some(1_790_000_000)),
            ("2026-09-21T16:13:20+02:00", Some(1_790_000_000)),
            ("0", None),
            ("-5", None),
            ("9223372036854775807", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(Word::from(written).moment().map(OffsetDateTime::unix_timestamp), seconds, "{written}");
        }
    }

    #[test]
    fn what_is_no_json_is_refused_without_its_words() {
        let error = document(b"{\"text\": \"my wish\"").unwrap_err();
        assert!(error.0.contains("line 1") && !error.0.contains("wish"), "{error}");
        assert_eq!(document(b"[]").unwrap(), json!([]));
    }

    #[test]
    fn what_is_odd_takes_nothing_along() {
        let deep = format!("{}7{}", "[".repeat(5_000), "]".repeat(5_000));
        for (odd, read) in [
            (r#""cut \ud83d""#, json!("cut \u{fffd}")),
            (r#""\uD83D\uD83D\uDE00 \ude00\u00e9\n""#, json!("\u{fffd}\u{1f600} \u{fffd}\u{e9}\n")),
            (r#""\ud83d\n\\ud83d""#, json!("\u{fffd}\n\\ud83d")),
            (r#""a\x41 \u12\u+123""#, json!("a\u{fffd}x41 \u{fffd}u12\u{fffd}u+123")),
            ("\"a\tb\nc\"", json!("a\tb\nc")),
            ("1e999", json!(null)),
            ("-1E+999", json!(null)),
            (&"9".repeat(400), json!(null)),
            (r#"{"size":1e999,"name":"\udc00 \"1e999\""}"#, json!({ "size": null, "name": "\u{fffd} \"1e999\"" })),
        ] {
            let body = format!(r#"{{"before":[1.5e3,"\ud83d\ude00"],"odd":{odd},"after":[-2,null,{{"a":true}}]}}"#);
            let wanted = json!({ "before": [1500.0, "\u{1f600}"], "odd": read, "after": [-2, null, { "a": true }] });
            assert_eq!(document(body.as_bytes()).unwrap(), wanted, "{odd}");
        }
        let bytes = [br#"{"a":"caf"#.as_slice(), b"\xe9\xff", br#"","b":2}"#].concat();
        assert_eq!(document(&bytes).unwrap(), json!({ "a": "caf\u{fffd}\u{fffd}", "b": 2 }));
        let buried = document(format!(r#"{{"deep":{deep},"b":2}}"#).as_bytes()).unwrap();
        assert_eq!(buried["b"], 2);
        assert_eq!(typed::<Vec<String>>(br#"["\ud83d","b"]"#).unwrap(), ["\u{fffd}", "b"]);
        assert!(typed::<Vec<u8>>(br#"["\ud83d"]"#).is_err());
    }

    #[test]
    fn what_is_cut_or_senseless_stays_unread() {
        for body in [r#"{"a":"\ud83d"#, r#"{"a":"\"#, r#"{"a":1e999"#, "1e999e", "-", "{]", "\"", "nul", "\u{feff}", ""]
        {
            assert!(document(body.as_bytes()).is_err(), "{body}");
        }
        for body in ["[".repeat(5_000), "{\"a\":".repeat(5_000), "[".repeat(5_000) + "}"] {
            assert!(document(body.as_bytes()).is_err());
        }
    }

    #[test]
    fn nothing_of_a_word_is_printed() {
        assert_eq!(format!("{:?} {:?}", Word::from("Ann"), items(&json!(["Ann"]))), "3 bytes Some(1 items)");
    }
}
