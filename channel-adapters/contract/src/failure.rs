//! Failures, typed by what to do next.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What kind of trouble it is: decides the words on screen and the state of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureClass {
    /// The credential was refused or has expired.
    Auth,
    /// The credential is fine but may not do this.
    Permission,
    /// Too many calls.
    Rate,
    /// The reply window is closed.
    Window,
    /// The platform's rules forbid the content or the moment.
    Policy,
    /// The recipient does not exist or does not take messages.
    Recipient,
    /// The recipient wants nothing of this kind, and has told the platform so.
    OptedOut,
    /// The content has the wrong form (too long, wrong type).
    Content,
    /// Network trouble, or the platform is down.
    Temporary,
    /// The platform can be reached, but was waited for in vain.
    Silent,
    /// The platform answered something that its documentation does not allow.
    Protocol,
}

/// A call to the platform that failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChannelFailure {
    /// Try again, not before `after` if the platform named a time.
    #[error("{reason}")]
    Retry {
        /// The kind of trouble.
        class: FailureClass,
        /// How long the platform asked to wait.
        after: Option<Duration>,
        /// What happened, for a person to read; no secrets, no customer text.
        reason: String,
    },
    /// Trying again cannot help: a person has to change something.
    #[error("{reason}")]
    Refused {
        /// The kind of trouble.
        class: FailureClass,
        /// What happened.
        reason: String,
    },
    /// The connection must be renewed by a person; queued messages wait for it.
    #[error("{reason}")]
    Reconnect {
        /// What happened.
        reason: String,
    },
    /// The call may have taken effect. Ask the platform before you repeat it.
    #[error("{reason}")]
    Unknown {
        /// What happened.
        reason: String,
    },
}

/// What is said where trouble leaves messages alone ([`ChannelFailure::beside`]).
pub const MESSAGES_GO_ON: &str = "Messages come and replies leave all the same";
/// What is said where trouble keeps nothing from leaving ([`ChannelFailure::unheard`]).
pub const REPLIES_GO_ON: &str = "Replies leave all the same";

impl ChannelFailure {
    /// A retry of the ordinary kind: the network or the platform had a moment of trouble.
    pub fn temporary(reason: impl Into<String>) -> Self {
        Self::Retry { class: FailureClass::Temporary, after: None, reason: reason.into() }
    }

    /// A retry because the platform was waited for in vain.
    pub fn silent(reason: impl Into<String>) -> Self {
        Self::Retry { class: FailureClass::Silent, after: None, reason: reason.into() }
    }

    /// A refusal.
    pub fn refused(class: FailureClass, reason: impl Into<String>) -> Self {
        Self::Refused { class, reason: reason.into() }
    }

    /// An answer that is not written as it is documented, where nothing hangs on it.
    pub fn unreadable(platform: &str) -> Self {
        Self::Retry {
            class: FailureClass::Protocol,
            after: None,
            reason: format!("{platform} answered something that cannot be read."),
        }
    }

    /// An order of which too little is told to show it.
    pub fn untold(platform: &str) -> Self {
        Self::refused(FailureClass::Protocol, format!("{platform} tells too little of this order to show it now."))
    }

    /// An answer that does not say what became of a message.
    pub fn unclear(platform: &str) -> Self {
        Self::Unknown {
            reason: format!("{platform} did not say whether it took the message, so it may have taken it."),
        }
    }

    /// The same failure, whose reason begins with what was tried.
    #[must_use]
    pub fn while_trying(self, what: &str) -> Self {
        self.worded(|reason| format!("{what}: {reason}"))
    }

    /// The same failure of a second way beside the one that messages go: its reason says what is missing until it is mended.
    #[must_use]
    pub fn beside(self, missing: &str) -> Self {
        self.worded(|reason| format!("{reason} {MESSAGES_GO_ON}; only {missing} is missing until then."))
    }

    /// The same failure of the way on which messages come: what leaves does not go by it, and its reason says so.
    #[must_use]
    pub fn unheard(self) -> Self {
        self.worded(|reason| format!("{reason} {REPLIES_GO_ON}."))
    }

    /// Whether its reason says that it keeps nothing from leaving.
    pub fn lets_replies_leave(&self) -> bool {
        let words = self.to_string();
        [MESSAGES_GO_ON, REPLIES_GO_ON].iter().any(|said| words.contains(said))
    }

    /// Whether its reason says that messages come all the same.
    pub fn lets_messages_come(&self) -> bool {
        self.to_string().contains(MESSAGES_GO_ON)
    }

    fn worded(mut self, words: impl FnOnce(&str) -> String) -> Self {
        let (Self::Retry { reason, .. }
        | Self::Refused { reason, .. }
        | Self::Reconnect { reason }
        | Self::Unknown { reason }) = &mut self;
        *reason = words(reason);
        self
    }

    /// The kind of trouble.
    pub fn class(&self) -> FailureClass {
        match self {
            Self::Retry { class, .. } | Self::Refused { class, .. } => *class,
            Self::Reconnect { .. } => FailureClass::Auth,
            Self::Unknown { .. } => FailureClass::Temporary,
        }
    }
}

/// A webhook request that is not from the platform, or not in time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// No signature or secret where one is needed.
    #[error("the request carries no signature")]
    Missing,
    /// The signature or secret does not match the bytes.
    #[error("the signature does not match")]
    Mismatch,
    /// What the signature is checked with is not there yet.
    #[error("the signature cannot be checked yet, send it again")]
    Unchecked,
    /// The signed time is too far from now.
    #[error("the signature is too old")]
    Expired,
    /// The body has a form that cannot be a message of this platform.
    #[error("the request is not acceptable: {0}")]
    Malformed(String),
    /// The body is larger than the channel takes, in bytes.
    #[error("the request is larger than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
}

/// A stored raw item that cannot be read. It is kept and shown to a person; the next item goes on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ParseError(pub String);
