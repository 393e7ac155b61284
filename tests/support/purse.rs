//! A purse in memory, with a limit.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use resolute::llm::{Hold, Purse, Unpaid};
use resolute::model::Ts;
use resolute::model::llm_cost::{ALL_KINDS, Cost, KindCost, Limit, reached, spent};

/// Pays until its limit is reached, and remembers what for.
#[derive(Debug)]
pub(crate) struct Jar {
    limit: Limit,
    costs: Mutex<Vec<KindCost>>,
}

impl Jar {
    /// With so many millionths in it.
    pub(crate) fn of(micros: i64) -> Arc<Self> {
        let limit = Limit { kind: ALL_KINDS.to_owned(), micros };
        Arc::new(Self { limit, costs: Mutex::default() })
    }

    /// What was spent under a kind.
    pub(crate) fn spent(&self, kind: &str) -> Cost {
        spent(&self.costs.lock().unwrap(), kind)
    }

    fn add(&self, kind: &str, cost: Cost) {
        self.costs.lock().unwrap().push(KindCost { kind: kind.to_owned(), cost });
    }
}

#[async_trait]
impl Purse for Jar {
    async fn pay(&self, kind: &str, most: Cost) -> Result<Hold, Unpaid> {
        if reached(std::slice::from_ref(&self.limit), &self.costs.lock().unwrap(), kind, most).is_some() {
            return Err(Unpaid::Brand);
        }
        self.add(kind, most);
        Ok(Hold { kind: kind.to_owned(), month: Ts(0), most })
    }

    async fn settle(&self, hold: Hold, cost: Cost) {
        self.add(&hold.kind, cost.minus(hold.most));
    }
}
