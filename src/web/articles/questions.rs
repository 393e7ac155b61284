//! What customers ask that the agent cannot tell the meaning of and no article answers.

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use crate::agent::plain_of;
use crate::app::Desk;
use crate::knowledge::questions::{Asked, Question, questions};
use crate::model::BrandId;
use crate::model::teammate::Role;
use crate::store::agent_runs::{self, Unclear};
use crate::store::articles;
use crate::voice::locale::LOCALES;
use crate::web::error::Result;
use crate::web::filters;
use crate::web::format::{Reader, count};
use crate::web::frame::{brand_named, page_of, shown};
use crate::web::guard::SignedIn;
use crate::web::page::{BrandQuery, Page, Place};
use crate::web::parts::{Empty, When};
use crate::web::words::language_word;

/// How far back it is looked.
const DAYS: u64 = 90;
/// So much of what was asked is looked through, and so many questions are shown.
const ASKED: i64 = 1_000;
const SHOWN: usize = 50;

/// `GET /articles/questions`
#[derive(Debug, Template)]
#[template(path = "articles/questions.html")]
struct Questions {
    page: Page,
    days: u64,
    rows: Vec<Row>,
    empty: Empty,
}

#[derive(Debug)]
struct Row {
    words: String,
    language: String,
    asked: String,
    number: i64,
    when: When,
}

fn row(reader: Reader, question: &Question, newest: &Unclear) -> Row {
    Row {
        words: newest.packet.wants.clone(),
        language: if newest.language.is_empty() { "not known".to_owned() } else { language_word(&newest.language) },
        asked: count(i64::try_from(question.places.len()).unwrap_or(i64::MAX)),
        number: newest.number,
        when: When::ago(reader, newest.created_at),
    }
}

/// `GET /articles/questions`
pub async fn list(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    which: web::Query<BrandQuery>,
) -> Result<HttpResponse> {
    who.require(Role::Manager)?;
    let brand = brand_named(&desk, &which.brand).await?;
    let since = desk.clock.now().minus(Duration::from_hours(24 * DAYS));
    let unclear = agent_runs::list_unclear(&desk.db, brand.id, since, ASKED).await?;
    let page = page_of(&desk, &request, &who, Place::Settings, &brand).await?;
    let open = unanswered(&desk, brand.id, &unclear).await?;
    let rows = open.iter().map(|(question, newest)| row(page.reader, question, newest)).collect();
    let empty = Empty::new(
        "Nothing was asked that is not written down.",
        "What customers ask and the agent cannot tell the meaning of is listed here, until an article answers it.",
    );
    shown(&request, &Questions { page, days: DAYS, rows, empty })
}

/// The questions that no article answers in their language, each with how it was asked last.
async fn unanswered<'a>(desk: &Desk, brand: BrandId, unclear: &'a [Unclear]) -> Result<Vec<(Question, &'a Unclear)>> {
    let asked: Vec<Asked<'_>> = unclear
        .iter()
        .map(|one| Asked { conversation: one.number, language: &one.language, words: &one.packet.wants })
        .collect();
    let mut open = Vec::new();
    for question in questions(&asked, plain_of) {
        let newest = question.places.first().and_then(|place| unclear.get(*place));
        let Some(newest) = newest else { continue };
        let language = LOCALES.iter().copied().find(|code| *code == newest.language);
        let answer = match language {
            Some(language) => {
                articles::answering(&desk.db, (brand, language), &question.beginnings, question.most()).await?
            }
            None => None,
        };
        if answer.is_none() {
            open.push((question, newest));
        }
        if open.len() >= SHOWN {
            break;
        }
    }
    Ok(open)
}
