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

/// Why nothing is stopped or changed any more.
const LEFT: &str = "The order or a part of it was sent already. Goods that were sent come back with a return; a parcel goes \
                    elsewhere only by its carrier.";

/// Why nothing is sent again yet.
const NOT_SENT: &str =
    "Nothing of the order was sent yet, so nothing can be sent again: the order itself still goes out.";

/// Why an action cannot be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// For machines: `not_in_order`.
    pub code: &'static str,
    /// For people.
    pub words: String,
}

fn no(code: &'static str, words: impl Into<String>) -> Refusal {
    Refusal { code, words: words.into() }
}

/// Why an action cannot be done on this order, in words; `None` when it can.
pub fn precondition(order: &Order, action: &OrderAction) -> Option<String> {
    refusal(order, action).map(|refusal| refusal.words)
}

/// The same with a code.
pub fn refusal(order: &Order, action: &OrderAction) -> Option<Refusal> {
    refused_kind(order, action.kind()).or_else(|| does_not_fit(order, action))
}

/// Why nothing of this kind can be done on the order as it stands, whatever the shop lists. What has left is neither cancelled nor
/// changed: the goods would stay with the buyer, and the money would go back. What has not left is not sent again: the goods would
/// go out twice.
pub fn refused_kind(order: &Order, kind: ActionKind) -> Option<Refusal> {
    if let Some(reason) = order.refusal(kind) {
        return Some(no("shop", reason));
    }
    let stops = matches!(
        kind,
        ActionKind::Cancel | ActionKind::ChangeAddress | ActionKind::ChangeItems | ActionKind::ChangePayment
    );
    if stops && order.has_left() {
        return Some(no("left", LEFT));
    }
    (kind == ActionKind::Replace && !order.has_left()).then(|| no("not_sent", NOT_SENT))
}

/// What of the action itself does not fit the order, whatever the shop would do now.
pub fn does_not_fit(order: &Order, action: &OrderAction) -> Option<Refusal> {
    let goods = match action {
        OrderAction::Cancel { .. } | OrderAction::ChangeAddress { .. } => None,
        OrderAction::Refund { amount, lines, gives_back, .. } => refund_refused(order, *amount)
            .or_else(|| foreign(order, lines))
            .or_else(|| kind_refused(order, *amount, lines, *gives_back)),
        OrderAction::Return { lines, .. } | OrderAction::Replace { lines, .. } => {
            let nothing = lines.iter().all(|line| line.quantity == 0);
            if nothing { Some(unnamed_goods()) } else { foreign(order, lines) }
        }
        OrderAction::Exchange { changes, .. } => exchange_refused(order, changes),
        OrderAction::ChangeItems { changes, .. } => items_refused(order, changes),
        OrderAction::Resend { document } => document_refused(order, *document),
        OrderAction::DiscountCode { discount, .. } => discount_refused(order, *discount),
        OrderAction::Note { text } => note_refused(text),
        OrderAction::CancelReturn { return_id, .. } => match order.returns.iter().find(|open| open.id == *return_id) {
            None => Some(no("gone", "The order has no such return any more.")),
            Some(open) if open.status != ReturnStatus::Open => {
                Some(no("left", "The goods have left the customer already, so the return cannot be called off."))
            }
            Some(_) => None,
        },
        OrderAction::VoidCode { entry_id, .. } => {
            let is_it = |what: &EntryKind| matches!(what, EntryKind::Code { .. });
            let there = order.entries.iter().any(|entry| entry.id == *entry_id && is_it(&entry.what));
            if there { None } else { Some(no("gone", "The order has no such discount code any more.")) }
        }
        OrderAction::ChangePayment { method } => payment_refused(order, method),
    };
    goods.or_else(|| method_unknown(order, action.settled_by()?))
}

fn unnamed_goods() -> Refusal {
    no("nothing_named", "No product was named.")
}

fn method_unknown(order: &Order, method: &str) -> Option<Refusal> {
    if order.method(method).is_some() {
        return None;
    }
    Some(no("method_unknown", "The customer has no such way to pay at the shop."))
}

/// All of an order goes over to another way to pay of the buyer's, once.
fn payment_refused(order: &Order, method: &str) -> Option<Refusal> {
    let Some(method) = order.method(method) else { return method_unknown(order, method) };
    let (Some(paid), true) = (order.payments.first(), order.payments.len() == 1 && order.refunds.is_empty()) else {
        return Some(no("payment_changed", "What was paid has been changed already; it is changed once."));
    };
    if paid.method == method.name {
        return Some(no("method_same", format!("It is paid by {} already.", method.name)));
    }
    if method
        .balance
        .is_some_and(|balance| balance.currency != paid.amount.currency || balance.minor < paid.amount.minor)
    {
        return Some(no("not_covered", format!("{} does not cover {}.", method.name, paid.amount)));
    }
    None
}

fn refund_refused(order: &Order, amount: Money) -> Option<Refusal> {
    let left = order.refundable();
    if amount.currency != left.currency {
        return Some(no("currency", format!("The order was paid in {}, not in {}.", left.currency, amount.currency)));
    }
    if amount.minor <= 0 {
        return Some(no("amount", "A refund must be more than nothing."));
    }
    if amount.minor <= left.minor {
        return None;
    }
    Some(no("amount", format!("{amount} is more than the {left} that can still be refunded.")))
}

/// A refund that says what it gives back gives back that.
fn kind_refused(
    order: &Order,
    amount: Money,
    lines: &[LineQuantity],
    gives_back: Option<RefundKind>,
) -> Option<Refusal> {
    let names_goods = lines.iter().any(|line| line.quantity > 0);
    match gives_back? {
        RefundKind::Lines if !names_goods => Some(unnamed_goods()),
        RefundKind::Shipping if names_goods => Some(no("amount", "Shipping is given back without naming products.")),
        RefundKind::Shipping if amount.minor > order.shipping_price.minor => {
            let cost = order.shipping_price;
            Some(no("amount", format!("{amount} is more than the {cost} that shipping cost.")))
        }
        RefundKind::Lines | RefundKind::Shipping | RefundKind::Full | RefundKind::Goodwill => None,
    }
}

fn foreign(order: &Order, lines: &[LineQuantity]) -> Option<Refusal> {
    lines.iter().find_map(|asked| match order.line(&asked.line_id) {
        None => Some(gone()),
        Some(line) if asked.quantity > line.ordered => {
            Some(no("not_in_order", format!("Only {} of {} were ordered.", line.ordered, line.title)))
        }
        Some(_) => None,
    })
}

fn gone() -> Refusal {
    no("not_in_order", "The order does not hold this product any more.")
}

fn exchange_refused(order: &Order, changes: &[LineChange]) -> Option<Refusal> {
    if changes.iter().all(|change| change.quantity == 0) {
        return Some(unnamed_goods());
    }
    let back: Vec<LineQuantity> = changes.iter().map(back_of).collect();
    foreign(order, &back).or_else(|| {
        changes.iter().find_map(|change| {
            let line = order.line(&change.line_id)?;
            unnamed(change).or_else(|| {
                if line.sku != change.sku {
                    return None;
                }
                Some(no("same_goods", format!("{} is what was ordered: replace it instead.", change.sku)))
            })
        })
    })
}

/// What an exchange takes back of a line.
fn back_of(change: &LineChange) -> LineQuantity {
    LineQuantity { line_id: change.line_id.clone(), quantity: change.quantity }
}

fn unnamed(change: &LineChange) -> Option<Refusal> {
    if change.sku.trim().is_empty() {
        Some(no("nothing_named", "It is not said which variant is wanted."))
    } else {
        None
    }
}

fn items_refused(order: &Order, changes: &[LineChange]) -> Option<Refusal> {
    if changes.is_empty() {
        return Some(unnamed_goods());
    }
    let wrong = changes.iter().enumerate().find_map(|(place, change)| {
        if changes.iter().take(place).any(|other| other.line_id == change.line_id) {
            return Some(no("named_twice", "A product was named twice."));
        }
        match order.line(&change.line_id) {
            None => Some(gone()),
            Some(line) if line.sku == change.sku && line.current == change.quantity => {
                Some(no("same_goods", format!("{} × {} is what the order holds.", line.current, line.title)))
            }
            Some(_) => unnamed(change),
        }
    });
    let left = |line: &LineItem| {
        let change = changes.iter().find(|change| change.line_id == line.id);
        change.map_or(line.current, |change| change.quantity)
    };
    let nothing_left = || order.lines.iter().all(|line| left(line) == 0);
    let emptied = || no("emptied", "That takes everything out of the order: cancel it instead.");
    wrong.or_else(|| nothing_left().then(emptied))
}

fn document_refused(order: &Order, document: Document) -> Option<Refusal> {
    match document {
        Document::ReturnLabel if order.returns.is_empty() => {
            Some(no("no_document", "The order has no return, so there is no label to send."))
        }
        Document::Tracking if order.shipments.iter().all(|parcel| parcel.tracking_number.is_empty()) => {
            Some(no("no_document", "No parcel of the order has a tracking number yet."))
        }
        _ => None,
    }
}

fn discount_refused(order: &Order, discount: Discount) -> Option<Refusal> {
    match discount {
        Discount::Percent(0) => Some(no("amount", "A discount must be more than nothing.")),
        Discount::Percent(percent) if percent > MOST_PERCENT => {
            Some(no("amount", format!("A discount takes off at most {MOST_PERCENT} %.")))
        }
        Discount::Amount(amount) if amount.minor <= 0 => Some(no("amount", "A discount must be more than nothing.")),
        Discount::Amount(amount) if amount.currency != order.currency() => {
            Some(no("currency", format!("The order was paid in {}, not in {}.", order.currency(), amount.currency)))
        }
        Discount::Percent(_) | Discount::Amount(_) => None,
    }
}

fn note_refused(text: &str) -> Option<Refusal> {
    if text.trim().is_empty() {
        return Some(no("nothing_named", "There is nothing to note yet."));
    }
    if text.chars().count() <= LONGEST_NOTE {
        return None;
    }
    Some(no("too_long", format!("A note holds at most {LONGEST_NOTE} characters.")))
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
    use channel_contract::orders::{
        Address, Buyer, Entry, MethodKind, OrderStatus, PaymentMethod, Return, ShipmentStatus,
    };
    use time::OffsetDateTime;

    use super::*;
    use crate::commerce::test_order::{euros, order, unsent};

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
        let exchange =
            |changes: Vec<LineChange>| OrderAction::Exchange { changes, reason: String::new(), settled_by: None };
        assert_eq!(precondition(&order(), &exchange(vec![change("l1", 1, "JACKET-L")])), None);
        refused(&order(), &exchange(Vec::new()), "No product");
        refused(&order(), &exchange(vec![change("l9", 1, "JACKET-L")]), "The order does not hold");
        refused(&order(), &exchange(vec![change("l1", 2, "JACKET-L")]), "Only 1 of Jacket");
        refused(&order(), &exchange(vec![change("l1", 1, " ")]), "It is not said");
        refused(&order(), &exchange(vec![change("l1", 1, "JACKET")]), "JACKET is what was ordered");
    }

    #[test]
    fn money_goes_only_where_the_buyer_has_a_way_to_pay_and_moves_once() {
        let method = |id: &str, name: &str, balance: Option<i64>| PaymentMethod {
            id: id.to_owned(),
            kind: if balance.is_some() { MethodKind::GiftCard } else { MethodKind::Card },
            name: name.to_owned(),
            brand: String::new(),
            ending: String::new(),
            balance: balance.map(euros),
        };
        let methods = vec![
            method("m1", "card ending 4421", None),
            method("m2", "card ending 9000", None),
            method("m3", "gift card", Some(33_099)),
        ];
        let order = Order { buyer: Buyer { methods, ..Buyer::default() }, ..unsent() };
        let to = |method: &str| OrderAction::ChangePayment { method: method.to_owned() };
        assert_eq!(refusal(&order, &to("m2")), None);
        let code = |order: &Order, action: &OrderAction| refusal(order, action).map(|refusal| refusal.code);
        assert_eq!(code(&order, &to("m1")), Some("method_same"));
        assert_eq!(code(&order, &to("m3")), Some("not_covered"));
        assert_eq!(code(&order, &to("m4")), Some("method_unknown"));
        let changed = Order { refunds: vec![crate::commerce::test_order::refund("r1", 1)], ..order.clone() };
        assert_eq!(code(&changed, &to("m2")), Some("payment_changed"));
        let back = |method: &str| OrderAction::Return {
            lines: vec![LineQuantity { line_id: "l1".to_owned(), quantity: 1 }],
            reason: String::new(),
            settled_by: Some(method.to_owned()),
        };
        assert_eq!(refusal(&order, &back("m3")), None);
        assert_eq!(code(&order, &back("m4")), Some("method_unknown"));
        let gone = Order { actions: Vec::new(), ..order };
        assert_eq!(code(&gone, &to("m2")), Some("shop"));
        assert_eq!(does_not_fit(&gone, &to("m2")), None);
    }

    #[test]
    fn items_change_into_something_else_and_never_into_nothing() {
        let items =
            |changes: Vec<LineChange>| OrderAction::ChangeItems { changes, reason: String::new(), settled_by: None };
        assert_eq!(precondition(&unsent(), &items(vec![change("l1", 1, "JACKET-L")])), None);
        assert_eq!(precondition(&unsent(), &items(vec![change("l1", 0, "JACKET")])), None);
        refused(&unsent(), &items(vec![change("l1", 1, "JACKET")]), "1 × Jacket is what");
        refused(&unsent(), &items(vec![change("l1", 1, "A"), change("l1", 1, "B")]), "A product was named twice");
        let all = vec![change("l1", 0, "JACKET"), change("l2", 0, "GAITERS")];
        refused(&unsent(), &items(all), "That takes everything out");
        refused(&unsent(), &items(Vec::new()), "No product");
    }

    #[test]
    fn what_has_left_is_neither_cancelled_nor_changed_whatever_the_shop_lists() {
        let address = Address { line1: "Am Speicher 2".to_owned(), ..unsent().shipping_address };
        let stops = [
            OrderAction::Cancel { reason: "asked".to_owned() },
            OrderAction::ChangeAddress { address },
            OrderAction::ChangeItems {
                changes: vec![change("l1", 1, "JACKET-L")],
                reason: String::new(),
                settled_by: None,
            },
        ];
        let mut fulfilled = unsent();
        fulfilled.lines[0].fulfilled = 1;
        let mut under_way = unsent();
        under_way.shipments = order().shipments;
        let mut packed = under_way.clone();
        packed.shipments[0].status = ShipmentStatus::Packed;
        for action in &stops {
            assert_eq!(precondition(&unsent(), action), None, "{action:?}");
            assert_eq!(precondition(&packed, action), None, "{action:?}: a parcel that is packed is still there");
            for status in [OrderStatus::PartlyShipped, OrderStatus::Shipped, OrderStatus::Delivered] {
                refused(&Order { status, ..unsent() }, action, "The order or a part of it was sent");
            }
            refused(&fulfilled, action, "The order or a part of it was sent");
            refused(&under_way, action, "The order or a part of it was sent");
        }
        assert_eq!(precondition(&order(), &refund(100, RefundKind::Goodwill, Vec::new())), None);
    }

    #[test]
    fn what_was_not_sent_is_not_sent_again_whatever_the_shop_lists() {
        let lines = vec![LineQuantity { line_id: "l1".to_owned(), quantity: 1 }];
        let again = OrderAction::Replace { lines, reason: "It broke.".to_owned() };
        assert_eq!(precondition(&order(), &again), None);
        assert_eq!(unsent().refusal(ActionKind::Replace), None, "the shop lists it");
        refused(&unsent(), &again, "Nothing of the order was sent yet");
        assert_eq!(refused_kind(&unsent(), ActionKind::Replace).map(|refusal| refusal.code), Some("not_sent"));
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
