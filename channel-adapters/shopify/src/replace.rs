//! Goods sent again at no cost: an order of its own, made of a draft that costs nothing.
//!
//! Shopify has no key for that. The draft is claimed for the key at the first order, in a field that is written only where
//! nothing stands in it: of several calls with one key one wins, and all go on with its draft, which becomes one order however
//! often it is completed. A draft whose claim was lost stays a draft, and is thrown away where that can be told.

use channel_contract::orders::{ActionReceipt, LineQuantity, Order, OrderFailure};
use channel_contract::wire::text;
use serde_json::{Value, json};

use crate::client::Client;
use crate::documents::{CLAIM, CLAIMED, COMPLETE, DISCARD, DRAFT, DRAFTED};
use crate::failure::{Objection, payload, refused, unknown};
use crate::mark::{mark, noted};
use crate::money::paid;
use crate::wire::{at, global, nodes, word};

/// What Shopify says where the field is written already.
const WRITTEN: &str = "STALE_OBJECT";

/// The order that was made for a key; `None` where none was.
pub(crate) async fn done(client: &Client, order: &str, key: &str) -> Result<Option<ActionReceipt>, OrderFailure> {
    match claimed(client, order, key).await? {
        Some(draft) => made_of(client, &draft).await,
        None => Ok(None),
    }
}

/// Sends goods again. `told` is the order as Shopify tells it.
pub(crate) async fn perform(
    client: &Client,
    (order, told): (&Order, &Value),
    lines: &[LineQuantity],
    (reason, key): (&str, &str),
) -> Result<ActionReceipt, OrderFailure> {
    let draft = match claimed(client, &order.id, key).await? {
        Some(draft) => draft,
        None => claim(client, &order.id, key, &drafted(client, (order, told), lines, (reason, key)).await?).await?,
    };
    if let Some(receipt) = made_of(client, &draft).await? {
        return Ok(receipt);
    }
    let answer = client.write(COMPLETE, json!({ "id": draft })).await?;
    let completed = payload(&answer, "draftOrderComplete", &["userErrors"])?;
    receipt(at(completed, &["draftOrder"]))
        .ok_or_else(|| unknown("Shopify completed the replacement without its number."))
}

async fn claimed(client: &Client, order: &str, key: &str) -> Result<Option<String>, OrderFailure> {
    let read = client.read(CLAIMED, json!({ "id": global("Order", order), "key": mark(key) })).await?;
    Ok(Some(word(&read, &["order", "metafield", "value"])).filter(|draft| !draft.is_empty()))
}

/// The order that a draft became; `None` where it is still one.
async fn made_of(client: &Client, draft: &str) -> Result<Option<ActionReceipt>, OrderFailure> {
    let read = client.read(DRAFTED, json!({ "id": draft })).await?;
    let draft = at(&read, &["draftOrder"]);
    if draft.is_null() {
        return Err(refused("The draft of this replacement was deleted at Shopify. Look there before you send again."));
    }
    Ok(receipt(draft))
}

fn receipt(draft: &Value) -> Option<ActionReceipt> {
    let reference = word(draft, &["order", "name"]).trim_start_matches('#').to_owned();
    (!reference.is_empty()).then_some(ActionReceipt { reference, complete: true })
}

/// Drafts an order that costs nothing, and gives its id.
async fn drafted(
    client: &Client,
    (order, told): (&Order, &Value),
    lines: &[LineQuantity],
    (reason, key): (&str, &str),
) -> Result<String, OrderFailure> {
    let input = input(order, told, lines, (reason, key))?;
    let answer = client.write(DRAFT, json!({ "input": input })).await?;
    let draft = at(payload(&answer, "draftOrderCreate", &["userErrors"])?, &["draftOrder"]);
    let id = text(draft, &["id"]);
    if id.is_empty() {
        return Err(unknown("Shopify drafted the replacement and did not say which draft it is."));
    }
    match paid(draft, "totalPriceSet", order.currency()) {
        Ok(Some(total)) if total.minor == 0 => Ok(id),
        _ => {
            discard(client, &id).await;
            Err(refused("Shopify would not send the replacement for nothing. Send it there."))
        }
    }
}

fn input(
    order: &Order,
    told: &Value,
    lines: &[LineQuantity],
    (reason, key): (&str, &str),
) -> Result<Value, OrderFailure> {
    let known = nodes(told, "lineItems");
    let mut items = Vec::new();
    for wish in lines.iter().filter(|wish| wish.quantity > 0) {
        let id = global("LineItem", &wish.line_id);
        let line = known.iter().find(|line| Some(text(line, &["id"])) == id);
        let Some(line) = line else { return Err(refused("The order does not hold this product any more.")) };
        if order.line(&wish.line_id).is_some_and(|line| wish.quantity > line.ordered) {
            return Err(refused("That is more than was ordered."));
        }
        let variant = word(line, &["variant", "id"]);
        if variant.is_empty() {
            return Err(refused(format!("{} is not in the shop any more.", text(line, &["title"]))));
        }
        items.push(json!({ "variantId": variant, "quantity": wish.quantity }));
    }
    let to = &order.shipping_address;
    let phone = word(told, &["shippingAddress", "phone"]);
    let mut input = json!({
        "lineItems": items, "note": noted(reason, key), "tags": ["replacement", mark(key)],
        "appliedDiscount": { "title": "Replacement", "value": 100.0, "valueType": "PERCENTAGE" }, "taxExempt": true,
        "presentmentCurrencyCode": order.currency().code(),
        "shippingAddress": crate::address::input(to, &phone)?,
    });
    if let Some(fields) = input.as_object_mut() {
        if !order.buyer.email.is_empty() {
            fields.insert("email".to_owned(), json!(order.buyer.email));
        }
        if let Some(customer) = global("Customer", &order.buyer.id) {
            fields.insert("purchasingEntity".to_owned(), json!({ "customerId": customer }));
        }
    }
    Ok(input)
}

/// Claims a draft for a key, and gives the one that is claimed: another, where somebody else was first.
async fn claim(client: &Client, order: &str, key: &str, draft: &str) -> Result<String, OrderFailure> {
    let field = json!({
        "ownerId": global("Order", order), "namespace": "resolute", "key": mark(key), "type": "single_line_text_field",
        "value": draft, "compareDigest": null,
    });
    let answer = client.write(CLAIM, json!({ "fields": [field] })).await?;
    let written = at(&answer, &["metafieldsSet"]);
    let Some(objection) = Objection::of(written, &["userErrors"]) else {
        let is_told = written.is_object();
        return if is_told {
            Ok(draft.to_owned())
        } else {
            Err(unknown("Shopify did not say whether it wrote the claim."))
        };
    };
    discard(client, draft).await;
    if !objection.is(WRITTEN) {
        return Err(objection.failure());
    }
    let first = claimed(client, order, key).await?;
    first.ok_or_else(|| unknown("Shopify says that the replacement is made already, and does not say which one."))
}

/// Throws a draft away. One that stays costs nothing and sends nothing.
async fn discard(client: &Client, draft: &str) {
    if let Err(failure) = client.write(DISCARD, json!({ "input": { "id": draft } })).await {
        tracing::warn!(%failure, "A draft at Shopify that nobody needs could not be deleted.");
    }
}
