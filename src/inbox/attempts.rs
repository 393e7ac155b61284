//! Of which attempt news is, where a person let a message leave once more.

use std::time::Duration;

use channel_contract::outbound::DeliveryState;

use super::place::News;
use crate::model::message::Delivery;
use crate::store::fates::Fate;

/// What is told of a moment may have happened up to so much later: some platforms count in whole seconds.
const COUNTED_IN: Duration = Duration::from_secs(1);

/// Whether news is about an attempt from before a person let the message leave once more: that one was taken or failed,
/// which says nothing of the later one. What has arrived has arrived, with whichever of them.
pub(super) fn is_of_earlier(fate: &Fate, news: &News) -> bool {
    matches!(news.state, DeliveryState::Sent | DeliveryState::Failed)
        && fate.anew_at.is_some_and(|anew_at| news.at.plus(COUNTED_IN) <= anew_at || names_earlier(fate, news))
}

/// Whether news of a message that a person let leave once more names the platform's id of another attempt beside the command,
/// which all have: some platforms tell no time.
fn names_earlier(fate: &Fate, news: &News) -> bool {
    let command = fate.id.0.to_string();
    if fate.parts > 1 || !news.named.contains(&command) {
        return false;
    }
    let ids: Vec<&String> = news.named.iter().filter(|id| **id != command).collect();
    let is_known = !fate.external_id.is_empty();
    let names_it = ids.iter().any(|id| **id == fate.external_id);
    match fate.delivery {
        // It has not left since.
        Some(Delivery::Queued) if fate.vanished == 0 => !ids.is_empty(),
        // Whatever is known is of before.
        Some(Delivery::Queued | Delivery::Sending | Delivery::Unknown | Delivery::Held) if is_known => names_it,
        Some(Delivery::Queued | Delivery::Sending | Delivery::Unknown | Delivery::Held) => {
            ids.iter().any(|id| !news.ids.contains(*id))
        }
        Some(Delivery::Sent | Delivery::Delivered | Delivery::Read | Delivery::Failed) => {
            is_known && !ids.is_empty() && !names_it
        }
        _ => false,
    }
}

/// Whether what is known of a message's id is of an attempt before the one that nobody can tell of yet.
pub(super) fn is_on_its_way_anew(fate: &Fate, before: Delivery) -> bool {
    let is_under_way = match before {
        Delivery::Sending | Delivery::Unknown | Delivery::Held => true,
        Delivery::Queued => fate.vanished > 0,
        _ => false,
    };
    is_under_way && fate.parts <= 1 && fate.anew_at.is_some()
}
