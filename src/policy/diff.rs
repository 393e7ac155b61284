//! What a draft changes, as sentences with the old and the new in place.

use serde::Serialize;

use super::document::Policy;
use super::rules::{Piece, RuleView, rules};

/// A piece of a changed sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DiffPiece {
    /// As before.
    Same(String),
    /// Only before.
    Del(String),
    /// Only after.
    Ins(String),
}

/// A rule that changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The rule's id.
    pub rule: String,
    /// Its number on the page.
    pub number: usize,
    /// Its changed sentences.
    pub pieces: Vec<DiffPiece>,
}

/// The rules in which `after` differs from `before`.
pub fn diff(before: &Policy, after: &Policy) -> Vec<Change> {
    let (old, new) = (rules(before), rules(after));
    let find = |views: &[RuleView], id: &str| views.iter().find(|view| view.id == id).cloned();
    let gone = old.iter().filter(|view| find(&new, &view.id).is_none());
    let gone = gone.map(|view| change(view, vec![DiffPiece::Del(view.text())]));
    let changed = new.iter().filter_map(|view| match find(&old, &view.id) {
        None => Some(change(view, vec![DiffPiece::Ins(view.text())])),
        Some(old) if old.text() != view.text() => Some(change(view, sentences(&old, view))),
        Some(_) => None,
    });
    changed.chain(gone).collect()
}

fn change(view: &RuleView, pieces: Vec<DiffPiece>) -> Change {
    Change { rule: view.id.clone(), number: view.number, pieces }
}

/// The pieces of both, sentence by sentence, without the sentences that stayed.
fn sentences(old: &RuleView, new: &RuleView) -> Vec<DiffPiece> {
    let mut kept = Vec::new();
    let mut sentence: Vec<DiffPiece> = Vec::new();
    for (before, after) in old.pieces.iter().zip(&new.pieces) {
        match (before, after) {
            (Piece::Field(before), Piece::Field(after)) if before.shown != after.shown => {
                sentence.extend([DiffPiece::Del(before.shown.clone()), DiffPiece::Ins(after.shown.clone())]);
            }
            (_, Piece::Field(after)) => sentence.push(DiffPiece::Same(after.shown.clone())),
            (_, Piece::Text(text)) => {
                let mut parts = text.split(". ").peekable();
                while let Some(part) = parts.next() {
                    let ends = parts.peek().is_some();
                    sentence.push(DiffPiece::Same(if ends { format!("{part}.") } else { part.to_owned() }));
                    if ends {
                        keep_if_changed(&mut sentence, &mut kept);
                    }
                }
            }
        }
    }
    keep_if_changed(&mut sentence, &mut kept);
    kept
}

fn keep_if_changed(sentence: &mut Vec<DiffPiece>, kept: &mut Vec<DiffPiece>) {
    let sentence = std::mem::take(sentence);
    if sentence.iter().all(|piece| matches!(piece, DiffPiece::Same(_))) {
        return;
    }
    if !kept.is_empty() {
        kept.push(DiffPiece::Same(" ".to_owned()));
    }
    kept.extend(sentence.into_iter().filter(|piece| !matches!(piece, DiffPiece::Same(text) if text.is_empty())));
}
