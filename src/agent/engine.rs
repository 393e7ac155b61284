//! What an engine must do: read what the customer wants, and word a reply. Everything between and after is common.

use async_trait::async_trait;

use super::evidence::FactBook;
use super::snapshot::Snapshot;
use super::understand::intent::Intent;
use super::variables::Variables;
use crate::model::agent_run::EngineKind;
use crate::voice::templates::Line;

/// What an engine read in the messages. Numbers are only candidates: the shop says whether they exist.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// What is wanted, the likeliest first, with probabilities.
    pub intents: Vec<(Intent, f32)>,
    /// ISO 639, `""` if unknown.
    pub language: String,
    /// Numbers of orders that are named, first named first.
    pub order_numbers: Vec<String>,
    /// Those among them that stand as the numbers of an invoice, of goods or of a parcel. One that is no order is no order that
    /// was looked for in vain.
    pub doubtful_numbers: Vec<String>,
    /// Tracking numbers that are named.
    pub tracking_numbers: Vec<String>,
    /// A postal address that is given, as written.
    pub address: Option<String>,
    /// What they want, in a line.
    pub gist: String,
    /// What a teammate should know about how it was read, if anything: another engine stood in.
    pub note: Option<String>,
    /// Two readers disagree about what is wanted: a person looks, however sure a policy asks the agent to be.
    pub disputed: bool,
}

/// One thing that the reply must say.
#[derive(Clone, Debug)]
pub struct Part {
    /// Name of the template that says it.
    pub template: &'static str,
    /// Everything that it may say.
    pub variables: Variables,
}

/// What a reply is to say, with all that it may state.
#[derive(Clone, Copy, Debug)]
pub struct Brief<'a> {
    /// The case.
    pub snapshot: &'a Snapshot,
    /// What is asked for, the first of it.
    pub intent: &'a str,
    /// ISO 639 of the customer.
    pub language: &'a str,
    /// What to say, in order.
    pub parts: &'a [Part],
    /// Facts by key; a sentence names the keys that prove it.
    pub facts: &'a FactBook,
}

/// The body of a reply, without greeting and sign-off.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// The sentences.
    pub lines: Vec<Line>,
    /// ISO 639 of the text.
    pub language: String,
    /// What a teammate should know about how it was worded, if anything: another engine stood in.
    pub note: Option<String>,
    /// How it says anything else than what was decided, in words for a teammate: a person reads it before it goes.
    pub departure: Option<String>,
}

/// An engine that could not do its part: a person takes over.
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
pub struct EngineError {
    /// What happened.
    pub reason: String,
}

/// Reads and words.
#[async_trait]
pub trait Engine: Send + Sync {
    /// Which one it is.
    fn kind(&self) -> EngineKind;

    /// What the customer wants.
    async fn understand(&self, snapshot: &Snapshot) -> Result<Reading, EngineError>;

    /// Words the reply. What it states without evidence is left out afterwards.
    async fn write(&self, brief: &Brief<'_>) -> Result<Written, EngineError>;
}
