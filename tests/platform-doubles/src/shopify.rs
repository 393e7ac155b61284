//! Shopify: one shop behind the Admin GraphQL interface, with its points, its two ways in, orders in pages, and webhooks
//! signed with the app's secret.
//!
//! A call is known by the field that it asks for at its root; what it names is read from its variables, as the desk names
//! them. Its clock stands still but for a second with each thing that happens.

mod change;
mod drafts;
mod hooks;
mod orders;
mod points;
mod state;

use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use serde_json::{Value, json};

use crate::server::{Platform, Request, Response};

pub use orders::{Line, Wish};
use state::State;

/// The name of the shop.
pub const DOMAIN: &str = "fjord-outfitters.myshopify.com";
/// The version that the shop speaks.
pub const VERSION: &str = "2026-07";
/// A token that lasts.
pub const TOKEN: &str = "shpat_access-of-the-doubles";
/// The app.
pub const CLIENT_ID: &str = "client-of-the-doubles";
/// Its secret, which signs webhooks too.
pub const CLIENT_SECRET: &str = "client-secret-of-the-doubles";

/// One shop.
#[derive(Default)]
pub struct Shopify {
    state: Mutex<State>,
}

impl Shopify {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers in this version from now on, whatever is asked.
    pub fn fall_forward(&self, version: &str) {
        version.clone_into(&mut self.state().version);
    }

    /// The app is taken out of the shop: no token opens it any more.
    pub fn uninstall(&self) {
        let mut state = self.state();
        state.is_installed = false;
        state.tokens.clear();
    }

    /// The app is put into the shop again.
    pub fn install(&self) {
        self.state().is_installed = true;
    }

    /// The tokens that were given for the app's id and secret end now.
    pub fn end_tokens(&self) {
        self.state().tokens.clear();
    }

    /// How many tokens were given for the app's id and secret.
    pub fn granted(&self) -> usize {
        self.state().granted
    }

    /// Shows no customer from now on, as to an app that was not let see them.
    pub fn hide_customers(&self) {
        self.state().hides_customers = true;
    }

    /// The next so many readings of orders tell what was before the last change.
    pub fn be_stale(&self, readings: usize) {
        self.state().stale = readings;
    }

    fn enter(&self, request: &Request) -> Response {
        let asked = request.json();
        let of = |name: &str| asked.get(name).and_then(Value::as_str).unwrap_or_default();
        let mut state = self.state();
        let is_ours = of("client_id") == CLIENT_ID && of("client_secret") == CLIENT_SECRET;
        if of("grant_type") != "client_credentials" || !is_ours || !state.is_installed {
            return Response::json(400, &json!({ "error": "invalid_client" }));
        }
        state.granted += 1;
        let token = format!("shpat_granted-{}", state.granted);
        state.tokens.push(token.clone());
        Response::json(200, &json!({ "access_token": token, "scope": "write_orders", "expires_in": 86_399 }))
    }

    fn call(&self, request: &Request) -> Response {
        let mut state = self.state();
        let token = request.header("x-shopify-access-token");
        let opens = state.is_installed && (token == TOKEN || state.tokens.iter().any(|known| known == token));
        if !opens {
            let words = "[API] Invalid API key or access token (unrecognized login or wrong password)";
            return Response::json(401, &json!({ "errors": words }));
        }
        let call = request.json();
        let document = call.get("query").and_then(Value::as_str).unwrap_or_default();
        let (cost, status) = state.points.take(document);
        let mut body = if status.is_some() {
            state.answer(document, call.get("variables").unwrap_or(&Value::Null))
        } else {
            json!({ "errors": [{ "message": "Throttled", "extensions": { "code": "THROTTLED" } }] })
        };
        let status = status.unwrap_or_else(|| state.points.status());
        if let Some(fields) = body.as_object_mut() {
            let cost = json!({ "requestedQueryCost": cost, "actualQueryCost": null, "throttleStatus": status });
            fields.insert("extensions".to_owned(), json!({ "cost": cost }));
        }
        Response::json(200, &body).with("x-shopify-api-version", &state.version)
    }
}

#[async_trait]
impl Platform for Shopify {
    async fn answer(&self, request: Request) -> Response {
        match (request.method.as_str(), request.segments().as_slice()) {
            ("POST", ["admin", "oauth", "access_token"]) => self.enter(&request),
            ("POST", ["admin", "api", _, "graphql.json"]) => self.call(&request),
            _ => Response::json(404, &json!({ "errors": "Not Found" })),
        }
    }
}

/// What is answered where the points do not suffice, as a fault: `wait` seconds bring what is missing.
pub fn throttled(wait: u32) -> Response {
    let body = json!({
        "errors": [{ "message": "Throttled", "extensions": { "code": "THROTTLED" } }],
        "extensions": { "cost": { "requestedQueryCost": 100 * wait, "actualQueryCost": null, "throttleStatus": {
            "maximumAvailable": 2_000.0, "currentlyAvailable": 0, "restoreRate": 100.0 } } }
    });
    Response::json(200, &body)
}

/// An error of the interface, as a fault.
pub fn erring(code: &str) -> Response {
    let error = json!({ "message": "Something went wrong", "extensions": { "code": code } });
    Response::json(200, &json!({ "data": null, "errors": [error] }))
}

/// A text at a path of names; `""` without.
fn word<'v>(value: &'v Value, path: &[&str]) -> &'v str {
    let found = path.iter().try_fold(value, |value, name| value.get(*name));
    found.and_then(Value::as_str).unwrap_or_default()
}

/// An amount of euros, as a bag.
fn bag(minor: i64) -> Value {
    let amount = format!("{}.{:02}", minor / 100, minor % 100);
    let money = json!({ "amount": amount, "currencyCode": "EUR" });
    json!({ "presentmentMoney": money, "shopMoney": money })
}

/// What a bag holds, in cents.
fn cents(bag: &Value) -> i64 {
    of_decimal(word(bag, &["presentmentMoney", "amount"]))
}

/// A decimal in cents.
fn of_decimal(text: &str) -> i64 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    format!("{whole}{fraction:0<2}").parse().unwrap_or_default()
}

/// A payload that refuses.
fn objection(words: &str) -> Value {
    json!({ "userErrors": [{ "field": ["input"], "message": words, "code": null }] })
}
