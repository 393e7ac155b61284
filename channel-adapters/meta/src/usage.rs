//! How much of what the platform allows is used up, as its answers tell: calls slow down before they are refused.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use channel_contract::http::Answer;
use channel_contract::hub;
use serde_json::Value;

/// From this share on calls slow down, in percent.
const FULL: u64 = 80;
/// How long a call waits for each percent above.
const STEP: Duration = Duration::from_millis(50);

/// The share that was told last, and the same until it has slowed a call down.
#[derive(Debug, Default)]
pub(crate) struct Usage {
    told: AtomicU64,
    slows: AtomicU64,
}

impl Usage {
    /// Notes what an answer tells.
    pub(crate) fn note(&self, answer: &Answer) {
        if let Some(share) = share(answer) {
            self.told.store(share, Ordering::Relaxed);
            self.slows.store(share, Ordering::Relaxed);
        }
    }

    /// The share that is used up, in percent; 0 before anything was told.
    pub(crate) fn share(&self) -> u64 {
        self.told.load(Ordering::Relaxed)
    }

    /// How long the next message waits. The one after it waits only if its answer says so.
    pub(crate) fn take_pause(&self) -> Duration {
        let above = self.slows.swap(0, Ordering::Relaxed).min(100).saturating_sub(FULL);
        STEP.saturating_mul(u32::try_from(above).unwrap_or(0))
    }
}

/// The greatest share that the headers of an answer tell, in percent.
fn share(answer: &Answer) -> Option<u64> {
    let of_app = parsed(answer, "x-app-usage").map(|usage| greatest(&usage));
    let of_account = accounts(answer).map(|usage| greatest(&usage)).max();
    of_app.max(of_account)
}

/// What is told of each account.
fn accounts(answer: &Answer) -> impl Iterator<Item = Value> {
    let usage = parsed(answer, hub::USAGE);
    let lists = usage.into_iter().filter_map(|usage| if let Value::Object(by_id) = usage { Some(by_id) } else { None });
    let lists = lists.flat_map(|by_id| by_id.into_iter().map(|(_, list)| list));
    lists.flat_map(|list| if let Value::Array(entries) = list { entries } else { Vec::new() })
}

fn parsed(answer: &Answer, header: &str) -> Option<Value> {
    serde_json::from_str(answer.header(header)).ok()
}

fn greatest(usage: &Value) -> u64 {
    let shares = ["call_count", "total_cputime", "total_time"].map(|name| usage.get(name).and_then(Value::as_u64));
    shares.into_iter().flatten().max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderMap, HeaderValue};

    use super::*;

    fn answer(name: &'static str, value: &'static str) -> Answer {
        let headers = HeaderMap::from_iter([(name.parse().unwrap(), HeaderValue::from_static(value))]);
        Answer { status: 200, headers, retry_after: None, body: "".into() }
    }

    #[test]
    fn the_greatest_share_slows_down() {
        let usage = Usage::default();
        assert_eq!(usage.take_pause(), Duration::ZERO);
        usage.note(&answer("x-app-usage", r#"{"call_count":28,"total_time":90,"total_cputime":25}"#));
        usage.note(&answer("x-other", "1"));
        assert_eq!(usage.take_pause(), STEP * 10);
        assert_eq!(usage.take_pause(), Duration::ZERO, "it slows one call down");
        usage.note(&answer("x-app-usage", r#"{"call_count":500}"#));
        assert_eq!(usage.take_pause(), STEP * 20);
        usage.note(&answer("x-app-usage", r#"{"call_count":80}"#));
        assert_eq!(usage.take_pause(), Duration::ZERO);
    }

    #[test]
    fn an_account_that_is_used_up_counts_too() {
        let told = answer(hub::USAGE, r#"{"1":[{"type":"messenger","call_count":100}],"2":7}"#);
        assert_eq!(share(&told), Some(100));
        assert_eq!(share(&answer(hub::USAGE, "[]")), None);
    }
}
