//! To whom a reply goes: to the customer of the conversation, on the way on which they wrote last.

use crate::model::contact::ContactIdentity;
use crate::model::conversation::Conversation;
use crate::model::message::{Direction, Message};

/// The address for a reply. People in copy may go on writing into the conversation, but what it says of orders goes to
/// its customer alone. `None` where they have no address on the channel.
pub(super) fn recipient(
    conversation: &Conversation,
    history: &[Message],
    identities: &[ContactIdentity],
) -> Option<String> {
    let theirs = |message: &&Message| {
        message.direction == Direction::Inbound
            && message.channel_id == conversation.channel_id
            && message.contact_id == Some(conversation.contact_id)
            && !message.sender_address.is_empty()
    };
    let written = history.iter().rev().filter(theirs);
    let by_hand = written.clone().find(|message| message.automatic == "no");
    if let Some(message) = by_hand.or_else(|| written.clone().next()) {
        let wanted = if message.reply_to.is_empty() { &message.sender_address } else { &message.reply_to };
        return Some(wanted.clone());
    }
    let is_mail = conversation.channel_kind == "email";
    let fits = |identity: &&ContactIdentity| (identity.kind == "email") == is_mail;
    identities.iter().find(fits).map(|identity| identity.value.clone())
}
