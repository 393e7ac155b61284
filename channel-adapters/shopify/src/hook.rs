//! What Shopify tells by itself; pure. A webhook is only a hint to read the order again, or to try the access: nothing in it
//! is taken for a fact.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use channel_contract::failure::{ParseError, VerifyError};
use channel_contract::secret::Secret;
use channel_contract::wire::document;
use hmac::{Hmac, Mac};
use serde_json::Value;
use sha2::Sha256;

use crate::wire::{at, number_in, word};

/// The header with the signature.
pub const SIGNATURE: &str = "x-shopify-hmac-sha256";
/// The header with what happened.
pub const TOPIC: &str = "x-shopify-topic";
/// The header with the shop's name.
pub const SHOP: &str = "x-shopify-shop-domain";
/// The header with the id of the delivery: the same when it is sent again.
pub const ID: &str = "x-shopify-webhook-id";

/// What a webhook says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// An order changed, or something of it.
    Order(String),
    /// The app was taken out of the shop: its access is over.
    Removed,
    /// A customer, or Shopify for the shop, asks about data that the desk has. The shop's owner is told of it too.
    Privacy,
    /// Nothing that the desk acts on.
    Nothing,
}

/// Checks the signature over the raw bytes. Any of the secrets will do; an empty one is none.
pub fn verify(secrets: &[Secret], signature: Option<&str>, body: &[u8]) -> Result<(), VerifyError> {
    let signature = signature.map(str::trim).filter(|signature| !signature.is_empty()).ok_or(VerifyError::Missing)?;
    let malformed = |_| VerifyError::Malformed("the signature is no Base64".to_owned());
    let given = STANDARD.decode(signature).map_err(malformed)?;
    let is_theirs = |secret: &Secret| {
        // A key of any length is fine for HMAC.
        Hmac::<Sha256>::new_from_slice(secret.reveal().as_bytes())
            .is_ok_and(|mac| mac.chain_update(body).verify_slice(&given).is_ok())
    };
    let matches = secrets.iter().filter(|secret| !secret.is_empty()).filter(|secret| is_theirs(secret)).count();
    if matches > 0 { Ok(()) } else { Err(VerifyError::Mismatch) }
}

/// Reads a webhook whose signature was verified.
pub fn read(topic: &str, body: &[u8]) -> Result<Told, ParseError> {
    let topic = topic.trim().to_ascii_lowercase();
    let (about, _) = topic.split_once('/').unwrap_or((topic.as_str(), ""));
    match topic.as_str() {
        "app/uninstalled" => return Ok(Told::Removed),
        "customers/data_request" | "customers/redact" | "shop/redact" => return Ok(Told::Privacy),
        _ => {}
    }
    let told = document(body)?;
    let places: &[&[&str]] = match about {
        "orders" => &[&["admin_graphql_api_id"], &["id"]],
        "fulfillments" | "fulfillment_events" | "refunds" | "order_transactions" => &[&["order_id"]],
        "returns" | "reverse_deliveries" => &[&["order", "admin_graphql_api_id"], &["order", "id"], &["order_id"]],
        _ => return Ok(Told::Nothing),
    };
    match places.iter().map(|place| number_at(&told, place)).find(|id| !id.is_empty()) {
        Some(id) => Ok(Told::Order(id)),
        None => Err(ParseError("the webhook names no order".to_owned())),
    }
}

fn number_at(told: &Value, place: &[&str]) -> String {
    let id = number_in(&word(told, place)).to_owned();
    let is_number = !at(told, place).is_null() && id.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { id } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = br#"{"id":5001,"admin_graphql_api_id":"gid://shopify/Order/5001"}"#;

    fn signed(secret: &str, body: &[u8]) -> String {
        let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap().chain_update(body);
        STANDARD.encode(mac.finalize().into_bytes())
    }

    #[test]
    fn only_a_signature_over_these_bytes_counts() {
        let secrets = [Secret::new("the-client-secret"), Secret::default(), Secret::new("the-one-before")];
        for signer in ["the-client-secret", "the-one-before"] {
            assert_eq!(verify(&secrets, Some(&signed(signer, BODY)), BODY), Ok(()), "{signer}");
        }
        for (signature, wrong) in [
            (Some(signed("another-secret", BODY)), VerifyError::Mismatch),
            (Some(signed("", BODY)), VerifyError::Mismatch),
            (Some(signed("the-client-secret", b"{}")), VerifyError::Mismatch),
            (Some("AAAA".to_owned()), VerifyError::Mismatch),
            (Some(" ".to_owned()), VerifyError::Missing),
            (None, VerifyError::Missing),
        ] {
            assert_eq!(verify(&secrets, signature.as_deref(), BODY), Err(wrong), "{signature:?}");
        }
        assert!(matches!(verify(&secrets, Some("no base64!"), BODY), Err(VerifyError::Malformed(_))));
    }

    #[test]
    fn a_webhook_names_the_order_to_read_again() {
        for (topic, body) in [
            ("orders/updated", r#"{"id":5001,"admin_graphql_api_id":"gid://shopify/Order/5001"}"#),
            ("ORDERS/CANCELLED", r#"{"id":5001}"#),
            ("fulfillments/create", r#"{"id":7,"order_id":5001}"#),
            ("fulfillment_events/create", r#"{"id":7,"order_id":5001,"status":"in_transit"}"#),
            ("refunds/create", r#"{"id":7,"order_id":5001,"note":null}"#),
            ("returns/request", r#"{"id":7,"order":{"id":5001,"admin_graphql_api_id":"gid://shopify/Order/5001"}}"#),
        ] {
            assert_eq!(read(topic, body.as_bytes()), Ok(Told::Order("5001".to_owned())), "{topic}");
        }
        for (topic, body) in
            [("orders/updated", "{}"), ("orders/updated", "no json"), ("refunds/create", r#"{"order_id":"x"}"#)]
        {
            assert!(read(topic, body.as_bytes()).is_err(), "{topic} {body}");
        }
    }

    #[test]
    fn what_is_about_no_order_is_taken_all_the_same() {
        assert_eq!(read("app/uninstalled", b"{}"), Ok(Told::Removed));
        for topic in ["customers/data_request", "customers/redact", "shop/redact"] {
            assert_eq!(read(topic, b"{}"), Ok(Told::Privacy), "{topic}");
        }
        assert_eq!(read("products/update", b"{\"id\":1}"), Ok(Told::Nothing));
    }
}
