//! Encoded words in headers (RFC 2047), as they are really written: cut in the middle of a character, without blanks
//! between them, inside quotes, with raw 8-bit text around.

use crate::charset;
use crate::transfer;

/// An encoded word: its charset and its bytes.
struct Word<'a> {
    charset: &'a str,
    bytes: Vec<u8>,
}

/// Decodes a whole unstructured header value (already unfolded). `hint` is the charset of the mail's body, used for
/// raw 8-bit text.
pub(crate) fn decode(value: &[u8], hint: Option<&str>) -> String {
    let text = charset::guess(value, hint);
    if text.contains("=?") { decode_text(&text) } else { text }
}

/// Decodes the encoded words in text.
pub(crate) fn decode_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut pending: Option<Word<'_>> = None;
    let mut rest = text;
    while let Some(at) = rest.find("=?") {
        let (before, from) = rest.split_at(at);
        let Some((word, after)) = read_word(from) else {
            flush(&mut pending, &mut out);
            let (kept, tail) = from.split_at(2);
            out.push_str(before);
            out.push_str(kept);
            rest = tail;
            continue;
        };
        let blank = before.bytes().all(|byte| byte.is_ascii_whitespace());
        match &mut pending {
            // Words of one charset are joined as bytes: a character may be cut between them.
            Some(open) if blank && charset::same(open.charset, word.charset) => {
                open.bytes.extend_from_slice(&word.bytes);
            }
            _ => {
                let joined = blank && pending.is_some();
                flush(&mut pending, &mut out);
                if !joined {
                    out.push_str(before);
                }
                pending = Some(word);
            }
        }
        rest = after;
    }
    flush(&mut pending, &mut out);
    out.push_str(rest);
    out
}

fn flush(pending: &mut Option<Word<'_>>, out: &mut String) {
    if let Some(word) = pending.take() {
        out.push_str(&charset::decode(&word.bytes, Some(word.charset)));
    }
}

/// Reads `=?charset?Q or B?text?=` at the start of `from`.
fn read_word(from: &str) -> Option<(Word<'_>, &str)> {
    let body = from.strip_prefix("=?")?;
    let (charset, rest) = body.split_once('?')?;
    let proper = !charset.is_empty() && charset.len() <= 60 && charset.bytes().all(|byte| byte.is_ascii_graphic());
    let (kind, rest) = rest.split_once('?').filter(|(kind, _)| proper && kind.len() == 1)?;
    let (coded, after) = split_end(rest, kind)?;
    let bytes = match kind {
        "b" | "B" => transfer::base64(coded.as_bytes()),
        "q" | "Q" => transfer::quoted_printable(coded.as_bytes(), true),
        _ => return None,
    };
    Some((Word { charset, bytes }, after))
}

/// Splits at `?=`. A Q word may hold a raw `?`, and `?=` may be a raw question mark before an escape (`?=3D`).
fn split_end<'a>(rest: &'a str, kind: &str) -> Option<(&'a str, &'a str)> {
    let mut from = 0;
    loop {
        let at = from + rest.get(from..)?.find("?=")?;
        let after = rest.get(at + 2..).unwrap_or_default();
        let escape = kind.eq_ignore_ascii_case("q")
            && after.bytes().take(2).count() == 2
            && after.bytes().take(2).all(|byte| transfer::hex(byte).is_some())
            && after.find("?=").is_some_and(|end| after.find("=?").is_none_or(|next| end <= next));
        if !escape {
            return Some((rest.get(..at)?, after));
        }
        from = at + 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_cut_inside_a_character_are_joined() {
        assert_eq!(decode(b"=?utf-8?Q?caf=C3?= =?utf-8?Q?=A9?= bar", None), "café bar");
        assert_eq!(decode(b"=?UTF-8?B?w6Q=?=\t=?utf-8?B?w7Y=?=", None), "äö");
    }

    #[test]
    fn odd_words_are_read() {
        assert_eq!(decode(b"Re: =?iso-8859-1*de?Q?gr=FC=DFe?=x", None), "Re: grüßex");
        assert_eq!(decode(b"=?utf-8?Q?a b?=", None), "a b");
        assert_eq!(decode(b"=?utf-8?Q?what?=3D?=", None), "what?=");
        assert_eq!(decode(b"=?utf-8?X?a?= =? =?=", None), "=?utf-8?X?a?= =? =?=");
        assert_eq!(decode(b"gr\xfc\xdfe", None), "grüße");
    }
}
