//! The points that calls cost.

use serde_json::{Value, json};

/// The most that there can be.
const MOST: u32 = 2_000;
/// How many come back with each call: here a call is what time is elsewhere.
const BACK: u32 = 500;
/// What a call costs that reads lists, and what another one costs.
const COSTS: (u32, u32) = (400, 10);

/// The points of the shop.
pub(super) struct Points {
    left: u32,
}

impl Default for Points {
    fn default() -> Self {
        Self { left: MOST }
    }
}

impl Points {
    /// What a document costs, and what is left behind it; `None` where there are too few.
    pub(super) fn take(&mut self, document: &str) -> (u32, Option<Value>) {
        let cost = if document.contains("nodes") { COSTS.0 } else { COSTS.1 };
        self.left = (self.left + BACK).min(MOST);
        match self.left.checked_sub(cost) {
            Some(left) => {
                self.left = left;
                (cost, Some(self.status()))
            }
            None => (cost, None),
        }
    }

    pub(super) fn status(&self) -> Value {
        json!({ "maximumAvailable": f64::from(MOST), "currentlyAvailable": self.left, "restoreRate": 1_000.0 })
    }
}
