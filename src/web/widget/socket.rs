//! The line as a WebSocket.

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use actix_ws::{CloseCode, CloseReason, Message, MessageStream, Session};
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::frames::{ClientFrame, ServerFrame};
use super::hub::{Hub, Pass};
use super::visit::Visit;
use super::{check_origin, open_chat};
use crate::app::Desk;
use crate::channels::live_chat::frame::FRAME_LIMIT;
use crate::model::ChannelId;
use crate::web::api::ApiError;
use crate::web::error::{Error, Result};

/// How long a line may stay without its first frame.
const JOINS: Duration = Duration::from_secs(10);

/// The session is not valid.
const UNKNOWN: u16 = 4001;
/// Too many frames.
const TOO_FAST: u16 = 4008;

/// `GET /widget/{channel}/line`
pub async fn open(
    desk: web::Data<Desk>,
    hub: web::Data<Hub>,
    request: HttpRequest,
    channel: web::Path<ChannelId>,
    body: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let (_, chat) = open_chat(&desk, *channel).await?;
    check_origin(&desk, &request, &chat)?;
    let (response, session, stream) =
        actix_ws::handle(&request, body).map_err(|error| Error::Invalid(error.to_string()))?;
    let line = Line { desk: desk.get_ref().clone(), hub: hub.get_ref().clone(), channel: *channel };
    actix_web::rt::spawn(line.run(session, stream.max_frame_size(FRAME_LIMIT)));
    Ok(response)
}

struct Line {
    desk: Desk,
    hub: Hub,
    channel: ChannelId,
}

/// Why a line ends.
type End = Option<CloseReason>;

fn end(code: CloseCode) -> CloseReason {
    CloseReason { code, description: None }
}

impl Line {
    async fn run(self, mut session: Session, mut stream: MessageStream) {
        // The waiting line is small; what runs now and then has a place of its own.
        let joined = Box::pin(timeout(JOINS, self.join(&mut session, &mut stream))).await;
        let reason = match joined {
            Ok(Ok(mut talk)) => {
                let reason = talk.go_on(&mut session, &mut stream).await;
                let room = talk.visit.room();
                drop(talk);
                self.hub.leave(room);
                reason
            }
            Ok(Err(reason)) => reason,
            Err(_) => Some(end(CloseCode::Other(UNKNOWN))),
        };
        // The other side may be gone.
        let _ = session.close(reason).await;
    }

    async fn join(&self, session: &mut Session, stream: &mut MessageStream) -> Result<Talk, End> {
        let (token, last_seq) = match stream.recv().await {
            Some(Ok(Message::Text(text))) => match serde_json::from_str(&text) {
                Ok(ClientFrame::Join { token, last_seq }) => (token, last_seq),
                _ => return Err(Some(end(CloseCode::Other(UNKNOWN)))),
            },
            Some(Ok(_)) => return Err(Some(end(CloseCode::Other(UNKNOWN)))),
            Some(Err(_)) => return Err(Some(end(CloseCode::Size))),
            None => return Err(None),
        };
        let mut visit =
            Visit::begin(&self.desk, &self.hub, self.channel, &token).await.map_err(|error| match error {
                Error::Forbidden(_) | Error::NotFound => Some(end(CloseCode::Other(UNKNOWN))),
                _ => Some(end(CloseCode::Again)),
            })?;
        let (line, frames, seq) = visit.join(last_seq).await.map_err(|_| Some(end(CloseCode::Again)))?;
        for frame in frames {
            session.text(frame).await.map_err(|_| None)?;
        }
        Ok(Talk { visit: Box::new(visit), line, seq })
    }
}

/// A line that stands.
struct Talk {
    visit: Box<Visit>,
    line: mpsc::Receiver<Pass>,
    /// The last event that was told.
    seq: i64,
}

impl Talk {
    async fn go_on(&mut self, session: &mut Session, stream: &mut MessageStream) -> End {
        let mut beat = interval(Duration::from_secs(self.visit.desk.config.chat.ping_seconds));
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut silent = 0;
        loop {
            tokio::select! {
                () = self.visit.desk.stopped() => return Some(end(CloseCode::Restart)),
                heard = stream.recv() => {
                    silent = 0;
                    let Some(Ok(heard)) = heard else { return Some(end(CloseCode::Size)).filter(|_| heard.is_some()) };
                    if let Err(reason) = Box::pin(self.hear(session, heard)).await {
                        return reason;
                    }
                }
                news = self.line.recv() => {
                    // A line that was cut did not keep up: the widget comes back for what it missed.
                    let Some(news) = news else { return Some(end(CloseCode::Again)) };
                    if Box::pin(self.tell(session, news)).await.is_err() {
                        return None;
                    }
                }
                _ = beat.tick() => {
                    if silent > 1 || session.ping(b"").await.is_err() {
                        return None;
                    }
                    silent += 1;
                }
            }
        }
    }

    async fn hear(&mut self, session: &mut Session, heard: Message) -> Result<(), End> {
        match heard {
            Message::Text(text) => {
                if !self.visit.hub.may_send(&self.visit.desk, self.visit.visitor.id) {
                    return Err(Some(end(CloseCode::Other(TOO_FAST))));
                }
                let answers = match serde_json::from_str(&text) {
                    Ok(frame) => self.visit.take(frame).await,
                    Err(_) => vec![ServerFrame::Refused { id: None, why: "invalid" }.text()],
                };
                for answer in answers {
                    session.text(answer).await.map_err(|_| None)?;
                }
                Ok(())
            }
            Message::Ping(bytes) => session.pong(&bytes).await.map_err(|_| None),
            Message::Close(_) => Err(None),
            Message::Binary(_) | Message::Continuation(_) => Err(Some(end(CloseCode::Unsupported))),
            Message::Pong(_) | Message::Nop => Ok(()),
        }
    }

    async fn tell(&mut self, session: &mut Session, news: Pass) -> Result<(), actix_ws::Closed> {
        match news {
            Pass::Frame { seq, text } if seq == 0 || seq > self.seq => {
                self.seq = self.seq.max(seq);
                session.text(text.as_ref()).await
            }
            Pass::Frame { .. } => Ok(()),
            Pass::Bound(id) => {
                self.visit.conversation = Some(id);
                Ok(())
            }
        }
    }
}
