//! What changes orders: parcels that leave, and what the desk asks for.

use serde_json::{Value, json};

use super::orders::{number_of, put};
use super::state::State;
use super::{Shopify, bag, cents, objection, of_decimal, word};

impl Shopify {
    /// All that is left of an order leaves with this tracking number.
    pub fn ship(&self, id: &str, tracking: &str) {
        let mut state = self.state();
        let (parcel, now) = (state.tick(), state.stamp());
        let Some(mut order) = state.changing(id) else { return };
        let lines: Vec<Value> = list(&order, "/lineItems/nodes")
            .iter()
            .map(|line| {
                json!({ "id": format!("gid://shopify/FulfillmentLineItem/{}", state.tick()),
                    "quantity": line.get("currentQuantity"), "lineItem": { "id": line.get("id") } })
            })
            .collect();
        push(
            &mut order,
            "/fulfillments",
            json!({
                "id": format!("gid://shopify/Fulfillment/{parcel}"), "status": "SUCCESS", "displayStatus": "FULFILLED",
                "createdAt": now, "trackingInfo": [{ "company": "DHL", "number": tracking,
                    "url": format!("https://tracking.example/{tracking}") }],
                "events": { "nodes": [] }, "fulfillmentOrders": { "nodes": [] }, "fulfillmentLineItems": { "nodes": lines }
            }),
        );
        state.changed(id, order);
    }

    /// Changes fields of an order, whatever they are.
    pub fn change(&self, id: &str, fields: &Value) {
        let mut state = self.state();
        let Some(mut order) = state.changing(id) else { return };
        for (name, value) in fields.as_object().into_iter().flatten() {
            put(&mut order, name, value.clone());
        }
        state.changed(id, order);
    }
}

impl State {
    /// An order that is about to change.
    fn changing(&mut self, id: &str) -> Option<Value> {
        let number = number_of(id)?;
        let order = self.orders.get(&number)?.clone();
        self.before.insert(number, order.clone());
        Some(order)
    }

    fn changed(&mut self, id: &str, mut order: Value) {
        self.tick();
        put(&mut order, "updatedAt", json!(self.stamp()));
        if let Some(number) = number_of(id) {
            self.orders.insert(number, order);
        }
    }

    /// What could be refunded, and what lines cost.
    pub(super) fn suggestion(&self, variables: &Value) -> Value {
        let Some(order) = number_of(word(variables, &["id"])).and_then(|number| self.orders.get(&number)) else {
            return Value::Null;
        };
        let left = bag(left_of(order));
        let parent = list(order, "/transactions").first().map(|payment| word(payment, &["id"]).to_owned());
        let part: i64 = list(variables, "/lines")
            .iter()
            .map(|wish| {
                let named = word(wish, &["lineItemId"]);
                let lines = list(order, "/lineItems/nodes");
                let line = lines.iter().find(|line| word(line, &["id"]) == named);
                let price = line.and_then(|line| line.get("discountedUnitPriceAfterAllDiscountsSet")).map_or(0, cents);
                price * wish.get("quantity").and_then(Value::as_i64).unwrap_or_default()
            })
            .sum();
        json!({
            "all": { "suggestedTransactions": [{ "gateway": "shopify_payments", "parentTransaction": { "id": parent },
                "amountSet": left, "maximumRefundableSet": left }] },
            "part": { "amountSet": bag(part) }
        })
    }

    pub(super) fn refund(&mut self, variables: &Value) -> Value {
        let (key, input) = (word(variables, &["key"]).to_owned(), variables.get("input").cloned().unwrap_or_default());
        if let Some((asked, answer)) = self.keys.get(&key) {
            return if *asked == input {
                answer.clone()
            } else {
                objection("The same idempotency key cannot be used with different operation parameters.")
            };
        }
        let id = word(&input, &["orderId"]).to_owned();
        let (refund, now) = (self.tick(), self.stamp());
        let Some(mut order) = self.changing(&id) else { return objection("Order does not exist") };
        let amount: i64 = list(&input, "/transactions").iter().map(|part| of_decimal(word(part, &["amount"]))).sum();
        if amount <= 0 || amount > left_of(&order) {
            return objection("Refund amount is more than what can be refunded");
        }
        let id_of_refund = format!("gid://shopify/Refund/{refund}");
        give_back(
            &mut order,
            amount,
            json!({ "id": id_of_refund, "createdAt": now, "note": input.get("note"),
            "totalRefundedSet": bag(amount) }),
        );
        self.changed(&id, order);
        let refund = json!({ "id": id_of_refund, "totalRefundedSet": bag(amount) });
        let answer = json!({ "refund": refund, "userErrors": [] });
        self.keys.insert(key, (input, answer.clone()));
        answer
    }

    pub(super) fn cancel(&mut self, variables: &Value) -> Value {
        let id = word(variables, &["id"]).to_owned();
        let refused = |words: &str| {
            let error = json!({ "field": ["orderId"], "message": words, "code": "INVALID" });
            json!({ "job": null, "orderCancelUserErrors": [error] })
        };
        let (refund, now) = (self.tick(), self.stamp());
        let Some(mut order) = self.changing(&id) else { return refused("Order does not exist") };
        if !order.get("cancelledAt").is_none_or(Value::is_null) || !list(&order, "/fulfillments").is_empty() {
            return refused("This order can't be canceled");
        }
        put(&mut order, "cancelledAt", json!(now));
        put(&mut order, "cancellation", json!({ "staffNote": variables.get("note") }));
        let left = left_of(&order);
        let given = json!({ "id": format!("gid://shopify/Refund/{refund}"), "createdAt": now, "note": null,
            "totalRefundedSet": bag(left) });
        give_back(&mut order, left, given);
        let lines = order.pointer_mut("/lineItems/nodes").and_then(Value::as_array_mut);
        lines.into_iter().flatten().for_each(|line| put(line, "currentQuantity", json!(0)));
        self.changed(&id, order);
        let job = format!("gid://shopify/Job/{refund}");
        self.jobs.insert(job.clone(), 1);
        json!({ "job": { "id": job, "done": false }, "orderCancelUserErrors": [] })
    }

    /// A job, which is through at the second look.
    pub(super) fn job(&mut self, id: &str) -> Value {
        let Some(looks) = self.jobs.get_mut(id) else { return Value::Null };
        let done = *looks == 0;
        *looks = looks.saturating_sub(1);
        json!({ "id": id, "done": done })
    }

    pub(super) fn open_return(&mut self, variables: &Value) -> Value {
        let id = word(variables, &["input", "orderId"]).to_owned();
        let (back, now) = (self.tick(), self.stamp());
        let Some(mut order) = self.changing(&id) else { return objection("Order does not exist") };
        let sent: Vec<Value> = list(&order, "/fulfillments")
            .iter()
            .flat_map(|parcel| list(parcel, "/fulfillmentLineItems/nodes"))
            .collect();
        let mut lines = Vec::new();
        for wish in list(variables, "/input/returnLineItems") {
            let named = word(&wish, &["fulfillmentLineItemId"]);
            let Some(line) = sent.iter().find(|line| word(line, &["id"]) == named) else {
                return objection("Fulfillment line item does not exist");
            };
            if word(&wish, &["returnReasonDefinitionId"]).is_empty() {
                return objection("Return reason definition can't be blank");
            }
            lines.push(json!({ "quantity": wish.get("quantity"), "returnReasonNote": wish.get("returnReasonNote"),
                "fulfillmentLineItem": { "id": named, "lineItem": line.get("lineItem") } }));
        }
        let opened = format!("gid://shopify/Return/{back}");
        push(
            &mut order,
            "/returns/nodes",
            json!({ "id": opened, "status": "OPEN", "createdAt": now,
            "returnLineItems": { "nodes": lines }, "reverseFulfillmentOrders": { "nodes": [] } }),
        );
        self.changed(&id, order);
        json!({ "return": { "id": opened, "status": "OPEN" }, "userErrors": [] })
    }

    pub(super) fn change_address(&mut self, variables: &Value) -> Value {
        let id = word(variables, &["input", "id"]).to_owned();
        let Some(mut order) = self.changing(&id) else { return objection("Order does not exist") };
        let to = variables.pointer("/input/shippingAddress").cloned().unwrap_or_default();
        let of = |name: &str| to.get(name).cloned().unwrap_or_default();
        let name = format!("{} {}", word(&to, &["firstName"]), word(&to, &["lastName"]));
        put(
            &mut order,
            "shippingAddress",
            json!({ "name": name.trim(), "address1": of("address1"),
            "address2": of("address2"), "zip": of("zip"), "city": of("city"), "provinceCode": of("provinceCode"),
            "countryCodeV2": of("countryCode"), "phone": of("phone") }),
        );
        self.changed(&id, order);
        json!({ "order": { "id": id }, "userErrors": [] })
    }
}

/// The elements of the array at a pointer.
pub(super) fn list(value: &Value, pointer: &str) -> Vec<Value> {
    value.pointer(pointer).and_then(Value::as_array).cloned().unwrap_or_default()
}

fn push(value: &mut Value, pointer: &str, entry: Value) {
    if let Some(list) = value.pointer_mut(pointer).and_then(Value::as_array_mut) {
        list.push(entry);
    }
}

fn left_of(order: &Value) -> i64 {
    let of = |name: &str| order.get(name).map_or(0, cents);
    of("totalReceivedSet") - of("totalRefundedSet")
}

fn give_back(order: &mut Value, amount: i64, refund: Value) {
    let before = order.get("totalRefundedSet").map_or(0, cents);
    put(order, "totalRefundedSet", bag(before + amount));
    push(order, "/refunds", refund);
}
