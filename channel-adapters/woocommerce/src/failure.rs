//! What an answer of the shop means for the desk; pure.
//!
//! The difference between reading and acting is the heart of it: a read that failed is repeated, an action whose fate is not
//! known is never repeated blindly.

use channel_contract::failure::ChannelFailure;
use channel_contract::http::{Answer, Effect};
use channel_contract::orders::OrderFailure;
use channel_contract::wire::{text, typed};
use serde_json::Value;

/// The shop's name in sentences about calls that broke.
pub(crate) const SHOP: &str = "The shop";

/// What is said of an access that is over.
const NOT_LET_IN: &str = "The shop does not take the keys of this connection: make new ones with the permission Read/Write, and connect it again.";

/// The longest words of a shop that are shown.
const LONGEST_WORDS: usize = 300;

pub(crate) fn retry(reason: impl Into<String>) -> OrderFailure {
    OrderFailure::Retry { after: None, reason: reason.into() }
}

pub(crate) fn refused(reason: impl Into<String>) -> OrderFailure {
    OrderFailure::Refused { reason: reason.into() }
}

pub(crate) fn unknown(reason: impl Into<String>) -> OrderFailure {
    OrderFailure::Unknown { reason: reason.into() }
}

/// A call that got no whole answer.
pub(crate) fn broken(failure: ChannelFailure, effect: Effect) -> OrderFailure {
    match failure {
        ChannelFailure::Unknown { .. } => {
            unknown("The connection to the shop broke, so the action's fate is not known.")
        }
        ChannelFailure::Refused { .. } if effect == Effect::Writes => {
            refused("The action cannot be put into a request to the shop.")
        }
        ChannelFailure::Refused { .. } => refused("The question cannot be put into a request to the shop."),
        other => other.into(),
    }
}

/// The document that a read gave; `None` where the shop says that there is no such thing.
pub(crate) fn read(answer: &Answer) -> Result<Option<Value>, OrderFailure> {
    let after = answer.retry_after;
    match answer.status {
        200..=299 => match typed::<Value>(&answer.body) {
            Ok(document) if document.is_object() || document.is_array() => Ok(Some(document)),
            _ => Err(retry("The shop answered with something else than its documented JSON.")),
        },
        401 | 403 => Err(not_let_in(answer)),
        404 if code(answer).ends_with("invalid_id") => Ok(None),
        404 => Err(refused("There is no WooCommerce at this address, or its REST interface is switched off.")),
        429 => Err(OrderFailure::Retry { after, reason: "The shop asks us to call less often.".to_owned() }),
        408 | 425 | 500.. => {
            let reason = format!("The shop has trouble (status {}).", answer.status);
            Err(OrderFailure::Retry { after, reason })
        }
        300..=399 => Err(refused("The shop sends us to another address: check the address of the connection.")),
        status => Err(refused(words(answer).map_or_else(
            || format!("The shop refuses to answer the question (status {status})."),
            |words| format!("The shop refuses to answer: {words}"),
        ))),
    }
}

/// The document that an action gave. Statuses that leave open whether something happened are `Unknown`.
pub(crate) fn written(answer: &Answer) -> Result<Value, OrderFailure> {
    let after = answer.retry_after;
    match answer.status {
        200..=299 => match typed::<Value>(&answer.body) {
            Ok(document) if document.is_object() => Ok(document),
            _ => Err(unknown("The shop took the action, but its answer could not be read.")),
        },
        401 | 403 => Err(not_let_in(answer)),
        // The shop takes a refund back that its payment provider did not make. Whoever asked the provider again could pay
        // twice, where it was only its answer that got lost.
        500 if code(answer) == "woocommerce_rest_cannot_create_order_refund" => {
            let said = words(answer).unwrap_or_else(|| "it gives no reason".to_owned());
            Err(refused(format!(
                "The payment provider did not make the refund, says the shop: {said} Look at the provider before it is tried \
                 again."
            )))
        }
        // A proxy answers 408 and 503 too when the shop breaks off in the middle; only the shop itself names a time.
        408 | 503 if after.is_none() => Err(doubt(answer.status)),
        // Nothing was done: the same key may come again.
        408 | 425 | 429 | 503 => {
            Err(OrderFailure::Retry { after, reason: "The shop asks us to try later.".to_owned() })
        }
        300..=399 => Err(refused("The shop sends us to another address: check the address of the connection.")),
        400..=499 => Err(refused(words(answer).map_or_else(
            || "The shop refuses the action and gives no reason.".to_owned(),
            |words| format!("The shop refuses the action: {words}"),
        ))),
        status => Err(doubt(status)),
    }
}

/// Whether the shop has not seen who asks: some hosts strip the header that says it.
pub(crate) fn is_stranger(answer: &Answer) -> bool {
    answer.status == 401 && code(answer).starts_with("woocommerce_rest_cannot_")
}

fn doubt(status: u16) -> OrderFailure {
    unknown(format!("The shop had trouble with the action (status {status}), so its fate is not known."))
}

fn not_let_in(answer: &Answer) -> OrderFailure {
    let reason = match words(answer) {
        Some(words) => format!("{NOT_LET_IN} It says: {words}"),
        None => NOT_LET_IN.to_owned(),
    };
    OrderFailure::Reconnect { reason }
}

/// The shop's word for what is wrong.
fn code(answer: &Answer) -> String {
    typed::<Value>(&answer.body).map(|document| text(&document, &["code"])).unwrap_or_default()
}

/// What the shop says is wrong, on one line.
fn words(answer: &Answer) -> Option<String> {
    let said = text(&typed::<Value>(&answer.body).ok()?, &["message"]);
    let line: String =
        said.chars().map(|sign| if sign.is_control() { ' ' } else { sign }).take(LONGEST_WORDS).collect();
    Some(line.trim().to_owned()).filter(|line| !line.is_empty())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use channel_contract::failure::FailureClass;
    use serde_json::json;

    use super::*;

    fn answer(status: u16, retry_after: Option<u64>, body: &str) -> Answer {
        Answer {
            status,
            headers: reqwest::header::HeaderMap::new(),
            retry_after: retry_after.map(Duration::from_secs),
            body: body.to_owned().into(),
        }
    }

    fn error(status: u16, code: &str, message: &str) -> Answer {
        answer(status, None, &json!({ "code": code, "message": message, "data": { "status": status } }).to_string())
    }

    #[test]
    fn a_read_that_failed_is_repeated_or_shown() {
        assert_eq!(read(&answer(200, None, "[1]")), Ok(Some(json!([1]))));
        assert_eq!(read(&error(404, "woocommerce_rest_shop_order_invalid_id", "Invalid ID.")), Ok(None));
        for (answer, kind) in [
            (error(404, "rest_no_route", "No route was found"), "refused"),
            (answer(404, None, "<html>"), "refused"),
            (answer(301, None, ""), "refused"),
            (error(400, "rest_invalid_param", "Invalid parameter(s): per_page"), "refused"),
            (error(401, "woocommerce_rest_cannot_view", "Sorry, you cannot list resources."), "reconnect"),
            (answer(403, None, "<html>"), "reconnect"),
            (answer(200, None, "<html>maintenance"), "retry"),
            (answer(200, None, "7"), "retry"),
            (answer(429, Some(7), ""), "retry"),
            (answer(502, None, ""), "retry"),
        ] {
            let failure = read(&answer).unwrap_err();
            assert_eq!(kind_of(&failure), kind, "{answer:?}: {failure}");
        }
        assert!(matches!(
            read(&answer(429, Some(7), "")),
            Err(OrderFailure::Retry { after: Some(after), .. }) if after.as_secs() == 7
        ));
    }

    #[test]
    fn an_action_whose_fate_is_open_is_never_taken_for_one_that_failed() {
        assert_eq!(written(&answer(201, None, r#"{"id":1}"#)), Ok(json!({ "id": 1 })));
        for (answer, kind) in [
            (answer(200, None, "[]"), "unknown"),
            (answer(201, None, "<html>"), "unknown"),
            (answer(204, None, ""), "unknown"),
            (answer(500, None, "<p>There has been a critical error</p>"), "unknown"),
            (error(500, "internal_server_error", "A critical error"), "unknown"),
            (answer(502, None, ""), "unknown"),
            (answer(408, None, ""), "unknown"),
            (answer(503, None, ""), "unknown"),
            (answer(503, Some(600), ""), "retry"),
            (answer(429, None, ""), "retry"),
            (error(400, "woocommerce_rest_invalid_product_id", "Invalid product."), "refused"),
            (error(500, "woocommerce_rest_cannot_create_order_refund", "Declined."), "refused"),
            (error(401, "woocommerce_rest_authentication_error", "No write permissions."), "reconnect"),
            (answer(302, None, ""), "refused"),
        ] {
            let failure = written(&answer).unwrap_err();
            assert_eq!(kind_of(&failure), kind, "{answer:?}: {failure}");
            assert!(failure.to_string().split_whitespace().count() > 3, "{failure}");
        }
    }

    #[test]
    fn what_broke_on_the_way_says_whether_something_may_have_happened() {
        let gone = || ChannelFailure::temporary("The shop could not be reached, so nothing was sent.");
        assert_eq!(kind_of(&broken(gone(), Effect::Writes)), "retry");
        let cut = ChannelFailure::Unknown { reason: "…it may have taken the message.".to_owned() };
        let failure = broken(cut, Effect::Writes);
        assert!(kind_of(&failure) == "unknown" && !failure.to_string().contains("message"), "{failure}");
        let odd = ChannelFailure::refused(FailureClass::Content, "The message cannot be put into a request.");
        assert!(!broken(odd, Effect::Reads).to_string().contains("message"));
    }

    #[test]
    fn a_stranger_is_told_from_wrong_keys() {
        assert!(is_stranger(&error(401, "woocommerce_rest_cannot_view", "")));
        assert!(!is_stranger(&error(401, "woocommerce_rest_authentication_error", "")));
        assert!(!is_stranger(&error(403, "woocommerce_rest_cannot_view", "")));
    }

    #[test]
    fn words_of_the_shop_stay_on_one_short_line() {
        let long = error(400, "odd", &format!("Two\nlines {}", "x".repeat(1_000)));
        let said = words(&long).unwrap();
        assert!(said.starts_with("Two lines") && said.chars().count() == LONGEST_WORDS, "{said}");
    }

    fn kind_of(failure: &OrderFailure) -> &'static str {
        match failure {
            OrderFailure::Retry { .. } => "retry",
            OrderFailure::Changed { .. } => "changed",
            OrderFailure::Refused { .. } => "refused",
            OrderFailure::Reconnect { .. } => "reconnect",
            OrderFailure::Unknown { .. } => "unknown",
        }
    }
}
