//! A change to the ticked conversations, and its undoing.

use actix_web::{HttpResponse, web};

use crate::app::Desk;
use crate::inbox::bulk::{self, Change, Picked, Undone};
use crate::model::bulk_change::BulkChange;
use crate::model::sleep::moment;
use crate::model::{BulkChangeId, TeammateId};
use crate::web::conversations::change::{Ending, back_of};
use crate::web::conversations::show::find;
use crate::web::error::{Error, Result};
use crate::web::flash::{Back, back_to, settled};
use crate::web::format::counted;
use crate::web::frame::zone_of;
use crate::web::guard::Posted;

/// `POST /inbox/changes`: each `pick` is a number and the revision that was seen, `do` says what.
pub async fn create(desk: web::Data<Desk>, posted: Posted<Vec<(String, String)>>) -> Result<HttpResponse> {
    let all = |name| posted.form.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str());
    let first = |name| all(name).next().unwrap_or_default();
    let picked: Vec<Picked> = all("pick").filter_map(picked_of).collect();
    let back = first("back");
    let change = match first("do") {
        "assign" => assigned_to(first("teammate_id")),
        "tag" => Ok(Change::Tag(first("tag").to_owned())),
        "snooze" => {
            let until = moment(first("until"), desk.clock.now(), zone_of(&desk, &posted.by).await?);
            until.map(Change::Snooze).ok_or_else(|| Error::Invalid("Choose until when they sleep.".to_owned()))
        }
        "resolve" => Ok(Change::Resolve),
        "reopen" => Ok(Change::Reopen),
        "spam" => Ok(Change::Spam),
        _ => Err(Error::Invalid("Choose what to do with them.".to_owned())),
    };
    let done = match change {
        Ok(change) => bulk::change(&desk.inbox(), &picked, change, &posted.by).await.map_err(Error::from),
        Err(error) => Err(error),
    };
    answered(back, done)
}

/// `POST /conversations/{number}/spam`: one alone, as its page shows it.
pub async fn mark_spam(desk: web::Data<Desk>, number: web::Path<i64>, posted: Posted<Ending>) -> Result<HttpResponse> {
    let row = find(&desk, *number).await?;
    match bulk::mark_spam(&desk.inbox(), row.id, posted.form.shown(), &posted.by).await {
        Ok(kept) => answered(&posted.form.back, Ok(kept)),
        Err(error) => answered(&back_of("", row.number), Err(error.into())),
    }
}

/// What came of it stands above the list, with the way back.
fn answered(back: &str, done: Result<BulkChange>) -> Result<HttpResponse> {
    match done {
        Ok(kept) => {
            let sign = if back.contains('?') { '&' } else { '?' };
            Ok(back_to(&format!("{back}{sign}changed={}", kept.id)))
        }
        refused => settled(back, "", refused),
    }
}

/// `4812-7`: the number and the revision.
fn picked_of(value: &str) -> Option<Picked> {
    let (number, revision) = value.split_once('-')?;
    Some(Picked { number: number.parse().ok()?, revision: revision.parse().ok()? })
}

fn assigned_to(id: &str) -> Result<Change> {
    match id {
        "" => Ok(Change::Assign(None)),
        id => {
            let teammate: TeammateId = id.parse().map_err(|_| Error::Invalid("Choose a person.".to_owned()))?;
            Ok(Change::Assign(Some(teammate)))
        }
    }
}

/// `POST /inbox/changes/{id}/deletion`
pub async fn undo(desk: web::Data<Desk>, id: web::Path<BulkChangeId>, posted: Posted<Back>) -> Result<HttpResponse> {
    let undone = bulk::undo(&desk.inbox(), *id, &posted.by).await.map_err(Error::from);
    let words = undone.as_ref().map(said).unwrap_or_default();
    settled(&posted.form.back, &words, undone)
}

fn said(undone: &Undone) -> String {
    let back = counted(undone.back, "conversation stands", "conversations stand");
    match undone.moved_on {
        0 => format!("{back} as before."),
        others => format!("{back} as before; {others} moved on since and stay as they are."),
    }
}
