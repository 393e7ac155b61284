//! What a draft of the policy would have done: numbers beside the rules, and the cases side by side.

pub mod edit;

use askama::Template;

use crate::model::job::{Job, JobState};
use crate::model::order::{Currency, Money};
use crate::model::replay::{Compared, Ended, Replay, ReplayCase, ReplayState, Sides, Weighed};
use crate::model::teammate::Role;
use crate::model::version::Version;
use crate::web::filters;
use crate::web::format::{Reader, count, money};
use crate::web::page::Page;
use crate::web::parts::{Empty, Notice, Progress, When, fragments};
use crate::web::text::{Html, paragraphs};

fragments!(Counted, Tools);

/// Of how many conversations a replay may be, the usual number first.
const SIZES: [i64; 3] = [500, 100, 1_000];

/// The newest replay of a brand with all that it is told by.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The replay, where there was one.
    pub replay: Option<&'a Replay>,
    /// The versions of the policy, its draft among them.
    pub versions: &'a [Version],
    /// The work on it.
    pub work: &'a [Job],
}

impl Known<'_> {
    /// Why it does not go on, where it was given up.
    fn trouble(self) -> Option<Notice> {
        let is_dead = |job: &&Job| job.state == JobState::Dead;
        let dead = self.work.iter().find(is_dead).filter(|_| self.work.iter().all(|job| is_dead(&job)))?;
        let words = format!("{}. What was counted is kept. Begin it again.", dead.last_error.trim_end_matches('.'));
        Some(Notice::bad("The replay was given up.", words))
    }

    fn is_under_way(self) -> bool {
        self.replay.is_some_and(|replay| replay.state == ReplayState::Running) && self.trouble().is_none()
    }

    /// Of what it is: `The last 500 conversations under this draft, against version 14.`
    fn of(self, replay: &Replay) -> String {
        let what = match self.versions.iter().find(|version| version.id == replay.version_id) {
            None => "a draft that was thrown away".to_owned(),
            Some(version) if version.created_at != replay.revision => "an earlier draft, changed since".to_owned(),
            Some(version) if version.published => format!("version {}, before it was published", version.version),
            Some(_) => "this draft".to_owned(),
        };
        let against = match replay.against {
            0 => String::new(),
            against => format!(", against version {against}"),
        };
        let stopped = if replay.state == ReplayState::Stopped { " It was stopped." } else { "" };
        format!("The last {} conversations under {what}{against}.{stopped}", count(replay.wanted))
    }
}

/// What is counted so far; empty where there was no replay. Also the fragment `GET /policies/replay`.
#[derive(Debug, Template)]
#[template(path = "policies/replay.html")]
pub struct Counted {
    brand: String,
    replay: Option<Numbers>,
}

#[derive(Debug)]
struct Numbers {
    id: String,
    of: String,
    progress: Option<Progress>,
    trouble: Option<Notice>,
    nothing: bool,
    money: Vec<(String, String)>,
    plain: Vec<(&'static str, String)>,
    /// Each with its number and the word of its cases.
    changed: Vec<(&'static str, i64, &'static str)>,
}

impl Counted {
    /// As it stands at the reader's moment.
    pub fn new(reader: Reader, brand: &str, known: Known<'_>) -> Self {
        Self { brand: brand.to_owned(), replay: known.replay.map(|replay| Numbers::new(reader, replay, known)) }
    }

    /// Whether there is nothing to show.
    pub fn is_empty(&self) -> bool {
        self.replay.is_none()
    }
}

impl Numbers {
    fn new(reader: Reader, replay: &Replay, known: Known<'_>) -> Self {
        let tally = &replay.tally.0;
        let under_way = known.is_under_way();
        let amounts = tally.moved.iter().flat_map(|moved| {
            [
                given(moved.currency, moved.alone, "given away by the agent alone"),
                given(moved.currency, moved.asked, "given away once people say yes"),
            ]
        });
        let mut plain =
            vec![("Same outcome", count(tally.same())), ("Answered without a person", more(tally.alone.more()))];
        if tally.untold > 0 {
            plain.push(("Cannot be told", count(tally.untold)));
        }
        Self {
            id: replay.id.to_string(),
            of: known.of(replay),
            progress: under_way
                .then(|| Progress::new("Cases", tally.cases, replay.total, Some(replay.begun_at), reader.now)),
            trouble: known.trouble().filter(|_| replay.state == ReplayState::Running),
            nothing: replay.state != ReplayState::Running && tally.cases == 0,
            money: amounts.flatten().collect(),
            plain,
            changed: vec![
                ("Changed decisions", tally.decisions, "decisions"),
                ("Changed actions", tally.actions, "actions"),
                ("Changed replies", tally.replies, "replies"),
            ],
        }
    }
}

/// `+78.00 EUR`, and `given away by the agent alone: 120.00 EUR in place of 42.00 EUR`; nothing where it stays.
fn given(currency: Currency, sides: Sides, words: &str) -> Option<(String, String)> {
    let amount = |minor| money(Money::new(minor, currency));
    let sign = if sides.more() > 0 { "+" } else { "" };
    let told = format!("{words}: {} in place of {}", amount(sides.after), amount(sides.before));
    (sides.more() != 0).then(|| (format!("{sign}{}", amount(sides.more())), told))
}

fn more(number: i64) -> String {
    match number {
        0 => "as many".to_owned(),
        1.. => format!("{} more", count(number)),
        _ => format!("{} fewer", count(-number)),
    }
}

/// What may be done: to begin a replay (`POST /replays` with `brand` and `conversations`), or to stop the one that is under
/// way. Also the fragment `GET /policies/replay/tools`.
#[derive(Debug, Template)]
#[template(path = "policies/replay_tools.html")]
pub struct Tools {
    brand: String,
    csrf: String,
    /// The replay that may be stopped.
    stops: Option<String>,
    begins: bool,
    sizes: [(i64, String); 3],
}

impl Tools {
    /// For a form's token and a person of a role.
    pub fn new((brand, csrf): (&str, &str), role: Role, known: Known<'_>) -> Self {
        let may = role >= Role::Manager;
        let under_way = known.replay.filter(|_| known.is_under_way());
        let has_draft = known.versions.iter().any(|version| !version.published);
        Self {
            brand: brand.to_owned(),
            csrf: csrf.to_owned(),
            stops: under_way.filter(|_| may).map(|replay| replay.id.to_string()),
            begins: may && has_draft && under_way.is_none(),
            sizes: SIZES.map(|size| (size, count(size))),
        }
    }

    /// Whether nothing may be done.
    pub fn is_empty(&self) -> bool {
        self.stops.is_none() && !self.begins
    }
}

/// `GET /replays/{id}`: the cases in which the draft makes a difference; `what` chooses among them.
#[derive(Debug, Template)]
#[template(path = "policies/cases.html")]
struct CasesPage {
    page: Page,
    id: String,
    of: String,
    tabs: Vec<Tab>,
    left_out: Option<String>,
    cases: Vec<Case>,
    empty: Empty,
}

#[derive(Debug)]
struct Tab {
    word: &'static str,
    words: &'static str,
    number: String,
    current: bool,
}

#[derive(Debug)]
struct Case {
    run: String,
    number: i64,
    who: String,
    when: When,
    sides: [Side; 2],
}

#[derive(Debug)]
struct Side {
    name: &'static str,
    ended: &'static str,
    why: Vec<String>,
    asked: Vec<String>,
    text: Html,
}

/// A word of the address, what stands on its tab, how many cases it has, and which.
type Choice = (&'static str, &'static str, i64, fn(&Compared) -> bool);

impl CasesPage {
    fn new(page: Page, replay: &Replay, known: Known<'_>, cases: &[ReplayCase], what: &str) -> Self {
        let tally = &replay.tally.0;
        let choices: [Choice; 4] = [
            ("", "All", tally.changed, Compared::is_otherwise),
            ("decisions", "Decisions", tally.decisions, Compared::decides_otherwise),
            ("actions", "Actions", tally.actions, Compared::acts_otherwise),
            ("replies", "Replies", tally.replies, Compared::says_otherwise),
        ];
        let chosen = choices.iter().find(|(word, ..)| *word == what).unwrap_or(&choices[0]);
        let fitting = cases.iter().filter(|case| (chosen.3)(&case.document.0));
        let kept = i64::try_from(cases.len()).unwrap_or_default();
        let empty = if replay.state == ReplayState::Running {
            Empty::new("No difference so far", "Cases come here as they are counted; load the page again.")
        } else {
            Empty::new("No difference here", "Under the draft these cases end as they do under the version in force.")
        };
        Self {
            id: replay.id.to_string(),
            of: known.of(replay),
            tabs: choices
                .iter()
                .map(|&(word, words, number, _)| Tab { word, words, number: count(number), current: word == chosen.0 })
                .collect(),
            left_out: (kept < tally.changed)
                .then(|| format!("{} of {} changed cases are kept.", count(kept), count(tally.changed))),
            cases: fitting.map(|case| Case::new(page.reader, case)).collect(),
            empty,
            page,
        }
    }
}

impl Case {
    fn new(reader: Reader, case: &ReplayCase) -> Self {
        let Compared { before, after } = &case.document.0;
        Self {
            run: case.run_id.to_string(),
            number: case.number,
            who: case.contact_name.clone(),
            when: When::ago(reader, case.taken_at),
            sides: [Side::new("In force", before), Side::new("Under the draft", after)],
        }
    }
}

impl Side {
    fn new(name: &'static str, weighed: &Weighed) -> Self {
        Self {
            name,
            ended: ended(weighed),
            why: weighed.why.clone(),
            asked: weighed.asked.iter().map(|asked| asked.label.clone()).collect(),
            text: paragraphs(&weighed.text),
        }
    }
}

fn ended(weighed: &Weighed) -> &'static str {
    match (weighed.ended, weighed.needs) {
        (Ended::Sent, _) => "The agent answers alone",
        (Ended::Waits, Some(Role::Manager)) => "The reply waits for a manager",
        (Ended::Waits, Some(Role::Admin)) => "The reply waits for an admin",
        (Ended::Waits, _) => "The reply waits for a teammate",
        (Ended::Person, _) => "A person takes it",
        (Ended::Nothing, _) => "Nothing is said",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::model::replay::{Moved, Tally};
    use crate::model::{Json, Ts};

    fn version(published: bool, changed: i64) -> Version {
        Version {
            id: Uuid::nil().into(),
            brand_id: Uuid::nil().into(),
            version: 15,
            document: Json(json!({})),
            summary: String::new(),
            author_id: None,
            published,
            effective_from: None,
            created_at: Ts(changed),
        }
    }

    fn replay(state: ReplayState, tally: Tally) -> Replay {
        Replay {
            id: Uuid::nil().into(),
            brand_id: Uuid::nil().into(),
            version_id: Uuid::nil().into(),
            version: 15,
            revision: Ts(7),
            document: Json(json!({})),
            against: 14,
            wanted: 1_000,
            total: 500,
            state,
            tally: Json(tally),
            begun_at: Ts(0),
            ended_at: None,
        }
    }

    #[test]
    fn a_replay_says_of_which_draft_it_is() {
        let replay = replay(ReplayState::Done, Tally::default());
        for (versions, words) in [
            (vec![version(false, 7)], "under this draft, against version 14."),
            (vec![version(false, 8)], "under an earlier draft, changed since, against version 14."),
            (vec![version(true, 7)], "under version 15, before it was published, against version 14."),
            (vec![], "under a draft that was thrown away, against version 14."),
        ] {
            let known = Known { replay: Some(&replay), versions: &versions, work: &[] };
            assert_eq!(known.of(&replay), format!("The last 1,000 conversations {words}"));
        }
    }

    #[test]
    fn it_says_how_far_it_is_and_what_it_counted() {
        let sides = |before, after| Sides { before, after };
        let moved = Moved { currency: Currency::EUR, alone: sides(4_200, 12_000), asked: sides(9_000, 1_200) };
        let tally = Tally {
            cases: 342,
            untold: 1,
            changed: 3,
            decisions: 3,
            alone: sides(9, 12),
            moved: vec![moved],
            ..Tally::default()
        };
        let versions = [version(false, 7)];
        let drawn = |state, role| {
            let replay = replay(state, tally.clone());
            let known = Known { replay: Some(&replay), versions: &versions, work: &[] };
            let reader = Reader::utc(Ts(1_000_000));
            (Counted::new(reader, "fjord", known).to_string(), Tools::new(("fjord", "x"), role, known).to_string())
        };
        let (shown, tools) = drawn(ReplayState::Running, Role::Manager);
        for part in [
            "342 of 500",
            "<p class=\"big\">+78.00 EUR</p>",
            "given away by the agent alone: 120.00 EUR in place of 42.00 EUR",
            "<p class=\"big\">-78.00 EUR</p>",
            "<dt>Same outcome</dt><dd>338</dd>",
            "3 more",
            "<dt>Cannot be told</dt><dd>1</dd>",
            "what=decisions\"",
        ] {
            assert!(shown.contains(part), "{part} is not in: {shown}");
        }
        assert!(!shown.contains("what=actions"), "no cases, no link: {shown}");
        assert!(tools.contains("Stop, keep what is counted") && !tools.contains("action=\"/replays\""), "{tools}");
        let (shown, tools) = drawn(ReplayState::Stopped, Role::Manager);
        assert!(shown.contains("It was stopped.") && !shown.contains("342 of 500"), "{shown}");
        assert!(tools.contains("action=\"/replays\""), "{tools}");
        let (_, tools) = drawn(ReplayState::Running, Role::Teammate);
        assert!(!tools.contains("<form"), "{tools}");
    }
}
