//! Searching all conversations.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use super::SearchPage;
use crate::app::Desk;
use crate::store::{conversations, search};
use crate::web::cursors::search_cursor_of;
use crate::web::error::Result;
use crate::web::flash::back_to;
use crate::web::frame::{page, shown};
use crate::web::guard::SignedIn;
use crate::web::page::{InboxQuery, InboxView, Place};

/// Conversations of a page.
const ROWS: i64 = 50;

/// What to look for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Words {
    q: String,
    cursor: Option<String>,
}

/// `GET /search?q=&cursor=`; `#4812` leads straight to that conversation.
pub async fn show(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    words: web::Query<Words>,
) -> Result<HttpResponse> {
    let wanted = words.q.trim().strip_prefix('#').and_then(|number| number.parse::<i64>().ok());
    if let Some(number) = wanted
        && conversations::find_by_number(&desk.db, number).await?.is_some()
    {
        return Ok(back_to(&format!("/conversations/{number}?view=all")));
    }
    let after = words.cursor.as_deref().map(search_cursor_of).transpose()?;
    let found = search::conversations(&desk.db, &words.q, after, ROWS).await?;
    let list = InboxQuery { view: InboxView::All, ..InboxQuery::default() };
    let frame = page(&desk, &request, &who, Place::Inbox, Some(list)).await?;
    shown(&request, &SearchPage::new(frame, &words.q, &found, after.is_some()))
}
