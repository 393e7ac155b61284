//! A mail as it was sent, in a frame that can do nothing, its whole text, and the files of messages as downloads.

use std::collections::{HashMap, HashSet};

use actix_web::{HttpResponse, web};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use crate::app::Desk;
use crate::model::attachment::{Attachment, PICTURE_BYTES, picture_type};
use crate::model::{AttachmentId, MessageId};
use crate::pictures::{Busy, MOST};
use crate::store::files::FileError;
use crate::store::{attachments, messages};
use crate::web::error::{Error, Result};
use crate::web::file_name::disposition;
use crate::web::guard::SignedIn;

/// A mail may show pictures that stand in the page itself, and nothing else: the frame has no cookie to ask the desk
/// with, a mail has nothing to ask it for, and its sender learns nothing of who reads it.
const FRAME_POLICY: &str = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; sandbox allow-popups";
/// Most bytes of a mail's own pictures that are put into its page.
const OWN_PICTURES: usize = 12 * 1024 * 1024;
/// Most bytes that pictures of a kind add to the page of a mail: one that is shown ten thousand times is not written so
/// often.
const WRITTEN: usize = 24 * 1024 * 1024;

/// Where the address of a picture on the web waits in sanitised HTML.
const WAITING: &str = " data-remote-src=\"";

/// What is said while too many mails have their pictures fetched.
const BUSY: &str = "Too many mails have their pictures fetched right now. Load this page again in a moment.";

/// Whether pictures from the web are fetched.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Pictures {
    images: Option<String>,
}

/// `GET /messages/{id}/html`
pub async fn html(
    desk: web::Data<Desk>,
    who: SignedIn,
    id: web::Path<MessageId>,
    pictures: web::Query<Pictures>,
) -> Result<HttpResponse> {
    let message = messages::find(&desk.db, *id).await?.ok_or(Error::NotFound)?;
    let html = message.html.ok_or(Error::NotFound)?;
    let files = attachments::list(&desk.db, &[*id]).await?;
    let own = own_pictures(&desk, &html, &files).await?;
    let body = with_pictures(&html, &own);
    let body = if pictures.images.is_some() { with_pictures_of_the_web(&desk, &who, &body).await? } else { body };
    let page = format!("<!doctype html><meta charset=\"utf-8\"><base target=\"_blank\">{body}");
    Ok(HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header(("content-security-policy", FRAME_POLICY))
        .insert_header(("x-frame-options", "SAMEORIGIN"))
        .insert_header(("referrer-policy", "no-referrer"))
        .insert_header(("cache-control", "no-store"))
        .body(page))
}

/// `GET /messages/{id}/text`: all that a message says as plain text, with what it quotes. A page of many shows its
/// beginning.
pub async fn text(desk: web::Data<Desk>, _: SignedIn, id: web::Path<MessageId>) -> Result<HttpResponse> {
    let message = messages::find(&desk.db, *id).await?.ok_or(Error::NotFound)?;
    let whole = if message.full_text.is_empty() { message.body } else { message.full_text };
    Ok(HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .insert_header(("content-security-policy", "default-src 'none'; sandbox"))
        .insert_header(("x-content-type-options", "nosniff"))
        .insert_header(("referrer-policy", "no-referrer"))
        .insert_header(("cache-control", "no-store"))
        .body(whole))
}

/// The pictures that came with a mail and that its HTML shows, by their id, as `data:` addresses.
async fn own_pictures(desk: &Desk, html: &str, files: &[Attachment]) -> Result<HashMap<String, String>> {
    let mut own = HashMap::new();
    let mut left = OWN_PICTURES;
    for file in files.iter().filter(|file| file.is_picture()) {
        let Some(id) = file.content_id.as_ref().filter(|id| ids_in(html).any(|shown| shown == **id)) else { continue };
        let content = match desk.files.get(&file.storage_key).await {
            Ok(content) if content.len() <= left => content,
            Ok(_) | Err(FileError::Missing) => continue,
            Err(error) => return Err(Error::Unavailable(error.to_string())),
        };
        if let Some(kind) = picture_type(&content) {
            left -= content.len();
            own.insert(id.clone(), data_address(kind, &content));
        }
    }
    Ok(own)
}

/// The ids of the pictures that sanitised HTML shows: ` src="cid:..."`.
fn ids_in(html: &str) -> impl Iterator<Item = String> {
    html.split(" src=\"").skip(1).filter_map(|rest| picture_id(rest.split('"').next()?))
}

/// The id in a `cid:` address as it stands in an attribute.
fn picture_id(address: &str) -> Option<String> {
    let (scheme, id) = address.split_once(':')?;
    let id = id.replace("&amp;", "&");
    scheme.trim().eq_ignore_ascii_case("cid").then(|| percent_decoded(&id))
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        bytes.extend_from_slice(before.as_bytes());
        let code = after.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(code.unwrap_or(b'%'));
        rest = after.get(if code.is_some() { 2 } else { 0 }..).unwrap_or_default();
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8_lossy(&bytes).into_owned()
}

fn data_address(kind: &str, content: &[u8]) -> String {
    format!("data:{kind};base64,{}", STANDARD.encode(content))
}

/// With the pictures that are on the web, fetched by the desk: the page that shows them asks for nothing.
async fn with_pictures_of_the_web(desk: &Desk, who: &SignedIn, html: &str) -> Result<String> {
    let addresses = waiting_in(html);
    let mut found = HashMap::new();
    let fetched = desk.pictures.fetch(&addresses, who.teammate.id, &desk.config.public_url).await;
    for (address, picture) in fetched.map_err(|Busy| Error::Unavailable(BUSY.to_owned()))? {
        found.insert(address, data_address(picture.kind, &picture.bytes));
    }
    Ok(format!("{}{}", missing_words(addresses.len(), found.len()), with_waiting(html, &found)))
}

/// What is said of those that are not shown: of the first ones, which were asked for, and of those behind them, which
/// never are.
fn missing_words(all: usize, found: usize) -> String {
    let asked = all.min(MOST);
    let (missing, beyond) = (asked.saturating_sub(found), all.saturating_sub(asked));
    let missing = (missing > 0).then(|| {
        format!(
            "<p><i>Not shown: {missing} of {asked} pictures from the web. They are gone, too large or no pictures, or \
             did not come within 10 seconds. Load this page again to try once more.</i></p>"
        )
    });
    let beyond = (beyond > 0).then(|| {
        format!(
            "<p><i>Not asked for: {beyond} more. Of one mail the first {MOST} pictures from the web are shown.</i></p>"
        )
    });
    [missing, beyond].into_iter().flatten().collect()
}

/// The addresses that wait in sanitised HTML, each once.
fn waiting_in(html: &str) -> Vec<String> {
    let mut known = HashSet::new();
    let addresses = html.split(WAITING).skip(1).map(|rest| unescaped(rest.split('"').next().unwrap_or_default()));
    addresses.filter(|address| known.insert(address.clone())).collect()
}

/// With what was found for the addresses that wait.
fn with_waiting(html: &str, found: &HashMap<String, String>) -> String {
    let mut pieces = html.split(WAITING);
    let mut body = pieces.next().unwrap_or_default().to_owned();
    let mut left = WRITTEN;
    for piece in pieces {
        let (address, rest) = piece.split_once('"').unwrap_or((piece, ""));
        if let Some(picture) = found.get(&unescaped(address)).filter(|picture| picture.len() <= left) {
            left -= picture.len();
            body.extend([" src=\"", picture.as_str(), "\"", rest]);
        } else {
            body.extend([WAITING, address, "\"", rest]);
        }
    }
    body
}

/// An attribute's value as it was before it was written.
fn unescaped(value: &str) -> String {
    value.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

/// Pictures that came with the mail stand in its page.
fn with_pictures(html: &str, own: &HashMap<String, String>) -> String {
    let mut pieces = html.split(" src=\"");
    let mut body = pieces.next().unwrap_or_default().to_owned();
    let mut left = WRITTEN;
    for piece in pieces {
        let (address, rest) = piece.split_once('"').unwrap_or((piece, ""));
        let picture = picture_id(address).and_then(|id| own.get(&id)).filter(|picture| picture.len() <= left);
        left -= picture.map_or(0, String::len);
        let shown = picture.map_or(address, String::as_str);
        body.extend([" src=\"", shown, "\"", rest]);
    }
    body
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
    file_response(&desk, &file.name, &file.storage_key, place.inline.is_some()).await
}

/// The bytes of a file: to save, or to look at when they are a picture that a browser only paints.
pub(super) async fn file_response(desk: &Desk, name: &str, storage_key: &str, in_place: bool) -> Result<HttpResponse> {
    let content = desk.files.get(storage_key).await.map_err(|error| match error {
        FileError::Missing => Error::NotFound,
        other => Error::Unavailable(other.to_string()),
    })?;
    let small = i64::try_from(content.len()).is_ok_and(|size| size <= PICTURE_BYTES);
    let picture = picture_type(&content).filter(|_| in_place && small);
    Ok(HttpResponse::Ok()
        .content_type(picture.unwrap_or("application/octet-stream"))
        .insert_header(("content-disposition", disposition(picture.is_some(), name)))
        .insert_header(("content-security-policy", "default-src 'none'; sandbox"))
        .insert_header(("x-content-type-options", "nosniff"))
        .insert_header(("cache-control", "private, max-age=3600"))
        .body(content))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_from_the_web_wait_to_be_asked_for() {
        let html = "<img data-remote-src=\"https://x.example/a?b=1&amp;c=%22\" alt=\"A\"><p>and</p>\
                    <img data-remote-src=\"http://x.example/gone\">\
                    <img data-remote-src=\"https://x.example/a?b=1&amp;c=%22\">";
        assert_eq!(with_pictures(html, &HashMap::new()), html, "nothing is loaded");
        assert_eq!(waiting_in(html), ["https://x.example/a?b=1&c=%22", "http://x.example/gone"], "each once");
        let found =
            HashMap::from([("https://x.example/a?b=1&c=%22".to_owned(), "data:image/png;base64,AA".to_owned())]);
        assert_eq!(
            with_waiting(html, &found),
            "<img src=\"data:image/png;base64,AA\" alt=\"A\"><p>and</p>\
             <img data-remote-src=\"http://x.example/gone\"><img src=\"data:image/png;base64,AA\">"
        );
    }

    #[test]
    fn a_picture_that_is_shown_again_and_again_makes_no_huge_page() {
        let large = HashMap::from([("x".to_owned(), "a".repeat(WRITTEN / 3))]);
        for html in ["<img src=\"cid:x\">".repeat(50), "<img data-remote-src=\"x\">".repeat(50)] {
            let page = with_waiting(&with_pictures(&html, &large), &large);
            assert!(page.len() > WRITTEN && page.len() < WRITTEN + 5_000, "{}", page.len());
            assert_eq!(page.matches("<img").count(), 50);
        }
    }

    #[test]
    fn pictures_that_came_with_the_mail_stand_in_it() {
        let html = "<p>src=</p><img alt=\"a\" src=\"cid:a%40x&amp;b\"><img src=\"CID:gone\" width=\"3\">end";
        assert_eq!(ids_in(html).collect::<Vec<_>>(), ["a@x&b", "gone"]);
        let own = HashMap::from([("a@x&b".to_owned(), "data:image/png;base64,AA".to_owned())]);
        assert_eq!(
            with_pictures(html, &own),
            "<p>src=</p><img alt=\"a\" src=\"data:image/png;base64,AA\"><img src=\"CID:gone\" width=\"3\">end"
        );
        assert_eq!(percent_decoded("100%, %zz %e2%82%ac%4"), "100%, %zz €%4");
    }
}
