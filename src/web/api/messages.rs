//! What was said in a conversation, for programs.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Result, limit_of};
use crate::app::Desk;
use crate::model::attachment::Attachment;
use crate::model::message::{Delivery, Direction, Message, MessageAuthor, Trust};
use crate::model::message_change::MessageChanges;
use crate::model::{AttachmentId, ConversationId, MessageId, Ts};
use crate::store::{self, Db, attachments, conversations, messages};
use crate::web::cursors::{message_cursor_of, message_cursor_text};
use crate::web::error::Error;
use crate::web::guard::Program;
use crate::web::messages::file_response;

/// Which page.
#[derive(Debug, Deserialize)]
pub struct Page {
    cursor: Option<String>,
    limit: Option<String>,
}

#[derive(Serialize)]
struct MessageView<'a> {
    id: String,
    direction: Direction,
    author: MessageAuthor,
    sender_name: &'a str,
    trust: Trust,
    body: &'a str,
    delivery: Option<Delivery>,
    delivery_reason: &'a str,
    external_id: &'a str,
    /// Whether it passes the customer by.
    aside: bool,
    created_at: String,
    written_at: Option<String>,
    sent_at: Option<String>,
    edited_at: Option<String>,
    taken_back_at: Option<String>,
    /// The buttons below it.
    choices: &'a [String],
    signs: Vec<SignView<'a>>,
    attachments: Vec<AttachmentView<'a>>,
}

/// A sign on a message.
#[derive(Serialize)]
struct SignView<'a> {
    sign: &'a str,
    by: &'a str,
}

/// A file of a message. Its bytes are at `url`, with the same token.
#[derive(Serialize)]
struct AttachmentView<'a> {
    id: AttachmentId,
    name: &'a str,
    #[serde(rename = "type")]
    content_type: &'a str,
    size: i64,
    url: String,
}

impl<'a> From<&'a Attachment> for AttachmentView<'a> {
    fn from(file: &'a Attachment) -> Self {
        Self {
            id: file.id,
            name: &file.name,
            content_type: &file.content_type,
            size: file.size,
            url: format!("/api/v1/attachments/{}", file.id),
        }
    }
}

impl<'a> MessageView<'a> {
    /// A message with its own of all these files.
    fn new(message: &'a Message, files: &'a [Attachment]) -> Self {
        let own = files.iter().filter(|file| file.message_id == message.id && !message.is_taken_back());
        let changes = message.changes.as_ref().map(|changes| &changes.0);
        let signs = changes.into_iter().flat_map(MessageChanges::shown_signs);
        Self {
            edited_at: changes.and_then(MessageChanges::edited_at).map(Ts::rfc3339),
            taken_back_at: changes.and_then(|it| it.taken_back_at).map(Ts::rfc3339),
            signs: signs.map(|sign| SignView { sign: &sign.sign, by: &sign.name }).collect(),
            choices: &message.choices.0,
            attachments: own.map(AttachmentView::from).collect(),
            id: message.id.to_string(),
            direction: message.direction,
            author: message.author,
            sender_name: &message.sender_name,
            trust: message.trust,
            body: &message.body,
            delivery: message.delivery,
            delivery_reason: &message.delivery_reason,
            external_id: &message.external_id,
            aside: message.aside,
            created_at: message.created_at.rfc3339(),
            written_at: message.written_at.map(Ts::rfc3339),
            sent_at: message.sent_at.map(Ts::rfc3339),
        }
    }
}

/// `GET /api/v1/conversations/{number}/messages`: the newest, and with `cursor=` those that came before a page.
pub async fn list(
    desk: web::Data<Desk>,
    _: Program,
    number: web::Path<i64>,
    page: web::Query<Page>,
) -> Result<HttpResponse> {
    let before = page.cursor.as_deref().map(message_cursor_of).transpose()?;
    let limit = limit_of(page.limit.as_deref())?;
    let row = conversations::find_merged(&desk.db, *number).await?.ok_or(Error::NotFound)?;
    let (items, next) = page_of(&desk.db, row.id, before, limit).await?;
    Ok(HttpResponse::Ok().json(json!({ "items": items, "next_cursor": next })))
}

/// The newest messages of a conversation, or those that came before one of them, in the order in which they are read, and the
/// cursor to those before. Pages are cut by arrival: so each message is on one, in whichever order they are read.
pub(super) async fn page_of(
    db: &Db,
    id: ConversationId,
    before: Option<i64>,
    limit: i64,
) -> store::Result<(Value, Option<String>)> {
    let mut said = messages::list_before(db, id, before.unwrap_or(i64::MAX), limit + 1).await?;
    let has_more = said.len() > usize::try_from(limit).unwrap_or(usize::MAX);
    if has_more {
        let beyond = first_of(&said);
        said.retain(|message| Some(message.seq) != beyond);
    }
    let ids: Vec<MessageId> = said.iter().map(|message| message.id).collect();
    let files = attachments::list(db, &ids).await?;
    let items: Vec<MessageView<'_>> = said.iter().map(|message| MessageView::new(message, &files)).collect();
    Ok((json!(items), first_of(&said).filter(|_| has_more).map(message_cursor_text)))
}

/// The number of the message that came first.
fn first_of(said: &[Message]) -> Option<i64> {
    said.iter().map(|message| message.seq).min()
}

/// `GET /api/v1/attachments/{id}`: the bytes of a file, always as a download.
pub async fn attachment(desk: web::Data<Desk>, _: Program, id: web::Path<AttachmentId>) -> Result<HttpResponse> {
    let file = attachments::find(&desk.db, *id).await?.ok_or(Error::NotFound)?;
    Ok(file_response(&desk, &file.name, &file.storage_key, false).await?)
}
