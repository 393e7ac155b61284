//! The form of a message: its words as JSON, and its files.

use bytes::Bytes;
use channel_contract::outbound::OutboundAttachment;
use serde_json::Value;
use uuid::Uuid;

/// A form that is ready to leave.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Form {
    /// What it is, with the line between its parts.
    pub(crate) content_type: String,
    /// The bytes.
    pub(crate) body: Bytes,
}

/// The form of a command. Its id is new and nobody's guess, so nothing in a text or a file is the line between the parts.
pub(crate) fn form(command: Uuid, name: &str, words: &Value, files: &[OutboundAttachment]) -> Form {
    let line = format!("resolute-{}", command.simple());
    let mut body = Vec::new();
    let head = format!(
        "--{line}\r\nContent-Disposition: form-data; name=\"{name}\"\r\nContent-Type: application/json\r\n\r\n{words}\r\n"
    );
    body.extend_from_slice(head.as_bytes());
    for file in files {
        let (name, kind) = (file_name(&file.name), media_type(&file.content_type));
        let head = format!(
            "--{line}\r\nContent-Disposition: form-data; name=\"files\"; filename=\"{name}\"\r\nContent-Type: {kind}\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(&file.content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{line}--\r\n").as_bytes());
    Form { content_type: format!("multipart/form-data; boundary={line}"), body: body.into() }
}

/// A name as browsers write it into a form.
fn file_name(name: &str) -> String {
    let name = if name.trim().is_empty() { "file" } else { name };
    let plain = name.chars().map(|c| if c.is_control() { ' ' } else { c });
    plain.collect::<String>().replace('"', "%22")
}

fn media_type(declared: &str) -> &str {
    let is_one = declared.contains('/') && declared.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
    if is_one { declared } else { "application/octet-stream" }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_form_has_its_words_and_its_files_and_no_line_that_is_not_its_own() {
        let file = OutboundAttachment {
            name: "a\"b\r\nX: y.txt".to_owned(),
            content_type: "no type\r\nat all".to_owned(),
            content: Bytes::from_static(b"--\r\n\r\n"),
        };
        let form = form(Uuid::nil(), "message_input", &json!({ "body": "Hi \"you\"" }), &[file]);
        let expected = "--resolute-00000000000000000000000000000000\r\n\
            Content-Disposition: form-data; name=\"message_input\"\r\nContent-Type: application/json\r\n\r\n\
            {\"body\":\"Hi \\\"you\\\"\"}\r\n--resolute-00000000000000000000000000000000\r\n\
            Content-Disposition: form-data; name=\"files\"; filename=\"a%22b  X: y.txt\"\r\n\
            Content-Type: application/octet-stream\r\n\r\n--\r\n\r\n\r\n\
            --resolute-00000000000000000000000000000000--\r\n";
        assert_eq!(std::str::from_utf8(&form.body).unwrap(), expected);
        assert!(form.content_type.ends_with("boundary=resolute-00000000000000000000000000000000"));
    }
}
