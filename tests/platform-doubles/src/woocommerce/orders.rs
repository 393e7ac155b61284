//! Orders: placed, found, changed, and sent again.

use serde_json::{Value, json};

use super::{State, WooCommerce, error, missing, number, paged, text};
use crate::server::{Request, Response};

impl WooCommerce {
    /// Somebody buys two cups and a pot by card, 69.90 EUR with delivery; gives the id of the order. Its number is the id behind
    /// this prefix.
    pub fn buy(&self, prefix: &str, email: &str) -> u64 {
        let mut state = self.state();
        let (id, now) = (state.new_id(), state.tick());
        let line = |id: u64, name: &str, product: u64, quantity: u32, amounts: [&str; 2]| {
            json!({
                "id": id, "name": name, "parent_name": name, "product_id": product, "variation_id": 0, "quantity": quantity,
                "total": amounts[0], "total_tax": amounts[1], "taxes": [{ "id": 1, "total": amounts[1] }],
                "sku": format!("SKU-{product}"), "meta_data": []
            })
        };
        let address = json!({
            "first_name": "Mara", "last_name": "Lind", "company": "", "address_1": "Hafenweg 3", "address_2": "",
            "city": "Hamburg", "state": "", "postcode": "20457", "country": "DE"
        });
        let mut billing = address.clone();
        put(&mut billing, &json!({ "email": email, "phone": "0151 12345678" }));
        let (cup, pot) = (state.new_id(), state.new_id());
        state.orders.push(json!({
            "id": id, "number": format!("{prefix}{id}"), "status": "processing", "currency": "EUR", "customer_id": 0,
            "date_created_gmt": now, "date_modified_gmt": now, "date_paid_gmt": now, "date_completed_gmt": null,
            "total": "69.900000", "shipping_total": "4.117647", "shipping_tax": "0.782353",
            "payment_method": "stripe", "payment_method_title": "Card", "transaction_id": format!("pi_{id}"),
            "billing": billing, "shipping": address, "fee_lines": [], "tax_lines": [{ "id": 1, "rate_id": 1 }],
            "line_items": [line(cup, "Cup", 5, 2, ["21.848739", "4.151261"]), line(pot, "Pot", 7, 1, ["32.773109", "6.226891"])],
            "refunds": [], "meta_data": []
        }));
        id
    }

    /// Changes fields of an order in the shop, which counts as a change of it.
    pub fn change(&self, id: u64, fields: &Value) {
        let mut state = self.state();
        let now = state.tick();
        for order in state.orders.iter_mut().filter(|order| number(order, "id") == Some(id)) {
            put(order, fields);
            put(order, &json!({ "date_modified_gmt": now }));
        }
    }

    /// An order as the shop has it; `null` where there is none.
    pub fn order(&self, id: u64) -> Value {
        let state = self.state();
        state.orders.iter().find(|order| number(order, "id") == Some(id)).cloned().unwrap_or_default()
    }

    /// How many orders there are.
    pub fn count(&self) -> usize {
        self.state().orders.len()
    }
}

impl State {
    pub(super) fn place_of(&self, id: &str) -> Option<usize> {
        let id = id.parse::<u64>().ok()?;
        self.orders.iter().position(|order| number(order, "id") == Some(id))
    }

    /// Orders as they are read.
    fn shown(&self) -> &[Value] {
        self.old.as_ref().map_or(self.orders.as_slice(), |(orders, _)| orders.as_slice())
    }

    pub(super) fn list_orders(&self, request: &Request) -> Response {
        let search = request.query("search").to_lowercase();
        let bare = |name: &str| request.query(name).trim_end_matches('Z').to_owned();
        let (after, modified, until) = (bare("after"), bare("modified_after"), bare("modified_before"));
        let is_meant = |order: &&Value| {
            (search.is_empty() || order.to_string().to_lowercase().contains(&search))
                && text(order, "date_created_gmt") > after.as_str()
                && text(order, "date_modified_gmt") > modified.as_str()
                && (until.is_empty() || text(order, "date_modified_gmt") < until.as_str())
        };
        // Newest first.
        let mut found: Vec<Value> = self.shown().iter().rev().filter(is_meant).cloned().collect();
        if request.query("_fields") == "id" {
            found = found.iter().map(|order| json!({ "id": number(order, "id") })).collect();
        }
        paged(&found, request)
    }

    pub(super) fn show_order(&self, id: &str) -> Response {
        let id = id.parse::<u64>().ok();
        match self.shown().iter().find(|order| id.is_some() && number(order, "id") == id) {
            Some(order) => Response::json(200, order),
            None => missing(),
        }
    }

    pub(super) fn change_order(&mut self, id: &str, fields: &Value) -> Response {
        let Some(place) = self.place_of(id) else { return missing() };
        let now = self.tick();
        let Some(order) = self.orders.get_mut(place) else { return missing() };
        if let Some(status) = fields.get("status") {
            put(order, &json!({ "status": status }));
        }
        if let Some(shipping) = fields.get("shipping")
            && let Some(known) = order.get_mut("shipping")
        {
            put(known, shipping);
        }
        for meta in fields.get("meta_data").and_then(Value::as_array).into_iter().flatten() {
            keep(order, meta);
        }
        put(order, &json!({ "date_modified_gmt": now }));
        Response::json(200, &*order)
    }

    pub(super) fn make_order(&mut self, wish: &Value) -> Response {
        let lines = wish.get("line_items").and_then(Value::as_array).cloned().unwrap_or_default();
        let mut items = Vec::new();
        for line in &lines {
            let known = self.orders.iter().filter_map(|order| order.get("line_items").and_then(Value::as_array));
            let product = number(line, "product_id");
            let Some(known) = known.flatten().find(|known| number(known, "product_id") == product).cloned() else {
                return error(400, "woocommerce_rest_invalid_product_id", "Invalid product.");
            };
            let mut item = known;
            let id = self.new_id();
            put(&mut item, line);
            put(&mut item, &json!({ "id": id, "total_tax": "0.00", "taxes": [], "meta_data": [] }));
            items.push(item);
        }
        let (id, now) = (self.new_id(), self.tick());
        let mut order = json!({
            "id": id, "number": id.to_string(), "currency": "EUR", "date_created_gmt": now, "date_modified_gmt": now,
            "date_paid_gmt": null, "date_completed_gmt": null, "total": "0.00", "shipping_total": "0.00",
            "shipping_tax": "0.00", "payment_method": "", "payment_method_title": "", "transaction_id": "",
            "fee_lines": [], "tax_lines": [], "refunds": [], "meta_data": []
        });
        put(&mut order, wish);
        put(&mut order, &json!({ "line_items": items }));
        self.orders.push(order.clone());
        Response::json(201, &order)
    }

    /// Gives an order the moment of its last change.
    pub(super) fn touch(&mut self, place: usize) {
        let now = self.tick();
        if let Some(order) = self.orders.get_mut(place) {
            put(order, &json!({ "date_modified_gmt": now }));
        }
    }
}

/// Writes fields over those of an object.
pub(super) fn put(object: &mut Value, fields: &Value) {
    if let (Some(object), Some(fields)) = (object.as_object_mut(), fields.as_object()) {
        object.extend(fields.iter().map(|(name, value)| (name.clone(), value.clone())));
    }
}

/// Keeps something beside an order under its key, once.
fn keep(order: &mut Value, meta: &Value) {
    let Some(kept) = order.get_mut("meta_data").and_then(Value::as_array_mut) else { return };
    kept.retain(|known| text(known, "key") != text(meta, "key"));
    kept.push(meta.clone());
}
