//! News for open pages, as server-sent events with a cursor: a page that lost its line goes on where it was.

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use futures_util::{Stream, stream};
use serde::Deserialize;
use tokio::sync::broadcast;
use tokio::time::timeout;

use super::error::{Error, Result};
use super::guard::{SignedIn, session_hash};
use crate::app::Desk;
use crate::events::{Gaps, Whisper, presence};
use crate::metrics::{LIVE_CONNECTIONS, One};
use crate::model::{TeammateId, Ts};
use crate::store::events::{self, LiveEvent};
use crate::store::{chats, sessions};

/// A sign of life for proxies, and the look that needs no hint.
const BEAT: Duration = Duration::from_secs(15);
/// How often the feed is read without a hint: another process may have written.
const LOOK: Duration = Duration::from_secs(1);
/// How often it is noted that a page is open.
const NOTE: Duration = Duration::from_mins(1);
/// Most events in one reading.
const PAGE: i64 = 500;

/// Where a page is.
#[derive(Debug, Deserialize)]
pub struct Position {
    cursor: Option<i64>,
    /// The number of the conversation that it shows.
    open: Option<i64>,
    /// Whether it asks only what has come: nobody looks at it, and it keeps no line.
    #[serde(default)]
    once: bool,
}

struct Feed {
    desk: Desk,
    /// What is said before anything else, until it is.
    hello: Option<String>,
    gaps: Gaps,
    /// Whether it ends once all is told.
    is_once: bool,
    silent: Duration,
    _counted: One,
    /// Customers who are typing.
    whispers: broadcast::Receiver<Whisper>,
    /// Conversations where somebody came, left or began to write, and who is looking at this feed.
    looks: broadcast::Receiver<i64>,
    reader: TeammateId,
    /// The session, and when it was last noted that its page is open.
    session: Vec<u8>,
    noted: Option<Ts>,
}

/// `GET /live?cursor=`: events behind the cursor, then new ones as they happen.
pub async fn feed(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    position: web::Query<Position>,
) -> Result<HttpResponse> {
    let resumed = request.headers().get("last-event-id").and_then(|value| value.to_str().ok()?.parse().ok());
    let last = events::last_seq(&desk.db).await?;
    let wanted = resumed.or(position.cursor).unwrap_or(last);
    let mut feed = Feed {
        hello: None,
        gaps: Gaps::before(&desk.db, wanted.min(last), desk.clock.now()).await?,
        is_once: position.once,
        silent: Duration::ZERO,
        whispers: desk.events.whispers(),
        looks: desk.events.presence.changes(),
        reader: who.teammate.id,
        session: session_hash(&request),
        noted: None,
        desk: desk.get_ref().clone(),
        _counted: LIVE_CONNECTIONS.one_more(),
    };
    // Who came and left while it had no line.
    let others = position.open.map(|number| feed.there(number)).unwrap_or_default();
    feed.hello = Some(hello(wanted, last) + &others);
    let body = stream::unfold(feed, |mut feed| async move {
        let text = feed.next().await?;
        Some((Ok::<_, Error>(web::Bytes::from(text)), feed))
    });
    Ok(event_stream(body))
}

/// The first words to a page whose cursor is `wanted`. No number is ahead of the `last` one but on a desk that was restored:
/// then the page shows what is not so any more, and is to be drawn anew.
fn hello(wanted: i64, last: i64) -> String {
    let anew = if wanted > last { format!("id: {last}\nevent: anew\ndata: {last}\n\n") } else { String::new() };
    format!(": hello\nretry: 2000\n\n{anew}")
}

/// Server-sent events: nobody on the way keeps them back, packs them or keeps a copy.
pub(super) fn event_stream(body: impl Stream<Item = Result<web::Bytes>> + 'static) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header(("cache-control", "no-store"))
        .insert_header(("x-accel-buffering", "no"))
        .insert_header(("content-encoding", "identity"))
        .streaming(body)
}

impl Feed {
    /// The next piece of the stream; `None` ends it. Whoever was signed out while it was made does not get it.
    async fn next(&mut self) -> Option<String> {
        let piece = self.piece().await?;
        self.is_signed_in().await.then_some(piece)
    }

    /// Whether the session still holds: it may have ended, or its person may no longer sign in. A line that is not sure
    /// ends, and the page is asked anew who it is.
    async fn is_signed_in(&self) -> bool {
        let session = sessions::find(&self.desk.db, &self.session, self.desk.clock.now()).await;
        session.is_ok_and(|session| session.is_some())
    }

    async fn piece(&mut self) -> Option<String> {
        if let Some(hello) = self.hello.take() {
            return Some(hello);
        }
        let wake = self.desk.wake.clone();
        loop {
            if self.desk.stopping() {
                return None;
            }
            self.note_open().await;
            // Before the reading, so that what commits during it is not slept over.
            let hint = wake.next_event();
            let fresh = self.fresh().await.ok()?;
            if !fresh.is_empty() {
                self.silent = Duration::ZERO;
                return Some(fresh.iter().map(written).collect());
            }
            if self.is_once {
                return None;
            }
            tokio::select! {
                _ = timeout(LOOK, hint) => {}
                whisper = self.whispers.recv() => match whisper {
                    Ok(whisper) if whisper.teammate.is_none() => return Some(typing(whisper.number)),
                    _ => continue,
                },
                look = self.looks.recv() => match look {
                    Ok(number) => return Some(self.there(number)),
                    Err(_) => continue,
                },
                () = self.desk.stopped() => return None,
            }
            self.silent += LOOK;
            if self.silent >= BEAT {
                self.silent = Duration::ZERO;
                return Some(": still here\n\n".to_owned());
            }
        }
    }

    /// Who else is at a conversation.
    fn there(&self, number: i64) -> String {
        let others = self.desk.events.presence.others(number, self.reader, self.desk.clock.now());
        let data = serde_json::json!({ "conversation": number, "words": presence::words(&others) });
        format!("event: presence\ndata: {data}\n\n")
    }

    /// The chat says whether people are there: whoever has a page of the desk open counts.
    async fn note_open(&mut self) {
        let now = self.desk.clock.now();
        if self.noted.is_some_and(|at| now.since(at) < NOTE) {
            return;
        }
        self.noted = Some(now);
        if let Err(error) = self.try_note_open(now).await {
            tracing::debug!(%error, "an open page could not be noted");
        }
    }

    async fn try_note_open(&self, now: Ts) -> crate::store::Result<()> {
        let mut tx = self.desk.db.begin().await?;
        chats::note_active(&mut tx, &self.session, now).await?;
        tx.commit().await
    }

    async fn fresh(&mut self) -> crate::store::Result<Vec<LiveEvent>> {
        let db = &self.desk.db;
        // Late ones are read first: between the two readings more can only be added.
        let missing = self.gaps.missing();
        let mut fresh = if missing.is_empty() { Vec::new() } else { events::list_live_among(db, &missing).await? };
        fresh.extend(events::list_live_after(db, self.gaps.cursor(), PAGE).await?);
        let seqs: Vec<i64> = fresh.iter().map(|event| event.seq).collect();
        self.gaps.note(&seqs, self.desk.clock.now());
        Ok(fresh)
    }
}

fn typing(number: i64) -> String {
    format!("event: typing\ndata: {number}\n\n")
}

fn written(event: &LiveEvent) -> String {
    let data = serde_json::json!({
        "kind": event.kind.as_str(),
        "conversation": event.number,
        "actor": event.actor,
        "teammate": event.teammate,
        "message": event.message,
        "delivery": event.delivery,
    });
    format!("id: {}\nevent: desk\ndata: {data}\n\n", event.seq)
}
