//! What goes out: the command, the receipt, and the states of a delivery.
//!
//! What is printed for a log of what customers and teammates write is how much it is, never what it says.

use std::fmt;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::inbound::Choice;

/// Where a message is on its way to the customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// Waits for its turn, or for its undo time to pass.
    Queued,
    /// Being handed to the platform.
    Sending,
    /// Waits for a person or for the connection.
    Held,
    /// May have been taken by the platform: reconciled, never blindly repeated.
    Unknown,
    /// The platform took it.
    Sent,
    /// It arrived.
    Delivered,
    /// It was read.
    Read,
    /// It will not arrive.
    Failed,
    /// A person took it back before it left, or after it had failed.
    Cancelled,
}

impl DeliveryState {
    /// The order of the states on the way: a later report of an earlier state changes nothing.
    fn rank(self) -> u8 {
        match self {
            Self::Queued | Self::Held => 0,
            Self::Sending => 1,
            Self::Unknown => 2,
            Self::Sent => 3,
            // A person took back what had failed: another report of the failure is no news.
            Self::Failed | Self::Cancelled => 4,
            Self::Delivered => 5,
            Self::Read => 6,
        }
    }

    /// The state after a report: reports may come late, twice and in any order. A failure after the arrival is an
    /// event of its own and does not take the arrival back.
    #[must_use]
    pub fn after(self, report: Self) -> Self {
        if report.rank() > self.rank() { report } else { self }
    }
}

/// Who wrote the text that leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Author {
    /// A person wrote or approved it.
    Teammate,
    /// The agent, by itself.
    Agent,
    /// The system: an acknowledgement, a notice.
    System,
}

/// A file to send.
#[derive(Clone, PartialEq, Eq)]
pub struct OutboundAttachment {
    /// The file name.
    pub name: String,
    /// The media type.
    pub content_type: String,
    /// The bytes.
    pub content: Bytes,
}

impl fmt::Debug for OutboundAttachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutboundAttachment")
            .field("content_type", &self.content_type)
            .field("bytes", &self.content.len())
            .finish_non_exhaustive()
    }
}

/// A message to send.
#[derive(Clone, PartialEq, Eq)]
pub struct Outbound {
    /// The idempotency key: the same command sent again has the same id.
    pub command_id: Uuid,
    /// The conversation, for thread tokens.
    pub conversation_id: Uuid,
    /// To whom, in the channel's own kind of identity.
    pub to: Vec<String>,
    /// The recipient's shown name, `""` if unknown.
    pub to_name: String,
    /// The name to send under, `""` for the channel's own.
    pub from_name: String,
    /// The subject; channels without subjects leave it out.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The id of the message that is answered, if any.
    pub in_reply_to: Option<String>,
    /// Ids of the thread, oldest first.
    pub references: Vec<String>,
    /// Files.
    pub attachments: Vec<OutboundAttachment>,
    /// Buttons below the text, for channels that have them.
    pub choices: Vec<Choice>,
    /// The approved template that is sent in place of the text, where the channel has such; the text is what it says
    /// when it is filled.
    pub template: Option<FilledTemplate>,
    /// The platform's own id of the thread, where it has one.
    pub thread_id: Option<String>,
    /// When the customer wrote last on this channel: the reply window is counted from it.
    pub last_inbound_at: Option<OffsetDateTime>,
    /// The time at which it is sent.
    pub now: OffsetDateTime,
    /// Who wrote it.
    pub author: Author,
}

impl fmt::Debug for Outbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbound")
            .field("command_id", &self.command_id)
            .field("conversation_id", &self.conversation_id)
            .field("in_reply_to", &self.in_reply_to)
            .field("attachments", &self.attachments)
            .field("author", &self.author)
            .finish_non_exhaustive()
    }
}

/// A text that a platform has approved, with places to fill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// Its name on the platform.
    pub name: String,
    /// The code of its language, as the platform writes it.
    pub language: String,
    /// The platform's word for what it is for.
    pub category: String,
    /// Whether it may be sent now.
    pub usable: bool,
    /// The platform's word for its state.
    pub state: String,
    /// What it says, with `{{…}}` where it is filled.
    pub text: String,
    /// The names of the places, in order: numbers where the platform numbers them.
    pub places: Vec<String>,
}

impl Template {
    /// What it says when it is filled.
    pub fn filled(&self, values: &[String]) -> String {
        self.places
            .iter()
            .zip(values)
            .fold(self.text.clone(), |text, (place, value)| text.replace(&format!("{{{{{place}}}}}"), value))
    }
}

/// A template and what its places hold.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilledTemplate {
    /// Its name on the platform.
    pub name: String,
    /// The code of its language.
    pub language: String,
    /// The names of its places, in order.
    pub places: Vec<String>,
    /// What each place holds, in the same order.
    pub values: Vec<String>,
}

impl fmt::Debug for FilledTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FilledTemplate").field("name", &self.name).finish_non_exhaustive()
    }
}

/// The platform took the message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The id by which the platform (and answers to it) will name the message.
    pub external_id: String,
    /// Further ids that mean the same message.
    pub also_known_as: Vec<String>,
}

/// What the platform knows of a command whose outcome was unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reconciliation {
    /// It was taken.
    Sent(Receipt),
    /// It was not taken: it may be sent again.
    NotSent,
    /// It cannot be told: a person decides.
    CannotTell,
}
