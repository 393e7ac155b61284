//! Codes that were sent to the address of an order in this conversation, and what came of them.

use serde::{Deserialize, Serialize};

use super::snapshot::Snapshot;
use crate::model::MessageId;
use crate::model::identity_check::{CheckState, IdentityCheck, Proof};
use crate::model::message::Message;
use crate::model::order::KnownOrder;

/// Codes of a conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Codes {
    /// Whether there is a mailbox that sends them.
    pub can_be_sent: bool,
    /// What was shown with them.
    pub proofs: Vec<Proof>,
    /// The checks, newest first.
    pub checks: Vec<IdentityCheck>,
}

impl Codes {
    /// Whether a message holds what its writer takes for the code.
    pub(super) fn brings(&self, message: MessageId) -> bool {
        self.checks.iter().any(|check| check.answer_id == Some(message))
    }

    /// Whether wrong codes came too often, or one too late: a person goes on. One that never came says nothing.
    pub(super) fn are_used_up(&self) -> bool {
        self.checks.first().is_some_and(|check| match check.state {
            CheckState::Failed => true,
            CheckState::Expired => check.answer_id.is_some(),
            _ => false,
        })
    }

    /// Whether the newest one was answered among these messages, and was wrong.
    fn is_wrong_in(&self, messages: &[&Message]) -> bool {
        let newest = self.checks.first().filter(|check| check.state == CheckState::Sent);
        newest.and_then(|check| check.answer_id).is_some_and(|answer| messages.iter().any(|said| said.id == answer))
    }
}

impl Snapshot {
    /// Whether the customer has shown that an order is theirs, for all that tells who writes.
    pub(super) fn is_proved_by_code(&self, known: &KnownOrder) -> bool {
        let heard = self.heard();
        let is_of = |proof: &&Proof| {
            proof.order_source_id == known.source_id
                && proof.order_id == known.order.id
                && self.is_customer(proof.contact_id)
        };
        self.codes.proofs.iter().filter(is_of).any(|proof| heard.iter().all(|message| proof.covers(message)))
    }

    /// Whether what waits brings a wrong code.
    pub(super) fn brings_wrong_code(&self) -> bool {
        self.codes.is_wrong_in(&self.unanswered())
    }
}
