//! The bar below the list: one change to all conversations that are ticked, what came of it, and the way back.

pub mod change;

use askama::Template;

use super::conversations::head::{SNOOZES, with_absence};
use super::page::Page;
use super::parts::fragments;
use crate::model::TeammateId;
use crate::model::bulk_change::{BulkChange, BulkKind};
use crate::model::teammate::Teammate;
use crate::web::filters;
use crate::web::format::counted;

fragments!(BulkBar, BulkResult);

/// Reasons that are named; the others are counted.
const NAMED: usize = 5;

/// The bar. It shows itself once something is ticked.
#[derive(Debug, Template)]
#[template(path = "bulk_changes/bar.html")]
pub struct BulkBar {
    csrf: String,
    back: String,
    people: Vec<(TeammateId, String)>,
}

impl BulkBar {
    /// The bar of the reader's list.
    pub fn new(page: &Page, teammates: &[Teammate]) -> Self {
        let here = teammates.iter().filter(|person| person.disabled_at.is_none());
        Self {
            csrf: page.csrf.clone(),
            back: page.inbox.clone().unwrap_or_default().list_href(),
            people: here.map(|person| (person.id, with_absence(person))).collect(),
        }
    }
}

/// What came of a change.
#[derive(Debug, Template)]
#[template(path = "bulk_changes/result.html")]
pub struct BulkResult {
    csrf: String,
    back: String,
    id: String,
    words: String,
    refused: Vec<String>,
    can_be_undone: bool,
}

impl BulkResult {
    /// What came of a change, above the reader's list.
    pub fn new(page: &Page, change: &BulkChange) -> Self {
        let done = change.before.0.len();
        let refused = &change.refused.0;
        let mut lines: Vec<String> =
            refused.iter().take(NAMED).map(|one| format!("#{}: {}", one.number, one.why)).collect();
        if refused.len() > NAMED {
            lines.push(format!("and {} more", refused.len() - NAMED));
        }
        Self {
            csrf: page.csrf.clone(),
            back: page.inbox.clone().unwrap_or_default().list_href(),
            id: change.id.to_string(),
            words: said(change.kind, done, refused.len()),
            refused: lines,
            can_be_undone: done > 0 && change.undone_at.is_none(),
        }
    }
}

/// `12 conversations resolved, 1 not.`
fn said(kind: BulkKind, done: usize, refused: usize) -> String {
    let what = match kind {
        BulkKind::Assign => "handed over",
        BulkKind::Tag => "tagged",
        BulkKind::Snooze => "put to sleep",
        BulkKind::Resolve => "resolved",
        BulkKind::Reopen => "opened again",
        BulkKind::Spam => "marked as spam",
    };
    let not = if refused == 0 { String::new() } else { format!(", {refused} not") };
    match done {
        0 => format!("Nothing was {what}."),
        _ => format!("{} {what}{not}.", counted(done, "conversation", "conversations")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_says_how_many_and_how_many_not() {
        assert_eq!(said(BulkKind::Resolve, 12, 1), "12 conversations resolved, 1 not.");
        assert_eq!(said(BulkKind::Tag, 1, 0), "1 conversation tagged.");
        assert_eq!(said(BulkKind::Snooze, 0, 3), "Nothing was put to sleep.");
    }
}
