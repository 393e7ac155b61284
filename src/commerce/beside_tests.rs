//! What a reply's own actions did is told apart from what happened beside them.

use channel_contract::orders::{
    ActionKind, Address, Discount, Entry, EntryKind, LineChange, LineQuantity, Order, OrderAction, OrderStatus, Return,
    ReturnStatus, Shipment, ShipmentStatus, TrackingEvent,
};
use time::macros::datetime;

use super::{Effect, differences_beside};
use crate::commerce::test_order::{euros, order, refund};

/// What is told about a change, beside one own action with this reference.
fn beside(action: &OrderAction, reference: &str, change: impl FnOnce(&mut Order)) -> Vec<String> {
    let mut after = order();
    change(&mut after);
    differences_beside(&order(), &after, &[Effect { action, reference }], true)
}

fn give_back(minor: i64) -> OrderAction {
    OrderAction::Refund { amount: euros(minor), lines: vec![one("l2")], reason: String::new(), gives_back: None }
}

fn one(line: &str) -> LineQuantity {
    LineQuantity { line_id: line.to_owned(), quantity: 1 }
}

fn refuse(order: &mut Order, kind: ActionKind) {
    for allowed in order.actions.iter_mut().filter(|allowed| allowed.kind == kind) {
        allowed.refused_because = Some("It was done already.".to_owned());
    }
}

#[test]
fn an_own_refund_is_no_change_and_another_one_is() {
    let own = |order: &mut Order| {
        order.refunds.push(refund("r1", 4_200));
        order.lines[1].current = 0;
        refuse(order, ActionKind::Refund);
    };
    for reference in ["r1", ""] {
        assert!(beside(&give_back(4_200), reference, own).is_empty());
    }
    let found = beside(&give_back(4_200), "r1", |order| {
        own(order);
        order.refunds.push(refund("r2", 4_200));
    });
    assert_eq!(found, ["42.00 EUR was refunded to card ending 4421 on 22 November 2026."]);
    let split = beside(&give_back(4_200), "r1", |order| {
        order.refunds.extend([refund("r1", 4_000), refund("r1b", 200)]);
    });
    assert!(split.is_empty(), "{split:?}");
    assert_eq!(beside(&give_back(4_200), "r1", |order| order.refunds.push(refund("r9", 100))).len(), 1);
}

#[test]
fn what_happened_beside_an_own_action_is_told() {
    let found = beside(&give_back(4_200), "r1", |order| {
        order.refunds.push(refund("r1", 4_200));
        order.shipments[0].status = ShipmentStatus::Delivered;
        order.shipments[0].delivered_at = Some(datetime!(2026-11-23 10:00 UTC));
    });
    assert_eq!(found, ["The parcel arrived on 23 November 2026."]);
}

#[test]
fn every_other_own_action_is_no_change() {
    let cancel = OrderAction::Cancel { reason: String::new() };
    let cancelled = beside(&cancel, "", |order| {
        order.status = OrderStatus::Cancelled;
        order.refunds.push(refund("r1", 33_100));
        order.shipments.clear();
    });
    assert!(cancelled.is_empty(), "{cancelled:?}");

    let back = OrderAction::Return { lines: vec![one("l1")], reason: String::new(), settled_by: None };
    let returned = beside(&back, "b1", |order| order.returns.push(opened("b1", ReturnStatus::Open)));
    assert!(returned.is_empty(), "{returned:?}");
    assert_eq!(beside(&back, "b1", |order| order.returns.push(opened("b2", ReturnStatus::Open))).len(), 1);

    let replace = OrderAction::Replace { lines: vec![one("l1")], reason: String::new() };
    let replaced = beside(&replace, "s2", |order| {
        let parcel = Shipment { id: "s2".to_owned(), status: ShipmentStatus::Packed, ..order.shipments[0].clone() };
        order.shipments.push(parcel);
        order.lines[0].current = 2;
        order.status = OrderStatus::PartlyShipped;
    });
    assert!(replaced.is_empty(), "{replaced:?}");

    let address = |line1: &str| Address { line1: line1.to_owned(), ..order().shipping_address };
    let change = OrderAction::ChangeAddress { address: address("Am Speicher 2") };
    let moved = beside(&change, "", |order| order.shipping_address = address("Am Speicher 2"));
    assert!(moved.is_empty(), "{moved:?}");
    assert_eq!(beside(&change, "", |order| order.shipping_address = address("Elsewhere 1")).len(), 1);
}

#[test]
fn own_exchanges_items_and_codes_are_no_change() {
    let changes = |quantity| vec![LineChange { line_id: "l2".to_owned(), quantity, sku: "GAITERS-L".to_owned() }];
    let exchange = OrderAction::Exchange { changes: changes(1), reason: String::new(), settled_by: None };
    let after = beside(&exchange, "b1", |order| order.returns.push(opened("b1", ReturnStatus::Open)));
    assert!(after.is_empty(), "{after:?}");

    let items = OrderAction::ChangeItems { changes: changes(1), reason: String::new(), settled_by: None };
    let other = |order: &mut Order| order.lines[1].sku = "GAITERS-L".to_owned();
    let after = beside(&items, "", |order| {
        other(order);
        order.lines[1].variant = "L".to_owned();
    });
    assert!(after.is_empty(), "{after:?}");
    let with_money = beside(&items, "", |order| {
        other(order);
        order.refunds.push(refund("r9", 100));
    });
    assert_eq!(with_money.len(), 1, "the price is the same, so the money is another matter: {with_money:?}");

    let at = datetime!(2026-11-21 09:00 UTC);
    let code = |id: &str| Entry {
        id: id.to_owned(),
        at,
        what: EntryKind::Code { code: id.to_uppercase(), discount: Discount::Percent(10), expires_at: at },
    };
    let discount = OrderAction::DiscountCode { discount: Discount::Percent(10), expires_at: at, reason: String::new() };
    let made = beside(&discount, "c1", |order| order.entries.push(code("c1")));
    assert!(made.is_empty(), "{made:?}");
    let another = beside(&discount, "c1", |order| order.entries.extend([code("c1"), code("c2")]));
    assert_eq!(another, ["The discount code C2 was made."]);

    let before = Order { entries: vec![code("c1")], returns: vec![opened("b1", ReturnStatus::Open)], ..order() };
    let end = OrderAction::VoidCode { entry_id: "c1".to_owned(), reason: String::new() };
    let call_off = OrderAction::CancelReturn { return_id: "b1".to_owned(), reason: String::new() };
    let own = [Effect { action: &end, reference: "" }, Effect { action: &call_off, reference: "" }];
    assert!(differences_beside(&before, &order(), &own, true).is_empty());
    let found = differences_beside(&before, &order(), &own[1..], true);
    assert_eq!(found, ["The discount code C1 does not count any more."]);
}

#[test]
fn a_refund_ends_the_return_that_it_is_for() {
    let before = Order { returns: vec![opened("b1", ReturnStatus::Received)], ..order() };
    let after =
        Order { returns: vec![opened("b1", ReturnStatus::Closed)], refunds: vec![refund("r1", 4_200)], ..order() };
    let effect = Effect { action: &give_back(4_200), reference: "r1" };
    assert!(differences_beside(&before, &after, &[effect], true).is_empty());
    assert_eq!(differences_beside(&before, &after, &[], true).len(), 2);
}

#[test]
fn scans_count_only_for_a_reply_about_a_parcel() {
    let mut after = order();
    after.shipments[0].events.push(TrackingEvent {
        at: datetime!(2026-11-22 06:00 UTC),
        text: "Sorted".to_owned(),
        place: "Hamburg".to_owned(),
    });
    assert_eq!(differences_beside(&order(), &after, &[], true), ["The parcel has a new scan in Hamburg: Sorted."]);
    assert!(differences_beside(&order(), &after, &[], false).is_empty());
    // The carrier is heard for the first time, and then has it in the van.
    let parcel = &mut after.shipments[0];
    (parcel.estimated, parcel.status) = (parcel.promised, ShipmentStatus::OutForDelivery);
    assert!(differences_beside(&order(), &after, &[], false).is_empty());
    assert_eq!(differences_beside(&order(), &after, &[], true).len(), 2);
    for ended in [ShipmentStatus::Delivered, ShipmentStatus::Returning, ShipmentStatus::Exception] {
        after.shipments[0].status = ended;
        assert_eq!(differences_beside(&order(), &after, &[], false).len(), 1, "{ended:?}");
    }
}

fn opened(id: &str, status: ReturnStatus) -> Return {
    Return {
        id: id.to_owned(),
        status,
        lines: vec![one("l1")],
        reason: String::new(),
        label_url: String::new(),
        exchange: Vec::new(),
        opened_at: datetime!(2026-11-21 09:00 UTC),
    }
}
