//! Whether an action shows in the order that was read back: what the desk asks before it tells a customer that
//! something happened. Pure, and in doubt it says no: a missed effect goes to a person, a false one goes to the customer.

use std::collections::BTreeMap;

use crate::money::Money;
use crate::orders::{Address, LineQuantity, Order, OrderAction, OrderStatus, Refund};

/// Whether the effect of `action` shows in `after`.
///
/// - `before` is the order as read before the *first* attempt. Refunds, returns and parcels that it already holds count
///   for nothing, so that an older refund of the same amount is never taken for this one. A cancellation and an address
///   are states: they show if they hold in `after`.
/// - `after` is the same order read back. A replacement may be an order of its own: then `after` is that order.
/// - `reference` is what the shop answered ([`crate::orders::ActionReceipt::reference`]). It must then name the refund,
///   return, parcel or new order. Give `""` if no answer came (outcome unknown): then anything new that matches exactly
///   counts.
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
        OrderAction::Return { lines, .. } => after.returns.iter().any(|opened| {
            let is_new = before.returns.iter().all(|known| known.id != opened.id);
            is_new && names(reference, &opened.id) && same_lines(lines, &opened.lines)
        }),
        OrderAction::Replace { lines, .. } => after.shipments.iter().any(|parcel| {
            let is_new = before.shipments.iter().all(|known| known.id != parcel.id);
            is_new && names(reference, &parcel.id) && same_lines(lines, &parcel.lines)
        }),
        OrderAction::ChangeAddress { address } => {
            after.status != OrderStatus::Cancelled && same_address(address, &after.shipping_address)
        }
    }
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
    let add_up = |lines: &[LineQuantity]| {
        let mut sums: BTreeMap<String, u64> = BTreeMap::new();
        for line in lines.iter().filter(|line| line.quantity > 0) {
            *sums.entry(line.line_id.clone()).or_default() += u64::from(line.quantity);
        }
        sums
    };
    let asked = add_up(asked);
    !asked.is_empty() && asked == add_up(found)
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
mod tests {
    use time::{Duration, OffsetDateTime};

    use super::*;
    use crate::money::Currency;
    use crate::orders::{Buyer, LineItem, Payment, Return, ReturnStatus, Shipment, ShipmentStatus};

    fn euros(minor: i64) -> Money {
        Money::new(minor, Currency::EUR)
    }

    fn placed() -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH + Duration::days(20_000)
    }

    fn quantity(line_id: &str, quantity: u32) -> LineQuantity {
        LineQuantity { line_id: line_id.to_owned(), quantity }
    }

    fn line(id: &str, sku: &str, ordered: u32, minor: i64) -> LineItem {
        LineItem {
            id: id.to_owned(),
            sku: sku.to_owned(),
            title: format!("Product {sku}"),
            variant: String::new(),
            ordered,
            current: ordered,
            fulfilled: 0,
            unit_price: euros(minor),
        }
    }

    fn address() -> Address {
        Address {
            name: "Mara Lind".to_owned(),
            line1: "Hafenweg 3".to_owned(),
            line2: String::new(),
            postal_code: "20457".to_owned(),
            city: "Hamburg".to_owned(),
            region: String::new(),
            country: "DE".to_owned(),
        }
    }

    fn order() -> Order {
        Order {
            id: "o1".to_owned(),
            number: "FJ-1".to_owned(),
            status: OrderStatus::Open,
            placed_at: placed(),
            updated_at: placed(),
            buyer: Buyer::default(),
            shipping_address: address(),
            lines: vec![line("l1", "CUP", 2, 1000), line("l2", "POT", 1, 3000)],
            shipping_price: euros(0),
            total: euros(5000),
            payments: vec![Payment {
                id: "p1".to_owned(),
                method: "card".to_owned(),
                amount: euros(5000),
                at: placed(),
            }],
            refunds: vec![refund("r0", 500)],
            shipments: Vec::new(),
            returns: Vec::new(),
            invoice_url: String::new(),
            actions: Vec::new(),
        }
    }

    fn refund(id: &str, minor: i64) -> Refund {
        Refund {
            id: id.to_owned(),
            amount: euros(minor),
            method: "card".to_owned(),
            reason: String::new(),
            at: placed(),
        }
    }

    fn parcel(id: &str, lines: Vec<LineQuantity>) -> Shipment {
        Shipment {
            id: id.to_owned(),
            carrier: String::new(),
            tracking_number: String::new(),
            tracking_url: String::new(),
            status: ShipmentStatus::Packed,
            shipped_at: None,
            promised: None,
            estimated: None,
            delivered_at: None,
            lines,
            events: Vec::new(),
        }
    }

    fn opened(id: &str, lines: Vec<LineQuantity>) -> Return {
        Return {
            id: id.to_owned(),
            status: ReturnStatus::Open,
            lines,
            reason: String::new(),
            label_url: String::new(),
            opened_at: placed(),
        }
    }

    /// The order after `change`.
    fn after(change: impl FnOnce(&mut Order)) -> Order {
        let mut changed = order();
        change(&mut changed);
        changed
    }

    #[test]
    fn nothing_shows_in_an_unchanged_order() {
        let moved = Address { line1: "Hafenweg 4".to_owned(), ..address() };
        for action in [
            OrderAction::Cancel { reason: String::new() },
            OrderAction::Refund { amount: euros(500), lines: Vec::new(), reason: String::new() },
            OrderAction::Return { lines: vec![quantity("l1", 1)], reason: String::new() },
            OrderAction::Replace { lines: vec![quantity("l1", 1)], reason: String::new() },
            OrderAction::ChangeAddress { address: moved },
        ] {
            for reference in ["", "r0", "o1", "FJ-1"] {
                assert!(!effect_visible(&action, &order(), &order(), reference), "{action:?} {reference:?}");
            }
        }
    }

    #[test]
    fn another_order_proves_nothing() {
        let action = OrderAction::Refund { amount: euros(700), lines: Vec::new(), reason: String::new() };
        let other = after(|order| {
            order.id = "o2".to_owned();
            order.refunds.push(refund("r1", 700));
        });
        assert!(!effect_visible(&action, &order(), &other, "r1"));
    }

    #[test]
    fn a_cancellation_shows_once_the_money_is_back() {
        let action = OrderAction::Cancel { reason: String::new() };
        let kept = after(|order| order.status = OrderStatus::Cancelled);
        assert!(!effect_visible(&action, &order(), &kept, ""));
        let done = after(|order| {
            order.status = OrderStatus::Cancelled;
            order.refunds.push(refund("r1", 4500));
        });
        assert!(effect_visible(&action, &order(), &done, ""));
        let only_money = after(|order| order.refunds.push(refund("r1", 4500)));
        assert!(!effect_visible(&action, &order(), &only_money, ""));
        let never_paid = after(|order| {
            order.status = OrderStatus::Cancelled;
            order.payments.clear();
            order.refunds.clear();
        });
        assert!(effect_visible(&action, &order(), &never_paid, ""));
    }

    #[test]
    fn a_refund_needs_the_amount_and_the_reference() {
        let action = OrderAction::Refund { amount: euros(500), lines: Vec::new(), reason: String::new() };
        let visible = |after: &Order, reference: &str| effect_visible(&action, &order(), after, reference);
        let exact = after(|order| order.refunds.push(refund("r1", 500)));
        assert!(visible(&exact, "r1"));
        assert!(visible(&exact, ""), "no answer came, but a new refund of the amount is there");
        assert!(!visible(&exact, "r0"), "the reference of an older refund");
        assert!(!visible(&exact, "r9"), "somebody else's refund of the same amount");
        assert!(!visible(&after(|order| order.refunds.push(refund("r1", 499))), "r1"));
        assert!(!visible(&after(|order| order.refunds.push(refund("r1", 5000))), "r1"));
        let dollars = after(|order| {
            order.refunds.push(Refund { amount: Money::new(500, "USD".parse().unwrap()), ..refund("r1", 0) });
        });
        assert!(!visible(&dollars, "r1"));
    }

    #[test]
    fn a_refund_split_over_two_payments_shows() {
        let action = OrderAction::Refund { amount: euros(3000), lines: Vec::new(), reason: String::new() };
        let split = after(|order| order.refunds.extend([refund("r1", 2000), refund("r2", 1000)]));
        assert!(effect_visible(&action, &order(), &split, "r1"));
        assert!(!effect_visible(&action, &order(), &split, "r9"));
        let short = after(|order| order.refunds.extend([refund("r1", 2000), refund("r2", 900)]));
        assert!(!effect_visible(&action, &order(), &short, "r1"));
    }

    #[test]
    fn a_return_needs_exactly_the_lines() {
        let action = OrderAction::Return { lines: vec![quantity("l1", 2)], reason: String::new() };
        let visible = |lines: Vec<LineQuantity>, reference: &str| {
            effect_visible(&action, &order(), &after(|order| order.returns.push(opened("b1", lines))), reference)
        };
        assert!(visible(vec![quantity("l1", 2)], "b1"));
        assert!(visible(vec![quantity("l1", 1), quantity("l1", 1)], ""));
        assert!(!visible(vec![quantity("l1", 1)], "b1"));
        assert!(!visible(vec![quantity("l1", 2), quantity("l2", 1)], "b1"));
        assert!(!visible(vec![quantity("l1", 2)], "b2"));
        let nothing = OrderAction::Return { lines: Vec::new(), reason: String::new() };
        let empty = after(|order| order.returns.push(opened("b1", Vec::new())));
        assert!(!effect_visible(&nothing, &order(), &empty, "b1"));
    }

    #[test]
    fn a_replacement_is_a_new_parcel() {
        let action = OrderAction::Replace { lines: vec![quantity("l2", 1)], reason: String::new() };
        let sent = after(|order| order.shipments.push(parcel("s1", vec![quantity("l2", 1)])));
        assert!(effect_visible(&action, &order(), &sent, "s1"));
        assert!(!effect_visible(&action, &order(), &sent, "s2"));
        assert!(!effect_visible(&action, &sent, &sent, "s1"), "the first parcel is not the second");
    }

    #[test]
    fn a_replacement_may_be_an_order_of_its_own() {
        let action = OrderAction::Replace { lines: vec![quantity("l2", 1)], reason: String::new() };
        let replacement = after(|order| {
            order.id = "o9".to_owned();
            order.number = "FJ-9".to_owned();
            order.lines = vec![line("x", "POT", 1, 0)];
            order.total = euros(0);
            order.payments.clear();
            order.refunds.clear();
        });
        let visible = |new: &Order, reference: &str| effect_visible(&action, &order(), new, reference);
        assert!(visible(&replacement, "FJ-9"));
        assert!(visible(&replacement, "o9"));
        assert!(!visible(&replacement, ""), "any free order could be meant");
        assert!(!visible(&Order { total: euros(3000), ..replacement.clone() }, "FJ-9"));
        assert!(!visible(&Order { status: OrderStatus::Cancelled, ..replacement.clone() }, "FJ-9"));
        assert!(!visible(&Order { lines: vec![line("x", "CUP", 1, 0)], ..replacement }, "FJ-9"));
    }

    #[test]
    fn an_address_may_be_tidied_but_not_mixed() {
        let asked = Address {
            line1: "hafenweg  4".to_owned(),
            line2: String::new(),
            postal_code: "SW1A1AA".to_owned(),
            ..address()
        };
        let visible = |found: Address| {
            let action = OrderAction::ChangeAddress { address: asked.clone() };
            effect_visible(&action, &order(), &after(|order| order.shipping_address = found), "")
        };
        let tidied = Address {
            line1: "Hafenweg 4".to_owned(),
            postal_code: "SW1A 1AA".to_owned(),
            region: "HH".to_owned(),
            ..address()
        };
        assert!(visible(tidied.clone()));
        assert!(!visible(Address { line2: "3rd floor".to_owned(), ..tidied.clone() }));
        assert!(!visible(Address { city: "Bremen".to_owned(), ..tidied.clone() }));
        assert!(!visible(Address { postal_code: "SW1A 1AB".to_owned(), ..tidied }));
    }
}
