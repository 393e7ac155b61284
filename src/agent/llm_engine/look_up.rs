//! What the model may look up while it reads: the orders of the one who writes, and nothing else.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::agent::gather::{own_orders, owner, without_refused};
use crate::agent::snapshot::Snapshot;
use crate::commerce::shops::Shops;
use crate::llm::{Tool, ToolCall, ToolResult};
use crate::model::order::{Order, OrderQuery};
use crate::policy::Identity;
use crate::voice::format::day;

/// The same words whether an order belongs to somebody else or does not exist: neither may be learned here.
const NOT_THEIRS: &str = "this customer has no such order";
const NO_ANSWER: &str = "the shop does not answer now; go on without it";
const MOST_ORDERS: usize = 5;

/// The tools.
pub(super) fn tools() -> Vec<Tool> {
    let none = json!({"type": "object", "properties": {}, "required": [], "additionalProperties": false});
    let number = json!({
        "type": "object", "additionalProperties": false, "required": ["number"],
        "properties": {"number": {"type": "string", "description": "as the customer wrote it"}},
    });
    vec![
        Tool { name: "own_orders", description: "The latest orders of the customer who writes.", parameters: none },
        Tool { name: "order", description: "One order of the customer who writes.", parameters: number },
    ]
}

#[derive(Deserialize)]
struct OrderArguments {
    number: String,
}

/// Answers a call. Who writes comes from the snapshot: the model cannot name somebody else. Unless the channel proved
/// the writer's address, nothing is shown.
pub(super) async fn answer(call: ToolCall, snapshot: &Snapshot, shops: &Shops) -> ToolResult {
    let is_list = call.name == "own_orders";
    let found = if is_list {
        own_orders(snapshot, shops).await
    } else {
        let given: OrderArguments =
            serde_json::from_value(Value::Object(call.arguments)).map_err(|error| error.to_string())?;
        shops.find(&OrderQuery::Number(given.number)).await.map(|found| without_refused(snapshot, found))
    };
    let found = found.map_err(|_| NO_ANSWER.to_owned())?;
    let own = found.iter().filter(|known| owner(snapshot, known) == Identity::Proved).take(MOST_ORDERS);
    let orders: Vec<Value> = own.map(|known| shown(&known.order)).collect();
    if orders.is_empty() && !is_list { Err(NOT_THEIRS.to_owned()) } else { Ok(orders.into()) }
}

/// What tells one request from another. No address and no means of payment: reading does not need them.
fn shown(order: &Order) -> Value {
    let lines: Vec<String> = order.lines.iter().map(|line| format!("{} × {}", line.ordered, line.title)).collect();
    let parcels: Vec<Value> = order
        .shipments
        .iter()
        .map(|parcel| {
            json!({
                "status": parcel.status,
                "shipped": parcel.shipped_at.map(|at| day(at).to_string()),
                "promised": parcel.promised.map(|window| day(window.to).to_string()),
                "delivered": parcel.delivered_at.map(|at| day(at).to_string()),
            })
        })
        .collect();
    json!({
        "number": order.number,
        "placed": day(order.placed_at).to_string(),
        "status": order.status,
        "lines": lines,
        "parcels": parcels,
        "refunds": order.refunds.len(),
        "returns": order.returns.len(),
    })
}
