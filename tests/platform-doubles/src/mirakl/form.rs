//! The form in which a message comes.

use bytes::Bytes;
use serde_json::Value;

use crate::server::Request;

/// A form that was read.
pub(super) struct Form {
    /// The words, as JSON.
    pub(super) words: Value,
    /// The files, with their names.
    pub(super) files: Vec<(String, Bytes)>,
}

/// Reads a form whose words have this name; `None` where it is none.
pub(super) fn read(request: &Request, name: &str) -> Option<Form> {
    let boundary = request.header("content-type").split_once("boundary=")?.1.trim_matches('"');
    let (first, line) = (format!("--{boundary}\r\n"), format!("\r\n--{boundary}"));
    let mut rest = request.body.strip_prefix(first.as_bytes())?;
    let mut form = Form { words: Value::Null, files: Vec::new() };
    loop {
        let end = find(rest, line.as_bytes())?;
        let (part, behind) = rest.split_at_checked(end)?;
        let head = find(part, b"\r\n\r\n")?;
        let (header, content) = part.split_at_checked(head)?;
        let (header, content) = (std::str::from_utf8(header).ok()?, content.get(4..)?);
        if header.contains(&format!("name=\"{name}\"")) && header.contains("application/json") {
            form.words = serde_json::from_slice(content).ok()?;
        } else if header.contains("name=\"files\"") {
            let file = header.split_once("filename=\"")?.1.split_once('"')?.0;
            form.files.push((file.to_owned(), Bytes::copy_from_slice(content)));
        }
        let behind = behind.get(line.len()..)?;
        match behind.strip_prefix(b"\r\n") {
            Some(next) => rest = next,
            None if behind.starts_with(b"--") => break,
            None => return None,
        }
    }
    form.words.is_object().then_some(form)
}

/// Where something stands; what does not begin like it is passed over quickly.
fn find(within: &[u8], wanted: &[u8]) -> Option<usize> {
    let first = *wanted.first()?;
    let mut from = 0;
    loop {
        let rest = within.get(from..)?;
        let at = from + rest.iter().position(|byte| *byte == first)?;
        if within.get(at..)?.starts_with(wanted) {
            return Some(at);
        }
        from = at + 1;
    }
}
