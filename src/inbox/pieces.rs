//! A message that takes several calls: which of them is next, and what is said when one of them does not go through.

use channel_contract::failure::ChannelFailure;
use channel_contract::outbound::Outbound;

use super::connections::Connection;
use crate::model::message::Message;

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

    /// Refuses the whole before any of it leaves, where one of them would be refused.
    pub(super) fn admit(&self, connection: &Connection) -> Result<(), ChannelFailure> {
        if self.through > 0 || self.all.len() < 2 {
            return Ok(());
        }
        let capabilities = connection.adapter.capabilities();
        self.all.iter().try_for_each(|piece| capabilities.admit(piece))
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
