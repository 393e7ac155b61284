//! What goes over the line, either way. Pure.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::channels::live_chat::visitor::file_signature;
use crate::channels::live_chat::{LiveChatSettings, visitor_of};
use crate::model::attachment::Attachment;
use crate::model::event::{Event, EventKind};
use crate::model::message::{Direction, Message, MessageAuthor, Trust, has_arrived};
use crate::model::order::{Order, ShipmentStatus};
use crate::model::teammate::first_name;
use crate::model::{ChannelId, ContactId, MessageId, Ts};

/// How long the address of a file works, at least, in seconds.
const FILE_LASTS: i64 = 24 * 60 * 60;

/// What the widget sends.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum ClientFrame {
    /// The first frame of a line.
    Join {
        /// The session.
        token: String,
        /// The last event that the widget has, 0 for none.
        #[serde(default)]
        last_seq: i64,
    },
    /// A message.
    Message {
        /// The widget's own id of it.
        id: Uuid,
        /// The text.
        text: String,
    },
    /// Replies that were seen.
    Read {
        /// The widget's own id of this; without one it hears nothing of it.
        #[serde(default)]
        id: Option<Uuid>,
        /// Our ids of them.
        ids: Vec<Uuid>,
    },
    /// The visitor is typing.
    Typing,
    /// The visitor wants a person.
    Person {
        /// The widget's own id of the message that says so.
        id: Uuid,
        /// The words, in the visitor's language.
        text: String,
    },
    /// An address for answers.
    Email {
        /// The widget's own id of this.
        id: Uuid,
        /// The address.
        address: String,
    },
    /// How things stand.
    State,
    /// A sign of life from where the line itself has none.
    Ping,
}

/// Who is there, in numbers; the widget has the words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is one independent fact that the widget words")]
pub struct State {
    /// `agent`, `person` or `""` when nothing was said yet.
    pub with: &'static str,
    /// Whether the customer waits for an answer of a person.
    pub waits: bool,
    /// Whether a person has taken the chat over: they come back to it, and nobody is ahead.
    pub has_it: bool,
    /// What the agent is at: `reading`, `looking_up`, `writing`, or `""` when there is nothing to tell.
    pub doing: &'static str,
    /// How many people are there.
    pub people: i64,
    /// When people are back, as RFC 3339, if it is outside of their hours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub back: Option<String>,
    /// How many have waited for a person for longer.
    pub ahead: i64,
    /// Whether an address for answers is known.
    pub has_email: bool,
    /// Whether an answer can go to an address: the brand has a mailbox that is not paused.
    pub mail: bool,
    /// Within how many minutes a person usually answers, where that is known and people are there for so long.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usual: Option<u64>,
    /// Whether the agent answers here: `alone`, `checked` where a person reads its answer first, or `""`.
    pub agent: &'static str,
    /// The last event that a teammate has seen.
    pub seen: i64,
}

/// A frame of ours.
#[derive(Debug, Serialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum ServerFrame<'a> {
    /// The line stands; everything up to `seq` was sent before.
    Joined {
        /// The last event.
        seq: i64,
        /// How things stand.
        state: &'a State,
    },
    /// What the widget has is too old: this replaces it.
    Resync {
        /// The last event.
        seq: i64,
        /// The last messages.
        messages: Vec<ShownMessage<'a>>,
    },
    /// It is stored.
    Ack {
        /// The widget's own id.
        id: Uuid,
    },
    /// It was not taken.
    Refused {
        /// The widget's own id, when it had one.
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<Uuid>,
        /// `too_fast`, `invalid` or `busy`.
        why: &'a str,
    },
    /// A message.
    Message {
        /// Which.
        #[serde(flatten)]
        message: Box<ShownMessage<'a>>,
    },
    /// A person on our side is writing.
    Typing {
        /// `person`.
        who: &'a str,
        /// Their first name.
        name: &'a str,
    },
    /// What the agent is at now.
    Doing {
        /// `reading`, `looking_up`, `writing`, or `""` when there is nothing to tell any more.
        what: &'a str,
    },
    /// A teammate has seen everything up to `seq`.
    Seen {
        /// The event.
        seq: i64,
    },
    /// How things stand now.
    State {
        /// How.
        state: &'a State,
    },
    /// The line ends, where it has no code of its own: that of a socket.
    End {
        /// Why.
        code: u16,
    },
    /// An answer to a sign of life.
    Pong,
}

impl ServerFrame<'_> {
    /// As it goes over the line.
    pub fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// What stands below a reply of the agent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Below {
    /// The order that it rests on.
    pub card: Option<Card>,
    /// The answers to choose from.
    pub choices: Vec<String>,
}

/// A message as a visitor sees it.
#[derive(Debug, Serialize)]
pub struct ShownMessage<'a> {
    /// The event that showed it.
    pub seq: i64,
    /// The visitor's own id of what they wrote, else ours.
    pub id: Uuid,
    /// `visitor`, `agent` or `person`.
    pub from: &'static str,
    /// The first name of a person.
    pub name: &'a str,
    /// When it was written.
    pub at: String,
    /// The text.
    pub text: &'a str,
    /// Files.
    pub files: Vec<ShownFile<'a>>,
    /// The order that a reply rests on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub card: Option<Card>,
    /// Where a reply asks back: what the visitor may answer with a tap.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
}

/// A file as a visitor sees it.
#[derive(Debug, Serialize)]
pub struct ShownFile<'a> {
    name: &'a str,
    #[serde(rename = "type")]
    content_type: &'a str,
    size: i64,
    url: String,
}

/// An order as a visitor sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Card {
    /// The number.
    pub number: String,
    /// What was bought.
    pub lines: Vec<String>,
    /// How the last parcel is doing.
    pub parcel: Option<ShipmentStatus>,
    /// Where it can be followed.
    pub track: Option<String>,
    /// When it should arrive at the latest.
    pub promised: Option<String>,
    /// Whether it is late.
    pub late: bool,
}

impl Card {
    /// The card of an order.
    pub fn new(order: &Order, now: Ts) -> Self {
        let parcel = order.shipments.last();
        let is_link = |url: &&String| url.starts_with("https://");
        Self {
            number: order.number.clone(),
            lines: order.lines.iter().filter(|line| line.current > 0).take(4).map(|line| line.title.clone()).collect(),
            parcel: parcel.map(|parcel| parcel.status),
            track: parcel.map(|parcel| &parcel.tracking_url).filter(is_link).cloned(),
            promised: parcel.and_then(|parcel| parcel.promised).map(|window| Ts::from_datetime(window.to).rfc3339()),
            late: parcel.is_some_and(|parcel| parcel.is_late(now.datetime())),
        }
    }
}

impl<'a> ShownMessage<'a> {
    /// A message that the event `seq` brought to light.
    pub fn new(seq: i64, message: &'a Message, files: &'a [Attachment], settings: &LiveChatSettings, now: Ts) -> Self {
        let (from, name) = match (message.direction, message.author) {
            (Direction::Inbound, _) => ("visitor", ""),
            (_, MessageAuthor::Teammate) => ("person", first_name(&message.sender_name)),
            _ => ("agent", ""),
        };
        let own = visitor_of(&message.external_id).map(|(_, id)| id);
        let files = files.iter().filter(|file| file.message_id == message.id);
        Self {
            seq,
            id: own.filter(|_| from == "visitor").unwrap_or(message.id.0),
            from,
            name,
            at: message.created_at.rfc3339(),
            text: &message.body,
            files: files.map(|file| shown_file(file, settings, now)).collect(),
            card: None,
            choices: Vec::new(),
        }
    }

    /// With what stands below it.
    #[must_use]
    pub fn with(self, below: Below) -> Self {
        Self { card: below.card, choices: below.choices, ..self }
    }
}

fn shown_file<'a>(file: &'a Attachment, settings: &LiveChatSettings, now: Ts) -> ShownFile<'a> {
    // Whole days, so that an address stays the same for a while and browsers keep the file.
    let until = (now.0 / 1_000_000 / FILE_LASTS + 2) * FILE_LASTS;
    let id = file.id.to_string();
    let key = file_signature(settings, &id, until);
    ShownFile {
        name: &file.name,
        content_type: &file.content_type,
        size: file.size,
        url: format!("/widget/{}/files/{id}?until={until}&key={key}", settings.channel_id),
    }
}

/// Whether a visitor may see a message, and on what condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// Everybody who has the chat.
    Chat,
    /// Only a visitor whom the shop vouches for: it went another way, and who claims an address must not read its mail.
    Vouched,
    /// Nobody: it has not left, it repeats what was said in the chat, or it went another way and is somebody else's.
    Nobody,
}

impl Sight {
    /// Whether it is for a visitor whom the shop vouches for, or for one of whom it does not.
    pub fn is_for(self, vouched: bool) -> bool {
        match self {
            Self::Chat => true,
            Self::Vouched => vouched,
            Self::Nobody => false,
        }
    }
}

/// Who may see a message. What did not go over the chat has to be of its customer, the person with these contacts, or to
/// them: whoever has a letter of ours can write into the chat by mail.
pub fn sight_of(message: &Message, chat: ChannelId, customer: &[ContactId]) -> Sight {
    let (has_left, party) = match message.direction {
        // Whoever has a letter of ours can write under any address: what its server denies is not the customer's word. What is
        // only claimed is shown to the one who knows better (decision 98).
        Direction::Inbound => (true, message.contact_id.filter(|_| message.trust != Trust::Failed)),
        Direction::Outbound => (message.delivery.is_some_and(has_arrived), message.to_contact_id),
    };
    let is_theirs = party.is_some_and(|contact| customer.contains(&contact));
    match message.channel_id == chat {
        true if has_left => Sight::Chat,
        false if has_left && is_theirs && message.author != MessageAuthor::System => Sight::Vouched,
        _ => Sight::Nobody,
    }
}

/// The message that an event brings to light, by its id.
pub fn shows(event: &Event) -> Option<MessageId> {
    let fact = |name: &str| event.data.0.get(name).and_then(serde_json::Value::as_str);
    match event.kind {
        EventKind::MessageReceived => fact("message")?.parse().ok(),
        EventKind::DeliveryChanged if tells_that_it_left(event) => fact("message")?.parse().ok(),
        _ => None,
    }
}

/// Whether an event is the first that tells that a message has left. One from before that was said of each tells so where the
/// message was sent, which comes first as a rule.
fn tells_that_it_left(event: &Event) -> bool {
    match event.data.0.get("left") {
        Some(left) => *left == true,
        None => event.data.0.get("delivery").is_some_and(|delivery| *delivery == "sent"),
    }
}

/// Whether what is shown is no longer what there is: messages came from another conversation, went back there, or were
/// erased, or another name is the customer's by now, or is not any more.
pub fn begins_anew(event: &Event) -> bool {
    matches!(
        event.kind,
        EventKind::Merged
            | EventKind::MergeUndone
            | EventKind::ContactsMerged
            | EventKind::ContactsParted
            | EventKind::CustomerErased
    )
}

/// Whether an event changes how things stand for the visitor.
pub fn changes_state(event: &Event) -> bool {
    matches!(
        event.kind,
        EventKind::HandedOff
            | EventKind::TakenOver
            | EventKind::Resolved
            | EventKind::Reopened
            | EventKind::Assigned
            | EventKind::DraftReady
            | EventKind::ApprovalDecided
            | EventKind::RunStarted
            | EventKind::RunEnded
            | EventKind::AddressLeft
    )
}

#[cfg(test)]
#[path = "frames_tests.rs"]
mod tests;
