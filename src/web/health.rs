//! Whether the process lives, and whether the desk makes progress.

use std::time::Duration;

use actix_web::{HttpResponse, web};
use serde_json::json;

use crate::app::Desk;
use crate::store::jobs;

/// Received messages that wait longer than this mean that nobody reads them.
const STUCK: Duration = Duration::from_mins(1);

/// `GET /health/live`: the process answers.
pub async fn live() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "ok" }))
}

/// `GET /health/ready`: the database answers, and what came in is being read.
pub async fn ready(desk: web::Data<Desk>) -> HttpResponse {
    let now = desk.clock.now();
    match jobs::oldest_due(&desk.db, now).await {
        Ok(oldest) => {
            let waits = oldest.map_or(Duration::ZERO, |at| now.since(at));
            let status = if waits < STUCK { "ok" } else { "intake does not progress" };
            let body = json!({ "status": status, "oldest_unread_seconds": waits.as_secs() });
            if waits < STUCK { HttpResponse::Ok().json(body) } else { HttpResponse::ServiceUnavailable().json(body) }
        }
        Err(error) => HttpResponse::ServiceUnavailable().json(json!({ "status": error.to_string() })),
    }
}
