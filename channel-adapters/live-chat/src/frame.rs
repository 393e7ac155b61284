//! What the widget sends, and the form in which it is stored: wrapped with whom it came from.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use crate::visitor::Visitor;

/// Largest frame on the line, in bytes.
pub const FRAME_LIMIT: usize = 64 * 1024;

/// Something that must not be lost.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum Said {
    /// A message. The widget names it, so that a repetition is the same message.
    Message {
        /// The widget's own id.
        id: Uuid,
        /// The text.
        #[serde(default, deserialize_with = "or_nothing")]
        text: String,
        /// Files that the desk has taken before.
        #[serde(default, deserialize_with = "or_nothing", skip_serializing_if = "Vec::is_empty")]
        files: Vec<File>,
    },
    /// Replies that the visitor has seen, by the desk's ids.
    Read {
        /// The desk's ids of them.
        ids: Vec<Uuid>,
    },
}

impl fmt::Debug for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Message { id, files, .. } => {
                f.debug_struct("Message").field("id", id).field("files", files).finish_non_exhaustive()
            }
            Self::Read { ids } => f.debug_struct("Read").field("ids", ids).finish(),
        }
    }
}

/// A file that came with a message.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// The name as given.
    pub name: String,
    /// The type as found in the bytes.
    pub content_type: String,
    /// The bytes.
    #[serde(serialize_with = "to_base64", deserialize_with = "from_base64")]
    pub content: Bytes,
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("File").field("bytes", &self.content.len()).finish_non_exhaustive()
    }
}

/// What is stored: who, and what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    /// Who.
    pub visitor: Visitor,
    /// What.
    pub said: Said,
}

/// A value, or the empty one where `null` stands for it.
fn or_nothing<'de, T: Default + Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

fn to_base64<S: Serializer>(bytes: &Bytes, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&STANDARD.encode(bytes))
}

fn from_base64<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
    let text = String::deserialize(deserializer)?;
    STANDARD.decode(text).map(Bytes::from).map_err(serde::de::Error::custom)
}
