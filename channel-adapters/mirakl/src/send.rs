//! From the command to the call; pure.

use channel_contract::contact;
use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::http::Form;
use channel_contract::outbound::Outbound;
use serde_json::{Value, json};

use crate::audience::{self, Audience, Party};
use crate::settings::MiraklSettings;

/// The least that a text holds, in characters.
const SHORTEST: usize = 3;
/// The longest subject of a thread.
const LONGEST_TOPIC: usize = 200;

/// One call.
pub(crate) struct Call {
    /// Where it goes.
    pub(crate) segments: Vec<String>,
    /// What it brings.
    pub(crate) form: Form,
}

/// What the marketplace's rules forbid in a text.
pub(crate) fn objections(text: &str, settings: &MiraklSettings) -> Vec<String> {
    if settings.links { Vec::new() } else { contact::objections(text, settings.name(), &[]) }
}

/// The call for a message: an answer in its thread, or the first message of a thread on an order.
pub(crate) fn call(message: &Outbound, settings: &MiraklSettings) -> Result<Call, ChannelFailure> {
    let refused = |class, words: &str| Err(ChannelFailure::refused(class, words));
    if message.text.trim().chars().count() < SHORTEST {
        return refused(FailureClass::Content, "A message on a marketplace has at least 3 characters.");
    }
    let Some(readers) = readers(message, settings) else {
        return refused(FailureClass::Recipient, "This customer is not one of this marketplace.");
    };
    let Some(place) = message.thread_id.as_deref() else {
        return refused(FailureClass::Recipient, "On a marketplace one writes in a thread, or about an order.");
    };
    let (segments, name, words) = match audience::order_of(place) {
        Some(order) => (vec!["orders", order, "threads"], "thread_input", opening(message, &readers, settings)),
        None => (vec!["inbox", "threads", place, "message"], "message_input", answer(message, &readers)),
    };
    let form = Form::of(message.command_id).json(name, &words);
    Ok(Call {
        segments: segments.into_iter().map(str::to_owned).collect(),
        form: message.attachments.iter().fold(form, |form, file| form.file("files", file)),
    })
}

/// Who is to read a message: the customer, with the id where it is known, and the operator.
#[derive(Debug, Default, PartialEq, Eq)]
struct Readers {
    customer: Option<String>,
    operator: bool,
}

/// Whoever is named, where that is the operator; else whoever saw the message that is answered. `None` where somebody of
/// another marketplace is named.
fn readers(message: &Outbound, settings: &MiraklSettings) -> Option<Readers> {
    let named: Option<Vec<Party<'_>>> = message.to.iter().map(|name| audience::party(settings, name)).collect();
    let named = named?;
    let id = named.iter().find_map(|party| if let Party::Customer(id) = party { Some(*id) } else { None });
    let customer = Some(id.flatten().unwrap_or_default().to_owned());
    if named.contains(&Party::Operator) {
        return Some(Readers { customer: id.and(customer), operator: true });
    }
    let answered = message.in_reply_to.as_deref().map_or(Audience::Customer, |id| Audience::of(id).0);
    Some(match answered {
        Audience::Customer => Readers { customer, operator: false },
        Audience::Operator => Readers { customer: None, operator: true },
        Audience::Both => Readers { customer, operator: true },
    })
}

/// An answer names whom it is for as things.
fn answer(message: &Outbound, readers: &Readers) -> Value {
    let customer = readers.customer.iter().map(|id| match id.as_str() {
        "" => json!({ "type": "CUSTOMER" }),
        id => json!({ "type": "CUSTOMER", "id": id }),
    });
    let operator = readers.operator.then(|| json!({ "type": "OPERATOR" }));
    json!({ "body": message.text, "to": customer.chain(operator).collect::<Vec<Value>>() })
}

/// The first message of a thread names whom it is for as words, and has a topic.
fn opening(message: &Outbound, readers: &Readers, settings: &MiraklSettings) -> Value {
    let customer = readers.customer.as_ref().map(|_| "CUSTOMER");
    let operator = readers.operator.then_some("OPERATOR");
    let topic: String = message.subject.trim().chars().take(LONGEST_TOPIC).collect();
    let topic = match (settings.opening_reason.trim(), topic.as_str()) {
        ("", "") => json!({ "type": "FREE_TEXT", "value": "About your order" }),
        ("", topic) => json!({ "type": "FREE_TEXT", "value": topic }),
        (reason, _) => json!({ "type": "REASON_CODE", "value": reason }),
    };
    json!({ "body": message.text, "to": customer.into_iter().chain(operator).collect::<Vec<&str>>(), "topic": topic })
}
