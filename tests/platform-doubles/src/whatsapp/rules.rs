//! What WhatsApp takes of a message, and how it refuses the rest.

use bytes::Bytes;
use serde_json::{Value, json};

use super::State;
use crate::server::Response;

/// How long after a customer's message a free answer is taken, in seconds.
const WINDOW: i64 = 24 * 60 * 60;
/// The types that a file may have.
const TYPES: [&str; 18] = [
    "audio/aac",
    "audio/amr",
    "audio/mp4",
    "audio/mpeg",
    "audio/ogg",
    "application/msword",
    "application/pdf",
    "application/vnd.ms-excel",
    "application/vnd.ms-powerpoint",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "image/jpeg",
    "image/png",
    "image/webp",
    "text/plain",
    "video/3gpp",
    "video/mp4",
];

/// An error as the platform writes it.
pub fn error(status: u16, code: i64, message: &str) -> Response {
    let error = json!({
        "message": message,
        "type": "OAuthException",
        "code": code,
        "error_data": { "messaging_product": "whatsapp", "details": message },
        "fbtrace_id": "AbCdEfGh",
    });
    Response::json(status, &json!({ "error": error }))
}

/// A token that is not taken, with the number that says why, where there is one.
pub(super) fn lost_access(words: &str, subcode: Option<i64>) -> Response {
    let mut error = json!({ "message": words, "type": "OAuthException", "code": 190, "fbtrace_id": "AbCdEfGh" });
    if let (Some(subcode), Some(fields)) = (subcode, error.as_object_mut()) {
        fields.insert("error_subcode".to_owned(), subcode.into());
    }
    Response::json(401, &json!({ "error": error }))
}

/// What is asked of a thing that the token does not know.
pub(super) fn unknown() -> Response {
    let words = "Unsupported request. Object does not exist or cannot be loaded due to missing permissions.";
    let error = json!({ "message": words, "type": "GraphMethodException", "code": 100, "error_subcode": 33 });
    Response::json(400, &json!({ "error": error }))
}

/// Refuses a file that cannot be sent.
pub(super) fn file(kind: &str, content: &Bytes) -> Result<(), Response> {
    if !TYPES.contains(&kind) {
        return Err(error(400, 100, "(#100) Param file must be a file with one of the types that are taken."));
    }
    let most = match kind.split('/').next() {
        Some("image") => 5,
        Some("audio" | "video") => 16,
        _ => 100,
    };
    if content.is_empty() || content.len() > most * 1024 * 1024 {
        return Err(error(400, 100, "(#100) The file has a size that is not taken."));
    }
    Ok(())
}

/// Refuses what the platform refuses; gives the phone number of whom the message is for.
pub(super) fn message(state: &State, body: &Value) -> Result<String, Response> {
    let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let bad = |words: &str| Err(error(400, 100, words));
    if text("/messaging_product") != "whatsapp" {
        return bad("(#100) The parameter messaging_product is required.");
    }
    let name = match (text("/to"), text("/recipient")) {
        ("", "") => return bad("(#100) The parameter to is required."),
        ("", id) => id,
        (phone, "") => phone,
        _ => return bad("(#100) Either to or recipient."),
    };
    if text("/biz_opaque_callback_data").len() > 512 {
        return bad("(#100) biz_opaque_callback_data is too long.");
    }
    if body.get("context").is_some() && !text("/context/message_id").starts_with("wamid.") {
        return Err(error(400, 131_009, "(#131009) The message that is answered is not known."));
    }
    content(state, body)?;
    let Some(customer) = state.customer(name) else {
        return Err(error(400, 131_026, "(#131026) Message undeliverable"));
    };
    if text("/type") == "template" {
        template(state, body, state.stopped.contains(&customer.phone))?;
    } else if state.heard.get(&customer.phone).is_none_or(|heard| heard + WINDOW <= state.now) {
        return Err(error(400, 131_047, "(#131047) Re-engagement message"));
    }
    Ok(customer.phone.clone())
}

fn length(value: Option<&Value>) -> usize {
    value.and_then(Value::as_str).unwrap_or_default().chars().count()
}

fn content(state: &State, body: &Value) -> Result<(), Response> {
    let kind = body.get("type").and_then(Value::as_str).unwrap_or_default();
    let content = body.get(kind).cloned().unwrap_or_default();
    let bad = |words: &str| Err(error(400, 131_009, words));
    match kind {
        "text" => match length(content.get("body")) {
            1..=4096 => Ok(()),
            _ => bad("(#131009) The text has a length that is not taken."),
        },
        "image" | "video" | "audio" | "document" | "sticker" => {
            let caption = length(content.get("caption"));
            if caption > 1024 || (caption > 0 && matches!(kind, "audio" | "sticker")) {
                return bad("(#131009) The caption is not taken.");
            }
            let id = content.get("id").and_then(Value::as_str).unwrap_or_default();
            let file = state.files.get(id).ok_or_else(|| error(400, 100, "(#100) Not a valid media attachment ID"))?;
            let is_kind = file.content_type.starts_with(&format!("{kind}/"));
            if is_kind || matches!(kind, "document" | "sticker") { Ok(()) } else { bad("(#131009) Not such a file.") }
        }
        "interactive" => interactive(&content),
        "reaction" if length(content.get("message_id")) == 0 || content.get("emoji").is_none() => {
            bad("(#131009) The reaction names no message or no sign.")
        }
        "reaction" | "template" => Ok(()),
        _ => Err(error(400, 131_051, "(#131051) Unsupported message type")),
    }
}

fn interactive(content: &Value) -> Result<(), Response> {
    let bad = |words: &str| Err(error(400, 131_009, words));
    if !(1..=1024).contains(&length(content.pointer("/body/text"))) {
        return bad("(#131009) The text above the buttons has a length that is not taken.");
    }
    let (options, title, id, most) = match content.get("type").and_then(Value::as_str) {
        Some("button") => {
            let buttons = content.pointer("/action/buttons").and_then(Value::as_array).into_iter().flatten();
            let replies: Vec<Value> = buttons.filter_map(|button| button.get("reply").cloned()).collect();
            (replies, 20, 256, 3)
        }
        Some("list") if (1..=20).contains(&length(content.pointer("/action/button"))) => {
            let rows = content.pointer("/action/sections/0/rows").and_then(Value::as_array);
            (rows.cloned().unwrap_or_default(), 24, 200, 10)
        }
        _ => return bad("(#131009) The kind of buttons is not taken."),
    };
    let fits = |option: &Value| {
        (1..=title).contains(&length(option.get("title"))) && (1..=id).contains(&length(option.get("id")))
    };
    let mut ids: Vec<&Value> = options.iter().filter_map(|option| option.get("id")).collect();
    ids.sort_by_key(ToString::to_string);
    ids.dedup();
    if options.is_empty() || options.len() > most || ids.len() != options.len() || !options.iter().all(fits) {
        return bad("(#131009) The buttons are not taken.");
    }
    Ok(())
}

fn template(state: &State, body: &Value, stopped_marketing: bool) -> Result<(), Response> {
    let wanted = |template: &&Value| {
        template.get("name") == body.pointer("/template/name")
            && template.get("language") == body.pointer("/template/language/code")
    };
    let missing = || error(404, 132_001, "(#132001) Template name does not exist in the translation");
    let template = state.templates.iter().find(wanted).ok_or_else(missing)?;
    match template.get("status").and_then(Value::as_str) {
        Some("APPROVED") => {}
        Some("PAUSED") => return Err(error(400, 132_015, "(#132015) Template is paused")),
        Some("DISABLED") => return Err(error(400, 132_016, "(#132016) Template is disabled")),
        _ => return Err(missing()),
    }
    if stopped_marketing && template.get("category").and_then(Value::as_str) == Some("MARKETING") {
        return Err(error(400, 131_050, "(#131050) The user has stopped marketing messages"));
    }
    let components = |value: &Value| value.get("components").and_then(Value::as_array).cloned().unwrap_or_default();
    let asked: usize = components(template).iter().map(|component| component.to_string().matches("{{").count()).sum();
    let filled = components(&body.get("template").cloned().unwrap_or_default());
    let parameters: Vec<Value> = filled
        .iter()
        .filter_map(|component| component.get("parameters").and_then(Value::as_array))
        .flatten()
        .cloned()
        .collect();
    if parameters.len() != asked {
        return Err(error(400, 132_000, "(#132000) Number of parameters does not match the expected number"));
    }
    let text = |parameter: &Value| parameter.get("text").and_then(Value::as_str).unwrap_or_default().to_owned();
    let is_odd = |text: String| text.is_empty() || text.contains(['\n', '\t']) || text.contains("     ");
    if parameters.iter().map(text).any(is_odd) {
        return Err(error(400, 132_012, "(#132012) Parameter format does not match"));
    }
    Ok(())
}
