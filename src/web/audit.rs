//! The audit log as a page: who did what, newest first, and whether the chain holds.

pub mod show;

use askama::Template;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::model::audit::{AuditAction, AuditEntry};
use crate::model::teammate::Teammate;
use crate::store::audit::Verdict;
use crate::store::invitations::Invitation;
use crate::web::filters;
use crate::web::format::count;
use crate::web::page::Page;
use crate::web::parts::{Empty, Notice, When};
use crate::web::words::{audit_subject_word, audit_word};

/// Entries of one page.
pub(super) const PAGE: usize = 50;

/// What the list is narrowed to: `GET /audit?actor=...&action=...&subject=...&before=...`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AuditQuery {
    /// A teammate's id, `agent` or `system`; `""` for everybody.
    pub actor: String,
    /// The word of an action; `""` for every one.
    pub action: String,
    /// A number, id or name; `""` for everything.
    pub subject: String,
    /// Only entries before this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<i64>,
}

impl AuditQuery {
    fn href(&self) -> String {
        format!("/audit?{}", serde_urlencoded::to_string(self).unwrap_or_default())
    }

    fn is_narrowed(&self) -> bool {
        !(self.actor.is_empty() && self.action.is_empty() && self.subject.is_empty())
    }
}

/// `GET /audit`, and the same page after `POST /audit/verifications`.
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "audit/page.html")]
pub struct AuditPage {
    page: Page,
    query: AuditQuery,
    actors: Vec<Choice>,
    actions: Vec<Choice>,
    rows: Vec<Row>,
    older: Option<String>,
    verdict: Option<Notice>,
    empty: Empty,
}

/// A line of a choice.
#[derive(Debug)]
struct Choice {
    word: String,
    words: String,
    chosen: bool,
}

#[derive(Debug)]
struct Row {
    seq: String,
    when: When,
    actor: String,
    by_program: bool,
    what: String,
    about: String,
    about_href: String,
    details: String,
}

impl AuditPage {
    /// The entries of a page, and one more when there are older ones; with whom they may name.
    pub fn new(
        page: Page,
        query: AuditQuery,
        mut entries: Vec<AuditEntry>,
        (team, invited): (&[Teammate], &[Invitation]),
    ) -> Self {
        let more = entries.len() > PAGE;
        entries.truncate(PAGE);
        let older = entries.last().filter(|_| more).map(|last| {
            let next = AuditQuery { before: Some(last.seq), ..query.clone() };
            next.href()
        });
        let words = if query.is_narrowed() {
            Empty::new("Nothing matches", "No entry has this person, act and subject.")
                .with_link("Show everything", "/audit")
        } else {
            Empty::new("Nothing is recorded yet", "From now on every sign-in, decision and change is kept here.")
        };
        Self {
            actors: actors(&query.actor, team),
            actions: actions(&query.action),
            rows: entries.iter().map(|entry| row(&page, entry, (team, invited))).collect(),
            older,
            verdict: None,
            empty: words,
            query,
            page,
        }
    }

    /// With the outcome of a check of the whole chain.
    #[must_use]
    pub fn verified(mut self, verdict: &Verdict) -> Self {
        let holds = count(verdict.chain.seq);
        self.verdict = Some(match &verdict.flaw {
            None => Notice::info("The chain holds.", format!("All {holds} entries are as they were written.")),
            Some(flaw) => Notice::bad(
                "The chain does not hold.",
                format!("The {}. {holds} entries before it hold. Compare with a backup.", flaw.words),
            ),
        });
        self
    }
}

fn actors(chosen: &str, team: &[Teammate]) -> Vec<Choice> {
    let fixed = [("", "Everybody"), ("agent", "Agent"), ("system", "System")]
        .map(|(word, words)| (word.to_owned(), words.to_owned()));
    let people = team.iter().map(|person| (person.id.to_string(), person.name.clone()));
    choices(fixed.into_iter().chain(people), chosen)
}

fn actions(chosen: &str) -> Vec<Choice> {
    let all = AuditAction::ALL.iter().map(|action| (action.as_str().to_owned(), audit_word(*action).to_owned()));
    choices(std::iter::once((String::new(), "Every act".to_owned())).chain(all), chosen)
}

fn choices(all: impl Iterator<Item = (String, String)>, chosen: &str) -> Vec<Choice> {
    all.map(|(word, words)| Choice { chosen: word == chosen, word, words }).collect()
}

fn row(page: &Page, entry: &AuditEntry, (team, invited): (&[Teammate], &[Invitation])) -> Row {
    let what = entry.action.parse().map_or_else(|_| entry.action.clone(), |action| audit_word(action).to_owned());
    let kind = entry
        .subject_kind
        .parse()
        .map_or_else(|_| entry.subject_kind.clone(), |kind| audit_subject_word(kind).to_owned());
    let details: Map<String, Value> = serde_json::from_str(&entry.details).unwrap_or_default();
    let person = team.iter().find(|person| person.id.to_string() == entry.subject).map(|person| person.name.as_str());
    let address = invited.iter().find(|one| one.id.to_string() == entry.subject).map(|one| one.email.as_str());
    let named = person.or(address).or_else(|| details.get("name").and_then(Value::as_str)).unwrap_or(&entry.subject);
    Row {
        seq: count(entry.seq),
        when: When::ago(page.reader, entry.at),
        actor: entry.actor_name.clone(),
        by_program: entry.actor_kind == "token",
        what,
        about: format!("{kind} {named}"),
        about_href: AuditQuery { subject: entry.subject.clone(), ..AuditQuery::default() }.href(),
        details: facts(&details),
    }
}

/// Small facts in a line: `amount 12.00 EUR, conversation 4812`. Ids that lead nowhere for a reader are left out.
fn facts(details: &Map<String, Value>) -> String {
    let shown = details
        .iter()
        .filter(|(name, value)| !value.is_null() && !matches!(name.as_str(), "name" | "id" | "approval" | "draft"));
    let words = shown.map(|(name, value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
        format!("{} {}", name.replace('_', " "), value.replace('_', " "))
    });
    words.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn facts_are_a_line_for_people() {
        let details = json!({ "amount": "12.00 EUR", "conversation": 4812, "reference": null, "id": "0199" });
        assert_eq!(facts(details.as_object().unwrap()), "amount 12.00 EUR, conversation 4812");
    }

    #[test]
    fn the_next_page_keeps_the_filter() {
        let query = AuditQuery { subject: "F&1".into(), before: Some(7), ..AuditQuery::default() };
        assert_eq!(query.href(), "/audit?actor=&action=&subject=F%261&before=7");
    }
}
