//! A clock ran out: it is noted on the timeline, once for each moment that something was due.

use serde_json::json;

use super::notify::{News, tell};
use super::{Inbox, event_of};
use crate::model::event::EventKind;
use crate::model::notification::NotificationKind;
use crate::store::answer_times::{Ended, any_overdue, take_overdue};
use crate::store::intake;
use crate::store::{self};

/// Conversations in one transaction.
const BATCH: i64 = 200;

/// Notes what has become overdue; gives how many there were.
pub async fn note(inbox: &Inbox) -> store::Result<usize> {
    let now = inbox.clock.now();
    if !any_overdue(&inbox.db, now).await? {
        return Ok(0);
    }
    let mut noted = 0;
    for ended in [Ended::Answer, Ended::Resolution] {
        loop {
            let taken = note_some(inbox, ended).await?;
            noted += taken;
            if i64::try_from(taken).is_ok_and(|taken| taken < BATCH) {
                break;
            }
        }
    }
    inbox.wake.event();
    Ok(noted)
}

async fn note_some(inbox: &Inbox, ended: Ended) -> store::Result<usize> {
    let mut tx = inbox.db.begin().await?;
    let overdue = take_overdue(&mut tx, ended, inbox.clock.now(), BATCH).await?;
    let clock = match ended {
        Ended::Answer => "answer",
        Ended::Resolution => "resolution",
    };
    let events: Vec<_> = overdue
        .iter()
        .map(|row| {
            event_of(&inbox.clock, (row.brand_id, row.id), EventKind::Overdue, "system", json!({ "clock": clock }))
        })
        .collect();
    intake::insert_events(&mut tx, &events).await?;
    let news: Vec<News<'_>> = overdue
        .iter()
        .map(|row| News {
            conversation: row.id,
            actor: "",
            by: None,
            to: row.assignee_id.into_iter().map(|person| (person, NotificationKind::Overdue)).collect(),
            followers: Some(NotificationKind::Overdue),
            count: 1,
        })
        .collect();
    tell(inbox, &mut tx, &news).await?;
    tx.commit().await?;
    Ok(overdue.len())
}
