//! Solved cases by week as bars: verified, confirmed and silent, one above the other.

use std::collections::BTreeMap;

use crate::model::Ts;
use crate::model::resolution::{Outcome, Tally};
use crate::web::format::{Reader, count};

/// Where the lowest and the highest line are, and how wide the room for the bars is.
const FOOT: i64 = 170;
const HEIGHT: i64 = 160;
const LEFT: i64 = 40;
const WIDTH: i64 = 520;
/// So many weeks have their day below them.
const NAMED: i64 = 5;

/// The drawing.
#[derive(Debug)]
pub(super) struct Chart {
    /// What it says to who does not see it.
    pub(super) words: String,
    pub(super) lines: Vec<(i64, String)>,
    pub(super) bars: Vec<Bar>,
    pub(super) days: Vec<(i64, String)>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Bar {
    pub(super) class: &'static str,
    pub(super) x: i64,
    pub(super) y: i64,
    pub(super) width: i64,
    pub(super) height: i64,
}

impl Chart {
    /// Of weeks, oldest first.
    pub(super) fn new(reader: Reader, weeks: &BTreeMap<Ts, Tally>) -> Self {
        let parts = [(Outcome::Verified, "one"), (Outcome::Confirmed, "two"), (Outcome::Silent, "three")];
        let solved = |tally: &Tally| parts.iter().map(|(outcome, _)| tally.count(*outcome)).sum::<i64>();
        let most = weeks.values().map(solved).max().unwrap_or_default();
        let top = most.saturating_add(3).max(4) / 4 * 4;
        let number = i64::try_from(weeks.len()).unwrap_or(1).max(1);
        let step = (WIDTH / number).min(60);
        let named = number.div_euclid(NAMED) + 1;
        let (mut bars, mut days) = (Vec::new(), Vec::new());
        for (place, (week, tally)) in (0_i64..).zip(weeks) {
            let x = LEFT + place * step;
            let mut below = 0;
            for (outcome, class) in parts {
                let upper = below + tally.count(outcome);
                let (y, foot) = (FOOT - upper * HEIGHT / top, FOOT - below * HEIGHT / top);
                if foot > y {
                    bars.push(Bar { class, x: x + 2, y, width: (step - 4).max(2), height: foot - y });
                }
                below = upper;
            }
            if place % named == 0 {
                days.push((x + step / 2, reader.short_day(*week)));
            }
        }
        let lines = (0..=4).map(|part| (FOOT - part * HEIGHT / 4, count(part * top / 4))).collect();
        let words = format!("Bars by week: up to {} solved cases a week", count(most));
        Self { words, lines, bars, days }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::resolution::{Group, SolvedBy};

    #[test]
    fn a_bar_stands_on_what_is_surer() {
        let group = |outcome, count| Group {
            week: Ts(0),
            channel_kind: "email".into(),
            intent: "unknown".into(),
            solved_by: SolvedBy::Agent,
            outcome,
            count,
        };
        let groups = [group(Outcome::Silent, 2), group(Outcome::Verified, 1), group(Outcome::Returned, 9)];
        let chart = Chart::new(Reader::utc(Ts(0)), &Tally::by(&groups, |one| one.week));
        let bar = |class, y, height| Bar { class, x: 42, y, width: 56, height };
        assert_eq!(chart.bars, [bar("one", 130, 40), bar("three", 50, 80)]);
        assert_eq!(chart.lines.first(), Some(&(170, "0".to_owned())));
        assert_eq!(chart.lines.last(), Some(&(10, "4".to_owned())));
        assert!(Chart::new(Reader::utc(Ts(0)), &BTreeMap::new()).bars.is_empty());
    }
}
