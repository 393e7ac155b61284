//! What was told as events of the desk.

use channel_contract::failure::ParseError;
use channel_contract::inbound::{
    AccountChange, AccountNews, Automatic, Consent, FileContent, FileReference, Identity, Inbound, InboundAttachment,
    InboundEvent, InboundMessage, RawItem, StatusUpdate, ThreadHints, Trust, Writer,
};
use channel_contract::outbound::DeliveryState;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::fields::Fields;
use crate::read::{Event, Fate, File, Said};
use crate::settings::{Provider, SmsSettings};
use crate::{key, messagebird, twilio};

/// Numbers of fewer digits are short ones of one country alone.
const SHORTEST_LONG_NUMBER: usize = 8;

/// Reads a stored delivery: each tells one thing, and beside it what is wrong with the account where it shows that.
pub(crate) fn events(raw: &RawItem, settings: &SmsSettings) -> Result<Vec<Inbound>, ParseError> {
    let fields = Fields::read(&raw.body)?;
    let event = match &settings.provider {
        Provider::Twilio(account) => twilio::read(&fields, &account.answered_words)?,
        Provider::MessageBird(_) => messagebird::read(&fields)?,
    };
    let key = key_of(&event).unwrap_or_else(|| raw.external_id.clone());
    let at = if let Event::Message(said) = &event { said.at } else { None };
    let of_account = match &event {
        Event::Message(said) => astray(said, settings),
        Event::Status(fate) => behind(fate, settings),
        Event::Other => None,
    };
    let consent = consent_of(&event);
    let event = match event {
        Event::Message(said) => message(*said, settings),
        Event::Status(fate) => status(&fate, key::command(&raw.external_id), settings),
        Event::Other => InboundEvent::Ignored("a_delivery_without_use"),
    };
    let occurred_at = at.and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok());
    // What is for somebody else says nothing of who writes to this number.
    let consent = consent.filter(|_| matches!(event, InboundEvent::Message(_) | InboundEvent::Status(_)));
    let beside = consent.map(|consent| Inbound {
        external_id: format!("{key}:consent"),
        occurred_at,
        event: InboundEvent::Consent(consent),
    });
    let of_account = of_account.map(|news| Inbound {
        external_id: format!("{key}:account"),
        occurred_at,
        event: InboundEvent::Account(news),
    });
    let first = Inbound { external_id: key, occurred_at, event };
    Ok([Some(first), beside, of_account].into_iter().flatten().collect())
}

/// Whether a customer lets the number write to them, where that is told.
fn consent_of(event: &Event) -> Option<Consent> {
    let (number, given) = match event {
        Event::Message(said) => (&said.from, said.consent?),
        Event::Status(fate) if fate.code == Some(twilio::failure::STOPPED) => (&fate.to, false),
        Event::Status(_) | Event::Other => return None,
    };
    Some(Consent { who: vec![phone(number)], given })
}

/// The same for the same thing told again; `None` where it has no id.
fn key_of(event: &Event) -> Option<String> {
    match event {
        Event::Message(said) if !said.id.is_empty() => Some(said.id.clone()),
        Event::Status(fate) if !fate.id.is_empty() => Some(format!("{}:{}", fate.id, fate.status)),
        Event::Message(_) | Event::Status(_) | Event::Other => None,
    }
}

/// A number as numbers are written, whether or not its provider writes the plus.
pub(crate) fn written(number: &str) -> String {
    let is_bare = number.len() >= SHORTEST_LONG_NUMBER && number.bytes().all(|digit| digit.is_ascii_digit());
    if is_bare { format!("+{number}") } else { number.to_owned() }
}

fn phone(number: &str) -> Identity {
    Identity { kind: "phone".to_owned(), value: written(number) }
}

fn is_of_another_account(account: &str, settings: &SmsSettings) -> bool {
    let Provider::Twilio(twilio) = &settings.provider else { return false };
    !account.is_empty() && !twilio.account_sid.is_empty() && account != twilio.account_sid
}

fn is_for_another_number(said: &Said, settings: &SmsSettings) -> bool {
    let is_in_pool = match &settings.provider {
        Provider::Twilio(twilio) => !said.service.is_empty() && said.service == twilio.messaging_service,
        Provider::MessageBird(_) => false,
    };
    let number = settings.own_number();
    !number.is_empty() && !said.to.is_empty() && !is_in_pool && written(&said.to) != number
}

/// What is said of the account where a number's messages come here that is not the one of the settings. Twilio is asked for its
/// numbers; `MessageBird` is not, so what it hands on is all that shows a number which was typed wrong.
fn astray(said: &Said, settings: &SmsSettings) -> Option<AccountNews> {
    let is_astray = matches!(settings.provider, Provider::MessageBird(_)) && is_for_another_number(said, settings);
    is_astray.then(|| AccountNews {
        what: AccountChange::Note,
        words: format!(
            "MessageBird hands on what is written to {}, and this channel is {}: such messages are left out. If both are one number, \
             write it in the settings as MessageBird does, with its country, and ask those who wrote to write again.",
            written(&said.to),
            settings.own_number()
        ),
    })
}

fn message(said: Said, settings: &SmsSettings) -> InboundEvent {
    if is_of_another_account(&said.account, settings) {
        return InboundEvent::Ignored("for_another_account");
    }
    if is_for_another_number(&said, settings) {
        return InboundEvent::Ignored("for_another_number");
    }
    if written(&said.from) == settings.own_number() {
        return InboundEvent::Ignored("own_message");
    }
    let text = if said.text.is_empty() && said.files.is_empty() {
        "(A message without content)".to_owned()
    } else {
        said.text
    };
    let sender = phone(&said.from);
    InboundEvent::Message(Box::new(InboundMessage {
        writer: Writer::Contact,
        also_known_as: Vec::new(),
        sender_name: said.name,
        recipients: Vec::new(),
        thread: ThreadHints { thread_id: Some(key::of_thread(&sender.value)), ..ThreadHints::default() },
        sender,
        own_ids: Some(said.id).filter(|id| !id.is_empty()).into_iter().collect(),
        subject: String::new(),
        visible_text: text.clone(),
        text,
        only_quoted: false,
        html: None,
        choice: None,
        attachments: (1..).zip(said.files).map(|(number, file)| attachment(number, file)).collect(),
        // A machine's answer would be a second one; a person sees what was written, for it may be meant for them.
        automatic: if said.is_answered { Automatic::Bulk } else { Automatic::No },
        // Numbers can be forged.
        trust: Trust::Claimed,
        reply_to: None,
        loop_marks: Vec::new(),
    }))
}

fn attachment(number: usize, file: File) -> InboundAttachment {
    let ending = match file.content_type.as_str() {
        "image/jpeg" => ".jpg",
        "image/png" => ".png",
        "image/gif" => ".gif",
        "image/webp" => ".webp",
        "video/mp4" => ".mp4",
        "video/3gpp" => ".3gp",
        "audio/amr" => ".amr",
        "audio/mpeg" => ".mp3",
        "application/pdf" => ".pdf",
        "text/vcard" | "text/x-vcard" => ".vcf",
        _ => "",
    };
    InboundAttachment {
        name: format!("file-{number}{ending}"),
        content_type: file.content_type,
        content_id: None,
        inline: false,
        content: FileContent::Elsewhere(FileReference { key: file.url, sha256: None, size: None }),
    }
}

/// What is wrong with the account, where that is why an answer failed.
fn behind(fate: &Fate, settings: &SmsSettings) -> Option<AccountNews> {
    let is_failed = matches!(fate.status.as_str(), "undelivered" | "failed");
    let code = fate.code.filter(|_| is_failed && !is_of_another_account(&fate.account, settings))?;
    twilio::failure::behind(code)
}

/// The fate of an answer. Its command is known where its address was ours, so news finds it even where the answer to the
/// sending was lost.
fn status(fate: &Fate, command: Option<Uuid>, settings: &SmsSettings) -> InboundEvent {
    if is_of_another_account(&fate.account, settings) {
        return InboundEvent::Ignored("for_another_account");
    }
    let state = match fate.status.as_str() {
        "accepted" | "scheduled" | "queued" | "sending" | "sent" => DeliveryState::Sent,
        "delivered" => DeliveryState::Delivered,
        "read" => DeliveryState::Read,
        "undelivered" | "failed" | "canceled" => DeliveryState::Failed,
        _ => return InboundEvent::Ignored("a_status_without_use"),
    };
    let command = command.map(|command| command.to_string());
    let message_ids: Vec<String> =
        Some(fate.id.clone()).filter(|id| !id.is_empty()).into_iter().chain(command).collect();
    if message_ids.is_empty() {
        return InboundEvent::Ignored("a_status_without_use");
    }
    let reason = (state == DeliveryState::Failed).then(|| match fate.status.as_str() {
        "canceled" => "The message was cancelled at Twilio.".to_owned(),
        _ => twilio::failure::words(fate.code),
    });
    InboundEvent::Status(StatusUpdate {
        message_ids,
        state,
        until: None,
        and_before: false,
        reason,
        recipients: Vec::new(),
        report: None,
    })
}
