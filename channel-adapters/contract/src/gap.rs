//! A time in which a platform may have pushed nothing, and what is read back of it.

use std::fmt;
use std::time::Duration;

use time::OffsetDateTime;

/// The furthest that anything is read back: for so long it is known who was erased.
pub const FURTHEST: Duration = Duration::from_hours(24 * 30);

/// Since when something may be missing, and what of it the desk may have written itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Gap {
    /// Since when.
    pub since: OffsetDateTime,
    /// What the desk has handed to the platform, or is about to, without knowing yet under which ids it stands there.
    pub unsure: Vec<String>,
}

impl Gap {
    /// Whether words of the account may be such a message, or a piece of one: it would be there twice.
    pub fn may_be_ours(&self, words: &str) -> bool {
        let words = joined(words);
        self.unsure.iter().any(|text| joined(text).contains(&words))
    }
}

impl fmt::Debug for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gap").field("since", &self.since).field("unsure", &self.unsure.len()).finish()
    }
}

/// Words with one blank between them.
fn joined(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_ours_is_known_by_its_words_and_is_not_printed() {
        let unsure = vec!["It left today.\r\nIt comes  tomorrow. ".to_owned()];
        let gap = Gap { since: OffsetDateTime::UNIX_EPOCH, unsure };
        for ours in ["It left today. It comes tomorrow.", " It comes tomorrow.", ""] {
            assert!(gap.may_be_ours(ours), "{ours}");
        }
        assert!(!gap.may_be_ours("It left yesterday."));
        assert!(!Gap { unsure: Vec::new(), ..gap.clone() }.may_be_ours(""), "nothing is under way");
        assert!(!format!("{gap:?}").contains("today"));
    }
}
