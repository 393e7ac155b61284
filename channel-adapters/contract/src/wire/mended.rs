//! JSON with something odd in it, made readable: what cannot be read is replaced where it stands, and the rest stays as it
//! was written. Pure.

use std::fmt::Write as _;

/// What stands for a sign that is none.
const NO_SIGN: char = char::REPLACEMENT_CHARACTER;
/// How deep elements lie in each other at most; what lies deeper is `null`. The reader itself ends at 128.
const DEEPEST: usize = 100;

/// The same document: halves of signs, bytes that are no text and escapes that mean nothing become [`NO_SIGN`], numbers
/// that are too large and what lies too deep become `null`. What is no JSON for another reason stays so.
pub(super) fn mended(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let (mut rest, mut out, mut depth) = (&*text, String::with_capacity(text.len()), 0_usize);
    while let Some(first) = rest.chars().next() {
        let kept = out.len();
        let is_deep = depth > DEEPEST;
        rest = match first {
            '"' => string(rest, &mut out),
            '-' | '0'..='9' => number(rest, &mut out),
            _ => {
                out.push(first);
                behind(rest, first.len_utf8())
            }
        };
        match first {
            '{' | '[' => depth += 1,
            '}' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if is_deep {
            out.truncate(kept);
        } else if depth > DEEPEST {
            out.truncate(kept);
            out.push_str("null");
        }
    }
    out
}

/// Takes a string, with its quotes.
fn string<'t>(text: &'t str, out: &mut String) -> &'t str {
    out.push('"');
    let mut rest = behind(text, 1);
    loop {
        let plain = rest.find(|c: char| matches!(c, '"' | '\\') || c < ' ').unwrap_or(rest.len());
        out.push_str(rest.get(..plain).unwrap_or_default());
        rest = behind(rest, plain);
        match rest.chars().next() {
            None => return rest,
            Some('"') => {
                out.push('"');
                return behind(rest, 1);
            }
            Some('\\') => rest = escape(rest, out),
            Some(control) => {
                // Writing into a `String` cannot fail.
                let _ = write!(out, "\\u{:04x}", u32::from(control));
                rest = behind(rest, 1);
            }
        }
    }
}

/// Takes a sign that is written with a backslash, or the backslash alone where it means nothing.
fn escape<'t>(text: &'t str, out: &mut String) -> &'t str {
    let mut take = |length: usize| {
        out.push_str(text.get(..length).unwrap_or_default());
        behind(text, length)
    };
    match (unit(text), unit(behind(text, 6))) {
        (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => take(12),
        (Some(0xd800..=0xdfff), _) => {
            out.push(NO_SIGN);
            behind(text, 6)
        }
        (Some(_), _) => take(6),
        (None, _) if matches!(text.as_bytes().get(1), Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't')) => {
            take(2)
        }
        (None, _) => {
            out.push(NO_SIGN);
            behind(text, 1)
        }
    }
}

/// The number of a sign that is written as `\u` and four digits, or of half of one.
fn unit(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_hex.then(|| u32::from_str_radix(digits, 16).ok()).flatten()
}

/// Takes a number.
fn number<'t>(text: &'t str, out: &mut String) -> &'t str {
    let length =
        text.find(|c: char| !c.is_ascii_digit() && !matches!(c, '+' | '-' | '.' | 'e' | 'E')).unwrap_or(text.len());
    let written = text.get(..length).unwrap_or_default();
    let is_too_large = written.parse().is_ok_and(f64::is_infinite);
    out.push_str(if is_too_large { "null" } else { written });
    behind(text, length)
}

fn behind(text: &str, length: usize) -> &str {
    text.get(length..).unwrap_or_default()
}
