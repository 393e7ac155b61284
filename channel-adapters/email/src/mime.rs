//! The structure of a mail: its leaf parts, found in one pass over the lines whatever the nesting.
//!
//! Attached mails are leaves: they are files to us, and never opened here.

use std::ops::Range;

use crate::header::{self, Headers};
use crate::limits;
use crate::parameters::Structured;
use crate::transfer::Transfer;

/// What the headers of a part say about its content.
#[derive(Clone, Debug, Default)]
pub(crate) struct Head {
    /// Type and parameters; the value is empty where the part says nothing.
    pub(crate) content_type: Structured,
    /// Disposition and parameters.
    pub(crate) disposition: Structured,
    /// How the bytes are written.
    pub(crate) transfer: Transfer,
    /// Content-ID without brackets.
    pub(crate) content_id: Option<String>,
}

impl Head {
    fn read(headers: &Headers<'_>, hint: Option<&str>) -> Self {
        let structured = |name| headers.first(name).map(|value| Structured::parse(value, hint)).unwrap_or_default();
        let text = |name| headers.first(name).map(|value| crate::words::decode(&header::unfold(value), None));
        Self {
            content_type: structured("content-type"),
            disposition: structured("content-disposition"),
            transfer: text("content-transfer-encoding").map(|name| Transfer::from_name(&name)).unwrap_or_default(),
            content_id: text("content-id")
                .map(|id| id.trim_matches(|c: char| c.is_whitespace() || matches!(c, '<' | '>')).to_owned())
                .filter(|id| !id.is_empty()),
        }
    }

    /// The decoded file name, `""` if none.
    pub(crate) fn file_name(&self) -> &str {
        let named = [self.disposition.get("filename"), self.content_type.get("name"), self.disposition.get("name")];
        named.into_iter().flatten().find(|name| !name.trim().is_empty()).unwrap_or_default()
    }
}

/// A part that holds content.
#[derive(Clone, Debug)]
pub(crate) struct Leaf {
    /// What it says of itself.
    pub(crate) head: Head,
    /// Its content in the mail's bytes, still encoded.
    pub(crate) range: Range<usize>,
    /// The multipart around it (`mixed`, `alternative`, `related`, ...), `""` for a mail of one part.
    pub(crate) parent: String,
}

/// The parts of a mail.
#[derive(Clone, Debug)]
pub(crate) struct Structure<'a> {
    /// The headers of the mail itself.
    pub(crate) headers: Headers<'a>,
    /// The type of the mail as a whole.
    pub(crate) root: Structured,
    /// The leaves in order.
    pub(crate) leaves: Vec<Leaf>,
    /// The charset that the mail uses, as far as it says: for raw 8-bit text in headers.
    pub(crate) charset: Option<String>,
}

/// An open multipart.
struct Open {
    boundary: Vec<u8>,
    subtype: String,
    /// Whether a first part was found.
    has_parts: bool,
}

/// The part whose lines are being read.
enum Current {
    /// A leaf: its content begins here.
    Leaf(Head, usize),
    /// The text before the first part of a multipart; becomes a leaf if no part ever comes.
    Preamble(Head, usize),
    /// The text after a closed multipart.
    Epilogue,
}

/// Splits a mail into its parts.
pub(crate) fn split(data: &[u8]) -> Structure<'_> {
    let (headers, body) = header::read(data, skip_blank_lines(data), |_| false);
    let head = Head::read(&headers, None);
    let root = head.content_type.clone();
    let mut splitter =
        Splitter { data, open: Vec::new(), leaves: Vec::new(), current: Current::Epilogue, charset: None };
    splitter.begin(head, body);
    let mut at = body;
    while let Some(line) = header::line_at(data, at) {
        at = line.end;
        if line.text.starts_with(b"--")
            && let Some((depth, closing)) = splitter.find_boundary(line.text)
        {
            if !closing && let Some(open) = splitter.open.get_mut(depth) {
                open.has_parts = true;
            }
            splitter.end_part(line.start);
            splitter.open.truncate(depth + 1);
            if closing {
                splitter.open.pop();
                splitter.current = Current::Epilogue;
            } else if splitter.leaves.len() < limits::PARTS {
                at = splitter.next_part(line.end);
            }
        }
    }
    splitter.end_part(data.len());
    Structure { headers, root, leaves: splitter.leaves, charset: splitter.charset }
}

fn skip_blank_lines(data: &[u8]) -> usize {
    let mark = if data.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    let blanks = data.get(mark..).unwrap_or_default().iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    mark + blanks
}

struct Splitter<'a> {
    data: &'a [u8],
    open: Vec<Open>,
    leaves: Vec<Leaf>,
    current: Current,
    charset: Option<String>,
}

impl Splitter<'_> {
    /// Which open multipart the line belongs to, innermost first, and whether it closes it.
    fn find_boundary(&self, line: &[u8]) -> Option<(usize, bool)> {
        let rest = line.strip_prefix(b"--")?;
        self.open.iter().enumerate().rev().find_map(|(depth, open)| {
            let after = rest.strip_prefix(open.boundary.as_slice())?;
            let after = after.trim_ascii_end();
            match after {
                b"" => Some((depth, false)),
                _ if after.starts_with(b"--") => Some((depth, true)),
                _ => None,
            }
        })
    }

    /// Reads the headers of the part that begins at `at`; gives where its content begins.
    fn next_part(&mut self, at: usize) -> usize {
        let (headers, body) =
            header::read(self.data, at, |line| line.starts_with(b"--") && self.find_boundary(line).is_some());
        self.begin(Head::read(&headers, self.charset.as_deref()), body);
        body
    }

    fn begin(&mut self, head: Head, body: usize) {
        if self.charset.is_none() {
            self.charset = head.content_type.get("charset").map(str::to_owned);
        }
        let subtype = head.content_type.value.strip_prefix("multipart/").map(str::to_owned);
        let boundary = head.content_type.get("boundary").map(|text| text.trim_end().as_bytes().to_vec());
        self.current = match (subtype, boundary) {
            (Some(subtype), Some(boundary)) if !boundary.is_empty() && self.open.len() < limits::DEPTH => {
                self.open.push(Open { boundary, subtype, has_parts: false });
                Current::Preamble(head, body)
            }
            _ => Current::Leaf(head, body),
        };
    }

    /// The current part ends before the line that starts at `end`.
    fn end_part(&mut self, end: usize) {
        let (head, start, around) = match std::mem::replace(&mut self.current, Current::Epilogue) {
            Current::Leaf(head, start) => (head, start, self.open.len()),
            Current::Preamble(head, start) => {
                let has_parts = self.open.last().is_some_and(|open| open.has_parts);
                if has_parts || self.data.get(start..end).is_none_or(|text| text.trim_ascii().is_empty()) {
                    return;
                }
                (head, start, self.open.len().saturating_sub(1))
            }
            Current::Epilogue => return,
        };
        // The line end before a boundary belongs to the boundary.
        let content = self.data.get(start..end.max(start)).unwrap_or_default();
        let content = if end < self.data.len() { without_line_end(content) } else { content };
        let around = self.open.iter().take(around).next_back();
        let parent = around.map(|open| open.subtype.clone()).unwrap_or_default();
        self.leaves.push(Leaf { head, range: start..start + content.len(), parent });
    }
}

fn without_line_end(content: &[u8]) -> &[u8] {
    let content = content.strip_suffix(b"\n").unwrap_or(content);
    content.strip_suffix(b"\r").unwrap_or(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contents(mail: &str) -> Vec<(String, String)> {
        let found = split(mail.as_bytes());
        found.leaves.iter().map(|leaf| (leaf.parent.clone(), mail[leaf.range.clone()].to_owned())).collect()
    }

    #[test]
    fn nested_parts_come_in_order_even_when_nothing_is_closed() {
        let mail = "Content-Type: multipart/mixed; boundary=a\n\npreamble\n--a\nContent-Type: multipart/alternative; boundary=\"b\"\n\n\
                    --b\n\none\n--b\nContent-Type: text/html\n\ntwo\n--a\n\nthree";
        let expected = [("alternative", "one"), ("alternative", "two"), ("mixed", "three")];
        assert_eq!(contents(mail), expected.map(|(parent, text)| (parent.to_owned(), text.to_owned())));
    }

    #[test]
    fn a_multipart_without_parts_is_text() {
        let mail = "Content-Type: multipart/mixed; boundary=a\n\nonly this\n";
        assert_eq!(contents(mail), [(String::new(), "only this\n".to_owned())]);
    }

    #[test]
    fn an_attached_mail_is_not_opened() {
        let mail = "Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: message/rfc822\n\n\
                    Content-Type: multipart/mixed; boundary=c\n\n--c\n\ninner\n--c--\n--a--\n";
        assert_eq!(contents(mail).len(), 1);
    }

    #[test]
    fn deep_nesting_and_many_parts_are_bounded() {
        let level = |level: usize| format!("Content-Type: multipart/mixed; boundary=b{level}\n\n--b{level}\n");
        let deep = (0..5_000).map(level).collect::<Vec<_>>().concat();
        assert!(split(deep.as_bytes()).leaves.len() <= limits::PARTS);
        let many = format!("Content-Type: multipart/mixed; boundary=a\n\n{}", "--a\n\nx\n".repeat(5_000));
        assert_eq!(split(many.as_bytes()).leaves.len(), limits::PARTS);
    }
}
