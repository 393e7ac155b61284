//! The address that LINE sends to what customers write: it is told, and tried.

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::Line;
use crate::server::Response;

/// How many trials are made in an hour.
const TRIALS: usize = 60;
/// An hour, in seconds.
const HOUR: i64 = 60 * 60;

/// How a trial of the address ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Trial {
    /// What LINE pushes is taken.
    #[default]
    Works,
    /// Nobody is there.
    Unreachable,
    /// Whoever is there says nothing.
    Silent,
    /// It is refused with this status.
    Refused(u16),
    /// LINE does not say what was wrong.
    Unclear,
}

impl Trial {
    /// The status that LINE got, its word for what came of it, and the same for people.
    fn told(self) -> (u16, &'static str, String) {
        match self {
            Self::Works => (200, "OK", "200".to_owned()),
            Self::Unreachable => (0, "COULD_NOT_CONNECT", "Connection refused".to_owned()),
            Self::Silent => (0, "REQUEST_TIMEOUT", "Request timeout".to_owned()),
            Self::Refused(status) => (status, "ERROR_STATUS_CODE", status.to_string()),
            Self::Unclear => (0, "UNCLASSIFIED", String::new()),
        }
    }
}

impl Line {
    /// Lets trials of the address end so from now on.
    pub fn end_trials(&self, trial: Trial) {
        self.state().trial = trial;
    }

    pub(super) fn endpoint_set(&self, call: &Value) -> Response {
        let endpoint = call.get("endpoint").and_then(Value::as_str).unwrap_or_default();
        // The real one takes https alone. Tests of the desk have none.
        if !endpoint.starts_with("https://") && !endpoint.starts_with("http://127.0.0.1:") {
            return Self::refusal(400, "The request body has 1 error(s)");
        }
        self.set_webhook(endpoint);
        Response::json(200, &json!({}))
    }

    pub(super) fn endpoint_tried(&self, call: &Value) -> Response {
        let mut state = self.state();
        let now = state.now;
        state.trials.retain(|at| now - at < HOUR);
        if state.trials.len() >= TRIALS {
            return Self::refusal(429, "The API rate limit has been exceeded. Try again later.");
        }
        let named = call.get("endpoint").and_then(Value::as_str).unwrap_or_default();
        if named.is_empty() && state.webhook.is_empty() {
            return Self::refusal(404, "Webhook endpoint not found");
        }
        state.trials.push(now);
        let (status, reason, detail) = state.trial.told();
        let moment = OffsetDateTime::from_unix_timestamp(now).ok().and_then(|moment| moment.format(&Rfc3339).ok());
        let answer = json!({
            "success": state.trial == Trial::Works, "timestamp": moment, "statusCode": status, "reason": reason,
            "detail": detail,
        });
        Response::json(200, &answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trial_ends_as_it_is_told_to_and_an_hour_has_so_many() {
        let line = Line::new("token", "secret");
        let tried = || {
            let response = line.endpoint_tried(&json!({}));
            let told: Value = serde_json::from_slice(&response.body).unwrap();
            (response.status, told)
        };
        assert_eq!(tried().0, 404, "there is no address");
        line.set_webhook("https://desk.example/hook");
        assert_eq!(tried().1["success"], true);
        line.end_trials(Trial::Refused(401));
        let told = tried().1;
        assert_eq!((&told["success"], &told["statusCode"]), (&json!(false), &json!(401)));
        assert_eq!(told["reason"], "ERROR_STATUS_CODE");
        for _ in 2..TRIALS {
            assert_eq!(tried().0, 200);
        }
        assert_eq!(tried().0, 429);
        line.set_now(1_790_000_000 + HOUR);
        assert_eq!(tried().0, 200, "an hour later");
    }
}
