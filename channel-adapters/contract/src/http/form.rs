//! A form with files, as bytes. Names and media types come from people and customers: nothing of them leads out of its part.

use bytes::{BufMut as _, Bytes, BytesMut};
use uuid::Uuid;

use crate::outbound::OutboundAttachment;

/// The longest name of a file, in characters.
const LONGEST_NAME: usize = 200;
/// The type of what has none that can be said.
const BYTES: &str = "application/octet-stream";

/// A form that is being written.
pub struct Form {
    boundary: String,
    bytes: BytesMut,
}

impl Form {
    /// A form of a command. The id of that is new and nobody's guess, so nothing in a text or a file is the line between the
    /// parts.
    pub fn of(command_id: Uuid) -> Self {
        Self { boundary: format!("resolute-{}", command_id.simple()), bytes: BytesMut::new() }
    }

    /// Adds a field.
    #[must_use]
    pub fn field(self, name: &str, value: &str) -> Self {
        self.part(&format!("Content-Disposition: form-data; name=\"{}\"", plain(name)), value.as_bytes())
    }

    /// Adds a field that is JSON.
    #[must_use]
    pub fn json(self, name: &str, value: &serde_json::Value) -> Self {
        let name = plain(name);
        let lines = format!("Content-Disposition: form-data; name=\"{name}\"\r\nContent-Type: application/json");
        self.part(&lines, value.to_string().as_bytes())
    }

    /// Adds a file.
    #[must_use]
    pub fn file(self, name: &str, file: &OutboundAttachment) -> Self {
        let (name, kind) = (plain(name), media_type(&file.content_type));
        let file_name = file_name(&file.name);
        let lines = format!(
            "Content-Disposition: form-data; name=\"{name}\"; filename=\"{file_name}\"\r\nContent-Type: {kind}"
        );
        self.part(&lines, &file.content)
    }

    fn part(mut self, lines: &str, content: &[u8]) -> Self {
        self.bytes.put_slice(format!("--{}\r\n{lines}\r\n\r\n", self.boundary).as_bytes());
        self.bytes.put_slice(content);
        self.bytes.put_slice(b"\r\n");
        self
    }

    /// The media type of the form, and the form.
    pub fn finished(mut self) -> (String, Bytes) {
        self.bytes.put_slice(format!("--{}--\r\n", self.boundary).as_bytes());
        (format!("multipart/form-data; boundary={}", self.boundary), self.bytes.freeze())
    }
}

/// The name of a file as it stands in a form.
pub fn file_name(name: &str) -> String {
    plain(if name.trim().is_empty() { "file" } else { name })
}

/// A name between quotes. Readers of forms do not agree on how a quote is written inside, so there is none.
fn plain(name: &str) -> String {
    let name = name.chars().filter(|c| !c.is_control()).take(LONGEST_NAME);
    name.map(|c| if matches!(c, '"' | '\\') { '_' } else { c }).collect()
}

/// A media type without its parameters, as far as it is one.
pub fn media_type(declared: &str) -> &str {
    let kind = declared.split(';').next().unwrap_or_default().trim();
    let is_token = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte))
    };
    let is_one = kind.split_once('/').is_some_and(|(kind, rest)| is_token(kind) && is_token(rest));
    if is_one { kind } else { BYTES }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nothing_leads_out_of_its_part() {
        let file = OutboundAttachment {
            name: "a\"\\\r\nX-Evil: 1.txt".to_owned(),
            content_type: "text/plain\r\nX-Evil: 1".to_owned(),
            content: Bytes::from_static(b"--\r\n\r\n"),
        };
        let form = Form::of(Uuid::from_u128(1)).field("chat_id", "7").json("words", &json!({ "body": "Hi \"you\"" }));
        let (kind, bytes) = form.file("document", &file).finished();
        let line = kind.strip_prefix("multipart/form-data; boundary=").unwrap();
        let expected = format!(
            "--{line}\r\nContent-Disposition: form-data; name=\"chat_id\"\r\n\r\n7\r\n\
             --{line}\r\nContent-Disposition: form-data; name=\"words\"\r\nContent-Type: application/json\r\n\r\n\
             {{\"body\":\"Hi \\\"you\\\"\"}}\r\n\
             --{line}\r\nContent-Disposition: form-data; name=\"document\"; filename=\"a__X-Evil: 1.txt\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n--\r\n\r\n\r\n--{line}--\r\n"
        );
        assert_eq!(std::str::from_utf8(&bytes).unwrap(), expected);
        let nameless = OutboundAttachment { name: " ".to_owned(), ..file };
        let (_, bytes) = Form::of(Uuid::nil()).file("f", &nameless).finished();
        assert!(std::str::from_utf8(&bytes).unwrap().contains("filename=\"file\""));
    }

    #[test]
    fn a_media_type_stays_if_it_is_one() {
        for kind in ["image/png", "application/vnd.ms-excel", "image/svg+xml"] {
            assert_eq!(media_type(kind), kind);
        }
        assert_eq!(media_type("audio/ogg; codecs=opus"), "audio/ogg");
        for kind in ["", "image", "image/", "/png", "a b/c", "ä/b", "image/png x", "no type\r\nat all"] {
            assert_eq!(media_type(kind), BYTES, "{kind}");
        }
    }
}
