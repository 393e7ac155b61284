//! A text as the desk would meet it: the only message of a new conversation by mail.

use std::sync::Arc;

use uuid::Uuid;

use super::codes::Codes;
use super::snapshot::{Snapshot, Spent};
use crate::model::answer_times::Clocks;
use crate::model::brand::{AgentLevel, Brand};
use crate::model::channel::{Capabilities, ChannelKind};
use crate::model::contact::Contact;
use crate::model::conversation::{AgentState, Conversation, ConversationStatus};
use crate::model::message::{Automatic, Direction, Message, MessageAuthor, Trust};
use crate::model::window::Window;
use crate::model::{Json, Ts};
use crate::policy::Policy;
use crate::voice::Voice;
use crate::voice::templates::Templates;

/// The moment of everything here: nothing of a reading depends on it.
const NOW: Ts = Ts(0);

impl Snapshot {
    /// A conversation of which nothing is known but this text; who knows more puts it in.
    pub fn alone(text: &str) -> Self {
        Self {
            brand: brand(),
            policy: Arc::new(Policy::default()),
            policy_version: 1,
            voice: Arc::new(Voice::default()),
            voice_version: 1,
            templates: Templates::defaults(),
            template_versions: Vec::new(),
            conversation: conversation(),
            contact: contact(),
            identities: Vec::new(),
            messages: vec![message(text)],
            asked_back: Vec::new(),
            codes: Codes::default(),
            photos: 0,
            files: Vec::new(),
            capabilities: Capabilities::NOTHING,
            refused: Vec::new(),
            vouched: Vec::new(),
            instruction: String::new(),
            spent: Spent::default(),
            now: NOW,
            signs: String::new(),
        }
    }
}

pub(super) fn brand() -> Brand {
    Brand {
        id: Uuid::nil().into(),
        slug: "shop".to_owned(),
        name: "Shop".to_owned(),
        hue: 0,
        locale: "en".to_owned(),
        currency: "EUR".to_owned(),
        order_pattern: String::new(),
        agent_level: AgentLevel::Approve,
        time_zone: String::new(),
        created_at: NOW,
    }
}

pub(super) fn contact() -> Contact {
    Contact {
        id: Uuid::nil().into(),
        brand_id: Uuid::nil().into(),
        name: String::new(),
        locale: String::new(),
        created_at: NOW,
    }
}

pub(super) fn conversation() -> Conversation {
    Conversation {
        id: Uuid::nil().into(),
        number: 1,
        brand_id: Uuid::nil().into(),
        channel_id: Uuid::nil().into(),
        channel_kind: ChannelKind::Email.as_str().to_owned(),
        contact_id: Uuid::nil().into(),
        contact_name: String::new(),
        subject: String::new(),
        gist: String::new(),
        status: ConversationStatus::Open,
        assignee_id: None,
        intent: None,
        language: String::new(),
        order_number: None,
        proposal: None,
        proposal_tone: String::new(),
        needs_approval: false,
        agent_state: AgentState::Writing,
        taken_over: false,
        unread: true,
        participants: Json(Vec::new()),
        snoozed_until: None,
        due_at: None,
        last_message_at: NOW,
        last_inbound_at: Some(NOW),
        last_written_at: None,
        revision: 1,
        created_at: NOW,
        resolved_at: None,
        merged_into: None,
        clocks: Clocks::default(),
        window: Window::default(),
    }
}

pub(super) fn message(text: &str) -> Message {
    Message {
        seq: 1,
        id: Uuid::nil().into(),
        conversation_id: Uuid::nil().into(),
        channel_id: Uuid::nil().into(),
        direction: Direction::Inbound,
        author: MessageAuthor::Contact,
        teammate_id: None,
        contact_id: Some(Uuid::nil().into()),
        sender_name: String::new(),
        sender_address: String::new(),
        reply_to: String::new(),
        recipients: Json(Vec::new()),
        subject: String::new(),
        body: text.to_owned(),
        full_text: String::new(),
        html: None,
        delivery: None,
        delivery_reason: String::new(),
        external_id: String::new(),
        in_reply_to: None,
        automatic: Automatic::No,
        trust: Trust::Claimed,
        draft_id: None,
        send_at: None,
        written_at: None,
        created_at: NOW,
        sent_at: None,
        changes: None,
        template: None,
        choices: Json(Vec::new()),
        parts: 1,
        parts_sent: 0,
        machine_worded: false,
        by_program: false,
        aside: false,
        thread: None,
        to_contact_id: None,
    }
}
