//! What comes in: the raw item as stored, and the events that an adapter reads from it.
//!
//! What is printed for a log of what customers and teammates write is how much it is, never what it says.

mod file;

use std::fmt;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

pub use self::file::{FileContent, FileReference, InboundAttachment, safe_name};
use crate::outbound::DeliveryState;
use crate::wire;

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
    /// Read back from what the platform shows afterwards ([`crate::MessageChannel::missed`]).
    History,
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

impl RawItem {
    /// A delivery that a platform pushed, named by its bytes: the same bytes are the same delivery.
    pub fn pushed(body: &Bytes) -> Self {
        Self { external_id: wire::fingerprint(body), origin: RawOrigin::Webhook, body: body.clone() }
    }
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
    /// When it happened, as the platform says; `None` where it does not say, or where only the sender does. The time to answer
    /// is counted from it, and messages that overtake each other are read in its order.
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
    /// Something happened to a message that was placed earlier: it was changed, taken back, or somebody put a sign on it.
    Change(MessageChange),
    /// A contact goes by another name from now on.
    Renamed(Renaming),
    /// News of the account itself.
    Account(AccountNews),
    /// Something happened to an order, as the platform says.
    Order(OrderNews),
    /// The platform asks that what is kept of a person be deleted; these are their names there.
    Erasure(Vec<Identity>),
    /// A customer wants nothing any more that they did not ask for, or wants it again.
    Consent(Consent),
    /// Something that is deliberately not shown: an own loop, a read receipt. The word says what.
    Ignored(&'static str),
}

impl InboundEvent {
    /// The message, where it is one.
    pub fn into_message(self) -> Option<InboundMessage> {
        if let Self::Message(message) = self { Some(*message) } else { None }
    }

    /// The news of something that was sent, where it is that.
    pub fn into_status(self) -> Option<StatusUpdate> {
        if let Self::Status(status) = self { Some(status) } else { None }
    }
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

/// The sort of name of who runs a marketplace.
pub const OPERATOR: &str = "marketplace_operator";
/// The sort of name of a machine by which a marketplace writes to its sellers.
pub const MACHINE: &str = "marketplace_machine";

impl Identity {
    /// An e-mail address, normalised.
    pub fn email(address: &str) -> Self {
        Self { kind: "email".to_owned(), value: address.trim().to_lowercase() }
    }

    /// Whether it is the platform itself, its operator or one of its machines: never who buys, whatever it is proved to be.
    pub fn is_platforms(&self) -> bool {
        matches!(self.kind.as_str(), OPERATOR | MACHINE)
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
    /// What else the same thread is called, where it is named after its customer and they go by several names.
    pub also_called: Vec<String>,
    /// The numbers of the orders that the platform (not the text) says it is about.
    pub order_numbers: Vec<String>,
    /// Whether another program answers there at the moment: the platform refuses what the desk would send.
    pub is_elsewhere: bool,
}

/// A message as read from the platform.
#[derive(Clone, PartialEq, Eq)]
pub struct InboundMessage {
    /// Who wrote.
    pub writer: Writer,
    /// The sender's identity on this channel; empty value when the platform gave none.
    pub sender: Identity,
    /// Other names of the customer, who wrote or was written to, that the platform vouches for: a phone number beside an id of
    /// the account's own.
    pub also_known_as: Vec<Identity>,
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
    /// Whether they wrote nothing this time, and `visible_text` is what they quote or hand on.
    pub only_quoted: bool,
    /// Sanitised HTML, safe to show in a sandboxed frame with remote content blocked.
    pub html: Option<String>,
    /// What was pressed, where the message is a press of a button or a line of a list; the text says it in words.
    pub choice: Option<Choice>,
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

/// A button or a line of a list: what a person reads, and what stands behind it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// What stands on it.
    pub title: String,
    /// What the desk gave it, `""` if nothing.
    pub payload: String,
}

impl fmt::Debug for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Choice").finish_non_exhaustive()
    }
}

/// Something happened to a message that was placed earlier.
#[derive(Clone, PartialEq, Eq)]
pub struct MessageChange {
    /// Ids under which the platform knows the message, best first.
    pub message_ids: Vec<String>,
    /// Who did it; `None` where it was the account itself, in another client.
    pub by: Option<Identity>,
    /// What.
    pub what: Changed,
}

impl fmt::Debug for MessageChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessageChange")
            .field("message_ids", &self.message_ids)
            .field("what", &std::mem::discriminant(&self.what))
            .finish_non_exhaustive()
    }
}

/// What happened to a message.
#[derive(Clone, PartialEq, Eq)]
pub enum Changed {
    /// It says this now.
    Edited(String),
    /// It was taken back.
    Deleted,
    /// This sign stands on it; the same person's earlier one is gone.
    Reacted(String),
    /// The person's sign was taken off.
    Unreacted,
}

/// A contact goes by another name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renaming {
    /// What they were called.
    pub old: Identity,
    /// What they are called from now on.
    pub new: Identity,
    /// The platform's own thread with them where it is named after them: what it was called, and what from now on.
    pub threads: Option<(String, String)>,
}

/// News of the account itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountNews {
    /// What it means for the connection.
    pub what: AccountChange,
    /// What happened, in words for a person; nothing of customers.
    pub words: String,
}

/// What news of the account means for its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountChange {
    /// Access was taken back or ends: a person has to connect it again.
    Reconnect,
    /// The platform takes no messages of the account until something is put right there.
    Suspended,
    /// A message failed for want of access: whether the account still has it is asked at once.
    Doubted,
    /// It works, with less than before, and a person should know.
    Restricted,
    /// The platform restricts the account, or is going to: other news and better times take nothing of that back.
    Warned,
    /// Access is given again.
    Reconnected,
    /// The platform takes messages again. Of the access that says nothing.
    Restored,
    /// What was less than before is over. Of access and suspension that says nothing.
    Eased,
    /// A template has changed: what is known of the templates is read anew.
    Templates,
    /// The same of one that is refused, or that cannot be sent any more: a person should know.
    TemplateLost,
    /// Something to know, nothing to do.
    Note,
}

/// Something happened to an order, as the platform says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderNews {
    /// The number of the order.
    pub order_number: String,
    /// What happened.
    pub what: OrderHappening,
    /// By when the shop has to answer, where there is such a time.
    pub due_at: Option<OffsetDateTime>,
    /// What happened, in words for a person.
    pub words: String,
    /// The conversation that it belongs to beside that of the order, as the platform ties them.
    pub thread: ThreadHints,
}

/// What happened to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderHappening {
    /// It was placed.
    Created,
    /// It changed in another way than the others here.
    Changed,
    /// The buyer asks to cancel it.
    CancelRequested,
    /// It was sent.
    Shipped,
    /// It arrived.
    Delivered,
    /// A return was opened.
    ReturnOpened,
    /// A claim, case or dispute was opened at the platform.
    ClaimOpened,
    /// Such a claim was ended.
    ClaimClosed,
    /// Money went back.
    Refunded,
}

/// Whether a customer wants what they did not ask for; what that is on a platform, [`crate::MessageChannel::opted_out`] says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// Their names there.
    pub who: Vec<Identity>,
    /// Whether they want it.
    pub given: bool,
}

/// News about something that was sent earlier.
#[derive(Clone, PartialEq, Eq)]
pub struct StatusUpdate {
    /// Ids under which the platform knows the message, best first.
    pub message_ids: Vec<String>,
    /// Where it is now.
    pub state: DeliveryState,
    /// Where the platform names no message: everything that went to this one until then is in the state.
    pub until: Option<Watermark>,
    /// Whether so is everything that went to the same one before the message, all of its own earlier parts too.
    pub and_before: bool,
    /// The platform's words, for a person.
    pub reason: Option<String>,
    /// Whom the message was for, as the report says, where anybody can write such a report: it counts only for a
    /// message to one of them. Empty where the platform vouches for its reports.
    pub recipients: Vec<Identity>,
    /// The report itself, to be shown when it is about nothing that is known.
    pub report: Option<Box<InboundMessage>>,
}

/// How far a contact has got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watermark {
    /// Who.
    pub recipient: Identity,
    /// Everything sent until then.
    pub at: OffsetDateTime,
}

impl fmt::Debug for StatusUpdate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StatusUpdate")
            .field("message_ids", &self.message_ids)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operator_and_a_machine_are_the_platform_itself() {
        let of = |kind: &str| Identity { kind: kind.to_owned(), value: "a".to_owned() }.is_platforms();
        assert!(of(OPERATOR) && of(MACHINE));
        assert!(!of("marketplace_user") && !of("amazon_buyer") && !of("email"));
    }

    #[test]
    fn the_same_bytes_are_the_same_delivery() {
        let key = |body: &'static [u8]| RawItem::pushed(&Bytes::from_static(body)).external_id;
        assert!(key(b"a") == key(b"a") && key(b"a") != key(b"b"));
        assert_eq!(key(b""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }
}
