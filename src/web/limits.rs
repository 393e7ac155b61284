//! How often somebody may do something, and how much at once. Forgotten with the process, which helps nobody for long.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
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

/// How many of something are under way, by key.
type UnderWay<K> = Arc<Mutex<HashMap<K, u32>>>;

/// At most so many of something at once, for each key.
#[derive(Debug)]
pub(super) struct AtOnce<K> {
    most: u32,
    under_way: UnderWay<K>,
}

/// A place, which is given back when this is dropped.
#[derive(Debug)]
pub(super) struct Place<K: Eq + Hash> {
    key: K,
    under_way: UnderWay<K>,
}

impl<K: Copy + Eq + Hash> AtOnce<K> {
    pub(super) fn new(most: u32) -> Self {
        Self { most, under_way: Arc::default() }
    }

    /// Takes a place, if there is one.
    pub(super) fn take(&self, key: K) -> Option<Place<K>> {
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        let count = under_way.entry(key).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Place { key, under_way: self.under_way.clone() })
    }
}

impl<K: Eq + Hash> Drop for Place<K> {
    fn drop(&mut self) {
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        let left = under_way.get(&self.key).map_or(0, |count| count.saturating_sub(1));
        if left == 0 {
            under_way.remove(&self.key);
        } else if let Some(count) = under_way.get_mut(&self.key) {
            *count = left;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_at_once_and_a_place_that_is_given_back_is_free() {
        let two = AtOnce::new(2);
        let (first, second) = (two.take("a"), two.take("a"));
        assert!(first.is_some() && second.is_some());
        assert!(two.take("a").is_none());
        assert!(two.take("b").is_some());
        drop(first);
        let third = two.take("a");
        assert!(third.is_some() && two.take("a").is_none());
        drop((second, third));
        assert!(two.under_way.lock().unwrap().is_empty(), "whoever is done is forgotten");
    }

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
