//! Asks a tracking provider how the parcels are doing that open conversations are about: those that are due, a bounded number a
//! job, at the provider's pace. What it says of each is kept before the next is asked for.

use std::time::Duration;

use channel_contract::ParcelTracker;
use channel_contract::orders::OrderFailure;
use channel_contract::tracking::{Parcel, plain_number};
use serde_json::json;

use super::{Claimed, JobError};
use crate::app::Desk;
use crate::commerce::tracking::{TrackerError, UNKNOWN, next_look};
use crate::inbox::parcels::hear;
use crate::model::TrackerId;
use crate::model::job::JobKind;
use crate::model::tracker::TrackerRow;
use crate::store::jobs::{self, NewJob};
use crate::store::parcels::{self, DueParcel, Said};
use crate::store::{self, trackers};

/// How many parcels a job asks for.
const MOST: i64 = 40;
/// How long a provider rests that has trouble and names no time.
const REST: Duration = Duration::from_mins(5);

/// Puts down the readings of every provider that works and has something due.
pub async fn begin(desk: &Desk) -> store::Result<()> {
    for row in trackers::list(&desk.db).await? {
        let works = row.state == "connected";
        if works && !parcels::list_due(&desk.db, (row.brand_id, row.id), desk.clock.now(), 1).await?.is_empty() {
            enqueue(desk, row.id).await?;
        }
    }
    Ok(())
}

/// Puts a reading down, unless one is there: it may wait for the time that its provider named.
pub async fn enqueue(desk: &Desk, tracker: TrackerId) -> store::Result<()> {
    if jobs::list_keys(&desk.db, JobKind::ReadParcels).await?.contains(&tracker.to_string()) {
        return Ok(());
    }
    let mut tx = desk.db.begin().await?;
    jobs::enqueue(&mut tx, &[reading(desk, tracker)]).await?;
    tx.commit().await?;
    desk.wake.job(JobKind::ReadParcels);
    Ok(())
}

fn reading(desk: &Desk, tracker: TrackerId) -> NewJob {
    let now = desk.clock.now();
    NewJob {
        id: desk.clock.new_id(),
        kind: JobKind::ReadParcels,
        payload: json!({ "tracker": tracker.to_string() }),
        dedup_key: Some(tracker.to_string()),
        run_at: now,
        conversation_id: None,
        created_at: now,
    }
}

pub(super) async fn run(claimed: &Claimed<'_>) -> Result<(), JobError> {
    let desk = claimed.desk;
    let id: TrackerId = claimed.field("tracker")?;
    let Some(row) = trackers::find(&desk.db, id).await? else {
        return claimed.finish(desk.db.begin().await?).await;
    };
    let tracker = match desk.trackers.open(&row).await {
        Ok(tracker) => tracker,
        Err(TrackerError::Store(error)) => return Err(error.into()),
        Err(error @ TrackerError::Vault(_)) => {
            return trouble(claimed, &row, OrderFailure::Reconnect { reason: error.to_string() }).await;
        }
    };
    let due = parcels::list_due(&desk.db, (row.brand_id, id), desk.clock.now(), MOST).await?;
    for together in due.chunks(tracker.pace().at_once.max(1)) {
        match look(desk, &row, &*tracker, together).await {
            Ok(()) => {}
            Err(Stopped::Store(error)) => return Err(error.into()),
            Err(Stopped::Provider(failure)) => return trouble(claimed, &row, failure).await,
        }
    }
    let mut tx = desk.db.begin().await?;
    trackers::note_read(&mut tx, id, desk.clock.now()).await?;
    if i64::try_from(due.len()).is_ok_and(|read| read == MOST) {
        jobs::enqueue(&mut tx, &[reading(desk, id)]).await?;
    }
    claimed.finish(tx).await?;
    desk.wake.job(JobKind::ReadParcels);
    Ok(())
}

/// Why parcels could not be read.
enum Stopped {
    Store(store::Error),
    Provider(OrderFailure),
}

impl From<store::Error> for Stopped {
    fn from(error: store::Error) -> Self {
        Self::Store(error)
    }
}

impl From<OrderFailure> for Stopped {
    fn from(failure: OrderFailure) -> Self {
        Self::Provider(failure)
    }
}

/// Lets the provider follow those of the parcels that it does not, and reads all that it takes.
async fn look(
    desk: &Desk,
    row: &TrackerRow,
    tracker: &dyn ParcelTracker,
    together: &[DueParcel],
) -> Result<(), Stopped> {
    let (brand, pause) = (row.brand_id, tracker.pace().pause);
    let new: Vec<Parcel> = together.iter().filter(|due| due.followed == 0).map(DueParcel::parcel).collect();
    let mut refused = Vec::new();
    if !new.is_empty() {
        refused = tracker.register(&new).await?;
        let mut tx = desk.db.begin().await?;
        let taken: Vec<String> = new.into_iter().map(|parcel| parcel.number).collect();
        parcels::follow(&mut tx, brand, &taken, row.id).await?;
        for one in &refused {
            parcels::refuse(&mut tx, brand, &plain_number(&one.number), &one.reason).await?;
        }
        tx.commit().await?;
        tokio::time::sleep(pause).await;
    }
    let is_taken = |due: &&DueParcel| refused.iter().all(|one| plain_number(&one.number) != due.number);
    let asked: Vec<Parcel> = together.iter().filter(is_taken).map(DueParcel::parcel).collect();
    if asked.is_empty() {
        return Ok(());
    }
    let asked_at = desk.clock.now();
    let read = tracker.read(&asked).await?;
    let now = desk.clock.now();
    for parcel in &asked {
        if let Some(news) = read.iter().find(|news| news.number == parcel.number) {
            let said = Said { tracker: row.id, kind: row.kind, news, asked_at, at: now, due_at: next_look(news, now) };
            hear(&desk.inbox(), brand, &said).await?;
        } else {
            let mut tx = desk.db.begin().await?;
            parcels::lose(&mut tx, brand, &parcel.number, asked_at, now.plus(UNKNOWN)).await?;
            tx.commit().await?;
        }
    }
    tokio::time::sleep(pause).await;
    Ok(())
}

/// The provider's page says what is wrong. One that may pass is waited for; all else a person mends, and then it goes on.
async fn trouble(claimed: &Claimed<'_>, row: &TrackerRow, failure: OrderFailure) -> Result<(), JobError> {
    let desk = claimed.desk;
    let reason = failure.to_string();
    let (state, wait) = match failure {
        OrderFailure::Retry { after, .. } => ("connected", Some(after.unwrap_or(REST))),
        OrderFailure::Changed { .. } | OrderFailure::Unknown { .. } => ("connected", Some(REST)),
        OrderFailure::Refused { .. } | OrderFailure::Reconnect { .. } => ("needs_attention", None),
    };
    let mut tx = desk.db.begin().await?;
    trackers::set_state(&mut tx, row.id, state, &reason).await?;
    match wait {
        Some(wait) => {
            tx.commit().await?;
            Err(JobError::Later { at: desk.clock.now().plus(wait), reason })
        }
        None => claimed.finish(tx).await,
    }
}
