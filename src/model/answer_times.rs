//! How soon a brand's customers have an answer, in the time when people are there, and the clocks on a conversation.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::channel::ChannelKind;
use super::hours::Hours;
use super::{Ts, Zone};

/// Minutes until an answer where nobody says otherwise.
const USUAL: u32 = 8 * 60;
/// Minutes at most until an answer in a chat whose brand says nothing of chats: somebody waits there.
const USUAL_IN_CHAT: u32 = 10;
/// How many days nobody may come back to a closed case where nobody says otherwise.
pub const USUAL_DAYS: u32 = 7;
/// The most such days.
pub const MOST_DAYS: u32 = 90;
/// The longest target, in minutes.
const LONGEST: u32 = 90 * 24 * 60;

/// How soon something is due, in minutes of open time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// For channels of this kind; `""` for all that have none of their own.
    pub kind: String,
    /// The first answer to a customer.
    pub first: u32,
    /// Each further answer.
    pub next: u32,
    /// The end of the case; `None` when it has no clock.
    pub resolution: Option<u32>,
}

/// What customers are told when they write and nobody is there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AwayReply {
    /// Whether they are told anything.
    pub on: bool,
    /// The text, with variables.
    pub text: String,
}

/// What a brand sets: hours, targets, the reply when nobody is there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AnswerTimes {
    /// When people are there.
    pub hours: Hours,
    /// Targets, by kind of channel.
    pub targets: Vec<Target>,
    /// The reply when nobody is there.
    pub away: AwayReply,
    /// How many days nobody may come back until a closed case is solved; `None` where it is as usual.
    pub settled_days: Option<u32>,
    /// The brand's clock; not part of the document.
    #[serde(skip)]
    pub zone: Option<Zone>,
}

/// The clocks on a conversation beside the one that shows when an answer is due.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct Clocks {
    /// Since when the customer waits for the answer that is due; kept until the next wait begins.
    pub answering_since: Option<Ts>,
    /// When we answered first.
    pub first_answered_at: Option<Ts>,
    /// Since when the case is open.
    pub resolving_since: Option<Ts>,
    /// When it should be done.
    pub resolution_due_at: Option<Ts>,
}

impl Target {
    /// The target of those who set none.
    pub fn usual() -> Self {
        Self { kind: String::new(), first: USUAL, next: USUAL, resolution: None }
    }
}

impl AnswerTimes {
    /// The brand's clock.
    pub fn zone(&self) -> Zone {
        self.zone.unwrap_or_else(Zone::utc)
    }

    /// The target for a kind of channel. One without its own has that of all channels, a chat with short answers.
    pub fn target(&self, kind: &str) -> Target {
        let of = |kind: &str| self.targets.iter().find(|target| target.kind == kind).cloned();
        if let Some(own) = of(kind) {
            return own;
        }
        let all = of("").unwrap_or_else(Target::usual);
        if kind == ChannelKind::LiveChat.as_str() {
            return Target { first: all.first.min(USUAL_IN_CHAT), next: all.next.min(USUAL_IN_CHAT), ..all };
        }
        all
    }

    /// How long nobody may come back until a closed case is solved.
    pub fn settled_after(&self) -> Duration {
        Duration::from_hours(24 * u64::from(self.settled_days.unwrap_or(USUAL_DAYS)))
    }

    /// Open time from a moment on.
    pub fn within(&self, at: Ts, span: Duration) -> Ts {
        self.hours.after(self.zone(), at, span)
    }

    /// Open time from one moment to another.
    pub fn between(&self, from: Ts, to: Ts) -> Duration {
        self.hours.between(self.zone(), from, to)
    }

    /// When the answer is due to a customer who waits since `since`.
    pub fn answer_due(&self, kind: &str, clocks: &Clocks, since: Ts) -> Ts {
        let target = self.target(kind);
        let minutes = if clocks.first_answered_at.is_some() { target.next } else { target.first };
        self.within(since, Duration::from_mins(minutes.into()))
    }

    /// When a case should be done that is open since `since`.
    pub fn resolution_due(&self, kind: &str, since: Ts) -> Option<Ts> {
        let minutes = self.target(kind).resolution?;
        Some(self.within(since, Duration::from_mins(minutes.into())))
    }

    /// Whether somebody is there.
    pub fn is_open(&self, at: Ts) -> bool {
        self.hours.is_open(self.zone(), at)
    }

    /// When somebody is there again, if nobody is now.
    pub fn back_at(&self, at: Ts) -> Option<Ts> {
        self.hours.opens(self.zone(), at).filter(|back| *back > at)
    }
}

impl Clocks {
    /// A customer wrote and waits from now on; gives when the answer is due.
    pub fn start(&mut self, times: &AnswerTimes, kind: &str, at: Ts) -> Ts {
        self.answering_since = Some(at);
        self.open(times, kind, at);
        times.answer_due(kind, self, at)
    }

    /// The case is open from now on, unless it was.
    pub fn open(&mut self, times: &AnswerTimes, kind: &str, at: Ts) {
        if self.resolving_since.is_none() {
            self.resolving_since = Some(at);
            self.resolution_due_at = times.resolution_due(kind, at);
        }
    }

    /// We answered.
    pub fn answered(&mut self, at: Ts) {
        self.first_answered_at = self.first_answered_at.or(Some(at));
    }

    /// The answer of that moment did not leave after all.
    pub fn not_answered(&mut self, at: Ts) {
        self.first_answered_at = self.first_answered_at.filter(|first| *first != at);
    }

    /// The case is done.
    pub fn close(&mut self) {
        self.resolving_since = None;
        self.resolution_due_at = None;
    }
}

/// The clock of the two that runs out first.
pub fn next_due(answer: Option<Ts>, resolution: Option<Ts>) -> Option<Ts> {
    answer.into_iter().chain(resolution).min()
}

/// Reads a span: `30 min`, `4 h`, `1 h 30 min`; a number alone counts hours. In minutes.
pub fn read_span(text: &str) -> Result<u32, String> {
    let unread = || format!("“{}” is no span of time. Write 30 min, 4 h or 1 h 30 min.", text.trim());
    let (mut minutes, mut number) = (0_u32, String::new());
    let mut words = String::new();
    let mut add = |number: &mut String, words: &mut String| -> Option<()> {
        let count: u32 = std::mem::take(number).parse().ok()?;
        let unit = match std::mem::take(words).as_str() {
            "m" | "min" | "mins" | "minute" | "minutes" => 1,
            "" | "h" | "hour" | "hours" => 60,
            _ => return None,
        };
        minutes = minutes.checked_add(count.checked_mul(unit)?)?;
        Some(())
    };
    for c in text.trim().to_lowercase().chars() {
        match c {
            '0'..='9' if !words.is_empty() => {
                add(&mut number, &mut words).ok_or_else(unread)?;
                number.push(c);
            }
            '0'..='9' => number.push(c),
            c if c.is_whitespace() => {}
            c => words.push(c),
        }
    }
    add(&mut number, &mut words).ok_or_else(unread)?;
    match minutes {
        1..=LONGEST => Ok(minutes),
        0 => Err("A target of no time at all is always missed. Write at least 1 min.".to_owned()),
        _ => Err("Write at most 2160 h.".to_owned()),
    }
}

/// A span as [`read_span`] reads it.
pub fn span_words(minutes: u32) -> String {
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::hours::read_day;

    const HOUR: i64 = 3_600_000_000;
    /// Monday 23 November 2026, 09:00 UTC.
    const MONDAY: Ts = Ts(1_795_424_400_000_000);

    fn times() -> AnswerTimes {
        let office = read_day("9-17").unwrap();
        let target = |kind: &str, first, next, resolution| Target { kind: kind.to_owned(), first, next, resolution };
        AnswerTimes {
            hours: Hours { week: vec![office; 7], closed: Vec::new() },
            targets: vec![target("", 240, 480, Some(16 * 60)), target("live_chat", 5, 2, None)],
            ..AnswerTimes::default()
        }
    }

    #[test]
    fn the_first_answer_has_its_own_target_and_each_kind_of_channel_may() {
        let (times, mut clocks) = (times(), Clocks::default());
        assert_eq!(clocks.start(&times, "email", MONDAY), Ts(MONDAY.0 + 4 * HOUR));
        assert_eq!(clocks.resolution_due_at, Some(Ts(MONDAY.0 + 32 * HOUR)), "two working days, at 17:00");
        clocks.answered(MONDAY);
        let later = Ts(MONDAY.0 + HOUR);
        assert_eq!(clocks.start(&times, "email", later), Ts(MONDAY.0 + 25 * HOUR));
        assert_eq!(clocks.resolving_since, Some(MONDAY), "the case is the same");
        assert_eq!(Clocks::default().start(&times, "live_chat", MONDAY), Ts(MONDAY.0 + HOUR / 12));
        assert_eq!(AnswerTimes::default().target("email"), Target::usual());
    }

    #[test]
    fn whoever_waits_in_a_chat_waits_no_working_day() {
        let of = |times: &AnswerTimes| {
            let chat = times.target("live_chat");
            (chat.first, chat.next, chat.resolution)
        };
        assert_eq!(of(&AnswerTimes::default()), (10, 10, None));
        let mut times = times();
        assert_eq!(of(&times), (5, 2, None), "its own");
        times.targets.pop();
        assert_eq!(of(&times), (10, 10, Some(16 * 60)), "the end is that of all channels");
        times.targets[0].first = 4;
        assert_eq!(of(&times), (4, 10, Some(16 * 60)), "nobody answers later in a chat than elsewhere");
    }

    #[test]
    fn an_answer_that_is_taken_back_was_none() {
        let mut clocks = Clocks::default();
        clocks.answered(MONDAY);
        clocks.answered(Ts(MONDAY.0 + 1));
        clocks.not_answered(Ts(MONDAY.0 + 1));
        assert_eq!(clocks.first_answered_at, Some(MONDAY));
        clocks.not_answered(MONDAY);
        assert_eq!(clocks.first_answered_at, None);
    }

    #[test]
    fn a_case_that_comes_back_has_its_time_anew() {
        let (times, mut clocks) = (times(), Clocks::default());
        clocks.start(&times, "email", MONDAY);
        clocks.close();
        assert_eq!((clocks.resolving_since, clocks.resolution_due_at), (None, None));
        let later = Ts(MONDAY.0 + 48 * HOUR);
        clocks.start(&times, "email", later);
        assert_eq!(clocks.resolving_since, Some(later));
        assert_eq!(next_due(Some(later), clocks.resolution_due_at), Some(later));
        assert_eq!(next_due(None, None), None);
    }

    #[test]
    fn a_closed_case_is_watched_for_a_week_or_as_set() {
        let days =
            |settled_days| AnswerTimes { settled_days, ..AnswerTimes::default() }.settled_after().as_secs() / 86_400;
        assert_eq!((days(None), days(Some(14))), (7, 14));
        let known: AnswerTimes = serde_json::from_value(serde_json::json!({ "targets": [] })).unwrap();
        assert_eq!(known.settled_days, None, "what was stored before holds");
    }

    #[test]
    fn spans_are_read_as_people_write_them() {
        for (text, minutes) in [("30 min", 30), ("4h", 240), ("1 h 30 min", 90), ("2", 120), ("1h 5m", 65)] {
            assert_eq!(read_span(text), Ok(minutes), "{text}");
            assert_eq!(read_span(&span_words(minutes)), Ok(minutes));
        }
        for wrong in ["", "soon", "2 d", "0", "-1", "99999999999 h", "9999 h", "h", "1 h h"] {
            assert!(read_span(wrong).is_err(), "{wrong}");
        }
    }
}
