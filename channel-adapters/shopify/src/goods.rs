//! Goods that come back: a return for what has left and is not on its way back yet.

use std::collections::HashMap;

use channel_contract::orders::{ActionReceipt, LineQuantity, Order, OrderFailure};
use channel_contract::wire::{count, list, text};
use serde_json::{Value, json};

use crate::client::Client;
use crate::documents::{REASONS, RETURN};
use crate::failure::{payload, refused, unknown};
use crate::mark::noted;
use crate::parcels::{comes, stands};
use crate::wire::{at, global, nodes, number_in, word};

/// Opens a return. `told` is the order as Shopify tells it.
pub(crate) async fn perform(
    client: &Client,
    (order, told): (&Order, &Value),
    lines: &[LineQuantity],
    (reason, key): (&str, &str),
) -> Result<ActionReceipt, OrderFailure> {
    let coming = returnable(order, told, lines)?;
    let reasons = client.read(REASONS, json!({})).await?;
    let Some(why) = reason_of(&reasons) else { return Err(refused("Shopify offers no reason for a return.")) };
    let note = noted(reason, key);
    let items: Vec<Value> = coming
        .into_iter()
        .map(|(id, quantity)| {
            json!({ "fulfillmentLineItemId": id, "quantity": quantity, "returnReasonDefinitionId": why,
                "returnReasonNote": note })
        })
        .collect();
    let input = json!({ "orderId": global("Order", &order.id), "returnLineItems": items });
    let answer = client.write(RETURN, json!({ "input": input })).await?;
    let opened = at(payload(&answer, "returnCreate", &["userErrors"])?, &["return"]);
    let reference = number_in(&word(opened, &["id"])).to_owned();
    if reference.is_empty() {
        return Err(unknown("Shopify took the return and did not say which one it is."));
    }
    Ok(ActionReceipt { reference, complete: true })
}

fn reason_of(reasons: &Value) -> Option<String> {
    let is_gone = |node: &&Value| node.get("deleted").and_then(Value::as_bool) == Some(true);
    let all = nodes(reasons, "named").into_iter().chain(nodes(reasons, "any"));
    let mut ids = all.filter(|node| !is_gone(node)).map(|node| text(node, &["id"]));
    ids.find(|id| !id.is_empty())
}

/// How many of which lines of which parcels come back for these wishes.
fn returnable(order: &Order, told: &Value, wishes: &[LineQuantity]) -> Result<Vec<(String, u32)>, OrderFailure> {
    let mut coming: HashMap<String, u32> = HashMap::new();
    let returns = nodes(told, "returns").into_iter().filter(|back| comes(back));
    for line in returns.flat_map(|back| nodes(back, "returnLineItems")) {
        let known = coming.entry(word(line, &["fulfillmentLineItem", "id"])).or_default();
        *known = known.saturating_add(count(line, "quantity"));
    }
    let parcels = list(told, "fulfillments").iter().filter(|parcel| stands(parcel));
    let mut sent: Vec<(String, String, u32)> = parcels
        .flat_map(|parcel| nodes(parcel, "fulfillmentLineItems"))
        .map(|line| {
            let id = word(line, &["id"]);
            let left = count(line, "quantity").saturating_sub(coming.get(&id).copied().unwrap_or_default());
            (id, number_in(&word(line, &["lineItem", "id"])).to_owned(), left)
        })
        .collect();
    let mut chosen = Vec::new();
    for wish in wishes.iter().filter(|wish| wish.quantity > 0) {
        let mut missing = wish.quantity;
        for (id, _, left) in sent.iter_mut().filter(|(_, line, _)| *line == wish.line_id) {
            let part = missing.min(*left);
            if part > 0 {
                (*left, missing) = (*left - part, missing - part);
                chosen.push((id.clone(), part));
            }
        }
        if missing > 0 {
            let title = order.line(&wish.line_id).map_or("this product", |line| line.title.as_str());
            return Err(refused(format!("Only {} of {title} can still come back.", wish.quantity - missing)));
        }
    }
    Ok(chosen)
}
