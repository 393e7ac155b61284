//! The rows that a placed message leaves: itself, its keys and files, and what happened.

use std::collections::HashSet;

use channel_contract::inbound::{FileContent, Inbound, InboundAttachment, InboundMessage, Writer};

use super::parties::is_aside;
use super::placer::{LONGEST_ADDRESS, Placer};
use super::same::words_of;
use super::{Received, clean, own_ids, thread_name, threads_of};
use crate::inbox::clean_line;
use crate::inbox::fetched::fetch_job;
use crate::model::attachment::kept_type;
use crate::model::channel::ChannelKind;
use crate::model::conversation::gist_of;
use crate::model::event::EventKind;
use crate::model::message::{Delivery, Direction, MessageAuthor};
use crate::model::window::Window;
use crate::model::{AttachmentId, ContactId, ConversationId, MessageId, Ts};
use crate::store::files::Files;
use crate::store::intake::{ConversationRow, NewAttachment, NewEvent, NewKey, NewMessage};

impl Placer<'_> {
    pub(super) fn add_message(
        &mut self,
        received: &Received,
        inbound: &Inbound,
        message: &InboundMessage,
        id: MessageId,
        conversation_id: ConversationId,
        contact_id: ContactId,
    ) {
        let outbound = message.writer == Writer::Teammate;
        let body = clean(words_of(message));
        let full_text = clean(&message.text);
        self.batch.messages.push(NewMessage {
            id,
            conversation_id,
            channel_id: received.channel.id,
            direction: if outbound { Direction::Outbound } else { Direction::Inbound },
            author: if outbound { MessageAuthor::Teammate } else { MessageAuthor::Contact },
            teammate_id: None,
            contact_id: (!outbound).then_some(contact_id),
            sender_name: self.name_for(received, message, contact_id),
            sender_address: clean(&message.sender.value),
            reply_to: message.reply_to.as_ref().map(|party| clean(&party.value)).unwrap_or_default(),
            recipients: message.recipients.iter().map(|party| clean(&party.value)).collect(),
            subject: clean_line(&message.subject),
            full_text: if full_text == body { String::new() } else { full_text },
            body,
            html: message.html.as_deref().map(clean),
            delivery: outbound.then_some(Delivery::Sent),
            external_id: clean(&inbound.external_id),
            in_reply_to: message.thread.message_ids.first().map(|id| clean(id)),
            automatic: message.automatic.into(),
            trust: message.trust.into(),
            raw_event_id: Some(received.raw_event_id),
            draft_id: None,
            template: None,
            choices: Vec::new(),
            send_at: None,
            kept_due_at: None,
            written_at: written_at(received, inbound),
            created_at: received.received_at,
            sent_at: outbound.then_some(received.received_at),
            to_contact_id: outbound.then_some(contact_id),
            machine_worded: false,
            by_program: false,
            aside: is_aside(message),
            thread: thread_name(&message.thread),
        });
        if message.only_quoted {
            self.batch.only_quoted.push(id);
        }
        // The first message of a thread holds its place.
        let ids: HashSet<String> = own_ids(inbound, message).chain(threads_of(message)).collect();
        // An id that was used before stays with the message that had it first.
        for key in ids.into_iter().filter(|key| self.find_key(received, key.clone()).is_none()).collect::<Vec<_>>() {
            self.keys.insert((received.channel.id.0, key.clone()), (id, conversation_id));
            self.batch.keys.push(NewKey { channel_id: received.channel.id, key, message_id: id, conversation_id });
        }
        for (position, file) in (0_i64..).zip(&message.attachments) {
            let attachment = attached(file, id, position, self.clock.new_id());
            if attachment.reference.is_some() {
                self.batch.jobs.push(fetch_job(self.clock, attachment.id, conversation_id));
            }
            self.batch.attachments.push(attachment);
        }
    }

    pub(super) fn event(
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
            actor: clean_line(actor).chars().take(LONGEST_ADDRESS).collect(),
            data,
            at: received.received_at,
        });
    }
}

/// When something was written, as its platform says. Nothing is written after it came, and no platform is older than 1970.
pub(super) fn written_at(received: &Received, inbound: &Inbound) -> Option<Ts> {
    let said = inbound.occurred_at.map(Ts::from_datetime).filter(|at| *at > Ts(0));
    said.map(|at| at.min(received.received_at))
}

/// Until when the writer can be answered: counted from what they wrote last, also where what they wrote before it comes later.
pub(super) fn window_of(received: &Received, message: &InboundMessage, row: &ConversationRow, written: Ts) -> Window {
    let counted = received.spans_of(message).after(written);
    let is_later = row.channel_id == received.channel.id && row.window.is_counted_later(counted);
    if is_later { row.window } else { counted }
}

/// The row of a file that came with a message.
fn attached(file: &InboundAttachment, message_id: MessageId, position: i64, id: AttachmentId) -> NewAttachment {
    let declared = clean(&file.content_type);
    let (content_type, size, storage_key, reference) = match &file.content {
        FileContent::Here(content) => {
            let size = i64::try_from(content.len()).unwrap_or(i64::MAX);
            (kept_type(&declared, content), size, Files::key_of(content), None)
        }
        FileContent::Elsewhere(reference) => {
            let size = reference.size.and_then(|size| i64::try_from(size).ok()).unwrap_or_default();
            (declared, size, String::new(), Some(reference.clone()))
        }
    };
    NewAttachment {
        id,
        message_id,
        position,
        name: clean_line(&file.name),
        content_type,
        size,
        content_id: file.content_id.as_deref().map(clean),
        inline: file.inline,
        storage_key,
        reference,
    }
}

/// The title of a conversation whose messages have no subjects: the first words of the customer, whatever is said later. A
/// mail without a subject is answered without one.
pub(super) fn title_of(received: &Received, message: &InboundMessage) -> String {
    if received.channel.channel_kind() == ChannelKind::Email {
        return String::new();
    }
    gist_of(&clean(&message.visible_text))
}

/// What a list shows of a message: its words, or else its subject, or else the name of its first file.
pub(super) fn pick_gist(message: &InboundMessage) -> &str {
    let file = message.attachments.first().map_or("", |file| file.name.as_str());
    let texts = [message.visible_text.as_str(), message.subject.as_str(), file];
    texts.into_iter().find(|text| !text.trim().is_empty()).unwrap_or_default()
}
