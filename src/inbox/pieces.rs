//! A message that takes several calls: which of them is next, and what is said when one of them does not go through.

use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::outbound::{Outbound, Receipt};

use super::connections::Connection;
use crate::model::ConversationId;
use crate::model::message::{Delivery, Message};
use crate::store::fates::Part;
use crate::store::intake::{self, NewKey, key_of};
use crate::store::{self, Tx, messages};

/// The calls of a message, and how many of them are through.
pub(super) struct Pieces {
    all: Vec<Outbound>,
    through: usize,
}

impl Pieces {
    /// As the platform takes the message.
    pub(super) fn of(connection: &Connection, message: &Message, whole: &Outbound) -> Self {
        let through = usize::try_from(message.parts_sent).unwrap_or_default();
        Self { all: connection.adapter.split(whole), through }
    }

    /// The one that is next.
    pub(super) fn next(&self) -> Option<&Outbound> {
        self.all.get(self.through)
    }

    /// The platform's own id of the thread in which they go.
    pub(super) fn thread(&self) -> Option<&str> {
        self.all.first()?.thread_id.as_deref()
    }

    /// Refuses the whole before any of it leaves, where one of them would be refused.
    pub(super) fn admit(&self, connection: &Connection) -> Result<(), ChannelFailure> {
        if self.through > 0 || self.all.len() < 2 {
            return Ok(());
        }
        let admit = |piece: &Outbound| connection.adapter.capabilities_in(piece.thread_id.as_deref()).admit(piece);
        self.all.iter().try_for_each(admit)
    }

    /// How many there are.
    pub(super) fn count(&self) -> i64 {
        i64::try_from(self.all.len()).unwrap_or(i64::MAX)
    }

    /// How many are through once the next one is.
    pub(super) fn through_then(&self) -> i64 {
        i64::try_from(self.through.saturating_add(1)).unwrap_or(i64::MAX)
    }

    /// Whether the next one is the last.
    pub(super) fn is_last(&self) -> bool {
        self.through.saturating_add(1) >= self.all.len()
    }
}

/// What is said of a message that is held, with how much of it the customer has.
pub(super) fn with_parts(message: &Message, words: &str) -> String {
    if !message.is_partly_sent() {
        return words.to_owned();
    }
    let (sent, all) = (message.parts_sent, message.parts);
    let have = if sent == 1 { "has" } else { "have" };
    format!("{sent} of {all} parts {have} left. {words} Send the rest when that is mended.")
}

/// The next part of a message that takes several calls, as its call begins.
pub(super) fn begun_part(message: &Message) -> Part {
    let (message_id, number) = (message.id, message.parts_sent);
    Part { message_id, number, external_id: String::new(), state: Delivery::Sending }
}

/// The same once the platform has taken it.
pub(super) fn taken_part(message: &Message, receipt: &Receipt) -> Part {
    Part { external_id: key_of(&receipt.external_id), state: Delivery::Sent, ..begun_part(message) }
}

/// Keeps every id under which the platform may speak of a message, and the thread that it is in where the platform says so: what
/// waits behind it to go where it went goes on there.
pub(super) async fn keep_names(
    tx: &mut Tx,
    message: &Message,
    place: ConversationId,
    receipt: &Receipt,
) -> store::Result<()> {
    if let Some(thread) = receipt.thread() {
        messages::set_thread(tx, message.id, thread).await?;
        if let Some(answered) = &message.thread {
            messages::follow_thread(tx, (place, message.channel_id), (answered, thread)).await?;
        }
    }
    intake::insert_keys(tx, &keys_of(message, place, receipt)).await
}

fn keys_of(message: &Message, place: ConversationId, receipt: &Receipt) -> Vec<NewKey> {
    let ids = std::iter::once(&receipt.external_id).chain(&receipt.also_known_as).filter(|id| !id.is_empty());
    ids.map(|key| NewKey {
        channel_id: message.channel_id,
        key: key_of(key),
        message_id: message.id,
        conversation_id: place,
    })
    .collect()
}

/// What happened, and what to do. That the text is kept is said where it stands. The words of a template are not ours to
/// change.
pub(super) fn refused_words((class, reason): (FailureClass, &str), is_template: bool) -> String {
    let advice = match class {
        FailureClass::Recipient => "Check the customer's address.",
        FailureClass::OptedOut => "Nothing of this kind reaches them until they ask for it again.",
        FailureClass::Content if is_template => "Check what its places were filled with, or choose another template.",
        FailureClass::Content => "Change the text or the files and send it again.",
        FailureClass::Window => "The time for a reply is over on this channel.",
        FailureClass::Policy => "The provider's rules forbid it.",
        FailureClass::Auth | FailureClass::Permission => "Connect the channel again.",
        FailureClass::Rate | FailureClass::Temporary | FailureClass::Silent | FailureClass::Protocol => {
            "Send it again later."
        }
    };
    format!("{reason} {advice}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_advised_can_be_done() {
        let words = |class, is_template| refused_words((class, "It was refused."), is_template);
        let text = words(FailureClass::Content, false);
        assert_eq!(text, "It was refused. Change the text or the files and send it again.");
        let template = words(FailureClass::Content, true);
        assert!(template.contains("choose another template") && !template.contains("Change the text"), "{template}");
        assert_eq!(words(FailureClass::Recipient, true), words(FailureClass::Recipient, false));
    }
}
