//! Bytes to text: charset labels as mails really write them, and what to do when the label lies.

use encoding_rs::{EUC_JP, Encoding, ISO_2022_JP, SHIFT_JIS, UTF_8, WINDOWS_1252};
use mail_parser::decoders::charsets::map::charset_decoder;

/// Decodes `bytes` that claim to be in the charset `label`. Never fails: a wrong or unknown label falls back to what
/// the bytes look like.
pub(crate) fn decode(bytes: &[u8], label: Option<&str>) -> String {
    let label = label.map(clean).filter(|label| !label.is_empty());
    let Some(label) = label else { return guess(bytes, None) };
    if is_vague(&label) {
        return guess(bytes, None);
    }
    if let Some(encoding) = encoding_of(&label) {
        return decode_as(bytes, encoding);
    }
    match charset_decoder(label.as_bytes()) {
        Some(decoder) => decoder(bytes),
        None => guess(bytes, None),
    }
}

/// Decodes bytes without a label: UTF-8 if they are, else `hint`, else the most common single-byte charset.
pub(crate) fn guess(bytes: &[u8], hint: Option<&str>) -> String {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return if bytes.contains(&0x1b) && has_japanese_escape(bytes) {
            decode_as(bytes, ISO_2022_JP)
        } else {
            text.to_owned()
        };
    }
    let hinted = hint.map(clean).filter(|label| !is_vague(label)).and_then(|label| encoding_of(&label));
    if let Some(encoding) = hinted.filter(|encoding| *encoding != UTF_8) {
        return decode_as(bytes, encoding);
    }
    if is_nearly_utf8(bytes) { String::from_utf8_lossy(bytes).into_owned() } else { decode_as(bytes, WINDOWS_1252) }
}

/// Whether two labels mean the same charset, so that bytes of both may be joined before decoding.
pub(crate) fn same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
        || encoding_of(&clean(one)).is_some_and(|found| encoding_of(&clean(other)) == Some(found))
}

fn clean(label: &str) -> String {
    let label = label.trim_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ';' | ','));
    label.split('*').next().unwrap_or_default().to_ascii_lowercase()
}

/// Labels that say nothing about bytes above 127.
fn is_vague(label: &str) -> bool {
    matches!(
        label,
        "us-ascii"
            | "ascii"
            | "ansi_x3.4-1968"
            | "unknown"
            | "unknown-8bit"
            | "x-unknown"
            | "default"
            | "default_charset"
            | "8bit"
            | "binary"
            | "none"
            | "iso-8859-1"
            | "latin1"
            | "l1"
            | "iso8859-1"
    )
}

fn encoding_of(label: &str) -> Option<&'static Encoding> {
    let known = match label {
        "cp949" | "ms949" | "uhc" | "x-windows-949" => "euc-kr",
        "cp936" | "ms936" | "gb-2312" | "gb_2312" | "euc-cn" | "gb2312_charset" | "gb18030-2000" | "gb2312" | "gbk" => {
            "gb18030"
        }
        "cp932" | "x-ms-cp932" | "sjis" | "shift-jis" | "shift_jisx0213" => "shift_jis",
        "cp950" | "big-5" | "big5_hkscs" => "big5",
        "iso-2022-jp-ms" | "iso-2022-jp-1" | "iso-2022-jp-2" | "iso-2022-jp-3" | "cp50220" | "cp50221"
        | "iso2022jp" | "iso-2022jp" => "iso-2022-jp",
        "utf" | "utf8mb4" | "utf-8n" | "unicode" | "cp65001" | "utf-8_charset" => "utf-8",
        "win-1251" | "win1251" | "windows1251" => "windows-1251",
        "win-1252" | "windows1252" | "ansi" => "windows-1252",
        "win-1250" | "windows1250" => "windows-1250",
        _ => label,
    };
    // The standard turns the labels of some charsets that it refuses into "replacement": nothing would be readable.
    Encoding::for_label(known.as_bytes()).filter(|encoding| *encoding != encoding_rs::REPLACEMENT)
}

fn decode_as(bytes: &[u8], encoding: &'static Encoding) -> String {
    if encoding == UTF_8 {
        return match std::str::from_utf8(bytes) {
            Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text).to_owned(),
            Err(_) if is_nearly_utf8(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            Err(_) => WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned(),
        };
    }
    // Many Japanese writers say ISO-2022-JP, which has no bytes above 127, and mean something else.
    if encoding == ISO_2022_JP && !bytes.is_ascii() {
        for other in [UTF_8, SHIFT_JIS, EUC_JP] {
            if let Some(text) = other.decode_without_bom_handling_and_without_replacement(bytes) {
                return text.into_owned();
            }
        }
    }
    let (text, _, damaged) = encoding.decode(bytes);
    // Many writers label UTF-8 with the charset of their country.
    if (damaged || (encoding.is_single_byte() && !encoding_is_cyrillic(encoding)))
        && !bytes.is_ascii()
        && let Ok(utf8) = std::str::from_utf8(bytes)
    {
        return utf8.to_owned();
    }
    text.into_owned()
}

fn encoding_is_cyrillic(encoding: &'static Encoding) -> bool {
    matches!(encoding.name(), "KOI8-R" | "KOI8-U" | "windows-1251" | "IBM866")
}

fn has_japanese_escape(bytes: &[u8]) -> bool {
    bytes.windows(3).any(|three| matches!(three, [0x1b, b'$', b'B' | b'@'] | [0x1b, b'(', b'J' | b'I']))
}

/// Whether the bytes are UTF-8 with a few broken places (a cut, a stray byte) rather than another charset.
fn is_nearly_utf8(bytes: &[u8]) -> bool {
    let high = bytes.iter().filter(|byte| **byte >= 0x80).count();
    let broken: usize = bytes.utf8_chunks().map(|chunk| chunk.invalid().len()).sum();
    broken * 4 < high
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_mean_what_mails_mean_by_them() {
        assert_eq!(decode(b"\xb1\xe6\xb5\xbf", Some("ks_c_5601-1987")), "길동");
        assert_eq!(decode(b"\xc4\xe3\xba\xc3", Some("gb2312")), "你好");
        assert_eq!(decode(b"\x81\x30\x81\x30", Some("GB2312")), "\u{80}");
        assert_eq!(decode(b"\x1b$B-!\x1b(B", Some("iso-2022-jp")), "①");
        assert_eq!(decode(b"\x83c\x81[\x83\x8b", Some("iso-2022-jp")), "ツール");
        assert_eq!(decode(b"caf\xe9", Some("us-ascii")), "café");
        assert_eq!(decode("café".as_bytes(), Some("iso-8859-1")), "café");
        assert_eq!(decode(b"+AOk-", Some("utf-7")), "é");
        assert_eq!(decode(b"\xe9", Some("no-such-thing")), "é");
    }
}
