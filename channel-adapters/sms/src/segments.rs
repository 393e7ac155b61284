//! In how many parts a text is sent. Phones take 140 bytes at a time: 160 signs of an alphabet of their own, or 70 of any
//! other; where there are several, each part gives up a little to be put together again.

/// The signs that take seven bits.
const PLAIN: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§\
                     ¿abcdefghijklmnopqrstuvwxyzäöñüà";
/// The signs that take twice as much.
const DOUBLE: &str = "\u{c}^{}\\[~]|€";

/// How a text is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segments {
    /// In how many parts.
    pub count: usize,
    /// Whether it holds a sign that makes each part shorter.
    pub is_wide: bool,
}

/// The parts of a text.
pub fn of(text: &str) -> Segments {
    let is_wide = text.chars().any(|sign| narrow(sign).is_none());
    let width = |sign: char| if is_wide { sign.len_utf16() } else { narrow(sign).unwrap_or(1) };
    let (alone, together) = if is_wide { (70, 67) } else { (160, 153) };
    if text.chars().map(width).sum::<usize>() <= alone {
        return Segments { count: usize::from(!text.is_empty()), is_wide };
    }
    let (mut count, mut used) = (1, 0);
    for width in text.chars().map(width) {
        // No sign is torn between two parts.
        if used + width > together {
            count += 1;
            used = 0;
        }
        used += width;
    }
    Segments { count, is_wide }
}

fn narrow(sign: char) -> Option<usize> {
    if PLAIN.contains(sign) {
        Some(1)
    } else if DOUBLE.contains(sign) {
        Some(2)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_counted_as_phones_take_them() {
        for (text, count, is_wide) in [
            ("", 0, false),
            ("Hello", 1, false),
            ("x".repeat(160).as_str(), 1, false),
            ("x".repeat(161).as_str(), 2, false),
            ("x".repeat(306).as_str(), 2, false),
            ("x".repeat(307).as_str(), 3, false),
            ("€".repeat(80).as_str(), 1, false),
            ("€".repeat(81).as_str(), 2, false),
            // 153 is odd: the last place of a part stays empty.
            ("€".repeat(153).as_str(), 3, false),
            ("Grüße, où ça?", 1, true),
            ("ç".repeat(70).as_str(), 1, true),
            ("ç".repeat(71).as_str(), 2, true),
            ("🧥".repeat(35).as_str(), 1, true),
            ("🧥".repeat(36).as_str(), 2, true),
            ("🧥".repeat(67).as_str(), 3, true),
        ] {
            assert_eq!(of(text), Segments { count, is_wide }, "{text}");
        }
    }
}
