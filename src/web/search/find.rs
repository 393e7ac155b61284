//! Searching all conversations.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use super::{RebuildBar, SearchPage, looked};
use crate::app::Desk;
use crate::model::conversation::Conversation;
use crate::store::search::rebuild;
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

/// `GET /search?q=&cursor=`; `#4812` leads straight to that conversation, and so does `4812` where no order or message
/// has that number. Where one has, the conversation stands before what was found.
pub async fn show(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    words: web::Query<Words>,
) -> Result<HttpResponse> {
    let after = words.cursor.as_deref().map(search_cursor_of).transpose()?;
    let mut found = looked(&desk, search::conversations(&desk.db, &words.q, after, ROWS).await).await?;
    if let Some(named) = named(&desk, &words.q).await?.filter(|_| after.is_none()) {
        found.conversations.retain(|other| other.id != named.id);
        if words.q.trim().starts_with('#') || found.conversations.is_empty() {
            return Ok(back_to(&format!("/conversations/{}?view=all", named.number)));
        }
        found.conversations.insert(0, named);
    }
    let list = InboxQuery { view: InboxView::All, ..InboxQuery::default() };
    let frame = page(&desk, &request, &who, Place::Inbox, Some(list)).await?;
    let gap = rebuild::find_gap(&desk.db).await?;
    shown(&request, &SearchPage::new(frame, &words.q, (&found, gap.as_ref()), after.is_some()))
}

/// `GET /search/rebuild`: how far the rebuilding of the index is, for open pages.
pub async fn rebuilding(desk: web::Data<Desk>, _: SignedIn, request: HttpRequest) -> Result<HttpResponse> {
    let gap = rebuild::find_gap(&desk.db).await?;
    shown(&request, &RebuildBar::new(gap.as_ref(), desk.clock.now()))
}

/// The conversation whose number is all that is looked for.
async fn named(desk: &Desk, words: &str) -> Result<Option<Conversation>> {
    let words = words.trim();
    match words.strip_prefix('#').unwrap_or(words).parse() {
        Ok(number) => Ok(conversations::find_by_number(&desk.db, number).await?),
        Err(_) => Ok(None),
    }
}
