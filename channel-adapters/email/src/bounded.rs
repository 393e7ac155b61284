//! A connection that takes only so many bytes: a server that answers without end must fill no memory and no time.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::tls::Stream;

/// A server said more than there is to say.
#[derive(Debug, thiserror::Error)]
#[error("it answers without end")]
pub(crate) struct Endless;

/// A stream of which only so much is read.
#[derive(Debug)]
pub(crate) struct Bounded {
    stream: Box<dyn Stream>,
    peer: SocketAddr,
    left: usize,
}

impl Bounded {
    /// Takes at most so many bytes from this stream.
    pub(crate) fn new(stream: Box<dyn Stream>, peer: SocketAddr, most: usize) -> Self {
        Self { stream, peer, left: most }
    }

    /// From here on the other side may say as much as it likes.
    pub(crate) fn lift(&mut self) {
        self.left = usize::MAX;
    }

    /// The stream itself.
    pub(crate) fn into_inner(self) -> Box<dyn Stream> {
        self.stream
    }
}

impl AsyncTokioStream for Bounded {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.peer)
    }
}

impl AsyncRead for Bounded {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        let read = buffer.filled().len().saturating_sub(before);
        Poll::Ready(match self.left.checked_sub(read) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(io::Error::new(io::ErrorKind::InvalidData, Endless)),
        })
    }
}

impl AsyncWrite for Bounded {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    use super::*;

    #[tokio::test]
    async fn nothing_is_given_beyond_the_bound_until_it_is_lifted() {
        let (here, mut there) = duplex(64);
        there.write_all(&[b'A'; 30]).await.unwrap();
        let mut bounded = Bounded::new(Box::new(here), ([127, 0, 0, 1], 25).into(), 20);
        let mut part = [0; 8];
        assert_eq!(bounded.read(&mut part).await.unwrap(), 8);
        assert_eq!(bounded.read(&mut part).await.unwrap(), 8);
        let error = bounded.read(&mut part).await.unwrap_err();
        assert_eq!((error.kind(), error.to_string().as_str()), (io::ErrorKind::InvalidData, "it answers without end"));
        bounded.lift();
        assert_eq!(bounded.read(&mut part).await.unwrap(), 6);
    }
}
