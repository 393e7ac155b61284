//! What the widget sends, and the form in which it is stored: wrapped with whom it came from.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use crate::visitor::Visitor;

/// Largest frame on the line, in bytes.
pub const FRAME_LIMIT: usize = 64 * 1024;

/// Something that must not be lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum Said {
    /// A message. The widget names it, so that a repetition is the same message.
    Message {
        /// The widget's own id.
        id: Uuid,
        /// The text.
        #[serde(default)]
        text: String,
        /// Files that the desk has taken before.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        files: Vec<File>,
    },
    /// Replies that the visitor has seen, by the desk's ids.
    Read {
        /// The desk's ids of them.
        ids: Vec<Uuid>,
    },
}

/// A file that came with a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// The name as given.
    pub name: String,
    /// The type as found in the bytes.
    pub content_type: String,
    /// The bytes.
    #[serde(serialize_with = "to_base64", deserialize_with = "from_base64")]
    pub content: Bytes,
}

/// What is stored: who, and what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    /// Who.
    pub visitor: Visitor,
    /// What.
    pub said: Said,
}

fn to_base64<S: Serializer>(bytes: &Bytes, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&STANDARD.encode(bytes))
}

fn from_base64<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
    let text = String::deserialize(deserializer)?;
    STANDARD.decode(text).map(Bytes::from).map_err(serde::de::Error::custom)
}
