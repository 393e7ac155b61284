//! The inbox and its conversations as pages and as the fragments of live pages.

use super::action_form::ActionForm;
use super::composer::Composer;
use super::context::ContextPanel;
use super::desk::{DeskPage, ListPane};
use super::draft::DraftSlot;
use super::head::Head;
use super::linking::Numbered;
use super::listed::{Beside, rows_of};
use super::loaded::Loaded;
use super::order::BY_FORM;
use super::row::{Row, Rows};
use super::timeline::{Timeline, Ways};
use crate::app::Desk;
use crate::inbox::chat::note_seen;
use crate::model::BulkChangeId;
use crate::model::conversation::Conversation;
use crate::model::order::{ActionKind, KnownOrder};
use crate::model::teammate::Teammate;
use crate::store::{conversations, messages, orders, teammates};
use crate::web::error::{Error, Result};
use crate::web::flash::{Tone, back_with};
use crate::web::frame::{page, part_shown, shown};
use crate::web::guard::SignedIn;
use crate::web::notifications::read::note_read;
use crate::web::page::{Alarms, InboxQuery, Page, Place};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;
use tokio::try_join;

/// Rows of a page of the list.
pub(super) const ROWS: i64 = 50;
/// How long a page waits until it is noted that somebody looks at it.
const SOON: Duration = Duration::from_secs(1);
/// The cookie of a browser that runs script (`presence.js`): its pages say themselves what somebody has before them.
const SCRIPT: &str = "resolute_script";

/// What `overtaken` says where it was the customer who wrote.
pub(super) const BY_CUSTOMER: &str = "customer";
/// What it says where messages left the conversation.
pub(super) const BY_PARTING: &str = "parted";

/// How a conversation is shown.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Look {
    pub(super) edit: Option<String>,
    pub(super) compose: Option<String>,
    kind: Option<String>,
    source: Option<String>,
    order: Option<String>,
    /// The change to several conversations that was just made.
    pub(super) changed: Option<BulkChangeId>,
    /// A reply of somebody else was sent while the reader wrote theirs, or the customer wrote ([`BY_CUSTOMER`]), or messages
    /// left the conversation ([`BY_PARTING`]).
    pub(super) overtaken: Option<String>,
    /// The macro whose text goes into the composer.
    #[serde(rename = "macro")]
    inserts: Option<String>,
    /// Asks the shop for the customer's orders while the page is made: the way without script.
    find: Option<String>,
    /// Orders that have one number, to choose from ([`Numbered`]).
    numbered: Option<String>,
    /// Only what was said before the message with this number.
    before: Option<i64>,
}

impl Look {
    /// With the composer as one of its forms left it.
    pub(super) fn at_composer(is_note: bool, overtaken: &str) -> Self {
        Self {
            compose: Some(if is_note { "note" } else { "reply" }.to_owned()),
            overtaken: (!overtaken.is_empty()).then(|| overtaken.to_owned()),
            ..Self::default()
        }
    }
}

/// `GET /inbox`
pub async fn inbox(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    query: web::Query<InboxQuery>,
    look: web::Query<Look>,
) -> Result<HttpResponse> {
    let query = query.into_inner();
    let page = page(&desk, &request, &who, Place::Inbox, Some(query.clone())).await?;
    let beside = Beside::new(&desk, &page, &look, &who.teammate);
    let (listed, beside) = try_join!(rows_of(&desk, &query, &who.teammate), beside)?;
    let first = match listed.rows.first() {
        Some(row) => {
            let mut first = Loaded::new(&desk, row.clone(), &who.teammate, Arc::clone(&beside.teammates), None).await?;
            first.insert_macro(&desk, &who.teammate, None).await?;
            Some(first)
        }
        None => None,
    };
    let current = first.as_ref().map(|loaded| loaded.conversation.number);
    let list = ListPane::new(&page, &beside.facts(&listed), current);
    let here = current.map(|number| query.conversation_href(number)).unwrap_or_default();
    let open = first.as_ref().map(|loaded| loaded.facts(&look, &here));
    shown(&request, &DeskPage::inbox(page, list, open))
}

/// `GET /conversations/{number}`
pub async fn conversation(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    number: web::Path<i64>,
    query: web::Query<InboxQuery>,
    look: web::Query<Look>,
) -> Result<HttpResponse> {
    let query = query.into_inner();
    let row = find(&desk, *number).await?;
    if row.number != *number {
        let words = format!("#{} was merged into this conversation.", *number);
        return Ok(back_with(&query.conversation_href(row.number), Tone::Info, &words));
    }
    // What came last is not on a page of what was said earlier.
    if look.before.is_none() && request.cookie(SCRIPT).is_none() {
        note_looked_at(&desk, &row, &who.teammate, i64::MAX).await?;
    }
    let page = page(&desk, &request, &who, Place::Inbox, Some(query.clone())).await?;
    let beside = Beside::new(&desk, &page, &look, &who.teammate);
    let (listed, beside) = try_join!(rows_of(&desk, &query, &who.teammate), beside)?;
    let team = Arc::clone(&beside.teammates);
    let mut loaded = Loaded::new(&desk, row, &who.teammate, team, look.before).await?;
    if look.find.is_some() {
        loaded.look_for_orders(&desk).await;
    }
    loaded.offer(&desk, &Numbered::of(look.numbered.as_deref())).await?;
    loaded.insert_macro(&desk, &who.teammate, look.inserts.as_deref()).await?;
    let list = ListPane::new(&page, &beside.facts(&listed), Some(*number));
    let here = query.conversation_href(*number);
    let facts = loaded.facts(&look, &here);
    shown(&request, &DeskPage::conversation(page, list, facts))
}

/// Notes that somebody looks at it, up to the message `drawn`, and so knows what they were told of it. That is no reason
/// to keep them from it: where it cannot be written soon, it is not.
pub(in crate::web) async fn note_looked_at(desk: &Desk, row: &Conversation, who: &Teammate, drawn: i64) -> Result<()> {
    match timeout(SOON, try_note_looked_at(desk, row, who, drawn)).await {
        Ok(Err(Error::Unavailable(_))) | Err(_) => {
            tracing::warn!(number = row.number, "nobody noted that it was looked at: nothing can be written now");
            Ok(())
        }
        Ok(noted) => noted,
    }
}

async fn try_note_looked_at(desk: &Desk, row: &Conversation, who: &Teammate, drawn: i64) -> Result<()> {
    // Behind the greatest number there is nothing.
    if drawn < i64::MAX && !messages::is_newest(&desk.db, row.id, drawn).await? {
        return Ok(());
    }
    if row.unread {
        note_seen(&desk.inbox(), row, drawn, who).await?;
    }
    note_read(desk, row, who).await
}

/// `GET /inbox/rows`: the rows of a list, anew or behind a cursor.
pub async fn rows(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    query: web::Query<InboxQuery>,
) -> Result<HttpResponse> {
    let query = query.into_inner();
    let listed = rows_of(&desk, &query, &who.teammate).await?;
    let page = page(&desk, &request, &who, Place::Inbox, Some(query)).await?;
    shown(&request, &Rows::new(&page, &listed, None))
}

/// `GET /inbox/row/{number}`: one row as it is now.
pub async fn row(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    number: web::Path<i64>,
    query: web::Query<InboxQuery>,
) -> Result<HttpResponse> {
    // Not where it went: that has a row of its own.
    let row = conversations::find_by_number(&desk.db, *number).await?.ok_or(Error::NotFound)?;
    let page = page(&desk, &request, &who, Place::Inbox, Some(query.into_inner())).await?;
    shown(&request, &Row::new(&page, &row, None))
}

/// `GET /rail`: the numbers beside the views.
pub async fn rail(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    query: web::Query<InboxQuery>,
) -> Result<HttpResponse> {
    let page = page(&desk, &request, &who, Place::Inbox, Some(query.into_inner())).await?;
    shown(&request, &page.rail())
}

/// The conversation that is open beside alarms.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Opened {
    conversation: Option<i64>,
}

/// `GET /alarms?conversation=`: what has to be heard of now, for a page that was drawn before.
pub async fn alarms(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    open: web::Query<Opened>,
) -> Result<HttpResponse> {
    let mut page = page(&desk, &request, &who, Place::Inbox, None).await?;
    if let Some(number) = open.conversation
        && let Some(row) = conversations::find_by_number(&desk.db, number).await?
    {
        page.alarms.put_first(row.channel_id);
    }
    part_shown(&Alarms { page })
}

/// `GET /conversations/{number}/timeline`, also `?before=`
pub async fn timeline(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    number: web::Path<i64>,
    query: web::Query<InboxQuery>,
    look: web::Query<Look>,
) -> Result<HttpResponse> {
    let (page, loaded) = part(&desk, &who, &request, *number, (query.into_inner(), look.before)).await?;
    shown(&request, &Timeline::new(&page, loaded.timeline(Ways::Before)))
}

/// `GET /conversations/{number}/head`
pub async fn head(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    number: web::Path<i64>,
    query: web::Query<InboxQuery>,
) -> Result<HttpResponse> {
    let (page, loaded) = fragment(&desk, &who, &request, *number, query.into_inner()).await?;
    shown(&request, &Head::new(&page, loaded.head()))
}

/// `GET /conversations/{number}/draft`
pub async fn draft(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    number: web::Path<i64>,
    query: web::Query<InboxQuery>,
) -> Result<HttpResponse> {
    let query = query.into_inner();
    let here = query.conversation_href(*number);
    let (page, loaded) = fragment(&desk, &who, &request, *number, query).await?;
    shown(&request, &DraftSlot::new(&page, loaded.draft(&Look::default(), &here)))
}

/// `GET /conversations/{number}/composer`: for the channel on which the case is answered now, with what the reader was writing.
pub async fn composer(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    number: web::Path<i64>,
    query: web::Query<InboxQuery>,
) -> Result<HttpResponse> {
    let (page, mut loaded) = fragment(&desk, &who, &request, *number, query.into_inner()).await?;
    loaded.insert_macro(&desk, &who.teammate, None).await?;
    shown(&request, &Composer::new(&page, loaded.composer(&Look::default())))
}

/// `GET /conversations/{number}/context`: what was read last, and the choice that the page around it offers.
pub async fn context(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    number: web::Path<i64>,
    query: web::Query<InboxQuery>,
    look: web::Query<Look>,
) -> Result<HttpResponse> {
    let (page, mut loaded) = fragment(&desk, &who, &request, *number, query.into_inner()).await?;
    loaded.offer(&desk, &Numbered::of(look.numbered.as_deref())).await?;
    shown(&request, &ContextPanel::new(&page, loaded.context()))
}

/// `GET /conversations/{number}/candidates`: the panel with the orders that the shop has under the customer's address.
pub async fn candidates(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    number: web::Path<i64>,
    query: web::Query<InboxQuery>,
) -> Result<HttpResponse> {
    let (page, mut loaded) = fragment(&desk, &who, &request, *number, query.into_inner()).await?;
    loaded.look_for_orders(&desk).await;
    shown(&request, &ContextPanel::new(&page, loaded.context()))
}

/// `GET /conversations/{number}/actions/new?kind=&source=&order=`
pub async fn new_action(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    number: web::Path<i64>,
    query: web::Query<InboxQuery>,
    look: web::Query<Look>,
) -> Result<HttpResponse> {
    let row = find(&desk, *number).await?;
    let kind = kind_of(look.kind.as_deref().unwrap_or_default())?;
    let known = orders::list_of(&desk.db, row.id).await?;
    // Two shops may both have an order 1001.
    let wanted = |known: &KnownOrder| {
        look.order.as_ref().is_none_or(|id| *id == known.order.id)
            && look.source.as_ref().is_none_or(|id| *id == known.source_id.to_string())
    };
    let order = known.iter().find(|known| wanted(known)).ok_or(Error::NotFound)?;
    let page = page(&desk, &request, &who, Place::Inbox, Some(query.into_inner())).await?;
    shown(&request, &ActionForm::new(page, *number, desk.clock.new_id(), kind, order))
}

/// The kind of action behind a word, of those that a teammate asks for with the form.
pub(super) fn kind_of(word: &str) -> Result<ActionKind> {
    BY_FORM.into_iter().find(|kind| kind.as_str() == word).ok_or(Error::NotFound)
}

/// The conversation with this number; of one that was merged it is the one that it went into.
pub(in crate::web) async fn find(desk: &Desk, number: i64) -> Result<Conversation> {
    conversations::find_merged(&desk.db, number).await?.ok_or(Error::NotFound)
}

async fn fragment(
    desk: &Desk,
    who: &SignedIn,
    request: &HttpRequest,
    number: i64,
    query: InboxQuery,
) -> Result<(Page, Loaded)> {
    part(desk, who, request, number, (query, None)).await
}

/// The same of what was said before a message.
async fn part(
    desk: &Desk,
    who: &SignedIn,
    request: &HttpRequest,
    number: i64,
    (query, before): (InboxQuery, Option<i64>),
) -> Result<(Page, Loaded)> {
    let page = page(desk, request, who, Place::Inbox, Some(query)).await?;
    let row = find(desk, number).await?;
    let team = teammates::list(&desk.db).await?.into();
    Ok((page, Loaded::new(desk, row, &who.teammate, team, before).await?))
}
