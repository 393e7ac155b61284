//! The fields of a form with files.

use bytes::Bytes;

use crate::server::Request;

/// One field.
#[derive(Debug, Default)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) file_name: String,
    pub(super) content_type: String,
    pub(super) content: Bytes,
}

/// The fields of a request; none where it is no such form.
pub(super) fn fields(request: &Request) -> Vec<Field> {
    let Some((_, boundary)) = request.header("content-type").split_once("boundary=") else { return Vec::new() };
    let mark = format!("\r\n--{}", boundary.trim_matches('"'));
    // The first mark has no line before it.
    let mut rest = match mark.strip_prefix("\r\n") {
        Some(first) if request.body.starts_with(first.as_bytes()) => request.body.slice(first.len()..),
        _ => return Vec::new(),
    };
    let mut found = Vec::new();
    while let Some(end) = place(&rest, mark.as_bytes()) {
        found.extend(field(&rest.slice(..end)));
        rest = rest.slice(end + mark.len()..);
    }
    found
}

fn field(part: &Bytes) -> Option<Field> {
    let end = place(part, b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(part.get(..end)?).into_owned();
    let mut field = Field { content: part.slice(end + 4..), ..Field::default() };
    for line in head.lines() {
        match line.split_once(':') {
            Some((key, value)) if key.eq_ignore_ascii_case("content-type") => {
                value.trim().clone_into(&mut field.content_type);
            }
            Some((key, value)) if key.eq_ignore_ascii_case("content-disposition") => {
                field.name = parameter(value, "; name=\"");
                field.file_name = parameter(value, "; filename=\"");
            }
            _ => {}
        }
    }
    Some(field)
}

fn parameter(line: &str, before: &str) -> String {
    let after = line.split_once(before).map(|(_, after)| after);
    after.and_then(|after| after.split_once('"')).map(|(value, _)| value.to_owned()).unwrap_or_default()
}

fn place(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_come_with_their_names_and_bytes() {
        let body = "--x\r\nContent-Disposition: form-data; name=\"message\"\r\n\r\n{}\r\n--x\r\nContent-Disposition: \
                    form-data; name=\"filedata\"; filename=\"a.pdf\"\r\nContent-Type: application/pdf\r\n\r\nb\r\nc\r\n--x--\r\n";
        let request = Request {
            method: "POST".to_owned(),
            path: String::new(),
            query: Vec::new(),
            headers: vec![("content-type".to_owned(), "multipart/form-data; boundary=x".to_owned())],
            body: body.into(),
        };
        let found = fields(&request);
        let shown: Vec<(&str, &str, &str, &[u8])> = found
            .iter()
            .map(|field| (&*field.name, &*field.file_name, &*field.content_type, &*field.content))
            .collect();
        let expected: [(&str, &str, &str, &[u8]); 2] =
            [("message", "", "", b"{}"), ("filedata", "a.pdf", "application/pdf", b"b\r\nc")];
        assert_eq!(shown, expected);
    }
}
