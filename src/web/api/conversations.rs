//! Conversations for programs.

use actix_web::{HttpRequest, HttpResponse, web};
use channel_contract::capabilities::AttachmentLimit;
use channel_contract::template::FilledTemplate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use uuid::Builder;

use super::messages::page_of;
use super::{Body, MOST, Result, body_of, limit_of, refused};
use crate::app::Desk;
use crate::inbox::Inbox;
use crate::inbox::attach::{self, Enclosed, Upload};
use crate::inbox::care::{self, Answer};
use crate::inbox::macros::Also;
use crate::inbox::templates::{self, Wanted};
use crate::model::attachment::clean_name;
use crate::model::audience::Audience;
use crate::model::conversation::{Conversation, ConversationStatus};
use crate::model::draft::DraftDocument;
use crate::model::message::{Delivery, Message};
use crate::model::order::KnownOrder;
use crate::model::writing::Basis;
use crate::model::{ApprovalId, BrandId, ChannelId, MessageId, TeammateId, Ts};
use crate::store::conversations::{self, Order, View};
use crate::store::{approvals, conversation_counts, drafts, notes, orders, search};
use crate::web::composer_files::too_much;
use crate::web::cursors::{cursor_of, cursor_text, search_cursor_of};
use crate::web::error::Error;
use crate::web::guard::Program;
use crate::web::multipart;
use crate::web::search::looked;

/// Which page of which view.
#[derive(Debug, Deserialize)]
pub struct Page {
    view: Option<String>,
    channel: Option<ChannelId>,
    brand: Option<BrandId>,
    cursor: Option<String>,
    limit: Option<String>,
    /// `1` where those that went into another one are listed too.
    merged: Option<String>,
}

/// What to search for.
#[derive(Debug, Deserialize)]
pub struct Words {
    q: Option<String>,
    cursor: Option<String>,
    limit: Option<String>,
}

/// A message to send.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct NewMessage {
    body: Option<String>,
    choices: Vec<String>,
    template: Option<NewTemplate>,
    audience: Option<Audience>,
}

/// A template to send in place of a text.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewTemplate {
    name: String,
    language: String,
    values: Vec<String>,
}

impl Body for NewMessage {
    const FIELDS: &[(&str, &str)] = &[
        ("body", "the text of the message"),
        ("choices", "a list of texts: buttons below the text, where the channel has any"),
        ("template", "in place of a text `{\"name\", \"language\", \"values\"}` of a template, with a list of texts"),
        ("audience", "`customer`, `operator` or `both`: who reads it where the operator of a marketplace takes part"),
    ];
}

impl From<NewTemplate> for Wanted {
    fn from(template: NewTemplate) -> Self {
        Self { name: template.name, language: template.language, values: template.values }
    }
}

#[derive(Serialize)]
struct Row<'a> {
    number: i64,
    subject: &'a str,
    gist: &'a str,
    status: ConversationStatus,
    channel: &'a str,
    contact: &'a str,
    intent: Option<&'a str>,
    order_number: Option<&'a str>,
    needs_approval: bool,
    proposal: Option<&'a str>,
    due_at: Option<String>,
    /// Until when anybody may answer, where the channel sets such a time.
    reply_until: Option<String>,
    /// Until when a person may, where that is longer.
    people_until: Option<String>,
    last_message_at: String,
    created_at: String,
    /// The number of the one that holds its messages since it was merged.
    merged_into: Option<i64>,
}

impl<'a> From<&'a Conversation> for Row<'a> {
    fn from(row: &'a Conversation) -> Self {
        Self {
            number: row.number,
            subject: &row.subject,
            gist: &row.gist,
            status: row.status,
            channel: &row.channel_kind,
            contact: &row.contact_name,
            intent: row.intent.as_deref(),
            order_number: row.order_number.as_deref(),
            needs_approval: row.needs_approval,
            proposal: row.proposal.as_deref(),
            due_at: row.due_at.map(Ts::rfc3339),
            reply_until: row.window.reply_until.map(Ts::rfc3339),
            people_until: row.window.people_until.map(Ts::rfc3339),
            last_message_at: row.last_message_at.rfc3339(),
            created_at: row.created_at.rfc3339(),
            merged_into: None,
        }
    }
}

/// The view behind a word of the address. One of a channel or of a brand is of all that is in it: what asks for less beside
/// is refused, and not passed over.
fn view_of(
    word: &str,
    teammate: TeammateId,
    channel: Option<ChannelId>,
    brand: Option<BrandId>,
) -> Result<View, Error> {
    let asked = [word != "all", channel.is_some(), brand.is_some()];
    if asked.into_iter().filter(|one| *one).count() > 1 {
        let words = "`view`, `channel` and `brand` are three ways to ask for a list. Give one of them.";
        return Err(Error::Invalid(words.to_owned()));
    }
    if let Some(channel) = channel {
        return Ok(View::Channel(channel));
    }
    if let Some(brand) = brand {
        return Ok(View::Brand(brand));
    }
    Ok(match word {
        "needs_approval" => View::NeedsApproval,
        "mine" => View::Mine(teammate),
        "unassigned" => View::Unassigned,
        "open" => View::Status(ConversationStatus::Open),
        "waiting" => View::Status(ConversationStatus::Waiting),
        "snoozed" => View::Status(ConversationStatus::Snoozed),
        "resolved" => View::Status(ConversationStatus::Resolved),
        "all" => View::All,
        other => return Err(Error::Invalid(format!("There is no view “{other}”."))),
    })
}

/// `GET /api/v1/conversations`: one that went into another one only with `merged=1`, so that nothing is read twice.
pub async fn list(desk: web::Data<Desk>, program: Program, page: web::Query<Page>) -> Result<HttpResponse> {
    let view = view_of(page.view.as_deref().unwrap_or("all"), program.teammate.id, page.channel, page.brand)?;
    let after = page.cursor.as_deref().map(cursor_of).transpose()?;
    let limit = limit_of(page.limit.as_deref())?;
    let rows = conversations::list(&desk.db, view, after, limit + 1).await?;
    let size = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > size;
    let shown = rows.get(..size.min(rows.len())).unwrap_or_default();
    let next = shown.last().filter(|_| more).map(|row| cursor_text(view.cursor_of(Order::Newest, row)));
    let with_merged = page.merged.as_deref() == Some("1");
    let mut items = Vec::with_capacity(shown.len());
    for row in shown.iter().filter(|row| with_merged || row.merged_into.is_none()) {
        items.push(Row { merged_into: whole_of(&desk, row).await?, ..Row::from(row) });
    }
    Ok(HttpResponse::Ok().json(json!({ "items": items, "next_cursor": next })))
}

/// The number of the conversation that one went into.
async fn whole_of(desk: &Desk, row: &Conversation) -> Result<Option<i64>> {
    if row.merged_into.is_none() {
        return Ok(None);
    }
    Ok(conversations::find_merged(&desk.db, row.number).await?.map(|whole| whole.number))
}

/// `GET /api/v1/conversations/count`
pub async fn count(desk: web::Data<Desk>, _: Program) -> Result<HttpResponse> {
    Ok(HttpResponse::Ok().json(json!({ "count": conversation_counts::all(&desk.db).await? })))
}

#[derive(Serialize)]
struct DraftView {
    text: String,
    intent: String,
    language: String,
    confidence: f64,
    approval: Option<ApprovalId>,
    document: DraftDocument,
}

/// `GET /api/v1/conversations/{number}`: with the newest of its messages.
pub async fn show(desk: web::Data<Desk>, _: Program, number: web::Path<i64>) -> Result<HttpResponse> {
    let row = conversations::find_merged(&desk.db, *number).await?.ok_or(Error::NotFound)?;
    let (said, next) = page_of(&desk.db, row.id, None, MOST).await?;
    let notes = notes::list(&desk.db, row.id).await?;
    let approval = approvals::pending_of(&desk.db, row.id).await?.map(|approval| approval.id);
    let draft = drafts::current(&desk.db, row.id).await?.map(|draft| DraftView {
        text: draft.document.0.text(),
        intent: draft.intent,
        language: draft.language,
        confidence: draft.confidence,
        approval,
        document: draft.document.0,
    });
    let orders: Vec<KnownOrder> = orders::list_of(&desk.db, row.id).await?;
    let mut body = serde_json::to_value(Row::from(&row)).map_err(|error| Error::Internal(error.into()))?;
    if let Some(body) = body.as_object_mut() {
        let notes: Vec<_> = notes
            .iter()
            .map(|note| json!({ "by": note.teammate_name, "body": note.body, "created_at": note.created_at.rfc3339() }))
            .collect();
        body.insert("messages".to_owned(), said);
        body.insert("next_cursor".to_owned(), json!(next));
        body.insert("notes".to_owned(), json!(notes));
        body.insert("draft".to_owned(), json!(draft));
        body.insert("orders".to_owned(), json!(orders));
    }
    Ok(HttpResponse::Ok().json(body))
}

/// The id of a program's message.
fn id_of(desk: &Desk, program: &Program, request: &HttpRequest) -> MessageId {
    match request.headers().get("idempotency-key") {
        Some(key) => keyed(program.teammate.id, key.as_bytes()),
        None => desk.clock.new_id(),
    }
}

/// The id of a message for which a program names a key of its own: the same key is the same message, also where its
/// conversation went into another one meanwhile.
fn keyed(by: TeammateId, key: &[u8]) -> MessageId {
    let digest = Sha256::new().chain_update(by.0).chain_update(key).finalize();
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
    MessageId(Builder::from_custom_bytes(bytes).into_uuid())
}

/// `GET /api/v1/conversations/{number}/templates`: those of the platform's templates that can be sent, and the others with
/// their state.
pub async fn templates(desk: web::Data<Desk>, _: Program, number: web::Path<i64>) -> Result<HttpResponse> {
    let row = conversations::find_merged(&desk.db, *number).await?.ok_or(Error::NotFound)?;
    let all = templates::list(&desk.inbox(), &row).await?;
    Ok(HttpResponse::Ok().json(json!({ "items": *all })))
}

/// A message of a program, as it would leave.
struct Written {
    text: String,
    choices: Vec<String>,
    template: Option<FilledTemplate>,
    audience: Option<Audience>,
}

impl NewMessage {
    /// The fields of a form; each button is a field of its own, and a template is the JSON that stands for it elsewhere.
    fn of_form(form: &multipart::Form) -> Result<Self, Error> {
        let template = form.sent("template").map(serde_json::from_str).transpose();
        let template = template.map_err(|_| refused::<Self>("The field `template` cannot be read as JSON"))?;
        let choices =
            form.fields.iter().filter(|(name, _)| name == "choices").map(|(_, words)| words.clone()).collect();
        let audience = form.sent("audience").map(str::parse::<Audience>).transpose();
        let audience = audience.map_err(|_| refused::<Self>("The field `audience` holds none of its words"))?;
        Ok(Self { body: form.sent("body").map(str::to_owned), choices, template, audience })
    }

    /// The template that was sent under this id before: whether it could be sent once more says nothing of that.
    async fn template_sent_before(
        &self,
        inbox: &Inbox,
        row: &Conversation,
        (program, id): (&Program, MessageId),
    ) -> Result<Option<Message>> {
        match &self.template {
            Some(template) if self.body.is_none() && self.choices.is_empty() => {
                let wanted = Wanted::from(template.clone());
                Ok(care::template_sent_before(inbox, row.id, &program.teammate, (id, &wanted)).await?)
            }
            _ => Ok(None),
        }
    }

    /// What it says in a conversation.
    async fn written(self, inbox: &Inbox, row: &Conversation) -> Result<Written> {
        let Self { body, choices, template, audience } = self;
        let choices: Vec<String> = choices.iter().map(|choice| choice.trim().to_owned()).collect();
        let unreadable = |words: &str| Error::Unreadable(format!("{words} Nothing was sent."));
        match (body, template) {
            (Some(_), Some(_)) => {
                Err(unreadable("A template leaves in place of a text: send `body` or `template`, not both.").into())
            }
            (None, Some(_)) if !choices.is_empty() => {
                Err(unreadable("A template has its own buttons: send `choices` with a `body`.").into())
            }
            (None, Some(template)) => {
                let (filled, text) = templates::fill(inbox, row, &template.into()).await?;
                Ok(Written { text, choices, template: Some(filled), audience })
            }
            (Some(text), None) => Ok(Written { text, choices, template: None, audience }),
            (None, None) => Err(unreadable("The field `body` is missing: the text of the message.").into()),
        }
    }
}

/// `POST /api/v1/conversations/{number}/messages` with JSON: `{"body": "..."}`, which may have `"choices": [...]`, or
/// `{"template": {"name", "language", "values"}}`, and `"audience"` in either. Gives 201 and `{"id", "delivery"}`. With an
/// `Idempotency-Key`, however often it is sent it is one message: `delivery` is where that is by now, and a message that was taken
/// back gives 409.
pub async fn answer(
    desk: web::Data<Desk>,
    program: Program,
    number: web::Path<i64>,
    request: HttpRequest,
    message: web::Bytes,
) -> Result<HttpResponse> {
    let message: NewMessage = body_of(&message)?;
    let inbox = desk.inbox();
    let row = conversations::find_merged(&desk.db, *number).await?.ok_or(Error::NotFound)?;
    let id = id_of(&desk, &program, &request);
    if let Some(known) = message.template_sent_before(&inbox, &row, (&program, id)).await? {
        return Ok(taken(id, known.delivery));
    }
    let written = message.written(&inbox, &row).await?;
    Box::pin(send(&inbox, &row, &program, (id, &written), Vec::new())).await
}

/// Sends a message, unless it was sent before.
async fn send(
    inbox: &Inbox,
    row: &Conversation,
    program: &Program,
    (id, written): (MessageId, &Written),
    uploads: Vec<Upload>,
) -> Result<HttpResponse> {
    let (text, choices) = (written.text.as_str(), written.choices.as_slice());
    if let Some(known) = care::sent_before(inbox, row.id, &program.teammate, (id, text, choices)).await? {
        return Ok(taken(id, known.delivery));
    }
    let mut files = Vec::with_capacity(uploads.len());
    for upload in uploads {
        files.push(attach::keep(inbox, row.id, &program.teammate, upload).await?);
    }
    let with = Answer {
        enclosed: Enclosed::These(&files),
        on: None,
        seen: None,
        shown: None,
        parted: None,
        // A program goes on from nothing that its person is writing: only the same words are sent with it.
        basis: Basis::Nothing,
        also: &Also::default(),
        choices,
        template: written.template.as_ref(),
        program: true,
        audience: written.audience,
        drawn_for: None,
    };
    care::answer_with(inbox, row.id, &program.teammate, (id, text), with).await?;
    Ok(taken(id, Some(Delivery::Queued)))
}

/// A message that the desk has, and where it is.
fn taken(id: MessageId, delivery: Option<Delivery>) -> HttpResponse {
    HttpResponse::Created().json(json!({ "id": id, "delivery": delivery }))
}

/// `POST /api/v1/conversations/{number}/messages` with files: `multipart/form-data` with the fields of [`answer`], `choices`
/// once for each button, and one part with a file name for each file, whatever the part is called. More files than the
/// channel takes are refused as a whole.
pub async fn answer_with_files(
    desk: web::Data<Desk>,
    program: Program,
    request: HttpRequest,
    number: web::Path<i64>,
    payload: web::Payload,
) -> Result<HttpResponse> {
    let inbox = desk.inbox();
    let row = conversations::find_merged(&desk.db, *number).await?.ok_or(Error::NotFound)?;
    let rules = attach::rules_of(&inbox, &row).await?;
    let room = rules.limit.unwrap_or(AttachmentLimit::any(0, 0));
    let form = multipart::read(&request, payload, room).await?;
    if let Some(name) = form.left_out.first() {
        let (name, words) = (clean_name(name), too_much(rules));
        let words = format!("“{name}” cannot go with it. {words} Nothing was sent.");
        return Err(Error::Invalid(words).into());
    }
    let message = NewMessage::of_form(&form)?;
    let id = id_of(&desk, &program, &request);
    if let Some(known) = message.template_sent_before(&inbox, &row, (&program, id)).await? {
        return Ok(taken(id, known.delivery));
    }
    let written = message.written(&inbox, &row).await?;
    Box::pin(send(&inbox, &row, &program, (id, &written), form.files)).await
}

/// `GET /api/v1/search?q=`, and `cursor=` with the `next_cursor` of the page before. The last page has none; a page may
/// be shorter than `limit` and still not be the last.
pub async fn find(desk: web::Data<Desk>, _: Program, words: web::Query<Words>) -> Result<HttpResponse> {
    let none = || Error::Unreadable("Say what to look for: `q` holds the words, as in `/search?q=parcel`.".to_owned());
    let wanted = words.q.as_deref().filter(|words| !words.trim().is_empty()).ok_or_else(none)?;
    let after = words.cursor.as_deref().map(search_cursor_of).transpose()?;
    let limit = limit_of(words.limit.as_deref())?;
    let found = looked(&desk, search::conversations(&desk.db, wanted, after, limit).await).await?;
    let items: Vec<Row<'_>> = found.conversations.iter().map(Row::from).collect();
    let next = found.next.map(|cursor| cursor.to_string());
    Ok(HttpResponse::Ok().json(json!({ "items": items, "next_cursor": next })))
}
