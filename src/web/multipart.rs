//! Forms with files, read with a bound: what may not be kept is read past, so that the answer can say so.

use actix_multipart::{Field, Multipart};
use actix_web::HttpRequest;
use actix_web::http::header::{self, ContentDisposition};
use actix_web::web::{Bytes, Payload};
use channel_contract::capabilities::AttachmentLimit;
use futures_util::StreamExt as _;

use super::error::{Error, Result};
use crate::inbox::attach::Upload;

/// Most bytes of all fields that are no files.
const FIELDS: usize = 1024 * 1024;

/// What a form carried.
#[derive(Debug, Default)]
pub struct Form {
    /// Names and values of what is no file, as they came.
    pub fields: Vec<(String, String)>,
    /// Files that fit.
    pub files: Vec<Upload>,
    /// Names of files that did not.
    pub left_out: Vec<String>,
}

impl Form {
    /// The text of a field, if it was sent.
    pub fn sent(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The same, `""` if it was not sent.
    pub fn field(&self, name: &str) -> &str {
        self.sent(name).unwrap_or_default()
    }
}

/// Whether a request carries such a form.
pub fn is_multipart(head: &actix_web::dev::RequestHead) -> bool {
    let kind = head.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.trim_start().to_ascii_lowercase().starts_with("multipart/form-data")
}

/// Reads a form; at most `room` of files is kept in memory.
pub async fn read(request: &HttpRequest, payload: Payload, room: AttachmentLimit) -> Result<Form> {
    let mut form = Form::default();
    let mut fields_left = FIELDS;
    let mut bytes_left = usize::try_from(room.total_bytes).unwrap_or(usize::MAX);
    let mut parts = Multipart::new(request.headers(), payload);
    while let Some(part) = parts.next().await {
        let mut part = part.map_err(|_| broken())?;
        let file_name = part.content_disposition().and_then(ContentDisposition::get_filename).map(str::to_owned);
        let Some(name) = file_name else {
            let name = part.name().unwrap_or_default().to_owned();
            let text = take(&mut part, fields_left).await?;
            let text = text.ok_or_else(|| Error::Invalid("The text is too long. Shorten it.".to_owned()))?;
            fields_left = fields_left.saturating_sub(text.len());
            form.fields.push((name, String::from_utf8_lossy(&text).into_owned()));
            continue;
        };
        let content_type = part.content_type().map(ToString::to_string).unwrap_or_default();
        let most = if form.files.len() < room.count { bytes_left } else { 0 };
        match take(&mut part, most).await? {
            // A file field in which nothing was chosen.
            Some(content) if content.is_empty() && name.is_empty() => {}
            Some(content) if form.files.len() < room.count => {
                bytes_left = bytes_left.saturating_sub(content.len());
                form.files.push(Upload { name, content_type, content });
            }
            _ => form.left_out.push(name),
        }
    }
    Ok(form)
}

/// A part, unless it is larger than `most`.
async fn take(part: &mut Field, most: usize) -> Result<Option<Bytes>> {
    match part.bytes(most).await {
        Ok(read) => read.map(Some).map_err(|_| broken()),
        Err(_) => Ok(None),
    }
}

fn broken() -> Error {
    Error::Invalid("The upload broke off or is no form. Nothing was attached; try again.".to_owned())
}
