//! How long a person usually takes to answer in a chat, as the last answers say. It is asked with every change of how
//! things stand, so what was found out is kept for a minute (decision 30).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::model::answer_times::AnswerTimes;
use crate::model::{BrandId, ChannelId, Ts};
use crate::store::chats::{self, Waited};
use crate::store::{self, Db};

/// How far back answers count.
const LATELY: Duration = Duration::from_hours(7 * 24);
/// How many of them, the newest.
const MOST: usize = 20;
/// Fewer say nothing.
const LEAST: usize = 5;
/// How long it is kept what they say.
const KEPT: Duration = Duration::from_mins(1);
/// What is said, in minutes; beyond the last, whole hours.
const STEPS: [u64; 8] = [1, 2, 5, 10, 15, 30, 45, 60];

#[derive(Clone, Copy, Debug)]
struct Found {
    looked_at: Ts,
    usual: Option<Duration>,
}

/// The usual waits of all chats. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct UsualWaits {
    found: Arc<Mutex<HashMap<ChannelId, Found>>>,
}

impl UsualWaits {
    /// Within how many minutes a person usually answers in a chat. Nothing where too few answers say so, and nothing
    /// where people leave before that time is over.
    pub async fn minutes(
        &self,
        db: &Db,
        (brand, channel): (BrandId, ChannelId),
        times: &AnswerTimes,
        now: Ts,
    ) -> store::Result<Option<u64>> {
        let (mut usual, is_old) = self.known(channel, now);
        if is_old {
            let waited = chats::list_waited(db, brand, now.minus(LATELY), channel).await?;
            usual = median(&waited, times);
            self.found().insert(channel, Found { looked_at: now, usual });
        }
        Ok(usual.map(said).filter(|minutes| are_there(times, now, *minutes)))
    }

    /// What is known of a chat, and whether it is time to look anew: of all who ask at once only one does.
    fn known(&self, channel: ChannelId, now: Ts) -> (Option<Duration>, bool) {
        let mut found = self.found();
        let known = found.entry(channel).or_insert(Found { looked_at: Ts(i64::MIN), usual: None });
        let is_old = now.since(known.looked_at) >= KEPT;
        if is_old {
            known.looked_at = now;
        }
        (known.usual, is_old)
    }

    fn found(&self) -> MutexGuard<'_, HashMap<ChannelId, Found>> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The middle of the newest waits that began while people were there, in open time; of two the longer one.
fn median(waited: &[Waited], times: &AnswerTimes) -> Option<Duration> {
    let open = waited.iter().filter(|one| times.is_open(one.since)).take(MOST);
    let mut spans: Vec<Duration> = open.map(|one| times.between(one.since, one.until)).collect();
    spans.sort_unstable();
    spans.get(spans.len() / 2).copied().filter(|_| spans.len() >= LEAST)
}

/// A wait as it is said, never shorter than it was.
fn said(wait: Duration) -> u64 {
    let minutes = u64::try_from(wait.as_millis()).unwrap_or_default().div_ceil(60_000);
    STEPS.into_iter().find(|step| minutes <= *step).unwrap_or_else(|| minutes.div_ceil(60) * 60)
}

/// Whether people are there for so many minutes from now on.
fn are_there(times: &AnswerTimes, now: Ts, minutes: u64) -> bool {
    let span = Duration::from_mins(minutes);
    times.within(now, span) == now.plus(span)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::hours::{Hours, read_day};

    const MINUTE: i64 = 60_000_000;
    /// Monday 23 November 2026, 09:00 UTC.
    const MONDAY: Ts = Ts(1_795_424_400_000_000);

    fn after(minutes: i64) -> Ts {
        Ts(MONDAY.0 + minutes * MINUTE)
    }

    /// From nine to five in UTC.
    fn office() -> AnswerTimes {
        let week = vec![read_day("9-17").unwrap(); 7];
        AnswerTimes { hours: Hours { week, closed: Vec::new() }, ..AnswerTimes::default() }
    }

    /// Waits of so many minutes, the newest first, that began a while after the office opened.
    fn waits(minutes: &[i64]) -> Vec<Waited> {
        minutes.iter().map(|wait| Waited { since: after(30), until: after(30 + wait) }).collect()
    }

    fn in_minutes(found: Option<Duration>) -> Option<u64> {
        found.map(|wait| wait.as_secs() / 60)
    }

    #[test]
    fn the_middle_of_at_least_five_counts_and_of_at_most_twenty() {
        let always = AnswerTimes::default();
        let of = |minutes: &[i64]| in_minutes(median(&waits(minutes), &always));
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[1, 2, 3, 4]), None);
        assert_eq!(of(&[90, 4, 1, 3, 2]), Some(3), "one who waited for long is not what is usual");
        assert_eq!(of(&[6, 5, 4, 3, 2, 1]), Some(4), "of two the longer one");
        let older = [&[2; 20][..], &[500; 40]].concat();
        assert_eq!(of(&older), Some(2), "what was longer ago does not count");
    }

    #[test]
    fn only_the_time_while_people_are_there_counts() {
        let overnight = Waited { since: after(470), until: after(24 * 60 + 20) };
        assert_eq!(in_minutes(median(&[overnight; 5], &office())), Some(30), "ten minutes and twenty");
        let evening = Waited { since: after(600), until: after(601) };
        assert_eq!(median(&[evening; 9], &office()), None, "who wrote while nobody was there says nothing");
    }

    #[test]
    fn what_is_said_is_never_too_short() {
        let minutes = [(0, 1), (1, 1), (2, 2), (3, 5), (6, 10), (11, 15), (16, 30), (31, 45), (46, 60), (61, 120)];
        for (wait, told) in minutes {
            assert_eq!(said(Duration::from_mins(wait)), told, "{wait}");
        }
        assert_eq!(said(Duration::from_millis(60_001)), 2);
        assert_eq!(said(Duration::from_hours(20)), 20 * 60);
    }

    #[test]
    fn nothing_is_promised_beyond_the_end_of_the_day() {
        assert!(are_there(&AnswerTimes::default(), MONDAY, 600));
        assert!(are_there(&office(), after(450), 30));
        assert!(!are_there(&office(), after(451), 30));
        assert!(!are_there(&office(), after(600), 1), "nobody has to be there in the evening");
    }
}
