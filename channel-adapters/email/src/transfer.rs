//! Transfer encodings of parts: base64, quoted-printable and uuencode, read with patience.

/// How the bytes of a part are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) enum Transfer {
    /// As they are.
    #[default]
    Plain,
    /// Base64.
    Base64,
    /// Quoted-printable.
    QuotedPrintable,
    /// The old Unix form.
    Uuencode,
}

impl Transfer {
    /// Reads the value of Content-Transfer-Encoding.
    pub(crate) fn from_name(name: &str) -> Self {
        let name = name.trim_matches(|c: char| c.is_whitespace() || matches!(c, '"' | ';')).to_ascii_lowercase();
        if name.starts_with("base64") || name == "base-64" || name == "b" {
            Self::Base64
        } else if name.starts_with("quoted-printable") || name.starts_with("quoted printable") || name == "qp" {
            Self::QuotedPrintable
        } else if matches!(name.as_str(), "x-uuencode" | "uuencode" | "x-uue" | "uue") {
            Self::Uuencode
        } else {
            Self::Plain
        }
    }

    /// The decoded bytes.
    pub(crate) fn decode(self, raw: &[u8]) -> Vec<u8> {
        match self {
            Self::Plain => raw.to_vec(),
            Self::Base64 => base64(raw),
            Self::QuotedPrintable => quoted_printable(raw, false),
            Self::Uuencode => uuencode(raw),
        }
    }
}

/// Decodes base64. What is not of the alphabet is skipped; padding in the middle ends a piece, not the data.
pub(crate) fn base64(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len() / 4 * 3 + 3);
    let mut gathered: u32 = 0;
    let mut bits = 0_u32;
    for &byte in raw {
        let Some(&value) = BASE64.get(usize::from(byte)) else { continue };
        if value == SKIP {
            if byte == b'=' {
                bits = 0;
            }
            continue;
        }
        gathered = (gathered << 6) | u32::from(value);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push(u8::try_from((gathered >> bits) & 0xff).unwrap_or_default());
        }
    }
    out
}

/// Whether `raw` can be base64 at all, or is text that was labelled so by mistake.
pub(crate) fn looks_like_base64(raw: &[u8]) -> bool {
    let strange = raw
        .iter()
        .filter(|byte| !matches!(byte, b'\r' | b'\n' | b'\t' | b'=') && BASE64.get(usize::from(**byte)) == Some(&SKIP))
        .count();
    strange * 20 <= raw.len()
}

const SKIP: u8 = 0xff;
const BASE64: [u8; 256] = base64_table();

#[expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "evaluated by the compiler"
)]
const fn base64_table() -> [u8; 256] {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut table = [SKIP; 256];
    let mut at = 0;
    while at < alphabet.len() {
        table[alphabet[at] as usize] = at as u8;
        at += 1;
    }
    table
}

/// Decodes quoted-printable; in a header word (`word`) an underscore is a space. A broken escape stays as it stands.
pub(crate) fn quoted_printable(raw: &[u8], word: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        match byte {
            b'_' if word => out.push(b' '),
            b'=' => {
                if let [high, low, after @ ..] = tail
                    && let (Some(high), Some(low)) = (hex(*high), hex(*low))
                {
                    out.push(high * 16 + low);
                    rest = after;
                } else if let Some(after) = soft_break(tail) {
                    rest = after;
                } else {
                    out.push(byte);
                }
            }
            _ => out.push(byte),
        }
    }
    out
}

/// What follows a soft line break (`=` at the end of a line, blanks behind it allowed).
fn soft_break(tail: &[u8]) -> Option<&[u8]> {
    let blanks = tail.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r')).count();
    let rest = tail.get(blanks..)?;
    match rest.split_first() {
        Some((b'\n', after)) => Some(after),
        None => Some(rest),
        Some(_) => None,
    }
}

pub(crate) fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

fn uuencode(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len() / 4 * 3);
    for line in raw.split(|&byte| byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.starts_with(b"begin ") || line == b"end" {
            continue;
        }
        let Some((&count, body)) = line.split_first() else { continue };
        let wanted = usize::from(count.wrapping_sub(32) & 63);
        let mut bytes = Vec::with_capacity(wanted + 3);
        for four in body.chunks(4) {
            let value = four.iter().fold(0_u32, |sum, byte| (sum << 6) | u32::from(byte.wrapping_sub(32) & 63));
            let value = value << (6 * (4 - u32::try_from(four.len()).unwrap_or(4)));
            bytes.extend(value.to_be_bytes().iter().skip(1));
        }
        bytes.truncate(wanted);
        out.append(&mut bytes);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_survives_line_breaks_padding_in_the_middle_and_a_missing_end() {
        assert_eq!(base64(b"aGVs\r\nbG8="), b"hello");
        assert_eq!(base64(b"aGU=bGxv"), b"hello");
        assert_eq!(base64(b"aGVsbG8"), b"hello");
        assert!(!looks_like_base64("Dies ist kein base64: äöü!".as_bytes()));
    }

    #[test]
    fn quoted_printable_keeps_broken_escapes() {
        assert_eq!(quoted_printable(b"a=20b=\r\nc=ZZ=", false), b"a bc=ZZ");
        assert_eq!(quoted_printable(b"a_b=5F", true), b"a b_");
    }

    #[test]
    fn uuencode_is_read() {
        assert_eq!(uuencode(b"begin 644 a.txt\n#0V%T\n`\nend\n"), b"Cat");
    }
}
