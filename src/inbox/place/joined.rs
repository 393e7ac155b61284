//! Which conversation a message continues: the one it answers, then that of its thread on the platform, then the one that its
//! signed token names, then one about an order that it speaks of.

use channel_contract::inbound::{Automatic, InboundMessage, Trust, Writer};

use super::placer::Placer;
use super::{Received, clean, mentions_in, thread_of, threads_of, usable};
use crate::inbox::people::Answer;
use crate::model::channel::ChannelKind;
use crate::model::{ContactId, ConversationId, MessageId};
use crate::store::intake::ConversationRow;

/// The conversation that a message continues. What ties it to that is kept in its event: two that were merged in the
/// meantime come apart by it.
#[derive(Clone, Copy)]
pub(super) struct Joined {
    pub(super) conversation: ConversationId,
    /// Whether its sender is new there.
    pub(super) stranger: bool,
    /// The message that it answers, or that began its thread on the platform.
    pub(super) answers: Option<MessageId>,
    /// The conversation that its signed token names; it may have gone into the other.
    pub(super) named: Option<ConversationId>,
}

impl Joined {
    fn at(row: &ConversationRow) -> Self {
        Self { conversation: row.id, stranger: false, answers: None, named: None }
    }

    /// Whether the message answers one of this very conversation.
    pub(super) fn is_answer(&self) -> bool {
        self.answers.is_some() || self.named == Some(self.conversation)
    }
}

impl Placer<'_> {
    /// The conversation that a message continues, and what ties it to that.
    pub(super) fn find_conversation(
        &self,
        received: &Received,
        message: &InboundMessage,
        contact: ContactId,
    ) -> Option<Joined> {
        let belongs = |row: &&ConversationRow| row.brand_id == received.brand.id;
        let sender = clean(&message.sender.value);
        let takes_part = |row: &ConversationRow| {
            self.is_one(row.contact_id, contact)
                || message.writer == Writer::Teammate
                || row.participants.contains(&sender)
        };
        let by_key = usable(&message.thread.message_ids).find_map(|id| {
            let (known, conversation) = self.find_key(received, id)?;
            let row = self.standing(conversation).filter(belongs).filter(|row| takes_part(row))?;
            Some(Joined { answers: Some(known), ..Joined::at(row) })
        });
        if by_key.is_some() {
            return by_key;
        }
        let by_thread = thread_of(message).and_then(|thread| {
            let (known, conversation) = self.find_key(received, thread)?;
            let row = self.standing(conversation).filter(belongs)?;
            Some(Joined { answers: Some(known), ..Joined::at(row) })
        });
        if by_thread.is_some() {
            return by_thread;
        }
        // Its customer goes by a name that others may have had before.
        let by_another_name = threads_of(message).find_map(|thread| {
            let (known, conversation) = self.find_key(received, thread)?;
            let row = self.standing(conversation).filter(belongs)?;
            self.is_one(row.contact_id, contact).then(|| Joined { answers: Some(known), ..Joined::at(row) })
        });
        if by_another_name.is_some() {
            return by_another_name;
        }
        let named = message.thread.conversation.map(ConversationId);
        if let Some(row) = named.and_then(|id| self.standing(id)).filter(belongs) {
            return Some(Joined { stranger: !takes_part(row), named, ..Joined::at(row) });
        }
        mentions_in(message, &received.brand).into_iter().find_map(|mention| {
            let about = self.by_order.get(&(mention.brand_id, mention.order_number.clone()))?;
            let goes_on = |row: &&ConversationRow| {
                self.goes_on(received, message, contact, (*row, mention.order_number.as_str()))
            };
            let rows = || about.iter().filter_map(|id| self.conversations.get(id)).filter(goes_on);
            let here = rows().find(|row| row.channel_id == received.channel.id);
            here.or_else(|| rows().next()).map(Joined::at)
        })
    }

    /// A mail from a proved address of somebody else than the customer answers what was written to that one.
    pub(super) fn note_answer(
        &mut self,
        received: &Received,
        message: &InboundMessage,
        (joined, writer): (Option<Joined>, ContactId),
    ) {
        let is_by_hand = message.writer == Writer::Contact && message.automatic == Automatic::No;
        let is_proved_mail = received.channel.channel_kind() == ChannelKind::Email && message.trust == Trust::Proved;
        let Some(to) = joined.filter(|to| to.is_answer() && is_by_hand && is_proved_mail) else { return };
        let Some(customer) = self.conversations.get(&to.conversation).map(|row| row.contact_id) else { return };
        if !self.is_one(customer, writer) {
            let address = received.identity(&message.sender).value;
            self.batch.answers.push(Answer { customer, writer, address });
        }
    }
}
