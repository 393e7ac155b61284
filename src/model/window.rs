//! Until when a customer can be answered on their channel, and by when its platform wants it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Ts;
use super::channel::Capabilities;

/// A channel's own times, each counted from what a customer writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spans {
    /// How long anybody may answer.
    reply: Option<Duration>,
    /// How long a person may.
    people: Option<Duration>,
    /// How soon the platform wants an answer.
    wanted: Option<Duration>,
}

impl Spans {
    /// Of a channel that can do this and whose platform wants an answer so soon.
    pub fn of(capabilities: &Capabilities, wanted: Option<Duration>) -> Self {
        Self { reply: capabilities.reply_window, people: capabilities.people_window, wanted }
    }

    /// Where a customer wrote at this moment.
    pub fn after(self, at: Ts) -> Window {
        Window {
            reply_until: self.reply.map(|span| at.plus(span)),
            people_until: self
                .people
                .filter(|people| self.reply.is_some_and(|free| *people > free))
                .map(|span| at.plus(span)),
            wanted_by: self.wanted.map(|span| at.plus(span)),
        }
    }
}

/// Until when a customer can be answered; nothing where the platform sets no such time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct Window {
    /// Until when anybody may answer, the agent too.
    pub reply_until: Option<Ts>,
    /// Until when a person may, where that is longer.
    pub people_until: Option<Ts>,
    /// By when the platform wants an answer.
    pub wanted_by: Option<Ts>,
}

/// How a window stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// There is none: an answer can leave at any time.
    Always,
    /// Anybody may answer until then.
    Anybody(Ts),
    /// Only a person may, until then.
    People(Ts),
    /// Nobody may, since then.
    Closed(Ts),
}

impl Window {
    /// How it stands now.
    pub fn opening(self, now: Ts) -> Opening {
        let Some(free) = self.reply_until else { return Opening::Always };
        match self.people_until {
            _ if free > now => Opening::Anybody(free),
            Some(people) if people > now => Opening::People(people),
            longer => Opening::Closed(longer.unwrap_or(free)),
        }
    }

    /// The same times, counted from another moment than the one that they are counted from.
    #[must_use]
    pub fn moved(self, counted: Ts, from: Ts) -> Self {
        let shift = from.0.saturating_sub(counted.0);
        let later = |end: Ts| Ts(end.0.saturating_add(shift));
        Self {
            reply_until: self.reply_until.map(later),
            people_until: self.people_until.map(later),
            wanted_by: self.wanted_by.map(later),
        }
    }

    /// Whether these are the same times as others, counted from a later moment.
    pub fn is_counted_later(self, other: Self) -> bool {
        let ends = self.reply_until.zip(other.reply_until).or(self.wanted_by.zip(other.wanted_by));
        ends.is_some_and(|(own, others)| own > others && other.moved(others, own) == self)
    }

    /// Whether one of its times ends then.
    pub fn ends_at(self, at: Ts) -> bool {
        [self.reply_until, self.people_until, self.wanted_by].contains(&Some(at))
    }

    /// When an answer is due to whoever waits since `since`: never after the platform's own times.
    pub fn no_later(self, due: Ts, since: Ts) -> Ts {
        let own = [self.reply_until, self.people_until, self.wanted_by];
        own.into_iter().flatten().filter(|end| *end > since).fold(due, Ts::min)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000_000;

    fn spans(reply: Option<u64>, people: Option<u64>, wanted: Option<u64>) -> Spans {
        let [reply, people, wanted] = [reply, people, wanted].map(|hours| hours.map(Duration::from_hours));
        Spans { reply, people, wanted }
    }

    #[test]
    fn people_have_longer_and_then_nobody_answers() {
        let window = spans(Some(24), Some(168), None).after(Ts(0));
        let at = |hours: i64| window.opening(Ts(hours * HOUR));
        assert_eq!(at(23), Opening::Anybody(Ts(24 * HOUR)));
        assert_eq!(at(24), Opening::People(Ts(168 * HOUR)));
        assert_eq!(at(168), Opening::Closed(Ts(168 * HOUR)));
        let short = spans(Some(24), Some(24), None).after(Ts(0));
        assert_eq!(short.people_until, None, "it is no longer");
        assert_eq!(short.opening(Ts(24 * HOUR)), Opening::Closed(Ts(24 * HOUR)));
        assert_eq!(spans(None, Some(168), None).after(Ts(0)).opening(Ts(HOUR)), Opening::Always);
    }

    #[test]
    fn the_same_times_are_counted_from_another_moment() {
        let spans = spans(Some(24), Some(168), Some(12));
        let (one, other) = (Ts(2 * HOUR), Ts(HOUR));
        assert_eq!(spans.after(one).moved(one, other), spans.after(other));
        assert_eq!(Window::default().moved(one, other), Window::default());
        assert!(spans.after(one).is_counted_later(spans.after(other)));
        for not_later in [spans.after(other), spans.after(one), Window::default()] {
            assert!(!spans.after(other).is_counted_later(not_later));
        }
    }

    #[test]
    fn an_answer_is_due_before_the_platform_stops_to_take_it() {
        let due = Ts(30 * HOUR);
        assert_eq!(Window::default().no_later(due, Ts(0)), due);
        assert_eq!(spans(Some(24), None, None).after(Ts(0)).no_later(due, Ts(0)), Ts(24 * HOUR));
        assert_eq!(spans(None, None, Some(12)).after(Ts(0)).no_later(due, Ts(0)), Ts(12 * HOUR));
        let both = spans(Some(24), Some(168), Some(12)).after(Ts(0));
        assert_eq!(both.no_later(Ts(HOUR), Ts(0)), Ts(HOUR), "the brand's own target is sooner");
        assert_eq!(both.no_later(Ts(200 * HOUR), Ts(25 * HOUR)), Ts(168 * HOUR), "what is over binds nobody");
    }
}
