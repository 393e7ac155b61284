//! What Telegram's refusals mean for a message and for the connection.

use std::time::Duration;

use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::http::{self, Answer, Effect, LONGEST_HINT};

use crate::wire::Reply;

/// How Telegram is named in words for people.
pub(crate) const PLATFORM: &str = "Telegram";

/// What Telegram says, in part, of pictures that it shows as files only.
const NO_PICTURE: [&str; 4] =
    ["PHOTO_INVALID_DIMENSIONS", "PHOTO_SAVE_FILE_INVALID", "IMAGE_PROCESS_FAILED", "PHOTO_EXT_INVALID"];

/// Whether a refusal is about a picture that may still be sent as a file.
pub(crate) fn is_about_a_picture(reply: &Reply) -> bool {
    NO_PICTURE.iter().any(|words| reply.description.as_str().contains(words))
}

/// What to do about a call that was not done.
pub(crate) fn of(answer: &Answer, reply: &Reply, effect: Effect) -> ChannelFailure {
    use FailureClass::{Content, Permission, Policy, Rate, Recipient};
    let said = reply.description.as_str().to_lowercase();
    let says = |parts: &[&str]| parts.iter().any(|part| said.contains(part));
    let refused = ChannelFailure::refused;
    match reply.error_code.0.unwrap_or(answer.status) {
        // A token that never was one is answered as if there were no such method.
        401 | 404 => ChannelFailure::Reconnect {
            reason: "Telegram refused the token of the bot. Connect the bot again.".to_owned(),
        },
        429 => {
            let hint = reply.parameters.get().and_then(|parameters| parameters.retry_after.0).map(Duration::from_secs);
            let after = hint.map(|wait| wait.min(LONGEST_HINT)).or(answer.retry_after);
            ChannelFailure::Retry {
                class: Rate,
                after,
                reason: "Telegram takes no more messages for the moment.".to_owned(),
            }
        }
        403 if says(&["can't initiate"]) => {
            refused(Policy, "On Telegram the customer writes first, and this one has not written to the bot.")
        }
        403 if says(&["deactivated", "deleted"]) => refused(Recipient, "The customer has left Telegram."),
        403 => refused(Recipient, "The customer has blocked the bot on Telegram. Try another channel."),
        400 if says(&["chat not found", "user not found", "peer_id_invalid", "chat_id is empty"]) => {
            refused(Recipient, "Telegram knows no chat of the bot with this customer.")
        }
        400 if says(&["business_connection", "not enough rights", "write_forbidden"]) => {
            refused(Permission, "The business account on Telegram does not let the bot answer for it.")
        }
        400 if says(&["file_id", "temporarily unavailable"]) => refused(Content, "Telegram no longer has the file."),
        400 if says(&["too long", "too_long"]) => refused(Content, "The text is too long for Telegram."),
        400 if says(&["non-empty", "is empty"]) => refused(Content, "Telegram takes no empty texts and files."),
        413 => refused(Content, "The files are too large for Telegram."),
        400 if says(&["too big", "too large"]) => refused(Content, "The file is too large for Telegram."),
        status => http::by_status(&Answer { status, ..answer.clone() }, effect, PLATFORM),
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use reqwest::header::HeaderMap;

    use super::*;

    fn failure(status: u16, description: &str, retry_after: Option<u64>, effect: Effect) -> ChannelFailure {
        let answer = Answer { status, headers: HeaderMap::new(), retry_after: None, body: Bytes::new() };
        let reply = serde_json::json!({
            "ok": false, "error_code": status, "description": description, "parameters": { "retry_after": retry_after }
        });
        of(&answer, &serde_json::from_value(reply).unwrap(), effect)
    }

    #[test]
    fn a_refusal_has_its_class() {
        use FailureClass::{Auth, Content, Permission, Policy, Recipient, Temporary};
        for (status, description, class) in [
            (401, "Unauthorized", Auth),
            (404, "Not Found", Auth),
            (403, "Forbidden: bot was blocked by the user", Recipient),
            (403, "Forbidden: user is deactivated", Recipient),
            (403, "Forbidden: bot can't initiate conversation with a user", Policy),
            (400, "Bad Request: chat not found", Recipient),
            (400, "Bad Request: BUSINESS_CONNECTION_INVALID", Permission),
            (400, "Bad Request: message is too long", Content),
            (400, "Bad Request: message text is empty", Content),
            (400, "Bad Request: file must be non-empty", Content),
            (400, "Bad Request: wrong file_id or the file is temporarily unavailable", Content),
            (400, "Bad Request: file is too big", Content),
            (413, "Request Entity Too Large", Content),
            (400, "Bad Request: BUTTON_DATA_INVALID", Content),
            (502, "Bad Gateway", Temporary),
        ] {
            assert_eq!(failure(status, description, None, Effect::Writes).class(), class, "{description}");
        }
    }

    #[test]
    fn a_wait_is_kept_and_bounded() {
        for (told, after) in
            [(Some(7), Some(Duration::from_secs(7))), (Some(u64::MAX), Some(LONGEST_HINT)), (None, None)]
        {
            let limited = failure(429, "Too Many Requests: retry after 7", told, Effect::Writes);
            let ChannelFailure::Retry { class: FailureClass::Rate, after: found, .. } = limited else {
                panic!("{limited:?}")
            };
            assert_eq!(found, after);
        }
    }

    #[test]
    fn trouble_inside_leaves_open_what_a_write_has_done() {
        for (status, words) in [(500, "Internal Server Error"), (502, "Bad Gateway"), (504, "Gateway Timeout")] {
            let written = failure(status, words, None, Effect::Writes);
            assert!(matches!(written, ChannelFailure::Unknown { .. }), "{written:?}");
            let read = failure(status, words, None, Effect::Reads);
            assert!(matches!(read, ChannelFailure::Retry { .. }), "{read:?}");
        }
        let down = failure(503, "Service Unavailable", None, Effect::Writes);
        assert!(matches!(down, ChannelFailure::Retry { .. }), "{down:?}");
    }

    #[test]
    fn only_some_refusals_are_about_pictures() {
        let about = |description: &str| {
            let reply = serde_json::json!({ "description": description });
            is_about_a_picture(&serde_json::from_value(reply).unwrap())
        };
        assert!(about("Bad Request: PHOTO_INVALID_DIMENSIONS"));
        assert!(!about("Bad Request: chat not found"));
    }
}
