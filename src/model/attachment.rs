//! A file that came or goes with a message.

use super::{AttachmentId, MessageId};

/// A file. Its bytes lie in the file store under `storage_key`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Attachment {
    /// Id.
    pub id: AttachmentId,
    /// The message.
    pub message_id: MessageId,
    /// Place among the message's files, from 0.
    pub position: i64,
    /// Name as given, safe to show.
    pub name: String,
    /// Declared media type.
    pub content_type: String,
    /// Bytes.
    pub size: i64,
    /// Id by which HTML refers to it.
    pub content_id: Option<String>,
    /// Whether the HTML shows it in place.
    pub inline: bool,
    /// Where the bytes are.
    pub storage_key: String,
}

impl Attachment {
    /// The size for people: `1.2 MB`.
    pub fn shown_size(&self) -> String {
        let tenths = |unit: i64| format!("{}.{}", self.size / unit, self.size % unit * 10 / unit);
        match self.size {
            ..1_000 => format!("{} B", self.size),
            1_000..1_000_000 => format!("{} kB", self.size / 1_000),
            _ => format!("{} MB", tenths(1_000_000)),
        }
    }
}
