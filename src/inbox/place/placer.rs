//! The fold itself: one message after the other, each seeing what those before it changed.

use std::collections::{BTreeSet, HashMap, HashSet};

use channel_contract::inbound::{Automatic, Identity, Inbound, InboundEvent, InboundMessage, Trust, Writer};
use serde_json::json;
use uuid::Uuid;

use super::joined::Joined;
use super::news::early;
use super::parties::is_aside;
use super::same::is_same;
use super::written::{pick_gist, title_of, window_of, written_at};
use super::{Batch, Consented, Known, Leaving, Received, Rules, clean, further_names, own_ids, party, written_in};
use crate::clock::Clock;
use crate::inbox::clean_line;
use crate::inbox::people::{UNKNOWN_RECIPIENT, UNKNOWN_SENDER};
use crate::model::answer_times::Clocks;
use crate::model::channel::ChannelKind;
use crate::model::conversation::{AgentState, ConversationStatus, PARTICIPANTS, gist_of};
use crate::model::event::EventKind;
use crate::model::job::JobKind;
use crate::model::numbering::Numbering;
use crate::model::reading_order::is_late;
use crate::model::window::Window;
use crate::model::{BrandId, ChannelId, ContactId, ConversationId, MessageId, Ts};
use crate::store::intake::{
    BrandIdentity, Changeable, Changed, ConversationRow, NewContact, Said, SaidFile, Title, ToldTarget,
};
use crate::store::jobs::NewJob;
use crate::store::opt_outs::Word;

/// How long an address is at most (RFC 5321): what is longer is no name to show.
pub(super) const LONGEST_ADDRESS: usize = 254;

pub(super) struct Placer<'a> {
    pub(super) clock: &'a Clock,
    pub(super) rules: &'a Rules<'a>,
    pub(super) keys: HashMap<(Uuid, String), (MessageId, ConversationId)>,
    pub(super) contacts: HashMap<BrandIdentity, (ContactId, String)>,
    said: HashMap<MessageId, Said>,
    files: Vec<SaidFile>,
    pub(super) conversations: HashMap<ConversationId, ConversationRow>,
    pub(super) taken_over: HashSet<ConversationId>,
    /// Where conversations went that were merged.
    merged: HashMap<ConversationId, ConversationId>,
    pub(super) by_order: HashMap<(BrandId, String), Vec<ConversationId>>,
    /// Who gave the orders of conversations their numbers.
    pub(super) ties: HashMap<(ConversationId, String), Vec<Numbering>>,
    pub(super) changed: Vec<ConversationId>,
    /// Those of them that have another title.
    pub(super) retitled: BTreeSet<ConversationId>,
    /// Messages to which something happened, as they are now.
    pub(super) changeable: HashMap<MessageId, Changeable>,
    /// Those of them that changed.
    pub(super) changed_messages: BTreeSet<MessageId>,
    /// In which conversations customers wrote last who go by another name.
    pub(super) talks: HashMap<ContactId, ConversationId>,
    /// News of messages that were not known when its turn came.
    pub(super) waiting: Vec<(&'a Received, &'a Inbound)>,
    /// Who stands for whose person.
    pub(super) persons: HashMap<ContactId, ContactId>,
    /// The contacts that are a platform itself.
    pub(super) platforms: HashSet<ContactId>,
    pub(super) told: Vec<ToldTarget>,
    pub(super) news: HashSet<(ChannelId, String)>,
    /// When those were erased of whom something was read back.
    pub(super) erased: HashMap<BrandIdentity, Ts>,
    pub(super) batch: Batch,
}

impl<'a> Placer<'a> {
    pub(super) fn new(known: Known, clock: &'a Clock, rules: &'a Rules<'a>) -> Self {
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
            rules,
            keys,
            contacts,
            said: known.said.into_iter().map(|said| (said.message_id, said)).collect(),
            files: known.files,
            conversations: HashMap::new(),
            taken_over: HashSet::new(),
            merged: HashMap::new(),
            by_order: HashMap::new(),
            ties: HashMap::new(),
            changed: Vec::new(),
            retitled: BTreeSet::new(),
            changeable: known.changeable.into_iter().map(|message| (message.id, message)).collect(),
            changed_messages: BTreeSet::new(),
            talks: known.talks.into_iter().map(|talk| (talk.contact_id, talk.conversation_id)).collect(),
            waiting: Vec::new(),
            persons: known.kin.into_iter().map(|kin| (kin.contact_id, kin.person_id)).collect(),
            platforms: known.platforms,
            told: known.told,
            news: known.news.into_iter().map(|news| (news.channel_id, news.key)).collect(),
            erased: known.erased,
            batch: Batch::default(),
        };
        for conversation in &known.about_orders {
            if let Some(number) = &conversation.order_number {
                placer.by_order.entry((conversation.brand_id, number.clone())).or_default().push(conversation.id);
            }
        }
        for tie in known.ties {
            placer.ties.entry((tie.conversation_id, tie.order_number)).or_default().push(tie.numbering);
        }
        for conversation in known.conversations.iter().chain(&known.about_orders) {
            if conversation.taken_over && conversation.resolved_at.is_none() {
                placer.taken_over.insert(conversation.id);
            }
            if let Some(target) = conversation.merged_into {
                placer.merged.insert(conversation.id, target);
                continue;
            }
            placer.conversations.entry(conversation.id).or_insert_with(|| conversation.into());
        }
        placer
    }

    pub(super) fn place_event(&mut self, received: &'a Received, inbound: &'a Inbound) {
        if self.is_of_erased(received, inbound) {
            self.batch.emptied.push(received.raw_event_id);
            return;
        }
        self.note_named(received, inbound);
        // What is read once more is read for what was not known before: of accounts and people it was known.
        if received.is_reread
            && matches!(inbound.event, InboundEvent::Account(_) | InboundEvent::Consent(_) | InboundEvent::Erasure(_))
        {
            return;
        }
        match &inbound.event {
            InboundEvent::Message(message) => self.place_new(received, inbound, message),
            InboundEvent::Status(status) => self.place_status(received, inbound, status),
            InboundEvent::Change(change) => self.place_change(received, inbound, change),
            InboundEvent::Renamed(renaming) => self.place_renaming(received, renaming),
            InboundEvent::Account(news) => self.place_account(received, inbound, news),
            InboundEvent::Order(news) => self.place_news(received, &inbound.external_id, news),
            InboundEvent::Erasure(names) => {
                let names = names.iter().map(|name| received.identity(name)).filter(|name| !name.value.is_empty());
                let raw_event_id = received.raw_event_id;
                self.batch.erasures.extend(names.map(|name| Leaving { name, raw_event_id }));
            }
            InboundEvent::Consent(consent) => {
                let who = consent.who.iter().map(|name| received.identity(name));
                let who = who.filter(|name| !name.value.is_empty()).collect();
                let at = written_at(received, inbound).unwrap_or(received.received_at);
                let word = Word { given: consent.given, at };
                self.batch.consents.push(Consented { channel: received.channel.id, who, word });
            }
            InboundEvent::Ignored(_) => {}
        }
    }

    pub(super) fn place_new(&mut self, received: &Received, inbound: &Inbound, message: &InboundMessage) {
        let known = own_ids(inbound, message)
            .filter_map(|id| self.find_key(received, id))
            .find(|(known, _)| self.is_same(received, *known, message));
        match known {
            Some(known) => {
                self.note_subject(received, known.0.0);
                self.learn_names(received, message, known);
            }
            None => self.place_message(received, inbound, message),
        }
    }

    /// Whether a message is the one that is known under an id of it. Of what is not known more than its id, it is.
    fn is_same(&self, received: &Received, known: MessageId, message: &InboundMessage) -> bool {
        let kind = received.channel.channel_kind();
        if let Some(placed) = self.batch.messages.iter().find(|placed| placed.id == known) {
            let files = self.batch.attachments.iter().filter(|file| file.message_id == known).map(SaidFile::from);
            let files: Vec<SaidFile> = files.collect();
            return is_same(kind, (&placed.into(), &files.iter().collect::<Vec<_>>()), message);
        }
        let files: Vec<&SaidFile> = self.files.iter().filter(|file| file.message_id == known).collect();
        self.said.get(&known).is_none_or(|said| is_same(kind, (said, &files), message))
    }

    /// Which customer wrote a known message, where more than its id is known of it.
    pub(super) fn writer_of(&self, known: MessageId) -> Option<ContactId> {
        let placed = self.batch.messages.iter().find(|placed| placed.id == known);
        placed.map_or_else(|| self.said.get(&known)?.contact_id, |placed| placed.contact_id)
    }

    pub(super) fn find_key(&self, received: &Received, id: String) -> Option<(MessageId, ConversationId)> {
        self.keys.get(&(received.channel.id.0, id)).copied()
    }

    fn place_message(&mut self, received: &Received, inbound: &Inbound, message: &InboundMessage) {
        let (contact_id, contact_name) = self.contact(received, message);
        if party(message).is_some_and(Identity::is_platforms) {
            self.platforms.insert(contact_id);
        }
        let joined = self.find_conversation(received, message, contact_id);
        let id = match joined {
            Some(Joined { conversation, stranger, .. }) => {
                if stranger {
                    self.event(received, conversation, EventKind::ParticipantJoined, &message.sender_name, json!({}));
                }
                conversation
            }
            None => self.open(received, message, contact_id, &contact_name),
        };
        let message_id: MessageId = self.clock.new_id();
        self.add_names(received, message, contact_id, (id, joined.is_none()));
        self.adopt(received, message, (id, (contact_id, contact_name.as_str())));
        let is_theirs = self.is_theirs(id, contact_id, joined.is_some_and(|to| to.is_answer()));
        self.apply(received, message, (id, is_theirs), written_at(received, inbound));
        self.note_told(received, message, (id, contact_id));
        self.note_answer(received, message, (joined, contact_id));
        if joined.is_none() {
            self.ask_for_name(received, message, (id, contact_id));
        }
        self.add_message(received, inbound, message, message_id, id, contact_id);
        let kind = match message.writer {
            Writer::Contact => EventKind::MessageReceived,
            Writer::Teammate => EventKind::MessageQueued,
        };
        let agent = self.call_agent(received, message, id);
        self.say_when_people_are_back(received, message, (id, contact_id));
        let data = json!({
            "message": message_id.to_string(),
            "new": joined.is_none(),
            "agent": agent,
            "answers": joined.and_then(|to| to.answers).map(|known| known.to_string()),
            "named": joined.and_then(|to| to.named).map(|named| named.to_string()),
            "elsewhere": message.thread.is_elsewhere,
        });
        self.event(received, id, kind, &message.sender_name, data);
        if let Some(reason) = opens_quietly(received, message).filter(|_| joined.is_none()) {
            self.event(received, id, EventKind::Resolved, "system", json!({ "reason": reason }));
        }
    }

    /// The contact on the other side, made when nobody has the identity yet. Senders whom the platform does not name
    /// are not one person, so each is a contact of their own.
    fn contact(&mut self, received: &Received, message: &InboundMessage) -> (ContactId, String) {
        let nobody = Identity { kind: message.sender.kind.clone(), value: String::new() };
        let whom = party(message).unwrap_or(&nobody);
        let key = received.identity(whom);
        if message.writer == Writer::Contact && message.trust == Trust::Proved && !key.value.is_empty() {
            self.batch.proved.push(key.clone());
        }
        if let Some(known) = self.known_as(received, message, &key) {
            return known;
        }
        let written = if message.writer == Writer::Contact { clean_line(&message.sender_name) } else { String::new() };
        let address = clean_line(&whom.value);
        let name = match (written.trim(), address.as_str()) {
            ("", "") => {
                String::from(if message.writer == Writer::Contact { UNKNOWN_SENDER } else { UNKNOWN_RECIPIENT })
            }
            ("", address) => address.chars().take(LONGEST_ADDRESS).collect(),
            (name, _) => name.chars().take(120).collect(),
        };
        let id: ContactId = self.clock.new_id();
        self.batch.contacts.push(NewContact {
            id,
            brand_id: received.brand.id,
            name: name.clone(),
            kind: key.kind.clone(),
            value: key.value.clone(),
            proved: message.trust == Trust::Proved
                && (message.writer == Writer::Contact || further_names(message).next().is_some()),
            created_at: received.received_at,
        });
        self.contacts.insert(key, (id, name.clone()));
        (id, name)
    }

    /// A conversation, or the one that it went into.
    pub(super) fn standing(&self, mut id: ConversationId) -> Option<&ConversationRow> {
        while let Some(target) = self.merged.get(&id) {
            id = *target;
        }
        self.conversations.get(&id)
    }

    fn open(
        &mut self,
        received: &Received,
        message: &InboundMessage,
        contact_id: ContactId,
        contact_name: &str,
    ) -> ConversationId {
        let subject = clean_line(&message.subject).chars().take(400).collect();
        let mut row = self.begun(received, (contact_id, contact_name.to_owned()), subject);
        if opens_quietly(received, message).is_some() {
            row.status = ConversationStatus::Resolved;
            row.resolved_at = Some(row.created_at);
        }
        let id = row.id;
        self.conversations.insert(id, row);
        id
    }

    /// A conversation of this person that begins with what came.
    pub(super) fn begun(
        &self,
        received: &Received,
        (contact_id, contact_name): (ContactId, String),
        subject: String,
    ) -> ConversationRow {
        let at = received.received_at;
        ConversationRow {
            id: self.clock.new_id(),
            number: 0,
            brand_id: received.brand.id,
            channel_id: received.channel.id,
            channel_kind: received.channel.kind.clone(),
            contact_id,
            contact_name,
            subject,
            gist: String::new(),
            status: ConversationStatus::Waiting,
            agent_state: AgentState::Idle,
            unread: false,
            participants: Vec::new(),
            due_at: None,
            last_message_at: at,
            last_inbound_at: None,
            last_written_at: None,
            revision: 0,
            created_at: at,
            resolved_at: None,
            clocks: Clocks::default(),
            window: Window::default(),
        }
    }

    /// The conversation is written with the batch.
    pub(super) fn touch(&mut self, id: ConversationId) {
        if self.conversations.contains_key(&id) && !self.changed.contains(&id) {
            self.changed.push(id);
        }
    }

    /// What a message, written at this moment by the customer or by somebody else, does to its conversation.
    fn apply(
        &mut self,
        received: &Received,
        message: &InboundMessage,
        (id, is_theirs): (ConversationId, bool),
        at: Option<Ts>,
    ) {
        self.touch(id);
        let Some(row) = self.conversations.get_mut(&id) else { return };
        row.last_message_at = row.last_message_at.max(received.received_at);
        for address in std::iter::once(&message.sender).chain(&message.recipients).map(|party| clean(&party.value)) {
            if !address.is_empty() && !row.participants.contains(&address) && row.participants.len() < PARTICIPANTS {
                row.participants.push(address);
            }
        }
        match (message.writer, message.automatic) {
            (Writer::Contact, Automatic::AutoReply) if row.revision > 0 => {}
            (Writer::Contact, Automatic::AutoReply | Automatic::Bulk)
                if row.revision == 0 && row.resolved_at.is_some() =>
            {
                row.revision += 1;
                row.last_inbound_at = Some(received.received_at);
                row.gist = gist_of(&clean(pick_gist(message)));
            }
            (Writer::Contact, _) => {
                row.revision += 1;
                row.unread = true;
                let is_late = is_late(row.status, row.last_written_at, at);
                let written = at.unwrap_or(received.received_at);
                // What somebody else writes in the case opens no way to its customer.
                if is_theirs {
                    go_on_there(received, message, row, (written, is_late));
                }
                if !is_late {
                    row.gist = gist_of(&clean(pick_gist(message)));
                }
                row.last_inbound_at = Some(received.received_at);
                row.last_written_at = row.last_written_at.max(Some(written));
                if row.subject.is_empty() {
                    row.subject = title_of(received, message);
                }
                if row.resolved_at.take().is_some() {
                    row.clocks.close();
                    self.taken_over.remove(&id);
                }
                if row.status != ConversationStatus::Open || row.due_at.is_none() {
                    let kind = received.channel.kind.as_str();
                    let due = row.clocks.start(&received.times, kind, received.received_at);
                    row.due_at = Some(row.window.no_later(due, written));
                }
                row.status = ConversationStatus::Open;
                if message.automatic == Automatic::No && row.revision > 1 {
                    self.batch.written_again.push(id);
                }
            }
            // What the shop's own programs send answers nobody.
            (Writer::Teammate, Automatic::AutoReply | Automatic::Bulk) => {
                if row.revision == 0 {
                    row.revision += 1;
                    row.gist = gist_of(&clean(pick_gist(message)));
                }
            }
            // Who has not heard it waits still.
            (Writer::Teammate, Automatic::No) if !is_theirs && is_aside(message) => {}
            // It answers what was written before it, and whoever has written since waits still.
            (Writer::Teammate, Automatic::No) if is_late(row.status, row.last_written_at, at) => {}
            (Writer::Teammate, Automatic::No) => {
                row.revision += 1;
                row.due_at = None;
                row.clocks.answered(received.received_at);
                row.agent_state = AgentState::Idle;
                if row.gist.is_empty() {
                    row.gist = gist_of(&clean(pick_gist(message)));
                }
                if row.status == ConversationStatus::Open {
                    row.status = ConversationStatus::Waiting;
                }
                self.batch.answered_elsewhere.push(id);
                let is_over = |job: &NewJob| matches!(job.kind, JobKind::AgentRun | JobKind::AwayReply);
                self.batch.jobs.retain(|job| job.conversation_id != Some(id) || !is_over(job));
            }
        }
    }

    pub(super) fn finish(mut self) -> Batch {
        // What came before its message in the batch.
        for (received, inbound) in std::mem::take(&mut self.waiting) {
            self.place_event(received, inbound);
        }
        for (received, inbound) in std::mem::take(&mut self.waiting) {
            self.batch.early.extend(early(received, inbound));
        }
        for id in &self.changed_messages {
            self.batch.changed.extend(self.changeable.get(id).map(Changed::from));
        }
        for id in &self.retitled {
            let title = |row: &ConversationRow| Title { id: row.id, subject: row.subject.clone() };
            self.batch.titles.extend(self.conversations.get(id).map(title));
        }
        for id in self.changed {
            if let Some(row) = self.conversations.remove(&id) {
                self.batch.conversations.push(row);
            }
        }
        self.batch
    }
}

/// The customer of a conversation is answered on the way on which they wrote last, within its time.
fn go_on_there(
    received: &Received,
    message: &InboundMessage,
    row: &mut ConversationRow,
    (written, is_late): (Ts, bool),
) {
    let is_here = row.channel_id == received.channel.id;
    if message.automatic == Automatic::No && (is_here || !is_late) {
        row.window = window_of(received, message, row, written);
    } else if !is_here && !is_late {
        row.window = Window::default();
    }
    if !is_late {
        row.channel_id = received.channel.id;
        row.channel_kind.clone_from(&received.channel.kind);
    }
}

/// Why a message that begins a conversation is no work: it is kept and shown, and done with that.
fn opens_quietly(received: &Received, message: &InboundMessage) -> Option<&'static str> {
    match message.automatic {
        Automatic::AutoReply | Automatic::Bulk if message.writer == Writer::Teammate => {
            Some("Sent by a program of the shop.")
        }
        Automatic::AutoReply if message.writer == Writer::Contact => Some("An automatic message."),
        // Nothing is texted to many: the provider has answered a word by itself, which may be meant for a person.
        Automatic::Bulk if received.channel.channel_kind() == ChannelKind::Sms => None,
        // Marketplaces send what buyers write with the marks of a mass mail: one that names an order is work.
        Automatic::Bulk if message.writer == Writer::Contact && written_in(message, &received.brand).is_empty() => {
            Some("Sent to many at once.")
        }
        _ => None,
    }
}
