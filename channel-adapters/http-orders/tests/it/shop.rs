//! A small shop that does what the contract says, or breaks one promise of it.

use std::collections::HashMap;
use std::sync::Mutex;

use channel_contract::money::{Currency, Money};
use serde_json::{Value, json};
use wiremock::{Match, Mock, MockServer, Request, Respond, ResponseTemplate};

use crate::support::{money, order};

/// A promise that the shop breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Defect {
    None,
    /// Does the same key again.
    ForgetsKeys,
    /// Remembers the key, but answers with another reference.
    OtherReference,
    /// Says that it did the action and does nothing.
    OnlyClaims,
    /// Finds numbers only as they are written.
    NumbersAsWritten,
    /// Refunds more than was paid.
    Generous,
    /// Refuses with a code instead of a sentence.
    Terse,
    /// Answers unknown numbers with a failure.
    Loud,
    /// Cancels, and keeps the money.
    KeepsMoney,
}

struct State {
    order: Value,
    replacements: Vec<Value>,
    done: HashMap<String, Value>,
    count: u32,
}

struct Shop {
    defect: Defect,
    /// Whether a replacement is an order of its own, not a parcel.
    replaces_by_order: bool,
    state: Mutex<State>,
}

struct Everything;

impl Match for Everything {
    fn matches(&self, _: &Request) -> bool {
        true
    }
}

/// Starts a shop holding one order.
pub(crate) async fn start(defect: Defect, replaces_by_order: bool) -> MockServer {
    let mut seeded = order("o1", "FJ-1a", "mara@example.org");
    seeded["shipments"] = json!([{"id": "s1", "tracking_number": "0034", "status": "packed",
                                  "lines": [{"line_id": "l1", "quantity": 1}]}]);
    seeded["entries"] = json!([]);
    let allowed = ["exchange", "items", "document", "code", "note", "return-cancellation", "code-cancellation"];
    for kind in allowed {
        seeded["actions_allowed"].as_array_mut().unwrap().push(json!({"kind": kind}));
    }
    let state = State { order: seeded, replacements: Vec::new(), done: HashMap::new(), count: 0 };
    let server = MockServer::start().await;
    Mock::given(Everything)
        .respond_with(Shop { defect, replaces_by_order, state: Mutex::new(state) })
        .mount(&server)
        .await;
    server
}

impl Respond for Shop {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let mut state = self.state.lock().unwrap();
        let segments: Vec<&str> = request.url.path_segments().unwrap().collect();
        match segments.as_slice() {
            ["orders"] => self.list(&state, request),
            ["orders", "o1"] => ResponseTemplate::new(200).set_body_json(&state.order),
            ["products"] => ResponseTemplate::new(200).set_body_json(json!({"products": [
                {"sku": "CUP", "title": "Cup", "variant": "blue", "price": money("12.50")},
                {"sku": "CUP-RED", "title": "Cup", "variant": "red", "price": money("12.50"), "in_stock": 9}
            ]})),
            ["orders", "o1", "actions", action] => self.act(&mut state, action, request),
            _ => ResponseTemplate::new(404),
        }
    }
}

impl Shop {
    fn list(&self, state: &State, request: &Request) -> ResponseTemplate {
        let (name, value) = request.url.query_pairs().next().unwrap();
        let wanted = |text: &Value| text.as_str().unwrap().eq_ignore_ascii_case(&value);
        let orders = std::iter::once(&state.order).chain(&state.replacements);
        let found: Vec<&Value> = orders
            .filter(|order| match &*name {
                "number" if self.defect == Defect::NumbersAsWritten => order["number"] == *value,
                "number" => wanted(&order["number"]),
                "email" => wanted(&order["buyer"]["email"]),
                _ => false,
            })
            .collect();
        if found.is_empty() && self.defect == Defect::Loud {
            return ResponseTemplate::new(404);
        }
        ResponseTemplate::new(200).set_body_json(json!({"orders": found, "next_cursor": null}))
    }

    fn act(&self, state: &mut State, action: &str, request: &Request) -> ResponseTemplate {
        let body: Value = request.body_json().unwrap();
        let key = request.headers.get("Idempotency-Key").unwrap().to_str().unwrap().to_owned();
        assert_eq!((body["idempotency_key"].as_str(), body["action"].as_str()), (Some(key.as_str()), Some(action)));
        if let (Some(answer), true) = (state.done.get(&key), self.defect != Defect::ForgetsKeys) {
            let other = json!({"reference": format!("{key}-again")});
            let again = if self.defect == Defect::OtherReference { &other } else { answer };
            return ResponseTemplate::new(200).set_body_json(again);
        }
        if action == "refund" && too_much(&state.order, &body) && self.defect != Defect::Generous {
            let reason = if self.defect == Defect::Terse { "E1207" } else { "The refund is more than was paid." };
            return ResponseTemplate::new(422).set_body_json(json!({"reason": reason}));
        }
        state.count += 1;
        let reference = format!("x{}", state.count);
        if self.defect != Defect::OnlyClaims {
            self.change(state, action, &body, &reference);
        }
        let answer = json!({"reference": reference});
        state.done.insert(key, answer.clone());
        ResponseTemplate::new(200).set_body_json(answer)
    }

    fn change(&self, state: &mut State, action: &str, body: &Value, reference: &str) {
        let order = &mut state.order;
        let mut push = |list: &str, entry: Value| order[list].as_array_mut().unwrap().push(entry);
        match action {
            "cancel" => {
                if self.defect != Defect::KeepsMoney {
                    push("refunds", json!({"id": reference, "amount": money("68.90")}));
                }
                order["status"] = json!("cancelled");
            }
            "refund" => push("refunds", json!({"id": reference, "amount": body["amount"]})),
            "return" => push("returns", json!({"id": reference, "status": "open", "lines": body["lines"]})),
            "replace" if self.replaces_by_order => state.replacements.push(replacement(order, body, reference)),
            "replace" => push("shipments", json!({"id": reference, "status": "packed", "lines": body["lines"]})),
            "address" => order["shipping_address"] = body["address"].clone(),
            "exchange" => push(
                "returns",
                json!({"id": reference, "status": "open", "lines": body["changes"], "exchange": body["changes"]}),
            ),
            "items" => {
                let change = &body["changes"][0];
                order["lines"][0]["sku"] = change["sku"].clone();
                order["lines"][0]["current"] = change["quantity"].clone();
            }
            "document" => push("entries", entry(reference, "sent", body)),
            "code" | "note" => push("entries", entry(reference, action, body)),
            "return-cancellation" => without(&mut order["returns"], &body["id"]),
            "code-cancellation" => without(&mut order["entries"], &body["id"]),
            _ => {}
        }
    }
}

/// What was asked for, as an entry of this kind.
fn entry(reference: &str, kind: &str, body: &Value) -> Value {
    let mut entry = body.clone();
    entry["id"] = json!(reference);
    entry["kind"] = json!(kind);
    entry["code"] = json!("SORRY");
    entry
}

fn without(list: &mut Value, id: &Value) {
    list.as_array_mut().unwrap().retain(|entry| entry["id"] != *id);
}

fn too_much(order: &Value, body: &Value) -> bool {
    let minor = |amount: &Value| Money::parse_decimal(amount["amount"].as_str().unwrap(), Currency::EUR).unwrap().minor;
    let sum = |list: &str| order[list].as_array().unwrap().iter().map(|entry| minor(&entry["amount"])).sum::<i64>();
    sum("refunds") + minor(&body["amount"]) > sum("payments")
}

fn replacement(original: &Value, body: &Value, number: &str) -> Value {
    let mut new = original.clone();
    let mut line = original["lines"][0].clone();
    line["ordered"] = body["lines"][0]["quantity"].clone();
    line["current"] = line["ordered"].clone();
    line["unit_price"] = money("0.00");
    new["id"] = json!(format!("id-{number}"));
    new["number"] = json!(number);
    new["lines"] = json!([line]);
    (new["total"], new["shipping_price"]) = (money("0.00"), money("0.00"));
    (new["payments"], new["refunds"], new["shipments"]) = (json!([]), json!([]), json!([]));
    new
}
