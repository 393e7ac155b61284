//! What Twilio's error codes mean for an answer and for the connection. The code decides, never the words beside it.

use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::http::{self, Answer, Effect};
use channel_contract::inbound::{AccountChange, AccountNews};
use serde::Deserialize;

use super::PLATFORM;

/// The codes of credentials that are not taken.
const REFUSED: i64 = 20_003;
const REFUSED_SECRET: i64 = 20_008;
/// The code of a customer who has written STOP.
pub(crate) const STOPPED: i64 = 21_610;
/// What is said of such a customer.
pub(crate) const NOT_REACHED: &str =
    "The customer has written STOP to this number, so nothing more reaches them. Try another channel.";

/// What to do about an error.
#[derive(Clone, Copy)]
enum Treat {
    /// A person puts the connection right; what waits goes out then.
    Reconnect,
    /// Try again.
    Retry(FailureClass),
    /// Trying again cannot help.
    Refuse(FailureClass),
}

/// A refusal as Twilio writes it.
#[derive(Default, Deserialize)]
struct Refusal {
    #[serde(default)]
    code: Option<i64>,
}

/// What a code means, and in words for a person; `None` for one that is not known here.
fn meaning(code: i64) -> Option<(Treat, &'static str)> {
    use FailureClass::{Content, OptedOut, Permission, Policy, Rate, Recipient, Temporary};
    use Treat::{Reconnect, Refuse, Retry};
    Some(match code {
        REFUSED | REFUSED_SECRET => (Reconnect, "Twilio refused the credentials. Connect the number again."),
        10_001 | 20_005 | 30_002 => (Reconnect, "The account at Twilio is not active. Put that right there first."),
        20_429 | 14_107 | 30_001 | 30_022 => (Retry(Rate), "Twilio takes no more messages for the moment."),
        20_500 | 30_410 => (Retry(Temporary), "Twilio has a moment of trouble."),
        21_211 | 21_217 | 21_401 => (Refuse(Recipient), "The customer's phone number is none."),
        21_608 => (Refuse(Recipient), "The account at Twilio is one for tests, and the number is not on its list."),
        STOPPED => (Refuse(OptedOut), NOT_REACHED),
        21_612 | 30_005 => (Refuse(Recipient), "The customer's number cannot be reached from this one."),
        21_614 | 21_635 | 30_006 => (Refuse(Recipient), "The customer's number takes no text messages."),
        30_003 => (Refuse(Recipient), "The customer's phone is off or out of reach."),
        30_004 => (Refuse(Recipient), "The customer's phone takes no messages of this number."),
        21_408 => (Refuse(Permission), "The account at Twilio may not write to this country. Allow it there."),
        21_212 | 21_603 | 21_606 | 21_659..=21_661 | 21_701..=21_704 => {
            (Refuse(Permission), "The account at Twilio cannot send from this number.")
        }
        21_602 | 21_619 => (Refuse(Content), "Twilio takes no message without words."),
        21_617 => (Refuse(Content), "The text is too long for a text message."),
        30_007 => (Refuse(Policy), "The customer's network has held the message back as unwanted."),
        30_032 | 30_034 => {
            (Refuse(Policy), "The number is not registered for writing to this country. Register it at Twilio.")
        }
        30_038 | 30_450 => (Refuse(Policy), "Twilio's rules have stopped the message."),
        30_008 => (Refuse(Recipient), "The customer's network did not deliver the message, and does not say why."),
        _ => return None,
    })
}

/// What is wrong with the account, where that is why an answer did not arrive: the next ones would not either.
pub(crate) fn behind(code: i64) -> Option<AccountNews> {
    let what = match meaning(code)?.0 {
        Treat::Refuse(FailureClass::Permission) => AccountChange::Doubted,
        // Of the credentials calls tell.
        Treat::Reconnect if matches!(code, REFUSED | REFUSED_SECRET) => AccountChange::Doubted,
        Treat::Reconnect => AccountChange::Suspended,
        Treat::Retry(_) | Treat::Refuse(_) => return None,
    };
    Some(AccountNews { what, words: words(Some(code)) })
}

/// Why an answer did not arrive, in words for a person.
pub(crate) fn words(code: Option<i64>) -> String {
    match code {
        Some(code) => match meaning(code) {
            Some((_, words)) => format!("{words} (Twilio: {code})"),
            None => format!("The message did not arrive. (Twilio: {code})"),
        },
        None => "The message did not arrive, and Twilio does not say why.".to_owned(),
    }
}

/// What to do about a call that was not done.
pub(crate) fn of(answer: &Answer, effect: Effect) -> ChannelFailure {
    let code = serde_json::from_slice::<Refusal>(&answer.body).unwrap_or_default().code;
    // Trouble inside is no refusal: the message may be there all the same.
    let may_be_done = effect == Effect::Writes && answer.status >= 500 && answer.status != 503;
    if let Some((treat, words)) = code.and_then(meaning).filter(|_| !may_be_done) {
        return match treat {
            Treat::Reconnect => ChannelFailure::Reconnect { reason: words.to_owned() },
            Treat::Retry(class) => ChannelFailure::Retry { class, after: answer.retry_after, reason: words.to_owned() },
            Treat::Refuse(class) => ChannelFailure::refused(class, words),
        };
    }
    match (answer.status, code) {
        (404, _) => {
            ChannelFailure::Reconnect { reason: "Twilio knows no such account. Connect the number again.".to_owned() }
        }
        (400, Some(code)) => {
            let words = format!("Twilio takes no message of this form. (Twilio: {code})");
            ChannelFailure::refused(FailureClass::Content, words)
        }
        _ => http::by_status(answer, effect, PLATFORM),
    }
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderMap;

    use super::*;

    fn failure(status: u16, code: Option<i64>, effect: Effect) -> ChannelFailure {
        let body = serde_json::json!({ "code": code, "message": "words of Twilio's", "status": status }).to_string();
        of(&Answer { status, headers: HeaderMap::new(), retry_after: None, body: body.into() }, effect)
    }

    #[test]
    fn a_refusal_has_its_class() {
        use FailureClass::{Auth, Content, OptedOut, Permission, Policy, Rate, Recipient, Temporary};
        for (status, code, class) in [
            (401, Some(20_003), Auth),
            (401, None, Auth),
            (404, Some(20_404), Auth),
            (400, Some(21_211), Recipient),
            (400, Some(21_610), OptedOut),
            (400, Some(21_614), Recipient),
            (400, Some(21_408), Permission),
            (400, Some(21_606), Permission),
            (403, None, Permission),
            (400, Some(21_617), Content),
            (400, Some(99_999), Content),
            (400, Some(30_034), Policy),
            (429, Some(20_429), Rate),
            (429, None, Rate),
            (503, None, Temporary),
        ] {
            let failure = failure(status, code, Effect::Writes);
            assert_eq!(failure.class(), class, "{code:?}");
            assert!(!failure.to_string().contains("words of"), "{failure}");
        }
    }

    #[test]
    fn trouble_inside_leaves_open_what_a_write_has_done() {
        for (status, code) in [(500, None), (500, Some(20_500)), (502, None), (504, Some(7))] {
            let written = failure(status, code, Effect::Writes);
            assert!(matches!(written, ChannelFailure::Unknown { .. }), "{written:?}");
            let read = failure(status, code, Effect::Reads);
            assert!(matches!(read, ChannelFailure::Retry { .. }), "{read:?}");
        }
    }

    #[test]
    fn what_keeps_an_answer_from_arriving_may_be_the_account() {
        let what = |code| behind(code).map(|news| news.what);
        for code in [30_002, 20_005, 10_001] {
            assert_eq!(what(code), Some(AccountChange::Suspended), "{code}");
        }
        for code in [20_003, 20_008, 21_606, 21_408] {
            assert_eq!(what(code), Some(AccountChange::Doubted), "{code}");
        }
        for code in [21_610, 30_001, 30_003, 30_007, 30_034, 7] {
            assert_eq!(what(code), None, "{code}");
        }
    }

    #[test]
    fn a_reason_names_the_code() {
        assert!(words(Some(30_003)).contains("off or out of reach") && words(Some(30_003)).contains("30003"));
        assert!(words(Some(7)).contains('7'));
        assert!(words(None).contains("does not say why"));
    }
}
