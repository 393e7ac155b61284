//! The connections of the web server: what the other side may not keep waiting for ever.
//!
//! For the head of the first request on a connection, and for what rests behind an answer, actix has a time. Here is that
//! of the head of each further request, and of what is sent and not taken; bodies have theirs in [`super::in_time`].

use std::cell::Cell;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::rt::net::TcpStream;
use futures_util::future::LocalBoxFuture;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// How long the head of a request may take.
pub(super) const HEAD: Duration = Duration::from_secs(5);

/// How many requests on a connection have begun, and how many of them are answered.
#[derive(Debug, Default)]
pub(super) struct Requests {
    begun: Cell<u64>,
    done: Cell<u64>,
}

/// A request that is being answered until this is dropped.
#[derive(Debug)]
pub(super) struct UnderWay(Rc<Requests>);

impl Requests {
    /// Another one begins.
    pub(super) fn begin(self: &Rc<Self>) -> UnderWay {
        self.begun.set(self.begun.get() + 1);
        UnderWay(self.clone())
    }

    /// How many there were, when all are answered; `None` before the first, too.
    fn all_done(&self) -> Option<u64> {
        let done = self.done.get();
        (done > 0 && done == self.begun.get()).then_some(done)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.done.set(self.0.done.get() + 1);
    }
}

/// How much of what is sent the system keeps, in bytes, until the other side has room. It hears of room when a third of
/// it is free, so whoever takes an answer slowly is seen to take it.
const KEPT: usize = 256 * 1024;

/// What goes on with a connection that leaves HTTP, once it was answered.
pub(super) type Onward = Rc<Cell<Option<LocalBoxFuture<'static, ()>>>>;

/// A connection on which a request that has begun to come must come, and what is sent must be taken.
pub(super) struct Watched {
    stream: TcpStream,
    requests: Rc<Requests>,
    onward: Onward,
    /// How long nothing of what is sent may be taken.
    unread: Duration,
    /// The time of what is to be sent and finds no room.
    stuck: Option<Pin<Box<Sleep>>>,
    /// The time of a head that has begun to come, and how many requests there were before it.
    head: Option<(u64, Pin<Box<Sleep>>)>,
}

impl Watched {
    /// A new connection; it breaks off when nothing of what is sent is taken for so long.
    pub(super) fn new(stream: TcpStream, unread: Duration) -> Self {
        limit_unread(&stream, unread);
        // Two small pieces one after the other: the second would wait until the other side confirms the first, 40 ms.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "small pieces wait for each other");
        }
        if let Err(error) = rustix::net::sockopt::set_socket_send_buffer_size(&stream, KEPT) {
            tracing::debug!(%error, "the system keeps as much of what is sent as it likes");
        }
        Self { stream, requests: Rc::default(), onward: Rc::default(), unread, stuck: None, head: None }
    }

    /// What became of sending, or the end of a connection that has had no room for too long.
    fn in_time(&mut self, context: &mut Context<'_>, sent: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if sent.is_ready() {
            self.stuck = None;
            return sent;
        }
        let end = self.stuck.get_or_insert_with(|| Box::pin(sleep(self.unread)));
        end.as_mut().poll(context).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }

    /// What is asked on it.
    pub(super) fn requests(&self) -> Rc<Requests> {
        self.requests.clone()
    }

    /// Where is left what goes on with it.
    pub(super) fn onward(&self) -> Onward {
        self.onward.clone()
    }

    /// The connection alone, once HTTP is left behind.
    pub(super) fn into_stream(self) -> TcpStream {
        self.stream
    }
}

/// The system breaks a connection off whose other side confirms nothing of what was sent, for so long: also what is small
/// enough to be kept, and where the connection has left HTTP. Of one that has no room but is heard of it does not always
/// say so.
#[cfg(target_os = "linux")]
fn limit_unread(stream: &TcpStream, unread: Duration) {
    let millis = u32::try_from(unread.as_millis()).unwrap_or(u32::MAX);
    if let Err(error) = rustix::net::sockopt::set_tcp_user_timeout(stream, millis) {
        tracing::debug!(%error, "a connection has no time in which what is sent must be taken");
    }
}

/// Other systems have no such time.
#[cfg(not(target_os = "linux"))]
fn limit_unread(_: &TcpStream, _: Duration) {}

impl AsyncRead for Watched {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        let read = Pin::new(&mut this.stream).poll_read(context, buffer);
        let Some(behind) = this.requests.all_done() else {
            this.head = None;
            return read;
        };
        if this.head.as_ref().is_some_and(|(other, _)| *other != behind) {
            this.head = None;
        }
        if read.is_ready() {
            if buffer.filled().len() > before && this.head.is_none() {
                this.head = Some((behind, Box::pin(sleep(HEAD))));
            }
            return read;
        }
        if let Some((_, end)) = &mut this.head
            && end.as_mut().poll(context).is_ready()
        {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        Poll::Pending
    }
}

impl AsyncWrite for Watched {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let sent = Pin::new(&mut this.stream).poll_write(context, bytes);
        this.in_time(context, sent)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let sent = Pin::new(&mut this.stream).poll_write_vectored(context, slices);
        this.in_time(context, sent)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}
