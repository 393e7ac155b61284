//! A file that came with a message: its bytes, or where they are.

use std::fmt;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// A file that came with a message.
#[derive(Clone, PartialEq, Eq)]
pub struct InboundAttachment {
    /// The file name, safe to show, `""` if none.
    pub name: String,
    /// The declared media type.
    pub content_type: String,
    /// The id by which HTML refers to it, without `cid:`.
    pub content_id: Option<String>,
    /// Whether the HTML shows it in place.
    pub inline: bool,
    /// The bytes, or where they are.
    pub content: FileContent,
}

impl fmt::Debug for InboundAttachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InboundAttachment")
            .field("content_type", &self.content_type)
            .field("content", &self.content)
            .finish_non_exhaustive()
    }
}

/// The longest name of a file that is kept, in characters.
const LONGEST_NAME: usize = 200;

/// A file name as it may be shown: the last piece of a path, without characters that turn the direction of writing
/// (`exe.fdp` shown as `pdf.exe`) or show nothing.
pub fn safe_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).find(|piece| !piece.trim().is_empty()).unwrap_or_default();
    let turns = |c: &char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{feff}');
    let clean: String = last.chars().filter(|c| !c.is_control() && !turns(c)).take(LONGEST_NAME).collect();
    clean.trim().trim_start_matches('.').to_owned()
}

/// The bytes of a file that came with a message.
#[derive(Clone, PartialEq, Eq)]
pub enum FileContent {
    /// They came with it.
    Here(Bytes),
    /// They lie on the platform, and are fetched ([`crate::MessageChannel::fetch`]) once the message is placed.
    Elsewhere(FileReference),
}

impl fmt::Debug for FileContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Here(bytes) => write!(f, "{} bytes", bytes.len()),
            Self::Elsewhere(_) => f.write_str("elsewhere"),
        }
    }
}

/// Where a file lies on the platform. Kept as a document until it is fetched.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileReference {
    /// The platform's id of the file, or its address; may give access to it.
    pub key: String,
    /// The SHA-256 of its bytes in lower-case hex, where the platform tells it: what is fetched must have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// How many bytes it has, where the platform tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
}

impl fmt::Debug for FileReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileReference").field("size", &self.size).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_lead_elsewhere_and_end_as_they_are_shown_to() {
        for (name, safe) in [
            ("../../etc/passwd", "passwd"),
            ("C:\\x\\a\u{202e}fdp.exe", "afdp.exe"),
            ("a\u{61c}\u{200f}b\r\n.txt", "ab.txt"),
            ("folder/", "folder"),
            (" .hidden ", "hidden"),
            ("...", ""),
            ("", ""),
        ] {
            assert_eq!(safe_name(name), safe, "{name:?}");
        }
        assert_eq!(safe_name(&"ü".repeat(300)).chars().count(), LONGEST_NAME);
    }
}
