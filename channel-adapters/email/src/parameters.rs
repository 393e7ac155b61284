//! Structured part headers: a value with parameters, including split and encoded file names (RFC 2231) and the encoded
//! words that many clients put there instead.

use crate::transfer::hex;
use crate::{charset, header, limits, words};

/// A value such as `text/plain` with its parameters.
#[derive(Clone, Debug, Default)]
pub(crate) struct Structured {
    /// The value in lower case.
    pub(crate) value: String,
    parameters: Vec<(String, String)>,
}

impl Structured {
    /// A parameter; `name` in lower case.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Reads a header value.
    pub(crate) fn parse(raw: &[u8], hint: Option<&str>) -> Self {
        let raw = header::unfold(raw);
        let mut pieces = split(&raw);
        let value = pieces.next().map(|piece| charset::guess(trim(piece), None)).unwrap_or_default();
        let value = value.split(['(', ' ', ',']).next().unwrap_or_default().to_ascii_lowercase();
        let mut found: Vec<Piece> = pieces.take(limits::ADDRESSES).filter_map(Piece::parse).collect();
        // Sections of a split value may come in any order.
        found.sort_by_key(|piece| piece.section);
        let mut parameters: Vec<(String, String)> = Vec::new();
        let mut joined: Vec<(String, Vec<u8>, Option<String>)> = Vec::new();
        for piece in found {
            if piece.section.is_none() && !piece.encoded {
                if !parameters.iter().any(|(key, _)| *key == piece.name) {
                    parameters.push((piece.name, words::decode(&piece.value, hint)));
                }
                continue;
            }
            let (label, bytes) = piece.decoded();
            match joined.iter_mut().find(|(key, _, _)| *key == piece.name) {
                Some((_, value, _)) => value.extend_from_slice(&bytes),
                None => joined.push((piece.name, bytes, label)),
            }
        }
        for (key, bytes, label) in joined {
            let text = match &label {
                Some(label) => charset::decode(&bytes, Some(label)),
                None => words::decode(&bytes, hint),
            };
            // The encoded form is the better one where a mail has both.
            parameters.retain(|(known, _)| *known != key);
            parameters.push((key, text));
        }
        Self { value, parameters }
    }
}

/// One `name*0*=value`.
struct Piece {
    name: String,
    section: Option<u32>,
    encoded: bool,
    value: Vec<u8>,
}

impl Piece {
    fn parse(piece: &[u8]) -> Option<Self> {
        let equals = piece.iter().position(|&byte| byte == b'=')?;
        let (key, value) = (piece.get(..equals)?, piece.get(equals + 1..)?);
        let key = std::str::from_utf8(trim(key)).ok()?.to_ascii_lowercase();
        let value = plain(trim(value));
        let (key, encoded) = match key.strip_suffix('*') {
            Some(key) => (key, true),
            None => (key.as_str(), false),
        };
        let (name, section) = match key.split_once('*') {
            Some((name, section)) => (name, section.parse().ok()),
            None => (key, None),
        };
        (!name.is_empty()).then(|| Self { name: name.to_owned(), section, encoded, value })
    }

    /// The charset that the value names, and its bytes.
    fn decoded(&self) -> (Option<String>, Vec<u8>) {
        if !self.encoded {
            return (None, self.value.clone());
        }
        let mut parts = self.value.splitn(3, |&byte| byte == b'\'');
        if self.section.unwrap_or_default() == 0
            && let (Some(label), Some(_), Some(rest)) = (parts.next(), parts.next(), parts.next())
        {
            let label = String::from_utf8_lossy(label).into_owned();
            return (Some(label), percent(rest));
        }
        (None, percent(&self.value))
    }
}

fn percent(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte == b'%'
            && let [high, low, after @ ..] = tail
            && let (Some(high), Some(low)) = (hex(*high), hex(*low))
        {
            out.push(high * 16 + low);
            rest = after;
        } else {
            out.push(byte);
        }
    }
    out
}

/// Takes off quotes and escapes; a comment after a bare value goes.
fn plain(value: &[u8]) -> Vec<u8> {
    if let Some(inside) = value.strip_prefix(b"\"") {
        let mut out = Vec::with_capacity(inside.len());
        let mut bytes = inside.iter().copied().peekable();
        while let Some(byte) = bytes.next() {
            match byte {
                b'"' => break,
                // Windows paths are written without escaping: only quotes and backslashes are taken as escaped.
                b'\\' => match bytes.next_if(|next| matches!(next, b'"' | b'\\')) {
                    Some(next) => out.push(next),
                    None => out.push(byte),
                },
                _ => out.push(byte),
            }
        }
        return out;
    }
    let end = value.windows(2).position(|two| two == b" (").unwrap_or(value.len());
    trim(value.get(..end).unwrap_or(value)).to_vec()
}

/// Splits at `;` outside quotes.
fn split(raw: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut quoted = false;
    let mut escaped = false;
    raw.split(move |&byte| {
        if escaped {
            escaped = false;
            return false;
        }
        match byte {
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ => {}
        }
        byte == b';' && !quoted
    })
}

fn trim(bytes: &[u8]) -> &[u8] {
    bytes.trim_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(raw: &str) -> String {
        Structured::parse(raw.as_bytes(), None).get("name").unwrap_or_default().to_owned()
    }

    #[test]
    fn names_in_all_their_forms() {
        assert_eq!(name("a/b; name=\"x; y.pdf\""), "x; y.pdf");
        assert_eq!(name("a/b; name=my file.pdf"), "my file.pdf");
        assert_eq!(name("a/b; name*=utf-8''%E2%82%AC.pdf"), "€.pdf");
        assert_eq!(name("a/b; name*1*=%AC.pdf; name*0*=utf-8''%E2%82"), "€.pdf");
        assert_eq!(name("a/b; name*0=\"long \"; name*1=name.pdf"), "long name.pdf");
        assert_eq!(name("a/b; name=\"=?utf-8?B?4oKs?=.pdf\""), "€.pdf");
        assert_eq!(name("a/b; name=plain.txt; name*=utf-8''%C3%A4.txt"), "ä.txt");
        assert_eq!(name("a/b; name=x.txt (a comment)"), "x.txt");
    }

    #[test]
    fn a_value_without_parameters() {
        let read = Structured::parse(b" TEXT/Plain (x); charset = \"utf-8\"", None);
        assert_eq!((read.value.as_str(), read.get("charset")), ("text/plain", Some("utf-8")));
    }
}
