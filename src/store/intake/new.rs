//! The rows that a batch of messages leaves.

use channel_contract::inbound::FileReference;
use channel_contract::outbound::FilledTemplate;
use serde::Serialize;
use sqlx::types::Json;

use super::find::{Said, SaidFile};
use crate::model::answer_times::Clocks;
use crate::model::attachment::{Attachment, ComposerFile};
use crate::model::conversation::{AgentState, Conversation, ConversationStatus};
use crate::model::event::EventKind;
use crate::model::message::{Automatic, Delivery, Direction, MessageAuthor, Trust};
use crate::model::window::Window;
use crate::model::{
    AttachmentId, BrandId, ChannelId, ContactId, ConversationId, DraftId, EventId, MessageId, RawEventId, TeammateId,
    Ts,
};

/// A new contact with its first identity.
#[derive(Clone, Debug, Serialize)]
pub struct NewContact {
    /// Id.
    pub id: ContactId,
    /// Whose customer.
    pub brand_id: BrandId,
    /// Name as shown.
    pub name: String,
    /// The identity's kind.
    pub kind: String,
    /// The identity's value.
    pub value: String,
    /// Whether the channel proves it.
    pub proved: bool,
    /// When.
    pub created_at: Ts,
}

/// A further name of a contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NewIdentity {
    /// Whose.
    pub id: ContactId,
    /// Whose customer.
    pub brand_id: BrandId,
    /// The name's kind.
    pub kind: String,
    /// The name's value, as a key.
    pub value: String,
    /// Whether the channel proves it.
    pub proved: bool,
    /// When.
    pub created_at: Ts,
}

/// Another title of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Title {
    /// The conversation.
    pub id: ConversationId,
    /// What it is called.
    pub subject: String,
}

/// Everything that a conversation row holds, as it shall be after the batch.
#[derive(Clone, Debug, Serialize)]
pub struct ConversationRow {
    /// Id.
    pub id: ConversationId,
    /// The number that people use.
    pub number: i64,
    /// Whose.
    pub brand_id: BrandId,
    /// The channel of the last message.
    pub channel_id: ChannelId,
    /// Its kind.
    pub channel_kind: String,
    /// With whom.
    pub contact_id: ContactId,
    /// Their name.
    pub contact_name: String,
    /// Subject of the first message.
    pub subject: String,
    /// One line of the last message in.
    pub gist: String,
    /// Who has the next move.
    pub status: ConversationStatus,
    /// What the agent is doing.
    pub agent_state: AgentState,
    /// Whether the last inbound message was not looked at yet.
    pub unread: bool,
    /// Addresses that may continue it.
    pub participants: Vec<String>,
    /// When an answer is due.
    pub due_at: Option<Ts>,
    /// The last message, either way.
    pub last_message_at: Ts,
    /// The last message in.
    pub last_inbound_at: Option<Ts>,
    /// When that of the messages in was written that was written last.
    pub last_written_at: Option<Ts>,
    /// Grows with every message and decision.
    pub revision: i64,
    /// When it began.
    pub created_at: Ts,
    /// When it was resolved.
    pub resolved_at: Option<Ts>,
    /// The clocks beside `due_at`.
    #[serde(flatten)]
    pub clocks: Clocks,
    /// Until when its customer can be answered.
    #[serde(flatten)]
    pub window: Window,
}

/// A message to insert.
#[derive(Clone, Debug, Serialize)]
pub struct NewMessage {
    /// Id.
    pub id: MessageId,
    /// Where it belongs.
    pub conversation_id: ConversationId,
    /// On which channel.
    pub channel_id: ChannelId,
    /// Which way.
    pub direction: Direction,
    /// By whom.
    pub author: MessageAuthor,
    /// The person on staff.
    pub teammate_id: Option<TeammateId>,
    /// The customer.
    pub contact_id: Option<ContactId>,
    /// Shown name of the writer.
    pub sender_name: String,
    /// Address of the writer.
    pub sender_address: String,
    /// Where the writer wants answers, `""` for the address of the writer.
    pub reply_to: String,
    /// Whom it was sent to.
    pub recipients: Vec<String>,
    /// Subject.
    pub subject: String,
    /// What was written this time.
    pub body: String,
    /// Everything, `""` when it is the same.
    pub full_text: String,
    /// Sanitised HTML.
    pub html: Option<String>,
    /// Where it is, outbound only.
    pub delivery: Option<Delivery>,
    /// The platform's id.
    pub external_id: String,
    /// The id it answers.
    pub in_reply_to: Option<String>,
    /// `no`, `auto_reply`, `bulk`.
    pub automatic: Automatic,
    /// `proved`, `claimed`, `failed`.
    pub trust: Trust,
    /// The stored bytes it was read from.
    pub raw_event_id: Option<RawEventId>,
    /// The draft it came from.
    pub draft_id: Option<DraftId>,
    /// The template that leaves in place of the text.
    pub template: Option<FilledTemplate>,
    /// The buttons that a person put below it.
    pub choices: Vec<String>,
    /// Not before this moment.
    pub send_at: Option<Ts>,
    /// When an answer was due that it takes care of.
    pub kept_due_at: Option<Ts>,
    /// When it was written, as the platform says, and never later than it came.
    pub written_at: Option<Ts>,
    /// When it was written here or came in.
    pub created_at: Ts,
    /// When the platform took it.
    pub sent_at: Option<Ts>,
    /// Whom it went to, where it is sent already.
    pub to_contact_id: Option<ContactId>,
    /// Whether its words are a machine's, though a person answers for it.
    pub machine_worded: bool,
    /// Whether a program sent it in a person's name.
    pub by_program: bool,
    /// Whether it passes the customer by.
    pub aside: bool,
    /// The platform's own id of the thread that it is in.
    pub thread: Option<String>,
}

/// A key that leads to a message.
#[derive(Clone, Debug, Serialize)]
pub struct NewKey {
    /// The channel.
    pub channel_id: ChannelId,
    /// The key.
    pub key: String,
    /// The message.
    pub message_id: MessageId,
    /// Its conversation.
    pub conversation_id: ConversationId,
}

/// A file of a message; its bytes are stored already.
#[derive(Clone, Debug, Serialize)]
pub struct NewAttachment {
    /// Id.
    pub id: AttachmentId,
    /// The message.
    pub message_id: MessageId,
    /// Place among the message's files.
    pub position: i64,
    /// Name as given.
    pub name: String,
    /// Declared media type.
    pub content_type: String,
    /// Bytes.
    pub size: i64,
    /// Id by which HTML refers to it.
    pub content_id: Option<String>,
    /// Whether the HTML shows it in place.
    pub inline: bool,
    /// Where the bytes are; `""` while they lie on the platform.
    pub storage_key: String,
    /// Where they lie there.
    pub reference: Option<FileReference>,
}

/// A file whose bytes are stored, whatever it belongs to.
#[derive(Clone, Debug)]
pub struct StoredFile {
    /// Name as given.
    pub name: String,
    /// Media type.
    pub content_type: String,
    /// Bytes.
    pub size: i64,
    /// Where the bytes are.
    pub storage_key: String,
}

impl StoredFile {
    /// As a file of a message, at a place among its files: no HTML refers to it.
    pub fn enclosed_in(self, message_id: MessageId, position: i64, id: AttachmentId) -> NewAttachment {
        NewAttachment {
            id,
            message_id,
            position,
            name: self.name,
            content_type: self.content_type,
            size: self.size,
            content_id: None,
            inline: false,
            storage_key: self.storage_key,
            reference: None,
        }
    }
}

impl From<Attachment> for StoredFile {
    fn from(file: Attachment) -> Self {
        Self { name: file.name, content_type: file.content_type, size: file.size, storage_key: file.storage_key }
    }
}

impl From<ComposerFile> for StoredFile {
    fn from(file: ComposerFile) -> Self {
        Self { name: file.name, content_type: file.content_type, size: file.size, storage_key: file.storage_key }
    }
}

/// A timeline event to insert.
#[derive(Clone, Debug, Serialize)]
pub struct NewEvent {
    /// Id.
    pub id: EventId,
    /// Whose.
    pub brand_id: BrandId,
    /// Where.
    pub conversation_id: Option<ConversationId>,
    /// What happened.
    pub kind: EventKind,
    /// Who did it.
    pub actor: String,
    /// Small facts for showing it.
    pub data: serde_json::Value,
    /// When.
    pub at: Ts,
}

impl From<&Conversation> for ConversationRow {
    fn from(conversation: &Conversation) -> Self {
        let Json(participants) = conversation.participants.clone();
        Self {
            id: conversation.id,
            number: conversation.number,
            brand_id: conversation.brand_id,
            channel_id: conversation.channel_id,
            channel_kind: conversation.channel_kind.clone(),
            contact_id: conversation.contact_id,
            contact_name: conversation.contact_name.clone(),
            subject: conversation.subject.clone(),
            gist: conversation.gist.clone(),
            status: conversation.status,
            agent_state: conversation.agent_state,
            unread: conversation.unread,
            participants,
            due_at: conversation.due_at,
            last_message_at: conversation.last_message_at,
            last_inbound_at: conversation.last_inbound_at,
            last_written_at: conversation.last_written_at,
            revision: conversation.revision,
            created_at: conversation.created_at,
            resolved_at: conversation.resolved_at,
            clocks: conversation.clocks,
            window: conversation.window,
        }
    }
}

impl From<&NewMessage> for Said {
    fn from(message: &NewMessage) -> Self {
        Self {
            message_id: message.id,
            direction: message.direction,
            contact_id: message.contact_id,
            sender_address: message.sender_address.clone(),
            subject: message.subject.clone(),
            body: message.body.clone(),
            changes: None,
        }
    }
}

impl From<&NewAttachment> for SaidFile {
    fn from(file: &NewAttachment) -> Self {
        Self {
            message_id: file.message_id,
            name: file.name.clone(),
            content_type: file.content_type.clone(),
            storage_key: file.storage_key.clone(),
        }
    }
}
