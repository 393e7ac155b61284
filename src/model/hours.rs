//! When people are there: the open parts of each weekday on the brand's clock, and days on which nobody is.
//!
//! All reckoning is in moments, so a part of a day that a change of the clocks makes longer or shorter counts as it is.

use std::time::Duration;

use jiff::ToSpan as _;
use jiff::civil::{Date, Weekday};
use serde::{Deserialize, Serialize};

use super::{Ts, Zone};

/// How far ahead an open moment is looked for.
const DAYS: i32 = 800;
const DAY: u16 = 24 * 60;
const MOST_PARTS: usize = 4;
/// The weekdays as people name them, Monday first.
pub const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// An open part of a day, in minutes since midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// From this minute.
    pub from: u16,
    /// To this minute, up to the end of the day.
    pub to: u16,
}

/// A day on which nobody is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosedDay {
    /// `2026-12-24`, or `12-24` for every year.
    pub day: String,
    /// What it is, for people.
    pub name: String,
}

/// When people are there. By default always.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Hours {
    /// The open parts from Monday to Sunday; empty for round the clock.
    pub week: Vec<Vec<Part>>,
    /// Days on which nobody is there.
    pub closed: Vec<ClosedDay>,
}

impl Hours {
    /// Whether somebody is there at a moment.
    pub fn is_open(&self, zone: Zone, at: Ts) -> bool {
        self.opens(zone, at) == Some(at)
    }

    /// The first open moment from `at` on; `None` when there is none in sight.
    pub fn opens(&self, zone: Zone, at: Ts) -> Option<Ts> {
        self.parts(zone, at).find(|(_, to)| *to > at).map(|(from, _)| from.max(at))
    }

    /// The moment when `span` of open time is over that begins at `at`.
    pub fn after(&self, zone: Zone, at: Ts, span: Duration) -> Ts {
        if self.week.is_empty() && self.closed.is_empty() {
            return at.plus(span);
        }
        let mut left = i64::try_from(span.as_micros()).unwrap_or(i64::MAX);
        for (from, to) in self.parts(zone, at) {
            let begin = from.max(at);
            let room = to.0.saturating_sub(begin.0);
            if room <= 0 {
                continue;
            }
            if left <= room {
                return Ts(begin.0.saturating_add(left));
            }
            left -= room;
        }
        at.plus(span)
    }

    /// How much of the time from one moment to another is open.
    pub fn between(&self, zone: Zone, from: Ts, to: Ts) -> Duration {
        if self.week.is_empty() && self.closed.is_empty() {
            return to.since(from);
        }
        let open = self.parts(zone, from).take_while(|(begin, _)| *begin < to);
        open.map(|(begin, end)| end.min(to).since(begin.max(from))).sum()
    }

    /// The open parts from the day of `at` on, in order.
    fn parts(&self, zone: Zone, at: Ts) -> impl Iterator<Item = (Ts, Ts)> {
        let first = zone.zoned(at).map(|zoned| zoned.date());
        let days = first.into_iter().flat_map(|first| (0..DAYS).map_while(move |n| first.checked_add(n.days()).ok()));
        days.flat_map(move |date| self.of_day(date).iter().filter_map(move |part| moments(zone, date, *part)))
    }

    fn of_day(&self, date: Date) -> &[Part] {
        const ALL_DAY: &[Part] = &[Part { from: 0, to: DAY }];
        if self.is_closed_on(date) {
            return &[];
        }
        if self.week.is_empty() {
            return ALL_DAY;
        }
        let day = usize::try_from(date.weekday().since(Weekday::Monday)).unwrap_or(0);
        self.week.get(day).map_or(&[], Vec::as_slice)
    }

    fn is_closed_on(&self, date: Date) -> bool {
        let whole = date.to_string();
        self.closed.iter().any(|closed| closed.day == whole || whole.get(5..) == Some(closed.day.as_str()))
    }
}

fn moments(zone: Zone, date: Date, part: Part) -> Option<(Ts, Ts)> {
    let at = |minute: u16| zone.moment(date.at(0, 0, 0, 0).checked_add(i64::from(minute).minutes()).ok()?);
    let (from, to) = (at(part.from)?, at(part.to)?);
    (from < to).then_some((from, to))
}

/// Reads the open parts of a day: `09:00-12:30, 13:30-17`; nothing for a day on which nobody is there.
pub fn read_day(text: &str) -> Result<Vec<Part>, String> {
    let text = text.trim();
    if text.is_empty() || text.eq_ignore_ascii_case("closed") {
        return Ok(Vec::new());
    }
    let mut parts: Vec<Part> = Vec::new();
    for written in text.split(',').map(str::trim) {
        let unread =
            || format!("“{written}” is no time of day. Write it as 09:00-17:00, several with a comma between.");
        let (from, to) = written.split_once(['-', '–']).ok_or_else(unread)?;
        let part = Part {
            from: read_minute(from).ok_or_else(unread)?,
            to: read_minute(to).filter(|minute| *minute > 0).ok_or_else(unread)?,
        };
        if part.from >= part.to {
            return Err(format!("“{written}” ends before it begins. A time over midnight stands on both days."));
        }
        if parts.last().is_some_and(|before| before.to > part.from) {
            return Err(format!("“{written}” begins before the time in front of it is over."));
        }
        parts.push(part);
    }
    if parts.len() > MOST_PARTS {
        return Err(format!("A day has at most {MOST_PARTS} open parts."));
    }
    Ok(parts)
}

fn read_minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once([':', '.']).unwrap_or((text.trim(), "0"));
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    (minute < 60).then_some(hour.checked_mul(60)?.checked_add(minute)?).filter(|minute| *minute <= DAY)
}

/// The open parts of a day as [`read_day`] reads them.
pub fn day_words(parts: &[Part]) -> String {
    let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
    let words: Vec<String> = parts.iter().map(|part| format!("{}-{}", clock(part.from), clock(part.to))).collect();
    words.join(", ")
}

/// Reads days on which nobody is there, one a line: `2026-12-24 Christmas Eve`, or `12-25 Christmas` for every year.
pub fn read_closed(text: &str) -> Result<Vec<ClosedDay>, String> {
    let lines = text.lines().enumerate().map(|(place, line)| (place + 1, line.trim()));
    let read = |(place, line): (usize, &str)| {
        let (day, name) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        // A leap year has every day that comes each year.
        let whole = if day.len() == 5 { format!("2024-{day}") } else { day.to_owned() };
        match whole.parse::<Date>() {
            Ok(date) if date.to_string() == whole => {
                Ok(ClosedDay { day: day.to_owned(), name: name.trim().chars().take(80).collect() })
            }
            _ => Err(format!("Line {place}: “{day}” is no day. Write 2026-12-24, or 12-24 for every year.")),
        }
    };
    lines.filter(|(_, line)| !line.is_empty()).take(400).map(read).collect()
}

/// Days on which nobody is there as [`read_closed`] reads them.
pub fn closed_words(closed: &[ClosedDay]) -> String {
    let lines: Vec<String> = closed.iter().map(|day| format!("{} {}", day.day, day.name).trim().to_owned()).collect();
    lines.join("\n")
}

#[cfg(test)]
#[path = "hours_tests.rs"]
mod tests;
