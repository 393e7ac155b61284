//! Files of a half-written reply: attached at once, shown as chips, kept until the reply is sent.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use channel_contract::capabilities::{AttachmentLimit, FileLimit};

use super::conversations::brought::{self, Brought};
use super::conversations::show::find;
use super::error::{Error, Result};
use super::flash::{Tone, back_to, back_with};
use super::guard::{Fields, Posted, SignedIn};
use super::messages::file_response;
use super::multipart::{self, Form};
use super::parts::{Notice, fragments};
use crate::app::Desk;
use crate::inbox::{admission, attach};
use crate::model::ComposerFileId;
use crate::model::attachment::{ComposerFile, clean_name, is_picture, shown_limit, shown_size};
use crate::model::buttons::listed;
use crate::model::conversation::Conversation;
use crate::model::fit::FileRules;
use crate::model::writing::Basis;
use crate::store::composer_files;
use crate::store::composer_texts::ComposerText;
use crate::web::filters;
use crate::web::words::file_icon;
use crate::web::writing::ticked;

fragments!(ComposerFiles);

/// The chips. Ids: `composer-files-{number}`.
#[derive(Debug, Template)]
#[template(path = "conversations/composer_files.html")]
pub struct ComposerFiles {
    number: i64,
    refused: Option<Notice>,
    chips: Vec<Chip>,
    /// What the channel would refuse of their names.
    objections: Vec<String>,
}

#[derive(Debug)]
struct Chip {
    id: ComposerFileId,
    /// Shown small in the chip itself.
    is_picture: bool,
    icon: &'static str,
    name: String,
    size: String,
}

impl ComposerFiles {
    /// The files of what somebody writes in a conversation, and what is wrong with how they are called.
    pub fn new(number: i64, files: &[ComposerFile], objections: Vec<String>) -> Self {
        let chip = |file: &ComposerFile| Chip {
            id: file.id,
            is_picture: is_picture(&file.content_type, file.size),
            icon: file_icon(&file.content_type, &file.name),
            name: file.name.clone(),
            size: shown_size(file.size),
        };
        Self { number, refused: None, chips: files.iter().map(chip).collect(), objections }
    }
}

/// What a channel takes, for people: `up to 50 files, 15 MB`, and of which kinds where not any.
pub fn limit_words(limit: AttachmentLimit) -> String {
    let most = shown_limit(limit.total_bytes);
    let all = match limit.count {
        1 => format!("one file, up to {most}"),
        count => format!("up to {count} files, {most}"),
    };
    let of_one = |one: FileLimit| {
        let most = (one.most < limit.total_bytes).then(|| format!(" up to {}", shown_limit(one.most)));
        format!("{}{}", one.sort.words, most.unwrap_or_default())
    };
    let sorts: Vec<String> = limit.sorts().map(of_one).collect();
    if sorts.is_empty() { all } else { format!("{all}: {}", sorts.join(", ")) }
}

/// The media types that a channel takes, as a field for files asks for them; `""` where it takes any.
pub fn accepted(limit: AttachmentLimit) -> String {
    limit.sorts().flat_map(|one| one.sort.types).copied().collect::<Vec<_>>().join(",")
}

/// `POST /conversations/{number}/files`: a multipart form with files, and the text where the page has no script.
pub async fn attach(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    number: web::Path<i64>,
    payload: web::Payload,
) -> Result<HttpResponse> {
    let row = find(&desk, *number).await?;
    let rules = attach::rules_of(&desk.inbox(), &row).await?;
    let there = composer_files::list(&desk.db, row.id, who.teammate.id).await?;
    let form = multipart::read(&request, payload, room(rules.limit, &there)).await?;
    who.check_form(form.field("csrf"))?;
    // Files take their time, and the conversation may have been merged meanwhile.
    let row = find(&desk, *number).await?;
    let brought = keep_text(&desk, &row, &who, &form.fields).await?;
    let outcome = attach_all(&desk, &row, &who, rules, form).await;
    match brought {
        Some(brought) => asked_beside(&desk, (&who, &request), row, brought, outcome).await,
        None => answer(&desk, &who, &request, *number, outcome).await,
    }
}

/// What a message may still take.
fn room(limit: Option<AttachmentLimit>, there: &[ComposerFile]) -> AttachmentLimit {
    let Some(limit) = limit else { return AttachmentLimit::any(0, 0) };
    let used: i64 = there.iter().map(|file| file.size).sum();
    AttachmentLimit {
        count: limit.count.saturating_sub(there.len()),
        total_bytes: limit.total_bytes.saturating_sub(u64::try_from(used).unwrap_or(0)),
        ..limit
    }
}

/// Where to go back to, and what could not be attached.
struct Outcome {
    back: String,
    refused: Option<String>,
}

async fn attach_all(desk: &Desk, row: &Conversation, who: &SignedIn, rules: FileRules, form: Form) -> Result<Outcome> {
    let back = form.field("back").to_owned();
    let mut refused = form.left_out.first().map(|name| not_attached(&clean_name(name), &too_much(rules)));
    if form.files.is_empty() && refused.is_none() {
        refused = Some("Choose a file first. Your text is kept.".to_owned());
    }
    for upload in form.files {
        let name = clean_name(&upload.name);
        match attach::attach(&desk.inbox(), row, &who.teammate, upload).await.map_err(Error::from) {
            Ok(_) => {}
            Err(Error::Invalid(words) | Error::Unavailable(words)) => refused = Some(not_attached(&name, &words)),
            Err(error) => return Err(error),
        }
    }
    Ok(Outcome { back, refused })
}

/// What is said of a file that is more than a message takes, and what can be done.
pub fn too_much(rules: FileRules) -> String {
    match rules.limit {
        Some(limit) => format!("A message here takes {}. {}", limit_words(limit), rules.fewer()),
        None => rules.none(),
    }
}

fn not_attached(name: &str, words: &str) -> String {
    format!("“{name}” was not attached: {words} Your text and the other files are kept.")
}

/// Keeps the text that stood beside the files in a form without script; gives it back where another device has changed
/// what is kept.
async fn keep_text(desk: &Desk, row: &Conversation, who: &SignedIn, fields: &Fields) -> Result<Option<Brought>> {
    let all = |name| fields.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str());
    let sent = |name| all(name).next();
    let body = sent("body").unwrap_or_default().replace("\r\n", "\n");
    if body.trim().is_empty() && sent("choices").unwrap_or_default().trim().is_empty() {
        return Ok(None);
    }
    let note = sent("note_revision");
    let from = ticked(sent("macro").unwrap_or_default(), all("step")).filter(|_| note.is_none());
    let choices = if note.is_some() { Vec::new() } else { listed(sent("choices").unwrap_or_default()) };
    let text = ComposerText {
        body: body.chars().take(100_000).collect(),
        is_note: note.is_some(),
        from,
        choices,
        ..ComposerText::default()
    };
    let basis = Basis::of(note.or_else(|| sent("text_revision")));
    brought::keep(desk, row, &who.teammate, text, basis).await
}

/// What became of the files, and the question which text counts.
async fn asked_beside(
    desk: &Desk,
    by: (&SignedIn, &HttpRequest),
    row: Conversation,
    text: Brought,
    outcome: Result<Outcome>,
) -> Result<HttpResponse> {
    let refused = outcome?.refused;
    Box::pin(brought::asked(desk, by, row, text, (refused.as_deref(), ""))).await
}

/// The chips for a page with script, the way back for one without: under the number that the page has.
async fn answer(
    desk: &Desk,
    who: &SignedIn,
    request: &HttpRequest,
    number: i64,
    outcome: Result<Outcome>,
) -> Result<HttpResponse> {
    let Outcome { back, refused } = outcome?;
    if request.headers().contains_key("hx-request") {
        let row = find(desk, number).await?;
        let files = composer_files::list(&desk.db, row.id, who.teammate.id).await?;
        let objections = admission::objections_to_files(&desk.inbox(), &row, &files).await?;
        let mut chips = ComposerFiles::new(number, &files, objections);
        chips.refused = refused.map(|words| Notice::bad("Not attached.", words));
        return Ok(HttpResponse::Ok()
            .content_type("text/html; charset=utf-8")
            .insert_header(("cache-control", "no-store"))
            .body(chips.render()?));
    }
    let back = if back.is_empty() { format!("/conversations/{number}") } else { back };
    Ok(match refused {
        Some(words) => back_with(&back, Tone::Bad, &words),
        None => back_to(&back),
    })
}

/// `GET /conversations/{number}/files/{id}`: a file of one's own half-written reply.
pub async fn show(
    desk: web::Data<Desk>,
    who: SignedIn,
    path: web::Path<(i64, ComposerFileId)>,
) -> Result<HttpResponse> {
    let (number, id) = path.into_inner();
    let row = find(&desk, number).await?;
    let file = composer_files::find(&desk.db, row.id, who.teammate.id, id).await?.ok_or(Error::NotFound)?;
    file_response(&desk, &file.name, &file.storage_key, true).await
}

/// `POST /conversations/{number}/files/{id}/deletion`
pub async fn remove(
    desk: web::Data<Desk>,
    request: HttpRequest,
    path: web::Path<(i64, ComposerFileId)>,
    posted: Posted<Fields>,
) -> Result<HttpResponse> {
    let (number, id) = path.into_inner();
    let row = find(&desk, number).await?;
    let field = |name: &str| posted.form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let who = posted.who();
    let brought = keep_text(&desk, &row, &who, &posted.form).await?;
    attach::remove(&desk.inbox(), row.id, &posted.by, id).await?;
    let outcome = Ok(Outcome { back: field("back").unwrap_or_default().to_owned(), refused: None });
    match brought {
        Some(brought) => asked_beside(&desk, (&who, &request), row, brought, outcome).await,
        None => answer(&desk, &who, &request, number, outcome).await,
    }
}

#[cfg(test)]
mod tests {
    use channel_contract::capabilities::FileSort;

    use super::*;
    use crate::model::Ts;

    #[test]
    fn what_is_there_takes_room() {
        let file = ComposerFile {
            id: ComposerFileId(uuid::Uuid::from_u128(1)),
            name: "a".to_owned(),
            content_type: String::new(),
            size: 300,
            storage_key: String::new(),
            created_at: Ts(0),
        };
        let limit = AttachmentLimit::any(2, 1_000);
        let left = room(Some(limit), std::slice::from_ref(&file));
        assert_eq!((left.count, left.total_bytes), (1, 700));
        let none = room(Some(limit), &[(); 4].map(|()| file.clone()));
        assert_eq!((none.count, none.total_bytes), (0, 0));
        assert_eq!(room(None, &[]).count, 0);
    }

    #[test]
    fn what_is_taken_is_said_in_few_words() {
        static PICTURES: FileSort = FileSort { words: "pictures", forms: "PNG", types: &["image/png", "image/jpeg"] };
        static VIDEO: FileSort = FileSort { words: "video", forms: "", types: &["video/*"] };
        let any = AttachmentLimit::any(10, 9_000_000);
        assert_eq!((limit_words(any).as_str(), accepted(any).as_str()), ("up to 10 files, 9 MB", ""));
        let (pictures, video) =
            (FileLimit { sort: &PICTURES, most: 5_000_000 }, FileLimit { sort: &VIDEO, most: 9_000_000 });
        let some = AttachmentLimit { sorts: [Some(pictures), Some(video), None, None], ..any };
        assert_eq!(limit_words(some), "up to 10 files, 9 MB: pictures up to 5 MB, video");
        assert_eq!(accepted(some), "image/png,image/jpeg,video/*");
    }

    #[test]
    fn names_of_files_are_shown_as_text() {
        let file = ComposerFile {
            id: ComposerFileId(uuid::Uuid::from_u128(1)),
            name: "\"><img src=x>.pdf".to_owned(),
            content_type: "application/pdf".to_owned(),
            size: 1_240_000,
            storage_key: String::new(),
            created_at: Ts(0),
        };
        let shown = ComposerFiles::new(7, &[file], Vec::new()).render().unwrap();
        assert!(!shown.contains("<img") && shown.contains("1.2 MB"), "{shown}");
    }

    #[test]
    fn a_picture_is_shown_small_and_anything_else_by_its_icon() {
        let shown = |content_type: &str, size| {
            let file = ComposerFile {
                id: ComposerFileId(uuid::Uuid::from_u128(1)),
                name: "a".to_owned(),
                content_type: content_type.to_owned(),
                size,
                storage_key: String::new(),
                created_at: Ts(0),
            };
            ComposerFiles::new(7, &[file], Vec::new()).render().unwrap()
        };
        let picture = format!("src=\"/conversations/7/files/{}\" alt=\"Picture\"", uuid::Uuid::from_u128(1));
        for content_type in ["image/png", "image/jpeg", "image/gif", "image/webp"] {
            assert!(shown(content_type, 5_000_000).contains(&picture), "{content_type}");
        }
        for (content_type, size, icon) in
            [("image/svg+xml", 10, "image"), ("image/png", 5_000_001, "image"), ("application/pdf", 10, "pdf")]
        {
            let html = shown(content_type, size);
            assert!(!html.contains("<img") && html.contains(&format!("#{icon}\"")), "{html}");
        }
    }
}
