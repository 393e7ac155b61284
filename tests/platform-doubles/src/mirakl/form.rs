//! The form in which a message comes.

use bytes::Bytes;
use serde_json::Value;

use crate::multipart;
use crate::server::Request;

/// A form that was read.
pub(super) struct Form {
    /// The words, as JSON.
    pub(super) words: Value,
    /// The files, with their names.
    pub(super) files: Vec<(String, Bytes)>,
}

/// Reads a form whose words have this name; `None` where it is none.
pub(super) fn read(request: &Request, name: &str) -> Option<Form> {
    let mut form = Form { words: Value::Null, files: Vec::new() };
    for field in multipart::fields(request) {
        if field.name == name && field.content_type == "application/json" {
            form.words = serde_json::from_slice(&field.content).ok()?;
        } else if field.name == "files" {
            form.files.push((field.file_name?, field.content));
        }
    }
    form.words.is_object().then_some(form)
}
