//! Tells a customer of what waits for them before they ask: each matter once, a message a day, and looks after the drafts about
//! it until somebody decides.

use std::time::Duration;

use super::agent_run::{finished, not_settled, snapshot};
use super::{Claimed, JobError};
use crate::agent::{Announced, announce};
use crate::app::Desk;
use crate::commerce::registry::RegistryError;
use crate::inbox::markets::shops_of;
use crate::inbox::matters::{self as inbox_matters, Opening, Place, Ready};
use crate::inbox::settle::Finished;
use crate::model::matter::{Matter, MatterKind, MatterState};
use crate::model::order::{KnownOrder, MatchedBy, Product};
use crate::model::{ContactId, Ts};
use crate::store::{Reader, brands, matters};

/// When it is looked again at a new draft, or at what could not be told now.
const AGAIN: Duration = Duration::from_mins(1);
/// When it is looked again at a draft that has waited long.
const SELDOM: Duration = Duration::from_mins(15);
/// How long a matter rests that cannot be looked at; the others go on.
const REST: Duration = Duration::from_mins(30);

pub(super) async fn run(claimed: &Claimed<'_>) -> Result<(), JobError> {
    let desk = claimed.desk;
    let contact: ContactId = claimed.field("contact")?;
    let again = desk.clock.now().plus(AGAIN);
    let mut next: Option<Ts> = None;
    let open = matters::list_open(&mut Reader::Db(&desk.db), contact).await?;
    for matter in &open {
        let at = match Box::pin(look(desk, matter)).await {
            Ok(at) | Err(JobError::Later { at, .. } | JobError::Turn { at, .. } | JobError::Behind { at, .. }) => at,
            Err(error) => {
                tracing::warn!(matter = %matter.id, %error, "a matter cannot be looked at; it is tried again");
                desk.clock.now().plus(REST)
            }
        };
        next = Some(next.map_or(at, |next| next.min(at)));
    }
    let left = matters::list_open(&mut Reader::Db(&desk.db), contact).await?;
    if left.is_empty() {
        return claimed.finish(desk.db.begin().await?).await;
    }
    Err(JobError::Later { at: next.unwrap_or(again), reason: "a customer may be told of something".to_owned() })
}

/// Tells a customer of a matter, or looks after the draft about it; gives when to look again: at what has waited long, later.
async fn look(desk: &Desk, matter: &Matter) -> Result<Ts, JobError> {
    if matter.state != MatterState::Drafted {
        return Box::pin(tell(desk, matter)).await;
    }
    Box::pin(inbox_matters::look_after(&desk.inbox(), matter)).await?;
    let now = desk.clock.now();
    let waited = now.since(matter.drafted_at.unwrap_or(matter.noticed_at));
    Ok(now.plus((waited / 10).clamp(AGAIN, SELDOM)))
}

/// Tells a customer of a matter, if it can be done now; gives when to look at it again.
async fn tell(desk: &Desk, matter: &Matter) -> Result<Ts, JobError> {
    let (inbox, again) = (desk.inbox(), desk.clock.now().plus(AGAIN));
    let (place, finished) = match Box::pin(written(desk, matter)).await? {
        Ready::Now(written) => *written,
        Ready::Later(at) => return Ok(at),
        Ready::Over(reason) => {
            inbox_matters::give_up(&inbox, matter, reason).await?;
            return Ok(again);
        }
    };
    let mut tx = desk.db.begin().await?;
    let about = (matter, &place);
    if Box::pin(inbox_matters::put(&inbox, &mut tx, about, &finished)).await.map_err(not_settled)? {
        tx.commit().await?;
        desk.wake.deliveries();
        desk.wake.event();
    }
    Ok(again)
}

/// What the customer is told, and where.
async fn written(desk: &Desk, matter: &Matter) -> Result<Ready<Box<(Place, Finished)>>, JobError> {
    let (inbox, now) = (desk.inbox(), desk.clock.now());
    let known = match inbox_matters::is_due(&inbox, matter).await? {
        Ready::Now(known) => known,
        Ready::Later(at) => return Ok(Ready::Later(at)),
        Ready::Over(reason) => return Ok(Ready::Over(reason)),
    };
    let place = match Box::pin(inbox_matters::find_place(&inbox, matter)).await? {
        Ready::Now(place) => place,
        Ready::Later(at) => return Ok(Ready::Later(at)),
        Ready::Over(reason) => return Ok(Ready::Over(reason)),
    };
    let product = if matter.kind == MatterKind::Restocked {
        let found = in_stock(desk, (&place, known.as_ref()), &matter.subject).await?;
        let Some(product) = found else { return Ok(Ready::Over("the shop does not have it any more")) };
        Some(product)
    } else {
        None
    };
    let brand = brands::get(&desk.db, matter.brand_id).await?;
    let snapshot = Box::pin(snapshot(desk, place.conversation.clone(), brand, String::new())).await?;
    let announced = Announced { known: &known, kind: matter.kind, subject: &matter.subject, product: product.as_ref() };
    let result = match announce(&snapshot, announced) {
        Ok(result) => result,
        Err(reason) => return Ok(Ready::Over(reason)),
    };
    let mut finished = finished(desk, &snapshot, &result, now);
    if place.opening == Opening::New {
        finished.understood.orders.push((*known, MatchedBy::Contact));
    }
    Ok(Ready::Now(Box::new((place, finished))))
}

/// The product of a line, as far as the shop has it now.
async fn in_stock(desk: &Desk, (place, known): (&Place, &KnownOrder), line: &str) -> Result<Option<Product>, JobError> {
    let Some(line) = known.order.line(line) else { return Ok(None) };
    let shops = shops_of(&desk.inbox(), &place.conversation).await.map_err(|error| match error {
        RegistryError::Store(error) => error.into(),
        broken => JobError::retry(broken),
    })?;
    let found = shops.products_of(known.source_id, &line.sku).await.map_err(JobError::retry)?;
    let is_there = |product: &Product| product.sku == line.sku && product.in_stock.is_some_and(|count| count > 0);
    Ok(found.into_iter().find(is_there))
}
