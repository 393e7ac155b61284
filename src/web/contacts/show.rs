//! Shows a customer.

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use super::{ContactFacts, ContactPage};
use crate::app::Desk;
use crate::model::order::{KnownOrder, Money};
use crate::model::{ContactId, Ts};
use crate::store::conversations::{self, Order, View};
use crate::store::{actions, contacts, notes, orders};
use crate::web::conversations::loaded::identities_of;
use crate::web::cursors::{cursor_of, cursor_text};
use crate::web::error::Result;
use crate::web::format::money;
use crate::web::frame::{page, shown};
use crate::web::guard::SignedIn;
use crate::web::page::Place;

/// Conversations of a page.
const ROWS: i64 = 50;
/// Notes and orders that are shown.
const SHOWN: i64 = 20;
/// How far back it is added up what was given.
const GIVEN_WITHIN: Duration = Duration::from_hours(24 * 365);

/// Behind which conversation the page begins.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Position {
    cursor: Option<String>,
}

/// `GET /contacts/{id}`
pub async fn show(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    id: web::Path<ContactId>,
    position: web::Query<Position>,
) -> Result<HttpResponse> {
    let contact = contacts::get(&desk.db, *id).await?;
    let view = View::Contact(contact.id);
    let after = position.cursor.as_deref().map(cursor_of).transpose()?;
    let mut rows = conversations::list(&desk.db, view, after, ROWS + 1).await?;
    let more = i64::try_from(rows.len()).unwrap_or(i64::MAX) > ROWS;
    rows.truncate(usize::try_from(ROWS).unwrap_or(usize::MAX));
    let next = rows.last().filter(|_| more).map(|row| cursor_text(view.cursor_of(Order::Newest, row)));
    let known = orders::list_of_contact(&desk.db, contact.id, SHOWN).await?;
    let given = given(&desk, contact.id, &known).await?;
    let facts = ContactFacts {
        contact: &contact,
        identities: &identities_of(&desk, contact.id).await?,
        orders: &known,
        given: given.as_deref(),
        notes: &notes::list_of_contact(&desk.db, contact.id, SHOWN).await?,
        conversations: &rows,
        next: next.as_deref(),
    };
    let frame = page(&desk, &request, &who, Place::Inbox, None).await?;
    shown(&request, &ContactPage::new(frame, facts))
}

/// What was given back within a year, in the currency of the latest order.
async fn given(desk: &Desk, contact: ContactId, known: &[KnownOrder]) -> Result<Option<String>> {
    let Some(latest) = known.first() else { return Ok(None) };
    let currency = latest.order.currency();
    let since: Ts = desk.clock.now().minus(GIVEN_WITHIN);
    let minor = actions::spent_on_contact(&desk.db, contact, since, currency).await?;
    Ok((minor > 0).then(|| money(Money { minor, currency })))
}
