//! Trouble with the calls of the desk.

use std::time::Duration;

use serde_json::Value;

use super::refused;
use crate::fault::Fault;
use crate::server::Response;
use crate::together::Together;

/// How long an answer takes that is slow, in milliseconds, if nobody says.
const SLOW: u64 = 2_000;
/// How long a platform that takes no more calls asks to be left alone, in seconds, if nobody says.
const WAIT: u64 = 50;

/// Puts a fault before the next calls that fit.
pub(super) fn wait(together: &Together, order: &Value) -> Response {
    let (platform, method, path) = (text(order, "platform"), text(order, "method"), text(order, "path"));
    let seconds = order.get("retry_after").and_then(Value::as_u64).unwrap_or(WAIT);
    let limited = (text(order, "fault") == "rate_limit").then(|| together.limited(platform, seconds)).flatten();
    let Some(fault) = limited.map(Fault::Answer).or_else(|| fault(order)) else {
        return refused("There is no such fault, or no such platform.");
    };
    let times = order.get("times").and_then(Value::as_u64).and_then(|times| usize::try_from(times).ok());
    if together.misbehave(platform, method, path, fault, times.unwrap_or(1).max(1)) {
        Response::status(204)
    } else {
        refused("There is no such platform.")
    }
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// A fault by its name, with what belongs to it: `answer` and `break_off` (`status`, `body`, `retry_after`),
/// `reset_before_body`, `hang_before_body`, `reset_after_body`, `lose_after_body`, `hang_after_body`, `gateway` (`status`),
/// `break_off_after_body`, `twice`, `slow` (`millis`). How a platform says that it takes no more calls is the platform's, and not here.
pub fn fault(order: &Value) -> Option<Fault> {
    let number = |name: &str| order.get(name).and_then(Value::as_u64);
    let status = |usual: u16| number("status").and_then(|status| u16::try_from(status).ok()).unwrap_or(usual);
    let answer = |usual: u16| {
        let response = match order.get("body") {
            Some(Value::String(body)) => Response { body: body.clone().into(), ..Response::status(status(usual)) },
            Some(document) => Response::json(status(usual), document),
            None => Response::status(status(usual)),
        };
        match number("retry_after") {
            Some(seconds) => response.with("retry-after", &seconds.to_string()),
            None => response,
        }
    };
    Some(match text(order, "fault") {
        "answer" => Fault::Answer(answer(503)),
        "gateway" => Fault::AnswerAfterBody(answer(502)),
        "break_off" => Fault::BreakOff(answer(400)),
        "break_off_after_body" => Fault::BreakOffAfterBody,
        "reset_before_body" => Fault::ResetBeforeBody,
        "hang_before_body" => Fault::HangBeforeBody,
        "reset_after_body" => Fault::ResetAfterBody,
        "lose_after_body" => Fault::LoseAfterBody,
        "hang_after_body" => Fault::HangAfterBody,
        "twice" => Fault::Twice,
        "slow" => Fault::Slow(Duration::from_millis(number("millis").unwrap_or(SLOW))),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn faults_have_names() {
        let limited = json!({ "fault": "answer", "status": 429, "retry_after": 7, "body": { "error": "slow down" } });
        let Some(Fault::Answer(response)) = fault(&limited) else { panic!("an answer") };
        assert_eq!(response.status, 429);
        assert!(response.headers.contains(&("retry-after".to_owned(), "7".to_owned())));
        assert_eq!(&response.body[..], br#"{"error":"slow down"}"#);
        assert!(matches!(fault(&json!({ "fault": "gateway" })), Some(Fault::AnswerAfterBody(r)) if r.status == 502));
        for name in ["reset_before_body", "hang_before_body", "reset_after_body", "lose_after_body", "twice", "slow"] {
            assert!(fault(&json!({ "fault": name })).is_some(), "{name}");
        }
        assert!(fault(&json!({ "fault": "gremlin" })).is_none() && fault(&Value::Null).is_none());
    }
}
