//! Texts that are kept while somebody writes them, and the state of one that a page goes on from.

use super::Ts;

/// A text as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct KeptText {
    /// The text.
    pub body: String,
    /// Its revision: when it was changed last.
    pub updated_at: Ts,
}

/// The state of a kept text that a page goes on from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// The page does not say: whatever is there gives way.
    Any,
    /// Nothing was kept when the page took it.
    Nothing,
    /// The text as it was at this revision.
    Revision(Ts),
}

impl Basis {
    /// As a page says it: the number of a revision, or nothing.
    pub fn of(said: Option<&str>) -> Self {
        match said {
            None => Self::Any,
            Some("") => Self::Nothing,
            // What is no number of ours is the revision of no text.
            Some(number) => Self::Revision(Ts(number.parse().unwrap_or(i64::MIN))),
        }
    }

    /// Whether the page goes on from what is there.
    pub fn is_still(self, revision: Option<Ts>) -> bool {
        match self {
            Self::Any => true,
            Self::Nothing => revision.is_none(),
            Self::Revision(taken) => revision == Some(taken),
        }
    }
}

/// What became of a text that a page wanted to have kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It is kept, under this revision; an empty one is forgotten.
    Stored(Option<Ts>),
    /// It was changed elsewhere meanwhile, and stays so: what is there. Nothing, where it was emptied or sent.
    Changed(Option<KeptText>),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_goes_on_from_the_revision_that_it_took() {
        assert_eq!(Basis::of(Some("7")), Basis::Revision(Ts(7)));
        let there = [None, Some(Ts(7)), Some(Ts(8))];
        let still = |said| there.map(|revision| Basis::of(said).is_still(revision));
        assert_eq!(still(None), [true, true, true]);
        assert_eq!(still(Some("")), [true, false, false]);
        assert_eq!(still(Some("7")), [false, true, false]);
        assert_eq!(still(Some("the last one")), [false, false, false]);
    }
}
