//! Forms with files, as platforms read them.

use bytes::Bytes;

use crate::server::Request;

/// One field of a form.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// The name of the file, where it is one.
    pub file_name: Option<String>,
    /// The media type of the file; `""` without one.
    pub content_type: String,
    /// What it holds.
    pub content: Bytes,
}

impl Field {
    /// What it holds, as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.content).into_owned()
    }
}

/// The fields of a call whose body is a form with files; none where it is no such form.
pub fn fields(request: &Request) -> Vec<Field> {
    let Some((_, boundary)) = request.header("content-type").split_once("boundary=") else { return Vec::new() };
    let line = format!("\r\n--{}", boundary.trim_matches('"'));
    // The first line has nothing before it.
    let body: Bytes = [b"\r\n", &request.body[..]].concat().into();
    let mut found = Vec::new();
    let mut rest = body;
    while let Some(at) = find(&rest, line.as_bytes()) {
        let part = rest.split_to(at);
        rest = rest.split_off(line.len());
        found.extend(field(&part));
    }
    found
}

/// A part behind its boundary.
fn field(part: &Bytes) -> Option<Field> {
    let end = find(part, b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(part.get(..end)?).into_owned();
    let value = |name: &str| {
        let (_, rest) = head.split_once(&format!("{name}=\""))?;
        rest.split('"').next().map(ToOwned::to_owned)
    };
    let content_type = head.lines().find_map(|line| {
        let (key, kind) = line.split_once(':')?;
        key.eq_ignore_ascii_case("content-type").then(|| kind.trim().to_owned())
    });
    Some(Field {
        name: value("; name")?,
        file_name: value("; filename"),
        content_type: content_type.unwrap_or_default(),
        content: part.slice(end + 4..),
    })
}

/// Where the bytes stand first. It looks at each place from behind, and leaps over what cannot hold them.
fn find(hay: &[u8], needle: &[u8]) -> Option<usize> {
    let mut at = 0;
    while let Some(window) = hay.get(at..at + needle.len()) {
        if window == needle {
            return Some(at);
        }
        let last = window.last()?;
        let before = needle.len().checked_sub(1)?;
        at += needle.get(..before)?.iter().rev().position(|byte| byte == last).map_or(needle.len(), |back| back + 1);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_as_they_were_written() {
        let body = "--xy\r\nContent-Disposition: form-data; name=\"chat_id\"\r\n\r\n7\r\n--xy\r\n\
                    Content-Disposition: form-data; name=\"document\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\n\
                    \r\n-xy--\r\n\r\n--xy--\r\n";
        let request = Request {
            method: "POST".to_owned(),
            path: String::new(),
            query: Vec::new(),
            headers: vec![("content-type".to_owned(), "multipart/form-data; boundary=xy".to_owned())],
            body: body.into(),
        };
        let found = fields(&request);
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].name.as_str(), found[0].text().as_str()), ("chat_id", "7"));
        assert_eq!((found[1].file_name.as_deref(), found[1].content_type.as_str()), (Some("a.txt"), "text/plain"));
        assert_eq!(found[1].text(), "\r\n-xy--\r\n");
    }

    #[test]
    fn bytes_are_found_where_they_stand_first() {
        for (hay, needle, at) in [
            ("aabab", "ab", Some(1)),
            ("aaaa", "ab", None),
            ("", "ab", None),
            ("xxaab", "aab", Some(2)),
            ("ba", "a", Some(1)),
        ] {
            assert_eq!(find(hay.as_bytes(), needle.as_bytes()), at, "{hay}");
        }
    }
}
