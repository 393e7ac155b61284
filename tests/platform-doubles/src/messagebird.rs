//! `MessageBird`, as far as a number goes whose messages are handed on: what customers write is pushed, and nothing is asked.

use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use hmac::{Hmac, Mac as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};
use url::form_urlencoded::Serializer;

use crate::hooks::Delivery;
use crate::server::{Platform, Request, Response};

/// The header of the token that signs a delivery.
pub const SIGNATURE_HEADER: &str = "messagebird-signature-jwt";
/// How long a token counts, in seconds, unless it is set otherwise: what is pushed again is signed anew.
const LIFE: i64 = 60;

struct State {
    key: String,
    count: u64,
    now: i64,
    life: i64,
}

/// An account at `MessageBird` with one number.
pub struct MessageBird {
    number: String,
    state: Mutex<State>,
}

impl MessageBird {
    /// An account that signs with this key, and its number.
    pub fn new(key: &str, number: &str) -> Self {
        let state = State { key: key.to_owned(), count: 0, now: 1_790_000_000, life: LIFE };
        Self { number: number.to_owned(), state: Mutex::new(state) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The time there, in seconds since 1970.
    pub fn set_now(&self, seconds: i64) {
        self.state().now = seconds;
    }

    /// Its tokens count for so many seconds: a delivery may be kept for a while before it is pushed.
    #[must_use]
    pub fn with_life(self, seconds: i64) -> Self {
        self.state().life = seconds;
        self
    }

    /// Signs with another key from now on.
    pub fn set_key(&self, key: &str) {
        key.clone_into(&mut self.state().key);
    }

    /// Somebody wrote to the number so long ago, and it is handed on to this address now; gives the id of the message.
    pub fn message(&self, from: &str, text: &str, url: &str, ago: Duration) -> (String, Delivery) {
        let (id, now) = {
            let mut state = self.state();
            state.count += 1;
            (format!("{:032x}", state.count), state.now)
        };
        let written = OffsetDateTime::from_unix_timestamp(now).ok().and_then(|now| now.checked_sub(ago));
        let written = written.and_then(|written| written.format(&Rfc3339).ok()).unwrap_or_default();
        // Numbers are written without a plus.
        let bare = |number: &str| number.trim_start_matches('+').to_owned();
        let fields = [
            ("id", id.clone()),
            ("recipient", bare(&self.number)),
            ("originator", bare(from)),
            ("body", text.to_owned()),
            ("createdDatetime", written),
        ];
        let body = Serializer::new(String::new()).extend_pairs(fields).finish();
        (id, self.signed(url, body.into()))
    }

    /// A body as a delivery to an address, signed now.
    pub fn signed(&self, url: &str, body: Bytes) -> Delivery {
        let state = self.state();
        let token = token(&state.key, (state.now, state.life), url, &body);
        let headers = vec![
            ("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()),
            (SIGNATURE_HEADER.to_owned(), token),
        ];
        Delivery { headers, body }
    }
}

/// The token that signs a body for an address, from this moment on and for so long.
fn token(key: &str, (now, life): (i64, i64), url: &str, body: &[u8]) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let hash = |bytes: &[u8]| hex::encode(Sha256::digest(bytes));
    let claims = json!({
        "iss": "MessageBird", "nbf": now, "exp": now + life, "jti": "d2b5", "url_hash": hash(url.as_bytes()),
        "payload_hash": hash(body),
    });
    let text = format!("{}.{}", part(&json!({ "alg": "HS256", "typ": "JWT" })), part(&claims));
    let mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).map(|mac| mac.chain_update(&text).finalize());
    let code = mac.map(|code| URL_SAFE_NO_PAD.encode(code.into_bytes())).unwrap_or_default();
    format!("{text}.{code}")
}

#[async_trait]
impl Platform for MessageBird {
    /// A number whose messages are only handed on is asked nothing.
    async fn answer(&self, _: Request) -> Response {
        Response::json(404, &json!({ "errors": [{ "code": 20, "description": "Not found" }] }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delivery_says_when_it_was_written_and_is_signed_now() {
        let bird = MessageBird::new("key", "+4790000002");
        let (id, delivery) = bird.message("+4791234567", "Hello", "https://desk.example/sms", Duration::hours(1));
        let body = String::from_utf8(delivery.body.to_vec()).unwrap();
        let expected = format!(
            "id={id}&recipient=4790000002&originator=4791234567&body=Hello&createdDatetime=2026-09-21T13%3A13%3A20Z"
        );
        assert_eq!(body, expected);
        let signed = token("key", (1_790_000_000, LIFE), "https://desk.example/sms", body.as_bytes());
        assert_eq!(delivery.headers.last(), Some(&(SIGNATURE_HEADER.to_owned(), signed)));
        assert_ne!(bird.message("+4791234567", "Hello", "", Duration::ZERO).0, id);
    }
}
