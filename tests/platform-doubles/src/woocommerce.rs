//! A shop that runs on WooCommerce: orders, refunds that move money or are only booked, notes, ways to pay, products and webhooks,
//! behind version 3 of its REST interface.

mod hooks;
mod orders;
mod refunds;

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use crate::server::{Platform, Request, Response};

/// The key that opens the shop.
pub const KEY: &str = "ck_of_the_fjord_shop";
/// Its secret.
pub const SECRET: &str = "cs_of_the_fjord_shop";
/// What the shop signs its webhooks with.
pub const HOOK_SECRET: &str = "hook-secret-of-the-fjord-shop";

/// What the payment provider does with a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    /// It gives the money back.
    Pays,
    /// It refuses, and the shop takes the refund back.
    Declines,
    /// The shop books the refund and does not say that money moved, as while the provider is still asked.
    OnlyBooks,
}

/// The shop. Its clock stands still but for a second with each thing that happens.
pub struct WooCommerce(Mutex<State>);

struct State {
    now: OffsetDateTime,
    last_id: u64,
    orders: Vec<Value>,
    refunds: HashMap<u64, Vec<Value>>,
    notes: Vec<(u64, Value)>,
    products: Vec<Value>,
    webhooks: Vec<Value>,
    gateways: Vec<Value>,
    provider: Provider,
    strips_header: bool,
    reads_only: bool,
    /// What orders and refunds are read as, where they are old.
    old: Option<Old>,
}

/// The orders of a moment, with their refunds.
type Old = (Vec<Value>, HashMap<u64, Vec<Value>>);

impl WooCommerce {
    /// A shop whose clock shows this, with a card that gives money back and a bank transfer that does not.
    pub fn new(now: OffsetDateTime) -> Self {
        let gateway = |id: &str, supports: &[&str]| json!({ "id": id, "title": id, "enabled": true, "method_supports": supports });
        Self(Mutex::new(State {
            now,
            last_id: 700,
            orders: Vec::new(),
            refunds: HashMap::new(),
            notes: Vec::new(),
            products: Vec::new(),
            webhooks: Vec::new(),
            gateways: vec![gateway("stripe", &["products", "refunds"]), gateway("bacs", &["products"])],
            provider: Provider::Pays,
            strips_header: false,
            reads_only: false,
            old: None,
        }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the payment provider does from now on.
    pub fn set_provider(&self, provider: Provider) {
        self.state().provider = provider;
    }

    /// The host strips the header that says who asks.
    pub fn strip_header(&self) {
        self.state().strips_header = true;
    }

    /// The keys may only read from now on.
    pub fn read_only(&self) {
        self.state().reads_only = true;
    }

    /// Orders and refunds are read as they are at this moment until the next call of this, as a cache shows them.
    pub fn show_old(&self, is_old: bool) {
        let mut state = self.state();
        state.old = is_old.then(|| (state.orders.clone(), state.refunds.clone()));
    }

    /// A product that the shop sells.
    pub fn put_product(&self, product: Value) {
        self.state().products.push(product);
    }

    /// The notes that were left at an order.
    pub fn notes(&self, order: u64) -> Vec<Value> {
        self.state().notes.iter().filter(|(at, _)| *at == order).map(|(_, note)| note.clone()).collect()
    }

    /// What the shop sends when its owner has said yes to what was asked under this word.
    pub fn keys_for(word: &str) -> Value {
        json!({
            "key_id": 1, "user_id": word, "consumer_key": KEY, "consumer_secret": SECRET, "key_permissions": "read_write"
        })
    }
}

#[async_trait]
impl Platform for WooCommerce {
    async fn answer(&self, request: Request) -> Response {
        let segments = request.segments();
        let ["wp-json", "wc", "v3", path @ ..] = segments.as_slice() else { return Response::status(404) };
        let mut state = self.state();
        if let Some(refusal) = state.refusal(&request) {
            return refusal;
        }
        match (request.method.as_str(), path) {
            ("GET", ["orders"]) => state.list_orders(&request),
            ("POST", ["orders"]) => state.make_order(&request.json()),
            ("GET", ["orders", id]) => state.show_order(id),
            ("PUT", ["orders", id]) => state.change_order(id, &request.json()),
            ("GET", ["orders", id, "refunds"]) => state.list_refunds(id, &request),
            ("POST", ["orders", id, "refunds"]) => state.make_refund(id, &request.json()),
            ("POST", ["orders", id, "notes"]) => state.note(id, &request.json()),
            ("GET", ["payment_gateways"]) => paged(&state.gateways, &request),
            ("GET", ["webhooks"]) => paged(&state.webhooks, &request),
            ("GET", ["products"]) => state.list_products(&request),
            ("GET", ["data", "currencies", "current"]) => Response::json(200, &json!({ "code": "EUR" })),
            _ => error(404, "rest_no_route", "No route was found matching the URL and request method."),
        }
    }
}

impl State {
    /// What is answered to a call whose keys are none, or may not do this.
    fn refusal(&self, request: &Request) -> Option<Response> {
        let (key, secret) = self.keys_of(request);
        if key != KEY {
            return Some(error(401, "woocommerce_rest_cannot_view", "Sorry, you cannot list resources."));
        }
        if secret != SECRET {
            return Some(error(401, "woocommerce_rest_authentication_error", "Consumer secret is invalid."));
        }
        let writes = request.method != "GET";
        (writes && self.reads_only).then(|| {
            let words = "The API key provided does not have write permissions.";
            error(401, "woocommerce_rest_authentication_error", words)
        })
    }

    fn keys_of(&self, request: &Request) -> (String, String) {
        let in_address = (request.query("consumer_key"), request.query("consumer_secret"));
        if !in_address.0.is_empty() {
            return (in_address.0.to_owned(), in_address.1.to_owned());
        }
        let header = request.header("authorization").strip_prefix("Basic ").filter(|_| !self.strips_header);
        let opened = header.and_then(|header| String::from_utf8(STANDARD.decode(header).ok()?).ok());
        let opened = opened.unwrap_or_default();
        let (key, secret) = opened.split_once(':').unwrap_or_default();
        (key.to_owned(), secret.to_owned())
    }

    fn new_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// A second passes; gives what the clock shows then.
    fn tick(&mut self) -> String {
        self.now += Duration::seconds(1);
        stamp(self.now)
    }

    fn note(&mut self, id: &str, note: &Value) -> Response {
        let Some(order) = self.place_of(id).and_then(|place| number(self.orders.get(place)?, "id")) else {
            return missing();
        };
        self.notes.push((order, note.clone()));
        let id = self.new_id();
        Response::json(201, &json!({ "id": id, "note": text(note, "note") }))
    }

    fn list_products(&self, request: &Request) -> Response {
        let (sku, search) = (request.query("sku"), request.query("search").to_lowercase());
        let is_meant = |product: &&Value| {
            (sku.is_empty() || text(product, "sku") == sku) && text(product, "name").to_lowercase().contains(&search)
        };
        paged(&self.products.iter().filter(is_meant).cloned().collect::<Vec<_>>(), request)
    }
}

/// A page of a list.
fn paged(all: &[Value], request: &Request) -> Response {
    let number = |name: &str, usual: usize| request.query(name).parse::<usize>().unwrap_or(usual).max(1);
    let (size, page) = (number("per_page", 10), number("page", 1));
    if size > 100 {
        return error(400, "rest_invalid_param", "Invalid parameter(s): per_page");
    }
    let shown: Vec<&Value> = all.iter().skip((page - 1) * size).take(size).collect();
    Response::json(200, &shown)
        .with("x-wp-total", &all.len().to_string())
        .with("x-wp-totalpages", &all.len().div_ceil(size).to_string())
}

/// A refusal as the shop writes it.
fn error(status: u16, code: &str, words: &str) -> Response {
    Response::json(status, &json!({ "code": code, "message": words, "data": { "status": status } }))
}

fn missing() -> Response {
    error(404, "woocommerce_rest_shop_order_invalid_id", "Invalid ID.")
}

/// A moment as the shop writes it: in UTC, and without saying so.
fn stamp(moment: OffsetDateTime) -> String {
    let moment = moment.replace_nanosecond(0).unwrap_or(moment);
    moment.format(&Rfc3339).unwrap_or_default().trim_end_matches('Z').to_owned()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn number(value: &Value, name: &str) -> Option<u64> {
    value.get(name).and_then(Value::as_u64)
}

/// An amount in hundredths.
fn cents(written: &str) -> i64 {
    let (whole, part) =
        written.trim_start_matches('-').split_once('.').unwrap_or((written.trim_start_matches('-'), ""));
    format!("{whole}{:0<2}", part.chars().take(2).collect::<String>()).parse().unwrap_or_default()
}
