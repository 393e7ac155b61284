//! A file that is handed over as a form.

use bytes::Bytes;

use super::rules::error;
use crate::multipart::{self, Field};
use crate::server::{Request, Response};

/// The type and the bytes of the file in a form.
pub(super) fn file_of(request: &Request) -> Result<(String, Bytes), Response> {
    let refused = |words: &str| error(400, 100, words);
    let fields = multipart::fields(request);
    let named = |name: &str| fields.iter().find(|field| field.name == name);
    let text = |name: &str| named(name).map(Field::text).unwrap_or_default();
    if text("messaging_product") != "whatsapp" {
        return Err(refused("(#100) The parameter messaging_product is required."));
    }
    let file = named("file").filter(|field| field.file_name.is_some());
    let file = file.ok_or_else(|| refused("(#100) The parameter file is required."))?;
    if file.content_type != text("type") {
        return Err(refused("(#100) The type of the file is not the one that was said."));
    }
    Ok((file.content_type.clone(), file.content.clone()))
}
