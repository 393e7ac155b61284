//! The mark by which what an action made is known again: a short name of its key, in a note that the shop's people see too.
//! Pure.

use channel_contract::wire::short_name;

/// The most characters of a note on a line of a return.
const LONGEST_NOTE: usize = 255;

/// The mark of a key: letters, digits and hyphens, at most 40 characters, so that it fits a tag and a name of a field.
pub(crate) fn mark(key: &str) -> String {
    format!("desk-{}", short_name(key.as_bytes()))
}

/// Words with the mark behind them.
pub(crate) fn noted(words: &str, key: &str) -> String {
    let mark = mark(key);
    let room = LONGEST_NOTE.saturating_sub(mark.len() + 3);
    let words: String = words.trim().chars().take(room).collect();
    if words.is_empty() { format!("[{mark}]") } else { format!("{words} [{mark}]") }
}

/// Whether a note bears the mark of a key.
pub(crate) fn bears(note: &str, key: &str) -> bool {
    note.contains(&mark(key))
}

/// The words of a note without the mark behind them.
pub(crate) fn words(note: &str) -> &str {
    match note.rfind("[desk-") {
        Some(at) if note.trim_end().ends_with(']') => note.split_at(at).0.trim(),
        _ => note.trim(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_bears_its_key_and_shows_only_words() {
        let note = noted("One cup broke.", "key-1");
        assert!(bears(&note, "key-1") && !bears(&note, "key-2"));
        assert_eq!(words(&note), "One cup broke.");
        assert_eq!(words(&noted(" ", "key-1")), "");
        assert_eq!(words("Written by hand [see mail]"), "Written by hand [see mail]");
    }

    #[test]
    fn a_mark_fits_wherever_it_is_put() {
        let long = "k".repeat(255);
        assert!(
            mark(&long).len() <= 40 && mark(&long).bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        );
        let note = noted(&"ü".repeat(400), &long);
        assert!(note.chars().count() <= LONGEST_NOTE && bears(&note, &long));
    }
}
