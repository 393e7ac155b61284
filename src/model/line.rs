//! Words from outside in a line among ours.

/// Whether a character turns the direction of what stands behind it, our own words too: embeddings, overrides, isolates
/// and their ends.
fn turns(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The words without such characters. They go on reading in their own direction, which their letters tell.
pub fn straight(words: &str) -> String {
    words.chars().filter(|c| !turns(*c)).collect()
}

#[cfg(test)]
mod tests {
    use super::straight;

    #[test]
    fn nothing_turns_the_words_behind_it() {
        assert_eq!(straight("in\u{202e}voice\u{202c} \u{2066}1\u{2069}"), "invoice 1");
        assert_eq!(straight("שלום\u{200f} 1001"), "שלום\u{200f} 1001");
    }
}
