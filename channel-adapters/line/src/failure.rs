//! What LINE's refusals mean for a message and for the connection. It has no codes: the status and a few words decide.

use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::http::{self, Answer, Effect};

use crate::wire::{Answered, Detail, Tried};

/// How LINE is named in words for people.
pub(crate) const PLATFORM: &str = "LINE";

fn told(answer: &Answer) -> Answered {
    serde_json::from_slice(&answer.body).unwrap_or_default()
}

/// Whether a reply was not taken, because its token was used before or is over.
pub(crate) fn is_stale_token(answer: &Answer) -> bool {
    answer.status == 400 && told(answer).message.as_str().eq_ignore_ascii_case("invalid reply token")
}

/// What to do about a call that was not done.
pub(crate) fn of(answer: &Answer, effect: Effect) -> ChannelFailure {
    use FailureClass::{Content, Permission, Rate, Recipient};
    let told = told(answer);
    let said = told.message.as_str().to_lowercase();
    let is_about_the_recipient =
        || told.details.read::<Detail>().any(|detail| detail.property.as_str() == "to") || said.contains("'to'");
    let refused = ChannelFailure::refused;
    match answer.status {
        401 => ChannelFailure::Reconnect {
            reason: "LINE refused the token of the account. Connect the account again; nothing is lost meanwhile."
                .to_owned(),
        },
        403 => refused(Permission, "The account at LINE may not do this."),
        400 if said.contains("failed to send") || is_about_the_recipient() => {
            refused(Recipient, "LINE knows no such customer of the account, or they take no messages of it.")
        }
        400 => refused(Content, "LINE takes no message of this form."),
        429 if said.contains("monthly limit") => {
            let words = "The messages that the account at LINE may send this month are used up. Allow more of them there, \
                         or answer within a minute of a message: such a reply is not counted.";
            refused(Rate, words)
        }
        _ => http::by_status(answer, effect, PLATFORM),
    }
}

/// Why LINE cannot hand on what customers write, and what to do, by its trial of the desk's address; `None` where nothing is known
/// to be wrong.
pub(crate) fn of_trial(tried: &Tried) -> Option<String> {
    if tried.success.0 != Some(false) {
        return None;
    }
    let status = tried.status_code.0.unwrap_or_default();
    let words = match (tried.reason.as_str(), status) {
        ("ERROR_STATUS_CODE", 401) => {
            "The desk turns away what LINE sends, for it is not signed with the channel secret that is set here. Copy the secret \
             from “Basic settings” of the channel at LINE once more."
        }
        ("ERROR_STATUS_CODE", status) => {
            return Some(format!(
                "Whoever answers LINE at the desk's address refuses with {status}, so what customers write does not arrive. \
                 See that the address leads to this desk, and that nothing before it holds back what LINE sends."
            ));
        }
        ("COULD_NOT_CONNECT", _) => {
            "LINE reaches nobody at the desk's address. See that it is on the web, and has a certificate that a known authority \
             gave out."
        }
        ("REQUEST_TIMEOUT", _) => {
            "LINE waited in vain for an answer at the desk's address. See that the address leads to this desk, and that nothing \
             before it holds back what LINE sends."
        }
        _ => {
            "LINE could not hand anything on to the desk's address, and does not say why. Press “Verify” beside the address on \
             the page “Messaging API” of the channel at LINE."
        }
    };
    Some(words.to_owned())
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderMap;
    use serde_json::{Value, json};

    use super::*;

    fn answer(status: u16, body: &Value) -> Answer {
        Answer { status, headers: HeaderMap::new(), retry_after: None, body: body.to_string().into() }
    }

    #[test]
    fn a_refusal_has_its_class() {
        use FailureClass::{Auth, Content, Permission, Rate, Recipient, Temporary};
        let details = json!([{ "message": "May not be empty", "property": "messages[0].text" }]);
        for (status, body, class) in [
            (401, json!({ "message": "Authentication failed" }), Auth),
            (403, json!({ "message": "Access to this API is not available for your account" }), Permission),
            (400, json!({ "message": "Failed to send messages" }), Recipient),
            (400, json!({ "message": "The property, 'to', in the request body is invalid (line: -)" }), Recipient),
            (
                400,
                json!({ "message": "The request body has 1 error(s)", "details": [{ "property": "to" }] }),
                Recipient,
            ),
            (400, json!({ "message": "The request body has 1 error(s)", "details": details }), Content),
            (413, json!({}), Content),
            (429, json!({ "message": "You have reached your monthly limit." }), Rate),
            (429, json!("odd"), Rate),
            (503, json!({}), Temporary),
        ] {
            assert_eq!(of(&answer(status, &body), Effect::Writes).class(), class, "{status} {body}");
        }
        let used_up = of(&answer(429, &json!({ "message": "You have reached your monthly limit." })), Effect::Writes);
        assert!(matches!(used_up, ChannelFailure::Refused { .. }), "waiting does not help: {used_up:?}");
    }

    #[test]
    fn trouble_inside_leaves_open_what_was_done() {
        for status in [500, 502, 504] {
            let written = of(&answer(status, &json!({ "message": "Failed to send" })), Effect::Writes);
            assert!(matches!(written, ChannelFailure::Unknown { .. }), "{written:?}");
        }
    }

    #[test]
    fn only_one_refusal_is_about_the_token_of_a_reply() {
        assert!(is_stale_token(&answer(400, &json!({ "message": "Invalid reply token" }))));
        assert!(!is_stale_token(&answer(400, &json!({ "message": "The request body has 1 error(s)" }))));
        assert!(!is_stale_token(&answer(401, &json!({ "message": "Invalid reply token" }))));
    }
}
