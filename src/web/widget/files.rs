//! Files in a chat: taken when they are what the chat takes, given back under a signed address.

use std::time::Duration;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use uuid::Uuid;

use super::feed::visit_of;
use super::frames::Sight;
use super::hub::Hub;
use super::open_chat;
use super::replay::sight_in;
use super::visit::Refused;
use crate::app::Desk;
use crate::channels::live_chat::visitor::is_file_signed;
use crate::model::attachment::{clean_name, picture_type};
use crate::model::{AttachmentId, ChannelId};
use crate::store::attachments;
use crate::web::api::ApiError;
use crate::web::body::{Room, Unread};
use crate::web::error::{Error, Result};
use crate::web::file_name::disposition;
use crate::web::sessions::attempts::network_of;

/// Largest file, in bytes.
const LIMIT: usize = 10 * 1024 * 1024;
/// What the files of visitors take in memory while they come. Those whom the shop vouches for have a room of their own, so
/// that no stranger keeps a customer from theirs.
static STRANGERS: Room = Room::of_kib(96 * 1024);
static CUSTOMERS: Room = Room::of_kib(32 * 1024);
/// Longest name, in characters.
const NAME: usize = 120;

/// A file that is being sent.
#[derive(Debug, Deserialize)]
pub struct Sending {
    id: Uuid,
    #[serde(default)]
    name: String,
}

/// `POST /widget/{channel}/files?id=&name=`: the body is the file. It is a message of its own.
pub async fn send(
    desk: web::Data<Desk>,
    hub: web::Data<Hub>,
    request: HttpRequest,
    channel: web::Path<ChannelId>,
    sending: web::Query<Sending>,
    body: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let mut visit = visit_of(&desk, &hub, *channel, &request).await?;
    let coming = hub.let_come(visit.visitor.id, network_of(&request, &desk.config.http.proxies));
    let _coming = coming.map_err(|words| Error::TooMany(words.to_owned()))?;
    if !visit.may_write() {
        return Err(too_many().into());
    }
    let room = if visit.visitor.is_vouched() { &CUSTOMERS } else { &STRANGERS };
    let content = read(room, body, desk.config.chat.upload_seconds).await?;
    let kind = kind_of(&content).ok_or_else(|| {
        Error::Invalid("The chat takes pictures (PNG, JPEG, GIF, WebP), PDF and plain text.".to_owned())
    })?;
    match visit.write_file(sending.id, name_of(&sending.name, kind), kind.content_type, content).await {
        Ok(()) => Ok(HttpResponse::NoContent().finish()),
        Err(Refused::TooFast) => Err(too_many().into()),
        Err(Refused::Invalid) => Err(Error::Invalid("The file cannot be sent.".to_owned()).into()),
        Err(Refused::Busy) => Err(Error::Unavailable("The chat is busy. Try again in a moment.".to_owned()).into()),
    }
}

fn too_many() -> Error {
    Error::TooMany("Too many at once. Wait a moment.".to_owned())
}

/// The whole file, or why it is not taken.
async fn read(room: &Room, body: web::Payload, seconds: u64) -> Result<web::Bytes> {
    room.read(body, LIMIT, Duration::from_secs(seconds)).await.map_err(|unread| match unread {
        Unread::TooLarge => Error::Invalid("The file is too large: at most 10 MB.".to_owned()),
        Unread::BrokeOff(reason) => Error::Invalid(format!("The file broke off: {reason}.")),
        Unread::Busy => Error::Unavailable("The chat is busy. Try again in a moment.".to_owned()),
        Unread::TooSlow => Error::TooSlow(format!(
            "The file took longer than {seconds} seconds, so nothing of it was kept. Try again, or send a smaller one."
        )),
    })
}

/// What a file is, by its bytes: what its name says counts for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FileKind {
    content_type: &'static str,
    ending: &'static str,
}

const STARTS: [(&[u8], &str, &str); 6] = [
    (b"\x89PNG\r\n\x1a\n", "image/png", "png"),
    (b"\xff\xd8\xff", "image/jpeg", "jpg"),
    (b"GIF87a", "image/gif", "gif"),
    (b"GIF89a", "image/gif", "gif"),
    (b"%PDF-", "application/pdf", "pdf"),
    (b"RIFF", "image/webp", "webp"),
];

fn kind_of(content: &[u8]) -> Option<FileKind> {
    let by_start = STARTS.iter().find(|(start, ..)| content.starts_with(start));
    if let Some((_, content_type, ending)) = by_start {
        let is_whole = *ending != "webp" || content.get(8..12) == Some(b"WEBP");
        return is_whole.then_some(FileKind { content_type, ending });
    }
    let text = std::str::from_utf8(content).ok().filter(|text| !text.is_empty())?;
    // What a browser could take for a page or a picture with script is not plain text.
    let plain = !text.contains('\0') && !text.trim_start().starts_with('<');
    plain.then_some(FileKind { content_type: "text/plain", ending: "txt" })
}

/// A name that is safe to show and to save, with the ending that the content has.
fn name_of(given: &str, kind: FileKind) -> String {
    let clean = clean_name(given);
    let stem = clean.rsplit_once('.').map_or(clean.as_str(), |(stem, _)| stem).trim_end_matches(['.', ' ']);
    let stem: String = stem.chars().take(NAME).collect();
    format!("{stem}.{}", kind.ending)
}

/// The address of a file that the chat gave out.
#[derive(Debug, Deserialize)]
pub struct Signed {
    until: i64,
    key: String,
}

/// `GET /widget/{channel}/files/{id}?until=&key=`
pub async fn show(
    desk: web::Data<Desk>,
    path: web::Path<(ChannelId, AttachmentId)>,
    signed: web::Query<Signed>,
) -> Result<HttpResponse> {
    let (channel, id) = path.into_inner();
    let (_, chat) = open_chat(&desk, channel).await?;
    let now = desk.clock.now().0 / 1_000_000;
    if signed.until < now || !is_file_signed(chat.settings(), &id.to_string(), signed.until, &signed.key) {
        return Err(Error::NotFound);
    }
    let file = attachments::find(&desk.db, id).await?.ok_or(Error::NotFound)?;
    // What it is of may have left the chat since the address was given out; what came by mail may do so still.
    let kept = match sight_in(&desk, channel, file.message_id).await? {
        Sight::Chat => "private, max-age=86400",
        Sight::Vouched => "private, no-store",
        Sight::Nobody => return Err(Error::NotFound),
    };
    let content = desk.files.get(&file.storage_key).await.map_err(|error| Error::Unavailable(error.to_string()))?;
    let picture = picture_type(&content);
    Ok(HttpResponse::Ok()
        .content_type(picture.unwrap_or("application/octet-stream"))
        .insert_header((header::CONTENT_DISPOSITION, disposition(picture.is_some(), &file.name)))
        .insert_header((header::CACHE_CONTROL, kept))
        .insert_header((header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .body(content))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_its_bytes_say() {
        let found = |content: &[u8]| kind_of(content).map(|kind| kind.content_type);
        assert_eq!(found(b"\x89PNG\r\n\x1a\n rest"), Some("image/png"));
        assert_eq!(found(b"RIFF\0\0\0\0WEBPVP8 "), Some("image/webp"));
        assert_eq!(found(b"%PDF-1.7"), Some("application/pdf"));
        assert_eq!(found("Grüße".as_bytes()), Some("text/plain"));
        for hostile in [
            &b"RIFF\0\0\0\0WAVE"[..],
            b"<html><script>",
            b" \n<svg onload=x>",
            b"MZ\x90\0\x03",
            b"PK\x03\x04\xff",
            b"",
            b"a\0b",
        ] {
            assert_eq!(found(hostile), None, "{hostile:?}");
        }
    }

    #[test]
    fn a_name_is_safe_and_ends_as_its_content() {
        let png = FileKind { content_type: "image/png", ending: "png" };
        for (given, kept) in [
            ("photo.png", "photo.png"),
            ("invoice.exe", "invoice.png"),
            ("../../etc/passwd", "passwd.png"),
            ("C:\\a\\b.jpg", "b.png"),
            ("a\u{202e}gnp.exe", "agnp.png"),
            ("", "file.png"),
            ("...", "file.png"),
            ("\"; x=\"", "_; x=_.png"),
            ("photo. .exe", "photo.png"),
        ] {
            assert_eq!(name_of(given, png), kept, "{given}");
        }
    }
}
