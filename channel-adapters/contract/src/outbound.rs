//! What goes out: the command, the receipt, and the states of a delivery.
//!
//! What is printed for a log of what customers and teammates write is how much it is, never what it says.

use std::fmt;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use time::{Duration, OffsetDateTime};
use uuid::{Builder, Uuid, Variant, Version};

use crate::failure::{ChannelFailure, FailureClass};
use crate::inbound::Choice;
pub use crate::template::{FilledTemplate, Template};

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
    /// A person wrote it.
    Teammate,
    /// A machine wrote it and a person answers for it: a draft that they approved word for word, or what a program sends in
    /// their name.
    Approved,
    /// The agent, by itself.
    Agent,
    /// The system: an acknowledgement, a notice.
    System,
}

impl Author {
    /// Whether a person answers for the text, whoever wrote it.
    pub fn has_a_person(self) -> bool {
        matches!(self, Self::Teammate | Self::Approved)
    }
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
    /// The platform's own id of the thread, where it has one: of those with whom it is for, the one in which they wrote last.
    pub thread_id: Option<String>,
    /// When the customer wrote last on this channel: the reply window is counted from it.
    pub last_inbound_at: Option<OffsetDateTime>,
    /// The time at which it is sent.
    pub now: OffsetDateTime,
    /// Who wrote it.
    pub author: Author,
}

impl Outbound {
    /// A letter of the desk's own, of no conversation: an answer to it continues none. Nothing stands in it yet.
    #[must_use]
    pub fn letter(id: Uuid, now: OffsetDateTime) -> Self {
        Self {
            command_id: id,
            conversation_id: id,
            to: Vec::new(),
            to_name: String::new(),
            from_name: String::new(),
            subject: String::new(),
            text: String::new(),
            in_reply_to: None,
            references: Vec::new(),
            attachments: Vec::new(),
            choices: Vec::new(),
            template: None,
            thread_id: None,
            last_inbound_at: None,
            now,
            author: Author::System,
        }
    }
}

/// For tests, which say only what they are about.
#[cfg(any(test, feature = "testkit"))]
impl Outbound {
    /// Nothing, to nobody, by a teammate, when time began.
    #[must_use]
    pub fn empty() -> Self {
        Self { author: Author::Teammate, ..Self::letter(Uuid::nil(), OffsetDateTime::UNIX_EPOCH) }
    }
}

/// How far the clocks of the desk and of a platform may be apart.
const CLOCKS_DIFFER: Duration = Duration::minutes(5);
/// How long ago a message may have been sent whose command does not tell.
const USUAL: Duration = Duration::days(1);

impl Outbound {
    /// This message as the piece with this number of a reply that takes several calls. The first keeps its id and says what
    /// is answered; the next ones have ids that follow from it, and only belong to the same thread.
    #[must_use]
    pub fn numbered(self, number: u32) -> Self {
        if number == 0 {
            return self;
        }
        let mut references = self.references;
        references.extend(self.in_reply_to.filter(|id| !references.contains(id)));
        Self { command_id: piece(self.command_id, number), in_reply_to: None, references, ..self }
    }

    /// Since when the platform can have the message: no longer than its command is there, by whichever clock. What is older
    /// there is another message, however alike.
    pub fn since(&self) -> OffsetDateTime {
        self.made_at().saturating_sub(CLOCKS_DIFFER)
    }

    /// When its command was made, as far as the id of that tells it.
    pub fn made_at(&self) -> OffsetDateTime {
        let made = self.command_id.get_timestamp().and_then(|made| {
            let seconds = i64::try_from(made.to_unix().0).ok()?;
            OffsetDateTime::from_unix_timestamp(seconds).ok()
        });
        let supposed = || self.last_inbound_at.unwrap_or_else(|| self.now.saturating_sub(USUAL));
        made.unwrap_or_else(supposed).min(self.now)
    }

    /// Whether the desk knows this id as that of another message of the thread.
    pub fn knows(&self, id: &str) -> bool {
        self.references.iter().chain(&self.in_reply_to).any(|known| known == id)
    }
}

/// The id of a piece of a command that takes several calls: the first is the command itself, the next ones follow from it
/// and keep the time that it tells.
pub fn piece(command: Uuid, number: u32) -> Uuid {
    if number == 0 {
        return command;
    }
    let hash = Sha256::new().chain_update(command.as_bytes()).chain_update(number.to_be_bytes()).finalize();
    let mut bytes = *command.as_bytes();
    // The first six bytes are the time, where the command tells one.
    bytes.iter_mut().skip(6).zip(hash).for_each(|(byte, hashed)| *byte = hashed);
    let version = if command.get_version_num() == 7 { Version::SortRand } else { Version::Custom };
    Builder::from_bytes(bytes).with_variant(Variant::RFC4122).with_version(version).into_uuid()
}

/// Whether two texts say the same, apart from blanks and line ends: those are written anew on the way.
pub fn says_the_same(one: &str, other: &str) -> bool {
    one.split_whitespace().eq(other.split_whitespace())
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

/// A sign that a person puts on a message of the customer's.
#[derive(Clone, PartialEq, Eq)]
pub struct Reaction {
    /// Who wrote the message, in the channel's own kind of identity.
    pub to: Vec<String>,
    /// The platform's own id of the thread, where it has one.
    pub thread_id: Option<String>,
    /// The platform's id of the message.
    pub message_id: String,
    /// The sign, in the place of the one before; `""` takes it off.
    pub sign: String,
}

impl Reaction {
    /// Refuses what is none of the signs that a channel takes, before anything is sent.
    pub fn admit(&self, signs: &[&str]) -> Result<(), ChannelFailure> {
        let refused = |words: &str| Err(ChannelFailure::refused(FailureClass::Content, words));
        if signs.is_empty() {
            return refused("This channel takes no signs.");
        }
        if self.message_id.is_empty() {
            return refused("The platform does not know this message.");
        }
        if self.sign.is_empty() || signs.contains(&self.sign.as_str()) {
            return Ok(());
        }
        refused("This channel does not take this sign.")
    }
}

impl fmt::Debug for Reaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reaction").field("message_id", &self.message_id).finish_non_exhaustive()
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

/// What stands before the id of a thread among the names of a message.
const THREAD: &str = "thread:";

impl Receipt {
    /// The same with the platform's own id of the thread that the message is in from now on: answers with that id find the
    /// message, and what is sent after it goes on there. Where answers may come in a further thread as well, that is named
    /// behind it.
    #[must_use]
    pub fn in_thread(mut self, thread_id: &str) -> Self {
        self.also_known_as.push(format!("{THREAD}{thread_id}"));
        self
    }

    /// The platform's own id of the thread that the message is in from now on, where it began one.
    pub fn thread(&self) -> Option<&str> {
        self.also_known_as.iter().find_map(|name| name.strip_prefix(THREAD))
    }
}

/// What the platform knows of a command whose outcome was unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reconciliation {
    /// It was taken.
    Sent(Receipt),
    /// It was not taken, or the platform takes a command once however often it comes: it may be sent again.
    NotSent,
    /// It cannot be told: a person decides.
    CannotTell,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of 2026-11-27 06:00 UTC.
    const COMMAND: &str = "019ac3e0-6c00-7abc-8def-0123456789ab";

    fn message(command_id: Uuid) -> Outbound {
        let now = OffsetDateTime::from_unix_timestamp(1_800_000_000).unwrap_or(OffsetDateTime::UNIX_EPOCH);
        Outbound {
            command_id,
            in_reply_to: Some("b".to_owned()),
            references: vec!["a".to_owned()],
            now,
            ..Outbound::empty()
        }
    }

    #[test]
    fn ids_of_pieces_follow_from_the_command_and_keep_its_time() {
        let command = Uuid::parse_str(COMMAND).unwrap();
        assert_eq!(piece(command, 0), command);
        assert_eq!(piece(command, 1), piece(command, 1));
        assert!(piece(command, 1) != command && piece(command, 1) != piece(command, 2));
        assert_ne!(piece(command, 1), piece(Uuid::from_u128(command.as_u128() + 1), 1));
        let time = |id: Uuid| id.get_timestamp().map(|made| made.to_unix());
        assert!(time(command).is_some() && time(piece(command, 1)) == time(command));
        assert_eq!(piece(Uuid::from_u128(7), 1).get_version_num(), 8, "no time is made up");
    }

    #[test]
    fn only_the_first_piece_answers_and_the_others_belong_to_the_thread() {
        let whole = message(Uuid::from_u128(7));
        assert_eq!(whole.clone().numbered(0), whole);
        let second = whole.clone().numbered(1);
        assert_eq!((second.in_reply_to, second.references), (None, vec!["a".to_owned(), "b".to_owned()]));
        assert!(whole.knows("a") && whole.knows("b") && !whole.knows("c"));
    }

    #[test]
    fn a_message_is_no_older_than_its_command() {
        let made = message(Uuid::parse_str(COMMAND).unwrap());
        let seconds = made.command_id.get_timestamp().unwrap().to_unix().0;
        assert_eq!(made.since().unix_timestamp(), i64::try_from(seconds).unwrap() - 300);
        let early = Outbound { now: OffsetDateTime::UNIX_EPOCH, ..made };
        assert_eq!(early.since(), OffsetDateTime::UNIX_EPOCH - CLOCKS_DIFFER, "a command is not of tomorrow");
        let untold = message(Uuid::from_u128(7));
        assert_eq!(untold.since(), untold.now - USUAL - CLOCKS_DIFFER);
        let answer = Outbound { last_inbound_at: Some(untold.now - Duration::hours(1)), ..untold };
        assert_eq!(answer.since(), answer.now - Duration::hours(1) - CLOCKS_DIFFER);
    }

    #[test]
    fn only_signs_that_the_channel_takes_pass() {
        let reaction = |sign: &str, message_id: &str| Reaction {
            to: Vec::new(),
            thread_id: None,
            message_id: message_id.to_owned(),
            sign: sign.to_owned(),
        };
        assert_eq!(reaction("👍", "a").admit(&["👍"]), Ok(()));
        assert_eq!(reaction("", "a").admit(&["👍"]), Ok(()), "it is taken off");
        for (sign, message, signs) in [("👎", "a", &["👍"][..]), ("👍", "", &["👍"]), ("👍", "a", &[]), ("", "a", &[])]
        {
            assert!(reaction(sign, message).admit(signs).is_err(), "{sign} on {message}");
        }
    }

    #[test]
    fn line_ends_change_nothing_that_is_said() {
        assert!(says_the_same("It left\r\ntoday. ", "It left today."));
        assert!(!says_the_same("It left today.", "It left today!"));
    }
}
