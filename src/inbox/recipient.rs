//! To whom a message goes: to the customer of the conversation, on the way on which they wrote last, under the name that they
//! have in the thread into which it goes.

use crate::model::channel::ChannelKind;
use crate::model::contact::{ContactIdentity, is_reached_by, renewed_on};
use crate::model::conversation::Conversation;
use crate::model::message::{Automatic, Direction, Message};
use crate::model::{ChannelId, ContactId, Ts};

/// The address for a message on its channel, which is of this kind, in a thread there, and whose it is. A message may name
/// it itself. People in copy may go on writing into the conversation, but what it says of orders goes to its customer alone; a
/// visitor of the chat has no address but the one that our last mail went to. `None` where they have none on the channel.
pub(super) fn recipient(
    message: &Message,
    place: (ChannelId, ChannelKind, Option<&str>),
    conversation: &Conversation,
    history: &[Message],
    identities: &[ContactIdentity],
) -> Option<(String, ContactId)> {
    let Some(named) = message.recipients.first() else {
        return address(place, conversation, history, identities);
    };
    let holder = identities.iter().find(|identity| identity.value == *named).map(|identity| identity.contact_id);
    Some((named.clone(), holder.or(message.to_contact_id).unwrap_or(conversation.contact_id)))
}

/// Whether an answer on the conversation's own channel has somewhere to go, as far as what was said there tells: a mail
/// without a sender leaves nobody to write to.
pub fn reaches_somebody(conversation: &Conversation, history: &[Message], identities: &[ContactIdentity]) -> bool {
    let kind = conversation.channel_kind.parse().unwrap_or(ChannelKind::Agent);
    let came_here = |row: &Message| row.direction == Direction::Inbound && row.channel_id == conversation.channel_id;
    !history.iter().any(came_here)
        || address((conversation.channel_id, kind, None), conversation, history, identities).is_some()
}

/// The address of the customer of a conversation in a place, and whose it is.
pub(super) fn address(
    (channel, kind, thread): (ChannelId, ChannelKind, Option<&str>),
    conversation: &Conversation,
    history: &[Message],
    identities: &[ContactIdentity],
) -> Option<(String, ContactId)> {
    let here = history.iter().rev().filter(|row| row.channel_id == channel);
    let theirs = |row: &&Message| {
        row.direction == Direction::Inbound
            && row.contact_id.is_some_and(|writer| is_customer(writer, conversation, identities))
            && !row.sender_address.is_empty()
    };
    let written = here.clone().filter(theirs);
    // Of what was written last, for that is what an answer answers; in its thread, where they wrote in that.
    let in_thread = |row: &&Message| thread.is_some() && row.thread.as_deref() == thread;
    let by_hand = written
        .clone()
        .filter(|row| row.automatic == Automatic::No)
        .max_by_key(|row| (in_thread(row), row.written(), row.seq));
    if let Some(row) = by_hand.or_else(|| written.clone().next()) {
        let writer = row.contact_id.unwrap_or(conversation.contact_id);
        return Some((reached_at(kind, row, identities).clone(), writer));
    }
    // A name that the same person has elsewhere is none on this channel.
    let fits = |identity: &&ContactIdentity| {
        identity.contact_id == conversation.contact_id && is_reached_by(kind, &identity.kind)
    };
    if let Some(identity) = identities.iter().find(fits) {
        return Some((identity.value.clone(), identity.contact_id));
    }
    // Where something went to the customer; of what does not say to whom it went, not to whoever wrote here and is somebody else.
    let is_anothers = |to: &String| {
        let mut heard = here.clone().filter(|row| row.direction == Direction::Inbound && row.sender_address == *to);
        heard.any(|row| row.contact_id.is_some_and(|writer| !is_customer(writer, conversation, identities)))
    };
    let mut told = here.clone().filter(|row| row.direction == Direction::Outbound).filter_map(|row| {
        let to = row.recipients.first()?;
        let is_theirs = match row.to_contact_id {
            Some(contact) => is_customer(contact, conversation, identities),
            None => !is_anothers(to),
        };
        is_theirs.then(|| (to.clone(), conversation.contact_id))
    });
    told.next()
}

/// Where whoever wrote a message is reached by now, on its channel, which is of this kind.
pub(super) fn reached_at<'a>(kind: ChannelKind, row: &'a Message, identities: &'a [ContactIdentity]) -> &'a String {
    let written = if row.reply_to.is_empty() { &row.sender_address } else { &row.reply_to };
    let renewed = row.contact_id.and_then(|writer| renewed_since(kind, (writer, row.written()), identities));
    renewed.unwrap_or(written)
}

/// Under which name the platform has somebody since they wrote, where it has given them another one: under the old one nobody is
/// there, or somebody else.
fn renewed_since(
    kind: ChannelKind,
    (writer, written): (ContactId, Ts),
    identities: &[ContactIdentity],
) -> Option<&String> {
    let sort = renewed_on(kind)?;
    let theirs = identities.iter().filter(|name| name.contact_id == writer && name.kind == sort);
    theirs.filter(|name| name.created_at > written).max_by_key(|name| name.created_at).map(|name| &name.value)
}

/// Whether a writer is the customer of a conversation, under whichever of their names; `identities` are those of the person.
pub(super) fn is_customer(writer: ContactId, conversation: &Conversation, identities: &[ContactIdentity]) -> bool {
    writer == conversation.contact_id || identities.iter().any(|identity| identity.contact_id == writer)
}

/// The letter that went last to the customer of a conversation: whoever writes from where it went answers for a visitor of
/// the chat.
pub(super) fn last_letter<'a>(
    conversation: &Conversation,
    history: &'a [Message],
    identities: &[ContactIdentity],
) -> Option<&'a Message> {
    let is_theirs = |to: ContactId| is_customer(to, conversation, identities);
    history.iter().rev().find(|row| row.is_letter() && row.to_contact_id.is_some_and(is_theirs))
}
