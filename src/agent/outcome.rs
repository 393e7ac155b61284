//! What a run returns.

use serde::{Deserialize, Serialize};

use crate::model::agent_run::{EngineKind, HandOffPacket, Step};
use crate::model::draft::DraftDocument;
use crate::model::order::{KnownOrder, MatchedBy};
use crate::model::teammate::Role;

/// Whether a reply goes out alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mode {
    /// The policy grants it and everything is verified.
    Send,
    /// A person is asked, for these reasons.
    Approve(Vec<String>),
}

/// What a run came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Outcome {
    /// A reply.
    Reply {
        /// Everything that a person sees.
        draft: Box<DraftDocument>,
        /// The intent's word.
        intent: String,
        /// ISO 639.
        language: String,
        /// 0 to 1.
        confidence: f64,
        /// Whether it goes out alone.
        mode: Mode,
        /// Who may say yes to it.
        needs: Role,
        /// Cases with the same likeness can be decided together.
        likeness: String,
        /// The words that say that a machine writes, where it has to be said.
        disclosure: Option<String>,
    },
    /// A person must take it.
    HandOff {
        /// Why.
        reason: String,
        /// What the person gets.
        packet: HandOffPacket,
    },
    /// There is nothing to say.
    Nothing {
        /// Why.
        reason: String,
        /// Whether the conversation is done with that.
        resolve: bool,
    },
}

/// What was understood, for the conversation's row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Seen {
    /// The intent's word.
    pub intent: Option<String>,
    /// ISO 639, `""` if unknown.
    pub language: String,
    /// What they want, in a line.
    pub gist: String,
    /// Orders that it is about and that belong to the customer, with how they were matched.
    pub orders: Vec<(KnownOrder, MatchedBy)>,
}

/// A finished run.
#[derive(Clone, Debug, PartialEq)]
pub struct RunResult {
    /// What it came to.
    pub outcome: Outcome,
    /// Which engine read or worded; the built-in one where another was asked and it stood in throughout.
    pub engine: EngineKind,
    /// Its parts.
    pub steps: Vec<Step>,
    /// What was understood.
    pub seen: Seen,
    /// For a hand-over: what the customer is told meanwhile, in their language. Nothing where nobody should be written to.
    pub notice: Option<String>,
}
