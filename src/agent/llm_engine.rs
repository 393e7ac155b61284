//! The engine of a language model: it reads and words through typed fields, and the built-in engine stands behind it.
//!
//! The model decides nothing. What it reads is held against the text and against the built-in reading; what it may look
//! up are the writer's own orders; what it words is verified like any other draft. A text that is seen to steer machines
//! is kept from it. When it fails, or nobody pays for it any more, the built-in engine answers and the result says so.

mod departures;
mod errands;
mod look_up;
mod reading;
mod wording;

use std::sync::Arc;

use async_trait::async_trait;

pub use self::errands::read_errands;
use super::built_in::BuiltIn;
use super::engine::{Brief, Engine, EngineError, Reading, Written};
use super::snapshot::Snapshot;
use super::understand::risk::{self, RiskKind, Source};
use crate::commerce::shops::Shops;
use crate::llm::{Llm, LlmError, Models, Purse};
use crate::model::agent_run::EngineKind;
use crate::model::llm_cost::READING;
use crate::policy::intent_label;

/// Reads and words with a language model.
#[derive(Clone)]
pub struct LlmEngine {
    models: Models,
    shops: Shops,
    purse: Option<Arc<dyn Purse>>,
}

impl LlmEngine {
    /// An engine for the brand whose shops these are.
    pub fn new(models: impl Into<Models>, shops: Shops) -> Self {
        Self { models: models.into(), shops, purse: None }
    }

    /// With calls that are paid out of a purse: reading under [`READING`], wording under what is asked for.
    #[must_use]
    pub fn paid_from(self, purse: Arc<dyn Purse>) -> Self {
        Self { purse: Some(purse), ..self }
    }

    /// A model, for calls of this kind.
    fn paid(&self, llm: &Llm, kind: &str) -> Llm {
        self.purse.as_ref().map_or_else(|| llm.clone(), |purse| llm.paid_from(purse, kind))
    }
}

impl std::fmt::Debug for LlmEngine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (reading, wording) = (self.models.reading.model(), self.models.wording.model());
        f.debug_struct("LlmEngine").field("reading", &reading).field("wording", &wording).finish_non_exhaustive()
    }
}

#[async_trait]
impl Engine for LlmEngine {
    fn kind(&self) -> EngineKind {
        EngineKind::Llm
    }

    async fn understand(&self, snapshot: &Snapshot) -> Result<Reading, EngineError> {
        let own = BuiltIn.understand(snapshot).await?;
        if steers(snapshot) {
            return Ok(Reading { note: Some(KEPT_FROM_IT.to_owned()), ..own });
        }
        Ok(match reading::read(&self.paid(&self.models.reading, READING), &self.shops, snapshot).await {
            Ok(read) => reading::held_against(read, &own, &snapshot.text()),
            Err(error) => Reading { note: Some(stood_in(&error)), ..own },
        })
    }

    async fn write(&self, brief: &Brief<'_>) -> Result<Written, EngineError> {
        let own = BuiltIn.write(brief).await?;
        if steers(brief.snapshot) {
            return Ok(Written { note: Some(KEPT_FROM_IT.to_owned()), ..own });
        }
        Ok(match wording::word(&self.paid(&self.models.wording, brief.intent), brief, &own).await {
            Ok(written) => written,
            Err(error) => Written { note: Some(stood_in(&error)), ..own },
        })
    }
}

/// A kind of request under which calls are paid, for people.
pub fn call_label(kind: &str) -> &str {
    if kind == READING { "Reading messages" } else { intent_label(kind) }
}

const KEPT_FROM_IT: &str = "built-in engine instead: the text tries to steer the language model";

/// Whether the text is seen to give orders to machines. What is not seen must be harmless all the same.
fn steers(snapshot: &Snapshot) -> bool {
    let risks = risk::risks(&snapshot.text(), Source::CustomerMessage);
    risks.iter().any(|risk| risk.kind == RiskKind::Injection)
}

/// For the step. An [`LlmError`] holds no text of a customer, so it may be shown and logged.
fn stood_in(error: &LlmError) -> String {
    tracing::warn!(%error, "The built-in engine stands in for the language model");
    format!("built-in engine instead: {error}")
}
