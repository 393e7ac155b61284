//! What comes in: the raw item as stored, and the events that an adapter reads from it.
//!
//! What is printed for a log of what customers and teammates write is how much it is, never what it says.

use std::fmt;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::outbound::DeliveryState;

/// Where a raw item was found. The same bytes mean another thing in the Sent folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RawOrigin {
    /// Pushed by the platform.
    Webhook,
    /// Polled from the place where customers' messages arrive.
    Inbox,
    /// Polled from the junk folder: real messages land there too.
    Junk,
    /// Polled from the folder of sent messages: what teammates wrote with another client.
    Sent,
}

/// Bytes exactly as the platform gave them, stored before anything reads them.
#[derive(Clone, PartialEq, Eq)]
pub struct RawItem {
    /// The platform's own key of this delivery, unique in the channel: a second delivery has the same key.
    pub external_id: String,
    /// Where it was found.
    pub origin: RawOrigin,
    /// The bytes.
    pub body: Bytes,
}

impl fmt::Debug for RawItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawItem")
            .field("external_id", &self.external_id)
            .field("origin", &self.origin)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// One event read from a raw item.
#[derive(Clone, Debug, PartialEq)]
pub struct Inbound {
    /// Unique in the channel: the same event delivered twice has the same id.
    pub external_id: String,
    /// When it happened, as the platform says; `None` where it does not say.
    pub occurred_at: Option<OffsetDateTime>,
    /// What happened.
    pub event: InboundEvent,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum InboundEvent {
    /// Somebody wrote.
    Message(Box<InboundMessage>),
    /// The fate of something that was sent.
    Status(StatusUpdate),
    /// Something that is deliberately not shown: an own loop, a read receipt. The word says what.
    Ignored(&'static str),
}

/// Who wrote a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Writer {
    /// A customer.
    Contact,
    /// A teammate, in another client: the platform shows it to us afterwards.
    Teammate,
}

/// Whether a machine wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Automatic {
    /// A person wrote it, as far as one can tell.
    No,
    /// An out-of-office or other automatic reply: appended, never answered, reopens nothing.
    AutoReply,
    /// A list or bulk mail: never answered by a machine.
    Bulk,
}

/// How well the sender's address is proved by the channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trust {
    /// The channel proves the sender (signed platform event, aligned DMARC).
    Proved,
    /// Nothing speaks for or against the sender.
    Claimed,
    /// A check of the sender failed: a warning is shown, and no account action happens on this word.
    Failed,
}

/// A contact's name on a channel.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Identity {
    /// What sort of name it is: `email`, `phone`, `whatsapp_user`, ...
    pub kind: String,
    /// The normalised value (an address in lower case, a phone number in E.164).
    pub value: String,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl Identity {
    /// An e-mail address, normalised.
    pub fn email(address: &str) -> Self {
        Self { kind: "email".to_owned(), value: address.trim().to_lowercase() }
    }
}

/// What ties a message to earlier ones, strongest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ThreadHints {
    /// Ids of earlier messages that this one answers, best evidence first.
    pub message_ids: Vec<String>,
    /// The conversation named by a signed token whose signature was right.
    pub conversation: Option<Uuid>,
    /// The platform's own thread id.
    pub thread_id: Option<String>,
}

/// A message as read from the platform.
#[derive(Clone, PartialEq, Eq)]
pub struct InboundMessage {
    /// Who wrote.
    pub writer: Writer,
    /// The sender's identity on this channel; empty value when the platform gave none.
    pub sender: Identity,
    /// The sender's shown name, `""` if none.
    pub sender_name: String,
    /// Everybody else who was written to (To and Cc), without the channel's own addresses.
    pub recipients: Vec<Identity>,
    /// What ties it to earlier messages.
    pub thread: ThreadHints,
    /// Every id under which later messages may refer to this one.
    pub own_ids: Vec<String>,
    /// The subject, `""` if none.
    pub subject: String,
    /// The whole text.
    pub text: String,
    /// What the sender wrote this time: no quoted history, no signature.
    pub visible_text: String,
    /// Sanitised HTML, safe to show in a sandboxed frame with remote content blocked.
    pub html: Option<String>,
    /// Files.
    pub attachments: Vec<InboundAttachment>,
    /// Whether a machine wrote it.
    pub automatic: Automatic,
    /// How well the sender is proved.
    pub trust: Trust,
    /// Where the sender wants answers, if elsewhere; only where the sender is proved, or anybody could have another
    /// person's answers sent to themselves.
    pub reply_to: Option<Identity>,
    /// The channels whose mark it carries: what one of them sent came back.
    pub loop_marks: Vec<String>,
}

impl fmt::Debug for InboundMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InboundMessage")
            .field("writer", &self.writer)
            .field("own_ids", &self.own_ids)
            .field("thread", &self.thread)
            .field("attachments", &self.attachments)
            .field("automatic", &self.automatic)
            .field("trust", &self.trust)
            .finish_non_exhaustive()
    }
}

/// A file that came with a message.
#[derive(Clone, PartialEq, Eq)]
pub struct InboundAttachment {
    /// The file name, safe to show, `""` if none.
    pub name: String,
    /// The declared media type.
    pub content_type: String,
    /// The id by which HTML refers to it, without `cid:`.
    pub content_id: Option<String>,
    /// Whether the HTML shows it in place.
    pub inline: bool,
    /// The bytes.
    pub content: Bytes,
}

impl fmt::Debug for InboundAttachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InboundAttachment")
            .field("content_type", &self.content_type)
            .field("bytes", &self.content.len())
            .finish_non_exhaustive()
    }
}

/// News about something that was sent earlier.
#[derive(Clone, PartialEq, Eq)]
pub struct StatusUpdate {
    /// Ids under which the platform knows the message, best first.
    pub message_ids: Vec<String>,
    /// Where it is now.
    pub state: DeliveryState,
    /// The platform's words, for a person.
    pub reason: Option<String>,
    /// Whom the message was for, as the report says, where anybody can write such a report: it counts only for a
    /// message to one of them. Empty where the platform vouches for its reports.
    pub recipients: Vec<Identity>,
    /// The report itself, to be shown when it is about nothing that is known.
    pub report: Option<Box<InboundMessage>>,
}

impl fmt::Debug for StatusUpdate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StatusUpdate")
            .field("message_ids", &self.message_ids)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}
