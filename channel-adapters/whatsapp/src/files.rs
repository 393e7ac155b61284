//! Files that leave: what WhatsApp shows them as, and the form in which they are handed over.

use bytes::Bytes;
use channel_contract::outbound::OutboundAttachment;
use sha2::{Digest, Sha256};

const MEGABYTE: usize = 1024 * 1024;
/// The largest file of any kind.
pub(crate) const LARGEST: usize = 100 * MEGABYTE;
/// The longest text below a file, in characters.
pub(crate) const LONGEST_CAPTION: usize = 1024;
/// The type of what has none that can be said.
const BYTES: &str = "application/octet-stream";

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
        let (form, most) = match media_type(&file.content_type) {
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

/// The type without its parameters, as far as it is one.
fn media_type(declared: &str) -> &str {
    let plain = declared.split(';').next().unwrap_or_default().trim();
    let is_token = |part: &str| {
        let good = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'+' | b'-' | b'_');
        !part.is_empty() && part.bytes().all(good)
    };
    match plain.split_once('/') {
        Some((kind, rest)) if is_token(kind) && is_token(rest) => plain,
        _ => BYTES,
    }
}

/// A file as it is handed over, and the type of that body. The mark between the parts is a hash of the content, so it does
/// not stand in it.
pub(crate) fn form_data(file: &OutboundAttachment) -> (String, Bytes) {
    let hash = hex::encode(Sha256::digest(&file.content));
    let boundary = format!("resolute-{}", hash.get(..32).unwrap_or_default());
    let kind = media_type(&file.content_type);
    let name = quoted(if file.name.trim().is_empty() { "file" } else { &file.name });
    let mut body = Vec::with_capacity(file.content.len() + 1024);
    for (field, value) in [("messaging_product", "whatsapp"), ("type", kind)] {
        let part = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    let head = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: {kind}\r\n\r\n"
    );
    body.extend_from_slice(head.as_bytes());
    body.extend_from_slice(&file.content);
    body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    (format!("multipart/form-data; boundary={boundary}"), body.into())
}

/// A file name as it may stand in a header.
fn quoted(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).map(|c| if matches!(c, '"' | '\\') { '_' } else { c }).take(200).collect()
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

    #[test]
    fn nothing_of_a_file_leads_out_of_its_part() {
        let (kind, body) = form_data(&file("a\"\r\nX: y.txt", "text/plain\r\nX: y", 2));
        let body = String::from_utf8(body.to_vec()).unwrap();
        assert!(!kind.contains('\n') && !body.contains("\r\nX:"), "{body}");
        assert!(body.contains("filename=\"a_X: y.txt\"\r\nContent-Type: application/octet-stream\r\n\r\nxx\r\n--"));
    }
}
