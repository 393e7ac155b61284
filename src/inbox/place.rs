//! Where each received message belongs: a pure fold over a batch and what the store knows about it.
//!
//! Evidence, strongest first: ids of earlier messages, a signed token, the order number together with the sender. A
//! message never joins a conversation of other people on an id alone, for ids can be guessed and forwarded.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use channel_contract::inbound::{Automatic, Inbound, InboundEvent, InboundMessage, StatusUpdate, Trust, Writer};
use channel_contract::outbound::DeliveryState;
use serde_json::json;
use uuid::Uuid;

use crate::clock::Clock;
use crate::model::brand::{AgentLevel, Brand};
use crate::model::channel::Channel;
use crate::model::conversation::{AgentState, Conversation, ConversationStatus, gist_of};
use crate::model::event::EventKind;
use crate::model::job::JobKind;
use crate::model::message::{Delivery, Direction, MessageAuthor};
use crate::model::order::order_numbers;
use crate::model::{BrandId, ContactId, ConversationId, MessageId, RawEventId, Ts};
use crate::store::files::Files;
use crate::store::intake::{
    BrandIdentity, ChannelKey, ConversationRow, KeyTarget, KnownContact, NewAttachment, NewContact, NewEvent, NewKey,
    NewMessage, OrderMention,
};
use crate::store::jobs::NewJob;

/// How soon a customer should have an answer, until the brand says otherwise.
pub const ANSWER_WITHIN: Duration = Duration::from_hours(8);

/// A read raw item, ready to be placed.
#[derive(Clone, Debug)]
pub struct Received {
    /// The stored bytes.
    pub raw_event_id: RawEventId,
    /// Where they came in.
    pub channel: Channel,
    /// Whose channel that is.
    pub brand: Brand,
    /// When they came.
    pub received_at: Ts,
    /// What they say.
    pub events: Vec<Inbound>,
}

/// What must be looked up before a batch can be placed.
#[derive(Debug, Default)]
pub struct Wanted {
    /// Ids of earlier messages.
    pub keys: Vec<ChannelKey>,
    /// Senders.
    pub identities: Vec<BrandIdentity>,
    /// Order numbers named.
    pub mentions: Vec<OrderMention>,
    /// Conversations named by signed tokens.
    pub tokens: Vec<ConversationId>,
}

/// What the store knows about a batch.
#[derive(Debug, Default)]
pub struct Known {
    /// Earlier messages by id.
    pub keys: Vec<KeyTarget>,
    /// Contacts by identity.
    pub contacts: Vec<KnownContact>,
    /// The conversations that keys and tokens lead to.
    pub conversations: Vec<Conversation>,
    /// Unresolved conversations about the orders named, newest first.
    pub about_orders: Vec<Conversation>,
}

/// What is to be written.
#[derive(Debug, Default)]
pub struct Batch {
    /// New contacts.
    pub contacts: Vec<NewContact>,
    /// New and changed conversations; new ones have the number 0 until numbers are reserved.
    pub conversations: Vec<ConversationRow>,
    /// Messages.
    pub messages: Vec<NewMessage>,
    /// Their ids.
    pub keys: Vec<NewKey>,
    /// Their files.
    pub attachments: Vec<NewAttachment>,
    /// What happened.
    pub events: Vec<NewEvent>,
    /// Work for the agent.
    pub jobs: Vec<NewJob>,
    /// News about messages that were sent.
    pub statuses: Vec<(MessageId, ConversationId, StatusUpdate)>,
    /// Conversations where a person answered elsewhere: waiting drafts are void.
    pub answered_elsewhere: Vec<ConversationId>,
}

impl Wanted {
    /// Collects what a batch needs.
    pub fn of(batch: &[Received]) -> Self {
        let (mut keys, mut identities, mut mentions, mut tokens) =
            (HashSet::new(), HashSet::new(), HashSet::new(), HashSet::new());
        for received in batch {
            let key = |id: &String| ChannelKey { channel_id: received.channel.id, key: id.clone() };
            for inbound in &received.events {
                keys.insert(key(&inbound.external_id));
                match &inbound.event {
                    InboundEvent::Message(message) => {
                        keys.extend(message.thread.message_ids.iter().map(key));
                        keys.extend(message.own_ids.iter().map(key));
                        for identity in party(message) {
                            identities.insert(BrandIdentity::new(received.brand.id, identity));
                        }
                        tokens.extend(message.thread.conversation.map(ConversationId));
                        mentions.extend(mentions_in(message, &received.brand));
                    }
                    InboundEvent::Status(status) => keys.extend(status.message_ids.iter().map(key)),
                    InboundEvent::Ignored(_) => {}
                }
            }
        }
        Self {
            keys: keys.into_iter().collect(),
            identities: identities.into_iter().collect(),
            mentions: mentions.into_iter().collect(),
            tokens: tokens.into_iter().collect(),
        }
    }
}

/// The customer's side of a message: the sender, or the recipients of what a teammate wrote.
fn party(message: &InboundMessage) -> &[channel_contract::inbound::Identity] {
    match message.writer {
        Writer::Contact => std::slice::from_ref(&message.sender),
        Writer::Teammate => message.recipients.get(..1).unwrap_or_default(),
    }
}

fn mentions_in(message: &InboundMessage, brand: &Brand) -> Vec<OrderMention> {
    let text = format!("{} {}", message.subject, message.visible_text);
    order_numbers(&text, &brand.order_pattern)
        .into_iter()
        .take(5)
        .map(|order_number| OrderMention { brand_id: brand.id, order_number })
        .collect()
}

/// Places a batch. `debounce` is how long the agent waits for a second message.
pub fn place(batch: &[Received], known: Known, clock: &Clock, debounce: Duration) -> Batch {
    let mut placer = Placer::new(known, clock, debounce);
    for received in batch {
        for inbound in &received.events {
            placer.place_event(received, inbound);
        }
    }
    placer.finish()
}

struct Placer<'a> {
    clock: &'a Clock,
    debounce: Duration,
    keys: HashMap<(Uuid, String), (MessageId, ConversationId)>,
    contacts: HashMap<BrandIdentity, (ContactId, String)>,
    conversations: HashMap<ConversationId, ConversationRow>,
    taken_over: HashSet<ConversationId>,
    by_order: HashMap<(BrandId, String), Vec<ConversationId>>,
    changed: Vec<ConversationId>,
    batch: Batch,
}

impl<'a> Placer<'a> {
    fn new(known: Known, clock: &'a Clock, debounce: Duration) -> Self {
        let keys = known
            .keys
            .into_iter()
            .map(|target| ((target.channel_id.0, target.key), (target.message_id, target.conversation_id)))
            .collect();
        let contacts = known
            .contacts
            .into_iter()
            .map(|contact| {
                let identity = BrandIdentity { brand_id: contact.brand_id, kind: contact.kind, value: contact.value };
                (identity, (contact.contact_id, contact.name))
            })
            .collect();
        let mut placer = Self {
            clock,
            debounce,
            keys,
            contacts,
            conversations: HashMap::new(),
            taken_over: HashSet::new(),
            by_order: HashMap::new(),
            changed: Vec::new(),
            batch: Batch::default(),
        };
        for conversation in &known.about_orders {
            if let Some(number) = &conversation.order_number {
                placer.by_order.entry((conversation.brand_id, number.clone())).or_default().push(conversation.id);
            }
        }
        for conversation in known.conversations.iter().chain(&known.about_orders) {
            if conversation.taken_over && conversation.resolved_at.is_none() {
                placer.taken_over.insert(conversation.id);
            }
            placer.conversations.entry(conversation.id).or_insert_with(|| conversation.into());
        }
        placer
    }

    fn place_event(&mut self, received: &Received, inbound: &Inbound) {
        match &inbound.event {
            InboundEvent::Message(message) => {
                let seen = std::iter::once(&inbound.external_id)
                    .chain(&message.own_ids)
                    .any(|id| self.keys.contains_key(&(received.channel.id.0, id.clone())));
                if !seen {
                    self.place_message(received, inbound, message);
                }
            }
            InboundEvent::Status(status) => {
                let target = status
                    .message_ids
                    .iter()
                    .find_map(|id| self.keys.get(&(received.channel.id.0, id.clone())))
                    .copied();
                if let Some((message, conversation)) = target {
                    self.batch.statuses.push((message, conversation, status.clone()));
                }
            }
            InboundEvent::Ignored(_) => {}
        }
    }

    fn place_message(&mut self, received: &Received, inbound: &Inbound, message: &InboundMessage) {
        let (contact_id, contact_name) = self.contact(received, message);
        let joined = self.find_conversation(received, message, contact_id);
        let id = match joined {
            Some((id, stranger)) => {
                if stranger {
                    self.event(received, id, EventKind::ParticipantJoined, &message.sender_name, json!({}));
                }
                id
            }
            None => self.open(received, message, contact_id, &contact_name),
        };
        let message_id: MessageId = self.clock.new_id();
        self.apply(received, message, id);
        self.add_message(received, inbound, message, message_id, id, contact_id);
        let kind = match message.writer {
            Writer::Contact => EventKind::MessageReceived,
            Writer::Teammate => EventKind::MessageQueued,
        };
        let data = json!({ "message": message_id.to_string(), "new": joined.is_none() });
        self.event(received, id, kind, &message.sender_name, data);
        self.call_agent(received, message, id);
    }

    /// The contact on the other side, made when nobody has the identity yet.
    fn contact(&mut self, received: &Received, message: &InboundMessage) -> (ContactId, String) {
        let identity = party(message).first().unwrap_or(&message.sender);
        let key = BrandIdentity::new(received.brand.id, identity);
        if let Some(known) = self.contacts.get(&key) {
            return known.clone();
        }
        let written = if message.writer == Writer::Contact { message.sender_name.trim() } else { "" };
        let name = match (written, identity.value.as_str()) {
            ("", "") => "Unknown sender".to_owned(),
            ("", address) => address.to_owned(),
            (name, _) => clean(name).chars().take(120).collect(),
        };
        let id: ContactId = self.clock.new_id();
        self.batch.contacts.push(NewContact {
            id,
            brand_id: received.brand.id,
            name: name.clone(),
            kind: key.kind.clone(),
            value: clean(&key.value),
            proved: message.trust == Trust::Proved,
            created_at: received.received_at,
        });
        self.contacts.insert(key, (id, name.clone()));
        (id, name)
    }

    /// The conversation that a message continues, and whether its sender is new there.
    fn find_conversation(
        &self,
        received: &Received,
        message: &InboundMessage,
        contact: ContactId,
    ) -> Option<(ConversationId, bool)> {
        let belongs = |row: &&ConversationRow| row.brand_id == received.brand.id;
        let takes_part = |row: &ConversationRow| {
            row.contact_id == contact
                || message.writer == Writer::Teammate
                || row.participants.contains(&message.sender.value)
        };
        let by_key = message.thread.message_ids.iter().find_map(|id| {
            let (_, conversation) = self.keys.get(&(received.channel.id.0, id.clone()))?;
            self.conversations.get(conversation).filter(belongs).filter(|row| takes_part(row))
        });
        if let Some(row) = by_key {
            return Some((row.id, false));
        }
        let by_token =
            message.thread.conversation.and_then(|id| self.conversations.get(&ConversationId(id))).filter(belongs);
        if let Some(row) = by_token {
            return Some((row.id, !takes_part(row)));
        }
        mentions_in(message, &received.brand)
            .into_iter()
            .filter_map(|mention| self.by_order.get(&(mention.brand_id, mention.order_number)))
            .flatten()
            .filter_map(|id| self.conversations.get(id))
            .find(|row| row.contact_id == contact && row.channel_id == received.channel.id)
            .map(|row| (row.id, false))
    }

    fn open(
        &mut self,
        received: &Received,
        message: &InboundMessage,
        contact_id: ContactId,
        contact_name: &str,
    ) -> ConversationId {
        let id: ConversationId = self.clock.new_id();
        let at = received.received_at;
        self.conversations.insert(
            id,
            ConversationRow {
                id,
                number: 0,
                brand_id: received.brand.id,
                channel_id: received.channel.id,
                channel_kind: received.channel.kind.clone(),
                contact_id,
                contact_name: contact_name.to_owned(),
                subject: clean(&message.subject).chars().take(400).collect(),
                gist: String::new(),
                status: ConversationStatus::Waiting,
                agent_state: AgentState::Idle,
                unread: false,
                participants: Vec::new(),
                due_at: None,
                last_message_at: at,
                last_inbound_at: None,
                revision: 0,
                created_at: at,
                resolved_at: None,
            },
        );
        id
    }

    /// What the message does to its conversation.
    fn apply(&mut self, received: &Received, message: &InboundMessage, id: ConversationId) {
        let is_first = !self.changed.contains(&id);
        let Some(row) = self.conversations.get_mut(&id) else { return };
        if is_first {
            self.changed.push(id);
        }
        row.last_message_at = row.last_message_at.max(received.received_at);
        for address in std::iter::once(&message.sender).chain(&message.recipients).map(|party| clean(&party.value)) {
            if !address.is_empty() && !row.participants.contains(&address) && row.participants.len() < 50 {
                row.participants.push(address);
            }
        }
        match (message.writer, message.automatic) {
            (Writer::Contact, Automatic::AutoReply) if row.revision > 0 => {}
            (Writer::Contact, _) => {
                row.revision += 1;
                row.unread = true;
                row.channel_id = received.channel.id;
                row.channel_kind.clone_from(&received.channel.kind);
                row.last_inbound_at = Some(received.received_at);
                row.gist = gist_of(&clean(pick_gist(message)));
                if row.resolved_at.take().is_some() {
                    self.taken_over.remove(&id);
                }
                if row.status != ConversationStatus::Open || row.due_at.is_none() {
                    row.due_at = Some(received.received_at.plus(ANSWER_WITHIN));
                }
                row.status = ConversationStatus::Open;
            }
            (Writer::Teammate, _) => {
                row.revision += 1;
                row.due_at = None;
                row.agent_state = AgentState::Idle;
                if row.gist.is_empty() {
                    row.gist = gist_of(&clean(pick_gist(message)));
                }
                if row.status == ConversationStatus::Open {
                    row.status = ConversationStatus::Waiting;
                }
                self.batch.answered_elsewhere.push(id);
            }
        }
    }

    fn add_message(
        &mut self,
        received: &Received,
        inbound: &Inbound,
        message: &InboundMessage,
        id: MessageId,
        conversation_id: ConversationId,
        contact_id: ContactId,
    ) {
        let outbound = message.writer == Writer::Teammate;
        let body = clean(&message.visible_text);
        let full_text = clean(&message.text);
        self.batch.messages.push(NewMessage {
            id,
            conversation_id,
            channel_id: received.channel.id,
            direction: if outbound { Direction::Outbound } else { Direction::Inbound },
            author: if outbound { MessageAuthor::Teammate } else { MessageAuthor::Contact },
            teammate_id: None,
            contact_id: (!outbound).then_some(contact_id),
            sender_name: clean(&message.sender_name),
            sender_address: clean(&message.sender.value),
            recipients: message.recipients.iter().map(|party| clean(&party.value)).collect(),
            subject: clean(&message.subject),
            full_text: if full_text == body { String::new() } else { full_text },
            body,
            html: message.html.as_deref().map(clean),
            delivery: outbound.then_some(Delivery::Sent),
            external_id: clean(&inbound.external_id),
            in_reply_to: message.thread.message_ids.first().map(|id| clean(id)),
            automatic: match message.automatic {
                Automatic::No => "no",
                Automatic::AutoReply => "auto_reply",
                Automatic::Bulk => "bulk",
            },
            trust: match message.trust {
                Trust::Proved => "proved",
                Trust::Claimed => "claimed",
                Trust::Failed => "failed",
            },
            raw_event_id: Some(received.raw_event_id),
            draft_id: None,
            send_at: None,
            created_at: received.received_at,
            sent_at: outbound.then_some(received.received_at),
        });
        let ids: HashSet<String> =
            std::iter::once(&inbound.external_id).chain(&message.own_ids).map(|id| clean(id)).collect();
        for key in ids {
            self.keys.insert((received.channel.id.0, key.clone()), (id, conversation_id));
            self.batch.keys.push(NewKey { channel_id: received.channel.id, key, message_id: id, conversation_id });
        }
        for (position, file) in (0_i64..).zip(&message.attachments) {
            self.batch.attachments.push(NewAttachment {
                id: self.clock.new_id(),
                message_id: id,
                position,
                name: clean(&file.name),
                content_type: clean(&file.content_type),
                size: i64::try_from(file.content.len()).unwrap_or(i64::MAX),
                content_id: file.content_id.as_deref().map(clean),
                inline: file.inline,
                storage_key: Files::key_of(&file.content),
            });
        }
    }

    fn event(
        &mut self,
        received: &Received,
        id: ConversationId,
        kind: EventKind,
        actor: &str,
        data: serde_json::Value,
    ) {
        self.batch.events.push(NewEvent {
            id: self.clock.new_id(),
            brand_id: received.brand.id,
            conversation_id: Some(id),
            kind,
            actor: clean(actor),
            data,
            at: received.received_at,
        });
    }

    /// The agent looks at what a person wrote, unless a teammate has the conversation.
    fn call_agent(&mut self, received: &Received, message: &InboundMessage, id: ConversationId) {
        let called = message.writer == Writer::Contact
            && message.automatic == Automatic::No
            && received.brand.agent_level != AgentLevel::Off
            && !self.taken_over.contains(&id);
        if !called {
            return;
        }
        if let Some(row) = self.conversations.get_mut(&id) {
            row.agent_state = AgentState::Writing;
        }
        self.batch.jobs.retain(|job| job.conversation_id != Some(id));
        self.batch.jobs.push(agent_job(self.clock, id, self.clock.now().plus(self.debounce), ""));
    }

    fn finish(mut self) -> Batch {
        for id in self.changed {
            if let Some(row) = self.conversations.remove(&id) {
                self.batch.conversations.push(row);
            }
        }
        self.batch
    }
}

/// A run of the agent on a conversation; one that waits already is only moved.
pub fn agent_job(clock: &Clock, id: ConversationId, run_at: Ts, instruction: &str) -> NewJob {
    NewJob {
        id: clock.new_id(),
        kind: JobKind::AgentRun,
        payload: json!({ "conversation": id.to_string(), "instruction": instruction }),
        dedup_key: Some(id.to_string()),
        run_at,
        conversation_id: Some(id),
        created_at: clock.now(),
    }
}

/// What a list shows of a message: its words, or else its subject.
fn pick_gist(message: &InboundMessage) -> &str {
    if message.visible_text.trim().is_empty() { &message.subject } else { &message.visible_text }
}

/// PostgreSQL has no NUL in text.
fn clean(text: &str) -> String {
    text.replace('\0', "")
}

/// Whether news about a message is a failure that a person must see.
pub fn is_failure(status: &StatusUpdate) -> bool {
    status.state == DeliveryState::Failed
}
