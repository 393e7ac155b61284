//! A message of the desk as WhatsApp takes it. Pure.

use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::inbound::Choice;
use channel_contract::outbound::{Outbound, OutboundAttachment, Reaction};
use serde_json::{Map, Value, json};

use crate::files::{Form, LIMIT};
use crate::people::{is_phone, is_user_id};
use crate::split::takes_caption;
use crate::templates;

/// The most buttons below a text; more choices are lines of a list.
const MOST_BUTTONS: usize = 3;
/// The signs that the desk offers; WhatsApp takes any.
pub(crate) const SIGNS: &[&str] = &["👍", "❤️", "😂", "😮", "😢", "🙏"];
/// The longest id of a button or line, in bytes.
const LONGEST_ID: usize = 200;

fn refused(class: FailureClass, words: &str) -> ChannelFailure {
    ChannelFailure::refused(class, words)
}

/// Refuses what cannot be one message of WhatsApp's, before anything is handed over.
pub(crate) fn admit(message: &Outbound) -> Result<(), ChannelFailure> {
    let content = |words: &str| Err(refused(FailureClass::Content, words));
    recipient(&message.to)?;
    if message.template.is_some() {
        if !message.attachments.is_empty() || !message.choices.is_empty() {
            return content("A template of WhatsApp takes no files and no buttons beside its own.");
        }
        return Ok(());
    }
    let trouble = |file: &OutboundAttachment| LIMIT.trouble(&file.content_type, file.content.len());
    if let Some(trouble) = message.attachments.iter().find_map(trouble) {
        return content(trouble.words());
    }
    match message.attachments.as_slice() {
        [] if message.text.trim().is_empty() => content("The message is empty."),
        [_] if !message.choices.is_empty() => content("WhatsApp takes files and buttons one after the other."),
        [file] if !message.text.is_empty() && !takes_caption(file, &message.text) => {
            content("WhatsApp takes this file and its text one after the other.")
        }
        [] | [_] => Ok(()),
        _ => content("WhatsApp takes one file a message."),
    }
}

/// The body of the request. `media` is the platform's id of the file that was handed over before.
pub(crate) fn body(message: &Outbound, media: Option<&str>, list_button: &str) -> Result<Value, ChannelFailure> {
    let mut fields = Map::new();
    let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    put("messaging_product", "whatsapp".into());
    put("recipient_type", "individual".into());
    let (field, to) = recipient(&message.to)?;
    put(field, to.into());
    let (kind, content) = match (&message.template, message.attachments.first().zip(media)) {
        (Some(template), _) => ("template", templates::filled(template)?),
        (None, Some((file, media))) => {
            let form = Form::of(file);
            (form.as_str(), file_fields(form, media, &file.name, &message.text))
        }
        (None, None) if message.choices.is_empty() => ("text", json!({ "body": message.text, "preview_url": false })),
        (None, None) => ("interactive", interactive(message, list_button)),
    };
    put("type", kind.into());
    put(kind, content);
    // Only ids of WhatsApp's own can be answered.
    if let Some(id) = message.in_reply_to.as_ref().filter(|id| id.starts_with("wamid.")) {
        put("context", json!({ "message_id": id }));
    }
    put("biz_opaque_callback_data", message.command_id.to_string().into());
    Ok(Value::Object(fields))
}

/// The body of the request that puts a sign on a message, or takes it off.
pub(crate) fn reaction(reaction: &Reaction) -> Result<Value, ChannelFailure> {
    let (field, to) = recipient(&reaction.to)?;
    if !reaction.message_id.starts_with("wamid.") {
        return Err(refused(FailureClass::Content, "WhatsApp does not know this message."));
    }
    let sign = json!({ "message_id": reaction.message_id, "emoji": reaction.sign });
    let mut fields = Map::new();
    let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    put("messaging_product", "whatsapp".into());
    put("recipient_type", "individual".into());
    put(field, to.into());
    put("type", "reaction".into());
    put("reaction", sign);
    Ok(Value::Object(fields))
}

/// Customers are written to by their id, or by the phone number where there is none.
fn recipient(to: &[String]) -> Result<(&'static str, &str), ChannelFailure> {
    let Some(to) = to.first().map(|to| to.trim()) else {
        return Err(refused(FailureClass::Recipient, "The message is for nobody."));
    };
    let digits = to.strip_prefix('+').unwrap_or(to);
    if is_user_id(to) {
        Ok(("recipient", to))
    } else if is_phone(digits) {
        Ok(("to", digits))
    } else {
        Err(refused(FailureClass::Recipient, "The customer has no number or id that WhatsApp knows."))
    }
}

fn file_fields(form: Form, media: &str, name: &str, text: &str) -> Value {
    let mut fields = Map::new();
    fields.insert("id".to_owned(), media.into());
    if !text.is_empty() {
        fields.insert("caption".to_owned(), text.into());
    }
    if form == Form::Document && !name.is_empty() {
        fields.insert("filename".to_owned(), name.into());
    }
    Value::Object(fields)
}

fn interactive(message: &Outbound, list_button: &str) -> Value {
    let options =
        || message.choices.iter().zip(1_usize..).map(|(choice, number)| (id_of(choice, number), &choice.title));
    let body = json!({ "text": message.text });
    if message.choices.len() <= MOST_BUTTONS {
        let button = |(id, title)| json!({ "type": "reply", "reply": { "id": id, "title": title } });
        let buttons: Vec<Value> = options().map(button).collect();
        return json!({ "type": "button", "body": body, "action": { "buttons": buttons } });
    }
    let rows: Vec<Value> = options().map(|(id, title)| json!({ "id": id, "title": title })).collect();
    json!({ "type": "list", "body": body, "action": { "button": list_button, "sections": [{ "rows": rows }] } })
}

/// What stands behind a choice. WhatsApp asks for something, and not too long.
fn id_of(choice: &Choice, number: usize) -> String {
    if choice.payload.is_empty() || choice.payload.len() > LONGEST_ID {
        format!("choice-{number}")
    } else {
        choice.payload.clone()
    }
}
