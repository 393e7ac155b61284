//! Orders and customers, and how they are told: in pages, and to searches that find more than was asked for.

use serde_json::{Value, json};

use super::state::State;
use super::{Shopify, bag, word};

/// How many lines of an order, and of a parcel or a return, its first page has.
const FIRST_PAGE: (usize, usize) = (100, 5);
/// How many lines a further page has.
const FURTHER_PAGE: usize = 250;
/// The most orders that a search tells.
const MOST_FOUND: usize = 20;

/// A line of an order.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    /// The stock-keeping unit, which is the title too.
    pub sku: &'static str,
    /// How many.
    pub quantity: u32,
    /// What one costs, in cents.
    pub cents: u32,
}

/// What somebody buys.
#[derive(Clone, Debug)]
pub struct Wish {
    /// Their address.
    pub email: String,
    /// Their phone number.
    pub phone: String,
    /// The lines.
    pub lines: Vec<Line>,
}

impl Shopify {
    /// Somebody buys and pays by card; gives the order's id.
    pub fn buy(&self, wish: &Wish) -> String {
        let mut state = self.state();
        let (number, buyer) = (state.tick(), state.tick());
        let (now, name) = (state.stamp(), "Mara Lind");
        let goods: i64 = wish.lines.iter().map(|line| i64::from(line.quantity) * i64::from(line.cents)).sum();
        let total = bag(goods + 490);
        let lines: Vec<Value> = wish.lines.iter().map(|line| state.line(line)).collect();
        let customer = json!({
            "id": format!("gid://shopify/Customer/{buyer}"), "displayName": name,
            "defaultEmailAddress": { "emailAddress": wish.email }, "defaultPhoneNumber": { "phoneNumber": wish.phone }
        });
        let payment = json!({
            "id": format!("gid://shopify/OrderTransaction/{buyer}"), "kind": "SALE", "status": "SUCCESS",
            "processedAt": now, "formattedGateway": "Shopify Payments", "amountSet": total,
            "paymentDetails": { "number": "•••• •••• •••• 4421" }
        });
        let order = json!({
            "id": format!("gid://shopify/Order/{number}"), "name": format!("#FJ-{number}a"), "createdAt": now,
            "processedAt": now, "updatedAt": now, "cancelledAt": null, "cancellation": null, "email": wish.email,
            "phone": null, "taxesIncluded": true, "refundable": true, "customer": customer,
            "shippingAddress": { "name": name, "address1": "Hafenweg 3", "address2": null, "zip": "20457",
                "city": "Hamburg", "provinceCode": null, "countryCodeV2": "DE", "phone": "+4940123456" },
            "subtotalPriceSet": bag(goods), "totalShippingPriceSet": bag(490), "totalTaxSet": bag(0),
            "totalTipReceivedSet": bag(0), "originalTotalDutiesSet": null, "originalTotalAdditionalFeesSet": null,
            "totalPriceSet": total, "totalReceivedSet": total, "totalRefundedSet": bag(0),
            "transactions": [payment], "refunds": [], "lineItems": { "nodes": lines }, "fulfillments": [],
            "returns": { "nodes": [] }
        });
        state.customers.insert(buyer, customer);
        state.orders.insert(number, order);
        number.to_string()
    }

    /// An order as the shop holds it; `null` for none.
    pub fn order(&self, id: &str) -> Value {
        let state = self.state();
        id.parse().ok().and_then(|number: u64| state.orders.get(&number).cloned()).unwrap_or_default()
    }

    /// How many orders there are.
    pub fn count(&self) -> usize {
        self.state().orders.len()
    }
}

impl State {
    fn line(&mut self, line: &Line) -> Value {
        let number = self.tick();
        let price = bag(i64::from(line.cents));
        json!({
            "id": format!("gid://shopify/LineItem/{number}"), "sku": line.sku, "title": line.sku, "variantTitle": null,
            "quantity": line.quantity, "currentQuantity": line.quantity,
            "variant": { "id": format!("gid://shopify/ProductVariant/{number}") },
            "discountedUnitPriceAfterAllDiscountsSet": price
        })
    }

    /// The order of a global id, as it is told first.
    pub(super) fn order(&mut self, id: &str, document: &str) -> Value {
        let Some(number) = number_of(id) else { return Value::Null };
        let is_stale = self.stale > 0;
        self.stale = self.stale.saturating_sub(1);
        let known = if is_stale { self.before.get(&number) } else { None };
        let Some(mut order) = known.or_else(|| self.orders.get(&number)).cloned() else { return Value::Null };
        if self.hides_customers {
            for name in ["email", "customer", "shippingAddress"] {
                put(&mut order, name, Value::Null);
            }
        }
        if document.contains("lineItems(") {
            cut(&mut order, "lineItems", 0, FIRST_PAGE.0);
        }
        let parcels = order.get_mut("fulfillments").and_then(Value::as_array_mut);
        parcels.into_iter().flatten().for_each(|parcel| cut(parcel, "fulfillmentLineItems", 0, FIRST_PAGE.1));
        let returns = order.pointer_mut("/returns/nodes").and_then(Value::as_array_mut);
        returns.into_iter().flatten().for_each(|back| cut(back, "returnLineItems", 0, FIRST_PAGE.1));
        order
    }

    /// A further page of the lines of an order, a parcel or a return.
    pub(super) fn further(&self, id: &str, after: &str) -> Value {
        let from = after.parse().unwrap_or_default();
        for order in self.orders.values() {
            let parcels = order.get("fulfillments").and_then(Value::as_array).into_iter().flatten();
            let returns = order.pointer("/returns/nodes").and_then(Value::as_array).into_iter().flatten();
            let mut places = std::iter::once((order, "lineItems"))
                .chain(parcels.map(|parcel| (parcel, "fulfillmentLineItems")))
                .chain(returns.map(|back| (back, "returnLineItems")));
            if let Some((place, name)) = places.find(|(place, _)| word(place, &["id"]) == id) {
                let mut place = place.clone();
                cut(&mut place, name, from, FURTHER_PAGE);
                return place;
            }
        }
        Value::Null
    }

    /// The orders that a search finds, newest first: of names and addresses also those that only resemble what was asked.
    pub(super) fn find_orders(&self, query: &str) -> Vec<Value> {
        let mut found: Vec<(&u64, &Value)> =
            self.orders.iter().filter(|(_, order)| query.split(" OR ").any(|term| is_found(order, term))).collect();
        found.sort_by_key(|(number, _)| std::cmp::Reverse(**number));
        let told = found.into_iter().take(MOST_FOUND).map(|(_, order)| {
            let hidden = |name: &str| {
                if self.hides_customers { Value::Null } else { order.get(name).cloned().unwrap_or_default() }
            };
            json!({ "id": order.get("id"), "name": order.get("name"), "email": hidden("email"),
                "customer": hidden("customer") })
        });
        told.collect()
    }

    /// The customers that a search finds.
    pub(super) fn find_customers(&self, query: &str) -> Vec<Value> {
        let asked = query.trim_start_matches("phone:").trim_matches('"');
        let phone = |customer: &&Value| word(customer, &["defaultPhoneNumber", "phoneNumber"]).starts_with(asked);
        if self.hides_customers { Vec::new() } else { self.customers.values().filter(phone).cloned().collect() }
    }

    pub(super) fn products() -> Value {
        json!({ "shop": { "currencyCode": "EUR" }, "exact": { "nodes": [] }, "titled": { "nodes": [] } })
    }
}

fn is_found(order: &Value, term: &str) -> bool {
    let (field, value) = term.split_once(':').unwrap_or_default();
    let value = value.trim_matches('"').to_lowercase();
    match field {
        "name" => word(order, &["name"]).to_lowercase().contains(&value),
        "email" => {
            let (before, _) = value.split_once('@').unwrap_or((&value, ""));
            word(order, &["email"]).to_lowercase().contains(before)
        }
        "customer_id" => word(order, &["customer", "id"]).ends_with(&format!("/{value}")),
        _ => false,
    }
}

/// The number of a global id.
pub(super) fn number_of(id: &str) -> Option<u64> {
    id.rsplit('/').next()?.parse().ok()
}

pub(super) fn put(object: &mut Value, name: &str, value: Value) {
    if let Some(fields) = object.as_object_mut() {
        fields.insert(name.to_owned(), value);
    }
}

/// Leaves so many nodes of a list, and says whether there are more.
fn cut(object: &mut Value, name: &str, from: usize, most: usize) {
    let all =
        object.get(name).and_then(|list| list.get("nodes")).and_then(Value::as_array).cloned().unwrap_or_default();
    let until = (from + most).min(all.len());
    let nodes: Vec<&Value> = all.iter().skip(from).take(most).collect();
    let page = json!({ "hasNextPage": until < all.len(), "endCursor": until.to_string() });
    put(object, name, json!({ "nodes": nodes, "pageInfo": page }));
}
