//! Bodies that come piece by piece, read up to a limit, within their time and the memory that their door may take.

use std::time::Duration;

use actix_web::web::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt as _};
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// The memory that the bodies of one door may take together while they are read.
#[derive(Debug)]
pub struct Room(Semaphore);

/// A body that was not read to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unread {
    /// It is larger than its door takes.
    TooLarge,
    /// It ended before its end.
    BrokeOff(String),
    /// Too many are being read at once.
    Busy,
    /// It did not come to its end in time.
    TooSlow,
}

impl Room {
    /// So many KiB.
    pub const fn of_kib(kib: usize) -> Self {
        Self(Semaphore::const_new(kib))
    }

    /// Reads a body of at most so many bytes, all of it within a time: whoever sends slowly keeps no place for long. Its
    /// place is taken as it grows, whatever length it was announced with.
    pub async fn read<E: std::fmt::Display>(
        &self,
        pieces: impl Stream<Item = Result<Bytes, E>> + Unpin,
        most: usize,
        within: Duration,
    ) -> Result<Bytes, Unread> {
        timeout(within, self.gather(pieces, most)).await.unwrap_or(Err(Unread::TooSlow))
    }

    async fn gather<E: std::fmt::Display>(
        &self,
        mut pieces: impl Stream<Item = Result<Bytes, E>> + Unpin,
        most: usize,
    ) -> Result<Bytes, Unread> {
        let mut body = BytesMut::new();
        let (mut place, mut kib) = (None, 0);
        while let Some(piece) = pieces.next().await {
            let piece = piece.map_err(|error| Unread::BrokeOff(error.to_string()))?;
            let length = body.len() + piece.len();
            if length > most {
                return Err(Unread::TooLarge);
            }
            let more = length.div_ceil(1024) - kib;
            kib += more;
            let more = u32::try_from(more).map_err(|_| Unread::TooLarge)?;
            let more = self.0.try_acquire_many(more).map_err(|_| Unread::Busy)?;
            match &mut place {
                None => place = Some(more),
                Some(place) => place.merge(more),
            }
            body.extend_from_slice(&piece);
        }
        Ok(body.freeze())
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures_util::{FutureExt as _, stream};

    use super::*;

    const LONG: Duration = Duration::from_mins(1);

    fn pieces(sizes: &[usize]) -> impl Stream<Item = Result<Bytes, Infallible>> + Unpin {
        let all: Vec<_> = sizes.iter().map(|size| Ok(Bytes::from(vec![b'a'; *size]))).collect();
        stream::iter(all)
    }

    #[tokio::test]
    async fn a_body_is_read_up_to_its_limit() {
        let room = Room::of_kib(8);
        assert_eq!(room.read(pieces(&[]), 10, LONG).await, Ok(Bytes::new()));
        assert_eq!(room.read(pieces(&[4, 6]), 10, LONG).await.map(|body| body.len()), Ok(10));
        assert_eq!(room.read(pieces(&[4, 7]), 10, LONG).await, Err(Unread::TooLarge));
        let broken = stream::iter([Ok(Bytes::from_static(b"a")), Err("gone")]);
        assert_eq!(room.read(broken, 10, LONG).await, Err(Unread::BrokeOff("gone".to_owned())));
    }

    #[tokio::test]
    async fn all_bodies_that_are_being_read_share_the_room() {
        let room = Room::of_kib(4);
        let mut slow = Box::pin(room.read(pieces(&[3 * 1024]).chain(stream::pending()), 1 << 20, LONG));
        assert!(slow.as_mut().now_or_never().is_none());
        assert_eq!(room.read(pieces(&[1_000, 24, 1]), 1 << 20, LONG).await, Err(Unread::Busy));
        assert_eq!(room.read(pieces(&[1_000, 24]), 1 << 20, LONG).await.map(|body| body.len()), Ok(1_024));
        drop(slow);
        assert!(room.read(pieces(&[4 * 1024]), 1 << 20, LONG).await.is_ok(), "its place is given back");
    }

    #[tokio::test]
    async fn a_body_that_does_not_come_to_its_end_gives_its_place_back() {
        let room = Room::of_kib(4);
        let slow = pieces(&[3 * 1024]).chain(stream::pending());
        assert_eq!(room.read(slow, 1 << 20, Duration::from_millis(1)).await, Err(Unread::TooSlow));
        assert!(room.read(pieces(&[4 * 1024]), 1 << 20, LONG).await.is_ok());
    }
}
