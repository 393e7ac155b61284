//! What a marketplace may hear of a case: what its buyer said there and the orders that are named there, and nothing that
//! the same person said or is called elsewhere.

use super::channel::is_marketplace;
use super::conversation::Conversation;
use super::message::{Direction, Message};
use super::order::KnownOrder;
use super::{ChannelId, OrderSourceId};

/// A way on which something is written.
#[derive(Clone, Debug)]
pub struct Way<'a> {
    /// The channel.
    pub channel: ChannelId,
    /// Its kind.
    pub kind: &'a str,
    /// The orders that the platform names there.
    pub told: Vec<String>,
    /// Whether nothing of the case was said anywhere else.
    pub is_alone: bool,
}

/// Messages that went over a channel.
fn on(channel: ChannelId, history: &[Message]) -> impl DoubleEndedIterator<Item = &Message> {
    history.iter().filter(move |message| message.channel_id == channel)
}

/// The conversation as a channel knows it; on anything but a marketplace it is known whole. The title is one that was written
/// there: that of the case may be from elsewhere, also where what began it is gone from it since.
pub fn as_known_on(way: &Way<'_>, conversation: &Conversation, history: &[Message]) -> Conversation {
    let mut known = conversation.clone();
    if !way.kind.parse().is_ok_and(is_marketplace) {
        return known;
    }
    let inbound = |message: &&Message| message.direction == Direction::Inbound;
    let last = on(way.channel, history).rfind(inbound);
    let is_theirs = last.is_some_and(|message| message.contact_id == Some(conversation.contact_id));
    let named = last.map(|message| message.sender_name.trim()).filter(|name| !name.is_empty());
    known.contact_name = match named {
        Some(name) => name.to_owned(),
        None if is_theirs => conversation.contact_name.clone(),
        None => String::new(),
    };
    if let Some(writer) = last.and_then(|message| message.contact_id) {
        known.contact_id = writer;
    }
    let subject = on(way.channel, history).map(|message| message.subject.as_str()).find(|text| !text.is_empty());
    subject.unwrap_or_default().clone_into(&mut known.subject);
    if !way.is_alone {
        known.order_number = known.order_number.filter(|number| way.names(number) || is_written(way, history, number));
    }
    known
}

/// The orders that may be spoken of on a channel. Of a number that the platform names, only the order of a shop that has its
/// orders: another shop's with the same number is another one.
pub fn orders_known_on(
    way: &Way<'_>,
    (orders, shops): (&[KnownOrder], &[OrderSourceId]),
    history: &[Message],
) -> Vec<KnownOrder> {
    let is_named = |known: &KnownOrder| {
        let number = known.order.number.as_str();
        if way.names(number) { shops.contains(&known.source_id) } else { is_written(way, history, number) }
    };
    let may_hear = |known: &&KnownOrder| !way.kind.parse().is_ok_and(is_marketplace) || way.is_alone || is_named(known);
    orders.iter().filter(may_hear).cloned().collect()
}

impl Way<'_> {
    /// Whether the platform names an order there.
    fn names(&self, number: &str) -> bool {
        self.told.iter().any(|told| told.eq_ignore_ascii_case(number))
    }
}

/// Whether a number stands in what was said on a channel.
fn is_written(way: &Way<'_>, history: &[Message], number: &str) -> bool {
    let says = |text: &str| text.to_uppercase().contains(&number.to_uppercase());
    on(way.channel, history).any(|message| says(&message.subject) || says(&message.body))
}
