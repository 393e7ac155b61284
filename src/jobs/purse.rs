//! Pays for calls of the language model out of what a brand may spend in a month.

use std::sync::Arc;

use async_trait::async_trait;

use crate::agent::call_label;
use crate::app::Desk;
use crate::clock::Clock;
use crate::llm::{Hold, Purse, Unpaid};
use crate::model::llm_cost::{ALL_KINDS, Cost, Limit, month_of};
use crate::model::{BrandId, Ts};
use crate::store::{self, Db, llm_costs};

/// The purse of a brand. Each call is written down before it is sent, so processes that share a database share it.
#[derive(Debug)]
pub(super) struct BrandPurse {
    db: Db,
    clock: Clock,
    brand: BrandId,
}

impl BrandPurse {
    pub(super) fn of(desk: &Desk, brand: BrandId) -> Arc<Self> {
        Arc::new(Self { db: desk.db.clone(), clock: desk.clock.clone(), brand })
    }

    async fn paid(&self, month: Ts, kind: &str, most: Cost) -> store::Result<Option<Limit>> {
        let mut tx = self.db.begin().await?;
        let reached = llm_costs::pay(&mut tx, self.brand, month, (kind, most)).await?;
        tx.commit().await?;
        Ok(reached)
    }

    async fn settled(&self, hold: &Hold, cost: Cost) -> store::Result<()> {
        let mut tx = self.db.begin().await?;
        llm_costs::add(&mut tx, self.brand, hold.month, (hold.kind.as_str(), cost.minus(hold.most))).await?;
        tx.commit().await
    }
}

#[async_trait]
impl Purse for BrandPurse {
    async fn pay(&self, kind: &str, most: Cost) -> Result<Hold, Unpaid> {
        let month = month_of(self.clock.now());
        match self.paid(month, kind, most).await {
            Ok(None) => Ok(Hold { kind: kind.to_owned(), month, most }),
            Ok(Some(limit)) if limit.kind == ALL_KINDS => Err(Unpaid::Brand),
            Ok(Some(limit)) => Err(Unpaid::Kind { label: call_label(&limit.kind).to_owned() }),
            Err(error) => {
                tracing::warn!(%error, "A call of the language model cannot be paid, so it is not sent");
                Err(Unpaid::Closed)
            }
        }
    }

    async fn settle(&self, hold: Hold, cost: Cost) {
        if let Err(error) = self.settled(&hold, cost).await {
            tracing::warn!(%error, "What was paid too much for a call of the language model stays paid");
        }
    }
}
