//! What the shop tells us by itself: an order changed. Pure. A webhook is only a hint to read the order again; nothing in it is
//! taken for a fact.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use channel_contract::failure::{ParseError, VerifyError};
use channel_contract::secret::Secret;
use channel_contract::wire::{document, text};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq as _};

/// The header that carries the signature.
pub const SIGNATURE: &str = "X-WC-Webhook-Signature";
/// The header that says what happened to what: `order.updated`.
pub const TOPIC: &str = "X-WC-Webhook-Topic";

/// An order changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderHook {
    /// The same when it is sent again: the order, the topic, and when the order was changed.
    pub event_id: String,
    /// The shop's id of the order.
    pub order_id: String,
}

/// Whether it is the call that the shop makes when a webhook is saved. It is not signed, and says nothing.
pub fn is_ping(body: &[u8]) -> bool {
    let number = body.strip_prefix(b"webhook_id=").unwrap_or_default();
    !number.is_empty() && number.len() <= 20 && number.iter().all(u8::is_ascii_digit)
}

/// The signature of a body, as the header carries it.
pub fn sign(secret: &Secret, body: &[u8]) -> String {
    STANDARD.encode(code(secret, body))
}

/// Checks the header's value over the raw bytes. Any of the secrets will do.
pub fn verify(secrets: &[Secret], header: Option<&str>, body: &[u8]) -> Result<(), VerifyError> {
    let header = header.map(str::trim).filter(|header| !header.is_empty()).ok_or(VerifyError::Missing)?;
    let given =
        STANDARD.decode(header).map_err(|_| VerifyError::Malformed(format!("{SIGNATURE} is not written in base64")))?;
    let mut matches = Choice::from(0);
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        matches |= code(secret, body).ct_eq(&given);
    }
    if bool::from(matches) { Ok(()) } else { Err(VerifyError::Mismatch) }
}

/// Reads a webhook whose signature was verified; `None` where it is not about an order.
pub fn parse(topic: &str, body: &[u8]) -> Result<Option<OrderHook>, ParseError> {
    if !topic.starts_with("order.") {
        return Ok(None);
    }
    let order = document(body)?;
    let order_id = text(&order, &["id"]);
    if order_id.is_empty() {
        return Err(ParseError("the webhook names no order".to_owned()));
    }
    let changed = text(&order, &["date_modified_gmt"]);
    Ok(Some(OrderHook { event_id: format!("{order_id}:{topic}:{changed}"), order_id }))
}

fn code(secret: &Secret, body: &[u8]) -> Vec<u8> {
    // A key of any length is fine for HMAC, so this cannot fail; the empty code would match nothing.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.reveal().as_bytes()) else { return Vec::new() };
    mac.update(body);
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = br#"{"id":727,"status":"processing","date_modified_gmt":"2026-11-20T09:30:00"}"#;

    fn secret(text: &str) -> Secret {
        Secret::new(text)
    }

    #[test]
    fn the_code_is_the_one_that_others_reckon() {
        // printf '%s' '{"id":1}' | openssl dgst -sha256 -hmac 'the secret' -binary | base64
        assert_eq!(sign(&secret("the secret"), br#"{"id":1}"#), "WDTdNTNPWBN+5H1uHuoBrCkmfIDqqQ6Q2YnSg3qdcCQ=");
    }

    #[test]
    fn any_secret_that_counts_verifies_and_no_other() {
        let both = [secret("the current one"), secret("the one before")];
        for signer in &both {
            assert_eq!(verify(&both, Some(&sign(signer, BODY)), BODY), Ok(()));
        }
        let stranger = sign(&secret("another"), BODY);
        assert_eq!(verify(&both, Some(&stranger), BODY), Err(VerifyError::Mismatch));
        let altered = sign(&both[0], BODY);
        assert_eq!(verify(&both, Some(&altered), &BODY[1..]), Err(VerifyError::Mismatch));
        for header in [None, Some(""), Some("  ")] {
            assert_eq!(verify(&both, header, BODY), Err(VerifyError::Missing));
        }
        assert!(matches!(verify(&both, Some("not base64!"), BODY), Err(VerifyError::Malformed(_))));
        // A shop without a secret signs with the empty one, which anybody can.
        let empty = secret("");
        assert_eq!(verify(std::slice::from_ref(&empty), Some(&sign(&empty, BODY)), BODY), Err(VerifyError::Mismatch));
    }

    #[test]
    fn a_ping_is_known_by_its_form_alone() {
        assert!(is_ping(b"webhook_id=12"));
        for body in ["", "webhook_id=", "webhook_id=1&a=2", "webhook_id=x", r#"{"webhook_id":1}"#] {
            assert!(!is_ping(body.as_bytes()), "{body}");
        }
    }

    #[test]
    fn reads_what_is_about_orders() {
        let read = parse("order.updated", BODY).unwrap().unwrap();
        assert_eq!((read.order_id.as_str(), read.event_id.as_str()), ("727", "727:order.updated:2026-11-20T09:30:00"));
        assert_eq!(parse("order.deleted", br#"{"id":7}"#).unwrap().unwrap().order_id, "7");
        for topic in ["product.updated", "customer.created", "coupon.deleted", "action.woocommerce_add_to_cart", ""] {
            assert_eq!(parse(topic, BODY), Ok(None), "{topic}");
        }
        for body in ["", "[]", "{}", "<html>"] {
            assert!(parse("order.updated", body.as_bytes()).is_err(), "{body}");
        }
    }
}
