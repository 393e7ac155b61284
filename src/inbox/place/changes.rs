//! What platforms tell of messages that are placed: other words, none any more, signs.
//!
//! Only who wrote a message changes what it says. A customer's words that wait for an answer are read again; a sign is
//! shown, and wakes nobody.

use channel_contract::inbound::{Changed as What, Identity, Inbound, MessageChange};
use serde_json::json;

use super::placer::Placer;
use super::{Received, clean, usable};
use crate::inbox::clean_line;
use crate::model::channel::ChannelKind;
use crate::model::conversation::{ConversationStatus, gist_of};
use crate::model::event::EventKind;
use crate::model::message::{Automatic, Direction};
use crate::model::message_change::{LONGEST_SIGN, MessageChanges, OURS, Sign, Wording};
use crate::model::{Json, MessageId, Ts};
use crate::store::intake::Changeable;

/// What a list shows of a message that was taken back.
const TAKEN_BACK: &str = "(Took a message back)";

/// Who changed a message.
struct Person {
    /// A name that no other person has.
    by: String,
    /// The name as shown.
    name: String,
    /// Whether they wrote it.
    wrote_it: bool,
}

impl<'a> Placer<'a> {
    /// A change of a message that is known; of one that is not yet, it waits.
    pub(super) fn place_change(&mut self, received: &'a Received, inbound: &'a Inbound, change: &MessageChange) {
        let found = usable(&change.message_ids).find_map(|id| self.find_key(received, id));
        let Some((id, _)) = found else {
            self.waiting.push((received, inbound));
            return;
        };
        self.note_subject(received, id.0);
        let Some(mut message) = self.changeable_of(id) else { return };
        let Some(person) = self.person_behind(received, change.by.as_ref(), &message) else { return };
        let at = inbound.occurred_at.map_or(received.received_at, Ts::from_datetime);
        let key = clean(&inbound.external_id);
        let before = message.changes.take().map(|Json(changes)| changes).unwrap_or_default();
        let mut changes = before.clone();
        let is_new = match &change.what {
            What::Edited(text) => {
                person.wrote_it && changes.edit(&message.body, Wording { at, key, text: clean(text) })
            }
            What::Deleted => person.wrote_it && changes.take_back(&message.body, at),
            What::Reacted(sign) => changes.put_sign(sign_of(&person, sign, at, key)),
            What::Unreacted => changes.put_sign(sign_of(&person, "", at, key)),
        };
        if !is_new {
            return;
        }
        let said = std::mem::take(&mut message.body);
        message.body = changes.words().map_or_else(|| said.clone(), ToOwned::to_owned);
        if let Some((what, sign)) = told(&before, &changes, &person) {
            let data = json!({ "message": id.to_string(), "what": what, "sign": sign });
            self.event(received, message.conversation_id, EventKind::MessageChanged, &person.name, data);
        }
        message.changes = Some(Json(changes));
        let says_else = message.body != said || is_taken_back(&message) != before.taken_back_at.is_some();
        if says_else && message.direction == Direction::Inbound {
            self.reword(received, &message, &said);
        }
        self.changed_messages.insert(id);
        self.changeable.insert(id, message);
    }

    fn changeable_of(&self, id: MessageId) -> Option<Changeable> {
        let placed = || self.batch.messages.iter().find(|message| message.id == id).map(Changeable::from);
        self.changeable.get(&id).cloned().or_else(placed)
    }

    /// Who it was, if they have a part in the conversation; the account itself in another client has.
    fn person_behind(&self, received: &Received, by: Option<&Identity>, message: &Changeable) -> Option<Person> {
        let is_theirs = message.direction == Direction::Inbound;
        let Some(identity) = by else {
            return Some(Person { by: OURS.to_owned(), name: received.brand.name.clone(), wrote_it: !is_theirs });
        };
        let address = clean(&identity.value);
        if address.is_empty() {
            return None;
        }
        let key = received.identity(identity);
        let contact = self.contacts.get(&key);
        let is_contact = |id| contact.is_some_and(|(known, _)| Some(*known) == id);
        let wrote_it = is_theirs && (message.sender_address == address || is_contact(message.contact_id));
        let row = self.conversations.get(&message.conversation_id);
        let takes_part = row.is_some_and(|row| is_contact(Some(row.contact_id)) || row.participants.contains(&address));
        let named = || if wrote_it { message.sender_name.clone() } else { clean_line(&address) };
        (wrote_it || takes_part).then(|| Person {
            by: contact.map_or_else(|| format!("{}:{}", key.kind, key.value), |(id, _)| id.to_string()),
            name: contact.map_or_else(named, |(_, name)| name.clone()),
            wrote_it,
        })
    }

    /// A customer's message says something else than `said`: what is shown of it elsewhere follows. Where nobody has
    /// answered it yet, the agent looks again; the clock runs on.
    fn reword(&mut self, received: &Received, message: &Changeable, said: &str) {
        let id = message.conversation_id;
        let (is_followed, is_answered) = self.what_is_behind(message);
        let is_taken_back = is_taken_back(message);
        let has_title = received.channel.channel_kind() != ChannelKind::Email;
        let Some(row) = self.conversations.get_mut(&id) else { return };
        if has_title && !row.subject.is_empty() && row.subject == gist_of(said) {
            row.subject = gist_of(&message.body);
            self.retitled.insert(id);
        }
        // What came behind it may have been written before it.
        if !is_followed || row.gist == gist_of(said) {
            row.gist = if is_taken_back { TAKEN_BACK.to_owned() } else { gist_of(&message.body) };
        }
        let waits = !is_answered && message.automatic == Automatic::No && row.status != ConversationStatus::Resolved;
        if waits {
            row.revision += 1;
            row.unread |= !is_taken_back;
        }
        self.touch(id);
        if !waits {
            return;
        }
        if is_taken_back {
            self.batch.taken_back.push(id);
        } else {
            self.batch.reworded.push(id);
        }
        if !self.rules.own_addresses.contains(&message.sender_address) {
            self.wake_agent(received, id);
        }
    }

    /// Whether something came in behind a message, and whether somebody answered behind it, this batch included.
    fn what_is_behind(&self, message: &Changeable) -> (bool, bool) {
        let placed = self.batch.messages.iter();
        let from = placed.clone().position(|other| other.id == message.id).map_or(0, |place| place + 1);
        let behind = placed.skip(from).filter(|other| other.conversation_id == message.conversation_id);
        let (mut is_followed, mut is_answered) = (message.is_followed, message.is_answered);
        for other in behind {
            is_followed |= other.direction == Direction::Inbound && other.automatic != Automatic::AutoReply;
            is_answered |= other.direction == Direction::Outbound && other.automatic == Automatic::No;
        }
        (is_followed, is_answered)
    }
}

fn is_taken_back(message: &Changeable) -> bool {
    message.changes.as_ref().is_some_and(|changes| changes.0.taken_back_at.is_some())
}

fn sign_of(person: &Person, sign: &str, at: Ts, key: String) -> Sign {
    let sign = clean_line(sign).trim().chars().take(LONGEST_SIGN).collect();
    Sign { by: person.by.clone(), name: person.name.clone(), sign, at, key }
}

/// What is told of a change, and the sign that it is about; nothing where nobody sees a difference.
fn told(before: &MessageChanges, after: &MessageChanges, person: &Person) -> Option<(&'static str, String)> {
    let theirs = |changes: &MessageChanges| {
        changes.shown_signs().find(|sign| sign.by == person.by).map(|sign| sign.sign.clone()).unwrap_or_default()
    };
    let (was, is) = (theirs(before), theirs(after));
    if before.taken_back_at.is_none() && after.taken_back_at.is_some() {
        Some(("taken_back", String::new()))
    } else if before.edits.last() != after.edits.last() && after.taken_back_at.is_none() {
        Some(("edited", String::new()))
    } else if was == is {
        None
    } else if is.is_empty() {
        Some(("sign_off", was))
    } else {
        Some(("sign", is))
    }
}
