//! Looks whether closed cases were solved: whether their customers came back, and whether shops still show what was promised. A
//! bounded number a job, one after the other.

use std::time::Duration;

use serde_json::json;

use super::{Claimed, JobError};
use crate::agent::says_thanks;
use crate::app::Desk;
use crate::commerce::promises::{self, to_show};
use crate::inbox::matters;
use crate::inbox::resolutions::{self, Case};
use crate::model::BrandId;
use crate::model::action::Promised;
use crate::model::job::JobKind;
use crate::model::order::KnownOrder;
use crate::model::resolution::{Facts, Resolution, Said};
use crate::store::jobs::{self, NewJob};
use crate::store::resolutions::{Word, list_due};
use crate::store::{self, bulk_changes, orders};

/// How many cases a job looks at.
const MOST: i64 = 20;
/// How long a case rests that could not be looked at.
const REST: Duration = Duration::from_hours(1);
/// All of them are one piece of work.
const KEY: &str = "all";

/// Puts a look down where one is due.
pub async fn begin(desk: &Desk) -> store::Result<()> {
    if list_due(&desk.db, desk.clock.now(), 1).await?.is_empty()
        || jobs::list_keys(&desk.db, JobKind::CheckResolutions).await?.contains(KEY)
    {
        return Ok(());
    }
    let mut tx = desk.db.begin().await?;
    jobs::enqueue(&mut tx, &[looking(desk)]).await?;
    tx.commit().await?;
    desk.wake.job(JobKind::CheckResolutions);
    Ok(())
}

fn looking(desk: &Desk) -> NewJob {
    let now = desk.clock.now();
    NewJob {
        id: desk.clock.new_id(),
        kind: JobKind::CheckResolutions,
        payload: json!({}),
        dedup_key: Some(KEY.to_owned()),
        run_at: now,
        conversation_id: None,
        created_at: now,
    }
}

pub(super) async fn run(claimed: &Claimed<'_>) -> Result<(), JobError> {
    let desk = claimed.desk;
    let due = list_due(&desk.db, desk.clock.now(), MOST).await?;
    for case in &due {
        if let Err(error) = Box::pin(look(desk, case)).await {
            tracing::error!(conversation = %case.conversation_id, %error, "a closed case cannot be looked at; it is tried again");
            resolutions::put_off(&desk.inbox(), case, desk.clock.now().plus(REST)).await?;
        }
    }
    let mut tx = desk.db.begin().await?;
    if i64::try_from(due.len()).is_ok_and(|looked| looked == MOST) {
        jobs::enqueue(&mut tx, &[looking(desk)]).await?;
    }
    claimed.finish(tx).await?;
    desk.wake.job(JobKind::CheckResolutions);
    Ok(())
}

async fn look(desk: &Desk, closed: &Resolution) -> store::Result<()> {
    let inbox = desk.inbox();
    let Some(case) = resolutions::read(&inbox, closed).await? else { return Err(store::Error::NotFound) };
    let mut facts = Facts { said: said(&case), ..Facts::default() };
    let orders = if facts.said == Said::More { Vec::new() } else { read_shops(desk, &case, &mut facts).await };
    for known in &orders {
        Box::pin(keep(desk, closed.brand_id, known)).await?;
    }
    resolutions::judge(&inbox, closed, facts).await
}

/// Keeps an order as it was read for a promise. What is new in it is news for its customer, as at any other reading.
async fn keep(desk: &Desk, brand: BrandId, known: &KnownOrder) -> store::Result<()> {
    let watchers = orders::list_watchers(&desk.db, known.source_id, &known.order.id).await?;
    let mut tx = desk.db.begin().await?;
    let held = bulk_changes::lock_ids(&mut tx, &watchers).await?;
    Box::pin(matters::keep(&desk.inbox(), &mut tx, (brand, known), (&[], &held))).await?;
    tx.commit().await
}

/// What the customer said, by their words since our last answer.
fn said(case: &Case) -> Said {
    let thanks = |word: &Word| {
        let writer = [word.sender_name.as_str(), word.sender_address.split('@').next().unwrap_or_default()];
        let names = case.names.iter().map(String::as_str).chain(writer);
        says_thanks(&word.body, &names.collect::<Vec<_>>())
    };
    if !case.since.iter().chain(&case.anywhere).all(thanks) {
        return Said::More;
    }
    let is_thanked = !case.since.is_empty() || case.before.last().is_some_and(thanks);
    if is_thanked { Said::Thanks } else { Said::Nothing }
}

/// Reads in the shops what was promised; gives the orders as they are now.
async fn read_shops(desk: &Desk, case: &Case, facts: &mut Facts) -> Vec<KnownOrder> {
    let mut orders = Vec::new();
    let promised = to_show(case.promised.clone(), desk.clock.now());
    let (unseen, promised): (Vec<Promised>, Vec<Promised>) = promised.into_iter().partition(Promised::is_unseen);
    facts.unseen = !unseen.is_empty();
    if promised.is_empty() {
        return orders;
    }
    let Ok(shops) = desk.shops.of_brand(case.conversation.brand_id).await else {
        facts.unread = true;
        return orders;
    };
    for one in &promised {
        match promises::read(one, &shops).await {
            Ok(reading) => {
                facts.promises.push(reading.promise);
                orders.extend(reading.orders);
            }
            Err(failure) => {
                let number = case.conversation.number;
                tracing::warn!(conversation = number, %failure, "a promise cannot be read in its shop yet");
                facts.unread = true;
            }
        }
    }
    orders
}
