use std::time::Duration;

use bytes::Bytes;
use serde_json::json;

use super::*;

const BOTH: [Effect; 2] = [Effect::Reads, Effect::Writes];

fn judged(status: u16, body: &str, effect: Effect) -> Result<Value, OrderFailure> {
    judged_with(None, status, body, effect)
}

fn judged_with(retry_after: Option<Duration>, status: u16, body: &str, effect: Effect) -> Result<Value, OrderFailure> {
    let body = Bytes::copy_from_slice(body.as_bytes());
    let answer = Answer { status, headers: reqwest::header::HeaderMap::new(), retry_after, body };
    document(&answer, effect).and_then(|body| data(&body, effect))
}

fn erring(code: &str, path: &str, effect: Effect) -> Result<Value, OrderFailure> {
    let extensions = if code.is_empty() { Value::Null } else { json!({ "code": code }) };
    let body = json!({ "data": { "order": null },
        "errors": [{ "message": "Told\nby Shopify", "path": ["order", path], "extensions": extensions }],
        "extensions": { "cost": { "requestedQueryCost": 500, "throttleStatus": {
            "maximumAvailable": 2000, "currentlyAvailable": 100, "restoreRate": 100 } } } });
    judged(200, &body.to_string(), effect)
}

#[test]
fn what_was_not_done_is_tried_again_or_refused() {
    for effect in BOTH {
        let throttled = erring("THROTTLED", "id", effect);
        assert!(
            matches!(throttled, Err(OrderFailure::Retry { after: Some(after), .. }) if after == Duration::from_secs(4)),
            "{throttled:?}"
        );
        for code in ["MAX_COST_EXCEEDED", "BAD_REQUEST", "undefinedField"] {
            let Err(OrderFailure::Refused { reason }) = erring(code, "id", effect) else { panic!("{code}") };
            assert!(reason.ends_with("Told by Shopify."), "{reason}");
        }
        assert!(matches!(erring("SHOP_INACTIVE", "id", effect), Err(OrderFailure::Reconnect { .. })));
        for status in [401, 402, 403, 404, 423] {
            assert!(matches!(judged(status, "", effect), Err(OrderFailure::Reconnect { .. })), "{status}");
        }
        for status in [425, 429, 430] {
            assert!(matches!(judged(status, "", effect), Err(OrderFailure::Retry { .. })), "{status}");
        }
        for status in [408, 503] {
            let named = judged_with(Some(Duration::from_secs(2)), status, "", effect);
            assert!(matches!(named, Err(OrderFailure::Retry { after: Some(_), .. })), "{status}: {named:?}");
        }
        for status in [301, 400, 406, 422] {
            assert!(matches!(judged(status, "", effect), Err(OrderFailure::Refused { .. })), "{status}");
        }
    }
}

#[test]
fn what_may_have_been_done_is_never_repeated_blindly() {
    for (status, body) in [
        (408, ""),
        (500, ""),
        (502, "<html>"),
        (503, "<html>"),
        (504, ""),
        (200, "<html>"),
        (200, "{}"),
        (200, "{\"data\":null}"),
    ] {
        assert!(matches!(judged(status, body, Effect::Reads), Err(OrderFailure::Retry { .. })), "{status} {body}");
        assert!(matches!(judged(status, body, Effect::Writes), Err(OrderFailure::Unknown { .. })), "{status} {body}");
    }
    for code in ["INTERNAL_SERVER_ERROR", "SOMETHING_NEW", ""] {
        assert!(matches!(erring(code, "id", Effect::Reads), Err(OrderFailure::Retry { .. })), "{code}");
        assert!(matches!(erring(code, "id", Effect::Writes), Err(OrderFailure::Unknown { .. })), "{code}");
    }
}

#[test]
fn only_what_may_be_hidden_is_read_without() {
    assert!(erring("ACCESS_DENIED", "customer", Effect::Reads).is_ok());
    for (path, effect) in [("refunds", Effect::Reads), ("transactions", Effect::Reads), ("customer", Effect::Writes)] {
        assert!(matches!(erring("ACCESS_DENIED", path, effect), Err(OrderFailure::Refused { .. })), "{path}");
    }
}

#[test]
fn an_objection_is_a_refusal_unless_the_key_is_known() {
    let of = |message: &str, code: &str| {
        let data = json!({ "refundCreate": { "refund": null, "userErrors": [{ "message": message, "code": code }] } });
        payload(&data, "refundCreate", &["userErrors"]).unwrap_err()
    };
    let OrderFailure::Refused { reason } = of("Refund amount is too large", "") else { panic!("a refusal") };
    assert_eq!(reason, "Shopify refuses this: Refund amount is too large.");
    assert!(matches!(of("", ""), OrderFailure::Refused { reason } if reason.contains("no reason was given")));
    for (message, code) in
        [("This request is currently in progress, please try again.", ""), ("", "IDEMPOTENCY_CONCURRENT_REQUEST")]
    {
        assert!(matches!(of(message, code), OrderFailure::Retry { .. }), "{message}{code}");
    }
    let known = of("The same idempotency key cannot be used with different operation parameters.", "");
    assert!(matches!(known, OrderFailure::Unknown { .. }), "{known:?}");
    let silent = json!({ "refundCreate": null });
    let silent = payload(&silent, "refundCreate", &["userErrors"]);
    assert!(matches!(silent, Err(OrderFailure::Unknown { .. })), "{silent:?}");
}
