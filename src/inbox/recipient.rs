//! To whom a message goes: to the customer of the conversation, on the way on which they wrote last.

use crate::model::channel::ChannelKind;
use crate::model::contact::ContactIdentity;
use crate::model::conversation::Conversation;
use crate::model::message::{Automatic, Direction, Message};

/// The address for a message on its channel, which is of this kind. A message may name it itself. People in copy may go
/// on writing into the conversation, but what it says of orders goes to its customer alone; a visitor of the chat has
/// no address but the one that our last mail went to. `None` where they have none on the channel.
pub(super) fn recipient(
    message: &Message,
    kind: ChannelKind,
    conversation: &Conversation,
    history: &[Message],
    identities: &[ContactIdentity],
) -> Option<String> {
    if let Some(named) = message.recipients.first() {
        return Some(named.clone());
    }
    let here = history.iter().rev().filter(|row| row.channel_id == message.channel_id);
    let theirs = |row: &&Message| {
        row.direction == Direction::Inbound
            && row.contact_id == Some(conversation.contact_id)
            && !row.sender_address.is_empty()
    };
    let written = here.clone().filter(theirs);
    let by_hand = written.clone().find(|row| row.automatic == Automatic::No);
    if let Some(row) = by_hand.or_else(|| written.clone().next()) {
        let wanted = if row.reply_to.is_empty() { &row.sender_address } else { &row.reply_to };
        return Some(wanted.clone());
    }
    let fits = |identity: &&ContactIdentity| (identity.kind == "email") == (kind == ChannelKind::Email);
    if let Some(identity) = identities.iter().find(fits) {
        return Some(identity.value.clone());
    }
    here.filter(|row| row.direction == Direction::Outbound).find_map(|row| row.recipients.first().cloned())
}
