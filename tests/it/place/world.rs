//! A store in memory: it answers what [`Wanted`] asks for and keeps what a [`Batch`] writes.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use channel_contract::inbound::{Inbound, InboundEvent, OrderNews, StatusUpdate};
use channel_contract::outbound::DeliveryState;
use resolute::inbox::place::{Batch, Known, Received, Rules, Wanted, place};
use resolute::model::answer_times::AnswerTimes;
use resolute::model::channel::Channel;
use resolute::model::conversation::{Conversation, ConversationStatus};
use resolute::model::event::EventKind;
use resolute::model::message::Direction;
use resolute::model::message_change::MessageChanges;
use resolute::model::numbering::{Numbering, Tie};
use resolute::model::person::{Kin, is_platforms};
use resolute::model::window::Spans;
use resolute::model::{ConversationId, Json, MessageId, RawEventId};
use resolute::store::early_news::EarlyNews;
use resolute::store::intake::{
    BrandIdentity, Changeable, ChannelKey, ConversationRow, KeyTarget, KnownContact, LastTalk, NewAttachment,
    NewContact, NewKey, NewMessage, NewTold, Said, ToldTarget,
};

use super::mails::Mail;
use crate::support::cast::Cast;

pub(super) const DEBOUNCE: Duration = Duration::from_secs(20);

pub(super) struct World {
    pub(super) cast: Cast,
    pub(super) conversations: Vec<Conversation>,
    pub(super) contacts: Vec<NewContact>,
    pub(super) times: Arc<AnswerTimes>,
    /// Who of the contacts is one person with another.
    pub(super) kin: Vec<Kin>,
    keys: Vec<NewKey>,
    messages: Vec<NewMessage>,
    files: Vec<NewAttachment>,
    /// What became of messages since.
    changes: HashMap<MessageId, MessageChanges>,
    /// What waits for its message.
    early: Vec<EarlyNews>,
    told: Vec<NewTold>,
    /// Whose the orders of conversations are: of those that are linked, and of those that platforms have named.
    pub(super) ties: Vec<Tie>,
    news: Vec<ChannelKey>,
}

impl World {
    pub(super) fn new() -> Self {
        Self {
            cast: Cast::new(),
            conversations: Vec::new(),
            contacts: Vec::new(),
            times: Arc::default(),
            kin: Vec::new(),
            keys: Vec::new(),
            messages: Vec::new(),
            files: Vec::new(),
            changes: HashMap::new(),
            early: Vec::new(),
            told: Vec::new(),
            ties: Vec::new(),
            news: Vec::new(),
        }
    }

    /// Mails to `help@fjell.example`, in one batch.
    pub(super) fn receive(&mut self, mails: &[Mail]) -> Batch {
        let channel = self.cast.mail.clone();
        self.receive_at(&channel, mails)
    }

    pub(super) fn receive_at(&mut self, channel: &Channel, mails: &[Mail]) -> Batch {
        let batch: Vec<Received> = mails.iter().map(|mail| self.received(channel, vec![mail.inbound()])).collect();
        self.place(&batch)
    }

    /// News of an order, on the channel.
    pub(super) fn news(&mut self, channel: &Channel, key: &str, news: OrderNews) -> Batch {
        let event = InboundEvent::Order(news);
        let inbound = Inbound { external_id: key.to_owned(), occurred_at: None, event };
        self.place(&[self.received(channel, vec![inbound])])
    }

    /// News about a message that was sent.
    pub(super) fn report(&mut self, ids: &[&str], state: DeliveryState, reason: Option<&str>) -> Batch {
        let status = StatusUpdate {
            message_ids: ids.iter().map(ToString::to_string).collect(),
            state,
            until: None,
            and_before: false,
            reason: reason.map(ToOwned::to_owned),
            recipients: Vec::new(),
            report: None,
        };
        self.report_of(status)
    }

    pub(super) fn report_of(&mut self, status: StatusUpdate) -> Batch {
        let inbound = Inbound { external_id: "report".into(), occurred_at: None, event: InboundEvent::Status(status) };
        let channel = self.cast.mail.clone();
        self.place(&[self.received(&channel, vec![inbound])])
    }

    pub(super) fn received(&self, channel: &Channel, events: Vec<Inbound>) -> Received {
        Received {
            raw_event_id: self.cast.clock.new_id(),
            channel: channel.clone(),
            brand: self.cast.brand.clone(),
            times: self.times.clone(),
            spans: Spans::default(),
            spans_in: HashMap::new(),
            scope: None,
            tells_names: false,
            received_at: self.cast.clock.now(),
            is_reread: false,
            is_read_back: false,
            events,
        }
    }

    pub(super) fn place(&mut self, batch: &[Received]) -> Batch {
        let known = self.known(&Wanted::of(batch));
        let own_addresses = HashSet::from(["help@fjell.example".to_owned(), "trade@fjell.example".to_owned()]);
        let rules = Rules { debounce: DEBOUNCE, own_addresses: &own_addresses };
        let placed = place(batch, known, &self.cast.clock, &rules);
        self.keep(&placed);
        for told in &placed.told {
            let channel = batch.iter().map(|item| &item.channel).find(|channel| channel.id == told.channel_id);
            let channel = channel.expect("it came in somewhere");
            self.ties.push(Tie {
                conversation_id: told.conversation_id,
                order_number: told.order_number.clone(),
                numbering: Numbering::on(channel.id, &channel.kind),
            });
        }
        placed
    }

    fn known(&self, wanted: &Wanted) -> Known {
        let asked =
            |key: &&NewKey| wanted.keys.iter().any(|asked| asked.channel_id == key.channel_id && asked.key == key.key);
        let keys: Vec<KeyTarget> = self
            .keys
            .iter()
            .filter(asked)
            .map(|key| KeyTarget {
                channel_id: key.channel_id,
                key: key.key.clone(),
                message_id: key.message_id,
                conversation_id: key.conversation_id,
            })
            .collect();
        let is_asked = |contact: &&NewContact| {
            wanted.identities.iter().any(|asked| {
                (asked.brand_id, &asked.kind, &asked.value) == (contact.brand_id, &contact.kind, &contact.value)
            })
        };
        let is_told = |talk: &Conversation| {
            self.told.iter().any(|told| told.conversation_id == talk.id && is_wanted(wanted, told))
        };
        let leads = |talk: &&Conversation| {
            wanted.tokens.contains(&talk.id) || keys.iter().any(|key| key.conversation_id == talk.id) || is_told(talk)
        };
        let about = |talk: &&Conversation| {
            let named = |number: &String| {
                wanted.mentions.iter().any(|asked| asked.brand_id == talk.brand_id && asked.order_number == *number)
            };
            talk.status != ConversationStatus::Resolved && talk.order_number.as_ref().is_some_and(named)
        };
        let mut about_orders: Vec<Conversation> = self.conversations.iter().filter(about).cloned().collect();
        about_orders.sort_by_key(|talk| std::cmp::Reverse(talk.last_message_at));
        let is_own = |id: MessageId| {
            keys.iter().any(|target| {
                let key = ChannelKey { channel_id: target.channel_id, key: target.key.clone() };
                target.message_id == id && wanted.own.contains(&key)
            })
        };
        let changed = |id: MessageId| {
            keys.iter().any(|target| {
                let key = ChannelKey { channel_id: target.channel_id, key: target.key.clone() };
                target.message_id == id && wanted.changed.contains(&key)
            })
        };
        Known {
            changeable: self.messages.iter().filter(|it| changed(it.id)).map(|it| self.changeable(it)).collect(),
            talks: self.talks(wanted),
            said: self.messages.iter().filter(|it| is_own(it.id)).map(|it| self.said(it)).collect(),
            files: self.files.iter().filter(|file| is_own(file.message_id)).map(Into::into).collect(),
            contacts: self.contacts.iter().filter(is_asked).map(known_contact).collect(),
            platforms: self.contacts.iter().filter(|known| is_platforms(&known.kind)).map(|known| known.id).collect(),
            conversations: self.conversations.iter().filter(leads).cloned().collect(),
            ties: self
                .ties
                .iter()
                .filter(|tie| about_orders.iter().any(|talk| talk.id == tie.conversation_id))
                .cloned()
                .collect(),
            about_orders,
            keys,
            kin: self.kin.clone(),
            told: self.told.iter().filter(|told| is_wanted(wanted, told)).map(target).collect(),
            news: self.news.clone(),
            erased: HashMap::new(),
        }
    }

    fn said(&self, message: &NewMessage) -> Said {
        let changes = self.changes.get(&message.id).cloned().map(Json);
        Said { changes, body: self.words_of(message.id), ..message.into() }
    }

    fn changeable(&self, message: &NewMessage) -> Changeable {
        let behind = self.messages.iter().skip_while(|other| other.id != message.id).skip(1);
        let behind: Vec<_> = behind.filter(|other| other.conversation_id == message.conversation_id).collect();
        Changeable {
            body: self.words_of(message.id),
            changes: self.changes.get(&message.id).cloned().map(Json),
            is_followed: behind.iter().any(|other| other.direction == Direction::Inbound),
            is_answered: behind.iter().any(|other| other.direction == Direction::Outbound),
            ..message.into()
        }
    }

    fn talks(&self, wanted: &Wanted) -> Vec<LastTalk> {
        let renamed = |contact: &&NewContact| {
            let (kind, value) = (contact.kind.clone(), contact.value.clone());
            wanted.renamed.contains(&BrandIdentity { brand_id: contact.brand_id, kind, value })
        };
        let last = |contact: &NewContact| {
            let talk = self.conversations.iter().rfind(|talk| talk.contact_id == contact.id)?;
            Some(LastTalk { contact_id: contact.id, conversation_id: talk.id })
        };
        self.contacts.iter().filter(renamed).filter_map(last).collect()
    }

    /// What a message says now.
    pub(super) fn words_of(&self, id: MessageId) -> String {
        let message = self.messages.iter().find(|message| message.id == id).expect("the message is there");
        let changed = self.changes.get(&id).and_then(MessageChanges::words);
        changed.unwrap_or(&message.body).to_owned()
    }

    pub(super) fn changes_of(&self, id: &str) -> MessageChanges {
        self.message_of(id).and_then(|id| self.changes.get(&id)).cloned().unwrap_or_default()
    }

    /// The raw bytes that are read once more since these keys are known.
    pub(super) fn called_back(&mut self, placed: &Batch) -> Vec<RawEventId> {
        let is_known =
            |news: &EarlyNews| placed.keys.iter().any(|key| (key.channel_id, &key.key) == (news.channel_id, &news.key));
        let called = self.early.iter().filter(|news| is_known(news)).map(|news| news.raw_event_id).collect();
        self.early.retain(|news| !is_known(news));
        called
    }

    fn keep(&mut self, placed: &Batch) {
        // An identity stays with the contact who had it first; one without a value is nobody's.
        for contact in &placed.contacts {
            assert!(contact.value.is_empty() || !self.contacts.iter().any(|known| same_identity(known, contact)));
            self.contacts.push(contact.clone());
        }
        self.contacts.retain(|contact| !contact.value.is_empty());
        for row in &placed.conversations {
            match self.conversations.iter_mut().find(|talk| talk.id == row.id) {
                Some(talk) => change(talk, row),
                None => self.conversations.push(conversation(row)),
            }
        }
        for name in &placed.names {
            self.contacts.push(NewContact {
                id: name.id,
                brand_id: name.brand_id,
                name: self.contacts.iter().find(|known| known.id == name.id).expect("a contact").name.clone(),
                kind: name.kind.clone(),
                value: name.value.clone(),
                proved: name.proved,
                created_at: name.created_at,
            });
        }
        for about in &placed.about {
            let talk = self.talk(about.conversation_id);
            talk.order_number.get_or_insert_with(|| about.order_number.clone());
        }
        self.told.extend(placed.told.iter().cloned());
        let news = placed.news.iter();
        self.news.extend(news.map(|news| ChannelKey { channel_id: news.channel_id, key: news.key.clone() }));
        self.messages.extend(placed.messages.iter().cloned());
        self.changes.extend(placed.changed.iter().map(|changed| (changed.id, changed.changes.clone())));
        for title in &placed.titles {
            self.talk(title.id).subject.clone_from(&title.subject);
        }
        self.early.extend(placed.early.iter().cloned());
        self.files.extend(placed.attachments.iter().cloned());
        for key in &placed.keys {
            let taken = self.keys.iter().any(|known| (known.channel_id, &known.key) == (key.channel_id, &key.key));
            assert!(!taken, "a known id is never given to another message");
            self.keys.push(key.clone());
        }
    }

    pub(super) fn talk(&mut self, id: ConversationId) -> &mut Conversation {
        self.conversations.iter_mut().find(|talk| talk.id == id).expect("the conversation is there")
    }

    /// The one message that is kept stands as an earlier version kept it, which left more in a line.
    pub(super) fn kept_by_an_earlier_version(&mut self, subject: &str, file: &str) {
        let ([message], [kept]) = (self.messages.as_mut_slice(), self.files.as_mut_slice()) else {
            panic!("one message with one file is kept")
        };
        subject.clone_into(&mut message.subject);
        file.clone_into(&mut kept.name);
    }

    /// Where a mail went.
    pub(super) fn home_of(&self, id: &str) -> Option<ConversationId> {
        self.keys.iter().find(|key| key.key == id).map(|key| key.conversation_id)
    }

    pub(super) fn message_of(&self, id: &str) -> Option<MessageId> {
        self.keys.iter().find(|key| key.key == id).map(|key| key.message_id)
    }
}

fn same_identity(one: &NewContact, other: &NewContact) -> bool {
    (one.brand_id, &one.kind, &one.value) == (other.brand_id, &other.kind, &other.value)
}

fn known_contact(contact: &NewContact) -> KnownContact {
    KnownContact {
        brand_id: contact.brand_id,
        kind: contact.kind.clone(),
        value: contact.value.clone(),
        contact_id: contact.id,
        name: contact.name.clone(),
    }
}

fn is_wanted(wanted: &Wanted, told: &NewTold) -> bool {
    wanted.told.iter().any(|asked| (asked.channel_id, &asked.key) == (told.channel_id, &told.order_number))
}

fn target(told: &NewTold) -> ToldTarget {
    ToldTarget {
        channel_id: told.channel_id,
        order_number: told.order_number.clone(),
        conversation_id: told.conversation_id,
        contact_id: told.contact_id,
        contact_name: "Sofie Keller".into(),
    }
}

fn conversation(row: &ConversationRow) -> Conversation {
    let row = row.clone();
    Conversation {
        id: row.id,
        number: row.number,
        brand_id: row.brand_id,
        channel_id: row.channel_id,
        channel_kind: row.channel_kind,
        contact_id: row.contact_id,
        contact_name: row.contact_name,
        subject: row.subject,
        gist: row.gist,
        status: row.status,
        assignee_id: None,
        intent: None,
        language: String::new(),
        order_number: None,
        proposal: None,
        proposal_tone: String::new(),
        needs_approval: false,
        agent_state: row.agent_state,
        taken_over: false,
        unread: row.unread,
        participants: Json(row.participants),
        snoozed_until: None,
        due_at: row.due_at,
        last_message_at: row.last_message_at,
        last_inbound_at: row.last_inbound_at,
        last_written_at: row.last_written_at,
        revision: row.revision,
        created_at: row.created_at,
        merged_into: None,
        resolved_at: row.resolved_at,
        clocks: row.clocks,
        window: row.window,
    }
}

/// As the store does it.
fn change(talk: &mut Conversation, row: &ConversationRow) {
    let reopened = talk.resolved_at.is_some() && row.resolved_at.is_none();
    let kept = talk.clone();
    *talk = Conversation {
        order_number: kept.order_number,
        assignee_id: kept.assignee_id,
        needs_approval: kept.needs_approval,
        taken_over: kept.taken_over && !reopened,
        ..conversation(row)
    };
}

pub(super) fn kinds(batch: &Batch) -> Vec<EventKind> {
    batch.events.iter().map(|event| event.kind).collect()
}

/// Whether any text has a NUL, which is shown as `\0`; a backslash is shown as two.
pub(super) fn has_nul(batch: &Batch) -> bool {
    format!("{batch:?}").replace(r"\\", "").contains(r"\0")
}
