//! Choosing a template, and sending it.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use channel_contract::capabilities::AttachmentLimit;
use channel_contract::outbound::Template;

use super::{Beside, Choice, Drawn, TemplatesPage};
use crate::app::Desk;
use crate::inbox::InboxError;
use crate::inbox::attach::{self, Enclosed};
use crate::inbox::care::{self, Answer};
use crate::inbox::contained::facts;
use crate::inbox::macros::variables;
use crate::inbox::templates::{self, Wanted, prefilled};
use crate::model::attachment::clean_name;
use crate::model::channel::AccountTrouble;
use crate::model::conversation::{Conversation, Shown};
use crate::model::macros::Macro;
use crate::model::order::KnownOrder;
use crate::model::teammate::Teammate;
use crate::model::writing::Basis;
use crate::model::{ComposerFileId, MacroId, MessageId};
use crate::store::{account_troubles, brands, composer_files, conversations, macros, messages, orders, teammates};
use crate::voice::texts;
use crate::web::composer_files::limit_words;
use crate::web::conversations::change::also_of;
use crate::web::conversations::row::first_filled;
use crate::web::conversations::show::find;
use crate::web::error::{Error, Result};
use crate::web::flash::back_to;
use crate::web::frame::{page, shown, shown_with_errors};
use crate::web::guard::{Posted, SignedIn};
use crate::web::macros::insert::insert;
use crate::web::multipart;
use crate::web::page::{InboxQuery, Place};
use crate::web::parts::Notice;

/// A field of a query or of a form.
type Field = (String, String);

fn all<'a>(fields: &'a [Field], name: &'a str) -> impl Iterator<Item = &'a str> {
    fields.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
}

fn first<'a>(fields: &'a [Field], name: &'a str) -> &'a str {
    all(fields, name).next().unwrap_or_default()
}

fn wanted(fields: &[Field]) -> Wanted {
    Wanted {
        name: first(fields, "name").to_owned(),
        language: first(fields, "language").to_owned(),
        values: all(fields, "value").map(str::to_owned).collect(),
    }
}

/// `GET /conversations/{number}/templates`; `name` and `language` choose one, each `value` fills a place, `macro` is one
/// that names a template.
pub async fn show(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    number: web::Path<i64>,
    query: web::Query<Vec<Field>>,
) -> Result<HttpResponse> {
    let row = find(&desk, *number).await?;
    let id = desk.clock.new_id();
    shown(&request, &Box::pin(drawn(&desk, (&who, &request), &row, (id, &query), None)).await?)
}

/// Why a template was not sent.
#[derive(Clone, Copy)]
enum Refused<'a> {
    /// In words.
    Because(&'a str),
    /// Messages have left the conversation since the page was drawn.
    Parted,
}

/// The page as these fields fill it in, for a message with this id; and why it was refused, if it was.
async fn drawn(
    desk: &Desk,
    (who, request): (&SignedIn, &HttpRequest),
    row: &Conversation,
    (id, fields): (MessageId, &[Field]),
    refused: Option<Refused<'_>>,
) -> Result<TemplatesPage> {
    // First: what comes while the rest is read was not there yet.
    let mut now = drawn_now(desk, row, &who.teammate).await?;
    let mut frame = page(desk, request, who, Place::Inbox, Some(InboxQuery::default())).await?;
    let (known, trouble) = match templates::list(&desk.inbox(), row).await.map_err(Error::from) {
        Ok(known) => (known, None),
        Err(Error::Invalid(words) | Error::Conflict(words)) if refused.is_none() => {
            (Arc::default(), Some(Notice::warn("There is nothing to choose from.", words)))
        }
        Err(error) => return Err(error),
    };
    let lost = account_troubles::words(&desk.db, row.channel_id, AccountTrouble::Templates).await?;
    let mut choice = Box::pin(chosen(desk, &who.teammate, row, fields, &known)).await?;
    if let Some(Refused::Because(words)) = refused {
        if !choice.as_ref().is_some_and(|choice| holds_all(choice, fields)) {
            // The page that was filled in stays where it is.
            return Err(Error::Invalid(words.to_owned()));
        }
        frame.notice = Some(Notice::bad("Not done.", words));
        // Whoever was not asked about what left the conversation is asked the next time.
        now.parted = first(fields, "parted").parse().unwrap_or(now.parted);
    }
    if refused.is_some()
        && let Some(choice) = &mut choice
    {
        let steps: Vec<String> = all(fields, "step").map(str::to_owned).collect();
        choice.inserted = choice.inserted.take().map(|one| one.with_steps(&steps));
    }
    let is_parted = matches!(refused, Some(Refused::Parted));
    Ok(TemplatesPage::new(frame, row, &known, (id, now, choice), trouble).with_lost(&lost).asking(is_parted))
}

/// The page as it was filled in, with why it was not sent.
async fn again(
    desk: &Desk,
    (who, request): (&SignedIn, &HttpRequest),
    row: &Conversation,
    (form, refused): (&[Field], Refused<'_>),
) -> Result<HttpResponse> {
    let id = first(form, "id").parse().unwrap_or_else(|_| desk.clock.new_id());
    shown_with_errors(request, &Box::pin(drawn(desk, (who, request), row, (id, form), Some(refused))).await?)
}

/// How a conversation stands now.
async fn drawn_now(desk: &Desk, row: &Conversation, reader: &Teammate) -> Result<Drawn> {
    let last = messages::list(&desk.db, row.id, 1).await?.last().map_or(0, |message| message.seq);
    let own = conversations::for_reader(&desk.db, row.id, reader.id).await?;
    let merges = i64::try_from(own.merges.len()).unwrap_or(i64::MAX);
    Ok(Drawn { shown: Shown { last, merges }, parted: own.parted })
}

/// The template that the address or the form names, with what is known for its places.
async fn chosen<'a>(
    desk: &Desk,
    reader: &Teammate,
    row: &Conversation,
    query: &[Field],
    known: &'a [Template],
) -> Result<Option<Choice<'a>>> {
    let orders = orders::list_of(&desk.db, row.id).await?;
    // A marketplace hears nothing from elsewhere, in a template neither.
    let (heard, speaks_of) = facts(&desk.db, row, &orders).await?;
    let mut asked = wanted(query);
    let mut inserted = None;
    if let Some(one) = named_macro(desk, reader, row, first(query, "macro")).await? {
        let team = teammates::list(&desk.db).await?;
        inserted = Some(insert(desk, &one, (row, orders.as_slice(), team.as_slice()), reader).await?);
        if asked.name.is_empty() {
            asked = of_macro(desk, &one, (&heard, speaks_of.as_slice()), reader).await?;
        }
    }
    let Some(template) = templates::find(known, &asked) else { return Ok(None) };
    let told = orders::list_told(&desk.db, row.id, row.channel_id).await?;
    let mut values = prefilled(template, &heard, (&speaks_of, &told));
    for (value, given) in values.iter_mut().zip(&asked.values) {
        value.clone_from(given);
    }
    let beside = beside(desk, reader, row, (template, query)).await?;
    Ok(Some(Choice { template, values, inserted, beside }))
}

/// Whether everything that was filled in has a place in what is chosen: a template may have fewer by now.
fn holds_all(choice: &Choice<'_>, fields: &[Field]) -> bool {
    all(fields, "value").skip(choice.values.len()).all(|value| value.trim().is_empty())
}

/// The files that may go with a template, where it takes any: those that its sender has attached in the conversation. The
/// ones that the address names go with it.
async fn beside(
    desk: &Desk,
    reader: &Teammate,
    row: &Conversation,
    (template, query): (&Template, &[Field]),
) -> Result<Option<Beside>> {
    if template.files.most == 0 {
        return Ok(None);
    }
    let Some(limit) = attach::rules_of(&desk.inbox(), row).await?.limit else { return Ok(None) };
    let files = composer_files::list(&desk.db, row.id, reader.id).await?;
    let limit = AttachmentLimit { count: limit.count.min(template.files.most), ..limit };
    Ok(Some(Beside { limit, files, ticked: files_in(query) }))
}

/// The attached files that a form or an address names.
fn files_in(fields: &[Field]) -> Vec<ComposerFileId> {
    all(fields, "file").filter_map(|id| id.parse().ok()).collect()
}

async fn named_macro(desk: &Desk, reader: &Teammate, row: &Conversation, id: &str) -> Result<Option<Macro>> {
    let Ok(id) = id.parse::<MacroId>() else { return Ok(None) };
    let one = macros::find(&desk.db, id, reader.id).await?;
    Ok(one.filter(|one| one.brand_id == row.brand_id))
}

/// The template that a macro names, with its values filled in.
async fn of_macro(
    desk: &Desk,
    one: &Macro,
    (row, orders): (&Conversation, &[KnownOrder]),
    reader: &Teammate,
) -> Result<Wanted> {
    let Some(named) = &one.document.template else { return Ok(Wanted::default()) };
    let brand = brands::get(&desk.db, row.brand_id).await?;
    let language = first_filled(&named.language, first_filled(&row.language, &brand.locale));
    let known = variables(row, &brand, orders, (reader.first_name(), language));
    let value = |source: &String| texts::fill(source, &texts::MACRO, &known).unwrap_or_default();
    Ok(Wanted {
        name: named.name.clone(),
        language: named.language.clone(),
        values: named.values.iter().map(value).collect(),
    })
}

/// `POST /conversations/{number}/templates`: sends it, with what its macro does beside; each `file` names an attached file
/// that goes with it.
pub async fn create(
    desk: web::Data<Desk>,
    request: HttpRequest,
    number: web::Path<i64>,
    posted: Posted<Vec<Field>>,
) -> Result<HttpResponse> {
    let row = find(&desk, *number).await?;
    settle(&desk, (&posted.who(), &request), &row, &posted.form).await
}

/// The same with a multipart form, whose files go with it. Where it is not sent they stay attached.
pub async fn create_with_files(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    number: web::Path<i64>,
    payload: web::Payload,
) -> Result<HttpResponse> {
    let row = find(&desk, *number).await?;
    let limit = attach::rules_of(&desk.inbox(), &row).await?.limit;
    let form = multipart::read(&request, payload, limit.unwrap_or(AttachmentLimit::any(0, 0))).await?;
    who.check_form(form.field("csrf"))?;
    // Files take their time, and the conversation may have been merged meanwhile.
    let row = find(&desk, *number).await?;
    match Box::pin(attached(&desk, &row, &who.teammate, (form, limit))).await? {
        (fields, None) => settle(&desk, (&who, &request), &row, &fields).await,
        (fields, Some(words)) => again(&desk, (&who, &request), &row, (&fields, Refused::Because(&words))).await,
    }
}

/// Attaches the files of a form, each named among its fields then; and what is said where one cannot go with it.
async fn attached(
    desk: &Desk,
    row: &Conversation,
    by: &Teammate,
    (form, limit): (multipart::Form, Option<AttachmentLimit>),
) -> Result<(Vec<Field>, Option<String>)> {
    let mut fields = form.fields;
    for (_, value) in &mut fields {
        value.retain(|c| c != '\0');
    }
    let mut refused = form.left_out.first().map(|name| {
        let (name, takes) = (clean_name(name), limit.map_or("no files".to_owned(), limit_words));
        format!("“{name}” cannot go with it: the channel takes {takes} in a message. Nothing was sent.")
    });
    // One that comes once more has its files already.
    let is_sent = match first(&fields, "id").parse() {
        Ok(id) => messages::find(&desk.db, id).await?.is_some(),
        Err(_) => false,
    };
    for upload in form.files.into_iter().filter(|_| !is_sent) {
        let name = clean_name(&upload.name);
        match attach::attach(&desk.inbox(), row, by, upload).await.map_err(Error::from) {
            Ok(file) => fields.push(("file".to_owned(), file.id.to_string())),
            Err(Error::Invalid(words) | Error::Unavailable(words)) => {
                refused = Some(format!("“{name}” cannot go with it. {words} Nothing was sent."));
            }
            Err(error) => return Err(error),
        }
    }
    Ok((fields, refused))
}

/// Sends it, or draws the page as it was filled in.
async fn settle(
    desk: &Desk,
    (who, request): (&SignedIn, &HttpRequest),
    row: &Conversation,
    form: &[Field],
) -> Result<HttpResponse> {
    match Box::pin(send(desk, row, &who.teammate, form)).await {
        Ok(true) => Ok(back_to(&format!("/conversations/{}?view=all", row.number))),
        Ok(false) => again(desk, (who, request), row, (form, Refused::Parted)).await,
        Err(Error::Invalid(words) | Error::Conflict(words) | Error::Forbidden(words) | Error::Unavailable(words)) => {
            again(desk, (who, request), row, (form, Refused::Because(&words))).await
        }
        Err(error) => Err(error),
    }
}

/// Whether it is sent: where messages left the conversation since it was filled in, its sender is asked first.
async fn send(desk: &Desk, row: &Conversation, by: &Teammate, form: &[Field]) -> Result<bool> {
    let inbox = desk.inbox();
    let id: MessageId = first(form, "id").parse().unwrap_or_else(|_| desk.clock.new_id());
    let wanted = wanted(form);
    if care::template_sent_before(&inbox, row.id, by, (id, &wanted)).await?.is_some() {
        return Ok(true);
    }
    let (filled, text) = templates::fill(&inbox, row, &wanted).await?;
    let named = (first(form, "macro"), first(form, "macro_version"), first(form, "macro_order"));
    let also = also_of(desk, row, by, named, all(form, "step")).await?;
    let files = files_in(form);
    let with = Answer {
        enclosed: Enclosed::OfComposer(&files),
        on: first(form, "channel").parse().ok(),
        seen: first(form, "seen").parse().ok(),
        shown: Shown::of(first(form, "shown")),
        parted: first(form, "parted").parse().ok(),
        // What somebody was writing is another text.
        basis: Basis::Nothing,
        also: &also,
        choices: &[],
        template: Some(&filled),
        program: false,
        audience: None,
        drawn_for: None,
    };
    match care::answer_with(&inbox, row.id, by, (id, &text), with).await {
        Err(InboxError::Parted) => Ok(false),
        sent => Ok(sent.map(|_| true)?),
    }
}
