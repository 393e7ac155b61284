//! What became of a message whose sending was cut off, by what its thread holds now; pure.

use std::collections::HashSet;

use channel_contract::outbound::{Outbound, Receipt, Reconciliation, says_the_same};
use serde_json::Value;

use crate::audience::bare;
use crate::wire::{self, Message, SHOP_USER};

/// Looks for a message in the threads where it can be: one of the shop with the same words, that the desk does not know as
/// another one, and that was written after the message that is answered and since its command was made. A person decides
/// where the marketplace may have masked some of the words, and where one with the same is a little older than the command:
/// it may be it by a clock that differs.
pub(crate) fn find(threads: &[Value], message: &Outbound) -> Reconciliation {
    let known: HashSet<&str> = message.references.iter().chain(&message.in_reply_to).map(|id| bare(id)).collect();
    let mut later: Vec<Message> = threads.iter().flat_map(|thread| later_ones(thread, message)).collect();
    later.retain(|found| found.writer == SHOP_USER && !found.id.is_empty() && !known.contains(found.id.as_str()));
    later.sort_by_key(|found| found.at);
    let made_at = message.made_at();
    let is_younger = |found: &Message| found.at.is_none_or(|at| at >= made_at);
    match later.iter().rev().find(|found| says_the_same(&found.body, &message.text)) {
        Some(found) if is_younger(found) => {
            Reconciliation::Sent(Receipt { external_id: found.id.clone(), also_known_as: Vec::new() })
        }
        None if later.is_empty() => Reconciliation::NotSent,
        Some(_) | None => Reconciliation::CannotTell,
    }
}

/// The messages of a thread among which it can be.
fn later_ones(thread: &Value, message: &Outbound) -> Vec<Message> {
    let mut all: Vec<Message> = wire::list(thread, "messages").iter().map(Message::read).collect();
    all.sort_by_key(|found| found.at);
    let answered = message.in_reply_to.as_deref().map(bare);
    if let Some(at) = all.iter().position(|found| Some(found.id.as_str()) == answered) {
        all.drain(..=at);
    }
    let since = message.since();
    all.retain(|found| found.at.is_none_or(|at| at >= since));
    all
}
