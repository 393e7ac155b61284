//! Signs that nobody sees.

/// Signs that leave nothing on a page, beside blanks and controls: zero widths, directions, fillers and what only shapes the
/// sign before it.
pub fn is_unseen(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Whether nobody would see anything of a text.
pub fn shows_nothing(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || c.is_control() || is_unseen(c))
}

#[cfg(test)]
mod tests {
    use super::shows_nothing;

    #[test]
    fn signs_that_nobody_sees_are_no_text() {
        for text in ["", " \n", "\0", "\u{200b}\u{2060}", "\u{feff} \u{ad}", "\u{3164}"] {
            assert!(shows_nothing(text), "{text:?}");
        }
        for text in ["\u{200b}.", "👩\u{200d}👧", "❤\u{fe0f}", "1"] {
            assert!(!shows_nothing(text), "{text:?}");
        }
    }
}
