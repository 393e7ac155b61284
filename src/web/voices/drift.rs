//! How close replies came week by week, the agent's beside people's: a drawing, and the table behind it.

use std::iter::successors;

use crate::model::Ts;
use crate::model::resolution::{week_after, weeks_before};
use crate::store::voice_scores::WeekScore;
use crate::web::format::{Reader, count, percent};

/// So many weeks are shown, this one among them.
const WEEKS: usize = 13;
/// Where the lowest line is, how high the room above it is, and how wide a week is.
const FOOT: i64 = 170;
const HEIGHT: i64 = 160;
const LEFT: i64 = 40;
const STEP: i64 = 40;
/// Every third week has its day below it.
const NAMED: usize = 3;

/// The drawing and its table.
#[derive(Debug)]
pub(super) struct Drift {
    /// What the drawing says to who does not see it.
    pub(super) words: String,
    pub(super) lines: Vec<(i64, i64)>,
    pub(super) strokes: Vec<Stroke>,
    pub(super) dots: Vec<Dot>,
    pub(super) days: Vec<(i64, String)>,
    pub(super) rows: Vec<Row>,
}

/// Weeks in a row with replies of one kind.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stroke {
    pub(super) class: &'static str,
    pub(super) points: String,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Dot {
    pub(super) class: &'static str,
    pub(super) x: i64,
    pub(super) y: i64,
}

/// A week of the table: replies and score of the agent, then of people.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) day: String,
    pub(super) cells: [String; 4],
}

/// With which Monday the weeks begin.
pub(super) fn first_week(now: Ts) -> Ts {
    weeks_before(now, i64::try_from(WEEKS).unwrap_or_default())
}

impl Drift {
    /// Of the weeks since [`first_week`]; nothing where nobody wrote in them.
    pub(super) fn new(reader: Reader, weeks: &[WeekScore]) -> Option<Self> {
        let lowest = weeks.iter().map(shown_score).min()?;
        let bottom = lowest.min(99) / 20 * 20;
        let mondays: Vec<Ts> =
            successors(Some(first_week(reader.now)), |week| Some(week_after(*week))).take(WEEKS).collect();
        let of =
            |monday: Ts, by_agent: bool| weeks.iter().find(|week| week.week == monday && week.by_agent == by_agent);
        let places: Vec<(i64, Ts)> =
            (0_i64..).map(|place| LEFT + place * STEP + STEP / 2).zip(mondays.iter().copied()).collect();
        let (mut strokes, mut dots) = (Vec::new(), Vec::new());
        for (by_agent, class) in [(true, "one"), (false, "three")] {
            let points: Vec<Option<(i64, i64)>> = places
                .iter()
                .map(|(x, monday)| {
                    let score = shown_score(of(*monday, by_agent)?);
                    Some((*x, FOOT - (score - bottom) * HEIGHT / (100 - bottom)))
                })
                .collect();
            dots.extend(points.iter().flatten().map(|(x, y)| Dot { class, x: *x, y: *y }));
            let runs = points.split(Option::is_none).filter(|run| run.len() > 1);
            strokes.extend(runs.map(|run| {
                let points: Vec<String> = run.iter().flatten().map(|(x, y)| format!("{x},{y}")).collect();
                Stroke { class, points: points.join(" ") }
            }));
        }
        let row = |monday: &Ts| {
            let (agent, people) = (of(*monday, true), of(*monday, false));
            let replies = |week: Option<&WeekScore>| week.map_or("–".to_owned(), |week| count(week.replies));
            let score = |week: Option<&WeekScore>| week.map_or("–".to_owned(), |week| shown_score(week).to_string());
            (agent.is_some() || people.is_some()).then(|| Row {
                day: reader.short_day(*monday),
                cells: [replies(agent), score(agent), replies(people), score(people)],
            })
        };
        Some(Self {
            words: format!("Lines by week: the score of replies, from {lowest} up, by the agent and by teammates"),
            lines: (0..=4).map(|part| (FOOT - part * HEIGHT / 4, bottom + part * (100 - bottom) / 4)).collect(),
            strokes,
            dots,
            days: places.iter().step_by(NAMED).map(|(x, monday)| (*x, reader.short_day(*monday))).collect(),
            rows: mondays.iter().rev().filter_map(row).collect(),
        })
    }
}

fn shown_score(week: &WeekScore) -> i64 {
    percent(week.score / 100.0).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weeks_in_a_row_are_joined_and_a_week_without_replies_is_a_gap() {
        let now = Ts(1_795_392_000_000_000);
        let mondays: Vec<Ts> = successors(Some(first_week(now)), |week| Some(week_after(*week))).take(WEEKS).collect();
        let week = |place: usize, by_agent, score| WeekScore { week: mondays[place], by_agent, replies: 1_200, score };
        let weeks = [
            week(0, true, 100.0),
            week(1, true, 89.6),
            week(3, true, 80.0),
            week(3, false, 60.0),
            week(12, false, 99.0),
        ];
        let drift = Drift::new(Reader::utc(now), &weeks).unwrap();
        assert_eq!(drift.strokes, [Stroke { class: "one", points: "60,10 100,50".to_owned() }]);
        let dot = |class, x, y| Dot { class, x, y };
        let dots = [
            dot("one", 60, 10),
            dot("one", 100, 50),
            dot("one", 180, 90),
            dot("three", 180, 170),
            dot("three", 540, 14),
        ];
        assert_eq!(drift.dots, dots);
        assert_eq!(drift.lines, [(170, 60), (130, 70), (90, 80), (50, 90), (10, 100)]);
        let cells: Vec<_> = drift.rows.iter().map(|row| row.cells.join(" ")).collect();
        assert_eq!(cells, ["– – 1,200 99", "1,200 80 1,200 60", "1,200 90 – –", "1,200 100 – –"], "newest first");
        assert_eq!(drift.days.len(), 5);
        assert!(Drift::new(Reader::utc(now), &[]).is_none());
    }
}
