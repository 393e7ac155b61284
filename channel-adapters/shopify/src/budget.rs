//! How much may be asked now. Shopify counts points, and tells with each answer how many are left and how many come back in
//! a second: that alone is gone by.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use channel_contract::orders::OrderFailure;
use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::wire::at;

/// Who needs no longer than this waits for the points; others come again.
const PATIENCE: Duration = Duration::from_secs(3);
/// How often it is looked again whether somebody else has taken them.
const LOOKS: usize = 4;
/// How long to wait where Shopify does not say what comes back.
const USUAL_WAIT: Duration = Duration::from_secs(2);

/// The points of a shop as an answer told them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Points {
    most: u64,
    left: u64,
    /// How many come back in a second.
    restored: u64,
}

impl Points {
    /// Those of an answer.
    pub(crate) fn told(body: &Value) -> Option<Self> {
        let status = at(body, &["extensions", "cost", "throttleStatus"]);
        Some(Self {
            most: number(status, "maximumAvailable")?,
            left: number(status, "currentlyAvailable")?,
            restored: number(status, "restoreRate")?,
        })
    }

    /// How long until so many are there, this long after they were told.
    fn wait(self, cost: u64, since: Duration) -> Duration {
        let back = u64::try_from(since.as_millis()).unwrap_or(u64::MAX).saturating_mul(self.restored) / 1_000;
        let missing = cost.min(self.most).saturating_sub(self.left.saturating_add(back).min(self.most));
        match (missing, self.restored) {
            (0, _) => Duration::ZERO,
            (_, 0) => USUAL_WAIT,
            (missing, restored) => Duration::from_millis(missing.saturating_mul(1_000).div_ceil(restored)),
        }
    }
}

/// What the call of an answer asked for.
pub(crate) fn asked(body: &Value) -> Option<u64> {
    number(at(body, &["extensions", "cost"]), "requestedQueryCost")
}

/// How long a call that was refused for its cost waits.
pub(crate) fn wait(body: &Value) -> Duration {
    match (Points::told(body), asked(body)) {
        (Some(points), Some(cost)) => points.wait(cost, Duration::ZERO).max(Duration::from_millis(100)),
        _ => USUAL_WAIT,
    }
}

/// Points are whole, and written as `1000` or `1000.0`.
fn number(value: &Value, name: &str) -> Option<u64> {
    let written = value.get(name).filter(|value| value.is_number())?.to_string();
    written.split('.').next()?.parse().ok()
}

/// The budget of one shop.
#[derive(Default)]
pub(crate) struct Budget(Mutex<State>);

#[derive(Default)]
struct State {
    points: Option<(Points, Instant)>,
    /// What each document asked for last.
    costs: HashMap<&'static str, u64>,
}

impl Budget {
    /// Waits until a document may be asked.
    pub(crate) async fn turn(&self, document: &'static str) -> Result<(), OrderFailure> {
        for _ in 0..LOOKS {
            let wait = self.state().take(document);
            if wait.is_zero() {
                return Ok(());
            }
            if wait > PATIENCE {
                return Err(busy(wait));
            }
            sleep(wait).await;
        }
        Err(busy(USUAL_WAIT))
    }

    /// Takes what an answer told.
    pub(crate) fn note(&self, document: &'static str, body: &Value) {
        let mut state = self.state();
        if let Some(points) = Points::told(body) {
            state.points = Some((points, Instant::now()));
        }
        if let Some(cost) = asked(body) {
            state.costs.insert(document, cost);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Takes the points of a document, or says how long until they are there.
    fn take(&mut self, document: &'static str) -> Duration {
        let cost = self.costs.get(document).copied().unwrap_or_default();
        let Some((points, at)) = &mut self.points else { return Duration::ZERO };
        let wait = points.wait(cost, at.elapsed());
        if wait.is_zero() {
            points.left = points.left.saturating_sub(cost);
        }
        wait
    }
}

fn busy(wait: Duration) -> OrderFailure {
    OrderFailure::Retry { after: Some(wait), reason: "Shopify takes no more calls for the moment.".to_owned() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn body(left: u64, cost: u64) -> Value {
        json!({ "extensions": { "cost": { "requestedQueryCost": cost, "throttleStatus": {
            "maximumAvailable": 2000.0, "currentlyAvailable": left, "restoreRate": 100.0 } } } })
    }

    #[test]
    fn a_wait_is_as_long_as_the_points_need() {
        let points = Points::told(&body(200, 0)).unwrap();
        assert_eq!(points.wait(200, Duration::ZERO), Duration::ZERO);
        assert_eq!(points.wait(450, Duration::ZERO), Duration::from_millis(2_500));
        assert_eq!(points.wait(450, Duration::from_secs(2)), Duration::from_millis(500));
        assert_eq!(points.wait(9_000, Duration::from_mins(1)), Duration::ZERO, "no call needs more than there can be");
        assert_eq!(wait(&body(0, 700)), Duration::from_secs(7));
        assert_eq!(wait(&json!({})), USUAL_WAIT);
        assert_eq!(
            Points::told(&json!({ "extensions": { "cost": { "throttleStatus": { "maximumAvailable": "x" } } } })),
            None
        );
    }

    #[tokio::test]
    async fn who_would_wait_long_comes_again() {
        let budget = Budget::default();
        assert_eq!(budget.turn("a").await, Ok(()), "nothing is known yet");
        budget.note("a", &body(290, 300));
        let before = Instant::now();
        assert_eq!(budget.turn("a").await, Ok(()));
        assert!(before.elapsed() >= Duration::from_millis(90), "ten points were missing");
        budget.note("a", &body(0, 900));
        let Err(OrderFailure::Retry { after: Some(after), .. }) = budget.turn("a").await else {
            panic!("nine seconds")
        };
        assert!(after > Duration::from_secs(8), "{after:?}");
    }
}
