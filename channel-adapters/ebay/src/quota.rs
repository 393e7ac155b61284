//! How many calls eBay still takes, as far as it told.

use std::sync::{Mutex, MutexGuard, PoisonError};

use channel_contract::channel::Quota;
use channel_contract::wire::{list, text};
use serde_json::Value;

use crate::client::Client;

/// How often it is asked, in milliseconds.
const EVERY: i64 = 3_600_000;

/// The interfaces that are used, by eBay's words for their context and their name, in words for people.
const USED: [(&str, &str, &str); 2] =
    [("commerce", "message", "Calls for messages"), ("sell", "fulfillment", "Calls for orders")];

/// What was told of the calls of one program.
#[derive(Default)]
pub(crate) struct Quotas(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    next: i64,
    told: Vec<Quota>,
}

impl Quotas {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks eBay, if it is time. Nothing hangs on the answer: without one, what was told before stands.
    pub(crate) async fn ask(&self, client: &Client) {
        let now = client.now();
        if now < self.kept().next {
            return;
        }
        self.kept().next = now + EVERY;
        if let Ok(answer) = client.rate_limits().await
            && answer.is_success()
        {
            self.kept().told = read(&serde_json::from_slice(&answer.body).unwrap_or_default());
        }
    }

    /// What was told last.
    pub(crate) fn told(&self) -> Vec<Quota> {
        self.kept().told.clone()
    }
}

/// What is used up of each interface; of several limits the one that is nearest.
fn read(document: &Value) -> Vec<Quota> {
    let quota = |(context, name, words): (&str, &str, &'static str)| {
        let is_it = |found: &&Value| {
            let has = |field: &str, word: &str| text(found, &[field]).eq_ignore_ascii_case(word);
            has("apiContext", context) && has("apiName", name)
        };
        let resources = list(document, "rateLimits").iter().filter(is_it).flat_map(|found| list(found, "resources"));
        let rates = resources.flat_map(|resource| list(resource, "rates"));
        let number = |rate: &Value, name: &str| rate.get(name).and_then(Value::as_u64);
        let counted = rates.filter_map(|rate| {
            let of = number(rate, "limit").filter(|limit| *limit > 0)?;
            Some(Quota { name: words, used: of.saturating_sub(number(rate, "remaining")?), of })
        });
        counted.max_by_key(|quota| u128::from(quota.used) * 1_000_000 / u128::from(quota.of))
    };
    USED.into_iter().filter_map(quota).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_nearest_limit_counts_and_odd_ones_do_not() {
        let rate = |limit: Value, remaining: Value| json!({ "limit": limit, "remaining": remaining });
        let document = json!({ "rateLimits": [
            null, "x", { "apiContext": "buy", "apiName": "Browse", "resources": [{ "rates": [rate(json!(9), json!(0))] }] },
            { "apiContext": "commerce", "apiName": "Message", "resources": [
                { "name": "commerce.message", "rates": [rate(json!(5_000), json!(4_000)), rate(json!(0), json!(0))] },
                { "name": "commerce.message.send", "rates": [rate(json!(100), json!(10)), rate(json!("9"), json!(null))] },
                { "rates": null },
            ] },
        ] });
        assert_eq!(read(&document), [Quota { name: "Calls for messages", used: 90, of: 100 }]);
        assert_eq!(read(&Value::Null), []);
    }
}
