//! What WhatsApp's error codes mean for a message and for the connection. The code decides, never the words beside it.

use std::time::Duration;

use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::http::{self, Answer, Effect};
use channel_contract::inbound::AccountChange;
use channel_contract::{hub, wire};
use serde_json::Value;

use crate::wire::Trouble;

/// How WhatsApp is named in words for people.
pub(crate) const PLATFORM: &str = "WhatsApp";
/// The numbers of an answer about what is not there, or not for this token.
const UNKNOWN: (i64, Option<&i64>) = (100, Some(&33));
/// The code of an access token that is over.
const LOST_ACCESS: i64 = 190;
/// The code of a customer who has stopped marketing messages.
const STOPPED_MARKETING: i64 = 131_050;
/// What is said of such a customer.
pub(crate) const NO_MARKETING: &str = "The customer has stopped marketing messages of the shop.";
const TEN_MINUTES: Duration = Duration::from_mins(10);
const HOUR: Duration = Duration::from_hours(1);
/// The longest title of an unknown error that is shown, in characters.
const LONGEST_TITLE: usize = 120;

/// What to do about an error.
#[derive(Clone, Copy)]
enum Treat {
    /// A person puts the connection right; what waits goes out then.
    Reconnect,
    /// Try again, not before so long.
    Retry(FailureClass, Option<Duration>),
    /// Trying again cannot help.
    Refuse(FailureClass),
}

/// What a code means, and in words for a person; `None` for one that is not documented.
fn meaning(code: i64) -> Option<(Treat, &'static str)> {
    use FailureClass::{Content, OptedOut, Permission, Policy, Rate, Recipient, Temporary, Window};
    use Treat::{Reconnect, Refuse, Retry};
    Some(match code {
        0 | LOST_ACCESS => (Reconnect, "WhatsApp refused the access token. Connect the number again."),
        3 | 10 | 200..=299 | 131_005 => (Refuse(Permission), "The access token may not do this at WhatsApp."),
        1 | 2 | 131_000 | 131_016 => (Retry(Temporary, None), "WhatsApp has a moment of trouble."),
        4 | 80_007 | 130_429 | 133_016 => (Retry(Rate, None), "WhatsApp takes no more calls for the moment."),
        131_056 => (Retry(Rate, None), "Too many messages went to this customer in a short time."),
        131_048 => (Retry(Rate, Some(HOUR)), "WhatsApp slows the number down, because messages of it were reported."),
        131_057 => (Retry(Temporary, Some(TEN_MINUTES)), "WhatsApp is at work on the account."),
        132_069 => (Retry(Rate, Some(HOUR)), "WhatsApp slows down the form of this message."),
        131_052 | 131_053 => (Retry(Temporary, None), "WhatsApp could not take or give the file."),
        100 | 131_008 | 131_009 | 131_051 => (Refuse(Content), "WhatsApp takes no message of this form."),
        131_021 => (Refuse(Recipient), "The number of the shop cannot write to itself."),
        131_026 => {
            let words = "The message cannot reach the customer: there is no WhatsApp under this number, it is too old, or \
                         its terms were not agreed to. Try another channel.";
            (Refuse(Recipient), words)
        }
        131_030 => (Refuse(Recipient), "The shop's number is one for tests, and the customer is not on its list."),
        131_062 => (Refuse(Recipient), "A message of this kind needs the customer's phone number."),
        137_000 => (Refuse(Recipient), "The customer's phone has changed: make sure that it is still them."),
        131_031 | 368 => {
            (Reconnect, "WhatsApp has locked the account for breaking its rules. Put it right there first.")
        }
        131_037 => (Reconnect, "WhatsApp has not approved the name of the number yet."),
        131_045 | 133_010 => (Reconnect, "The number is not registered at WhatsApp. Register it and connect it again."),
        131_042 | 131_044 => (Reconnect, "WhatsApp takes no messages until its bill can be paid."),
        131_047 => (Refuse(Window), "More than 24 hours have passed since the customer wrote. Send a template."),
        131_049 | 130_472 => {
            (Refuse(Policy), "WhatsApp did not deliver this to keep its customers from too much of it.")
        }
        STOPPED_MARKETING => (Refuse(OptedOut), NO_MARKETING),
        131_063 => (Refuse(Policy), "WhatsApp sends marketing templates of the account another way."),
        131_064 => (Refuse(Policy), "WhatsApp holds templates of the account, because one was in the wrong category."),
        132_000 | 132_001 | 132_005 | 132_007 | 132_008 | 132_012 => {
            (Refuse(Content), "The template is not there in this language, or what fills it does not fit.")
        }
        132_015 | 132_016 => (Refuse(Policy), "WhatsApp has paused or disabled the template."),
        132_068 => (Refuse(Policy), "WhatsApp has blocked the form of this message."),
        _ => return None,
    })
}

/// An error in words for a person. Of an unknown one the platform's own title is shown.
pub(crate) fn words(trouble: &Trouble) -> String {
    let code = trouble.code.get().copied().unwrap_or_default();
    if let Some((_, words)) = meaning(code) {
        return format!("{words} (WhatsApp: {code})");
    }
    let title = trouble.title.given().or_else(|| trouble.message.given()).unwrap_or("an error without a name");
    let title: String = title.chars().filter(|c| !c.is_control()).take(LONGEST_TITLE).collect();
    format!("WhatsApp reports: {title} ({code})")
}

/// Whether an error says that the customer has stopped marketing messages.
pub(crate) fn is_opted_out(trouble: &Trouble) -> bool {
    trouble.code.0 == Some(STOPPED_MARKETING)
}

/// What an error means that is about the account as a whole.
pub(crate) fn for_the_account(trouble: &Trouble) -> Option<AccountChange> {
    match meaning(*trouble.code.get()?)?.0 {
        Treat::Reconnect if matches!(trouble.code.0, Some(0 | LOST_ACCESS)) => Some(AccountChange::Reconnect),
        Treat::Reconnect => Some(AccountChange::Suspended),
        Treat::Retry(FailureClass::Rate, _) => Some(AccountChange::Restricted),
        Treat::Retry(..) | Treat::Refuse(_) => None,
    }
}

/// What an error that is why a message failed says of the account: it takes none at all, or its access is in doubt, of which
/// calls tell.
pub(crate) fn behind_a_message(trouble: &Trouble) -> Option<AccountChange> {
    match meaning(*trouble.code.get()?)?.0 {
        Treat::Refuse(FailureClass::Permission) => Some(AccountChange::Doubted),
        Treat::Reconnect if matches!(trouble.code.0, Some(0 | LOST_ACCESS)) => Some(AccountChange::Doubted),
        Treat::Reconnect => Some(AccountChange::Suspended),
        Treat::Retry(..) | Treat::Refuse(_) => None,
    }
}

/// Whether an answer says that there is no such thing, or none for this token.
pub(crate) fn is_unknown(answer: &Answer) -> bool {
    let is_so = |trouble: Trouble| (trouble.code.0.unwrap_or_default(), trouble.error_subcode.get()) == UNKNOWN;
    trouble_of(answer).is_some_and(is_so)
}

fn trouble_of(answer: &Answer) -> Option<Trouble> {
    let body: Value = serde_json::from_slice(&answer.body).ok()?;
    body.get("error").and_then(wire::read)
}

/// What an answer that is no success means.
pub(crate) fn of(answer: &Answer, effect: Effect) -> ChannelFailure {
    let trouble = trouble_of(answer);
    match trouble.as_ref().and_then(|trouble| trouble.code.get().copied().map(|code| (code, trouble))) {
        Some((code, trouble)) => by_code(code, trouble, answer, effect),
        None => by_status(answer, effect),
    }
}

/// The failure of an access token that is over.
pub(crate) fn lost_access() -> ChannelFailure {
    let reason = meaning(LOST_ACCESS).map(|(_, words)| words.to_owned()).unwrap_or_default();
    ChannelFailure::Reconnect { reason }
}

fn by_code(code: i64, trouble: &Trouble, answer: &Answer, effect: Effect) -> ChannelFailure {
    if answer.leaves_doubt(effect) {
        return by_status(answer, effect);
    }
    let reason = |words: &str| format!("{words} (WhatsApp: {code})");
    if (code, trouble.error_subcode.get()) == UNKNOWN {
        let words = "WhatsApp does not know what was asked for, or the access token may not use it.";
        return ChannelFailure::refused(FailureClass::Permission, reason(words));
    }
    if let Some((treat, words)) = meaning(code) {
        return match treat {
            Treat::Reconnect => ChannelFailure::Reconnect { reason: reason(words) },
            Treat::Retry(class, at_least) => {
                ChannelFailure::Retry { class, after: hint(answer).max(at_least), reason: reason(words) }
            }
            Treat::Refuse(class) => ChannelFailure::refused(class, reason(words)),
        };
    }
    let temporary = reason("WhatsApp has a moment of trouble.");
    match answer.status {
        // It was not taken, and may be.
        400..=499 if answer.status != 429 && trouble.is_transient.is_set() => {
            ChannelFailure::Retry { class: FailureClass::Temporary, after: answer.retry_after, reason: temporary }
        }
        400 => ChannelFailure::refused(FailureClass::Protocol, reason("WhatsApp refused this for an unknown reason.")),
        _ => by_status(answer, effect),
    }
}

fn by_status(answer: &Answer, effect: Effect) -> ChannelFailure {
    match http::by_status(answer, effect, PLATFORM) {
        ChannelFailure::Retry { class, reason, .. } => ChannelFailure::Retry { class, after: hint(answer), reason },
        other => other,
    }
}

/// How long to wait, as the answer says.
fn hint(answer: &Answer) -> Option<Duration> {
    answer.retry_after.or_else(|| hub::regained(answer))
}

#[cfg(test)]
mod tests {
    use channel_contract::failure::ChannelFailure::{Reconnect, Refused, Retry, Unknown};
    use serde_json::json;

    use super::*;

    fn answer(status: u16, body: &Value) -> Answer {
        Answer {
            status,
            headers: reqwest::header::HeaderMap::new(),
            retry_after: None,
            body: body.to_string().into_bytes().into(),
        }
    }

    fn coded(status: u16, code: i64) -> ChannelFailure {
        of(&answer(status, &json!({ "error": { "code": code, "message": "of +49151" } })), Effect::Writes)
    }

    #[test]
    fn a_code_decides_what_comes_next() {
        use FailureClass::{Content, Permission, Policy, Rate, Recipient, Temporary, Window};
        for code in [0, 190, 131_031, 368, 131_042, 133_010] {
            assert!(matches!(coded(401, code), Reconnect { .. }), "{code}");
        }
        for (code, wanted) in [(80_007, Rate), (131_056, Rate), (131_000, Temporary), (131_053, Temporary)] {
            assert!(matches!(coded(400, code), Retry { class, after: None, .. } if class == wanted), "{code}");
        }
        assert!(matches!(coded(400, 131_048), Retry { class: Rate, after: Some(HOUR), .. }));
        for (code, wanted) in [
            (10, Permission),
            (230, Permission),
            (100, Content),
            (132_012, Content),
            (131_026, Recipient),
            (131_047, Window),
            (131_049, Policy),
            (132_016, Policy),
        ] {
            assert!(matches!(coded(400, code), Refused { class, .. } if class == wanted), "{code}");
        }
    }

    #[test]
    fn an_unknown_code_or_none_goes_by_the_status() {
        for status in [500, 502, 504] {
            assert!(matches!(coded(status, 999_999), Unknown { .. }), "{status}: it may have been taken");
        }
        let transient = json!({ "error": { "code": 999_999, "is_transient": true } });
        let transient = |status| of(&answer(status, &transient), Effect::Writes);
        assert!(matches!(transient(400), Retry { class: FailureClass::Temporary, .. }));
        assert!(matches!(transient(500), Unknown { .. }), "a word of the platform does not take back what was done");
        assert!(matches!(coded(503, 999_999), Retry { class: FailureClass::Temporary, .. }));
        assert!(matches!(coded(400, 999_999), Refused { class: FailureClass::Protocol, .. }));
        assert!(matches!(coded(429, 999_999), Retry { class: FailureClass::Rate, .. }));
        let bare = |status, effect| of(&answer(status, &json!("<html>")), effect);
        assert!(matches!(bare(502, Effect::Writes), Unknown { .. }));
        assert!(matches!(bare(502, Effect::Reads), Retry { .. }));
        assert!(matches!(bare(503, Effect::Writes), Retry { .. }));
        assert!(matches!(bare(401, Effect::Writes), Reconnect { .. }));
        assert!(matches!(bare(404, Effect::Writes), Refused { .. }));
    }

    #[test]
    fn what_broke_behind_a_message_may_have_been_taken_whatever_the_code_says() {
        for code in [1, 2, 131_000, 131_016, 131_057, 80_007, 131_026, 190] {
            for status in [500, 502, 504] {
                assert!(matches!(coded(status, code), Unknown { .. }), "{status} {code}");
            }
        }
        assert!(matches!(coded(503, 131_000), Retry { class: FailureClass::Temporary, .. }));
        assert!(matches!(coded(400, 131_000), Retry { class: FailureClass::Temporary, .. }));
        let read = of(&answer(500, &json!({ "error": { "code": 131_000 } })), Effect::Reads);
        assert!(matches!(read, Retry { class: FailureClass::Temporary, .. }), "a reading is done again: {read:?}");
    }

    #[test]
    fn what_the_platform_quotes_is_not_in_the_reason() {
        for code in [100, 131_009, 131_026, 999_999] {
            assert!(!coded(400, code).to_string().contains("+49151"), "{code}");
        }
    }

    #[test]
    fn the_usage_of_the_account_tells_how_long_to_wait() {
        let usage = r#"{"1":[{"type":"messaging","estimated_time_to_regain_access":7}],"2":"odd"}"#;
        let mut limited = answer(429, &json!({ "error": { "code": 80_007 } }));
        limited.headers.insert(hub::USAGE, usage.parse().unwrap());
        let failure = of(&limited, Effect::Reads);
        let seven = Some(Duration::from_mins(7));
        assert!(matches!(failure, Retry { class: FailureClass::Rate, after, .. } if after == seven), "{failure:?}");
    }
}
