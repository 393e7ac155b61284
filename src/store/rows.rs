//! Many rows in one statement: they travel as one JSON text, which both databases take apart.
//!
//! Ids travel as hyphenated text, bytes as hex, times as microseconds.

use serde::Serialize;

use super::{Error, Result};

/// The rows as one JSON array.
pub(super) fn json<T: Serialize>(rows: &[T]) -> Result<String> {
    serde_json::to_string(rows).map_err(|error| Error::Database(sqlx::Error::Encode(Box::new(error))))
}

/// For `#[serde(with = "rows::hex")]`: bytes as hex.
pub(super) mod hex {
    use serde::Serializer;

    pub(in crate::store) fn serialize<S: Serializer>(bytes: &bytes::Bytes, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&::hex::encode(bytes))
    }
}
