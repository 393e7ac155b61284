//! When a brand's people are there, how soon they answer, and what customers are told when nobody is.

pub mod edit;

use askama::Template;

use crate::model::answer_times::{AnswerTimes, AwayReply, MOST_DAYS, Target, USUAL_DAYS, read_span, span_words};
use crate::model::brand::Brand;
use crate::model::channel::ChannelKind;
use crate::model::hours::{Hours, WEEKDAYS, closed_words, day_words, read_closed, read_day};
use crate::voice::texts;
use crate::web::filters;
use crate::web::page::Page;
use crate::web::parts::Notice;
use crate::web::words::channel_word;

/// What the form holds: each field by its name, as people wrote it.
#[derive(Clone, Debug, Default)]
pub struct Written(pub Vec<(String, String)>);

/// What is wrong, by field.
pub type Problems = Vec<(String, String)>;

impl Written {
    fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str())
    }

    /// As the form shows what is set; kinds of channel have a row each.
    pub fn of(times: &AnswerTimes, brand: &Brand, kinds: &[ChannelKind]) -> Self {
        let mut fields = Vec::new();
        let mut put = |name: String, value: String| fields.push((name, value));
        if times.hours.week.is_empty() {
            put("always".to_owned(), "on".to_owned());
        }
        for place in 0..WEEKDAYS.len() {
            let usual = if place < 5 { "09:00-17:00" } else { "" };
            let set = times.hours.week.get(place).map(|parts| day_words(parts));
            put(format!("day_{place}"), set.unwrap_or_else(|| usual.to_owned()));
        }
        put("closed".to_owned(), closed_words(&times.hours.closed));
        for kind in rows(kinds) {
            let target = if kind.is_empty() {
                Some(times.target(kind))
            } else {
                times.targets.iter().find(|target| target.kind == kind).cloned()
            };
            let Some(target) = target else { continue };
            put(format!("first_{kind}"), span_words(target.first));
            put(format!("next_{kind}"), span_words(target.next));
            put(format!("resolution_{kind}"), target.resolution.map(span_words).unwrap_or_default());
        }
        if times.away.on {
            put("away".to_owned(), "on".to_owned());
        }
        let text = if times.away.text.is_empty() { texts::usual_away(&brand.locale) } else { &times.away.text };
        put("away_text".to_owned(), text.to_owned());
        put("settled_days".to_owned(), times.settled_days.map(|days| days.to_string()).unwrap_or_default());
        Self(fields)
    }

    /// Reads the form.
    pub fn read(&self, kinds: &[ChannelKind]) -> Result<AnswerTimes, Problems> {
        let mut problems = Vec::new();
        let hours = self.hours(&mut problems);
        let targets = rows(kinds).filter_map(|kind| self.target(kind, &mut problems)).collect();
        let away = AwayReply { on: !self.get("away").is_empty(), text: self.get("away_text").trim().to_owned() };
        if let Err(found) = texts::check(&away.text, &texts::AWAY) {
            let words = found.iter().map(|problem| format!("{} {}", problem.path, problem.message).trim().to_owned());
            problems.push(("away_text".to_owned(), words.collect::<Vec<_>>().join(" ")));
        } else if away.on && away.text.is_empty() {
            problems.push(("away_text".to_owned(), "Write what customers are told.".to_owned()));
        }
        let settled_days = self.days(&mut problems);
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(AnswerTimes { hours, targets, away, settled_days, zone: None })
    }

    fn days(&self, problems: &mut Problems) -> Option<u32> {
        let written = self.get("settled_days").trim();
        let days = written.parse().ok().filter(|days| (1..=MOST_DAYS).contains(days));
        if days.is_none() && !written.is_empty() {
            problems.push(("settled_days".to_owned(), format!("Write a whole number of days, from 1 to {MOST_DAYS}.")));
        }
        days
    }

    fn hours(&self, problems: &mut Problems) -> Hours {
        let mut week = Vec::new();
        if self.get("always").is_empty() {
            for place in 0..WEEKDAYS.len() {
                let name = format!("day_{place}");
                week.push(read_day(self.get(&name)).unwrap_or_else(|words| {
                    problems.push((name, words));
                    Vec::new()
                }));
            }
            if problems.is_empty() && week.iter().all(Vec::is_empty) {
                problems
                    .push(("day_0".to_owned(), "Somebody is there on one day at least, or no clock runs.".to_owned()));
            }
        }
        let closed = read_closed(self.get("closed")).unwrap_or_else(|words| {
            problems.push(("closed".to_owned(), words));
            Vec::new()
        });
        Hours { week, closed }
    }

    /// The target of a row; a kind of channel without one follows the first row.
    fn target(&self, kind: &str, problems: &mut Problems) -> Option<Target> {
        let names = ["first", "next", "resolution"].map(|part| format!("{part}_{kind}"));
        if !kind.is_empty() && names.iter().all(|name| self.get(name).trim().is_empty()) {
            return None;
        }
        let mut read = |name: &String, optional: bool| match self.get(name).trim() {
            "" if optional => None,
            text => read_span(text).map_err(|words| problems.push((name.clone(), words))).ok(),
        };
        let [first, next, resolution] = &names;
        let (first, next, resolution) = (read(first, false), read(next, false), read(resolution, true));
        Some(Target { kind: kind.to_owned(), first: first?, next: next?, resolution })
    }
}

/// The rows of targets: all channels, then each kind.
fn rows(kinds: &[ChannelKind]) -> impl Iterator<Item = &'static str> {
    std::iter::once("").chain(kinds.iter().map(|kind| kind.as_str()))
}

/// `GET /answer-times`, and `POST /answer-times` when something is wrong.
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "answer_times/page.html")]
pub struct AnswerTimesPage {
    page: Page,
    zone: String,
    always: bool,
    days: Vec<Line>,
    closed: Line,
    targets: Vec<TargetRow>,
    away: bool,
    away_text: Line,
    settled_days: Line,
    usual_days: u32,
    refused: Option<Notice>,
    may_change: bool,
}

#[derive(Debug)]
struct Line {
    name: String,
    label: &'static str,
    value: String,
    error: String,
}

#[derive(Debug)]
struct TargetRow {
    name: &'static str,
    fields: Vec<Line>,
}

impl AnswerTimesPage {
    /// The form with what is written in it and what is wrong.
    pub fn new(page: Page, brand: &Brand, kinds: &[ChannelKind], written: &Written, problems: &Problems) -> Self {
        let line = |name: String, label: &'static str| Line {
            value: written.get(&name).to_owned(),
            error: problems
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, words)| words.clone())
                .unwrap_or_default(),
            name,
            label,
        };
        let target = |kind: &'static str| TargetRow {
            name: match kind.parse::<ChannelKind>() {
                Ok(kind) => channel_word(kind),
                Err(_) => "All channels",
            },
            fields: [("first", "First answer"), ("next", "Next answer"), ("resolution", "Done")]
                .map(|(part, label)| line(format!("{part}_{kind}"), label))
                .into(),
        };
        Self {
            zone: if brand.time_zone.is_empty() { "UTC".to_owned() } else { brand.time_zone.replace('_', " ") },
            always: !written.get("always").is_empty(),
            days: (0..).zip(WEEKDAYS).map(|(place, day)| line(format!("day_{place}"), day)).collect(),
            closed: line("closed".to_owned(), "Closed days"),
            targets: rows(kinds).map(target).collect(),
            away: !written.get("away").is_empty(),
            away_text: line("away_text".to_owned(), "What they are told"),
            settled_days: line("settled_days".to_owned(), "Days in which nobody comes back"),
            usual_days: USUAL_DAYS,
            refused: (!problems.is_empty())
                .then(|| Notice::bad("Not saved.", "Mend what is marked; everything you wrote is still here.")),
            may_change: page.role >= crate::model::teammate::Role::Manager,
            page,
        }
    }
}
