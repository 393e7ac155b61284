//! What eBay's refusals mean. Its words are not passed on: they may quote what was sent.

use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::http::{Answer, Effect, by_status};
use channel_contract::wire::{list, text};
use serde_json::Value;

/// The platform in words for people.
pub(crate) const WHO: &str = "eBay";

/// The numbers of the errors in an answer. Two of eBay's interfaces write them in two ways.
pub(crate) fn numbers(answer: &Answer) -> Vec<String> {
    let document: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let within = document.get("errorMessage").unwrap_or(&Value::Null);
    let errors = list(&document, "errors").iter().chain(list(&document, "error")).chain(list(within, "error"));
    errors.map(|error| text(error, &["errorId"])).filter(|number| !number.is_empty()).collect()
}

/// The failure that an answer without success is.
pub(crate) fn of(answer: &Answer, effect: Effect) -> ChannelFailure {
    let numbers = numbers(answer);
    let number = numbers.first().map(String::as_str).unwrap_or_default();
    let said = if number.is_empty() { answer.status.to_string() } else { format!("error {number}") };
    let refused = |class, words: &str| ChannelFailure::refused(class, format!("{words} ({WHO}: {said})."));
    match (answer.status, number) {
        (401, _) => reconnect(&format!("{WHO} takes the access to this account no longer ({said})")),
        (403, "1100") => reconnect(&format!("The seller has not allowed the desk to do this ({WHO}: {said})")),
        (429, _) | (_, "2001") => {
            let reason = format!("{WHO} takes no more calls for now ({said}).");
            ChannelFailure::Retry { class: FailureClass::Rate, after: answer.retry_after, reason }
        }
        (_, "355006" | "355007" | "355018") | (404, _) => {
            refused(FailureClass::Recipient, "There is no such user or conversation any more")
        }
        (403, _) => refused(FailureClass::Permission, "The account may not do this"),
        (_, "355010") => refused(FailureClass::Content, "The message has too many files"),
        (_, "355011" | "355012" | "355014") => refused(FailureClass::Content, "A file of the message was not taken"),
        (_, "355013") => refused(FailureClass::Content, "The text is too long"),
        (_, "355015") => refused(FailureClass::Content, "The message is empty"),
        (_, "355020") => refused(FailureClass::Content, "There is no such listing any more"),
        (400, known) if !known.is_empty() => refused(FailureClass::Content, "The message was not taken"),
        _ => by_status(answer, effect, WHO),
    }
}

fn reconnect(words: &str) -> ChannelFailure {
    ChannelFailure::Reconnect { reason: format!("{words}. Connect the channel again; nothing is lost meanwhile.") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        Answer {
            status,
            headers: reqwest::header::HeaderMap::default(),
            retry_after: None,
            body: bytes::Bytes::copy_from_slice(body.as_bytes()),
        }
    }

    fn error(number: u32) -> String {
        format!(r#"{{"errors":[{{"errorId":{number},"message":"ann wrote: my secret wish"}}]}}"#)
    }

    #[test]
    fn each_refusal_says_what_to_do_and_repeats_nothing() {
        use FailureClass::{Content, Permission, Rate, Recipient, Temporary};
        for (status, body, class) in [
            (400, error(355_006), Recipient),
            (400, error(355_007), Recipient),
            (404, String::new(), Recipient),
            (400, error(355_013), Content),
            (400, error(355_014), Content),
            (400, "<html>".to_owned(), Content),
            (403, error(1_003), Permission),
            (429, String::new(), Rate),
            (400, error(2_001), Rate),
            (503, String::new(), Temporary),
            (500, error(335_000), Temporary),
        ] {
            let failure = of(&answer(status, &body), Effect::Writes);
            assert_eq!(failure.class(), class, "{status} {body}");
            assert!(!failure.to_string().contains("wish"), "{failure}");
        }
    }

    #[test]
    fn a_lost_grant_needs_a_person_and_a_doubtful_answer_a_question() {
        for (status, body) in [(401, error(1_001)), (403, error(1_100))] {
            let failure = of(&answer(status, &body), Effect::Writes);
            assert!(matches!(failure, ChannelFailure::Reconnect { .. }), "{failure:?}");
        }
        for status in [500, 502, 504] {
            let doubtful = of(&answer(status, &error(335_000)), Effect::Writes);
            assert!(matches!(doubtful, ChannelFailure::Unknown { .. }), "{doubtful:?}");
        }
        let read = of(&answer(500, &error(335_000)), Effect::Reads);
        assert!(matches!(read, ChannelFailure::Retry { .. }), "{read:?}");
    }

    #[test]
    fn both_ways_of_writing_errors_are_read() {
        let of = |body: &str| numbers(&answer(400, body));
        assert_eq!(of(r#"{"error":[{"errorId":2001}]}"#), ["2001"]);
        assert_eq!(of(r#"{"errorMessage":{"error":[{"errorId":"1616"},null]}}"#), ["1616"]);
        assert!(of("[]").is_empty() && of("").is_empty());
    }
}
