//! What an answer of the marketplace says, in the neutral words of `resolute parse-webhook`.

use channel_contract::failure::ParseError;
use channel_contract::listing::{Listed, ListedFile, ListedKind};

use crate::items::items;
use crate::read::{self, Event, Said};
use crate::wire::{CUSTOMER, File, Participant, SHOP_USER};

/// The events of a page of threads, of one thread, or of nothing else.
pub fn list(body: &[u8]) -> Result<Vec<Listed>, ParseError> {
    let read = |item| match read::read(&item) {
        Ok(Event::Said(said)) => Some(listed(*said)),
        _ => None,
    };
    Ok(items(body)?.into_iter().filter_map(read).collect())
}

fn listed(said: Said) -> Listed {
    let Said { thread, message, .. } = said;
    let is_own = message.writer == SHOP_USER;
    let of_thread = if let [customer] = thread.customers.as_slice() { Some(customer) } else { None };
    let party = message.writer_of.filter(|party| !party.id.is_empty());
    let customer = party.as_ref().filter(|party| party.kind == CUSTOMER).or(of_thread);
    let written_to = message.to.iter().find(|party| !party.id.is_empty());
    let id = |party: &Participant| party.id.clone();
    Listed {
        what: if is_own { ListedKind::Echo } else { ListedKind::Message },
        kind: given(message.writer.clone()),
        external_id: given(message.id),
        sender_id: match message.writer.as_str() {
            "CUSTOMER_USER" => customer.map(id),
            _ => party.as_ref().map(id),
        },
        sender_name: given(message.writer_name),
        recipient_id: written_to.map(id),
        chat_id: given(thread.id),
        timestamp: message.at.map(time::OffsetDateTime::unix_timestamp),
        text: given(message.body),
        attachments: Some(message.files.into_iter().map(file).collect()).filter(|files: &Vec<_>| !files.is_empty()),
        ..Listed::default()
    }
}

fn file(file: File) -> ListedFile {
    ListedFile { what: "file".to_owned(), id: given(file.id), filename: given(file.name), ..ListedFile::default() }
}

fn given(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}
