//! What became of a message whose sending was cut off, by what its thread holds now; pure.

use std::collections::HashSet;

use channel_contract::outbound::{Outbound, Receipt, Reconciliation, says_the_same};
use serde_json::Value;

use crate::audience::bare;
use crate::wire::{self, Message, SHOP_USER};

/// Looks for a message in its thread: one of the shop with the same words, that the desk does not know as another one, and
/// that was written after the message that is answered and since its command was made. A person decides where the
/// marketplace may have masked some of the words; where several say the same, for the shop's people write at the marketplace
/// too; and where the one that does has no date or is a little older than the command: it may be it by a clock that differs.
pub(crate) fn find(thread: &Value, message: &Outbound) -> Reconciliation {
    let known: HashSet<&str> = message.references.iter().chain(&message.in_reply_to).map(|id| bare(id)).collect();
    let mut later = later_ones(thread, message);
    later.retain(|found| found.writer == SHOP_USER && !found.id.is_empty() && !known.contains(found.id.as_str()));
    let same: Vec<&Message> = later.iter().filter(|found| says_the_same(&found.body, &message.text)).collect();
    let made_at = message.made_at();
    match same.as_slice() {
        [found] if found.at.is_some_and(|at| at >= made_at) => {
            Reconciliation::Sent(Receipt { external_id: found.id.clone(), also_known_as: Vec::new() })
        }
        [] if later.is_empty() => Reconciliation::NotSent,
        _ => Reconciliation::CannotTell,
    }
}

/// The messages of a thread among which it can be. What has no date may be of any time.
fn later_ones(thread: &Value, message: &Outbound) -> Vec<Message> {
    let mut all: Vec<Message> = wire::list(thread, "messages").iter().map(Message::read).collect();
    all.sort_by_key(|found| (found.at.is_none(), found.at));
    let answered = message.in_reply_to.as_deref().map(bare);
    if let Some(at) = all.iter().position(|found| Some(found.id.as_str()) == answered && found.at.is_some()) {
        all.drain(..=at);
    }
    let since = message.since();
    all.retain(|found| found.at.is_none_or(|at| at >= since));
    all
}
