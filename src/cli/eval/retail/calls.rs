//! From the benchmark's calls to what the desk knows: what is read, and what is asked of an order.

use channel_contract::orders::ActionCommand;
use serde_json::{Value, json};
use uuid::Uuid;

use super::CallLine;
use crate::commerce::file_shop::FileShop;
use crate::model::order::{Address, LineChange, LineQuantity, Order, OrderAction};

/// A record of the shop.
#[derive(Debug)]
pub(super) enum Known {
    /// As it stands.
    Found(Box<Order>),
    /// There is none; in words.
    Missing(String),
}

impl Known {
    /// Why it cannot be read, if so.
    pub(super) fn is_there(&self) -> Result<(), String> {
        match self {
            Self::Found(_) => Ok(()),
            Self::Missing(reason) => Err(reason.clone()),
        }
    }

    /// The code that says so.
    pub(super) fn missing(&self) -> Option<&'static str> {
        matches!(self, Self::Missing(_)).then_some("missing")
    }
}

/// Something that is asked of an order.
#[derive(Debug)]
pub(super) struct Write {
    /// Which.
    pub(super) order: Known,
    /// What.
    pub(super) action: OrderAction,
    /// What of the call itself cannot be meant.
    pub(super) malformed: Option<&'static str>,
}

impl Write {
    pub(super) fn command(self, key: Uuid) -> ActionCommand {
        let order_id = if let Known::Found(order) = self.order { order.id } else { String::new() };
        ActionCommand { idempotency_key: key.to_string(), order_id, action: self.action }
    }
}

/// What a call is.
#[derive(Debug)]
pub(super) enum Call {
    /// It tells nothing of a customer.
    Answer(Result<(), String>),
    /// It tells what a record holds.
    Read(Known),
    /// It asks for something.
    Write(Box<Write>),
}

/// Reads a call.
pub(super) fn read_call(line: &CallLine, shop: &FileShop) -> Call {
    let text = |name: &str| line.arguments.get(name).and_then(Value::as_str).unwrap_or_default();
    let there = |is_there: bool, what: &str| if is_there { Ok(()) } else { Err(format!("There is no such {what}.")) };
    match line.name.as_str() {
        "find_user_id_by_email" => Call::Answer(there(shop.buyer_by_email(text("email")).is_some(), "buyer")),
        "find_user_id_by_name_zip" => {
            let found = shop.buyer_by_name(text("first_name"), text("last_name"), text("zip"));
            Call::Answer(there(found.is_some(), "buyer"))
        }
        "get_product_details" => Call::Answer(there(shop.has_product(text("product_id")), "product")),
        "get_item_details" => Call::Answer(there(shop.has_variant(text("item_id")), "item")),
        "list_all_product_types" | "transfer_to_human_agents" => Call::Answer(Ok(())),
        "calculate" => Call::Answer(there(is_sum(text("expression")), "sum")),
        "get_user_details" => Call::Read(record(shop, text("user_id"))),
        "get_order_details" => Call::Read(record(shop, text("order_id"))),
        name => match write(name, line, shop) {
            Some(write) => Call::Write(Box::new(write)),
            None => Call::Answer(Err(format!("There is no call named {name}."))),
        },
    }
}

fn is_sum(expression: &str) -> bool {
    !expression.is_empty() && expression.chars().all(|c| c.is_ascii_digit() || "+-*/(). ".contains(c))
}

fn record(shop: &FileShop, id: &str) -> Known {
    match shop.read(id) {
        Some(order) => Known::Found(Box::new(order)),
        None => Known::Missing(format!("There is no {id}.")),
    }
}

fn write(name: &str, line: &CallLine, shop: &FileShop) -> Option<Write> {
    let text = |name: &str| line.arguments.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let list = |name: &str| -> Vec<String> {
        let values = line.arguments.get(name).and_then(Value::as_array);
        values.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let order = record(shop, &text(if name == "modify_user_address" { "user_id" } else { "order_id" }));
    let lines = lines(&order, &list("item_ids"));
    let skus = list("new_item_ids");
    let malformed = (name.contains("items") && !name.starts_with("return") && lines.len() != skus.len())
        .then_some("count_mismatch");
    let settled_by = Some(text("payment_method_id"));
    let change = |(line_id, sku): (String, String)| LineChange { line_id, quantity: 1, sku };
    let changes = || lines.iter().cloned().zip(skus.clone()).map(change).collect();
    let reason = String::new();
    let action = match name {
        "cancel_pending_order" => OrderAction::Cancel { reason: text("reason") },
        "modify_pending_order_address" | "modify_user_address" => OrderAction::ChangeAddress {
            address: Address {
                name: if let Known::Found(order) = &order { order.buyer.name.clone() } else { String::new() },
                line1: text("address1"),
                line2: text("address2"),
                postal_code: text("zip"),
                city: text("city"),
                region: text("state"),
                country: text("country"),
            },
        },
        "modify_pending_order_payment" => OrderAction::ChangePayment { method: text("payment_method_id") },
        "modify_pending_order_items" => OrderAction::ChangeItems { changes: changes(), reason, settled_by },
        "exchange_delivered_order_items" => OrderAction::Exchange { changes: changes(), reason, settled_by },
        "return_delivered_order_items" => {
            let line = |line_id: &String| LineQuantity { line_id: line_id.clone(), quantity: 1 };
            OrderAction::Return { lines: lines.iter().map(line).collect(), reason, settled_by }
        }
        _ => return None,
    };
    Some(Write { order, action, malformed })
}

/// The lines that hold these items, each for one of them; an item that none is left for stands as a line that is not there.
fn lines(order: &Known, items: &[String]) -> Vec<String> {
    let mut free: Vec<(&str, &str)> = Vec::new();
    if let Known::Found(order) = order {
        free.extend(order.lines.iter().map(|line| (line.sku.as_str(), line.id.as_str())));
    }
    let mut line = |item: &String| match free.iter().position(|(sku, _)| sku == item) {
        Some(place) => free.remove(place).1.to_owned(),
        None => format!("none for {item}"),
    };
    items.iter().map(&mut line).collect()
}

/// A call as the benchmark writes it, for what was asked of an order.
pub(super) fn written(order: &Order, action: &OrderAction) -> Value {
    let item = |line_id: &str| order.line(line_id).map_or_else(String::new, |line| line.sku.clone());
    let is_account = order.id == order.buyer.id;
    let method = action.settled_by();
    let changed = |name: &str, changes: &[LineChange]| {
        let old: Vec<String> = changes.iter().map(|change| item(&change.line_id)).collect();
        let new: Vec<&str> = changes.iter().map(|change| change.sku.as_str()).collect();
        let arguments = json!({
            "order_id": order.id, "item_ids": old, "new_item_ids": new, "payment_method_id": method,
        });
        json!({ "name": name, "arguments": arguments })
    };
    match action {
        OrderAction::Cancel { reason } => {
            json!({ "name": "cancel_pending_order", "arguments": { "order_id": order.id, "reason": reason } })
        }
        OrderAction::ChangeAddress { address } => {
            let (name, key) = if is_account {
                ("modify_user_address", "user_id")
            } else {
                ("modify_pending_order_address", "order_id")
            };
            let arguments = json!({
                key: order.id, "address1": address.line1, "address2": address.line2, "city": address.city,
                "state": address.region, "country": address.country, "zip": address.postal_code,
            });
            json!({ "name": name, "arguments": arguments })
        }
        OrderAction::ChangePayment { method } => json!({
            "name": "modify_pending_order_payment",
            "arguments": { "order_id": order.id, "payment_method_id": method },
        }),
        OrderAction::ChangeItems { changes, .. } => changed("modify_pending_order_items", changes),
        OrderAction::Exchange { changes, .. } => changed("exchange_delivered_order_items", changes),
        OrderAction::Return { lines, .. } => {
            let items: Vec<String> = lines.iter().map(|line| item(&line.line_id)).collect();
            json!({
                "name": "return_delivered_order_items",
                "arguments": { "order_id": order.id, "item_ids": items, "payment_method_id": method },
            })
        }
        other => json!({ "name": other.kind().as_str(), "arguments": { "order_id": order.id } }),
    }
}
