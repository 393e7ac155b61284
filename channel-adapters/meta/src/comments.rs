//! Answers to public comments. The first goes to the comment itself and reaches its writer in private: one text within seven
//! days. Its receipt says who that is, in the id of the thread, and what is sent after it goes to them. Pure.

use channel_contract::outbound::{Outbound, Receipt};

/// What begins the id of a thread that is a public comment; the comment follows, and then who got the answer to it.
pub(crate) const COMMENT: &str = "comment:";

/// Where a call goes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum To {
    /// To a comment, by its id.
    Comment(String),
    /// To a person, by their id.
    Person(String),
}

impl To {
    /// The receipt of what went there from an account, and was read by this person. They may answer in their own thread
    /// without naming what they answer.
    pub(crate) fn read_by(&self, account: &str, reader: &str, receipt: Receipt) -> Receipt {
        match self {
            Self::Comment(comment) if reader.is_empty() => receipt.in_thread(&format!("{COMMENT}{comment}:")),
            Self::Comment(comment) => {
                receipt.in_thread(&format!("{COMMENT}{comment}:{reader}")).in_thread(&private(account, reader))
            }
            Self::Person(_) => receipt,
        }
    }
}

/// Where a message goes. An answer whose receipt never came says nothing of who got it: then it is who wrote the comment.
pub(crate) fn to(message: &Outbound) -> To {
    let writer = || To::Person(message.to.first().cloned().unwrap_or_default());
    match comment_of(message.thread_id.as_deref()) {
        None => writer(),
        Some((_, Some(reader))) => To::Person(reader.to_owned()),
        Some((comment, None)) if is_answered(message, comment) => writer(),
        Some((comment, None)) => To::Comment(comment.to_owned()),
    }
}

/// Whether a thread is a public comment whose answer has not left yet.
pub(crate) fn is_open(thread_id: Option<&str>) -> bool {
    matches!(comment_of(thread_id), Some((_, None)))
}

/// Whether a thread is a public comment whose answer has left.
pub(crate) fn has_answer(thread_id: Option<&str>) -> bool {
    matches!(comment_of(thread_id), Some((_, Some(_))))
}

/// Who got the private answer that is in this thread.
pub(crate) fn reader_of(thread_id: &str) -> Option<&str> {
    comment_of(Some(thread_id))?.1
}

/// The thread of an account with a person.
pub(crate) fn private(account: &str, person: &str) -> String {
    format!("{account}:{person}")
}

/// Whether a message is a public comment, by its id: only these have ids of digits.
pub(crate) fn is_comment(id: &str) -> bool {
    bare(id).bytes().all(|byte| byte.is_ascii_digit() || byte == b'_')
}

/// The id of a comment as Meta gives it.
fn bare(id: &str) -> &str {
    id.strip_prefix(COMMENT).unwrap_or(id)
}

/// The comment that a thread is, and who got the answer to it.
fn comment_of(thread_id: Option<&str>) -> Option<(&str, Option<&str>)> {
    let comment = thread_id?.strip_prefix(COMMENT)?;
    Some(match comment.split_once(':') {
        Some((comment, reader)) => (comment, Some(reader).filter(|reader| !reader.is_empty())),
        None => (comment, None),
    })
}

/// Whether something that is no comment follows the comment in its thread: that was the answer.
fn is_answered(message: &Outbound, comment: &str) -> bool {
    let ids = &message.references;
    let behind = ids.iter().position(|id| bare(id) == comment).map_or(0, |at| at + 1);
    !ids.iter().skip(behind).all(|id| is_comment(id))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(thread_id: &str, references: &[&str]) -> Outbound {
        Outbound {
            to: vec!["9".to_owned()],
            text: "Hello".to_owned(),
            references: references.iter().map(|&id| id.to_owned()).collect(),
            thread_id: Some(thread_id.to_owned()),
            ..Outbound::empty()
        }
    }

    #[test]
    fn one_answer_goes_to_the_comment_and_those_after_it_to_the_person() {
        let to = |thread: &str, references: &[&str]| to(&message(thread, references));
        let comment = To::Comment("17_4".to_owned());
        let person = To::Person("9".to_owned());
        for first in [&[][..], &["comment:17_4"], &["17_4"], &["m_old", "comment:17_4"], &["comment:17_4", "17_5"]] {
            assert_eq!(to("comment:17_4", first), comment, "{first:?}");
        }
        for later in [&["comment:17_4", "m_1"][..], &["m_1"], &["17_4", "17_5", "aWdfZAG1"]] {
            assert_eq!(to("comment:17_4", later), person, "{later:?}");
        }
        assert_eq!(to("P:9", &[]), person);
        for references in [&[][..], &["comment:17_4", "m_1"]] {
            assert_eq!(to("comment:17_4:77", references), To::Person("77".to_owned()), "whom its receipt named");
        }
        assert_eq!(to("comment:17_4:", &[]), comment, "nobody is no reader");
        assert!(is_open(Some("comment:17_4")) && is_open(Some("comment:17_4:")));
        assert!(is_comment("comment:17_4") && is_comment("17_4") && !is_comment("m_1") && !is_comment("aWdfZAG1"));
        assert!(!is_open(Some("comment:17_4:77")) && !is_open(Some("P:9")) && !is_open(None));
        assert!(has_answer(Some("comment:17_4:77")));
        assert_eq!(reader_of("comment:17_4:77"), Some("77"));
        assert_eq!([reader_of("comment:17_4"), reader_of("comment:17_4:"), reader_of("P:9")], [None; 3]);
        assert!(!has_answer(Some("comment:17_4")) && !has_answer(Some("comment:17_4:")) && !has_answer(Some("P:9")));
    }
}
