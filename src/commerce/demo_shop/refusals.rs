//! Why the shop does not do something now, in sentences that a person can pass on. Pure.

use std::collections::BTreeMap;

use channel_contract::money::Money;
use channel_contract::orders::{ActionKind, Address, AllowedAction, LineQuantity, OrderAction, OrderStatus};

use super::facts::Held;
use super::progress::{hours, stock};
use crate::model::Ts;
use crate::store::demo_shop::{LineRow, ProductRow};

/// How long goods may come back after they arrived.
const RETURN_DAYS: u64 = 30;

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
            ActionKind::Return => returning(held, now),
            ActionKind::Replace => replacing(held, products, now),
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
    }
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
