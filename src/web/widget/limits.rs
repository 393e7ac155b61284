//! How often somebody may do something. Forgotten with the process, which helps nobody for long.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::model::Ts;

/// Most that are kept count of. The ones who have been quiet are forgotten first; while nobody has been, who is not known
/// yet gets nothing.
const MOST: usize = 50_000;

/// One thing each `interval`, with `burst` at once after a pause.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rate {
    pub(super) interval: Duration,
    pub(super) burst: u32,
}

/// Counts by key. Each count is one moment: when everything taken so far would be paid off.
#[derive(Debug)]
pub(super) struct Limits<K> {
    rate: Rate,
    paid_off: Mutex<HashMap<K, Ts>>,
}

impl<K: Eq + Hash> Limits<K> {
    pub(super) fn new(rate: Rate) -> Self {
        Self { rate, paid_off: Mutex::default() }
    }

    /// Takes one, if there is one to take.
    pub(super) fn take(&self, key: K, now: Ts) -> bool {
        let mut paid_off = self.paid_off();
        let known = paid_off.get(&key).copied();
        if known.is_none() && paid_off.len() >= MOST {
            paid_off.retain(|_, at| *at > now);
            if paid_off.len() >= MOST {
                return false;
            }
        }
        let next = known.unwrap_or(now).max(now).plus(self.rate.interval);
        let may = next.since(now) <= self.rate.interval * self.rate.burst;
        if may {
            paid_off.insert(key, next);
        }
        may
    }

    fn paid_off(&self) -> MutexGuard<'_, HashMap<K, Ts>> {
        self.paid_off.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_then_one_at_a_time_and_each_key_by_itself() {
        let limits = Limits::new(Rate { interval: Duration::from_secs(1), burst: 3 });
        let now = Ts(1_000_000_000);
        assert_eq!([0; 4].map(|_| limits.take("a", now)), [true, true, true, false]);
        assert!(limits.take("b", now));
        let later = now.plus(Duration::from_secs(1));
        assert_eq!([0; 2].map(|_| limits.take("a", later)), [true, false]);
        let much_later = now.plus(Duration::from_mins(1));
        assert_eq!([0; 4].map(|_| limits.take("a", much_later)), [true, true, true, false]);
    }

    #[test]
    fn while_all_are_busy_the_known_are_counted_and_strangers_wait() {
        let limits = Limits::new(Rate { interval: Duration::from_secs(1), burst: 3 });
        let now = Ts(1_000_000_000);
        for key in 0..MOST {
            assert!(limits.take(key, now));
        }
        assert_eq!([0; 3].map(|_| limits.take(7, now)), [true, true, false], "one who is known is counted on");
        assert!(!limits.take(MOST, now));
        assert!(limits.take(MOST, now.plus(Duration::from_secs(1))), "whoever is quiet makes room");
    }
}
