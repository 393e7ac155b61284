//! What became of a message: what it said before, and the signs on it. What was taken back can be read by who asks for it.

use askama::Template;

use super::message::FileView;
use crate::model::Ts;
use crate::model::message_change::{MessageChanges, Sign};
use crate::web::filters;
use crate::web::page::Page;
use crate::web::parts::{When, fragments};
use crate::web::text::{Beginning, beginning};

fragments!(ChangedView);

/// How many bytes of HTML each earlier text has in a page.
const TEXT: usize = 30 * 1024;

/// What stands below a message that changed.
#[derive(Debug, Template)]
#[template(path = "conversations/changed.html")]
pub(super) struct ChangedView {
    taken_back: bool,
    earlier: Vec<EarlierText>,
    /// Its files, where it was taken back.
    files: Vec<FileView>,
    signs: Vec<SignView>,
}

/// A text that it says no longer.
#[derive(Debug)]
struct EarlierText {
    /// Since when it said so; nothing of the first.
    when: Option<When>,
    words: Beginning,
}

/// A sign, and whose it is.
#[derive(Debug)]
struct SignView {
    sign: String,
    name: String,
}

impl ChangedView {
    /// What became of a message; the files of one that was taken back lie behind its words.
    pub(super) fn new(page: &Page, changes: &MessageChanges, files: Vec<FileView>) -> Self {
        let text = |(at, words): (Option<Ts>, &str)| EarlierText {
            when: at.map(|at| When::ago(page.reader, at)),
            words: beginning(words, TEXT),
        };
        let sign = |sign: &Sign| SignView { sign: sign.sign.clone(), name: sign.name.clone() };
        Self {
            taken_back: changes.taken_back_at.is_some(),
            earlier: changes.earlier().into_iter().map(text).collect(),
            files,
            signs: changes.shown_signs().map(sign).collect(),
        }
    }
}
