//! Actions on orders. What the key did before is looked for first, and once more where Shopify refuses: somebody may have
//! done it with the same key just then.

use channel_contract::effect_visible;
use channel_contract::orders::{ActionCommand, ActionReceipt, Order, OrderAction, OrderFailure, OrderStatus};
use channel_contract::wire::{list, text};
use serde_json::{Value, json};

use crate::client::Client;
use crate::convert::Unreadable;
use crate::documents::MOVE;
use crate::failure::{payload, refused};
use crate::mark::bears;
use crate::parcels::comes;
use crate::wire::{global, nodes, number_in, word};
use crate::{address, cancel, convert, goods, reading, refund, replace};

/// The longest key that Shopify takes.
const LONGEST_KEY: usize = 255;

/// An order as Shopify tells it, and what it means.
struct Known {
    told: Value,
    order: Order,
}

/// Performs an action. The same key again gives the first result.
pub(crate) async fn perform(client: &Client, command: &ActionCommand) -> Result<ActionReceipt, OrderFailure> {
    refuse_nonsense(command)?;
    let known = known(client, &command.order_id).await?;
    if let Some(receipt) = done(client, command, &known).await? {
        return Ok(receipt);
    }
    let outcome = act(client, command, &known).await;
    if !matches!(outcome, Err(OrderFailure::Refused { .. })) {
        return outcome;
    }
    // In doubt the refusal stands.
    let Ok(now) = self::known(client, &command.order_id).await else { return outcome };
    match done(client, command, &now).await {
        Ok(Some(receipt)) => Ok(receipt),
        _ => outcome,
    }
}

async fn known(client: &Client, number: &str) -> Result<Known, OrderFailure> {
    let Some(told) = reading::order(client, number).await? else {
        return Err(refused("Shopify does not know this order any more."));
    };
    let (order, _) = convert::order(&told).map_err(unreadable)?;
    Ok(Known { told, order })
}

/// The failure of an order that cannot be read.
pub(crate) fn unreadable(why: Unreadable) -> OrderFailure {
    refused(format!("Shopify tells an order that cannot be read: {}.", why.0))
}

/// What an earlier call with the same key did.
async fn done(client: &Client, command: &ActionCommand, known: &Known) -> Result<Option<ActionReceipt>, OrderFailure> {
    let Known { told, order } = known;
    let key = &command.idempotency_key;
    let receipt =
        |reference: &str, complete: bool| ActionReceipt { reference: number_in(reference).to_owned(), complete };
    Ok(match &command.action {
        OrderAction::Cancel { .. } => {
            let is_ours = bears(&word(told, &["cancellation", "staffNote"]), key);
            let is_back = order.refundable().minor == 0;
            (is_ours && order.status == OrderStatus::Cancelled).then(|| receipt(&order.id, is_back))
        }
        OrderAction::Refund { .. } => {
            let mut refunds = list(told, "refunds").iter();
            let ours = refunds.find(|refund| bears(&text(refund, &["note"]), key));
            ours.map(|refund| receipt(&text(refund, &["id"]), true))
        }
        OrderAction::Return { .. } => {
            let is_ours = |back: &&Value| {
                let lines = nodes(back, "returnLineItems");
                comes(back) && lines.iter().any(|line| bears(&text(line, &["returnReasonNote"]), key))
            };
            nodes(told, "returns").into_iter().find(is_ours).map(|back| receipt(&text(back, &["id"]), true))
        }
        OrderAction::Replace { .. } => replace::done(client, &order.id, key).await?,
        OrderAction::ChangeAddress { .. } => {
            effect_visible(&command.action, order, order, "").then(|| receipt(&order.id, true))
        }
        // None of the others is offered.
        _ => None,
    })
}

async fn act(client: &Client, command: &ActionCommand, known: &Known) -> Result<ActionReceipt, OrderFailure> {
    let Known { told, order } = known;
    let key = command.idempotency_key.as_str();
    if let Some(reason) = order.refusal(command.action.kind()) {
        return Err(refused(reason));
    }
    match &command.action {
        OrderAction::Cancel { reason } => cancel::perform(client, &order.id, reason, key).await,
        OrderAction::Refund { amount, lines, reason, .. } => {
            refund::perform(client, order, refund::Wish { amount: *amount, lines, reason, key }).await
        }
        OrderAction::Return { lines, reason, .. } => goods::perform(client, (order, told), lines, (reason, key)).await,
        OrderAction::Replace { lines, reason } => replace::perform(client, (order, told), lines, (reason, key)).await,
        OrderAction::ChangeAddress { address } => {
            let phone = word(told, &["shippingAddress", "phone"]);
            let to = address::input(address, &phone)?;
            let input = json!({ "id": global("Order", &order.id), "shippingAddress": to });
            let answer = client.write(MOVE, json!({ "input": input })).await?;
            payload(&answer, "orderUpdate", &["userErrors"])?;
            Ok(ActionReceipt { reference: order.id.clone(), complete: true })
        }
        _ => Err(refused("The shop does not offer this.")),
    }
}

/// What must not even reach the shop.
fn refuse_nonsense(command: &ActionCommand) -> Result<(), OrderFailure> {
    let key = &command.idempotency_key;
    if key.is_empty() || key.len() > LONGEST_KEY || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(refused("The action’s key cannot be sent to Shopify."));
    }
    match &command.action {
        OrderAction::Refund { amount, .. } if amount.minor <= 0 => Err(refused("A refund must be more than nothing.")),
        OrderAction::Return { lines, .. } | OrderAction::Replace { lines, .. }
            if lines.iter().all(|line| line.quantity == 0) =>
        {
            Err(refused("The action names no goods."))
        }
        _ => Ok(()),
    }
}
