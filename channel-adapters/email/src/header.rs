//! The header section of a mail or of one of its parts: names and raw values, found in one pass.

use crate::limits;

/// A line with its place: `end` is where the next line begins.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line<'a> {
    /// The bytes without the line end.
    pub(crate) text: &'a [u8],
    /// Where the line begins.
    pub(crate) start: usize,
    /// Where the next line begins.
    pub(crate) end: usize,
}

/// The line that begins at `start`; `None` at the end of the data.
pub(crate) fn line_at(data: &[u8], start: usize) -> Option<Line<'_>> {
    let rest = data.get(start..).filter(|rest| !rest.is_empty())?;
    let (text, taken) = match rest.iter().position(|&byte| byte == b'\n') {
        Some(length) => (rest.get(..length).unwrap_or_default(), length + 1),
        None => (rest, rest.len()),
    };
    Some(Line { text: text.strip_suffix(b"\r").unwrap_or(text), start, end: start + taken })
}

/// One header field.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field<'a> {
    /// The name as written.
    pub(crate) name: &'a str,
    /// Everything after the colon, folds included.
    pub(crate) value: &'a [u8],
}

/// The fields of one header section, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Headers<'a> {
    fields: Vec<Field<'a>>,
}

impl<'a> Headers<'a> {
    /// All values of a field, topmost first.
    pub(crate) fn all<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'a [u8]> + 's {
        self.fields.iter().filter(move |field| field.name.eq_ignore_ascii_case(name)).map(|field| field.value)
    }

    /// The topmost value of a field.
    pub(crate) fn first(&self, name: &str) -> Option<&'a [u8]> {
        self.fields.iter().find(|field| field.name.eq_ignore_ascii_case(name)).map(|field| field.value)
    }

    /// Whether the field is there at all.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.first(name).is_some()
    }
}

/// Reads the fields from `start` on and says where the body begins. `ends` tells a line that ends the section without
/// an empty line before it (the boundary of the multipart around).
pub(crate) fn read<'a>(data: &'a [u8], start: usize, ends: impl Fn(&[u8]) -> bool) -> (Headers<'a>, usize) {
    let mut fields: Vec<Field<'a>> = Vec::with_capacity(24);
    let mut at = start;
    let mut open: Option<(&'a str, usize, usize)> = None;
    let mut body = data.len();
    while let Some(line) = line_at(data, at) {
        if line.text.is_empty() {
            body = line.end;
            break;
        }
        if ends(line.text) {
            body = line.start;
            break;
        }
        let readable = line.end - start <= limits::HEADER_BYTES && fields.len() + 1 < limits::HEADER_FIELDS;
        if matches!(line.text.first(), Some(b' ' | b'\t')) {
            // A line of blanks only is a fold for some writers and the end of the header for others.
            if line.text.iter().all(|byte| matches!(byte, b' ' | b'\t')) && !continues(data, line.end) {
                body = line.end;
                break;
            }
            if let Some(field) = open.as_mut().filter(|_| readable) {
                field.2 = line.start + line.text.len();
            }
        } else if let Some((name, offset)) = name_of(line.text) {
            close(data, &mut open, &mut fields);
            if readable {
                open = Some((name, line.start + offset, line.start + line.text.len()));
            }
        } else if !is_junk(line.text) {
            if !continues(data, line.end) {
                body = line.start;
                break;
            }
            // The gateways that lose the blank before a folded line lose it everywhere.
            if let Some(field) = open.as_mut().filter(|_| readable) {
                field.2 = line.start + line.text.len();
            }
        }
        at = line.end;
    }
    close(data, &mut open, &mut fields);
    (Headers { fields }, body)
}

fn close<'a>(data: &'a [u8], open: &mut Option<(&'a str, usize, usize)>, fields: &mut Vec<Field<'a>>) {
    if let Some((name, from, to)) = open.take() {
        let to = to.min(from + limits::VALUE_BYTES);
        fields.push(Field { name, value: data.get(from..to).unwrap_or_default() });
    }
}

/// The field name of a header line, and where its value begins.
fn name_of(line: &[u8]) -> Option<(&str, usize)> {
    let colon = line.iter().take(128).position(|&byte| byte == b':')?;
    let name = std::str::from_utf8(line.get(..colon)?).ok()?.trim_end_matches([' ', '\t']);
    let proper = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic());
    proper.then_some((name, colon + 1))
}

/// Lines that storage formats and broken gateways put among the headers.
fn is_junk(line: &[u8]) -> bool {
    line.starts_with(b"From ") || line.starts_with(b">From ")
}

/// Whether a header goes on after a line that is none: a field with a usual name follows before the next empty line.
fn continues(data: &[u8], at: usize) -> bool {
    const USUAL: [&str; 16] = [
        "from",
        "to",
        "cc",
        "subject",
        "date",
        "message-id",
        "received",
        "content-type",
        "content-transfer-encoding",
        "mime-version",
        "reply-to",
        "in-reply-to",
        "references",
        "return-path",
        "x-mailer",
        "content-disposition",
    ];
    let mut at = at;
    for _ in 0..40 {
        let Some(line) = line_at(data, at).filter(|line| !line.text.is_empty() && !line.text.starts_with(b"--")) else {
            return false;
        };
        if name_of(line.text).is_some_and(|(name, _)| USUAL.iter().any(|usual| name.eq_ignore_ascii_case(usual))) {
            return true;
        }
        at = line.end;
    }
    false
}

/// The value with its folds taken out and blanks at both ends removed.
pub(crate) fn unfold(value: &[u8]) -> Vec<u8> {
    let mut text: Vec<u8> = value.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n' | 0)).collect();
    while text.last().is_some_and(u8::is_ascii_whitespace) {
        text.pop();
    }
    let blanks = text.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    text.drain(..blanks);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_folded_fields_and_finds_the_body() {
        let (headers, body) = read(b"Subject: a\r\n b\r\nX-One: 1\r\n\r\ntext", 0, |_| false);
        assert_eq!(unfold(headers.first("subject").unwrap()), b"a b");
        assert_eq!(headers.all("x-one").count(), 1);
        assert_eq!(body, 28);
    }

    #[test]
    fn a_line_without_colon_ends_the_header_unless_a_usual_field_follows() {
        let (headers, body) = read(b"From: a@b.example\nnonsense here\nSubject: x\n\nbody", 0, |_| false);
        assert!(headers.has("Subject"));
        assert_eq!(body, 44);
        let (_, body) = read(b"From: a@b.example\nnonsense here\nmore\n", 0, |_| false);
        assert_eq!(body, 18);
    }

    #[test]
    fn endless_headers_are_cut_but_the_body_is_found() {
        let mut mail = b"From: a@b.example\n".to_vec();
        for _ in 0..10_000 {
            mail.extend_from_slice(b"X-Filler: 0123456789\n");
        }
        mail.extend_from_slice(b"\nbody");
        let (headers, body) = read(&mail, 0, |_| false);
        assert!(headers.fields.len() <= limits::HEADER_FIELDS);
        assert_eq!(&mail[body..], b"body");
    }
}
