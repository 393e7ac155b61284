//! Who a message is from and for, where a case has several parties: its customer, the platform itself, and others.
//!
//! The operator of a marketplace and its machines are never who buys, and what only they hear is no answer to a customer
//! (decision 105).

use channel_contract::inbound::{Identity, InboundMessage, Writer};

use super::placer::Placer;
use super::{Received, party};
use crate::model::channel::ChannelKind;
use crate::model::person::is_masked;
use crate::model::{ContactId, ConversationId};
use crate::store::intake::ConversationRow;

impl Placer<'_> {
    /// Whether two contacts are one person.
    pub(super) fn is_one(&self, one: ContactId, other: ContactId) -> bool {
        let person = |contact: ContactId| self.persons.get(&contact).copied().unwrap_or(contact);
        person(one) == person(other)
    }

    /// Whether a message of a contact is of the customer of its conversation. A visitor of the chat goes on by mail under an
    /// address that proves nothing: whoever answers our letter has it.
    pub(super) fn is_theirs(&self, id: ConversationId, writer: ContactId, is_answer: bool) -> bool {
        self.conversations.get(&id).is_some_and(|row| {
            let is_chat = row.channel_kind == ChannelKind::LiveChat.as_str();
            self.is_one(row.contact_id, writer) || is_chat && is_answer
        })
    }

    /// Whoever writes into a case that news began is its customer, and so is the first customer in one that the platform began.
    pub(super) fn adopt(
        &mut self,
        received: &Received,
        message: &InboundMessage,
        (id, contact): (ConversationId, (ContactId, &str)),
    ) {
        let may_buy = |whom: &Identity| !whom.value.is_empty() && is_masked(&whom.kind) && !whom.is_platforms();
        let is_customer = party(message).is_some_and(may_buy);
        let is_open = |row: &ConversationRow| {
            let is_there = row.channel_id == received.channel.id;
            is_nobodys(row) || is_there && is_customer && self.platforms.contains(&row.contact_id)
        };
        if !self.conversations.get(&id).is_some_and(is_open) {
            return;
        }
        if let Some(row) = self.conversations.get_mut(&id) {
            row.contact_id = contact.0;
            contact.1.clone_into(&mut row.contact_name);
        }
    }
}

/// Whether a message passes the customer of its conversation by: the platform wrote it to the shop alone, or the shop wrote it to
/// the platform alone.
pub(super) fn is_aside(message: &InboundMessage) -> bool {
    let mut to = message.recipients.iter().filter(|whom| !whom.value.is_empty()).peekable();
    let is_of_platform = match message.writer {
        Writer::Contact => message.sender.is_platforms(),
        Writer::Teammate => to.peek().is_some(),
    };
    is_of_platform && to.all(Identity::is_platforms)
}

/// Whether news began it and nobody has written in it.
pub(super) fn is_nobodys(row: &ConversationRow) -> bool {
    row.participants.is_empty() && row.last_inbound_at.is_none()
}
