//! Reports: whether closed cases were solved. Silent, confirmed and verified stand side by side, and each number leads to its
//! cases.

mod chart;
pub mod show;

use std::collections::BTreeMap;

use askama::Template;
use serde::{Deserialize, Serialize};

use self::chart::Chart;
use crate::model::brand::Brand;
use crate::model::resolution::{Group, Outcome, SolvedBy, Tally, week_after, week_of, weeks_before};
use crate::model::{BrandId, Ts};
use crate::store::resolutions::{Filter, Listed};
use crate::web::filters;
use crate::web::format::count;
use crate::web::page::Page;
use crate::web::parts::{Badge, Empty, When};
use crate::web::words::{channel_kind, channel_word, intent_word};

/// Cases of one page of the list.
pub(super) const PAGE: usize = 50;
/// For how many weeks one can ask, and how many it is where nobody says.
const WEEKS: [(i64, &str); 4] = [(4, "4 weeks"), (13, "13 weeks"), (26, "26 weeks"), (52, "52 weeks")];
const USUAL_WEEKS: i64 = 13;
const SECOND: i64 = 1_000_000;

/// Which cases are counted or listed: `?brand=&weeks=&channel=&intent=&by=`, and in a list `&week=&outcome=&cursor=`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ResolutionsQuery {
    /// The brand's name in addresses; the first where none is named.
    pub brand: String,
    /// How many weeks, this one among them.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub weeks: String,
    /// A kind of channel; `""` for all.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub channel: String,
    /// What was wanted; `""` for everything.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub intent: String,
    /// Whose words answered last; `""` for everybody's.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub by: String,
    /// The Monday of one week, in seconds; `""` for all.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub week: String,
    /// What became of them; `""` for everything.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub outcome: String,
    /// Where the page before ended.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub cursor: String,
}

impl ResolutionsQuery {
    fn weeks(&self) -> i64 {
        let asked = WEEKS.iter().find(|(weeks, _)| weeks.to_string() == self.weeks);
        asked.map_or(USUAL_WEEKS, |(weeks, _)| *weeks)
    }

    /// From when to when the cases were closed.
    pub(super) fn span(&self, now: Ts) -> (Ts, Ts) {
        match self.week.parse::<i64>() {
            Ok(seconds) => {
                let week = week_of(Ts(seconds.saturating_mul(SECOND)));
                (week, week_after(week))
            }
            Err(_) => (weeks_before(now, self.weeks()), week_after(week_of(now))),
        }
    }

    /// What the store lists for it.
    pub(super) fn filter(&self, brand: BrandId, now: Ts) -> Filter {
        let (from, to) = self.span(now);
        Filter {
            brand,
            from,
            to,
            channel: self.channel.clone(),
            intent: self.intent.clone(),
            by: self.by.clone(),
            outcome: self.outcome.clone(),
        }
    }

    /// Whether a group is asked for.
    pub(super) fn takes(&self, group: &Group) -> bool {
        let fits = |asked: &str, word: &str| asked.is_empty() || asked == word;
        fits(&self.channel, &group.channel_kind)
            && fits(&self.intent, &group.intent)
            && fits(&self.by, group.solved_by.as_str())
    }

    /// The list of the cases that came to this.
    fn list(&self, outcome: Outcome) -> Self {
        Self { outcome: outcome.as_str().to_owned(), ..self.clone() }
    }

    fn list_href(&self) -> String {
        format!("/resolutions/conversations?{}", serde_urlencoded::to_string(self).unwrap_or_default())
    }

    /// The numbers that a list belongs to.
    fn report_href(&self) -> String {
        let report = Self { outcome: String::new(), week: String::new(), cursor: String::new(), ..self.clone() };
        format!("/resolutions?{}", serde_urlencoded::to_string(report).unwrap_or_default())
    }
}

/// What became of a case, in two words.
fn outcome_word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Open => "Still watched",
        Outcome::Verified => "Verified",
        Outcome::Confirmed => "Confirmed",
        Outcome::Silent => "Silent",
        Outcome::Returned => "Came back",
        Outcome::Reopened => "Opened again",
        Outcome::Unmet => "Not in the shop",
    }
}

fn by_word(by: SolvedBy) -> &'static str {
    match by {
        SolvedBy::Agent => "Agent",
        SolvedBy::Teammate => "Teammates",
    }
}

fn wish_word(intent: &str) -> String {
    if intent == "unknown" { "Not known".to_owned() } else { intent_word(intent) }
}

/// The columns of a table.
const COLUMNS: [Outcome; 7] = [
    Outcome::Verified,
    Outcome::Confirmed,
    Outcome::Silent,
    Outcome::Returned,
    Outcome::Reopened,
    Outcome::Unmet,
    Outcome::Open,
];

/// `GET /resolutions`
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "resolutions/page.html")]
pub struct ResolutionsPage {
    page: Page,
    weeks: Vec<Choice>,
    channels: Vec<Choice>,
    intents: Vec<Choice>,
    people: Vec<Choice>,
    figures: Vec<Figure>,
    chart: Chart,
    tables: Vec<Table>,
    columns: [&'static str; 7],
    days: u64,
    empty: Option<Empty>,
}

/// A line of a choice.
#[derive(Debug)]
struct Choice {
    word: String,
    words: String,
    chosen: bool,
}

/// A number at the head.
#[derive(Debug)]
struct Figure {
    name: &'static str,
    share: String,
    cell: Cell,
    of: String,
}

/// A number that leads to its cases.
#[derive(Debug)]
struct Cell {
    count: String,
    share: Option<String>,
    href: String,
    label: String,
}

#[derive(Debug)]
struct Table {
    title: &'static str,
    first: &'static str,
    rows: Vec<(String, Vec<Cell>)>,
}

impl ResolutionsPage {
    /// The numbers of a brand, in which nobody comes back for so many days; `groups` are all of the time that is asked for.
    pub fn new(page: Page, brand: &Brand, query: &ResolutionsQuery, (groups, days): (&[Group], u64)) -> Self {
        let query = ResolutionsQuery { brand: brand.slug.clone(), ..query.clone() };
        let asked: Vec<Group> = groups.iter().filter(|group| query.takes(group)).cloned().collect();
        let all = Tally::of(&asked);
        let by_week = Tally::by(&asked, |group| group.week);
        let week = |week: Ts| ResolutionsQuery { week: (week.0 / SECOND).to_string(), ..query.clone() };
        let day = |week: Ts| page.reader.short_day(week);
        let tables = vec![
            table("By week", "Week from", by_week.iter().rev().map(|(at, tally)| (day(*at), week(*at), tally))),
            table(
                "Agent and teammates",
                "Whose words",
                Tally::by(&asked, |group| group.solved_by).iter().map(|(by, tally)| {
                    let asked = ResolutionsQuery { by: by.as_str().to_owned(), ..query.clone() };
                    (by_word(*by).to_owned(), asked, tally)
                }),
            ),
            table(
                "By channel",
                "Channel",
                Tally::by(&asked, |group| group.channel_kind.clone()).iter().map(|(kind, tally)| {
                    let asked = ResolutionsQuery { channel: kind.clone(), ..query.clone() };
                    (channel_word(channel_kind(kind)).to_owned(), asked, tally)
                }),
            ),
            table(
                "By what was wanted",
                "Wanted",
                Tally::by(&asked, |group| group.intent.clone()).iter().map(|(intent, tally)| {
                    let asked = ResolutionsQuery { intent: intent.clone(), ..query.clone() };
                    (wish_word(intent), asked, tally)
                }),
            ),
        ];
        let words =
            "Cases appear here once they are resolved. Whether they are solved shows when nobody has come back.";
        Self {
            weeks: choices(
                WEEKS.iter().map(|(weeks, words)| (weeks.to_string(), (*words).to_owned())),
                &query.weeks().to_string(),
            ),
            channels: named(groups, "All channels", &query.channel, |group| {
                (group.channel_kind.clone(), channel_word(channel_kind(&group.channel_kind)).to_owned())
            }),
            intents: named(groups, "Everything", &query.intent, |group| {
                (group.intent.clone(), wish_word(&group.intent))
            }),
            people: named(groups, "Everybody", &query.by, |group| {
                (group.solved_by.as_str().to_owned(), by_word(group.solved_by).to_owned())
            }),
            figures: figures(&query, &all),
            chart: Chart::new(page.reader, &by_week),
            tables,
            columns: COLUMNS.map(outcome_word),
            days,
            empty: asked.is_empty().then(|| Empty::new("No resolved cases in these weeks", words)),
            page,
        }
    }
}

fn figures(query: &ResolutionsQuery, all: &Tally) -> Vec<Figure> {
    let shown =
        [Outcome::Verified, Outcome::Confirmed, Outcome::Silent, Outcome::Returned, Outcome::Unmet, Outcome::Open];
    let figure = |outcome: Outcome| Figure {
        name: outcome_word(outcome),
        share: match all.share(outcome) {
            Some(share) if outcome != Outcome::Open => format!("{share} %"),
            _ => "–".to_owned(),
        },
        cell: cell(query, outcome_word(outcome), outcome, all),
        of: if outcome == Outcome::Open {
            "in no rate yet".to_owned()
        } else {
            format!("of {} judged", count(all.judged()))
        },
    };
    shown.map(figure).into()
}

fn cell(query: &ResolutionsQuery, row: &str, outcome: Outcome, tally: &Tally) -> Cell {
    let number = count(tally.count(outcome));
    let share = tally.share(outcome).filter(|_| outcome.is_solved());
    Cell {
        label: format!("{number} {}, {row}", outcome_word(outcome).to_lowercase()),
        count: number,
        share: share.map(|share| format!("{share} %")),
        href: query.list(outcome).list_href(),
    }
}

fn table<'a>(
    title: &'static str,
    first: &'static str,
    rows: impl Iterator<Item = (String, ResolutionsQuery, &'a Tally)>,
) -> Table {
    let row = |(name, query, tally): (String, ResolutionsQuery, &Tally)| {
        let cells: Vec<Cell> = COLUMNS.map(|outcome| cell(&query, &name, outcome, tally)).into();
        (name, cells)
    };
    Table { title, first, rows: rows.map(row).collect() }
}

/// What the groups hold of one thing, to choose from.
fn named(groups: &[Group], all: &str, chosen: &str, name: impl Fn(&Group) -> (String, String)) -> Vec<Choice> {
    let words: BTreeMap<String, String> = groups.iter().map(name).collect();
    choices(std::iter::once((String::new(), all.to_owned())).chain(words), chosen)
}

fn choices(all: impl Iterator<Item = (String, String)>, chosen: &str) -> Vec<Choice> {
    all.map(|(word, words)| Choice { chosen: word == chosen, word, words }).collect()
}

/// `GET /resolutions/conversations`
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "resolutions/list.html")]
pub struct ResolvedPage {
    page: Page,
    title: String,
    report: String,
    rows: Vec<ResolvedRow>,
    older: Option<String>,
    empty: Empty,
}

#[derive(Debug)]
struct ResolvedRow {
    number: i64,
    who: String,
    gist: String,
    badge: Badge,
    channel: &'static str,
    wanted: String,
    by: &'static str,
    when: When,
}

impl ResolvedPage {
    /// The cases of a page; where more lie behind them, `next` is where it ends.
    pub fn new(page: Page, query: &ResolutionsQuery, cases: &[Listed], next: Option<String>) -> Self {
        let outcome = query.outcome.parse::<Outcome>().ok();
        let row = |case: &Listed| ResolvedRow {
            number: case.number,
            who: case.contact_name.clone(),
            gist: case.gist.clone(),
            badge: badge(case.outcome),
            channel: channel_word(channel_kind(&case.channel_kind)),
            wanted: wish_word(&case.intent),
            by: by_word(case.solved_by),
            when: When::ago(page.reader, case.resolved_at),
        };
        Self {
            title: outcome.map_or_else(
                || "Resolved cases".to_owned(),
                |outcome| format!("Resolved: {}", outcome_word(outcome).to_lowercase()),
            ),
            report: query.report_href(),
            rows: cases.iter().map(row).collect(),
            older: next.map(|cursor| ResolutionsQuery { cursor, ..query.clone() }.list_href()),
            empty: Empty::new("No such cases", "Nothing that was resolved in this time came to this."),
            page,
        }
    }
}

fn badge(outcome: Outcome) -> Badge {
    let tone = match outcome {
        Outcome::Verified => "good",
        Outcome::Returned | Outcome::Reopened => "warn",
        Outcome::Unmet => "bad",
        Outcome::Open | Outcome::Confirmed | Outcome::Silent => "",
    };
    Badge::new(tone, outcome_word(outcome))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MONDAY: Ts = Ts(1_795_392_000_000_000);

    #[test]
    fn a_list_keeps_what_was_asked_for_and_leads_back() {
        let query = ResolutionsQuery {
            brand: "fjord".into(),
            weeks: "4".into(),
            channel: "email".into(),
            ..ResolutionsQuery::default()
        };
        let list = ResolutionsQuery { week: "1795392000".into(), ..query.list(Outcome::Unmet) };
        let address = "brand=fjord&weeks=4&channel=email";
        assert_eq!(list.list_href(), format!("/resolutions/conversations?{address}&week=1795392000&outcome=unmet"));
        assert_eq!(list.report_href(), format!("/resolutions?{address}"));
        assert_eq!(list.span(MONDAY), (MONDAY, week_after(MONDAY)));
        let (from, to) = query.span(MONDAY);
        assert_eq!((from, to), (weeks_before(MONDAY, 4), week_after(MONDAY)));
        let nonsense = ResolutionsQuery { weeks: "all".into(), ..query };
        assert_eq!(nonsense.span(MONDAY).0, weeks_before(MONDAY, 13));
    }
}
