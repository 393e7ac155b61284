//! Where a page of a list ended, as a word of addresses: pages and API use the same.

use super::error::Error;
use crate::model::{ApprovalId, ConversationId, Ts};
use crate::store::approvals;
use crate::store::conversations::Cursor;
use crate::store::saved_views::Behind;
use crate::store::search;

/// `{microseconds}.{conversation id}`.
pub(super) fn cursor_text(cursor: Cursor) -> String {
    format!("{}.{}", cursor.at.0, cursor.id.0.simple())
}

/// Reads [`cursor_text`].
pub(super) fn cursor_of(text: &str) -> Result<Cursor, Error> {
    let (at, id) = text.split_once('.').ok_or_else(not_ours)?;
    let id = id.parse::<ConversationId>().map_err(|_| not_ours())?;
    Ok(Cursor { at: Ts(at.parse().map_err(|_| not_ours())?), id })
}

/// Of what waits for a person: `{microseconds}.{approval id}`.
pub(super) fn approval_cursor_text(cursor: approvals::Cursor) -> String {
    format!("{}.{}", cursor.at.0, cursor.id.0.simple())
}

/// Reads [`approval_cursor_text`].
pub(super) fn approval_cursor_of(text: &str) -> Result<approvals::Cursor, Error> {
    let (at, id) = text.split_once('.').ok_or_else(not_ours)?;
    let id = id.parse::<ApprovalId>().map_err(|_| not_ours())?;
    Ok(approvals::Cursor { at: Ts(at.parse().map_err(|_| not_ours())?), id })
}

/// Of a list that somebody put together: a row as it is, a hit behind an `h`.
pub(super) fn behind_text(behind: Behind) -> String {
    match behind {
        Behind::Row(cursor) => cursor_text(cursor),
        Behind::Hit(cursor) => format!("h{cursor}"),
    }
}

/// Reads [`behind_text`].
pub(super) fn behind_of(text: &str) -> Result<Behind, Error> {
    match text.strip_prefix('h') {
        Some(hit) => search_cursor_of(hit).map(Behind::Hit),
        None => cursor_of(text).map(Behind::Row),
    }
}

/// Reads the cursor of a search.
pub(super) fn search_cursor_of(text: &str) -> Result<search::Cursor, Error> {
    text.parse().map_err(|_| not_ours())
}

/// Of what was said in a conversation, going back: behind an `m` the number of the message before which a page goes on.
pub(super) fn message_cursor_text(seq: i64) -> String {
    format!("m{seq}")
}

/// Reads [`message_cursor_text`].
pub(super) fn message_cursor_of(text: &str) -> Result<i64, Error> {
    text.strip_prefix('m').and_then(|seq| seq.parse().ok()).ok_or_else(not_ours)
}

fn not_ours() -> Error {
    Error::Invalid("This cursor is not one of ours. Begin at the first page.".to_owned())
}
