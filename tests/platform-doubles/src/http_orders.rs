//! A shop of one's own behind the documented endpoints of the generic order source: calls are signed, a key has an effect
//! once, and every effect stands in a ledger.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::server::{Platform, Request, Response};

/// What calls are signed with.
pub const SECRET: &str = "shared-with-the-shop-of-the-doubles";

/// What is done for every order, and for those that have not left or have arrived.
const ALWAYS: [&str; 4] = ["document", "code", "note", "code-cancellation"];
const BEFORE: [&str; 4] = ["cancel", "refund", "address", "items"];
const BEHIND: [&str; 5] = ["refund", "return", "replace", "exchange", "return-cancellation"];

/// Something that took effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    /// The key of the call.
    pub key: String,
    /// The order.
    pub order: String,
    /// The action, as the endpoint names it.
    pub action: String,
    /// The money that went back, in cents.
    pub cents: i64,
}

/// The shop.
#[derive(Default)]
pub struct HttpOrders(Mutex<State>);

#[derive(Default)]
struct State {
    orders: HashMap<String, Value>,
    /// What was answered to each key.
    answers: HashMap<String, Value>,
    ledger: Vec<Effect>,
}

impl HttpOrders {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Somebody buys two cups and a pot, 68.90 EUR with delivery; the order has arrived, or has not left.
    pub fn buy(&self, id: &str, email: &str, has_arrived: bool) {
        let line = |id: &str, sku: &str, count: u32, price: &str| {
            json!({ "id": id, "sku": sku, "title": sku, "variant": "", "ordered": count, "current": count,
                "fulfilled": if has_arrived { count } else { 0 }, "unit_price": money(price) })
        };
        let parcel = json!({ "id": format!("{id}-p"), "carrier": "DHL", "tracking_number": format!("0034{id}"),
            "status": "delivered", "shipped_at": "2026-11-19T15:00:00Z", "delivered_at": "2026-11-21T12:00:00Z",
            "lines": [{ "line_id": "l1", "quantity": 2 }, { "line_id": "l2", "quantity": 1 }] });
        let order = json!({
            "id": id, "number": id, "status": if has_arrived { "delivered" } else { "open" },
            "placed_at": "2026-11-18T08:12:00Z", "updated_at": "2026-11-20T09:30:00Z",
            "buyer": { "id": format!("{id}-b"), "name": "Mara Lind", "email": email, "phone": "" },
            "shipping_address": { "name": "Mara Lind", "line1": "Hafenweg 3", "line2": "", "postal_code": "20457",
                "city": "Hamburg", "region": "", "country": "DE" },
            "lines": [line("l1", "CUP", 2, "12.50"), line("l2", "POT", 1, "39.00")],
            "shipping_price": money("4.90"), "total": money("68.90"),
            "payments": [{ "id": format!("{id}-m"), "method": "card", "amount": money("68.90"),
                "at": "2026-11-18T08:12:05Z" }],
            "refunds": [], "returns": [], "entries": [],
            "shipments": if has_arrived { json!([parcel]) } else { json!([]) },
        });
        self.state().orders.insert(id.to_owned(), order);
    }

    /// Everything that took effect, in the order in which it did.
    pub fn ledger(&self) -> Vec<Effect> {
        self.state().ledger.clone()
    }

    /// What took effect on an order.
    pub fn effects_on(&self, order: &str) -> Vec<Effect> {
        self.state().ledger.iter().filter(|effect| effect.order == order).cloned().collect()
    }
}

#[async_trait]
impl Platform for HttpOrders {
    async fn answer(&self, request: Request) -> Response {
        if !is_signed(&request) {
            return Response::status(401);
        }
        let mut state = self.state();
        match (request.method.as_str(), request.segments().as_slice()) {
            ("GET", ["orders"]) => state.list(&request),
            ("GET", ["orders", id]) => match state.orders.get(*id) {
                Some(order) => Response::json(200, &shown(order)),
                None => Response::status(404),
            },
            ("GET", ["products"]) => Response::json(200, &json!({ "products": [] })),
            ("POST", ["orders", id, "actions", action]) => state.act(id, action, &request),
            _ => Response::status(404),
        }
    }
}

impl State {
    fn list(&self, request: &Request) -> Response {
        let (number, email) = (request.query("number").trim_start_matches('#'), request.query("email"));
        let is_meant = |order: &&Value| {
            let buyer = order.get("buyer").unwrap_or(&Value::Null);
            (!number.is_empty() && text(order, "number").eq_ignore_ascii_case(number))
                || (!email.is_empty() && text(buyer, "email").eq_ignore_ascii_case(email))
        };
        let found: Vec<Value> = self.orders.values().filter(is_meant).map(shown).collect();
        Response::json(200, &json!({ "orders": found, "next_cursor": null }))
    }

    /// The same key again is answered as before, and nothing is done.
    fn act(&mut self, id: &str, action: &str, request: &Request) -> Response {
        let (key, body) = (request.header("idempotency-key").to_owned(), request.json());
        let is_this = text(&body, "order_id") == id && text(&body, "action") == action;
        if key.is_empty() || text(&body, "idempotency_key") != key || !is_this {
            return Response::status(401);
        }
        if let Some(answer) = self.answers.get(&key) {
            return Response::json(200, answer);
        }
        let Some(order) = self.orders.get_mut(id) else { return Response::status(404) };
        let reference = format!("x{}", self.ledger.len() + 1);
        match change(order, action, &body, &reference) {
            Ok(cents) => {
                let (order, action) = (id.to_owned(), action.to_owned());
                self.ledger.push(Effect { key: key.clone(), order, action, cents });
                let answer = json!({ "reference": reference });
                self.answers.insert(key, answer.clone());
                Response::json(200, &answer)
            }
            Err(reason) => Response::json(422, &json!({ "reason": reason })),
        }
    }
}

/// Does it, and gives the money that goes back; why not, in words.
fn change(order: &mut Value, action: &str, body: &Value, reference: &str) -> Result<i64, &'static str> {
    if !allowed(order).contains(&action) {
        return Err("This is not done for an order that stands like this.");
    }
    let of = |name: &str| body.get(name).cloned().unwrap_or_default();
    let left = sum(order, "payments") - sum(order, "refunds");
    match action {
        "cancel" => {
            if left > 0 {
                push(order, "refunds", json!({ "id": reference, "amount": money(&decimal(left)) }));
            }
            put(order, "status", json!("cancelled"));
            return Ok(left);
        }
        "refund" => {
            let cents = body.get("amount").map_or(0, cents);
            if cents <= 0 || cents > left {
                return Err("The refund is more than is left of what was paid.");
            }
            push(order, "refunds", json!({ "id": reference, "amount": of("amount") }));
            return Ok(cents);
        }
        "return" => push(order, "returns", json!({ "id": reference, "status": "open", "lines": of("lines") })),
        "replace" => push(order, "shipments", json!({ "id": reference, "status": "packed", "lines": of("lines") })),
        "address" => put(order, "shipping_address", of("address")),
        "exchange" => {
            let (lines, exchange) = (of("changes"), of("changes"));
            push(order, "returns", json!({ "id": reference, "status": "open", "lines": lines, "exchange": exchange }));
        }
        "items" => change_lines(order, body),
        "document" | "code" | "note" => {
            let kind = if action == "document" { "sent" } else { action };
            let mut entry = body.clone();
            for (name, value) in [("id", reference), ("kind", kind), ("code", "SORRY"), ("at", "2026-11-22T10:00:00Z")]
            {
                put(&mut entry, name, json!(value));
            }
            push(order, "entries", entry);
        }
        "return-cancellation" => drop_from(order, "returns", &of("id")),
        _ => drop_from(order, "entries", &of("id")),
    }
    Ok(0)
}

fn change_lines(order: &mut Value, body: &Value) {
    let changes = body.get("changes").and_then(Value::as_array).into_iter().flatten();
    for change in changes {
        let lines = order.get_mut("lines").and_then(Value::as_array_mut).into_iter().flatten();
        for line in lines.filter(|line| text(line, "id") == text(change, "line_id")) {
            put(line, "sku", change.get("sku").cloned().unwrap_or_default());
            put(line, "current", change.get("quantity").cloned().unwrap_or_default());
        }
    }
}

/// What the shop would do with an order now.
fn allowed(order: &Value) -> Vec<&'static str> {
    let by_status: &[&str] = match text(order, "status") {
        "open" => &BEFORE,
        "delivered" => &BEHIND,
        _ => &[],
    };
    by_status.iter().chain(&ALWAYS).copied().collect()
}

/// An order as it is told.
fn shown(order: &Value) -> Value {
    let allowed: Vec<Value> = allowed(order).iter().map(|kind| json!({ "kind": kind })).collect();
    let mut shown = order.clone();
    put(&mut shown, "actions_allowed", json!(allowed));
    shown
}

/// Whether the body bears the signature of the one who knows the secret. At which time it was signed is not looked at.
fn is_signed(request: &Request) -> bool {
    let part = |name: &str| request.header("x-signature").split(',').find_map(|part| part.strip_prefix(name));
    let (Some(time), Some(code)) = (part("t="), part("v1=").and_then(|code| hex::decode(code).ok())) else {
        return false;
    };
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()) else { return false };
    mac.update(time.as_bytes());
    mac.update(b".");
    mac.update(&request.body);
    mac.verify_slice(&code).is_ok()
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn put(object: &mut Value, name: &str, value: Value) {
    if let Some(fields) = object.as_object_mut() {
        fields.insert(name.to_owned(), value);
    }
}

fn push(object: &mut Value, name: &str, entry: Value) {
    if let Some(list) = object.get_mut(name).and_then(Value::as_array_mut) {
        list.push(entry);
    }
}

fn drop_from(object: &mut Value, name: &str, id: &Value) {
    if let Some(list) = object.get_mut(name).and_then(Value::as_array_mut) {
        list.retain(|entry| entry.get("id") != Some(id));
    }
}

fn money(amount: &str) -> Value {
    json!({ "amount": amount, "currency": "EUR" })
}

fn decimal(cents: i64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

/// An amount as it is written, in cents.
fn cents(amount: &Value) -> i64 {
    let (whole, part) = text(amount, "amount").split_once('.').unwrap_or_default();
    format!("{whole}{part:0<2}").parse().unwrap_or_default()
}

fn sum(order: &Value, name: &str) -> i64 {
    let entries = order.get(name).and_then(Value::as_array).into_iter().flatten();
    entries.map(|entry| entry.get("amount").map_or(0, cents)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(path: &str, key: &str, body: &Value) -> Request {
        let body = body.to_string();
        let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
        mac.update(format!("7.{body}").as_bytes());
        let code = hex::encode(mac.finalize().into_bytes());
        let headers =
            vec![("idempotency-key".to_owned(), key.to_owned()), ("x-signature".to_owned(), format!("t=7,v1={code}"))];
        let method = "POST".to_owned();
        Request { method, path: path.to_owned(), query: Vec::new(), headers, body: body.into() }
    }

    fn refund(key: &str, amount: &str) -> Request {
        let body = json!({ "order_id": "o1", "action": "refund", "idempotency_key": key, "amount": money(amount) });
        call("/orders/o1/actions/refund", key, &body)
    }

    #[tokio::test]
    async fn a_key_has_an_effect_once_and_stands_in_the_ledger_once() {
        let shop = HttpOrders::default();
        shop.buy("o1", "mara@example.org", true);
        for key in ["a", "a", "b"] {
            assert_eq!(shop.answer(refund(key, "12.50")).await.status, 200, "{key}");
        }
        assert_eq!(shop.answer(refund("c", "68.90")).await.status, 422, "more than is left");
        let done: Vec<(String, i64)> = shop.ledger().into_iter().map(|effect| (effect.key, effect.cents)).collect();
        assert_eq!(done, [("a".to_owned(), 1_250), ("b".to_owned(), 1_250)]);
        let cancel = json!({ "order_id": "o1", "action": "cancel", "idempotency_key": "d" });
        assert_eq!(shop.answer(call("/orders/o1/actions/cancel", "d", &cancel)).await.status, 422, "it has arrived");
    }

    #[tokio::test]
    async fn what_is_not_signed_is_not_heard() {
        let shop = HttpOrders::default();
        shop.buy("o1", "mara@example.org", true);
        let forged = Request { body: refund("a", "99.00").body, ..refund("a", "12.50") };
        let unsigned = Request { headers: Vec::new(), ..refund("a", "12.50") };
        let other = Request { path: "/orders/o2/actions/refund".to_owned(), ..refund("a", "12.50") };
        for request in [forged, unsigned, other] {
            assert_eq!(shop.answer(request).await.status, 401);
        }
        assert!(shop.ledger().is_empty());
    }
}
