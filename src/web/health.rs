//! Whether the process lives, and whether the desk makes progress.

use std::time::Duration;

use actix_web::{HttpResponse, web};
use serde_json::json;

use crate::app::Desk;
use crate::model::job::JobKind;
use crate::store::{self, heartbeat, jobs, raw_events};

/// Received messages that wait longer than this, while none is read, mean that nobody reads them.
const STUCK: Duration = Duration::from_mins(1);
/// A database that takes longer than this to answer does not.
const PATIENCE: Duration = Duration::from_secs(5);

/// `GET /health/live`: the process answers.
pub async fn live() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "ok" }))
}

/// `GET /health/ready`: the database answers and takes what is written, and what came in is being read.
pub async fn ready(desk: web::Data<Desk>) -> HttpResponse {
    let looked = async {
        let intake = intake(&desk).await?;
        Ok::<_, store::Error>((intake, heartbeat::beat(&desk.db, desk.clock.now()).await))
    };
    match tokio::time::timeout(PATIENCE, looked).await {
        Ok(Ok((intake, Err(error)))) => {
            tracing::error!(%error, "nothing can be written");
            unready("the database takes nothing that is written", &intake)
        }
        Ok(Ok((intake, _))) if intake.is_stuck() => unready("intake does not progress", &intake),
        Ok(Ok((intake, _))) => HttpResponse::Ok().json(intake.as_json("ok")),
        Ok(Err(error)) => {
            tracing::error!(%error, "the desk is not ready");
            unready("the database does not answer", &Intake::default())
        }
        Err(_) => unready("the database does not answer in time", &Intake::default()),
    }
}

fn unready(reason: &str, intake: &Intake) -> HttpResponse {
    HttpResponse::ServiceUnavailable().json(intake.as_json(reason))
}

/// How long the oldest unread message waits, and how long ago the one before it was read.
#[derive(Clone, Copy, Debug, Default)]
struct Intake {
    waits: Duration,
    last_read: Option<Duration>,
}

impl Intake {
    /// A long queue that gets shorter is not stuck.
    fn is_stuck(&self) -> bool {
        self.waits >= STUCK && self.last_read.is_none_or(|ago| ago >= STUCK)
    }

    fn as_json(&self, status: &str) -> serde_json::Value {
        json!({
            "status": status,
            "oldest_unread_seconds": self.waits.as_secs(),
            "last_read_seconds_ago": self.last_read.map(|ago| ago.as_secs()),
        })
    }
}

async fn intake(desk: &Desk) -> store::Result<Intake> {
    let now = desk.clock.now();
    let Some(oldest) = jobs::list_due(&desk.db, JobKind::Receive, now, 1).await?.into_iter().next() else {
        return Ok(Intake::default());
    };
    let last_read = match oldest.field("raw_event") {
        Some(event) => raw_events::read_before(&desk.db, event).await?,
        None => None,
    };
    Ok(Intake { waits: now.since(oldest.run_at), last_read: last_read.map(|at| now.since(at)) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_queue_is_ready_while_it_is_being_read() {
        let intake = |waits, last_read: Option<u64>| Intake {
            waits: Duration::from_secs(waits),
            last_read: last_read.map(Duration::from_secs),
        };
        assert!(!intake(0, None).is_stuck());
        assert!(!intake(59, None).is_stuck());
        assert!(!intake(3_600, Some(2)).is_stuck());
        assert!(intake(3_600, Some(90)).is_stuck());
        assert!(intake(60, None).is_stuck());
    }
}
