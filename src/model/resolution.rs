//! Whether a case that was closed is solved: nobody came back, and what was promised shows in the shop.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use super::text_enum::text_enum;
use super::{BrandId, ConversationId, Ts};

/// When what was promised is read for the first time, if the case is still watched then.
const FIRST_LOOK: Duration = Duration::from_hours(24);
/// How long a shop rests that could not be read.
const READ_AGAIN: Duration = Duration::from_hours(6);
/// How long a shop that cannot be read is waited for behind the end of the time.
const PATIENCE: Duration = Duration::from_hours(24 * 3);
const DAY: i64 = 86_400_000_000;

text_enum! {
    /// What became of a closed case.
    Outcome {
        /// Nobody knows yet: its time runs.
        Open = "open",
        /// Nobody came back, and the shop shows what was promised.
        Verified = "verified",
        /// The customer says so in their words.
        Confirmed = "confirmed",
        /// Nobody came back.
        Silent = "silent",
        /// The customer came back.
        Returned = "returned",
        /// Somebody opened it again, and it is not done.
        Reopened = "reopened",
        /// The shop does not show what was promised.
        Unmet = "unmet",
    }
}

impl Outcome {
    /// Whether the case counts as solved.
    pub fn is_solved(self) -> bool {
        matches!(self, Self::Verified | Self::Confirmed | Self::Silent)
    }
}

text_enum! {
    /// Whose words answered last.
    SolvedBy {
        /// The agent's, whoever approved them.
        Agent = "agent",
        /// A person's.
        Teammate = "teammate",
    }
}

/// A closed case that is watched.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Resolution {
    /// Whose.
    pub brand_id: BrandId,
    /// Which case.
    pub conversation_id: ConversationId,
    /// When it was closed.
    pub resolved_at: Ts,
    /// Until when nobody may come back.
    pub until_at: Ts,
}

impl Resolution {
    /// The time in which nobody may come back, in days.
    pub fn days(&self) -> u64 {
        self.until_at.since(self.resolved_at).as_secs() / 86_400
    }
}

/// Something that was done in a shop for a case, and what the shop shows of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Promise {
    /// The word of the action.
    pub action: String,
    /// The number of its order.
    pub order: String,
    /// How much, where it is about an amount.
    pub amount: Option<String>,
    /// What the shop shows instead; `None` where it shows the effect.
    pub shows: Option<String>,
}

/// What a customer has said since their case was answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Said {
    /// Nothing.
    #[default]
    Nothing,
    /// Thanks, and nothing else.
    Thanks,
    /// More, since it was closed.
    More,
}

/// What is known of a closed case at one look.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// What the customer has said.
    pub said: Said,
    /// Whether the case is still closed.
    pub is_resolved: bool,
    /// Whether a shop could not be read.
    pub unread: bool,
    /// Whether something was promised of which no shop can show that it is there.
    pub unseen: bool,
    /// What was promised, as far as it was read.
    pub promises: Vec<Promise>,
}

impl Facts {
    /// What is to be said of a case whose time ends at a moment; `None` while nothing can be said.
    pub fn judged(&self, until: Ts, now: Ts) -> Option<Outcome> {
        if self.said == Said::More {
            return Some(Outcome::Returned);
        }
        let is_over = now >= until;
        if !self.is_resolved {
            return is_over.then_some(Outcome::Reopened);
        }
        if self.promises.iter().any(|promise| promise.shows.is_some()) {
            return Some(Outcome::Unmet);
        }
        if !is_over || (self.unread && now < until.plus(PATIENCE)) {
            return None;
        }
        let is_shown = !self.unread && !self.unseen && !self.promises.is_empty();
        Some(match self.said {
            _ if is_shown => Outcome::Verified,
            Said::Thanks => Outcome::Confirmed,
            Said::Nothing | Said::More => Outcome::Silent,
        })
    }

    /// When to look again at what cannot be judged yet.
    pub fn next_look(&self, until: Ts, now: Ts) -> Ts {
        let again = now.plus(READ_AGAIN);
        if self.unread || until <= now { again } else { until }
    }
}

/// When a case is looked at first.
pub fn first_look(resolved_at: Ts, until: Ts) -> Ts {
    resolved_at.plus(FIRST_LOOK).min(until)
}

/// The Monday of a moment, in UTC.
pub fn week_of(at: Ts) -> Ts {
    let day = at.0.div_euclid(DAY);
    Ts(day.saturating_sub((day + 3).rem_euclid(7)).saturating_mul(DAY))
}

/// The Monday with which so many weeks begin, the one of now among them.
pub fn weeks_before(now: Ts, weeks: i64) -> Ts {
    Ts(week_of(now).0.saturating_sub((weeks - 1).saturating_mul(7 * DAY)))
}

/// The Monday behind one.
pub fn week_after(week: Ts) -> Ts {
    Ts(week.0.saturating_add(7 * DAY))
}

/// How many closed cases are alike in everything that is told apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Group {
    /// The Monday of their week.
    pub week: Ts,
    /// The kind of their channel.
    pub channel_kind: String,
    /// What was wanted.
    pub intent: String,
    /// Whose words answered last.
    pub solved_by: SolvedBy,
    /// What became of them.
    pub outcome: Outcome,
    /// How many.
    pub count: i64,
}

/// Closed cases by what became of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally(BTreeMap<Outcome, i64>);

impl Tally {
    /// Of all groups together.
    pub fn of<'a>(groups: impl IntoIterator<Item = &'a Group>) -> Self {
        let mut tally = Self::default();
        for group in groups {
            tally.add(group);
        }
        tally
    }

    /// Of the groups that have the same key, in its order.
    pub fn by<K: Ord>(groups: &[Group], key: impl Fn(&Group) -> K) -> BTreeMap<K, Self> {
        let mut all = BTreeMap::<K, Self>::new();
        for group in groups {
            all.entry(key(group)).or_default().add(group);
        }
        all
    }

    fn add(&mut self, group: &Group) {
        *self.0.entry(group.outcome).or_default() += group.count;
    }

    /// How many came to this.
    pub fn count(&self, outcome: Outcome) -> i64 {
        self.0.get(&outcome).copied().unwrap_or_default()
    }

    /// How many are judged: those whose time runs say nothing yet.
    pub fn judged(&self) -> i64 {
        self.0.iter().filter(|(outcome, _)| **outcome != Outcome::Open).map(|(_, count)| count).sum()
    }

    /// How many of those that are judged came to this, in whole percent; `None` where none is judged.
    pub fn share(&self, outcome: Outcome) -> Option<i64> {
        let judged = self.judged();
        self.count(outcome).saturating_mul(200).saturating_add(judged).checked_div(judged.saturating_mul(2))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MONDAY: Ts = Ts(1_795_424_400_000_000);

    fn days(count: u64) -> Ts {
        MONDAY.plus(Duration::from_hours(24 * count))
    }

    fn promise(shows: Option<&str>) -> Promise {
        Promise { action: "refund".into(), order: "FJ-1".into(), amount: None, shows: shows.map(str::to_owned) }
    }

    #[test]
    fn a_case_is_solved_once_nobody_came_back_and_the_promise_shows() {
        let kept = Facts { is_resolved: true, promises: vec![promise(None)], ..Facts::default() };
        let none = Facts { promises: Vec::new(), ..kept.clone() };
        let missing = Facts { promises: vec![promise(None), promise(Some("no refund"))], ..kept.clone() };
        let unread = Facts { unread: true, ..kept.clone() };
        let unseen = Facts { unseen: true, ..kept.clone() };
        let at = |facts: &Facts, day| facts.judged(days(7), days(day));
        assert_eq!((at(&kept, 6), at(&kept, 7)), (None, Some(Outcome::Verified)));
        assert_eq!((at(&none, 6), at(&none, 7)), (None, Some(Outcome::Silent)));
        assert_eq!(at(&Facts { said: Said::Thanks, ..none.clone() }, 7), Some(Outcome::Confirmed));
        assert_eq!(at(&Facts { said: Said::Thanks, ..none.clone() }, 6), None, "they may still come back");
        assert_eq!(at(&missing, 1), Some(Outcome::Unmet), "at once");
        let back = Facts { said: Said::More, ..missing.clone() };
        assert_eq!(at(&back, 1), Some(Outcome::Returned), "whatever the shop shows");
        let open = Facts { is_resolved: false, ..missing };
        assert_eq!((at(&open, 6), at(&open, 7)), (None, Some(Outcome::Reopened)));
        assert_eq!((at(&unread, 7), at(&unread, 10)), (None, Some(Outcome::Silent)), "nothing is verified unseen");
        assert_eq!(at(&unseen, 7), Some(Outcome::Silent), "one of two promises is not the whole");
    }

    #[test]
    fn it_is_looked_at_after_a_day_at_the_end_and_until_the_shop_is_read() {
        assert_eq!(first_look(MONDAY, days(7)), days(1));
        assert_eq!(first_look(MONDAY, days(1)), days(1));
        let (read, unread) = (Facts::default(), Facts { unread: true, ..Facts::default() });
        assert_eq!(read.next_look(days(7), days(1)), days(7));
        assert_eq!(unread.next_look(days(7), days(1)), days(1).plus(READ_AGAIN));
        assert_eq!(unread.next_look(days(7), days(8)), days(8).plus(READ_AGAIN));
    }

    #[test]
    fn a_week_begins_on_monday() {
        let monday = Ts(MONDAY.0 - MONDAY.0.rem_euclid(DAY));
        assert_eq!([week_of(MONDAY), week_of(days(6)), week_of(days(7))], [monday, monday, week_after(monday)]);
        assert_eq!(weeks_before(MONDAY, 1), monday);
        assert_eq!(week_after(weeks_before(MONDAY, 2)), monday);
    }

    #[test]
    fn what_is_open_is_in_no_rate() {
        let group = |outcome, count| Group {
            week: MONDAY,
            channel_kind: "email".into(),
            intent: "return_item".into(),
            solved_by: SolvedBy::Agent,
            outcome,
            count,
        };
        let groups = [group(Outcome::Verified, 2), group(Outcome::Returned, 1), group(Outcome::Open, 9)];
        let tally = Tally::of(&groups);
        assert_eq!((tally.judged(), tally.count(Outcome::Open)), (3, 9));
        assert_eq!((tally.share(Outcome::Verified), tally.share(Outcome::Silent)), (Some(67), Some(0)));
        assert_eq!(tally.share(Outcome::Returned), Some(33));
        assert_eq!(Tally::default().share(Outcome::Verified), None);
        assert_eq!(Tally::by(&groups, |one| one.outcome).len(), 3);
    }
}
