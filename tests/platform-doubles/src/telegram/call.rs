//! What a method of the Bot API was given, and whether it is within the limits.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde_json::{Map, Value};

use crate::multipart;
use crate::server::Request;

/// The largest file that a bot may send, in bytes.
const LARGEST_FILE: usize = 50 * 1024 * 1024;

/// What a method was given, in whichever form.
pub(super) struct Call {
    pub(super) fields: BTreeMap<String, String>,
    pub(super) files: Vec<(String, Bytes)>,
}

impl Call {
    pub(super) fn of(request: &Request) -> Self {
        let word = |value: Value| if let Value::String(word) = value { word } else { value.to_string() };
        let document: Map<String, Value> = serde_json::from_slice(&request.body).unwrap_or_default();
        let mut fields: BTreeMap<String, String> = request.query.iter().cloned().collect();
        fields.extend(document.into_iter().map(|(key, value)| (key, word(value))));
        let mut files = Vec::new();
        for field in multipart::fields(request) {
            if field.file_name.is_some() {
                files.push((field.name, field.content));
            } else {
                fields.insert(field.name.clone(), field.text());
            }
        }
        Self { fields, files }
    }

    pub(super) fn field(&self, name: &str) -> &str {
        self.fields.get(name).map(String::as_str).unwrap_or_default()
    }

    /// The words of a message, where they are within the limits.
    pub(super) fn text(&self, method: &str) -> Result<String, (u16, String)> {
        if method == "sendMessage" {
            return match self.field("text") {
                text if text.trim().is_empty() => Err((400, "Bad Request: message text is empty".to_owned())),
                text if text.chars().count() > 4096 => Err((400, "Bad Request: message is too long".to_owned())),
                text => Ok(text.to_owned()),
            };
        }
        let media: Vec<Value> = serde_json::from_str(self.field("media")).unwrap_or_default();
        let below = |part: &Value| part.get("caption").and_then(Value::as_str).map(ToOwned::to_owned);
        let caption = media.iter().find_map(below).unwrap_or_else(|| self.field("caption").to_owned());
        if caption.chars().count() > 1024 {
            return Err((400, "Bad Request: message caption is too long".to_owned()));
        }
        Ok(caption)
    }

    pub(super) fn check_files(&self, method: &str) -> Result<(), (u16, String)> {
        let refused = |status: u16, words: &str| Err((status, words.to_owned()));
        let media: Vec<Value> = serde_json::from_str(self.field("media")).unwrap_or_default();
        let is_there = |part: &Value| {
            let name = part.get("media").and_then(Value::as_str).and_then(|name| name.strip_prefix("attach://"));
            self.files.iter().any(|(file, _)| Some(file.as_str()) == name)
        };
        let is_right = match method {
            "sendMessage" => self.files.is_empty(),
            "sendPhoto" => matches!(self.files.as_slice(), [(name, _)] if name == "photo"),
            "sendDocument" => matches!(self.files.as_slice(), [(name, _)] if name == "document"),
            _ => (2..=10).contains(&media.len()) && media.iter().all(is_there),
        };
        if !is_right {
            return refused(400, "Bad Request: wrong number of files");
        }
        if self.files.iter().any(|(_, content)| content.is_empty()) {
            return refused(400, "Bad Request: file must be non-empty");
        }
        if self.files.iter().any(|(_, content)| content.len() > LARGEST_FILE) {
            return refused(413, "Request Entity Too Large");
        }
        let is_shown = method == "sendPhoto" || media.iter().any(|part| part.get("type") == Some(&"photo".into()));
        let is_picture = |content: &Bytes| content.starts_with(b"\x89PNG") || content.starts_with(b"\xff\xd8\xff");
        if is_shown && !self.files.iter().all(|(_, content)| is_picture(content)) {
            return refused(400, "Bad Request: IMAGE_PROCESS_FAILED");
        }
        Ok(())
    }

    pub(super) fn check_buttons(&self) -> Result<(), (u16, String)> {
        let markup: Value = serde_json::from_str(self.field("reply_markup")).unwrap_or_default();
        let rows = markup.get("inline_keyboard").and_then(Value::as_array).into_iter().flatten();
        let buttons: Vec<&Value> = rows.flat_map(|row| row.as_array().into_iter().flatten()).collect();
        let behind = |button: &Value| button.get("callback_data").and_then(Value::as_str).map_or(0, str::len);
        if buttons.iter().any(|button| !(1..=64).contains(&behind(button))) {
            return Err((400, "Bad Request: BUTTON_DATA_INVALID".to_owned()));
        }
        if buttons.len() > 100 { Err((400, "Bad Request: too many buttons".to_owned())) } else { Ok(()) }
    }
}
