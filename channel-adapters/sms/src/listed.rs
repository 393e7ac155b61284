//! What was told in neutral words, as `resolute parse-webhook twilio` and `… messagebird` print it.

use channel_contract::failure::ParseError;
use channel_contract::listing::{Listed, ListedFile, ListedKind};

use crate::fields::Fields;
use crate::read::{Event, Fate, Said};
use crate::{messagebird, twilio};

/// The events of a delivery of Twilio's, a form or an object with the same fields.
///
/// # Errors
/// Where it is none of Twilio's.
pub fn list_twilio(body: &[u8]) -> Result<Vec<Listed>, ParseError> {
    twilio::read(&Fields::read(body)?, &[]).map(listed)
}

/// The events of a delivery of `MessageBird`'s.
///
/// # Errors
/// Where it is none of `MessageBird`'s.
pub fn list_messagebird(body: &[u8]) -> Result<Vec<Listed>, ParseError> {
    messagebird::read(&Fields::read(body)?).map(listed)
}

fn listed(event: Event) -> Vec<Listed> {
    match event {
        Event::Message(said) => vec![message(*said)],
        Event::Status(fate) => vec![status(fate)],
        Event::Other => Vec::new(),
    }
}

fn given(word: String) -> Option<String> {
    Some(word).filter(|word| !word.is_empty())
}

fn message(said: Said) -> Listed {
    let file =
        |file: crate::read::File| ListedFile { what: "media".to_owned(), url: Some(file.url), ..ListedFile::default() };
    let files: Vec<ListedFile> = said.files.into_iter().map(file).collect();
    Listed {
        what: ListedKind::Message,
        external_id: given(said.id),
        sender_id: given(said.from),
        sender_name: given(said.name),
        recipient_id: given(said.to),
        timestamp: said.at,
        text: Some(said.text),
        attachments: (!files.is_empty()).then_some(files),
        ..Listed::default()
    }
}

fn status(fate: Fate) -> Listed {
    Listed {
        what: ListedKind::Status,
        external_id: given(fate.id),
        recipient_id: given(fate.to),
        status: given(fate.status),
        error_codes: fate.code.map(|code| vec![code]),
        ..Listed::default()
    }
}
