//! A page of the reader's list, whatever the list is of.

use std::sync::Arc;

use super::desk::ListFacts;
use super::row::Listed;
use super::show::{Look, ROWS};
use crate::app::Desk;
use crate::model::bulk_change::BulkChange;
use crate::model::conversation::ConversationStatus;
use crate::model::saved_view::Filters;
use crate::model::teammate::Teammate;
use crate::store::conversations::{self, View};
use crate::store::saved_views::Asked;
use crate::store::search::rebuild::{self, Gap};
use crate::store::{bulk_changes, saved_views, teammates};
use crate::web::cursors::{behind_of, behind_text, cursor_of, cursor_text};
use crate::web::error::{Error, Result};
use crate::web::page::{InboxQuery, InboxView, Page};
use crate::web::search::looked;

/// The store's view behind the reader's query.
fn view_of(query: &InboxQuery, reader: &Teammate) -> View {
    if let Some(channel) = query.channel {
        return View::Channel(channel);
    }
    if let Some(brand) = query.brand {
        return View::Brand(brand);
    }
    if let Some(person) = query.assignee {
        return View::Mine(person);
    }
    match query.view {
        InboxView::NeedsApproval => View::NeedsApproval,
        InboxView::Mine => View::Mine(reader.id),
        InboxView::Unassigned => View::Unassigned,
        InboxView::Waiting => View::Status(ConversationStatus::Waiting),
        InboxView::Snoozed => View::Status(ConversationStatus::Snoozed),
        InboxView::Open => View::Status(ConversationStatus::Open),
        InboxView::All => View::All,
    }
}

/// What belongs in the list where a person put it together: in a view that is kept, or in the address.
async fn filters_of(desk: &Desk, query: &InboxQuery, reader: &Teammate) -> Result<Option<Filters>> {
    let Some(id) = query.saved else { return Ok(query.filter.as_deref().cloned()) };
    let saved = saved_views::find(&desk.db, id, reader.id).await?.ok_or(Error::NotFound)?;
    Ok(Some(saved.filters.0))
}

/// A page of the reader's list.
pub(super) async fn rows_of(desk: &Desk, query: &InboxQuery, reader: &Teammate) -> Result<Listed> {
    if let Some(filters) = filters_of(desk, query, reader).await? {
        let asked = Asked { filters: &filters, reader: reader.id, now: desk.clock.now() };
        let after = query.cursor.as_deref().map(behind_of).transpose()?;
        let found = looked(desk, saved_views::conversations(&desk.db, asked, after, ROWS).await).await?;
        return Ok(Listed { rows: found.rows, next: found.next.map(behind_text) });
    }
    let after = query.cursor.as_deref().map(cursor_of).transpose()?;
    let view = view_of(query, reader);
    let order = query.order().into();
    let mut rows = conversations::list_in(&desk.db, view, order, after, ROWS + 1).await?;
    let size = usize::try_from(ROWS).unwrap_or(usize::MAX);
    let more = rows.len() > size;
    rows.truncate(size);
    let next = rows.last().filter(|_| more).map(|row| cursor_text(view.cursor_of(order, row)));
    Ok(Listed { rows, next })
}

/// What the list shows beside its rows.
pub(super) struct Beside {
    pub(super) teammates: Arc<[Teammate]>,
    changed: Option<BulkChange>,
    gap: Option<Gap>,
}

impl Beside {
    pub(super) async fn new(desk: &Desk, page: &Page, look: &Look, reader: &Teammate) -> Result<Self> {
        let changed = match look.changed {
            Some(id) => bulk_changes::find(&desk.db, id).await?.filter(|change| change.teammate_id == reader.id),
            None => None,
        };
        let of_words = !page.list_filter().text.is_empty();
        let gap = if of_words { rebuild::find_gap(&desk.db).await? } else { None };
        Ok(Self { teammates: teammates::list(&desk.db).await?.into(), changed, gap })
    }

    pub(super) fn facts<'a>(&'a self, listed: &'a Listed) -> ListFacts<'a> {
        let (changed, gap) = (self.changed.as_ref(), self.gap.as_ref());
        ListFacts { listed, teammates: &self.teammates, changed, gap }
    }
}
