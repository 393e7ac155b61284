//! What became of a message whose sending was cut off, by what its thread holds now; pure.

use std::collections::HashSet;

use channel_contract::outbound::{Outbound, Receipt, Reconciliation};
use serde_json::Value;
use time::{Duration, OffsetDateTime};

use crate::audience::bare;
use crate::wire::{self, Message, SHOP_USER};

/// How much the clocks of the desk and the marketplace may differ.
const CLOCKS_DIFFER: Duration = Duration::minutes(5);

/// Looks for a message in the threads where it can be: one of the shop with the same words, that the desk does not know as
/// another one, and that was written after the message that is answered, or after the sending began. The marketplace may
/// have masked some of the words: then a person decides.
pub(crate) fn find(threads: &[Value], message: &Outbound) -> Reconciliation {
    let known: HashSet<&str> = message.references.iter().chain(&message.in_reply_to).map(|id| bare(id)).collect();
    let mut later: Vec<Message> = threads.iter().flat_map(|thread| later_ones(thread, message)).collect();
    later.retain(|found| found.writer == SHOP_USER && !found.id.is_empty() && !known.contains(found.id.as_str()));
    later.sort_by_key(|found| found.at);
    let words = joined(&message.text);
    match later.iter().rev().find(|found| joined(&found.body) == words) {
        Some(found) => Reconciliation::Sent(Receipt { external_id: found.id.clone(), also_known_as: Vec::new() }),
        None if later.is_empty() => Reconciliation::NotSent,
        None => Reconciliation::CannotTell,
    }
}

/// The messages of a thread among which it can be.
fn later_ones(thread: &Value, message: &Outbound) -> Vec<Message> {
    let mut all: Vec<Message> = wire::list(thread, "messages").iter().map(Message::read).collect();
    all.sort_by_key(|found| found.at);
    let answered = message.in_reply_to.as_deref().map(bare);
    if let Some(at) = all.iter().position(|found| Some(found.id.as_str()) == answered) {
        return all.split_off(at + 1);
    }
    let begun = begun(message).saturating_sub(CLOCKS_DIFFER);
    all.retain(|found| found.at.is_none_or(|at| at >= begun));
    all
}

/// When the sending began at the earliest: a command's id says when it was made.
fn begun(message: &Outbound) -> OffsetDateTime {
    let made = message.command_id.get_timestamp().and_then(|made| {
        let seconds = i64::try_from(made.to_unix().0).ok()?;
        OffsetDateTime::from_unix_timestamp(seconds).ok()
    });
    made.map_or(message.now, |made| made.min(message.now))
}

/// Words with one blank between them: line ends are written anew on the way.
fn joined(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
