//! An order read whole: its pages are put together, however many lines, parcels and returns it has.

use channel_contract::orders::OrderFailure;
use channel_contract::wire::list;
use serde_json::{Value, json};

use crate::client::Client;
use crate::documents::{LINES, ORDER, PARCEL_LINES, PARCELS, RETURN_LINES};
use crate::failure::retry;
use crate::wire::{at, global, next_page, word};

/// The most pages of one list that are read: of lines, more than twenty times as many as an order may have.
const MOST_PAGES: usize = 50;

/// An order as Shopify tells it; `None` for one that it does not know.
pub(crate) async fn order(client: &Client, number: &str) -> Result<Option<Value>, OrderFailure> {
    let Some(id) = global("Order", number) else { return Ok(None) };
    let read = client.read(ORDER, json!({ "id": id })).await?;
    let mut order = at(&read, &["order"]).clone();
    if order.is_null() {
        return Ok(None);
    }
    complete(client, &mut order, LINES, "lineItems").await?;
    let read = client.read(PARCELS, json!({ "id": id })).await?;
    let beside = at(&read, &["order"]);
    for name in ["fulfillments", "returns"] {
        put(&mut order, name, at(beside, &[name]).clone());
    }
    let parcels = order.get_mut("fulfillments").and_then(Value::as_array_mut);
    for parcel in parcels.into_iter().flatten() {
        complete(client, parcel, PARCEL_LINES, "fulfillmentLineItems").await?;
    }
    let returns = order.get_mut("returns").and_then(|returns| returns.get_mut("nodes")).and_then(Value::as_array_mut);
    for back in returns.into_iter().flatten() {
        complete(client, back, RETURN_LINES, "returnLineItems").await?;
    }
    Ok(Some(order))
}

/// Adds the further pages of a list to its first one.
async fn complete(client: &Client, whole: &mut Value, document: &'static str, name: &str) -> Result<(), OrderFailure> {
    let id = word(whole, &["id"]);
    let mut cursor = next_page(at(whole, &[name]));
    for _ in 0..MOST_PAGES {
        let Some(after) = cursor else { return Ok(()) };
        let read = client.read(document, json!({ "id": id, "after": after })).await?;
        let page = at(&read, &["node", name]);
        let more = list(page, "nodes");
        if more.is_empty() {
            return Err(retry("Shopify told an order only in part."));
        }
        if let Some(known) = whole.get_mut(name).and_then(|list| list.get_mut("nodes")).and_then(Value::as_array_mut) {
            known.extend_from_slice(more);
        }
        cursor = next_page(page);
    }
    Err(retry("Shopify told an order without an end."))
}

fn put(object: &mut Value, name: &str, value: Value) {
    if let Some(fields) = object.as_object_mut() {
        fields.insert(name.to_owned(), value);
    }
}
