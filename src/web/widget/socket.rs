//! The line as a WebSocket.

use std::net::IpAddr;
use std::pin::pin;
use std::time::Duration;

use actix_http::ws::{self, CloseCode, CloseReason, Codec, Frame, Message, ProtocolError};
use actix_web::rt::net::TcpStream;
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::BytesMut;
use channel_contract::wire;
use futures_channel::mpsc;
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::codec::{Decoder, Encoder, Framed};

use super::frames::{ClientFrame, ServerFrame};
use super::hub::{Hub, Pass, REPLACED};
use super::visit::Visit;
use super::{check_origin, open_chat};
use crate::app::Desk;
use crate::channels::live_chat::frame::FRAME_LIMIT;
use crate::model::ChannelId;
use crate::web::api::ApiError;
use crate::web::error::{Error, Result};
use crate::web::sessions::attempts::network_of;
use crate::web::upgrade::GoesOn;

/// How long a line may stay without its first frame.
const JOINS: Duration = Duration::from_secs(10);
/// How long the other side may take nothing of what is sent.
const TAKES: Duration = Duration::from_secs(30);
/// How long the other side may go on sending after the line is closed.
const LINGERS: Duration = Duration::from_secs(1);
/// The longest head of a frame, in bytes.
const HEAD: usize = 14;
/// What a quiet line keeps for reading, in bytes: what a widget sends without words fits.
const BUFFER: usize = 128;

/// The session is not valid.
const UNKNOWN: u16 = 4001;
/// Too many frames, or too many lines from one address within a short time.
const TOO_FAST: u16 = 4008;

/// `GET /widget/{channel}/line`
pub async fn open(
    desk: web::Data<Desk>,
    hub: web::Data<Hub>,
    request: HttpRequest,
    channel: web::Path<ChannelId>,
) -> Result<HttpResponse, ApiError> {
    let (_, chat) = open_chat(&desk, *channel).await?;
    check_origin(&desk, &request, &chat)?;
    let mut handshake = ws::handshake(request.head()).map_err(|error| Error::Invalid(error.to_string()))?;
    let mut answer = HttpResponse::from(handshake.finish()).map_into_boxed_body();
    let from = network_of(&request, &desk.config.http.proxies);
    let line = Line { desk, hub, channel: *channel, from };
    GoesOn::leave_in(&mut answer, |stream| line.run(Socket::new(stream)));
    Ok(answer)
}

/// The codec of actix-http, which looks at the length of a frame only once all of it is there.
struct Bounded(Codec);

impl Decoder for Bounded {
    type Item = Frame;
    type Error = ProtocolError;

    fn decode(&mut self, read: &mut BytesMut) -> Result<Option<Frame>, ProtocolError> {
        match self.0.decode(read)? {
            None if read.len() > FRAME_LIMIT + HEAD => Err(ProtocolError::Overflow),
            frame => Ok(frame),
        }
    }
}

impl Encoder<Message> for Bounded {
    type Error = ProtocolError;

    fn encode(&mut self, message: Message, written: &mut BytesMut) -> Result<(), ProtocolError> {
        self.0.encode(message, written)
    }
}

/// Frames over a connection, with small buffers.
struct Socket(Framed<TcpStream, Bounded>);

impl Socket {
    fn new(stream: TcpStream) -> Self {
        let mut framed = Framed::with_capacity(stream, Bounded(Codec::new().max_size(FRAME_LIMIT)), BUFFER);
        *framed.write_buffer_mut() = BytesMut::new();
        Self(framed)
    }

    async fn next(&mut self) -> Result<Frame, End> {
        let next = self.0.next().await;
        if self.0.read_buffer().is_empty() && self.0.read_buffer().capacity() > BUFFER {
            *self.0.read_buffer_mut() = BytesMut::with_capacity(BUFFER);
        }
        match next {
            Some(Ok(frame)) => Ok(frame),
            Some(Err(ProtocolError::Overflow)) => Err(Some(end(CloseCode::Size))),
            Some(Err(ProtocolError::Io(_))) | None => Err(None),
            Some(Err(_)) => Err(Some(end(CloseCode::Protocol))),
        }
    }

    async fn send(&mut self, message: Message) -> Result<(), End> {
        let sent = timeout(TAKES, self.0.send(message)).await;
        if self.0.write_buffer().capacity() > BUFFER {
            *self.0.write_buffer_mut() = BytesMut::new();
        }
        if matches!(sent, Ok(Ok(()))) { Ok(()) } else { Err(None) }
    }

    async fn say(&mut self, text: &str) -> Result<(), End> {
        self.send(Message::Text(text.into())).await
    }

    /// Closes the line. What the other side still sends is read for a moment, or the reason would not reach it.
    async fn close(mut self, reason: End) {
        if self.send(Message::Close(reason)).await.is_err() {
            return;
        }
        let stream = self.0.get_mut();
        let rest = async {
            let mut buffer = [0; BUFFER];
            // The other side may be gone.
            let _ = stream.shutdown().await;
            while stream.read(&mut buffer).await.is_ok_and(|length| length > 0) {}
        };
        let _ = timeout(LINGERS, rest).await;
    }
}

struct Line {
    desk: web::Data<Desk>,
    hub: web::Data<Hub>,
    channel: ChannelId,
    from: IpAddr,
}

/// Why a line ends.
type End = Option<CloseReason>;

fn end(code: CloseCode) -> CloseReason {
    CloseReason { code, description: None }
}

impl Line {
    async fn run(self, mut socket: Socket) {
        let reason = match Box::pin(self.join(&mut socket)).await {
            Ok(mut talk) => talk.go_on(&mut socket).await,
            Err(reason) => reason,
        };
        Box::pin(socket.close(reason)).await;
    }

    async fn join(&self, socket: &mut Socket) -> Result<Talk, End> {
        // What it takes to tell what happened before is no fault of the visitor's. Nor is it where the join comes late:
        // nothing is known of their session, and they are to come back.
        let first = timeout(JOINS, socket.next()).await.map_err(|_| Some(end(CloseCode::Again)))?;
        let Frame::Text(text) = first? else { return Err(Some(end(CloseCode::Other(UNKNOWN)))) };
        let Ok(ClientFrame::Join { token, last_seq }) = serde_json::from_slice(&text) else {
            return Err(Some(end(CloseCode::Other(UNKNOWN))));
        };
        if !self.hub.may_join(&self.desk, self.from) {
            return Err(Some(end(CloseCode::Other(TOO_FAST))));
        }
        let mut visit =
            Visit::begin(&self.desk, &self.hub, self.channel, &token).await.map_err(|error| match error {
                Error::Forbidden(_) | Error::NotFound => Some(end(CloseCode::Other(UNKNOWN))),
                _ => Some(end(CloseCode::Again)),
            })?;
        let (line, frames, seq) = visit.join(last_seq).await.map_err(|_| Some(end(CloseCode::Again)))?;
        for frame in frames {
            socket.say(&frame).await?;
        }
        Ok(Talk { visit: Box::new(visit), line, seq })
    }
}

/// A line that stands.
struct Talk {
    /// Closed before the visit ends, which forgets closed lines.
    line: mpsc::Receiver<Pass>,
    visit: Box<Visit>,
    /// The last event that was told.
    seq: i64,
}

impl Talk {
    /// Goes on until the line ends, and gives why.
    async fn go_on(&mut self, socket: &mut Socket) -> End {
        let mut beat = interval(Duration::from_secs(self.visit.desk.config.chat.ping_seconds));
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut silent = 0;
        let desk = self.visit.desk.clone();
        let mut stopped = pin!(desk.stopped());
        loop {
            // What is under way now and then has a place of its own: the waiting line is small.
            let done = tokio::select! {
                () = &mut stopped => Err(Some(end(CloseCode::Restart))),
                heard = socket.next() => {
                    silent = 0;
                    match heard {
                        Ok(heard) => Box::pin(self.hear(socket, heard)).await,
                        Err(reason) => Err(reason),
                    }
                }
                news = self.line.next() => match news {
                    Some(news) => Box::pin(self.tell(socket, news)).await,
                    // A line that was cut did not keep up: the widget comes back for what it missed.
                    None => Err(Some(end(CloseCode::Again))),
                },
                _ = beat.tick() => {
                    silent += 1;
                    if silent > 2 { Err(None) } else { Box::pin(socket.send(Message::Ping(web::Bytes::new()))).await }
                }
            };
            if let Err(reason) = done {
                return reason;
            }
        }
    }

    async fn hear(&mut self, socket: &mut Socket, heard: Frame) -> Result<(), End> {
        let costs = matches!(heard, Frame::Text(_) | Frame::Ping(_));
        if costs && !self.visit.hub.may_send(&self.visit.desk, self.visit.visitor.id) {
            return Err(Some(end(CloseCode::Other(TOO_FAST))));
        }
        match heard {
            Frame::Text(text) => {
                let answers = match wire::typed(&text) {
                    Ok(frame) => self.visit.take(frame).await.unwrap_or_else(|refused| vec![refused.text()]),
                    Err(_) => vec![ServerFrame::Refused { id: None, why: "invalid" }.text()],
                };
                for answer in answers {
                    socket.say(&answer).await?;
                }
                Ok(())
            }
            Frame::Ping(bytes) => socket.send(Message::Pong(bytes)).await,
            Frame::Close(_) => Err(None),
            Frame::Binary(_) | Frame::Continuation(_) => Err(Some(end(CloseCode::Unsupported))),
            Frame::Pong(_) => Ok(()),
        }
    }

    async fn tell(&mut self, socket: &mut Socket, news: Pass) -> Result<(), End> {
        match news {
            Pass::Frame { seq, text } if seq == 0 || seq > self.seq => {
                self.seq = self.seq.max(seq);
                socket.say(&text).await
            }
            Pass::Frame { .. } => Ok(()),
            Pass::Bound(id) => {
                self.visit.conversation = Some(id);
                Ok(())
            }
            Pass::Replaced => Err(Some(end(CloseCode::Other(REPLACED)))),
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    /// The two ends of a line: the desk's, and the visitor's.
    async fn ends() -> (Socket, Framed<TcpStream, Codec>) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let far = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (near, _) = listener.accept().await.unwrap();
        (Socket::new(near), Framed::new(far, Codec::new().client_mode()))
    }

    #[tokio::test]
    async fn a_large_frame_leaves_no_large_buffer_behind() {
        let (mut socket, mut visitor) = ends().await;
        for length in [60_000, 10] {
            let (sent, heard) = tokio::join!(visitor.send(Message::Text("x".repeat(length).into())), socket.next());
            assert!(sent.is_ok());
            assert!(matches!(heard, Ok(Frame::Text(text)) if text.len() == length));
            let kept = socket.0.read_buffer().capacity();
            assert!(kept <= BUFFER, "{kept} bytes after a frame of {length}");
        }
    }
}
