//! What each action leaves in an order, and what does not pass for it.

use time::{Duration, OffsetDateTime};

use super::*;
use crate::money::Currency;
use crate::orders::{
    Buyer, Discount, Document, MethodKind, Payment, PaymentMethod, ReturnStatus, Shipment, ShipmentStatus, SkuQuantity,
};

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
        payments: vec![Payment { id: "p1".to_owned(), method: "card".to_owned(), amount: euros(5000), at: placed() }],
        refunds: vec![refund("r0", 500)],
        shipments: Vec::new(),
        returns: Vec::new(),
        entries: Vec::new(),
        invoice_url: String::new(),
        actions: Vec::new(),
    }
}

fn refund(id: &str, minor: i64) -> Refund {
    Refund { id: id.to_owned(), amount: euros(minor), method: "card".to_owned(), reason: String::new(), at: placed() }
}

fn refund_of(amount: Money) -> OrderAction {
    OrderAction::Refund { amount, lines: Vec::new(), reason: String::new(), gives_back: None }
}

fn change(line_id: &str, quantity: u32, sku: &str) -> LineChange {
    LineChange { line_id: line_id.to_owned(), quantity, sku: sku.to_owned() }
}

fn entry(id: &str, what: EntryKind) -> Entry {
    Entry { id: id.to_owned(), at: placed(), what }
}

fn tenth_off() -> OrderAction {
    let expires_at = placed() + Duration::days(30);
    OrderAction::DiscountCode { discount: Discount::Percent(10), expires_at, reason: String::new() }
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
        heard: None,
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
        exchange: Vec::new(),
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
        refund_of(euros(500)),
        OrderAction::Return { lines: vec![quantity("l1", 1)], reason: String::new(), settled_by: None },
        OrderAction::Replace { lines: vec![quantity("l1", 1)], reason: String::new() },
        OrderAction::ChangeAddress { address: moved },
        OrderAction::Exchange { changes: vec![change("l1", 1, "CUP-RED")], reason: String::new(), settled_by: None },
        OrderAction::ChangeItems { changes: vec![change("l1", 1, "CUP")], reason: String::new(), settled_by: None },
        OrderAction::ChangeItems { changes: vec![change("l1", 1, "POT")], reason: String::new(), settled_by: None },
        OrderAction::ChangeItems { changes: Vec::new(), reason: String::new(), settled_by: None },
        OrderAction::Resend { document: Document::Invoice },
        tenth_off(),
        OrderAction::Note { text: "Calls back.".to_owned() },
        OrderAction::ChangePayment { method: "m2".to_owned() },
    ] {
        for reference in ["", "r0", "o1", "FJ-1"] {
            assert!(!effect_visible(&action, &order(), &order(), reference), "{action:?} {reference:?}");
        }
    }
}

#[test]
fn another_order_proves_nothing() {
    let action = refund_of(euros(700));
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
    let action = refund_of(euros(500));
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
    let action = refund_of(euros(3000));
    let split = after(|order| order.refunds.extend([refund("r1", 2000), refund("r2", 1000)]));
    assert!(effect_visible(&action, &order(), &split, "r1"));
    assert!(!effect_visible(&action, &order(), &split, "r9"));
    let short = after(|order| order.refunds.extend([refund("r1", 2000), refund("r2", 900)]));
    assert!(!effect_visible(&action, &order(), &short, "r1"));
}

#[test]
fn a_return_needs_exactly_the_lines() {
    let action = OrderAction::Return { lines: vec![quantity("l1", 2)], reason: String::new(), settled_by: None };
    let visible = |lines: Vec<LineQuantity>, reference: &str| {
        effect_visible(&action, &order(), &after(|order| order.returns.push(opened("b1", lines))), reference)
    };
    assert!(visible(vec![quantity("l1", 2)], "b1"));
    assert!(visible(vec![quantity("l1", 1), quantity("l1", 1)], ""));
    assert!(!visible(vec![quantity("l1", 1)], "b1"));
    assert!(!visible(vec![quantity("l1", 2), quantity("l2", 1)], "b1"));
    assert!(!visible(vec![quantity("l1", 2)], "b2"));
    let nothing = OrderAction::Return { lines: Vec::new(), reason: String::new(), settled_by: None };
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

#[test]
fn an_exchange_needs_both_ways() {
    let action =
        OrderAction::Exchange { changes: vec![change("l1", 1, "CUP-RED")], reason: String::new(), settled_by: None };
    let visible = |sku: &str, quantity_of_new: u32, reference: &str| {
        let sent = SkuQuantity { sku: sku.to_owned(), quantity: quantity_of_new };
        let back = Return { exchange: vec![sent], ..opened("b1", vec![quantity("l1", 1)]) };
        effect_visible(&action, &order(), &after(|order| order.returns.push(back)), reference)
    };
    assert!(visible("CUP-RED", 1, "b1") && visible("CUP-RED", 1, ""));
    assert!(!visible("CUP-RED", 1, "b2") && !visible("CUP-RED", 2, "b1") && !visible("CUP-BLUE", 1, "b1"));
    let only_back = after(|order| order.returns.push(opened("b1", vec![quantity("l1", 1)])));
    assert!(!effect_visible(&action, &order(), &only_back, "b1"));
}

#[test]
fn other_items_show_in_their_line_or_in_one_in_its_place() {
    let visible = |changes: Vec<LineChange>, change: fn(&mut Order)| {
        let action = OrderAction::ChangeItems { changes, reason: String::new(), settled_by: None };
        effect_visible(&action, &order(), &after(change), "")
    };
    assert!(visible(vec![change("l1", 1, "CUP")], |order| order.lines[0].current = 1));
    assert!(visible(vec![change("l1", 2, "CUP-RED")], |order| order.lines[0].sku = "CUP-RED".to_owned()));
    assert!(visible(vec![change("l2", 0, "POT")], |order| order.lines.truncate(1)));
    let in_its_place = |order: &mut Order| {
        order.lines[0].current = 0;
        order.lines.push(line("l3", "CUP-RED", 2, 1000));
    };
    assert!(visible(vec![change("l1", 2, "CUP-RED")], in_its_place));
    assert!(!visible(vec![change("l1", 3, "CUP-RED")], in_its_place));
    assert!(!visible(vec![change("l1", 1, "CUP"), change("l2", 0, "POT")], |order| order.lines[0].current = 1));
    assert!(!visible(vec![change("l1", 0, "CUP")], |order| {
        order.status = OrderStatus::Cancelled;
        order.lines[0].current = 0;
    }));
}

#[test]
fn documents_codes_and_notes_are_new_entries() {
    let sent = |document| EntryKind::Sent { document };
    let resend = OrderAction::Resend { document: Document::Invoice };
    let visible = |action: &OrderAction, what: EntryKind, reference: &str| {
        effect_visible(action, &order(), &after(|order| order.entries.push(entry("e1", what))), reference)
    };
    assert!(visible(&resend, sent(Document::Invoice), "e1") && visible(&resend, sent(Document::Invoice), ""));
    assert!(!visible(&resend, sent(Document::Tracking), "e1") && !visible(&resend, sent(Document::Invoice), "e2"));
    let known = after(|order| order.entries.push(entry("e1", sent(Document::Invoice))));
    assert!(!effect_visible(&resend, &known, &known, "e1"), "one that was sent before");
    let code = |discount, days| EntryKind::Code {
        code: "SORRY".to_owned(),
        discount,
        expires_at: placed() + Duration::days(days),
    };
    assert!(visible(&tenth_off(), code(Discount::Percent(10), 30), "e1"));
    assert!(!visible(&tenth_off(), code(Discount::Percent(20), 30), "e1"));
    assert!(!visible(&tenth_off(), code(Discount::Percent(10), 31), "e1"));
    let note = OrderAction::Note { text: "Calls back.".to_owned() };
    assert!(visible(&note, EntryKind::Note { text: "Calls back. ".to_owned() }, "e1"));
    assert!(!visible(&note, EntryKind::Note { text: "Calls.".to_owned() }, "e1"));
}

#[test]
fn another_way_to_pay_shows_as_a_new_payment_with_it() {
    let method = |id: &str, name: &str| PaymentMethod {
        id: id.to_owned(),
        kind: MethodKind::Card,
        name: name.to_owned(),
        brand: String::new(),
        ending: String::new(),
        balance: None,
    };
    let mut before = order();
    before.buyer.methods = vec![method("m1", "card"), method("m2", "card ending 9001")];
    let action = OrderAction::ChangePayment { method: "m2".to_owned() };
    assert!(!effect_visible(&action, &before, &before, "o1"));
    let paid = |with: &str| {
        let mut after = before.clone();
        let payment = Payment { id: "p2".to_owned(), method: with.to_owned(), amount: euros(5000), at: placed() };
        after.payments.push(payment);
        after
    };
    assert!(effect_visible(&action, &before, &paid("card ending 9001"), "o1"));
    assert!(!effect_visible(&action, &before, &paid("card"), "o1"));
    assert_eq!(way_back(&action, &before, "o1"), None);
}

#[test]
fn what_can_be_taken_back_has_a_way_that_shows() {
    let back = OrderAction::Return { lines: vec![quantity("l1", 1)], reason: String::new(), settled_by: None };
    let with_return = after(|order| order.returns.push(opened("b1", vec![quantity("l1", 1)])));
    let call_off = way_back(&back, &order(), "b1").unwrap();
    assert!(!effect_visible(&call_off, &with_return, &with_return, ""));
    assert!(effect_visible(&call_off, &with_return, &order(), ""));
    let what = EntryKind::Note { text: String::new() };
    let with_code = after(|order| order.entries.push(entry("e1", what)));
    let end = way_back(&tenth_off(), &order(), "e1").unwrap();
    assert!(!effect_visible(&end, &with_code, &with_code, "") && effect_visible(&end, &with_code, &order(), ""));
    let there = Address { line1: "Hafenweg 4".to_owned(), ..address() };
    let home = way_back(&OrderAction::ChangeAddress { address: there }, &order(), "").unwrap();
    assert_eq!(home, OrderAction::ChangeAddress { address: address() });
    assert_eq!(way_back(&home, &order(), ""), None, "it went there before");
    assert_eq!(way_back(&refund_of(euros(500)), &order(), "r1"), None);
    assert_eq!(way_back(&back, &order(), ""), None, "nobody knows which return it was");
}

#[test]
fn what_showed_once_is_known_again_among_what_came_later() {
    let three = refund_of(euros(3000));
    let split = after(|order| order.refunds.extend([refund("r1", 2000), refund("r2", 1000)]));
    let trace = Trace::between(&order(), &split, "r1");
    assert_eq!(trace.refunds, ["r1", "r2"]);
    let later = |change: fn(&mut Order)| {
        let mut now = split.clone();
        change(&mut now);
        still_visible(&three, (&now, &now), &trace, "r1")
    };
    assert!(later(|_| {}));
    assert!(later(|order| order.refunds.push(refund("r3", 700))), "another one says nothing of it");
    assert!(!later(|order| order.refunds.retain(|refund| refund.id != "r1")));
    assert!(!later(|order| order.refunds = vec![refund("r0", 500), refund("r3", 3000)]), "another one is not it");

    let back = OrderAction::Return { lines: vec![quantity("l1", 1)], reason: String::new(), settled_by: None };
    let open = after(|order| order.returns.push(opened("b1", vec![quantity("l1", 1)])));
    // The order as it was before is not known any more, and the reference tells.
    let trace = Trace::between(&open, &open, "b1");
    assert!(still_visible(&back, (&open, &open), &trace, "b1"));
    assert!(!still_visible(&back, (&order(), &order()), &trace, "b1"), "it was called off");

    let cancel = OrderAction::Cancel { reason: String::new() };
    let cancelled = after(|order| {
        order.status = OrderStatus::Cancelled;
        order.refunds.push(refund("r1", 4500));
    });
    let trace = Trace::between(&order(), &cancelled, "");
    assert!(still_visible(&cancel, (&cancelled, &cancelled), &trace, ""));
    assert!(!still_visible(&cancel, (&order(), &order()), &trace, ""), "cancelled stays cancelled");

    let again = OrderAction::Replace { lines: vec![quantity("l2", 1)], reason: String::new() };
    let own = after(|order| {
        (order.id, order.number) = ("o9".to_owned(), "FJ-9".to_owned());
        order.lines = vec![line("x", "POT", 1, 0)];
        order.total = euros(0);
    });
    let trace = Trace::between(&order(), &own, "FJ-9");
    assert_eq!(trace.order_id, "o9");
    assert!(still_visible(&again, (&order(), &own), &trace, "FJ-9"));
    let stopped = Order { status: OrderStatus::Cancelled, ..own };
    assert!(!still_visible(&again, (&order(), &stopped), &trace, "FJ-9"));
}
