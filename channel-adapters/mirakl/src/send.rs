//! From the command to the call; pure.

use channel_contract::contact;
use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::http::Form;
use channel_contract::outbound::Outbound;
use serde_json::{Value, json};

use crate::audience::{self, Party};
use crate::settings::MiraklSettings;

/// The least that a text holds, in characters.
pub(crate) const SHORTEST: usize = 3;

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

/// The call for a message in its thread.
pub(crate) fn call(message: &Outbound, settings: &MiraklSettings) -> Result<Call, ChannelFailure> {
    let refused = |class, words: &str| Err(ChannelFailure::refused(class, words));
    if message.text.trim().chars().count() < SHORTEST {
        return refused(FailureClass::Content, "A message on a marketplace has at least 3 characters.");
    }
    let Some(readers) = readers(message, settings) else {
        return refused(FailureClass::Recipient, "This customer is not one of this marketplace.");
    };
    let Some(thread) = message.thread_id.as_deref().filter(|id| !id.is_empty()) else {
        return refused(FailureClass::Recipient, "On a marketplace one writes in a thread that is there.");
    };
    let form = Form::of(message.command_id).json("message_input", &answer(message, &readers));
    Ok(Call {
        segments: ["inbox", "threads", thread, "message"].map(str::to_owned).into(),
        form: message.attachments.iter().fold(form, |form, file| form.file("files", file)),
    })
}

/// Who is to read a message: the customer, with the id where it is known, and the operator.
#[derive(Debug, Default, PartialEq, Eq)]
struct Readers {
    customer: Option<String>,
    operator: bool,
}

/// Whoever is named, and nobody else; the customer where nobody is. `None` where somebody of another marketplace is named.
fn readers(message: &Outbound, settings: &MiraklSettings) -> Option<Readers> {
    let named: Option<Vec<Party<'_>>> = message.to.iter().map(|name| audience::party(settings, name)).collect();
    let named = named?;
    let id = named.iter().find_map(|party| if let Party::Customer(id) = party { Some(*id) } else { None });
    let operator = named.contains(&Party::Operator);
    let customer = id.is_some() || !operator;
    Some(Readers { customer: customer.then(|| id.flatten().unwrap_or_default().to_owned()), operator })
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
