//! Drafts that become orders, and fields that are written at orders.

use serde_json::{Value, json};

use super::change::list;
use super::state::State;
use super::{Shopify, bag, objection, word};

/// A draft.
pub(super) struct Draft {
    input: Value,
    /// The order that it became.
    order: Option<Value>,
}

impl Shopify {
    /// How many drafts there are that became no order.
    pub fn open_drafts(&self) -> usize {
        self.state().drafts.values().filter(|draft| draft.order.is_none()).count()
    }
}

impl State {
    pub(super) fn draft(&mut self, variables: &Value) -> Value {
        let input = variables.get("input").cloned().unwrap_or_default();
        let is_free = input.pointer("/appliedDiscount/value").and_then(Value::as_f64) == Some(100.0);
        let id = format!("gid://shopify/DraftOrder/{}", self.tick());
        self.drafts.insert(id.clone(), Draft { input, order: None });
        let total = bag(if is_free { 0 } else { 1_000 });
        json!({ "draftOrder": { "id": id, "totalPriceSet": total }, "userErrors": [] })
    }

    pub(super) fn discard(&mut self, variables: &Value) -> Value {
        let id = word(variables, &["input", "id"]);
        match self.drafts.remove(id) {
            Some(_) => json!({ "deletedId": id, "userErrors": [] }),
            None => objection("Draft order not found"),
        }
    }

    pub(super) fn drafted(&self, id: &str) -> Value {
        match self.drafts.get(id) {
            Some(draft) => json!({ "id": id, "order": draft.order }),
            None => Value::Null,
        }
    }

    /// Makes an order of a draft: it costs nothing, and holds what the variants of the draft are called elsewhere.
    pub(super) fn complete(&mut self, id: &str) -> Value {
        let (number, now) = (self.tick(), self.stamp());
        let Some(draft) = self.drafts.get(id) else { return objection("Draft order not found") };
        if draft.order.is_some() {
            return objection("This order has been paid");
        }
        let input = draft.input.clone();
        let known: Vec<Value> = self.orders.values().flat_map(|order| list(order, "/lineItems/nodes")).collect();
        let lines: Vec<Value> = list(&input, "/lineItems")
            .iter()
            .filter_map(|item| {
                let variant = word(item, &["variantId"]);
                let line = known.iter().find(|line| word(line, &["variant", "id"]) == variant)?;
                Some(json!({ "id": format!("gid://shopify/LineItem/{}", self.tick()), "sku": line.get("sku"),
                    "title": line.get("title"), "variantTitle": line.get("variantTitle"),
                    "quantity": item.get("quantity"), "currentQuantity": item.get("quantity"),
                    "variant": line.get("variant"), "discountedUnitPriceAfterAllDiscountsSet": bag(0) }))
            })
            .collect();
        let order = json!({ "id": format!("gid://shopify/Order/{number}"), "name": format!("#FJ-{number}a") });
        self.orders.insert(number, json!({
            "id": order.get("id"), "name": order.get("name"), "createdAt": now, "processedAt": now, "updatedAt": now,
            "cancelledAt": null, "email": input.get("email"), "taxesIncluded": true, "refundable": false,
            "customer": null, "shippingAddress": null, "subtotalPriceSet": bag(0), "totalShippingPriceSet": bag(0),
            "totalTaxSet": bag(0), "totalPriceSet": bag(0), "totalReceivedSet": bag(0), "totalRefundedSet": bag(0),
            "transactions": [], "refunds": [], "lineItems": { "nodes": lines }, "fulfillments": [],
            "returns": { "nodes": [] }
        }));
        if let Some(draft) = self.drafts.get_mut(id) {
            draft.order = Some(order.clone());
        }
        json!({ "draftOrder": { "id": id, "order": order }, "userErrors": [] })
    }

    pub(super) fn field(&self, owner: &str, key: &str) -> Value {
        match self.fields.get(&(owner.to_owned(), key.to_owned())) {
            Some(value) => json!({ "value": value }),
            None => Value::Null,
        }
    }

    /// Writes a field; where it says that there is none yet, only then.
    pub(super) fn write_field(&mut self, variables: &Value) -> Value {
        let Some(field) = list(variables, "/fields").into_iter().next() else { return objection("No field") };
        let place = (word(&field, &["ownerId"]).to_owned(), word(&field, &["key"]).to_owned());
        let only_new = field.get("compareDigest").is_some_and(Value::is_null);
        if only_new && self.fields.contains_key(&place) {
            let error = json!({ "field": ["metafields"], "message": "The resource has been updated since it was loaded.",
                "code": "STALE_OBJECT" });
            return json!({ "metafields": [], "userErrors": [error] });
        }
        let value = word(&field, &["value"]).to_owned();
        self.fields.insert(place, value.clone());
        json!({ "metafields": [{ "value": value }], "userErrors": [] })
    }
}
