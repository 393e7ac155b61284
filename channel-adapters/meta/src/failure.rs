//! What Meta's failures mean for what to do next. Pure.

use std::time::Duration;

use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::http::{Answer, Effect, by_status};
use channel_contract::hub;
use channel_contract::wire::{Maybe, Word};
use serde::Deserialize;

use crate::settings::MetaSettings;

/// The number by which Meta says that an account may not send, whatever its access.
const BLOCKED: i64 = 368;
/// How long a page rests that may not send for a while.
const BARRED: Duration = Duration::from_hours(1);

/// The body of a refusal.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Body {
    error: Maybe<Told>,
}

/// What it tells; each part may be missing, or have another form.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Told {
    code: Word,
    error_subcode: Word,
    is_transient: Maybe<bool>,
}

/// The same in numbers, 0 where there is none.
#[derive(Clone, Copy, Default)]
struct Numbers {
    code: i64,
    subcode: i64,
    is_transient: bool,
}

impl Numbers {
    fn of(answer: &Answer) -> Self {
        let told = serde_json::from_slice::<Body>(&answer.body).unwrap_or_default().error.0.unwrap_or_default();
        let number = |word: &Word| word.as_str().parse().unwrap_or_default();
        Self {
            code: number(&told.code),
            subcode: number(&told.error_subcode),
            is_transient: told.is_transient.is_set(),
        }
    }
}

/// The failure that an answer without success is.
pub(crate) fn of(answer: &Answer, effect: Effect, settings: &MetaSettings) -> ChannelFailure {
    let name = settings.network.name();
    let numbers = Numbers::of(answer);
    let refused = |class, words: &str| ChannelFailure::refused(class, format!("{words} ({})", label(answer, numbers)));
    let retry = |class, after, words: &str| ChannelFailure::Retry {
        class,
        after,
        reason: format!("{words} ({})", label(answer, numbers)),
    };
    let Numbers { code, subcode, is_transient } = numbers;
    if answer.leaves_doubt(effect) {
        return by_status(answer, effect, name);
    }
    match (code, subcode) {
        (102 | 190, _) => lost_access(name),
        (10, 2_018_278 | 2_018_065 | 2_534_022) => refused(
            FailureClass::Window,
            &format!("{name} takes no reply this long after the customer's last message."),
        ),
        (10, 1_893_063) => {
            let words = "Meta bars the page from sending for a while. Look into the page's support inbox at Meta.";
            retry(FailureClass::Policy, Some(BARRED), words)
        }
        (10, 2_018_300) => refused(FailureClass::Policy, "Another program answers in this conversation at the moment."),
        (10, 2_018_108) | (100, 2_018_001) | (200, 1_545_041) | (551, _) => refused(
            FailureClass::Recipient,
            &format!("{name} cannot reach this person: blocked, gone, or never there."),
        ),
        (100, number) if settings.subcodes.file_too_large.contains(&number) => {
            refused(FailureClass::Content, &format!("The file is too large for {name}."))
        }
        (100, number) if settings.subcodes.upload_failed.contains(&number) => {
            retry(FailureClass::Temporary, None, "The file did not reach Meta whole.")
        }
        (100, 33) => {
            refused(FailureClass::Permission, "Meta does not know this account, or the access may not use it.")
        }
        (100, _) => refused(FailureClass::Content, &format!("{name} does not take the message in this form.")),
        (10 | 200..=299, _) => refused(FailureClass::Permission, "The access may not do this at Meta."),
        (BLOCKED, _) => {
            let words = "Meta has blocked the account for breaking its rules. Put it right there first.";
            ChannelFailure::Reconnect { reason: format!("{words} ({})", label(answer, numbers)) }
        }
        (4 | 17 | 32 | 613 | 80_001 | 80_002 | 80_006, _) => {
            let after = answer.retry_after.max(hub::regained(answer));
            retry(FailureClass::Rate, after, "Meta takes no more calls for now.")
        }
        (1 | 2 | 1200, _) => retry(FailureClass::Temporary, answer.retry_after, "Meta has trouble for the moment."),
        // It was not taken, and may be.
        _ if is_transient && matches!(answer.status, 400 | 402..=428) => {
            retry(FailureClass::Temporary, answer.retry_after, "Meta has trouble for the moment.")
        }
        (1.., _) if answer.status == 400 => refused(FailureClass::Content, &format!("{name} refused it.")),
        _ => by_status(answer, effect, name),
    }
}

/// Whether an answer refuses the access itself.
pub(crate) fn ends_access(answer: &Answer, failure: &ChannelFailure) -> bool {
    matches!(failure, ChannelFailure::Reconnect { .. }) && Numbers::of(answer).code != BLOCKED
}

/// The access is over: a person has to connect the account again.
pub(crate) fn lost_access(name: &str) -> ChannelFailure {
    let reason =
        format!("{name} no longer takes the access to this account. Connect it again; nothing is lost meanwhile.");
    ChannelFailure::Reconnect { reason }
}

/// The numbers of a refusal, by which Meta's documentation finds it.
fn label(answer: &Answer, numbers: Numbers) -> String {
    match numbers {
        Numbers { code: 0, .. } => answer.status.to_string(),
        Numbers { code, subcode: 0, .. } => format!("{code}"),
        Numbers { code, subcode, .. } => format!("{code}/{subcode}"),
    }
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderMap;

    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        Answer { status, headers: HeaderMap::new(), retry_after: None, body: body.to_owned().into() }
    }

    fn class(code: i64, subcode: i64) -> (String, FailureClass) {
        let body = format!(
            r#"{{"error":{{"message":"(#{code}) private words","code":{code},"error_subcode":{subcode},"fbtrace_id":"A"}}}}"#
        );
        let failure = of(&answer(400, &body), Effect::Writes, &MetaSettings::default());
        assert!(!failure.to_string().contains("private"), "{failure}");
        let kind = format!("{failure:?}").split([' ', '{']).next().unwrap_or_default().to_owned();
        (kind, failure.class())
    }

    #[test]
    fn each_number_has_its_class() {
        use FailureClass::{Auth, Content, Permission, Policy, Rate, Recipient, Temporary, Window};
        for (code, subcode, kind, expected) in [
            (190, 463, "Reconnect", Auth),
            (10, 2_018_278, "Refused", Window),
            (10, 2_534_022, "Refused", Window),
            (10, 1_893_063, "Retry", Policy),
            (10, 0, "Refused", Permission),
            (200, 0, "Refused", Permission),
            (230, 0, "Refused", Permission),
            (100, 2_018_001, "Refused", Recipient),
            (100, 2_018_109, "Refused", Content),
            (100, 2_018_047, "Retry", Temporary),
            (100, 7, "Refused", Content),
            (200, 1_545_041, "Refused", Recipient),
            (551, 1_545_041, "Refused", Recipient),
            (4, 0, "Retry", Rate),
            (17, 0, "Retry", Rate),
            (32, 0, "Retry", Rate),
            (613, 0, "Retry", Rate),
            (1, 0, "Retry", Temporary),
            (2, 0, "Retry", Temporary),
            (1200, 0, "Retry", Temporary),
            (368, 0, "Reconnect", Auth),
            (99_999, 0, "Refused", Content),
        ] {
            assert_eq!(class(code, subcode), (kind.to_owned(), expected), "{code}/{subcode}");
        }
    }

    #[test]
    fn what_breaks_behind_a_gateway_may_have_been_taken() {
        let settings = MetaSettings::default();
        let failure = |status, body: &str, effect| of(&answer(status, body), effect, &settings);
        assert!(matches!(failure(502, "<html>", Effect::Writes), ChannelFailure::Unknown { .. }));
        assert!(matches!(failure(502, "<html>", Effect::Reads), ChannelFailure::Retry { .. }));
        assert!(matches!(failure(503, "", Effect::Writes), ChannelFailure::Retry { .. }));
        for code in [1, 2, 4, 100, 190, 1200] {
            let known = format!(r#"{{"error":{{"code":{code},"is_transient":true}}}}"#);
            for status in [500, 502, 504] {
                let written = failure(status, &known, Effect::Writes);
                assert!(matches!(written, ChannelFailure::Unknown { .. }), "{status} {code}: {written:?}");
            }
        }
        let known = r#"{"error":{"code":2,"is_transient":true}}"#;
        for (status, effect) in [(500, Effect::Reads), (503, Effect::Writes), (400, Effect::Writes)] {
            let passes = failure(status, known, effect);
            assert!(matches!(passes, ChannelFailure::Retry { .. }), "{status} {effect:?}: {passes:?}");
        }
        assert!(matches!(failure(401, "", Effect::Writes), ChannelFailure::Reconnect { .. }));
        assert!(matches!(failure(302, "", Effect::Writes), ChannelFailure::Retry { .. }));
        let unknown = r#"{"error":{"code":99999,"is_transient":true}}"#;
        for status in [500, 502, 504] {
            let failure = failure(status, unknown, Effect::Writes);
            assert!(matches!(failure, ChannelFailure::Unknown { .. }), "{status}: {failure:?}");
        }
        assert!(matches!(failure(400, unknown, Effect::Writes), ChannelFailure::Retry { .. }));
        assert_eq!(failure(429, unknown, Effect::Writes).class(), FailureClass::Rate);
        let odd = r#"{"error":{"code":"x"}}"#;
        assert_eq!(failure(400, odd, Effect::Writes).class(), FailureClass::Content);
    }

    #[test]
    fn one_odd_field_hides_no_other() {
        let settings = MetaSettings::default();
        let failure = |fields: &str| {
            let body = format!(r#"{{"error":{{{fields}}}}}"#);
            of(&answer(400, &body), Effect::Writes, &settings)
        };
        for odd in ["null", r#""a text""#, "[]", "{}", "1.5", "true"] {
            for fields in [
                format!(r#""code":190,"error_subcode":{odd}"#),
                format!(r#""is_transient":{odd},"code":190"#),
                format!(r#""code":"190","message":{odd}"#),
            ] {
                let failure = failure(&fields);
                assert!(matches!(failure, ChannelFailure::Reconnect { .. }), "{fields}: {failure:?}");
            }
            let limited = failure(&format!(r#""code":4,"error_subcode":{odd},"is_transient":{odd}"#));
            assert_eq!(limited.class(), FailureClass::Rate, "{odd}");
            let nameless = failure(&format!(r#""code":{odd}"#));
            assert_eq!(nameless.class(), FailureClass::Content, "{odd}");
            let body = format!(r#"{{"error":{odd}}}"#);
            assert_eq!(of(&answer(400, &body), Effect::Writes, &settings).class(), FailureClass::Content, "{odd}");
        }
    }
}
