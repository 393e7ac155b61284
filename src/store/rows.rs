//! Many rows in one statement: they travel as one JSON text, which both databases take apart.
//!
//! Ids travel as hyphenated text, times as microseconds. PostgreSQL has no NUL in text, and what comes
//! from outside may hold one: it is left out on the way in, on both engines.

use std::io;

use serde::Serialize;
use serde_json::ser::{CharEscape, Formatter};
use serde_json::{Serializer, Value};
use sqlx::types::Json;

use super::{Error, Result};

/// The rows as one JSON array.
pub(super) fn json<T: Serialize>(rows: &[T]) -> Result<String> {
    let mut bytes = Vec::with_capacity(256);
    let encoded = rows.serialize(&mut Serializer::with_formatter(&mut bytes, WithoutNul));
    let failed = |error: Box<dyn std::error::Error + Send + Sync>| Error::Database(sqlx::Error::Encode(error));
    encoded.map_err(|error| failed(error.into()))?;
    String::from_utf8(bytes).map_err(|error| failed(error.into()))
}

/// A text from outside, as it can be stored.
pub(super) fn text(outside: &str) -> String {
    outside.replace('\0', "")
}

/// A document, as it can be stored: the one way for JSON that is not a set of rows.
pub(super) fn document<T: Serialize>(document: &T) -> Result<Json<Value>> {
    let value = serde_json::to_value(document).map_err(|error| Error::Database(sqlx::Error::Encode(error.into())))?;
    Ok(Json(without_nul(value)))
}

fn without_nul(value: Value) -> Value {
    match value {
        Value::String(words) if words.contains('\0') => Value::String(text(&words)),
        Value::Array(all) => all.into_iter().map(without_nul).collect(),
        Value::Object(fields) => fields.into_iter().map(|(name, value)| (text(&name), without_nul(value))).collect(),
        other => other,
    }
}

/// Compact JSON in which no text holds a NUL.
struct WithoutNul;

impl Formatter for WithoutNul {
    fn write_char_escape<W: io::Write + ?Sized>(&mut self, writer: &mut W, escape: CharEscape) -> io::Result<()> {
        match escape {
            CharEscape::AsciiControl(0) => Ok(()),
            CharEscape::AsciiControl(byte) => write!(writer, "\\u{byte:04x}"),
            CharEscape::Quote => writer.write_all(b"\\\""),
            CharEscape::ReverseSolidus => writer.write_all(b"\\\\"),
            CharEscape::Solidus => writer.write_all(b"/"),
            CharEscape::Backspace => writer.write_all(b"\\b"),
            CharEscape::FormFeed => writer.write_all(b"\\f"),
            CharEscape::LineFeed => writer.write_all(b"\\n"),
            CharEscape::CarriageReturn => writer.write_all(b"\\r"),
            CharEscape::Tab => writer.write_all(b"\\t"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{document, json};

    #[test]
    fn a_nul_is_left_out_and_everything_else_stays() {
        let texts = ["a\0b", "\\u0000", "\u{1}\u{8}\t\n\u{c}\r\u{1f}\"\\/é😀"];
        let read: Vec<String> = serde_json::from_str(&json(&texts).unwrap()).unwrap();
        assert_eq!(read, ["ab", texts[1], texts[2]]);
    }

    #[test]
    fn a_document_holds_no_nul_at_any_depth() {
        let stored = document(&serde_json::json!({ "a\0": ["x\0y", { "b": "\0", "c": 1 }] })).unwrap();
        assert_eq!(stored.0, serde_json::json!({ "a": ["xy", { "b": "", "c": 1 }] }));
    }
}
