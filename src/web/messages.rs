//! A mail as it was sent, in a frame that can do nothing, and the files of messages as downloads.

use actix_web::{HttpResponse, web};
use serde::Deserialize;

use crate::app::Desk;
use crate::model::attachment::Attachment;
use crate::model::{AttachmentId, MessageId};
use crate::store::files::FileError;
use crate::store::{attachments, messages};
use crate::web::error::{Error, Result};
use crate::web::guard::SignedIn;

/// A mail may show its own pictures, and nothing else.
const FRAME_POLICY: &str = "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; sandbox allow-popups";
/// With pictures from the web, after a person asked for them.
const FRAME_POLICY_IMAGES: &str =
    "default-src 'none'; img-src 'self' data: https:; style-src 'unsafe-inline'; sandbox allow-popups";

/// Whether pictures from the web are loaded.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Pictures {
    images: Option<String>,
}

/// `GET /messages/{id}/html`
pub async fn html(
    desk: web::Data<Desk>,
    _: SignedIn,
    id: web::Path<MessageId>,
    pictures: web::Query<Pictures>,
) -> Result<HttpResponse> {
    let message = messages::find(&desk.db, *id).await?.ok_or(Error::NotFound)?;
    let html = message.html.ok_or(Error::NotFound)?;
    let files = attachments::list(&desk.db, &[*id]).await?;
    let remote = pictures.images.is_some();
    let body = with_pictures(&html, &files, remote);
    let page = format!("<!doctype html><meta charset=\"utf-8\"><base target=\"_blank\">{body}");
    Ok(HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header(("content-security-policy", if remote { FRAME_POLICY_IMAGES } else { FRAME_POLICY }))
        .insert_header(("x-frame-options", "SAMEORIGIN"))
        .insert_header(("referrer-policy", "no-referrer"))
        .insert_header(("cache-control", "no-store"))
        .body(page))
}

/// Pictures that came with the mail get their addresses; those on the web only when asked.
fn with_pictures(html: &str, files: &[Attachment], remote: bool) -> String {
    let mut body = html.to_owned();
    for file in files {
        if let Some(id) = &file.content_id {
            body = body.replace(&format!("\"cid:{id}\""), &format!("\"/attachments/{}?inline=1\"", file.id));
        }
    }
    if remote { body.replace("data-remote-src=", "src=") } else { body }
}

/// Whether a picture is shown in place.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Place {
    inline: Option<String>,
}

/// `GET /attachments/{id}`: always a download, but for harmless pictures asked for in place.
pub async fn attachment(
    desk: web::Data<Desk>,
    _: SignedIn,
    id: web::Path<AttachmentId>,
    place: web::Query<Place>,
) -> Result<HttpResponse> {
    let file = attachments::find(&desk.db, *id).await?.ok_or(Error::NotFound)?;
    let content = desk.files.get(&file.storage_key).await.map_err(|error| match error {
        FileError::Missing => Error::NotFound,
        other => Error::Unavailable(other.to_string()),
    })?;
    let picture = picture_type(&file.content_type).filter(|_| place.inline.is_some());
    let disposition = if picture.is_some() { "inline" } else { "attachment" };
    Ok(HttpResponse::Ok()
        .content_type(picture.unwrap_or("application/octet-stream"))
        .insert_header(("content-disposition", format!("{disposition}; filename*=UTF-8''{}", encoded(&file.name))))
        .insert_header(("content-security-policy", "default-src 'none'; sandbox"))
        .insert_header(("cache-control", "private, max-age=3600"))
        .body(content))
}

/// Types that a browser only paints.
fn picture_type(declared: &str) -> Option<&'static str> {
    ["image/png", "image/jpeg", "image/gif", "image/webp"]
        .into_iter()
        .find(|known| declared.trim().eq_ignore_ascii_case(known))
}

/// A file name for a header (RFC 5987).
fn encoded(name: &str) -> String {
    let name = if name.is_empty() { "file" } else { name };
    name.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_cannot_break_out_of_their_header() {
        assert_eq!(encoded("a\"b\r\nc é.png"), "a%22b%0D%0Ac%20%C3%A9.png");
        assert_eq!(encoded(""), "file");
    }

    #[test]
    fn only_plain_pictures_are_shown_in_place() {
        assert_eq!(picture_type("IMAGE/PNG"), Some("image/png"));
        for other in ["image/svg+xml", "text/html", "application/pdf"] {
            assert_eq!(picture_type(other), None, "{other}");
        }
    }

    #[test]
    fn pictures_from_the_web_wait_to_be_asked_for() {
        let html = "<img data-remote-src=\"https://x.example/a.png\"><img src=\"cid:logo@x\">";
        assert!(!with_pictures(html, &[], false).contains(" src=\"https"));
        assert!(with_pictures(html, &[], true).contains(" src=\"https"));
    }
}
