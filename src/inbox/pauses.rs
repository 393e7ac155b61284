//! Channels whose platform has said when it takes more: nothing is tried there until then. Forgotten with the process, which then is
//! told once more.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use channel_contract::failure::ChannelFailure;
use channel_contract::outbound::Receipt;

use crate::model::{ChannelId, Ts};

/// However long the platform wants one reply to wait, others try again after so much time: it may be about that one alone.
const LONGEST: Duration = Duration::from_mins(1);
/// Who comes so long after the time that was named is told for the first time again.
const OVER: Duration = Duration::from_mins(10);

#[derive(Clone, Copy, Debug)]
struct Asked {
    /// Since when it says so, each time that it is asked.
    since: Ts,
    told_at: Ts,
    wait: Duration,
}

/// The channels that wait. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(super) struct Pauses {
    asked: Arc<Mutex<HashMap<ChannelId, Asked>>>,
}

impl Pauses {
    /// Until when nothing is tried on a channel.
    pub(super) fn until(&self, id: ChannelId, now: Ts) -> Option<Ts> {
        let asked = self.asked().get(&id).copied()?;
        Some(asked.told_at.plus(asked.wait.min(LONGEST))).filter(|until| *until > now)
    }

    /// The platform takes nothing for so long; gives how long it has said so by now.
    pub(super) fn note(&self, id: ChannelId, now: Ts, wait: Duration) -> Duration {
        let mut all = self.asked();
        let before = all.get(&id).filter(|asked| asked.told_at.plus(asked.wait).plus(OVER) >= now);
        let since = before.map_or(now, |asked| asked.since);
        all.insert(id, Asked { since, told_at: now, wait });
        now.since(since)
    }

    /// What came of a call: where the platform does not say when to come again, it may be asked.
    pub(super) fn hear(&self, id: ChannelId, outcome: &Result<Receipt, ChannelFailure>) {
        if !matches!(outcome, Err(ChannelFailure::Retry { after: Some(_), .. })) {
            self.asked().remove(&id);
        }
    }

    fn asked(&self) -> MutexGuard<'_, HashMap<ChannelId, Asked>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const SECOND: i64 = 1_000_000;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn nothing_is_tried_until_the_time_that_was_named() {
        let (pauses, id) = (Pauses::default(), ChannelId(Uuid::nil()));
        assert_eq!(pauses.until(id, Ts(0)), None);
        assert_eq!(pauses.note(id, Ts(0), seconds(3)), Duration::ZERO);
        assert_eq!(pauses.until(id, Ts(SECOND)), Some(Ts(3 * SECOND)));
        assert_eq!(pauses.until(id, Ts(3 * SECOND)), None);
        assert_eq!(pauses.note(id, Ts(5 * SECOND), seconds(3_600)), seconds(5), "it has said so for as long");
        assert_eq!(pauses.until(id, Ts(5 * SECOND)), Some(Ts(65 * SECOND)), "for others it is not so long");
        pauses.hear(id, &Err(ChannelFailure::temporary("It is away.")));
        assert_eq!(pauses.until(id, Ts(5 * SECOND)), None);
    }

    #[test]
    fn what_it_said_long_ago_is_not_why_it_says_so_now() {
        let (pauses, id) = (Pauses::default(), ChannelId(Uuid::nil()));
        pauses.note(id, Ts(0), seconds(3_600));
        assert_eq!(pauses.note(id, Ts(3_700 * SECOND), seconds(3)), seconds(3_700));
        assert_eq!(pauses.note(id, Ts(4_400 * SECOND), seconds(3)), Duration::ZERO);
    }
}
