//! What changed in an order beside what a reply's own actions did: a refund that the reply speaks of is no surprise. Pure.

use channel_contract::effect_visible;
use channel_contract::orders::{
    Entry, EntryKind, LineQuantity, Order, OrderAction, Refund, ReturnStatus, ShipmentStatus,
};

use super::changed::differences;

/// An action that took effect, with the shop's id of what came of it; `""` if the shop named none.
#[derive(Clone, Copy, Debug)]
pub struct Effect<'a> {
    /// What was done.
    pub action: &'a OrderAction,
    /// What came of it.
    pub reference: &'a str,
}

/// What is different in `after` and was not done by `own`, in sentences. A parcel's scans, and what the carrier makes of them
/// while it is on its way, count only `with_scans`: they come several times a day, and few replies speak of them.
pub fn differences_beside(before: &Order, after: &Order, own: &[Effect<'_>], with_scans: bool) -> Vec<String> {
    let mut expected = before.clone();
    for effect in own {
        expect(&mut expected, after, effect);
    }
    if !own.is_empty() {
        // What was done decides what else can be done.
        expected.actions.clone_from(&after.actions);
    }
    if !with_scans {
        for parcel in &mut expected.shipments {
            if let Some(now) = after.shipments.iter().find(|now| now.id == parcel.id) {
                parcel.events.clone_from(&now.events);
                parcel.estimated = now.estimated;
                if is_on_its_way(parcel.status) && is_on_its_way(now.status) {
                    parcel.status = now.status;
                }
            }
        }
    }
    differences(&expected, after)
}

fn is_on_its_way(status: ShipmentStatus) -> bool {
    matches!(status, ShipmentStatus::InTransit | ShipmentStatus::OutForDelivery)
}

/// Puts an effect, as it shows in `after`, into what is expected.
fn expect(expected: &mut Order, after: &Order, effect: &Effect<'_>) {
    let bears = |id: &str| effect.reference.is_empty() || effect.reference == id;
    match effect.action {
        OrderAction::Cancel { .. } => {
            if effect_visible(effect.action, expected, after, effect.reference) {
                expected.clone_from(after);
            }
        }
        OrderAction::Refund { amount, lines, .. } => {
            let new: Vec<&Refund> =
                after.refunds.iter().filter(|now| expected.refunds.iter().all(|known| known.id != now.id)).collect();
            let own = match new.iter().find(|refund| bears(&refund.id) && refund.amount == *amount) {
                Some(refund) => vec![(*refund).clone()],
                // A shop splits a refund when two payments were made.
                None if effect_visible(effect.action, expected, after, effect.reference) => {
                    new.into_iter().cloned().collect()
                }
                None => return,
            };
            expected.refunds.extend(own);
            expect_lines(expected, after, lines);
            // A refund ends the return that it is for.
            for opened in &mut expected.returns {
                let now = after.returns.iter().find(|now| now.id == opened.id);
                if now.is_some_and(|now| now.status == ReturnStatus::Closed) {
                    opened.status = ReturnStatus::Closed;
                }
            }
        }
        OrderAction::Return { .. } | OrderAction::Exchange { .. } => {
            let known = |id: &str| expected.returns.iter().any(|known| known.id == id);
            let own = after.returns.iter().find(|now| !known(&now.id) && bears(&now.id)).cloned();
            expected.returns.extend(own);
        }
        OrderAction::Replace { lines, .. } => {
            let known = |id: &str| expected.shipments.iter().any(|known| known.id == id);
            let own = after.shipments.iter().find(|now| !known(&now.id) && bears(&now.id)).cloned();
            if let Some(parcel) = own {
                expected.shipments.push(parcel);
                expected.status = after.status;
                expect_lines(expected, after, lines);
            }
        }
        OrderAction::ChangeAddress { .. } => {
            if effect_visible(effect.action, expected, after, effect.reference) {
                expected.shipping_address.clone_from(&after.shipping_address);
            }
        }
        OrderAction::ChangeItems { .. } => {
            if effect_visible(effect.action, expected, after, effect.reference) {
                expected.lines.clone_from(&after.lines);
                let known = |id: &str| expected.entries.iter().any(|known| known.id == id);
                let noted = |entry: &&Entry| entry.what == EntryKind::ItemsChanged && !known(&entry.id);
                let own: Vec<Entry> = after.entries.iter().filter(noted).cloned().collect();
                expected.entries.extend(own);
                expect_contents(expected, after);
                if expected.total != after.total {
                    // The shop settles the difference in price.
                    expected.total = after.total;
                    expected.payments.clone_from(&after.payments);
                    expected.refunds.clone_from(&after.refunds);
                }
            }
        }
        OrderAction::Resend { .. } | OrderAction::DiscountCode { .. } | OrderAction::Note { .. } => {
            let known = |id: &str| expected.entries.iter().any(|known| known.id == id);
            let own = after.entries.iter().find(|now| !known(&now.id) && bears(&now.id)).cloned();
            expected.entries.extend(own);
        }
        OrderAction::CancelReturn { return_id, .. } => {
            let is_open = after.returns.iter().any(|now| now.id == *return_id);
            expected.returns.retain(|known| is_open || known.id != *return_id);
        }
        OrderAction::VoidCode { entry_id, .. } => {
            let counts = after.entries.iter().any(|now| now.id == *entry_id);
            expected.entries.retain(|known| counts || known.id != *entry_id);
        }
        OrderAction::ChangePayment { .. } => {
            if effect_visible(effect.action, expected, after, effect.reference) {
                expected.payments.clone_from(&after.payments);
                expected.refunds.clone_from(&after.refunds);
            }
        }
    }
}

/// What is in the parcels follows what is ordered.
fn expect_contents(expected: &mut Order, after: &Order) {
    for parcel in &mut expected.shipments {
        if let Some(now) = after.shipments.iter().find(|now| now.id == parcel.id) {
            parcel.lines.clone_from(&now.lines);
        }
    }
}

/// The quantities of the lines that an action was about follow it.
fn expect_lines(expected: &mut Order, after: &Order, about: &[LineQuantity]) {
    for line in &mut expected.lines {
        if about.iter().any(|named| named.line_id == line.id)
            && let Some(now) = after.line(&line.id)
        {
            line.current = now.current;
        }
    }
}

#[cfg(test)]
#[path = "beside_tests.rs"]
mod tests;
