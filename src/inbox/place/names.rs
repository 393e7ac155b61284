//! Further names of a customer: those that a platform vouches for beside the one that they wrote under, and new ones in the
//! place of old ones. A name that is another customer's stays theirs: that is said, and nothing is merged.

use channel_contract::inbound::{Identity, InboundMessage, Renaming, Trust, Writer};
use serde_json::json;

use super::placer::{LONGEST_ADDRESS, Placer};
use super::same::names_one;
use super::{Received, further_names, party, thread_named, threads_of};
use crate::inbox::clean_line;
use crate::inbox::named::name_job;
use crate::inbox::people::Vouched;
use crate::model::contact::is_masked;
use crate::model::event::EventKind;
use crate::model::{ContactId, ConversationId, MessageId};
use crate::store::intake::{BrandIdentity, NewIdentity, NewKey};

/// What the names are called that are phone numbers.
const PHONE: &str = "phone";

/// What became of a further name.
enum Named {
    /// It is the customer's already.
    Theirs,
    /// It is theirs from now on.
    New,
    /// It is another customer's.
    Anothers(ContactId),
}

impl Placer<'_> {
    /// The names that came with a message which is placed. That one of them is another customer's is said once a
    /// conversation.
    pub(super) fn add_names(
        &mut self,
        received: &Received,
        message: &InboundMessage,
        contact: ContactId,
        (talk, is_opened): (ConversationId, bool),
    ) {
        if message.trust != Trust::Proved || is_masked(received.channel.channel_kind()) {
            return;
        }
        // Of somebody new nothing is known by another name.
        let is_new = self.batch.contacts.iter().any(|new| new.id == contact);
        // Whom the shop writes to first is named to be known again; others prove their names when they write.
        if message.writer == Writer::Teammate && !is_new {
            return;
        }
        for identity in &message.also_known_as {
            match self.add_name(received, contact, identity) {
                Named::New if !is_new => self.tell_name(received, (contact, talk), identity, None),
                Named::Anothers(other) if is_opened => self.tell_name(received, (contact, talk), identity, Some(other)),
                Named::Theirs | Named::New | Named::Anothers(_) => {}
            }
        }
    }

    /// Who has a name, or goes by it from now on: where a platform has names of its own and gives a phone number beside them,
    /// it names by the number alone whom it does not name otherwise. Whoever has another of its ids is somebody else, who
    /// had the number before.
    pub(super) fn known_as(
        &mut self,
        received: &Received,
        message: &InboundMessage,
        key: &BrandIdentity,
    ) -> Option<(ContactId, String)> {
        if key.value.is_empty() {
            return None;
        }
        if let Some(known) = self.contacts.get(key) {
            return Some(known.clone());
        }
        if is_masked(received.channel.channel_kind()) {
            return None;
        }
        let mut numbers = further_names(message).filter(|name| name.kind == PHONE);
        let contact = numbers.find_map(|number| self.named_by(number, received, key))?;
        let known = (contact, self.name_of(contact));
        self.give_name(received, &known, key);
        Some(known)
    }

    /// A customer goes by this name as well from now on, which is nobody's yet.
    fn give_name(&mut self, received: &Received, known: &(ContactId, String), key: &BrandIdentity) {
        self.batch.names.push(NewIdentity {
            id: known.0,
            brand_id: key.brand_id,
            kind: key.kind.clone(),
            value: key.value.clone(),
            proved: true,
            created_at: received.received_at,
        });
        self.contacts.insert(key.clone(), known.clone());
    }

    /// Whom a platform names by this number, or by the number and an id of its own, where `key` is the other one of the two.
    fn named_by(&self, number: &Identity, received: &Received, key: &BrandIdentity) -> Option<ContactId> {
        let (contact, _) = self.contacts.get(&received.identity(number))?;
        let is_number = |value: &str| number.value.strip_prefix('+') == Some(value);
        let is_theirs = |name: &BrandIdentity| name.brand_id == key.brand_id && name.kind == key.kind;
        let held = self.contacts.iter().filter(|(name, (id, _))| id == contact && is_theirs(name));
        let known: Vec<&BrandIdentity> = held.map(|(name, _)| name).collect();
        let fits = is_number(&key.value) || known.iter().all(|name| is_number(&name.value));
        (!known.is_empty() && fits).then_some(*contact)
    }

    /// What comes once more may name its writer otherwise than before, and its thread. Where an id is that of one message alone,
    /// whoever wrote it under both names is one.
    pub(super) fn learn_names(
        &mut self,
        received: &Received,
        message: &InboundMessage,
        (id, talk): (MessageId, ConversationId),
    ) {
        if message.writer != Writer::Contact || message.trust != Trust::Proved {
            return;
        }
        let key = received.identity(&message.sender);
        let kind = received.channel.channel_kind();
        let writer = self.writer_of(id).filter(|_| names_one(kind) && !is_masked(kind) && !key.value.is_empty());
        let contact = match (self.known_as(received, message, &key), writer) {
            (Some((known, _)), _) => known,
            (None, Some(writer)) => {
                let theirs = self.standing(talk).filter(|row| row.contact_id == writer);
                let name = theirs.map(|row| row.contact_name.clone()).unwrap_or_default();
                self.give_name(received, &(writer, name), &key);
                writer
            }
            (None, None) => return,
        };
        if !self.standing(talk).is_some_and(|row| self.is_one(row.contact_id, contact)) {
            return;
        }
        let channel_id = received.channel.id;
        for thread in threads_of(message) {
            if self.find_key(received, thread.clone()).is_none() {
                self.keys.insert((channel_id.0, thread.clone()), (id, talk));
                self.batch.keys.push(NewKey { channel_id, key: thread, message_id: id, conversation_id: talk });
            }
        }
    }

    /// Whoever goes by an id of the platform's is asked for by it, once a conversation.
    pub(super) fn ask_for_name(
        &mut self,
        received: &Received,
        message: &InboundMessage,
        (talk, contact): (ConversationId, ContactId),
    ) {
        if !received.tells_names || message.trust != Trust::Proved {
            return;
        }
        let whom = party(message).map(|whom| clean_line(&whom.value)).unwrap_or_default();
        if !whom.is_empty() && self.name_of(contact) == whom {
            self.batch.jobs.push(name_job(self.clock, contact, (received.channel.id, talk)));
        }
    }

    /// What the writer of a message is called, where it does not say so and it is known.
    pub(super) fn name_for(&self, received: &Received, message: &InboundMessage, contact: ContactId) -> String {
        let written = clean_line(&message.sender_name);
        if !received.tells_names || !written.trim().is_empty() || message.writer == Writer::Teammate {
            return written;
        }
        Some(self.name_of(contact)).filter(|name| *name != message.sender.value).unwrap_or_default()
    }

    /// A customer who is known goes by another name.
    pub(super) fn place_renaming(&mut self, received: &Received, renaming: &Renaming) {
        if is_masked(received.channel.channel_kind()) {
            return;
        }
        let old = received.identity(&renaming.old);
        let Some(contact) = self.contacts.get(&old).map(|(id, _)| *id).filter(|_| !old.value.is_empty()) else {
            return;
        };
        let named = self.add_name(received, contact, &renaming.new);
        if let (Some((old, new)), Named::Theirs | Named::New) = (&renaming.threads, &named) {
            self.go_on_under(received, old, new);
        }
        let other = match named {
            Named::Theirs => return,
            Named::New => None,
            Named::Anothers(other) => {
                let name = received.identity(&renaming.new);
                self.batch.vouched.push(Vouched { contact, name });
                Some(other)
            }
        };
        if let Some(talk) = self.talk_of(contact) {
            self.tell_name(received, (contact, talk), &renaming.new, other);
        }
    }

    /// What comes in a thread under its new name goes on where it was under the old one.
    fn go_on_under(&mut self, received: &Received, old: &str, new: &str) {
        let (Some(old), Some(new)) = (thread_named(old), thread_named(new)) else { return };
        let Some((message_id, conversation_id)) = self.find_key(received, old) else { return };
        if self.find_key(received, new.clone()).is_none() {
            let channel_id = received.channel.id;
            self.keys.insert((channel_id.0, new.clone()), (message_id, conversation_id));
            self.batch.keys.push(NewKey { channel_id, key: new, message_id, conversation_id });
        }
    }

    /// Gives a customer a name that is nobody's yet; an empty one is no name.
    fn add_name(&mut self, received: &Received, contact: ContactId, identity: &Identity) -> Named {
        let key = received.identity(identity);
        if key.value.is_empty() {
            return Named::Theirs;
        }
        match self.contacts.get(&key).map(|(id, _)| *id) {
            Some(known) if known == contact => {
                self.batch.proved.push(key);
                Named::Theirs
            }
            Some(other) => Named::Anothers(other),
            None => {
                let known = (contact, self.name_of(contact));
                self.give_name(received, &known, &key);
                Named::New
            }
        }
    }

    fn tell_name(
        &mut self,
        received: &Received,
        (contact, talk): (ContactId, ConversationId),
        identity: &Identity,
        other: Option<ContactId>,
    ) {
        let name: String = clean_line(&identity.value).chars().take(LONGEST_ADDRESS).collect();
        let other = other.map(|id| id.to_string());
        let data = json!({ "kind": clean_line(&identity.kind), "name": name, "other": other });
        let who = self.name_of(contact);
        self.event(received, talk, EventKind::AlsoKnownAs, &who, data);
    }

    fn name_of(&self, contact: ContactId) -> String {
        let mut known = self.contacts.values();
        known.find(|(id, _)| *id == contact).map(|(_, name)| name.clone()).unwrap_or_default()
    }

    /// The conversation in which a customer wrote last.
    fn talk_of(&self, contact: ContactId) -> Option<ConversationId> {
        let theirs = self.conversations.values().filter(|row| row.contact_id == contact);
        let placed = theirs.max_by_key(|row| (row.last_message_at, row.id)).map(|row| row.id);
        self.talks.get(&contact).copied().or(placed)
    }
}
