//! A text that came with a form after another device had changed what is kept: neither is lost, and a person says which
//! one counts.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use tokio::try_join;

use super::desk::{DeskPage, ListPane};
use super::listed::{Beside, rows_of};
use super::loaded::Loaded;
use super::show::Look;
use crate::app::Desk;
use crate::model::audience::Audience;
use crate::model::conversation::Conversation;
use crate::model::macros::Ticked;
use crate::model::teammate::Teammate;
use crate::model::writing::{Basis, Kept, KeptText};
use crate::store;
use crate::store::composer_texts::{self, ComposerText};
use crate::web::error::{Error, Result};
use crate::web::frame::{page, shown};
use crate::web::guard::SignedIn;
use crate::web::page::{InboxQuery, InboxView, Place};
use crate::web::parts::Notice;

/// What a form carried, and why it is not kept.
#[derive(Clone, Debug)]
pub struct Brought {
    /// The text of the form.
    pub body: String,
    /// Whether it is a note.
    pub is_note: bool,
    /// The macro that it began with.
    pub from: Option<Ticked>,
    /// The buttons below it.
    pub choices: Vec<String>,
    /// Who is to read it, where that was chosen.
    pub audience: Option<Audience>,
    /// Why it is not kept.
    pub unkept: Unkept,
}

/// Why a text is not kept.
#[derive(Clone, Debug)]
pub enum Unkept {
    /// Another device has changed what is kept: to this, or it was sent or emptied there.
    Changed(Option<KeptText>),
    /// Nothing can be stored at this moment.
    Unstored,
}

impl Brought {
    /// What is said of it where the page still has it.
    pub fn words(&self) -> &'static str {
        match self.unkept {
            Unkept::Changed(_) => {
                "Your text was changed on another device meanwhile. Both are there; say below which one counts."
            }
            Unkept::Unstored => "Your text is kept in this tab.",
        }
    }
}

/// Keeps the text of a form that goes on from `basis`. Where another device has changed what is kept, that stays; then,
/// and where nothing can be stored, the text is given back.
pub(in crate::web) async fn keep(
    desk: &Desk,
    row: &Conversation,
    by: &Teammate,
    text: ComposerText,
    basis: Basis,
) -> Result<Option<Brought>> {
    let kept = try_to_keep(desk, row, by, &text, basis).await;
    let unkept = match kept {
        Ok(Kept::Stored(_)) => return Ok(None),
        Ok(Kept::Changed(_)) if text.body.trim().is_empty() && text.choices.is_empty() => return Ok(None),
        Ok(Kept::Changed(there)) => Unkept::Changed(there),
        Err(store::Error::Unavailable(_)) => Unkept::Unstored,
        Err(error) => return Err(error.into()),
    };
    let ComposerText { body, is_note, from, choices, audience } = text;
    Ok(Some(Brought { body, is_note, from, choices, audience, unkept }))
}

async fn try_to_keep(
    desk: &Desk,
    row: &Conversation,
    by: &Teammate,
    text: &ComposerText,
    basis: Basis,
) -> store::Result<Kept> {
    let mut tx = desk.db.begin().await?;
    let kept = composer_texts::keep(&mut tx, row.id, by.id, text, basis, desk.clock.now()).await?;
    tx.commit().await?;
    Ok(kept)
}

/// What a person is told of a refusal that they can mend.
pub(super) fn words_of(error: Error) -> Result<String> {
    match error {
        Error::Invalid(words) | Error::Conflict(words) | Error::Forbidden(words) | Error::Unavailable(words) => {
            Ok(words)
        }
        other => Err(other),
    }
}

/// The conversation with that text in its composer and the other one beside it, for pages without script: they have no
/// other place where it would stay. `why` says what was not done, unless it is that somebody else's reply came first.
pub(in crate::web) async fn asked(
    desk: &Desk,
    (who, request): (&SignedIn, &HttpRequest),
    row: Conversation,
    brought: Brought,
    (why, overtaken): (Option<&str>, &str),
) -> Result<HttpResponse> {
    let query = InboxQuery::of(InboxView::All);
    let mut page = page(desk, request, who, Place::Inbox, Some(query.clone())).await?;
    page.notice = why.map(|words| Notice::bad("Not done.", words));
    let look = Look::at_composer(brought.is_note, overtaken);
    let number = row.number;
    let beside = Beside::new(desk, &page, &look, &who.teammate);
    let (listed, beside) = try_join!(rows_of(desk, &query, &who.teammate), beside)?;
    let mut loaded = Loaded::new(desk, row, &who.teammate, Arc::clone(&beside.teammates), None).await?;
    let status = match brought.unkept {
        Unkept::Changed(_) => StatusCode::CONFLICT,
        Unkept::Unstored => StatusCode::SERVICE_UNAVAILABLE,
    };
    loaded.bring(brought);
    loaded.insert_macro(desk, &who.teammate, None).await?;
    let list = ListPane::new(&page, &beside.facts(&listed), Some(number));
    let here = query.conversation_href(number);
    let mut response = shown(request, &DeskPage::conversation(page, list, loaded.facts(&look, &here)))?;
    *response.status_mut() = status;
    Ok(response)
}
