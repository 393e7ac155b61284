//! Shows a customer.

use std::cmp::Reverse;
use std::collections::HashSet;
use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use super::erase::work_on;
use super::{ContactFacts, ContactPage};
use crate::app::Desk;
use crate::model::note::Note;
use crate::model::order::{KnownOrder, Money};
use crate::model::{ContactId, Ts};
use crate::store::conversations::{Order, View};
use crate::store::{actions, contacts, merges, notes, orders, people};
use crate::web::conversations::customer::identities_of;
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
/// Merges with conversations of other customers that are looked at for their orders.
const MERGES: i64 = 100;
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
    let contact = contacts::get(&desk.db, people::standing(&desk.db, *id).await?).await?;
    let all = people::contacts_of(&desk.db, contact.id).await?;
    let view = View::Contact(contact.id);
    let after = position.cursor.as_deref().map(cursor_of).transpose()?;
    let mut rows = people::list_conversations(&desk.db, contact.id, after, ROWS + 1).await?;
    let more = i64::try_from(rows.len()).unwrap_or(i64::MAX) > ROWS;
    rows.truncate(usize::try_from(ROWS).unwrap_or(usize::MAX));
    let next = rows.last().filter(|_| more).map(|row| cursor_text(view.cursor_of(Order::Newest, row)));
    let (known, notes) = of_person(&desk, &all).await?;
    let given = given(&desk, contact.id, &known).await?;
    let mut kin = Vec::new();
    for other in all.iter().filter(|other| **other != contact.id) {
        kin.push(contacts::get(&desk.db, *other).await?);
    }
    let facts = ContactFacts {
        contact: &contact,
        kin: &kin,
        merges: &people::list_merges(&desk.db, contact.id).await?,
        lookalikes: &people::list_lookalikes(&desk.db, contact.id).await?,
        identities: &identities_of(&desk, contact.id).await?,
        orders: &known,
        given: given.as_deref(),
        notes: &notes,
        conversations: &rows,
        next: next.as_deref(),
        erasing: &work_on(&desk, &all).await?,
    };
    let frame = page(&desk, &request, &who, Place::Inbox, None).await?;
    shown(&request, &ContactPage::new(frame, facts))
}

/// The orders and the notes of some contacts, newest first.
async fn of_person(desk: &Desk, contacts: &[ContactId]) -> Result<(Vec<KnownOrder>, Vec<(Note, i64)>)> {
    let (mut known, mut noted) = (Vec::new(), Vec::new());
    for contact in contacts {
        let strangers = merges::list_strangers_of(&desk.db, *contact, MERGES).await?;
        let is_own = |one: &KnownOrder| !strangers.iter().any(|stranger| stranger.brought(one));
        known.extend(orders::list_of_contact(&desk.db, *contact, SHOWN).await?.into_iter().filter(is_own));
        noted.extend(notes::list_of_contact(&desk.db, *contact, SHOWN).await?);
    }
    let most = usize::try_from(SHOWN).unwrap_or(usize::MAX);
    known.sort_by_key(|one: &KnownOrder| Reverse(one.read_at));
    let mut seen = HashSet::new();
    known.retain(|one| seen.insert((one.source_id, one.order.id.clone())));
    known.truncate(most);
    noted.sort_by_key(|(note, _): &(Note, i64)| Reverse(note.created_at));
    noted.truncate(most);
    Ok((known, noted))
}

/// What was given back within a year, in the currency of the latest order.
async fn given(desk: &Desk, contact: ContactId, known: &[KnownOrder]) -> Result<Option<String>> {
    let Some(latest) = known.first() else { return Ok(None) };
    let currency = latest.order.currency();
    let since: Ts = desk.clock.now().minus(GIVEN_WITHIN);
    let minor = actions::spent_on_contact(&desk.db, contact, since, currency).await?;
    Ok((minor > 0).then(|| money(Money { minor, currency })))
}
