//! A form with files, as bytes. Names and media types come from people and customers: what would end a line is taken out.

use bytes::{BufMut, Bytes, BytesMut};
use channel_contract::outbound::OutboundAttachment;
use uuid::Uuid;

/// A form that is being written.
pub(crate) struct Form {
    boundary: String,
    bytes: BytesMut,
}

impl Form {
    /// A form whose boundary is made of the id of its message.
    pub(crate) fn of(command_id: Uuid) -> Self {
        Self { boundary: format!("----{0}{0}", command_id.simple()), bytes: BytesMut::new() }
    }

    pub(crate) fn field(&mut self, name: &str, value: &str) {
        self.head(&format!("Content-Disposition: form-data; name=\"{name}\"\r\n\r\n"));
        self.bytes.put_slice(value.as_bytes());
        self.bytes.put_slice(b"\r\n");
    }

    pub(crate) fn file(&mut self, name: &str, file: &OutboundAttachment) {
        let (file_name, kind) = (quoted(&file.name), media_type(&file.content_type));
        self.head(&format!(
            "Content-Disposition: form-data; name=\"{name}\"; filename=\"{file_name}\"\r\nContent-Type: {kind}\r\n\r\n"
        ));
        self.bytes.put_slice(&file.content);
        self.bytes.put_slice(b"\r\n");
    }

    fn head(&mut self, lines: &str) {
        self.bytes.put_slice(format!("--{}\r\n{lines}", self.boundary).as_bytes());
    }

    /// The media type of the form, and the form.
    pub(crate) fn finished(mut self) -> (String, Bytes) {
        self.bytes.put_slice(format!("--{}--\r\n", self.boundary).as_bytes());
        (format!("multipart/form-data; boundary={}", self.boundary), self.bytes.freeze())
    }
}

/// A file name between quotes, as browsers write it.
fn quoted(name: &str) -> String {
    let name: String = name.chars().filter(|sign| !sign.is_control()).collect();
    if name.is_empty() { "file".to_owned() } else { name.replace('"', "%22") }
}

/// A media type that is one.
fn media_type(given: &str) -> &str {
    let is_token = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte))
    };
    let is_one = given.split_once('/').is_some_and(|(kind, rest)| is_token(kind) && is_token(rest));
    if is_one { given } else { "application/octet-stream" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_types_end_no_line() {
        let mut form = Form::of(Uuid::from_u128(1));
        form.field("chat_id", "7");
        form.file(
            "document",
            &OutboundAttachment {
                name: "a\"\r\nX-Evil: 1.txt".to_owned(),
                content_type: "text/plain\r\nX-Evil: 1".to_owned(),
                content: "hello".into(),
            },
        );
        let (kind, bytes) = form.finished();
        let boundary = kind.strip_prefix("multipart/form-data; boundary=").unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let expected = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"chat_id\"\r\n\r\n7\r\n\
             --{boundary}\r\nContent-Disposition: form-data; name=\"document\"; filename=\"a%22X-Evil: 1.txt\"\r\n\
             Content-Type: application/octet-stream\r\n\r\nhello\r\n--{boundary}--\r\n"
        );
        assert_eq!(text, expected);
    }

    #[test]
    fn a_media_type_stays_if_it_is_one() {
        for kind in ["image/png", "application/vnd.ms-excel", "image/svg+xml"] {
            assert_eq!(media_type(kind), kind);
        }
        for kind in ["", "image", "image/", "/png", "image/png; name=\"x\"", "a b/c", "ä/b", "no type\r\nat all"] {
            assert_eq!(media_type(kind), "application/octet-stream", "{kind}");
        }
    }
}
