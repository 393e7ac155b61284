//! Runs the last conversations of a brand once more under a draft of its policy and under the one in force, some cases at a
//! time. Nobody is asked, and nothing but the replay is changed. Where it is cut off it begins anew.

use std::sync::Arc;

use serde_json::json;

use super::{Claimed, JobError};
use crate::agent::{self, Kept};
use crate::app::Desk;
use crate::documents::BrandDocuments;
use crate::model::event::EventKind;
use crate::model::replay::{Compared, Replay, ReplayState, Tally};
use crate::model::{AgentRunId, ReplayId};
use crate::policy::{self, Policy};
use crate::store::intake::{self, NewEvent};
use crate::store::run_inputs::{self, Listed};
use crate::store::{self, Tx, replays};

/// Cases of one transaction.
const AT_ONCE: usize = 20;
/// Cases of a replay, however often the agent ran in a conversation.
const MOST: i64 = 5_000;
/// Cases that are kept with both their sides; the others are only counted.
const LISTED: i64 = 200;

pub(super) async fn run(claimed: &Claimed<'_>) -> Result<(), JobError> {
    let desk = claimed.desk;
    let id: ReplayId = claimed.field("replay")?;
    let waits = |replay: &Replay| replay.state == ReplayState::Running;
    let Some(replay) = replays::find(&desk.db, id).await?.filter(waits) else {
        return claimed.finish(desk.db.begin().await?).await;
    };
    let unread = |_| JobError::GiveUp { reason: "the draft of the policy cannot be read".to_owned() };
    let draft = Arc::new(policy::read(&replay.document.0).map_err(unread)?);
    let documents = desk.documents.of_brand(&desk.db, replay.brand_id, desk.clock.now()).await?;
    let runs = run_inputs::list_of_last(&desk.db, replay.brand_id, replay.wanted, MOST).await?;
    let total = i64::try_from(runs.len()).unwrap_or(MOST);
    let mut tx = desk.db.begin().await?;
    claimed.hold(&mut tx).await?;
    if !replays::begin(&mut tx, id, documents.policy_version, total).await? {
        return claimed.finish(tx).await;
    }
    told(desk, tx, &replay).await?;
    let mut tally = Tally::default();
    for some in runs.chunks(AT_ONCE) {
        if desk.stopping() {
            return Err(JobError::Later { at: desk.clock.now(), reason: "the desk restarts".to_owned() });
        }
        let listed = tally.changed;
        let changed = Box::pin(compare(desk, (documents.as_ref(), &draft), some, &mut tally)).await?;
        let mut tx = desk.db.begin().await?;
        claimed.hold(&mut tx).await?;
        if !replays::count(&mut tx, id, &tally).await? {
            break;
        }
        let room = usize::try_from(LISTED - listed).unwrap_or_default();
        for (run, case) in changed.iter().take(room) {
            replays::insert_case(&mut tx, id, *run, case).await?;
        }
        told(desk, tx, &replay).await?;
    }
    let mut tx = desk.db.begin().await?;
    claimed.finish_in(&mut tx).await?;
    replays::end(&mut tx, id, ReplayState::Done, desk.clock.now()).await?;
    told(desk, tx, &replay).await
}

/// Counts some cases; gives those in which anything is otherwise.
async fn compare(
    desk: &Desk,
    sides: (&BrandDocuments, &Arc<Policy>),
    runs: &[Listed],
    tally: &mut Tally,
) -> Result<Vec<(AgentRunId, Compared)>, JobError> {
    let mut changed = Vec::new();
    for run in runs {
        let case = compared(desk, sides, run).await?;
        tally.add(case.as_ref());
        changed.extend(case.filter(Compared::is_otherwise).map(|case| (run.run_id, case)));
        // Whoever waits for an answer goes first.
        tokio::task::yield_now().await;
    }
    Ok(changed)
}

/// A case under both; nothing where it cannot be told.
async fn compared(
    desk: &Desk,
    (documents, draft): (&BrandDocuments, &Arc<Policy>),
    run: &Listed,
) -> store::Result<Option<Compared>> {
    let stored = run_inputs::find(&desk.db, run.run_id).await?;
    let Some(kept) = stored.and_then(|stored| Kept::unpacked(&stored.inputs).ok()) else { return Ok(None) };
    let under = |policy: &Arc<Policy>| {
        kept.snapshot(Arc::clone(policy), Arc::clone(&documents.voice), Arc::clone(&documents.templates))
    };
    let before = Box::pin(agent::weighed(&kept, &under(&documents.policy), &desk.clock)).await;
    let after = Box::pin(agent::weighed(&kept, &under(draft), &desk.clock)).await;
    Ok(before.zip(after).map(|(before, after)| Compared { before, after }))
}

/// Ends a transaction, and open pages are told how far it is.
async fn told(desk: &Desk, mut tx: Tx, replay: &Replay) -> Result<(), JobError> {
    tell(desk, &mut tx, replay).await?;
    tx.commit().await?;
    desk.wake.event();
    Ok(())
}

async fn tell(desk: &Desk, tx: &mut Tx, replay: &Replay) -> store::Result<()> {
    let event = NewEvent {
        id: desk.clock.new_id(),
        brand_id: replay.brand_id,
        conversation_id: None,
        kind: EventKind::WorkProgressed,
        actor: "system".to_owned(),
        data: json!({}),
        at: desk.clock.now(),
    };
    intake::insert_events(tx, &[event]).await
}
