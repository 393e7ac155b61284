//! eBay: its Message API with conversations, tokens that end, the searches of orders, returns, inquiries and
//! cancellations, and notifications signed with keys that it gives out.
//!
//! One seller's account is enough: [`SELLER`]. Its clock stands still but for a second with each thing that happens.

mod access;
mod conversations;
mod orders;
mod push;
mod pushes;
mod state;
mod trading;

use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::server::{Platform, Request, Response};

pub use access::Granting;
pub use conversations::{Media, Sent};
pub use pushes::Asks;
use state::State;

/// The seller whose account it is.
pub const SELLER: &str = "fjord-outfitters";
/// The unchangeable id that stands for the seller in some places.
pub const SELLER_ID: &str = "u-7001";
/// Who the program is.
pub const CLIENT_ID: &str = "fjord-desk-PRD";
/// Its secret.
pub const CLIENT_SECRET: &str = "client-secret-of-ebay";
/// What the seller granted.
pub const REFRESH_TOKEN: &str = "refresh-secret-of-ebay";
/// What a seller granted who kept messages back.
pub const NARROW_REFRESH_TOKEN: &str = "refresh-secret-without-messages";
/// What the desk's page is called to which a consent leads back.
pub const RU_NAME: &str = "Fjord-FjordDes-fjordd-abcdefg";
/// The word that is registered with the address of notifications.
pub const VERIFICATION_TOKEN: &str = "verification-word-of-the-fjord-desk-1";

/// One seller's account at eBay.
#[derive(Default)]
pub struct Ebay {
    state: Mutex<State>,
}

impl Ebay {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What time it is there.
    pub fn now(&self) -> OffsetDateTime {
        self.state().now
    }

    /// Sets its clock.
    pub fn set_now(&self, now: OffsetDateTime) {
        self.state().now = now;
    }
}

#[async_trait]
impl Platform for Ebay {
    async fn answer(&self, request: Request) -> Response {
        let segments = request.segments();
        match (request.method.as_str(), segments.as_slice()) {
            ("POST", ["ws", "api.dll"]) => self.trading_api(&request),
            ("POST", ["identity", "v1", "oauth2", "token"]) => self.grant(&request).await,
            ("GET", ["commerce", "notification", "v1", "public_key", id]) => self.public_key(&request, id),
            ("GET", ["developer", "analytics", "v1_beta", "rate_limit"]) => self.rate_limits(&request),
            (method, ["commerce", "notification", "v1", path @ ..]) => self.notification_api(method, path, &request),
            (method, ["commerce", "message", "v1", path @ ..]) => {
                let refusal = self.state().refusal(&request, true);
                refusal.unwrap_or_else(|| self.message_api(method, path, &request))
            }
            ("GET", ["sell", "fulfillment", "v1", "order"]) => {
                let refusal = self.state().refusal(&request, false);
                refusal.unwrap_or_else(|| self.list_orders(&request))
            }
            ("GET", ["sell", "fulfillment", "v1", "order", number, below @ ..]) => {
                let refusal = self.state().refusal(&request, false);
                refusal.unwrap_or_else(|| self.one_order(number, below))
            }
            ("GET", ["post-order", "v2", name, "search"]) => self.list_cases(name, &request),
            _ => error(404, 2_002, "Resource not found"),
        }
    }
}

/// What is answered where too many calls are made.
pub fn limited() -> Response {
    error(429, 2_001, "Too many requests. The request limit has been reached for the resource.")
}

/// A refusal as eBay writes it.
fn error(status: u16, number: u32, words: &str) -> Response {
    let error = json!({
        "errorId": number, "domain": "API_MESSAGE", "category": "REQUEST", "message": words, "longMessage": words
    });
    Response::json(status, &json!({ "errors": [error] }))
}

/// A text under a name; `""` without.
fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}
