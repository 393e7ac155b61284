//! `GET /metrics`: what the process counted and what the store holds, for Prometheus.

use std::time::{Duration, Instant};

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header;
use actix_web::middleware::Next;
use actix_web::{HttpRequest, HttpResponse, web};
use subtle::ConstantTimeEq as _;

use super::error::{Error, Result};
use crate::app::Desk;
use crate::metrics::{self, head, line};
use crate::store::{jobs, messages};

/// Set by proxies: whoever asks through one is not on this machine, although the connection is.
const FORWARDED: [&str; 4] = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip"];

/// Notes how long each answer took, by the template of its route.
pub async fn measure(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let begun = Instant::now();
    let answered = next.call(request).await?;
    let request = answered.request();
    let route = request.match_pattern().unwrap_or_else(|| "(none)".to_owned());
    metrics::HTTP.note(method_of(request), &route, answered.status().as_u16(), begun.elapsed());
    Ok(answered)
}

/// Anybody can invent a method; only known ones become labels.
fn method_of(request: &HttpRequest) -> &str {
    match request.method().as_str() {
        known @ ("GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS") => known,
        _ => "other",
    }
}

/// `GET /metrics`: with the configured token, or without one from this machine alone.
pub async fn show(desk: web::Data<Desk>, request: HttpRequest) -> Result<HttpResponse> {
    if !may_read(&desk, &request) {
        return Err(Error::NotFound);
    }
    let mut text = metrics::render();
    write_jobs(&desk, &mut text).await?;
    write_messages(&desk, &mut text).await?;
    head(&mut text, "resolute_build", "The version that runs", "gauge");
    line(&mut text, "resolute_build", &[("version", env!("CARGO_PKG_VERSION"))], 1);
    Ok(HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(text))
}

fn may_read(desk: &Desk, request: &HttpRequest) -> bool {
    let token = desk.config.metrics_token.expose();
    if token.is_empty() {
        let here = request.peer_addr().is_some_and(|peer| peer.ip().is_loopback());
        return here && !FORWARDED.iter().any(|name| request.headers().contains_key(*name));
    }
    let sent = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let sent = sent.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    bool::from(sent.as_bytes().ct_eq(token.as_bytes()))
}

async fn write_jobs(desk: &Desk, text: &mut String) -> Result<()> {
    let now = desk.clock.now();
    head(text, "resolute_jobs", "Work by kind and state", "gauge");
    for row in jobs::counts_by_kind(&desk.db).await? {
        line(text, "resolute_jobs", &[("kind", row.kind.as_str()), ("state", row.state.as_str())], row.count);
    }
    let oldest = jobs::oldest_unread(&desk.db).await?.map_or(Duration::ZERO, |at| now.since(at));
    let name = "resolute_intake_oldest_unread_seconds";
    head(text, name, "Age of the oldest raw message that waits to be read", "gauge");
    line(text, name, &[], oldest.as_secs_f64());
    Ok(())
}

async fn write_messages(desk: &Desk, text: &mut String) -> Result<()> {
    let name = "resolute_messages_undelivered";
    head(text, name, "Outgoing messages that are not delivered, by state", "gauge");
    for row in messages::counts_undelivered(&desk.db).await? {
        line(text, name, &[("state", row.delivery.as_str())], row.count);
    }
    Ok(())
}
