//! The policy as sentences with their fields in place, examples beside them, versions and what a draft changes.

pub mod edit;
pub mod replay;

use askama::Template;

use crate::model::document::Problem;
use crate::model::teammate::{Role, Teammate};
use crate::model::version::Version;
use crate::policy::{Change, DiffPiece, FieldKind, Piece, RuleView, Verdict};
use crate::web::filters;
use crate::web::page::Page;
use crate::web::parts::{Empty, Notice, fragments};
use crate::web::versions::VersionList;

use replay::{Counted, Tools};

fragments!(RuleCard, ChangeList);

/// What the page is made from.
#[derive(Clone, Copy, Debug)]
pub struct PolicyFacts<'a> {
    /// The rules of the document that is shown: the draft's, or those in force.
    pub rules: &'a [RuleView],
    /// The tab, as its place among the sections (`?section=`).
    pub section: usize,
    /// The draft, if there is one.
    pub draft: Option<&'a Version>,
    /// What counts now.
    pub in_force: Option<&'a Version>,
    /// What the draft changes.
    pub changes: &'a [Change],
    /// What is wrong with the draft: named by path; contradictions have none.
    pub problems: &'a [Problem],
    /// All versions, newest first.
    pub versions: &'a [Version],
    /// For the names of authors.
    pub team: &'a [Teammate],
}

/// `GET /policies`. The rules are one form: `POST /policies/draft` with every field of the tab under its path (amounts
/// as decimals, words one a line) and `section`. `POST /policies/publication` sends `summary` and `effective_from`
/// (`YYYY-MM-DDTHH:MM` or empty for at once).
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "policies/page.html")]
pub struct PolicyPage {
    page: Page,
    about: String,
    may_change: bool,
    has_draft: bool,
    revision: String,
    may_publish: bool,
    tabs: Vec<Tab>,
    section: usize,
    rules: Vec<RuleCard>,
    notices: Vec<Notice>,
    changes: ChangeList,
    counted: Counted,
    tools: Tools,
    versions: VersionList,
    empty: Empty,
}

#[derive(Debug)]
struct Tab {
    name: &'static str,
    place: usize,
    current: bool,
    trouble: bool,
}

impl PolicyPage {
    /// One tab of the policy, with the newest replay beside it.
    pub fn new(page: Page, facts: PolicyFacts<'_>, (counted, tools): (Counted, Tools)) -> Self {
        let sections = sections(facts.rules);
        let section = facts.section.min(sections.len().saturating_sub(1));
        let shown = sections.get(section).copied().unwrap_or_default();
        let changed = |id: &str| facts.changes.iter().any(|change| change.rule == id);
        let in_section = facts.rules.iter().filter(|rule| rule.section == shown);
        let may_change = page.role >= Role::Manager;
        let cards =
            in_section.map(|rule| RuleCard { may_change, ..RuleCard::new(rule, changed(&rule.id), facts.problems) });
        let broken = |name: &'static str| facts.rules.iter().any(|rule| rule.section == name && !all_hold(rule));
        let tabs = sections.iter().enumerate().map(|(place, name)| Tab {
            name,
            place,
            current: place == section,
            trouble: broken(name),
        });
        let number = facts.in_force.map(|version| version.version);
        Self {
            about: about(&page, facts),
            may_change,
            has_draft: facts.draft.is_some(),
            revision: facts.draft.map(Version::revision).unwrap_or_default(),
            may_publish: facts.draft.is_some() && facts.problems.is_empty() && facts.rules.iter().all(all_hold),
            tabs: tabs.collect(),
            section,
            rules: cards.collect(),
            notices: whole_problems(facts).into_iter().chain(broken_elsewhere(facts.rules, shown)).collect(),
            changes: ChangeList::new(facts.changes),
            counted,
            tools,
            versions: VersionList::new(&page, "/policies", facts.versions, number, facts.team),
            empty: Empty::new("No rules here", "This part of the policy is empty."),
            page,
        }
    }
}

fn all_hold(rule: &RuleView) -> bool {
    rule.examples.iter().all(|example| example.holds)
}

fn sections(rules: &[RuleView]) -> Vec<&'static str> {
    let mut sections: Vec<&'static str> = Vec::new();
    for rule in rules {
        if !sections.contains(&rule.section) {
            sections.push(rule.section);
        }
    }
    sections
}

/// `Draft of version 15, changed 4 min ago. Version 14 is in force since Mon 2 Nov.`
fn about(page: &Page, facts: PolicyFacts<'_>) -> String {
    let draft = facts
        .draft
        .map(|draft| format!("Draft of version {}, changed {}.", draft.version, page.reader.ago(draft.created_at)));
    let counts = facts.in_force.map(|version| match version.effective_from {
        Some(from) => format!("Version {} is in force since {}.", version.version, page.reader.short_day(from)),
        None => format!("Version {} is in force.", version.version),
    });
    let known: Vec<String> = draft.into_iter().chain(counts).collect();
    if known.is_empty() { "The first policy, as it came.".to_owned() } else { known.join(" ") }
}

/// Problems that no shown field names.
fn whole_problems(facts: PolicyFacts<'_>) -> Vec<Notice> {
    let has_field = |path: &str| {
        facts
            .rules
            .iter()
            .flat_map(|rule| &rule.pieces)
            .any(|piece| matches!(piece, Piece::Field(field) if field.path == path))
    };
    let loose =
        facts.problems.iter().filter(|problem| !has_field(&problem.path) && !problem.path.starts_with("examples"));
    loose.map(|problem| Notice::bad("This contradicts itself.", problem.message.clone())).collect()
}

/// Examples that no longer hold under another tab: they stop publishing as well.
fn broken_elsewhere(rules: &[RuleView], shown: &str) -> Vec<Notice> {
    let broken = rules.iter().filter(|rule| rule.section != shown && !all_hold(rule));
    let about = |rule: &RuleView| {
        let first = rule.examples.iter().find(|example| !example.holds).map_or("", |example| example.says.as_str());
        Notice::bad(
            "An example of another rule no longer holds.",
            format!("Rule {} under “{}”: {first}. Settle it there.", rule.number, rule.section),
        )
    };
    broken.map(about).collect()
}

/// A rule.
#[derive(Debug, Template)]
#[template(path = "policies/rule.html")]
struct RuleCard {
    id: String,
    number: usize,
    may_change: bool,
    changed: bool,
    pieces: Vec<Piece>,
    examples: Vec<ExampleLine>,
    problems: Vec<String>,
    broken: usize,
}

#[derive(Debug)]
struct ExampleLine {
    index: usize,
    says: String,
    words: String,
    holds: bool,
}

impl RuleCard {
    fn new(rule: &RuleView, changed: bool, problems: &[Problem]) -> Self {
        let own =
            |path: &str| rule.pieces.iter().any(|piece| matches!(piece, Piece::Field(field) if field.path == path));
        let examples: Vec<ExampleLine> = rule
            .examples
            .iter()
            .map(|example| ExampleLine {
                index: example.index,
                says: example.says.clone(),
                holds: example.holds,
                words: if example.holds {
                    example.says.clone()
                } else {
                    format!(
                        "{}: expected “{}”, now “{}”",
                        example.says,
                        verdict_word(example.expects),
                        verdict_word(example.now)
                    )
                },
            })
            .collect();
        Self {
            id: rule.id.replace('.', "-"),
            number: rule.number,
            may_change: true,
            changed,
            pieces: rule.pieces.clone(),
            broken: examples.iter().filter(|example| !example.holds).count(),
            examples,
            problems: problems
                .iter()
                .filter(|problem| own(&problem.path))
                .map(|problem| problem.message.clone())
                .collect(),
        }
    }
}

fn verdict_word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Allow => "alone",
        Verdict::Ask => "ask",
        Verdict::Refuse => "refuse",
    }
}

/// What changes, with the old and the new in place.
#[derive(Debug, Template)]
#[template(
    source = r#"{% for change in changes %}<p class="diff"><b>Rule {{ change.number }}</b> {% for piece in change.pieces %}{% match piece %}{% when DiffPiece::Same(text) %}{{ text }}{% when DiffPiece::Del(text) %}<del>{{ text }}</del> {% when DiffPiece::Ins(text) %}<ins>{{ text }}</ins>{% endmatch %}{% endfor %}</p>{% endfor %}"#,
    ext = "html"
)]
struct ChangeList {
    changes: Vec<Change>,
}

impl ChangeList {
    fn new(changes: &[Change]) -> Self {
        Self { changes: changes.to_vec() }
    }

    fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }
}

/// `GET /policies/{version}`: a version as plain sentences, and how it differs from what counts now.
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "policies/version.html")]
pub struct PolicyVersionPage {
    page: Page,
    version: i64,
    summary: String,
    in_force: bool,
    may_return: bool,
    sections: Vec<(&'static str, Vec<String>)>,
    changes: ChangeList,
}

impl PolicyVersionPage {
    /// A version; `changes` leads from what counts now to it.
    pub fn new(page: Page, version: &Version, in_force: Option<i64>, rules: &[RuleView], changes: &[Change]) -> Self {
        let of =
            |name: &'static str| rules.iter().filter(move |rule| rule.section == name).map(RuleView::text).collect();
        let counts = in_force == Some(version.version);
        Self {
            may_return: version.published && !counts && page.role >= Role::Manager,
            page,
            version: version.version,
            summary: version.summary.clone(),
            in_force: counts,
            sections: sections(rules).into_iter().map(|name| (name, of(name))).collect(),
            changes: ChangeList::new(changes),
        }
    }
}
