//! Why the shop does not do something now, in sentences that a person can pass on. Pure.

use std::collections::BTreeMap;

use channel_contract::money::Money;
use channel_contract::orders::{
    ActionKind, Address, AllowedAction, Discount, Document, EntryKind, LineChange, LineQuantity, OrderAction,
    OrderStatus, ReturnStatus,
};

use super::facts::Held;
use super::items;
use super::progress::{hours, return_status, stock};
use crate::model::Ts;
use crate::store::demo_shop::{LineRow, ProductRow};

/// How long goods may come back after they arrived.
const RETURN_DAYS: u64 = 30;

/// The most that a code takes off.
const MOST_PERCENT: u8 = 50;

/// How long a code counts at most.
const LONGEST_CODE_DAYS: u64 = 366;

/// The shop keeps no ways to pay.
pub(super) const PAID_AS_IT_IS: &str = "The shop cannot change how an order was paid.";

const LEFT_THE_BUYER: &str = "The goods are on their way back already, so the return cannot be called off.";

/// Where the shop delivers to.
const COUNTRIES: [&str; 20] = [
    "AT", "BE", "CH", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "IE", "IT", "LU", "NL", "NO", "PL", "PT", "SE",
    "SI",
];

/// What the shop would do with an order now.
pub(super) fn all(held: &Held, products: &BTreeMap<String, ProductRow>, now: Ts) -> Vec<AllowedAction> {
    let allowed = ActionKind::ALL.into_iter().map(|kind| AllowedAction {
        kind,
        refused_because: match kind {
            ActionKind::Cancel => before_shipping(held, now, "cancelled"),
            ActionKind::ChangeAddress => before_shipping(held, now, "sent to another address"),
            ActionKind::Refund => refund(held),
            ActionKind::Return | ActionKind::Exchange => returning(held, now),
            ActionKind::Replace => replacing(held, products, now),
            ActionKind::ChangeItems => before_shipping(held, now, "changed"),
            ActionKind::Resend | ActionKind::DiscountCode => {
                held.order.email.is_empty().then(|| "The shop has no address of the buyer.".to_owned())
            }
            ActionKind::Note => None,
            ActionKind::CancelReturn => calling_off(held, now),
            ActionKind::VoidCode => voiding(held),
            ActionKind::ChangePayment => Some(PAID_AS_IT_IS.to_owned()),
        },
    });
    allowed.collect()
}

/// Why the shop does not do exactly this, on an order where the kind of action is possible.
pub(super) fn of(
    held: &Held,
    products: &BTreeMap<String, ProductRow>,
    action: &OrderAction,
    now: Ts,
) -> Option<String> {
    match action {
        OrderAction::Cancel { .. } => None,
        OrderAction::Refund { amount, lines, .. } => {
            amount_refused(held, *amount).or_else(|| unknown_line(held, lines))
        }
        OrderAction::Return { lines, .. } => {
            lines_refused(held, lines).or_else(|| lines.iter().find_map(|line| return_refused(held, line, now)))
        }
        OrderAction::Replace { lines, .. } => lines_refused(held, lines)
            .or_else(|| lines.iter().find_map(|line| replacement_refused(held, products, line, now))),
        OrderAction::ChangeAddress { address } => address_refused(address),
        OrderAction::Exchange { changes, .. } => {
            let back = items::come_back(changes);
            lines_refused(held, &back)
                .or_else(|| back.iter().find_map(|line| return_refused(held, line, now)))
                .or_else(|| changes.iter().find_map(|change| exchange_refused(held, products, change, now)))
        }
        OrderAction::ChangeItems { changes, .. } => items_refused(held, products, changes, now),
        OrderAction::Resend { document } => document_refused(held, *document, now),
        OrderAction::DiscountCode { discount, expires_at, .. } => {
            discount_refused(held, *discount).or_else(|| expiry_refused(Ts::from_datetime(*expires_at), now))
        }
        OrderAction::Note { text } => text.trim().is_empty().then(|| "The note says nothing.".to_owned()),
        OrderAction::CancelReturn { return_id, .. } => {
            let open = held.returns.iter().find(|row| row.id == *return_id);
            match open.map(|row| return_status(&row.plan, now).0) {
                None => Some("The order has no such return.".to_owned()),
                Some(ReturnStatus::Open) => None,
                Some(_) => Some(LEFT_THE_BUYER.to_owned()),
            }
        }
        OrderAction::VoidCode { entry_id, .. } => {
            let is_it = |what: &EntryKind| matches!(what, EntryKind::Code { .. });
            let there = held.entries().iter().any(|entry| entry.id == *entry_id && is_it(&entry.what));
            (!there).then(|| "There is no such code.".to_owned())
        }
        OrderAction::ChangePayment { .. } => Some(PAID_AS_IT_IS.to_owned()),
    }
}

fn calling_off(held: &Held, now: Ts) -> Option<String> {
    if held.returns.is_empty() {
        return Some("The order has no return.".to_owned());
    }
    let none = held.returns.iter().all(|row| return_status(&row.plan, now).0 != ReturnStatus::Open);
    none.then(|| LEFT_THE_BUYER.to_owned())
}

fn voiding(held: &Held) -> Option<String> {
    let is_there = held.entries().iter().any(|entry| matches!(entry.what, EntryKind::Code { .. }));
    (!is_there).then(|| "The buyer has no code that could be ended.".to_owned())
}

/// Goods are exchanged for another variant of the same product at the same price.
fn exchange_refused(
    held: &Held,
    products: &BTreeMap<String, ProductRow>,
    change: &LineChange,
    now: Ts,
) -> Option<String> {
    let Some(changed) = items::changed(held, products, change) else { return Some(not_a_variant(change)) };
    let line = held.lines.iter().find(|line| line.id == change.line_id)?;
    if changed.unit_minor != line.unit_minor {
        let price = |minor: i64| Money::new(minor, held.currency());
        let (new, old) = (price(changed.unit_minor), price(line.unit_minor));
        return Some(format!("{} costs {new}, not {old}: the difference is settled with a new order.", change.sku));
    }
    short_of(products, change, now)
}

fn items_refused(
    held: &Held,
    products: &BTreeMap<String, ProductRow>,
    changes: &[LineChange],
    now: Ts,
) -> Option<String> {
    let Some(lines) = items::all_changed(held, products, changes) else {
        let unknown = changes.iter().find(|change| items::changed(held, products, change).is_none());
        return Some(unknown.map_or_else(|| "No product was named, or one twice.".to_owned(), not_a_variant));
    };
    if items::all_lines(held, &lines).iter().all(|line| line.quantity == 0) {
        return Some("Nothing would be left of the order: cancel it.".to_owned());
    }
    let more = items::saved(held, &lines).saturating_neg();
    if more > 0 {
        let more = Money::new(more, held.currency());
        return Some(format!("The change costs {more} more, which only a new order can take."));
    }
    let is_other =
        |change: &LineChange| held.lines.iter().any(|line| line.id == change.line_id && line.sku != change.sku);
    changes.iter().filter(|change| is_other(change)).find_map(|change| short_of(products, change, now))
}

fn not_a_variant(change: &LineChange) -> String {
    format!("{} is no variant of what was ordered.", change.sku)
}

fn short_of(products: &BTreeMap<String, ProductRow>, change: &LineChange, now: Ts) -> Option<String> {
    let left = in_stock(products, &change.sku, now);
    (change.quantity > left).then(|| format!("Only {left} of {} are in stock.", change.sku))
}

fn document_refused(held: &Held, document: Document, now: Ts) -> Option<String> {
    match document {
        Document::ReturnLabel if held.returns.is_empty() => Some("The order has no return.".to_owned()),
        Document::Tracking if held.first_left(now).is_none() => Some("No parcel has left yet.".to_owned()),
        _ => None,
    }
}

fn discount_refused(held: &Held, discount: Discount) -> Option<String> {
    match discount {
        Discount::Percent(percent) if percent == 0 || percent > MOST_PERCENT => {
            Some(format!("A code takes off 1 to {MOST_PERCENT} %."))
        }
        Discount::Amount(amount) if amount.currency != held.currency() || amount.minor <= 0 => {
            Some(format!("A code takes off an amount in {}.", held.currency()))
        }
        _ => None,
    }
}

fn expiry_refused(until: Ts, now: Ts) -> Option<String> {
    let fits = until > now && until <= now.plus(hours(24 * LONGEST_CODE_DAYS));
    (!fits).then(|| format!("A code counts for up to {LONGEST_CODE_DAYS} days."))
}

fn before_shipping(held: &Held, now: Ts, what: &str) -> Option<String> {
    match held.status(now) {
        OrderStatus::Open => None,
        OrderStatus::Cancelled => Some("The order is cancelled already.".to_owned()),
        OrderStatus::PartlyShipped => Some(format!("Part of the order was shipped already, so it cannot be {what}.")),
        OrderStatus::Shipped | OrderStatus::Delivered => Some(match held.first_left(now) {
            Some(left) => format!("The order was shipped on {}, so it cannot be {what} any more.", day(left)),
            None => format!("The order was shipped already, so it cannot be {what} any more."),
        }),
    }
}

fn refund(held: &Held) -> Option<String> {
    if held.payments.is_empty() {
        return Some("Nothing was paid for this order, so there is nothing to refund.".to_owned());
    }
    (held.left_to_refund() == 0).then(|| "All that was paid has been refunded already.".to_owned())
}

fn returning(held: &Held, now: Ts) -> Option<String> {
    if held.order.cancelled_at.is_some() {
        return Some("The order is cancelled.".to_owned());
    }
    let arrived: Vec<(&LineRow, Ts)> =
        held.lines.iter().filter_map(|line| Some((line, held.arrived(&line.id, now).1?))).collect();
    let Some(last) = arrived.iter().map(|(_, at)| *at).max() else {
        return Some("Nothing has arrived yet that could come back.".to_owned());
    };
    if return_ends(last) < now {
        return Some(too_late(last));
    }
    let all_back = arrived.iter().all(|(line, _)| held.coming_back(&line.id) >= held.arrived(&line.id, now).0);
    all_back.then(|| "Everything that arrived is in a return already.".to_owned())
}

fn replacing(held: &Held, products: &BTreeMap<String, ProductRow>, now: Ts) -> Option<String> {
    if held.order.cancelled_at.is_some() {
        return Some("The order is cancelled.".to_owned());
    }
    if held.first_left(now).is_none() {
        return Some("Nothing was shipped yet, so there is nothing to replace.".to_owned());
    }
    let none = held.lines.iter().all(|line| in_stock(products, &line.sku, now) == 0);
    none.then(|| "None of the ordered products is in stock.".to_owned())
}

fn amount_refused(held: &Held, amount: Money) -> Option<String> {
    let left = Money::new(held.left_to_refund(), held.currency());
    if amount.currency != left.currency {
        return Some(format!("The order was paid in {}, not in {}.", left.currency, amount.currency));
    }
    if amount.minor <= 0 {
        return Some("A refund must be more than nothing.".to_owned());
    }
    (amount.minor > left.minor).then(|| format!("{amount} is more than the {left} that can still be refunded."))
}

fn lines_refused(held: &Held, lines: &[LineQuantity]) -> Option<String> {
    if lines.iter().all(|line| line.quantity == 0) {
        return Some("No product was named.".to_owned());
    }
    let twice =
        lines.iter().enumerate().any(|(place, line)| lines.iter().take(place).any(|l| l.line_id == line.line_id));
    if twice {
        return Some("A product was named twice.".to_owned());
    }
    unknown_line(held, lines)
}

fn unknown_line(held: &Held, lines: &[LineQuantity]) -> Option<String> {
    lines.iter().find_map(|asked| match line_of(held, asked) {
        None => Some("The order has no such line.".to_owned()),
        Some(line) if asked.quantity > line.wanted() => {
            Some(format!("Only {} of {} were ordered.", line.wanted(), line.title))
        }
        Some(_) => None,
    })
}

fn return_refused(held: &Held, asked: &LineQuantity, now: Ts) -> Option<String> {
    let line = line_of(held, asked)?;
    let (arrived, last) = held.arrived(&line.id, now);
    let Some(last) = last else { return Some(format!("{} has not arrived yet.", line.title)) };
    if return_ends(last) < now {
        return Some(too_late(last));
    }
    let free = arrived.saturating_sub(held.coming_back(&line.id));
    (asked.quantity > free).then(|| match free {
        0 => format!("{} is in a return already.", line.title),
        _ => format!("Only {free} of {} can still come back.", line.title),
    })
}

fn replacement_refused(
    held: &Held,
    products: &BTreeMap<String, ProductRow>,
    asked: &LineQuantity,
    now: Ts,
) -> Option<String> {
    let line = line_of(held, asked)?;
    if held.handed_over(&line.id, now) < asked.quantity {
        return Some(format!("{} was not shipped yet, so there is nothing to replace.", line.title));
    }
    let left = in_stock(products, &line.sku, now);
    (asked.quantity > left).then(|| match left {
        0 => format!("{} ({}) is out of stock.", line.title, line.variant),
        _ => format!("Only {left} of {} ({}) are in stock.", line.title, line.variant),
    })
}

fn address_refused(address: &Address) -> Option<String> {
    let needed = [
        (&address.name, "a name"),
        (&address.line1, "a street"),
        (&address.postal_code, "a postal code"),
        (&address.city, "a town"),
    ];
    if let Some((_, what)) = needed.iter().find(|(text, _)| text.trim().is_empty()) {
        return Some(format!("The new address lacks {what}."));
    }
    let known = COUNTRIES.contains(&address.country.as_str());
    (!known).then(|| format!("The shop does not deliver to this country ({}).", address.country))
}

fn line_of<'a>(held: &'a Held, asked: &LineQuantity) -> Option<&'a LineRow> {
    held.lines.iter().find(|line| line.id == asked.line_id)
}

fn in_stock(products: &BTreeMap<String, ProductRow>, sku: &str, now: Ts) -> u32 {
    products.get(sku).map_or(0, |product| stock(product, now))
}

fn return_ends(arrived: Ts) -> Ts {
    arrived.plus(hours(24 * RETURN_DAYS))
}

fn too_late(arrived: Ts) -> String {
    format!("The {RETURN_DAYS} days for returns ended on {}.", day(return_ends(arrived)))
}

/// A day as the shop writes it: `20 November 2026`.
pub(super) fn day(moment: Ts) -> String {
    let date = moment.datetime().date();
    format!("{} {} {}", date.day(), date.month(), date.year())
}
