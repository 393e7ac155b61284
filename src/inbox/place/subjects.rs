//! Of whom and what raw bytes tell beside the messages that are placed from them: kept, so that the bytes go when that is
//! erased.

use channel_contract::inbound::Inbound;
use uuid::Uuid;

use super::placer::Placer;
use super::{Received, told_of};
use crate::store::raw_event_subjects::Subject;

impl Placer<'_> {
    /// The raw bytes tell of a message, a conversation or a customer.
    pub(super) fn note_subject(&mut self, received: &Received, subject_id: Uuid) {
        self.batch.subjects.push(Subject { subject_id, raw_event_id: received.raw_event_id });
    }

    /// The customers whom news names.
    pub(super) fn note_named(&mut self, received: &Received, inbound: &Inbound) {
        for identity in told_of(inbound) {
            let name = received.identity(identity);
            let contact = self.contacts.get(&name).map(|(id, _)| *id).filter(|_| !name.value.is_empty());
            if let Some(contact) = contact {
                self.note_subject(received, contact.0);
            }
        }
    }
}
