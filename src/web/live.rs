//! News for open pages, as server-sent events with a cursor: a page that lost its line goes on where it was.

use std::collections::VecDeque;
use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use futures_util::stream;
use serde::Deserialize;

use super::error::{Error, Result};
use super::guard::SignedIn;
use crate::app::Desk;
use crate::metrics::{LIVE_CONNECTIONS, One};
use crate::store::events::{self, LiveEvent};

/// A sign of life for proxies, and the look that needs no hint.
const BEAT: Duration = Duration::from_secs(15);
/// How often the feed is read without a hint: another process may have written.
const LOOK: Duration = Duration::from_secs(1);
/// Events of transactions that commit out of order are looked for this far back.
const LOOK_BACK: i64 = 200;
/// Most events in one reading.
const PAGE: i64 = 500;

/// Where a page is.
#[derive(Debug, Deserialize)]
pub struct Position {
    cursor: Option<i64>,
}

struct Feed {
    desk: Desk,
    cursor: i64,
    /// Events behind the cursor that were sent already.
    sent: VecDeque<i64>,
    silent: Duration,
    _counted: One,
}

/// `GET /live?cursor=`: events behind the cursor, then new ones as they happen.
pub async fn feed(
    desk: web::Data<Desk>,
    _: SignedIn,
    request: HttpRequest,
    position: web::Query<Position>,
) -> Result<HttpResponse> {
    let resumed = request.headers().get("last-event-id").and_then(|value| value.to_str().ok()?.parse().ok());
    let cursor = match resumed.or(position.cursor) {
        Some(cursor) => cursor,
        None => events::last_seq(&desk.db).await?,
    };
    let feed = Feed {
        desk: desk.get_ref().clone(),
        cursor,
        sent: VecDeque::new(),
        silent: Duration::ZERO,
        _counted: LIVE_CONNECTIONS.one_more(),
    };
    let body = stream::unfold(feed, |mut feed| async move {
        let text = feed.next().await?;
        Some((Ok::<_, Error>(web::Bytes::from(text)), feed))
    });
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header(("cache-control", "no-store"))
        .insert_header(("x-accel-buffering", "no"))
        .insert_header(("content-encoding", "identity"))
        .streaming(body))
}

impl Feed {
    /// The next piece of the stream; `None` ends it.
    async fn next(&mut self) -> Option<String> {
        if self.silent == Duration::ZERO && self.sent.is_empty() {
            // The first reading must not repeat what the page shows already.
            let back = events::list_live_after(&self.desk.db, self.cursor - LOOK_BACK, PAGE).await.ok()?;
            self.sent.extend(back.iter().map(|event| event.seq).filter(|seq| *seq <= self.cursor));
            self.silent = Duration::from_millis(1);
            return Some(": hello\nretry: 2000\n\n".to_owned());
        }
        loop {
            if self.desk.stopping() {
                return None;
            }
            let fresh = self.fresh().await.ok()?;
            if !fresh.is_empty() {
                self.silent = Duration::from_millis(1);
                return Some(fresh.iter().map(written).collect());
            }
            tokio::select! {
                () = self.desk.wake.wait_for_event(LOOK) => {}
                () = self.desk.stopped() => return None,
            }
            self.silent += LOOK;
            if self.silent >= BEAT {
                self.silent = Duration::from_millis(1);
                return Some(": still here\n\n".to_owned());
            }
        }
    }

    async fn fresh(&mut self) -> crate::store::Result<Vec<LiveEvent>> {
        let read = events::list_live_after(&self.desk.db, self.cursor - LOOK_BACK, PAGE).await?;
        let fresh: Vec<LiveEvent> = read.into_iter().filter(|event| !self.sent.contains(&event.seq)).collect();
        for event in &fresh {
            self.sent.push_back(event.seq);
            self.cursor = self.cursor.max(event.seq);
        }
        while self.sent.len() > 1_000 {
            self.sent.pop_front();
        }
        Ok(fresh)
    }
}

fn written(event: &LiveEvent) -> String {
    let data = serde_json::json!({
        "kind": event.kind.as_str(),
        "conversation": event.number,
        "actor": event.actor,
    });
    format!("id: {}\nevent: desk\ndata: {data}\n\n", event.seq)
}
