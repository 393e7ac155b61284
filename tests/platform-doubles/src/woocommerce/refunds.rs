//! Refunds: booked first, and then asked of the payment provider.

use serde_json::{Value, json};

use super::orders::put;
use super::{Provider, State, WooCommerce, cents, error, missing, number, paged, text};
use crate::server::{Request, Response};

impl WooCommerce {
    /// The refunds of an order as the shop has them.
    pub fn refunds(&self, order: u64) -> Vec<Value> {
        self.state().refunds.get(&order).cloned().unwrap_or_default()
    }

    /// Somebody books a refund in the shop by hand, which moves no money.
    pub fn book_by_hand(&self, order: u64, amount: &str) {
        let mut state = self.state();
        if let Some(place) = state.place_of(&order.to_string()) {
            state.book(place, &json!({ "amount": amount, "reason": "By hand" }), false);
        }
    }
}

impl State {
    pub(super) fn list_refunds(&self, id: &str, request: &Request) -> Response {
        let Some(order) = id.parse::<u64>().ok().filter(|_| self.place_of(id).is_some()) else { return missing() };
        let refunds = self.old.as_ref().map_or(&self.refunds, |(_, refunds)| refunds);
        let newest_first: Vec<Value> = refunds.get(&order).into_iter().flatten().rev().cloned().collect();
        paged(&newest_first, request)
    }

    pub(super) fn make_refund(&mut self, id: &str, wish: &Value) -> Response {
        let Some(place) = self.place_of(id) else {
            return error(404, "woocommerce_rest_invalid_order_id", "Invalid order ID.");
        };
        let order = self.orders.get(place).cloned().unwrap_or_default();
        let known = self.refunds.get(&number(&order, "id").unwrap_or_default());
        let refunded: i64 = known.into_iter().flatten().map(|refund| cents(text(refund, "amount"))).sum();
        let amount = cents(text(wish, "amount"));
        let refused = |words: &str| error(500, "woocommerce_rest_cannot_create_order_refund", words);
        if text(wish, "amount").starts_with('-') || amount > cents(text(&order, "total")) - refunded {
            return refused("Invalid refund amount.");
        }
        // Whoever does not say it moves money.
        let asks_provider = wish.get("api_refund").and_then(Value::as_bool).unwrap_or(true);
        if asks_provider {
            let way = text(&order, "payment_method");
            let gateway = self.gateways.iter().find(|gateway| text(gateway, "id") == way);
            let supports = gateway.and_then(|gateway| gateway.get("method_supports")?.as_array().cloned());
            if !supports.unwrap_or_default().contains(&json!("refunds")) {
                return refused("The payment gateway for this order does not support automatic refunds.");
            }
            if self.provider == Provider::Declines {
                return refused("Your card was declined.");
            }
        }
        let moves = asks_provider && self.provider == Provider::Pays;
        Response::json(201, &self.book(place, wish, moves))
    }

    /// Books a refund at an order, and gives it.
    pub(super) fn book(&mut self, place: usize, wish: &Value, moved: bool) -> Value {
        let (id, now) = (self.new_id(), self.tick());
        let lines = wish.get("line_items").and_then(Value::as_array).cloned().unwrap_or_default();
        let booked = lines.iter().map(|line| {
            json!({
                "id": 0, "quantity": -i64::try_from(number(line, "quantity").unwrap_or_default()).unwrap_or_default(),
                "meta_data": [{ "key": "_refunded_item_id", "value": number(line, "id").unwrap_or_default().to_string() }]
            })
        });
        let refund = json!({
            "id": id, "date_created_gmt": now, "amount": text(wish, "amount"), "reason": text(wish, "reason"),
            "refunded_by": 1, "refunded_payment": moved, "line_items": booked.collect::<Vec<_>>(),
            "meta_data": wish.get("meta_data").cloned().unwrap_or_else(|| json!([]))
        });
        let Some(order) = self.orders.get_mut(place) else { return Value::Null };
        let total = cents(text(order, "total"));
        if let Some(listed) = order.get_mut("refunds").and_then(Value::as_array_mut) {
            listed.push(json!({ "id": id, "reason": text(&refund, "reason"), "total": format!("-{}", text(&refund, "amount")) }));
        }
        let refunds = self.refunds.entry(number(order, "id").unwrap_or_default()).or_default();
        refunds.push(refund.clone());
        if refunds.iter().map(|refund| cents(text(refund, "amount"))).sum::<i64>() >= total {
            put(order, &json!({ "status": "refunded" }));
        }
        self.touch(place);
        refund
    }
}
