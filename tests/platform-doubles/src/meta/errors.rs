//! Refusals as Meta writes them.

use serde_json::json;

use crate::fault::Fault;
use crate::server::Response;

/// A refusal by its numbers.
pub fn error(status: u16, code: i64, subcode: i64, is_transient: bool) -> Response {
    let mut inner = json!({
        "message": format!("(#{code}) Words of the platform about <9001> and their message"),
        "type": "OAuthException",
        "code": code,
        "is_transient": is_transient,
        "fbtrace_id": "AbCdEf",
    });
    if let (true, Some(fields)) = (subcode != 0, inner.as_object_mut()) {
        fields.insert("error_subcode".to_owned(), json!(subcode));
    }
    Response::json(status, &json!({ "error": inner }))
}

/// Trouble that the platform tells after it has taken a message: the code says that it passes, and the message is there.
pub fn trouble_behind(status: u16) -> Fault {
    Fault::AnswerAfterBody(error(status, 2, 0, true))
}

/// An access whose time is over.
pub(super) const ENDED: i64 = 463;
/// An access that was taken back.
pub(super) const TAKEN_BACK: i64 = 458;
/// An access that is none.
pub(super) const NONE: i64 = 0;

/// An access that is not taken, with the number that says why.
pub(super) fn lost_access(subcode: i64) -> Response {
    error(400, 190, subcode, false)
}

/// Too many calls.
pub fn limited() -> Response {
    error(400, 613, 0, false)
}

/// Too many calls, with the minutes until they are taken again.
pub fn limited_for(account: &str, minutes: u64) -> Response {
    let usage = json!({ account: [{
        "type": "messenger", "call_count": 100, "total_cputime": 20, "total_time": 20,
        "estimated_time_to_regain_access": minutes,
    }] });
    limited().with("x-business-use-case-usage", &usage.to_string())
}
