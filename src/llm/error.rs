//! What can go wrong with the model, typed by what to do next. Never holds prompts, answers or keys.

use std::time::Duration;

use super::Unpaid;

/// A call to the model that gave nothing usable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LlmError {
    /// The server is busy: try again, not before `after` if it named a time.
    #[error("the language model is busy{}", wait_words(*.after))]
    Retry {
        /// How long the server asked to wait.
        after: Option<Duration>,
    },
    /// Trying again cannot help: a person has to change the connection.
    #[error("{0}")]
    Refused(Refusal),
    /// The conversation, or its answer, is longer than the model takes.
    #[error("the conversation or its answer is too long for the language model")]
    TooLong,
    /// The model answered something that cannot be used, also when told so.
    #[error("the language model's answer cannot be used: {reason}")]
    Nonsense {
        /// What is wrong with it, in our words.
        reason: &'static str,
    },
    /// No answer within the limit.
    #[error("the language model did not answer within {} s", .after.as_secs_f32())]
    Timeout {
        /// The limit.
        after: Duration,
    },
    /// The server cannot be reached, or has trouble of its own.
    #[error("the language model is not available: {reason}")]
    Unavailable {
        /// What happened, in our words.
        reason: &'static str,
    },
    /// Nobody pays for the call, so it was not sent.
    #[error("{0}")]
    Unpaid(Unpaid),
}

/// Why a server refuses, and so what a person should change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// 401.
    #[error("the language model's server refused the key: connect it again with a valid key")]
    Key,
    /// 403.
    #[error("the key may not use this language model: allow it at the provider, or connect with another key")]
    Permission,
    /// 404.
    #[error("the language model's server does not know the address or the model: check both")]
    Model,
    /// A web page came back.
    #[error("the address answers with a web page, not as a language model: check the address")]
    Address,
    /// 402, or 429 that says that no credit is left.
    #[error("the account at the language model's provider has no credit left")]
    Credit,
    /// Another 4xx: the request is of a form that the server does not take.
    #[error("the language model's server did not accept the form of the request (status {status})")]
    Form {
        /// The HTTP status.
        status: u16,
    },
}

impl LlmError {
    /// The kind in one word, for counting.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Retry { .. } => "busy",
            Self::Refused(_) => "refused",
            Self::TooLong => "too_long",
            Self::Nonsense { .. } => "unusable",
            Self::Timeout { .. } => "timeout",
            Self::Unavailable { .. } => "unavailable",
            Self::Unpaid(_) => "unpaid",
        }
    }

    pub(super) const fn nonsense(reason: &'static str) -> Self {
        Self::Nonsense { reason }
    }
}

fn wait_words(after: Option<Duration>) -> String {
    after.map(|after| format!(": it asks to wait {} s", after.as_secs())).unwrap_or_default()
}
