//! An admin erases a customer: what that means, asked with a word to type, and how far it is.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use crate::app::Desk;
use crate::inbox::erasure;
use crate::model::ContactId;
use crate::model::contact::Contact;
use crate::model::job::{Job, JobKind, JobState};
use crate::model::teammate::Role;
use crate::store::{self, contacts, erasures, jobs, people};
use crate::web::error::Result;
use crate::web::filters;
use crate::web::flash::{Tone, back_with};
use crate::web::format::{Reader, counted};
use crate::web::forms::{Field, FieldErrors, filled};
use crate::web::frame::{page, shown, shown_with_errors};
use crate::web::guard::{Posted, SignedIn};
use crate::web::page::{Page, Place};
use crate::web::parts::{Notice, Progress, fragments};

fragments!(Erasure);

/// What may be typed in place of the name.
const WORD: &str = "erase";

/// How far the erasure of a customer is; nothing is seen where none is under way. Also the fragment
/// `GET /contacts/{id}/erasures`.
#[derive(Debug, Template)]
#[template(path = "contacts/erasure.html")]
pub struct Erasure {
    contact: ContactId,
    progress: Option<Progress>,
    trouble: Option<Notice>,
}

impl Erasure {
    /// By the work that there is for the contacts of the person.
    pub fn new(reader: Reader, contact: ContactId, work: &[Job]) -> Self {
        let dead = work.iter().find(|job| job.state == JobState::Dead);
        let under_way: Vec<&Job> = work.iter().filter(|job| job.state != JobState::Dead).collect();
        let done: i64 = under_way.iter().map(|job| job.done).sum();
        let total: i64 = under_way.iter().map(|job| job.total).sum();
        let since = under_way.iter().map(|job| job.created_at).min();
        Self {
            contact,
            progress: since.map(|begun| Progress::new("Messages erased", done, total, Some(begun), reader.now)),
            trouble: dead.filter(|_| under_way.is_empty()).map(|job| {
                let words =
                    format!("{}. What was erased before is gone, the rest is kept. Try it again.", job.last_error);
                Notice::bad("The erasure was given up.", words).with_link("Open Work", "/jobs")
            }),
        }
    }
}

/// `GET /contacts/{id}/erasures/new`, and the same page where another word was typed. The field is `word`.
#[derive(Debug, Template)]
#[template(path = "contacts/erase.html")]
struct ErasePage {
    page: Page,
    contact: ContactId,
    name: String,
    kin: Vec<String>,
    messages: String,
    fields: Vec<Field>,
}

/// `GET /contacts/{id}/erasures/new`
pub async fn form(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    id: web::Path<ContactId>,
) -> Result<HttpResponse> {
    who.require(Role::Admin)?;
    let contact = contacts::get(&desk.db, *id).await?;
    drawn(&desk, &request, &who, &contact, "", &[]).await
}

async fn drawn(
    desk: &Desk,
    request: &HttpRequest,
    who: &SignedIn,
    contact: &Contact,
    typed: &str,
    errors: FieldErrors<'_>,
) -> Result<HttpResponse> {
    let (mut kin, mut messages) = (Vec::new(), 0);
    for one in people::contacts_of(&desk.db, contact.id).await? {
        messages += erasures::count(&desk.db, one).await?;
        if one != contact.id {
            kin.push(contacts::get(&desk.db, one).await?.name);
        }
    }
    let help = format!("“{}” or “{WORD}”.", contact.name);
    let field = Field::text("word", "Type the customer’s name to go on").help(help);
    let erase = ErasePage {
        page: page(desk, request, who, Place::Inbox, None).await?,
        contact: contact.id,
        name: contact.name.clone(),
        kin,
        messages: counted(usize::try_from(messages).unwrap_or(usize::MAX), "message", "messages"),
        fields: filled(vec![field], &[("word", typed.to_owned())], errors),
    };
    if errors.is_empty() { shown(request, &erase) } else { shown_with_errors(request, &erase) }
}

/// What the form sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    word: String,
}

/// `POST /contacts/{id}/erasures`
pub async fn create(
    desk: web::Data<Desk>,
    request: HttpRequest,
    id: web::Path<ContactId>,
    posted: Posted<Typed>,
) -> Result<HttpResponse> {
    posted.require(Role::Admin)?;
    let contact = contacts::get(&desk.db, *id).await?;
    let typed = posted.form.word.trim();
    if !is_meant(typed, &contact.name) {
        let words = format!("Nothing was erased. Type “{}” or “{WORD}”.", contact.name);
        return drawn(&desk, &request, &posted.who(), &contact, typed, &[("word", words)]).await;
    }
    erasure::ask(&desk.inbox(), contact.id, &posted.by).await?;
    let words = "What is kept of this customer is being erased. This page says so until it is over.";
    Ok(back_with(&format!("/contacts/{}", contact.id), Tone::Info, words))
}

fn is_meant(typed: &str, name: &str) -> bool {
    let typed = typed.to_lowercase();
    typed == WORD || typed == name.trim().to_lowercase()
}

/// `GET /contacts/{id}/erasures`: the bar of the customer’s page, for open pages.
pub async fn progress(
    desk: web::Data<Desk>,
    _: SignedIn,
    request: HttpRequest,
    id: web::Path<ContactId>,
) -> Result<HttpResponse> {
    let all = people::contacts_of(&desk.db, *id).await?;
    let work = work_on(&desk, &all).await?;
    shown(&request, &Erasure::new(Reader::utc(desk.clock.now()), *id, &work))
}

/// The erasures of some contacts that wait, run or were given up.
pub(super) async fn work_on(desk: &Desk, contacts: &[ContactId]) -> store::Result<Vec<Job>> {
    let mut work = Vec::new();
    for contact in contacts {
        work.extend(jobs::list_of_key(&desk.db, JobKind::EraseContact, &contact.to_string()).await?);
    }
    Ok(work)
}

#[cfg(test)]
mod tests {
    use super::is_meant;

    #[test]
    fn only_the_name_or_the_word_erases() {
        for typed in ["erase", "ERASE", "sofie keller", "Sofie Keller"] {
            assert!(is_meant(typed, "Sofie Keller "), "{typed}");
        }
        for typed in ["", "Sofie", "delete", "Sofie  Keller"] {
            assert!(!is_meant(typed, "Sofie Keller "), "{typed}");
        }
    }
}
