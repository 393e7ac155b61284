//! Files that leave: what WhatsApp shows them as, and the form in which they are handed over.

use channel_contract::http;
use channel_contract::outbound::OutboundAttachment;
use uuid::Uuid;

const MEGABYTE: usize = 1024 * 1024;
/// The largest file of any kind.
pub(crate) const LARGEST: usize = 100 * MEGABYTE;
/// The longest text below a file, in characters.
pub(crate) const LONGEST_CAPTION: usize = 1024;

/// What a file is shown as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Image,
    Video,
    Audio,
    Document,
}

impl Form {
    /// What WhatsApp shows the file as: what it cannot play or is too large for that is a document.
    pub(crate) fn of(file: &OutboundAttachment) -> Self {
        let (form, most) = match http::media_type(&file.content_type) {
            "image/jpeg" | "image/png" => (Self::Image, 5 * MEGABYTE),
            "video/mp4" | "video/3gpp" => (Self::Video, 16 * MEGABYTE),
            "audio/aac" | "audio/amr" | "audio/mpeg" | "audio/mp4" | "audio/ogg" => (Self::Audio, 16 * MEGABYTE),
            _ => (Self::Document, LARGEST),
        };
        if file.content.len() <= most { form } else { Self::Document }
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Video => "video",
            Self::Audio => "audio",
            Self::Document => "document",
        }
    }

    /// Whether a text can stand below it.
    pub(crate) fn has_caption(self) -> bool {
        self != Self::Audio
    }
}

/// A file of a message as it is handed over.
pub(crate) fn form(command_id: Uuid, file: &OutboundAttachment) -> http::Form {
    let fields = http::Form::of(command_id).field("messaging_product", "whatsapp");
    fields.field("type", http::media_type(&file.content_type)).file("file", file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, content_type: &str, size: usize) -> OutboundAttachment {
        OutboundAttachment {
            name: name.to_owned(),
            content_type: content_type.to_owned(),
            content: vec![b'x'; size].into(),
        }
    }

    #[test]
    fn a_file_is_shown_as_what_it_is() {
        for (content_type, size, form) in [
            ("image/png", 5 * MEGABYTE, Form::Image),
            ("image/png", 5 * MEGABYTE + 1, Form::Document),
            ("image/gif", 1, Form::Document),
            ("video/mp4", 16 * MEGABYTE, Form::Video),
            ("audio/ogg; codecs=opus", 1, Form::Audio),
            ("text/plain", 1, Form::Document),
            ("no type\r\nat all", 1, Form::Document),
        ] {
            assert_eq!(Form::of(&file("a", content_type, size)), form, "{content_type}");
        }
    }
}
