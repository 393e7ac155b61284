//! What Amazon's answers mean for what was tried.

use std::time::Duration;

use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::http::{Answer, Effect, by_status};

use super::{AMAZON, wire};

/// Whether a call was refused for its access token: another one may pass.
pub(super) fn is_about_the_token(answer: &Answer) -> bool {
    let says_so = || wire::errors(&answer.body).iter().any(wire::Fault::is_about_the_token);
    answer.status == 401 || (answer.status == 403 && says_so())
}

/// Access that Amazon has just given and does not take.
pub(super) fn token_refused() -> ChannelFailure {
    let reason =
        "Amazon does not take the access that it has given. Connect the channel again; nothing is lost meanwhile.";
    ChannelFailure::Reconnect { reason: reason.to_owned() }
}

/// More calls than Amazon allows.
pub(super) fn too_many(after: Option<Duration>) -> ChannelFailure {
    let reason = "Amazon takes no more of these calls for the moment.".to_owned();
    ChannelFailure::Retry { class: FailureClass::Rate, after, reason }
}

/// What an answer that is no success means.
pub(super) fn of(answer: &Answer, effect: Effect, wait: Option<Duration>) -> ChannelFailure {
    let word = wire::errors(&answer.body).into_iter().map(|error| error.code).find(|code| !code.is_empty());
    let word = word.unwrap_or_else(|| answer.status.to_string());
    let refused = |class, words: &str| ChannelFailure::refused(class, format!("{words} ({word})."));
    match (answer.status, effect) {
        (429, _) => too_many(wait),
        (403, Effect::Writes) => refused(FailureClass::Policy, "Amazon does not allow this message for the order now"),
        (403, Effect::Reads) => {
            refused(FailureClass::Permission, "The application may not do this at Amazon: it lacks a role")
        }
        (404, _) => refused(FailureClass::Recipient, "Amazon does not know the order"),
        (415, _) => refused(FailureClass::Content, "Amazon does not take files of this type"),
        (400, _) => refused(FailureClass::Content, "Amazon does not take the message as it is"),
        _ => by_status(answer, effect, AMAZON),
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use reqwest::header::HeaderMap;

    use super::*;

    fn answer(status: u16, code: &str, details: &str) -> Answer {
        let body = serde_json::json!({ "errors": [null, { "code": code, "message": "x", "details": details }] });
        Answer { status, headers: HeaderMap::new(), retry_after: None, body: Bytes::from(body.to_string()) }
    }

    #[test]
    fn answers_say_what_to_do_next() {
        use FailureClass::{Content, Permission, Policy, Recipient};
        for (status, effect, class) in [
            (400, Effect::Writes, Content),
            (403, Effect::Writes, Policy),
            (403, Effect::Reads, Permission),
            (404, Effect::Reads, Recipient),
            (415, Effect::Writes, Content),
        ] {
            let failure = of(&answer(status, "InvalidInput", ""), effect, None);
            assert!(
                matches!(&failure, ChannelFailure::Refused { class: found, .. } if *found == class),
                "{status}: {failure:?}"
            );
            assert!(failure.to_string().contains("InvalidInput"));
        }
        let wait = Some(Duration::from_secs(1));
        assert_eq!(of(&answer(429, "QuotaExceeded", ""), Effect::Writes, wait), too_many(wait));
        assert!(matches!(of(&answer(503, "InternalFailure", ""), Effect::Reads, None), ChannelFailure::Retry { .. }));
        for status in [500, 502, 504] {
            let broken = of(&answer(status, "InternalFailure", ""), Effect::Writes, None);
            assert!(matches!(broken, ChannelFailure::Unknown { .. }), "nothing is said twice: {broken:?}");
        }
        let busy = of(&answer(503, "ServiceUnavailable", ""), Effect::Writes, None);
        assert!(matches!(busy, ChannelFailure::Retry { .. }), "it is said instead of doing it: {busy:?}");
        assert_eq!(of(&answer(413, "", ""), Effect::Writes, None).class(), Content);
    }

    #[test]
    fn a_token_and_a_missing_role_are_told_apart() {
        assert!(is_about_the_token(&answer(403, "Unauthorized", "The access token you provided has expired.")));
        assert!(is_about_the_token(&answer(401, "", "")));
        assert!(!is_about_the_token(&answer(403, "Unauthorized", "")));
        assert!(!is_about_the_token(&answer(400, "InvalidInput", "access token")));
    }
}
