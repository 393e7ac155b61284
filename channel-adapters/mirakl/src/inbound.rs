//! What was read, as events of the desk.

use channel_contract::inbound::{
    Automatic, FileContent, FileReference, Identity, Inbound, InboundAttachment, InboundEvent, InboundMessage,
    OrderHappening, OrderNews, ThreadHints, Trust, Writer, safe_name,
};

use crate::audience;
use crate::news::News;
use crate::read::{Event, Said};
use crate::settings::MiraklSettings;
use crate::wire::{self, CUSTOMER, CUSTOMER_USER, File, Message, OPERATOR, Participant, SHOP_USER, Thread};

/// The events of a stored item under this key.
pub(crate) fn events(key: &str, event: Event, settings: &MiraklSettings) -> Vec<Inbound> {
    match event {
        Event::Said(said) => {
            let clock = clock(&said, settings);
            std::iter::once(message(key, &said, settings)).chain(clock).collect()
        }
        Event::Unread(thread) => vec![unread(key, &thread, settings)],
        Event::News(news) => vec![happened(key, news)],
    }
}

fn message(key: &str, said: &Said, settings: &MiraklSettings) -> Inbound {
    let Said { thread, message, .. } = said;
    let id = if message.id.is_empty() { key } else { &message.id };
    let side = side(thread, message, settings);
    let text = words(message);
    let hints = ThreadHints { message_ids: said.earlier.iter().rev().cloned().collect(), ..hints(thread) };
    Inbound {
        external_id: id.to_owned(),
        occurred_at: message.at,
        event: InboundEvent::Message(Box::new(InboundMessage {
            recipients: recipients(thread, message, settings, &side),
            writer: side.writer,
            sender: side.sender,
            also_known_as: Vec::new(),
            sender_name: side.name,
            thread: hints,
            own_ids: vec![id.to_owned()],
            subject: wire::in_words(thread.topic.trim()),
            visible_text: text.clone(),
            text,
            only_quoted: false,
            html: None,
            choice: None,
            attachments: message.files.iter().map(attachment).collect(),
            automatic: Automatic::No,
            trust: side.trust,
            reply_to: None,
            loop_marks: Vec::new(),
        })),
    }
}

/// On which side of a thread a message was written.
struct Side {
    writer: Writer,
    sender: Identity,
    name: String,
    trust: Trust,
}

fn side(thread: &Thread, message: &Message, settings: &MiraklSettings) -> Side {
    let name = message.writer_name.trim();
    match message.writer.as_str() {
        SHOP_USER => Side {
            writer: Writer::Teammate,
            sender: Identity { kind: "marketplace_shop".to_owned(), value: String::new() },
            name: name.to_owned(),
            trust: Trust::Proved,
        },
        CUSTOMER_USER => {
            let (sender, trust) = customer(thread, message, settings);
            Side { writer: Writer::Contact, sender, name: name.to_owned(), trust }
        }
        // Whoever else writes belongs to the marketplace.
        kind => {
            let name = if name.is_empty() { settings.name() } else { name };
            Side {
                writer: Writer::Contact,
                sender: audience::operator(settings),
                name: format!("{name} (operator of the marketplace)"),
                trust: if kind == "OPERATOR_USER" { Trust::Proved } else { Trust::Claimed },
            }
        }
    }
}

/// The customer who wrote, or to whom was written. The marketplace names the customers of a thread, and of a message only
/// whom they stand for; where that leaves a choice nobody is proved.
fn customer(thread: &Thread, message: &Message, settings: &MiraklSettings) -> (Identity, Trust) {
    let by_customer = message.writer == CUSTOMER_USER;
    let parties = if by_customer { message.writer_of.as_slice() } else { message.to.as_slice() };
    let named = parties.iter().find(|party| party.kind == CUSTOMER && !party.id.is_empty());
    let by_name = || {
        let mut same = thread.customers.iter().filter(|party| by_customer && party.name == message.writer_name);
        same.next().filter(|_| same.next().is_none())
    };
    let found: Option<&Participant> = match (named, thread.customers.as_slice()) {
        (Some(party), _) | (None, [party]) => Some(party),
        _ => by_name(),
    };
    match found {
        Some(party) => (audience::customer(settings, &party.id), Trust::Proved),
        None => (audience::customer_of_thread(settings, &thread.id), Trust::Claimed),
    }
}

/// Everybody else who was written to; the customer first, for what a teammate wrote belongs to them.
fn recipients(thread: &Thread, message: &Message, settings: &MiraklSettings, side: &Side) -> Vec<Identity> {
    let to_the_operator = message.is_to(OPERATOR);
    let to_the_customer = message.is_to(CUSTOMER) || (side.writer == Writer::Teammate && !to_the_operator);
    let customer = to_the_customer.then(|| customer(thread, message, settings).0);
    let operator = to_the_operator.then(|| audience::operator(settings));
    customer.into_iter().chain(operator).filter(|party| *party != side.sender && !party.value.is_empty()).collect()
}

fn words(message: &Message) -> String {
    if message.body.trim().is_empty() && message.files.is_empty() {
        return "(A message that cannot be shown here. Open the thread at the marketplace.)".to_owned();
    }
    message.body.clone()
}

fn hints(thread: &Thread) -> ThreadHints {
    ThreadHints {
        thread_id: Some(thread.id.clone()).filter(|id| !id.is_empty()),
        order_numbers: thread.order_numbers(),
        ..ThreadHints::default()
    }
}

fn attachment(file: &File) -> InboundAttachment {
    let name = safe_name(&file.name);
    let end = name.rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase()).unwrap_or_default();
    let content_type = match end.as_str() {
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "pdf" => "application/pdf",
        "txt" => "text/plain",
        _ => "application/octet-stream",
    };
    InboundAttachment {
        name,
        content_type: content_type.to_owned(),
        content_id: None,
        inline: false,
        // The size that the marketplace tells has no unit, so nothing is held to it.
        content: FileContent::Elsewhere(FileReference { key: file.id.clone(), sha256: None, size: None }),
    }
}

/// The operator's clock, beside the message that started it.
fn clock(said: &Said, settings: &MiraklSettings) -> Option<Inbound> {
    let Said { thread, message, .. } = said;
    let begins = message.at.filter(|at| Some(*at) == thread.awaits_since && message.writer != SHOP_USER)?;
    let numbers = thread.order_numbers();
    let news = OrderNews {
        order_number: numbers.first()?.clone(),
        what: OrderHappening::Changed,
        due_at: begins.checked_add(settings.answer_within()?.try_into().ok()?),
        words: "The marketplace counts the time until the shop answers.".to_owned(),
        thread: hints(thread),
    };
    let external_id = format!("{}/clock", message.id);
    Some(Inbound { external_id, occurred_at: Some(begins), event: InboundEvent::Order(news) })
}

fn unread(key: &str, thread: &Thread, settings: &MiraklSettings) -> Inbound {
    let (sender, trust) = match thread.customers.as_slice() {
        [party] => (audience::customer(settings, &party.id), Trust::Proved),
        _ => (audience::customer_of_thread(settings, &thread.id), Trust::Claimed),
    };
    let text = "(A thread that is too long to be read here. Open it at the marketplace.)".to_owned();
    let name = thread.customers.first().map(|party| party.name.clone()).unwrap_or_default();
    Inbound {
        external_id: key.to_owned(),
        occurred_at: None,
        event: InboundEvent::Message(Box::new(InboundMessage {
            writer: Writer::Contact,
            sender,
            also_known_as: Vec::new(),
            sender_name: name,
            recipients: Vec::new(),
            thread: hints(thread),
            own_ids: Vec::new(),
            subject: wire::in_words(thread.topic.trim()),
            visible_text: text.clone(),
            text,
            only_quoted: false,
            html: None,
            choice: None,
            attachments: Vec::new(),
            automatic: Automatic::No,
            trust,
            reply_to: None,
            loop_marks: Vec::new(),
        })),
    }
}

fn happened(key: &str, news: News) -> Inbound {
    let numbers = [news.order_number.clone(), news.commercial];
    let mut order_numbers: Vec<String> = numbers.into_iter().filter(|number| !number.is_empty()).collect();
    order_numbers.dedup();
    Inbound {
        external_id: key.to_owned(),
        occurred_at: news.at,
        event: InboundEvent::Order(OrderNews {
            order_number: news.order_number,
            what: news.what,
            due_at: None,
            words: news.words,
            thread: ThreadHints { order_numbers, ..ThreadHints::default() },
        }),
    }
}
