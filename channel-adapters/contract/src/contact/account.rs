//! Bank accounts by their international number, which two of its digits check.

use std::sync::LazyLock;

use regex::Regex;

/// How long the numbers of each country are.
const LENGTHS: &str = " ad24 ae23 al28 at20 ba20 be16 bg22 ch21 cy28 cz24 de22 dk18 ee20 es24 fi18 fo18 fr27 gb22 gi23 gl18 gr27 \
                       hr21 hu28 ie22 il23 is26 it27 li21 lt20 lu20 lv21 mc27 md24 me22 mk19 mt31 nl18 no15 pl28 pt25 ro24 rs22 \
                       sa24 se24 si19 sk24 sm27 tr26 ua29 xk20 ";
/// How one begins.
static START: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?i)\b[a-z]{2}\d{2}").ok());

/// Whether a text holds the number of an account.
pub(super) fn has_account(text: &str) -> bool {
    START.iter().flat_map(|start| start.find_iter(text)).any(|start| {
        let country = start.as_str().get(..2).unwrap_or_default().to_lowercase();
        let length: Option<usize> =
            LENGTHS.split_whitespace().find_map(|known| known.strip_prefix(country.as_str())?.parse().ok());
        length.is_some_and(|length| is_account(text.get(start.start()..).unwrap_or_default(), length))
    })
}

/// Whether a text begins with a right number of so many signs, in groups or as one.
fn is_account(text: &str, length: usize) -> bool {
    let mut signs = Vec::with_capacity(length);
    let mut rest = text.chars();
    while signs.len() < length {
        match rest.next() {
            Some(sign) if sign.is_ascii_alphanumeric() => signs.push(sign),
            Some(' ' | '-' | '\u{a0}') => {}
            _ => return false,
        }
    }
    // Words behind a short code are none.
    let is_number = signs.iter().filter(|sign| sign.is_ascii_digit()).count() * 2 >= length;
    is_number && rest.next().is_none_or(|sign| !sign.is_alphanumeric()) && is_checked(&signs)
}

/// The country and the check digits go to the end, letters count from ten on, and one is left of ninety-seven.
fn is_checked(signs: &[char]) -> bool {
    let (start, others) = signs.split_at(4.min(signs.len()));
    let left = others.iter().chain(start).try_fold(0_u32, |sum, sign| {
        let value = sign.to_digit(36)?;
        let shift = if value < 10 { 10 } else { 100 };
        Some((sum * shift + value) % 97)
    });
    left == Some(1)
}

#[cfg(test)]
mod tests {
    use super::has_account;

    #[test]
    fn accounts_are_known_by_their_check_digits() {
        for text in [
            "IBAN NO9386011117947",
            "de89 3704 0044 0532 0130 00.",
            "(GB29NWBK60161331926819)",
            "FR14-2004-1010-0505-0001-3M02-606 is ours",
        ] {
            assert!(has_account(text), "{text}");
        }
        for text in [
            "NO9386011117948",
            "IBAN is yours",
            "DE89 3704",
            "XX89 3704 0044 0532 0130 00",
            "NO93860111179471",
            "RR123456785DE",
            "",
        ] {
            assert!(!has_account(text), "{text}");
        }
    }
}
