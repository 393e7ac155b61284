//! Whether an action fits an order, judged by the order alone: asked before the shop is, and by forms. Pure.

use channel_contract::money::Money;
use channel_contract::orders::{
    ActionKind, Discount, Document, EntryKind, LineChange, LineItem, LineQuantity, Order, OrderAction, RefundKind,
    ReturnStatus,
};

/// The most percent that a discount code takes off.
const MOST_PERCENT: u8 = 100;
/// The longest note, in characters.
const LONGEST_NOTE: usize = 2_000;

/// Why an action cannot be done on this order; `None` when it can.
pub fn precondition(order: &Order, action: &OrderAction) -> Option<String> {
    if let Some(reason) = order.refusal(action.kind()) {
        return Some(reason);
    }
    match action {
        OrderAction::Cancel { .. } | OrderAction::ChangeAddress { .. } => None,
        OrderAction::Refund { amount, lines, gives_back, .. } => refund_refused(order, *amount)
            .or_else(|| foreign(order, lines))
            .or_else(|| kind_refused(order, *amount, lines, *gives_back)),
        OrderAction::Return { lines, .. } | OrderAction::Replace { lines, .. } => {
            let nothing = lines.iter().all(|line| line.quantity == 0);
            if nothing { Some("No product was named.".to_owned()) } else { foreign(order, lines) }
        }
        OrderAction::Exchange { changes, .. } => exchange_refused(order, changes),
        OrderAction::ChangeItems { changes, .. } => items_refused(order, changes),
        OrderAction::Resend { document } => document_refused(order, *document),
        OrderAction::DiscountCode { discount, .. } => discount_refused(order, *discount),
        OrderAction::Note { text } => note_refused(text),
        OrderAction::CancelReturn { return_id, .. } => match order.returns.iter().find(|open| open.id == *return_id) {
            None => Some("The order has no such return any more.".to_owned()),
            Some(open) if open.status != ReturnStatus::Open => {
                Some("The goods have left the customer already, so the return cannot be called off.".to_owned())
            }
            Some(_) => None,
        },
        OrderAction::VoidCode { entry_id, .. } => {
            let is_it = |what: &EntryKind| matches!(what, EntryKind::Code { .. });
            let there = order.entries.iter().any(|entry| entry.id == *entry_id && is_it(&entry.what));
            (!there).then(|| "The order has no such discount code any more.".to_owned())
        }
    }
}

fn refund_refused(order: &Order, amount: Money) -> Option<String> {
    let left = order.refundable();
    if amount.currency != left.currency {
        return Some(format!("The order was paid in {}, not in {}.", left.currency, amount.currency));
    }
    if amount.minor <= 0 {
        return Some("A refund must be more than nothing.".to_owned());
    }
    (amount.minor > left.minor).then(|| format!("{amount} is more than the {left} that can still be refunded."))
}

/// A refund that says what it gives back gives back that.
fn kind_refused(
    order: &Order,
    amount: Money,
    lines: &[LineQuantity],
    gives_back: Option<RefundKind>,
) -> Option<String> {
    let names_goods = lines.iter().any(|line| line.quantity > 0);
    match gives_back? {
        RefundKind::Lines => (!names_goods).then(|| "No product was named.".to_owned()),
        RefundKind::Shipping if names_goods => Some("Shipping is given back without naming products.".to_owned()),
        RefundKind::Shipping => {
            let cost = order.shipping_price;
            (amount.minor > cost.minor).then(|| format!("{amount} is more than the {cost} that shipping cost."))
        }
        RefundKind::Full | RefundKind::Goodwill => None,
    }
}

fn foreign(order: &Order, lines: &[LineQuantity]) -> Option<String> {
    lines.iter().find_map(|asked| match order.line(&asked.line_id) {
        None => Some(gone()),
        Some(line) if asked.quantity > line.ordered => {
            Some(format!("Only {} of {} were ordered.", line.ordered, line.title))
        }
        Some(_) => None,
    })
}

fn gone() -> String {
    "The order does not hold this product any more.".to_owned()
}

fn exchange_refused(order: &Order, changes: &[LineChange]) -> Option<String> {
    if changes.iter().all(|change| change.quantity == 0) {
        return Some("No product was named.".to_owned());
    }
    let back: Vec<LineQuantity> = changes.iter().map(back_of).collect();
    foreign(order, &back).or_else(|| {
        changes.iter().find_map(|change| {
            let line = order.line(&change.line_id)?;
            unnamed(change).or_else(|| {
                (line.sku == change.sku).then(|| format!("{} is what was ordered: replace it instead.", change.sku))
            })
        })
    })
}

/// What an exchange takes back of a line.
fn back_of(change: &LineChange) -> LineQuantity {
    LineQuantity { line_id: change.line_id.clone(), quantity: change.quantity }
}

fn unnamed(change: &LineChange) -> Option<String> {
    change.sku.trim().is_empty().then(|| "It is not said which variant is wanted.".to_owned())
}

fn items_refused(order: &Order, changes: &[LineChange]) -> Option<String> {
    if changes.is_empty() {
        return Some("No product was named.".to_owned());
    }
    let wrong = changes.iter().enumerate().find_map(|(place, change)| {
        if changes.iter().take(place).any(|other| other.line_id == change.line_id) {
            return Some("A product was named twice.".to_owned());
        }
        match order.line(&change.line_id) {
            None => Some(gone()),
            Some(line) if line.sku == change.sku && line.current == change.quantity => {
                Some(format!("{} × {} is what the order holds.", line.current, line.title))
            }
            Some(_) => unnamed(change),
        }
    });
    let left = |line: &LineItem| {
        let change = changes.iter().find(|change| change.line_id == line.id);
        change.map_or(line.current, |change| change.quantity)
    };
    let nothing_left = || order.lines.iter().all(|line| left(line) == 0);
    wrong.or_else(|| nothing_left().then(|| "That takes everything out of the order: cancel it instead.".to_owned()))
}

fn document_refused(order: &Order, document: Document) -> Option<String> {
    let lacks = match document {
        Document::ReturnLabel if order.returns.is_empty() => "The order has no return, so there is no label to send.",
        Document::Tracking if order.shipments.iter().all(|parcel| parcel.tracking_number.is_empty()) => {
            "No parcel of the order has a tracking number yet."
        }
        _ => return None,
    };
    Some(lacks.to_owned())
}

fn discount_refused(order: &Order, discount: Discount) -> Option<String> {
    match discount {
        Discount::Percent(0) => Some("A discount must be more than nothing.".to_owned()),
        Discount::Percent(percent) if percent > MOST_PERCENT => {
            Some(format!("A discount takes off at most {MOST_PERCENT} %."))
        }
        Discount::Amount(amount) if amount.minor <= 0 => Some("A discount must be more than nothing.".to_owned()),
        Discount::Amount(amount) if amount.currency != order.currency() => {
            Some(format!("The order was paid in {}, not in {}.", order.currency(), amount.currency))
        }
        Discount::Percent(_) | Discount::Amount(_) => None,
    }
}

fn note_refused(text: &str) -> Option<String> {
    if text.trim().is_empty() {
        return Some("There is nothing to note yet.".to_owned());
    }
    (text.chars().count() > LONGEST_NOTE).then(|| format!("A note holds at most {LONGEST_NOTE} characters."))
}

/// The documents that can be sent once more, where the shop sends any.
pub fn documents(order: &Order) -> Vec<Document> {
    if order.refusal(ActionKind::Resend).is_some() {
        return Vec::new();
    }
    Document::ALL.into_iter().filter(|document| document_refused(order, *document).is_none()).collect()
}

#[cfg(test)]
mod tests {
    use channel_contract::money::Currency;
    use channel_contract::orders::{Entry, Return};
    use time::OffsetDateTime;

    use super::*;
    use crate::commerce::test_order::{euros, order};

    fn change(line_id: &str, quantity: u32, sku: &str) -> LineChange {
        LineChange { line_id: line_id.to_owned(), quantity, sku: sku.to_owned() }
    }

    fn refund(minor: i64, gives_back: RefundKind, lines: Vec<LineQuantity>) -> OrderAction {
        OrderAction::Refund { amount: euros(minor), lines, reason: String::new(), gives_back: Some(gives_back) }
    }

    fn code(discount: Discount) -> OrderAction {
        OrderAction::DiscountCode { discount, expires_at: OffsetDateTime::UNIX_EPOCH, reason: String::new() }
    }

    #[track_caller]
    fn refused(order: &Order, action: &OrderAction, start: &str) {
        let reason = precondition(order, action).unwrap_or_default();
        assert!(reason.starts_with(start), "{action:?}: “{reason}”");
    }

    #[test]
    fn a_refund_gives_back_what_it_says() {
        let order = Order { shipping_price: euros(490), ..order() };
        let one = || vec![LineQuantity { line_id: "l1".to_owned(), quantity: 1 }];
        for fits in [
            refund(490, RefundKind::Shipping, Vec::new()),
            refund(4_200, RefundKind::Lines, one()),
            refund(1_000, RefundKind::Goodwill, Vec::new()),
            refund(33_100, RefundKind::Full, Vec::new()),
        ] {
            assert_eq!(precondition(&order, &fits), None, "{fits:?}");
        }
        refused(&order, &refund(491, RefundKind::Shipping, Vec::new()), "4.91 EUR is more than the 4.90 EUR");
        refused(&order, &refund(490, RefundKind::Shipping, one()), "Shipping is given back");
        refused(&order, &refund(490, RefundKind::Lines, Vec::new()), "No product was named.");
    }

    #[test]
    fn an_exchange_is_for_another_variant_of_what_was_ordered() {
        let exchange = |changes: Vec<LineChange>| OrderAction::Exchange { changes, reason: String::new() };
        assert_eq!(precondition(&order(), &exchange(vec![change("l1", 1, "JACKET-L")])), None);
        refused(&order(), &exchange(Vec::new()), "No product");
        refused(&order(), &exchange(vec![change("l9", 1, "JACKET-L")]), "The order does not hold");
        refused(&order(), &exchange(vec![change("l1", 2, "JACKET-L")]), "Only 1 of Jacket");
        refused(&order(), &exchange(vec![change("l1", 1, " ")]), "It is not said");
        refused(&order(), &exchange(vec![change("l1", 1, "JACKET")]), "JACKET is what was ordered");
    }

    #[test]
    fn items_change_into_something_else_and_never_into_nothing() {
        let items = |changes: Vec<LineChange>| OrderAction::ChangeItems { changes, reason: String::new() };
        assert_eq!(precondition(&order(), &items(vec![change("l1", 1, "JACKET-L")])), None);
        assert_eq!(precondition(&order(), &items(vec![change("l1", 0, "JACKET")])), None);
        refused(&order(), &items(vec![change("l1", 1, "JACKET")]), "1 × Jacket is what");
        refused(&order(), &items(vec![change("l1", 1, "A"), change("l1", 1, "B")]), "A product was named twice");
        let all = vec![change("l1", 0, "JACKET"), change("l2", 0, "GAITERS")];
        refused(&order(), &items(all), "That takes everything out");
        refused(&order(), &items(Vec::new()), "No product");
    }

    #[test]
    fn what_is_not_there_is_not_sent_or_taken_back() {
        let opened = Return {
            id: "b1".to_owned(),
            status: ReturnStatus::InTransit,
            lines: Vec::new(),
            reason: String::new(),
            label_url: String::new(),
            opened_at: OffsetDateTime::UNIX_EPOCH,
            exchange: Vec::new(),
        };
        let call_off = OrderAction::CancelReturn { return_id: "b1".to_owned(), reason: String::new() };
        refused(&order(), &call_off, "The order has no such return");
        let with = |status| Order { returns: vec![Return { status, ..opened.clone() }], ..order() };
        refused(&with(ReturnStatus::InTransit), &call_off, "The goods have left");
        assert_eq!(precondition(&with(ReturnStatus::Open), &call_off), None);
        refused(&order(), &OrderAction::Resend { document: Document::ReturnLabel }, "The order has no return");
        assert_eq!(documents(&order()), [Document::OrderConfirmation, Document::Invoice, Document::Tracking]);
        assert_eq!(documents(&with(ReturnStatus::Open)), Document::ALL);
        let end = OrderAction::VoidCode { entry_id: "e1".to_owned(), reason: String::new() };
        let what = EntryKind::Note { text: "Calls back.".to_owned() };
        let note = Entry { id: "e1".to_owned(), at: OffsetDateTime::UNIX_EPOCH, what };
        refused(&Order { entries: vec![note], ..order() }, &end, "The order has no such discount code");
    }

    #[test]
    fn a_discount_and_a_note_say_something() {
        assert_eq!(precondition(&order(), &code(Discount::Percent(10))), None);
        assert_eq!(precondition(&order(), &code(Discount::Amount(euros(500)))), None);
        refused(&order(), &code(Discount::Percent(0)), "A discount must be more");
        refused(&order(), &code(Discount::Percent(101)), "A discount takes off at most");
        refused(&order(), &code(Discount::Amount(euros(0))), "A discount must be more");
        let dollars: Currency = "USD".parse().unwrap();
        refused(&order(), &code(Discount::Amount(Money::new(500, dollars))), "The order was paid in EUR");
        assert_eq!(precondition(&order(), &OrderAction::Note { text: "Calls back.".to_owned() }), None);
        refused(&order(), &OrderAction::Note { text: "  ".to_owned() }, "There is nothing to note");
        refused(&order(), &OrderAction::Note { text: "x".repeat(2_001) }, "A note holds at most");
    }
}
