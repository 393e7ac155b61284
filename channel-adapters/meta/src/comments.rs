//! Answers to public comments. The first goes to the comment itself and reaches its writer in private: one text within seven
//! days. Those after it go to the person whom Meta named as who got it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use channel_contract::outbound::Outbound;

/// What begins the id of a thread that is a public comment.
pub(crate) const COMMENT: &str = "comment:";
/// So many writers of comments are remembered.
const MOST: usize = 1_000;

/// Where a call goes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum To {
    /// To a comment, by its id.
    Comment(String),
    /// To a person, by their id.
    Person(String),
}

/// Who got the answers to comments, as far as this process knows it.
#[derive(Default)]
pub(crate) struct Readers(Mutex<HashMap<String, String>>);

impl Readers {
    /// Where a message goes.
    pub(crate) fn to(&self, message: &Outbound) -> To {
        let person = || To::Person(message.to.first().cloned().unwrap_or_default());
        let Some(comment) = comment_of(message.thread_id.as_deref()) else { return person() };
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(comment).cloned();
        match known {
            Some(reader) => To::Person(reader),
            None if is_answered(message, comment) => person(),
            None => To::Comment(comment.to_owned()),
        }
    }

    /// Notes who got the answer to a comment.
    pub(crate) fn note(&self, comment: String, reader: String) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(comment, reader);
    }
}

/// The comment that a thread is.
pub(crate) fn comment_of(thread_id: Option<&str>) -> Option<&str> {
    thread_id?.strip_prefix(COMMENT)
}

/// Whether something that is no comment follows the comment in its thread: that was the answer.
fn is_answered(message: &Outbound, comment: &str) -> bool {
    let bare = |id: &String| id.strip_prefix(COMMENT).unwrap_or(id).to_owned();
    let ids: Vec<String> = message.references.iter().map(bare).collect();
    let behind = ids.iter().position(|id| id == comment).map_or(0, |at| at + 1);
    // Only comments have ids of digits.
    let is_comment = |id: &&String| id.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    !ids.iter().skip(behind).all(|id| is_comment(&id))
}

#[cfg(test)]
mod tests {
    use channel_contract::outbound::Author;
    use time::OffsetDateTime;
    use uuid::Uuid;

    use super::*;

    fn message(thread_id: &str, references: &[&str]) -> Outbound {
        Outbound {
            command_id: Uuid::nil(),
            conversation_id: Uuid::nil(),
            to: vec!["9".to_owned()],
            to_name: String::new(),
            from_name: String::new(),
            subject: String::new(),
            text: "Hello".to_owned(),
            in_reply_to: None,
            references: references.iter().map(|&id| id.to_owned()).collect(),
            attachments: Vec::new(),
            choices: Vec::new(),
            template: None,
            thread_id: Some(thread_id.to_owned()),
            last_inbound_at: None,
            now: OffsetDateTime::UNIX_EPOCH,
            author: Author::Teammate,
        }
    }

    #[test]
    fn one_answer_goes_to_the_comment_and_those_after_it_to_the_person() {
        let readers = Readers::default();
        let to = |thread: &str, references: &[&str]| readers.to(&message(thread, references));
        let comment = To::Comment("17_4".to_owned());
        let person = To::Person("9".to_owned());
        for first in [&[][..], &["comment:17_4"], &["17_4"], &["m_old", "comment:17_4"], &["comment:17_4", "17_5"]] {
            assert_eq!(to("comment:17_4", first), comment, "{first:?}");
        }
        for later in [&["comment:17_4", "m_1"][..], &["m_1"], &["17_4", "17_5", "aWdfZAG1"]] {
            assert_eq!(to("comment:17_4", later), person, "{later:?}");
        }
        assert_eq!(to("P:9", &[]), person);
        readers.note("17_4".to_owned(), "77".to_owned());
        assert_eq!(to("comment:17_4", &[]), To::Person("77".to_owned()));
    }
}
