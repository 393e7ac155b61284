//! The address by which a person makes the doubles misbehave, and customers write.
//!
//! - `GET /`: each double with its address and settings.
//! - `POST /faults`: `{"platform": "whatsapp", "fault": "gateway", "method": "POST", "path": "/messages", "times": 1}`.
//!   All but the first two may be left out. The faults are in [`fault`].
//! - `DELETE /faults`: everything behaves.
//! - `GET /calls?platform=whatsapp`: what it was asked.
//! - `POST /messages`: `{"platform": "whatsapp", "text": "Where is it?", "to": "http://127.0.0.1:8080/webhooks/whatsapp/ID"}`:
//!   a customer writes. Where the desk polls, `to` is left out.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};

use crate::fault::Fault;
use crate::hooks::Hooks;
use crate::server::{Platform, Request, Response};
use crate::together::{Together, Written};

/// How long an answer takes that is slow, in milliseconds, if nobody says.
const SLOW: u64 = 2_000;

/// The address by which the doubles are told what to do.
pub struct Control {
    together: Arc<Together>,
    http: reqwest::Client,
}

impl Control {
    /// Over these doubles. `http` pushes what customers write.
    pub fn new(together: Arc<Together>, http: reqwest::Client) -> Self {
        Self { together, http }
    }

    fn misbehave(&self, order: &Value) -> Response {
        let Some(fault) = fault(order) else { return refused("There is no such fault.") };
        let times = order.get("times").and_then(Value::as_u64).and_then(|times| usize::try_from(times).ok());
        let (platform, method, path) = (text(order, "platform"), text(order, "method"), text(order, "path"));
        if self.together.misbehave(platform, method, path, fault, times.unwrap_or(1).max(1)) {
            Response::status(204)
        } else {
            refused("There is no such platform.")
        }
    }

    async fn write(&self, order: &Value) -> Response {
        let (platform, said, to) = (text(order, "platform"), text(order, "text"), text(order, "to"));
        if to.is_empty() && !Together::is_polled(platform) {
            return refused("Say in `to` where the desk takes its webhooks.");
        }
        match self.together.write(platform, said, to) {
            None => refused("Nobody can write there: there is no such platform, or its messages are mails."),
            Some(Written::Polled) => Response::json(202, &json!({ "fetched_by": "the desk, when it polls" })),
            Some(Written::Pushed(delivery)) => {
                let status = Hooks::to(self.http.clone(), to).push(&delivery).await;
                Response::json(200, &json!({ "answered": status }))
            }
        }
    }
}

#[async_trait]
impl Platform for Control {
    async fn answer(&self, request: Request) -> Response {
        match (request.method.as_str(), request.segments().as_slice()) {
            ("GET", []) => Response::json(200, &self.together.listing()),
            ("POST", ["faults"]) => self.misbehave(&request.json()),
            ("DELETE", ["faults"]) => {
                self.together.behave();
                Response::status(204)
            }
            ("GET", ["calls"]) => match self.together.calls(request.query("platform")) {
                Some(calls) => Response::json(200, &calls),
                None => refused("There is no such platform."),
            },
            ("POST", ["messages"]) => self.write(&request.json()).await,
            _ => Response::status(404),
        }
    }
}

fn refused(words: &str) -> Response {
    Response::json(400, &json!({ "error": words }))
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// A fault by its name, with what belongs to it: `answer` and `break_off` (`status`, `body`, `retry_after`),
/// `reset_before_body`, `hang_before_body`, `reset_after_body`, `lose_after_body`, `hang_after_body`, `gateway` (`status`),
/// `break_off_after_body`, `slow` (`millis`).
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
        "slow" => Fault::Slow(Duration::from_millis(number("millis").unwrap_or(SLOW))),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_have_names() {
        let limited = json!({ "fault": "answer", "status": 429, "retry_after": 7, "body": { "error": "slow down" } });
        let Some(Fault::Answer(response)) = fault(&limited) else { panic!("an answer") };
        assert_eq!(response.status, 429);
        assert!(response.headers.contains(&("retry-after".to_owned(), "7".to_owned())));
        assert_eq!(&response.body[..], br#"{"error":"slow down"}"#);
        assert!(matches!(fault(&json!({ "fault": "gateway" })), Some(Fault::AnswerAfterBody(r)) if r.status == 502));
        for name in ["reset_before_body", "hang_before_body", "reset_after_body", "lose_after_body", "slow"] {
            assert!(fault(&json!({ "fault": name })).is_some(), "{name}");
        }
        assert!(fault(&json!({ "fault": "gremlin" })).is_none() && fault(&Value::Null).is_none());
    }
}
