//! Whether what a call sends is within the limits.

use serde_json::{Value, json};

use crate::server::Response;

/// The most bubbles in one call.
const MOST: usize = 5;
/// The most text in one, in units of UTF-16.
const LONGEST_TEXT: usize = 5000;

/// The bubbles of a call, where all are as they have to be.
pub(super) fn checked(call: &Value) -> Result<Vec<Value>, Response> {
    let bubbles = call.get("messages").and_then(Value::as_array).cloned().unwrap_or_default();
    if !(1..=MOST).contains(&bubbles.len()) {
        return Err(wrong("Size must be between 1 and 5", "messages"));
    }
    for (at, bubble) in bubbles.iter().enumerate() {
        check(bubble).map_err(|(words, property)| wrong(words, &format!("messages[{at}].{property}")))?;
    }
    Ok(bubbles)
}

/// Whether it can be the id of a person.
pub(super) fn is_user(id: &str) -> bool {
    let digits = id.strip_prefix('U').unwrap_or_default();
    digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

pub(super) fn put(document: &mut Value, name: &str, value: Value) {
    if let Some(fields) = document.as_object_mut() {
        fields.insert(name.to_owned(), value);
    }
}

fn wrong(words: &str, property: &str) -> Response {
    let details = json!([{ "message": words, "property": property }]);
    Response::json(400, &json!({ "message": "The request body has 1 error(s)", "details": details }))
}

fn check(bubble: &Value) -> Result<(), (&'static str, &'static str)> {
    let word = |name: &str| bubble.get(name).and_then(Value::as_str).unwrap_or_default();
    match word("type") {
        "text" if word("text").is_empty() => return Err(("May not be empty", "text")),
        "text" if word("text").encode_utf16().count() > LONGEST_TEXT => {
            return Err(("Length must be between 0 and 5000", "text"));
        }
        "text" => {}
        "image" => {
            for address in ["originalContentUrl", "previewImageUrl"] {
                if !word(address).starts_with("https://") || word(address).len() > 2_000 {
                    return Err(("Must be a valid HTTPS URL", "originalContentUrl"));
                }
            }
        }
        _ => return Err(("Must be one of the following values: [text, image, ...]", "type")),
    }
    let items = bubble.pointer("/quickReply/items").and_then(Value::as_array).cloned().unwrap_or_default();
    if items.len() > 13 {
        return Err(("Size must be between 1 and 13", "quickReply.items"));
    }
    let length =
        |item: &Value, place: &str| item.pointer(place).and_then(Value::as_str).map_or(0, |word| word.chars().count());
    let fits = |item: &Value| {
        (1..=20).contains(&length(item, "/action/label")) && (1..=300).contains(&length(item, "/action/data"))
    };
    if items.iter().all(fits) { Ok(()) } else { Err(("Length must be between 1 and 20", "quickReply.items")) }
}
