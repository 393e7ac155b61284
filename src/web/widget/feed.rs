//! The line where sockets do not get through: events as a stream, frames as posts. The frames are the same.

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use channel_contract::wire;
use futures_channel::mpsc;
use futures_util::{StreamExt as _, stream};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::frames::ServerFrame;
use super::hub::{Hub, Pass, REPLACED};
use super::visit::{Refused, Visit};
use super::{bearer, check_origin, open_chat};
use crate::app::Desk;
use crate::channels::live_chat::frame::FRAME_LIMIT;
use crate::model::ChannelId;
use crate::web::api::ApiError;
use crate::web::error::{Error, Result};
use crate::web::live::event_stream;
use crate::web::sessions::attempts::network_of;

/// A sign of life at least so often: for proxies, and for the widget, which gives up a line that is silent for longer.
const BEAT: Duration = Duration::from_secs(15);

/// What is said where something could not be stored now.
const BUSY: &str = "It is not stored yet: the desk or its database is busy. Send the same again in a moment.";

/// Where a widget is.
#[derive(Debug, Deserialize)]
pub struct Position {
    #[serde(default)]
    last_seq: i64,
}

/// The visitor who sends a request.
pub(super) async fn visit_of(
    desk: &web::Data<Desk>,
    hub: &web::Data<Hub>,
    channel: ChannelId,
    request: &HttpRequest,
) -> Result<Visit> {
    let (_, chat) = open_chat(desk, channel).await?;
    check_origin(desk, request, &chat)?;
    let token = bearer(request).ok_or_else(|| Error::Forbidden("A session is needed.".to_owned()))?;
    let visit = Visit::begin(desk, hub, channel, token).await?;
    if hub.may_send(desk, visit.visitor.id) {
        return Ok(visit);
    }
    Err(Error::TooMany("Too many at once. Wait a moment.".to_owned()))
}

/// `POST /widget/{channel}/frames`
pub async fn send(
    desk: web::Data<Desk>,
    hub: web::Data<Hub>,
    request: HttpRequest,
    channel: web::Path<ChannelId>,
    body: web::Bytes,
) -> Result<HttpResponse, ApiError> {
    let mut visit = visit_of(&desk, &hub, *channel, &request).await?;
    let answers = match visit.take(json_of(&body)?).await {
        Ok(answers) => answers,
        // Whoever looks at the status alone comes again too.
        Err(refused) if refused.why == Refused::Busy => return Err(Error::Unavailable(BUSY.to_owned()).into()),
        Err(refused) => vec![refused.text()],
    };
    let body = format!("[{}]", answers.join(","));
    Ok(HttpResponse::Ok().content_type("application/json").insert_header(("cache-control", "no-store")).body(body))
}

/// A body as large as a frame may be.
pub(super) fn json_of<T: DeserializeOwned>(body: &web::Bytes) -> Result<T> {
    let fits = body.len() <= FRAME_LIMIT;
    fits.then(|| wire::typed(body).ok()).flatten().ok_or_else(|| Error::Invalid("This cannot be read.".to_owned()))
}

struct Feed {
    /// Closed before the visit ends, which forgets closed lines.
    line: mpsc::Receiver<Pass>,
    visit: Box<Visit>,
    first: Vec<String>,
    seq: i64,
}

/// `GET /widget/{channel}/feed?last_seq=`
pub async fn follow(
    desk: web::Data<Desk>,
    hub: web::Data<Hub>,
    request: HttpRequest,
    channel: web::Path<ChannelId>,
    position: web::Query<Position>,
) -> Result<HttpResponse, ApiError> {
    if !hub.may_join(&desk, network_of(&request, &desk.config.http.proxies)) {
        return Err(Error::TooMany("Too many lines come from here. Wait a moment.".to_owned()).into());
    }
    let mut visit = Box::new(visit_of(&desk, &hub, *channel, &request).await?);
    let (line, first, seq) = visit.join(position.last_seq).await?;
    let feed = Feed { line, visit, first, seq };
    let body = stream::unfold(feed, |mut feed| async move {
        let text = feed.next().await?;
        Some((Ok::<_, Error>(web::Bytes::from(text)), feed))
    });
    Ok(event_stream(body))
}

impl Feed {
    /// The next piece of the stream; `None` ends it.
    async fn next(&mut self) -> Option<String> {
        if !self.first.is_empty() {
            return Some(self.first.drain(..).map(|frame| event(&frame)).collect());
        }
        let beat = BEAT.min(Duration::from_secs(self.visit.desk.config.chat.ping_seconds.max(1)));
        loop {
            let news = tokio::select! {
                () = self.visit.desk.stopped() => return None,
                news = tokio::time::timeout(beat, self.line.next()) => news,
            };
            match news {
                Err(_) => return Some(": still here\n\n".to_owned()),
                Ok(None) => return None,
                Ok(Some(Pass::Frame { seq, text })) if seq == 0 || seq > self.seq => {
                    self.seq = self.seq.max(seq);
                    return Some(event(&text));
                }
                Ok(Some(Pass::Frame { .. })) => {}
                Ok(Some(Pass::Bound(id))) => self.visit.conversation = Some(id),
                // Nothing comes behind it: the sender is gone.
                Ok(Some(Pass::Replaced)) => return Some(event(&ServerFrame::End { code: REPLACED }.text())),
            }
        }
    }
}

/// Frames are JSON in one line.
fn event(frame: &str) -> String {
    format!("data: {frame}\n\n")
}
