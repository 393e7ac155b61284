//! An order stopped before it left. Shopify does it in a job of its own, which is waited for a moment.

use std::time::Duration;

use channel_contract::orders::{ActionReceipt, OrderFailure};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::client::Client;
use crate::documents::{CANCEL, JOB};
use crate::failure::{payload, refused};
use crate::mark::noted;
use crate::wire::{at, global, word};

/// How long to wait before each look at the job.
const LOOKS: [Duration; 4] =
    [Duration::from_millis(200), Duration::from_millis(400), Duration::from_millis(800), Duration::from_millis(1_600)];

/// Cancels an order.
pub(crate) async fn perform(
    client: &Client,
    order: &str,
    reason: &str,
    key: &str,
) -> Result<ActionReceipt, OrderFailure> {
    let Some(id) = global("Order", order) else { return Err(refused("This is no order of Shopify’s.")) };
    let answer = client.write(CANCEL, json!({ "id": id, "note": noted(reason, key) })).await?;
    let job = at(payload(&answer, "orderCancel", &["orderCancelUserErrors"])?, &["job"]);
    let complete = is_done(job) || ends(client, &word(job, &["id"])).await;
    Ok(ActionReceipt { reference: order.to_owned(), complete })
}

fn is_done(job: &Value) -> bool {
    job.get("done").and_then(Value::as_bool) == Some(true)
}

/// Whether a job ends while it is waited for. A look that fails is one that saw nothing.
async fn ends(client: &Client, job: &str) -> bool {
    for pause in LOOKS {
        sleep(pause).await;
        if let Ok(read) = client.read(JOB, json!({ "id": job })).await
            && is_done(at(&read, &["job"]))
        {
            return true;
        }
    }
    false
}
