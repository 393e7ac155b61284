//! The time and new ids, passed in so that tests are exact.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use uuid::Uuid;

use crate::model::Ts;

/// Where the time and new ids come from. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    Fixed(Arc<FixedClock>),
}

#[derive(Debug)]
struct FixedClock {
    now: AtomicI64,
    ids: AtomicU64,
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// Stands at `now` until it is moved; ids count up.
    pub fn fixed(now: Ts) -> Self {
        Self(Source::Fixed(Arc::new(FixedClock { now: AtomicI64::new(now.0), ids: AtomicU64::new(0) })))
    }

    /// The time.
    pub fn now(&self) -> Ts {
        match &self.0 {
            #[expect(clippy::disallowed_methods, reason = "the one place where the machine's clock is read")]
            Source::System => Ts::from_datetime(time::OffsetDateTime::now_utc()),
            Source::Fixed(fixed) => Ts(fixed.now.load(Ordering::Relaxed)),
        }
    }

    /// Moves a fixed clock; the machine's clock goes by itself.
    pub fn advance(&self, span: Duration) {
        if let Source::Fixed(fixed) = &self.0 {
            fixed.now.fetch_add(i64::try_from(span.as_micros()).unwrap_or(i64::MAX), Ordering::Relaxed);
        }
    }

    /// A new id (`UUIDv7`: sorts by time).
    pub fn new_id<T: From<Uuid>>(&self) -> T {
        match &self.0 {
            #[expect(clippy::disallowed_methods, reason = "the one place where ids are made")]
            Source::System => T::from(Uuid::now_v7()),
            Source::Fixed(fixed) => {
                let millis = u64::try_from(fixed.now.load(Ordering::Relaxed) / 1_000).unwrap_or(0);
                let count = fixed.ids.fetch_add(1, Ordering::Relaxed);
                T::from(uuid::Builder::from_unix_timestamp_millis(millis, &tail(count)).into_uuid())
            }
        }
    }
}

/// The ten bytes after the time of a counted id.
fn tail(count: u64) -> [u8; 10] {
    let mut bytes = [0; 10];
    for (place, byte) in bytes.iter_mut().rev().zip(count.to_be_bytes().iter().rev()) {
        *place = *byte;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_clock_stands_and_its_ids_count_up() {
        let clock = Clock::fixed(Ts(1_763_912_096_000_000));
        let (first, second): (Uuid, Uuid) = (clock.new_id(), clock.new_id());
        assert!(first < second);
        assert_eq!(clock.now(), Ts(1_763_912_096_000_000));
        clock.advance(Duration::from_mins(1));
        assert_eq!(clock.now(), Ts(1_763_912_156_000_000));
        assert!(second < clock.new_id::<Uuid>());
    }
}
