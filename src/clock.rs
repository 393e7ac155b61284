//! The time and new ids, passed in so that tests are exact.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use uuid::Uuid;

use crate::model::Ts;

/// So far apart, in microseconds, two clocks may be and are one.
const APART: i64 = 1_000_000;

/// Where the time and new ids come from. Cheap to clone; clones show the same.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System(Arc<Mutex<Machine>>),
    Fixed(Arc<FixedClock>),
}

/// The machine's clock, as this process goes by it. In microseconds.
#[derive(Debug)]
struct Machine {
    /// How far this clock is from the machine's.
    moved: i64,
    /// Where it should have been when it was read last, ...
    goal: i64,
    /// ... and what it showed.
    shown: i64,
}

#[derive(Debug)]
struct FixedClock {
    now: AtomicI64,
    ids: AtomicU64,
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        let machine = Machine { moved: 0, goal: i64::MIN, shown: i64::MIN };
        Self(Source::System(Arc::new(Mutex::new(machine))))
    }

    /// Stands at `now` until it is moved; ids count up.
    pub fn fixed(now: Ts) -> Self {
        Self(Source::Fixed(Arc::new(FixedClock { now: AtomicI64::new(now.0), ids: AtomicU64::new(0) })))
    }

    /// The time.
    pub fn now(&self) -> Ts {
        match &self.0 {
            Source::System(machine) => Ts(held(machine).read(of_machine())),
            Source::Fixed(fixed) => Ts(fixed.now.load(Ordering::Relaxed)),
        }
    }

    /// Moves it on, as by somebody who sets the machine's clock.
    pub fn advance(&self, span: Duration) {
        self.move_by(micros(span));
    }

    /// Moves it back, as by somebody who sets the machine's clock.
    pub fn set_back(&self, span: Duration) {
        self.move_by(-micros(span));
    }

    fn move_by(&self, span: i64) {
        match &self.0 {
            Source::System(machine) => {
                let mut machine = held(machine);
                machine.moved = machine.moved.saturating_add(span);
            }
            Source::Fixed(fixed) => {
                fixed.now.fetch_add(span, Ordering::Relaxed);
            }
        }
    }

    /// Goes by another clock from now on, which showed `other` between the moment `asked` and now, unless the two are one.
    /// Gives by how many microseconds this one was moved, if it was. A fixed clock follows nobody.
    pub fn follow(&self, asked: Ts, other: Ts) -> Option<i64> {
        let Source::System(machine) = &self.0 else { return None };
        let mut machine = held(machine);
        let here = of_machine();
        let now = machine.read(here);
        if (asked.0.saturating_sub(APART)..=now.saturating_add(APART)).contains(&other.0) {
            return None;
        }
        let right = other.0.saturating_add(now.saturating_sub(asked.0) / 2);
        *machine = Machine { moved: right.saturating_sub(here), goal: right, shown: right };
        Some(right.saturating_sub(now))
    }

    /// A new id (`UUIDv7`: sorts by time).
    pub fn new_id<T: From<Uuid>>(&self) -> T {
        match &self.0 {
            #[expect(clippy::disallowed_methods, reason = "the one place where ids are made")]
            Source::System(_) => T::from(Uuid::now_v7()),
            Source::Fixed(fixed) => {
                let millis = u64::try_from(fixed.now.load(Ordering::Relaxed) / 1_000).unwrap_or(0);
                let count = fixed.ids.fetch_add(1, Ordering::Relaxed);
                T::from(uuid::Builder::from_unix_timestamp_millis(millis, &tail(count)).into_uuid())
            }
        }
    }
}

impl Machine {
    /// What this clock shows while the machine's shows `here`. It never runs backwards, for then what was due would be so
    /// no more: where it is ahead of its goal, it goes at half the speed until that has caught up.
    fn read(&mut self, here: i64) -> i64 {
        let goal = here.saturating_add(self.moved);
        let passed = goal.saturating_sub(self.goal).max(0);
        self.shown = goal.max(self.shown.saturating_add(passed / 2));
        self.goal = goal;
        self.shown
    }
}

fn held(machine: &Mutex<Machine>) -> MutexGuard<'_, Machine> {
    machine.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the machine's clock shows.
fn of_machine() -> i64 {
    #[expect(clippy::disallowed_methods, reason = "the one place where the machine's clock is read")]
    let now = time::OffsetDateTime::now_utc();
    Ts::from_datetime(now).0
}

fn micros(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
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

    #[test]
    fn a_clock_that_is_set_back_goes_slower_until_it_is_right() {
        let mut machine = Machine { moved: 0, goal: i64::MIN, shown: i64::MIN };
        // Set back by 100 after the second look.
        let shown = [1_000, 1_010, 910, 930, 1_040, 1_110, 1_111].map(|here| machine.read(here));
        assert_eq!(shown, [1_000, 1_010, 1_010, 1_020, 1_075, 1_110, 1_111]);
    }

    #[test]
    fn a_clock_follows_another_that_is_apart_from_it_and_no_other() {
        let (fast, slow, minute) = (Clock::system(), Clock::system(), Duration::from_mins(1));
        fast.advance(minute);
        slow.set_back(minute);
        let right = Clock::system().now();
        for clock in [&fast, &slow] {
            let asked = clock.now();
            assert!(clock.follow(asked, right).is_some());
            let now = clock.now();
            assert!(right <= now && now < right.plus(minute / 2), "{right:?} {now:?}");
            assert_eq!(clock.follow(now, clock.now()), None, "it is right by now");
        }
        let fixed = Clock::fixed(right);
        fixed.set_back(minute);
        assert_eq!(fixed.follow(right, right), None);
        assert_eq!(fixed.now(), right.minus(minute));
    }
}
