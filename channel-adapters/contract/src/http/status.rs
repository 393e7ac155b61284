//! What the status of an answer means, where nothing in it says more.

use super::{Answer, Effect};
use crate::failure::{ChannelFailure, FailureClass};

/// The failure that an answer is by its status alone. `platform` names it in words for people.
///
/// A gateway answers 502 and 504 for a platform that it has handed the call on to, and 500 comes from somewhere inside: what
/// writes may have been done then. 503 is said instead of doing it.
pub fn by_status(answer: &Answer, effect: Effect, platform: &str) -> ChannelFailure {
    use FailureClass::{Content, Permission, Protocol, Rate, Temporary};
    let status = answer.status;
    let refused = |class, words: &str| ChannelFailure::refused(class, format!("{platform} {words} (error {status})."));
    let later = |class, words: &str| ChannelFailure::Retry {
        class,
        after: answer.retry_after,
        reason: format!("{platform} {words} (error {status})."),
    };
    match (status, effect) {
        (401, _) => ChannelFailure::Reconnect {
            reason: format!(
                "{platform} no longer takes the access to this account (error {status}). Connect it again; nothing is lost \
                 meanwhile."
            ),
        },
        (403, _) => refused(Permission, "does not let the access to this account do this"),
        (408 | 425 | 503, _) => later(Temporary, "is not available for the moment"),
        (413, _) => refused(Content, "takes nothing as large as this"),
        (429, _) => later(Rate, "takes no more calls for the moment"),
        (400..=499, _) => refused(Content, "does not take this as it is"),
        (500.., Effect::Writes) => ChannelFailure::Unknown {
            reason: format!(
                "{platform} had trouble with the message and may have taken it all the same (error {status})."
            ),
        },
        (500.., Effect::Reads) => later(Temporary, "has a moment of trouble"),
        (200..=299, Effect::Writes) => ChannelFailure::unclear(platform),
        (200..=299, Effect::Reads) => ChannelFailure::unreadable(platform),
        _ => later(Protocol, "answered something that is not documented"),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;
    use reqwest::header::HeaderMap;

    use super::*;

    fn failure(status: u16, effect: Effect) -> ChannelFailure {
        let retry_after = Some(Duration::from_secs(7));
        by_status(
            &Answer { status, headers: HeaderMap::new(), retry_after, body: Bytes::new() },
            effect,
            "The platform",
        )
    }

    #[test]
    fn a_message_that_may_have_been_taken_is_never_sent_again_by_itself() {
        for status in [200, 204, 500, 501, 502, 504, 520, 599] {
            let written = failure(status, Effect::Writes);
            assert!(matches!(written, ChannelFailure::Unknown { .. }), "{status}: {written:?}");
            let read = failure(status, Effect::Reads);
            assert!(matches!(read, ChannelFailure::Retry { .. }), "{status}: {read:?}");
        }
    }

    #[test]
    fn what_was_not_done_is_tried_again_refused_or_needs_a_person() {
        use FailureClass::{Content, Permission, Protocol, Rate, Temporary};
        for effect in [Effect::Reads, Effect::Writes] {
            for (status, class) in [(408, Temporary), (503, Temporary), (429, Rate), (302, Protocol), (100, Protocol)] {
                let found = failure(status, effect);
                let waits = matches!(found, ChannelFailure::Retry { after: Some(_), .. });
                assert!(waits && found.class() == class, "{status}: {found:?}");
            }
            for (status, class) in [(400, Content), (404, Content), (413, Content), (403, Permission)] {
                let found = failure(status, effect);
                assert!(
                    matches!(found, ChannelFailure::Refused { .. }) && found.class() == class,
                    "{status}: {found:?}"
                );
            }
            assert!(matches!(failure(401, effect), ChannelFailure::Reconnect { .. }));
        }
    }
}
