//! What a language model reads a customer to want done with their orders, in typed fields. Only what the shop knows counts of
//! it, and a person looks unless the built-in reading is the same: nothing happens on a model's word alone.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::agent::errands::{Errand, Errands, Known};
use crate::llm::{Llm, LlmError, Request};
use crate::model::order::{Address, LineChange, LineQuantity, Order, OrderAction};

const INSTRUCTIONS: &str = "You read what a customer of a shop wants done with their orders, and say it in the given fields, in \
    the order in which it is to be done. You never act and never answer. Use the ids of the orders, items and ways to pay that \
    you are given, and no others. An order that was not sent yet can be cancelled, sent elsewhere, paid another way, or get other \
    items; goods of a delivered order can be returned, or exchanged for another variant of the same product that is available. \
    All items of one order that change go into one errand. What the shop cannot do, or what is not clear, is left out and \
    named as open.";

const MODEL_ALONE: &str = "the language model reads it so, and the built-in engine does not";

#[derive(Debug, Deserialize)]
struct Read {
    errands: Vec<Wish>,
    open: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Cancel,
    Return,
    Exchange,
    ChangeItems,
    ChangeAddress,
    ChangePayment,
}

#[derive(Debug, Deserialize)]
struct Wish {
    kind: Kind,
    order: String,
    items: Vec<String>,
    new_items: Vec<String>,
    method: Option<String>,
    reason: Option<String>,
    address: Option<Place>,
}

#[derive(Debug, Deserialize)]
struct Place {
    line1: String,
    line2: String,
    city: String,
    region: String,
    postal_code: String,
    country: String,
}

/// What the model reads; `own` is what the built-in engine does.
pub async fn read_errands(llm: &Llm, text: &str, known: &Known, own: &Errands) -> Result<Errands, LlmError> {
    let shop = json!({ "orders": known.orders, "own_record": known.account, "variants": known.variants });
    let request = Request::new(INSTRUCTIONS)
        .data("what the shop knows", &shop.to_string())
        .data("reasons for which the shop cancels", &known.reasons.join("\n"))
        .data("the message", text)
        .ask("What is to be done?");
    let read: Read = llm.complete_structured(&request, &schema()).await?.value;
    Ok(held_against(read, known, own))
}

fn held_against(read: Read, known: &Known, own: &Errands) -> Errands {
    if !read.open.trim().is_empty() {
        let hand_off = Some("the language model leaves something of it open".to_owned());
        return Errands { hand_off, ..Errands::default() };
    }
    let wanted: Option<Vec<Errand>> = read.errands.into_iter().map(|wish| errand(wish, known)).collect();
    match wanted {
        Some(wanted) if wanted == own.wanted && !wanted.is_empty() => own.clone(),
        Some(wanted) if !wanted.is_empty() => Errands { wanted, doubts: vec![MODEL_ALONE.to_owned()], hand_off: None },
        Some(_) => Errands { hand_off: Some("nothing is asked for".to_owned()), ..Errands::default() },
        None => {
            let hand_off = Some("the language model names what the shop does not have".to_owned());
            Errands { hand_off, ..Errands::default() }
        }
    }
}

/// Nothing where it names what the shop does not have.
fn errand(wish: Wish, known: &Known) -> Option<Errand> {
    let order = known.order(&wish.order)?;
    let lines = lines(order, &wish.items)?;
    let settled_by = wish.method.filter(|method| !method.is_empty());
    if settled_by.as_ref().is_some_and(|method| order.method(method).is_none()) {
        return None;
    }
    let reason = wish.reason.unwrap_or_default();
    let changes = || {
        let is_even = !lines.is_empty() && lines.len() == wish.new_items.len();
        let pairs = lines.iter().zip(&wish.new_items);
        let change =
            |(line, sku): (&String, &String)| LineChange { line_id: line.clone(), quantity: 1, sku: sku.clone() };
        is_even.then(|| pairs.map(change).collect::<Vec<_>>())
    };
    let action = match wish.kind {
        Kind::Cancel => OrderAction::Cancel { reason },
        Kind::Return if lines.is_empty() => return None,
        Kind::Return => {
            let line = |line_id: &String| LineQuantity { line_id: line_id.clone(), quantity: 1 };
            OrderAction::Return { lines: lines.iter().map(line).collect(), reason, settled_by }
        }
        Kind::Exchange => OrderAction::Exchange { changes: changes()?, reason, settled_by },
        Kind::ChangeItems => OrderAction::ChangeItems { changes: changes()?, reason, settled_by },
        Kind::ChangePayment => OrderAction::ChangePayment { method: settled_by? },
        Kind::ChangeAddress => {
            let place = wish.address?;
            OrderAction::ChangeAddress {
                address: Address {
                    name: order.shipping_address.name.clone(),
                    line1: place.line1,
                    line2: place.line2,
                    postal_code: place.postal_code,
                    city: place.city,
                    region: place.region,
                    country: place.country,
                },
            }
        }
    };
    Some(Errand { order_id: order.id.clone(), action })
}

/// The lines that hold these units, each for one of them.
fn lines(order: &Order, items: &[String]) -> Option<Vec<String>> {
    let mut free: Vec<(&str, &str)> = order.lines.iter().map(|line| (line.sku.as_str(), line.id.as_str())).collect();
    let mut line = |item: &String| {
        let place = free.iter().position(|(sku, _)| sku == item)?;
        Some(free.remove(place).1.to_owned())
    };
    items.iter().map(&mut line).collect()
}

fn schema() -> Value {
    let text = json!({"type": "string"});
    let texts = json!({"type": "array", "items": {"type": "string"}});
    let maybe = json!({"type": ["string", "null"]});
    let place = json!({
        "type": ["object", "null"], "additionalProperties": false,
        "required": ["line1", "line2", "city", "region", "postal_code", "country"],
        "properties": {
            "line1": text, "line2": text, "city": text, "region": text, "postal_code": text, "country": text,
        },
    });
    let kinds = ["cancel", "return", "exchange", "change_items", "change_address", "change_payment"];
    json!({
        "type": "object", "additionalProperties": false, "required": ["errands", "open"],
        "properties": {
            "errands": {"type": "array", "items": {
                "type": "object", "additionalProperties": false,
                "required": ["kind", "order", "items", "new_items", "method", "reason", "address"],
                "properties": {
                    "kind": {"type": "string", "enum": kinds}, "order": text, "items": texts, "new_items": texts,
                    "method": maybe, "reason": maybe, "address": place,
                },
            }},
            "open": {"type": "string", "description": "what is not clear or not possible, empty if nothing"},
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::errands::read;
    use crate::agent::errands::tests::known;

    const TEXT: &str = "Cancel order #A10001 because no longer needed.";

    fn wish(kind: &str, order: &str) -> Value {
        json!({
            "kind": kind, "order": order, "items": [], "new_items": [], "method": null, "reason": "no longer needed",
            "address": null,
        })
    }

    async fn held(errands: Value, open: &str) -> Errands {
        let known = known("lena_hart_1001").await;
        let read_by_it = serde_json::from_value(json!({ "errands": errands, "open": open })).unwrap();
        held_against(read_by_it, &known, &read(TEXT, &known))
    }

    #[tokio::test]
    async fn what_both_read_is_done_and_what_the_model_reads_alone_is_looked_at() {
        let both = held(json!([wish("cancel", "#A10001")]), "").await;
        assert_eq!((both.wanted.len(), both.doubts.len(), both.hand_off), (1, 0, None));
        let mut other = wish("return", "#A10002");
        other["items"] = json!(["50301"]);
        other["method"] = json!("gift_card_73");
        let alone = held(json!([other]), "").await;
        assert_eq!((alone.wanted.len(), alone.doubts), (1, vec![MODEL_ALONE.to_owned()]));
    }

    #[tokio::test]
    async fn what_the_shop_does_not_have_is_a_persons() {
        let mut strange_item = wish("return", "#A10002");
        strange_item["items"] = json!(["50101"]);
        let mut strange_method = wish("change_payment", "#A10001");
        strange_method["method"] = json!("paypal_91");
        let mut uneven = wish("change_items", "#A10001");
        uneven["items"] = json!(["50101"]);
        for errands in [
            json!([wish("cancel", "#A10005")]),
            json!([strange_item]),
            json!([strange_method]),
            json!([uneven]),
            json!([wish("return", "#A10002")]),
            json!([wish("change_address", "#A10001")]),
            json!([wish("cancel", "#A10001"), wish("cancel", "#Z1")]),
            json!([]),
        ] {
            let held = held(errands.clone(), "").await;
            assert!(held.hand_off.is_some() && held.wanted.is_empty(), "{errands}");
        }
        assert!(held(json!([wish("cancel", "#A10001")]), "a gift").await.hand_off.is_some());
    }
}
