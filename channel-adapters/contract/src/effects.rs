//! Whether an action shows in the order that was read back: what the desk asks before it tells a customer that
//! something happened. Pure, and in doubt it says no: a missed effect goes to a person, a false one goes to the customer.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::money::Money;
use crate::orders::{
    Address, Entry, EntryKind, LineChange, LineItem, LineQuantity, Order, OrderAction, OrderStatus, Refund, Return,
};

/// Whether the effect of `action` shows in `after`.
///
/// - `before` is the order as read before the *first* attempt. Refunds, returns and parcels that it already holds count
///   for nothing, so that an older refund of the same amount is never taken for this one. A cancellation, an address and
///   other items are states: they show if they hold in `after`.
/// - `after` is the same order read back. A replacement may be an order of its own: then `after` is that order.
/// - `reference` is what the shop answered ([`crate::orders::ActionReceipt::reference`]). It must then name the refund,
///   return, parcel, entry or new order. Give `""` if no answer came (outcome unknown): then anything new that matches
///   exactly counts.
pub fn effect_visible(action: &OrderAction, before: &Order, after: &Order, reference: &str) -> bool {
    if let OrderAction::Replace { lines, .. } = action
        && before.id != after.id
    {
        return is_replacement_order(lines, before, after, reference);
    }
    if before.id != after.id {
        return false;
    }
    match action {
        OrderAction::Cancel { .. } => after.status == OrderStatus::Cancelled && nothing_left_to_refund(after),
        OrderAction::Refund { amount, .. } => refund_shows(*amount, before, after, reference),
        OrderAction::Return { lines, .. } => {
            new_return(before, after, reference, |opened| same_lines(lines, &opened.lines))
        }
        OrderAction::Replace { lines, .. } => after.shipments.iter().any(|parcel| {
            let is_new = before.shipments.iter().all(|known| known.id != parcel.id);
            is_new && names(reference, &parcel.id) && same_lines(lines, &parcel.lines)
        }),
        OrderAction::ChangeAddress { address } => {
            after.status != OrderStatus::Cancelled && same_address(address, &after.shipping_address)
        }
        OrderAction::Exchange { changes, .. } => {
            new_return(before, after, reference, |opened| same_exchange(changes, opened))
        }
        OrderAction::ChangeItems { changes, .. } => {
            let shows = !changes.is_empty() && changes.iter().all(|change| item_shows(change, after));
            after.status != OrderStatus::Cancelled && shows
        }
        OrderAction::Resend { document } => new_entry(
            before,
            after,
            reference,
            |what| matches!(what, EntryKind::Sent { document: sent } if sent == document),
        ),
        OrderAction::DiscountCode { discount, expires_at, .. } => new_entry(before, after, reference, |what| {
            let EntryKind::Code { discount: made, expires_at: until, .. } = what else { return false };
            // Shops keep whole seconds.
            made == discount && until.unix_timestamp() == expires_at.unix_timestamp()
        }),
        OrderAction::Note { text } => new_entry(
            before,
            after,
            reference,
            |what| matches!(what, EntryKind::Note { text: noted } if noted.trim() == text.trim()),
        ),
        OrderAction::CancelReturn { return_id, .. } => after.returns.iter().all(|open| open.id != *return_id),
        OrderAction::VoidCode { entry_id, .. } => after.entries.iter().all(|entry| entry.id != *entry_id),
        OrderAction::ChangePayment { method } => {
            let is_new = |id: &str| before.payments.iter().all(|known| known.id != id);
            let is_it = |name: &str| after.method(method).is_some_and(|method| method.name == name);
            let paid = after.payments.iter().any(|payment| is_new(&payment.id) && is_it(&payment.method));
            paid && after.status != OrderStatus::Cancelled
        }
    }
}

/// What showed that an action took effect: in which order, and what of it, by the shop's ids.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Trace {
    /// The order in which it showed: for a replacement that is an order of its own, that order.
    pub order_id: String,
    /// Refunds that were new in it.
    pub refunds: Vec<String>,
    /// Returns that were new in it.
    pub returns: Vec<String>,
    /// Parcels that were new in it.
    pub parcels: Vec<String>,
    /// Entries that were new in it.
    pub entries: Vec<String>,
}

impl Trace {
    /// What is new in `after`, or bears the reference; both as for [`effect_visible`].
    pub fn between(before: &Order, after: &Order, reference: &str) -> Self {
        if before.id != after.id {
            return Self { order_id: after.id.clone(), ..Self::default() };
        }
        Self {
            order_id: after.id.clone(),
            refunds: new_among(&refunds_of(before), refunds_of(after), reference),
            returns: new_among(&returns_of(before), returns_of(after), reference),
            parcels: new_among(&parcels_of(before), parcels_of(after), reference),
            entries: new_among(&entries_of(before), entries_of(after), reference),
        }
    }
}

fn new_among(known: &[&str], found: Vec<&str>, reference: &str) -> Vec<String> {
    let is_new = |id: &&str| !known.contains(id) || (!reference.is_empty() && *id == reference);
    found.into_iter().filter(is_new).map(str::to_owned).collect()
}

fn refunds_of(order: &Order) -> Vec<&str> {
    order.refunds.iter().map(|refund| refund.id.as_str()).collect()
}

fn returns_of(order: &Order) -> Vec<&str> {
    order.returns.iter().map(|opened| opened.id.as_str()).collect()
}

fn parcels_of(order: &Order) -> Vec<&str> {
    order.shipments.iter().map(|parcel| parcel.id.as_str()).collect()
}

fn entries_of(order: &Order) -> Vec<&str> {
    order.entries.iter().map(|entry| entry.id.as_str()).collect()
}

/// Whether the effect of an action still shows long after it was seen. `original` is the action's order and `now` the one in
/// which the effect showed, both as read now: what the trace does not name came later, or was there before, and counts for
/// nothing.
pub fn still_visible(action: &OrderAction, (original, now): (&Order, &Order), trace: &Trace, reference: &str) -> bool {
    if original.id != now.id {
        return effect_visible(action, original, now, reference);
    }
    let mut before = now.clone();
    before.refunds.retain(|refund| !trace.refunds.contains(&refund.id));
    before.returns.retain(|opened| !trace.returns.contains(&opened.id));
    before.shipments.retain(|parcel| !trace.parcels.contains(&parcel.id));
    before.entries.retain(|entry| !trace.entries.contains(&entry.id));
    effect_visible(action, &before, now, reference)
}

/// What takes an action back that took effect, where something does. `before` is the order as it was, and `reference` names
/// what came of it. Whether the shop would do it now is for [`Order::refusal`] to say.
pub fn way_back(action: &OrderAction, before: &Order, reference: &str) -> Option<OrderAction> {
    let reason = || "Taken back.".to_owned();
    match action {
        OrderAction::Return { .. } | OrderAction::Exchange { .. } if !reference.is_empty() => {
            Some(OrderAction::CancelReturn { return_id: reference.to_owned(), reason: reason() })
        }
        OrderAction::DiscountCode { .. } if !reference.is_empty() => {
            Some(OrderAction::VoidCode { entry_id: reference.to_owned(), reason: reason() })
        }
        OrderAction::ChangeAddress { address } if !same_address(address, &before.shipping_address) => {
            Some(OrderAction::ChangeAddress { address: before.shipping_address.clone() })
        }
        _ => None,
    }
}

fn new_return(before: &Order, after: &Order, reference: &str, fits: impl Fn(&Return) -> bool) -> bool {
    let is_new = |opened: &Return| before.returns.iter().all(|known| known.id != opened.id);
    after.returns.iter().any(|opened| is_new(opened) && names(reference, &opened.id) && fits(opened))
}

fn new_entry(before: &Order, after: &Order, reference: &str, fits: impl Fn(&EntryKind) -> bool) -> bool {
    let is_new = |entry: &Entry| before.entries.iter().all(|known| known.id != entry.id);
    after.entries.iter().any(|entry| is_new(entry) && names(reference, &entry.id) && fits(&entry.what))
}

/// What comes back, and exactly what was asked for is sent for it.
fn same_exchange(changes: &[LineChange], opened: &Return) -> bool {
    let back = |change: &LineChange| LineQuantity { line_id: change.line_id.clone(), quantity: change.quantity };
    let back: Vec<LineQuantity> = changes.iter().map(back).collect();
    let wanted = add_up(changes.iter().map(|change| (change.sku.as_str(), change.quantity)));
    let sent = add_up(opened.exchange.iter().map(|goods| (goods.sku.as_str(), goods.quantity)));
    same_lines(&back, &opened.lines) && wanted == sent
}

/// The line holds it, or another one does where the shop puts a new line in its place.
fn item_shows(change: &LineChange, after: &Order) -> bool {
    if let Some(line) = after.line(&change.line_id).filter(|line| line.current > 0) {
        return line.sku == change.sku && line.current == change.quantity;
    }
    let instead = |line: &LineItem| line.sku == change.sku && line.current >= change.quantity;
    change.quantity == 0 || after.lines.iter().any(instead)
}

/// No reference fits everything.
fn names(reference: &str, id: &str) -> bool {
    reference.is_empty() || reference == id
}

/// A cancellation gives the money back: an order that still keeps some of it is not done.
fn nothing_left_to_refund(order: &Order) -> bool {
    let one_currency = order.payments.iter().map(|payment| payment.amount.currency);
    let mut one_currency = one_currency.chain(order.refunds.iter().map(|refund| refund.amount.currency));
    one_currency.all(|currency| currency == order.currency()) && order.refundable().minor == 0
}

/// One new refund of the amount, or several that add up to it (a shop splits a refund when two payments were made).
fn refund_shows(amount: Money, before: &Order, after: &Order, reference: &str) -> bool {
    let is_new = |refund: &&Refund| before.refunds.iter().all(|known| known.id != refund.id);
    let new: Vec<&Refund> = after.refunds.iter().filter(is_new).collect();
    let is_split =
        || Money::sum(new.iter().map(|refund| refund.amount), amount.currency).is_ok_and(|sum| sum == amount);
    amount.minor > 0 && new.iter().any(|refund| names(reference, &refund.id) && (refund.amount == amount || is_split()))
}

/// A replacement sent as an order of its own: bears the reference, costs nothing, holds exactly these goods.
fn is_replacement_order(lines: &[LineQuantity], original: &Order, new: &Order, reference: &str) -> bool {
    let mut wanted: BTreeMap<(&str, &str, &str), u64> = BTreeMap::new();
    for wish in lines {
        let Some(line) = original.line(&wish.line_id) else { return false };
        *wanted.entry((&line.sku, &line.title, &line.variant)).or_default() += u64::from(wish.quantity);
    }
    let mut sent: BTreeMap<(&str, &str, &str), u64> = BTreeMap::new();
    for line in &new.lines {
        *sent.entry((&line.sku, &line.title, &line.variant)).or_default() += u64::from(line.current);
    }
    wanted.retain(|_, quantity| *quantity > 0);
    sent.retain(|_, quantity| *quantity > 0);
    let bears_reference = !reference.is_empty() && (new.number == reference || new.id == reference);
    let alive = new.status != OrderStatus::Cancelled && new.placed_at >= original.placed_at;
    bears_reference && alive && new.total.minor == 0 && !wanted.is_empty() && wanted == sent
}

/// The same quantities, however they are split over entries. Nothing asked for is nothing to see.
fn same_lines(asked: &[LineQuantity], found: &[LineQuantity]) -> bool {
    let of = |line: &LineQuantity| (line.line_id.clone(), line.quantity);
    let asked = add_up(asked.iter().map(of));
    !asked.is_empty() && asked == add_up(found.iter().map(of))
}

fn add_up<Name: Ord>(parts: impl Iterator<Item = (Name, u32)>) -> BTreeMap<Name, u64> {
    let mut sums = BTreeMap::new();
    for (name, quantity) in parts.filter(|(_, quantity)| *quantity > 0) {
        let sum: &mut u64 = sums.entry(name).or_default();
        *sum += u64::from(quantity);
    }
    sums
}

/// The same place. Shops tidy case and spaces and fill in the region, and that is no difference; a second address line
/// that stayed behind from the old address is one.
fn same_address(asked: &Address, found: &Address) -> bool {
    let tidy = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let compact = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
    let pairs = [
        (&asked.name, &found.name),
        (&asked.line1, &found.line1),
        (&asked.line2, &found.line2),
        (&asked.city, &found.city),
        (&asked.country, &found.country),
    ];
    pairs.iter().all(|(asked, found)| tidy(asked) == tidy(found))
        && compact(&asked.postal_code) == compact(&found.postal_code)
        && (asked.region.trim().is_empty() || tidy(&asked.region) == tidy(&found.region))
}

#[cfg(test)]
#[path = "effects_tests.rs"]
mod tests;
